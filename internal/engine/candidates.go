package engine

// The ways in which match finds candidates: by what our earlier selves left on a thing, by what it looks like, by what it has in
// common with copies in other mailboxes. Each way only adds candidates; which of them belong together is for plan.Match.

import (
	"cmp"
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// partials reads RAYNET records whose list row lacks a mapped field, if they are to be copied.
func (m *finder) partials(ctx context.Context) error {
	var ask []remote.Ref
	for _, i := range m.creates(m.raynet) {
		if m.raynet[i].Snapshot.Partial {
			ask = append(ask, m.raynet[i].Ref)
		}
	}
	seen, err := m.whole(ctx, ask)
	if err != nil {
		return err
	}
	for _, ref := range seen.order {
		if reading := seen.readings[ref]; reading.Presence == remote.Present {
			m.raynet[m.at[ref]] = reading
		}
	}
	return nil
}

// wholes reads RAYNET records that were matched by a list row which lacks a mapped field: what a row does not show would be taken for
// nothing, and written over. One that is gone by now is looked at again.
func (m *finder) wholes(ctx context.Context, items []plan.Item) error {
	at := map[remote.Ref]int{}
	var ask []remote.Ref
	for i, item := range items {
		if item.Matched && item.Raynet != nil && item.Raynet.Snapshot.Partial {
			at[item.Raynet.Ref] = i
			ask = append(ask, item.Raynet.Ref)
		}
	}
	seen, err := m.whole(ctx, ask)
	if err != nil {
		return err
	}
	for _, ref := range seen.order {
		item := &items[at[ref]]
		if reading := seen.readings[ref]; reading.Presence == remote.Present {
			reading.Snapshot.Key = cmp.Or(reading.Snapshot.Key, item.Raynet.Snapshot.Key)
			item.Raynet = &reading
		} else {
			item.Matched, item.Later = false, true
		}
	}
	return nil
}

// whole reads records one by one, with the fields that a list row lacks. It asks nothing for no records.
func (m *finder) whole(ctx context.Context, ask []remote.Ref) (*sighting, error) {
	seen := &sighting{readings: map[remote.Ref]remote.Reading{}}
	if len(ask) == 0 {
		return seen, nil
	}
	return seen, m.readSurely(ctx, seen, ask)
}

// madeByUs reads the keys of RAYNET records that we made and no longer know: after a loss of the database they are found again
// by them. One that no Outlook thing explains is left alone: its original may have been deleted by a person.
func (m *finder) madeByUs(ctx context.Context) error {
	var ask []remote.Ref
	known := map[remote.Ref]bool{} // by another mailbox's link
	unknown := false
	for i, reading := range m.raynet {
		if !reading.Snapshot.MadeByUs {
			continue
		}
		links, err := m.Store.LinksOfRef(ctx, m.Pair.Connection, reading.Ref)
		switch {
		case err != nil:
			return err
		case len(links) > 0 && !m.lost(reading.Snapshot, links) && !m.copyStill(reading.Snapshot):
			// Known there, so for this mailbox it is a record like any other.
			m.raynet[i].Snapshot.MadeByUs = false
			if (m.creating() || !fromOutlook(links)) && reading.Snapshot.Key == "" {
				// … unless a create of this very mailbox made it, whose outcome is open: the other one found it by its key, first. Or the
				// others have copies of ours, and what it was made from lies here: the invitation to a meeting, say.
				ask = append(ask, reading.Ref)
				known[reading.Ref] = true
			}
		case reading.Snapshot.Key == "":
			ask = append(ask, reading.Ref)
			unknown = true
		default:
			unknown = true
		}
	}
	if !unknown && len(ask) == 0 {
		return nil
	}
	intents, err := m.Store.IntentsOfConnection(ctx, m.Pair.Connection)
	if err != nil {
		return err
	}
	for _, intent := range intents {
		if intent.Request.Side == record.Raynet && intent.Request.Op == remote.Create {
			m.making[intent.Request.Key] = true
		}
	}
	seen, err := m.whole(ctx, ask)
	if err != nil || len(ask) == 0 {
		return err
	}
	gone := map[remote.Ref]bool{}
	for _, ref := range seen.order {
		reading := seen.readings[ref]
		gone[ref] = reading.Presence == remote.Gone
		if reading.Presence == remote.Present && reading.Snapshot.Key != "" {
			m.raynet[m.at[ref]].Snapshot.Key = reading.Snapshot.Key
			m.raynet[m.at[ref]].Snapshot.MadeByUs = !known[ref]
		}
	}
	m.forget(&m.raynet, gone)
	return nil
}

// lost reports whether a record that we made was made from a thing of this mailbox that no link knows any more: it is this user's,
// and all that other mailboxes have of it are copies. After a loss of the database they may be found again before it.
func (m *finder) lost(s remote.Snapshot, links []journal.Link) bool {
	return plan.Owns(m.context(), s) && !fromOutlook(links)
}

// fromOutlook reports whether one of the links of a record tells from which thing of Outlook's it was made.
func fromOutlook(links []journal.Link) bool {
	return slices.ContainsFunc(links, func(link journal.Link) bool { return link.Origin == record.Outlook })
}

// copyStill reports whether a record was set aside as a copy whose original is gone, and nobody changed it since: that another mailbox
// found it again meanwhile does not bring back what this user removed.
func (m *finder) copyStill(s remote.Snapshot) bool {
	aside := m.s.asides[s.Ref]
	return aside.Rule == plan.RuleCopy && aside.Version == s.Version && s.Version != ""
}

// creating reports whether this pair has a create under way.
func (m *finder) creating() bool {
	for _, open := range m.ops { // any order: one is enough
		if open {
			return true
		}
	}
	return false
}

// forget takes things out of a list that were removed since they were listed. Their marks can no longer be read: one that is a copy of
// ours would be taken for new, and its original copied a second time.
func (m *finder) forget(list *[]remote.Reading, gone map[remote.Ref]bool) {
	*list = slices.DeleteFunc(*list, func(reading remote.Reading) bool {
		if gone[reading.Ref] {
			delete(m.at, reading.Ref)
		}
		return gone[reading.Ref]
	})
	for i, reading := range *list {
		m.at[reading.Ref] = i
	}
}

// naturals reads things that were set aside and that look like something new on the other side.
func (m *finder) naturals(ctx context.Context) error {
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		if side == record.Raynet && m.full {
			continue // the mailbox was just read completely
		}
		var refs []remote.Ref
		for _, i := range m.creates(*m.list(side)) {
			for _, natural := range (*m.list(side))[i].Snapshot.Natural {
				asides, err := m.Store.AsidesByNatural(ctx, m.Pair.ID, side.Other(), m.Digester.Text("natural", natural))
				if err != nil {
					return err
				}
				for _, aside := range asides {
					refs = append(refs, aside.Ref)
				}
			}
		}
		if err := m.addUnlinked(ctx, refs); err != nil {
			return err
		}
	}
	return nil
}

