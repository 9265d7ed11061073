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

type decision struct {
	name string
	item plan.Item
	// rules changes the rules of the pair, if not nil.
	rules func(*pair.Rules)
	want  []string
}

func run(t *testing.T, tests []decision) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := setup()
			if test.rules != nil {
				test.rules(&c.Rules)
			}
			decides(t, c, test.item, test.want...)
		})
	}
}

func TestEditsOfLinkedThings(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{name: "nobody looked", item: plan.Item{Link: linked()}},
		{name: "nothing moved", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Porada", "Brno")}},
		{
			name: "work is over when nothing moved",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Work: []journal.Work{waits(meeting, journal.WhyChanged, 0)}},
			want: []string{"note, done raynet:meeting/1"},
		},
		{
			name: "an edit in RAYNET goes to Outlook",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno")},
			want: []string{`update in outlook place="Praha"`},
		},
		{
			name: "an edit in Outlook goes to RAYNET",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{`update in raynet subject="Schůze"`},
		},
		{
			name: "edits of different fields cross",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{`update in outlook place="Praha"`, `update in raynet subject="Schůze"`},
		},
		{
			name: "both typed the same",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{"note, remembers raynet subject, remembers outlook subject"},
		},
		{
			name: "a clash goes by the rule",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: inOutlook("Jednání", "Brno")},
			want: []string{`update in outlook subject="Schůze" (clash)`},
		},
		{
			name: "a clash that Outlook wins", rules: func(r *pair.Rules) { r.Clash = pair.OutlookWins },
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: inOutlook("Jednání", "Brno")},
			want: []string{`update in raynet subject="Jednání" (clash)`},
		},
		{
			name: "a clash that a person decides holds up nothing else", rules: func(r *pair.Rules) { r.Clash = pair.Ask },
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Praha"), Outlook: inOutlook("Jednání", "Brno")},
			want: []string{`update in outlook place="Praha"`, "park, keeps raynet:meeting/1 review: clash in 24h0m0s"},
		},
		{
			name: "a careful pair notes an edit in Outlook and carries nothing", rules: func(r *pair.Rules) { r.Flow = record.ToOutlook },
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{"note, remembers outlook subject"},
		},
		{
			name: "an edit of a meeting with attendees waits, explained",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno", attendees)},
			want: []string{"park, keeps raynet:meeting/1 waiting: has-attendees in 24h0m0s"},
		},
		{
			name: "an edit of an occurrence with attendees says so",
			item: plan.Item{Link: linked(occurrence), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno", attendees)},
			want: []string{"park, keeps raynet:meeting/1 waiting: series-exception in 24h0m0s"},
		},
		{
			name: "an attendee's copy is never written to",
			item: plan.Item{Link: linked(readOnly), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno", theirs)},
			want: []string{"note, remembers raynet place"},
		},
		{
			name: "our own write seen again is remembered and not written back",
			item: plan.Item{Link: linked(unconfirmed), Raynet: inRaynet("Porada", "Brno", byUs, version("6"))},
			want: []string{"note, remembers raynet place subject confirmed"},
		},
		{
			name: "somebody wrote between our look and our write",
			item: plan.Item{Link: linked(unconfirmed), Raynet: inRaynet("Porada", "Brno", byUs, version("7"))},
			want: []string{"note, remembers raynet place subject confirmed, blind"},
		},
	})
}

