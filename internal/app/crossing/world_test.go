package crossing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/raynet"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

const (
	home       = "Europe/Prague"
	instance   = "sample"
	connection = "default"
)

// begin is a Tuesday, nine o'clock in Prague.
var begin = time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC)

// tester is what a world needs of *testing.T and of *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// settings are what a world is configured with.
type settings struct {
	filter       string // which contacts, empty as usual
	photos       bool
	matchDefault bool
	clash        pair.Clash // empty as usual
}

// user has a RAYNET account and a mailbox.
type user struct {
	login, mailbox string
	person         int64
	pairs          map[record.Kind]int64
}

// world is both services with the product between them.
type world struct {
	ctx       context.Context //nolint:containedctx // a world is one test
	clock     *stage.Clock
	raynet    *raynetemu.Server
	outlook   *outlookemu.Server
	store     *store.Store
	conn      *jobs.Connection
	users     []*user
	companies map[string]int64 // by name
	ids       int
}

// setup makes a world with one user, and companies for people to work at.
func setup(t *testing.T, s settings) *world {
	t.Helper()
	w, err := newWorld(t.Context(), t.TempDir(), s)
	if err != nil {
		t.Fatalf("make a world: %v", err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return w
}

func newWorld(ctx context.Context, dir string, s settings) (*world, error) {
	w := &world{ctx: ctx, clock: stage.NewClock(begin), companies: map[string]int64{}}
	sleep := func(_ context.Context, d time.Duration) { w.clock.Advance(d) }
	w.raynet = raynetemu.New(raynetemu.Options{Now: w.clock.Now, Sleep: sleep, Zone: home, Instance: instance, Seed: 1, KeepHistory: true})
	w.outlook = outlookemu.New(outlookemu.Options{Now: w.clock.Now, Sleep: sleep, Seed: 1, KeepHistory: true, RequestsPerMailbox: -1})
	keys := vault.NewFrom([]byte("crossing"))
	var err error
	w.store, err = store.Open(ctx, store.Options{Path: filepath.Join(dir, "sync.db"), Vault: keys, Now: w.clock.Now, Synchronous: "OFF"})
	if err != nil {
		return nil, err
	}
	options := w.raynet.Options()
	raynetClient, err := raynet.New(raynet.Config{URL: "http://127.0.0.1/api/v2/", Instance: options.Instance, User: options.User, APIKey: options.APIKey,
		Transport: w.network(w.raynet.Transport()), Now: w.clock.Now, Retries: -1, Connections: 1, Reserve: -1, ContactFilter: s.filter, Photos: s.photos})
	if err != nil {
		return nil, errors.Join(err, w.store.Close())
	}
	config := outlook.Config{GraphURL: "http://127.0.0.1/v1.0", AuthorityURL: "https://127.0.0.1/", TenantID: outlookemu.FakeTenant,
		ClientID: outlookemu.FakeClient, ClientSecret: outlookemu.FakeSecret, Transport: w.network(w.outlook.Transport()), Now: w.clock.Now,
		Retries: -1, Instance: instance, MatchDefaultFolder: s.matchDefault}
	if s.photos {
		config.Photo = raynetClient.Image
	}
	outlookClient, err := outlook.New(config)
	if err != nil {
		return nil, errors.Join(err, w.store.Close())
	}
	rules := func(p journal.Pair) pair.Rules {
		r := pair.DefaultRules(p.Kind)
		if s.clash != "" {
			r.Clash = s.clash
		}
		return r
	}
	w.conn = app.Connect(app.Parts{Name: connection, Tenant: outlookemu.FakeTenant, Store: w.store, Vault: keys, Raynet: raynetClient, Outlook: outlookClient,
		Rules: rules, Now: w.clock.Now, Holder: "crossing", Log: slog.New(slog.DiscardHandler),
		NewID: w.newID, Parallel: 1, LeaseTTL: time.Hour})
	w.addUser("jana")
	return w, w.addCompanies()
}

func (w *world) addUser(name string) *user {
	login := name + "@firma.example.cz"
	u := &user{login: login, pairs: map[record.Kind]int64{}}
	u.person, _ = w.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", home)
	u.mailbox = w.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name + " Vzorová"})
	w.users = append(w.users, u)
	return u
}

func (w *world) addCompanies() error {
	for _, name := range []string{"Alfa s.r.o.", "Beta & syn"} {
		id, err := w.raynet.CreateAs(w.users[0].login, "company", map[string]any{"name": name, "addresses": []any{map[string]any{
			"address":     map[string]any{"name": "Sídlo", "street": "Dlouhá 1", "city": "Brno", "zipCode": "602 00", "country": "CZ"},
			"contactInfo": map[string]any{"tel1": "+420 500 000 001"}}}})
		if err != nil {
			return err
		}
		w.companies[name] = id
	}
	return nil
}

