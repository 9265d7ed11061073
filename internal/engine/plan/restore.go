package plan

import (
	"slices"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Undo is what a person asked to take back of one link.
type Undo struct {
	Link journal.Link
	// Entries are the journal entries to take back, the newest first.
	Entries []journal.Entry
	// Later are the link's newer entries that stay: what they wrote is not ours to take back any more.
	Later []journal.Entry
	// Field limits it to one value, empty is everything.
	Field record.Field
	// Raynet and Outlook are what both sides show now; nil where the link has no ref.
	Raynet, Outlook *remote.Reading
	// Remove removes an untouched RAYNET record that we made, where otherwise it is cancelled.
	Remove bool
	// Reopen says that a person decided a clash by these entries: with the value that lost, the question comes back.
	Reopen bool
}

// Kept says what is not taken back, and why ("reason.<code>").
type Kept struct {
	// Ref is the thing, where it is one that the link has no more.
	Ref    remote.Ref
	Side   record.Side
	Field  record.Field
	Reason string
}

// Reversal is how an entry can be taken back.
type Reversal string

// The reversals.
const (
	NoReversal Reversal = ""
	PutBack    Reversal = "put-back" // the values that were replaced are written again
	TakeAway   Reversal = "take-away"
	MakeAgain  Reversal = "make-again"
)

// ReversalOf tells how an entry can be taken back, if it can at all.
func ReversalOf(entry journal.Entry) Reversal {
	switch entry.Event {
	case journal.Created:
		return TakeAway
	case journal.Deleted:
		return MakeAgain
	case journal.RestoredEvent:
		switch entry.Reason {
		case "restored-created":
			return TakeAway
		case "restored-removed":
			return MakeAgain
		}
	case journal.Updated, journal.Clash, journal.ReleasedEvent:
	case journal.Matched, journal.HiddenEvent, journal.DissolvedEvent, journal.Returned, journal.BlindOverwrite,
		journal.Sending, journal.Abandoned, journal.Parked, journal.HeldEvent, journal.Halted, journal.Decided:
		return NoReversal
	}
	if entry.Op == "" || !entry.Side.Valid() || len(entry.Changes) == 0 {
		return NoReversal
	}
	return PutBack
}

// Restore decides how entries of one link are taken back: a value is put back on the side on which it was replaced, as though
// a person had typed it there, if that side still shows what our write left; a copy that we made is taken away if nobody
// edited it; a copy that we removed is made again. Whatever people changed since stays, and is told.
func Restore(c Context, undo Undo) ([]Step, []Kept) {
	u := undoing{Context: c, Undo: undo}
	if undo.Link.State == journal.Making || undo.Link.FrozenUntil.After(c.Now) {
		return nil, []Kept{{Reason: "unknown-outcome"}}
	}
	for _, side := range []record.Side{record.Outlook, record.Raynet} {
		u.side(side)
	}
	if len(u.steps) == 0 && len(u.kept) == 0 {
		u.keep("", "", "not-reversible")
	}
	return u.steps, u.kept
}

type undoing struct {
	Context
	Undo
	steps []Step
	kept  []Kept
}

func (u *undoing) keep(side record.Side, field record.Field, reason string) {
	u.kept = append(u.kept, Kept{Side: side, Field: field, Reason: reason})
}

func (u *undoing) reading(side record.Side) *remote.Reading {
	if side == record.Raynet {
		return u.Raynet
	}
	return u.Outlook
}

// side takes back what was written on one side. The oldest entry that made or removed the copy decides over all others.
func (u *undoing) side(side record.Side) {
	var values []journal.Entry
	var whole *journal.Entry
	gone := map[remote.Ref]bool{}
	for i, entry := range u.Entries {
		if entry.Side != side {
			continue
		}
		reversal := ReversalOf(entry)
		if ref := u.replaced(entry); !ref.IsZero() && (reversal == PutBack || reversal == TakeAway) {
			if !gone[ref] {
				gone[ref] = true
				u.kept = append(u.kept, Kept{Ref: ref, Side: side, Reason: "not-found"})
			}
			continue
		}
		switch reversal {
		case PutBack:
			values = append(values, entry)
		case TakeAway, MakeAgain:
			whole = &u.Entries[i]
		case NoReversal:
		}
	}
	switch {
	case whole != nil && u.Field == "" && ReversalOf(*whole) == TakeAway:
		u.takeAway(side)
	case whole != nil && u.Field == "":
		u.makeAgain(side, *whole)
	case len(values) > 0:
		u.putBack(side, values)
	}
}

// replaced returns the thing that an entry tells of if the link has it no more: it was made again since, and what was written into the one
// before is not taken back in the one that came after.
func (u *undoing) replaced(entry journal.Entry) remote.Ref {
	then, now := entry.Outlook, u.Link.Half(entry.Side).Ref
	if entry.Side == record.Raynet {
		then = entry.Raynet
	}
	if then == now || now.IsZero() {
		return remote.Ref{}
	}
	return then
}

// untouchable returns why a thing that is there must be left alone, empty if it need not.
func (u *undoing) untouchable(reading *remote.Reading) string {
	switch {
	case reading == nil || reading.Presence == remote.Gone:
		return "not-found"
	case reading.Presence == remote.Broken:
		return string(remote.KindOf(reading.Err))
	case reading.Snapshot.Rule == remote.RulePrivate:
		return TurnedPrivate
	case reading.Snapshot.HeldBy(remote.HeldLocked):
		return "locked"
	case reading.Ref.Side == record.Outlook && (u.Link.ReadOnly || reading.Snapshot.HeldBy(remote.HeldReadOnly)):
		return "read-only-copy"
	case reading.Ref.Side == record.Outlook && len(reading.Snapshot.Held) > 0:
		return heldReason(reading.Snapshot)
	}
	return ""
}

// span of one field: what it was before the oldest entry that belongs to one chain, and what the newest left.
type replaced struct {
	before, after record.Value
}

// chains joins the changes of several entries per field: as long as each entry replaced what the one before it had left.
func (u *undoing) chains(entries []journal.Entry) map[record.Field]replaced {
	out := map[record.Field]replaced{}
	broken := map[record.Field]bool{}
	for _, entry := range entries {
		for _, change := range entry.Changes {
			if u.Field != "" && change.Field != u.Field {
				continue
			}
			known, ok := out[change.Field]
			switch {
			case !ok:
				out[change.Field] = replaced{before: change.Before, after: change.After}
			case broken[change.Field]:
			case known.before == change.After:
				known.before = change.Before
				out[change.Field] = known
			default: // a person wrote something in between: that is what the side had
				broken[change.Field] = true
			}
		}
	}
	return out
}

// putBack writes the values that our writes replaced on one side.
func (u *undoing) putBack(side record.Side, entries []journal.Entry) {
	chains := u.chains(entries)
	reading := u.reading(side)
	reason := u.untouchable(reading)
	var seen change.Change
	half := u.Link.Half(side)
	if reason == "" {
		seen = change.Classify(u.Digester, u.Schema, *half, reading)
	}
	step := Step{Op: Update, Side: side, Link: u.Link, Fields: record.Fields{}, Event: journal.RestoredEvent, AsPerson: true, Edit: true}
	for _, spec := range u.Schema.Fields {
		was, asked := chains[spec.Name]
		if !asked {
			continue
		}
		if reason != "" {
			u.keep(side, spec.Name, reason)
			continue
		}
		now, shown := reading.Snapshot.Fields[spec.Name]
		ours := now == was.after || u.rewritten(spec.Name, seen, half.Shown, now)
		switch {
		case !shown || now == was.before:
			u.keep(side, spec.Name, "already-there")
		case !ours:
			u.keep(side, spec.Name, "changed-since")
		default:
			step.Fields[spec.Name] = was.before
			step.Changes = append(step.Changes, journal.Change{Field: spec.Name, Before: now, After: was.before})
		}
	}
	if len(step.Fields) == 0 {
		return
	}
	if u.Link.State.Tombstone() && u.Link.Reason == "restored-cancelled" {
		step.State = journal.Linked
	}
	step.Target = &reading.Snapshot
	u.confirm(&step, side, seen, reading)
	u.reopen(&step, side)
	u.look(&step, side)
	u.steps = append(u.steps, step)
}

// reopen takes the other side to have shown last what is put back here, so that both sides count as changed again.
func (u *undoing) reopen(step *Step, side record.Side) {
	if !u.Reopen {
		return
	}
	adoption := &step.Raynet
	if side == record.Raynet {
		adoption = &step.Outlook
	}
	adoption.Shown = record.Shown{}
	for name, value := range step.Fields { // any order: each name once
		adoption.Shown[name] = u.Digester.Value(name, value)
	}
}

// confirm adopts what the side shows if that is our last write, before another write of ours hides it.
func (u *undoing) confirm(step *Step, side record.Side, seen change.Change, reading *remote.Reading) {
	if !seen.Confirms {
		return
	}
	adoption := Adoption{Shown: u.Digester.Fields(reading.Snapshot.Fields), Version: reading.Snapshot.Version, Confirmed: true}
	if side == record.Raynet {
		step.Raynet = adoption
	} else {
		step.Outlook = adoption
	}
}

// look makes the next cycle look at both sides, whatever the feeds report.
func (u *undoing) look(step *Step, side record.Side) {
	step.Put = []journal.Work{{Pair: u.Pair.ID, Ref: u.Link.Half(side).Ref, Why: journal.WhyChanged, Reason: "restored",
		Since: u.Now, RetryAt: u.Now}}
}

// rewritten reports whether a value that is not what we wrote is only what the service made of it: it is the one that the side
// showed after our write, and nothing was carried since, to here or, as somebody's edit, from here.
func (u *undoing) rewritten(field record.Field, seen change.Change, shown record.Shown, now record.Value) bool {
	return !u.later(field, record.Raynet) && !u.later(field, record.Outlook) &&
		(seen.Confirms || shown[field] == u.Digester.Value(field, now))
}

// later reports whether a field was written on a side after the entries that are taken back.
func (u *undoing) later(field record.Field, side record.Side) bool {
	return slices.ContainsFunc(u.Later, func(entry journal.Entry) bool {
		return entry.Side == side && slices.ContainsFunc(entry.Changes, func(c journal.Change) bool { return c.Field == field })
	})
}

// edited reports whether somebody edited a copy on side: it shows what it did not show before, or an edit was carried from it.
func (u *undoing) edited(side record.Side, reading *remote.Reading) bool {
	if change.Classify(u.Digester, u.Schema, *u.Link.Half(side), reading).What != change.Same {
		return true
	}
	return slices.ContainsFunc(u.Schema.Fields, func(spec record.FieldSpec) bool {
		return spec.Flow == record.Both && u.later(spec.Name, side.Other())
	})
}
