package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/reaper"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/raynet"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

const (
	home     = "Europe/Prague"
	settle   = 5 * time.Minute
	grace    = 5 * time.Minute
	instance = "sample"
	domain   = "@firma.example.cz"
)

// noFence is how administrators commit.
var noFence = journal.Fence{}

// begin is when every story begins: a Tuesday, nine o'clock in Prague.
var begin = time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC)

// person is somebody with a RAYNET account and a mailbox.
type person struct {
	name, login, mailbox, zone string
	id                         int64
	kinds                      []record.Kind
	pairs                      map[record.Kind]int64
}

// all lists the pairs of the person in the order of their kinds.
func (p *person) all() []int64 {
	var out []int64
	for _, kind := range p.kinds {
		out = append(out, p.pairs[kind])
	}
	return out
}

// world is a story under way.
type world struct {
	ctx     context.Context //nolint:containedctx // a story is one call
	clock   *stage.Clock
	raynet  *raynetemu.Server
	outlook *outlookemu.Server
	people  []*person
	known   map[string]int64 // contacts and companies of RAYNET, by name
	calls   map[string]int64 // categories of RAYNET, by name

	dir    string
	vault  *vault.Vault
	store  *store.Store
	conn   *jobs.Connection
	rules  map[record.Kind]pair.Rules
	chosen string         // which contacts of RAYNET are chosen, empty as usual
	config outlook.Config // preset
	// pictures says that pictures are copied.
	pictures bool
	life     int
	ids      int
	kill     *reaper.Reaper // nil: nobody kills the process
	lease    time.Duration

	titles   map[remote.Ref]string // as last seen
	last     look
	reviewed []admin.ReviewItem // what the administrator saw when he looked last
	decided  string             // the run of his latest decision
	told     int64              // id of the last journal entry that a story was told
	log      bytes.Buffer
	logMu    sync.Mutex
	trace    []string
	restless bool // writes may go on after the end
}

// look is what the last synchronisation brought.
type look struct {
	errs             []error
	raynet, graph    int // requests
	written          int // writes of ours to either service
	outcomes         []engine.Outcome
	raynetNo, grphNo int // log positions
}

func newWorld(ctx context.Context, dir string) *world {
	w := &world{ctx: ctx, clock: stage.NewClock(begin), dir: dir, known: map[string]int64{}, calls: map[string]int64{},
		titles: map[remote.Ref]string{}, rules: map[record.Kind]pair.Rules{}, lease: time.Hour}
	for _, kind := range record.Kinds() {
		w.rules[kind] = pair.DefaultRules(kind)
	}
	w.rule(func(r *pair.Rules) { r.SettleHorizon, r.DeletionGrace = settle, grace })
	sleep := func(_ context.Context, d time.Duration) { w.clock.Advance(d) }
	w.raynet = raynetemu.New(raynetemu.Options{Now: w.clock.Now, Sleep: sleep, Zone: home, Instance: instance, Seed: 1, KeepHistory: true})
	w.outlook = outlookemu.New(outlookemu.Options{Now: w.clock.Now, Sleep: sleep, Seed: 1, KeepHistory: true, RequestsPerMailbox: -1})
	w.vault = vault.NewFrom([]byte("scenario"))
	for _, c := range w.raynet.All("activityCategory") {
		w.calls[stage.Text(c["code01"])] = stage.Number(c["id"])
	}
	return w
}