// enrol turns a kind on for a user.
func (w *world) enrol(t tester, u *user, kinds ...record.Kind) {
	t.Helper()
	for _, kind := range kinds {
		id, err := w.store.UpsertPair(w.ctx, journal.Pair{Connection: connection, Kind: kind, Mailbox: u.mailbox, Address: u.login,
			Person: fmt.Sprint(u.person), Zone: home})
		if err != nil {
			t.Fatalf("enrol %s: %v", u.login, err)
		}
		u.pairs[kind] = id
	}
}

func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

// network carries requests to an emulator and lets a little time pass while they are under way.
func (w *world) network(next http.RoundTripper) http.RoundTripper {
	return stage.RoundTrip(func(request *http.Request) (*http.Response, error) {
		w.clock.Advance(20 * time.Millisecond)
		return next.RoundTrip(request)
	})
}

// look is what one synchronisation brought.
type look struct {
	outcomes []engine.Outcome
	wrote    []string      // our own writes to either service
	raynet   []chaos.Entry // requests
	graph    []chaos.Entry
}

// sync lets some time pass and synchronises everybody.
func (w *world) sync(t tester) look {
	t.Helper()
	w.clock.Advance(6 * time.Minute)
	from := w.clock.Now()
	raynetAt, _ := w.raynet.Layer().Since(1 << 60)
	graphAt, _ := w.outlook.Layer().Since(1 << 60)
	if _, err := w.conn.Poll(w.ctx, false); err != nil {
		t.Fatalf("poll: %v", err)
	}
	if _, err := w.conn.Sweep(w.ctx); err != nil {
		t.Fatalf("sweep: %v", err)
	}
	var out look
	for _, u := range w.users {
		for _, kind := range record.Kinds() {
			id, enrolled := u.pairs[kind]
			if !enrolled {
				continue
			}
			outcome, err := w.conn.Cycle(w.ctx, id, jobs.CycleOptions{})
			if err != nil || outcome.Halted != nil {
				t.Fatalf("synchronise %s of %s: %v, halted: %v", kind, u.login, err, outcome.Halted)
			}
			out.outcomes = append(out.outcomes, outcome)
		}
	}
	out.wrote = w.writes(from)
	_, out.raynet = w.raynet.Layer().Since(raynetAt)
	_, out.graph = w.outlook.Layer().Since(graphAt)
	return out
}

// rest wants nothing more to be written. What comes from a company that was named in Outlook may come one round later: it is known
// only when RAYNET shows whose company it is.
func (w *world) rest(t tester, after string) {
	t.Helper()
	if again := w.sync(t); len(again.wrote) > 0 {
		if again = w.sync(t); len(again.wrote) > 0 {
			t.Errorf("%s: there is no rest:\n%s", after, strings.Join(again.wrote, "\n"))
		}
	}
}

// quiet lets everybody be looked at completely, and wants nothing to be written.
func (w *world) quiet(t tester) {
	t.Helper()
	for _, u := range w.users {
		for _, id := range u.pairs {
			if err := w.store.SetPairFull(w.ctx, id, true); err != nil {
				t.Fatalf("ask for a complete look: %v", err)
			}
		}
	}
	if _, err := w.conn.Poll(w.ctx, true); err != nil {
		t.Fatalf("poll: %v", err)
	}
	if again := w.sync(t); len(again.wrote) > 0 {
		t.Errorf("a complete look at a quiet world wrote: %s", strings.Join(again.wrote, "\n"))
	}
}

// writes lists our own writes to both services since an instant, RAYNET's first.
func (w *world) writes(since time.Time) []string {
	var out []string
	for _, write := range w.raynet.History() {
		if write.Source == "api" && !write.At.Before(since) {
			out = append(out, fmt.Sprintf("raynet %s %s %d: %s", write.Op, write.Entity, write.ID, difference(write.Before, write.After)))
		}
	}
	for _, write := range w.outlook.History() {
		if write.By == "app" && !write.At.Before(since) {
			out = append(out, fmt.Sprintf("outlook %s %s: %s", write.Op, write.ID, difference(write.Before, write.After)))
		}
	}
	return out
}

// difference tells which keys a write changed.
func difference(before, after map[string]any) string {
	var out []string
	for key, value := range after {
		if was, now := fmt.Sprint(before[key]), fmt.Sprint(value); was != now {
			out = append(out, fmt.Sprintf("%s: %s -> %s", key, was, now))
		}
	}
	return strings.Join(out, "; ")
}

// journalOf lists what the journal tells of a thing, the newest first.
func (w *world) journalOf(t tester, ref remote.Ref) []journal.Entry {
	t.Helper()
	entries, err := w.store.Journal(w.ctx, store.JournalFilter{Ref: ref, Limit: 100})
	if err != nil {
		t.Fatalf("read the journal: %v", err)
	}
	return entries
}
