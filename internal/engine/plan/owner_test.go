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
