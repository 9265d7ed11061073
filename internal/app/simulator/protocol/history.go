package protocol

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// edit is a value that a person wrote.
type edit struct {
	thing *thing
	field record.Field
	value record.Value
	blind bool // it was overwritten by a write that nothing made conditional
	// version is what the thing had with it. seen says that a write overwrote it that was made after its pair had been shown it.
	version int
	seen    bool
}

// pending is a request that lands later than its answer was waited for.
type pending struct {
	at      time.Time
	request remote.Request
	mailbox int
	version int // of its target, when it was sent
	shown   int // the version of its target that its pair had been shown by then
}

// place is a side, in Outlook one of its mailboxes (1, 2), in RAYNET 0.
type place int

// seat is one pair with its engine.
type seat struct {
	pair    journal.Pair
	mailbox int
	scope   string // of its cursor
	engine  engine.Engine
}

// history is one order of events, from a scenario's beginning until everything is quiet.
type history struct {
	scenario *scenario
	choices  choices
	now      time.Time
	raynet   service
	outlook  service
	memory   memory
	rows     rows
	seats    []seat
	late     []pending
	gone     []absence // when the engine was told that a RAYNET record is gone
	run      int
	ids      int
	origins  int // how many things people made
	edits    []edit
	deleted  []deletion
	copies   int
	known    bool // the history is of a class that the product is known not to foresee (residual)
	rests    bool // something is refused whenever a service is asked for it
	crashed  bool // the process died: nothing more happens in this run
	silent   bool // nothing was sent in this round
	unknown  bool // the outcome of some write was not known
	counts   tally
	wrong    []string
	traced   bool
	leaf     bool // nobody asks how many questions the history has
	trace    []string
	broken   breakage
	digests  record.Digester
}

// deletion is what a person deleted: which of the things that people made, and where.
type deletion struct {
	of int
	at place
}

// absence is how often, and over what time, the engine was told that a ref is gone.
type absence struct {
	ref         remote.Ref
	first, last time.Time
}

// tally is what one history exercised.
type tally struct {
	faults, crashes, residue, held int
	blind                          bool
	probes                         map[string]int
	checked                        [checkers]bool
}

// breakage is a rule of the protocol that is left out on purpose, to show that the checks notice.
type breakage uint8

const (
	sound       breakage = iota
	forgetful            // intents are not durable
	blindRepeat          // a look-up finds nothing, ever: a create is repeated blindly
	hasty                // nothing settles: a repeat is made at once
	careless             // the values that a write replaces are not kept
	rash                 // the first word that an original is gone is proof enough
	amnesic              // Outlook makes things twice under one key
	deaf                 // nobody is told that something changed in RAYNET
	unmarked             // our marks are never seen
)

var begin = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

const (
	settle  = 5 * time.Minute
	grace   = 5 * time.Minute
	lateBy  = 3 * time.Minute
	tooLong = 7 * time.Minute
	// stepTime is how long an action takes: long enough for the read that guards a write to RAYNET to grow old.
	stepTime = 200 * time.Millisecond
	// lag is how long what was just made may be invisible.
	lag = 2 * time.Minute
	// hostileRounds are those in which deviations happen; quietRounds bound how long it may take until nothing is left to do.
	hostileRounds = 3
	quietRounds   = 12
)

// newHistory returns a history to be begun.
func newHistory(broken breakage) *history {
	return &history{broken: broken, digests: record.NewDigester([]byte("protocol")).Remembering()}
}

// begin prepares the scenario's beginning.
func (h *history) begin(s *scenario, deviations []Deviation, points int, leaf bool) {
	h.scenario, h.now, h.leaf, h.traced = s, begin, leaf, false
	h.choices.begin(deviations, points)
	h.raynet = service{quirks: &s.quirks, side: record.Raynet, things: h.raynet.things[:0], unmarked: h.broken == unmarked}
	if h.outlook.keys == nil {
		h.outlook.keys = map[string]*thing{}
	}
	clear(h.outlook.keys)
	h.outlook = service{quirks: &s.quirks, side: record.Outlook, things: h.outlook.things[:0], keys: h.outlook.keys, unmarked: h.broken == unmarked}
	h.memory.reset()
	h.rows = rows{snapshots: h.rows.snapshots[:0]}
	h.late, h.gone, h.edits, h.deleted = h.late[:0], h.gone[:0], h.edits[:0], h.deleted[:0]
	h.run, h.ids, h.origins, h.copies = 0, 0, 0, 0
	h.crashed, h.silent, h.unknown, h.rests, h.known = false, false, false, false, false
	h.counts = tally{probes: h.counts.probes}
	if h.counts.probes == nil {
		h.counts.probes = map[string]int{}
	}
	clear(h.counts.probes)
	h.wrong, h.trace = nil, nil
	h.seat(s)
	s.prepare(h)
}

