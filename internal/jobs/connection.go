package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/feed"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Store is what running a connection needs of the durable memory beside what the engine and the feed need.
type Store interface {
	Pairs(ctx context.Context, connection string) ([]journal.Pair, error)
	Pair(ctx context.Context, id int64) (journal.Pair, error)
	SetPairFull(ctx context.Context, id int64, full bool) error
	Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error
	Leases
}

// Leases keep a stale process (a paused machine, two versions during a deployment) from writing.
type Leases interface {
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (journal.Fence, error)
	Renew(ctx context.Context, fence journal.Fence, ttl time.Duration) error
	Release(ctx context.Context, fence journal.Fence) error
	// Holds returns nil as long as nobody else has taken the lease.
	Holds(ctx context.Context, fence journal.Fence) error
}

// Connection runs one connection: one RAYNET instance and one Microsoft tenant. Its members are set once. Polls of one
// connection and cycles of one pair exclude each other by leases, so any number of processes may run the same connection.
type Connection struct {
	Name   string
	Engine *engine.Engine
	Feed   *feed.Feed
	Store  Store
	// Rules returns what a pair is configured to do.
	Rules func(journal.Pair) pair.Rules
	// Holder names this process among all that use the database.
	Holder string
	Now    func() time.Time
	NewID  func() string
	Log    *slog.Logger
	// LeaseTTL is how long a lease lasts without being renewed; zero means a minute.
	LeaseTTL time.Duration
	// Refused tells the circuit that a login was refused (nil: nobody needs to know); Allowed, whether the login of a side
	// may be tried at all.
	Refused func(ctx context.Context, err error)
	Allowed func(ctx context.Context) error
	// Serving returns an error if another process has taken the place of this one, which may not have come to each lease yet. nil:
	// there is no such place.
	Serving func(ctx context.Context) error
	// Meter counts what is carried; nil counts nothing.
	Meter *Meter

	// Turns is shared by the connections of one process that follow each other when settings change: the one before may still be
	// at work on what a person asked for, under the same holder. nil: it has its own.
	Turns *Turns
	own   Turns
}

// PausedError says that a pair is not synchronised now, and why.
type PausedError struct{ Pair journal.Pair }

// Error names the pair's user, state and reason.
func (e *PausedError) Error() string {
	return fmt.Sprintf("%s of %s is %s: %s", e.Pair.Kind, e.Pair.Address, e.Pair.State, e.Pair.Reason)
}

func (c *Connection) ttl() time.Duration {
	if c.LeaseTTL > 0 {
		return c.LeaseTTL
	}
	return time.Minute
}

// hold is Hold for what may be done only while the credentials are not refused.
func (c *Connection) hold(ctx context.Context, lease string, do func(context.Context, journal.Fence) error) error {
	if err := c.allowed(ctx); err != nil {
		return err
	}
	err := c.Hold(ctx, lease, do)
	c.noteRefused(ctx, err)
	return err
}

// Hold runs do while holding a lease. The lease is renewed until do returns; if that fails do's context ends, the fencing number
// keeps what it may still commit from having an effect, and no request that changes something leaves any more (remote.WhileHeld).
// Errors: the store's for a lease that another process holds, and do's.
func (c *Connection) Hold(ctx context.Context, lease string, do func(context.Context, journal.Fence) error) error {
	// A lease tells processes apart, not the goroutines of one: those take turns.
	done, err := cmp.Or(c.Turns, &c.own).take(ctx, lease)
	if err != nil {
		return err
	}
	defer done()
	fence, err := c.Store.Acquire(ctx, lease, c.Holder, c.ttl())
	if err != nil {
		return err
	}
	held, lost := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		tick := time.NewTicker(c.ttl() / 3)
		defer tick.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-tick.C:
				if err := c.Store.Renew(held, fence, c.ttl()); err != nil && held.Err() == nil {
					lost(err)
					return
				}
			}
		}
	}()
	err = do(remote.WhileHeld(held, func(ctx context.Context) error { return c.holds(ctx, fence) }), fence)
	lost(nil)
	<-renewed
	if cause := context.Cause(held); err != nil && errors.Is(cause, journal.ErrFenced) {
		err = cause
	}
	return errors.Join(err, c.Store.Release(context.WithoutCancel(ctx), fence))
}

// holds returns nil if this process may still change things under a lease.
func (c *Connection) holds(ctx context.Context, fence journal.Fence) error {
	if c.Serving != nil {
		if err := c.Serving(ctx); err != nil {
			return err
		}
	}
	return c.Store.Holds(ctx, fence)
}

