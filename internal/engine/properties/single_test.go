package properties_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The properties of one thing, or two that are linked or matched. Each draws a case, lets the planner settle it and returns what is
// wrong with what it did.

// failed tells what is wrong and in which case.
func (w *world) failed(format string, args ...any) error {
	return fmt.Errorf(format+"\n%s", append(args, w)...)
}

// converges: after a few rounds nothing is left to do but to wait, and both sides agree on what flows both ways.
func converges(p planner, d draw) error {
	w := drawWorld(d)
	if err := w.settle(p); err != nil {
		return w.failed("%w", err)
	}
	if w.link == nil || w.link.State != journal.Linked || w.raynet.is != there && w.raynet.is != broken || w.outlook.is != there && w.outlook.is != broken {
		return nil
	}
	for _, spec := range w.c.Schema.Fields {
		raynet, outlook := w.raynet.now.Fields[spec.Name], w.outlook.now.Fields[spec.Name]
		if raynet != outlook && !w.excused(spec) {
			return w.failed("%s is %q in RAYNET and %q in Outlook", spec.Name, raynet, outlook)
		}
	}
	return nil
}

// excused reports whether two things that are in step may differ in a field after all.
func (w *world) excused(spec record.FieldSpec) bool {
	for _, excuse := range []func(*world, record.FieldSpec) bool{flowsOneWay, neverEdited, notShown, waitsForPerson, waitsForSilence, takenForReceived, attendeesCopy, leavesRules} {
		if excuse(w, spec) {
			return true
		}
	}
	return false
}

// flowsOneWay: an edit on the side that a field does not come from is that side's own. Where it was edited on the side that it comes
// from, it must have arrived.
func flowsOneWay(w *world, spec record.FieldSpec) bool {
	if spec.Once {
		return true
	}
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		if spec.Flow.Carries(side) && w.c.Rules.Flow.Carries(side) && w.editedField(side, spec.Name) {
			// What was there before the two were linked is only filled in, unless the field flows both ways.
			return w.neverCompared(spec.Name) && (spec.Flow != record.Both || w.c.Rules.Flow != record.Both)
		}
	}
	return true
}

// editedField reports whether a field was edited on a side. Where only what we sent is known, the first value of a field that was not
// sent is what the service put there, and no edit.
func (w *world) editedField(side record.Side, name record.Field) bool {
	return slices.ContainsFunc(w.edits, func(e edit) bool {
		return e.side == side && e.field == name && !(e.fresh && w.received && side == record.Raynet)
	})
}

// neverCompared reports whether neither side ever showed a field: it is merged as if the two were linked for the first time.
func (w *world) neverCompared(name record.Field) bool {
	fresh := 0
	if w.reopened { // it was private: what Outlook shows was not remembered
		fresh++
	}
	for _, e := range w.edits {
		if e.field == name && e.fresh && !(w.reopened && e.side == record.Outlook) {
			fresh++
		}
	}
	return w.first || fresh == 2
}

// neverEdited: what nobody edited since is not compared: the sides may write one value down in two ways.
func neverEdited(w *world, spec record.FieldSpec) bool {
	return !w.editedField(record.Raynet, spec.Name) && !w.editedField(record.Outlook, spec.Name)
}

// notShown: a side that does not show a field has no value to be compared, and an edit there is none.
func notShown(w *world, spec record.FieldSpec) bool {
	_, onRaynet := w.raynet.now.Fields[spec.Name]
	_, onOutlook := w.outlook.now.Fields[spec.Name]
	return !onRaynet || !onOutlook
}

// waitsForPerson: a clash that a person decides, or a link that only our own writes keep changing.
func waitsForPerson(w *world, _ record.FieldSpec) bool {
	return w.lastKeeps(journal.WhyReview) || w.lastKeeps(journal.WhyParked)
}

// waitsForSilence: what cannot be written now without mailing somebody waits.
func waitsForSilence(w *world, _ record.FieldSpec) bool { return w.lastKeeps(journal.WhyHeld) }

// takenForReceived: of a field that RAYNET never showed, the first value that is seen after a write of ours counts as what RAYNET made
// of that write, though it was there before and waited.
func takenForReceived(w *world, spec record.FieldSpec) bool {
	fresh := w.first || slices.ContainsFunc(w.edits, func(e edit) bool { return e.fresh && e.side == record.Raynet && e.field == spec.Name })
	return fresh && w.raynet.writes > 0 && (w.kept(journal.WhyHeld) || w.kept(journal.WhyReview))
}

// attendeesCopy: nothing is carried to a copy that its organiser decides about.
func attendeesCopy(w *world, _ record.FieldSpec) bool { return w.link.ReadOnly }

// leavesRules: a rule that covers one half ends the flow (it was not looked at again since the link came back).
func leavesRules(w *world, _ record.FieldSpec) bool {
	return w.raynet.now.Rule != "" || w.outlook.now.Rule != ""
}

