package engine

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// fewCreates is the number of creates up to which each is looked up on its own; more are looked up in bulk.
const fewCreates = 4

// match finds the counterparts of unlinked things before anything is created: by our stamps and keys, by identities shared
// across mailboxes, by natural keys. Every create is preceded by such a look-up, in the first run and in every later one.
func (c *cycle) match(ctx context.Context, s *sighting, raynet, outlook []remote.Reading) ([]plan.Item, error) {
	if len(raynet) == 0 && len(outlook) == 0 {
		return nil, nil
	}
	m := &finder{cycle: c, s: s, raynet: raynet, outlook: outlook, at: map[remote.Ref]int{}, making: map[string]bool{},
		sought: map[remote.Ref]bool{}, gone: map[remote.Ref]bool{}, declined: map[remote.Ref]bool{}, asked: map[remote.Ref]bool{},
		earlier: map[remote.Ref]plan.Item{}, again: map[remote.Ref]plan.Item{}}
	for i, reading := range outlook {
		m.at[reading.Ref] = i
	}
	for i, reading := range raynet {
		m.at[reading.Ref] = i
	}
	// The order counts: a later one goes by what earlier ones found out. replaced comes after those that bring candidates in, and beyond, which
	// asks for most, is for what none of them explains.
	for _, find := range []func(context.Context) error{
		m.partials,
		m.madeByUs,
		m.madeFrom,
		m.stamps,
		m.unreadStamps,
		m.originals,
		m.naturals,
		m.twins,
		m.questioned,
		m.replaced,
		m.beyond,
	} {
		if err := find(ctx); err != nil {
			return nil, err
		}
	}
	later := slices.Concat(m.unsettled(), m.returned(), m.rebound(), m.restored())
	forgotten, err := m.forgotten(ctx)
	if err != nil {
		return nil, err
	}
	items := plan.Match(m.raynet, m.outlook, c.key)
	for i := range items {
		items[i].Declined = m.declined[refOf(items[i].Raynet)]
	}
	if err := m.keys(ctx, items); err != nil {
		return nil, err
	}
	if err := m.dates(ctx, items); err != nil {
		return nil, err
	}
	found, err := m.alikes(ctx, items)
	if err != nil {
		return nil, err
	}
	if err := m.wholes(ctx, items); err != nil {
		return nil, err
	}
	return slices.Concat(items, found, forgotten, later), nil
}

// finder is match at work.
type finder struct {
	*cycle
	s               *sighting
	raynet, outlook []remote.Reading
	at              map[remote.Ref]int       // where a ref stands in the list of its side
	making          map[string]bool          // keys of the creates in RAYNET that some pair has under way
	series          []remote.Reading         // private series that nobody tells of any more, named with all events
	marked          bool                     // everything in the mailbox that carries our stamp was read
	sought          map[remote.Ref]bool      // RAYNET records whose copies in the mailbox were looked for
	gone            map[remote.Ref]bool      // candidates that were read and are not there any more
	declined        map[remote.Ref]bool      // RAYNET records of meetings that the user took out of his calendar
	asked           map[remote.Ref]bool      // RAYNET records that another pair's create may have made: a person is asked
	earlier         map[remote.Ref]plan.Item // RAYNET records of meetings of which the mailbox has what is remembered with an earlier record
	again           map[remote.Ref]plan.Item // things in Outlook whose links go on with something else, which its user has deleted as well
}

// unsettled takes out the things that a create under way may have made: whether they are ours is not known yet, so they are
// looked at again later.
func (m *finder) unsettled() []plan.Item {
	var later []plan.Item
	for _, list := range []*[]remote.Reading{&m.raynet, &m.outlook} {
		*list = slices.DeleteFunc(*list, func(reading remote.Reading) bool {
			asked := m.asked[reading.Ref]
			if !asked && !m.open(&reading.Snapshot) {
				return false
			}
			item, kept := plan.Item{Later: !asked, Asked: asked}, reading
			if kept.Snapshot.Ref.Side == record.Raynet {
				item.Raynet = &kept
			} else {
				item.Outlook = &kept
			}
			later = append(later, item)
			return true
		})
	}
	return later
}

