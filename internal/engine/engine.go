package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Store is the engine's durable memory. Reads see everything committed before they began.
type Store interface {
	Memory
	Finder
	// Commit makes facts durable together or not at all. It fails with an error that wraps journal.ErrBusy or
	// journal.ErrFenced when the facts contradict another writer.
	Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error
	// Cursor returns the place in a feed; ok is false if the feed was never read.
	Cursor(ctx context.Context, scope string) (cursor journal.Cursor, ok bool, err error)
}

// Memory is what is remembered of named things.
type Memory interface {
	Links(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Link, error)
	LinksOfGroup(ctx context.Context, pair int64, group string) ([]journal.Link, error)
	// LinksAfter pages through the live links of a pair in the order of their ids.
	LinksAfter(ctx context.Context, pair int64, after string, limit int) ([]journal.Link, error)
	Asides(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Aside, error)
	Work(ctx context.Context, pair int64, due time.Time, limit int) ([]journal.Work, error)
	// WorkAt returns the work of the given refs, due or not.
	WorkAt(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Work, error)
	Intents(ctx context.Context, pair int64) ([]journal.Intent, error)
}

// Finder finds things by what they have in common with others.
type Finder interface {
	CountLinks(ctx context.Context, pair int64) (int, error)
	WorkOfConnection(ctx context.Context, connection string, ref remote.Ref) ([]journal.Work, error)
	IntentsOfConnection(ctx context.Context, connection string) ([]journal.Intent, error)
	LinksOfRef(ctx context.Context, connection string, ref remote.Ref) ([]journal.Link, error)
	// LinksOnceOf returns the pair's links that had this thing once and have another one in its place now, as far as the journal reaches.
	LinksOnceOf(ctx context.Context, pair int64, ref remote.Ref) ([]journal.Link, error)
	// OnceInOutlook returns what a link had in Outlook before what it has now, as far as the journal reaches.
	OnceInOutlook(ctx context.Context, link journal.Link) ([]remote.Ref, error)
	// MadeOtherwise reports whether the journal tells that what a link joins was made by a create of ours with another op than this,
	// of this life or, if its stamp told, of an earlier one.
	MadeOtherwise(ctx context.Context, link, op string) (bool, error)
	// SentAgain reports whether the journal tells that the create of a link, known by its op, was sent more than once, or may have been.
	SentAgain(ctx context.Context, link, op string) (bool, error)
	LinksByTwin(ctx context.Context, connection string, twin record.Digest) ([]journal.Link, error)
	AsidesByNatural(ctx context.Context, pair int64, side record.Side, natural record.Digest) ([]journal.Aside, error)
	AsidesByTwin(ctx context.Context, connection string, twin record.Digest) ([]journal.Aside, error)
	AsidesBySource(ctx context.Context, pair int64, source record.Digest) ([]journal.Aside, error)
	AsidesOfRef(ctx context.Context, ref remote.Ref) ([]journal.Aside, error)
}

// OutlookFeed reads what changed in one mailbox.
type OutlookFeed interface {
	// Begin reads everything within the window and returns a cursor for what comes after.
	Begin(ctx context.Context, scope remote.Scope, from, till time.Time) (remote.Round, error)
	// Continue reads what changed since the cursor; a forgotten cursor is remote.CursorDead.
	Continue(ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error)
	// Stamps reads, in bulk, every item of the mailbox that carries our stamp.
	Stamps(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error)
	// Everything names every item of the mailbox, also outside of the window, and tells no more than which item it is and whether it is
	// private or a series. Of a kind whose feed shows everything it finds none.
	Everything(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error)
	// Place finds the folder or list in which the things of a kind lie that has one of its own, and makes it if it is not there and
	// may be made; otherwise it is empty. Without it the feed and every look-up find nothing.
	Place(ctx context.Context, scope remote.Scope, mayMake bool) (container string, err error)
}

// Rows remembers, for a while, the RAYNET rows that the connection's feed has just read, so that no pair asks for them again.
// A row is shown as it looks in the given zone.
type Rows interface {
	// Row returns the row that was read with the report of that time, and no other: another process may have read a newer one
	// since, and reported it.
	Row(ref remote.Ref, zone string, reported time.Time) (remote.Snapshot, bool)
}

// Access tells whether what we may see in RAYNET is as it was when the connection was checked last.
type Access interface {
	// What is seen for the first time is remembered to be compared with, unless dry is set.
	Unchanged(ctx context.Context, dry bool) (bool, error)
}