// Poll reads what changed in RAYNET and hands it out. full lists everything anew.
func (c *Connection) Poll(ctx context.Context, full bool) (report feed.Report, err error) {
	err = c.hold(ctx, "connection/"+c.Name, func(ctx context.Context, fence journal.Fence) error {
		pairs, err := c.Running(ctx)
		if err != nil {
			return err
		}
		report, err = c.Feed.Poll(ctx, fence, pairs, full)
		return err
	})
	return report, err
}

// Sweep lists RAYNET's ids completely and asks for proof about what is missing.
func (c *Connection) Sweep(ctx context.Context) (suspected int, err error) {
	err = c.hold(ctx, "connection/"+c.Name, func(ctx context.Context, fence journal.Fence) error {
		pairs, err := c.Store.Pairs(ctx, c.Name)
		if err != nil {
			return err
		}
		suspected, err = c.Feed.Sweep(ctx, fence, pairs)
		return err
	})
	return suspected, err
}

// Running lists the pairs that are synchronised. A pair that is halted or paused keeps getting its work noted, so that nothing
// is missed; only one that was switched off does not.
func (c *Connection) Running(ctx context.Context) ([]journal.Pair, error) {
	return c.Store.Pairs(ctx, c.Name)
}

// CycleOptions are the choices of one cycle.
type CycleOptions struct {
	Run      string
	Dry      bool
	Progress func(done, all int)
	// Foresee tells, in a dry run, what a guard stops (Outcome.Stopped).
	Foresee bool
	// Verdict is what a person decided about what a guard stopped: a halted pair runs once with it, and goes on if it holds.
	Verdict *engine.GuardVerdict
}

// Cycle synchronises one pair once. It returns a *PausedError for a pair that is halted or paused (a dry run looks anyway).
func (c *Connection) Cycle(ctx context.Context, id int64, options CycleOptions) (outcome engine.Outcome, err error) {
	if options.Run == "" {
		options.Run = c.NewID()
	}
	run := func(ctx context.Context, fence journal.Fence) error {
		p, err := c.Store.Pair(ctx, id)
		if err != nil {
			return err
		}
		decided := p.State == journal.PairHalted && options.Verdict != nil
		if p.State != journal.PairRunning && !options.Dry && !decided {
			return &PausedError{Pair: p}
		}
		outcome, err = c.Engine.Run(ctx, engine.Task{
			Pair: p, Rules: c.Rules(p), Fence: fence, Run: options.Run, Dry: options.Dry, Progress: options.Progress, Verdict: options.Verdict,
		})
		c.Meter.carried(outcome)
		if options.Dry {
			return err
		}
		if err == nil && decided && outcome.Halted == nil {
			running := journal.PutPairState{Pair: p.ID, State: journal.PairRunning}
			if err := c.Store.Commit(ctx, fence, running); err != nil {
				return err
			}
		}
		if err == nil && p.Full && outcome.Skipped == 0 && outcome.Halted == nil {
			return c.Store.SetPairFull(ctx, id, false)
		}
		return c.stop(ctx, fence, p, outcome, err)
	}
	if options.Dry {
		if err := c.allowed(ctx); err != nil {
			return outcome, err
		}
		err = run(ctx, journal.Fence{})
		c.noteRefused(ctx, err)
		return outcome, err
	}
	if err := c.Feed.Ready(ctx); err != nil {
		return outcome, err
	}
	err = c.hold(ctx, fmt.Sprintf("pair/%d", id), run)
	return outcome, err
}

// Look reads, for a dry run, what changed in RAYNET (with sweep also its ids) without committing anything or taking a lease.
// The pairs need not be in the database yet: their ids only have to differ.
func (c *Connection) Look(ctx context.Context, pairs []journal.Pair, sweep bool) (map[int64]*engine.Look, error) {
	if err := c.allowed(ctx); err != nil {
		return nil, err
	}
	looks, err := c.Feed.Look(ctx, pairs, sweep)
	c.noteRefused(ctx, err)
	return looks, err
}

// Plan says what a cycle of the pair would do after the look, whatever the pair's state is. It writes nothing anywhere.
func (c *Connection) Plan(ctx context.Context, p journal.Pair, look *engine.Look, options CycleOptions) (engine.Outcome, error) {
	if err := c.allowed(ctx); err != nil {
		return engine.Outcome{}, err
	}
	outcome, err := c.Engine.Run(ctx, engine.Task{
		Pair: p, Rules: c.Rules(p), Run: options.Run, Dry: true, Look: look, Progress: options.Progress, Foresee: options.Foresee,
	})
	c.noteRefused(ctx, err)
	return outcome, err
}

