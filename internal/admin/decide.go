package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// Decision is what a person decided about one ReviewItem.
type Decision struct {
	ID string
	// Seen is the item's: what depends on values or on a plan is done only if these are still as the person saw them.
	Seen   string
	Choice string // ChoiceLink and the like
	// Candidate is the ref of the candidate for ChoiceLink, or its number in the list, from 1.
	Candidate string
	// Fields says whose value is taken, for ChoiceFields; a field without a choice goes on waiting.
	Fields map[record.Field]record.Side
	// By is the account of who decided.
	By string
}

// RunDecide and RunUndo are the words by which runs are told apart; see RunSync.
const (
	RunDecide = "decide"
	RunUndo   = "undo"
)

// chosen is the reason's code of a choice in the journal.
func chosen(choice string) string { return "chosen-" + choice }

// Decide carries out a decision. It is a run of its own in the journal, with who decided, and can be undone (Undo). With dry
// nothing is done, and the report says what would be. The report names its run, even with an error. The errors are *Failure for
// what waits no more, for choices that are not possible, and for what is not as it was seen any more; and those of Sync.
func (a *Admin) Decide(ctx context.Context, d Decision, dry bool) (Report, error) {
	if dry {
		return a.decideAs(ctx, "", d, true)
	}
	run := store.Run{ID: a.NewID(), What: RunDecide, Started: a.Now()}
	return a.asRun(ctx, run, func() (Report, error) { return a.decideAs(ctx, run.ID, d, false) })
}

// asRun does something as a run of its own. What a person can act on is kept with the run's report, for whoever asked another process.
func (a *Admin) asRun(ctx context.Context, run store.Run, do func() (Report, error)) (Report, error) {
	if err := a.Store.SaveRun(ctx, run); err != nil {
		return Report{}, err
	}
	report, err := do()
	if len(report.Cycles) == 0 {
		report.Cycles = []Cycle{{Run: run.ID}}
	}
	kept := report
	if failure, ok := errors.AsType[*Failure](err); ok {
		kept.Refused = &Refusal{Code: failure.Code, Args: failure.Args}
	}
	return report, errors.Join(err, a.saveRun(ctx, run, kept))
}

func (a *Admin) decideAs(ctx context.Context, run string, d Decision, dry bool) (Report, error) {
	t := a.tally(run)
	e, err := a.entryOf(ctx, d.ID)
	switch {
	case err != nil:
	case e.ref.IsZero():
		err = a.decidePair(ctx, t, e, d, dry)
	default:
		err = a.decideThing(ctx, t, e, d, dry)
	}
	if err == nil {
		t.cycle.Kinds, err = a.planCounts(context.WithoutCancel(ctx))
	}
	return Report{Cycles: []Cycle{t.end()}}, held(err)
}

// held says in plain words that another process is at the same thing.
func held(err error) error {
	if _, told := errors.AsType[*Failure](err); !told && errors.Is(err, store.ErrHeld) {
		return &Failure{Code: FailureHeld, Err: err}
	}
	return err
}

// decideThing carries out what was decided about one thing, with the write protocol of a cycle, whose place it takes.
func (a *Admin) decideThing(ctx context.Context, t *tally, e entry, d Decision, dry bool) error {
	if err := a.LoginAllowed(ctx); err != nil {
		return err
	}
	outcome, err := a.Connection.Do(ctx, e.pair.ID, jobs.CycleOptions{Run: t.cycle.Run, Dry: dry}, func(ctx context.Context, task engine.Task) ([]plan.Step, error) {
		now, err := a.entryOf(ctx, d.ID) // it may have been decided meanwhile
		if err != nil {
			return nil, err
		}
		now.pair = task.Pair
		sights, err := a.sights(ctx, task.Pair, []entry{now})
		if err != nil {
			return nil, err
		}
		return a.ruling(ctx, sights[0], d)
	})
	if dry && err == nil {
		outcome.Steps = planSteps(outcome.Planned)
	}
	for _, step := range outcome.Planned {
		if step.Op != plan.Note && step.Op != plan.Skip {
			t.plan(plannedStep(e.pair, step))
		}
	}
	if err != nil {
		return err
	}
	t.add(e.pair, outcome, nil)
	switch {
	case outcome.Again > 0:
		return &Failure{Code: FailureChanged, Args: map[string]any{"ID": d.ID}}
	case d.Choice == ChoiceRetry && !dry:
		return a.carry(ctx, t, e.pair, jobs.CycleOptions{Run: t.cycle.Run})
	}
	return nil
}

// plan adds a step to what a report tells.
func (t *tally) plan(step PlannedStep) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cycle.Planned = append(t.cycle.Planned, step)
}

func notAChoice(e entry, d Decision) error {
	return &Failure{Code: FailureChoice, Args: map[string]any{"ID": e.id, "Choice": d.Choice}}
}

