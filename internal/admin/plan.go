package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// Plan says what Sync with the same options would do now, user by user, step by step. It reads both services and writes
// nothing: not there, and not in the database. Chosen users who were never enrolled are planned as though they were; a pair
// that a guard stopped is planned too, because that is what a person looks at before confirming. If nobody is chosen, the
// report names the candidates. Its errors are those of Sync.
func (a *Admin) Plan(ctx context.Context, options SyncOptions) (Report, error) {
	t := a.tally("")
	rows, err := a.Users(ctx)
	if err != nil {
		return Report{}, err
	}
	var report Report
	if len(a.Settings.Users) == 0 {
		report.Candidates = rows
	}
	pairs, err := a.planned(ctx, rows, options.Users)
	if err != nil {
		return report, err
	}
	for i := range pairs {
		pairs[i].Full = pairs[i].Full || options.Full
	}
	if len(pairs) > 0 {
		err = a.plan(ctx, t, pairs, options)
	}
	var errCount error
	t.cycle.Kinds, errCount = a.planCounts(ctx)
	report.Cycles = []Cycle{t.end()}
	if len(pairs) > 0 && err == nil {
		forecast := a.Forecast(report)
		report.Forecast = &forecast
	}
	return report, errors.Join(err, errCount)
}

// planned returns the pairs that are to be planned as enrolling would leave them: those that run or were stopped, and those that
// it would make, with negative ids. Whom the settings do not name any more has none.
func (a *Admin) planned(ctx context.Context, rows []UserRow, users []string) ([]journal.Pair, error) {
	known, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	all, kept := slices.Clone(known), map[int64]bool{}
	for _, row := range rows {
		if !row.Chosen {
			continue
		}
		for _, kind := range row.Kinds {
			at := slices.IndexFunc(known, func(p journal.Pair) bool { return p.Mailbox == row.Mailbox && p.Kind == kind })
			if at < 0 {
				all = append(all, journal.Pair{ID: int64(-1 - len(all)), Connection: a.Connection.Name, Kind: kind, Mailbox: row.Mailbox,
					Address: row.Address, Person: row.Person, Zone: row.Zone, State: journal.PairRunning})
				continue
			}
			p := &all[at]
			kept[p.ID] = true
			p.Full = p.Full || p.Person != row.Person || p.Zone != row.Zone
			p.Address, p.Person, p.Zone = row.Address, row.Person, row.Zone
			if p.State == journal.PairPaused && p.Reason == reasonNotChosen {
				p.State = journal.PairRunning
			}
		}
	}
	all = slices.DeleteFunc(all, func(p journal.Pair) bool { return p.ID >= 0 && p.State == journal.PairRunning && !kept[p.ID] })
	if len(users) > 0 {
		if all, err = only(all, users); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(p journal.Pair) bool {
		return p.State != journal.PairRunning && p.State != journal.PairHalted
	}), nil
}

