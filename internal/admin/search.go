package admin

import (
	"cmp"
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Titles fills in the titles of what is explained, as its services have them now. What is private for one of the users whom it
// concerns has none. The errors are those of a service that was asked, and of the store.
func (a *Admin) Titles(ctx context.Context, explained []Explanation) error {
	var items []Item
	var at []int
	for i, e := range explained {
		ref, err := ParseRef(cmp.Or(e.Outlook, e.Raynet, e.Ref)) // the mailbox's own item tells whether it is private
		item := Item{State: e.State, Reason: e.Reason, pair: e.pair, ref: ref}
		if item.private() {
			return nil
		}
		if err == nil && e.pair != 0 && e.Title == "" {
			items, at = append(items, item), append(at, i)
		}
	}
	if err := a.titles(ctx, items); err != nil {
		return err
	}
	for n, i := range at {
		explained[i].Title = items[n].Title
	}
	return nil
}

// titles reads the titles of items from the services, pair by pair. What cannot be read, or is private, has none.
func (a *Admin) titles(ctx context.Context, items []Item) error {
	if err := a.LoginAllowed(ctx); err != nil {
		return err
	}
	type place struct {
		pair int64
		side record.Side
	}
	asked, order := map[place][]int{}, []place{} // items by where they are read
	for i := range items {
		if items[i].ref.IsZero() || items[i].private() {
			continue
		}
		at := place{items[i].pair, items[i].ref.Side}
		if asked[at] == nil {
			order = append(order, at)
		}
		asked[at] = append(asked[at], i)
	}
	for _, at := range order {
		p, err := a.Store.Pair(ctx, at.pair)
		if err != nil {
			return err
		}
		var refs []remote.Ref
		for _, i := range asked[at] {
			refs = append(refs, items[i].ref)
		}
		reader := a.Connection.Engine.Raynet
		if at.side == record.Outlook {
			reader = a.Connection.Engine.Outlook
		}
		readings, err := reader.Read(ctx, p.Scope(), refs)
		if err != nil {
			return err
		}
		for n, i := range asked[at] {
			if seen := readings[n]; seen.Presence == remote.Present && seen.Snapshot.Rule != remote.RulePrivate {
				items[i].Title = titleOf(seen.Snapshot)
			}
		}
	}
	return nil
}

// search looks for words in RAYNET and tells, for each record found, how it stands with the users whom it concerns.
func (a *Admin) search(ctx context.Context, q ItemQuery, page *ItemPage) error {
	page.Note = NoteRaynetOnly
	var users []string
	if q.User != "" {
		users = []string{q.User}
	}
	pairs, err := a.pairs(ctx, users)
	if err != nil {
		return err
	}
	kinds := record.Kinds()
	if q.Kind != "" {
		kinds = []record.Kind{q.Kind}
	}
	if err := a.LoginAllowed(ctx); err != nil {
		return err
	}
	found, err := a.Raynet.Search(ctx, remote.Scope{Zone: a.fallbackZone()}, kinds, q.Text, foundItems)
	if err != nil {
		return err
	}
	for _, snapshot := range found {
		items, err := a.foundItems(ctx, snapshot, pairs)
		if err != nil {
			return err
		}
		for _, item := range items {
			if (q.State == "" || item.State == q.State) && len(page.Items) < q.Limit {
				page.Items = append(page.Items, item)
			}
		}
	}
	return nil
}

// foundItems says how one record that was found stands: with each user of the pairs who knows it or whom it concerns.
func (a *Admin) foundItems(ctx context.Context, snapshot remote.Snapshot, pairs []journal.Pair) ([]Item, error) {
	ref := snapshot.Ref
	known, err := a.known(ctx, ref, pairs)
	if err != nil {
		return nil, err
	}
	var out []Item
	for _, p := range pairs {
		var e Explanation
		switch m, ok := known[p.ID]; {
		case ok:
			if e, err = a.explain(ctx, p, ref, m); err != nil {
				return nil, err
			}
		case p.Kind == snapshot.Kind && snapshot.Concerns(p.Person):
			e = a.judge(p, ref, snapshot)
		default:
			continue
		}
		item := Item{User: e.User, Kind: e.Kind, State: e.State, Reason: e.Reason, Since: e.Since, Retry: e.Retry, When: e.When,
			Raynet: e.Raynet, Outlook: e.Outlook, Title: titleOf(snapshot)}
		if item.private() {
			item.Title, item.When = "", ""
		}
		out = append(out, item)
	}
	if slices.ContainsFunc(out, func(i Item) bool { return i.private() }) {
		for i := range out { // what one user made private is not told by way of another
			out[i].Title, out[i].When = "", ""
		}
	}
	return out, nil
}
