package plan

import (
	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// This file decides about records that people took a user off, and gave back to him.

// The reasons of links whose RAYNET record is their user's no more: he was taken off it, or what was made from his own was given to
// somebody else.
const (
	TakenOff     = "participant-removed"
	OwnerChanged = "owner-changed"
)

// takenOff follows a record whose user was taken off it: a participant who was removed is positive evidence, a change of
// owner only ends the flow.
func (d *decision) takenOff(outlook change.Change) {
	if d.link.Owner {
		d.unlink(journal.Released, OwnerChanged)
		return
	}
	if d.item.Outlook == nil {
		d.put(Note, d.link.Raynet.Ref, journal.WhyChanged, TakenOff, "", 0)
		return
	}
	d.removeCopy(outlook, TakenOff)
}

// givenBack reports whether a record that its user was taken off is his again, and his copy was looked for.
func (d *decision) givenBack(now remote.Snapshot, outlook change.Change) bool {
	looked := d.link.Outlook.Ref.IsZero() || outlook.What != change.Unseen
	return looked && now.Rule == "" && !now.Finished && !now.Partial && now.Concerns(d.Pair.Person) && d.Rules.Within(now.Span, d.Now) &&
		d.Rules.Flow.Carries(record.Raynet)
}

// again makes a copy where we removed one, of something that its user was taken off and given back.
func (d *decision) again(now remote.Snapshot) {
	switch {
	case present(d.item.Outlook) != nil: // it is there and left out: the user's own business
		return
	case now.MadeByUs && d.link.Origin != record.Raynet:
		return // his own, an invitation say, which we never removed. A row does not tell whether the record has our key, which tells the same
	}
	id := d.link.ID
	d.fresh(now)
	if n := len(d.steps); n > 0 && d.steps[n-1].Op == Create { // there is no step if a rule is known to leave it out
		d.steps[n-1].Link.ID = id
	}
}
