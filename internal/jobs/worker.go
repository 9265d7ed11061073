package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The jobs. Their arguments name things and hold nothing of people.
type (
	// pollArgs asks RAYNET what changed, for everybody.
	pollArgs struct{}
	// roundArgs has every pair synchronised, which is how the changes in mailboxes are noticed.
	roundArgs struct{}
	// sweepArgs lists RAYNET's ids.
	sweepArgs struct{}
	// reconcileArgs plans what time alone makes due.
	reconcileArgs struct{}
	// enrolArgs looks at the list of users.
	enrolArgs struct{}
	// probeArgs tries refused mailboxes again.
	probeArgs struct{}
	// pruneArgs removes what is old.
	pruneArgs struct{}
	// alertArgs tells people what needs them.
	alertArgs struct{}
	// cycleArgs synchronises one pair.
	cycleArgs struct {
		Pair int64 `json:"pair"`
	}
)

// Kind names the job.
func (pollArgs) Kind() string { return "poll" }

// Kind names the job.
func (roundArgs) Kind() string { return "round" }

// Kind names the job.
func (sweepArgs) Kind() string { return "sweep" }

// Kind names the job.
func (reconcileArgs) Kind() string { return "reconcile" }

// Kind names the job.
func (enrolArgs) Kind() string { return "enrol" }

// Kind names the job.
func (probeArgs) Kind() string { return "probe" }

// Kind names the job.
func (pruneArgs) Kind() string { return "prune" }

// Kind names the job.
func (alertArgs) Kind() string { return "alert" }

// Kind names the job.
func (cycleArgs) Kind() string { return "cycle" }

func forConnection() river.InsertOpts {
	return river.InsertOpts{Queue: connectionQueue, UniqueOpts: once()}
}

// InsertOpts says where the job waits.
func (pollArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (roundArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (sweepArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (reconcileArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (enrolArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (probeArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (pruneArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (alertArgs) InsertOpts() river.InsertOpts { return forConnection() }

// InsertOpts says where the job waits.
func (cycleArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: pairQueue, UniqueOpts: once()}
}

func (r *Runner) workers() *river.Workers {
	w := river.NewWorkers()
	long := 5 * time.Minute
	short := min(r.Pace.Poll, long)
	add(w, r, short, func(ctx context.Context, _ *river.Job[pollArgs]) error { return r.poll(ctx) })
	add(w, r, short, func(ctx context.Context, _ *river.Job[roundArgs]) error { return r.round(ctx) })
	add(w, r, long, func(ctx context.Context, _ *river.Job[sweepArgs]) error { return r.sweep(ctx) })
	add(w, r, long, func(ctx context.Context, _ *river.Job[reconcileArgs]) error { return r.reconcile(ctx) })
	add(w, r, long, func(ctx context.Context, _ *river.Job[enrolArgs]) error { return r.enrol(ctx) })
	add(w, r, long, func(ctx context.Context, _ *river.Job[probeArgs]) error { return r.probe(ctx) })
	add(w, r, long, func(ctx context.Context, _ *river.Job[pruneArgs]) error { return r.Tasks.Prune(ctx) })
	add(w, r, short, func(ctx context.Context, _ *river.Job[alertArgs]) error { return r.Tasks.Alert(ctx) })
	add(w, r, short, r.cycle)
	add(w, r, 0, r.sync)
	return w
}

// add registers the work of a kind. wait is the least time before work that a service could not serve is tried again.
func add[T river.JobArgs](w *river.Workers, r *Runner, wait time.Duration, work func(context.Context, *river.Job[T]) error) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, job *river.Job[T]) error {
		if r.stopping() {
			return river.JobSnooze(0)
		}
		err := work(ctx, job)
		if r.Observe != nil {
			defer r.Observe(job.Kind, err)
		}
		return r.verdict(job.Kind, err, wait)
	}))
}

func (r *Runner) stopping() bool {
	select {
	case <-r.Stopping: // a nil channel is never ready
		return true
	default:
		return false
	}
}

// verdict says what becomes of a job: done, again after a while, or failed. What comes around by schedule is not tried again
// for its own sake.
func (r *Runner) verdict(kind string, err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	if snooze, ok := errors.AsType[*river.JobSnoozeError](err); ok {
		return snooze
	}
	if kind == (syncArgs{}).Kind() {
		return err // somebody waits for the answer
	}
	if r.stopping() {
		return river.JobSnooze(0) // the next start goes on with it
	}
	if r.Held(err) {
		return river.JobSnooze(heldWait)
	}
	failed, remoteFault := errors.AsType[*remote.Error](err)
	if !remoteFault {
		return err
	}
	log := r.Log.With("job", kind, "side", failed.Side, "err", err)
	switch failed.Kind {
	case remote.Throttled, remote.Unavailable:
		if until := failed.RetryAt.Sub(r.Connection.Now()); !failed.RetryAt.IsZero() {
			wait = max(wait, until)
		}
		log.Warn("service could not serve a job", "retry_in", wait)
		return river.JobSnooze(wait)
	case remote.Unauthorized:
		r.tellRefused(log, failed.Side)
	case remote.Forbidden, remote.NoMailbox, remote.NoContainer, remote.NotFound, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked,
		remote.CursorDead, remote.Mailing:
		log.Warn("job was refused by a service")
	}
	return nil // the schedule brings it again; states and the circuit say what people must do
}

// tellRefused tells of a refused login, at most once an hour: every job meets it until a person has corrected it.
func (r *Runner) tellRefused(log *slog.Logger, side record.Side) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.Connection.Now()
	if r.refused.side != side || now.Sub(r.refused.at) >= time.Hour {
		r.refused = refusal{side: side, at: now}
		log.Error("login was refused: nothing is synchronised until it is corrected")
	}
}

// tellAccepted tells, once, that a side takes the login again: the log would otherwise end with the refusal.
func (r *Runner) tellAccepted(side record.Side) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused.side == side {
		r.refused = refusal{}
		r.Log.Info("login works again", "side", side)
	}
}