// plan looks at RAYNET once and lets every pair decide what it would do.
func (a *Admin) plan(ctx context.Context, t *tally, pairs []journal.Pair, options SyncOptions) error {
	looks, err := a.Connection.Look(ctx, pairs, options.Sweep)
	if err != nil {
		t.fail(journal.Pair{}, err)
		return err
	}
	outcomes := make(map[int64]engine.Outcome, len(pairs))
	a.each(pairs, func(p journal.Pair) {
		outcome, err := a.Connection.Plan(ctx, p, looks[p.ID], jobs.CycleOptions{Progress: progress(options, p)})
		if err != nil {
			t.fail(p, err)
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		outcomes[p.ID] = outcome
	})
	made := map[string]bool{} // keys of creates: one meeting in several mailboxes is made once
	for _, p := range pairs {
		user := UserCycle{User: p.Address, Kind: p.Kind}
		outcome := outcomes[p.ID]
		if p.State == journal.PairHalted {
			t.stopped(p)
		}
		if outcome.Halted != nil {
			t.cycle.Halted = append(t.cycle.Halted, HaltedPair{User: p.Address, Kind: p.Kind, Reason: outcome.Halted.Reason, Detail: outcome.Halted.Error()})
		}
		if user.Skips, err = a.skips(ctx, p, outcome.Planned); err != nil {
			return err
		}
		for _, step := range outcome.Planned {
			told := plannedStep(p, step)
			if step.Op == plan.Create && step.Side == record.Raynet {
				if made[step.Key] {
					told.Op = string(plan.Link)
				}
				made[step.Key] = true
			}
			if user.Steps.count(plan.Op(told.Op)) {
				t.cycle.Planned = append(t.cycle.Planned, told)
			}
		}
		t.cycle.Steps = t.cycle.Steps.plus(user.Steps)
		t.cycle.Users = append(t.cycle.Users, user)
	}
	return ctx.Err()
}

// count adds one step and reports whether it is one that people are told of: not what we only remember.
func (s *Steps) count(op plan.Op) bool {
	switch op {
	case plan.Create:
		s.Create++
	case plan.Update:
		s.Update++
	case plan.Link:
		s.Link++
	case plan.Unlink:
		s.Unlink++
	case plan.Delete:
		s.Delete++
	case plan.Park:
		s.Park++
	case plan.Skip:
	case plan.Note:
		return false
	}
	return true
}

// skips counts what the rules leave out: what was left out before and what this plan would add.
func (a *Admin) skips(ctx context.Context, p journal.Pair, steps []plan.Step) (map[string]int, error) {
	known, err := a.Store.AsideCounts(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for rule, n := range known {
		out[string(rule)] = n
	}
	var refs []remote.Ref
	for _, step := range steps {
		refs = append(refs, step.Drops...)
		if step.Aside != nil {
			out[string(step.Aside.Rule)]++
			refs = append(refs, step.Aside.Ref)
		}
	}
	before, err := a.Store.Asides(ctx, p.ID, refs) // counted already, or no longer left out
	if err != nil {
		return nil, err
	}
	for _, aside := range before {
		if out[string(aside.Rule)]--; out[string(aside.Rule)] == 0 {
			delete(out, string(aside.Rule))
		}
	}
	return out, nil
}

// plannedStep says a step in the words of a report. Nothing of a private thing's content is told.
func plannedStep(p journal.Pair, step plan.Step) PlannedStep {
	told := PlannedStep{
		User: p.Address, Kind: p.Kind, Op: string(step.Op), Side: step.Side, Raynet: step.Link.Raynet.Ref.String(),
		Outlook: step.Link.Outlook.Ref.String(), Span: step.Link.Span, Reason: step.Reason, Mails: []string{},
	}
	private := step.Erase
	schema := record.SchemaOf(p.Kind)
	due := ""
	for _, seen := range []*remote.Snapshot{step.Source, step.Target} {
		if seen == nil {
			continue
		}
		private = private || seen.Rule == remote.RulePrivate
		if told.Title == "" {
			told.Title = schema.TitleOf(seen.Fields)
		}
		if !seen.Span.IsZero() && (told.Span.IsZero() || seen == step.Source) {
			told.Span = seen.Span
		}
		if due == "" && schema.Due != "" {
			due = string(seen.Fields[schema.Due])
		}
		told.name(seen.Ref)
	}
	if len(step.Put) > 0 {
		told.name(step.Put[0].Ref)
	}
	told.Changes = step.Changes
	if private {
		told.Title, told.Changes, told.Span, due = "", nil, record.Span{}, ""
	}
	told.When = due
	if schema.Due == "" {
		told.When = when(told.Span, p.Zone)
	}
	return told
}

// name puts a ref where it belongs, unless that place is taken.
func (s *PlannedStep) name(ref remote.Ref) {
	switch {
	case ref.Side == record.Raynet && s.Raynet == "":
		s.Raynet = ref.String()
	case ref.Side == record.Outlook && s.Outlook == "":
		s.Outlook = ref.String()
	}
}

// whenOf writes when something takes place; what has a due date takes up no time.
func whenOf(kind record.Kind, span record.Span, zone string) string {
	if record.SchemaOf(kind).Due != "" {
		return ""
	}
	return when(span, zone)
}

// when writes a span for scripts: two local times or, for whole days, the first and the last day, joined by a slash.
func when(span record.Span, name string) string {
	if span.IsZero() {
		return ""
	}
	if span.WholeDays {
		return span.From.Format(time.DateOnly) + "/" + span.Till.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	place, err := zone.Load(name)
	if err != nil {
		place = time.UTC
	}
	const layout = "2006-01-02T15:04Z07:00"
	return strings.Join([]string{span.From.In(place).Format(layout), span.Till.In(place).Format(layout)}, "/")
}
