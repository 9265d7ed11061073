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
	"raynetsync/internal/store"
)

// errNobodyServes is the cause when a server that was asked is gone.
var errNobodyServes = errors.New("the server that was asked has ended")

// Sync synchronises now. If a server runs on this database it does the work and this process waits; otherwise this process does
// it itself and keeps servers out meanwhile. Progress is told only in the second case.
func (a *App) Sync(ctx context.Context, options admin.SyncOptions) (admin.Report, error) {
	for {
		fence, err := a.Store.Acquire(ctx, serverLease, a.Connection.Holder, a.options.LeaseTTL)
		if err == nil {
			return a.alone(ctx, fence, options)
		}
		if !errors.Is(err, store.ErrHeld) {
			return admin.Report{}, err
		}
		report, err := a.ask(ctx, options)
		if !errors.Is(err, errNobodyServes) {
			return report, err
		}
	}
}

// alone synchronises in this process, which holds the server's lease.
func (a *App) alone(ctx context.Context, fence journal.Fence, options admin.SyncOptions) (report admin.Report, err error) {
	work, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		if err := a.keep(work, fence, func(time.Time) {}); err != nil {
			cancel(err)
		}
	}()
	defer func() {
		cancel(nil)
		<-kept
		err = errors.Join(err, a.Store.Release(context.WithoutCancel(ctx), fence))
	}()
	return a.sync(work, options)
}

// ask hands the work to the server and brings its report back. The error is errNobodyServes if it died before it was done.
func (a *App) ask(ctx context.Context, options admin.SyncOptions) (report admin.Report, err error) {
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
	id, err := runner.SyncNow(work, jobs.SyncRequest{Users: options.Users, Sweep: options.Sweep})
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
		fence, err := a.Store.Acquire(ctx, serverLease, a.Connection.Holder, a.options.LeaseTTL)
		if err == nil {
			cancel(errors.Join(errNobodyServes, a.Store.Release(context.WithoutCancel(ctx), fence)))
			return
		}
	}
}

// answer does what another process asked for and returns the id of the run, whose report the use-case keeps.
func (a *App) answer(ctx context.Context, request jobs.SyncRequest) (run string, err error) {
	report, err := a.sync(ctx, admin.SyncOptions{Users: request.Users, Sweep: request.Sweep})
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

// enrol looks at the list of users if that is due; it is asked for often.
func (a *App) enrol(ctx context.Context) error {
	_, _, err := a.Admin.EnrolIfDue(ctx)
	return err
}
