package plan

import (
	"slices"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// This file decides about things whose RAYNET record was anonymised.

// Anonymised is the reason of links whose RAYNET record was anonymised.
const Anonymised = "anonymised"

// erased follows a record that no longer may be known: its copy goes for good, whoever edited it, and no value of it is kept. Nothing
// else of this package removes what a person wrote.
func (d *decision) erased(outlook change.Change) {
	if d.link.State == journal.Dissolved && d.link.Reason == Anonymised {
		return
	}
	if d.item.Outlook == nil && !d.link.Outlook.Ref.IsZero() {
		d.put(Note, d.link.Raynet.Ref, journal.WhyChanged, Anonymised, "", 0)
		return
	}
	if copied := present(d.item.Outlook); copied != nil && outlook.What != change.Removed {
		d.add(Step{Op: Delete, Side: record.Outlook, Link: d.link, Target: copied, State: journal.Dissolved, Reason: Anonymised,
			Event: journal.Deleted, Erase: true})
		return
	}
	d.add(Step{Op: Unlink, Link: d.link, State: journal.Dissolved, Reason: Anonymised, Event: journal.DissolvedEvent, Erase: true})
}

// crossedErasure reports whether a write of ours landed on a record that had been anonymised since we looked at it, so that the record tells
// once more what we sent: it was last written by us, after a write of this link had been open, and yet has lost its name and what else told
// who it was about.
func (d *decision) crossedErasure(raynet change.Change, now remote.Snapshot) bool {
	// Only a link that had a write of its own open: what another pair wrote, or a person by our login, is somebody's wish.
	open := func(w journal.Work) bool { return w.Why == journal.WhyChanged && w.Reason != "" }
	if !now.Nameless || !now.ByUs || !slices.Contains(raynet.Moved, d.Schema.Title) || !slices.ContainsFunc(d.item.Work, open) {
		return false
	}
	emptied, tells := false, false
	for _, spec := range d.Schema.Fields {
		moved, left := slices.Contains(raynet.Moved, spec.Name), now.Fields[spec.Name] != ""
		switch {
		case !spec.Personal:
		case left && (moved || slices.Contains(d.Schema.Names, spec.Name)):
			return false // the rest of a name is a person's: what may be a living one is never emptied
		case moved:
			emptied = true
		case left:
			tells = true
		}
	}
	return emptied && tells
}

// eraseAgain takes out of a record what we wrote into it after it had been anonymised. Then it is as RAYNET left it, and erased is to follow.
func (d *decision) eraseAgain(now remote.Snapshot) {
	fields := record.Fields{}
	for _, spec := range d.Schema.Fields {
		if spec.Personal && now.Fields[spec.Name] != "" {
			fields[spec.Name] = ""
		}
	}
	d.add(Step{Op: Update, Side: record.Raynet, Link: d.link, Target: &now, Fields: fields, State: journal.Linked, Reason: Anonymised,
		Event: journal.Updated, Erase: true, Put: []journal.Work{{Pair: d.Pair.ID, Ref: now.Ref, Why: journal.WhyChanged, Reason: Anonymised,
			Since: d.Now, RetryAt: d.Now}}})
}
