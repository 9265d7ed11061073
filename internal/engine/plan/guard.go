package plan

import (
	"fmt"

	"raynetsync/internal/engine/pair"
)

// Tally counts what a cycle saw before anything is done about it.
type Tally struct {
	Linked   int // live links of the pair, 0 if it was not needed to count them
	Removals int // things that would be removed or given up because they were removed
	Changed  int // linked things that one side shows changed
	// Emptied says that a side answered a complete listing without a single thing although there are links.
	Emptied bool
}

// HaltError says that a cycle was stopped before its first write, and why. The pair stays halted until a person looks.
type HaltError struct {
	Reason string // "too-many-removals", "everything-changed", "empty-listing"
	Tally  Tally
}

// Error tells the reason and the numbers.
func (e *HaltError) Error() string {
	return fmt.Sprintf("halted: %s (%d removals, %d changed, %d linked)", e.Reason, e.Tally.Removals, e.Tally.Changed, e.Tally.Linked)
}

// NeedsCount reports whether the guards need to know the number of live links to judge the tally. Small cycles do not, so
// that a cycle with little to do never counts what is stored.
func NeedsCount(rules pair.Rules, tally Tally) bool {
	return tally.Removals > rules.FreeRemovals || tally.Changed > rules.FreeChanges || tally.Emptied
}

// Check returns a *HaltError if the tally is not what a careful person would let pass, else nil.
func Check(rules pair.Rules, tally Tally) error {
	switch {
	case tally.Emptied && tally.Linked > rules.FreeRemovals:
		return &HaltError{Reason: "empty-listing", Tally: tally}
	case tally.Removals > rules.FreeRemovals && reached(tally.Removals, rules.MaxRemovals, tally.Linked, rules.MaxRemovalsPercent):
		return &HaltError{Reason: "too-many-removals", Tally: tally}
	case tally.Changed > rules.FreeChanges && tally.Changed*100 > tally.Linked*rules.MaxChangedPercent:
		return &HaltError{Reason: "everything-changed", Tally: tally}
	}
	return nil
}

// reached reports whether n is at least most, or at least percent of all.
func reached(n, most, all, percent int) bool {
	return n >= most || n*100 >= all*percent
}