func (r *Runner) poll(ctx context.Context) error {
	pairs, err := r.running(ctx)
	if err != nil || len(pairs) == 0 {
		return err
	}
	report, err := r.Connection.Poll(ctx, false)
	if err != nil {
		return err
	}
	r.tellAccepted(record.Raynet)
	r.mu.Lock()
	first := !r.read
	r.read = true
	r.mu.Unlock()
	if first { // no cycle could write before (feed.ErrUnread)
		return r.Trigger(ctx, pairs...)
	}
	return r.Trigger(ctx, intersect(report.Pairs, pairs)...)
}

func (r *Runner) round(ctx context.Context) error {
	pairs, err := r.running(ctx)
	if err != nil {
		return err
	}
	return r.ask(ctx, pairs)
}

// running returns the ids of the pairs that run, ascending.
func (r *Runner) running(ctx context.Context) ([]int64, error) {
	pairs, err := r.Connection.Store.Pairs(ctx, r.Connection.Name)
	var ids []int64
	for _, p := range pairs {
		if p.State == journal.PairRunning {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}

func intersect(some, of []int64) []int64 {
	known := make(map[int64]bool, len(of))
	for _, id := range of {
		known[id] = true
	}
	var out []int64
	for _, id := range some {
		if known[id] {
			out = append(out, id)
		}
	}
	return out
}

func (r *Runner) sweep(ctx context.Context) error {
	pairs, err := r.running(ctx)
	if err != nil || len(pairs) == 0 {
		return err
	}
	last, ok, err := r.Plans.Cursor(ctx, engine.SweepScope(r.Connection.Name))
	if err != nil || (ok && r.Connection.Now().Sub(last.At) < r.Pace.Sweep*9/10) {
		return err
	}
	suspected, err := r.Connection.Sweep(ctx)
	if err == nil && suspected > 0 {
		r.Log.Info("records suspected to be removed", "records", suspected)
	}
	return err
}

func (r *Runner) enrol(ctx context.Context) error {
	if err := r.Tasks.Enrol(ctx); err != nil {
		return err
	}
	for _, args := range []river.JobArgs{pollArgs{}, roundArgs{}} {
		if _, err := r.client.Insert(ctx, args, nil); err != nil {
			return fmt.Errorf("ask for a job: %w", err)
		}
	}
	return nil
}

func (r *Runner) probe(ctx context.Context) error {
	pairs, err := r.Connection.Store.Pairs(ctx, r.Connection.Name)
	for _, p := range pairs {
		if p.State == journal.PairRefused {
			err = errors.Join(err, r.Connection.Probe(ctx, p), r.Trigger(ctx, p.ID))
		}
	}
	return err
}

// cycle synchronises a pair. Its last act is one transaction that looks at the pair's generation and ends the job: a trigger
// either came before it and is seen, or comes after it and finds no job in its way.
func (r *Runner) cycle(ctx context.Context, job *river.Job[cycleArgs]) error {
	before, err := r.Connection.Store.Pair(ctx, job.Args.Pair)
	if err != nil || before.State != journal.PairRunning {
		return err
	}
	outcome, err := r.Connection.Cycle(ctx, before.ID, CycleOptions{})
	if _, paused := errors.AsType[*PausedError](err); paused {
		return nil
	}
	if errors.Is(err, feed.ErrUnread) {
		return r.complete(ctx, job, before.Generation) // the first poll triggers every pair
	}
	if err != nil {
		return err
	}
	r.tellAccepted(record.Outlook)
	if outcome.Halted != nil {
		r.Log.Error("pair halted until a person looks", "pair", before.ID, "kind", before.Kind, "reason", outcome.Halted.Reason)
		return nil
	}
	return r.complete(ctx, job, before.Generation)
}

func (r *Runner) complete(ctx context.Context, job *river.Job[cycleArgs], generation int64) (err error) {
	tx, err := r.DB.BeginTx(ctx, nil) // from here on nobody else writes, so the generation stands still
	if err != nil {
		return fmt.Errorf("end the job: %w", err)
	}
	defer func() {
		if undo := tx.Rollback(); err == nil && !errors.Is(undo, sql.ErrTxDone) {
			err = undo
		}
	}()
	after, err := r.Connection.Store.Pair(ctx, job.Args.Pair)
	if err != nil {
		return err
	}
	if after.Generation != generation {
		return river.JobSnooze(0)
	}
	if _, err := river.JobCompleteTx[*riversqlite.Driver](ctx, tx, job); err != nil {
		return fmt.Errorf("end the job: %w", err)
	}
	return tx.Commit()
}
