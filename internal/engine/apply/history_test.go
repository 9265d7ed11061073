package apply_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// edit is a value that a person wrote.
type edit struct {
	thing *thing
	field record.Field
	value record.Value
}

// pending is a request that lands later than its answer was waited for.
type pending struct {
	at      time.Time
	request remote.Request
}

// history is one order of events, from a scenario's beginning until everything is quiet.
type history struct {
	choices *choices
	now     time.Time
	raynet  service
	outlook service
	store   store
	late    []pending
	run     int
	ids     int
	edits   []edit
	deleted map[record.Side]bool
	edited  int
	// crashed says that the process died and nothing more happens in this run.
	crashed bool
	crashes int
	// lost says that the database was lost: what a person deletes in Outlook before the copy was found again looks new.
	lost    bool
	sends   int
	residue int
	held    int
	wrong   []string
	trace   []string
}

var begin = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

// stepTime is how long an action takes: long enough for the read that guards a write to RAYNET to grow old.
const stepTime = 200 * time.Millisecond

func newHistory(c *choices, s scenario) *history {
	h := &history{
		choices: c, now: begin,
		raynet:  service{side: record.Raynet, tail: s.tail, keys: map[string]*thing{}},
		outlook: service{side: record.Outlook, keys: map[string]*thing{}},
		store:   store{links: map[string]journal.Link{}, intents: map[string]journal.Intent{}, work: map[remote.Ref]journal.Work{}},
		deleted: map[record.Side]bool{},
	}
	s.prepare(h)
	return h
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

func (h *history) tell(format string, args ...any) {
	h.trace = append(h.trace, h.now.Sub(begin).String()+" "+fmt.Sprintf(format, args...))
}

// pass moves the clock and lets land what is due.
func (h *history) pass(d time.Duration) {
	h.now = h.now.Add(d)
	for len(h.late) > 0 && !h.late[0].at.After(h.now) {
		request := h.late[0].request
		h.late = h.late[1:]
		_, err := h.service(request.Side).take(request, h.now)
		h.tell("landed late: %s in %s: %v", request.Op, request.Side, err)
	}
}

// people may do one thing now.
func (h *history) people() {
	options := []string{"nothing"}
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		if len(h.service(side).living()) > 0 {
			options = append(options, "edit in "+string(side), "delete in "+string(side))
		}
	}
	choice := options[h.choices.take(len(options))]
	if choice == "nothing" {
		return
	}
	verb, name, _ := strings.Cut(choice, " in ")
	side := record.Side(name)
	living := h.service(side).living()
	chosen := living[len(living)-1]
	chosen.version++
	chosen.byUs = false
	h.tell("a person: %s %s", choice, chosen.ref.ID)
	if verb == "delete" {
		chosen.gone = true
		h.deleted[side] = true
		return
	}
	h.edited++
	value := record.Value(fmt.Sprintf("person %d", h.edited))
	chosen.fields[first] = value
	h.edits = append(h.edits, edit{thing: chosen, field: first, value: value})
}

// drive runs a core to its end or until the process dies. Actions are taken in the order in which they were asked for.
func (h *history) drive(core *apply.Core) {
	queue := core.Start(h.now)
	for len(queue) > 0 && !h.crashed {
		action := queue[0]
		event := h.do(action)
		if h.crashed {
			h.crashes++
			return
		}
		event.At = h.now
		queue = append(queue[1:], core.Step(event)...)
	}
	h.residue += core.Result().Residue
	h.held += core.Result().Held
	if !h.crashed && !core.Done() {
		h.fail("the core waits for nothing")
	}
}

func (h *history) do(action apply.Action) apply.Event {
	switch a := action.(type) {
	case apply.Commit:
		h.pass(stepTime)
		return apply.Event{Task: a.Task, Err: h.commit(a.Facts)}
	case apply.Compose:
		return apply.Event{Task: a.Task, Requests: h.service(a.Write.Side).compose(a.Write)}
	case apply.Send:
		h.people()
		h.pass(stepTime)
		answer, err := h.send(a.Request)
		return apply.Event{Task: a.Task, Answer: answer, Err: err}
	case apply.Look:
		h.people()
		h.pass(stepTime)
		if err := h.unreachable(a.Ref.Side); err != nil {
			return apply.Event{Task: a.Task, Err: err}
		}
		return apply.Event{Task: a.Task, Reading: h.service(a.Ref.Side).read(a.Ref, h.now)}
	case apply.Find:
		h.people()
		h.pass(stepTime)
		if err := h.unreachable(a.Side); err != nil {
			return apply.Event{Task: a.Task, Err: err}
		}
		return apply.Event{Task: a.Task, Found: h.found(a)}
	}
	h.fail("an action that no driver knows: %T", action)
	h.crashed = true
	return apply.Event{}
}

