package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// service is one side that shows what it is given and notes what is sent to it.
type service struct {
	side   record.Side
	things map[remote.Ref]remote.Snapshot
	broken bool // nothing can be told of what it has

	mu   sync.Mutex
	sent []remote.Request // guarded by mu while a cycle runs
	read []int            // guarded by mu while a cycle runs; of each read, how many it was of
}

func (s *service) Read(_ context.Context, _ remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	s.mu.Lock()
	s.read = append(s.read, len(refs))
	s.mu.Unlock()
	out := make([]remote.Reading, 0, len(refs))
	for _, ref := range refs {
		if snapshot, there := s.things[ref]; s.broken {
			out = append(out, remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{Kind: remote.Unavailable}})
		} else if there {
			snapshot.At = storetest.Now()
			out = append(out, remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: snapshot})
		} else {
			out = append(out, remote.Reading{Ref: ref, Presence: remote.Gone})
		}
	}
	return out, nil
}

func (s *service) Find(_ context.Context, _ remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	var out []remote.Snapshot
	for _, snapshot := range s.things {
		if !search.Source.IsZero() && snapshot.Stamp != nil && snapshot.Stamp.Source == search.Source {
			out = append(out, snapshot)
		}
	}
	return out, nil
}

func (s *service) Compose(_ context.Context, _ remote.Scope, write remote.Write) ([]remote.Request, error) {
	request := remote.Request{Side: s.side, Kind: record.Calendar, Op: write.Op, Key: write.Key, Body: "{}", Writes: write.Fields.Sorted()}
	if write.Target != nil {
		request.Ref = write.Target.Ref
	}
	return []remote.Request{request}, nil
}

func (s *service) Send(_ context.Context, request remote.Request) (remote.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, request)
	made := request.Ref
	if made.IsZero() {
		made = remote.Ref{Side: s.side, Type: "event", ID: fmt.Sprint("new", len(s.sent))}
	}
	return remote.Answer{Ref: made}, nil
}

// feed reports one complete round of the mailbox.
type feed struct {
	round      remote.Round
	everything []remote.Snapshot // what the mailbox has, in the window or not
	named      int               // how often it was asked for
}

func (f *feed) Begin(context.Context, remote.Scope, time.Time, time.Time) (remote.Round, error) {
	return f.round, nil
}
func (f *feed) Continue(context.Context, remote.Scope, string) (remote.Round, error) {
	return f.round, nil
}
func (f *feed) Place(context.Context, remote.Scope, bool) (string, error)       { return "", nil }
func (f *feed) Stamps(context.Context, remote.Scope) ([]remote.Snapshot, error) { return nil, nil }
func (f *feed) Everything(context.Context, remote.Scope) ([]remote.Snapshot, error) {
	f.named++
	return f.everything, nil
}

