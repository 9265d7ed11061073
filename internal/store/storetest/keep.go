package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

func testWork(t *testing.T, s *store.Store) {
	ctx, pair, other := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	put := func(w journal.Work) { t.Helper(); Commit(t, s, journal.PutWork{Work: w}) }
	put(journal.Work{Pair: pair, Ref: RaynetRef(1), Why: journal.WhyChanged})
	put(journal.Work{Pair: pair, Ref: RaynetRef(2), Why: journal.WhyParked, RetryAt: Now().Add(time.Hour), Tries: 3, Reason: "refused"})
	put(journal.Work{Pair: pair, Ref: OutlookRef(3), Why: journal.WhyParked, RetryAt: Now(), Since: Now().Add(-time.Hour)})
	put(journal.Work{Pair: pair, Ref: OutlookRef(4), Why: journal.WhyReview})
	put(journal.Work{Pair: other, Ref: RaynetRef(1), Why: journal.WhyHeld})

	refs := func(works []journal.Work, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, w := range works {
			names = append(names, fmt.Sprint(w.Pair == pair, w.Ref))
		}
		return names
	}
	own := func(ref remote.Ref) string { return "true " + ref.String() }
	for _, test := range []struct {
		name      string
		got, want []string
	}{
		{"due now", refs(s.Work(ctx, pair, Now(), 10)), []string{own(RaynetRef(1)), own(OutlookRef(3))}},
		{"due later", refs(s.Work(ctx, pair, Now().Add(time.Hour), 10)), []string{own(RaynetRef(1)), own(OutlookRef(3)), own(RaynetRef(2))}},
		{"limit", refs(s.Work(ctx, pair, Now(), 1)), []string{own(RaynetRef(1))}},
		{"of a ref", refs(s.WorkOf(ctx, RaynetRef(1))), []string{own(RaynetRef(1)), "false " + RaynetRef(1).String()}},
		{"of a ref and a connection", refs(s.WorkOfConnection(ctx, Connection, RaynetRef(1))), []string{own(RaynetRef(1)), "false " + RaynetRef(1).String()}},
		{"of a ref and another connection", refs(s.WorkOfConnection(ctx, "another", RaynetRef(1))), nil},
		{"all, first page", refs(s.WorkAll(ctx, pair, remote.Ref{}, 3)), []string{own(OutlookRef(3)), own(OutlookRef(4)), own(RaynetRef(1))}},
		{"all, second page", refs(s.WorkAll(ctx, pair, RaynetRef(1), 3)), []string{own(RaynetRef(2))}},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	counts, err := s.WorkCounts(ctx, pair)
	want := map[journal.Why]int{journal.WhyChanged: 1, journal.WhyParked: 2, journal.WhyReview: 1}
	if diff := cmp.Diff(want, counts); err != nil || diff != "" {
		t.Errorf("WorkCounts: %v (-want +got):\n%s", err, diff)
	}

	before := works(t, s, OutlookRef(3))[0]
	put(journal.Work{Pair: pair, Ref: OutlookRef(3), Why: journal.WhyParked, Reason: "throttled", Detail: "429", Tries: 1, RetryAt: Now().Add(time.Minute)})
	after := works(t, s, OutlookRef(3))[0]
	wantWork := journal.Work{Pair: pair, Ref: OutlookRef(3), Why: journal.WhyParked, Reason: "throttled", Detail: "429", Tries: 1,
		RetryAt: Now().Add(time.Minute), Since: Now().Add(-time.Hour), Generation: after.Generation}
	if diff := cmp.Diff(wantWork, after); diff != "" || after.Generation <= before.Generation {
		t.Errorf("work put again (generation %d after %d, -want +got):\n%s", after.Generation, before.Generation, diff)
	}
}

func works(t *testing.T, s *store.Store, ref remote.Ref) []journal.Work {
	t.Helper()
	found, err := s.WorkOf(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A handler that is late must not take away work that was put, done and put again in the meantime.
func testWorkGenerations(t *testing.T, s *store.Store) {
	pair, ref := Pair(t, s, 1), RaynetRef(1)
	put := journal.PutWork{Work: journal.Work{Pair: pair, Ref: ref, Why: journal.WhyChanged}}
	Commit(t, s, put)
	late := works(t, s, ref)[0].Generation
	Commit(t, s, put)
	Commit(t, s, journal.DoneWork{Pair: pair, Ref: ref, Generation: late})
	again := works(t, s, ref)
	if len(again) != 1 {
		t.Fatalf("work that was put again is gone: %v", again)
	}
	Commit(t, s, journal.DoneWork{Pair: pair, Ref: ref, Generation: again[0].Generation})
	if left := works(t, s, ref); len(left) != 0 {
		t.Fatalf("done work is still there: %v", left)
	}
	Commit(t, s, put)
	Commit(t, s, journal.DoneWork{Pair: pair, Ref: ref, Generation: late}, journal.DoneWork{Pair: pair, Ref: ref, Generation: again[0].Generation})
	if left := works(t, s, ref); len(left) != 1 {
		t.Error("a late handler took away new work")
	}
}

func testAsides(t *testing.T, s *store.Store) {
	ctx, pair, other := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	want := journal.Aside{
		Pair: pair, Ref: OutlookRef(1), Version: "e1", Rule: remote.RuleSeries, Since: Now(), Span: record.Days(Now(), Now().AddDate(0, 0, 1)),
		Natural: "nat", Twin: "twin", Source: "src", Group: "series",
	}
	private := journal.Aside{Pair: pair, Ref: OutlookRef(2), Rule: remote.RulePrivate, Since: Now()}
	raynet := journal.Aside{Pair: pair, Ref: RaynetRef(3), Rule: remote.RuleType, Since: Now(), Natural: "nat"}
	elsewhere := journal.Aside{Pair: other, Ref: OutlookRef(1), Rule: remote.RuleDraft, Since: Now(), Natural: "nat", Twin: "twin", Source: "src"}
	for _, a := range []journal.Aside{want, private, raynet, elsewhere} {
		Commit(t, s, journal.PutAside{Aside: a})
	}
	for _, test := range []struct {
		name string
		read func() ([]journal.Aside, error)
		want []journal.Aside
	}{
		{"refs", func() ([]journal.Aside, error) {
			return s.Asides(ctx, pair, []remote.Ref{RaynetRef(3), OutlookRef(9), OutlookRef(1), OutlookRef(2)})
		}, []journal.Aside{raynet, want, private}},
		{"ref in all pairs", func() ([]journal.Aside, error) { return s.AsidesOfRef(ctx, OutlookRef(1)) }, []journal.Aside{want, elsewhere}},
		{"natural", func() ([]journal.Aside, error) { return s.AsidesByNatural(ctx, pair, record.Outlook, "nat") }, []journal.Aside{want}},
		{"no natural", func() ([]journal.Aside, error) { return s.AsidesByNatural(ctx, pair, record.Outlook, "") }, nil},
		{"twin", func() ([]journal.Aside, error) { return s.AsidesByTwin(ctx, Connection, "twin") }, []journal.Aside{want, elsewhere}},
		{"no twin", func() ([]journal.Aside, error) { return s.AsidesByTwin(ctx, Connection, "") }, nil},
		{"source", func() ([]journal.Aside, error) { return s.AsidesBySource(ctx, pair, "src") }, []journal.Aside{want}},
		{"rule", func() ([]journal.Aside, error) {
			return s.AsidesByRule(ctx, pair, remote.RuleSeries, remote.Ref{}, 10)
		}, []journal.Aside{want}},
		{"rule, after the last", func() ([]journal.Aside, error) {
			return s.AsidesByRule(ctx, pair, remote.RuleSeries, OutlookRef(1), 10)
		}, []journal.Aside{}},
		{"no source", func() ([]journal.Aside, error) { return s.AsidesBySource(ctx, pair, "") }, nil},
	} {
		got, err := test.read()
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
	if counts, err := s.AsideCounts(ctx, pair); err != nil || len(counts) != 3 || counts[remote.RulePrivate] != 1 {
		t.Errorf("AsideCounts = %v, %v, want one of each of three rules", counts, err)
	}
	later := want
	later.Since, later.Version = Now().Add(time.Hour), "e2"
	Commit(t, s, journal.PutAside{Aside: later})
	later.Since = Now()
	asideIs(t, s, "same rule keeps its since", later)
	later.Rule, later.Since = remote.RuleDraft, Now().Add(2*time.Hour)
	Commit(t, s, journal.PutAside{Aside: later})
	asideIs(t, s, "another rule has its own since", later)
	Commit(t, s, journal.DropAside{Pair: pair, Ref: OutlookRef(1)})
	if left, err := s.AsidesOfRef(ctx, OutlookRef(1)); err != nil || len(left) != 1 || left[0].Pair != other {
		t.Errorf("after dropping: %v, %v, want that of the other pair", left, err)
	}
}

func testSuspects(t *testing.T, s *store.Store) {
	pair := Pair(t, s, 1)
	suspect := func(at time.Time) { t.Helper(); Commit(t, s, journal.Suspect{Pair: pair, Ref: RaynetRef(1), At: at}) }
	Commit(t, s, journal.PutWork{Work: journal.Work{Pair: pair, Ref: RaynetRef(1), Why: journal.WhyChanged, Tries: 4}})
	before := works(t, s, RaynetRef(1))[0]
	suspect(Now().Add(time.Minute))
	first := works(t, s, RaynetRef(1))[0]
	if first.Why != journal.WhyAbsent || first.Tries != 0 || first.Generation <= before.Generation || !first.Since.Equal(Now().Add(time.Minute)) {
		t.Errorf("suspect = %+v after %+v", first, before)
	}
	suspect(Now().Add(time.Hour))
	if diff := cmp.Diff(first, works(t, s, RaynetRef(1))[0]); diff != "" {
		t.Errorf("suspected again while proof is being gathered (-want +got):\n%s", diff)
	}
	due, err := s.Work(t.Context(), pair, Now().Add(time.Minute), 0)
	if diff := cmp.Diff([]journal.Work{first}, due); err != nil || diff != "" {
		t.Errorf("due: %v (-want +got):\n%s", err, diff)
	}
}

func asideIs(t *testing.T, s *store.Store, name string, want journal.Aside) {
	t.Helper()
	got, err := s.Asides(t.Context(), want.Pair, []remote.Ref{want.Ref})
	if diff := cmp.Diff([]journal.Aside{want}, got); err != nil || diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
}

func testCursors(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if _, ok, err := s.Cursor(ctx, "raynet"); ok || err != nil {
		t.Fatalf("cursor of a feed that was never read: %v, %v", ok, err)
	}
	want := journal.Cursor{Scope: "raynet", Token: "token-1", At: Now(), From: Now().AddDate(0, -1, 0), Till: Now().AddDate(1, 0, 0), Since: Now()}
	for _, token := range []string{"token-1", "token-2", ""} {
		want.Token, want.Complete = token, !want.Complete
		Commit(t, s, journal.PutCursor{Cursor: want})
		got, ok, err := s.Cursor(ctx, "raynet")
		if diff := cmp.Diff(want, got); err != nil || !ok || diff != "" {
			t.Errorf("cursor: %v, %v (-want +got):\n%s", ok, err, diff)
		}
	}
}

func testRuns(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for n := range 3 {
		r := store.Run{ID: fmt.Sprint("run-", n), What: "cycle", Started: Now().Add(time.Duration(n) * time.Minute)}
		if err := s.SaveRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	want := store.Run{ID: "run-1", What: "cycle", Started: Now().Add(time.Minute), Ended: Now().Add(time.Hour), Report: []byte(`{"steps":{}}`)}
	if err := s.SaveRun(ctx, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(ctx, "run-1")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("run: %v (-want +got):\n%s", err, diff)
	}
	runs, err := s.Runs(ctx, 2)
	if err != nil || len(runs) != 2 || runs[0].ID != "run-2" || runs[1].ID != "run-1" {
		t.Errorf("Runs = %v, %v, want run-2 and run-1", runs, err)
	}
	if _, err := s.Run(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown run: error = %v, want ErrNotFound", err)
	}
}

func testMemory(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if _, err := s.Secret(ctx, "key"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown secret: error = %v, want ErrNotFound", err)
	}
	if _, ok, err := s.Recall(ctx, "login"); ok || err != nil {
		t.Errorf("Recall of nothing = %v, %v", ok, err)
	}
	for _, value := range []string{"one", "two"} {
		if err := errors.Join(s.PutSecret(ctx, "key", []byte(value)), s.Remember(ctx, "login", []byte(value))); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Secret(ctx, "key"); err != nil || string(got) != value {
			t.Errorf("Secret = %q, %v, want %q", got, err, value)
		}
		if got, ok, err := s.Recall(ctx, "login"); err != nil || !ok || string(got) != value {
			t.Errorf("Recall = %q, %v, %v, want %q", got, ok, err, value)
		}
	}
	if err := errors.Join(s.DropSecret(ctx, "key"), s.Forget(ctx, "login"), s.DropSecret(ctx, "key"), s.Forget(ctx, "login")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret(ctx, "key"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dropped secret: error = %v, want ErrNotFound", err)
	}
}

func testPruning(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	var facts []journal.Fact
	for n := range 2500 {
		e := Entry(Link(pair, n), journal.Created)
		if n < 2400 {
			e.At = Now().AddDate(0, 0, -40)
		}
		facts = append(facts, journal.AddEntry{Entry: e})
	}
	hidden := Link(pair, 1)
	hidden.State = journal.Hidden
	empty := journal.Link{ID: "empty", Pair: pair, State: journal.Dissolved}
	making := journal.Link{ID: "making", Pair: pair, State: journal.Making}
	Commit(t, s, append(facts, journal.PutLink{Link: hidden}, journal.PutLink{Link: empty}, journal.PutLink{Link: making})...)
	for n, age := range []int{40, 1} {
		if err := s.SaveRun(ctx, store.Run{ID: fmt.Sprint("run-", n), Started: Now().AddDate(0, 0, -age)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddSamples(ctx, []store.Sample{{At: Now().AddDate(0, 0, -91), Name: "a", N: 1}, {At: Now().AddDate(0, 0, -89), Name: "a", N: 1}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Prune(ctx, Now().AddDate(0, 0, -30))
	if want := (store.Pruned{Entries: 2400, Runs: 1, Links: 1, Samples: 1}); err != nil || got != want {
		t.Errorf("Prune = %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.Prune(ctx, Now().AddDate(0, 0, -30)); err != nil || got != (store.Pruned{}) {
		t.Errorf("second Prune = %+v, %v, want nothing", got, err)
	}
	if entries, err := s.Journal(ctx, store.JournalFilter{}); err != nil || len(entries) != 100 {
		t.Errorf("%d entries are left, %v, want 100", len(entries), err)
	}
	states, err := s.LinkStates(ctx, pair)
	want := map[journal.LinkState]int{journal.Hidden: 1, journal.Making: 1}
	if diff := cmp.Diff(want, states); err != nil || diff != "" {
		t.Errorf("links after pruning: %v (-want +got):\n%s", err, diff)
	}
}
