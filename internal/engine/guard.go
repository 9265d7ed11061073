package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// GuardVerdict is what a person decided about the steps that a guard had stopped. It holds for exactly these steps.
type GuardVerdict struct {
	// Fingerprint is that of the steps as the person saw them.
	Fingerprint string
	// Keep says that nothing is removed: what would be is released, and both sides stay as they are.
	Keep bool
	// By is who decided, and Choice the code of how, for the journal.
	By, Choice string
}

// guard counts what the cycle saw and stops it before its first write if that is more than a careful person would let pass,
// unless a person let exactly that pass.
func (c *cycle) guard(ctx context.Context, items []plan.Item) error {
	var tally plan.Tally
	var removed, changed []int
	for i, item := range items {
		switch c.counts(item) {
		case change.Removed:
			removed = append(removed, i)
		case change.Edited:
			changed = append(changed, i)
		case change.Unseen, change.Same, change.Broken:
		}
	}
	tally.Removals, tally.Changed = len(removed), len(changed)
	tally.Emptied = c.full && c.round.Full && len(c.round.Changed) == 0 && !c.passed
	if !plan.NeedsCount(c.Rules, tally) {
		return nil
	}
	var err error
	if tally.Linked, err = c.Store.CountLinks(ctx, c.Pair.ID); err != nil {
		return err
	}
	err = plan.Check(c.Rules, tally)
	halt, stopped := errors.AsType[*plan.HaltError](err)
	if !stopped || c.Verdict == nil && !c.Foresee {
		return err
	}
	if halt.Reason == "everything-changed" {
		removed = slices.Concat(removed, changed)
		slices.Sort(removed)
	}
	return c.judge(ctx, halt, items, removed)
}

// counts tells what the guards count an item as: Removed, Edited, or Same for what they let pass.
func (c *cycle) counts(item plan.Item) change.What {
	if item.Link == nil || item.Link.State != journal.Linked {
		return change.Same
	}
	raynet := change.Classify(c.Digester, c.schema, item.Link.Raynet, item.Raynet)
	outlook := change.Classify(c.Digester, c.schema, item.Link.Outlook, item.Outlook)
	erased := item.Raynet != nil && item.Raynet.Presence == remote.Present && item.Raynet.Snapshot.Erased
	switch {
	case outlook.What == change.Removed || raynet.What == change.Removed && item.Deletion == plan.Proven || erased:
		return change.Removed
	case raynet.What == change.Edited || outlook.What == change.Edited:
		return change.Edited
	}
	return change.Same
}

// judge holds what a guard stopped against a person's verdict. Only exactly what he saw passes.
func (c *cycle) judge(ctx context.Context, halt *plan.HaltError, items []plan.Item, stopped []int) error {
	steps, err := c.foresee(ctx, items, stopped)
	if err != nil {
		return err
	}
	c.outcome.Stopped, c.outcome.Fingerprint = steps, c.fingerprint(steps)
	if c.Verdict == nil || c.Verdict.Fingerprint != c.outcome.Fingerprint {
		return halt
	}
	if !c.Dry {
		told := journal.AddEntry{Entry: journal.Entry{At: c.Now(), Run: c.Task.Run, Pair: c.Pair.ID, Event: journal.Decided,
			Reason: c.Verdict.Choice, Author: c.Verdict.By}}
		if err := c.Store.Commit(ctx, c.Fence, told); err != nil {
			return err
		}
	}
	c.passed = true
	for _, i := range stopped {
		if c.Verdict.Keep {
			items[i].Verdict = &plan.Verdict{Keep: true}
		}
	}
	return nil
}

// foresee decides about some of the items without doing anything.
func (c *cycle) foresee(ctx context.Context, items []plan.Item, which []int) ([]plan.Step, error) {
	var out []plan.Step
	for part := range slices.Chunk(which, portion) {
		some := make([]plan.Item, 0, len(part))
		for _, i := range part {
			some = append(some, items[i])
		}
		for range 2 {
			if more, err := c.complete(ctx, some); err != nil {
				return nil, err
			} else if !more {
				break
			}
		}
		for _, item := range some {
			for _, step := range plan.Decide(c.context(), item) {
				if step.Op.Writes() || step.Op == plan.Unlink {
					out = append(out, step)
				}
			}
		}
	}
	return out, nil
}

// fingerprint names steps by what they would do to what; two plans with one fingerprint do the same.
func (c *cycle) fingerprint(steps []plan.Step) string {
	lines := make([]string, 0, len(steps))
	for _, step := range steps {
		lines = append(lines, strings.Join([]string{string(step.Op), string(step.Side), step.Link.ID, string(step.State), step.Reason,
			c.Digester.Fields(step.Fields).Encode()}, "|"))
	}
	slices.Sort(lines)
	return string(c.Digester.Text("plan", strings.Join(lines, "\n")))
}
