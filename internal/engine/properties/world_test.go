package properties_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/merge"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// planner is what the properties are about. The real one is made of the functions of package plan and merge; the wrong ones of
// wrong_test.go wrap it.
type planner struct {
	decide     func(plan.Context, plan.Item) []plan.Step
	match      func(raynet, outlook []remote.Reading, key func(remote.Snapshot) string) []plan.Item
	order      func([]plan.Step, time.Time)
	check      func(pair.Rules, plan.Tally) error
	needsCount func(pair.Rules, plan.Tally) bool
	merge      func(merge.Input) []merge.Verdict
}

func realPlanner() planner {
	return planner{decide: plan.Decide, match: plan.Match, order: plan.Order, check: plan.Check, needsCount: plan.NeedsCount, merge: merge.Fields}
}

// draw gives the choices of a case: a number from 0 to n-1, where 0 is the plainest.
type draw func(n int) int

func (d draw) oneIn(n int) bool { return d(n) == n-1 }

const (
	me      = "41" // the RAYNET person of the pair
	another = "42"
)

var (
	start   = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)
	soon    = record.Between(start.Add(24*time.Hour), start.Add(25*time.Hour))
	longAgo = record.Between(start.AddDate(-1, 0, 0), start.AddDate(-1, 0, 0).Add(time.Hour))

	raynetRef  = remote.Ref{Side: record.Raynet, Type: "meeting", ID: "1"}
	outlookRef = remote.Ref{Side: record.Outlook, Type: "event", ID: "A"}

	digester = record.NewDigester([]byte("properties test"))
)

// canary is what a private thing says; no step may.
const canary = "canary"

// presence is what a side answers about a thing.
type presence int

const (
	there presence = iota
	gone
	broken // it does not answer at first, and does so later
	none   // it was never there
)

// thing is one half of the world: what a service has.
type thing struct {
	is     presence
	now    remote.Snapshot
	silent bool // no feed reports it at first: it is read only if that is asked for
	writes int
}

func (t *thing) reading(round int, at time.Time) *remote.Reading {
	switch {
	case t.is == none:
		return nil
	case t.is == gone:
		return &remote.Reading{Ref: t.now.Ref, Presence: remote.Gone}
	case t.is == broken && round == 0:
		return &remote.Reading{Ref: t.now.Ref, Presence: remote.Broken, Err: fmt.Errorf("no answer")}
	}
	reading := &remote.Reading{Ref: t.now.Ref, Presence: remote.Present, Snapshot: t.now}
	reading.Snapshot.At = at
	return reading
}

// edit is a value that a person gave a field on one side. A fresh one is the first that the side ever showed.
type edit struct {
	side  record.Side
	field record.Field
	value record.Value
	fresh bool
}

// world is one thing of both services, the link between the halves and what is remembered about it.
type world struct {
	c       plan.Context
	link    *journal.Link
	raynet  thing
	outlook thing
	how     plan.Item // Matched, How, Several, Later, Left
	work    []journal.Work
	asides  []journal.Aside
	verdict *plan.Verdict

	visible  bool // what is gone in RAYNET was deleted, not hidden from us
	proven   bool // the deletion was proven before the first round
	base     record.Fields
	edits    []edit
	first    bool // never linked before
	received bool // the RAYNET half was known only by what we had sent
	reopened bool // it was private, and nothing that Outlook shows was remembered
	rounds   [][]plan.Step
	readings []plan.Item
	dropped  []edit          // values that a write replaced and no step tells
	removed  bool            // the values were to be erased
	others   []record.Fields // what stays beside a copy that was made
}

func (w *world) side(side record.Side) *thing {
	if side == record.Raynet {
		return &w.raynet
	}
	return &w.outlook
}

// item is what a cycle would know in this round: what the feeds report, and what is read because a decision needs it.
func (w *world) item(round int) plan.Item {
	item := w.how
	item.Link, item.Work, item.Asides, item.Verdict = w.link, w.work, w.asides, w.verdict
	if w.link != nil {
		item.Matched, item.Several, item.Later, item.Left, item.How = false, false, false, false, ""
	}
	switch {
	case w.raynet.is != gone:
	case !w.visible:
		item.Deletion = plan.Invisible
	case w.proven || round > 0:
		item.Deletion = plan.Proven
	}
	if !w.raynet.silent || round > 0 {
		item.Raynet = w.raynet.reading(round, w.c.Now)
	}
	if !w.outlook.silent || round > 0 {
		item.Outlook = w.outlook.reading(round, w.c.Now)
	}
	for range 2 {
		if item.Raynet != nil && item.Outlook != nil {
			break
		}
		needsRaynet, needsOutlook := plan.Needs(w.c, item)
		if needsRaynet {
			item.Raynet = w.raynet.reading(round, w.c.Now)
		}
		if needsOutlook {
			item.Outlook = w.outlook.reading(round, w.c.Now)
		}
	}
	return item
}

