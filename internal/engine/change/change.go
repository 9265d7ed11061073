// Package change tells what happened to one linked thing on one side, by comparing what that side shows now with what the
// same side showed last time. The two sides are never compared here. "Could not tell" is one of the answers, so that a
// failed look can never turn into a deletion.
//
// It is pure: no I/O, no clock.
package change

import (
	"strconv"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What is what happened.
type What string

// The answers.
const (
	Unseen  What = "unseen" // nobody looked in this cycle: taken to be as it was
	Same    What = "same"
	Edited  What = "edited"
	Removed What = "removed" // proven by a read that answered "gone"
	Broken  What = "broken"  // could not be told
)

// Change is what happened to one half of a link.
type Change struct {
	What What
	// Moved are the fields whose value differs from what the side showed last, in the order of the schema.
	Moved []record.Field
	// Fresh are fields that the side never showed us, on a half of which we only know what we sent: their first value is
	// remembered and counts as no change.
	Fresh []record.Field
	// Confirms says that the side shows the very state our last write made; its digests replace what we had sent.
	Confirms bool
	// Blind says that somebody else wrote between our last look and our last write, and that our values stand: a value of
	// theirs may have been overwritten unseen.
	Blind bool
	// ByPerson says that the edit cannot be our own write coming back changed: for the loop breaker.
	ByPerson bool
	Err      error
}

// Classify compares a reading of one half with what that half last showed.
func Classify(digester record.Digester, schema record.Schema, half journal.Half, reading *remote.Reading) Change {
	if reading == nil {
		return Change{What: Unseen}
	}
	switch reading.Presence {
	case remote.Gone:
		return Change{What: Removed}
	case remote.Broken:
		return Change{What: Broken, Err: reading.Err}
	case remote.Present:
	}
	seen := reading.Snapshot
	if seen.Rule == remote.RulePrivate {
		// It shows no fields at all: nothing can be compared, and the rule decides.
		return Change{What: Same}
	}
	moved := Moved(digester, schema, half.Shown, seen.Fields)
	var fresh []record.Field
	if half.Unconfirmed {
		moved, fresh = split(moved, half.Shown)
	}
	blind := half.Unconfirmed && overtaken(half.Version, seen)
	if len(moved) == 0 {
		return Change{What: Same, Confirms: half.Unconfirmed, Blind: blind}
	}
	return Change{What: Edited, Moved: moved, Fresh: fresh, Blind: blind, ByPerson: !seen.ByUs && !half.Unconfirmed}
}

// overtaken reports whether there were more writes than ours since our last look, and not only after it: a side that counts
// would show the expected version. If the last write is another's, one more is his.
func overtaken(expected remote.Version, seen remote.Snapshot) bool {
	extra := beyond(expected, seen.Version)
	if !seen.ByUs {
		extra--
	}
	return extra > 0
}

// split parts the fields that were shown before from those that never were.
func split(names []record.Field, shown record.Shown) (before, never []record.Field) {
	for _, name := range names {
		if _, known := shown[name]; known {
			before = append(before, name)
		} else {
			never = append(never, name)
		}
	}
	return before, never
}

// Moved returns the fields of now whose digest differs from shown, in the order of the schema. A field that was never shown
// has moved; a field that is not shown now has not.
func Moved(digester record.Digester, schema record.Schema, shown record.Shown, now record.Fields) []record.Field {
	var moved []record.Field
	for _, spec := range schema.Fields {
		value, visible := now[spec.Name]
		if visible && shown[spec.Name] != digester.Value(spec.Name, value) {
			moved = append(moved, spec.Name)
		}
	}
	return moved
}

// Behind reports whether a state is older than one that is known; versions that do not count tell nothing.
func Behind(seen, known remote.Version) bool { return beyond(seen, known) > 0 }

// beyond returns how many writes a counting version is beyond another one; 0 for versions that do not count.
func beyond(expected, now remote.Version) int64 {
	x, errX := strconv.ParseInt(string(expected), 10, 64)
	y, errY := strconv.ParseInt(string(now), 10, 64)
	if errX != nil || errY != nil {
		return 0
	}
	return y - x
}
