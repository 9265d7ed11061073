package feed_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// source is RAYNET: what it lists, what it reports as changed, and how often it was asked.
type source struct {
	all, changed []remote.Snapshot
	cursor       string
	swept        []remote.Listed
	err          error
	begins       int
	polls        []string // the cursors it was asked with
	from         time.Time
}

func (s *source) Begin(_ context.Context, _ []record.Kind, from time.Time) (remote.Round, error) {
	s.begins++
	s.from = from
	return remote.Round{Changed: s.all, Full: true, Cursor: s.cursor}, nil
}

func (s *source) Poll(_ context.Context, _ []record.Kind, cursor string) (remote.Round, error) {
	s.polls = append(s.polls, cursor)
	return remote.Round{Changed: s.changed, Cursor: s.cursor}, s.err
}

func (s *source) Sweep(_ context.Context, _ []record.Kind, from time.Time) ([]remote.Listed, error) {
	s.from = from
	return s.swept, s.err
}

type bundle struct {
	feed   *feed.Feed
	source *source
	store  *store.Store
	now    time.Time
	// jana and petr each have a calendar.
	jana, petr journal.Pair
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{source: &source{cursor: "c1"}, now: storetest.Now()}
	clock := func() time.Time { return b.now }
	var err error
	b.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("feed test")), Now: clock, Synchronous: "OFF",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	b.feed = &feed.Feed{
		Connection: storetest.Connection, Source: b.source, Store: b.store, Cache: &feed.Cache{}, Now: clock,
		Back: 14 * 24 * time.Hour, Started: b.now,
	}
	b.jana, b.petr = b.pair(t, 1), b.pair(t, 2)
	return b
}

func (b *bundle) pair(t *testing.T, n int) journal.Pair {
	t.Helper()
	pair, err := b.store.Pair(t.Context(), storetest.Pair(t, b.store, n))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func (b *bundle) pairs() []journal.Pair { return []journal.Pair{b.jana, b.petr} }

func (b *bundle) poll(t *testing.T, pairs ...journal.Pair) feed.Report {
	t.Helper()
	report, err := b.feed.Poll(t.Context(), storetest.Admin(), pairs, false)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// work lists what waits for a pair now.
func (b *bundle) work(t *testing.T, pair journal.Pair) []remote.Ref {
	t.Helper()
	works, err := b.store.Work(t.Context(), pair.ID, b.now, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []remote.Ref
	for _, work := range works {
		out = append(out, work.Ref)
	}
	return out
}

func (b *bundle) token(t *testing.T) string {
	t.Helper()
	cursor, _, err := b.store.Cursor(t.Context(), feed.CursorScope(storetest.Connection))
	if err != nil {
		t.Fatal(err)
	}
	return cursor.Token
}

func meeting(n int, people ...string) remote.Snapshot {
	return remote.Snapshot{Ref: storetest.RaynetRef(n), Kind: record.Calendar, People: people, Fields: record.Fields{record.EventSubject: "Porada"}}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

var one, two, three = storetest.RaynetRef(1), storetest.RaynetRef(2), storetest.RaynetRef(3)

func TestFirstPollGivesEverybodyWhatIsTheirs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.source.all = []remote.Snapshot{meeting(1, "101"), meeting(2, "102", "101"), meeting(3, "999")}
	report := b.poll(t, b.pairs()...)
	same(t, "report", report, feed.Report{Changed: 3, Pairs: []int64{b.jana.ID, b.petr.ID}, Full: true})
	same(t, "work of Jana", b.work(t, b.jana), []remote.Ref{one, two})
	same(t, "work of Petr", b.work(t, b.petr), []remote.Ref{two})
	same(t, "cursor", b.token(t), "c1")
	same(t, "listed from", b.source.from, b.now.Add(-14*24*time.Hour))
	for ref, want := range map[remote.Ref]bool{one: true, two: true, three: false} {
		if _, kept := b.feed.Cache.Row(ref, "Europe/Prague", b.now); kept != want {
			t.Errorf("row of %s kept: %v, want %v", ref, kept, want)
		}
	}
}

func TestLaterPollsReadOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	same(t, "report", b.poll(t, b.pairs()...), feed.Report{Changed: 1, Pairs: []int64{b.jana.ID}})
	same(t, "cursors asked with", b.source.polls, []string{"c1"})
	same(t, "listings", b.source.begins, 1)
	same(t, "cursor", b.token(t), "c2")
	same(t, "work of Petr", b.work(t, b.petr), nil)
}

// A user who was taken off a record learns of it, because his pair has a link to it.
func TestALinkedPairIsConcerned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.petr.ID, 1)})
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	b.poll(t, b.pairs()...)
	same(t, "work of Petr", b.work(t, b.petr), []remote.Ref{one})
	same(t, "work of Jana", b.work(t, b.jana), []remote.Ref{one})
}