func (w *world) lastKeeps(why journal.Why) bool { return keeps(w.rounds[len(w.rounds)-1], why) }

func (w *world) kept(why journal.Why) bool {
	return slices.ContainsFunc(w.rounds, func(steps []plan.Step) bool { return keeps(steps, why) })
}

func keeps(steps []plan.Step, why journal.Why) bool {
	for _, step := range steps {
		for _, work := range step.Put {
			if work.Why == why {
				return true
			}
		}
	}
	return false
}

// repeats: one input has one plan, and what was settled is decided again as nothing.
func repeats(p planner, d draw) error {
	w := drawWorld(d)
	for more := true; more; more = w.goesOn() {
		item := w.item(len(w.rounds))
		one, two := p.decide(w.c, item), p.decide(w.c, item)
		if !slices.EqualFunc(one, two, sameStep) {
			return w.failed("decides differently the second time: %v, %v", lines(one), lines(two))
		}
		w.round(p)
	}
	if last := w.round(p); !onlyWaits(last) {
		return w.failed("settled, and still something is to be done: %v", lines(last))
	}
	return nil
}

// sameStep compares what steps do, without writing them down, which would take most of the time.
func sameStep(a, b plan.Step) bool {
	return a.Op == b.Op && a.Side == b.Side && a.State == b.State && a.Reason == b.Reason && a.Event == b.Event && a.Key == b.Key && a.Erase == b.Erase &&
		sameFields(a.Fields, b.Fields) && slices.Equal(a.Changes, b.Changes) && slices.Equal(a.Put, b.Put) && slices.Equal(a.Done, b.Done) &&
		sameShown(a.Raynet.Shown, b.Raynet.Shown) && sameShown(a.Outlook.Shown, b.Outlook.Shown)
}

func sameFields(a, b record.Fields) bool {
	for name, value := range a {
		if other, ok := b[name]; !ok || other != value {
			return false
		}
	}
	return len(a) == len(b)
}

func sameShown(a, b record.Shown) bool {
	for name, value := range a {
		if b[name] != value {
			return false
		}
	}
	return len(a) == len(b)
}

func lines(steps []plan.Step) []string {
	out := make([]string, 0, len(steps))
	for _, step := range steps {
		out = append(out, line(step))
	}
	return out
}

// doesNotPingPong: no field of a side is written twice, and none is written back to where it was just read.
func doesNotPingPong(p planner, d draw) error {
	w := drawWorld(d)
	w.run(p)
	type place struct {
		side record.Side
		name record.Field
	}
	written, read := map[place]bool{}, map[place]bool{}
	for _, steps := range w.rounds {
		for i := range steps {
			step := &steps[i]
			for name, value := range step.Fields {
				at := place{step.Side, name}
				switch {
				case written[at]:
					return w.failed("%s of %s is written a second time, as %q", name, step.Side, value)
				case read[at]:
					return w.failed("%s is written back to %s, from where it came, as %q", name, step.Side, value)
				}
				written[at] = true
			}
		}
		for i := range steps {
			for name := range steps[i].Fields {
				read[place{steps[i].Side.Other(), name}] = true
			}
		}
	}
	return nil
}

