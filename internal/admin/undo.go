package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// Undo takes back a decision, by the run that it was: what it wrote is restored as by Restore; a link that it made is dissolved
// again, and both things lie before a person as before; what it let alone is looked at again; what it let pass a guard is stopped
// again. It is a run of its own. The errors are *Failure for a run that decided nothing, or whose decision cannot be taken back,
// and those of Sync.
func (a *Admin) Undo(ctx context.Context, undone, by string) (Report, error) {
	run := store.Run{ID: a.NewID(), What: RunUndo, Started: a.Now()}
	return a.asRun(ctx, run, func() (Report, error) {
		t := a.tally(run.ID)
		pairs, err := a.pairs(ctx, nil)
		if err != nil {
			return Report{}, err
		}
		entries, err := a.allOf(ctx, store.JournalFilter{Run: undone}, pairs)
		if err != nil {
			return Report{}, err
		}
		if !slices.ContainsFunc(entries, func(e journal.Entry) bool { return e.Event == journal.Decided }) {
			return Report{}, &Failure{Code: FailureRun, Args: map[string]any{"Run": undone}}
		}
		for _, p := range pairs {
			of := slices.DeleteFunc(slices.Clone(entries), func(e journal.Entry) bool { return e.Pair != p.ID })
			if len(of) == 0 {
				continue
			}
			if err := a.undoPair(ctx, t, p, of, by); err != nil {
				return Report{Cycles: []Cycle{t.end()}}, err
			}
		}
		t.cycle.Kinds, err = a.planCounts(context.WithoutCancel(ctx))
		return Report{Cycles: []Cycle{t.end()}}, err
	})
}

// undoPair takes back what a run decided and did in one pair.
func (a *Admin) undoPair(ctx context.Context, t *tally, p journal.Pair, entries []journal.Entry, by string) error {
	state, err := a.stateBefore(ctx, p, entries)
	if err != nil {
		return err
	}
	outcome, err := a.Connection.Do(ctx, p.ID, jobs.CycleOptions{Run: t.cycle.Run}, func(ctx context.Context, task engine.Task) ([]plan.Step, error) {
		steps, told, err := a.undo(ctx, task, RestoreWhat{}, concerned(entries))
		for _, step := range told {
			if step.Reason != "not-reversible" {
				t.plan(step)
			}
		}
		if err != nil {
			return nil, err
		}
		more, err := a.reopened(ctx, task.Pair, entries)
		if err != nil {
			return nil, err
		}
		if steps = append(steps, more...); len(steps) == 0 && state == nil {
			return nil, &Failure{Code: FailureUndo, Args: map[string]any{"Run": entries[0].Run}}
		}
		return append(steps, plan.Told(journal.Link{}, "undone", by)), nil
	})
	if err != nil {
		return err
	}
	t.add(p, outcome, nil)
	if state == nil {
		return nil
	}
	return a.Connection.Change(ctx, p.ID, func(context.Context, journal.Pair) ([]journal.Fact, error) {
		return []journal.Fact{*state}, nil
	})
}

// concerned leaves out what a run wrote beside that which was decided: a decision after which a whole cycle ran takes only its own back.
func concerned(entries []journal.Entry) []journal.Entry {
	at := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Event == journal.Decided })
	if at < 0 {
		return entries
	}
	decided := entries[at]
	return slices.DeleteFunc(slices.Clone(entries), func(e journal.Entry) bool {
		switch decided.Reason {
		case chosen(ChoiceApprove), chosen(ChoiceKeep):
			return e.Event == journal.Created || e.Event == journal.RestoredEvent
		case chosen(ChoiceContainer):
			return e.Event != journal.RestoredEvent
		case chosen(ChoiceRetry):
			same := e.LinkID != "" && e.LinkID == decided.LinkID || !decided.Raynet.IsZero() && e.Raynet == decided.Raynet ||
				!decided.Outlook.IsZero() && e.Outlook == decided.Outlook
			return !same
		}
		return false
	})
}

// stateBefore is the state that a pair had before a run decided about it as a whole, nil if it did not.
func (a *Admin) stateBefore(ctx context.Context, p journal.Pair, entries []journal.Entry) (*journal.PutPairState, error) {
	for _, e := range entries {
		if e.Event != journal.Decided {
			continue
		}
		switch e.Reason {
		case chosen(ChoiceApprove), chosen(ChoiceKeep):
			before, err := a.Store.Journal(ctx, store.JournalFilter{Pair: p.ID, BeforeID: e.ID, Limit: 1000})
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(before, func(b journal.Entry) bool { return b.Event == journal.Halted })
			if at >= 0 {
				return &journal.PutPairState{Pair: p.ID, State: journal.PairHalted, Reason: before[at].Reason}, nil
			}
		case reasonPaused:
			return &journal.PutPairState{Pair: p.ID, State: journal.PairRunning}, nil
		case reasonResumed:
			return &journal.PutPairState{Pair: p.ID, State: journal.PairPaused, Reason: reasonPaused}, nil
		}
	}
	return nil, nil
}

