package admin_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/chaos"
)

// reviews returns everything that waits for a person.
func (o *office) reviews(options admin.ReviewOptions) []admin.ReviewItem {
	o.t.Helper()
	items, _, err := o.Reviews(o.t.Context(), options)
	o.must(err)
	return items
}

func (o *office) decide(d admin.Decision) admin.Report {
	o.t.Helper()
	o.advance(time.Minute)
	d.By = "alena"
	report, err := o.Decide(o.t.Context(), d, false)
	o.must(err)
	o.good(report)
	return report
}

// refuses wants a decision to be refused with a code, dry or not.
func (o *office) refuses(d admin.Decision, code string) {
	o.t.Helper()
	for _, dry := range []bool{true, false} {
		_, err := o.Decide(o.t.Context(), d, dry)
		if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != code {
			o.t.Errorf("Decide(%+v, dry %v) = %v, want the refusal %q", d, dry, err, code)
		}
	}
}

// clashing makes so many meetings that both sides changed differently, where a person is asked.
func clashing(t *testing.T, meetings int) (o *office, ids []int64, events []string) {
	t.Helper()
	o = newOffice(t, 1).enrol()
	o.rules.Clash = pair.Ask
	for i := range meetings {
		ids = append(ids, o.meeting("Porada "+string(rune('A'+i)), i+1))
	}
	o.sync(false)
	o.quiet()
	for i, id := range ids {
		title := o.title(id)
		events = append(events, o.copyOf(title))
		o.editRaynet(id, "title", title+" R")
		o.editOutlook(events[i], "subject", title+" O")
	}
	o.advance(time.Minute)
	_, err := o.Sync(t.Context(), admin.SyncOptions{})
	o.must(err)
	return o, ids, events
}

// A listing is told page by page; looking and dry decisions write nothing anywhere.
func TestReviewsWriteNothing(t *testing.T) {
	t.Parallel()
	o, ids, events := clashing(t, 3)
	before := o.contents()
	all := o.reviews(admin.ReviewOptions{})
	if len(all) != 3 {
		t.Fatalf("%d items wait, want 3: %+v", len(all), all)
	}
	var paged []admin.ReviewItem
	for after := ""; ; {
		page, next, err := o.Reviews(t.Context(), admin.ReviewOptions{Limit: 2, After: after})
		o.must(err)
		if paged = append(paged, page...); next == "" {
			break
		}
		after = next
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Errorf("page by page (-at once +paged):\n%s", diff)
	}
	if got := o.reviews(admin.ReviewOptions{What: []string{admin.ReviewHalted, admin.ReviewParked}}); len(got) > 0 {
		t.Errorf("nothing is halted or parked, but %+v", got)
	}
	one, err := o.Review(t.Context(), all[1].ID)
	o.must(err)
	if diff := cmp.Diff(all[1], one); diff != "" {
		t.Errorf("one by itself (-among all +alone):\n%s", diff)
	}
	asked := o.out.Load()
	bare := o.reviews(admin.ReviewOptions{Bare: true})
	if len(bare) != 3 || bare[0].ID != all[0].ID || bare[0].Raynet != nil || bare[0].Seen != "" || len(bare[0].Choices) > 0 || o.out.Load() != asked {
		t.Errorf("bare reviews = %+v, want the three without sides, and no request", bare)
	}
	if found := o.explain(all[0].Raynet.Ref); found.Review != all[0].ID {
		t.Errorf("the explanation leads to %q, want %q", found.Review, all[0].ID)
	}
	if _, _, err := o.Reviews(t.Context(), admin.ReviewOptions{User: "nobody@example.cz"}); err == nil {
		t.Error("the reviews of nobody are told")
	}
	report, err := o.Decide(t.Context(), admin.Decision{ID: all[0].ID, Seen: all[0].Seen, Choice: admin.ChoiceRaynet}, true)
	o.must(err)
	if cycle := report.Cycles[0]; cycle.Steps.Update != 1 || len(cycle.Planned) != 1 || cycle.Planned[0].Side != record.Outlook || len(cycle.Planned[0].Changes) != 1 {
		t.Errorf("the dry run says %+v, want one update in Outlook with its values", cycle)
	}
	if diff := cmp.Diff(before, o.contents()); diff != "" {
		t.Errorf("the database changed (-before +after):\n%s", diff)
	}
	for i, id := range ids {
		if o.title(id) == o.subject(events[i]) {
			t.Errorf("%q was written", o.title(id))
		}
	}
	requests := o.out.Load()
	counts, err := o.ReviewCount(t.Context())
	o.must(err)
	if counts.Total != 3 || counts.By[admin.ReviewClash] != 3 || o.out.Load() != requests {
		t.Errorf("counts %+v with %d requests, want 3 clashes and no request", counts, o.out.Load()-requests)
	}
}

