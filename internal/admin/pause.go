package admin

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// The reasons of pairs that a person paused, and of the lines of the journal that tell of it.
const (
	reasonPaused  = "paused-by-person"
	reasonResumed = "resumed-by-person"
)

// Pause stops the synchronisation of a user's kinds (all of them if none is named) until a person resumes it; what changes
// meanwhile is noted and done then. The errors are *Failure for a user who is none, and those of the store.
func (a *Admin) Pause(ctx context.Context, user string, kinds []record.Kind, by string) (Report, error) {
	state := journal.PutPairState{State: journal.PairPaused, Reason: reasonPaused}
	return a.switched(ctx, user, kinds, by, state, func(p journal.Pair) bool { return p.State != journal.PairPaused })
}

// Resume lets go on what a person paused. The errors are *Failure for a user who is none or whom nobody paused, and those of
// the store.
func (a *Admin) Resume(ctx context.Context, user string, kinds []record.Kind, by string) (Report, error) {
	state := journal.PutPairState{State: journal.PairRunning}
	return a.switched(ctx, user, kinds, by, state, func(p journal.Pair) bool {
		return p.State == journal.PairPaused && p.Reason == reasonPaused
	})
}

// switched changes the state of those pairs of a user that a condition holds for, as a run of its own.
func (a *Admin) switched(ctx context.Context, user string, kinds []record.Kind, by string, state journal.PutPairState, holds func(journal.Pair) bool) (Report, error) {
	reason := reasonPaused
	if state.State == journal.PairRunning {
		reason = reasonResumed
	}
	run := store.Run{ID: a.NewID(), What: RunDecide, Started: a.Now()}
	return a.asRun(ctx, run, func() (Report, error) {
		t := a.tally(run.ID)
		pairs, err := a.pairs(ctx, []string{user})
		if err != nil {
			return Report{}, err
		}
		done := 0
		for _, p := range pairs {
			if len(kinds) > 0 && !slices.Contains(kinds, p.Kind) {
				continue
			}
			err := a.Connection.Change(ctx, p.ID, func(_ context.Context, now journal.Pair) ([]journal.Fact, error) {
				if !holds(now) {
					return nil, nil
				}
				done++
				put := state
				put.Pair = p.ID
				return []journal.Fact{put, journal.AddEntry{Entry: journal.Entry{At: a.Now(), Run: run.ID, Pair: p.ID, Event: journal.Decided,
					Reason: reason, Author: by}}}, nil
			})
			if err != nil {
				return Report{}, err
			}
			t.cycle.Users = append(t.cycle.Users, UserCycle{User: p.Address, Kind: p.Kind})
		}
		if done == 0 && reason == reasonResumed {
			return Report{}, &Failure{Code: FailurePaused, Args: map[string]any{"User": user}}
		}
		return Report{Cycles: []Cycle{t.end()}}, nil
	})
}
