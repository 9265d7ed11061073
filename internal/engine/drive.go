package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/remote"
)

// drive runs a core to its end and adds up what came of it.
func (c *cycle) drive(ctx context.Context, core *apply.Core) error {
	err := c.Driver(ctx, core, c.Now, c.do)
	result := core.Result()
	for op, n := range result.Steps {
		c.outcome.Steps[op] += n
	}
	for side, n := range result.Carried {
		c.outcome.Carried[side] += n
	}
	c.outcome.Delays += result.Delays
	c.outcome.Delay += result.Delay
	c.outcome.Longest = max(c.outcome.Longest, result.Longest)
	c.outcome.Waiting += result.Waiting
	c.outcome.Parked += result.Parked
	c.outcome.Again += result.Again
	c.outcome.Skipped += result.Skipped
	c.outcome.Residue += result.Residue
	c.outcome.Held += result.Held
	c.outcome.AddProbes(result)
	for side, stop := range result.Stop {
		c.outcome.Stop[side] = stop
	}
	if c.outcome.Store == nil {
		c.outcome.Store = result.Store
	}
	return err
}

// do performs one action and tells what came of it.
func (c *cycle) do(ctx context.Context, action apply.Action) apply.Event {
	var event apply.Event
	switch a := action.(type) {
	case apply.Commit:
		event.Task, event.Err = a.Task, c.Store.Commit(ctx, c.Fence, a.Facts...)
	case apply.Compose:
		event.Task = a.Task
		event.Requests, event.Err = c.side(a.Write.Side).Compose(ctx, c.scope, a.Write)
	case apply.Send:
		event.Task = a.Task
		event.Answer, event.Err = c.send(ctx, a)
	case apply.Look:
		event.Task = a.Task
		event.Reading, event.Err = c.lookAt(ctx, a.Ref)
	case apply.Find:
		event.Task = a.Task
		event.Found, event.Err = c.side(a.Side).Find(ctx, c.scope, a.Search)
		if event.Err == nil && a.Search.Like != nil {
			event.Found, event.Err = c.unclaimed(ctx, event.Found)
		}
	}
	event.At = c.Now()
	return event
}

// send makes a request unless it is too late for it.
func (c *cycle) send(ctx context.Context, a apply.Send) (remote.Answer, error) {
	late := &remote.Error{Kind: remote.Unavailable, Side: a.Request.Side, Doing: string(a.Request.Op), Unknown: true, Err: errLate}
	left := a.Before.Sub(c.Now())
	if left <= 0 {
		return remote.Answer{}, late
	}
	ctx, cancel := context.WithTimeoutCause(ctx, left, errLate)
	defer cancel()
	answer, err := c.side(a.Request.Side).Send(ctx, a.Request)
	if _, told := errors.AsType[*remote.Error](err); err != nil && !told && errors.Is(context.Cause(ctx), errLate) {
		return remote.Answer{}, late
	}
	return answer, err
}

// errLate is why a request was not made, or not waited for.
var errLate = errors.New("the request could not leave in time; whether it was made by then is looked up before it is repeated")

// unclaimed leaves out what a link already knows.
func (c *cycle) unclaimed(ctx context.Context, found []remote.Snapshot) ([]remote.Snapshot, error) {
	var out []remote.Snapshot
	for _, snapshot := range found {
		links, err := c.Store.LinksOfRef(ctx, c.Pair.Connection, snapshot.Ref)
		if err != nil {
			return nil, err
		}
		if len(links) == 0 {
			out = append(out, snapshot)
		}
	}
	return out, nil
}

func (c *cycle) lookAt(ctx context.Context, ref remote.Ref) (remote.Reading, error) {
	readings, err := c.side(ref.Side).Read(ctx, c.scope, []remote.Ref{ref})
	if err != nil {
		return remote.Reading{}, err
	}
	return readings[0], nil
}

// Concurrent carries out all actions that a core has open at the same time; the core bounds how many those are. When ctx ends
// it begins nothing more, and waits for what is under way: an interrupted write is recovered like any other.
func Concurrent(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
	events := make(chan apply.Event)
	open := 0
	begin := func(actions []apply.Action) {
		for _, action := range actions {
			open++
			go func() { events <- do(ctx, action) }()
		}
	}
	begin(core.Start(now()))
	for open > 0 {
		event := <-events
		open--
		if ctx.Err() != nil {
			continue
		}
		begin(core.Step(event))
	}
	return ctx.Err()
}

// each calls do for 0..n-1, several at a time where the engine may, and returns the first error. What do finds it keeps by its number,
// so that the order in which answers come decides nothing. It stands here because this file holds all that runs at the same time.
func (m *finder) each(n int, do func(int) error) error {
	if m.Parallel <= 1 {
		for i := range n {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	}
	var wait sync.WaitGroup
	errs := make([]error, n)
	slots := make(chan struct{}, m.Parallel)
	for i := range n {
		slots <- struct{}{}
		wait.Go(func() {
			errs[i] = do(i)
			<-slots
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