// What makes no sense, or was not looked at, is refused in every case.
func TestDecisionsRefused(t *testing.T) {
	t.Parallel()
	o, ids, events := clashing(t, 1)
	item := o.reviews(admin.ReviewOptions{})[0]
	for _, test := range []struct {
		d    admin.Decision
		want string
	}{
		{admin.Decision{ID: "", Choice: admin.ChoiceRaynet}, admin.FailureReview},
		{admin.Decision{ID: "p77", Choice: admin.ChoiceRetry}, admin.FailureReview},
		{admin.Decision{ID: "1-aaaaaaaaaa", Choice: admin.ChoiceRaynet}, admin.FailureReview},
		{admin.Decision{ID: item.ID, Seen: item.Seen, Choice: "burn"}, admin.FailureChoice},
		{admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceLink, Candidate: "1"}, admin.FailureChoice},
		{admin.Decision{ID: item.ID, Choice: admin.ChoiceRaynet}, admin.FailureSeen},
		{admin.Decision{ID: item.ID, Seen: "another", Choice: admin.ChoiceRaynet}, admin.FailureChanged},
		{admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceFields}, admin.FailureField},
		{admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceFields, Fields: map[record.Field]record.Side{record.EventPlace: record.Raynet}}, admin.FailureField},
		{admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceRaynet, Fields: map[record.Field]record.Side{record.EventSubject: record.Outlook}}, admin.FailureField},
	} {
		o.refuses(test.d, test.want)
	}
	if o.title(ids[0]) == o.subject(events[0]) {
		t.Error("a refused decision was carried out")
	}
	if _, err := o.Undo(t.Context(), "no such run", "alena"); err == nil {
		t.Error("a run that never was is undone")
	}
}

// Nothing of what turned private is told, and a service that is down is told item by item.
func TestReviewsOfWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	o, _, events := clashing(t, 2)
	o.editOutlook(events[0], "sensitivity", "private")
	private := 0
	for _, it := range o.reviews(admin.ReviewOptions{}) {
		if it.Outlook.State == admin.SidePrivate {
			private++
			if it.Outlook.Title != "" || it.Outlook.When != "" || it.Outlook.Author != "" || len(it.Fields) > 0 || slices.Contains(it.Choices, admin.ChoiceOutlook) {
				t.Errorf("a private item is told as %+v", it)
			}
		}
	}
	if private != 1 {
		t.Errorf("%d items are private, want 1", private)
	}
	o.raynet.Layer().Set(chaos.Fault{Name: "down", Effect: chaos.EffectStatus, Status: 503})
	for _, it := range o.reviews(admin.ReviewOptions{}) {
		if it.Trouble != "unavailable" || len(it.Choices) > 0 || it.Raynet.State != admin.SideUnread || len(it.Fields) > 0 {
			t.Errorf("RAYNET is down, and the item is told as %+v", it)
		}
	}
	o.raynet.Layer().Clear("down")
}

// What is decided is in the journal with who it was, and is a run that restore takes back like any other.
func TestADecisionIsARun(t *testing.T) {
	t.Parallel()
	o, ids, events := clashing(t, 1)
	item := o.reviews(admin.ReviewOptions{})[0]
	report := o.decide(admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceOutlook})
	o.both(ids[0], events[0], "Porada A O")
	told := o.entry(ref(ids[0]), journal.Decided)
	if told.Author != "alena" || told.Reason != "chosen-outlook" || told.Run != report.Cycles[0].Run || told.Reversible {
		t.Errorf("the journal tells %+v", told)
	}
	if lost := o.entry(ref(ids[0]), journal.Clash); len(lost.Changes) != 1 || lost.Changes[0].Before != "Porada A R" || !lost.Changes[0].Lost {
		t.Errorf("the value that lost is told as %+v", lost)
	}
	o.refuses(admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceRaynet}, admin.FailureReview)
	o.advance(time.Minute)
	_, err := o.Restore(t.Context(), admin.RestoreWhat{Run: report.Cycles[0].Run}, false)
	o.must(err)
	if again := o.reviews(admin.ReviewOptions{}); len(again) != 1 || again[0].What != admin.ReviewClash || o.title(ids[0]) != "Porada A R" {
		t.Errorf("after the restore RAYNET shows %q and %+v waits, want the clash as it was", o.title(ids[0]), again)
	}
}

