package plan

import (
	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// This file decides about things whose Outlook item became private.

// TurnedPrivate is the reason of links whose Outlook item became private.
const TurnedPrivate = "turned-private"

// private reports whether the Outlook item is seen to be private: then nothing of what it said is kept, whatever else is decided.
func (d *decision) private() bool { return turned(d.item.Outlook) }

// turned reports whether a thing of Outlook's is private by now, or a date that is gone was one of a series that is.
func turned(reading *remote.Reading) bool {
	if now := present(reading); now != nil {
		return now.Rule == remote.RulePrivate
	}
	return reading != nil && reading.Presence == remote.Gone && reading.Private
}

// dropped reports whether the Outlook item is a date that its user took off a series which he keeps to himself, and both are seen at once:
// nobody can tell which came first, so what we made of it in RAYNET is emptied like the rest. What people edited or took over there
// meanwhile is theirs, as ever when an item is deleted; where the two were found after a loss and never compared, no edit is known.
func (d *decision) dropped(raynet change.Change) bool {
	now := present(d.item.Raynet)
	edited := raynet.What == change.Edited && len(d.link.Raynet.Shown) > 0
	return d.private() && d.link.Origin == record.Outlook && d.Rules.Flow.Carries(record.Outlook) &&
		!edited && (now == nil || now.Concerns(d.Pair.Person))
}

// turnedPrivate stops the flow and leaves nothing of the content behind: what we made in RAYNET is redacted, and the values
// kept in the journal are erased.
func (d *decision) turnedPrivate(raynetNow *remote.Snapshot) {
	if d.link.Origin == record.Outlook && d.Rules.Flow.Carries(record.Outlook) {
		if raynetNow == nil {
			d.put(Note, d.link.Raynet.Ref, journal.WhyChanged, TurnedPrivate, "", 0)
			return
		}
		fields := record.Fields{}
		for _, spec := range d.Schema.Fields {
			if spec.Flow.Carries(record.Outlook) && spec.Redacts && raynetNow.Fields[spec.Name] != "" {
				fields[spec.Name] = ""
			}
		}
		fields[d.Schema.Title] = d.Rules.PrivateText
		d.add(Step{Op: Update, Side: record.Raynet, Link: d.link, Target: raynetNow, Fields: fields,
			State: journal.Released, Reason: TurnedPrivate, Event: journal.ReleasedEvent, Erase: true})
		return
	}
	if d.link.State != journal.Released || d.link.Reason != TurnedPrivate {
		d.add(Step{Op: Unlink, Link: d.link, State: journal.Released, Reason: TurnedPrivate, Event: journal.ReleasedEvent, Erase: true})
	}
}

// foundPrivate follows two things of which one was made from the other, as their marks tell after a loss of our memory, and whose Outlook
// item is private by now. What we had made of it in RAYNET is emptied as if nothing had been lost, unless it is another's by now. First
// the two are linked: then a process that dies in between knows what is left to do.
func (d *decision) foundPrivate(raynetNow remote.Snapshot) {
	if d.link.Origin == record.Outlook && Owns(d.Context, raynetNow) && d.Rules.Flow.Carries(record.Outlook) {
		d.link.State = journal.Linked
		d.add(Step{Op: Link, Link: d.link, State: journal.Linked, Reason: d.item.How, Event: journal.Matched, Drops: d.item.drops()})
		d.turnedPrivate(&raynetNow)
		return
	}
	d.add(Step{Op: Unlink, Link: d.link, State: journal.Released, Reason: TurnedPrivate, Event: journal.ReleasedEvent, Drops: d.item.drops()})
}

// privateSince follows something that is remembered only, and whose Outlook item is seen to be private by now. What we had made of it in
// RAYNET is emptied no less than what is linked: that its user had withdrawn it gave it to nobody.
func (d *decision) privateSince() {
	raynetNow := present(d.item.Raynet)
	gone := d.item.Raynet != nil && raynetNow == nil
	switch {
	case d.link.Reason == TurnedPrivate:
	case !stillOurs(d.link) || raynetNow != nil && !raynetNow.Concerns(d.Pair.Person):
		d.add(Step{Op: Unlink, Link: d.link, State: d.link.State, Reason: TurnedPrivate, Erase: true})
	case gone && d.link.Reason == NotVisible && len(d.link.Outlook.Shown) == 0: // known already
	case gone && d.link.Reason == NotVisible:
		d.link.Outlook.Shown = nil // of what is private not even digests are kept; that they are gone tells that all was erased
		d.add(Step{Op: Note, Link: d.link, Erase: true})
	case gone:
		d.unlink(journal.Released, NotVisible) // it is emptied if it is seen again
	default:
		d.turnedPrivate(raynetNow)
	}
}

// stillOurs reports whether nobody has taken over what we made in RAYNET since its link ended. It is other people's if it was handed on,
// if a person decided that both things stay, or if somebody edited it while the Outlook item was deleted.
func stillOurs(link journal.Link) bool {
	if link.Origin != record.Outlook {
		return false
	}
	switch link.State {
	case journal.Released:
		return link.Reason == LeftWindow || link.Reason == LeftFilter || link.Reason == NotVisible
	case journal.Hidden:
		return true
	case journal.Dissolved:
		return link.Reason == DeletedInRaynet // it is there again: deleted by mistake, or out of our account's sight
	case journal.Making, journal.Linked:
	}
	return false
}
