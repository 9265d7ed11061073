package engine

// What nobody links any more and a create of ours may have made.

import (
	"context"
	"maps"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// returned takes out the copies of links that ended before anybody knew their copies' ids: the answer to the create was lost, a person
// deleted what it had made, and took it out of the bin again. Its stamp tells which link it belongs to; without that it would be new.
func (m *finder) returned() []plan.Item {
	var out []plan.Item
	back := map[string]bool{} // link ids; a second copy of one is a person's
	m.outlook = slices.DeleteFunc(m.outlook, func(reading remote.Reading) bool {
		if reading.Snapshot.Stamp == nil {
			return false
		}
		link, known := m.s.links[m.s.byRef[reading.Snapshot.Stamp.Source]]
		if !known || link.State != journal.Hidden || !link.Outlook.Ref.IsZero() || back[link.ID] {
			return false
		}
		back[link.ID] = true
		link.Outlook.Ref = reading.Ref
		out = append(out, plan.Item{Link: &link, Outlook: &reading, Found: true})
		return true
	})
	return out
}

// questioned finds the records of which a person is asked whether the create of another pair made them: until he has answered nobody else
// gets a copy either, who may have been invited to the original.
func (m *finder) questioned(ctx context.Context) error {
	for _, reading := range m.raynet {
		if !reading.Snapshot.MadeByUs || reading.Snapshot.Key != "" {
			continue
		}
		work, err := m.Store.WorkOfConnection(ctx, m.Pair.Connection, reading.Ref)
		if err != nil {
			return err
		}
		m.asked[reading.Ref] = slices.ContainsFunc(work, func(w journal.Work) bool { return w.Pair != m.Pair.ID && w.Reason == plan.Orphan })
	}
	return nil
}

// replaced marks what a link had before another thing took its place: a person deleted it, a decision had it made again, and he took it out
// of the bin as well. The link goes on with what was made, unless he has deleted that too (again); of the other no second copy is made, and
// what looks like it is not taken for its counterpart. A record whose meeting is remembered with a later one, which is gone, takes its place
// again (rebound).
func (m *finder) replaced(ctx context.Context) error {
	for _, list := range [][]remote.Reading{m.raynet, m.outlook} {
		for i := range list {
			s := &list[i].Snapshot
			_, rebound := m.earlier[s.Ref]
			if s.Rule != "" || !s.Offered || rebound {
				continue
			}
			links, err := m.Store.LinksOnceOf(ctx, m.Pair.ID, s.Ref)
			if err != nil {
				return err
			}
			if s.Ref.Side == record.Outlook && len(links) == 1 {
				if err := m.takesItsPlace(ctx, list[i], links[0]); err != nil {
					return err
				}
			}
			if _, again := m.again[s.Ref]; len(links) > 0 && !again {
				s.Rule, s.Natural = plan.RuleReplaced, nil
			}
		}
	}
	return nil
}

// takesItsPlace finds out whether a link goes on with what it had once, because its user has deleted what took its place. What the two sides
// say was never compared, so nothing is known to be the same. While it is not certain that the other one is gone, it waits.
func (m *finder) takesItsPlace(ctx context.Context, reading remote.Reading, link journal.Link) error {
	if link.State != journal.Hidden && link.State != journal.Linked || slices.ContainsFunc(slices.Collect(maps.Values(m.again)),
		func(item plan.Item) bool { return item.Link != nil && item.Link.ID == link.ID }) {
		return nil
	}
	later := link.Outlook.Ref
	seen := &sighting{readings: map[remote.Ref]remote.Reading{}}
	if err := m.readSurely(ctx, seen, []remote.Ref{later}); err != nil {
		return err
	}
	unsure := m.frozen[link.ID] || m.waiting[link.Raynet.Ref] || m.waiting[later] || link.FrozenUntil.After(m.Now())
	switch presence := seen.readings[later].Presence; {
	case presence == remote.Present:
	case presence != remote.Gone || link.State != journal.Hidden || unsure:
		m.again[reading.Ref] = plan.Item{Earlier: true}
	default:
		m.again[reading.Ref] = plan.Item{Link: plan.Resumed(m.context(), link, reading.Snapshot), Found: true}
	}
	return nil
}

// restored takes out what takes its place in a link again.
func (m *finder) restored() []plan.Item {
	var out []plan.Item
	m.outlook = slices.DeleteFunc(m.outlook, func(reading remote.Reading) bool {
		item, again := m.again[reading.Ref]
		if again {
			item.Outlook = &reading
			out = append(out, item)
		}
		return again
	})
	return out
}

// forgotten takes out what an earlier create of ours may have made of a record that has a copy by now, or had one: the create was forgotten
// with the database, and landed late. It carries the mark of another create than the copy, so it is no copy that a person made of that one. One that
// he made of an earlier copy looks just the same, so he is asked.
func (m *finder) forgotten(ctx context.Context) ([]plan.Item, error) {
	var copies []remote.Ref
	of := map[remote.Ref]remote.Ref{} // stamped thing -> the copy that its original has
	for _, reading := range m.outlook {
		s := reading.Snapshot
		if s.Stamp == nil || s.Rule != "" || !s.Offered {
			continue
		}
		link, known := m.s.links[m.s.byRef[s.Stamp.Source]]
		if known && link.State != journal.Making && link.Origin == record.Raynet && !link.Outlook.Ref.IsZero() {
			of[reading.Ref] = link.Outlook.Ref
			copies = append(copies, link.Outlook.Ref)
		}
	}
	seen, err := m.whole(ctx, copies)
	if err != nil {
		return nil, err
	}
	var out []plan.Item
	late := map[remote.Ref]bool{}
	for _, reading := range m.outlook {
		now, stamped := of[reading.Ref]
		if !stamped {
			continue
		}
		other, err := m.madeOtherwise(ctx, reading.Snapshot, seen.readings[now])
		if err != nil {
			return nil, err
		}
		if other {
			late[reading.Ref] = true
			out = append(out, plan.Item{Outlook: &reading, Several: true, How: "stamp"})
		}
	}
	m.outlook = slices.DeleteFunc(m.outlook, func(reading remote.Reading) bool { return late[reading.Ref] })
	return out, nil
}

// madeOtherwise reports whether a thing carries the mark of another create than the copy that its original has, or of one that was sent
// twice, and was not copied to RAYNET before: that is a person's, whatever he copied it from. What a copy carried that is gone cannot be
// asked any more; the journal may tell. Of a calendar Exchange itself keeps a create from being carried out twice (G-90).
func (m *finder) madeOtherwise(ctx context.Context, s remote.Snapshot, now remote.Reading) (other bool, err error) {
	switch now.Presence {
	case remote.Present:
		other = now.Snapshot.Stamp != nil && now.Snapshot.Stamp.Op != s.Stamp.Op
	case remote.Gone:
		other, err = m.Store.MadeOtherwise(ctx, m.s.byRef[s.Stamp.Source], s.Stamp.Op)
	case remote.Broken:
	}
	if err == nil && !other && m.Pair.Kind != record.Calendar && now.Presence != remote.Broken {
		other, err = m.Store.SentAgain(ctx, m.s.byRef[s.Stamp.Source], s.Stamp.Op)
	}
	if err != nil || !other {
		return false, err
	}
	made, err := m.find(ctx, record.Raynet, remote.Search{Key: m.key(s)})
	return len(made) == 0, err
}

// joined adds what was found of a link to its item, if it has one in this pass, and to the others else.
func (s *sighting) joined(items []plan.Item, found plan.Item) []plan.Item {
	for i := range items {
		if link := items[i].Link; link != nil && link.ID == found.Link.ID {
			found.Raynet, found.Work = items[i].Raynet, slices.Concat(items[i].Work, found.Work)
			items[i] = found
			return items
		}
	}
	return append(items, found)
}
