package simulator

import (
	"context"
	"slices"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/remote"
)

// sights lists what takes records in RAYNET out of our sight that nobody deleted. They are for saved histories alone: none is drawn with them.
func sights() []verb {
	return []verb{
		{name: "RAYNET: our account loses rights", weight: 1, do: func(ctx context.Context, w *world) error {
			w.stats.Faults++
			_, err := w.conn.Engine.Access.Unchanged(ctx, false) // as whenever the connection is checked
			w.must(w.raynet.SetRole(w.raynet.Options().User, "FULL_THROTTLE"))
			w.hide(func(at int) bool { return at%2 == 0 })
			return w.tolerable("look at our rights", err)
		}},
		upset("RAYNET: our account sees nothing any more", 1, func(w *world) { w.hide(func(int) bool { return true }) }),
		upset("RAYNET: one record is out of sight", 1, func(w *world) { w.hide(func(at int) bool { return at == 0 }) }),
		upset("RAYNET: everything is in sight again", 1, (*world).unhide),
	}
}

// hide takes some of the records out of our sight, by their places among all.
func (w *world) hide(which func(at int) bool) {
	at := 0
	for _, kind := range w.kinds {
		for _, t := range w.records(kind) {
			if which(at) && !slices.Contains(w.hidden, t.ref) {
				w.must(w.raynet.Hide(t.ref.Type, stage.Number(t.raw["id"])))
				w.hidden = append(w.hidden, t.ref)
				w.say("%s %s is out of our sight", t.ref, t.canary)
			}
			at++
		}
	}
}

// unhide gives our account back what it could see. What was deleted meanwhile stays so.
func (w *world) unhide() {
	if len(w.hidden) == 0 {
		return
	}
	for _, kind := range w.kinds {
		for _, t := range w.records(kind) {
			if slices.Contains(w.hidden, t.ref) {
				w.must(w.raynet.Show(t.ref.Type, stage.Number(t.raw["id"])))
			}
		}
	}
	w.hidden = []remote.Ref{}
	w.must(w.raynet.SetRole(w.raynet.Options().User, "ADMIN"))
	w.say("everything is in our sight again")
}
