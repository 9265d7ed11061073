package engine

import (
	"context"
	"slices"
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// margin is by how much the window of the Outlook feed is wider than the one that is synchronised, so that it need not be
// renewed every day; renewal is how often it is.
const (
	margin  = 30 * 24 * time.Hour
	renewal = 7 * 24 * time.Hour
)

// FeedScope names the cursor of a pair's Outlook feed.
func FeedScope(pair journal.Pair) string {
	return "outlook/" + pair.Mailbox + "/" + string(pair.Kind) + "/" + pair.Container
}

// readOutlook reads what the mailbox reports. The old cursor stays in force until everything the new one covers is settled.
func (c *cycle) readOutlook(ctx context.Context) error {
	if stop := c.outcome.Stop[record.Outlook]; stop != nil {
		return stop
	}
	known, ok, err := c.Store.Cursor(ctx, FeedScope(c.Pair))
	if err != nil {
		return err
	}
	now := c.Now()
	from, till := c.Rules.Window(now)
	c.cursor = journal.Cursor{Scope: FeedScope(c.Pair), At: now, From: from.Add(-margin), Till: till.Add(margin), Since: now, Complete: true}
	if ok && !c.Pair.Full && now.Sub(known.Since) < renewal {
		c.round, err = c.Feed.Continue(ctx, c.scope, known.Token)
		if err == nil {
			c.cursor.From, c.cursor.Till, c.cursor.Since = known.From, known.Till, known.Since
			c.cursor.Token = c.round.Cursor
			return nil
		}
		if remote.KindOf(err) != remote.CursorDead {
			return err
		}
	}
	c.round, err = c.Feed.Begin(ctx, c.scope, c.cursor.From, c.cursor.Till)
	if err != nil {
		return err
	}
	c.full = true
	c.cursor.Token = c.round.Cursor
	return nil
}

// sighting is everything seen in one pass, before it is put together to items.
type sighting struct {
	readings map[remote.Ref]remote.Reading
	order    []remote.Ref // in which they were seen
	suspects []remote.Ref // reported as removed; to be confirmed by a read
	work     map[remote.Ref]journal.Work
	links    map[string]journal.Link
	byRef    map[remote.Ref]string // ref -> link id
	asides   map[remote.Ref]journal.Aside
}

func (s *sighting) see(reading remote.Reading) {
	if _, known := s.readings[reading.Ref]; !known {
		s.order = append(s.order, reading.Ref)
	}
	s.readings[reading.Ref] = reading
}

// gather puts together what the feeds and the waiting work say, with what is remembered about it.
func (c *cycle) gather(ctx context.Context, first bool) (*sighting, error) {
	s := &sighting{
		readings: map[remote.Ref]remote.Reading{}, work: map[remote.Ref]journal.Work{},
		links: map[string]journal.Link{}, byRef: map[remote.Ref]string{}, asides: map[remote.Ref]journal.Aside{},
	}
	due, err := c.due(ctx)
	if err != nil {
		return nil, err
	}
	var unread, rows []remote.Ref
	for _, work := range due {
		s.work[work.Ref] = work
		if first && reported(work) {
			if row, ok := c.row(work); ok {
				s.see(remote.Reading{Ref: work.Ref, Presence: remote.Present, Snapshot: row})
				rows = append(rows, work.Ref)
				continue
			}
		}
		unread = append(unread, work.Ref)
	}
	if first {
		for _, snapshot := range c.round.Changed {
			if snapshot.Partial { // the report tells that it is there and no more: neither a rule nor an edit shows in it
				unread = append(unread, snapshot.Ref)
				continue
			}
			s.see(remote.Reading{Ref: snapshot.Ref, Presence: remote.Present, Snapshot: snapshot})
		}
		s.suspects = append(s.suspects, c.round.Removed...)
	}
	if err := c.remember(ctx, s, slices.Concat(s.order, s.suspects, unread)); err != nil {
		return nil, err
	}
	for _, ref := range rows { // a row may have been read just before we wrote to the record, and perhaps nobody knows which version that made
		link, linked := s.links[s.byRef[ref]]
		unsure := link.Raynet.Unconfirmed && link.Raynet.Version == ""
		if linked && (unsure || change.Behind(s.readings[ref].Snapshot.Version, link.Raynet.Version)) {
			unread = append(unread, ref)
		}
	}
	if first {
		if err := c.missing(ctx, s); err != nil {
			return nil, err
		}
	}
	for _, ref := range s.suspects {
		_, linked := s.byRef[ref]
		if _, seen := s.readings[ref]; linked && !seen {
			unread = append(unread, ref)
		}
	}
	return s, c.read(ctx, s, slices.Concat(unread, s.counterparts(unread)))
}

// reported reports whether work is there only because a poll has just told of a record. What waited before that, as after a suspicion
// that a list of ids has cleared, may have put off what its other half showed: then the poll's row is not enough.
func reported(work journal.Work) bool {
	return work.Why == journal.WhyChanged && work.Reason == "" && work.Ref.Side == record.Raynet && work.Since.Equal(work.RetryAt)
}

// counterparts lists the other halves of links about which work had to wait: what either side showed when it was put aside is
// gone, so both are looked at again.
func (s *sighting) counterparts(refs []remote.Ref) []remote.Ref {
	var out []remote.Ref
	for _, ref := range refs {
		link, linked := s.links[s.byRef[ref]]
		if !linked || link.State == journal.Dissolved {
			continue
		}
		other := link.Half(ref.Side.Other()).Ref
		if _, seen := s.readings[other]; !seen && !other.IsZero() {
			out = append(out, other)
		}
	}
	return out
}

// remember loads the links and asides of the refs.
func (c *cycle) remember(ctx context.Context, s *sighting, refs []remote.Ref) error {
	for batch := range slices.Chunk(refs, 400) {
		links, err := c.Store.Links(ctx, c.Pair.ID, batch)
		if err != nil {
			return err
		}
		for _, link := range links {
			s.link(link)
		}
		asides, err := c.Store.Asides(ctx, c.Pair.ID, batch)
		if err != nil {
			return err
		}
		for _, aside := range asides {
			s.asides[aside.Ref] = aside
		}
	}
	return nil
}

func (s *sighting) link(link journal.Link) {
	s.links[link.ID] = link
	for _, ref := range []remote.Ref{link.Raynet.Ref, link.Outlook.Ref} {
		if !ref.IsZero() {
			s.byRef[ref] = link.ID
		}
	}
}

// missing adds to the suspects what should have been in a complete listing and was not: members of a group that was read
// again and, after a complete round, every live link within the window. Absence is only ever a suspicion.
func (c *cycle) missing(ctx context.Context, s *sighting) error {
	for _, group := range c.round.Groups {
		links, err := c.Store.LinksOfGroup(ctx, c.Pair.ID, group.ID)
		if err != nil {
			return err
		}
		private := c.private(group.ID)
		for _, link := range links {
			live := !link.State.Tombstone() && c.Rules.Within(link.Span, c.Now())
			tells := private && link.State == journal.Released && link.Reason != plan.TurnedPrivate
			if (live || tells) && !slices.Contains(group.Members, link.Outlook.Ref) {
				s.link(link)
				s.suspects = append(s.suspects, link.Outlook.Ref)
			}
		}
	}
	if !c.full || !c.round.Full {
		return nil
	}
	for after := ""; ; {
		links, err := c.Store.LinksAfter(ctx, c.Pair.ID, after, 500)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, link := range links {
			after = link.ID
			if _, seen := s.readings[link.Outlook.Ref]; !seen && link.State == journal.Linked && c.Rules.Within(link.Span, c.Now()) {
				s.link(link)
				s.suspects = append(s.suspects, link.Outlook.Ref)
			}
		}
	}
}

// private reports whether a group is told of as private: what was made of its members while it was open is looked at again, also where
// the link rests, because no member is told of any more.
func (c *cycle) private(group string) bool {
	return slices.ContainsFunc(c.round.Changed, func(s remote.Snapshot) bool { return s.Ref.ID == group && s.Rule == remote.RulePrivate })
}

// read reads refs as they are now. What cannot be told is a broken reading; an error that concerns a whole side ends the cycle.
func (c *cycle) read(ctx context.Context, s *sighting, refs []remote.Ref) error {
	return c.readIn(ctx, c.scope, s, refs)
}

// readIn is read under the conventions of a scope. A side that wants to be left alone, as a write of this cycle was told, is not asked.
func (c *cycle) readIn(ctx context.Context, scope remote.Scope, s *sighting, refs []remote.Ref) error {
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		var ask []remote.Ref
		asked := map[remote.Ref]bool{}
		for _, ref := range refs {
			if ref.Side == side && !c.waiting[ref] && !asked[ref] {
				asked[ref] = true
				ask = append(ask, ref)
			}
		}
		if len(ask) == 0 {
			continue
		}
		if stop := c.outcome.Stop[side]; stop != nil {
			return stop
		}
		readings, err := c.side(side).Read(ctx, scope, ask)
		if err != nil {
			return err
		}
		for _, reading := range readings {
			s.see(reading)
		}
	}
	return nil
}