// ruling turns a decision about one thing into steps, the first of which tells the journal.
func (a *Admin) ruling(ctx context.Context, s *sight, d Decision) ([]plan.Step, error) {
	if !slices.Contains(a.choices(s), d.Choice) {
		return nil, notAChoice(s.entry, d)
	}
	if d.Choice != ChoiceRetry && d.Choice != ChoiceLeave {
		switch {
		case d.Seen == "":
			return nil, &Failure{Code: FailureSeen, Args: map[string]any{"ID": d.ID}}
		case d.Seen != a.seen(s):
			return nil, &Failure{Code: FailureChanged, Args: map[string]any{"ID": d.ID}}
		}
	}
	link := journal.Link{}
	if s.link != nil {
		link = *s.link
	} else {
		link.Half(s.ref.Side).Ref = s.ref
	}
	first := plan.Told(link, chosen(d.Choice), d.By)
	steps, err := a.steps(ctx, s, d, &first)
	if err != nil {
		return nil, err
	}
	if len(steps) > 0 && link.ID != "" && steps[0].Link.ID == link.ID {
		first.Link = steps[0].Link // what a step says of its link counts from the first step on
	}
	return append([]plan.Step{first}, steps...), nil
}

// steps decides what follows from a choice; first is what tells the journal.
func (a *Admin) steps(ctx context.Context, s *sight, d Decision, first *plan.Step) ([]plan.Step, error) {
	switch d.Choice {
	case ChoiceRaynet, ChoiceOutlook, ChoiceFields:
		return a.settleClash(ctx, s, d)
	case ChoiceLink:
		return a.linkWith(ctx, s, d, first)
	case ChoiceNew:
		return a.makeNew(ctx, s, d)
	case ChoiceAgain:
		return a.makeOnceMore(ctx, s, d, first)
	case ChoiceLeave:
		item, err := a.item(ctx, s, nil)
		if s.link != nil {
			for _, w := range item.Work {
				first.Done = append(first.Done, journal.DoneWork{Pair: w.Pair, Ref: w.Ref, Generation: w.Generation})
			}
			return nil, err
		}
		return plan.Leave(a.planContext(s.pair), item), err
	}
	// Try again now. What was counted against a loop begins anew.
	first.Link.Loop = journal.Loop{}
	work := *s.work
	work.RetryAt = a.Now()
	first.Put = []journal.Work{work}
	return nil, nil
}

// settleClash takes the values that were chosen.
func (a *Admin) settleClash(ctx context.Context, s *sight, d Decision) ([]plan.Step, error) {
	prevails := map[record.Field]record.Side{}
	for _, field := range s.asks {
		switch {
		case d.Choice == ChoiceRaynet:
			prevails[field] = record.Raynet
		case d.Choice == ChoiceOutlook:
			prevails[field] = record.Outlook
		case d.Fields[field].Valid():
			prevails[field] = d.Fields[field]
		}
	}
	for field, side := range d.Fields {
		if d.Choice != ChoiceFields || prevails[field] != side {
			return nil, &Failure{Code: FailureField, Args: map[string]any{"Field": string(field)}}
		}
	}
	if len(prevails) == 0 {
		return nil, &Failure{Code: FailureField, Args: map[string]any{"Field": ""}}
	}
	item, err := a.item(ctx, s, nil)
	item.Verdict = &plan.Verdict{Prevails: prevails}
	return plan.Decide(a.planContext(s.pair), item), err
}

// linkWith links a thing with one of its candidates.
func (a *Admin) linkWith(ctx context.Context, s *sight, d Decision, first *plan.Step) ([]plan.Step, error) {
	at := slices.IndexFunc(s.candidates, func(f fitting) bool { return f.reading.Ref.String() == d.Candidate })
	if n, err := strconv.Atoi(d.Candidate); err == nil && at < 0 && n >= 1 && n <= len(s.candidates) {
		at = n - 1
	}
	if d.Candidate == "" && len(s.candidates) == 1 {
		at = 0
	}
	if at < 0 || !s.able(s.candidates[at]) {
		return nil, &Failure{Code: FailureCandidate, Args: map[string]any{"Candidate": d.Candidate}}
	}
	other := s.candidates[at].reading
	item, err := a.item(ctx, s, &other)
	if err != nil {
		return nil, err
	}
	item.Matched, item.How = true, plan.Chosen
	steps := plan.Decide(a.planContext(s.pair), item)
	if len(steps) == 0 || steps[0].Op != plan.Link {
		return nil, &Failure{Code: FailureCandidate, Args: map[string]any{"Candidate": d.Candidate}}
	}
	first.Link.Half(other.Ref.Side).Ref = other.Ref
	steps[0].Author = d.By
	a.goOn(&steps[0], s.ref, other.Ref)
	return append(steps, a.hold(s, other.Ref)...), nil
}

// hold keeps before a person what fitted too: it is decided one by one, and never taken for new.
func (a *Admin) hold(s *sight, but remote.Ref) []plan.Step {
	var steps []plan.Step
	for _, ref := range s.rivals {
		if ref != but {
			steps = append(steps, plan.Step{Op: plan.Note, Put: []journal.Work{plan.Question(s.pair.ID, ref, plan.Rival, a.Now())}})
		}
	}
	return steps
}