// open reports whether a create whose outcome is open may have made the thing.
func (m *finder) open(s *remote.Snapshot) bool {
	made := s.Ref.Side == record.Raynet && s.MadeByUs && (m.making[s.Key] || s.Key == "" && len(m.making) > 0)
	return made || m.ops[s.Key] || s.Stamp != nil && (m.ops[s.Stamp.Op] || m.waiting[s.Stamp.Source])
}

// list returns the list that things of a side belong to.
func (m *finder) list(side record.Side) *[]remote.Reading {
	if side == record.Raynet {
		return &m.raynet
	}
	return &m.outlook
}

// add takes in another unlinked candidate, or what was found out about a known one.
func (m *finder) add(snapshot remote.Snapshot) {
	list := m.list(snapshot.Ref.Side)
	reading := remote.Reading{Ref: snapshot.Ref, Presence: remote.Present, Snapshot: snapshot}
	if i, known := m.at[snapshot.Ref]; known {
		(*list)[i].Snapshot.Stamp = snapshot.Stamp
		(*list)[i].Snapshot.Unmarked = false
		if snapshot.Key != "" {
			(*list)[i].Snapshot.Key = snapshot.Key
		}
		return
	}
	m.at[snapshot.Ref] = len(*list)
	*list = append(*list, reading)
}

