package engine

// What lies before a person, and what follows for everything that fits it.

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// undecided leaves out what lies before a person, and what a person wants to be left alone. Such things take part in the matching
// all the same: what fits one of them is not taken for new, and is no match either, but goes before the person too.
func (s *sighting) undecided(items []plan.Item, reviewed map[remote.Ref]journal.Work) []plan.Item {
	out := make([]plan.Item, 0, len(items))
	for _, item := range items {
		open, held := false, false
		for _, reading := range []**remote.Reading{&item.Raynet, &item.Outlook} {
			ref := refOf(*reading)
			work, waits := reviewed[ref]
			switch {
			case ref.IsZero():
			case s.asides[ref].Rule == plan.RuleLeft, plan.Lone(work.Reason):
				held = true
				out = append(out, leftAlone(**reading))
				*reading = nil
			case waits && work.Reason == plan.LeftBehind:
				open = true
				if (*reading).Snapshot.Rule != plan.RuleOrphaned {
					s.work[ref] = work // its record is there again, and the question is answered
				}
			case waits:
				held = true
			default:
				open = true
			}
		}
		if held && open {
			item.Matched, item.Several = false, true
		}
		if open {
			out = append(out, item)
		}
	}
	return out
}

func refOf(reading *remote.Reading) remote.Ref {
	if reading == nil {
		return remote.Ref{}
	}
	return reading.Ref
}

func leftAlone(reading remote.Reading) plan.Item {
	if reading.Ref.Side == record.Raynet {
		return plan.Item{Raynet: &reading, Left: true}
	}
	return plan.Item{Outlook: &reading, Left: true}
}

// leftBehind returns the question about a contact that was left behind, which its user answered by deleting it.
func (c *cycle) leftBehind(ctx context.Context, aside journal.Aside) ([]journal.Work, error) {
	if aside.Rule != plan.RuleOrphaned {
		return nil, nil
	}
	work, err := c.Store.WorkAt(ctx, c.Pair.ID, []remote.Ref{aside.Ref})
	return slices.DeleteFunc(work, func(w journal.Work) bool { return w.Reason != plan.LeftBehind }), err
}

// reviewed tells which unlinked things lie before a person: until he has decided, nothing is done about them, however often they
// are seen.
func (c *cycle) reviewed(ctx context.Context, s *sighting) (map[remote.Ref]journal.Work, error) {
	var ask []remote.Ref
	for _, ref := range s.order {
		if _, due := s.work[ref]; !due && s.byRef[ref] == "" {
			ask = append(ask, ref)
		}
	}
	work, err := c.Store.WorkAt(ctx, c.Pair.ID, ask)
	if err != nil {
		return nil, err
	}
	out := map[remote.Ref]journal.Work{}
	for _, w := range work {
		if w.Why == journal.WhyReview {
			out[w.Ref] = w
		}
	}
	return out, nil
}

// rivals adds what a person alone may decide about, also where it was only reported, or found as a match.
func (c *cycle) rivals(ctx context.Context, s *sighting, items []plan.Item, reviewed map[remote.Ref]journal.Work) error {
	seen := make(map[remote.Ref]bool, len(s.order))
	for _, ref := range s.order {
		seen[ref] = true
		if work := s.work[ref]; plan.Lone(work.Reason) {
			reviewed[ref] = work
		}
	}
	var found []remote.Ref
	for _, item := range items {
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if ref := refOf(reading); !ref.IsZero() && !seen[ref] {
				found = append(found, ref)
			}
		}
	}
	work, err := c.Store.WorkAt(ctx, c.Pair.ID, found)
	for _, w := range work {
		if w.Why == journal.WhyReview && (plan.Lone(w.Reason) || w.Reason == plan.LeftBehind) {
			reviewed[w.Ref] = w
		}
	}
	return err
}
