package simulator

import (
	"fmt"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
)

// shownKeys are what people see first of a thing in Outlook and what comes from nowhere but the record.
func shownKeys() []string {
	return []string{"subject", "location", "start", "end", "title", "dueDateTime", "surname", "givenName"}
}

// checkStale (I8): a record that we made from a thing in Outlook and that nobody in RAYNET has touched changes nothing there: whatever is
// carried back is our own write, or what was read before it. Where a record has several copies, another user's edit may be on its way. One
// that landed out of our sight is compared with its original for the first time when it is seen, as after a loss: what differs is told.
func (w *world) checkStale(entries []admin.JournalEntry, all []touch) {
	if w.forgot() {
		return
	}
	items, records := map[string]map[string]bool{}, map[string]map[string]bool{}
	theirs := map[string]bool{} // what people wrote in RAYNET so far
	seen := func(of map[string]map[string]bool, canary, id string) {
		if of[canary] == nil {
			of[canary] = map[string]bool{}
		}
		of[canary][id] = true
	}
	for _, t := range all {
		canary := canaryOf(titleOf(t.after))
		if t.side == record.Outlook {
			seen(items, canary, t.id)
		} else {
			seen(records, canary, t.id)
		}
	}
	for _, t := range all {
		canary := canaryOf(titleOf(t.after))
		if t.side == record.Raynet {
			theirs[canary] = theirs[canary] || !t.ours
			continue
		}
		if canary == "" || !t.ours || t.op != "update" || theirs[canary] || len(items[canary]) != 1 || len(records[canary]) != 1 {
			continue
		}
		if w.landedUnseen(entries, t.id, canary) {
			continue
		}
		w.exercise("I8", 1)
		for _, key := range shownKeys() {
			if was, is := fmt.Sprint(t.before[key]), fmt.Sprint(t.after[key]); was != is {
				w.violate("I8", "we wrote %s of %s in Outlook, %s -> %s, and nobody in RAYNET ever wrote there", key, canary, was, is)
			}
		}
	}
}
