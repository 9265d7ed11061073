package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func prevails(fields ...any) *plan.Verdict {
	v := &plan.Verdict{Prevails: map[record.Field]record.Side{}}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Prevails[fields[i].(record.Field)] = fields[i+1].(record.Side)
	}
	return v
}

// What a person decided comes before every rule, and holds for what he decided about alone.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	ask := func(r *pair.Rules) { r.Clash = pair.Ask }
	clash := func(v *plan.Verdict, changes ...func(*journal.Link)) plan.Item {
		return plan.Item{Link: linked(changes...), Raynet: inRaynet("Porada R", "Praha"), Outlook: inOutlook("Porada O", "Plzeň"), Verdict: v,
			Work: []journal.Work{waits(meeting, journal.WhyReview, 1)}}
	}
	keep := &plan.Verdict{Keep: true}
	run(t, []decision{
		{
			name: "RAYNET's values", rules: ask, item: clash(prevails(record.EventSubject, record.Raynet, record.EventPlace, record.Raynet)),
			want: []string{`update in outlook place="Praha" subject="Porada R" (clash), done raynet:meeting/1`},
		},
		{
			name: "one of each", rules: ask, item: clash(prevails(record.EventSubject, record.Outlook, record.EventPlace, record.Raynet)),
			want: []string{`update in outlook place="Praha" (clash)`, `update in raynet subject="Porada O" (clash), done raynet:meeting/1`},
		},
		{
			name: "what is not decided goes on waiting", rules: ask, item: clash(prevails(record.EventSubject, record.Outlook)),
			want: []string{`update in raynet subject="Porada O" (clash)`, "park, keeps raynet:meeting/1 review: clash in 24h0m0s"},
		},
		{
			name: "the rule for clashes is not asked", item: clash(prevails(record.EventSubject, record.Outlook, record.EventPlace, record.Outlook)),
			want: []string{`update in raynet place="Plzeň" subject="Porada O" (clash), done raynet:meeting/1`},
		},
		{
			name: "nor is the loop breaker", rules: ask, item: clash(prevails(record.EventSubject, record.Raynet, record.EventPlace, record.Raynet), looping(9, 0, time.Minute)),
			want: []string{`update in outlook place="Praha" subject="Porada R" (clash), done raynet:meeting/1`},
		},
		{
			name: "a removal in RAYNET is not followed", item: plan.Item{Link: linked(), Raynet: gone(meeting), Outlook: inOutlook("Porada", "Brno"), Deletion: plan.Proven, Verdict: keep},
			want: []string{"unlink: kept-by-person -> released"},
		},
		{
			name: "a removal in Outlook is not followed", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: gone(event), Verdict: keep},
			want: []string{"unlink: kept-by-person -> released"},
		},
		{
			name: "an edit is carried all the same", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno"), Verdict: keep},
			want: []string{`update in outlook place="Praha"`},
		},
	})
}

// What is left alone is remembered by what it is like, loses its work, and leaves nothing behind once it is private.
func TestLeftAlone(t *testing.T) {
	t.Parallel()
	item := plan.Item{Outlook: inOutlook("Porada", "Brno", offered, natural("n")), Several: true, Work: []journal.Work{waits(event, journal.WhyReview, 1)}}
	steps := plan.Leave(setup(), item)
	if got := tell(steps); len(got) != 1 || got[0] != "note outlook:event/A: left-alone, done outlook:event/A" {
		t.Fatalf("steps %q", got)
	}
	if aside := steps[0].Aside; aside.Natural != digester().Text("natural", "n") {
		t.Errorf("what it is like is remembered as %q", aside.Natural)
	}
	left := func(reading *remote.Reading, work ...journal.Work) plan.Item {
		return plan.Item{Outlook: reading, Left: true, Work: work, Asides: []journal.Aside{*steps[0].Aside}}
	}
	run(t, []decision{
		{name: "seen again", item: left(inOutlook("Porada", "Praha", offered, natural("n")))},
		{
			name: "reported", item: left(inOutlook("Porada", "Praha", offered, natural("n")), waits(event, journal.WhyChanged, 0)),
			want: []string{"note, done outlook:event/A"},
		},
		{name: "turned private", item: left(inOutlook("", "", private)), want: []string{"skip outlook:event/A: private"}},
	})
}

