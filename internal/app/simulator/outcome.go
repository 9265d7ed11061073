package simulator

import (
	"context"
	"slices"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// came takes in what came of the steps of one core, whoever had them done: a cycle of the process or of one that comes beside it, a
// decision and the cycle that it has run, a run that is taken back. What is counted of cycles alone is lost with all the others.
func (w *world) came(result apply.Result) {
	w.stats.Held += result.Held
	w.stats.Residue += result.Residue
	if result.Parked > 0 { // one of two that are alike may have been what could not be read
		w.ledger.missed()
	}
}

// step tells a core what came of an action, and notes which thing it makes a second time in RAYNET because nothing tells whether the first
// one was made (Result.Residue): its original is what it has just looked at.
func (w *world) step(core *apply.Core, event apply.Event) []apply.Action {
	before := core.Result().Residue
	next := core.Step(event)
	if core.Result().Residue > before {
		original := event.Reading.Snapshot
		w.ledger.onceMore[canaryOf(record.SchemaOf(original.Kind).TitleOf(original.Fields))] = w.clock.Now()
	}
	return next
}

// decide has the product carry out a decision. The process can be frozen in the middle of it, or another one come, as in a cycle.
func (w *world) decide(ctx context.Context, it admin.ReviewItem, d admin.Decision) error {
	w.decides(it, d)
	mailbox := w.mailboxOf(it.User)
	pair, from := w.pairs[seat{mailbox, it.Kind}], w.clock.Now()
	w.under = pair
	report, err := w.office().Decide(ctx, d, false)
	w.under, w.sight.unread = 0, false // some decisions read
	if err := w.relieve(ctx, pair, err == nil && !w.reaper.Dead() && w.successor == nil); err != nil {
		return err
	}
	if err := w.awake(pair); err != nil {
		return err
	}
	for _, c := range report.Cycles {
		w.say("decided: %+v waiting %d", c.Steps, c.Waiting)
		unread := func(e admin.CycleError) bool { return e.User == "" }
		if slices.ContainsFunc(c.Errors, unread) || w.late { // what is new in RAYNET was not seen
			w.ledger.missed()
		}
		// What is decided of one thing alone is carried out without a look at the others.
		whole := it.What == admin.ReviewHalted || d.Choice == admin.ChoiceRetry
		if now, lost := w.store.Pair(ctx, pair); err == nil && lost == nil && whole && now.State == journal.PairRunning && len(c.Errors)+c.Waiting == 0 {
			at := seat{mailbox, it.Kind}
			w.sight.looked[at] = append(w.sight.looked[at], from)
		}
	}
	return err
}

// madeOnceMore reports whether what a person removed in RAYNET may be there again because its create was repeated after that: nobody can tell
// one that a person removed before anybody saw it from one that never happened. What he removed after that was seen.
func (w *world) madeOnceMore(t thing, removed time.Time) bool {
	at, again := w.ledger.onceMore[t.canary]
	return again && t.ref.Side == record.Raynet && !removed.After(at)
}
