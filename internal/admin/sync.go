package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// parallel is how many users are worked on at the same time.
const parallel = 4

// The words by which runs are told apart.
const (
	RunSync    = "sync"
	RunRestore = "restore"
)

// Sync synchronises everybody chosen once: it reads what changed in RAYNET, lists its ids if Sweep is set, and then does one
// cycle of every pair that runs, several users at a time. What goes wrong for one user is told in the report and stops nobody
// else. The error is one that concerned everything: the database, another process at work, a *Failure.
func (a *Admin) Sync(ctx context.Context, options SyncOptions) (Report, error) {
	run := store.Run{ID: a.NewID(), What: RunSync, Started: a.Now()}
	if err := a.Store.SaveRun(ctx, run); err != nil {
		return Report{}, err
	}
	cycle, err := a.sync(ctx, run.ID, options)
	report := Report{Cycles: []Cycle{cycle}}
	return report, errors.Join(err, a.saveRun(ctx, run, report))
}

// saveRun notes the end of a run and its report, also when the caller has given up.
func (a *Admin) saveRun(ctx context.Context, run store.Run, report Report) error {
	told := Report{Cycles: slices.Clone(report.Cycles), Refused: report.Refused}
	for i := range told.Cycles {
		told.Cycles[i].Planned = bare(told.Cycles[i].Planned)
	}
	var err error
	if run.Report, err = json.Marshal(told); err != nil {
		return fmt.Errorf("encode the report of run %s: %w", run.ID, err)
	}
	run.Ended = a.Now()
	return a.Store.SaveRun(context.WithoutCancel(ctx), run)
}

// bare returns steps without the values of people: the journal has those, and they do not belong into two places.
func bare(steps []PlannedStep) []PlannedStep {
	var out []PlannedStep
	for _, step := range steps {
		step.Title, step.When, step.Span, step.Changes = "", "", record.Span{}, nil
		out = append(out, step)
	}
	return out
}

// sync is one cycle over all users, as part of a run.
func (a *Admin) sync(ctx context.Context, run string, options SyncOptions) (Cycle, error) {
	t := a.tally(run)
	pairs, err := a.pairs(ctx, options.Users)
	if err != nil {
		return t.cycle, err
	}
	if err := a.read(ctx, t, options.Sweep); err != nil {
		return t.end(), err
	}
	a.each(pairs, func(p journal.Pair) {
		outcome, err := a.Connection.Cycle(ctx, p.ID, jobs.CycleOptions{Run: run, Progress: progress(options, p)})
		t.add(p, outcome, err)
	})
	if err := ctx.Err(); err != nil {
		return t.end(), err
	}
	t.cycle.Kinds, err = a.counts(context.WithoutCancel(ctx), t.cycle.Steps != Steps{})
	return t.end(), err
}

// read reads RAYNET. A service that is down is told and keeps nobody from what can be done without it; a login that is refused,
// or another process that is just reading, ends the cycle.
func (a *Admin) read(ctx context.Context, t *tally, sweep bool) error {
	_, err := a.Connection.Poll(ctx, false)
	if err == nil && errors.Is(a.Connection.Feed.Ready(ctx), feed.ErrUnread) {
		_, err = a.Connection.Poll(ctx, false) // the first one listed everything for newcomers alone; this one reads for everybody
	}
	if err == nil && sweep {
		_, err = a.Connection.Sweep(ctx)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrHeld):
		return &Failure{Code: FailureHeld, Err: err}
	case remoteKind(err) == remote.Throttled, remoteKind(err) == remote.Unavailable:
		t.fail(journal.Pair{}, err)
		return nil
	}
	t.fail(journal.Pair{}, err)
	return err
}

// remoteKind returns the kind of a remote error in err's chain, empty if there is none.
func remoteKind(err error) remote.ErrorKind {
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		return failed.Kind
	}
	return ""
}

func progress(options SyncOptions, p journal.Pair) func(done, all int) {
	if options.Progress == nil {
		return nil
	}
	return func(done, all int) { options.Progress(p.Address, p.Kind, done, all) }
}

// pairs returns the connection's pairs of the named users, of everybody if none is named.
func (a *Admin) pairs(ctx context.Context, users []string) ([]journal.Pair, error) {
	if len(users) == 1 { // not all of a large company for one of it
		pairs, err := a.Store.PairsOfUser(ctx, a.Connection.Name, users[0])
		if err == nil && len(pairs) == 0 {
			err = &Failure{Code: FailureUser, Args: map[string]any{"User": users[0]}}
		}
		return pairs, err
	}
	all, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil || len(users) == 0 {
		return all, err
	}
	return only(all, users)
}