// addUnlinked reads refs and takes in those that exist, are not linked and are not being written.
func (m *finder) addUnlinked(ctx context.Context, refs []remote.Ref) error {
	var ask []remote.Ref
	for _, ref := range refs {
		if _, known := m.at[ref]; !known && !m.waiting[ref] {
			ask = append(ask, ref)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	links, err := m.Store.Links(ctx, m.Pair.ID, ask)
	if err != nil {
		return err
	}
	for _, link := range links {
		m.s.link(link)
	}
	seen := &sighting{readings: map[remote.Ref]remote.Reading{}}
	var unlinked []remote.Ref
	for _, ref := range ask {
		if m.s.byRef[ref] == "" {
			unlinked = append(unlinked, ref)
		}
	}
	if err := m.readSurely(ctx, seen, unlinked); err != nil {
		return err
	}
	asides, err := m.Store.Asides(ctx, m.Pair.ID, unlinked)
	if err != nil {
		return err
	}
	for _, aside := range asides {
		m.s.asides[aside.Ref] = aside
	}
	for _, ref := range seen.order {
		switch reading := seen.readings[ref]; reading.Presence {
		case remote.Present:
			m.add(reading.Snapshot)
		case remote.Gone:
			m.gone[ref] = true
		case remote.Broken:
		}
	}
	return nil
}

// readSurely reads candidates. One that could not be told now might be the very counterpart that keeps a second thing from being
// made, so the cycle ends and begins again later; one that can never be told is no candidate.
func (m *finder) readSurely(ctx context.Context, seen *sighting, refs []remote.Ref) error {
	scope := m.scope
	scope.Marks = true
	if err := m.readIn(ctx, scope, seen, refs); err != nil {
		return err
	}
	for _, ref := range seen.order {
		reading := seen.readings[ref]
		if reading.Presence != remote.Broken {
			continue
		}
		if kind := remote.KindOf(reading.Err); kind == remote.Unavailable || kind == remote.Throttled {
			return reading.Err
		}
	}
	return nil
}

// creates lists where in a list the things stand that would be copied to the other side.
func (m *finder) creates(list []remote.Reading) []int {
	var out []int
	for i := range list {
		if plan.RuleFor(m.context(), list[i].Snapshot) == "" {
			out = append(out, i)
		}
	}
	return out
}

// keys asks RAYNET, for each Outlook thing that is about to be copied there, whether its copy exists already.
func (m *finder) keys(ctx context.Context, items []plan.Item) error {
	var ask []int
	for i, item := range items {
		if item.Raynet == nil && item.Outlook != nil && !item.Several && plan.RuleFor(m.context(), item.Outlook.Snapshot) == "" {
			ask = append(ask, i)
		}
	}
	found := make([][]remote.Snapshot, len(ask))
	err := m.each(len(ask), func(n int) (err error) {
		found[n], err = m.find(ctx, record.Raynet, remote.Search{Key: m.key(items[ask[n]].Outlook.Snapshot)})
		return err
	})
	if err != nil {
		return err
	}
	for n, i := range ask {
		if len(found[n]) == 0 {
			continue
		}
		hit := found[n][0]
		links, err := m.Store.Links(ctx, m.Pair.ID, []remote.Ref{hit.Ref})
		if err != nil {
			return err
		}
		items[i].Raynet = &remote.Reading{Ref: hit.Ref, Presence: remote.Present, Snapshot: hit}
		items[i].How = "stamp"
		items[i].Matched = len(found[n]) == 1 && len(links) == 0
		items[i].Several = !items[i].Matched
	}
	return nil
}

// alikes asks each side, for things that are about to be copied there, whether something there looks the same that no feed shows to
// this user: somebody else's record, or a thing outside of the synchronised folder. One that is found is linked, or explained if it
// is not this user's; more than one go before a person, and are returned.
func (m *finder) alikes(ctx context.Context, items []plan.Item) ([]plan.Item, error) {
	var ask []int
	for i, item := range items {
		alone := (item.Raynet == nil) != (item.Outlook == nil)
		if one := item.One(); alone && !item.Several && len(one.Natural) > 0 && plan.RuleFor(m.context(), *one) == "" {
			ask = append(ask, i)
		}
	}
	found := make([][]remote.Snapshot, len(ask))
	err := m.each(len(ask), func(n int) (err error) {
		one := items[ask[n]].One()
		found[n], err = m.find(ctx, one.Ref.Side.Other(), remote.Search{Alike: one})
		return err
	})
	if err != nil {
		return nil, err
	}
	var more []plan.Item
	for n, i := range ask {
		candidates, err := m.alike(ctx, &items[i], found[n])
		if err != nil {
			return nil, err
		}
		more = append(more, candidates...)
	}
	return more, nil
}

// alike takes in what looks like the one thing of an item. Candidates among which a person must choose are returned, unless they
// have a counterpart already.
func (m *finder) alike(ctx context.Context, item *plan.Item, found []remote.Snapshot) ([]plan.Item, error) {
	if len(found) == 0 {
		return nil, nil
	}
	item.How = "natural"
	if found[0].Ref.Side == record.Outlook { // outside of the folder: it is its user's own, and neither linked nor copied
		item.How, item.Several = plan.LiesOutside, true
		return nil, nil
	}
	refs := make([]remote.Ref, len(found))
	for i := range found {
		refs[i] = found[i].Ref
	}
	links, err := m.Store.Links(ctx, m.Pair.ID, refs)
	if err != nil {
		return nil, err
	}
	taken := slices.ContainsFunc(found, func(s remote.Snapshot) bool { // by another thing of this pass, or it would be in this item
		_, known := m.at[s.Ref]
		return known
	})
	item.Several = len(found) > 1 || len(links) > 0 || taken
	if item.Matched = !item.Several; item.Matched {
		item.Raynet = &remote.Reading{Ref: found[0].Ref, Presence: remote.Present, Snapshot: found[0]}
		return nil, nil
	}
	var candidates []plan.Item
	for _, s := range found {
		linked := slices.ContainsFunc(links, func(link journal.Link) bool { return link.Raynet.Ref == s.Ref })
		if _, known := m.at[s.Ref]; !linked && !known {
			m.at[s.Ref] = -1 // told once, however many things it is like
			candidates = append(candidates, plan.Item{Raynet: &remote.Reading{Ref: s.Ref, Presence: remote.Present, Snapshot: s}, Several: true, How: item.How})
		}
	}
	return candidates, nil
}
