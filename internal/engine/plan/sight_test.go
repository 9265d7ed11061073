package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
)

func TestARecordComesIntoSightAgain(t *testing.T) {
	t.Parallel()
	unseen := func() *journal.Link { return linked(state(journal.Released, plan.NotVisible)) }
	run(t, []decision{
		{
			name: "what moved meanwhile is carried", item: plan.Item{Link: unseen(), Raynet: inRaynet("Porada", "Praha"), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"link -> linked, keeps raynet:meeting/1 changed: recovered in 0s", `update in outlook place="Praha"`},
		},
		{
			name: "its copy was deleted meanwhile", item: plan.Item{Link: unseen(), Raynet: inRaynet("Porada", "Praha"), Outlook: gone(event)},
			want: []string{"unlink: deleted-in-outlook -> hidden"},
		},
		{
			name: "it is another's now", item: plan.Item{Link: unseen(), Raynet: inRaynet("Porada", "Praha", without), Outlook: inOutlook("Porada", "Brno")},
			want: []string{"unlink: left-filter -> released"},
		},
		{name: "its copy was not read", item: plan.Item{Link: unseen(), Raynet: inRaynet("Porada", "Praha")}},
		{name: "it is out of sight still", item: plan.Item{Link: unseen(), Raynet: gone(meeting), Outlook: inOutlook("Porada", "Praha")}},
	})
}

func TestWhatWasWithdrawnIsDeleted(t *testing.T) {
	t.Parallel()
	withdrawn := state(journal.Released, plan.LeftFilter)
	run(t, []decision{
		{
			name: "by its user", item: plan.Item{Link: linked(fromOutlook, withdrawn), Outlook: gone(event)},
			want: []string{"unlink: deleted-in-outlook -> hidden"},
		},
		{name: "a copy of ours that left the filter", item: plan.Item{Link: linked(withdrawn), Outlook: gone(event)}},
	})
}

// What was put off beyond the window and then deleted is deleted: an event that its user makes in its place is another one.
func TestWhatWasPutOffIsDeleted(t *testing.T) {
	t.Parallel()
	far := state(journal.Released, plan.LeftWindow)
	run(t, []decision{
		{
			name: "by its user", item: plan.Item{Link: linked(fromOutlook, far), Outlook: gone(event)},
			want: []string{"unlink: deleted-in-outlook -> hidden"},
		},
		{name: "a copy of ours that left the window", item: plan.Item{Link: linked(far), Outlook: gone(event)}},
		{name: "it is still there", item: plan.Item{Link: linked(fromOutlook, far), Outlook: inOutlook("Porada", "Brno", past)}},
	})
}
