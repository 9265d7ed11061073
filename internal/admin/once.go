package admin

import (
	"context"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What a person asks for is made once: he may ask a second time because an old database that knows nothing of the first time was brought
// back, or before RAYNET has been read since the start.

// made returns what was made of the original of a create already, on whose side a look is taken now.
func (a *Admin) made(ctx context.Context, p journal.Pair, step plan.Step) ([]remote.Snapshot, error) {
	switch {
	case step.Op != plan.Create:
	case step.Side == record.Outlook && !step.Source.Ref.IsZero(): // its user may have put the copy where no feed looks
		return a.Connection.Engine.Outlook.Find(ctx, p.Scope(), remote.Search{Source: step.Source.Ref})
	case step.Side == record.Raynet && step.Key != "":
		return a.Connection.Engine.Raynet.Find(ctx, p.Scope(), remote.Search{Key: step.Key})
	}
	return nil, nil
}

// makeNew copies a thing although it fits others.
func (a *Admin) makeNew(ctx context.Context, s *sight, d Decision) ([]plan.Step, error) {
	item, err := a.item(ctx, s, nil)
	if err != nil {
		return nil, err
	}
	steps := plan.Decide(a.planContext(s.pair), item)
	for _, step := range steps {
		found, err := a.made(ctx, s.pair, step)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return nil, madeAlready(d, found[0])
		}
	}
	return append(steps, a.hold(s, remote.Ref{})...), nil
}

// makeOnceMore makes the missing half of a link again. A record that an earlier decision made takes its place instead.
func (a *Admin) makeOnceMore(ctx context.Context, s *sight, d Decision, first *plan.Step) ([]plan.Step, error) {
	steps, _ := a.makeAgain(s)
	found, err := a.made(ctx, s.pair, steps[0])
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		joined, err := a.rejoin(ctx, s, found[0])
		if err == nil && len(joined) == 0 {
			err = madeAlready(d, found[0])
		}
		if err == nil {
			joined[0].Author = d.By
		}
		return joined, err
	}
	item, err := a.item(ctx, s, nil)
	for _, w := range item.Work {
		first.Done = append(first.Done, journal.DoneWork{Pair: w.Pair, Ref: w.Ref, Generation: w.Generation})
	}
	return steps, err
}

// madeAlready refuses to make what is there.
func madeAlready(d Decision, found remote.Snapshot) error {
	if found.Ref.Side == record.Outlook {
		return &Failure{Code: FailureCopied, Args: map[string]any{"ID": d.ID}}
	}
	return &Failure{Code: FailureMade, Args: map[string]any{"ID": d.ID, "Ref": found.Ref.String()}}
}

// rejoin links what a link has left in Outlook with the record that was made from it in the place of the one that is gone. There are no
// steps if it cannot be linked: it is another's, linked or cancelled by now, or a rule leaves it out.
func (a *Admin) rejoin(ctx context.Context, s *sight, made remote.Snapshot) ([]plan.Step, error) {
	links, err := a.Store.Links(ctx, s.pair.ID, []remote.Ref{made.Ref})
	if err != nil || len(links) > 0 || made.Ref.Side != record.Raynet || made.Finished || snapshotOf(s.outlook) == nil {
		return nil, err
	}
	item, err := a.item(ctx, s, &remote.Reading{Ref: made.Ref, Presence: remote.Present, Snapshot: made})
	if err != nil {
		return nil, err
	}
	item.Link, item.Bound, item.Matched, item.How = nil, s.link, true, plan.Chosen
	steps := plan.Decide(a.planContext(s.pair), item)
	if len(steps) == 0 || steps[0].Op != plan.Link {
		return nil, nil
	}
	a.goOn(&steps[0], made.Ref, s.link.Outlook.Ref)
	return steps, nil
}

// goOn lets the next cycle go on with what two things that are linked differ in, if we are interrupted.
func (a *Admin) goOn(step *plan.Step, refs ...remote.Ref) {
	for _, ref := range refs {
		step.Put = append(step.Put, journal.Work{Pair: step.Link.Pair, Ref: ref, Why: journal.WhyChanged, Reason: "recovered", Since: a.Now(), RetryAt: a.Now()})
	}
}

// once leaves out of what takes something back the creates of what is there already.
func (a *Admin) once(ctx context.Context, p journal.Pair, undo plan.Undo, steps []plan.Step, kept []plan.Kept) ([]plan.Step, []plan.Kept, error) {
	var out []plan.Step
	for _, step := range steps {
		found, err := a.made(ctx, p, step)
		if err != nil {
			return nil, nil, err
		}
		if len(found) == 0 {
			out = append(out, step)
			continue
		}
		joined, err := a.rejoin(ctx, &sight{entry: entry{pair: p}, link: &undo.Link, outlook: undo.Outlook}, found[0])
		if err != nil {
			return nil, nil, err
		}
		if len(joined) == 0 {
			kept = append(kept, plan.Kept{Side: step.Side, Reason: "already-there"})
		}
		out = append(out, joined...)
	}
	return out, kept, nil
}
