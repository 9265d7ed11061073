package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// quietRaynet is a RAYNET in which nothing happens.
type quietRaynet struct{ err error }

func (q *quietRaynet) Begin(context.Context, []record.Kind, time.Time) (remote.Round, error) {
	return remote.Round{Full: true, Cursor: "c1"}, q.err
}
func (q *quietRaynet) Poll(context.Context, []record.Kind, string) (remote.Round, error) {
	return remote.Round{Cursor: "c1"}, q.err
}
func (q *quietRaynet) Sweep(context.Context, []record.Kind, time.Time) ([]remote.Listed, error) {
	return nil, q.err
}

// mailbox is a mailbox that is read by beginFunc.
type mailbox struct {
	beginFunc func(context.Context) (remote.Round, error)
}

func (m *mailbox) Begin(ctx context.Context, _ remote.Scope, _, _ time.Time) (remote.Round, error) {
	return m.beginFunc(ctx)
}
func (m *mailbox) Continue(ctx context.Context, _ remote.Scope, _ string) (remote.Round, error) {
	return m.beginFunc(ctx)
}
func (m *mailbox) Place(context.Context, remote.Scope, bool) (string, error) { return "", nil }
func (m *mailbox) Everything(context.Context, remote.Scope) ([]remote.Snapshot, error) {
	return nil, nil
}
func (m *mailbox) Stamps(context.Context, remote.Scope) ([]remote.Snapshot, error) { return nil, nil }

type connection struct {
	*jobs.Connection
	store   *store.Store
	raynet  *quietRaynet
	mailbox *mailbox
	pair    int64
	reads   atomic.Int64
	clock   atomic.Int64 // seconds since the beginning
}

// connect returns a connection that has read RAYNET and whose mailbox is empty.
func connect(t *testing.T) *connection {
	t.Helper()
	c := &connection{raynet: &quietRaynet{}}
	c.mailbox = &mailbox{beginFunc: func(context.Context) (remote.Round, error) {
		c.reads.Add(1)
		return remote.Round{Full: true, Cursor: "m1"}, nil
	}}
	now := func() time.Time { return storetest.Now().Add(time.Duration(c.clock.Load()) * time.Second) }
	var err error
	c.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("jobs test")), Now: now, Synchronous: "OFF",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	})
	var ids atomic.Int64
	newID := func() string { return fmt.Sprintf("id%06d", ids.Add(1)) }
	c.Connection = &jobs.Connection{
		Name: storetest.Connection, Store: c.store, Holder: "one", Now: now, NewID: newID,
		Rules: func(p journal.Pair) pair.Rules { return pair.DefaultRules(p.Kind) },
		Feed:  &feed.Feed{Connection: storetest.Connection, Source: c.raynet, Store: c.store, Cache: &feed.Cache{}, Now: now, Back: time.Hour, Started: now()},
		Engine: &engine.Engine{
			Feed: c.mailbox, Store: c.store, Digester: record.NewDigester([]byte("jobs test")), Now: now, NewID: newID,
			Key:    func(_ remote.Scope, s remote.Snapshot) string { return "key " + s.Ref.ID },
			Driver: engine.Concurrent,
		},
	}
	c.pair = storetest.Pair(t, c.store, 1)
	if _, err := c.Poll(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *connection) state(t *testing.T) journal.Pair {
	t.Helper()
	p, err := c.store.Pair(t.Context(), c.pair)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *connection) cycle(t *testing.T) error {
	t.Helper()
	_, err := c.Cycle(t.Context(), c.pair, jobs.CycleOptions{})
	return err
}

func refuse(kind remote.ErrorKind, side record.Side) error {
	return &remote.Error{Kind: kind, Side: side, Doing: "read"}
}

func TestACycleReadsTheMailboxAndMovesItsCursor(t *testing.T) {
	t.Parallel()
	c := connect(t)
	if err := c.cycle(t); err != nil {
		t.Fatal(err)
	}
	cursor, ok, err := c.store.Cursor(t.Context(), engine.FeedScope(c.state(t)))
	if err != nil || !ok || cursor.Token != "m1" || c.reads.Load() != 1 {
		t.Errorf("cursor %q, %v, %v after %d reads; want m1 after one", cursor.Token, ok, err, c.reads.Load())
	}
}

