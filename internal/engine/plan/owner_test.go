package plan_test

import (
	"slices"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// Whether the user owns a record is what it was when it was last seen: one that was handed to him, or that our own copy made
// his, ends as his own when it is handed on.
func TestTheOwnerIsRemembered(t *testing.T) {
	t.Parallel()
	takingPart := func(s *remote.Snapshot) { s.People = []string{another, me} }
	for _, test := range []struct {
		name   string
		link   *journal.Link
		raynet *remote.Reading
		steps  int
		owner  bool
	}{
		{"handed to the user", linked(takesPart), inRaynet("Porada", "Brno"), 1, true},
		{"handed on, and he still takes part", linked(), inRaynet("Porada", "Brno", takingPart), 1, false},
		{"as it was", linked(takesPart), inRaynet("Porada", "Brno", takingPart), 0, false},
		{"edited as well", linked(takesPart), inRaynet("Porada", "Praha"), 2, true},
		{"while the link rested", linked(takesPart, state(journal.Released, "left-window")), inRaynet("Porada", "Brno"), 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			steps := plan.Decide(setup(), plan.Item{Link: test.link, Raynet: test.raynet, Outlook: inOutlook("Porada", "Brno")})
			if len(steps) != test.steps {
				t.Errorf("steps %v, want %d", tell(steps), test.steps)
			}
			for _, step := range steps {
				if step.Link.Owner != test.owner {
					t.Errorf("%s: owner %v, want %v", line(step), step.Link.Owner, test.owner)
				}
			}
		})
	}
}

// A task that was given to somebody else was taken off its user: his untouched copy goes, as after a deletion.
func TestWhatIsAssignedHasNoOwner(t *testing.T) {
	t.Parallel()
	c := setup()
	c.Schema.Assigned = true
	given := inRaynet("Porada", "Brno", func(s *remote.Snapshot) { s.People = []string{another} })
	steps := plan.Decide(c, plan.Item{Link: linked(takesPart), Raynet: given, Outlook: inOutlook("Porada", "Brno")})
	if len(steps) != 1 || steps[0].Op != plan.Delete || steps[0].Reason != "participant-removed" {
		t.Errorf("steps %v, want one that removes the copy", tell(steps))
	}
	kept := inRaynet("Porada", "Brno")
	if steps := plan.Decide(c, plan.Item{Link: linked(takesPart), Raynet: kept, Outlook: inOutlook("Porada", "Brno")}); len(steps) != 0 {
		t.Errorf("steps %v, want none: nobody owns it", tell(steps))
	}
}

// The database was lost, and a record that was made from this user's event was given to a colleague, who took it for a copy whose original
// is gone: now that it was found, he looks at it again.
func TestWhoseRecordItIsNowLooksAgain(t *testing.T) {
	t.Parallel()
	steps := plan.Decide(setup(), plan.Item{Raynet: inRaynet("Porada", "Brno", without, key("key-A")), Outlook: inOutlook("Porada", "Brno", offered),
		Matched: true, How: "stamp", Copied: []int64{8}})
	if len(steps) != 1 || steps[0].Op != plan.Unlink || len(steps[0].Report) != 1 || steps[0].Report[0].Pair != 8 || steps[0].Report[0].Ref != meeting {
		t.Errorf("steps %+v, want one that reports the record to the other pair", steps)
	}
}

// Who was taken off a record and is given it back gets a copy again; what he deleted himself never comes back.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	off := state(journal.Dissolved, plan.TakenOff)
	gone := &remote.Reading{Ref: event, Presence: remote.Gone}
	back := inRaynet("Porada", "Brno")
	invited := func(l *journal.Link) { l.Origin, l.ReadOnly = "", true }
	for _, test := range []struct {
		name string
		item plan.Item
		want []plan.Op
	}{
		{"his copy was removed", plan.Item{Link: linked(off), Raynet: back, Outlook: gone}, []plan.Op{plan.Create}},
		{"his copy was kept", plan.Item{Link: linked(off), Raynet: back, Outlook: inOutlook("Porada", "Brno")}, []plan.Op{plan.Link}},
		{"his own, from which or from whose original we made the record", plan.Item{Link: linked(off, invited), Raynet: inRaynet("Porada", "Brno", madeByUs), Outlook: gone}, nil},
		{"nobody has looked", plan.Item{Link: linked(off), Raynet: back}, nil},
		{"it is still another's", plan.Item{Link: linked(off), Raynet: inRaynet("Porada", "Brno", func(s *remote.Snapshot) { s.People = []string{another} }),
			Outlook: gone}, nil},
		{"deleted in RAYNET once", plan.Item{Link: linked(state(journal.Dissolved, "deleted-in-raynet")), Raynet: back, Outlook: gone}, nil},
		{"deleted in Outlook", plan.Item{Link: linked(state(journal.Hidden, "deleted-in-outlook")), Raynet: back, Outlook: gone}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []plan.Op
			for _, step := range plan.Decide(setup(), test.item) {
				if got = append(got, step.Op); step.Link.ID != test.item.Link.ID {
					t.Errorf("%s: link %q, want the one that was", line(step), step.Link.ID)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("steps %v, want %v", got, test.want)
			}
		})
	}
	if _, outlook := plan.Needs(setup(), plan.Item{Link: linked(off), Raynet: back}); !outlook {
		t.Error("the copy is not looked for")
	}
}

// What is made from an Outlook item is made for its user, who may have handed it on before it is looked at for the first time.
func TestWhatIsMadeForItsUserIsHis(t *testing.T) {
	t.Parallel()
	for _, assigned := range []bool{false, true} {
		c := setup()
		c.Schema.Assigned = assigned
		steps := plan.Decide(c, plan.Item{Outlook: inOutlook("Porada", "Brno", offered)})
		if len(steps) != 1 || steps[0].Op != plan.Create || steps[0].Link.Owner == assigned {
			t.Errorf("assigned %v: steps %v, owner %v", assigned, tell(steps), steps[0].Link.Owner)
		}
	}
}