// deletesOnEvidence: something is removed only in Outlook, only where it is proven that a person removed its original or took this
// user off it, and only our own copy, unedited, silent to remove. What cannot be told or is not visible removes nothing.
func deletesOnEvidence(p planner, d draw) error {
	w := drawWorld(d)
	for more := true; more; more = w.goesOn() {
		if err := w.deletion(p); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) deletion(p planner) error {
	edited, removed := w.edited(record.Outlook), w.outlook.is
	steps := w.round(p)
	item := w.readings[len(w.readings)-1]
	for i := range steps {
		step := &steps[i]
		if step.Op != plan.Delete {
			continue
		}
		proven := w.raynet.is == gone && w.visible && item.Deletion == plan.Proven
		takenOff := w.raynet.is != gone && !w.raynet.now.Concerns(me) && item.Link != nil && !item.Link.Owner
		switch {
		case step.Side != record.Outlook:
			return w.failed("removes in %s", step.Side)
		case removed == gone || removed == none:
			return w.failed("removes what is not there")
		case w.raynet.now.Erased && w.raynet.is != gone:
			// what may no longer be known goes, whoever edited it
		case !proven && !takenOff:
			return w.failed("removes without proof")
		case item.Link == nil || item.Link.State != journal.Linked || item.Link.Origin != record.Raynet || item.Link.ReadOnly:
			return w.failed("removes what is not our copy")
		case edited:
			return w.failed("removes what a person edited")
		case len(w.outlook.now.Held) > 0 || w.outlook.now.Rule != "":
			return w.failed("removes what has guests, or what is none of ours any more")
		case !item.Link.FrozenUntil.IsZero() && item.Link.FrozenUntil.After(w.c.Now.Add(-10*time.Minute)):
			return w.failed("removes while an earlier write may land")
		case !w.c.Rules.RemoveCopies:
			return w.failed("removes although copies stay")
		}
	}
	return nil
}

// keepsValues: a value that a person wrote is on one of the sides in the end, or a step tells it as what it replaced. So is every value
// that is overwritten. Only what may no longer be known (private, anonymised) is told nowhere.
func keepsValues(p planner, d draw) error {
	w := drawWorld(d)
	w.keep()
	w.run(p)
	if len(w.dropped) > 0 {
		return w.failed("overwritten, and no step tells it: %v", w.dropped)
	}
	if w.removed {
		return nil
	}
	for _, e := range w.edits {
		if !w.found(e) {
			return w.failed("%q in %s of %s is nowhere any more", e.value, e.field, e.side)
		}
	}
	return nil
}

// found reports whether a person's value is on a side or told by a step. That something was empty is told by its absence.
func (w *world) found(e edit) bool {
	for _, t := range []*thing{&w.raynet, &w.outlook} {
		if value := t.now.Fields[e.field]; t.is != gone && value == e.value {
			return true
		}
	}
	if slices.ContainsFunc(w.others, func(fields record.Fields) bool { value, shown := fields[e.field]; return shown && value == e.value }) {
		return true
	}
	for _, steps := range w.rounds {
		for i := range steps {
			for _, change := range steps[i].Changes {
				if change.Field == e.field && change.Before == e.value {
					return true
				}
			}
			if steps[i].Op == plan.Delete && e.value == "" {
				return true
			}
		}
	}
	return false
}

// mailsNobody: nothing that would mail attendees is written to Outlook, and no guests are ever given to it. (An anonymised person's
// copy is removed whatever it is: contacts have no guests.)
func mailsNobody(p planner, d draw) error {
	w := drawWorld(d)
	if d(2) == 0 {
		w.outlook.now.Held = append(w.outlook.now.Held, remote.HeldAttendees)
	}
	for more := true; more; more = w.goesOn() {
		held := w.outlook.now.Held
		for _, step := range w.round(p) {
			_, guests := step.Fields[record.EventGuests]
			switch {
			case !step.Op.Writes() || step.Side != record.Outlook:
			case guests:
				return w.failed("invites guests")
			case step.Op != plan.Create && len(held) > 0 && !(w.raynet.now.Erased && w.c.Pair.Kind == record.Contacts):
				return w.failed("%s mails whom %v names", step.Op, held)
			}
		}
	}
	return nil
}

// tellsNothingPrivate: no step carries anything of what a private thing says, neither to RAYNET nor to the journal (which remembers
// only, as a digest, which meeting it is, so that its user gets no second copy of it); what we made of it
// in RAYNET before says afterwards only that it is private.
func tellsNothingPrivate(p planner, d draw) error {
	w := drawWorld(d)
	w.turnPrivate()
	if w.outlook.is == gone {
		w.outlook.is = there
	}
	for more := true; more; more = w.goesOn() {
		for _, step := range w.round(p) {
			if tells(&step) {
				return w.failed("tells what is private: %s", line(step))
			}
			if step.Side != record.Raynet {
				continue
			}
			for name, value := range step.Fields {
				if value != "" && (name != w.c.Schema.Title || value != w.c.Rules.PrivateText) {
					return w.failed("writes %s=%q to RAYNET from a private thing", name, value)
				}
			}
			if !step.Erase || len(step.Changes) > 0 || step.Source != nil {
				return w.failed("keeps what was said before it became private: %s", line(step))
			}
		}
	}
	return nil
}

// tells reports whether a step holds a private value in what is written, journaled or remembered of it.
func tells(step *plan.Step) bool {
	for _, value := range step.Fields {
		if value == canary {
			return true
		}
	}
	for _, change := range step.Changes {
		if change.Before == canary || change.After == canary {
			return true
		}
	}
	for _, work := range step.Put {
		if strings.Contains(work.Detail+work.Reason, canary) {
			return true
		}
	}
	aside := step.Aside
	return strings.Contains(step.Author+step.Key+step.Reason, canary) ||
		aside != nil && aside.Rule == remote.RulePrivate && (aside.Natural != "" || aside.Version != "" || !aside.Span.IsZero())
}

// asksFirst: where a person decides about clashes, and did not yet, a field that both sides changed to different values is written to
// neither, however often it is looked at and whatever else is carried meanwhile.
func asksFirst(p planner, d draw) error {
	w := drawWorld(d)
	w.c.Rules.Clash, w.c.Rules.Flow, w.verdict = pair.Ask, record.Both, nil
	clashing := map[record.Field]bool{}
	for _, spec := range w.c.Schema.Fields {
		raynet, outlook := w.raynet.now.Fields[spec.Name], w.outlook.now.Fields[spec.Name]
		clashing[spec.Name] = spec.Flow == record.Both && spec.Wins == "" && raynet != outlook && w.known(record.Raynet, spec.Name) && w.known(record.Outlook, spec.Name)
	}
	for more := true; more; more = w.goesOn() {
		held := len(w.outlook.now.Held) > 0 || w.link == nil || w.link.ReadOnly // then Outlook's value prevails
		for _, step := range w.round(p) {
			for name := range step.Fields {
				if step.Op == plan.Update && !step.Erase && !held && clashing[name] {
					return w.failed("decides about %s, which a person was to decide", name)
				}
			}
		}
	}
	return nil
}

// known reports whether a field was edited on a side that had shown it before. (Of a field that RAYNET never showed, the first value
// after any write of ours counts as what the service put there, even if both showed it when the write was made.)
func (w *world) known(side record.Side, name record.Field) bool {
	return slices.ContainsFunc(w.edits, func(e edit) bool { return e.side == side && e.field == name && !e.fresh })
}

// commutes: edits of different fields on the two sides end alike, whichever is made or seen first.
func commutes(p planner, d draw) error {
	c := drawContext(d)
	c.Rules.Flow = record.Both
	c.Schema.Fields = slices.DeleteFunc(slices.Clone(c.Schema.Fields), func(spec record.FieldSpec) bool { return spec.Flow != record.Both || spec.Once })
	base := make(record.Fields, len(c.Schema.Fields))
	edits := map[record.Side]record.Fields{record.Raynet: {}, record.Outlook: {}}
	for _, spec := range c.Schema.Fields {
		base[spec.Name] = []record.Value{"a", ""}[d(2)]
		if side := d(3); side > 0 {
			edits[[]record.Side{record.Raynet, record.Outlook}[side-1]][spec.Name] = []record.Value{"x", "", "done"}[d(3)]
		}
	}
	origin := []record.Side{record.Raynet, record.Outlook}[d(2)]
	var ends [5]*world
	for order := range ends {
		w, err := endsAs(p, c, base, edits, origin, order)
		if err != nil {
			return err
		}
		ends[order] = w
		one := ends[0]
		if !sameFields(w.raynet.now.Fields, one.raynet.now.Fields) || !sameFields(w.outlook.now.Fields, one.outlook.now.Fields) {
			return fmt.Errorf("order %d ends differently:\n%s\n%s", order, one, w)
		}
		if !sameFields(w.raynet.now.Fields, w.outlook.now.Fields) {
			return w.failed("the sides differ")
		}
	}
	return nil
}

// endsAs lets edits happen in an order: 0 both at once; 1 and 2 both, but only one side reports at first; 3 and 4 one after the other.
func endsAs(p planner, c plan.Context, base record.Fields, edits map[record.Side]record.Fields, origin record.Side, order int) (*world, error) {
	w := &world{c: c, visible: true}
	w.raynet.now = remote.Snapshot{Ref: raynetRef, Version: "5", Fields: base.Clone(), Span: soon, People: []string{me}, Offered: true}
	w.outlook.now = remote.Snapshot{Ref: outlookRef, Version: "70", Fields: base.Clone(), Span: soon, Offered: true}
	w.link = &journal.Link{ID: "L", Pair: 7, State: journal.Linked, Origin: origin, Owner: true, Span: soon,
		Raynet:  journal.Half{Ref: raynetRef, Version: "5", Shown: digester.Fields(base)},
		Outlook: journal.Half{Ref: outlookRef, Version: "70", Shown: digester.Fields(base)}}
	turns := [][]record.Side{{record.Raynet, record.Outlook}}
	switch order {
	case 1:
		w.outlook.silent = true
	case 2:
		w.raynet.silent = true
	case 3:
		turns = [][]record.Side{{record.Raynet}, {record.Outlook}}
	case 4:
		turns = [][]record.Side{{record.Outlook}, {record.Raynet}}
	}
	for _, turn := range turns {
		for _, side := range turn {
			w.edit(side, edits[side])
		}
		if err := w.settle(p); err != nil {
			return nil, w.failed("order %d: %w", order, err)
		}
	}
	return w, nil
}

// edit is a person at work on one side.
func (w *world) edit(side record.Side, values record.Fields) {
	t := w.side(side)
	fields := t.now.Fields.Clone()
	for name, value := range values {
		fields[name] = value
		w.edits = append(w.edits, edit{side: side, field: name, value: value})
	}
	if len(values) > 0 {
		t.now.Fields, t.now.Version, t.now.ByUs = fields, t.now.Version+"0", false
	}
}
