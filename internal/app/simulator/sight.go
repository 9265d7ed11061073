package simulator

import (
	"time"

	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// invisible is the fault that takes every tenth activity out of our account's sight.
const invisible = "raynet-invisible"

// sight is what our account could see in RAYNET, kept outside of the product.
type sight struct {
	dark  []darkness
	swept []time.Time // when the process listed all ids
}

// darkness is a time in which every tenth activity was out of sight; till is zero while it lasts.
type darkness struct{ from, till time.Time }

// shut begins a darkness, open ends it.
func (s *sight) shut(at time.Time) {
	if n := len(s.dark); n == 0 || !s.dark[n-1].till.IsZero() {
		s.dark = append(s.dark, darkness{from: at})
	}
}

func (s *sight) open(at time.Time) {
	if n := len(s.dark); n > 0 && s.dark[n-1].till.IsZero() {
		s.dark[n-1].till = at
	}
}

// overshadowed lists the things of which we made a record in RAYNET although there was one, because that one was out of our account's
// sight: nothing that we could have asked would have told. Both are there then, and have a copy each.
func (w *world) overshadowed() map[string]bool {
	out := map[string]bool{}
	var made []raynetemu.Write
	for _, one := range w.raynet.History() {
		canary := canaryOf(titleOf(one.After))
		if one.Op != raynetemu.OpCreate || canary == "" {
			continue
		}
		for _, older := range made {
			if one.Source == "api" && canaryOf(titleOf(older.After)) == canary && w.neverSeen(older, one.At) {
				out[canary] = true
			}
		}
		made = append(made, one)
	}
	return out
}

// neverSeen reports whether a record was taken out of sight before the process worked for the first time after it was made, and not
// found by a list of ids until a time. Only activities are hidden.
func (w *world) neverSeen(made raynetemu.Write, until time.Time) bool {
	if made.ID%10 != 0 || made.Entity == "person" {
		return false
	}
	within := func(at, from, till time.Time) bool { return at.After(from) && at.Before(till) }
	for _, d := range w.sight.dark {
		seen := !d.from.Before(until) || !d.till.IsZero() && !d.till.After(made.At)
		for _, r := range w.runs {
			seen = seen || within(r.from, made.At, d.from)
		}
		for _, at := range w.sight.swept {
			seen = seen || !d.till.IsZero() && within(at, d.till, until)
		}
		if !seen {
			return true
		}
	}
	return false
}