func TestThingsThatCannotBeJudgedNow(t *testing.T) {
	t.Parallel()
	parked := []journal.Work{waits(meeting, journal.WhyParked, 4)}
	run(t, []decision{
		{name: "a create under way is left to the write protocol", item: plan.Item{Link: linked(making), Raynet: inRaynet("Schůze", "Brno")}},
		{
			name: "RAYNET could not be read", item: plan.Item{Link: linked(), Raynet: broken(meeting), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{"park, keeps raynet:meeting/1 parked: unavailable in 1m0s"},
		},
		{
			name: "Outlook could not be read", item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: broken(event)},
			want: []string{"park, keeps outlook:event/A parked: unavailable in 1m0s"},
		},
		{
			name: "each try waits longer", item: plan.Item{Link: linked(), Raynet: broken(meeting), Work: parked},
			want: []string{"park, keeps raynet:meeting/1 parked: unavailable in 16m0s"},
		},
		{
			name: "a side says when it may be asked again", item: plan.Item{Link: linked(), Raynet: refused(meeting, remote.Throttled, now.Add(2*time.Hour))},
			want: []string{"park, keeps raynet:meeting/1 parked: throttled in 2h0m0s"},
		},
		{
			name: "what cannot be read is no deletion, whatever was known", item: plan.Item{Link: linked(), Raynet: broken(meeting), Deletion: plan.Proven},
			want: []string{"park, keeps raynet:meeting/1 parked: unavailable in 1m0s"},
		},
		{
			name: "nothing is written while an earlier write may still land",
			item: plan.Item{Link: linked(frozen), Raynet: inRaynet("Schůze", "Brno"), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"park, keeps raynet:meeting/1 waiting: unknown-outcome in 3m0s"},
		},
		{
			name: "nor is anything concluded from a deletion then",
			item: plan.Item{Link: linked(frozen), Raynet: gone(meeting), Deletion: plan.Proven},
			want: []string{"park, keeps raynet:meeting/1 waiting: unknown-outcome in 3m0s"},
		},
	})
}