// start starts the process on the database that is there, unless it runs.
func (w *world) start() error {
	if w.store != nil {
		return nil
	}
	w.life++
	var err error
	w.store, err = store.Open(w.ctx, store.Options{Path: w.database(), Vault: w.vault, Now: w.clock.Now, Synchronous: "OFF"})
	if err != nil {
		return err
	}
	options := w.raynet.Options()
	raynetClient, err := raynet.New(raynet.Config{URL: "http://127.0.0.1/api/v2/", Instance: options.Instance, User: options.User, APIKey: options.APIKey,
		Transport: w.network(w.raynet.Transport()), Now: w.clock.Now, Retries: -1, Connections: 1, Reserve: -1,
		ContactFilter: w.chosen, Photos: w.pictures})
	if err != nil {
		return err
	}
	config := w.config
	config.GraphURL, config.AuthorityURL, config.TenantID = "http://127.0.0.1/v1.0", "https://127.0.0.1/", outlookemu.FakeTenant
	config.ClientID, config.ClientSecret, config.Transport = outlookemu.FakeClient, outlookemu.FakeSecret, w.network(w.outlook.Transport())
	config.Now, config.Retries, config.Instance = w.clock.Now, -1, instance
	if w.pictures {
		config.Photo = raynetClient.Image
	}
	outlookClient, err := outlook.New(config)
	if err != nil {
		return err
	}
	w.conn = app.Connect(app.Parts{Name: "default", Tenant: outlookemu.FakeTenant, Store: w.store, Vault: w.vault, Raynet: raynetClient, Outlook: outlookClient,
		Rules: func(p journal.Pair) pair.Rules { return w.rules[p.Kind] }, Now: w.clock.Now, Holder: fmt.Sprintf("life-%d", w.life),
		Log:   slog.New(slog.NewTextHandler(logWriter{w}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		NewID: w.newID, Driver: w.drive, Parallel: 1, LeaseTTL: w.lease})
	if w.kill != nil {
		watched := w.kill.Watch(w.store)
		w.conn.Engine.Store, w.conn.Feed.Store, w.conn.Store = watched, watched, watched
	}
	return w.enrol()
}

// enrol makes the pairs of everybody who is to be synchronised; a folder or list that a pair has is its own.
func (w *world) enrol() error {
	before, err := w.store.Pairs(w.ctx, "default")
	if err != nil {
		return err
	}
	for _, p := range w.people {
		for _, kind := range p.kinds {
			want := journal.Pair{Connection: "default", Kind: kind, Mailbox: p.mailbox, Address: p.login, Person: fmt.Sprint(p.id), Zone: p.zone}
			if at := slices.IndexFunc(before, func(b journal.Pair) bool { return b.Mailbox == p.mailbox && b.Kind == kind }); at >= 0 {
				want.Container = before[at].Container
			}
			if p.pairs[kind], err = w.store.UpsertPair(w.ctx, want); err != nil {
				return err
			}
		}
	}
	return nil
}

// stop ends the process, if it runs.
func (w *world) stop() error {
	if w.store == nil {
		return nil
	}
	err := w.store.Close()
	w.store, w.conn = nil, nil
	return err
}

func (w *world) database() string { return filepath.Join(w.dir, "sync.db") }
func (w *world) backup() string   { return filepath.Join(w.dir, "backup.db") }

// forget removes the files of the database.
func (w *world) forget() error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(w.database() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

// network carries requests to an emulator and lets a little time pass while they are under way.
func (w *world) network(next http.RoundTripper) http.RoundTripper {
	watched := w.kill.Network(next)
	return stage.RoundTrip(func(request *http.Request) (*http.Response, error) {
		w.clock.Advance(20 * time.Millisecond)
		response, err := watched.RoundTrip(request)
		w.clock.Advance(20 * time.Millisecond)
		return response, err
	})
}

// drive carries out one action after another in their order.
func (w *world) drive(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
	open := core.Start(now())
	for len(open) > 0 {
		event, err := w.kill.Do(ctx, open[0], do)
		if err != nil {
			return err
		}
		open = append(open[1:], core.Step(event)...)
	}
	return nil
}

// logWriter keeps what the product logs.
type logWriter struct{ w *world }

func (l logWriter) Write(line []byte) (int, error) {
	l.w.logMu.Lock()
	defer l.w.logMu.Unlock()
	return l.w.log.Write(line)
}

func (w *world) say(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%s %s", w.clock.Now().Format("02 15:04:05"), fmt.Sprintf(format, args...)))
}

// who finds a person by name.
func (w *world) who(name string) (*person, error) {
	for _, p := range w.people {
		if p.name == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("nobody is called %s: a PERSON line is missing", name)
}

func (w *world) nameOf(pairID int64) string {
	for _, p := range w.people {
		if slices.Contains(p.all(), pairID) {
			return p.name
		}
	}
	return fmt.Sprintf("pair %d", pairID)
}