// reopened are the steps that bring back what was before a decision, where nothing was written: links that were made are forgotten,
// links that were given up are there again, and what was left alone is not any more.
func (a *Admin) reopened(ctx context.Context, p journal.Pair, entries []journal.Entry) ([]plan.Step, error) {
	var steps []plan.Step
	passed := slices.ContainsFunc(entries, func(e journal.Entry) bool {
		return e.Event == journal.Decided && (e.Reason == chosen(ChoiceApprove) || e.Reason == chosen(ChoiceKeep))
	})
	for _, e := range entries {
		switch {
		case e.Event == journal.Decided && e.Reason == chosen(ChoiceLeave):
			more, err := a.noticed(ctx, p, e)
			if err != nil {
				return nil, err
			}
			steps = append(steps, more...)
		case e.Event == journal.Matched && e.Reason == plan.Chosen,
			passed && e.Op == "" && slices.Contains([]journal.Event{journal.HiddenEvent, journal.ReleasedEvent, journal.DissolvedEvent}, e.Event):
			link, err := a.Store.Link(ctx, e.LinkID)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if e.Event == journal.Matched {
				steps = append(steps, a.parted(link))
			} else if link.State.Tombstone() && link.Reason == e.Reason {
				steps = append(steps, plan.Step{Op: plan.Link, Link: link, State: journal.Linked, Event: journal.Returned,
					Put: []journal.Work{{Pair: p.ID, Ref: link.Outlook.Ref, Why: journal.WhyChanged, Reason: "restored", Since: a.Now(), RetryAt: a.Now()}}})
			}
		}
	}
	return steps, nil
}

// parted forgets a link that a person made. Both things lie before a person again, until they are looked at anew.
func (a *Admin) parted(link journal.Link) plan.Step {
	step := plan.Step{Op: plan.Forget, Link: link, Reason: plan.Chosen, Event: journal.DissolvedEvent}
	for _, ref := range []remote.Ref{link.Raynet.Ref, link.Outlook.Ref} {
		work := plan.Question(link.Pair, ref, "several-matches", a.Now())
		work.RetryAt = a.Now().Add(plan.ParkWait(11))
		step.Put = append(step.Put, work)
	}
	return step
}

// noticed are the steps by which something that was left alone is looked at again.
func (a *Admin) noticed(ctx context.Context, p journal.Pair, e journal.Entry) ([]plan.Step, error) {
	for _, ref := range []remote.Ref{e.Raynet, e.Outlook} {
		asides, err := a.Store.Asides(ctx, p.ID, []remote.Ref{ref})
		if err != nil {
			return nil, err
		}
		if len(asides) == 1 && asides[0].Rule == plan.RuleLeft {
			seen, err := a.sights(ctx, p, []entry{{what: ReviewCandidates, pair: p, ref: ref}})
			if err != nil {
				return nil, err
			}
			work := journal.Work{Pair: p.ID, Ref: ref, Why: journal.WhyChanged, Since: a.Now(), RetryAt: a.Now()}
			if len(seen[0].candidates) > 0 {
				work = plan.Question(p.ID, ref, "several-matches", a.Now())
			}
			return []plan.Step{{Op: plan.Note, Drops: []remote.Ref{ref}, Put: []journal.Work{work}}}, nil
		}
	}
	if e.LinkID == "" {
		return nil, nil
	}
	link, err := a.Store.Link(ctx, e.LinkID)
	if errors.Is(err, store.ErrNotFound) || err == nil && link.State != journal.Dissolved {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ref := link.Outlook.Ref
	if s, err := a.sights(ctx, p, []entry{{pair: p, ref: ref}}); err != nil {
		return nil, err
	} else if snapshotOf(s[0].outlook) == nil {
		ref = link.Raynet.Ref
	}
	return []plan.Step{{Op: plan.Note, Link: link, Put: []journal.Work{plan.Question(p.ID, ref, link.Reason, a.Now())}}}, nil
}

// decidedClash reports whether the entries of a link tell that a person decided a clash by them.
func decidedClash(e journal.Entry) bool {
	choice, ok := strings.CutPrefix(e.Reason, "chosen-")
	return ok && e.Event == journal.Decided && slices.Contains([]string{ChoiceRaynet, ChoiceOutlook, ChoiceFields}, choice)
}
