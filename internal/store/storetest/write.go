package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

func testIntentsRoundTrip(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	link := Link(pair, 1)
	want := Intent(link, "op-1")
	Commit(t, s, journal.PutLink{Link: link}, journal.OpenIntent{Intent: want})
	check := func() {
		t.Helper()
		got, err := s.Intents(ctx, pair)
		if diff := cmp.Diff([]journal.Intent{want}, got); err != nil || diff != "" {
			t.Errorf("intents: %v (-want +got):\n%s", err, diff)
		}
	}
	check()
	want.Tries, want.LastSent, want.NotBefore = 2, Now().Add(time.Hour), time.Time{}
	Commit(t, s, journal.TouchIntent{Op: "op-1", Tries: want.Tries, LastSent: want.LastSent, NotBefore: want.NotBefore})
	check()
	if count, err := s.IntentCount(ctx, pair); err != nil || count != 1 {
		t.Errorf("IntentCount = %d, %v, want 1", count, err)
	}
	Commit(t, s, journal.CloseIntent{Op: "op-1"})
	if got, err := s.Intents(ctx, pair); err != nil || len(got) != 0 {
		t.Errorf("intents after closing = %v, %v", got, err)
	}
	for _, fact := range []journal.Fact{journal.CloseIntent{Op: "op-1"}, journal.TouchIntent{Op: "op-1"}} {
		if err := s.Commit(ctx, Admin(), fact); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%T of a closed intent: error = %v, want ErrNotFound", fact, err)
		}
	}
	orphan := Intent(Link(999, 1), "op-2")
	if err := s.Commit(ctx, Admin(), journal.OpenIntent{Intent: orphan}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("intent of an unknown pair: error = %v, want ErrNotFound", err)
	}
}

func testIntentsAreExclusive(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	third, err := s.UpsertPair(ctx, journal.Pair{Connection: "second", Kind: record.Calendar, Mailbox: "mailbox-9"})
	if err != nil {
		t.Fatal(err)
	}
	intent := func(op string, pair int64, ref remote.Ref, key string) journal.OpenIntent {
		in := Intent(Link(pair, 1), op)
		in.Request.Side, in.Request.Ref, in.Request.Key = ref.Side, ref, key
		return journal.OpenIntent{Intent: in}
	}
	none := remote.Ref{}
	Commit(t, s, intent("a", one, RaynetRef(1), ""), intent("b", one, OutlookRef(1), ""), intent("c", one, none, "key"),
		intent("d", one, none, ""), intent("e", one, none, ""))
	tests := []struct {
		name string
		fact journal.Fact
		want error
	}{
		{"same raynet record, same pair", intent("n", one, RaynetRef(1), ""), store.ErrBusy},
		{"same raynet record, other pair", intent("n", two, RaynetRef(1), ""), store.ErrBusy},
		{"same raynet id, other connection", intent("o", third, RaynetRef(1), ""), nil},
		{"same outlook item, same pair", intent("n", one, OutlookRef(1), ""), store.ErrBusy},
		{"same outlook id, other mailbox", intent("p", two, OutlookRef(1), ""), nil},
		{"same key, other pair", intent("n", two, none, "key"), store.ErrBusy},
		{"same key, other connection", intent("q", third, none, "key"), nil},
		{"same op", intent("a", one, RaynetRef(7), ""), store.ErrBusy},
	}
	for _, test := range tests {
		if err := s.Commit(ctx, Admin(), test.fact); !errors.Is(err, test.want) {
			t.Errorf("%s: error = %v, want %v", test.name, err, test.want)
		}
	}
	Commit(t, s, journal.CloseIntent{Op: "a"}, intent("r", two, RaynetRef(1), ""))
}

