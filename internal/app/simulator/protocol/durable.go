package protocol

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
)

// durable is the memory with commits that can go wrong.
type durable struct {
	*memory
	h *history
}

// Commit makes facts durable, or not.
func (d durable) Commit(_ context.Context, _ journal.Fence, facts ...journal.Fact) error {
	h := d.h
	if h.crashed {
		return errCrash
	}
	h.pass(stepTime)
	opens, settles := false, false
	for _, fact := range facts {
		switch fact.(type) {
		case journal.OpenIntent:
			opens = true
		case journal.CloseIntent:
			settles = true
		}
	}
	chosen := well
	if opens {
		chosen = h.ask(crashBefore, crashAfter, failed, unheard, busy)
	} else {
		chosen = h.ask(crashBefore, crashAfter, failed, unheard)
	}
	if h.traced && chosen != well {
		h.tell("a commit of %d facts: %s", len(facts), chosen)
	}
	h.rowsOfCommit(facts, opens, settles, chosen)
	switch chosen {
	case crashBefore:
		return h.crash()
	case failed:
		return errStore
	case busy:
		return journal.ErrBusy
	}
	if err := h.memory.commit(h.left(facts)); err != nil {
		return err
	}
	switch chosen {
	case crashAfter:
		return h.crash()
	case unheard:
		return errStore
	}
	return nil
}

// left returns the facts that a broken protocol makes durable.
func (h *history) left(facts []journal.Fact) []journal.Fact {
	without := func(leave func(journal.Fact) bool) []journal.Fact {
		return slices.DeleteFunc(slices.Clone(facts), leave)
	}
	switch h.broken {
	case forgetful:
		return without(func(f journal.Fact) bool { _, opens := f.(journal.OpenIntent); return opens })
	case careless:
		return without(func(f journal.Fact) bool { e, adds := f.(journal.AddEntry); return adds && len(e.Entry.Changes) > 0 })
	case sound, blindRepeat, hasty, rash, amnesic, deaf, unmarked:
	}
	return facts
}
