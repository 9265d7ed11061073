package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"time"

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

// user is one person with a RAYNET account and a mailbox.
type user struct {
	login   string
	person  int64
	mailbox string
}

// seat is one pair: somebody's things of one kind.
type seat struct {
	mailbox string
	kind    record.Kind
}

// clients are those of the running process. The checks read with them, so that they see what the product means by what it sees.
type clients struct {
	raynet  *raynet.Client
	outlook *outlook.Client
}

// world is one history under way.
type world struct {
	rng     *rand.Rand
	clock   *stage.Clock
	started time.Time
	raynet  *raynetemu.Server
	outlook *outlookemu.Server
	users   []user
	kinds   []record.Kind // what is synchronised in this history
	pairs   map[seat]int64
	dir     string
	vault   *vault.Vault
	process
	ids     int
	servers int // counts processes that took over from one that was frozen; a killed one comes back under its own name
	setting setting

	tries      int  // how often a client repeats a read by itself; negative is never
	secondCall bool // RAYNET takes keys only in a call after the create
	// freezeIn is how many of the engine's actions are left until the process is frozen and overtaken by another one, Never if it is
	// not; successor is that other one.
	freezeIn  int
	successor *process
	// meetIn is how many are left until a second process wants to work on the pair that the first one is at, which is under; 0 is none.
	// guest is that process, until the first one is done with its cycle.
	meetIn int
	under  int64
	guest  *process
	// hurryIn is how many of our writes to Outlook are left until a person is faster, 0 if nobody is in a hurry; hurryToKeep counts
	// removals alone.
	hurryIn     int
	hurryToKeep bool
	written     int // writes to both services when the frozen process woke up
	// remembered is what was known then of the pair on which it was at work.
	remembered string
	taken      map[int64]bool // pairs on which the successor worked while the process was frozen
	// unswept says that RAYNET's ids are not listed in this round.
	unswept bool
	ledger  ledger
	trace   []string
	stats   Stats
	// exercised counts, by checker, what there was to look at.
	exercised  map[string]int
	violations []Violation
	// gone are the mailboxes that went away for good.
	gone map[string]bool
	// late says that Outlook's lists lack what was just made.
	late bool
	// colleague is a person in RAYNET who has an account there and no mailbox here; 0 as long as there is none.
	colleague int64
	// hidden are the records in RAYNET that are out of our sight.
	hidden []remote.Ref
	// untold says that Outlook kept reporting as removed what was moved away and back: until it is read whole nobody tells of it.
	untold bool
	// log is what the product wrote into its log, sent what it sent to RAYNET.
	log, sent strings.Builder
	budget    int // RAYNET's daily allowance; 0: nobody counts
	meter     meter
	runs      []run // of the process, the first ones first
	seed      uint64
	memory    recall
	sight     sight
}

const (
	home   = "Europe/Prague"
	settle = 5 * time.Minute
	grace  = 5 * time.Minute
	lease  = time.Hour
	// shortLease is that of a process which is overtaken so soon that its requests would still be in time.
	shortLease = 10 * time.Second
	instance   = "sample"
)

// begin is when a history begins that says nothing else: a working day between two changes of the clock.
var begin = time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC)

// beginOf is when a history of a shape begins.
func beginOf(shape Shape) time.Time {
	if day, err := time.Parse(time.DateOnly, shape.Begin); err == nil {
		return day.Add(7 * time.Hour)
	}
	return begin
}

