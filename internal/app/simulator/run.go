package simulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
)

// Options choose a history.
type Options struct {
	Seed uint64
	// Dir is an empty folder for the database.
	Dir string
	// Rounds is how many rounds of the chaos phase there are; 0 means 14.
	Rounds int
	// Calm leaves faults and crashes out.
	Calm bool
}

// Stats count what a history exercised.
type Stats struct {
	Operations, Faults, Crashes, Restores, Losses int
	Requests, Cycles                              int
	// Blind counts possible blind overwrites in RAYNET that the journal tells of, Held copies that wait for a person.
	Blind, Held int
	// Residue counts repeats of RAYNET creates after an unknown outcome: if a person deleted the first one before anybody
	// saw it, the repeat brings it back. This one class is known and counted; with it a history proves nothing about I4 in
	// RAYNET.
	Residue int
}

// Result is what came of a history.
type Result struct {
	Seed  uint64
	Stats Stats
	// Violations are what must never happen and did, empty if all is well.
	Violations []string
	// Trace tells what happened, for people.
	Trace []string
}

// Run lives one history.
func Run(ctx context.Context, options Options) (result Result, err error) {
	if options.Rounds == 0 {
		options.Rounds = 14
	}
	w := newWorld(options.Seed, options.Dir)
	defer func() {
		if w.store != nil {
			err = errors.Join(err, w.stop())
		}
		result.Stats, result.Trace = w.stats, w.trace
	}()
	result.Seed = options.Seed
	if err := w.start(ctx); err != nil {
		return result, err
	}
	for range 3 + w.rng.IntN(6) {
		w.people()
	}
	if err := w.chaos(ctx, options); err != nil {
		return result, err
	}
	if err := w.heal(ctx); err != nil {
		return result, err
	}
	for _, line := range w.writes() {
		w.say("our write: %s", line)
	}
	violations, err := w.check(ctx)
	result.Violations = violations
	return result, err
}

// chaos lets people work while everything that can break does.
func (w *world) chaos(ctx context.Context, options Options) error {
	for range options.Rounds {
		for range w.rng.IntN(4) {
			w.people()
		}
		if !options.Calm {
			w.trouble()
		}
		if err := w.round(ctx); err != nil {
			return err
		}
		if err := w.pass(ctx, time.Duration(1+w.rng.IntN(8))*time.Minute); err != nil {
			return err
		}
		if !options.Calm {
			if err := w.disaster(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// round lets the process do what it would have done by now: poll, sweep, synchronise everybody. If it dies, it is started anew.
func (w *world) round(ctx context.Context) error {
	err := w.once(ctx)
	if errors.Is(err, errCrash) {
		w.stats.Crashes++
		w.say("the process is killed")
		w.crashIn = -1
		return w.restart(ctx)
	}
	return err
}

func (w *world) restart(ctx context.Context) error {
	if err := w.stop(); err != nil {
		return err
	}
	return w.start(ctx)
}

// once does one round of work. Errors of the services are part of life; those of the process are not.
func (w *world) once(ctx context.Context) error {
	_, err := w.conn.Poll(ctx, false)
	if err := w.tolerable("poll", err); err != nil {
		return err
	}
	if w.rng.IntN(3) == 0 {
		if _, err := w.conn.Sweep(ctx); w.tolerable("sweep", err) != nil {
			return err
		}
	}
	return w.everybody(func(u user, kind record.Kind, pair int64) error { return w.cycle(ctx, u, kind, pair) })
}

func (w *world) cycle(ctx context.Context, u user, kind record.Kind, pair int64) error {
	outcome, err := w.conn.Cycle(ctx, pair, jobs.CycleOptions{})
	w.stats.Cycles++
	w.stats.Held += outcome.Held
	w.stats.Residue += outcome.Residue
	doing := fmt.Sprintf("cycle of %s of %s", kind, u.login)
	if err := w.tolerable(doing, err); err != nil {
		return err
	}
	if outcome.Halted != nil {
		w.say("halted: %v", outcome.Halted)
		if err := w.store.Commit(ctx, noFence, release(pair)); err != nil {
			return err
		}
	}
	w.say("%s: %v waiting %d parked %d again %d skipped %d", doing, outcome.Steps, outcome.Waiting, outcome.Parked, outcome.Again, outcome.Skipped)
	return nil
}

// tolerable passes on what only a defect of ours can cause.
func (w *world) tolerable(doing string, err error) error {
	if err == nil {
		return nil
	}
	var paused *jobs.PausedError
	if errors.As(err, &paused) {
		return w.store.Commit(context.Background(), noFence, release(paused.Pair.ID))
	}
	if errors.Is(err, errCrash) {
		return err
	}
	if errors.Is(err, feed.ErrUnread) {
		return nil
	}
	if _, remoteFault := errors.AsType[*remote.Error](err); remoteFault {
		w.say("%s: %v", doing, err)
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// heal ends all faults and lets the process work until there is nothing left to do.
func (w *world) heal(ctx context.Context) error {
	w.crashIn = -1
	w.say("everything is well again")
	for _, layer := range []*chaos.Layer{w.raynet.Layer(), w.outlook.Layer()} {
		for _, fault := range layer.Faults() {
			layer.Clear(fault.Name)
		}
		layer.Settle()
	}
	for n := range 6 {
		if n == 2 {
			if err := w.lookAtLists(ctx); err != nil {
				return err
			}
		}
		if err := w.pass(ctx, settle+time.Minute); err != nil {
			return err
		}
		if _, err := w.conn.Sweep(ctx); err != nil {
			return fmt.Errorf("sweep after all is well: %w", err)
		}
		if err := w.round(ctx); err != nil {
			return err
		}
	}
	return nil
}

// lookAtLists has the lists of tasks read whole, as every night: what came and went between two looks is told by nobody (G-133).
func (w *world) lookAtLists(ctx context.Context) error {
	return w.everybody(func(_ user, kind record.Kind, pair int64) error {
		if kind != record.Tasks {
			return nil
		}
		return w.store.SetPairFull(ctx, pair, true)
	})
}

// copyFile keeps or brings back a backup of the database.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

func (w *world) database() string { return filepath.Join(w.dir, "sync.db") }
func (w *world) backup() string   { return filepath.Join(w.dir, "backup.db") }