type bundle struct {
	engine          *engine.Engine
	store           *store.Store
	raynet, outlook *service
	feed            *feed
	pair            journal.Pair
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{
		raynet:  &service{side: record.Raynet, things: map[remote.Ref]remote.Snapshot{}},
		outlook: &service{side: record.Outlook, things: map[remote.Ref]remote.Snapshot{}},
		feed:    &feed{round: remote.Round{Full: true, Cursor: "m1"}},
	}
	var err error
	b.store, err = store.Open(t.Context(), store.Options{
		Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("engine test")), Now: storetest.Now, Synchronous: "OFF",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if b.pair, err = b.store.Pair(t.Context(), storetest.Pair(t, b.store, 1)); err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	b.engine = &engine.Engine{
		Raynet: b.raynet, Outlook: b.outlook, Feed: b.feed, Store: b.store, Digester: record.NewDigester([]byte("engine test")),
		Now: storetest.Now, NewID: func() string { return fmt.Sprintf("op%06d", ids.Add(1)) },
		Key:    func(_ remote.Scope, s remote.Snapshot) string { return "copy of " + s.Ref.ID },
		Driver: engine.Concurrent,
	}
	return b
}

func (b *bundle) run(t *testing.T, dry bool) engine.Outcome {
	t.Helper()
	outcome, err := b.engine.Run(t.Context(), engine.Task{Pair: b.pair, Rules: pair.DefaultRules(record.Calendar), Run: "run", Dry: dry})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// event is the n-th event of the mailbox, offered to RAYNET.
func (b *bundle) event(n int, stamp *remote.Stamp) {
	span := record.Between(storetest.Now().Add(time.Hour), storetest.Now().Add(2*time.Hour))
	snapshot := remote.Snapshot{
		Ref: storetest.OutlookRef(n), Kind: record.Calendar, Version: "e", Span: span, Offered: true, Stamp: stamp,
		Fields: record.Fields{record.EventSubject: "Porada", record.EventTime: span.Value()},
	}
	b.outlook.things[snapshot.Ref] = snapshot
	b.feed.round.Changed = append(b.feed.round.Changed, snapshot)
}

func told(outcome engine.Outcome) []string {
	out := []string{}
	for _, step := range outcome.Planned {
		out = append(out, fmt.Sprint(step.Op, " ", step.Side, " ", step.Reason))
	}
	return out
}

// The database was lost, and meanwhile a person deleted a record in RAYNET: its copy in Outlook must not bring it back.
func TestACopyDoesNotBringItsOriginalBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.event(1, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
	outcome := b.run(t, true)
	if diff := cmp.Diff([]string{"skip  orphaned"}, told(outcome)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	b.run(t, false)
	if len(b.raynet.sent) > 0 {
		t.Errorf("RAYNET was sent %+v", b.raynet.sent)
	}
}

// A person copies an item that is linked: the copy carries its stamp, and is a new thing all the same.
func TestACopyMadeByAPersonIsNew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.pair.ID, 1)})
	b.event(2, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
	b.feed.round.Full = false
	if diff := cmp.Diff([]string{"create raynet "}, told(b.run(t, true))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// A person copied an item, the copy went to RAYNET, and then the database was lost and the item with its record: the stamp that the
// copy carries says nothing about what was made from it.
func TestAnOriginalIsKnownThoughItsStampIsOld(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.event(2, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
	item := b.outlook.things[storetest.OutlookRef(2)]
	made := remote.Snapshot{
		Ref: storetest.RaynetRef(2), Kind: record.Calendar, Version: "1", Span: item.Span, Offered: true, MadeByUs: true,
		Key: "copy of " + item.Ref.ID, People: []string{b.pair.Person}, Fields: item.Fields,
	}
	b.raynet.things[made.Ref] = made
	storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
	if diff := cmp.Diff([]string{"link  stamp", "note  "}, told(b.run(t, true))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// A dry run writes nothing, here or there, and says what a real one does.
func TestADryRunTellsTheTruth(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.event(1, nil)
	b.event(2, nil)
	first, second := b.run(t, true), b.run(t, true)
	if diff := cmp.Diff(told(first), told(second)); diff != "" {
		t.Errorf("a dry run left something behind (-first +second):\n%s", diff)
	}
	if len(b.raynet.sent)+len(b.outlook.sent) > 0 {
		t.Errorf("a dry run sent %v %v", b.raynet.sent, b.outlook.sent)
	}
	if _, ok, err := b.store.Cursor(t.Context(), engine.FeedScope(b.pair)); ok || err != nil {
		t.Errorf("a dry run moved the cursor (%v)", err)
	}
	b.run(t, false)
	if len(b.raynet.sent) != len(first.Planned) {
		t.Errorf("%d requests were sent, the dry run planned %v", len(b.raynet.sent), told(first))
	}
}

// A mailbox that suddenly shows nothing at all stops its pair before anything is concluded; the cursor stays.
func TestASuddenlyEmptyMailboxHalts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := range 6 {
		storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.pair.ID, n+1)})
	}
	if dry := b.run(t, true); dry.Halted == nil || dry.Halted.Reason != "empty-listing" {
		t.Errorf("dry run: halted %v, want empty-listing", dry.Halted)
	}
	if p, err := b.store.Pair(t.Context(), b.pair.ID); err != nil || p.State != journal.PairRunning {
		t.Errorf("a dry run halted the pair: %s, %v", p.State, err)
	}
	if outcome := b.run(t, false); outcome.Halted == nil || outcome.Halted.Reason != "empty-listing" {
		t.Errorf("halted %v, want empty-listing", outcome.Halted)
	}
	p, err := b.store.Pair(t.Context(), b.pair.ID)
	if err != nil || p.State != journal.PairHalted || p.Reason != "empty-listing" {
		t.Errorf("the pair is %s (%s), %v; want halted", p.State, p.Reason, err)
	}
	if _, ok, err := b.store.Cursor(t.Context(), engine.FeedScope(b.pair)); ok || err != nil {
		t.Errorf("the cursor moved (%v)", err)
	}
	links, err := b.store.LinksAfter(t.Context(), b.pair.ID, "", 10)
	if err != nil || len(links) != 6 {
		t.Errorf("%d links are left, %v; want all 6", len(links), err)
	}
}