// A database that was brought back from a backup must not be believed before RAYNET was read.
func TestNoCycleBeforeRaynetWasRead(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.clock.Store(60)
	c.Feed.Started = storetest.Now().Add(time.Minute)
	if err := c.cycle(t); !errors.Is(err, feed.ErrUnread) {
		t.Errorf("Cycle: %v, want ErrUnread", err)
	}
	if c.reads.Load() != 0 {
		t.Error("the mailbox was read all the same")
	}
	if _, err := c.Cycle(t.Context(), c.pair, jobs.CycleOptions{Dry: true}); err != nil {
		t.Errorf("a dry run writes nothing and may look: %v", err)
	}
	if _, err := c.Poll(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := c.cycle(t); err != nil {
		t.Errorf("after a poll: %v", err)
	}
}

func TestPairsThatDoNotRun(t *testing.T) {
	t.Parallel()
	for _, state := range []journal.PairState{journal.PairHalted, journal.PairPaused, journal.PairRefused} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			storetest.Commit(t, c.store, journal.PutPairState{Pair: c.pair, State: state, Reason: "because"})
			err := c.cycle(t)
			paused, ok := errors.AsType[*jobs.PausedError](err)
			if !ok || paused.Pair.State != state || paused.Pair.Reason != "because" {
				t.Errorf("Cycle: %v, want a PausedError that tells %s and why", err, state)
			}
			if c.reads.Load() != 0 {
				t.Error("its mailbox was read")
			}
			if _, err := c.Cycle(t.Context(), c.pair, jobs.CycleOptions{Dry: true}); err != nil || c.reads.Load() != 1 {
				t.Errorf("a dry run: %v after %d reads, want a look", err, c.reads.Load())
			}
			pairs, err := c.Running(t.Context())
			if err != nil || len(pairs) != 1 {
				t.Errorf("Running = %v, %v: it must keep getting its work", pairs, err)
			}
		})
	}
}

// A process that slept while another one took over comes back with what it read, and may keep none of it.
// Settings that change make a new connection in the same process, under the same holder. What the one before is still doing to a
// pair is waited for.
func TestConnectionsThatFollowEachOtherTakeTurns(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.Turns = &jobs.Turns{}
	next := &jobs.Connection{Name: c.Name, Engine: c.Engine, Feed: c.Feed, Store: c.Store, Rules: c.Rules, Holder: c.Holder, Now: c.Now, NewID: c.NewID, Turns: c.Turns}
	at, goOn := make(chan struct{}), make(chan struct{})
	c.mailbox.beginFunc = func(context.Context) (remote.Round, error) {
		if c.reads.Add(1) == 1 {
			close(at)
			<-goOn
		}
		return remote.Round{Full: true, Cursor: "m1"}, nil
	}
	ended := make(chan error)
	go func() {
		_, err := c.Cycle(t.Context(), c.pair, jobs.CycleOptions{})
		ended <- err
	}()
	<-at
	brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := next.Cycle(brief, c.pair, jobs.CycleOptions{}); !errors.Is(err, context.DeadlineExceeded) || c.reads.Load() != 1 {
		t.Errorf("a cycle of the next connection while the first one is at work: %v, %d reads; want it to wait", err, c.reads.Load())
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Errorf("the cycle of the first connection: %v", err)
	}
	if _, err := next.Cycle(t.Context(), c.pair, jobs.CycleOptions{}); err != nil {
		t.Errorf("the cycle after it: %v", err)
	}
}

func TestAMailboxThatCannotBeUsedStopsItsPairOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		err        error
		wantState  journal.PairState
		wantReason string
	}{
		{"the mailbox is gone", refuse(remote.NoMailbox, record.Outlook), journal.PairRefused, "mailbox-missing"},
		{"a right is missing", refuse(remote.Forbidden, record.Outlook), journal.PairRefused, "forbidden"},
		{"Outlook is down", refuse(remote.Unavailable, record.Outlook), journal.PairRunning, ""},
		{"Outlook is busy", refuse(remote.Throttled, record.Outlook), journal.PairRunning, ""},
		{"the login is refused for all", refuse(remote.Unauthorized, record.Outlook), journal.PairRunning, ""},
		{"RAYNET refuses", refuse(remote.Forbidden, record.Raynet), journal.PairRunning, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t)
			c.mailbox.beginFunc = func(context.Context) (remote.Round, error) { return remote.Round{}, test.err }
			if err := c.cycle(t); !errors.Is(err, test.err) {
				t.Errorf("Cycle: %v, want %v", err, test.err)
			}
			if p := c.state(t); p.State != test.wantState || p.Reason != test.wantReason {
				t.Errorf("the pair is %s (%s), want %s (%s)", p.State, p.Reason, test.wantState, test.wantReason)
			}
		})
	}
}