// find looks for what a side has, unless it wants to be left alone.
func (c *cycle) find(ctx context.Context, side record.Side, search remote.Search) ([]remote.Snapshot, error) {
	if stop := c.outcome.Stop[side]; stop != nil {
		return nil, stop
	}
	return c.side(side).Find(ctx, c.scope, search)
}

// evidence says how far the proof of a deletion in RAYNET has come: gone now, gone before, long enough ago, absent from a
// complete listing since, and nothing else about our access has changed.
func (c *cycle) evidence(ctx context.Context, s *sighting, link journal.Link) (plan.Evidence, error) {
	work := s.work[link.Raynet.Ref]
	if work.Why != journal.WhyAbsent || work.Tries < 1 {
		return plan.Unproven, nil
	}
	sweep, ok, err := c.swept(ctx)
	if err != nil || !ok || sweep.Before(work.Since) {
		return plan.Unproven, err
	}
	unchanged, err := c.Access.Unchanged(ctx, c.Dry)
	if err != nil {
		return plan.Unproven, err
	}
	if !unchanged {
		return plan.Invisible, nil
	}
	return c.witness(ctx, s, link)
}

// SweepScope names the cursor that says when RAYNET's ids were last listed completely.
func SweepScope(connection string) string { return "sweep/" + connection }

