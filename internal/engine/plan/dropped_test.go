package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func neverCompared(l *journal.Link) { l.Raynet.Shown, l.Outlook.Shown = record.Shown{}, record.Shown{} }

// A date is gone and its series is private, and both are seen at once: which came first, nobody can tell.
func TestADateIsGoneAndItsSeriesPrivate(t *testing.T) {
	t.Parallel()
	gone := &remote.Reading{Ref: event, Presence: remote.Gone, Private: true}
	emptied := []string{`update in raynet place="" subject="Soukromé / Private": turned-private -> released, erases`}
	run(t, []decision{
		{
			name: "what we made in RAYNET is emptied",
			item: plan.Item{Link: linked(fromOutlook, occurrence), Raynet: inRaynet("Porada", "Brno"), Outlook: gone}, want: emptied,
		},
		{
			name: "RAYNET is read first", item: plan.Item{Link: linked(fromOutlook, occurrence), Outlook: gone},
			want: []string{"note, keeps raynet:meeting/1 changed: turned-private in 0s"},
		},
		{
			name: "it had left the window", want: emptied,
			item: plan.Item{Link: linked(fromOutlook, occurrence, state(journal.Released, "left-window")), Raynet: inRaynet("Porada", "Brno"), Outlook: gone},
		},
		{
			name: "its user had withdrawn it", want: emptied,
			item: plan.Item{Link: linked(fromOutlook, occurrence, state(journal.Released, "left-filter")), Raynet: inRaynet("Porada", "Brno"), Outlook: gone},
		},
		{
			name: "somebody edited it in RAYNET, whose it is since",
			item: plan.Item{Link: linked(fromOutlook, occurrence), Raynet: inRaynet("Porada II", "Brno", version("6")), Outlook: gone},
			want: []string{"unlink -> dissolved, erases, keeps raynet:meeting/1 review: edited-against-deletion until it is decided"},
		},
		{
			name: "found after a loss, and never compared", want: emptied,
			item: plan.Item{Link: linked(fromOutlook, occurrence, neverCompared), Raynet: inRaynet("Porada", "Brno"), Outlook: gone},
		},
		{
			name: "somebody else's by now", item: plan.Item{Link: linked(fromOutlook, occurrence), Raynet: inRaynet("Porada", "Brno", without), Outlook: gone},
			want: []string{"unlink: deleted-in-outlook -> hidden, erases"},
		},
		{
			name: "what came from RAYNET stays there", item: plan.Item{Link: linked(occurrence), Raynet: inRaynet("Porada", "Brno"), Outlook: gone},
			want: []string{"unlink: deleted-in-outlook -> hidden, erases"},
		},
		{
			name: "a careful pair writes nothing to RAYNET", rules: func(r *pair.Rules) { r.Flow = record.ToOutlook },
			item: plan.Item{Link: linked(fromOutlook, occurrence), Raynet: inRaynet("Porada", "Brno"), Outlook: gone},
			want: []string{"unlink: deleted-in-outlook -> hidden, erases"},
		},
		{
			name: "known to be deleted before", item: plan.Item{
				Link: linked(fromOutlook, occurrence, state(journal.Hidden, "deleted-in-outlook")), Raynet: inRaynet("Porada", "Brno"), Outlook: gone,
			},
		},
		{
			name: "emptied already", item: plan.Item{
				Link: linked(fromOutlook, occurrence, state(journal.Released, "turned-private")), Raynet: inRaynet("Porada", "Brno"), Outlook: gone,
			},
		},
	})
	for want, link := range map[bool]*journal.Link{
		true: linked(fromOutlook, occurrence), false: linked(fromOutlook, occurrence, state(journal.Hidden, "deleted-in-outlook")),
	} {
		if raynet, _ := plan.Needs(setup(), plan.Item{Link: link, Outlook: gone}); raynet != want {
			t.Errorf("%s: RAYNET is read: %v", link.State, raynet)
		}
	}
}