// twins recognises one meeting that lies in several mailboxes: it is one RAYNET record, whichever copy came first.
func (m *finder) twins(ctx context.Context) error {
	created := m.creates(m.outlook)
	for i := range m.outlook {
		s := m.outlook[i].Snapshot
		wanted := m.opened(s) || slices.Contains(created, i)
		if s.Twin == "" || !wanted && !m.appeared(s) {
			continue
		}
		if err := m.brought(ctx, s.Twin, wanted); err != nil {
			return err
		}
	}
	for _, i := range m.creates(m.raynet) {
		if err := m.twinOf(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (m *finder) twin(text string) record.Digest { return m.Digester.Text("twin", text) }

// opened reports whether its user kept a thing to himself until now: others may have brought it into RAYNET meanwhile.
func (m *finder) opened(s remote.Snapshot) bool {
	return s.Rule == "" && m.s.asides[s.Ref].Rule == remote.RulePrivate
}

// appeared reports whether a meeting was not in the mailbox until now: its user may have declined it once.
func (m *finder) appeared(s remote.Snapshot) bool {
	aside, known := m.s.asides[s.Ref]
	return s.Rule == "" && len(s.Held) > 0 && (!known || aside.Rule == plan.RuleDeclined)
}

// brought takes in the records that copies of a meeting in other mailboxes became. Unless it is wanted in RAYNET by its user, only
// what he declined once is linked again.
func (m *finder) brought(ctx context.Context, twin string, wanted bool) error {
	links, err := m.Store.LinksByTwin(ctx, m.Pair.Connection, m.twin(twin))
	if err != nil {
		return err
	}
	for _, link := range links {
		ref := link.Raynet.Ref
		if link.Pair == m.Pair.ID || link.State.Tombstone() || ref.IsZero() {
			continue
		}
		if !wanted {
			asides, err := m.Store.Asides(ctx, m.Pair.ID, []remote.Ref{ref})
			if err != nil {
				return err
			}
			if len(asides) == 0 || asides[0].Rule != plan.RuleDeclined {
				continue
			}
		}
		if err := m.addUnlinked(ctx, []remote.Ref{ref}); err != nil {
			return err
		}
		if at, ok := m.at[ref]; ok {
			m.raynet[at].Snapshot.Twin = twin
		}
	}
	return nil
}

// twinOf asks this mailbox for its own copy of a meeting that another mailbox brought into RAYNET. One that was there and is not any
// more was taken out by its user.
func (m *finder) twinOf(ctx context.Context, i int) error {
	ref := m.raynet[i].Ref
	links, err := m.Store.LinksOfRef(ctx, m.Pair.Connection, ref)
	if err != nil {
		return err
	}
	declined, there := m.s.asides[ref].Rule == plan.RuleDeclined, false
	var twins []record.Digest
	for _, link := range links {
		if link.Twin == "" || link.Pair == m.Pair.ID || slices.Contains(twins, link.Twin) {
			continue
		}
		twins = append(twins, link.Twin)
		asides, err := m.Store.AsidesByTwin(ctx, m.Pair.Connection, link.Twin)
		if err != nil {
			return err
		}
		refs := make([]remote.Ref, 0, len(asides))
		for _, aside := range asides {
			if aside.Pair == m.Pair.ID {
				refs = append(refs, aside.Ref)
			}
		}
		if err := m.addUnlinked(ctx, refs); err != nil {
			return err
		}
		declined = declined || slices.ContainsFunc(refs, func(ref remote.Ref) bool { return ref.Side == record.Outlook && m.gone[ref] })
		for _, reading := range m.outlook {
			if text := reading.Snapshot.Twin; text != "" && m.twin(text) == link.Twin {
				m.raynet[i].Snapshot.Twin, there = text, true
			}
			if stamp := reading.Snapshot.Stamp; stamp != nil && stamp.Source == ref {
				there = true
			}
		}
	}
	if !there {
		gone, err := m.bound(ctx, ref, twins)
		if err != nil {
			return err
		}
		declined = declined || gone
	}
	m.declined[ref] = declined && !there
	return nil
}