// round decides and carries out.
func (w *world) round(p planner) []plan.Step {
	item := w.item(len(w.rounds))
	steps := p.decide(w.c, item)
	w.readings, w.rounds = append(w.readings, item), append(w.rounds, steps)
	settled := false
	for i := range steps {
		w.carryOut(&steps[i], settled)
		settled = settled || steps[i].Link.Pair != 0
	}
	w.c.Now = w.c.Now.Add(10 * time.Minute)
	w.verdict = nil
	return steps
}

// mostRounds is after how many rounds nothing may be left to do: one that looks for proof or gets no answer, one that writes, one that
// sees our own write as it was received and carries what is only known now, one that sees that, and the one that finds nothing.
const mostRounds = 5

// settle runs rounds until nothing is left to do but to wait, and returns an error if that takes too long.
func (w *world) settle(p planner) error {
	most := len(w.rounds) + mostRounds
	for i := len(w.rounds); i < most; i++ {
		if onlyWaits(w.round(p)) && i > 0 { // in the first round not everything may be seen
			return nil
		}
	}
	return fmt.Errorf("not over after %d rounds", mostRounds)
}

// goesOn reports whether another round may do something: not everything is seen in the first one.
func (w *world) goesOn() bool {
	return len(w.rounds) < 2 || len(w.rounds) < mostRounds && !onlyWaits(w.rounds[len(w.rounds)-1])
}

// run runs rounds as long as they may do something.
func (w *world) run(p planner) {
	for more := true; more; more = w.goesOn() {
		w.round(p)
	}
}

// onlyWaits reports whether steps do nothing but keep what a person or a later time must bring.
func onlyWaits(steps []plan.Step) bool {
	for i := range steps {
		step := &steps[i]
		waits := step.Op == plan.Park || step.Op == plan.Note
		changes := step.State != "" || step.Erase || step.Blind || step.Aside != nil || len(step.Drops) > 0 ||
			len(step.Raynet.Shown) > 0 || len(step.Outlook.Shown) > 0 || step.Raynet.Confirmed || step.Outlook.Confirmed
		if !waits || changes {
			return false
		}
	}
	return true
}

// carryOut does what a step says and settles it as package apply does. again says that an earlier step of this round settled
// the link.
func (w *world) carryOut(step *plan.Step, again bool) {
	link := step.Link
	if again && w.link != nil && link.Pair != 0 {
		link = *w.link
	}
	w.adopt(&link, step)
	if step.Op.Writes() {
		w.write(&link, step)
	}
	if step.State != "" {
		link.State, link.Reason = step.State, step.Reason
		if step.State == journal.Linked {
			link.Reason = ""
		}
	}
	if link.Pair != 0 && step.Op != plan.Skip && (step.Op != plan.Park || step.State != "") {
		if link.ID == "" {
			link.ID = "L"
		}
		w.link = &link
	}
	w.removed = w.removed || step.Erase
	w.remember(step)
}

func (w *world) adopt(link *journal.Link, step *plan.Step) {
	for side, adoption := range map[record.Side]plan.Adoption{record.Raynet: step.Raynet, record.Outlook: step.Outlook} {
		half := link.Half(side)
		if adoption.Confirmed || adoption.Version != "" {
			half.Unconfirmed, half.Version = false, adoption.Version
		}
		half.Shown = over(half.Shown, adoption.Shown)
	}
}

func over(base, more record.Shown) record.Shown {
	if len(more) == 0 {
		return base
	}
	out := make(record.Shown, len(base)+len(more))
	for name, digest := range base {
		out[name] = digest
	}
	for name, digest := range more {
		out[name] = digest
	}
	return out
}

// write does to a service what a step asks for. RAYNET answers with no state, so that what it shows is known by the next look.
func (w *world) write(link *journal.Link, step *plan.Step) {
	t := w.side(step.Side)
	half := link.Half(step.Side)
	t.writes++
	if step.Op == plan.Delete {
		t.is = gone
		return
	}
	if step.Op == plan.Create {
		w.make(t, step)
		half.Ref, half.Shown, half.Version = t.now.Ref, digester.Fields(step.Fields), t.now.Version
		half.Unconfirmed = step.Side == record.Raynet
		return
	}
	told := map[record.Field]record.Value{}
	for _, change := range step.Changes {
		told[change.Field] = change.Before
	}
	fields := t.now.Fields.Clone()
	if fields == nil {
		fields = record.Fields{}
	}
	for name, value := range step.Fields {
		before, shown := told[name]
		if was := fields[name]; was != value && (!shown || before != was) && !step.Erase {
			w.dropped = append(w.dropped, edit{side: step.Side, field: name, value: was})
		}
		fields[name] = value
	}
	version, _ := strconv.Atoi(string(t.now.Version))
	t.now.Fields, t.now.Version, t.now.ByUs = fields, remote.Version(strconv.Itoa(version+1)), true
	half.Shown = over(half.Shown, digester.Fields(step.Fields))
	half.Version, half.Unconfirmed = t.now.Version, step.Side == record.Raynet
}

