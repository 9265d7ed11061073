package plan

import (
	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
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

// inSight follows a record that is seen again while its link cannot work again: from now on that is for another reason.
func (d *decision) inSight(outlook change.Change) {
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
