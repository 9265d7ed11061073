package engine

import (
	"context"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

// Do carries out steps that a person asked for (a value is restored, a question is decided) with the same write protocol as a
// cycle, whose place it takes: the caller holds the pair's lease. Steps of links to which a write may still be on its way are
// left out and count as waiting. What the steps change reaches the other side with the next cycle.
func (e *Engine) Do(ctx context.Context, task Task, steps []plan.Step) (Outcome, error) {
	c := &cycle{Engine: e, Task: task, scope: task.Pair.Scope(), schema: record.SchemaOf(task.Pair.Kind)}
	c.outcome.Steps, c.outcome.Carried = map[plan.Op]int{}, map[record.Side]int{}
	c.outcome.Stop = map[record.Side]error{}
	if err := c.openIntents(ctx); err != nil {
		return c.outcome, err
	}
	var free []plan.Step
	for _, step := range c.identify(steps) {
		if c.frozen[step.Link.ID] || c.waiting[step.Link.Raynet.Ref] || c.waiting[step.Link.Outlook.Ref] ||
			step.Link.FrozenUntil.After(c.Now()) {
			c.outcome.Waiting++
			continue
		}
		free = append(free, step)
	}
	c.outcome.Planned = free
	if task.Dry || len(free) == 0 {
		return c.outcome, nil
	}
	if err := c.drive(ctx, apply.New(c.config(), nil, free, c.NewID).Without(c.outcome.Stop)); err != nil {
		return c.outcome, err
	}
	return c.outcome, c.outcome.Store
}

// Prepare makes sure that the pair has the folder or list that its kind needs, and returns the pair with it.
func (e *Engine) Prepare(ctx context.Context, task Task) (journal.Pair, error) {
	c := &cycle{Engine: e, Task: task, scope: task.Pair.Scope(), schema: record.SchemaOf(task.Pair.Kind)}
	err := c.place(ctx)
	return c.Pair, err
}