// make puts the copy of a thing where none was.
func (w *world) make(t *thing, step *plan.Step) {
	made := remote.Snapshot{Ref: outlookRef, Kind: w.c.Pair.Kind, Version: "0", Fields: step.Fields.Clone(), Span: step.Source.Span, ByUs: true, MadeByUs: true}
	if step.Side == record.Raynet {
		made.Ref, made.People, made.Offered, made.Key = raynetRef, []string{me}, true, step.Key
	} else {
		made.Stamp = &remote.Stamp{Source: step.Source.Ref, Mailbox: w.c.Pair.Mailbox}
	}
	made.Ref.ID += "2"
	if t.is == there {
		w.others = append(w.others, t.now.Fields)
	}
	t.is, t.now = there, made
}

// remember keeps work and asides as the store does.
func (w *world) remember(step *plan.Step) {
	for _, done := range step.Done {
		w.work = slices.DeleteFunc(slices.Clone(w.work), func(known journal.Work) bool { return known.Ref == done.Ref })
	}
	for _, put := range step.Put {
		w.work = append(slices.DeleteFunc(slices.Clone(w.work), func(known journal.Work) bool { return known.Ref == put.Ref }), put)
	}
	if step.Aside != nil {
		w.asides = append(slices.DeleteFunc(slices.Clone(w.asides), func(known journal.Aside) bool { return known.Ref == step.Aside.Ref }), *step.Aside)
	}
	for _, ref := range step.Drops {
		w.asides = slices.DeleteFunc(slices.Clone(w.asides), func(known journal.Aside) bool { return known.Ref == ref })
	}
}

// String tells a case and what came of it, for whoever must find out why it failed.
func (w *world) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, flow %s, clash %s, first %v, edits %v\n", w.c.Pair.Kind, w.c.Rules.Flow, w.c.Rules.Clash, w.first, w.edits)
	for i, item := range w.readings {
		if item.Link != nil {
			fmt.Fprintf(&b, "round %d: link %s %q origin %s owner %v readonly %v frozen %v unconfirmed %v\n", i+1, item.Link.State, item.Link.Reason,
				item.Link.Origin, item.Link.Owner, item.Link.ReadOnly, !item.Link.FrozenUntil.IsZero(), item.Link.Raynet.Unconfirmed)
		} else {
			fmt.Fprintf(&b, "round %d: matched %v %q several %v later %v left %v\n", i+1, item.Matched, item.How, item.Several, item.Later, item.Left)
		}
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if reading != nil {
				s := reading.Snapshot
				fmt.Fprintf(&b, "  %s %s %v rule %q held %v offered %v people %v key %q by us %v version %s deletion %q\n", reading.Ref, reading.Presence, s.Fields, s.Rule,
					s.Held, s.Offered, s.People, s.Key, s.ByUs, s.Version, item.Deletion)
			}
		}
		for _, step := range w.rounds[i] {
			fmt.Fprintf(&b, "    %s\n", line(step))
		}
	}
	return b.String()
}

func line(step plan.Step) string {
	text := fmt.Sprintf("%s %s", step.Op, step.Side)
	for _, name := range step.Fields.Sorted() {
		text += fmt.Sprintf(" %s=%q", name, step.Fields[name])
	}
	if step.State != "" {
		text += " -> " + string(step.State)
	}
	text += " " + step.Reason
	if step.Aside != nil {
		text += fmt.Sprintf(" aside %s", step.Aside.Ref)
	}
	for _, put := range step.Put {
		text += fmt.Sprintf(" keeps %s %s %s", put.Ref, put.Why, put.Reason)
	}
	for _, change := range step.Changes {
		text += fmt.Sprintf(" [%s %q was %q lost %v]", change.Field, change.After, change.Before, change.Lost)
	}
	if n := len(step.Raynet.Shown) + len(step.Outlook.Shown); n > 0 {
		text += fmt.Sprintf(" adopts %d", n)
	}
	return text
}
