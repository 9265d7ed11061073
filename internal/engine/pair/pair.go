// Package pair holds what a pair (one user, one kind) is configured to do: the rules by which its changes are judged. It is
// values only; where they come from (a file, a page) is not its business.
package pair

import (
	"time"

	"raynetsync/internal/record"
)

// Clash is the rule for a field that was changed on both sides to different values.
type Clash string

// The clash rules.
const (
	RaynetWins  Clash = "raynet"
	OutlookWins Clash = "outlook"
	Ask         Clash = "ask"
)

// Valid reports whether c is a known rule.
func (c Clash) Valid() bool { return c == RaynetWins || c == OutlookWins || c == Ask }

// Rules are the settings of one pair. DefaultRules gives the preset "standard".
type Rules struct {
	// Flow says in which direction anything flows at all: record.Both, or record.ToOutlook for the preset "careful".
	Flow  record.Flow
	Clash Clash
	// Back and Forward are how far the window reaches from now.
	Back, Forward time.Duration
	// WholeHistory switches the window off (things without time).
	WholeHistory bool

	// RemoveCopies says that a copy we made in Outlook is removed when its RAYNET original was deleted.
	RemoveCopies bool
	// MaxRemovals and MaxRemovalsPercent halt a cycle that would remove more, whichever is reached first. A cycle with
	// FreeRemovals or fewer is never halted.
	MaxRemovals        int
	MaxRemovalsPercent int
	FreeRemovals       int
	// MaxChangedPercent halts a cycle in which more of the linked items than this changed on one side at once;
	// FreeChanges or fewer never halt.
	MaxChangedPercent int
	FreeChanges       int

	// LoopWrites of ours to one item within LoopWindow, without as many edits by people, park it.
	LoopWrites int
	LoopWindow time.Duration

	// SettleHorizon is how long a write whose answer was lost may still land.
	SettleHorizon time.Duration
	// GuardAge is the greatest age of the read that guards a write to a side without conditional writes.
	GuardAge time.Duration
	// GuardedPortion is how many records are read together before they are written to a side without conditional writes: no more
	// than are written at the same time, or little more where one request reads them all.
	GuardedPortion int
	// DeletionGrace is the time between the two answers that prove a deletion in RAYNET.
	DeletionGrace time.Duration
	// PrivateText replaces the subject of a RAYNET record whose Outlook original was turned private.
	PrivateText record.Value
}

// forEver is longer than anybody plans.
const forEver = 100 * 365 * 24 * time.Hour

// DefaultRules returns the rules of the preset "standard" for a kind.
func DefaultRules(kind record.Kind) Rules {
	rules := Rules{
		Flow:  record.Both,
		Clash: RaynetWins,
		Back:  14 * 24 * time.Hour, Forward: 365 * 24 * time.Hour,
		RemoveCopies: true,
		MaxRemovals:  50, MaxRemovalsPercent: 10, FreeRemovals: 5,
		MaxChangedPercent: 50, FreeChanges: 50,
		LoopWrites: 5, LoopWindow: 10 * time.Minute,
		SettleHorizon: 5 * time.Minute,
		GuardAge:      500 * time.Millisecond, GuardedPortion: 3,
		DeletionGrace: 5 * time.Minute,
		PrivateText:   "Soukromé / Private",
	}
	switch kind {
	case record.Contacts:
		rules.MaxRemovals, rules.MaxRemovalsPercent = 250, 25
		rules.WholeHistory = true
		rules.GuardedPortion = 4 // persons are read several to a request
	case record.Tasks:
		rules.MaxRemovals, rules.MaxRemovalsPercent = 50, 75
		rules.Forward = forEver // open ones have no time; for how long finished ones stay is Back
	case record.Calendar:
	}
	return rules
}

// Window returns the instants between which things are synchronised at the given time.
func (r Rules) Window(now time.Time) (from, till time.Time) {
	return now.Add(-r.Back), now.Add(r.Forward)
}

// Within reports whether a span belongs to the window at the given time. Things without time always do.
func (r Rules) Within(span record.Span, now time.Time) bool {
	if r.WholeHistory || span.IsZero() {
		return true
	}
	from, till := r.Window(now)
	return span.Overlaps(from, till)
}
