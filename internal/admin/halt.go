package admin

import (
	"context"
	"fmt"
	"slices"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// showStopped tells what a guard would stop now, and what can be decided about it.
func (a *Admin) showStopped(ctx context.Context, p journal.Pair, look *engine.Look, it *ReviewItem) error {
	outcome, err := a.Connection.Plan(ctx, p, look, jobs.CycleOptions{Foresee: true})
	if err != nil {
		return err
	}
	if outcome.Halted == nil {
		it.Choices = []string{ChoiceRetry}
		return nil
	}
	tally := outcome.Halted.Tally
	it.Reason, it.Seen = outcome.Halted.Reason, outcome.Fingerprint
	it.Plan = &ReviewPlan{Removals: tally.Removals, Changes: tally.Changed, Linked: tally.Linked, Steps: a.titled(ctx, p, outcome.Stopped)}
	it.Choices = []string{ChoiceRetry}
	if slices.ContainsFunc(outcome.Stopped, removes) {
		it.Choices = append(it.Choices, ChoiceKeep)
	}
	it.Choices = append(it.Choices, ChoiceApprove)
	return nil
}

// removes reports whether a step removes something, or gives a link up because it was removed.
func removes(step plan.Step) bool { return step.Op == plan.Delete || step.Op == plan.Unlink }

// titles is how many records are read, at most, to name what was given up since it is gone on the other side.
const titles = 50

// titled says steps in the words of a report. Of what was given up since it is gone in Outlook, the record is named.
func (a *Admin) titled(ctx context.Context, p journal.Pair, steps []plan.Step) []PlannedStep {
	out := []PlannedStep{}
	nameless := func(i int) bool {
		return out[i].Title == "" && steps[i].Op == plan.Unlink && !steps[i].Erase && !steps[i].Link.Raynet.Ref.IsZero()
	}
	var refs []remote.Ref
	for i, step := range steps {
		if out = append(out, plannedStep(p, step)); nameless(i) && len(refs) < titles {
			refs = append(refs, step.Link.Raynet.Ref)
		}
	}
	seen, err := a.readNow(ctx, p, refs)
	if err != nil {
		return out // they are shown by their references
	}
	for i, step := range steps {
		if reading := seen[step.Link.Raynet.Ref]; nameless(i) && reading.Presence == remote.Present && reading.Snapshot.Rule == "" {
			out[i].Title = titleOf(reading.Snapshot)
		}
	}
	return out
}

// decidePair carries out what was decided about a whole pair.
func (a *Admin) decidePair(ctx context.Context, t *tally, e entry, d Decision, dry bool) error {
	switch {
	case e.what == ReviewContainer && d.Choice == ChoiceContainer:
		return a.newContainer(ctx, t, e.pair, d, dry)
	case d.Choice == ChoiceRetry:
		return a.letGo(ctx, t, e.pair, d, dry)
	case e.what == ReviewHalted && (d.Choice == ChoiceApprove || d.Choice == ChoiceKeep):
		return a.pass(ctx, t, e.pair, d, dry)
	}
	return notAChoice(e, d)
}

// letGo lets a stopped pair run again; the guards look as always.
func (a *Admin) letGo(ctx context.Context, t *tally, p journal.Pair, d Decision, dry bool) error {
	if dry {
		return nil
	}
	err := a.Connection.Change(ctx, p.ID, func(_ context.Context, now journal.Pair) ([]journal.Fact, error) {
		if now.State == journal.PairPaused {
			return nil, &Failure{Code: FailureReview, Args: map[string]any{"ID": d.ID}}
		}
		return []journal.Fact{journal.PutPairState{Pair: p.ID, State: journal.PairRunning}, a.decided(t, p, d)}, nil
	})
	if err != nil {
		return err
	}
	return a.carry(ctx, t, p, jobs.CycleOptions{Run: t.cycle.Run})
}

// decided is the line of the journal that tells of a decision about a whole pair.
func (a *Admin) decided(t *tally, p journal.Pair, d Decision) journal.Fact {
	return journal.AddEntry{Entry: journal.Entry{At: a.Now(), Run: t.cycle.Run, Pair: p.ID, Event: journal.Decided, Reason: chosen(d.Choice), Author: d.By}}
}

// carry reads RAYNET and lets one pair do what there is to do.
func (a *Admin) carry(ctx context.Context, t *tally, p journal.Pair, options jobs.CycleOptions) error {
	if err := a.read(ctx, t, false); err != nil {
		return err
	}
	outcome, err := a.Connection.Cycle(ctx, p.ID, options)
	t.add(p, outcome, err)
	return ctx.Err()
}

// pass lets what a guard stopped pass, or keeps everything that would be removed: exactly what was seen, or nothing.
func (a *Admin) pass(ctx context.Context, t *tally, p journal.Pair, d Decision, dry bool) error {
	if d.Seen == "" {
		return &Failure{Code: FailureSeen, Args: map[string]any{"ID": d.ID}}
	}
	changed := &Failure{Code: FailurePlan, Args: map[string]any{"ID": d.ID}}
	if dry {
		looks, err := a.Connection.Look(ctx, []journal.Pair{p}, false)
		if err != nil {
			return err
		}
		outcome, err := a.Connection.Plan(ctx, p, looks[p.ID], jobs.CycleOptions{Foresee: true})
		if err != nil {
			return err
		}
		if outcome.Fingerprint != d.Seen {
			return changed
		}
		for i, step := range outcome.Stopped {
			if d.Choice == ChoiceKeep && removes(step) && !step.Erase {
				outcome.Stopped[i] = plan.Step{Op: plan.Unlink, Link: step.Link, Source: step.Source, Target: step.Target, State: journal.Released, Reason: "kept-by-person"}
			}
		}
		for _, told := range a.titled(ctx, p, outcome.Stopped) {
			t.plan(told)
		}
		return nil
	}
	if err := a.read(ctx, t, false); err != nil {
		return err
	}
	outcome, err := a.Connection.Cycle(ctx, p.ID, jobs.CycleOptions{Run: t.cycle.Run, Verdict: &engine.GuardVerdict{Fingerprint: d.Seen,
		Keep: d.Choice == ChoiceKeep, By: d.By, Choice: chosen(d.Choice)}})
	t.add(p, outcome, err)
	if err == nil && (outcome.Halted != nil || outcome.Fingerprint != d.Seen) {
		return changed
	}
	return ctx.Err()
}

// newContainer makes a new folder or list for a pair whose own was deleted, and makes the copies again in it. If it is
// interrupted, the pair stays stopped and the decision can be made once more.
func (a *Admin) newContainer(ctx context.Context, t *tally, p journal.Pair, d Decision, dry bool) error {
	if !dry {
		err := a.Connection.Change(ctx, p.ID, func(_ context.Context, now journal.Pair) ([]journal.Fact, error) {
			if whatOfPair(now) != ReviewContainer {
				return nil, &Failure{Code: FailureReview, Args: map[string]any{"ID": d.ID}}
			}
			return []journal.Fact{journal.PutPairState{Pair: p.ID, State: journal.PairHalted, Reason: ReviewContainer},
				journal.PutContainer{Pair: p.ID}, a.decided(t, p, d)}, nil
		})
		if err != nil {
			return err
		}
		if err := a.Connection.Prepare(ctx, p.ID, t.cycle.Run); err != nil {
			return err
		}
	}
	for after := ""; ; {
		last, err := a.refill(ctx, t, p, after, dry)
		if err != nil {
			return err
		}
		if last == "" {
			break
		}
		after = last
	}
	if dry {
		return nil
	}
	err := a.Connection.Change(ctx, p.ID, func(_ context.Context, now journal.Pair) ([]journal.Fact, error) {
		if whatOfPair(now) != ReviewContainer {
			return nil, fmt.Errorf("let %s go on: it was stopped again", p.Address)
		}
		return []journal.Fact{journal.PutPairState{Pair: p.ID, State: journal.PairRunning}}, nil
	})
	if err != nil {
		return err
	}
	return a.carry(ctx, t, p, jobs.CycleOptions{Run: t.cycle.Run})
}

// refillPage is how many copies are made again at a time.
const refillPage = 200

// refill makes the copies of a page of links again, and returns the last link's id, empty after the last page.
func (a *Admin) refill(ctx context.Context, t *tally, p journal.Pair, after string, dry bool) (last string, err error) {
	outcome, err := a.Connection.Do(ctx, p.ID, jobs.CycleOptions{Run: t.cycle.Run, Dry: dry}, func(ctx context.Context, task engine.Task) ([]plan.Step, error) {
		links, err := a.Store.LinksAfter(ctx, p.ID, after, refillPage)
		if err != nil || len(links) == 0 {
			return nil, err
		}
		last = links[len(links)-1].ID
		var refs []remote.Ref
		for _, link := range links {
			refs = append(refs, link.Raynet.Ref)
			if !dry {
				refs = append(refs, link.Outlook.Ref)
			}
		}
		seen, err := a.readNow(ctx, task.Pair, refs)
		if err != nil {
			return nil, err
		}
		return a.refilled(task.Pair, links, seen), nil
	})
	if dry && err == nil {
		outcome.Steps = planSteps(outcome.Planned)
	}
	for _, step := range outcome.Planned {
		t.plan(plannedStep(p, step))
	}
	t.add(p, outcome, err)
	return last, err
}

// refilled decides which copies are made again: those whose record is there and whose item is not.
func (a *Admin) refilled(p journal.Pair, links []journal.Link, seen map[remote.Ref]remote.Reading) []plan.Step {
	var steps []plan.Step
	for _, link := range links {
		raynet, outlook := seen[link.Raynet.Ref], seen[link.Outlook.Ref]
		if raynet.Presence != remote.Present || outlook.Presence == remote.Broken {
			continue
		}
		again, _ := plan.Restore(a.planContext(p), plan.Undo{Link: link, Raynet: &raynet, Outlook: &outlook,
			Entries: []journal.Entry{{Event: journal.Deleted, Side: record.Outlook}}})
		steps = append(steps, again...)
	}
	return steps
}

func planSteps(steps []plan.Step) map[plan.Op]int {
	out := map[plan.Op]int{}
	for _, step := range steps {
		out[step.Op]++
	}
	return out
}
