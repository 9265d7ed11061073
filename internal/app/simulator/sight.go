package simulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// invisible is the fault that takes every tenth activity out of our account's sight.
const invisible = "raynet-invisible"

// sight is what our account could see in RAYNET, kept outside of the product.
type sight struct {
	dark  []darkness
	swept []time.Time // when the process listed all ids
	told  bool        // whether it was told what changed, in this round
	// unread says that nobody has asked since the process began what changed. It may have an old database, and until then it works on no
	// pair: what it does all the same has no excuse.
	unread bool
	// looked are the cycles that came to their ends and left nothing open after the process was told what changed.
	looked map[seat][]time.Time
}

// darkness is a time in which every tenth activity was out of sight; till is zero while it lasts.
type darkness struct{ from, till time.Time }

// hid reports whether a record was ever out of sight while others were seen: that cannot be told from a deletion.
func (s *sight) hid(ref string) bool { return len(s.dark) > 0 && strings.HasSuffix(ref, "0") }

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

// outOfSight reports whether a record was out of our account's sight whenever the proof of a deletion at a time asked, while the rights
// of the account were the same and other records could be seen: then it looked like a deleted one in everything that can be asked.
func (w *world) outOfSight(canary string, at time.Time) bool {
	hidden := slices.ContainsFunc(w.raynet.History(), func(made raynetemu.Write) bool {
		return made.Op == raynetemu.OpCreate && hides(made) && canaryOf(titleOf(made.After)) == canary
	})
	first := at // when it was out of sight first, and not listed since
	for _, d := range slices.Backward(w.sight.dark) {
		listed := func(t time.Time) bool { return t.After(d.till) && t.Before(first) }
		lit := !d.till.IsZero() && d.till.Before(first)
		switch {
		case d.from.After(at):
			continue
		case lit && (first.Equal(at) || slices.ContainsFunc(w.sight.swept, listed)):
			return hidden && !first.After(at.Add(-grace))
		}
		first = d.from
	}
	return hidden && !first.After(at.Add(-grace))
}

// kindOf is the kind of a record.
func kindOf(made raynetemu.Write) record.Kind {
	switch made.Entity {
	case "person":
		return record.Contacts
	case "task":
		return record.Tasks
	}
	return record.Calendar
}

// hides reports whether the fault takes a record out of sight.
func hides(made raynetemu.Write) bool { return made.ID%10 == 0 && made.Entity != "person" }

// landedUnseen reports whether our create from an item landed where our account could not see it, and was found only when it came into
// sight: the two are then compared for the first time, as after a loss, and RAYNET's block is written below the text. If a person edited the
// item meanwhile it is taken for what a later create has made, which said what he had written.
func (w *world) landedUnseen(entries []admin.JournalEntry, item, canary string) bool {
	matched := slices.ContainsFunc(entries, func(e admin.JournalEntry) bool {
		return e.Event == journal.Matched && strings.HasSuffix(e.Outlook, "/"+item)
	})
	return slices.ContainsFunc(w.raynet.History(), func(made raynetemu.Write) bool {
		if !matched && !slices.ContainsFunc(w.outlook.History(), func(write outlookemu.Write) bool {
			return write.ID == item && write.By != "app" && write.Op == "update" && write.At.After(made.At)
		}) {
			return false
		}
		ours := made.Op == raynetemu.OpCreate && made.Source == "api" && hides(made) && canaryOf(titleOf(made.After)) == canary
		return ours && slices.ContainsFunc(w.sight.dark, func(d darkness) bool {
			return !d.from.After(made.At) && (d.till.IsZero() || d.till.After(made.At))
		})
	})
}

