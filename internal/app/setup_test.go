package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a condition may take on a busy machine.
const patience = 60 * time.Second

// world is a served world with people in it.
type world struct {
	*emulation.World
	info emulation.Info
}

func newWorld(t *testing.T, options emulation.Options) *world {
	t.Helper()
	if options.Items == 0 {
		options.Items = 12
	}
	if options.Mailboxes == 0 {
		options.Mailboxes = 2
	}
	made, err := emulation.New(options)
	if err != nil {
		t.Fatal(err)
	}
	running, err := made.Serve(context.WithoutCancel(t.Context()), emulation.ServeOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{World: made, info: running.Info}
}

// settings writes a configuration file as an administrator would and reads it. sync are further lines of [sync].
func (w *world) settings(t *testing.T, dir string, sync ...string) *config.Config {
	t.Helper()
	text := fmt.Sprintf(`[raynet]
url = %q
instance = %q
user = %q
api_key = %q
[microsoft]
tenant_id = %q
client_id = %q
client_secret = %q
graph_url = %q
authority_url = %q
ca_file = %q
[server]
listen = "127.0.0.1:0"
data_dir = %q
[sync]
users = ["*"]
deletion_grace = "1s"
settle_horizon = "1s"
%s
`, w.info.RaynetURL, w.info.RaynetInstance, w.info.RaynetUser, w.info.RaynetAPIKey, w.info.TenantID, w.info.ClientID, w.info.ClientSecret,
		w.info.GraphURL, w.info.AuthorityURL, w.info.CAFile, dir, strings.Join(sync, "\n"))
	path := filepath.Join(t.TempDir(), "raynetsync.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, options app.Options) *app.App {
	t.Helper()
	if options.Synchronous == "" {
		options.Synchronous, options.Ballast = "OFF", -1
	}
	a, err := app.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// serving is a server under way.
type serving struct {
	url  string
	jobs chan string // kinds of jobs that ended; never closed
	stop context.CancelFunc
	done chan error
}

// serve starts a server and waits until it is ready.
func serve(t *testing.T, a *app.App) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &serving{stop: stop, done: make(chan error, 1), jobs: make(chan string, 10000)}
	ready := make(chan string, 1)
	go func() {
		s.done <- a.Serve(ctx, app.ServeOptions{
			Ready: func(url, _ string) { ready <- url },
			Job:   func(kind string, _ error) { s.jobs <- kind },
		})
	}()
	t.Cleanup(func() { s.end(t) })
	select {
	case s.url = <-ready:
	case err := <-s.done:
		s.done <- nil
		t.Fatalf("Serve ended at once: %v", err)
	case <-time.After(patience):
		t.Fatal("the server does not get ready")
	}
	return s
}

// end stops the server as a signal does. It may be called twice.
func (s *serving) end(t *testing.T) {
	t.Helper()
	s.stop()
	select {
	case err := <-s.done:
		s.done <- nil
		if err != nil {
			t.Errorf("Serve = %v, want nil after its context ended", err)
		}
	case <-time.After(patience):
		t.Error("the server does not stop")
	}
}

// until waits for a condition, which is looked at whenever a job ended.
func (s *serving) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	limit := time.After(patience)
	for !met() {
		select {
		case <-s.jobs:
		case <-limit:
			t.Fatalf("waited too long until %s", what)
		}
	}
}