// only returns the pairs of the named users; a user without any is a *Failure.
func only(all []journal.Pair, users []string) ([]journal.Pair, error) {
	for _, user := range users {
		if !slices.ContainsFunc(all, func(p journal.Pair) bool { return strings.EqualFold(p.Address, user) }) {
			return nil, &Failure{Code: FailureUser, Args: map[string]any{"User": user}}
		}
	}
	var out []journal.Pair
	for _, p := range all {
		if slices.ContainsFunc(users, func(user string) bool { return strings.EqualFold(p.Address, user) }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// each calls do for every pair, several at the same time, and returns when all are done.
func (a *Admin) each(pairs []journal.Pair, do func(journal.Pair)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, cmp.Or(a.Parallel, parallel))
	for _, p := range pairs {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			do(p)
		})
	}
	wait.Wait()
}

// tally collects one cycle's report. Its methods may be called by several goroutines.
type tally struct {
	admin   *Admin
	started time.Time
	before  Requests

	mu    sync.Mutex
	cycle Cycle // guarded by mu until end
}

func (a *Admin) tally(run string) *tally {
	t := &tally{admin: a, started: a.Now(), before: a.requests()}
	t.cycle.Run, t.cycle.Kinds = run, map[record.Kind]KindCount{}
	return t
}

func (a *Admin) requests() Requests {
	if a.Requests == nil {
		return Requests{}
	}
	return a.Requests()
}

// end completes the report; users are told in the order of their addresses.
func (t *tally) end() Cycle {
	t.cycle.Requests = t.admin.requests().Sub(t.before)
	t.cycle.Seconds = t.admin.Now().Sub(t.started).Seconds()
	slices.SortStableFunc(t.cycle.Users, func(a, b UserCycle) int {
		return strings.Compare(a.User+"\x00"+string(a.Kind), b.User+"\x00"+string(b.Kind))
	})
	return t.cycle
}

func (t *tally) fail(p journal.Pair, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cycle.Errors = append(t.cycle.Errors, CycleError{User: p.Address, Of: p.Kind, Kind: remote.KindOf(err), Text: plan.Detail(err)})
}

// add takes in what came of one pair's cycle.
func (t *tally) add(p journal.Pair, outcome engine.Outcome, err error) {
	if paused, ok := errors.AsType[*jobs.PausedError](err); ok {
		t.stopped(paused.Pair)
		return
	}
	if err != nil {
		t.fail(p, err)
	}
	steps := stepsOf(outcome)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cycle.Steps = t.cycle.Steps.plus(steps)
	t.cycle.Waiting += outcome.Waiting
	t.cycle.outcome = append(t.cycle.outcome, outcome)
	t.cycle.Users = append(t.cycle.Users, UserCycle{User: p.Address, Kind: p.Kind, Steps: steps})
	if outcome.Halted != nil {
		t.cycle.Halted = append(t.cycle.Halted, HaltedPair{User: p.Address, Kind: p.Kind, Reason: outcome.Halted.Reason, Detail: outcome.Halted.Error()})
	}
}

// stopped tells of a pair that was not synchronised. One that a person paused is as it should be.
func (t *tally) stopped(p journal.Pair) {
	if p.State == journal.PairPaused {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cycle.Halted = append(t.cycle.Halted, HaltedPair{User: p.Address, Kind: p.Kind, Reason: p.Reason, Detail: p.Detail})
}

// stepsOf counts what was settled. What a service refused is parked, like what a plan parks.
func stepsOf(outcome engine.Outcome) Steps {
	s := outcome.Steps
	return Steps{Create: s[plan.Create], Update: s[plan.Update], Link: s[plan.Link], Unlink: s[plan.Unlink], Delete: s[plan.Delete],
		Park: max(s[plan.Park], outcome.Parked)}
}

func (s Steps) plus(o Steps) Steps {
	return Steps{Create: s.Create + o.Create, Update: s.Update + o.Update, Link: s.Link + o.Link, Unlink: s.Unlink + o.Unlink,
		Delete: s.Delete + o.Delete, Park: s.Park + o.Park}
}