// newWorld makes the services and their people. dir is an empty folder for the database.
func newWorld(script Script, dir string) *world {
	shape := script.Shape
	w := &world{clock: stage.NewClock(beginOf(shape)), started: beginOf(shape), dir: dir, freezeIn: reaper.Never, meetIn: reaper.Never, kinds: shape.Kinds, pairs: map[seat]int64{},
		secondCall: shape.ExtID != raynetemu.Accept, exercised: map[string]int{}, gone: map[string]bool{}, seed: script.Seed, budget: shape.Budget,
		meter: meter{until: map[string]time.Time{}, closed: map[string]int{}, late: map[string]int{}, reads: map[string]bool{}, most: map[string]int{}, asking: map[string]int{}, unclear: map[string]time.Time{}}}
	w.tries = cmp.Or(shape.Retries, -1)
	w.draw(script.Seed)
	sleep := func(_ context.Context, d time.Duration) { w.clock.Advance(d) }
	w.raynet = raynetemu.New(raynetemu.Options{Now: w.clock.Now, Sleep: sleep, Zone: home, Instance: instance, Seed: script.Seed, KeepHistory: true, DailyLimit: shape.Budget,
		Switches: raynetemu.Switches{Participants: shape.Participants, ExtIDOnCreate: shape.ExtID, DetailVersion: shape.DetailVersion}})
	w.outlook = outlookemu.New(outlookemu.Options{Now: w.clock.Now, Sleep: sleep, Seed: script.Seed, KeepHistory: true, RequestsPerMailbox: -1})
	w.vault = vault.NewFrom([]byte("simulator"))
	names := []string{"Jana", "Petr", "Eva"}
	for i := range shape.Users {
		name, login := names[i%len(names)], fmt.Sprintf("u%d@sample.example", i)
		person, _ := w.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", home)
		mailbox := w.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name})
		w.users = append(w.users, user{login: login, person: person, mailbox: mailbox})
	}
	w.ledger.init()
	w.sight.looked = map[seat][]time.Time{}
	return w
}

// draw makes everything that follows depend on a number and on nothing that was drawn before.
func (w *world) draw(from uint64) { w.rng = rand.New(rand.NewPCG(from, 0x5eed)) }

// process is one process at work.
type process struct {
	store   *store.Store
	conn    *jobs.Connection
	clients clients
	reaper  *reaper.Reaper
}

// start starts the process on the database that is there.
func (w *world) start(ctx context.Context) error {
	w.meter.limit, w.sight.unread = 0, true // a new process has been told nothing yet
	p, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.process = p
	return w.enrol(ctx)
}

// open makes a process on the database that is there.
func (w *world) open(ctx context.Context) (p process, err error) {
	p.reaper = reaper.New(w.database(), filepath.Join(w.dir, "dead.db"), reaper.Never)
	p.store, err = store.Open(ctx, store.Options{Path: w.database(), Vault: w.vault, Now: w.clock.Now, Synchronous: "OFF", Readers: 1})
	if err != nil {
		return p, err
	}
	options := w.raynet.Options()
	raynetClient, err := raynet.New(raynet.Config{URL: "http://127.0.0.1/api/v2/", Instance: options.Instance, User: options.User, APIKey: options.APIKey,
		Transport: w.network(p.reaper, w.watch(record.Raynet, w.raynet.Transport())), Now: w.clock.Now, Retries: w.tries, Connections: 1, Reserve: w.reserve()})
	if err != nil {
		return p, errors.Join(err, p.store.Close())
	}
	outlookClient, err := outlook.New(outlook.Config{GraphURL: "http://127.0.0.1/v1.0", AuthorityURL: "https://127.0.0.1/", TenantID: outlookemu.FakeTenant,
		ClientID: outlookemu.FakeClient, ClientSecret: outlookemu.FakeSecret, Transport: w.network(p.reaper, w.watch(record.Outlook, w.outlook.Transport())), Now: w.clock.Now,
		Retries: w.tries, Instance: instance})
	if err != nil {
		return p, errors.Join(err, p.store.Close())
	}
	p.conn = app.Connect(app.Parts{Name: "default", Tenant: outlookemu.FakeTenant, Store: p.store, Vault: w.vault, Raynet: raynetClient, Outlook: outlookClient,
		Rules: w.rulesOf, Now: w.clock.Now, Holder: fmt.Sprintf("server-%d", w.servers), Log: slog.New(slog.NewTextHandler(traceWriter{w}, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: plain})),
		NewID: w.newID, Driver: w.driver(p.reaper), Parallel: 1, LeaseTTL: lease})
	watched := p.reaper.Watch(p.store)
	p.conn.Engine.Store, p.conn.Feed.Store, p.conn.Store = watched, watched, watched
	p.clients = clients{raynet: raynetClient, outlook: outlookClient}
	return p, nil
}

