package scenario_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// errands is what the child process is to do, in its environment.
const errands = "RAYNETSYNC_TEST_ERRANDS"

// errand tells the child where everything is.
type errand struct {
	Info                     emulation.Info
	Dir                      string
	Mailbox, Address, Person string
	Life                     int
}

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if text := os.Getenv(errands); text != "" {
		if err := child(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child synchronises until there is nothing left to do. It says a word before and after every request, so that whoever watches
// can kill it at any of them.
func child(ctx context.Context, text string) error {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	keys, err := vault.Open(filepath.Join(e.Dir, "master.key"))
	if err != nil {
		return err
	}
	memory, err := store.Open(ctx, store.Options{Path: filepath.Join(e.Dir, "sync.db"), Vault: keys, Now: time.Now})
	if err != nil {
		return err
	}
	conn, err := connect(e, memory, keys)
	if err != nil {
		return err
	}
	id, err := memory.UpsertPair(ctx, journal.Pair{Connection: "default", Kind: record.Calendar, Mailbox: e.Mailbox, Address: e.Address,
		Person: e.Person, Zone: "Europe/Prague"})
	if err != nil {
		return err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for quiet := 0; quiet < 2; <-tick.C {
		outcome, err := round(ctx, conn, id)
		switch _, service := errors.AsType[*remote.Error](err); {
		case errors.Is(err, store.ErrHeld) || service:
			quiet = 0
		case err != nil:
			return err
		case outcome == 0:
			quiet++
		}
	}
	return memory.Close()
}

// round polls, sweeps and runs the pair once; it returns how much was done or is still open.
func round(ctx context.Context, conn *jobs.Connection, id int64) (int, error) {
	if _, err := conn.Poll(ctx, false); err != nil {
		return 0, err
	}
	outcome, err := conn.Cycle(ctx, id, jobs.CycleOptions{})
	left := outcome.Waiting + outcome.Skipped + outcome.Again
	for op, n := range outcome.Steps {
		if op.Writes() {
			left += n
		}
	}
	return left, err
}

func connect(e errand, memory *store.Store, keys *vault.Vault) (*jobs.Connection, error) {
	crm, err := raynet.New(raynet.Config{URL: e.Info.RaynetURL, Instance: e.Info.RaynetInstance, User: e.Info.RaynetUser, APIKey: e.Info.RaynetAPIKey,
		Transport: talkative{http.DefaultTransport}, Now: time.Now, Reserve: -1})
	if err != nil {
		return nil, err
	}
	certificate, err := os.ReadFile(e.Info.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	office, err := outlook.New(outlook.Config{GraphURL: e.Info.GraphURL, AuthorityURL: e.Info.AuthorityURL, TenantID: e.Info.TenantID,
		ClientID: e.Info.ClientID, ClientSecret: e.Info.ClientSecret, Instance: e.Info.RaynetInstance, Now: time.Now,
		Transport: talkative{&http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}})
	if err != nil {
		return nil, err
	}
	rules := pair.DefaultRules(record.Calendar)
	rules.SettleHorizon, rules.DeletionGrace = time.Second, time.Second
	conn := app.Connect(app.Parts{Name: "default", Tenant: e.Info.TenantID, Store: memory, Vault: keys, Raynet: crm, Outlook: office,
		Rules: func(journal.Pair) pair.Rules { return rules }, Now: time.Now, Holder: fmt.Sprint("life-", e.Life),
		Log: slog.New(slog.DiscardHandler), LeaseTTL: 2 * time.Second})
	conn.Engine.Store = talkativeStore{memory}
	return conn, nil
}

// talkativeStore says a word before and after each commit of a cycle.
type talkativeStore struct{ *store.Store }

// Commit commits.
func (s talkativeStore) Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error {
	fmt.Println("commit")
	err := s.Store.Commit(ctx, fence, facts...)
	fmt.Println("committed")
	return err
}

// talkative says a word before and after each request.
type talkative struct{ next http.RoundTripper }

// RoundTrip makes the request.
func (t talkative) RoundTrip(r *http.Request) (*http.Response, error) {
	fmt.Println(r.Method)
	response, err := t.next.RoundTrip(r)
	fmt.Println("answered")
	return response, err
}

// company is a served world with one user.
type company struct {
	world  *emulation.World
	errand errand
}

func newCompany(t *testing.T) *company {
	t.Helper()
	world, err := emulation.New(emulation.Options{Seed: 7, Mailboxes: 1, Items: 150, Plain: true, KeepHistory: true})
	if err != nil {
		t.Fatal(err)
	}
	running, err := world.Serve(t.Context(), emulation.ServeOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	user := world.Outlook.Mailboxes()[0]
	id, _ := user["id"].(string)
	address, _ := user["mail"].(string)
	return &company{world: world, errand: errand{Info: running.Info, Dir: t.TempDir(), Mailbox: id, Address: address, Person: fmt.Sprint(world.IDs.Users[0])}}
}

// live runs the process; after so many words it is killed, with 0 it runs to its end. It reports whether it was killed.
func (c *company) live(t *testing.T, words int) bool {
	t.Helper()
	c.errand.Life++
	text, err := json.Marshal(c.errand)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), errands+"="+string(text))
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines, said := bufio.NewScanner(out), 1; lines.Scan(); said++ {
		if said == words {
			killed = command.Process.Kill() == nil
			_, _ = io.Copy(io.Discard, out)
			break
		}
	}
	if err := command.Wait(); err != nil && !killed {
		t.Fatalf("life %d: %v\n%s", c.errand.Life, err, complaints.String())
	}
	return killed
}

// things lists what is on both sides, by what people see.
func (c *company) things() []string {
	var out []string
	for _, a := range c.world.Raynet.All("activity") {
		out = append(out, fmt.Sprintf("raynet %v %v", a["title"], a["scheduledFrom"]))
	}
	for _, e := range c.world.Outlook.All(c.errand.Mailbox) {
		start, _ := e["start"].(map[string]any)
		out = append(out, fmt.Sprintf("outlook %v %v", e["subject"], start["dateTime"]))
	}
	slices.Sort(out)
	return out
}

// linked counts the links, and fails if one thing is linked twice or a link has lost a side.
func (c *company) linked(t *testing.T) int {
	t.Helper()
	keys, err := vault.Open(filepath.Join(c.errand.Dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := store.Open(t.Context(), store.Options{Path: filepath.Join(c.errand.Dir, "sync.db"), Vault: keys, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	pairs, err := memory.Pairs(t.Context(), "default")
	if err != nil || len(pairs) != 1 {
		t.Fatalf("%d pairs and %v, want 1", len(pairs), err)
	}
	links, err := memory.LinksAfter(t.Context(), pairs[0].ID, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[remote.Ref]bool{}
	for _, link := range links {
		if seen[link.Raynet.Ref] || seen[link.Outlook.Ref] || link.State != journal.Linked || link.Raynet.Ref.IsZero() || link.Outlook.Ref.IsZero() {
			t.Errorf("link %s: %s %s - %s", link.ID, link.State, link.Raynet.Ref, link.Outlook.Ref)
		}
		seen[link.Raynet.Ref], seen[link.Outlook.Ref] = true, true
	}
	open, err := memory.Intents(t.Context(), pairs[0].ID)
	if err != nil || len(open) > 0 {
		t.Errorf("%d writes are still open, %v", len(open), err)
	}
	return len(links)
}

// A real process is killed ten times during its first synchronisation, and comes to the same end as one that was left alone.
func TestKillMinusNine(t *testing.T) {
	t.Parallel()
	whole, killed := newCompany(t), newCompany(t)
	whole.live(t, 0)
	rng := rand.New(rand.NewPCG(20, 26))
	kills := 0
	for range 10 {
		if killed.live(t, 3+rng.IntN(60)) {
			kills++
		}
	}
	if kills < 8 {
		t.Errorf("killed %d times, want at least 8 of 10: the process was too fast", kills)
	}
	killed.live(t, 0)
	if diff := cmp.Diff(whole.things(), killed.things()); diff != "" {
		t.Errorf("things on both sides (-left alone +killed):\n%s", diff)
	}
	if want, got := whole.linked(t), killed.linked(t); got != want || want < 100 {
		t.Errorf("%d links after the kills, %d without, want the same and at least 100", got, want)
	}
	if mails := killed.world.Outlook.Mails(); len(mails) > 0 {
		t.Errorf("%d mails would have been sent", len(mails))
	}
}
