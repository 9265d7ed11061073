package plan

import (
	"slices"
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/merge"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// merge turns the changes of a linked thing into steps: first what is only remembered, then a write to Outlook, then a write
// to RAYNET.
func (d *decision) merge(raynet, outlook change.Change, first bool) {
	raynetNow, outlookNow := present(d.item.Raynet), present(d.item.Outlook)
	waited := d.waited(raynet.Moved, outlook.Moved, outlookNow)
	verdicts := merge.Fields(merge.Input{
		Schema: d.Schema, Flow: d.Rules.Flow, Clash: d.Rules.Clash,
		Raynet: fieldsOf(raynetNow), Outlook: fieldsOf(outlookNow),
		MovedRaynet: withOthers(d.Schema, raynet.Moved), MovedOutlook: slices.Concat(outlook.Moved, waited),
		First: first, New: d.neverShown(), Filled: filled(raynetNow),
		Decided:         d.item.Verdict.prevails(),
		OutlookReadOnly: d.link.ReadOnly,
		OutlookHeld:     outlookNow != nil && len(outlookNow.Held) > 0,
	})
	if d.item.Verdict == nil && d.loops(verdicts, raynet, outlook) {
		return
	}
	d.edit = raynet.ByPerson || outlook.ByPerson || d.item.Verdict != nil
	handed := d.handedOver(raynetNow)
	note := Step{Op: Note, Link: d.link, Blind: raynet.Blind}
	note.Raynet = d.confirmation(raynet, raynetNow)
	note.Outlook = d.confirmation(outlook, outlookNow)
	writes := map[record.Side]record.Fields{}
	var waits, asks bool
	unshown := d.neverShown()
	for _, verdict := range verdicts {
		name := verdict.Field
		open := contains(unshown, name) && verdict.Act != merge.Keep && verdict.Act != merge.Adopt
		if open {
			note.forget(name)
		} else {
			d.first(&note.Raynet, raynet, raynetNow, name)
			d.first(&note.Outlook, outlook, outlookNow, name)
			if contains(waited, name) && (verdict.Act == merge.ToRaynet || verdict.Act == merge.Ask) {
				d.adopt(&note.Outlook, outlookNow, name, "") // until it is carried: a crash must not make it wait once more
			}
		}
		switch verdict.Act {
		case merge.ToOutlook:
			set(writes, record.Outlook, name, raynetNow.Fields[name])
		case merge.ToRaynet:
			set(writes, record.Raynet, name, outlookNow.Fields[name])
		case merge.Wait:
			waits = true
			if open {
				break
			}
			d.remember(&note.Outlook, outlook, outlookNow, name) // it is RAYNET's value that waits
			d.base(&note.Raynet, d.link.Raynet, raynetNow, name, outlookNow)
		case merge.Ask:
			asks = true
			if open {
				break
			}
			d.base(&note.Raynet, d.link.Raynet, raynetNow, name, outlookNow)
			d.base(&note.Outlook, d.link.Outlook, outlookNow, name, raynetNow)
		case merge.Adopt, merge.Keep:
			d.remember(&note.Raynet, raynet, raynetNow, name)
			d.remember(&note.Outlook, outlook, outlookNow, name)
		}
	}
	note.Raynet.carried(len(writes[record.Outlook]) > 0, raynet)
	note.Outlook.carried(len(writes[record.Raynet]) > 0, outlook)
	if !note.empty() || handed {
		note.Event = ""
		if note.Blind {
			note.Event = journal.BlindOverwrite
		}
		d.add(note)
	}
	d.write(record.Outlook, writes, verdicts, raynetNow, outlookNow)
	d.write(record.Raynet, writes, verdicts, outlookNow, raynetNow)
	switch {
	case asks:
		d.put(Park, d.link.Raynet.Ref, journal.WhyReview, "clash", "", ParkWait(11))
	case waits:
		d.hold(heldReason(*outlookNow))
	}
}

// withOthers adds the fields that were kept from being carried by one that moved.
func withOthers(schema record.Schema, moved []record.Field) []record.Field {
	for _, spec := range schema.Fields {
		if spec.With != "" && contains(moved, spec.With) && !contains(moved, spec.Name) {
			moved = append(slices.Clone(moved), spec.Name)
		}
	}
	return moved
}

// waited lists what waited in Outlook for RAYNET to tell something without which it cannot hold it, and did not move itself. What RAYNET
// held already did not wait.
func (d *decision) waited(inRaynet, inOutlook []record.Field, now *remote.Snapshot) []record.Field {
	var out []record.Field
	empty := func(name record.Field) bool { return d.link.Raynet.Shown[name] == d.Digester.Value(name, "") }
	for _, spec := range d.Schema.Fields {
		first := contains(inRaynet, spec.Needs) && empty(spec.Needs) && empty(spec.Name)
		if first && fieldsOf(now)[spec.Name] != "" && !contains(inOutlook, spec.Name) {
			out = append(out, spec.Name)
		}
	}
	return out
}

// filled lists the fields of a record that we made which show what we put there for want of a value.
func filled(now *remote.Snapshot) []record.Field {
	if now == nil || !now.MadeByUs {
		return nil
	}
	return now.Filled
}

// neverShown lists the fields that neither side ever showed, in the order of the schema.
func (d *decision) neverShown() []record.Field {
	var out []record.Field
	for _, spec := range d.Schema.Fields {
		if d.link.Raynet.Shown[spec.Name] == "" && d.link.Outlook.Shown[spec.Name] == "" {
			out = append(out, spec.Name)
		}
	}
	return out
}

// handedOver remembers whether the user owns the record now or takes part in it, and reports whether that is news: it tells
// later what it means that he is found on it no more.
func (d *decision) handedOver(now *remote.Snapshot) bool {
	if now == nil || len(now.People) == 0 {
		return false
	}
	was := d.link.Owner
	d.link.Owner = Owns(d.Context, *now)
	return d.link.Owner != was
}

// Owns reports whether a RAYNET record is the user's own. What is assigned is nobody's own: who is taken off it was no owner.
func Owns(c Context, record remote.Snapshot) bool {
	return !c.Schema.Assigned && len(record.People) > 0 && record.People[0] == c.Pair.Person
}

// hold keeps work for what could not be carried.
func (d *decision) hold(reason string) {
	if d.link.Group != "" {
		reason = "series-exception"
	}
	d.put(Park, d.link.Raynet.Ref, journal.WhyHeld, reason, "", ParkWait(11))
}

// heldReason is the code of why an Outlook thing is not changed from RAYNET.
func heldReason(now remote.Snapshot) string {
	if now.HeldBy(remote.HeldRepeats) {
		return "repeats"
	}
	return "has-attendees"
}

// forget leaves a field out that a look at our last write would remember: what is open between two things that never agreed on it stays
// open until it is decided, even if something else is written meanwhile, and until it is carried: if that fails or the process dies
// before, the side that was remembered would seem to have nothing new, and the other one would be written over it unasked.
func (s *Step) forget(name record.Field) {
	delete(s.Raynet.Shown, name)
	delete(s.Outlook.Shown, name)
}

// carried leaves out the version of a side from which something is still to be carried: the write that carries it brings it. Known
// before, it would tell whoever looks after a crash that nothing is new there, and a row does not show everything.
func (a *Adoption) carried(writes bool, seen change.Change) {
	if writes && !a.Confirmed && !seen.Blind {
		a.Version = ""
	}
}

// empty reports whether a note would remember nothing.
func (s Step) empty() bool {
	return len(s.Raynet.Shown) == 0 && len(s.Outlook.Shown) == 0 && !s.Raynet.Confirmed && !s.Outlook.Confirmed && !s.Blind
}

// confirmation is what a side's state adds to the link when it is the state our last write made.
func (d *decision) confirmation(seen change.Change, now *remote.Snapshot) Adoption {
	if !seen.Confirms || now == nil {
		return Adoption{}
	}
	return Adoption{Shown: d.Digester.Fields(now.Fields), Version: now.Version, Confirmed: true}
}

// first adopts the digest of a field that a side shows for the first time.
func (d *decision) first(adoption *Adoption, seen change.Change, now *remote.Snapshot, name record.Field) {
	if now != nil && contains(seen.Fresh, name) {
		d.adopt(adoption, now, name, now.Fields[name])
	}
}

// remember adopts the digest of a field that moved on a side and is not carried.
func (d *decision) remember(adoption *Adoption, seen change.Change, now *remote.Snapshot, name record.Field) {
	if now != nil && contains(seen.Moved, name) {
		d.adopt(adoption, now, name, now.Fields[name])
	}
}

// base remembers of a side that never showed a field what the other one shows, so that its own value counts as moved for as long
// as it is neither carried nor decided. Without it a write of ours to another field would make it pass for news of no account.
func (d *decision) base(adoption *Adoption, half journal.Half, now *remote.Snapshot, name record.Field, other *remote.Snapshot) {
	if _, known := half.Shown[name]; known {
		return
	}
	d.adopt(adoption, now, name, other.Fields[name])
}

func (d *decision) adopt(adoption *Adoption, now *remote.Snapshot, name record.Field, value record.Value) {
	if adoption.Shown == nil {
		adoption.Shown, adoption.Version = record.Shown{}, now.Version
	}
	adoption.Shown[name] = d.Digester.Value(name, value)
}

// write adds the update of one side, if there is anything to write there. source shows the values, target is overwritten.
func (d *decision) write(side record.Side, writes map[record.Side]record.Fields, verdicts []merge.Verdict, source, target *remote.Snapshot) {
	fields := writes[side]
	if len(fields) == 0 {
		return
	}
	step := Step{Op: Update, Side: side, Link: d.link, Source: source, Target: target, Fields: fields, Event: journal.Updated,
		Author: source.Author, Edit: d.edit}
	adopted := record.Shown{}
	for _, verdict := range verdicts {
		value, written := fields[verdict.Field]
		if !written {
			continue
		}
		adopted[verdict.Field] = d.Digester.Value(verdict.Field, value)
		change := journal.Change{Field: verdict.Field, After: value, Lost: verdict.Clash}
		if target != nil {
			change.Before = target.Fields[verdict.Field]
		}
		step.Changes = append(step.Changes, change)
		if verdict.Clash {
			step.Event = journal.Clash
		}
	}
	from := Adoption{Shown: adopted, Version: source.Version}
	if side == record.Outlook {
		step.Raynet = from
	} else {
		step.Outlook = from
	}
	d.add(step)
}

// loops parks a link that our own writes keep changing without people, and returns true if it did.
func (d *decision) loops(verdicts []merge.Verdict, raynet, outlook change.Change) bool {
	writes := false
	for _, verdict := range verdicts {
		writes = writes || verdict.Act == merge.ToOutlook || verdict.Act == merge.ToRaynet
	}
	loop := d.link.Loop
	if !writes || raynet.ByPerson || outlook.ByPerson || d.Now.Sub(loop.Since) > d.Rules.LoopWindow {
		return false
	}
	if loop.Writes < d.Rules.LoopWrites || loop.Edits >= loop.Writes {
		return false
	}
	d.put(Park, d.link.Raynet.Ref, journal.WhyParked, "loop", "", 24*time.Hour)
	return true
}

func fieldsOf(snapshot *remote.Snapshot) record.Fields {
	if snapshot == nil {
		return nil
	}
	return snapshot.Fields
}

func set(writes map[record.Side]record.Fields, side record.Side, name record.Field, value record.Value) {
	if writes[side] == nil {
		writes[side] = record.Fields{}
	}
	writes[side][name] = value
}

func contains(names []record.Field, name record.Field) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
