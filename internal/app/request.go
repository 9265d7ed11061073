package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// errNobodyServes is the cause when a server that was asked is gone.
var errNobodyServes = errors.New("the server that was asked has ended")

// Sync synchronises now. If a server runs on this database it does the work and this process waits; otherwise this process does
// it itself and keeps servers out meanwhile. Progress is told only in the second case.
func (a *App) Sync(ctx context.Context, options admin.SyncOptions) (admin.Report, error) {
	return a.either(ctx, jobs.SyncRequest{Users: options.Users, Sweep: options.Sweep}, func(ctx context.Context) (admin.Report, error) {
		return a.sync(ctx, options)
	})
}

// Restore takes back what was written, as package admin says. If a server runs on this database it does the work and this
// process waits, like Sync; the report then names the steps without their values. A dry run is always this process's own.
func (a *App) Restore(ctx context.Context, what admin.RestoreWhat, dry bool) (admin.Report, error) {
	if dry {
		return a.Admin.Restore(ctx, what, true)
	}
	if err := a.Admin.Restorable(ctx, what); err != nil {
		return admin.Report{}, err
	}
	request := jobs.SyncRequest{Restore: &jobs.RestoreRequest{Entry: what.Entry, Field: string(what.Field), Ref: what.Ref, Run: what.Run,
		Remove: what.Remove}}
	return a.either(ctx, request, func(ctx context.Context) (admin.Report, error) { return a.Admin.Restore(ctx, what, false) })
}

// either hands a request to the server that runs on this database, or does it here if none does.
func (a *App) either(ctx context.Context, request jobs.SyncRequest, here func(context.Context) (admin.Report, error)) (admin.Report, error) {
	for {
		fence, err := a.Store.Acquire(ctx, serverLease, a.holder, a.options.LeaseTTL)
		if err == nil {
			return a.alone(ctx, fence, here)
		}
		if !errors.Is(err, store.ErrHeld) {
			return admin.Report{}, err
		}
		report, err := a.ask(ctx, request)
		if !errors.Is(err, errNobodyServes) {
			return report, err
		}
	}
}

// alone works in this process, which holds the server's lease.
func (a *App) alone(ctx context.Context, fence journal.Fence, do func(context.Context) (admin.Report, error)) (report admin.Report, err error) {
	a.serving.Store(&fence)
	work, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if err := a.keep(work, fence, func(time.Time) {}); err != nil {
			cancel(err)
		}
	}()
	defer func() {
		if cause := context.Cause(work); err != nil && errors.Is(cause, store.ErrFenced) {
			err = cause // not that something was cancelled
		}
		cancel(nil)
		<-kept
		err = errors.Join(err, a.Store.Release(context.WithoutCancel(ctx), fence))
		if !errors.Is(err, store.ErrFenced) {
			a.serving.CompareAndSwap(&fence, nil)
		}
	}()
	return do(work)
}

// ask hands the work to the server and brings its report back. The error is errNobodyServes if it died before it was done.
func (a *App) ask(ctx context.Context, request jobs.SyncRequest) (report admin.Report, err error) {
	runner, err := a.runner(ctx, nil)
	if err != nil {
		return report, err
	}
	work, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watch(work, cancel)
	}()
	id, err := runner.SyncNow(work, request)
	cancel(nil)
	<-watched
	if err != nil {
		return report, err
	}
	run, err := a.Store.Run(ctx, id)
	if err != nil {
		return report, fmt.Errorf("read the report: %w", err)
	}
	if err := json.Unmarshal(run.Report, &report); err != nil {
		return report, fmt.Errorf("read the report: %w", err)
	}
	if refused := report.Refused; refused != nil {
		return report, &admin.Failure{Code: refused.Code, Args: refused.Args}
	}
	return report, nil
}

// watch ends the waiting when the server's lease runs out: nobody would ever answer.
func (a *App) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(a.options.LeaseTTL / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		fence, err := a.Store.Acquire(ctx, serverLease, a.holder, a.options.LeaseTTL)
		if err == nil {
			cancel(errors.Join(errNobodyServes, a.Store.Release(context.WithoutCancel(ctx), fence)))
			return
		}
	}
}

// answer does what another process asked for and returns the id of the run, whose report the use-case keeps.
func (a *App) answer(ctx context.Context, request jobs.SyncRequest) (run string, err error) {
	var report admin.Report
	if request.Decide != nil {
		report, err = a.decide(ctx, *request.Decide)
		if _, refused := errors.AsType[*admin.Failure](err); refused && len(report.Cycles) > 0 {
			err = nil // it is kept with the run, and ask finds it there
		}
	} else if what := request.Restore; what != nil {
		report, err = a.Admin.Restore(ctx, admin.RestoreWhat{Entry: what.Entry, Field: record.Field(what.Field), Ref: what.Ref, Run: what.Run,
			Remove: what.Remove}, false)
	} else {
		report, err = a.sync(ctx, admin.SyncOptions{Users: request.Users, Sweep: request.Sweep})
	}
	if err != nil {
		return "", err
	}
	return report.Cycles[0].Run, nil
}

// sync synchronises in this process, newcomers included.
func (a *App) sync(ctx context.Context, options admin.SyncOptions) (admin.Report, error) {
	if err := a.enrol(ctx); err != nil {
		return admin.Report{}, err
	}
	return a.Admin.Sync(ctx, options)
}

// enrol looks at the list of users if that is due; it is asked for often. What the RAYNET account may see is noted with it, so
// that a later loss of sight is not taken for deletions.
func (a *App) enrol(ctx context.Context) error {
	a.enrolling.Lock()
	defer a.enrolling.Unlock()
	_, done, err := a.Admin.EnrolIfDue(ctx)
	if err != nil || !done {
		return err
	}
	_, err = a.Connection.Engine.Access.Unchanged(ctx, false)
	return err
}
