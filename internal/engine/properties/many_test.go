package properties_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The properties of several things together: who belongs to whom, in which order steps are done, and when a plan is refused.

// strangers are things of both sides that nothing is remembered about.
type strangers struct {
	c               plan.Context
	raynet, outlook []remote.Reading
}

var naturals = [...][]string{nil, {"a"}, {"b"}, {"c"}, {"a", "b"}, {"b", "d"}}

// drawStrangers draws up to four things a side with few natural keys, marks and twins, so that they meet.
func drawStrangers(d draw) strangers {
	k := kinds[d(len(kinds))]
	s := strangers{c: plan.Context{
		Pair: journal.Pair{ID: 7, Kind: k.schema.Kind, Mailbox: "box", Person: me}, Rules: k.rules, Schema: k.schema, Digester: digester, Now: start,
		Key: func(source remote.Snapshot) string { return "key-" + source.Ref.ID },
	}}
	s.c.Schema.Fields = k.schema.Fields[:1]
	marks := d.oneIn(2)
	for i := range d(5) {
		snapshot := remote.Snapshot{Ref: remote.Ref{Side: record.Raynet, Type: "meeting", ID: strconv.Itoa(i + 1)}, Span: soon, Offered: true, People: []string{me}}
		snapshot.Natural = naturals[d(len(naturals))]
		snapshot.Finished = d.oneIn(10)
		if marks && d.oneIn(4) {
			snapshot.Key, snapshot.MadeByUs = "key-"+string(rune('A'+d(4))), true
		}
		if marks && d.oneIn(4) {
			snapshot.Twin = "twin-" + strconv.Itoa(d(2))
		}
		s.raynet = append(s.raynet, s.reading(snapshot))
	}
	for i := range d(5) {
		snapshot := remote.Snapshot{Ref: remote.Ref{Side: record.Outlook, Type: "event", ID: string(rune('A' + i))}, Span: soon, Offered: !d.oneIn(6)}
		snapshot.Natural = naturals[d(len(naturals))]
		snapshot.Finished = d.oneIn(10)
		if marks && d.oneIn(4) {
			snapshot.Stamp = &remote.Stamp{Source: remote.Ref{Side: record.Raynet, Type: "meeting", ID: strconv.Itoa(1 + d(4))}, Mailbox: "box"}
		}
		if marks && d.oneIn(4) {
			snapshot.Twin = "twin-" + strconv.Itoa(d(2))
		}
		if d.oneIn(8) {
			snapshot.Rule = remote.RuleDraft
		}
		s.outlook = append(s.outlook, s.reading(snapshot))
	}
	return s
}

func (s *strangers) reading(snapshot remote.Snapshot) remote.Reading {
	snapshot.Kind = s.c.Pair.Kind
	snapshot.Fields = record.Fields{s.c.Schema.Fields[0].Name: record.Value("of " + snapshot.Ref.ID)}
	return remote.Reading{Ref: snapshot.Ref, Presence: remote.Present, Snapshot: snapshot}
}

