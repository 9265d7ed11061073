package plan

import (
	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// The reasons of links that the rules do not cover any more.
const (
	LeftFilter = "left-filter"
	LeftWindow = "left-window"
)

// The reasons of links whose RAYNET record is gone: out of our account's sight, or deleted as far as can be proven.
const (
	NotVisible      = "not-visible"
	DeletedInRaynet = "deleted-in-raynet"
)

// inSight follows a record that is seen again while its link cannot work again, and a thing that its user withdrew and then deleted: from
// now on that is for another reason.
func (d *decision) inSight(outlook change.Change) {
	if (d.link.Reason == LeftFilter || d.link.Reason == LeftWindow) && d.link.Origin == record.Outlook && outlook.What == change.Removed {
		// Its user withdrew it or put it off first; whatever happens to its series, or to one that he makes in its place, does not concern it now.
		d.unlink(journal.Hidden, "deleted-in-outlook")
		return
	}
	if d.link.Reason != NotVisible || present(d.item.Raynet) == nil {
		return
	}
	switch outlook.What {
	case change.Removed:
		d.unlink(journal.Hidden, "deleted-in-outlook")
	case change.Same, change.Edited:
		d.unlink(journal.Released, LeftFilter)
	case change.Unseen, change.Broken: // it is not known yet
	}
}
