package jobs_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/riverqueue/river"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a condition may take on a busy machine.
const patience = 60 * time.Second

// gate lets requests to Graph pass, or holds those for change tokens until it is opened.
type gate struct {
	next http.RoundTripper

	mu      sync.Mutex
	closed  chan struct{} // guarded by mu; nil: open
	waiting chan struct{} // gets a value for every request that is held
}

func newGate(next http.RoundTripper) *gate {
	return &gate{next: next, waiting: make(chan struct{}, 100)}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

func (g *gate) RoundTrip(request *http.Request) (*http.Response, error) {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed != nil && strings.Contains(request.URL.Path, "/delta") {
		g.waiting <- struct{}{}
		select {
		case <-closed:
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
	return g.next.RoundTrip(request)
}

// bench is a connection with one pair over both emulators, and the jobs of it.
type bench struct {
	world *emulation.World
	dir   string
	gate  *gate
	clock *clock
	app   *app.App
	pair  int64
	ended chan ended
	log   notes
}

// notes collects what is logged.
type notes struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (n *notes) Write(line []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(line)
}

// count is how often something was said.
func (n *notes) count(text string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Count(n.text.String(), text)
}

type ended struct {
	kind string
	err  error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	at := &clock{}
	world, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 3, Plain: true, Now: at.now})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{world: world, clock: at, dir: t.TempDir(), gate: newGate(world.Outlook.Transport()), ended: make(chan ended, 10000)}
	b.app = b.open(t, b.dir, b.gate)
	user := world.Company.Users[0]
	mailbox, _ := world.Outlook.Mailboxes()[0]["id"].(string)
	b.pair, err = b.app.Store.UpsertPair(t.Context(), journal.Pair{Connection: app.ConnectionName, Kind: "calendar", Mailbox: mailbox,
		Address: user.Email, Person: id(world.IDs.Users[0]), Zone: "Europe/Prague"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.app.Connection.Poll(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) open(t *testing.T, dir string, outlook http.RoundTripper) *app.App {
	t.Helper()
	c := config.Default()
	raynet := b.world.Raynet.Options()
	c.Raynet = config.Raynet{URL: "http://127.0.0.1/api/v2", Instance: raynet.Instance, User: raynet.User, APIKey: config.NewSecret(raynet.APIKey)}
	c.Microsoft.TenantID, c.Microsoft.ClientID = outlookemu.FakeTenant, outlookemu.FakeClient
	c.Microsoft.ClientSecret = config.NewSecret(outlookemu.FakeSecret)
	c.Microsoft.GraphURL, c.Microsoft.AuthorityURL = "http://127.0.0.1/v1.0", "https://127.0.0.1"
	c.Server.DataDir = dir
	a, err := app.Open(t.Context(), app.Options{Config: c, RaynetTransport: b.world.Raynet.Transport(), OutlookTransport: outlook,
		Synchronous: "OFF", Ballast: -1, LeaseTTL: time.Second, Now: b.clock.now})
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

// start runs jobs with schedules that never come round by themselves.
func (b *bench) start(t *testing.T, a *app.App, stopping <-chan struct{}) *jobs.Runner {
	t.Helper()
	return b.startAt(t, a, stopping, jobs.Pace{Poll: time.Hour, Sweep: time.Hour, Reconcile: 24 * time.Hour})
}

func (b *bench) startAt(t *testing.T, a *app.App, stopping <-chan struct{}, pace jobs.Pace) *jobs.Runner {
	t.Helper()
	nothing := func(context.Context) error { return nil }
	runner, err := jobs.New(t.Context(), jobs.Options{
		DB: a.Store.DB(), Connection: a.Connection, Plans: a.Store, Stopping: stopping, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Pace: pace,
		Tasks: jobs.Tasks{Enrol: nothing, Prune: nothing, Alert: nothing, Sync: func(context.Context, jobs.SyncRequest) (string, error) {
			return "run-1", nil
		}},
		Held:    func(err error) bool { return errors.Is(err, store.ErrHeld) },
		Observe: func(kind string, err error) { b.ended <- ended{kind, err} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return runner
}

func stop(t *testing.T, runner *jobs.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := runner.Stop(ctx); err != nil {
		t.Errorf("Stop = %v", err)
	}
}

// next waits for the end of a job of the kind.
func (b *bench) next(t *testing.T, kind string) ended {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-b.ended:
			if e.kind == kind {
				return e
			}
		case <-limit:
			t.Fatalf("no job %q ended", kind)
		}
	}
}

func (b *bench) held(t *testing.T) {
	t.Helper()
	select {
	case <-b.gate.waiting:
	case <-time.After(patience):
		t.Fatal("no cycle reached the mailbox")
	}
}

func TestTriggerWhileThePairRunsIsNotLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gate.shut()
	runner := b.start(t, b.app, nil)
	b.held(t) // a cycle is under way
	for range 3 {
		if err := runner.Trigger(t.Context(), b.pair); err != nil {
			t.Fatal(err)
		}
	}
	b.gate.open()
	b.next(t, "cycle")
	b.next(t, "cycle") // the triggers, together
	stop(t, runner)
	for {
		select {
		case e := <-b.ended:
			if e.kind == "cycle" {
				t.Errorf("one more cycle than was asked for: %+v", e)
			}
			continue
		default:
		}
		break
	}
}

func TestJobOfADeadProcessIsRunAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gate.shut()
	first := b.start(t, b.app, nil)
	b.held(t)
	copied := t.TempDir()
	backup(t, b.app, filepath.Join(copied, "sync.db")) // the disk as it is when the power fails
	copyKey(t, b.dir, copied)
	b.gate.open()
	b.next(t, "cycle")
	stop(t, first)
	for len(b.ended) > 0 {
		<-b.ended
	}

	second := b.open(t, copied, b.world.Outlook.Transport())
	if n := running(t, second); n == 0 {
		t.Fatal("the copy holds no running job: the test shows nothing")
	}
	runner := b.start(t, second, nil)
	b.until(t, "the cycle of the dead process is done", func() bool { // its leases last a moment
		states, err := second.Store.LinkStates(t.Context(), b.pair)
		return err == nil && states[journal.Linked] == 3
	})
	stop(t, runner)
}

func TestStopSettlesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.gate.shut()
	stopping := make(chan struct{})
	runner := b.start(t, b.app, stopping)
	b.held(t)
	close(stopping)
	b.gate.open()
	stop(t, runner)
	// Either it was stopped, or it came to its end and was asked for once more in the meantime: then the next start does that.
	e := b.next(t, "cycle")
	_, again := errors.AsType[*river.JobSnoozeError](e.err)
	if e.err != nil && !errors.Is(e.err, jobs.ErrStopping) && !again {
		t.Errorf("the cycle ended with %v", e.err)
	}
	if n := running(t, b.app); n > 0 {
		t.Errorf("%d jobs still count as running", n)
	}
}

func TestSynchronisationOnRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	runner := b.start(t, b.app, nil)
	run, err := runner.SyncNow(t.Context(), jobs.SyncRequest{Sweep: true})
	if err != nil || run != "run-1" {
		t.Errorf("SyncNow = %q, %v", run, err)
	}
	stop(t, runner)

	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("nobody works here")
	cancel(gone)
	if _, err := runner.SyncNow(ctx, jobs.SyncRequest{}); err == nil {
		t.Error("SyncNow waited for nobody")
	}
}

func backup(t *testing.T, a *app.App, path string) {
	t.Helper()
	if _, err := a.Store.DB().ExecContext(t.Context(), "VACUUM INTO ?", path); err != nil {
		t.Fatal(err)
	}
}

// running counts the jobs that count as running.
func running(t *testing.T, a *app.App) int {
	t.Helper()
	var n sql.NullInt64
	if err := a.Store.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE state = 'running'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return int(n.Int64)
}

// People are told from the start on, again and again by the schedule.
func TestAlertsComeRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.open(t, t.TempDir(), b.world.Outlook.Transport())
	runner := b.startAt(t, a, nil, jobs.Pace{Poll: time.Hour, Sweep: time.Hour, Reconcile: 24 * time.Hour, Alert: time.Second})
	for range 3 {
		if e := b.next(t, "alert"); e.err != nil {
			t.Errorf("the job ended with %v", e.err)
		}
	}
	stop(t, runner)
}

// A refused login is told of once, and so is that it works again: the log never ends with a trouble that is over.
func TestTheLogTellsThatALoginWorksAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	runner := b.startAt(t, b.app, nil, jobs.Pace{Poll: time.Second, Sweep: time.Hour, Reconcile: 24 * time.Hour})
	const refused, again = "login was refused", "login works again"
	for round := 1; round <= 2; round++ {
		b.poll(t, true)
		if err := b.world.Raynet.Inject("raynet-unauthorized"); err != nil {
			t.Fatal(err)
		}
		b.poll(t, false)
		b.poll(t, false)
		if err := b.world.Raynet.Heal("raynet-unauthorized"); err != nil {
			t.Fatal(err)
		}
		b.poll(t, false) // what was still under way has ended
		if err := b.app.Admin.LoginForget(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.poll(t, true)
		if b.log.count(refused) != round || b.log.count(again) != round {
			t.Errorf("after refusal %d the log says %d times %q and %d times %q", round, b.log.count(refused), refused, b.log.count(again), again)
		}
	}
	stop(t, runner)
}

// poll waits for a poll that went well, or for one that did not.
func (b *bench) poll(t *testing.T, well bool) {
	t.Helper()
	for (b.next(t, "poll").err == nil) != well {
	}
}
