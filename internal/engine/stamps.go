package engine

// How match finds by our stamps and keys what an earlier life of ours, or a create whose answer was lost, left in the mailbox.

import (
	"context"
	"slices"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// stamps looks for copies in the mailbox that an earlier life of ours made of RAYNET records that are to be copied now.
func (m *finder) stamps(ctx context.Context) error {
	creates := m.creates(m.raynet)
	if len(creates) == 0 && !(m.full && len(m.raynet) > 0) {
		return nil
	}
	sources := make([]remote.Ref, 0, len(creates))
	for _, i := range creates {
		sources = append(sources, m.raynet[i].Ref)
	}
	m.marked = m.full || len(sources) > fewCreates
	stamped, err := m.stamped(ctx, sources, m.marked)
	if err != nil {
		return err
	}
	return m.addStamped(ctx, stamped)
}

// stamped reads the copies of a few RAYNET records one by one or, in bulk, everything in the mailbox that carries our stamp.
func (m *finder) stamped(ctx context.Context, sources []remote.Ref, bulk bool) ([]remote.Snapshot, error) {
	if stop := m.outcome.Stop[record.Outlook]; stop != nil {
		return nil, stop
	}
	if bulk {
		return m.Feed.Stamps(ctx, m.scope)
	}
	var stamped []remote.Snapshot
	for _, source := range sources {
		if m.sought[source] {
			continue
		}
		m.sought[source] = true
		found, err := m.find(ctx, record.Outlook, remote.Search{Source: source})
		if err != nil {
			return nil, err
		}
		stamped = append(stamped, found...)
	}
	return stamped, nil
}

func (m *finder) addStamped(ctx context.Context, stamped []remote.Snapshot) error {
	refs := make([]remote.Ref, 0, len(stamped))
	for _, snapshot := range stamped {
		refs = append(refs, snapshot.Ref)
	}
	if err := m.remember(ctx, m.s, refs); err != nil {
		return err
	}
	for _, snapshot := range stamped {
		if m.s.byRef[snapshot.Ref] == "" && !m.waiting[snapshot.Ref] {
			m.add(snapshot)
		}
	}
	return nil
}

// unreadStamps reads the stamps of things that carry a key of ours, as a feed shows it, though no link knows them, and of those of
// which the feed cannot show any mark: what a create under way has made must not be taken for new.
func (m *finder) unreadStamps(ctx context.Context) error {
	var ask []remote.Ref
	for _, reading := range m.outlook {
		if reading.Snapshot.Key != "" && reading.Snapshot.Stamp == nil || reading.Snapshot.Unmarked && !m.marked {
			ask = append(ask, reading.Ref)
		}
	}
	seen, err := m.whole(ctx, ask)
	if err != nil || len(ask) == 0 {
		return err
	}
	gone := map[remote.Ref]bool{}
	for _, ref := range seen.order {
		switch reading := seen.readings[ref]; reading.Presence {
		case remote.Present:
			m.add(reading.Snapshot)
		case remote.Gone:
			gone[ref] = true
		case remote.Broken:
		}
	}
	m.forget(&m.outlook, gone)
	return nil
}

// originals reads the RAYNET records that stamps name, unless they have a living counterpart: then the stamped thing is a
// copy that a person made, and new.
func (m *finder) originals(ctx context.Context) error {
	var refs []remote.Ref
	for _, reading := range m.outlook {
		if stamp := reading.Snapshot.Stamp; stamp != nil && reading.Snapshot.Rule == "" {
			refs = append(refs, stamp.Source)
		}
	}
	if err := m.others(ctx, refs); err != nil {
		return err
	}
	for i := range m.outlook {
		s := &m.outlook[i].Snapshot
		if s.Stamp == nil || s.Rule != "" {
			continue
		}
		_, there := m.at[s.Stamp.Source]
		if !there && m.s.byRef[s.Stamp.Source] == "" && !m.waiting[s.Stamp.Source] && !m.original(*s) {
			s.Rule = plan.RuleOrphaned // no link knows the original, and it is gone or cannot be seen: it is never made again
		}
	}
	return nil
}

// others reads the RAYNET records that stamps name, and whatever else carries a stamp of theirs: what was told of alone is no more
// our copy than what lies before a person since it was told of.
func (m *finder) others(ctx context.Context, sources []remote.Ref) error {
	if err := m.addUnlinked(ctx, sources); err != nil || m.marked {
		return err
	}
	there := slices.DeleteFunc(sources, func(ref remote.Ref) bool { _, known := m.at[ref]; return !known || m.sought[ref] })
	stamped, err := m.stamped(ctx, there, len(there) > fewCreates)
	if err != nil {
		return err
	}
	return m.addStamped(ctx, slices.DeleteFunc(stamped, func(s remote.Snapshot) bool {
		return s.Stamp == nil || !slices.Contains(there, s.Stamp.Source)
	}))
}

// original reports whether one of the RAYNET records was made from a thing of Outlook's: then its stamp tells only what a person once
// copied it from.
func (m *finder) original(s remote.Snapshot) bool {
	key := m.key(s)
	return slices.ContainsFunc(m.raynet, func(reading remote.Reading) bool { return reading.Snapshot.Key == key })
}

// madeFrom reads things that were set aside and from which records of ours were made: nothing else remembers that the two belong together,
// and a record that is given back to its user is reported alone.
func (m *finder) madeFrom(ctx context.Context) error {
	var refs []remote.Ref
	for _, reading := range m.raynet {
		if reading.Snapshot.Key == "" || !reading.Snapshot.Concerns(m.Pair.Person) {
			continue
		}
		asides, err := m.Store.AsidesBySource(ctx, m.Pair.ID, m.Digester.Text("source", reading.Snapshot.Key))
		if err != nil {
			return err
		}
		for _, aside := range asides {
			refs = append(refs, aside.Ref)
		}
	}
	return m.addUnlinked(ctx, refs)
}