// Almost everything changed at once: exactly that can be let pass, once it was seen.
func TestLetPassThatEverythingChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	o.rules.FreeChanges = 3
	var ids []int64
	for i := range 6 {
		ids = append(ids, o.meeting("Porada", i+1))
	}
	o.sync(false)
	o.quiet()
	for _, id := range ids {
		o.editRaynet(id, "title", "Jinak")
	}
	o.advance(time.Minute)
	_, err := o.Sync(t.Context(), admin.SyncOptions{})
	o.must(err)
	item := o.reviews(admin.ReviewOptions{})[0]
	if item.What != admin.ReviewHalted || item.Plan == nil || item.Plan.Changes != 6 || len(item.Plan.Steps) != 6 || item.Plan.Steps[0].Title != "Jinak" ||
		!slices.Equal(item.Choices, []string{admin.ChoiceRetry, admin.ChoiceApprove}) {
		t.Fatalf("the item is told as %+v", item)
	}
	o.refuses(admin.Decision{ID: item.ID, Choice: admin.ChoiceApprove}, admin.FailureSeen)
	o.refuses(admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceContainer}, admin.FailureChoice)
	o.editRaynet(ids[0], "title", "Zase jinak")
	o.refuses(admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceApprove}, admin.FailurePlan)
	item = o.reviews(admin.ReviewOptions{})[0]
	report := o.decide(admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceApprove})
	if report.Cycles[0].Steps.Update != 6 {
		t.Errorf("%+v was done, want six updates", report.Cycles[0].Steps)
	}
	o.quiet()
	if counts, err := o.ReviewCount(t.Context()); err != nil || counts.Total != 0 {
		t.Errorf("%+v waits, %v; want nothing", counts, err)
	}
}

// Who is paused by a person stays paused when users are looked for, and only for the kinds that were named.
func TestPausedStaysPaused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	user := o.people[0].login
	_, err := o.Pause(t.Context(), user, []record.Kind{record.Calendar}, "alena")
	o.must(err)
	pairs, err := o.Enrol(t.Context())
	o.must(err)
	states := map[string]journal.PairState{}
	for _, p := range pairs {
		states[p.Address] = p.State
	}
	if want := map[string]journal.PairState{user: journal.PairPaused, o.people[1].login: journal.PairRunning}; !maps.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
	if _, err := o.Resume(t.Context(), o.people[1].login, nil, "alena"); err == nil {
		t.Error("somebody who runs is resumed")
	}
	if _, err := o.Pause(t.Context(), "nobody@example.cz", nil, "alena"); err == nil {
		t.Error("nobody is paused")
	}
	report, err := o.Resume(t.Context(), user, nil, "alena")
	o.must(err)
	_, err = o.Undo(t.Context(), report.Cycles[0].Run, "alena")
	o.must(err)
	if p, err := o.Store.Pair(t.Context(), pairs[0].ID); err != nil || p.State != journal.PairPaused || p.Reason != "paused-by-person" {
		t.Errorf("after the resume was taken back the pair is %+v, %v", p, err)
	}
}

// Trying again can be taken back only as far as it wrote something, and nothing but what it was about.
func TestTryingAgainTakesItsOwnBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	o.raynet.Layer().Set(chaos.Fault{Name: "poison", Method: "PUT", BodyContains: "Otrava", Effect: chaos.EffectStatus, Status: 400, Body: `{"message":"no"}`})
	o.event("Otrava", 1)
	o.advance(time.Minute)
	_, err := o.Sync(t.Context(), admin.SyncOptions{})
	o.must(err)
	item := o.reviews(admin.ReviewOptions{})[0]
	if item.What != admin.ReviewParked || item.Outlook.Title != "Otrava" || item.Detail == "" {
		t.Fatalf("the item is told as %+v", item)
	}
	in := o.decide(admin.Decision{ID: item.ID, Choice: admin.ChoiceRetry})
	_, err = o.Undo(t.Context(), in.Cycles[0].Run, "alena")
	if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != admin.FailureUndo {
		t.Errorf("Undo of what came to nothing = %v, want the refusal %q", err, admin.FailureUndo)
	}
	o.raynet.Layer().Clear("poison")
	other := o.meeting("Porada", 2)
	o.advance(time.Minute)
	report := o.decide(admin.Decision{ID: item.ID, Choice: admin.ChoiceRetry})
	if o.subject(o.copyOf("Porada")) == "" || report.Cycles[0].Steps.Create != 2 {
		t.Fatalf("%+v was done, want that everything there is was carried", report.Cycles[0].Steps)
	}
	o.advance(time.Minute)
	_, err = o.Undo(t.Context(), report.Cycles[0].Run, "alena")
	o.must(err)
	if got := o.copyOf("Porada"); o.title(other) == "" || got == "" {
		t.Error("what had nothing to do with the decision was taken back")
	}
	cancelled := 0
	for _, meeting := range o.raynet.All("activity") {
		if meeting["status"] == "CANCELLED" {
			cancelled++
		}
	}
	if cancelled != 1 {
		t.Errorf("%d records are cancelled, want the one that the decision made", cancelled)
	}
}
