package protocol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
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

// somebody lets a person do one thing now.
func (h *history) somebody() {
	var options [8]turn
	n := 0
	offer := func(turns ...turn) { n += copy(options[n:], turns) }
	if h.raynet.last(0) != nil {
		offer(editRaynet, deleteRaynet)
	}
	if h.outlook.last(1) != nil {
		offer(editOutlook, deleteOutlook)
		if h.copies == 0 {
			offer(copyOutlook)
		}
	}
	if len(h.seats) > 1 && h.outlook.last(2) != nil {
		offer(editOther, deleteOther)
	}
	chosen := h.ask(options[:n]...)
	switch chosen {
	case well:
	case editRaynet:
		h.edit(h.raynet.last(0), &h.raynet)
	case deleteRaynet:
		h.remove(h.raynet.last(0), &h.raynet)
	case editOutlook:
		h.edit(h.outlook.last(1), &h.outlook)
	case deleteOutlook:
		h.remove(h.outlook.last(1), &h.outlook)
	case copyOutlook:
		h.duplicate(h.outlook.last(1))
	case editOther:
		h.edit(h.outlook.last(2), &h.outlook)
	case deleteOther:
		h.remove(h.outlook.last(2), &h.outlook)
	default:
		h.fail("nobody can do %s", chosen)
	}
	if h.traced && chosen != well {
		h.tell("a person: %s", chosen)
	}
}

// touched notes what a person did to a thing that a create whose outcome is open has made.
func (h *history) touched(t *thing, row string) {
	if t.ours && !h.memory.linked(t.ref) {
		h.note(row)
	}
}

func (h *history) edit(t *thing, on *service) {
	h.touched(t, "F12")
	h.write(t, on, on.first, record.Value("person "+number(len(h.edits)+1)))
}

// write puts a value of a person's on a thing.
func (h *history) write(t *thing, on *service, field record.Field, value record.Value) {
	t.fields = t.fields.Clone()
	t.fields[field] = value
	t.version++
	t.byUs = false
	on.touch(t)
	h.edits = append(h.edits, edit{thing: t, field: field, value: value, version: t.version})
}

func (h *history) remove(t *thing, on *service) {
	h.touched(t, "F11")
	t.gone, t.goneBy = true, true
	t.version++
	on.touch(t)
	h.deleted = append(h.deleted, deletion{of: t.of, at: place(t.mailbox)})
	h.residual(t)
}

// residual counts what the product is known not to foresee. A meeting that lies in several mailboxes can be deleted in one of them, or
// in RAYNET, before the others were looked at: nobody knows yet that it was the same, and it is made again from the copy that is left.
// After a loss of the database a copy of ours can be deleted between the list that showed it, which does not show the marks of
// contacts, and the look-up of the marks: it is taken for new. And a record that we made from an item can be deleted before it was found
// again: nothing tells that there ever was one.
func (h *history) residual(t *thing) {
	unseen := slices.ContainsFunc(h.outlook.things, func(other *thing) bool {
		return other.of == t.of && other.twin != "" && !h.memory.joined(other.ref)
	})
	forgotten := h.scenario.lost && t.ref.Side == record.Raynet && t.ours && !h.memory.linked(t.ref)
	if unseen || forgotten || h.scenario.lost && h.scenario.kind == record.Contacts && len(h.memory.links) == 0 {
		h.known = true
		h.counts.residue++
	}
}

// doubtful counts a create that is made again although a person has removed what the first one made, where the service keeps nobody from
// it and nothing tells that there ever was a first one.
func (h *history) doubtful(s *service, request *remote.Request) {
	if s.once() {
		return
	}
	for _, t := range s.things {
		if t.goneBy && t.stamp != nil && t.stamp.Op == request.Header[opHeader] {
			h.counts.residue++
		}
	}
}

// blind marks what a person wrote on an item since it was read, where the service does not hold a write back for it.
func (h *history) blind(t *thing, request *remote.Request) {
	for i := range h.edits {
		if e := &h.edits[i]; e.thing == t && t.fields[e.field] == e.value && slices.Contains(request.Writes, e.field) {
			e.blind = true
		}
	}
}

// overwrites marks what a person wrote in RAYNET and a request replaces although its pair had been shown it: that is not the window
// between a look and a write, which nobody can close.
func (h *history) overwrites(t *thing, request *remote.Request, shown int) {
	if request.Side != record.Raynet || request.Op != remote.Update {
		return
	}
	for i := range h.edits {
		e := &h.edits[i]
		value, written := request.Header[string(e.field)]
		if e.thing == t && written && t.fields[e.field] == e.value && record.Value(value) != e.value {
			e.seen = e.version <= shown
		}
	}
}

// duplicate copies an item as Outlook does: our mark goes with it.
func (h *history) duplicate(t *thing) {
	h.copies++
	if t.ours {
		h.note("F31")
	}
	made := h.outlook.add(t.fields, t.mailbox, h.now)
	h.origins++
	made.of, made.copied, made.stamp, made.key = h.origins, true, t.stamp, t.key
}

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