// enrol makes the pairs of everybody. A folder or list that a pair has stays its own.
func (w *world) enrol(ctx context.Context) error {
	before, err := w.store.Pairs(ctx, "default")
	if err != nil {
		return err
	}
	for _, u := range w.users {
		for _, kind := range w.kinds {
			want := journal.Pair{Connection: "default", Kind: kind, Mailbox: u.mailbox, Address: u.login, Person: fmt.Sprint(u.person), Zone: home}
			for _, known := range before {
				if known.Mailbox == u.mailbox && known.Kind == kind {
					want.Container = known.Container
				}
			}
			if w.pairs[seat{u.mailbox, kind}], err = w.store.UpsertPair(ctx, want); err != nil {
				return err
			}
		}
	}
	return nil
}

// everybody does something for each pair, in an order that never changes.
func (w *world) everybody(do func(u user, kind record.Kind, pair int64) error) error {
	for _, u := range w.users {
		for _, kind := range w.kinds {
			if err := do(u, kind, w.pairs[seat{u.mailbox, kind}]); err != nil {
				return err
			}
		}
	}
	return nil
}

func rules(p journal.Pair) pair.Rules {
	r := pair.DefaultRules(p.Kind)
	r.SettleHorizon, r.DeletionGrace = settle, grace
	return r
}

// newID gives ids that are the same for the same seed.
func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

// stop ends the process. A killed one leaves its leases behind; they run out.
func (w *world) stop() error {
	err := w.store.Close()
	w.store, w.conn = nil, nil
	return err
}

// network carries requests of a process to an emulator and lets time pass while they are under way.
func (w *world) network(r *reaper.Reaper, next http.RoundTripper) http.RoundTripper {
	watched := r.Network(next)
	return stage.RoundTrip(func(request *http.Request) (*http.Response, error) {
		w.clock.Advance(time.Duration(5+w.rng.IntN(60)) * time.Millisecond)
		if err := w.faster(request); err != nil {
			return nil, err
		}
		response, err := watched.RoundTrip(request)
		w.clock.Advance(time.Duration(5+w.rng.IntN(60)) * time.Millisecond)
		w.stats.Requests++
		return response, err
	})
}

// driver carries out one action after another, in an order drawn from the script. Before one of them the process may be frozen for
// so long that another one takes over.
func (w *world) driver(r *reaper.Reaper) engine.Driver {
	return func(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
		defer func() { w.came(core.Result()) }()
		open := core.Start(now())
		for len(open) > 0 {
			i := w.rng.IntN(len(open))
			action := open[i]
			open = append(open[:i], open[i+1:]...)
			if w.freezeIn == 0 && w.successor == nil {
				if err := w.overtake(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
			if w.freezeIn > 0 {
				w.freezeIn--
			}
			if w.meetIn == 0 && w.successor == nil && w.under != 0 && w.conn.LeaseTTL == lease {
				if err := w.beside(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
			if w.meetIn > 0 {
				w.meetIn--
			}
			done := w.meter.act()
			event, err := r.Do(ctx, action, do)
			done()
			if err != nil {
				return err
			}
			open = append(open, w.step(core, event)...)
		}
		return nil
	}
}

// traceWriter puts the engine's own words into the trace.
type traceWriter struct{ w *world }

func (t traceWriter) Write(line []byte) (int, error) {
	t.w.log.Write(line)
	t.w.say("  %s", strings.TrimSpace(string(line)))
	return len(line), nil
}

// plain leaves out what the trace shows itself.
func plain(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, slog.LevelKey, "run":
		return slog.Attr{}
	}
	return a
}

func (w *world) say(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%s %s", w.clock.Now().Format("02 15:04:05"), fmt.Sprintf(format, args...)))
}
