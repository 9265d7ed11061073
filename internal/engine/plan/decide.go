package plan

import (
	"errors"
	"slices"
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Decide returns the steps for one item, in order. An item about which nothing need be done or remembered has none.
func Decide(c Context, item Item) []Step {
	if item.Organised {
		item.Outlook = attending(c.Schema, item.Outlook)
	}
	d := decision{Context: c, item: item}
	if item.Link != nil {
		d.link = *item.Link
		d.linked()
		d.keepFound()
	} else {
		d.unlinked()
	}
	d.settleWork()
	return d.steps
}

// decision is Decide at work on one item.
type decision struct {
	Context
	item  Item
	link  journal.Link
	edit  bool // a person made the change
	steps []Step
}

func (d *decision) add(step Step) { d.steps = append(d.steps, step) }

// keepFound keeps the id of a copy that was found only now, whatever is decided about it: nobody tells of it a second time.
func (d *decision) keepFound() {
	kept := func(step Step) bool { return step.Op != Park && step.Op != Skip }
	if !d.item.Found {
		return
	}
	if !slices.ContainsFunc(d.steps, kept) {
		d.steps = slices.Insert(d.steps, 0, Step{Op: Note, Link: d.link})
	}
	first := slices.IndexFunc(d.steps, kept)
	d.steps[first].Drops = append(d.steps[first].Drops, d.item.drops()...) // it was set aside as replaced
}

// settleWork makes the last step of the item remove the work that waited for it, unless a step put new work in its place.
func (d *decision) settleWork() {
	done := d.item.done()
	if len(done) == 0 {
		return
	}
	for i := range d.steps {
		for _, work := range d.item.Work {
			d.steps[i].Tries = max(d.steps[i].Tries, work.Tries)
		}
	}
	kept := map[remote.Ref]bool{}
	for _, step := range d.steps {
		for _, work := range step.Put {
			kept[work.Ref] = true
		}
	}
	done = slices.DeleteFunc(done, func(w journal.DoneWork) bool { return kept[w.Ref] })
	if len(done) == 0 {
		return
	}
	if len(d.steps) == 0 {
		d.add(Step{Op: Note, Link: d.link})
	}
	last := &d.steps[len(d.steps)-1]
	last.Done = append(last.Done, done...)
}

// put asks for work to be kept: for ref, with a reason, to be looked at again after wait.
func (d *decision) put(op Op, ref remote.Ref, why journal.Why, reason, detail string, wait time.Duration) {
	tries := 0
	if work, ok := d.item.work(ref); ok && work.Why == why {
		tries = work.Tries
	}
	d.add(Step{Op: op, Link: d.link, Reason: reason, Put: []journal.Work{{
		Pair: d.Pair.ID, Ref: ref, Why: why, Reason: reason, Detail: detail, Tries: tries + 1,
		Since: d.Now, RetryAt: d.Now.Add(wait),
	}}})
}

// ParkWait is how long a parked record rests after so many tries: a minute at first, a day at most.
func ParkWait(tries int) time.Duration {
	wait := time.Minute << min(max(tries, 0), 11)
	return min(wait, 24*time.Hour)
}

// broken parks an item one side of which could not be told, and returns true, if there is one.
func (d *decision) broken(reading *remote.Reading) bool {
	if reading == nil || reading.Presence != remote.Broken {
		return false
	}
	work, _ := d.item.work(reading.Ref)
	wait := ParkWait(work.Tries)
	if at := remote.RetryAt(reading.Err); at.After(d.Now) {
		wait = at.Sub(d.Now)
	}
	d.put(Park, reading.Ref, journal.WhyParked, string(remote.KindOf(reading.Err)), Detail(reading.Err), wait)
	return true
}

// linked decides about a thing that has a counterpart, or had one.
func (d *decision) linked() {
	if d.link.State == journal.Making {
		return // its intent is open; the write protocol finishes it
	}
	if d.broken(d.item.Raynet) || d.broken(d.item.Outlook) {
		return
	}
	if d.link.FrozenUntil.After(d.Now) {
		d.put(Park, d.anyRef(), journal.WhyHeld, "unknown-outcome", "", d.link.FrozenUntil.Sub(d.Now))
		return
	}
	raynet := change.Classify(d.Digester, d.Schema, d.link.Raynet, d.item.Raynet)
	outlook := change.Classify(d.Digester, d.Schema, d.link.Outlook, d.item.Outlook)
	now := present(d.item.Raynet)
	switch {
	case now == nil:
	case !d.link.State.Tombstone() && d.crossedErasure(raynet, *now):
		d.eraseAgain(*now)
		d.tellBlind(raynet)
		return
	case now.Erased:
		d.erased(outlook)
		return
	}
	if d.link.State.Tombstone() {
		d.tombstone(raynet, outlook)
		return
	}
	removed := raynet.What == change.Removed || outlook.What == change.Removed
	switch {
	case removed && d.item.Verdict.keeps():
		d.unlink(journal.Released, "kept-by-person")
	case raynet.What == change.Removed:
		d.removedInRaynet(outlook)
	case outlook.What == change.Removed && d.dropped(raynet):
		d.turnedPrivate(present(d.item.Raynet))
		d.tellBlind(raynet)
	case outlook.What == change.Removed:
		d.removedInOutlook(raynet)
		d.tellBlind(raynet)
	case d.leaves(outlook):
		d.tellBlind(raynet)
	default:
		d.merge(raynet, outlook, false)
	}
}

// tellBlind tells the journal of a possible blind overwrite where nothing is merged any more. That comes before what ends the link: a
// process that dies in between would never tell it.
func (d *decision) tellBlind(raynet change.Change) {
	if raynet.Blind {
		note := Step{Op: Note, Link: d.link, Blind: true, Event: journal.BlindOverwrite, Raynet: d.confirmation(raynet, present(d.item.Raynet))}
		d.steps = slices.Insert(d.steps, 0, note)
	}
}

// anyRef names the half that work is kept under.
func (d *decision) anyRef() remote.Ref {
	if !d.link.Raynet.Ref.IsZero() {
		return d.link.Raynet.Ref
	}
	return d.link.Outlook.Ref
}

// unlink ends the flow of data. Both things stay as they are.
func (d *decision) unlink(state journal.LinkState, reason string) {
	if d.link.State == state && d.link.Reason == reason {
		return
	}
	event := journal.ReleasedEvent
	switch state {
	case journal.Hidden:
		event = journal.HiddenEvent
	case journal.Dissolved:
		event = journal.DissolvedEvent
	case journal.Making, journal.Linked, journal.Released:
	}
	step := Step{Op: Unlink, Link: d.link, State: state, Reason: reason, Event: event, Erase: d.private()}
	if state == journal.Hidden {
		for _, ref := range d.item.Former { // if it is there again, it takes its place
			step.Put = append(step.Put, journal.Work{Pair: d.Pair.ID, Ref: ref, Why: journal.WhyChanged, Reason: LaterCopy, Since: d.Now, RetryAt: d.Now})
		}
	}
	d.add(step)
}

// removedInRaynet follows a deletion in RAYNET only when it is proven and the copy is untouched, ours, and silent to remove.
func (d *decision) removedInRaynet(outlook change.Change) {
	switch d.item.Deletion {
	case Unproven:
		d.put(Note, d.link.Raynet.Ref, journal.WhyAbsent, DeletedInRaynet, "", d.Rules.DeletionGrace)
	case Invisible:
		d.unlink(journal.Released, NotVisible)
	case Proven:
		d.removeCopy(outlook, DeletedInRaynet)
	}
}

// removeCopy removes the Outlook copy of something that a person removed in RAYNET (or took this user off).
func (d *decision) removeCopy(outlook change.Change, reason string) {
	copied := present(d.item.Outlook)
	switch {
	case outlook.What == change.Removed:
		d.unlink(journal.Dissolved, reason)
	case outlook.What == change.Edited:
		d.unlink(journal.Dissolved, "edited-against-deletion")
		d.ask(d.link.Outlook.Ref)
	case copied != nil && copied.Rule != "":
		d.unlink(journal.Dissolved, reason) // it is the user's own business now
	case d.link.Origin != record.Raynet || !d.Rules.RemoveCopies || d.link.ReadOnly:
		d.unlink(journal.Dissolved, reason)
	case copied == nil:
		d.unlink(journal.Dissolved, reason)
	case len(copied.Held) > 0:
		d.unlink(journal.Dissolved, heldReason(*copied))
		d.ask(d.link.Outlook.Ref)
	default:
		changes := make([]journal.Change, 0, len(copied.Fields))
		for _, spec := range d.Schema.Fields {
			if value := copied.Fields[spec.Name]; value != "" {
				changes = append(changes, journal.Change{Field: spec.Name, Before: value})
			}
		}
		d.add(Step{Op: Delete, Side: record.Outlook, Link: d.link, Target: copied, Changes: changes,
			State: journal.Dissolved, Reason: reason, Event: journal.Deleted})
	}
}

// removedInOutlook never touches RAYNET: the record stays, and the item is never made again for this user.
func (d *decision) removedInOutlook(raynet change.Change) {
	if raynet.What == change.Edited {
		d.unlink(journal.Dissolved, "edited-against-deletion")
		d.ask(d.link.Raynet.Ref)
		return
	}
	d.unlink(journal.Hidden, "deleted-in-outlook")
}

// leaves ends the flow for a linked thing that the rules no longer cover, and returns true if it did.
func (d *decision) leaves(outlook change.Change) bool {
	raynetNow, outlookNow := present(d.item.Raynet), present(d.item.Outlook)
	if outlookNow != nil && outlookNow.Rule != "" {
		if outlookNow.Rule == remote.RulePrivate {
			d.turnedPrivate(raynetNow)
			return true
		}
		d.unlink(journal.Released, LeftFilter)
		return true
	}
	if outlookNow != nil && !outlookNow.Offered && d.link.Origin == record.Outlook {
		d.unlink(journal.Released, LeftFilter)
		return true
	}
	if raynetNow != nil {
		if raynetNow.Rule != "" {
			d.unlink(journal.Released, LeftFilter)
			return true
		}
		if !raynetNow.Concerns(d.Pair.Person) {
			d.takenOff(outlook)
			return true
		}
	}
	for _, now := range []*remote.Snapshot{raynetNow, outlookNow} {
		if now != nil && !d.Rules.Within(now.Span, d.Now) {
			d.unlink(journal.Released, LeftWindow)
			return true
		}
	}
	return false
}

// tombstone decides about something that is remembered only so that it is never taken for new.
func (d *decision) tombstone(raynet, outlook change.Change) {
	if d.private() && (outlook.What != change.Removed || d.link.State == journal.Released) {
		d.privateSince()
		return
	}
	raynetNow, outlookNow := present(d.item.Raynet), present(d.item.Outlook)
	back := raynetNow != nil && outlookNow != nil &&
		raynetNow.Rule == "" && outlookNow.Rule == "" &&
		raynetNow.Concerns(d.Pair.Person) &&
		d.Rules.Within(raynetNow.Span, d.Now) && d.Rules.Within(outlookNow.Span, d.Now) &&
		(outlookNow.Offered || d.link.Origin != record.Outlook)
	switch d.link.State {
	case journal.Released:
		if !back {
			d.inSight(outlook)
			return
		}
		if d.link.Reason == TurnedPrivate {
			// The Outlook side is open again: everything it shows counts as moved, and RAYNET shows our redaction.
			d.link.Outlook.Shown = nil
			outlook = change.Classify(d.Digester, d.Schema, d.link.Outlook, d.item.Outlook)
		}
	case journal.Hidden:
		if !back || raynetNow.Finished {
			return // still deleted in Outlook: an edit in RAYNET never brings it back
		}
	case journal.Dissolved:
		if d.link.Reason != TakenOff || raynetNow == nil || !d.givenBack(*raynetNow, outlook) {
			d.askStill()
			return
		}
		if !back {
			d.again(*raynetNow)
			return
		}
	case journal.Making, journal.Linked:
		return
	}
	d.link.State, d.link.Reason = journal.Linked, ""
	d.handedOver(raynetNow)
	d.add(Step{Op: Link, Link: d.link, State: journal.Linked, Event: journal.Returned})
	d.merge(raynet, outlook, false)
	d.goOn(raynet)
}

// goOn sees to it that RAYNET is looked at again if what it shows is to be carried and nothing of it is waiting: it was edited while the link
// did not work, which was taken note of long ago. Whoever does not come to the write has it told by nobody. Any of the steps before may be
// the first one that is done.
func (d *decision) goOn(raynet change.Change) {
	_, waits := d.item.work(d.link.Raynet.Ref)
	last := -1
	for i := range d.steps {
		if d.steps[i].Op.Writes() {
			last = i
		}
	}
	if raynet.What != change.Edited || waits || last < 0 {
		return
	}
	again := journal.Work{Pair: d.Pair.ID, Ref: d.link.Raynet.Ref, Why: journal.WhyChanged, Reason: "recovered", Since: d.Now, RetryAt: d.Now}
	for i := range d.steps {
		if d.steps[i].Op.Writes() {
			continue
		}
		d.steps[i].Put = slices.DeleteFunc(d.steps[i].Put, func(w journal.Work) bool {
			if w.Ref == again.Ref { // a question, or what holds it: it comes with the last write, or this would take its place
				d.steps[last].Put = append(d.steps[last].Put, w)
			}
			return w.Ref == again.Ref
		})
		d.steps[i].Put = append(d.steps[i].Put, again)
	}
}

// Detail is what may be shown and kept of an error: a service's words without personal data.
func Detail(err error) string {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return e.Error()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
