package simulator

import (
	"context"
	"errors"
	"time"

	"raynetsync/internal/app/reaper"
	"raynetsync/internal/remote"
)

// errOvertaken ends the work of a process that was frozen until another one took its place.
var errOvertaken = errors.New("another process has taken over")

// overtake freezes the process where it is, longer than its lease lasts. Another one takes over and does a round of work; then the
// frozen one wakes up and goes on as if nothing had happened. From here to the end of its cycle it must not write to anybody.
func (w *world) overtake(ctx context.Context) error {
	asleep, pair := w.process, w.under
	asleep.reaper.Strike(reaper.Never)
	w.say("the process is frozen, and another one takes over")
	asleepFor := w.conn.LeaseTTL + time.Minute
	holdings, err := w.store.Holdings(ctx, 100)
	if err != nil {
		return err
	}
	for _, held := range holdings { // a process that was killed may have left a longer one
		asleepFor = max(asleepFor, held.Until.Sub(w.clock.Now())+time.Second)
	}
	if err := w.pass(ctx, asleepFor); err != nil {
		return err
	}
	w.servers++
	next, err := w.open(ctx)
	if err != nil {
		return err
	}
	w.process, w.freezeIn = next, reaper.Never
	w.meter.limit, w.sight.unread = 0, false // a new process has been told nothing yet; what it reads counts for both
	w.stats.Overtaken++
	w.taken = map[int64]bool{}
	err = w.once(ctx)
	w.process, w.successor = asleep, &next
	if err != nil {
		return err
	}
	w.written = len(w.writes())
	if w.remembered, err = w.recollect(ctx, pair); err != nil {
		return err
	}
	w.meter.limit = 0 // what the other one was told of the day's requests, it does not know
	w.meter.turn++    // nor for how long that one was asked to wait
	w.say("the frozen process wakes up")
	return nil
}

// awake judges the cycle in which the process was overtaken: if the other one worked on that pair meanwhile, it must have written
// nothing since it woke up.
func (w *world) awake(pair int64) error {
	if w.successor == nil {
		return nil
	}
	if !w.taken[pair] {
		return errOvertaken
	}
	w.exercise("I3", 1)
	if writes := w.writes(); len(writes) > w.written {
		w.violate("I3", "a process that another one had overtaken wrote: %v", writes[w.written:])
	}
	switch now, err := w.recollect(context.Background(), pair); {
	case err != nil:
		return err
	case now != w.remembered:
		w.violate("I3", "a process that another one had overtaken changed what is remembered of its pair")
	}
	return errOvertaken
}

// recollect is what is remembered of a pair: its links, its work, and what is under way.
func (w *world) recollect(ctx context.Context, pair int64) (string, error) {
	links, err := w.store.LinksAfter(ctx, pair, "", 10_000)
	if err != nil {
		return "", err
	}
	work, err := w.store.WorkAll(ctx, pair, remote.Ref{}, 0)
	if err != nil {
		return "", err
	}
	intents, err := w.store.Intents(ctx, pair)
	return string(asJSON([]any{links, work, intents})), err
}

// succeed ends the process that was frozen.
func (w *world) succeed() error {
	err := w.store.Close()
	w.process, w.successor, w.taken = *w.successor, nil, nil
	return err
}
