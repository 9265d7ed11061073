package plan_test

import (
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