func TestARefusedPairIsProbed(t *testing.T) {
	t.Parallel()
	c := connect(t)
	storetest.Commit(t, c.store, journal.PutPairState{Pair: c.pair, State: journal.PairRefused, Reason: "mailbox-missing"})
	if err := c.Probe(t.Context(), c.state(t)); err != nil {
		t.Fatal(err)
	}
	if p := c.state(t); p.State != journal.PairRunning {
		t.Errorf("the pair is %s, want running", p.State)
	}
	for _, state := range []journal.PairState{journal.PairHalted, journal.PairPaused} {
		storetest.Commit(t, c.store, journal.PutPairState{Pair: c.pair, State: state})
		if err := c.Probe(t.Context(), c.state(t)); err != nil {
			t.Fatal(err)
		}
		if p := c.state(t); p.State != state {
			t.Errorf("a %s pair was let run", state)
		}
	}
}

// RAYNET locks an address after twenty refused logins: the circuit is told at once, and asked before every try.
func TestRefusedLogins(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var told []error
	c.Refused = func(_ context.Context, err error) { told = append(told, err) }
	unauthorized := refuse(remote.Unauthorized, record.Raynet)
	c.raynet.err = unauthorized
	if _, err := c.Poll(t.Context(), false); !errors.Is(err, unauthorized) {
		t.Errorf("Poll: %v", err)
	}
	if len(told) != 1 || !errors.Is(told[0], unauthorized) {
		t.Fatalf("the circuit was told %v, want the refusal once", told)
	}
	c.raynet.err = refuse(remote.Unavailable, record.Raynet)
	if _, err := c.Poll(t.Context(), false); err == nil || len(told) != 1 {
		t.Errorf("Poll: %v, told %v: only refused logins concern the circuit", err, told)
	}

	open := errors.New("the login was refused and has not changed since")
	c.Allowed = func(context.Context) error { return open }
	c.mailbox.beginFunc = func(context.Context) (remote.Round, error) {
		t.Error("the mailbox was read")
		return remote.Round{}, nil
	}
	task := func(context.Context, engine.Task) ([]plan.Step, error) {
		t.Error("something was looked at")
		return nil, nil
	}
	tries := map[string]func() error{
		"Poll":   func() error { _, err := c.Poll(t.Context(), false); return err },
		"Sweep":  func() error { _, err := c.Sweep(t.Context()); return err },
		"Cycle":  func() error { return c.cycle(t) },
		"Look":   func() error { _, err := c.Look(t.Context(), nil, true); return err },
		"Plan":   func() error { _, err := c.Plan(t.Context(), c.state(t), nil, jobs.CycleOptions{}); return err },
		"Do":     func() error { _, err := c.Do(t.Context(), c.pair, jobs.CycleOptions{}, task); return err },
		"dry Do": func() error { _, err := c.Do(t.Context(), c.pair, jobs.CycleOptions{Dry: true}, task); return err },
		"dry Cycle": func() error {
			_, err := c.Cycle(t.Context(), c.pair, jobs.CycleOptions{Dry: true})
			return err
		},
	}
	for name, try := range tries {
		if err := try(); !errors.Is(err, open) {
			t.Errorf("%s: %v, want the circuit's answer", name, err)
		}
	}
}

// A complete reading that was asked for is done once, and asked for again only if it did not come to its end.
func TestCompleteReading(t *testing.T) {
	t.Parallel()
	c := connect(t)
	if err := c.store.SetPairFull(t.Context(), c.pair, true); err != nil {
		t.Fatal(err)
	}
	good := c.mailbox.beginFunc
	c.mailbox.beginFunc = func(context.Context) (remote.Round, error) {
		return remote.Round{}, refuse(remote.Unavailable, record.Outlook)
	}
	if err := c.cycle(t); err == nil || !c.state(t).Full {
		t.Errorf("after a failed cycle (%v) the reading is still owed: %v", err, c.state(t).Full)
	}
	c.mailbox.beginFunc = good
	if err := c.cycle(t); err != nil || c.state(t).Full {
		t.Errorf("after a good cycle (%v) it is still owed: %v", err, c.state(t).Full)
	}
}
