package engine

import (
	"context"
	"log/slog"
	"slices"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// pass sees, decides and applies once. Only the first pass of a cycle takes in what the feeds reported; later ones merge again
// what changed under our hands.
func (c *cycle) pass(ctx context.Context, first bool) error {
	s, err := c.gather(ctx, first)
	if err != nil {
		return err
	}
	items, err := c.items(ctx, s)
	if err != nil {
		return err
	}
	if err := c.guard(ctx, items); err != nil {
		return err
	}
	return c.act(ctx, items)
}

// items puts what was seen together: linked things with both their sides, unlinked ones with the counterpart they match.
func (c *cycle) items(ctx context.Context, s *sighting) ([]plan.Item, error) {
	items := make([]plan.Item, 0, len(s.order))
	var freshRaynet, freshOutlook []remote.Reading
	done := map[string]bool{}
	reviewed, err := c.reviewed(ctx, s)
	if err != nil {
		return nil, err
	}
	for _, ref := range s.order {
		if id, linked := s.byRef[ref]; linked {
			if !done[id] && !c.frozen[id] {
				done[id] = true
				item, err := c.linkedItem(ctx, s, s.links[id])
				if err != nil {
					return nil, err
				}
				items = append(items, item)
			}
			continue
		}
		reading := s.readings[ref]
		switch {
		case c.waiting[ref]:
		case reading.Presence != remote.Present:
			items = append(items, c.unlinkedItem(s, plan.Item{}, reading))
		case ref.Side == record.Raynet:
			freshRaynet = append(freshRaynet, reading)
		default:
			freshOutlook = append(freshOutlook, reading)
		}
	}
	for _, ref := range s.suspects { // reported as removed, never linked: nothing to prove, nothing to keep
		if aside, known := s.asides[ref]; known && s.byRef[ref] == "" {
			if _, seen := s.readings[ref]; !seen {
				item := plan.Item{Asides: []journal.Aside{aside}}
				if item.Work, err = c.leftBehind(ctx, aside); err != nil {
					return nil, err
				}
				items = append(items, item)
			}
		}
	}
	s.readings = nil // what is needed of them is in the items and lists by now
	fresh, err := c.match(ctx, s, freshRaynet, freshOutlook)
	if err != nil {
		return nil, err
	}
	if err := c.rivals(ctx, s, fresh, reviewed); err != nil {
		return nil, err
	}
	for _, item := range s.undecided(fresh, reviewed) {
		var readings []remote.Reading
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if reading != nil {
				readings = append(readings, *reading)
			}
		}
		item = c.unlinkedItem(s, item, readings...)
		if item.Link != nil {
			items = s.joined(items, item)
		} else {
			items = append(items, item)
		}
	}
	if err := c.copied(ctx, items); err != nil {
		return nil, err
	}
	return items, c.organised(ctx, items)
}

// linkedItem collects what was seen of a link.
func (c *cycle) linkedItem(ctx context.Context, s *sighting, link journal.Link) (plan.Item, error) {
	item := plan.Item{Link: &link}
	for _, half := range []journal.Half{link.Raynet, link.Outlook} {
		if half.Ref.IsZero() {
			continue
		}
		if work, waits := s.work[half.Ref]; waits {
			item.Work = append(item.Work, work)
		}
		reading, seen := s.readings[half.Ref]
		switch {
		case !seen:
		case half.Ref.Side == record.Raynet:
			item.Raynet = &reading
		default:
			item.Outlook = &reading
		}
	}
	if item.Raynet != nil && item.Raynet.Presence == remote.Gone && !link.State.Tombstone() {
		var err error
		if item.Deletion, err = c.evidence(ctx, s, link); err != nil {
			return item, err
		}
	}
	if item.Outlook != nil && item.Outlook.Presence == remote.Gone && !link.State.Tombstone() {
		var err error
		if item.Former, err = c.Store.OnceInOutlook(ctx, link); err != nil {
			return item, err
		}
	}
	return item, nil
}

// unlinkedItem adds what is remembered of the things of an unlinked item.
func (c *cycle) unlinkedItem(s *sighting, item plan.Item, readings ...remote.Reading) plan.Item {
	for _, reading := range readings {
		if work, waits := s.work[reading.Ref]; waits {
			item.Work = append(item.Work, work)
		}
		if aside, known := s.asides[reading.Ref]; known {
			item.Asides = append(item.Asides, aside)
		}
		if reading.Presence == remote.Present {
			continue
		}
		if reading.Ref.Side == record.Raynet && reading.Presence == remote.Broken {
			item.Raynet = &reading
		} else if reading.Presence == remote.Broken {
			item.Outlook = &reading
		}
	}
	return item
}

// portion is in how many a pass reads, decides and applies at a time. One that writes to RAYNET is as small as the rules say, so
// that the read that guards a write is still fresh when the write leaves.
const portion = 200