// madeAgain lists the things of which we made a record in RAYNET although there was one, of which nothing that we could have asked would
// have told: it was out of our account's sight, or we had made it and a person made it unknowable. Both are there then, and have a copy each.
func (w *world) madeAgain() map[string]bool {
	out := map[string]bool{}
	all := w.raynet.History()
	for i, one := range all {
		canary := canaryOf(titleOf(one.After))
		if one.Op != raynetemu.OpCreate || one.Source != "api" || canary == "" {
			continue
		}
		// RAYNET refuses to take it a second time, or its user keeps it to himself by then, and the one that we made and never saw is taken for
		// a person's when it comes into sight.
		out[canary] = out[canary] || w.ledger.poison[canary] && w.neverSeen(one, one.At.Add(time.Nanosecond)) || w.ledger.special[canary] && w.missed(one)
		for k, older := range all[:i] {
			if older.Op == raynetemu.OpCreate && canaryOf(titleOf(older.After)) == canary && (w.neverSeen(older, one.At) || w.estranged(older, all[k+1:i]) ||
				w.ledger.doubled[canary] && w.missed(older)) {
				out[canary] = true
			}
		}
	}
	return out
}

// strange reports whether a record that we made came into our account's sight only when nobody looked for it any more, and has no key that
// would tell what it was made from.
func (w *world) strange(r thing) bool {
	return w.secondCall && len(stage.Texts(r.raw["extIds"])) == 0 && slices.ContainsFunc(w.raynet.History(), func(made raynetemu.Write) bool {
		return made.Op == raynetemu.OpCreate && made.Source == "api" && fmt.Sprint(made.ID) == r.ref.ID && w.missed(made)
	})
}

// missed reports whether a record was never seen before it was out of sight, nor for as long as it was.
func (w *world) missed(made raynetemu.Write) bool {
	return slices.ContainsFunc(w.sight.dark, func(d darkness) bool {
		till := d.till
		if till.IsZero() {
			till = w.clock.Now()
		}
		return w.neverSeen(made, till)
	})
}

// estranged reports whether a record that we had made, whose create got no answer and no key, was both handed on and edited since: it is
// nobody's for whom we looked for it, and no more what we sent.
func (w *world) estranged(made raynetemu.Write, since []raynetemu.Write) bool {
	var handed, edited bool
	for _, write := range since {
		switch {
		case write.ID != made.ID || write.Entity != made.Entity:
		case write.Source == "api":
			return false // we knew of it
		default:
			for key, now := range write.After { // any order: each is looked at
				if fmt.Sprint(write.Before[key]) == fmt.Sprint(now) {
					continue
				}
				handed = handed || key == "owner"
				edited = edited || key != "owner" && key != "participants" && !strings.HasPrefix(key, "_") && !strings.HasPrefix(key, "rowInfo")
			}
		}
	}
	return made.Source == "api" && w.secondCall && handed && edited
}

// concerns reports whether somebody has something in his mailbox that is known by a canary.
func (w *world) concerns(u user, canary string) bool {
	return slices.ContainsFunc(w.kinds, func(kind record.Kind) bool {
		return slices.ContainsFunc(w.anywhere(u, kind), func(t thing) bool { return t.canary == canary })
	})
}

// neverSeen reports whether a record was taken out of sight before anybody whom it concerns had looked at it, and not found by a list
// of ids until a time. A look that was forgotten with the database by then is none.
func (w *world) neverSeen(made raynetemu.Write, until time.Time) bool {
	if !hides(made) {
		return false
	}
	within := func(at, from, till time.Time) bool { return at.After(from) && at.Before(till) }
	forgotten := func(at time.Time) bool {
		between := func(loss time.Time) bool { return at.Before(loss) && until.After(loss) }
		return w.memory.any && !at.Before(w.memory.hole) && (between(w.memory.first) || between(w.memory.forgot))
	}
	for _, d := range w.sight.dark {
		seen := !d.from.Before(until) || !d.till.IsZero() && !d.till.After(made.At)
		for _, u := range w.users {
			for _, at := range w.sight.looked[seat{u.mailbox, kindOf(made)}] {
				seen = seen || within(at, made.At, d.from) && !forgotten(at) && w.concerns(u, canaryOf(titleOf(made.After)))
			}
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
