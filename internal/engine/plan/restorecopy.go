package plan

import (
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// How whole copies are taken back: one that we made is taken away, one that we removed is made again.

// takeAway removes a copy that we made, if it is as we left it. In RAYNET it is cancelled: a record there may be known to
// others by now.
func (u *undoing) takeAway(side record.Side) {
	reading := u.reading(side)
	if reason := u.untouchable(reading); reason != "" {
		u.keep(side, "", reason)
		return
	}
	now := &reading.Snapshot
	if u.edited(side, reading) {
		u.keep(side, "", "changed-since")
		return
	}
	step := Step{Op: Delete, Side: side, Link: u.Link, Target: now, State: journal.Hidden, Reason: "restored-removed",
		Event: journal.RestoredEvent, AsPerson: true}
	if side == record.Raynet {
		step.State = journal.Dissolved
		if !u.Remove {
			u.cancel(step)
			return
		}
	}
	for _, spec := range u.Schema.Fields {
		if value := now.Fields[spec.Name]; value != "" {
			step.Changes = append(step.Changes, journal.Change{Field: spec.Name, Before: value})
		}
	}
	u.steps = append(u.steps, step)
}

// cancel marks a RAYNET record as one that does not take place, and ends its link so that the original stays as it is.
func (u *undoing) cancel(step Step) {
	flag := u.Schema.Cancels
	switch {
	case flag == "":
		u.keep(step.Side, "", "not-reversible")
		return
	case step.Target.Fields[flag] == record.Yes:
		u.keep(step.Side, flag, "already-there")
		return
	}
	step.Op, step.Reason = Update, "restored-cancelled"
	step.Fields = record.Fields{flag: record.Yes}
	step.Changes = []journal.Change{{Field: flag, Before: step.Target.Fields[flag], After: record.Yes}}
	u.steps = append(u.steps, step)
}

// makeAgain makes a copy that we removed once more, from its original or, where that is gone, from the journal. A copy without
// an original stays unlinked: the next look would remove it again.
func (u *undoing) makeAgain(side record.Side, entry journal.Entry) {
	other := u.reading(side.Other())
	here := u.reading(side)
	switch {
	case here != nil && here.Presence == remote.Present:
		u.keep(side, "", "already-there")
		return
	case other != nil && other.Presence == remote.Broken:
		u.keep(side, "", string(remote.KindOf(other.Err)))
		return
	case here != nil && here.Presence == remote.Broken:
		u.keep(side, "", string(remote.KindOf(here.Err)))
		return
	}
	link := u.Link
	step := Step{Op: Create, Side: side, Link: link, State: journal.Dissolved, Reason: "restored-created", Event: journal.RestoredEvent,
		AsPerson: true, Fields: record.Fields{}}
	source := remote.Snapshot{Ref: link.Half(side.Other()).Ref, Kind: u.Schema.Kind, Span: link.Span, Fields: record.Fields{}}
	for _, change := range entry.Changes {
		source.Fields[change.Field] = change.Before
	}
	if now := present(other); now != nil {
		if now.Rule != "" {
			u.keep(side, "", LeftFilter)
			return
		}
		source = *now
		if side == record.Raynet || now.Concerns(u.Pair.Person) {
			step.State = journal.Linked
			half := step.Link.Half(side.Other())
			half.Shown, half.Version, half.Unconfirmed = u.Digester.Fields(now.Fields), now.Version, false
		}
	}
	if len(source.Fields) == 0 {
		u.keep(side, "", "nothing-kept")
		return
	}
	for _, spec := range u.Schema.Fields {
		value, shown := source.Fields[spec.Name]
		if !shown || !spec.Flow.Carries(side.Other()) {
			continue
		}
		step.Fields[spec.Name] = value
		if value != "" {
			step.Changes = append(step.Changes, journal.Change{Field: spec.Name, After: value})
		}
	}
	step.Source = &source
	if side == record.Raynet {
		step.Key = u.Key(source)
	}
	u.steps = append(u.steps, step)
}
