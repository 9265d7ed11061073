package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func TestTurnedPrivate(t *testing.T) {
	t.Parallel()
	hidden := inOutlook("", "", private)
	run(t, []decision{
		{
			name: "what we made in RAYNET is redacted",
			item: plan.Item{Link: linked(fromOutlook), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden},
			want: []string{`update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
		{
			name: "RAYNET is read first", item: plan.Item{Link: linked(fromOutlook), Outlook: hidden},
			want: []string{"note, keeps raynet:meeting/1 changed: turned-private in 0s"},
		},
		{
			name: "what came from RAYNET stays there, and what was kept of it is erased",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: hidden},
			want: []string{"unlink: turned-private -> released, erases"},
		},
		{
			name: "a careful pair writes nothing to RAYNET", rules: func(r *pair.Rules) { r.Flow = record.ToOutlook },
			item: plan.Item{Link: linked(fromOutlook), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden},
			want: []string{"unlink: turned-private -> released, erases"},
		},
		{
			name: "deleted in RAYNET as well", item: plan.Item{Link: linked(), Raynet: gone(meeting), Outlook: hidden, Deletion: plan.Proven},
			want: []string{"unlink: deleted-in-raynet -> dissolved, erases"},
		},
		{
			name: "not to be seen in RAYNET either", item: plan.Item{Link: linked(), Raynet: gone(meeting), Outlook: hidden, Deletion: plan.Invisible},
			want: []string{"unlink: not-visible -> released, erases"},
		},
		{
			name: "after its category was removed", item: plan.Item{
				Link: linked(fromOutlook, state(journal.Released, "left-filter")), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden,
			},
			want: []string{`update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
		{
			name: "after its category was removed: RAYNET is read first",
			item: plan.Item{Link: linked(fromOutlook, state(journal.Released, "left-filter")), Outlook: hidden},
			want: []string{"note, keeps raynet:meeting/1 changed: turned-private in 0s"},
		},
		{
			name: "after it was deleted and brought back", item: plan.Item{
				Link: linked(fromOutlook, state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden,
			},
			want: []string{`update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
		{
			name: "after its category was removed: what we made is out of sight",
			item: plan.Item{Link: linked(fromOutlook, state(journal.Released, "left-filter")), Raynet: gone(meeting), Outlook: hidden},
			want: []string{"unlink: not-visible -> released, erases"},
		},
		{
			name: "still out of sight", item: plan.Item{Link: linked(fromOutlook, state(journal.Released, "not-visible")), Raynet: gone(meeting), Outlook: hidden},
			want: []string{"note, erases"},
		},
		{
			name: "still out of sight, and known", item: plan.Item{
				Link:   linked(fromOutlook, state(journal.Released, "not-visible"), func(l *journal.Link) { l.Outlook.Shown = nil }),
				Raynet: gone(meeting), Outlook: hidden,
			},
		},
		{
			name: "in sight again", item: plan.Item{
				Link: linked(fromOutlook, state(journal.Released, "not-visible")), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden,
			},
			want: []string{`update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
		{
			name: "what came from RAYNET stays there, after it left the filter",
			item: plan.Item{Link: linked(state(journal.Released, "left-filter")), Raynet: inRaynet("Schůze", "Brno"), Outlook: hidden},
			want: []string{"unlink: turned-private -> released, erases"},
		},
		{
			name: "after somebody else took it over", item: plan.Item{
				Link: linked(fromOutlook, state(journal.Released, "owner-changed")), Raynet: inRaynet("Porada", "Brno", without), Outlook: hidden,
			},
			want: []string{"unlink: turned-private -> released, erases"},
		},
		{
			name: "after its category was removed and somebody else took it over", item: plan.Item{
				Link: linked(fromOutlook, state(journal.Released, "left-filter")), Raynet: inRaynet("Porada", "Brno", without), Outlook: hidden,
			},
			want: []string{"unlink: turned-private -> released, erases"},
		},
		{
			name: "after it was deleted, and edited in RAYNET",
			item: plan.Item{Link: linked(fromOutlook, state(journal.Dissolved, "edited-against-deletion")), Raynet: inRaynet("Porada", "Brno"), Outlook: hidden},
			want: []string{"unlink: turned-private -> dissolved, erases"},
		},
		{
			name: "after its original was deleted", item: plan.Item{Link: linked(state(journal.Dissolved, "edited-against-deletion")), Outlook: hidden},
			want: []string{"unlink: turned-private -> dissolved, erases"},
		},
		{name: "known already", item: plan.Item{Link: linked(state(journal.Released, "turned-private")), Outlook: hidden}},
	})
}

// A rule leaves out the record of a private meeting: what is remembered of the meeting is that it is private, and no more.
func TestPrivateBesideARecordThatIsLeftOut(t *testing.T) {
	t.Parallel()
	decides(t, setup(), plan.Item{Raynet: inRaynet("Porada", "Brno", draft), Outlook: inOutlook("", "", private, twin("uid")), Matched: true, How: "twin"},
		"skip raynet:meeting/1: draft", "skip outlook:event/A: private")
}

func handedOn(s *remote.Snapshot) { s.People = []string{another, me} }

// Two things are found by their marks after a loss, and the Outlook item is private by now.
func TestFoundPrivate(t *testing.T) {
	t.Parallel()
	found := func(changes ...func(*remote.Snapshot)) plan.Item {
		return plan.Item{Raynet: inRaynet("Porada", "Brno", changes...), Outlook: inOutlook("", "", private), Matched: true, How: "stamp"}
	}
	made := []func(*remote.Snapshot){madeByUs, key("key-A")}
	run(t, []decision{
		{
			name: "what we made in RAYNET is emptied as if nothing had been lost", item: found(made...),
			want: []string{"link: stamp -> linked", `update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
		{
			name: "a careful pair writes nothing to RAYNET", rules: func(r *pair.Rules) { r.Flow = record.ToOutlook },
			item: found(made...), want: []string{"unlink: turned-private -> released"},
		},
		{name: "somebody else's by now", item: found(append(made, handedOn)...), want: []string{"unlink: turned-private -> released"}},
		{name: "copied to Outlook", item: found(), want: []string{"unlink: turned-private -> released"}},
	})
}

// An event whose record is found by its key is its user's own, also if a rule leaves it out at first: should its record be deleted, it is
// not removed as a copy of ours would be. An invitation is its organiser's.
func TestWhatIsFoundByItsMarkIsWhoseItWas(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		raynet, outlook *remote.Reading
		want            record.Side
	}{
		"made from the event":           {inRaynet("Porada", "Brno", madeByUs, key("key-A")), inOutlook("Porada", "Brno", draft), record.Outlook},
		"made from one that is private": {inRaynet("Porada", "Brno", madeByUs, key("key-A")), inOutlook("", "", private), record.Outlook},
		"an invitation":                 {inRaynet("Porada", "Brno", madeByUs, key("key-A"), handedOn), inOutlook("Porada", "Brno", theirs), ""},
		"copied to Outlook":             {inRaynet("Porada", "Brno"), inOutlook("Porada", "Brno", draft, stamped(meeting)), record.Raynet},
	} {
		steps := plan.Decide(setup(), plan.Item{Raynet: test.raynet, Outlook: test.outlook, Matched: true, How: "stamp"})
		if len(steps) == 0 || steps[0].Link.Origin != test.want {
			t.Errorf("%s: steps %+v, want a link whose origin is %q", name, steps, test.want)
		}
	}
}
