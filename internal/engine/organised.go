package engine

import (
	"context"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// organised notes of an attendee's copies which of them have their organiser's beside them, in another mailbox, or that from which their
// record was made.
func (c *cycle) organised(ctx context.Context, items []plan.Item) error {
	for i, item := range items {
		var ref remote.Ref
		switch {
		case item.Link != nil && item.Link.ReadOnly:
			ref = item.Link.Raynet.Ref
		case item.Link == nil && item.Matched && item.Raynet != nil && item.Outlook != nil && item.Outlook.Snapshot.HeldBy(remote.HeldReadOnly):
			ref = item.Raynet.Ref
		}
		if ref.IsZero() {
			continue
		}
		links, err := c.Store.LinksOfRef(ctx, c.Pair.Connection, ref)
		if err != nil {
			return err
		}
		for _, link := range links {
			made := link.Pair != c.Pair.ID && link.Origin == record.Outlook
			items[i].Elsewhere = items[i].Elsewhere || made
			items[i].Organised = items[i].Organised || made && !link.ReadOnly
		}
	}
	return nil
}

// copied notes which other pairs set the record of a match aside as a copy whose original is gone: after a loss of the database nobody knew
// of the original until this pair found it, and what happened to the record since concerns them like anybody.
func (c *cycle) copied(ctx context.Context, items []plan.Item) error {
	for i, item := range items {
		if item.Link != nil || !item.Matched || item.Raynet == nil || item.Outlook == nil || item.Raynet.Snapshot.Key != c.key(item.Outlook.Snapshot) {
			continue
		}
		asides, err := c.Store.AsidesOfRef(ctx, item.Raynet.Ref)
		if err != nil {
			return err
		}
		for _, aside := range asides {
			if aside.Rule == plan.RuleCopy && aside.Pair != c.Pair.ID {
				items[i].Copied = append(items[i].Copied, aside.Pair)
			}
		}
	}
	return nil
}