func TestLoopBreaker(t *testing.T) {
	t.Parallel()
	// An edit that is nobody's: it may be our own write coming back changed.
	echo := func(link *journal.Link) plan.Item {
		return plan.Item{Link: link, Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("PORADA", "Brno", byUs)}
	}
	stop := []string{"park, keeps raynet:meeting/1 parked: loop in 24h0m0s"}
	goOn := []string{`update in raynet subject="PORADA"`}
	run(t, []decision{
		{name: "five writes of ours and no edit by a person", item: echo(linked(looping(5, 0, time.Minute))), want: stop},
		{name: "four are not enough", item: echo(linked(looping(4, 0, time.Minute))), want: goOn},
		{name: "as many edits by people explain them", item: echo(linked(looping(5, 5, time.Minute))), want: goOn},
		{name: "one edit fewer does not", item: echo(linked(looping(5, 4, time.Minute))), want: stop},
		{name: "writes of long ago do not count", item: echo(linked(looping(50, 0, 11*time.Minute))), want: goOn},
		{
			name: "a person's edit is always carried",
			item: plan.Item{Link: linked(looping(5, 0, time.Minute)), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{`update in raynet subject="Schůze"`},
		},
		{
			name: "nothing to write is no loop",
			item: plan.Item{Link: linked(looping(9, 0, time.Minute)), Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Porada", "Brno")},
		},
	})
}

func TestDeletedInRaynet(t *testing.T) {
	t.Parallel()
	deleted := func(link *journal.Link, outlook *remote.Reading, evidence plan.Evidence) plan.Item {
		return plan.Item{Link: link, Raynet: gone(meeting), Outlook: outlook, Deletion: evidence}
	}
	untouched := inOutlook("Porada", "Brno")
	dissolved := func(reason string) []string { return []string{"unlink: " + reason + " -> dissolved"} }
	asked := func(reason string) []string {
		return []string{"unlink -> dissolved, keeps outlook:event/A review: " + reason + " until it is decided"}
	}
	run(t, []decision{
		{
			name: "gone once is a suspicion: it is asked again after the grace", item: deleted(linked(), untouched, plan.Unproven),
			want: []string{"note, keeps raynet:meeting/1 absent: deleted-in-raynet in 5m0s"},
		},
		{
			name: "gone because we see less: the copy stays", item: deleted(linked(), untouched, plan.Invisible),
			want: []string{"unlink: not-visible -> released"},
		},
		{
			name: "proven: our untouched copy is removed", item: deleted(linked(), untouched, plan.Proven),
			want: []string{"delete in outlook: deleted-in-raynet -> dissolved"},
		},
		{name: "a copy that nobody looked at is not removed", item: deleted(linked(), nil, plan.Proven), want: dissolved("deleted-in-raynet")},
		{name: "a copy that a person edited stays", item: deleted(linked(), inOutlook("Schůze", "Brno"), plan.Proven), want: asked("edited-against-deletion")},
		{name: "a copy that is gone too", item: deleted(linked(), gone(event), plan.Proven), want: dissolved("deleted-in-raynet")},
		{name: "a copy with attendees would mail them", item: deleted(linked(), inOutlook("Porada", "Brno", attendees), plan.Proven), want: asked("has-attendees")},
		{name: "a private copy is its user's business", item: deleted(linked(), inOutlook("", "", private), plan.Proven), want: []string{"unlink: deleted-in-raynet -> dissolved, erases"}},
		{name: "what came from Outlook is never removed there", item: deleted(linked(fromOutlook), untouched, plan.Proven), want: dissolved("deleted-in-raynet")},
		{name: "nor is another organiser's meeting", item: deleted(linked(readOnly), untouched, plan.Proven), want: dissolved("deleted-in-raynet")},
		{
			name: "nor anything, if the administrator wants it so", rules: func(r *pair.Rules) { r.RemoveCopies = false },
			item: deleted(linked(), untouched, plan.Proven), want: dissolved("deleted-in-raynet"),
		},
		{name: "a copy that cannot be told is waited for", item: deleted(linked(), broken(event), plan.Proven), want: []string{"park, keeps outlook:event/A parked: unavailable in 1m0s"}},
	})
}

func TestDeletedInOutlook(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{
			name: "RAYNET keeps its record and the copy is never made again",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno"), Outlook: gone(event)},
			want: []string{"unlink: deleted-in-outlook -> hidden"},
		},
		{name: "nobody needs to look at RAYNET for that", item: plan.Item{Link: linked(), Outlook: gone(event)}, want: []string{"unlink: deleted-in-outlook -> hidden"}},
		{
			name: "edited in RAYNET meanwhile: a person decides",
			item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno"), Outlook: gone(event)},
			want: []string{"unlink -> dissolved, keeps raynet:meeting/1 review: edited-against-deletion until it is decided"},
		},
		{
			name: "a blind overwrite before it is told all the same",
			item: plan.Item{Link: linked(unconfirmed), Raynet: inRaynet("Porada", "Brno", byUs, version("7")), Outlook: gone(event)},
			want: []string{"note, remembers raynet place subject confirmed, blind", "unlink: deleted-in-outlook -> hidden"},
		},
		{name: "an original of Outlook's", item: plan.Item{Link: linked(fromOutlook), Outlook: gone(event)}, want: []string{"unlink: deleted-in-outlook -> hidden"}},
	})
}

func TestLeavingTheRules(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{
			name: "it aged out of the window: both stay", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno", past)},
			want: []string{"unlink: left-window -> released"},
		},
		{
			name: "it was moved out of the window in Outlook", item: plan.Item{Link: linked(), Outlook: inOutlook("Porada", "Brno", past)},
			want: []string{"unlink: left-window -> released"},
		},
		{name: "RAYNET's rule leaves it out", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno", draft)}, want: []string{"unlink: left-filter -> released"}},
		{name: "Outlook's rule leaves it out", item: plan.Item{Link: linked(), Outlook: inOutlook("Porada", "Brno", draft)}, want: []string{"unlink: left-filter -> released"}},
		{
			name: "its user took the category off an event of his own", item: plan.Item{Link: linked(fromOutlook), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"unlink: left-filter -> released"},
		},
		{name: "the category of our copy does not matter", item: plan.Item{Link: linked(), Outlook: inOutlook("Porada", "Brno")}},
		{
			name: "it has another owner now", item: plan.Item{Link: linked(), Raynet: inRaynet("Porada", "Brno", without), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"unlink: owner-changed -> released"},
		},
		{
			name: "a participant was taken off: his copy is removed",
			item: plan.Item{Link: linked(takesPart), Raynet: inRaynet("Porada", "Brno", without), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"delete in outlook: participant-removed -> dissolved"},
		},
		{
			name: "a participant was taken off and had edited his copy",
			item: plan.Item{Link: linked(takesPart), Raynet: inRaynet("Porada", "Brno", without), Outlook: inOutlook("Schůze", "Brno")},
			want: []string{"unlink -> dissolved, keeps outlook:event/A review: edited-against-deletion until it is decided"},
		},
		{
			name: "a participant was taken off and nobody looked at his copy yet",
			item: plan.Item{Link: linked(takesPart), Raynet: inRaynet("Porada", "Brno", without)},
			want: []string{"note, keeps raynet:meeting/1 changed: participant-removed in 0s"},
		},
		{name: "an edit of what left is not carried", item: plan.Item{Link: linked(), Raynet: inRaynet("Schůze", "Brno", past), Outlook: inOutlook("Porada", "Brno")}, want: []string{"unlink: left-window -> released"}},
	})
}