// act decides and applies, portion by portion.
func (c *cycle) act(ctx context.Context, items []plan.Item) error {
	var plain, guarded []plan.Item
	for _, item := range items {
		if raynet, _ := plan.Needs(c.context(), item); !c.Dry && (raynet || c.writesRaynet(item)) {
			guarded = append(guarded, item)
		} else {
			plain = append(plain, item)
		}
	}
	over := 0
	for _, group := range []struct {
		items []plan.Item
		size  int
	}{{plain, portion}, {guarded, max(1, c.Rules.GuardedPortion)}} {
		for part := range slices.Chunk(group.items, group.size) {
			if err := c.actOn(ctx, part); err != nil {
				return err
			}
			if over += len(part); c.Progress != nil {
				c.Progress(over, len(items))
			}
		}
	}
	return nil
}

// writesRaynet reports whether RAYNET was seen already, and what is seen of Outlook will be written there.
func (c *cycle) writesRaynet(item plan.Item) bool {
	if item.Raynet == nil || item.Raynet.Presence != remote.Present || item.Raynet.Snapshot.Erased {
		return false
	}
	item.Raynet = nil
	raynet, _ := plan.Needs(c.context(), item)
	return raynet
}

// aged reports whether what was seen of RAYNET is so old that the write protocol may have to read it again, one by one: most of
// the time for which a look counts is needed until the write leaves.
func (c *cycle) aged(item plan.Item) bool {
	return !c.Dry && c.writesRaynet(item) && c.Now().Sub(item.Raynet.Snapshot.At) > c.Rules.GuardAge/5
}

// actOn reads what is still needed for a portion, decides, and applies the steps.
func (c *cycle) actOn(ctx context.Context, items []plan.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.outcome.Stop[record.Raynet] != nil && c.outcome.Stop[record.Outlook] != nil {
		c.outcome.Skipped += len(items)
		return nil
	}
	for range 2 { // what one side turns out to show may ask for the other
		more, err := c.complete(ctx, items)
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	var steps []plan.Step
	for _, item := range items {
		steps = append(steps, c.identify(plan.Decide(c.context(), item))...)
	}
	c.outcome.Planned = append(c.outcome.Planned, c.told(steps)...)
	c.log(ctx, steps)
	if c.Dry || len(steps) == 0 {
		return nil
	}
	plan.Order(steps, c.Now())
	return c.drive(ctx, apply.New(c.config(), nil, steps, c.NewID).Without(c.outcome.Stop))
}

// log tells developers what was decided, without a word of what people wrote.
func (c *cycle) log(ctx context.Context, steps []plan.Step) {
	if c.Log == nil || !c.Log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, step := range steps {
		fields := make([]record.Field, 0, len(step.Fields))
		for name := range step.Fields { // any order: sorted below
			fields = append(fields, name)
		}
		slices.Sort(fields)
		c.Log.DebugContext(ctx, "step planned", "pair", c.Pair.ID, "step", step.Op, "side", step.Side, "link", step.Link.ID,
			"raynet", step.Link.Raynet.Ref, "outlook", step.Link.Outlook.Ref, "reason", step.Reason, "fields", fields,
			"work", len(step.Put), "done", len(step.Done), "run", c.Task.Run)
	}
}

// told keeps the steps that a report tells of. A first synchronisation would otherwise hold every record in memory.
func (c *cycle) told(steps []plan.Step) []plan.Step {
	if c.Dry {
		return steps
	}
	return nil
}

// identify gives the steps of a new link their common id.
func (c *cycle) identify(steps []plan.Step) []plan.Step {
	id := ""
	for i := range steps {
		if steps[i].Link.ID != "" || steps[i].Link.Pair == 0 {
			continue
		}
		if id == "" {
			id = c.NewID()
		}
		steps[i].Link.ID = id
	}
	return steps
}

// complete reads the sides that the items of a portion still need, and reports whether there were any.
func (c *cycle) complete(ctx context.Context, items []plan.Item) (bool, error) {
	s := &sighting{readings: map[remote.Ref]remote.Reading{}}
	var refs []remote.Ref
	for _, item := range items {
		raynet, outlook := plan.Needs(c.context(), item)
		if raynet || c.aged(item) {
			refs = append(refs, item.Link.Raynet.Ref)
		}
		if outlook {
			refs = append(refs, item.Link.Outlook.Ref)
		}
	}
	if len(refs) == 0 {
		return false, nil
	}
	if err := c.read(ctx, s, refs); err != nil {
		return false, err
	}
	for i := range items {
		if items[i].Link == nil {
			continue
		}
		if reading, ok := s.readings[items[i].Link.Raynet.Ref]; ok {
			items[i].Raynet = &reading
		}
		if reading, ok := s.readings[items[i].Link.Outlook.Ref]; ok {
			items[i].Outlook = &reading
		}
	}
	return true, nil
}
