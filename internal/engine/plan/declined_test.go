package plan_test

import (
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// aside is a meeting of the calendar as it is remembered.
func aside(changes ...func(*journal.Aside)) []journal.Aside {
	a := journal.Aside{Pair: 7, Ref: event, Version: `"e5"`, Rule: plan.RuleNoOffer, Since: now.Add(-time.Hour), Span: soon, Natural: "n", Twin: "t"}
	for _, change := range changes {
		change(&a)
	}
	return []journal.Aside{a}
}

func declined(a *journal.Aside) { a.Rule = plan.RuleDeclined }
func ofRecord(a *journal.Aside) { a.Ref = meeting }
func rule(r remote.Rule) func(*journal.Aside) {
	return func(a *journal.Aside) { a.Rule = r }
}

// What a user declined before it was linked is remembered as long as a colleague's copy of it may come into RAYNET.
func TestDeclined(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{name: "gone from the calendar", item: plan.Item{Asides: aside()}, want: []string{"note outlook:event/A: declined"}},
		{name: "a private one", item: plan.Item{Asides: aside(rule(remote.RulePrivate), func(a *journal.Aside) { a.Span = record.Span{} })}, want: []string{"note outlook:event/A: declined"}},
		{name: "nobody else has it", item: plan.Item{Asides: aside(func(a *journal.Aside) { a.Twin = "" })}, want: []string{"note"}},
		{name: "long over", item: plan.Item{Asides: aside(func(a *journal.Aside) { a.Span = longAgo })}, want: []string{"note"}},
		{name: "a series, which is no meeting", item: plan.Item{Asides: aside(rule(remote.RuleSeries))}, want: []string{"note"}},
		{name: "reported once more", item: plan.Item{Asides: aside(declined)}},
		{name: "in the calendar again", item: plan.Item{Outlook: inOutlook("Porada", "Brno"), Asides: aside(declined)}, want: []string{"skip outlook:event/A: no-category"}},
		{name: "its record", item: plan.Item{Raynet: inRaynet("Porada", "Brno"), Declined: true}, want: []string{"skip raynet:meeting/1: declined"}},
		{name: "its record is not copied to him anyway", item: plan.Item{Raynet: inRaynet("Porada", "Brno", without), Declined: true}, want: []string{"skip raynet:meeting/1: not-chosen-user"}},
		{name: "its record leaves the window and may return", item: plan.Item{Raynet: inRaynet("Porada", "Brno", past), Asides: aside(declined, ofRecord)}},
		{name: "its record is gone", item: plan.Item{Asides: aside(declined, ofRecord)}, want: []string{"note"}},
		{
			name: "its record, which the user has made again by himself", want: []string{"link: natural -> linked", "note, remembers raynet place subject, remembers outlook place subject"},
			item: plan.Item{Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Porada", "Brno"), Matched: true, How: "natural", Declined: true, Asides: aside(declined, ofRecord)},
		},
	})
}

// What is kept of a meeting that is gone is which one it was and when, no more.
func TestLittleIsKeptOfWhatIsGone(t *testing.T) {
	t.Parallel()
	steps := plan.Decide(setup(), plan.Item{Asides: aside()})
	want := journal.Aside{Pair: 7, Ref: event, Rule: plan.RuleDeclined, Since: now, Span: soon, Twin: "t"}
	if len(steps) != 1 || steps[0].Aside == nil || *steps[0].Aside != want {
		t.Errorf("steps %v, want one that keeps %+v", tell(steps), want)
	}
	steps = plan.Decide(setup(), plan.Item{Asides: aside(func(a *journal.Aside) { a.Twin = "" })})
	if len(steps) != 1 || len(steps[0].Drops) != 1 {
		t.Errorf("steps %v, want one that forgets it", tell(steps))
	}
}

// Which meeting an event is says something only if others may have it too.
func TestAnEventOfOnesOwnHasNoTwin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		reading *remote.Reading
		want    record.Digest
	}{
		{"one's own event", inOutlook("Oběd", "", twin("u1")), ""},
		{"a meeting with guests", inOutlook("Porada", "", twin("u1"), attendees), digester().Text("twin", "u1")},
		{"an invitation", inOutlook("Porada", "", twin("u1"), theirs), digester().Text("twin", "u1")},
	} {
		steps := plan.Decide(setup(), plan.Item{Outlook: c.reading})
		if len(steps) != 1 || steps[0].Aside == nil || steps[0].Aside.Twin != c.want {
			t.Errorf("%s: steps %v, want the twin %q", c.name, tell(steps), c.want)
		}
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	rules := pair.DefaultRules(record.Calendar)
	at := func(days int) record.Span {
		return record.Between(now.AddDate(0, 0, days), now.AddDate(0, 0, days).Add(time.Hour))
	}
	for _, c := range []struct {
		name  string
		aside journal.Aside
		want  bool
	}{
		{"to come", journal.Aside{Span: at(300)}, false},
		{"past, but its record would be copied", journal.Aside{Span: at(-13)}, false},
		{"no longer in the window", journal.Aside{Span: at(-15)}, true},
		{"private, may be to come", journal.Aside{Since: now.AddDate(0, 0, -300)}, false},
		{"private, long ago", journal.Aside{Since: now.AddDate(0, 0, -380)}, true},
	} {
		if got := plan.Over(rules, c.aside, now); got != c.want {
			t.Errorf("%s: over is %v, want %v", c.name, got, c.want)
		}
	}
}