func TestTombstones(t *testing.T) {
	t.Parallel()
	both := func(link *journal.Link) plan.Item {
		return plan.Item{Link: link, Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno")}
	}
	again := []string{"link -> linked, keeps raynet:meeting/1 changed: recovered in 0s", `update in outlook place="Praha"`}
	run(t, []decision{
		{name: "released: what moved meanwhile is carried on return", item: both(linked(state(journal.Released, "left-window"))), want: again},
		{name: "released: one side is not enough", item: plan.Item{Link: linked(state(journal.Released, "left-window")), Raynet: inRaynet("Porada", "Praha")}},
		{name: "released and still outside the window", item: plan.Item{Link: linked(state(journal.Released, "left-window")), Raynet: inRaynet("Porada", "Praha", past), Outlook: inOutlook("Porada", "Brno")}},
		{name: "released and another's still", item: plan.Item{Link: linked(state(journal.Released, "owner-changed")), Raynet: inRaynet("Porada", "Praha", without), Outlook: inOutlook("Porada", "Brno")}},
		{name: "released, and its user has not offered it again", item: both(linked(fromOutlook, state(journal.Released, "left-filter")))},
		{
			name: "private no longer: our redaction is no edit of RAYNET's",
			item: plan.Item{
				Link:   linked(fromOutlook, redacted, state(journal.Released, "turned-private")),
				Raynet: inRaynet("Soukromé / Private", ""), Outlook: inOutlook("Porada", "Brno", offered),
			},
			want: []string{"link -> linked", `update in raynet place="Brno" subject="Porada"`},
		},
		{name: "hidden: an edit in RAYNET never brings it back", item: plan.Item{Link: linked(state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("Schůze", "Brno"), Outlook: gone(event)}},
		{name: "hidden: its user restored it", item: both(linked(state(journal.Hidden, "deleted-in-outlook"))), want: again},
		{name: "hidden: restored, but the meeting was cancelled", item: plan.Item{Link: linked(state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("Porada", "Praha", finished), Outlook: inOutlook("Porada", "Brno")}},
		{name: "dissolved: only a person brings it back", item: both(linked(state(journal.Dissolved, "deleted-in-raynet")))},
	})
}

func redacted(l *journal.Link) { l.Raynet.Shown = digester().Fields(fields("Soukromé / Private", "")) }

func TestNewThings(t *testing.T) {
	t.Parallel()
	run(t, []decision{
		{
			name: "a RAYNET record of the user goes to his calendar", item: plan.Item{Raynet: inRaynet("Porada", "Brno")},
			want: []string{`create in outlook place="Brno" subject="Porada" -> linked`},
		},
		{
			name: "an event with the category goes to RAYNET", item: plan.Item{Outlook: inOutlook("Porada", "Brno", offered)},
			want: []string{`create in raynet place="Brno" subject="Porada" -> linked`},
		},
		{name: "an event without it does not", item: plan.Item{Outlook: inOutlook("Porada", "Brno")}, want: []string{"skip outlook:event/A: no-category"}},
		{name: "another user's record", item: plan.Item{Raynet: inRaynet("Porada", "Brno", without)}, want: []string{"skip raynet:meeting/1: not-chosen-user"}},
		{name: "beyond the window", item: plan.Item{Raynet: inRaynet("Porada", "Brno", past)}, want: []string{"skip raynet:meeting/1: window"}},
		{name: "cancelled before it was ever copied", item: plan.Item{Raynet: inRaynet("Porada", "Brno", finished)}, want: []string{"skip raynet:meeting/1: cancelled"}},
		{name: "left out by the client's rule", item: plan.Item{Outlook: inOutlook("Porada", "Brno", offered, draft)}, want: []string{"skip outlook:event/A: draft"}},
		{
			name: "our own copy whose original is gone is not copied back", item: plan.Item{Raynet: inRaynet("Porada", "Brno", madeByUs, key("key-A"))},
			want: []string{"skip raynet:meeting/1: copy"},
		},
		{
			name: "a careful pair takes nothing from Outlook", rules: func(r *pair.Rules) { r.Flow = record.ToOutlook },
			item: plan.Item{Outlook: inOutlook("Porada", "Brno", offered)}, want: []string{"skip outlook:event/A: direction"},
		},
		{
			name: "what was set aside already is not set aside again",
			item: plan.Item{Outlook: inOutlook("Porada", "Brno"), Asides: []journal.Aside{
				{Pair: 7, Ref: event, Rule: plan.RuleNoOffer, Span: soon, Source: digester().Text("source", "key-A")},
			}},
		},
		{
			name: "unless another rule holds now",
			item: plan.Item{Outlook: inOutlook("Porada", "Brno", draft), Asides: []journal.Aside{{Pair: 7, Ref: event, Rule: plan.RuleNoOffer, Span: soon}}},
			want: []string{"skip outlook:event/A: draft"},
		},
		{
			name: "it could not be read", item: plan.Item{Raynet: broken(meeting)},
			want: []string{"park, keeps raynet:meeting/1 parked: unavailable in 1m0s"},
		},
		{name: "it was gone before it was ever linked", item: plan.Item{Work: []journal.Work{waits(meeting, journal.WhyChanged, 0)}}, want: []string{"note, done raynet:meeting/1"}},
		{
			name: "what a create under way may have made waits", item: plan.Item{Outlook: inOutlook("Porada", "Brno"), Later: true},
			want: []string{"note, keeps outlook:event/A waiting: unknown-outcome in 5m0s"},
		},
	})
}

// A private item leaves no trace but that it exists and, as a digest, which meeting it is.
func TestPrivateItemsAreSetAsideWithoutATrace(t *testing.T) {
	t.Parallel()
	reading := inOutlook("", "", private, theirs, twin("secret"), stamped(meeting))
	steps := plan.Decide(setup(), plan.Item{Outlook: reading})
	if len(steps) != 1 || steps[0].Aside == nil {
		t.Fatalf("steps = %v, want one that sets it aside", tell(steps))
	}
	want := journal.Aside{Pair: 7, Ref: event, Rule: remote.RulePrivate, Since: now, Twin: setup().Digester.Text("twin", "secret")}
	if *steps[0].Aside != want {
		t.Errorf("aside = %+v, want %+v", *steps[0].Aside, want)
	}
}

func TestMatchedThings(t *testing.T) {
	t.Parallel()
	match := func(how string, raynet, outlook *remote.Reading) plan.Item {
		return plan.Item{Raynet: raynet, Outlook: outlook, Matched: true, How: how}
	}
	run(t, []decision{
		{
			name: "alike on both sides: linked without a write", item: match("natural", inRaynet("Porada", "Brno"), inOutlook("Porada", "Brno")),
			want: []string{"link: natural -> linked", "note, remembers raynet place subject, remembers outlook place subject"},
		},
		{
			name: "what one side lacks it gets", item: match("natural", inRaynet("Porada", ""), inOutlook("Porada", "Brno")),
			want: []string{"link: natural -> linked", "note, remembers raynet subject, remembers outlook subject", `update in raynet place="Brno"`},
		},
		{
			name: "what differs is a clash", item: match("stamp", inRaynet("Porada", "Praha"), inOutlook("Porada", "Brno")),
			want: []string{"link: stamp -> linked", "note, remembers raynet subject, remembers outlook subject", `update in outlook place="Praha" (clash)`},
		},
		{
			name: "a meeting with attendees lacks what RAYNET has: it waits", item: match("twin", inRaynet("Porada", "Brno"), inOutlook("Porada", "", attendees)),
			want: []string{
				"link: twin -> linked", "note, remembers raynet subject, remembers outlook subject",
				"park, keeps raynet:meeting/1 waiting: has-attendees in 24h0m0s",
			},
		},
		{
			name: "our copy that its user made private", item: match("stamp", inRaynet("Porada", "Brno"), inOutlook("", "", private)),
			want: []string{"unlink: turned-private -> released"},
		},
		{
			name: "our copy that a rule leaves out now", item: match("stamp", inRaynet("Porada", "Brno"), inOutlook("Porada", "Brno", draft)),
			want: []string{"unlink: left-filter -> released"},
		},
		{
			name: "a private event that looks alike is not linked", item: match("natural", inRaynet("Porada", "Brno"), inOutlook("", "", private)),
			want: []string{"skip outlook:event/A: private", `create in outlook place="Brno" subject="Porada" -> linked`},
		},
		{name: "RAYNET's record is left out", item: match("natural", inRaynet("Porada", "Brno", draft), inOutlook("Porada", "Brno")), want: []string{"skip raynet:meeting/1: draft", "skip outlook:event/A: draft"}},
		{
			name: "another user's record is not linked", item: match("natural", inRaynet("Porada", "Brno", without), inOutlook("Porada", "Brno")),
			want: []string{"skip raynet:meeting/1: not-chosen-user", "skip outlook:event/A: not-chosen-user"},
		},
		{
			name: "what we made from this user's and is another's now",
			item: match("stamp", inRaynet("Porada", "Brno", without, key("key-A")), inOutlook("Porada", "Brno", offered)),
			want: []string{"unlink: owner-changed -> released"},
		},
		{
			name: "several fit: a person decides, nothing is made",
			item: plan.Item{Raynet: inRaynet("Porada", "Brno"), Outlook: inOutlook("Porada", "Brno", offered), Several: true, How: "natural"},
			want: []string{
				"skip raynet:meeting/1: review", "park, keeps raynet:meeting/1 review: several-matches in 24h0m0s",
				"skip outlook:event/A: review", "park, keeps outlook:event/A review: several-matches in 24h0m0s",
			},
		},
		{
			name: "two copies with one stamp are held", item: plan.Item{Outlook: inOutlook("Porada", "Brno", offered), Several: true, How: "stamp"},
			want: []string{"skip outlook:event/A: review", "park, keeps outlook:event/A review: held-copies in 24h0m0s"},
		},
	})
}

// A match that waits goes on waiting: what lies in RAYNET alone is neither emptied nor forgotten with the next cycle.
func TestWhatWaitsSinceTheMatchIsNotLost(t *testing.T) {
	t.Parallel()
	c := setup()
	raynet, outlook := inRaynet("Porada", "Brno"), inOutlook("Porada", "", attendees)
	steps := plan.Decide(c, plan.Item{Raynet: raynet, Outlook: outlook, Matched: true, How: "twin"})
	link := steps[0].Link
	for _, step := range steps {
		for name, digest := range step.Raynet.Shown {
			link.Raynet.Shown[name] = digest
		}
		for name, digest := range step.Outlook.Shown {
			link.Outlook.Shown[name] = digest
		}
	}
	decides(t, c, plan.Item{Link: &link, Raynet: raynet, Outlook: outlook},
		"park, keeps raynet:meeting/1 waiting: has-attendees in 24h0m0s")
}
