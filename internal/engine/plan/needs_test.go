package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// A link that returns is judged by everything that its record shows: what a row lacks may be what was changed meanwhile.
func TestAReturningLinkIsReadWhole(t *testing.T) {
	t.Parallel()
	partial := func(s *remote.Snapshot) { s.Partial = true }
	left := state(journal.Released, "left-window")
	for _, test := range []struct {
		name            string
		item            plan.Item
		raynet, outlook bool
	}{
		{"a row that lacks something", plan.Item{Link: linked(left), Raynet: inRaynet("Porada", "Brno", partial)}, true, true},
		{"a whole row", plan.Item{Link: linked(left), Raynet: inRaynet("Porada", "Brno")}, false, true},
		{"a row still outside the window", plan.Item{Link: linked(left), Raynet: inRaynet("Porada", "Brno", partial, past)}, false, false},
		{
			"a restored item",
			plan.Item{Link: linked(state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("Porada", "Brno", partial), Outlook: inOutlook("Porada", "Brno")},
			true, false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raynet, outlook := plan.Needs(setup(), test.item)
			if raynet != test.raynet || outlook != test.outlook {
				t.Errorf("Needs = %v, %v, want %v, %v", raynet, outlook, test.raynet, test.outlook)
			}
		})
	}
}

// What is to be emptied is read whole first, in the same cycle: what a row lacks would stay. What nothing is to be done about is not read.
func TestWhatIsToBeEmptiedIsReadWhole(t *testing.T) {
	t.Parallel()
	partial := func(s *remote.Snapshot) { s.Partial = true }
	hidden := inOutlook("", "", private)
	withdrawn := linked(fromOutlook, state(journal.Released, "left-filter"))
	for _, test := range []struct {
		name string
		item plan.Item
		want bool
	}{
		{"linked", plan.Item{Link: linked(fromOutlook), Outlook: hidden}, true},
		{"linked, a row that lacks something", plan.Item{Link: linked(fromOutlook), Raynet: inRaynet("Porada", "Brno", partial, version("5")), Outlook: hidden}, true},
		{"withdrawn", plan.Item{Link: withdrawn, Outlook: hidden}, true},
		{"withdrawn, a row that lacks something", plan.Item{Link: withdrawn, Raynet: inRaynet("Porada", "Brno", partial), Outlook: hidden}, true},
		{"withdrawn, a whole row", plan.Item{Link: withdrawn, Raynet: inRaynet("Porada", "Brno"), Outlook: hidden}, false},
		{"emptied", plan.Item{Link: linked(fromOutlook, state(journal.Released, "turned-private")), Outlook: hidden}, false},
		{"RAYNET's own", plan.Item{Link: linked(state(journal.Released, "left-filter")), Outlook: hidden}, false},
	} {
		if raynet, _ := plan.Needs(setup(), test.item); raynet != test.want {
			t.Errorf("%s: RAYNET is read: %v, want %v", test.name, raynet, test.want)
		}
	}
}
