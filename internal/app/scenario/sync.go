package scenario

import (
	"errors"
	"fmt"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
)

// sync lets the product do what it would do by now for everybody. With sweep RAYNET's ids are listed too. Without tolerant a
// failure of a service fails the story.
func (w *world) sync(sweep, tolerant bool) error {
	if err := w.start(); err != nil {
		return err
	}
	w.begin()
	defer w.end()
	_, err := w.conn.Poll(w.ctx, false)
	if err := w.failed(err); err != nil {
		return err
	}
	if sweep {
		_, err := w.conn.Sweep(w.ctx)
		if err := w.failed(err); err != nil {
			return err
		}
	}
	for _, p := range w.people {
		for _, id := range p.all() {
			if err := w.cycle(p, id); err != nil {
				return err
			}
		}
	}
	if !tolerant && len(w.last.errs) > 0 {
		return fmt.Errorf("a service failed, and the story did not say so (SYNC WITH TROUBLE): %w", w.last.errs[0])
	}
	return nil
}

// cycle runs one pair of a person.
func (w *world) cycle(p *person, id int64) error {
	outcome, err := w.conn.Cycle(w.ctx, id, jobs.CycleOptions{})
	w.last.outcomes = append(w.last.outcomes, outcome)
	for _, stop := range outcome.Stop {
		if stop != nil {
			w.last.errs = append(w.last.errs, stop)
		}
	}
	if outcome.Halted != nil {
		w.say("halted: %v", outcome.Halted)
	}
	w.say("cycle of %s: %v waiting %d parked %d again %d skipped %d", p.name, outcome.Steps, outcome.Waiting, outcome.Parked, outcome.Again, outcome.Skipped)
	return w.failed(err)
}

// failed notes a failure of a service and passes on what only a defect of ours can cause.
func (w *world) failed(err error) error {
	if err == nil {
		return nil
	}
	if _, paused := errors.AsType[*jobs.PausedError](err); paused {
		w.say("%v", err)
		return nil
	}
	_, service := errors.AsType[*remote.Error](err)
	if service || errors.Is(err, feed.ErrUnread) {
		w.say("trouble: %v", err)
		w.last.errs = append(w.last.errs, err)
		return nil
	}
	return err
}

// begin and end measure a synchronisation.
func (w *world) begin() {
	w.last = look{}
	w.last.raynetNo, _ = w.raynet.Layer().Since(1 << 60)
	w.last.grphNo, _ = w.outlook.Layer().Since(1 << 60)
	w.last.written = w.writes()
}

func (w *world) end() {
	count := func(layer *chaos.Layer, from int) int {
		_, entries := layer.Since(from)
		return len(entries)
	}
	w.last.raynet = count(w.raynet.Layer(), w.last.raynetNo)
	w.last.graph = count(w.outlook.Layer(), w.last.grphNo)
	w.last.written = w.writes() - w.last.written
}

// writes counts our own writes to both services.
func (w *world) writes() int {
	n := 0
	for _, write := range w.raynet.History() {
		if write.Source == "api" {
			n++
		}
	}
	for _, write := range w.outlook.History() {
		if write.By == "app" {
			n++
		}
	}
	return n
}

// quietRounds is after how many rounds a story must have come to rest.
const quietRounds = 8

// settle synchronises, with time passing in between, until there is nothing left to do and to wait for.
func (w *world) settle() error {
	for range quietRounds {
		w.clock.Advance(settle + time.Minute)
		if err := w.sync(true, false); err != nil {
			return err
		}
		open := 0
		for _, p := range w.people {
			work, err := w.work(p)
			if err != nil {
				return err
			}
			for _, k := range work {
				if k.Why == journal.WhyChanged || k.Why == journal.WhyAbsent || k.Reason == "unknown-outcome" {
					open++
				}
			}
		}
		waiting := 0
		for _, outcome := range w.last.outcomes {
			waiting += outcome.Waiting
		}
		if w.last.written == 0 && open == 0 && waiting == 0 {
			return nil
		}
	}
	return fmt.Errorf("after %d rounds there is still something to do", quietRounds)
}

// work lists everything that waits for a person, of all kinds.
func (w *world) work(p *person) ([]journal.Work, error) {
	var all []journal.Work
	for _, id := range p.all() {
		work, err := w.store.WorkAll(w.ctx, id, remote.Ref{}, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, work...)
	}
	return all, nil
}

// lookAtEverything lists both sides completely. Once all is settled this writes nothing.
func (w *world) lookAtEverything(tolerant bool) error {
	if err := w.start(); err != nil {
		return err
	}
	for _, p := range w.people {
		for _, id := range p.all() {
			if err := w.store.SetPairFull(w.ctx, id, true); err != nil {
				return err
			}
		}
	}
	if _, err := w.conn.Poll(w.ctx, true); err != nil && (!tolerant || w.failed(err) != nil) {
		return err
	}
	return w.sync(true, tolerant)
}

// dry plans for everybody and writes nothing.
func (w *world) dry() (map[int64]engine.Outcome, error) {
	if err := w.start(); err != nil {
		return nil, err
	}
	pairs, err := w.store.Pairs(w.ctx, "default")
	if err != nil {
		return nil, err
	}
	looks, err := w.conn.Look(w.ctx, pairs, true)
	if err != nil {
		return nil, err
	}
	out := map[int64]engine.Outcome{}
	for _, p := range pairs {
		outcome, err := w.conn.Plan(w.ctx, p, looks[p.ID], jobs.CycleOptions{Run: "plan"})
		if err != nil {
			return nil, err
		}
		out[p.ID] = outcome
	}
	return out, nil
}