// Driver carries out the actions of a core until it is done: do performs one action. The production driver does several at a
// time (Concurrent), the simulator one after another in an order of its own.
type Driver func(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error

// Engine synchronises pairs. Its members are set once; it is safe for concurrent use with different pairs.
type Engine struct {
	Raynet, Outlook Side
	Feed            OutlookFeed
	Rows            Rows
	Access          Access
	Store           Store
	Digester        record.Digester
	Now             func() time.Time
	NewID           func() string
	// Key returns the idempotency key of a copy made in RAYNET from a thing of the scope's mailbox.
	Key func(scope remote.Scope, source remote.Snapshot) string
	// Dates returns the dates that a series may have had, for each form of their identities; nil if that is not known.
	Dates  func(series remote.Snapshot, from, till time.Time) []remote.Snapshot
	Driver Driver
	// Parallel is how many look-ups of a cycle run at the same time, 1 in the simulator.
	Parallel int
	Log      *slog.Logger
}

// Task is one cycle of one pair.
type Task struct {
	Pair  journal.Pair
	Rules pair.Rules
	Fence journal.Fence
	Run   string
	// Dry plans and does nothing.
	Dry bool
	// Look, for a dry run, is what a dry look at RAYNET brought; nil plans with what was committed before.
	Look *Look
	// Foresee, for a dry run that a guard stops, tells what it was stopped for: Outcome.Stopped.
	Foresee bool
	// Verdict is what a person decided about what a guard stopped, nil if nobody did.
	Verdict *GuardVerdict
	// Progress, if not nil, is told how many of the planned steps are over.
	Progress func(done, all int)
}

// Outcome is what a cycle planned or did.
type Outcome struct {
	// Planned are the steps in the order in which they were or would be done.
	Planned []plan.Step
	apply.Result
	// Halted is set when a guard stopped the cycle before its first write.
	Halted *plan.HaltError
	// Stopped are the steps that a guard does not let pass, and Fingerprint names exactly these (Task.Foresee).
	Stopped     []plan.Step
	Fingerprint string
	// RetryAt is when the pair should run again although nothing triggers it, zero if there is no need.
	RetryAt time.Time
}

// passes bounds how often one cycle merges again what changed under its hands.
const passes = 3

// Run does one cycle of one pair: it finishes what an earlier one left open, reads what changed, plans and applies. With Dry
// it does the same but for every write, here and there.
func (e *Engine) Run(ctx context.Context, task Task) (Outcome, error) {
	c := &cycle{Engine: e, Task: task, scope: task.Pair.Scope(), schema: record.SchemaOf(task.Pair.Kind)}
	c.outcome.Steps, c.outcome.Carried = map[plan.Op]int{}, map[record.Side]int{}
	c.outcome.Stop = map[record.Side]error{}
	if err := c.place(ctx); err != nil {
		return c.outcome, err
	}
	if !task.Dry {
		if err := c.recover(ctx); err != nil {
			return c.outcome, err
		}
	}
	if err := c.openIntents(ctx); err != nil {
		return c.outcome, err
	}
	if err := c.readOutlook(ctx); err != nil {
		return c.outcome, err
	}
	for pass := range passes {
		c.outcome.Again = 0
		if err := c.pass(ctx, pass == 0); err != nil {
			if halt, ok := errors.AsType[*plan.HaltError](err); ok {
				return c.halted(ctx, halt)
			}
			return c.outcome, err
		}
		if task.Dry || c.outcome.Again == 0 {
			break
		}
		if err := c.openIntents(ctx); err != nil {
			return c.outcome, err
		}
	}
	return c.finish(ctx)
}

// cycle is one Run under way.
type cycle struct {
	*Engine
	Task
	scope  remote.Scope
	schema record.Schema

	round   remote.Round // of the Outlook feed; consumed by the first pass
	cursor  journal.Cursor
	full    bool                // the round is a complete listing, or the first one
	frozen  map[string]bool     // links with an open intent
	waiting map[remote.Ref]bool // refs of links with an open intent
	ops     map[string]bool     // keys of creates whose outcome is open
	outcome Outcome
	passed  bool // a person let pass what the guards had stopped
}

// active is how many links a cycle works on at the same time, per side written to: enough to keep the requests that a service
// takes at a time busy while others wait for the disk, and to share its flushes. An intent must leave soon after it was stored,
// well within the settle horizon: with four requests in flight of at most a minute each, the last of sixteen leaves after three.
func active() map[record.Side]int {
	return map[record.Side]int{"": 16, record.Outlook: 16, record.Raynet: 6}
}

func (c *cycle) config() apply.Config {
	timed := c.cursor.Since
	if c.full {
		timed = time.Time{} // what a complete reading finds may have lain there for long
	}
	return apply.Config{
		Timed: timed,
		Pair:  c.Pair.ID, Mailbox: c.Pair.Mailbox, Run: c.Task.Run, Schema: c.schema, Digester: c.Digester,
		Settle: c.Rules.SettleHorizon, GuardAge: c.Rules.GuardAge, LoopWindow: c.Rules.LoopWindow,
		Active: active(),
	}
}

func (c *cycle) context() plan.Context {
	return plan.Context{Pair: c.Pair, Rules: c.Rules, Schema: c.schema, Digester: c.Digester, Now: c.Now(), Key: c.key}
}

func (c *cycle) key(source remote.Snapshot) string { return c.Key(c.scope, source) }

func (c *cycle) side(side record.Side) Side {
	if side == record.Raynet {
		return c.Raynet
	}
	return c.Outlook
}

// place makes sure that the pair has the container that its kind needs, and remembers it: people may rename it.
func (c *cycle) place(ctx context.Context) error {
	if !c.schema.Contained || c.Pair.Container != "" {
		return nil
	}
	container, err := c.Feed.Place(ctx, c.scope, !c.Dry)
	if err != nil || container == "" {
		return err
	}
	c.Pair.Container = container
	c.scope = c.Pair.Scope()
	if c.Dry {
		return nil
	}
	return c.Store.Commit(ctx, c.Fence, journal.PutContainer{Pair: c.Pair.ID, Container: container})
}

// recover finds out what became of the writes that an earlier cycle left open.
func (c *cycle) recover(ctx context.Context) error {
	intents, err := c.Store.Intents(ctx, c.Pair.ID)
	if err != nil || len(intents) == 0 {
		return err
	}
	return c.drive(ctx, apply.New(c.config(), intents, nil, c.NewID).Without(c.outcome.Stop))
}

// openIntents notes the links that must be left alone because a write to them may still be on its way.
func (c *cycle) openIntents(ctx context.Context) error {
	intents, err := c.Store.Intents(ctx, c.Pair.ID)
	if err != nil {
		return err
	}
	c.frozen, c.waiting, c.ops = map[string]bool{}, map[remote.Ref]bool{}, map[string]bool{}
	for _, intent := range intents {
		c.frozen[intent.Link.ID] = true
		c.ops[intent.Request.Key] = intent.Request.Key != ""
		for _, ref := range []remote.Ref{intent.Link.Raynet.Ref, intent.Link.Outlook.Ref, intent.Source} {
			if !ref.IsZero() {
				c.waiting[ref] = true
			}
		}
	}
	return nil
}

// halted stops the pair until a person looks. The cursor stays where it was, so nothing is missed.
func (c *cycle) halted(ctx context.Context, halt *plan.HaltError) (Outcome, error) {
	c.outcome.Halted = halt
	if c.Dry {
		return c.outcome, nil
	}
	now := c.Now()
	return c.outcome, c.Store.Commit(ctx, c.Fence,
		journal.PutPairState{Pair: c.Pair.ID, State: journal.PairHalted, Reason: halt.Reason, Detail: halt.Error()},
		journal.AddEntry{Entry: journal.Entry{At: now, Run: c.Task.Run, Pair: c.Pair.ID, Event: journal.Halted, Reason: halt.Reason}})
}

// finish moves the cursor of the Outlook feed, if everything it covered is settled or kept as work.
func (c *cycle) finish(ctx context.Context) (Outcome, error) {
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		if at := remote.RetryAt(c.outcome.Stop[side]); at.After(c.outcome.RetryAt) {
			c.outcome.RetryAt = at
		}
	}
	if c.outcome.Store != nil {
		return c.outcome, c.outcome.Store
	}
	if c.Dry || c.outcome.Skipped > 0 {
		return c.outcome, nil
	}
	if c.outcome.Waiting > 0 && c.outcome.RetryAt.IsZero() {
		c.outcome.RetryAt = c.Now().Add(c.Rules.SettleHorizon)
	}
	return c.outcome, c.Store.Commit(ctx, c.Fence, journal.PutCursor{Cursor: c.cursor})
}
