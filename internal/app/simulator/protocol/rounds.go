package protocol

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
)

// drive runs a core to its end or until the process dies. Actions are taken in the order in which they were asked for.
func (h *history) drive(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
	queue := core.Start(now())
	for len(queue) > 0 {
		event := do(ctx, queue[0])
		if h.crashed {
			return errCrash
		}
		queue = append(queue[1:], core.Step(event)...)
	}
	if !core.Done() {
		h.fail("the core waits for nothing")
	}
	return nil
}

// live runs the hostile rounds, then quiet ones until nothing is left to do, and looks once more at everything.
func (h *history) live(ctx context.Context) {
	settled := false
	for n := 0; n < hostileRounds && !settled; n++ {
		calm := h.leaf && h.choices.exact()
		h.somebody()
		h.round(ctx, false)
		settled = calm && h.quiet() // the rounds that are left would be like this one
		h.pass(time.Minute)
	}
	h.choices.end()
	for n := 0; !settled; n++ {
		h.pass(settle + time.Minute)
		h.round(ctx, false)
		settled = h.quiet()
		if n == quietRounds && !settled {
			h.fail("something is left to do although everything has been quiet for long")
			return
		}
	}
	h.pass(settle + time.Minute)
	h.round(ctx, true)
	if !h.silent && !h.rests { // what rests is tried once more when the whole mailbox is read
		h.fail("still writing when everything has been quiet")
	}
}

// quiet reports whether the last round sent nothing and nothing waits for its time.
func (h *history) quiet() bool {
	if !h.silent || len(h.memory.intents) > 0 || len(h.late) > 0 {
		return false
	}
	soon := h.now.Add(2 * time.Hour)
	for i := range h.memory.work {
		switch w := &h.memory.work[i]; {
		case w.Why == journal.WhyReview:
		case w.Why == journal.WhyParked && w.Tries > 3 && w.RetryAt.After(h.now.Add(2*settle)): // it is refused again and again, and rests
			h.rests = true
		case w.RetryAt.Before(soon):
			return false
		}
	}
	for i := range h.memory.links {
		if h.memory.links[i].FrozenUntil.After(h.now) {
			return false
		}
	}
	return true
}

// round is what the process does by its timetable: RAYNET is read for everybody, then each pair has its cycle. full has each pair
// read its mailbox whole, as every night.
func (h *history) round(ctx context.Context, full bool) {
	h.silent = true
	h.crashed = false
	if h.poll() != nil {
		return
	}
	for i := range h.seats {
		h.crashed = false
		if at := &h.seats[i]; full || !h.idle(at) {
			h.cycle(ctx, at, full)
		}
	}
}

// idle reports whether a cycle would find nothing at all: no open intent, no work that is due, no news of its mailbox. Where nothing can
// go wrong any more and nobody counts its questions, such a cycle is left out.
func (h *history) idle(at *seat) bool {
	if !h.choices.over && !(h.leaf && h.choices.exact()) {
		return false
	}
	m := &h.memory
	for i := range m.intents {
		if m.intents[i].Pair == at.pair.ID {
			return false
		}
	}
	for i := range m.work {
		if w := &m.work[i]; w.Pair == at.pair.ID && !w.RetryAt.After(h.now) {
			return false
		}
	}
	read := -1
	for i := range m.cursors {
		if m.cursors[i].Scope == at.scope {
			read, _ = strconv.Atoi(m.cursors[i].Token) // what cannot be read was never read
		}
	}
	return read >= 0 && !slices.ContainsFunc(h.outlook.things, func(t *thing) bool { return t.mailbox == at.mailbox && t.changed > read })
}

func (h *history) cycle(ctx context.Context, at *seat, full bool) {
	h.run++
	pair := at.pair
	pair.Full = full
	outcome, err := at.engine.Run(ctx, engine.Task{Pair: pair, Rules: h.scenario.rules(h.broken), Run: number(h.run)})
	h.counts.residue += outcome.Residue
	h.counts.held += outcome.Held
	for name, n := range outcome.Probes { // any order: they are added up
		h.counts.probes[name] += n
	}
	if h.traced {
		h.tell("cycle of pair %d: %v waiting %d parked %d again %d skipped %d: %v", pair.ID, outcome.Steps, outcome.Waiting, outcome.Parked,
			outcome.Again, outcome.Skipped, err)
	}
	if errors.Is(err, errWrong) || errors.Is(outcome.Store, errWrong) {
		h.fail("%v", cmp.Or(err, outcome.Store))
	}
	if outcome.Halted != nil {
		h.fail("halted: %v", outcome.Halted)
	}
}

// rules are those of the product, which broken ones may shorten.
func (s *scenario) rules(broken breakage) pair.Rules {
	rules := pair.DefaultRules(s.kind)
	rules.WholeHistory = true
	rules.SettleHorizon, rules.DeletionGrace = settle, grace
	switch broken {
	case hasty:
		rules.SettleHorizon = 0
	case rash:
		rules.DeletionGrace = 0
	case sound, forgetful, blindRepeat, careless, amnesic, deaf, unmarked:
	}
	return rules
}
