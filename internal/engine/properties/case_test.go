package properties_test

import (
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// kind is what all cases of one kind share.
type kind struct {
	schema record.Schema
	rules  pair.Rules
}

var kinds = func() []kind {
	var out []kind
	for _, name := range record.Kinds() {
		out = append(out, kind{record.SchemaOf(name), pair.DefaultRules(name)})
	}
	return out
}()

var (
	flows   = []record.Flow{record.Both, record.ToOutlook, record.ToRaynet}
	clashes = []pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask}
)

// drawContext draws a kind, the fields of it that are in play, and the rules. Fields do not know each other, so that a few of them
// tell as much as all.
func drawContext(d draw) plan.Context {
	k := kinds[d(len(kinds))]
	c := plan.Context{
		Pair:  journal.Pair{ID: 7, Kind: k.schema.Kind, Mailbox: "box", Person: me},
		Rules: k.rules, Schema: k.schema, Digester: digester, Now: start,
		Key: func(source remote.Snapshot) string { return "key-" + source.Ref.ID },
	}
	if !d.oneIn(16) {
		chosen := [32]bool{}
		for range 1 + d(3) {
			chosen[d(len(k.schema.Fields))] = true
		}
		fields := make([]record.FieldSpec, 0, 4)
		for i, spec := range k.schema.Fields {
			if chosen[i] {
				fields = append(fields, spec)
			}
		}
		c.Schema.Fields = fields
	}
	if d.oneIn(4) {
		c.Rules.Flow = flows[d(len(flows))]
	}
	c.Rules.Clash = clashes[d(len(clashes))]
	c.Rules.RemoveCopies = !d.oneIn(5)
	return c
}

// shownAs is how a side writes a value down that was the same for both: one of them may do so in its own way.
func shownAs(side record.Side, value record.Value, own bool) record.Value {
	if own && side == record.Outlook && value != "" {
		return value + "~"
	}
	return value
}

// drawWorld draws two things that were in step once, and what became of each since.
func drawWorld(d draw) *world {
	w := &world{c: drawContext(d), visible: true, base: record.Fields{}}
	w.raynet.now = remote.Snapshot{Ref: raynetRef, Kind: w.c.Pair.Kind, Version: "5", Span: soon, People: []string{me}, Offered: true}
	w.outlook.now = remote.Snapshot{Ref: outlookRef, Kind: w.c.Pair.Kind, Version: "70", Span: soon}
	w.link = &journal.Link{
		ID: "L", Pair: 7, State: journal.Linked, Origin: record.Raynet, Owner: true, Span: soon,
		Raynet: journal.Half{Ref: raynetRef, Version: "5"}, Outlook: journal.Half{Ref: outlookRef, Version: "70"},
	}
	w.drawFields(d)
	w.drawExistence(d)
	w.drawLink(d)
	if d.oneIn(3) {
		w.drawRules(d)
	}
	return w
}

// drawFields draws the base and changes it twice: what each side showed, and what it shows now.
func (w *world) drawFields(d draw) {
	shownRaynet, shownOutlook := make(record.Fields, len(w.c.Schema.Fields)), make(record.Fields, len(w.c.Schema.Fields))
	raynet, outlook := make(record.Fields, len(w.c.Schema.Fields)), make(record.Fields, len(w.c.Schema.Fields))
	for _, spec := range w.c.Schema.Fields {
		base, together := record.Value("a"), record.Value("s")
		if spec.Wins != "" {
			base, together = "", spec.Wins
		}
		if d.oneIn(4) {
			base = ""
		}
		w.base[spec.Name] = base
		own := d.oneIn(5)
		for _, half := range []struct {
			side       record.Side
			now, shown record.Fields
			moves      record.Value
		}{{record.Raynet, raynet, shownRaynet, "r"}, {record.Outlook, outlook, shownOutlook, "o"}} {
			was := shownAs(half.side, base, own)
			value := was
			known := !d.oneIn(12)
			if known {
				half.shown[spec.Name] = was
			}
			switch d(7) {
			case 0, 1:
			case 2:
				value = half.moves
			case 3:
				value = together
			case 4:
				value = ""
			case 5:
				if spec.Wins != "" {
					value = spec.Wins
				} else {
					value = half.moves + "2"
				}
			case 6:
				if !d.oneIn(3) {
					break
				}
				continue // not shown
			}
			half.now[spec.Name] = value
			if value != was || !known {
				w.edits = append(w.edits, edit{half.side, spec.Name, value, !known})
			}
		}
	}
	w.raynet.now.Fields, w.outlook.now.Fields = raynet, outlook
	w.link.Raynet.Shown, w.link.Outlook.Shown = digester.Fields(shownRaynet), digester.Fields(shownOutlook)
	if w.edited(record.Raynet) {
		w.raynet.now.Version = "6"
	}
	if w.edited(record.Outlook) {
		w.outlook.now.Version = "71"
	}
}

func (w *world) edited(side record.Side) bool {
	return slices.ContainsFunc(w.edits, func(e edit) bool { return e.side == side })
}

