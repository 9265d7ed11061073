package simulator

import (
	"context"
	"errors"

	"raynetsync/internal/app/reaper"
	"raynetsync/internal/jobs"
	"raynetsync/internal/store"
)

// beside starts a second process while the first one is in the middle of a cycle, and has it work on the same pair. It must be turned
// away: two processes that plan from one state make everything twice.
func (w *world) beside(ctx context.Context) error {
	w.meetIn = reaper.Never
	busy := w.process
	w.servers++
	defer func() { w.servers-- }()
	next, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.say("a second process comes and wants to work on the same")
	w.process, w.meter.limit = next, 0 // it has been told nothing yet
	written := len(w.writes())
	err = w.intrude(ctx)
	if writes := w.writes(); len(writes) > written {
		w.violate("I3", "two processes worked on one pair at the same time, and the second one wrote: %v", writes[written:])
	}
	w.process, w.meter.limit = busy, 0 // what the other one was told of the day's requests, it does not know
	w.guest = &next
	return err
}

// relieve lets the second process, once the first one is done with its cycle, work on the pair after it: with what it read of RAYNET
// while the other one was still writing there.
func (w *world) relieve(ctx context.Context, pair int64, done bool) error {
	if w.guest == nil {
		return nil
	}
	busy, freeze := w.process, w.freezeIn
	w.process, w.guest, w.freezeIn, w.meter.limit = *w.guest, nil, reaper.Never, 0
	var err error
	if done {
		w.say("the second process goes on")
		_, err = w.conn.Cycle(ctx, pair, jobs.CycleOptions{Run: w.begins()})
		w.ends(err)
		err = w.tolerable("cycle of the second process", err)
	}
	err = errors.Join(err, w.store.Close())
	w.process, w.freezeIn, w.meter.limit = busy, freeze, 0
	return err
}

// intrude is what the second process tries.
func (w *world) intrude(ctx context.Context) error {
	w.meter.turn++
	_, err := w.conn.Poll(ctx, false)
	w.sight.unread = w.sight.unread && err != nil
	if err := w.tolerable("poll of the second process", err); err != nil {
		return err
	}
	_, err = w.conn.Cycle(ctx, w.under, jobs.CycleOptions{Run: w.newID()})
	switch {
	case errors.Is(err, store.ErrHeld):
		w.exercise("I3", 1)
		return nil
	case err == nil:
		w.violate("I3", "two processes worked on one pair at the same time")
	}
	return w.tolerable("cycle of the second process", err)
}