// Do carries out what a person asked for in one pair while no cycle of it runs: decide looks at the things concerned and
// returns the steps. With Dry nothing is carried out, and no lease taken.
func (c *Connection) Do(ctx context.Context, id int64, options CycleOptions, decide func(context.Context, engine.Task) ([]plan.Step, error)) (outcome engine.Outcome, err error) {
	run := func(ctx context.Context, fence journal.Fence) error {
		p, err := c.Store.Pair(ctx, id)
		if err != nil {
			return err
		}
		task := engine.Task{Pair: p, Rules: c.Rules(p), Fence: fence, Run: options.Run, Dry: options.Dry}
		steps, err := decide(ctx, task)
		if err != nil {
			return err
		}
		outcome, err = c.Engine.Do(ctx, task, steps)
		c.Meter.carried(outcome)
		return err
	}
	if options.Dry {
		if err := c.allowed(ctx); err != nil {
			return outcome, err
		}
		err = run(ctx, journal.Fence{})
		c.noteRefused(ctx, err)
		return outcome, err
	}
	err = c.hold(ctx, fmt.Sprintf("pair/%d", id), run)
	return outcome, err
}

// Prepare makes the folder or list of a pair that has none any more.
func (c *Connection) Prepare(ctx context.Context, id int64, run string) error {
	return c.hold(ctx, fmt.Sprintf("pair/%d", id), func(ctx context.Context, fence journal.Fence) error {
		p, err := c.Store.Pair(ctx, id)
		if err != nil {
			return err
		}
		_, err = c.Engine.Prepare(ctx, engine.Task{Pair: p, Rules: c.Rules(p), Fence: fence, Run: run})
		return err
	})
}

// Change changes what is remembered of one pair while no cycle of it runs: decide returns the facts.
func (c *Connection) Change(ctx context.Context, id int64, decide func(context.Context, journal.Pair) ([]journal.Fact, error)) error {
	return c.hold(ctx, fmt.Sprintf("pair/%d", id), func(ctx context.Context, fence journal.Fence) error {
		p, err := c.Store.Pair(ctx, id)
		if err != nil {
			return err
		}
		facts, err := decide(ctx, p)
		if err != nil || len(facts) == 0 {
			return err
		}
		return c.Store.Commit(ctx, fence, facts...)
	})
}

// allowed asks the circuit whether the logins may be used at all.
func (c *Connection) allowed(ctx context.Context) error {
	if c.Allowed == nil {
		return nil
	}
	return c.Allowed(ctx)
}

// noteRefused tells the circuit of a refused login.
func (c *Connection) noteRefused(ctx context.Context, err error) {
	if err != nil && c.Refused != nil && remote.KindOf(err) == remote.Unauthorized {
		c.Refused(context.WithoutCancel(ctx), err)
	}
}

// stop halts a pair whose mailbox cannot be used, so that it is shown and not tried for ever. Everything else goes on.
func (c *Connection) stop(ctx context.Context, fence journal.Fence, p journal.Pair, outcome engine.Outcome, err error) error {
	for _, side := range []record.Side{record.Outlook, record.Raynet} { // the mailbox's reason first: it may concern this pair alone
		if err == nil {
			err = outcome.Stop[side]
		}
	}
	if err == nil {
		return nil
	}
	failed, ok := errors.AsType[*remote.Error](err)
	if !ok || failed.Side != record.Outlook {
		return err
	}
	switch failed.Kind {
	case remote.NoMailbox, remote.Forbidden, remote.NoContainer:
		reason := "mailbox-missing"
		switch {
		case failed.Kind == remote.Forbidden:
			reason = "forbidden"
		case failed.Kind == remote.NoContainer:
			reason = "container-gone"
		}
		state := journal.PutPairState{Pair: p.ID, State: journal.PairRefused, Reason: reason, Detail: err.Error()}
		return errors.Join(err, c.Store.Commit(context.WithoutCancel(ctx), fence, state))
	case remote.Throttled, remote.Unavailable, remote.Unauthorized, remote.NotFound, remote.Conflict, remote.Duplicate,
		remote.Invalid, remote.Locked, remote.CursorDead, remote.Mailing:
	}
	return err
}

// Probe tries a refused pair again and lets it run if its mailbox answers; it is asked for once an hour.
func (c *Connection) Probe(ctx context.Context, p journal.Pair) error {
	if p.State != journal.PairRefused {
		return nil
	}
	return c.hold(ctx, fmt.Sprintf("pair/%d", p.ID), func(ctx context.Context, fence journal.Fence) error {
		return c.Store.Commit(ctx, fence, journal.PutPairState{Pair: p.ID, State: journal.PairRunning})
	})
}