func (h *history) unreachable(side record.Side) error {
	switch h.choices.take(3) {
	case 1:
		h.crashed = true
	case 2:
		h.tell("%s did not answer a question", side)
		return &remote.Error{Kind: remote.Unavailable, Side: side, Doing: "read"}
	}
	return nil
}

func (h *history) commit(facts []journal.Fact) error {
	opens := slices.ContainsFunc(facts, func(f journal.Fact) bool { _, ok := f.(journal.OpenIntent); return ok })
	options := 4
	if opens {
		options = 5
	}
	choice := h.choices.take(options)
	switch choice {
	case 1:
		h.tell("crash before a commit")
		h.crashed = true
		return nil
	case 3:
		h.tell("a commit failed")
		return errStore
	case 4:
		h.tell("a commit was refused")
		return journal.ErrBusy
	}
	if wrong := h.store.commit(facts); wrong != "" {
		h.fail("%s", wrong)
	}
	if choice == 2 {
		h.tell("crash after a commit")
		h.crashed = true
	}
	return nil
}

func (h *history) send(request remote.Request) (remote.Answer, error) {
	h.sends++
	h.written(request)
	unknown := &remote.Error{Kind: remote.Unavailable, Side: request.Side, Doing: string(request.Op), Unknown: true}
	choice := h.choices.take(7)
	h.tell("%s %s %s %v: %s", request.Op, request.Side, request.Ref.ID, request.Header,
		[]string{"sent", "crash before", "crash after", "request lost", "answer lost", "late", "throttled"}[choice])
	switch choice {
	case 1:
		h.crashed = true
		return remote.Answer{}, nil
	case 3:
		return remote.Answer{}, unknown
	case 5:
		h.late = append(h.late, pending{at: h.now.Add(late), request: request})
		return remote.Answer{}, unknown
	case 6:
		return remote.Answer{}, &remote.Error{Kind: remote.Throttled, Side: request.Side, Doing: string(request.Op), RetryAt: h.now.Add(time.Minute)}
	}
	answer, err := h.service(request.Side).take(request, h.now)
	switch choice {
	case 2:
		h.crashed = true
	case 4:
		return remote.Answer{}, unknown
	}
	return answer, err
}

// written checks that everything that is needed after a crash was durable before the request left.
func (h *history) written(request remote.Request) {
	intent, ok := h.store.open(request)
	if !ok {
		h.fail("%s in %s was sent without a durable intent", request.Op, request.Side)
		return
	}
	if request.Op == remote.Create || intent.Tail {
		return
	}
	for _, entry := range h.store.entries {
		if entry.Op != intent.Op || entry.Event != journal.Sending {
			continue
		}
		for _, name := range request.Writes {
			kept := slices.ContainsFunc(entry.Changes, func(c journal.Change) bool {
				return c.Field == name && digester().Value(name, c.Before) == intent.Guard[name]
			})
			if !kept {
				h.fail("%s of %s was sent before the value it replaces was kept", request.Op, name)
			}
		}
		return
	}
	h.fail("%s in %s was sent before the values it replaces were kept", request.Op, request.Side)
}

func (h *history) found(a apply.Find) []remote.Snapshot {
	var out []remote.Snapshot
	service := h.service(a.Side)
	for _, thing := range service.living() {
		linked := slices.ContainsFunc(slices.Collect(maps.Values(h.store.links)), func(l journal.Link) bool { return l.Half(a.Side).Ref == thing.ref })
		switch {
		case a.Search.Key != "" && thing.key == a.Search.Key,
			a.Search.Like != nil && thing.copied && thing.key == "" && !linked:
			out = append(out, service.snapshot(thing, h.now))
		}
	}
	return out
}

// cycle is one cycle of the pair: what was left open is recovered, then what both sides show is decided and done.
func (h *history) cycle() {
	h.run++
	h.crashed = false
	if intents := h.store.pending(); len(intents) > 0 {
		h.drive(apply.New(config(h.run), intents, nil, h.id))
	}
	if h.crashed {
		return
	}
	h.people()
	steps := h.steps()
	if len(steps) > 0 {
		h.drive(apply.New(config(h.run), nil, steps, h.id))
	}
}