// shuffled gives a list in another order.
func shuffled[T any](d draw, list []T) []T {
	out := slices.Clone(list)
	for i := len(out) - 1; i > 0; i-- {
		j := d(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// deed is what is done about one thing or two, without the order in which it was found.
type deed struct {
	op              plan.Op
	raynet, outlook string
	side            record.Side
	reason          string
}

// deeds decides about strangers and lists what would be done.
func (s *strangers) deeds(p planner, raynet, outlook []remote.Reading) []deed {
	var out []deed
	for _, item := range p.match(raynet, outlook, s.c.Key) {
		for _, step := range p.decide(s.c, item) {
			act := deed{op: step.Op, side: step.Side, reason: step.Reason, raynet: step.Link.Raynet.Ref.ID, outlook: step.Link.Outlook.Ref.ID}
			for _, put := range step.Put {
				act.raynet += put.Ref.ID
			}
			if step.Aside != nil {
				act.raynet += step.Aside.Ref.ID
			}
			out = append(out, act)
		}
	}
	slices.SortFunc(out, func(a, b deed) int { return slices.Compare(a.words(), b.words()) })
	return out
}

func (a deed) words() []string {
	return []string{string(a.op), a.raynet, a.outlook, string(a.side), a.reason}
}

func (s *strangers) String() string {
	text := string(s.c.Pair.Kind)
	for _, reading := range slices.Concat(s.raynet, s.outlook) {
		one := reading.Snapshot
		text += fmt.Sprintf("\n  %s naturals %v key %q twin %q stamp %v rule %q finished %v", one.Ref, one.Natural, one.Key, one.Twin, one.Stamp, one.Rule, one.Finished)
	}
	return text
}

// ignoresOrder: in whatever order things are listed, the same is done about them.
func ignoresOrder(p planner, d draw) error {
	s := drawStrangers(d)
	one := s.deeds(p, s.raynet, s.outlook)
	raynet, outlook := shuffled(d, s.raynet), shuffled(d, s.outlook)
	if two := s.deeds(p, raynet, outlook); !slices.Equal(one, two) {
		return fmt.Errorf("listed in another order, something else is done:\n%v\n%v\n%s", one, two, &s)
	}
	return nil
}

// joinsOneToOne: every thing belongs to exactly one item; what fits exactly one thing is joined with it and not made again; what fits
// several is neither made nor joined.
func joinsOneToOne(p planner, d draw) error {
	s := drawStrangers(d)
	seen := map[remote.Ref]plan.Item{}
	for _, item := range p.match(s.raynet, s.outlook, s.c.Key) {
		for _, reading := range []*remote.Reading{item.Raynet, item.Outlook} {
			if reading == nil {
				continue
			}
			if _, twice := seen[reading.Ref]; twice {
				return fmt.Errorf("%s is in two items\n%s", reading.Ref, &s)
			}
			seen[reading.Ref] = item
		}
		if item.Matched && (item.Raynet == nil || item.Outlook == nil || item.Several) {
			return fmt.Errorf("joined with nothing, or with several: %+v\n%s", item, &s)
		}
	}
	if len(seen) != len(s.raynet)+len(s.outlook) {
		return fmt.Errorf("%d things in items\n%s", len(seen), &s)
	}
	for i := range s.raynet {
		one := &s.raynet[i].Snapshot
		fits := s.fitting(one)
		item := seen[one.Ref]
		taken := slices.ContainsFunc(fits, func(other *remote.Snapshot) bool { return marked(seen[other.Ref].How) }) // by a mark, which counts more
		switch {
		case len(fits) == 0 || one.Finished || marked(item.How) || taken:
			continue
		case !item.Matched && !item.Several:
			return fmt.Errorf("%s fits %s, and is made again\n%s", one.Ref, fits[0].Ref, &s)
		}
		if len(fits) == 1 && s.alone(one, fits[0]) && unmarked(one) && unmarked(fits[0]) && (!item.Matched || item.Outlook.Ref != fits[0].Ref) {
			return fmt.Errorf("%s fits %s alone, and is not joined with it: %+v\n%s", one.Ref, fits[0].Ref, item, &s)
		}
	}
	return nil
}

func marked(how string) bool { return how == "stamp" || how == "twin" }

func unmarked(one *remote.Snapshot) bool {
	return one.Key == "" && one.Twin == "" && one.Stamp == nil
}

// fitting lists the Outlook things that share a natural key with a thing of RAYNET's.
func (s *strangers) fitting(one *remote.Snapshot) []*remote.Snapshot {
	var out []*remote.Snapshot
	for i := range s.outlook {
		if other := &s.outlook[i].Snapshot; !other.Finished && alike(one, other) {
			out = append(out, other)
		}
	}
	return out
}

func alike(a, b *remote.Snapshot) bool {
	return slices.ContainsFunc(a.Natural, func(key string) bool { return slices.Contains(b.Natural, key) })
}

// alone reports whether nothing else is like either of two things.
func (s *strangers) alone(one, other *remote.Snapshot) bool {
	for _, things := range [][]remote.Reading{s.raynet, s.outlook} {
		for i := range things {
			third := &things[i].Snapshot
			if third.Ref != one.Ref && third.Ref != other.Ref && !third.Finished && (alike(third, one) || alike(third, other)) {
				return false
			}
		}
	}
	return true
}

var ops = [...]plan.Op{plan.Create, plan.Update, plan.Delete, plan.Link, plan.Unlink, plan.Park, plan.Skip, plan.Note, plan.Forget}

// ordersSafely: what is only remembered comes first, removals come last, what is nearest in time comes before what is far; nothing is
// added or left out, and the order of the list matters only between steps that are alike in both.
func ordersSafely(p planner, d draw) error {
	steps := make([]plan.Step, 0, 6)
	for i := range d(7) {
		step := plan.Step{Op: ops[d(len(ops))], Key: strconv.Itoa(i)}
		if at := d(5); at > 0 {
			from := start.Add(time.Duration(at-3) * time.Hour)
			step.Link.Span = record.Between(from, from.Add(time.Hour))
		}
		steps = append(steps, step)
	}
	one, two := slices.Clone(steps), shuffled(d, steps)
	p.order(one, start)
	p.order(two, start)
	if len(one) != len(steps) || len(two) != len(steps) {
		return fmt.Errorf("steps were lost: %v, %v of %v", one, two, steps)
	}
	kept := map[string]bool{}
	for i := range one {
		kept[one[i].Key] = true
		if place(one[i]) != place(two[i]) {
			return fmt.Errorf("another order of the same steps is done in another order: %v, %v", lines(one), lines(two))
		}
		if i == 0 {
			continue
		}
		before, after := place(one[i-1]), place(one[i])
		if before.class > after.class || before.class == after.class && before.far > after.far {
			return fmt.Errorf("done in a wrong order: %v", lines(one))
		}
		if before == after && one[i-1].Key > one[i].Key {
			return fmt.Errorf("two steps of one time change places: %v", lines(one))
		}
	}
	if len(kept) != len(steps) {
		return fmt.Errorf("steps were lost or doubled: %v of %v", lines(one), lines(steps))
	}
	return nil
}

type placed struct {
	class int
	far   time.Duration
}

func place(step plan.Step) placed {
	class := 0
	switch {
	case step.Op == plan.Delete:
		class = 2
	case step.Op.Writes() || step.Op == plan.Link:
		class = 1
	}
	if step.Link.Span.IsZero() {
		return placed{class: class}
	}
	return placed{class, step.Link.Span.From.Sub(start).Abs()}
}

// haltsInTime: a plan that removes or changes more than the rules allow is refused, one that does less passes, and not to count what is
// linked never hides a refusal.
func haltsInTime(p planner, d draw) error {
	rules := kinds[d(len(kinds))].rules
	rules.FreeRemovals, rules.FreeChanges = d(8), d(8)
	rules.MaxRemovals, rules.MaxRemovalsPercent, rules.MaxChangedPercent = 1+d(12), 1+10*d(10), 10*d(11)
	tally := plan.Tally{Linked: d(16) * (1 + d(4)), Emptied: d.oneIn(4)}
	tally.Removals, tally.Changed = d(16), d(16)
	err := p.check(rules, tally)
	emptied := tally.Emptied && tally.Linked > rules.FreeRemovals
	removals := tally.Removals > rules.FreeRemovals &&
		(tally.Removals >= rules.MaxRemovals || float64(tally.Removals) >= float64(tally.Linked)*float64(rules.MaxRemovalsPercent)/100)
	changes := tally.Changed > rules.FreeChanges && float64(tally.Changed) > float64(tally.Linked)*float64(rules.MaxChangedPercent)/100
	wants := emptied || removals || changes
	halt := &plan.HaltError{}
	switch {
	case wants != (err != nil):
		return fmt.Errorf("%+v under %s: %v, want a halt: %v", tally, limits(rules), err, wants)
	case err != nil && (!errors.As(err, &halt) || halt.Tally != tally):
		return fmt.Errorf("%+v: the halt does not tell the numbers: %v", tally, err)
	case err != nil && !p.needsCount(rules, tally):
		return fmt.Errorf("%+v under %s would be halted, and nobody counts", tally, limits(rules))
	}
	more := tally
	more.Removals, more.Changed = more.Removals+d(3), more.Changed+d(3)
	if err != nil && p.check(rules, more) == nil {
		return fmt.Errorf("%+v is refused, and %+v passes", tally, more)
	}
	return nil
}

func limits(rules pair.Rules) string {
	return fmt.Sprintf("free %d/%d, most %d, %d %%, %d %%", rules.FreeRemovals, rules.FreeChanges, rules.MaxRemovals, rules.MaxRemovalsPercent, rules.MaxChangedPercent)
}
