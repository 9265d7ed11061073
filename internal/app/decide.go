package app

import (
	"context"

	"raynetsync/internal/admin"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
)

// Decide carries out what a person decided, as package admin says. If a server runs on this database it does the work and this
// process waits, like Restore. A dry run is always this process's own.
func (a *App) Decide(ctx context.Context, d admin.Decision, dry bool) (admin.Report, error) {
	if dry {
		return a.Admin.Decide(ctx, d, true)
	}
	request := jobs.DecideRequest{ID: d.ID, Seen: d.Seen, Choice: d.Choice, Candidate: d.Candidate, By: d.By, Fields: map[string]string{}}
	for field, side := range d.Fields { // any order: a map
		request.Fields[string(field)] = string(side)
	}
	return a.decided(ctx, request)
}

// Undo takes a decision back, by the run that it was. Who does the work is as with Decide.
func (a *App) Undo(ctx context.Context, run, by string) (admin.Report, error) {
	return a.decided(ctx, jobs.DecideRequest{Undo: run, By: by})
}

// Pause stops the synchronisation of a user's kinds until Resume. Who does the work is as with Decide.
func (a *App) Pause(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error) {
	return a.decided(ctx, jobs.DecideRequest{Pause: user, Kinds: words(kinds), By: by})
}

// Resume lets go on what Pause stopped. Who does the work is as with Decide.
func (a *App) Resume(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error) {
	return a.decided(ctx, jobs.DecideRequest{Resume: user, Kinds: words(kinds), By: by})
}

func words(kinds []record.Kind) []string {
	var out []string
	for _, kind := range kinds {
		out = append(out, string(kind))
	}
	return out
}

// decided hands a decision to whoever has to carry it out.
func (a *App) decided(ctx context.Context, request jobs.DecideRequest) (admin.Report, error) {
	return a.either(ctx, jobs.SyncRequest{Decide: &request}, func(ctx context.Context) (admin.Report, error) { return a.decide(ctx, request) })
}

// decide carries a decision out in this process.
func (a *App) decide(ctx context.Context, request jobs.DecideRequest) (admin.Report, error) {
	var kinds []record.Kind
	for _, word := range request.Kinds {
		kinds = append(kinds, record.Kind(word))
	}
	switch {
	case request.Undo != "":
		return a.Admin.Undo(ctx, request.Undo, request.By)
	case request.Pause != "":
		return a.Admin.Pause(ctx, request.Pause, kinds, request.By)
	case request.Resume != "":
		return a.Admin.Resume(ctx, request.Resume, kinds, request.By)
	}
	d := admin.Decision{ID: request.ID, Seen: request.Seen, Choice: request.Choice, Candidate: request.Candidate, By: request.By,
		Fields: map[record.Field]record.Side{}}
	for field, side := range request.Fields { // any order: a map
		d.Fields[record.Field(field)] = record.Side(side)
	}
	return a.Admin.Decide(ctx, d, false)
}