func (h *history) id() string {
	h.ids++
	return fmt.Sprintf("op%03d", h.ids)
}

func (h *history) context() plan.Context {
	return plan.Context{
		Pair: journal.Pair{ID: pairID, Person: person, Mailbox: mailbox}, Rules: rules(), Schema: schema(), Digester: digester(), Now: h.now,
		Key: keyOf,
	}
}

func rules() pair.Rules {
	rules := pair.DefaultRules(record.Calendar)
	rules.WholeHistory = true
	return rules
}

// keyOf is the key that a copy in RAYNET carries.
func keyOf(s remote.Snapshot) string { return "copy of " + s.Ref.ID }

// steps decides about everything there is, as a complete cycle does.
func (h *history) steps() []plan.Step {
	var items []plan.Item
	linked := map[remote.Ref]bool{}
	waiting, ops, making := map[remote.Ref]bool{}, map[string]bool{}, false
	frozen := map[string]bool{}
	for _, intent := range h.store.pending() {
		frozen[intent.Link.ID] = true
		ops[intent.Request.Key] = intent.Request.Key != ""
		waiting[intent.Source], waiting[intent.Link.Raynet.Ref], waiting[intent.Link.Outlook.Ref] = true, true, true
		making = making || intent.Request.Side == record.Raynet && intent.Request.Op == remote.Create
	}
	for _, id := range slices.Sorted(maps.Keys(h.store.links)) {
		link := h.store.links[id]
		linked[link.Raynet.Ref], linked[link.Outlook.Ref] = true, true
		if !frozen[id] {
			items = append(items, h.linkedItem(link))
		}
	}
	var fresh [2][]remote.Reading
	for i, service := range []*service{&h.raynet, &h.outlook} {
		for _, thing := range service.living() {
			s := service.snapshot(thing, h.now)
			orphan := making && service.side == record.Raynet && thing.copied && thing.key == ""
			ours := s.Stamp != nil && (ops[s.Stamp.Op] || waiting[s.Stamp.Source]) || ops[thing.key]
			reviewed := h.store.work[s.Ref].Why == journal.WhyReview
			if s.Stamp != nil && h.raynet.find(s.Stamp.Source) == nil && !linked[s.Stamp.Source] {
				s.Rule = plan.RuleCopy
			}
			if !linked[s.Ref] && !waiting[s.Ref] && !orphan && !ours && !reviewed {
				fresh[i] = append(fresh[i], remote.Reading{Ref: s.Ref, Presence: remote.Present, Snapshot: s})
			}
		}
	}
	items = append(items, plan.Match(fresh[0], fresh[1], keyOf)...)
	var steps []plan.Step
	for _, item := range items {
		id := ""
		for _, step := range plan.Decide(h.context(), item) {
			if step.Link.ID == "" && step.Link.Pair != 0 {
				id = cmp.Or(id, h.id())
				step.Link.ID = id
			}
			steps = append(steps, step)
		}
	}
	plan.Order(steps, h.now)
	return steps
}

func (h *history) linkedItem(link journal.Link) plan.Item {
	item := plan.Item{Link: &link}
	if !link.Raynet.Ref.IsZero() {
		reading := h.raynet.read(link.Raynet.Ref, h.now)
		item.Raynet = &reading
	}
	if !link.Outlook.Ref.IsZero() {
		reading := h.outlook.read(link.Outlook.Ref, h.now)
		item.Outlook = &reading
	}
	for _, ref := range []remote.Ref{link.Raynet.Ref, link.Outlook.Ref} {
		if work, waits := h.store.work[ref]; waits {
			item.Work = append(item.Work, work)
			if work.Why == journal.WhyAbsent && !work.RetryAt.After(h.now) {
				item.Deletion = plan.Proven
			}
		}
	}
	return item
}

// live runs the hostile cycles, then quiet ones until nothing is sent any more.
func (h *history) live() {
	for range hostileCycles {
		h.people()
		h.cycle()
		h.pass(time.Minute)
	}
	h.choices.end()
	for range quietCycles {
		h.pass(settle + time.Minute)
		h.cycle()
	}
	sends := h.sends
	h.pass(settle + time.Minute)
	h.cycle()
	if h.sends != sends {
		h.fail("still writing when everything has been quiet")
	}
}

const (
	hostileCycles = 3
	quietCycles   = 5
)
