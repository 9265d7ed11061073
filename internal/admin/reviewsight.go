package admin

import (
	"context"
	"slices"
	"strings"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// sight is a thing that waits, with both its sides as they are now.
type sight struct {
	entry
	link            *journal.Link
	raynet, outlook *remote.Reading
	// candidates are what fits on the other side of an unlinked thing.
	candidates []fitting
	// rivals are what fits too, on either side, and lies before a person.
	rivals []remote.Ref
	// asks are the fields that a person chooses.
	asks []record.Field
}

// fitting is one candidate.
type fitting struct {
	reading remote.Reading
	common  []string
	linked  bool
}

// sights reads everything that is to be known about some things of one pair, each service once.
func (a *Admin) sights(ctx context.Context, p journal.Pair, entries []entry) ([]*sight, error) {
	if err := a.LoginAllowed(ctx); err != nil {
		return nil, err
	}
	var out []*sight
	var refs []remote.Ref
	for _, e := range entries {
		s := &sight{entry: e}
		links, err := a.Store.Links(ctx, p.ID, []remote.Ref{e.ref})
		if err != nil {
			return nil, err
		}
		refs = append(refs, e.ref)
		if len(links) > 0 {
			s.link = &links[0]
			refs = append(refs, s.link.Raynet.Ref, s.link.Outlook.Ref)
		}
		out = append(out, s)
	}
	seen, err := a.readNow(ctx, p, refs)
	if err != nil {
		return nil, err
	}
	for _, s := range out {
		for _, ref := range s.refs() {
			if reading, ok := seen[ref]; ok {
				*s.side(ref.Side) = &reading
			}
		}
		s.asks = a.clashing(p, s)
	}
	return out, a.fit(ctx, p, out)
}

// refs are those of both sides, as far as they are known.
func (s *sight) refs() []remote.Ref {
	if s.link == nil {
		return []remote.Ref{s.ref}
	}
	return []remote.Ref{s.link.Raynet.Ref, s.link.Outlook.Ref}
}

func (s *sight) side(side record.Side) **remote.Reading {
	if side == record.Raynet {
		return &s.raynet
	}
	return &s.outlook
}

// own is what an unlinked thing shows now, nil if it is not there.
func (s *sight) own() *remote.Snapshot { return snapshotOf(*s.side(s.ref.Side)) }

// trouble is the code of why a side could not be read now, empty if both could.
func (s *sight) trouble() string {
	for _, reading := range []*remote.Reading{s.raynet, s.outlook} {
		if reading != nil && reading.Presence == remote.Broken {
			return string(remote.KindOf(reading.Err))
		}
	}
	return ""
}

func snapshotOf(reading *remote.Reading) *remote.Snapshot {
	if reading == nil || reading.Presence != remote.Present {
		return nil
	}
	return &reading.Snapshot
}

// readNow reads refs of both sides as they are now, each once.
func (a *Admin) readNow(ctx context.Context, p journal.Pair, refs []remote.Ref) (map[remote.Ref]remote.Reading, error) {
	out := map[remote.Ref]remote.Reading{}
	scope := p.Scope()
	scope.Marks = true
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		var ask []remote.Ref
		for _, ref := range refs {
			if ref.Side == side && !slices.Contains(ask, ref) {
				ask = append(ask, ref)
			}
		}
		if len(ask) == 0 {
			continue
		}
		reader := a.Connection.Engine.Raynet
		if side == record.Outlook {
			reader = a.Connection.Engine.Outlook
		}
		readings, err := reader.Read(ctx, scope, ask)
		if err != nil {
			return nil, err
		}
		for _, reading := range readings {
			out[reading.Ref] = reading
		}
	}
	return out, nil
}

// planContext is what decisions about a pair share.
func (a *Admin) planContext(p journal.Pair) plan.Context {
	e := a.Connection.Engine
	return plan.Context{Pair: p, Rules: a.Connection.Rules(p), Schema: record.SchemaOf(p.Kind), Digester: e.Digester, Now: a.Now(),
		Key: func(source remote.Snapshot) string { return e.Key(p.Scope(), source) }}
}

// clashing lists the fields of a clash: those which a person must choose now.
func (a *Admin) clashing(p journal.Pair, s *sight) []record.Field {
	raynet, outlook := snapshotOf(s.raynet), snapshotOf(s.outlook)
	if s.what != ReviewClash || s.link == nil || raynet == nil || outlook == nil || raynet.Rule != "" || outlook.Rule != "" {
		return nil
	}
	c := a.planContext(p)
	verdicts := merge.Fields(merge.Input{Schema: c.Schema, Flow: c.Rules.Flow, Clash: c.Rules.Clash, Raynet: raynet.Fields, Outlook: outlook.Fields,
		MovedRaynet:     change.Classify(c.Digester, c.Schema, s.link.Raynet, s.raynet).Moved,
		MovedOutlook:    change.Classify(c.Digester, c.Schema, s.link.Outlook, s.outlook).Moved,
		OutlookReadOnly: s.link.ReadOnly, OutlookHeld: len(outlook.Held) > 0})
	var out []record.Field
	for _, verdict := range verdicts {
		if verdict.Act == merge.Ask {
			out = append(out, verdict.Field)
		}
	}
	return out
}

// seen names what an item shows: both sides, and the candidates in their order.
func (a *Admin) seen(s *sight) string {
	var parts []string
	put := func(reading *remote.Reading) {
		if reading != nil {
			parts = append(parts, reading.Ref.String(), string(reading.Presence), string(reading.Snapshot.Rule),
				a.Connection.Engine.Digester.Fields(reading.Snapshot.Fields).Encode())
		}
	}
	put(s.raynet)
	put(s.outlook)
	for i := range s.candidates {
		put(&s.candidates[i].reading)
	}
	return string(a.Connection.Engine.Digester.Text("seen", strings.Join(parts, "\n")))
}
