// Package apply is the write protocol: intent, call, settle, one step at a time, and the way back after a crash or a lost
// answer. It is a machine that takes events and returns actions; it has no goroutine, no clock, no randomness and does no
// I/O itself, so that one order of events is one history. A driver (engine.Run in production, the simulator in tests)
// carries the actions out and feeds back what happened.
//
// Start reading at Core. The way of a single step is in task.go and its write in send.go; what is done about an intent found
// open is in recover.go.
package apply

import (
	"maps"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Config is what a Core needs to know beside the steps.
type Config struct {
	Pair     int64
	Mailbox  string // Graph user id, for stamps
	Run      string
	Schema   record.Schema
	Digester record.Digester
	// Settle is how long a write whose answer was lost may still land.
	Settle time.Duration
	// GuardAge is the greatest age of a read that guards a write to RAYNET.
	GuardAge time.Duration
	// LoopWindow is over which time the loop breaker counts.
	LoopWindow time.Duration
	// Timed is since when a change must have been saved for the time that it takes to be told (Result.Delay); zero tells none.
	Timed time.Time
	// Active bounds how many links are worked on at the same time, per side written to.
	Active map[record.Side]int
}

// Action is something the driver must do and answer with exactly one Event for the same Task. The set is closed.
type Action interface{ action() }

// Commit asks for facts to become durable together.
type Commit struct {
	Task  int
	Facts []journal.Fact
}

// Compose asks the side to put a write into its own form.
type Compose struct {
	Task  int
	Write remote.Write
}

// Send asks for one exact request to be made. It is asked for only when its intent is durable.
type Send struct {
	Task    int
	Request remote.Request
	// Before is when it must have left at the latest. A process that was frozen longer than that wakes up in a world in which
	// another one may have looked for the write, found nothing and made it: an event with an unknown outcome is what came of it.
	Before time.Time
}

// Look asks for one ref to be read as it is now.
type Look struct {
	Task int
	Ref  remote.Ref
}

// Find asks what an earlier create left behind.
type Find struct {
	Task   int
	Side   record.Side
	Search remote.Search
}

func (Commit) action()  {}
func (Compose) action() {}
func (Send) action()    {}
func (Look) action()    {}
func (Find) action()    {}

// Event is what came of an action. Exactly the members that belong to the action are set.
type Event struct {
	Task int
	// At is the time at which the event happened.
	At       time.Time
	Err      error
	Requests []remote.Request  // of Compose
	Answer   remote.Answer     // of Send
	Reading  remote.Reading    // of Look
	Found    []remote.Snapshot // of Find
}

// Result counts what became of the steps.
type Result struct {
	Steps map[plan.Op]int // settled
	// Carried are the changes that were written, by the side on which.
	Carried map[record.Side]int
	// Delay is how long changes took from the moment they were saved on their side until they were settled: the sum over Delays
	// changes of which that is known, and the longest.
	Delays         int
	Delay, Longest time.Duration
	// Waiting are links whose write may still be on its way.
	Waiting int
	// Parked are things set aside with a reason.
	Parked int
	// Skipped are steps that were not begun because their side or the store had to be left alone.
	Skipped int
	// Again are things that changed under our hands and must be merged again.
	Again int
	// Residue counts repeats of RAYNET creates whose first try can no longer be told from one that a person removed.
	Residue int
	// Held counts copies that cannot be told apart and wait for a person.
	Held int
	// Probes count which branches of the way back were taken, by the names that Probes lists; nil if none was.
	Probes map[string]int
	// Stop is the error that concerns everything on one side (login refused, mailbox gone, throttled), nil if there was none.
	Stop map[record.Side]error
	// Store is the error of the first commit that could not be made, nil if all could.
	Store error
}

// Core runs the steps of one cycle of one pair.
type Core struct {
	config Config
	tasks  []*task                 // by id; nil once done, because a task holds all that was ever said of its record
	queues map[record.Side][]*task // not started yet, in order
	active map[record.Side]int
	open   int                     // tasks that are not done
	links  map[string]journal.Link // as last settled, by id
	// makings are the open creates in RAYNET that were found at start, in their order.
	makings []string
	result  Result
}

// bulkSteps is how many things are set aside in one commit.
const bulkSteps = 200

// sides is the order in which queues are served; the empty side holds what writes to no service.
var sides = [...]record.Side{"", record.Outlook, record.Raynet}

// New returns a Core for the open intents found at start and the steps to do after them. Steps with the same link id are
// done one after another; newOp is called once for each write, in the order of the steps, and names it for ever.
func New(config Config, intents []journal.Intent, steps []plan.Step, newOp func() string) *Core {
	c := &Core{config: config, queues: map[record.Side][]*task{}, active: map[record.Side]int{}, links: map[string]journal.Link{}}
	c.result.Steps, c.result.Carried = map[plan.Op]int{}, map[record.Side]int{}
	c.result.Stop = map[record.Side]error{}
	for _, intent := range intents {
		c.tasks = append(c.tasks, &task{core: c, id: len(c.tasks), side: intent.Request.Side, intent: intent, recovering: true})
		if intent.Request.Side == record.Raynet && intent.Request.Op == remote.Create {
			c.makings = append(c.makings, intent.Op)
		}
	}
	byLink := map[string]*task{}
	var bulk *task
	for _, step := range steps {
		if step.Op == plan.Skip {
			if bulk == nil || len(bulk.bulk) == bulkSteps {
				bulk = &task{core: c, id: len(c.tasks)}
				c.tasks = append(c.tasks, bulk)
			}
			bulk.bulk = append(bulk.bulk, step)
			continue
		}
		op := ""
		if step.Op.Writes() {
			op = newOp()
		}
		todo := job{step: step, op: op}
		if t := byLink[step.Link.ID]; t != nil && step.Link.ID != "" {
			t.jobs = append(t.jobs, todo)
			if t.side == "" {
				t.side = step.Side
			}
			continue
		}
		t := &task{core: c, id: len(c.tasks), side: step.Side, jobs: []job{todo}}
		byLink[step.Link.ID] = t
		c.tasks = append(c.tasks, t)
	}
	for _, t := range c.tasks {
		c.queues[t.side] = append(c.queues[t.side], t)
	}
	c.open = len(c.tasks)
	return c
}

// Start returns the first actions.
func (c *Core) Start(now time.Time) []Action { return c.begin(now, nil) }

// Step takes what happened and returns what to do next.
func (c *Core) Step(event Event) []Action {
	t := c.tasks[event.Task]
	actions := t.resume(event)
	if len(actions) == 0 {
		c.finish(t)
		actions = c.begin(event.At, actions)
	}
	return actions
}

// begin starts tasks in their order while there is room for them on their side.
func (c *Core) begin(now time.Time, actions []Action) []Action {
	for _, side := range sides {
		for len(c.queues[side]) > 0 {
			if limit := c.config.Active[side]; limit > 0 && c.active[side] >= limit {
				break
			}
			t := c.queues[side][0]
			c.queues[side][0], c.queues[side] = nil, c.queues[side][1:]
			c.active[side]++
			first := t.start(now)
			if len(first) == 0 {
				c.finish(t)
			}
			actions = append(actions, first...)
		}
	}
	return actions
}

func (c *Core) finish(t *task) {
	c.tasks[t.id] = nil
	c.active[t.side]--
	c.open--
}

// Done reports whether everything was dealt with.
func (c *Core) Done() bool { return c.open == 0 }

// Result returns the counts so far.
func (c *Core) Result() Result { return c.result }

// Without makes the core leave sides alone to which nothing more may be sent in this cycle, as an earlier core of it was told. It is called
// before the first event.
func (c *Core) Without(stops map[record.Side]error) *Core {
	maps.Copy(c.result.Stop, stops)
	return c
}

// stopped reports whether nothing more may be sent to a side in this cycle.
func (c *Core) stopped(side record.Side) bool {
	return c.result.Stop[side] != nil || c.result.Store != nil
}

// stops reports whether an error concerns everything on its side, and remembers it.
func (c *Core) stops(side record.Side, err error) bool {
	kind := remote.KindOf(err)
	if kind == remote.Forbidden && side == record.Raynet {
		return false // a right that is missing for this record or field only
	}
	switch kind {
	case remote.Throttled, remote.Unauthorized, remote.Forbidden, remote.NoMailbox, remote.NoContainer:
		if known := c.result.Stop[side]; known == nil || remote.RetryAt(err).After(remote.RetryAt(known)) {
			c.result.Stop[side] = err // the one that tells for how long
		}
		return true
	case remote.Unavailable, remote.NotFound, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked,
		remote.CursorDead, remote.Mailing:
	}
	return false
}
