package plan_test

import (
	"testing"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// After a loss of the database a record is known by its key as made from an event that lies outside of the window by now: the two are known
// to each other, and no data flows.
func TestFoundOutsideOfTheWindow(t *testing.T) {
	t.Parallel()
	ours := key("key-" + event.ID)
	run(t, []decision{
		{
			name: "the event is open", item: plan.Item{
				Raynet: inRaynet("Porada", "Brno", madeByUs, ours), Outlook: inOutlook("Jinak", "Praha", offered, past), Matched: true, How: "stamp",
			},
			want: []string{"unlink: left-window -> released"},
		},
		{
			name: "the event is private", item: plan.Item{
				Raynet: inRaynet("Porada", "Brno", madeByUs, ours), Outlook: inOutlook("", "", private, past), Matched: true, How: "stamp",
			},
			want: []string{"link: stamp -> linked", `update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`},
		},
	})
}

// A record that we made of an event which is gone, and that looks like what its user made instead, is ours: it is emptied when that turns
// private. One that people made is theirs.
func TestOursByItsLooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		item plan.Item
		ours bool
	}{
		"made by us":       {item: plan.Item{Raynet: inRaynet("Porada", "Brno", madeByUs, key("key-former"))}, ours: true},
		"made by a person": {item: plan.Item{Raynet: inRaynet("Porada", "Brno")}},
		"another's by now": {item: plan.Item{Raynet: inRaynet("Porada", "Brno", madeByUs, key("key-former"), func(s *remote.Snapshot) { s.People = []string{another, me} })}},
	} {
		c.item.Outlook, c.item.Matched, c.item.How = inOutlook("Porada", "Brno", offered), true, "natural"
		steps := plan.Decide(setup(), c.item)
		if len(steps) == 0 || (steps[0].Link.Origin == record.Outlook) != c.ours {
			t.Errorf("%s: %+v", name, steps)
		}
	}
}
