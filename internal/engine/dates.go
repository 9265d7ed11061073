package engine

import (
	"context"
	"slices"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// dates finds what this user's records were made from that we made and nothing in the mailbox explains: after a loss of the database a date of
// a series that he keeps to himself by now, and deleted or withdrew. Of such a date no answer tells; but the series tells which dates it may
// have had, and a record's key which of them it was made from. It is emptied like those of the dates that are left, for nobody can tell any
// more whether its date was still open when it was deleted.
func (m *finder) dates(ctx context.Context, items []plan.Item) error {
	if m.Dates == nil {
		return nil
	}
	lone := map[string]int{} // key -> item
	for i, item := range items {
		if item.Outlook != nil || item.Raynet == nil || item.Several {
			continue
		}
		if made := item.Raynet.Snapshot; m.fromHere(made) {
			lone[made.Key] = i
		}
	}
	if len(lone) == 0 {
		return nil
	}
	from, till := m.Rules.Window(m.Now())
	for _, reading := range slices.Concat(m.outlook, m.series) {
		series := reading.Snapshot
		if series.Rule != remote.RulePrivate || series.Group == "" || series.Group != series.Ref.ID {
			continue
		}
		for _, date := range m.Dates(series, from.Add(-margin), till.Add(margin)) {
			i, made := lone[m.key(date)]
			if !made {
				continue
			}
			links, err := m.Store.Links(ctx, m.Pair.ID, []remote.Ref{date.Ref})
			if err != nil {
				return err
			}
			if _, known := m.at[date.Ref]; known || len(links) > 0 {
				continue // it has a counterpart, or is told of for itself
			}
			items[i].Outlook = &remote.Reading{Ref: date.Ref, Presence: remote.Present, Snapshot: date}
			items[i].Matched, items[i].How = true, "stamp"
		}
	}
	return nil
}
