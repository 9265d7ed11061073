package admin

import (
	"context"
	"fmt"
	"maps"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// counted is the number of linked RAYNET records as it was counted last, with the numbers of links at that time. A record that
// lies in several mailboxes has several links, so it cannot be told from those; and counting it each time would make a cycle
// with nothing to do cost more the more is stored.
type counted struct {
	Links  map[int64]int       `json:"links"` // by pair
	Raynet map[record.Kind]int `json:"raynet"`
}

// counts returns how many things of each kind are linked. It costs the same however many there are, unless something changed.
func (a *Admin) counts(ctx context.Context, changed bool) (map[record.Kind]KindCount, error) {
	return a.count(ctx, changed, true)
}

// planCounts is counts for a dry run: it remembers nothing.
func (a *Admin) planCounts(ctx context.Context) (map[record.Kind]KindCount, error) {
	return a.count(ctx, true, false)
}

func (a *Admin) count(ctx context.Context, changed, remember bool) (map[record.Kind]KindCount, error) {
	pairs, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	out := map[record.Kind]KindCount{}
	holders := map[record.Kind]int{} // pairs with links, by kind
	now := counted{Links: map[int64]int{}, Raynet: map[record.Kind]int{}}
	for _, p := range pairs {
		links, err := a.Store.CountLinks(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		count := out[p.Kind]
		count.Linked, count.Outlook = count.Linked+links, count.Outlook+links
		out[p.Kind] = count
		if now.Links[p.ID] = links; links > 0 {
			holders[p.Kind]++
		}
	}
	several := false
	for kind, n := range holders {
		now.Raynet[kind] = out[kind].Linked // one user's links name each record once
		several = several || n > 1
	}
	if several {
		if err := a.distinct(ctx, &now, changed, remember); err != nil {
			return nil, err
		}
	}
	for kind, count := range out {
		count.Raynet = now.Raynet[kind]
		out[kind] = count
	}
	return out, nil
}

// distinct counts the RAYNET records anew, if the numbers of links say that the last count no longer holds.
func (a *Admin) distinct(ctx context.Context, now *counted, changed, remember bool) error {
	key := "counted/" + a.Connection.Name
	text, known, err := a.Store.Recall(ctx, key)
	if err != nil {
		return err
	}
	var last counted
	if known && !changed && json.Unmarshal(text, &last) == nil && maps.Equal(last.Links, now.Links) {
		now.Raynet = last.Raynet
		return nil
	}
	now.Raynet = map[record.Kind]int{}
	const page = 1000
	for after, n := (remote.Ref{}), page; n == page; {
		refs, err := a.Store.RaynetRefs(ctx, a.Connection.Name, after, page)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if kind, ok := raynet.KindOf(ref.Type); ok {
				now.Raynet[kind]++
			}
			after = ref
		}
		n = len(refs)
	}
	if !remember {
		return nil
	}
	if text, err = json.Marshal(now, json.Deterministic(true)); err != nil {
		return fmt.Errorf("encode the counts: %w", err)
	}
	return a.Store.Remember(ctx, key, text)
}
