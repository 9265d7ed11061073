package admin

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// JournalOptions say which entries of the journal are wanted. Zero fields do not narrow.
type JournalOptions struct {
	// Ref names a record of either side, in any form that Explain takes.
	Ref  string
	Run  string
	User string // a mailbox's address
	// Since leaves out what is older, Until what is not older.
	Since, Until time.Time
	// Before continues a listing: the ID of the last entry of the page before.
	Before int64
	// Limit is how many entries are wanted; zero means 50.
	Limit int
}

// JournalEntry is one line of the journal: what happened, to what, and the values before and after.
type JournalEntry struct {
	ID      int64         `json:"id"`
	At      time.Time     `json:"at"`
	Run     string        `json:"run,omitempty"`
	User    string        `json:"user,omitempty"`
	Kind    record.Kind   `json:"kind,omitempty"`
	Event   journal.Event `json:"event"`          // "event.<code>" in the locale files
	Side    record.Side   `json:"side,omitempty"` // where it happened
	Raynet  string        `json:"raynet,omitempty"`
	Outlook string        `json:"outlook,omitempty"`
	Reason  string        `json:"reason,omitempty"` // "reason.<code>"
	Author  string        `json:"author,omitempty"` // whose edit caused it, as the side named him
	// Changes are the values; those of things that turned private were erased.
	Changes []journal.Change `json:"changes,omitempty"`
	// Reversible says that Restore can take it back, as far as nobody changed it since.
	Reversible bool `json:"reversible"`
}

// journalPage is how many entries are returned if no limit is named.
const journalPage = 50

// Journal returns what was done, the newest first. Its errors are *Failure for a reference or user that is none, and those of
// the store.
func (a *Admin) Journal(ctx context.Context, options JournalOptions) ([]JournalEntry, error) {
	filter := store.JournalFilter{Run: options.Run, Since: options.Since, BeforeID: options.Before,
		Limit: cmp.Or(max(options.Limit, 0), journalPage)}
	var users []string
	if options.User != "" {
		users = []string{options.User}
	}
	pairs, err := a.pairs(ctx, users)
	if err != nil {
		return nil, err
	}
	if err := a.until(ctx, options.Until, &filter); err != nil {
		return nil, err
	}
	if options.Ref != "" {
		if filter.Ref, err = ParseRef(options.Ref); err != nil {
			return nil, err
		}
	}
	var entries []journal.Entry
	if options.User != "" || len(pairs) == 1 {
		entries, err = a.ofPairs(ctx, filter, pairs)
	} else {
		entries, err = a.entries(ctx, filter, pairs)
	}
	if err != nil {
		return nil, err
	}
	return told(entries, pairs), nil
}

// until leaves out what was done at a time or after it. The journal is in the order in which things were done, so that halving
// finds the place.
func (a *Admin) until(ctx context.Context, at time.Time, filter *store.JournalFilter) error {
	if at.IsZero() {
		return nil
	}
	least, most := int64(0), int64(math.MaxInt64) // entries up to least are older than at, those from most on are not
	for most-least > 1 {
		middle := least + (most-least)/2
		entries, err := a.Store.Journal(ctx, store.JournalFilter{BeforeID: middle + 1, Limit: 1})
		if err != nil {
			return err
		}
		if len(entries) == 0 || entries[0].At.Before(at) {
			least = middle
		} else {
			most = entries[0].ID
		}
	}
	if filter.BeforeID == 0 || most < filter.BeforeID {
		filter.BeforeID = most
	}
	return nil
}

// ofPairs returns the newest entries of some pairs.
func (a *Admin) ofPairs(ctx context.Context, filter store.JournalFilter, pairs []journal.Pair) ([]journal.Entry, error) {
	var all []journal.Entry
	for _, p := range pairs {
		filter.Pair = p.ID
		entries, err := a.Store.Journal(ctx, filter)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, func(x, y journal.Entry) int { return cmp.Compare(y.ID, x.ID) })
	return all[:min(len(all), filter.Limit)], nil
}

// entries returns the newest entries that belong to one of the pairs: several connections share one journal.
func (a *Admin) entries(ctx context.Context, filter store.JournalFilter, pairs []journal.Pair) ([]journal.Entry, error) {
	var out []journal.Entry
	for {
		page, err := a.Store.Journal(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, entry := range page {
			if filter.BeforeID = entry.ID; has(pairs, entry.Pair) && len(out) < filter.Limit {
				out = append(out, entry)
			}
		}
		if len(page) < filter.Limit || len(out) == filter.Limit {
			return out, nil
		}
	}
}

func has(pairs []journal.Pair, id int64) bool {
	return slices.ContainsFunc(pairs, func(p journal.Pair) bool { return p.ID == id })
}

// told puts entries into the words of a report.
func told(entries []journal.Entry, pairs []journal.Pair) []JournalEntry {
	out := make([]JournalEntry, 0, len(entries))
	for _, e := range entries {
		entry := JournalEntry{ID: e.ID, At: e.At, Run: e.Run, Event: e.Event, Side: e.Side, Raynet: e.Raynet.String(),
			Outlook: e.Outlook.String(), Reason: e.Reason, Author: e.Author, Changes: e.Changes,
			Reversible: plan.ReversalOf(e) != plan.NoReversal}
		if i := slices.IndexFunc(pairs, func(p journal.Pair) bool { return p.ID == e.Pair }); i >= 0 {
			entry.User, entry.Kind = pairs[i].Address, pairs[i].Kind
		}
		out = append(out, entry)
	}
	return out
}