func testAllOrNothing(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	link := Link(pair, 1)
	err := s.Commit(ctx, Admin(), journal.PutLink{Link: link}, journal.AddEntry{Entry: Entry(link, journal.Created)},
		journal.PutWork{Work: journal.Work{Pair: pair, Ref: RaynetRef(1), Why: journal.WhyParked}}, journal.CloseIntent{Op: "none"})
	if !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("error = %v, want ErrNotFound", err)
	}
	if _, err := s.Link(ctx, link.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the link of a refused commit was stored: %v", err)
	}
	if entries, err := s.Journal(ctx, store.JournalFilter{}); err != nil || len(entries) != 0 {
		t.Errorf("the journal of a refused commit was stored: %v, %v", entries, err)
	}
	if works, err := s.WorkOf(ctx, RaynetRef(1)); err != nil || len(works) != 0 {
		t.Errorf("the work of a refused commit was stored: %v, %v", works, err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Commit(gone, Admin(), journal.PutLink{Link: link}); !errors.Is(err, context.Canceled) {
		t.Errorf("commit with an ended context: error = %v", err)
	}
	Commit(t, s)
}

// Many callers at once; every third one is refused after it has already written something.
func testRefusalLeavesOthersAlone(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	const callers = 60
	errs := make([]error, callers)
	held, err := s.DB().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			facts := []journal.Fact{
				journal.PutLink{Link: Link(pair, n)},
				journal.PutWork{Work: journal.Work{Pair: pair, Ref: RaynetRef(n), Why: journal.WhyChanged}},
			}
			if n%3 == 0 {
				facts = append(facts, journal.CloseIntent{Op: "none"})
			}
			errs[n] = s.Commit(ctx, Admin(), facts...)
		})
	}
	for s.Stats().Waiting < callers-1 {
		runtime.Gosched()
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	for n, err := range errs {
		refused := n%3 == 0
		if refused != errors.Is(err, store.ErrNotFound) || !refused && err != nil {
			t.Errorf("caller %d: error = %v", n, err)
		}
		if _, err := s.Link(ctx, Link(pair, n).ID); refused != errors.Is(err, store.ErrNotFound) {
			t.Errorf("caller %d: its link: %v", n, err)
		}
	}
	if linked, err := s.CountLinks(ctx, pair); err != nil || linked != 40 {
		t.Errorf("CountLinks = %d, %v, want 40", linked, err)
	}
	if counts, err := s.WorkCounts(ctx, pair); err != nil || counts[journal.WhyChanged] != 40 {
		t.Errorf("WorkCounts = %v, %v, want 40", counts, err)
	}
}

// Whoever waits while another one commits shares the next transaction; a lone caller has its own.
func testGroupCommit(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	before := s.Stats()
	Commit(t, s, journal.PutLink{Link: Link(pair, 0)})
	if after := s.Stats(); after.Calls != before.Calls+1 || after.Transactions != before.Transactions+1 {
		t.Errorf("a lone call: %+v after %+v", after, before)
	}
	before = s.Stats()
	const callers = 16
	held, err := s.DB().Conn(ctx) // nobody can commit while we have it
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			if err := s.Commit(ctx, Admin(), journal.PutLink{Link: Link(pair, 1+n)}); err != nil {
				t.Error(err)
			}
			if _, err := s.Link(ctx, Link(pair, 1+n).ID); err != nil {
				t.Errorf("a committed link is not seen by its own caller: %v", err)
			}
		})
	}
	for s.Stats().Waiting < callers-1 {
		runtime.Gosched()
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	after := s.Stats()
	if calls, flushes := after.Calls-before.Calls, after.Transactions-before.Transactions; calls != callers || flushes != 2 {
		t.Errorf("%d calls took %d transactions, want %d calls in 2", calls, flushes, callers)
	}
	if linked, err := s.CountLinks(ctx, pair); err != nil || linked != callers+1 {
		t.Errorf("CountLinks = %d, %v", linked, err)
	}
}