func TestOtherKindsAreNotConcerned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	task := meeting(1, "101")
	task.Kind = record.Tasks
	b.source.all = []remote.Snapshot{task}
	b.poll(t, b.pairs()...)
	same(t, "work of Jana's calendar", b.work(t, b.jana), nil)
}

// A newcomer gets the complete listing; the others get nothing twice, and the cursor stays: what changed meanwhile comes with the
// next poll.
func TestNewcomersGetTheListing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.jana)
	b.source.all, b.source.cursor = []remote.Snapshot{meeting(1, "101"), meeting(2, "102")}, "c9"
	report := b.poll(t, b.pairs()...)
	same(t, "report", report, feed.Report{Changed: 2, Pairs: []int64{b.petr.ID}, Full: true})
	same(t, "work of Petr", b.work(t, b.petr), []remote.Ref{two})
	same(t, "work of Jana", b.work(t, b.jana), nil)
	same(t, "cursor", b.token(t), "c1")
	b.poll(t, b.pairs()...)
	same(t, "cursors asked with", b.source.polls, []string{"c1"})
}

// The settings let in more than before: who asks for everything anew gets the complete listing once more, and only once.
func TestAPairIsGivenTheListingAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	b.source.all = []remote.Snapshot{meeting(1, "101"), meeting(2, "102")}
	if err := b.feed.Anew(t.Context(), []journal.Pair{b.petr}); err != nil {
		t.Fatal(err)
	}
	report := b.poll(t, b.pairs()...)
	same(t, "report", report, feed.Report{Changed: 2, Pairs: []int64{b.petr.ID}, Full: true})
	same(t, "work of Petr", b.work(t, b.petr), []remote.Ref{two})
	same(t, "work of Jana", b.work(t, b.jana), nil)
	b.poll(t, b.pairs()...)
	same(t, "listings", b.source.begins, 2)
}

func TestAForgottenCursorListsEverythingAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	b.source.err = &remote.Error{Kind: remote.CursorDead, Side: record.Raynet, Doing: "poll"}
	b.source.all, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c5"
	report := b.poll(t, b.pairs()...)
	same(t, "report", report, feed.Report{Changed: 1, Pairs: []int64{b.jana.ID, b.petr.ID}, Full: true})
	same(t, "cursor", b.token(t), "c5")
	same(t, "work of Jana", b.work(t, b.jana), []remote.Ref{one})
}

func TestAFailedPollMovesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	b.source.err, b.source.cursor = &remote.Error{Kind: remote.Unavailable, Side: record.Raynet, Doing: "poll"}, "c2"
	b.source.changed = []remote.Snapshot{meeting(1, "101")}
	_, err := b.feed.Poll(t.Context(), storetest.Admin(), b.pairs(), false)
	if remote.KindOf(err) != remote.Unavailable || err == nil {
		t.Errorf("Poll: %v, want unavailable", err)
	}
	same(t, "cursor", b.token(t), "c1")
	same(t, "work of Jana", b.work(t, b.jana), nil)
}

// A process that lost its lease moves neither the cursor nor anybody's work.
func TestAStalePollCommitsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	old, err := b.store.Acquire(t.Context(), "connection/default", "old", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(time.Hour)
	if _, err := b.store.Acquire(t.Context(), "connection/default", "new", time.Minute); err != nil {
		t.Fatal(err)
	}
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	if _, err := b.feed.Poll(t.Context(), old, b.pairs(), false); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("Poll: %v, want ErrFenced", err)
	}
	same(t, "cursor", b.token(t), "c1")
	same(t, "work of Jana", b.work(t, b.jana), nil)
}

// Work that waits for another try is due at once when the thing was reported, and keeps its reason.
func TestAReportMakesWaitingWorkDue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	storetest.Commit(t, b.store, journal.PutWork{Work: journal.Work{Pair: b.jana.ID, Ref: one, Why: journal.WhyParked, Reason: "invalid",
		Tries: 3, Since: b.now, RetryAt: b.now.Add(time.Hour)}})
	same(t, "due before", b.work(t, b.jana), nil)
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	b.poll(t, b.pairs()...)
	works, err := b.store.Work(t.Context(), b.jana.ID, b.now, 0)
	if err != nil || len(works) != 1 {
		t.Fatalf("Work = %v, %v, want one", works, err)
	}
	if w := works[0]; w.Why != journal.WhyParked || w.Reason != "invalid" || w.Tries != 3 {
		t.Errorf("work = %+v, want what it was", w)
	}
}

func TestNothingIsReadyBeforeRaynetWasRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.feed.Ready(t.Context()); !errors.Is(err, feed.ErrUnread) {
		t.Errorf("before the first poll: %v, want ErrUnread", err)
	}
	b.poll(t, b.pairs()...)
	if err := b.feed.Ready(t.Context()); err != nil {
		t.Errorf("after it: %v", err)
	}
	b.now = b.now.Add(time.Hour)
	b.feed.Started = b.now // another start, on what may be an old database
	if err := b.feed.Ready(t.Context()); !errors.Is(err, feed.ErrUnread) {
		t.Errorf("after a start: %v, want ErrUnread", err)
	}
	b.poll(t, b.pairs()...) // nothing changed, and yet it was read
	if err := b.feed.Ready(t.Context()); err != nil {
		t.Errorf("after an empty poll: %v", err)
	}
}

// A pair that was halted keeps its work, so that it misses nothing when it runs again.
func TestAHaltedPairKeepsItsWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	storetest.Commit(t, b.store, journal.PutPairState{Pair: b.jana.ID, State: journal.PairHalted, Reason: "too-many-removals"})
	b.jana = b.pair(t, 1)
	if b.jana.State != journal.PairHalted {
		t.Fatalf("state = %s", b.jana.State)
	}
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	b.poll(t, b.pairs()...)
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(2, "101")}, "c3"
	b.poll(t, b.pairs()...)
	same(t, "work of Jana", b.work(t, b.jana), []remote.Ref{one, two})
}

// A dry look brings what a poll and a sweep would, and leaves everything as it was.
func TestLookCommitsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.jana)
	for n := range 2 {
		storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.jana.ID, n+1)})
	}
	b.source.changed, b.source.cursor, b.source.swept = []remote.Snapshot{meeting(1, "101")}, "c2", []remote.Listed{listed(1)}
	looks, err := b.feed.Look(t.Context(), []journal.Pair{b.jana}, true)
	if err != nil {
		t.Fatal(err)
	}
	look := looks[b.jana.ID]
	same(t, "reported", look.Reported, []remote.Ref{one})
	same(t, "missing", look.Missing, []remote.Ref{two})
	if !look.Swept || !look.At.Equal(b.now) {
		t.Errorf("swept %v at %v, want true at %v", look.Swept, look.At, b.now)
	}
	if _, kept := look.Rows.Row(one, "", b.now); !kept {
		t.Error("the look does not have the row that it read")
	}
	if _, kept := b.feed.Cache.Row(one, "", b.now); kept {
		t.Error("the look put its row where polls keep theirs")
	}
	same(t, "work of Jana", b.work(t, b.jana), nil)
	same(t, "cursor", b.token(t), "c1")
	if _, ok, _ := b.store.Cursor(t.Context(), engine.SweepScope(storetest.Connection)); ok {
		t.Error("a dry look was noted as a sweep")
	}
}

// Somebody who is in no database yet is shown everything that would come to him.
func TestLookForANewcomer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.jana)
	b.source.all = []remote.Snapshot{meeting(1, "101"), meeting(7, "555")}
	newcomer := journal.Pair{ID: -1, Connection: storetest.Connection, Kind: record.Calendar, Person: "555"}
	looks, err := b.feed.Look(t.Context(), []journal.Pair{b.jana, newcomer}, false)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "reported to the newcomer", looks[-1].Reported, []remote.Ref{storetest.RaynetRef(7)})
	if looks[-1].Swept {
		t.Error("a sweep was claimed that nobody asked for")
	}
}

// Rows are kept for the cycles that follow a poll, and not much longer.
func TestRowsAreForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.source.all = []remote.Snapshot{meeting(1, "101")}
	b.poll(t, b.pairs()...)
	for n := range 4 {
		_, kept := b.feed.Cache.Row(one, "Europe/Prague", b.now)
		if want := n <= 2; kept != want {
			t.Errorf("after %d more polls the row is kept: %v, want %v", n, kept, want)
		}
		b.poll(t, b.pairs()...)
	}
}

func TestRowsAreShownInTheZoneAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.Cache.InZone = func(row remote.Snapshot, zone string) remote.Snapshot {
		row.Author = zone
		return row
	}
	b.source.all = []remote.Snapshot{meeting(1, "101")}
	b.poll(t, b.pairs()...)
	for _, zone := range []string{"Europe/Prague", "America/Sao_Paulo"} {
		if row, ok := b.feed.Cache.Row(one, zone, b.now); !ok || row.Author != zone {
			t.Errorf("Row(%s) = %q, %v", zone, row.Author, ok)
		}
	}
}
