package admin

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// fit finds, for unlinked things that fit several others, what these are now.
func (a *Admin) fit(ctx context.Context, p journal.Pair, all []*sight) error {
	var open []*sight
	for _, s := range all {
		if s.what == ReviewCandidates && s.link == nil && s.own() != nil && s.own().Rule == "" {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return nil
	}
	waiting, err := a.Store.WorkWhy(ctx, p.ID, journal.WhyReview)
	if err != nil {
		return err
	}
	reasons := map[remote.Ref]string{}
	for _, w := range waiting {
		reasons[w.Ref] = w.Reason
	}
	pool, err := a.pool(ctx, p, open, waiting)
	if err != nil {
		return err
	}
	key := a.planContext(p).Key
	for _, s := range open {
		for _, reading := range pool {
			if reading.Ref.Side == s.ref.Side || reading.Presence != remote.Present || reading.Snapshot.Rule != "" {
				continue
			}
			common := inCommon(*s.own(), reading.Snapshot, key)
			if maybeMade(reasons[s.ref], reasons[reading.Ref]) {
				common = append(common, plan.Orphan)
			}
			if len(common) > 0 {
				s.candidates = append(s.candidates, fitting{reading: reading, common: common})
			}
		}
		for _, reading := range pool { // what fits a candidate as well
			rival := reading.Ref.Side == s.ref.Side && reading.Ref != s.ref && reading.Presence == remote.Present &&
				slices.ContainsFunc(s.candidates, func(f fitting) bool { return len(inCommon(reading.Snapshot, f.reading.Snapshot, key)) > 0 })
			if rival {
				s.rivals = append(s.rivals, reading.Ref)
			}
		}
		if err := a.freedom(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// freedom finds out which candidates are linked already, and what lies before a person too.
func (a *Admin) freedom(ctx context.Context, s *sight) error {
	refs := s.rivals
	for i := range s.candidates {
		f := &s.candidates[i]
		links, err := a.Store.Links(ctx, s.pair.ID, []remote.Ref{f.reading.Ref})
		if err != nil {
			return err
		}
		f.linked = len(links) > 0
		refs = append(refs, f.reading.Ref)
	}
	work, err := a.Store.WorkAt(ctx, s.pair.ID, refs)
	s.rivals = nil
	for _, w := range work {
		if w.Why == journal.WhyReview {
			s.rivals = append(s.rivals, w.Ref)
		}
	}
	return err
}

// pool reads what may fit: everything unlinked of the pair that waits for a person or was set aside as alike, and what either
// service finds to be alike. It comes in a fixed order.
func (a *Admin) pool(ctx context.Context, p journal.Pair, open []*sight, waiting []journal.Work) ([]remote.Reading, error) {
	var refs []remote.Ref
	for _, w := range waiting {
		if whatOfWork(w.Why, w.Reason) == ReviewCandidates {
			refs = append(refs, w.Ref)
		}
	}
	var found []remote.Reading
	digester := a.Connection.Engine.Digester
	for _, s := range open {
		other := s.ref.Side.Other()
		for _, natural := range s.own().Natural {
			asides, err := a.Store.AsidesByNatural(ctx, p.ID, other, digester.Text("natural", natural))
			if err != nil {
				return nil, err
			}
			for _, aside := range asides {
				refs = append(refs, aside.Ref)
			}
		}
		finder := a.Connection.Engine.Raynet
		if other == record.Outlook {
			finder = a.Connection.Engine.Outlook
		}
		alike, err := finder.Find(ctx, p.Scope(), remote.Search{Alike: s.own()})
		if err != nil {
			return nil, err
		}
		for _, snapshot := range alike {
			found = append(found, remote.Reading{Ref: snapshot.Ref, Presence: remote.Present, Snapshot: snapshot})
		}
	}
	seen, err := a.readNow(ctx, p, refs)
	if err != nil {
		return nil, err
	}
	var out []remote.Reading
	taken := map[remote.Ref]bool{}
	for _, ref := range refs {
		if reading, ok := seen[ref]; ok && !taken[ref] {
			taken[ref] = true
			out = append(out, reading)
		}
	}
	for _, reading := range found {
		if !taken[reading.Ref] {
			taken[reading.Ref] = true
			out = append(out, reading)
		}
	}
	return out, nil
}

// maybeMade reports whether two questions are about one create: what it was made of, and what it may have made.
func maybeMade(one, other string) bool {
	return one == plan.HeldOrphan && other == plan.Orphan || one == plan.Orphan && other == plan.HeldOrphan
}

// inCommon says by what two things of different sides fit.
func inCommon(one, other remote.Snapshot, key func(remote.Snapshot) string) []string {
	raynet, outlook := one, other
	if one.Ref.Side == record.Outlook {
		raynet, outlook = other, one
	}
	var out []string
	stamped := outlook.Stamp != nil && outlook.Stamp.Source == raynet.Ref
	if stamped || raynet.Key != "" && raynet.Key == key(outlook) {
		out = append(out, "stamp")
	}
	if raynet.Twin != "" && raynet.Twin == outlook.Twin {
		out = append(out, "twin")
	}
	if slices.ContainsFunc(raynet.Natural, func(text string) bool { return slices.Contains(outlook.Natural, text) }) {
		out = append(out, "natural")
	}
	return out
}

// able reports whether a candidate can be chosen: it is free, and the record concerns the user.
func (s *sight) able(f fitting) bool {
	raynet := s.own()
	if f.reading.Ref.Side == record.Raynet {
		raynet = &f.reading.Snapshot
	}
	if s.work != nil && s.work.Reason == plan.LiesOutside {
		return false // it is its user's own, and stays so
	}
	return !f.linked && raynet != nil && !raynet.Erased && raynet.Concerns(s.pair.Person)
}

// items are what is known of one thing, or of two that belong together, for a decision.
func (a *Admin) item(ctx context.Context, s *sight, other *remote.Reading) (plan.Item, error) {
	item := plan.Item{Link: s.link, Raynet: s.raynet, Outlook: s.outlook}
	if other != nil && other.Ref.Side == record.Raynet {
		item.Raynet = other
	} else if other != nil {
		item.Outlook = other
	}
	refs := s.refs()
	if other != nil {
		refs = append(refs, other.Ref)
	}
	var err error
	if item.Work, err = a.Store.WorkAt(ctx, s.pair.ID, refs); err != nil {
		return item, err
	}
	item.Asides, err = a.Store.Asides(ctx, s.pair.ID, refs)
	return item, err
}
