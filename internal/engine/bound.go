package engine

// What the mailbox has of a meeting that came into RAYNET anew, when its earlier record was deleted there.

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// bound finds what the mailbox has of the meeting of a record, if a link remembers it with an earlier record of that meeting, which is
// gone. It is what the user has of the new one too: a copy of ours beside it would be a twin. While the earlier one may still be there
// for all we know, also because it cannot be read, the new one waits. It reports whether the user took out of his calendar what he had.
func (m *finder) bound(ctx context.Context, ref remote.Ref, twins []record.Digest) (declined bool, err error) {
	var links []journal.Link
	for _, twin := range twins {
		more, err := m.Store.LinksByTwin(ctx, m.Pair.Connection, twin)
		if err != nil {
			return false, err
		}
		links = append(links, more...)
	}
	for _, link := range links {
		earlier, event := link.Raynet.Ref, link.Outlook.Ref
		if link.Pair != m.Pair.ID || earlier.IsZero() || earlier == ref || event.IsZero() {
			continue
		}
		if m.frozen[link.ID] || m.waiting[earlier] || m.waiting[event] || link.FrozenUntil.After(m.Now()) {
			m.earlier[ref] = plan.Item{Earlier: true}
			continue
		}
		seen := &sighting{readings: map[remote.Ref]remote.Reading{}}
		if err := m.readSurely(ctx, seen, []remote.Ref{earlier, event}); err != nil {
			return false, err
		}
		reading := seen.readings[event]
		ours := link.Origin == record.Raynet && link.State == journal.Dissolved // a copy that we removed with the earlier record
		switch {
		case seen.readings[earlier].Presence == remote.Present:
		case seen.readings[earlier].Presence != remote.Gone:
			m.earlier[ref] = plan.Item{Earlier: true}
		case reading.Presence == remote.Gone:
			declined = declined || !ours
		case reading.Presence != remote.Present:
		case !link.State.Tombstone(): // nobody has proven yet that the earlier one was deleted
			m.earlier[ref] = plan.Item{Earlier: true}
		case m.earlier[ref].Earlier: // of another link
		default:
			work, err := m.Store.WorkAt(ctx, m.Pair.ID, []remote.Ref{earlier, event})
			if err != nil {
				return false, err
			}
			m.earlier[ref] = plan.Item{Outlook: &reading, Matched: true, How: "twin", Bound: &link, Work: work}
		}
	}
	return declined, nil
}

// rebound takes out the records whose meetings the mailbox has already, remembered with an earlier record.
func (m *finder) rebound() []plan.Item {
	var out []plan.Item
	m.raynet = slices.DeleteFunc(m.raynet, func(reading remote.Reading) bool {
		item, known := m.earlier[reading.Ref]
		if known {
			item.Raynet = &reading
			out = append(out, item)
		}
		return known
	})
	return out
}