// drawExistence draws whether each half is there, gone, silent or does not answer.
func (w *world) drawExistence(d draw) {
	for _, t := range []*thing{&w.raynet, &w.outlook} {
		switch d(10) {
		case 7:
			t.silent = true
		case 8:
			t.is = gone
		case 9:
			t.is = broken
		}
	}
	w.visible = !d.oneIn(4)
	w.proven = d.oneIn(3)
}

// drawLink draws what is remembered: a link in some state, or none.
func (w *world) drawLink(d draw) {
	switch d(8) {
	case 5:
		w.unlink(d)
		return
	case 6:
		w.link.State = []journal.LinkState{journal.Released, journal.Hidden, journal.Dissolved, journal.Making}[d(4)]
		if w.link.State.Tombstone() {
			w.link.Reason = []string{"left-window", plan.TurnedPrivate, plan.TakenOff, "owner-changed"}[d(4)]
			w.reopened = w.link.State == journal.Released && w.link.Reason == plan.TurnedPrivate
		}
	case 7:
		w.link.FrozenUntil = start.Add(3 * time.Minute)
	}
	if d.oneIn(3) {
		w.link.Origin, w.outlook.now.Offered = record.Outlook, true
	}
	if d.oneIn(6) {
		w.link.Owner = false
	}
	if d.oneIn(8) {
		w.link.ReadOnly = true
		w.outlook.now.Held = []remote.Holder{remote.HeldReadOnly}
	}
	if d.oneIn(6) {
		w.link.Raynet.Unconfirmed, w.received = true, true
		w.raynet.now.ByUs = !w.edited(record.Raynet)
	}
	if d.oneIn(10) {
		w.link.Loop = journal.Loop{Since: start.Add(-time.Minute), Writes: 5, Edits: 1}
	}
	if d.oneIn(6) {
		prevails := map[record.Field]record.Side{}
		for _, spec := range w.c.Schema.Fields {
			prevails[spec.Name] = []record.Side{record.Raynet, record.Outlook}[d(2)]
		}
		w.verdict = &plan.Verdict{Prevails: prevails, Keep: d.oneIn(4)}
	}
}

// unlink makes the two things strangers that may belong together, or one thing alone.
func (w *world) unlink(d draw) {
	w.link, w.first = nil, true
	w.edits = nil
	for _, t := range []*thing{&w.raynet, &w.outlook} {
		t.silent = false
		for name, value := range t.now.Fields { // whatever is there was written by somebody
			w.edits = append(w.edits, edit{side: t.now.Ref.Side, field: name, value: value})
		}
	}
	switch d(6) {
	case 0, 1:
		w.how.Matched = w.raynet.is == there && w.outlook.is == there
		w.how.How = []string{"natural", "stamp", "twin", plan.Chosen}[d(4)]
	case 2:
		w.raynet.is, w.outlook.now.Offered = none, !d.oneIn(4)
	case 3:
		w.outlook.is = none
	case 4:
		w.how.Several = true
	case 5:
		w.how.Later, w.how.Left = d(2) == 0, d(2) == 0
	}
	if !w.how.Matched && !w.how.Several && !w.how.Later && !w.how.Left && w.raynet.is != none && w.outlook.is != none {
		w.outlook.is = none // two strangers are two items
	}
	w.keep()
}

// keep lists only the edits of things that are there.
func (w *world) keep() {
	w.edits = slices.DeleteFunc(w.edits, func(e edit) bool { is := w.side(e.side).is; return is == none || is == gone })
}

// drawRules draws what a side says of a thing beside its fields.
func (w *world) drawRules(d draw) {
	raynet, outlook := &w.raynet.now, &w.outlook.now
	switch d(12) {
	case 0, 1:
		w.turnPrivate()
	case 2, 3:
		outlook.Held = []remote.Holder{[]remote.Holder{remote.HeldAttendees, remote.HeldRepeats, remote.HeldReadOnly}[d(3)]}
	case 4:
		outlook.Rule = remote.RuleDraft
	case 5:
		raynet.Rule = remote.RuleFilter
	case 6:
		raynet.People = []string{another}
	case 7:
		raynet.Span = longAgo
	case 8:
		outlook.Span = longAgo
	case 9:
		raynet.Finished = true
	case 10:
		raynet.People = []string{another, me}
	case 11:
		if w.c.Pair.Kind == record.Contacts {
			raynet.Erased = true
		}
	}
	if d.oneIn(4) {
		outlook.Held = []remote.Holder{remote.HeldAttendees}
	}
	if d.oneIn(4) {
		raynet.Key, raynet.MadeByUs = "key-A", true
	}
}

// turnPrivate hides the Outlook half. Its fields stay in the snapshot, which a client would never let happen, so that it shows
// whether anything looks at them.
func (w *world) turnPrivate() {
	w.outlook.now.Rule = remote.RulePrivate
	for _, spec := range w.c.Schema.Fields {
		w.outlook.now.Fields[spec.Name] = canary
	}
	w.outlook.now.Natural, w.outlook.now.Twin = []string{canary}, canary
	w.edits = slices.DeleteFunc(w.edits, func(e edit) bool { return e.side == record.Outlook })
}