// A question outlives whatever is reported about the thing, and is never due by itself.
func TestQuestionsStay(t *testing.T) {
	t.Parallel()
	work := waits(meeting, journal.WhyReview, 0)
	work.Reason = "edited-against-deletion"
	run(t, []decision{
		{
			name: "an edit is reported",
			item: plan.Item{Link: linked(state(journal.Dissolved, "edited-against-deletion")), Raynet: inRaynet("Porada", "Praha"), Work: []journal.Work{work}},
			want: []string{"note, keeps raynet:meeting/1 review: edited-against-deletion until it is decided"},
		},
		{
			name: "other work is over", item: plan.Item{Link: linked(state(journal.Dissolved, "edited-against-deletion")), Raynet: inRaynet("Porada", "Praha"),
				Work: []journal.Work{waits(meeting, journal.WhyChanged, 0)}},
			want: []string{"note, done raynet:meeting/1"},
		},
	})
}

// Taken back, a decided clash is a clash again: the value that lost stands where it was, and the other one counts as changed too.
func TestADecidedClashIsReopened(t *testing.T) {
	t.Parallel()
	c := setup()
	link := linked()
	after := digester().Fields(fields("Porada R", "Brno"))
	link.Raynet.Shown, link.Outlook.Shown = after.Clone(), after.Clone()
	undo := plan.Undo{Link: *link, Outlook: inOutlook("Porada R", "Brno"), Reopen: true, Entries: []journal.Entry{{Event: journal.Clash, Side: record.Outlook,
		Op: "op", Changes: []journal.Change{{Field: record.EventSubject, Before: "Porada O", After: "Porada R", Lost: true}}}}}
	steps, kept := plan.Restore(c, undo)
	if len(steps) != 1 || len(kept) > 0 || steps[0].Fields[record.EventSubject] != "Porada O" {
		t.Fatalf("steps %q, kept %v", tell(steps), kept)
	}
	raynet := link.Raynet
	raynet.Shown[record.EventSubject] = steps[0].Raynet.Shown[record.EventSubject]
	again := *link
	again.Raynet = raynet
	c.Rules.Clash = pair.Ask
	decides(t, c, plan.Item{Link: &again, Raynet: inRaynet("Porada R", "Brno"), Outlook: inOutlook("Porada O", "Brno")},
		"park, keeps raynet:meeting/1 review: clash in 24h0m0s")
}

// What was written into a copy that has been made again since is not taken back in the new one, nor is that taken away: it is told.
func TestNothingIsTakenBackInWhatCameAfter(t *testing.T) {
	t.Parallel()
	before := remote.Ref{Side: record.Outlook, Type: "event", ID: "B"}
	for name, entry := range map[string]journal.Entry{
		"a value": {Event: journal.Updated, Side: record.Outlook, Op: "op", Outlook: before,
			Changes: []journal.Change{{Field: record.EventSubject, Before: "Porada O", After: "Porada R"}}},
		"the whole copy": {Event: journal.Created, Side: record.Outlook, Op: "op", Outlook: before},
	} {
		c, link := setup(), linked()
		after := digester().Fields(fields("Porada R", "Brno"))
		link.Raynet.Shown, link.Outlook.Shown = after.Clone(), after.Clone()
		undo := plan.Undo{Link: *link, Raynet: inRaynet("Porada R", "Brno"), Outlook: inOutlook("Porada R", "Brno"), Entries: []journal.Entry{entry}}
		steps, kept := plan.Restore(c, undo)
		if diff := cmp.Diff([]plan.Kept{{Ref: before, Side: record.Outlook, Reason: "not-found"}}, kept); diff != "" || len(steps) > 0 {
			t.Errorf("%s: steps %q, kept (-want +got):\n%s", name, tell(steps), diff)
		}
	}
}
