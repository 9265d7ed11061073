package browser_test

import (
	"cmp"
	"context"
	"testing"
	"time"

	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
)

const password = "čtyři koně a jeden vůz"

// house is a server over a world of its own.
type house struct {
	*emulation.World
	info emulation.Info
	app  *app.App
	// url is where the server is, link the one-time link of its first start.
	url, link string
	jobs      chan string // kinds of jobs that ended; never closed
}

// plan says what house is wanted.
type plan struct {
	emulation.Options
	// ready ones need no set-up: everybody is synchronised already.
	ready bool
	// prepare, if not nil, changes the world before anybody looks at it.
	prepare func(t *testing.T, w *emulation.World)
	// listen is where it listens; empty: any free port.
	listen string
	// settings are further variables of the environment.
	settings []string
}

// begin opens a server that nobody has set up.
func begin(t *testing.T, options emulation.Options) *house {
	t.Helper()
	return plan{Options: options}.begin(t)
}

func (p plan) begin(t *testing.T) *house {
	t.Helper()
	running(t) // before anything is made that would only be torn down
	world, err := emulation.New(p.Options)
	if err != nil {
		t.Fatal(err)
	}
	if p.prepare != nil {
		p.prepare(t, world)
	}
	served, err := world.Serve(context.WithoutCancel(t.Context()), emulation.ServeOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := served.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &house{World: world, info: served.Info, jobs: make(chan string, 10000)}
	more := p.settings
	if p.ready {
		more = append(more, complete(h.info)...)
	}
	h.app, err = app.Open(t.Context(), app.Options{Layers: h.layers(t.TempDir(), cmp.Or(p.listen, "127.0.0.1:0"), more...), Now: p.Now, Synchronous: "OFF", Ballast: -1, Version: "1.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.app.Close(); err != nil {
			t.Error(err)
		}
	})
	h.serve(t)
	return h
}

// layers are those of a server whose settings are made on the page: the environment says only where it works, and how an emulator
// is reached. more are further variables.
func (h *house) layers(dir, listen string, more ...string) config.Layers {
	return config.Layers{Environ: append([]string{
		"RAYNETSYNC_SERVER_LISTEN=" + listen, "RAYNETSYNC_SERVER_DATA_DIR=" + dir,
		"RAYNETSYNC_MICROSOFT_CA_FILE=" + h.info.CAFile, "RAYNETSYNC_MICROSOFT_GRAPH_URL=" + h.info.GraphURL,
		"RAYNETSYNC_MICROSOFT_AUTHORITY_URL=" + h.info.AuthorityURL,
	}, more...)}
}

// serve starts the server, waits until it is ready, and stops it at the end as a signal does.
func (h *house) serve(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done, ready := make(chan error, 1), make(chan [2]string, 1)
	go func() {
		done <- h.app.Serve(ctx, app.ServeOptions{
			Ready: func(url, link string) { ready <- [2]string{url, link} },
			Job:   func(kind string, _ error) { h.jobs <- kind },
		})
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve = %v, want nil after its context ended", err)
			}
		case <-time.After(patience):
			t.Error("the server does not stop")
		}
	})
	select {
	case at := <-ready:
		h.url, h.link = at[0], at[1]
	case err := <-done:
		done <- nil
		t.Fatalf("Serve ended at once: %v", err)
	case <-time.After(patience):
		t.Fatal("the server does not get ready")
	}
}

// complete are the settings of a server that needs no set-up: everybody's everything.
func complete(info emulation.Info) []string {
	return []string{
		"RAYNETSYNC_RAYNET_URL=" + info.RaynetURL, "RAYNETSYNC_RAYNET_INSTANCE=" + info.RaynetInstance, "RAYNETSYNC_RAYNET_USER=" + info.RaynetUser,
		"RAYNETSYNC_RAYNET_API_KEY=" + info.RaynetAPIKey, "RAYNETSYNC_MICROSOFT_TENANT_ID=" + info.TenantID,
		"RAYNETSYNC_MICROSOFT_CLIENT_ID=" + info.ClientID, "RAYNETSYNC_MICROSOFT_CLIENT_SECRET=" + info.ClientSecret, "RAYNETSYNC_SYNC_USERS=*",
	}
}