func testFencing(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	old, err := s.Acquire(ctx, "writer", "first", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, old, journal.PutLink{Link: Link(pair, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, old); err != nil {
		t.Fatal(err)
	}
	current, err := s.Acquire(ctx, "writer", "second", time.Minute)
	if err != nil || current.Number <= old.Number {
		t.Fatalf("Acquire = %+v, %v, want a number above %d", current, err, old.Number)
	}
	errs := make([]error, 20)
	var group sync.WaitGroup
	for n := range errs {
		fence := current
		if n%2 == 0 {
			fence = old
		}
		group.Go(func() { errs[n] = s.Commit(ctx, fence, journal.PutLink{Link: Link(pair, 10+n)}) })
	}
	group.Wait()
	for n, err := range errs {
		if stale := n%2 == 0; stale != errors.Is(err, store.ErrFenced) || !stale && err != nil {
			t.Errorf("caller %d: error = %v", n, err)
		}
	}
	if linked, err := s.CountLinks(ctx, pair); err != nil || linked != 11 {
		t.Errorf("CountLinks = %d, %v, want 11", linked, err)
	}
	unknown := journal.Fence{Lease: "nobody's", Number: 1}
	if err := s.Commit(ctx, unknown, journal.PutLink{Link: Link(pair, 99)}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("unknown lease: error = %v, want ErrFenced", err)
	}
}

func testLeases(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first, err := s.Acquire(ctx, "writer", "host-a", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Acquire(ctx, "writer", "host-b", time.Minute)
	var held *store.HeldError
	if !errors.Is(err, store.ErrHeld) || !errors.As(err, &held) || held.Holder != "host-a" || !held.Until.Equal(Now().Add(time.Minute)) {
		t.Fatalf("second Acquire: %v, want held by host-a for a minute", err)
	}
	if _, err := s.Acquire(ctx, "other", "host-b", time.Minute); err != nil {
		t.Errorf("another lease: %v", err)
	}
	again, err := s.Acquire(ctx, "writer", "host-a", time.Minute)
	if err != nil || again.Number <= first.Number {
		t.Fatalf("Acquire by the same holder = %+v, %v, want a greater number", again, err)
	}
	if err := s.Renew(ctx, first, time.Minute); !errors.Is(err, store.ErrFenced) {
		t.Errorf("Renew with the old number: %v, want ErrFenced", err)
	}
	if err := s.Holds(ctx, first); !errors.Is(err, store.ErrFenced) {
		t.Errorf("Holds with the old number: %v, want ErrFenced", err)
	}
	if err := errors.Join(s.Holds(ctx, again), s.Holds(ctx, journal.Fence{})); err != nil {
		t.Errorf("Holds with the new number, and without a lease: %v", err)
	}
	if err := s.Holds(ctx, journal.Fence{Lease: "nobody's", Number: 1}); !errors.Is(err, store.ErrFenced) {
		t.Errorf("Holds of a lease that there is not: %v, want ErrFenced", err)
	}
	if err := s.Release(ctx, first); err != nil {
		t.Errorf("Release with the old number: %v", err)
	}
	if _, err := s.Acquire(ctx, "writer", "host-b", time.Minute); !errors.Is(err, store.ErrHeld) {
		t.Errorf("the old number released the new holder's lease: %v", err)
	}
	if err := s.Renew(ctx, again, -time.Second); err != nil { // it ends now
		t.Fatal(err)
	}
	if err := s.Holds(ctx, again); err != nil {
		t.Errorf("Holds of a lease that ended and that nobody took: %v", err)
	}
	taken, err := s.Acquire(ctx, "writer", "host-b", time.Minute)
	if err != nil || taken.Number <= again.Number {
		t.Fatalf("Acquire after the end = %+v, %v, want a greater number", taken, err)
	}
	const rivals = 12
	won := make(chan string, rivals)
	var group sync.WaitGroup
	for n := range rivals {
		group.Go(func() {
			holder := fmt.Sprint("rival-", n)
			if _, err := s.Acquire(ctx, "contested", holder, time.Minute); err == nil {
				won <- holder
			}
		})
	}
	group.Wait()
	if len(won) != 1 {
		t.Errorf("%d rivals hold one lease", len(won))
	}
}