// seat makes the pairs with an engine each.
func (h *history) seat(s *scenario) {
	h.seats = h.seats[:0]
	for i := range s.mailboxes() {
		mailbox := i + 1
		pair := journal.Pair{ID: int64(mailbox), Connection: "default", Kind: s.kind, Mailbox: mailboxName(mailbox),
			Person: strconv.Itoa(40 + mailbox), Zone: "UTC", Container: "own"}
		h.seats = append(h.seats, seat{mailbox: mailbox, pair: pair, scope: engine.FeedScope(pair)})
	}
	for i := range h.seats {
		at := &h.seats[i]
		at.engine = engine.Engine{
			Raynet: side{h, &h.raynet, at.mailbox}, Outlook: side{h, &h.outlook, at.mailbox}, Feed: feed{h, at.mailbox}, Rows: &h.rows,
			Access: access{}, Store: durable{&h.memory, h}, Digester: h.digests, Now: h.clock, NewID: h.newID, Key: copyKey, Driver: h.drive, Parallel: 1,
		}
	}
}

func mailboxName(n int) string { return "box-" + number(n) }

// copyKey is the key that a copy in RAYNET carries.
func copyKey(_ remote.Scope, source remote.Snapshot) string {
	return "copy of " + cmp.Or(source.Twin, source.Ref.ID)
}

func (h *history) clock() time.Time { return h.now }

func (h *history) newID() string {
	h.ids++
	return "op" + string([]byte{byte('0' + h.ids/100%10), byte('0' + h.ids/10%10), byte('0' + h.ids%10)})
}

func (h *history) service(side record.Side) *service {
	if side == record.Raynet {
		return &h.raynet
	}
	return &h.outlook
}

func (h *history) fail(format string, args ...any) {
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

// tell adds a line to the trace; callers ask h.traced first, so that an ordinary history writes no text.
func (h *history) tell(format string, args ...any) {
	h.trace = append(h.trace, h.now.Sub(begin).String()+" "+fmt.Sprintf(format, args...))
}

func (h *history) note(row string) { h.counts.probes[row]++ }

// origin returns which of the things that people made a ref stands for.
func (h *history) origin(ref remote.Ref) int {
	for _, thing := range h.service(ref.Side).things {
		if thing.ref == ref {
			return thing.of
		}
	}
	return 0
}

// named has a record stand for what its key says.
func (h *history) named(t *thing) {
	for _, original := range h.outlook.things {
		if t.key == copyKey(remote.Scope{}, remote.Snapshot{Ref: original.ref, Twin: original.twin}) {
			t.of = original.of
			return
		}
	}
}

// people makes a thing that is nobody's copy.
func (h *history) people(side record.Side, mailbox int) *thing {
	made := h.service(side).add(h.scenario.values(), mailbox, h.now)
	h.origins++
	made.of = h.origins
	return made
}

// pass moves the clock and lets land what is due.
func (h *history) pass(d time.Duration) {
	h.now = h.now.Add(d)
	for i := 0; i < len(h.late); {
		if h.late[i].at.After(h.now) {
			i++
			continue
		}
		landing := h.late[i]
		h.late = slices.Delete(h.late, i, i+1)
		h.land(landing)
	}
}

func (h *history) land(p pending) {
	service := h.service(p.request.Side)
	if target := service.find(p.request.Ref); target != nil && target.version != p.version {
		h.note("F18")
	}
	if target := service.find(p.request.Ref); target != nil {
		h.overwrites(target, &p.request, p.shown)
	}
	_, err := service.take(h, &p.request, p.mailbox)
	if h.traced {
		h.tell("landed late: %s in %s: %v", p.request.Op, p.request.Side, err)
	}
}

// ask asks whether a step goes well, or in one of the other ways.
func (h *history) ask(others ...turn) turn {
	option := h.choices.take(len(others) + 1)
	if option == 0 {
		return well
	}
	chosen := others[option-1]
	if !chosen.human() {
		h.counts.faults++
	}
	return chosen
}

// crash ends the process.
func (h *history) crash() error {
	h.crashed = true
	h.counts.crashes++
	return errCrash
}

// errCrash is what everything says after the process died.
var errCrash = errors.New("the process died")
