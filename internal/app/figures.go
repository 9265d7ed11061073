package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/wire"
	"raynetsync/internal/store"
)

// count notes a request, and whether the service asked us to wait.
func (a *App) count(side record.Side, exchange wire.Exchange) {
	requests, throttled := jobs.RaynetRequests, jobs.RaynetThrottled
	if side == record.Outlook {
		requests, throttled = jobs.GraphRequests, jobs.GraphThrottled
	}
	a.witness.Answer(side, exchange.Status, a.now())
	a.meter.Count(requests, 1)
	if exchange.Status == http.StatusTooManyRequests {
		a.meter.Count(throttled, 1)
	}
}

// keepFigures is what the meter writes to.
func (a *App) keepFigures(ctx context.Context, at time.Time, figures []jobs.Figure) error {
	samples := make([]store.Sample, len(figures))
	for i, f := range figures {
		samples[i] = store.Sample{At: at, Name: f.Name, N: f.N, Total: f.Total, Most: f.Most}
	}
	return a.Store.AddSamples(ctx, samples)
}

// noteFigures makes durable what was counted. Figures are nothing that anybody should be kept waiting for or fail by.
func (a *App) noteFigures(ctx context.Context) {
	if a.Admin == nil {
		return
	}
	if err := a.Admin.NoteFigures(ctx); err != nil {
		a.log.Warn("figures were not kept", "err", err)
	}
}

// jobFault returns what is told of a job's end: that another process was just doing it, or that it waits, is no fault.
func jobFault(err error) error {
	_, snoozed := errors.AsType[*jobs.Snooze](err)
	if snoozed || errors.Is(err, store.ErrHeld) {
		return nil
	}
	return err
}