// AfterSweep is by how much later than a sweep that begins which that sweep proves nothing about.
const AfterSweep = time.Millisecond

// witness reads another record of the same user: if that one cannot be seen either, it is our sight that is gone.
func (c *cycle) witness(ctx context.Context, s *sighting, gone journal.Link) (plan.Evidence, error) {
	links, err := c.Store.LinksAfter(ctx, c.Pair.ID, "", 20)
	if err != nil {
		return plan.Unproven, err
	}
	asked, told := 0, 0
	for _, suspected := range []bool{false, true} { // those that are suspected themselves last
		for _, link := range links {
			if asked == 3 || link.ID == gone.ID || link.State != journal.Linked || suspected != (s.work[link.Raynet.Ref].Why == journal.WhyAbsent) {
				continue
			}
			reading, err := c.lookAt(ctx, link.Raynet.Ref)
			if err != nil {
				return plan.Unproven, err
			}
			if reading.Presence == remote.Present {
				return plan.Proven, nil
			}
			if reading.Presence == remote.Gone {
				told++
			}
			asked++
		}
	}
	switch {
	case asked == 0:
		return plan.Proven, nil // it was the only one
	case told == asked:
		return plan.Invisible, nil
	}
	return plan.Unproven, nil // some could not be read now: the proof is gathered further
}
