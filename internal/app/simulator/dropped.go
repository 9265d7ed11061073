package simulator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// Which records of ours are no copies of an event that turned private.

// wasDropped reports whether the record is of another thing than this one, a date that was taken off its series or an event that was
// made again, which is known to the journal as deleted: what is done to this one does not concern it any more. It does if the series was
// private already when its date was seen to be gone. One that was edited in RAYNET while its event was deleted is RAYNET's since.
func (w *world) wasDropped(r, t thing, entries []admin.JournalEntry) bool {
	since := w.privateSince(t)
	return slices.ContainsFunc(entries, func(e admin.JournalEntry) bool {
		edited := e.Event == journal.DissolvedEvent && e.Reason == "edited-against-deletion"
		late := strings.HasPrefix(e.Outlook, "outlook:occurrence/"+t.ref.ID+"/") && e.At.After(since)
		return e.Raynet == r.ref.String() && (edited || e.Event == journal.HiddenEvent && e.Outlook != t.ref.String() && !late)
	})
}

// former reports whether the record is of an event that its user deleted and made again as this one, which the journal does not tell
// because the database was lost: it is older than this one, from which it cannot have been made, and no link joins the two.
func (w *world) former(ctx context.Context, r, t thing) (bool, error) {
	if w.stats.Losses == 0 {
		return false, nil
	}
	links, err := w.store.LinksOfRef(ctx, "default", r.ref)
	if err != nil || slices.ContainsFunc(links, func(l journal.Link) bool { return l.Outlook.Ref == t.ref }) {
		return false, err
	}
	var recordMade, eventMade time.Time
	deleted := false
	for _, write := range w.raynet.History() {
		if write.Op == raynetemu.OpCreate && fmt.Sprint(write.ID) == r.ref.ID {
			recordMade = write.At
		}
	}
	for _, write := range w.outlook.History() {
		if write.ID == t.ref.ID && write.Op == "create" {
			eventMade = write.At
		}
		deleted = deleted || write.ID != t.ref.ID && write.Op == "delete" && write.By != "app" && canaryOf(titleOf(write.Before)) == t.canary
	}
	return deleted && recordMade.Before(eventMade), nil
}

// privateSince is when a person last turned an event private that was open until then.
func (w *world) privateSince(t thing) time.Time {
	var since time.Time
	open := func(raw map[string]any) bool {
		return slices.Contains([]string{"", "normal"}, stage.Text(raw["sensitivity"]))
	}
	for _, write := range w.outlook.History() {
		if write.ID == t.ref.ID && open(write.Before) && !open(write.After) {
			since = write.At
		}
	}
	return since
}

// offer is the category by which people hand an event of Outlook on to RAYNET.
const offer = "RAYNET"

// checkOffered (I7): no event is copied to RAYNET that nobody ever offered.
func (w *world) checkOffered() {
	offered := map[string]bool{}
	for _, write := range w.outlook.History() {
		if slices.Contains(stage.Texts(write.After["categories"]), offer) {
			offered[canaryOf(titleOf(write.After))] = true
		}
	}
	for _, write := range w.raynet.History() {
		canary := canaryOf(titleOf(write.After))
		activity := write.Entity != "task" && write.Entity != "person" && write.Entity != "company"
		if canary != "" && activity && write.Source == "api" && write.Op == raynetemu.OpCreate && !offered[canary] && !w.ledger.madeInRaynet(canary) {
			w.violate("I7", "we made %s %d in RAYNET of %s, which nobody offered", write.Entity, write.ID, canary)
		}
	}
}

// publicElsewhere reports whether a meeting that one user keeps to himself lies openly in the calendar of another, whose it is to tell.
func (w *world) publicElsewhere(keeper user, canary string) bool {
	return slices.ContainsFunc(w.users, func(u user) bool {
		return u.mailbox != keeper.mailbox && !w.gone[u.mailbox] && slices.ContainsFunc(w.anywhere(u, record.Calendar), func(t thing) bool {
			return t.canary == canary && slices.Contains([]string{"", "normal"}, stage.Text(t.raw["sensitivity"]))
		})
	})
}

// madeInRaynet reports whether people made a thing in RAYNET.
func (l *ledger) madeInRaynet(canary string) bool {
	return slices.ContainsFunc(l.entries, func(e entry) bool { return e.canary == canary && e.side == record.Raynet && e.before == "" })
}

// handedOn reports whether people took the record of a thing from a user, for another or for nobody: it is the company's since, also for a
// guest who has it now and keeps his invitation to himself.
func (w *world) handedOn(canary string) bool {
	return slices.ContainsFunc(w.users, func(u user) bool { return w.ledger.takenOff[itemKey(u.mailbox, canary)] })
}

// anybodys reports whether nothing tells what a record of ours was made from: it was made before the database was forgotten, and has no key.
// Other programs may work under our account in RAYNET, so it may be theirs as well.
func (w *world) anybodys(r thing) bool { return w.keyless(r.canary)[r.ref.ID] }

// anybodysOf reports whether there was ever such a record of a thing. Of one whose key came, however late, everything can be told.
func (w *world) anybodysOf(canary string) bool { return len(w.keyless(canary)) > 0 }

// keyless lists the ids of such records of a thing.
func (w *world) keyless(canary string) map[string]bool {
	if !w.forgot() {
		return nil
	}
	out := map[string]bool{}
	for _, write := range w.raynet.History() {
		id := fmt.Sprint(write.ID)
		old := write.At.Before(w.memory.forgot.Add(settle)) // what was under way then lands later
		if write.Op == raynetemu.OpCreate && write.Source == "api" && canaryOf(titleOf(write.After)) == canary && old {
			out[id] = true
		}
		if len(stage.Texts(write.After["extIds"])) > 0 {
			delete(out, id)
		}
	}
	return out
}
