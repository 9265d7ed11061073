package apply

import (
	"time"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// recover begins to find out what became of an intent that was found open. It may have been sent, whatever is written about
// it; so the side is asked first and nothing is repeated blindly.
func (t *task) recover(now time.Time) []Action {
	intent := t.intent
	t.link = intent.Link
	t.job.op = intent.Op
	t.job.step = stepOf(intent)
	if t.core.stopped(intent.Request.Side) || now.Before(intent.NotBefore) {
		t.probe(leftForLater)
		t.core.result.Waiting++
		return nil
	}
	switch {
	case intent.Tail:
		return t.recoverTail(now)
	case intent.Request.Op == remote.Create:
		return t.find(remote.Search{Key: intent.Request.Key, Since: intent.FirstSent, Type: intent.Request.Ref.Type}, t.foundByKey)
	default:
		return t.look(intent.Request.Ref, t.sawTarget)
	}
}

// stepOf is as much of the step as an intent remembers.
func stepOf(intent journal.Intent) plan.Step {
	step := plan.Step{Op: plan.Update, Side: intent.Request.Side, Link: intent.Link, Event: journal.Updated,
		Erase: erases(intent.Link)}
	switch intent.Request.Op {
	case remote.Create:
		step.Op, step.Event = plan.Create, journal.Created
	case remote.Delete:
		step.Op, step.Event = plan.Delete, journal.Deleted
	case remote.Update:
	}
	if step.AsPerson = intent.AsPerson; step.AsPerson {
		step.Event, step.Edit = journal.RestoredEvent, true
	}
	if !intent.Source.IsZero() {
		step.Source = &remote.Snapshot{Ref: intent.Source}
	}
	if !intent.Request.Ref.IsZero() {
		step.Target = &remote.Snapshot{Ref: intent.Request.Ref}
	}
	return step
}

// erases reports whether a link ends in a way that leaves no value of it behind.
func erases(link journal.Link) bool {
	return link.State == journal.Released && link.Reason == plan.TurnedPrivate || link.State == journal.Dissolved && link.Reason == plan.Anonymised
}

func (t *task) find(search remote.Search, then func(Event) []Action) []Action {
	if t.core.stopped(t.intent.Request.Side) {
		return t.rest()
	}
	t.then = func(event Event) []Action {
		if event.Err != nil {
			return t.wait(event)
		}
		return then(event)
	}
	return []Action{Find{Task: t.id, Side: t.intent.Request.Side, Search: search}}
}

func (t *task) look(ref remote.Ref, then func(Event) []Action) []Action {
	if t.core.stopped(ref.Side) {
		return t.rest()
	}
	t.then = func(event Event) []Action {
		if event.Err != nil || event.Reading.Presence == remote.Broken {
			return t.wait(event)
		}
		return then(event)
	}
	return []Action{Look{Task: t.id, Ref: ref}}
}

// rest leaves the intent open, and asks no more of a side that wants to be left alone since this was begun.
func (t *task) rest() []Action {
	t.probe(leftForLater)
	t.core.result.Waiting++
	return t.over()
}

// wait leaves the intent open for a later cycle.
func (t *task) wait(event Event) []Action {
	if event.Err != nil || event.Reading.Presence == remote.Broken {
		t.probe(notTold)
	}
	if event.Err != nil {
		t.core.stops(t.intent.Request.Side, event.Err)
	}
	t.core.result.Waiting++
	return t.over()
}

// settling reports whether the write may still land.
func (t *task) settling(now time.Time) bool {
	return now.Before(t.intent.LastSent.Add(t.core.config.Settle))
}

// lost deals with a create that the side does not know: it waits until the create can no longer land, then repeats it to the
// letter if its original is still there, and gives it up otherwise. In Outlook the original may have changed meanwhile: the
// key keeps a repeat from making a second item, and the newer values follow as an update. In RAYNET nothing keeps it from that,
// so a changed original is begun anew, and either way is counted.
func (t *task) lost(now time.Time) []Action {
	if t.settling(now) {
		t.probe(createSettling)
		t.core.result.Waiting++
		return t.commit([]journal.Fact{journal.TouchIntent{Op: t.intent.Op, Tries: t.intent.Tries, LastSent: t.intent.LastSent}}, t.end)
	}
	return t.look(t.intent.Source, func(event Event) []Action {
		source := event.Reading
		inRaynet := t.intent.Request.Side == record.Raynet
		if source.Presence != remote.Present || source.Snapshot.Rule != "" {
			t.probe(originalGone)
			return t.drop(event.At)
		}
		if inRaynet {
			t.core.result.Residue++
		}
		moved := change.Moved(t.core.config.Digester, t.core.config.Schema, t.intent.SourceShown, source.Snapshot.Fields)
		if inRaynet && len(moved) > 0 {
			t.probe(originalMoved)
			return t.drop(event.At)
		}
		t.probe(createResent)
		return t.repeat(event.At)
	})
}

// repeat sends the same bytes once more, with the try made durable first.
func (t *task) repeat(now time.Time) []Action {
	if t.intent.Request.Body == "" && t.intent.Request.Op != remote.Delete {
		t.probe(bytesErased)
		return t.drop(now) // its values were erased meanwhile: there is nothing left that may be sent
	}
	t.intent.Tries++
	t.intent.LastSent = now
	return t.commit([]journal.Fact{journal.TouchIntent{Op: t.intent.Op, Tries: t.intent.Tries, LastSent: now}},
		func(event Event) []Action {
			if event.Err != nil {
				return t.over()
			}
			return t.send()
		})
}

// wasDeleted settles a create whose key Outlook knows although the item is not there: a person deleted it before we learned
// that it had been made. It is never made again; if he takes it out of the bin, what was sent is what his edits are judged against.
func (t *task) wasDeleted(now time.Time) []Action {
	t.probe(wasDeleted)
	link := t.intent.Link
	link.State, link.Reason, link.Since = journal.Hidden, "deleted-in-outlook", now
	link.Outlook.Shown = t.intent.Wants
	if replacedBy(t.intent).ID != "" { // the link goes on with what it had: that never showed what was sent
		link.Raynet.Shown, link.Outlook.Shown = record.Shown{}, record.Shown{}
		link.Raynet.Unconfirmed, link.Outlook.Unconfirmed = false, false
	}
	entry := t.intent.Entry
	entry.At, entry.Event, entry.Reason, entry.Changes = now, journal.HiddenEvent, link.Reason, nil
	facts := []journal.Fact{journal.PutLink{Link: link}, journal.CloseIntent{Op: t.intent.Op}, journal.AddEntry{Entry: entry}}
	return t.commit(append(facts, t.lookAgain(replacedBy(t.intent))...), func(event Event) []Action {
		if event.Err == nil {
			t.core.result.Steps[plan.Unlink]++
		}
		return t.over()
	})
}

// drop gives the intent up; its source is merged again.
func (t *task) drop(now time.Time) []Action {
	t.core.result.Again++
	facts := t.closing(now)
	ref := t.intent.Source
	if ref.IsZero() {
		ref = t.intent.Request.Ref
	}
	if t.intent.Request.Op != remote.Create {
		link := t.intent.Link
		facts = append(append(facts, journal.Freeze{LinkID: link.ID}), t.tellBlind(link, now)...)
	}
	facts = append(facts, journal.PutWork{Work: journal.Work{Pair: t.core.config.Pair, Ref: ref, Why: journal.WhyChanged,
		Reason: "changed-meanwhile", Since: now, RetryAt: now}})
	return t.commit(facts, t.end)
}

// sawTarget judges an update or delete by what its target shows now.
func (t *task) sawTarget(event Event) []Action {
	intent, reading := t.intent, event.Reading
	if intent.Request.Op == remote.Delete {
		return t.sawDeleted(event)
	}
	if reading.Presence == remote.Gone {
		t.probe(targetGone)
		return t.drop(event.At)
	}
	seen := t.core.config.Digester.Fields(reading.Snapshot.Fields)
	switch {
	case shows(seen, intent.Wants):
		t.job.step.Blind = t.othersWrote(reading.Snapshot.Version)
		t.probe(updateLanded)
		if t.job.step.Blind {
			t.probe(landedBlind)
		}
		snapshot := reading.Snapshot
		return t.settle(remote.Answer{Ref: intent.Request.Ref, Version: snapshot.Version, Snapshot: &snapshot}, event.At)
	case shows(seen, only(intent.Guard, intent.Wants)):
		if t.settling(event.At) {
			t.probe(updateSettling)
			t.core.result.Waiting++
			return t.over()
		}
		if intent.Request.Side == record.Raynet && !shows(seen, intent.Guard) {
			t.probe(besideChanged)
			return t.drop(event.At) // the request writes some things whole: what was changed beside would be overwritten unseen
		}
		t.probe(updateResent)
		return t.repeat(event.At)
	}
	t.probe(thirdValue)
	if intent.Request.Side == record.Raynet && t.settling(event.At) {
		t.core.result.Waiting++ // nothing holds it back there: what it writes, if it lands, must not pass for a person's edit
		return t.over()
	}
	// Somebody wrote something else: both values are kept, and the thing is merged again. Ours may have landed in between.
	t.job.step.Blind = t.othersWrote(reading.Snapshot.Version)
	return t.drop(event.At)
}

// othersWrote reports whether a write without an answer may have landed over another's that nobody looked at: the version that RAYNET
// shows is not the one that a single write makes, or it shows none.
func (t *task) othersWrote(now remote.Version) bool {
	alone := following(t.intent.GuardVersion)
	return t.intent.Request.Side == record.Raynet && (alone == "" || now != alone)
}

func (t *task) sawDeleted(event Event) []Action {
	if event.Reading.Presence == remote.Gone {
		t.probe(deleteLanded)
		return t.settle(remote.Answer{Ref: t.intent.Request.Ref}, event.At)
	}
	if t.settling(event.At) {
		t.probe(deleteSettling)
		t.core.result.Waiting++
		return t.over()
	}
	if shows(t.core.config.Digester.Fields(event.Reading.Snapshot.Fields), t.intent.Guard) {
		t.probe(deleteResent)
		return t.removeAgain(event.At)
	}
	t.probe(deletedChanged)
	return t.drop(event.At)
}

// removeAgain repeats a removal, one that followed a deletion in RAYNET only if the record is gone still: it may have been out of sight.
func (t *task) removeAgain(now time.Time) []Action {
	if t.intent.Link.Reason != plan.DeletedInRaynet {
		return t.repeat(now)
	}
	return t.look(t.intent.Link.Raynet.Ref, func(event Event) []Action {
		if event.Reading.Presence != remote.Gone {
			return t.drop(event.At)
		}
		return t.repeat(event.At)
	})
}

// recoverTail ends a later call of a write whose first one was settled. One that brings a key is made again. Else it is waited for until
// it can no longer land: only then is it known whether what the side shows is ours. If it is, that is remembered, so that it is not taken
// for a person's edit; what is still missing is found out by the next merge.
func (t *task) recoverTail(now time.Time) []Action {
	if t.brings() && t.intent.Request.Body != "" {
		t.probe(keyResent)
		return t.repeat(now)
	}
	return t.look(t.intent.Request.Ref, func(event Event) []Action {
		now, link := event.At, t.intent.Link
		landed := event.Reading.Presence == remote.Present && t.landed(event.Reading.Snapshot)
		if !landed && event.Reading.Presence == remote.Present && t.settling(now) {
			t.probe(tailSettling)
			t.core.result.Waiting++
			return t.over()
		}
		t.probe(tailOpen)
		half := link.Half(t.intent.Source.Side)
		half.Shown = without(half.Shown, []remote.Request{t.intent.Request}) // calls to follow may write the same
		if landed {
			t.probe(tailLanded)
			written := link.Half(t.intent.Request.Side)
			written.Shown = over(written.Shown, t.intent.Wants)
		}
		t.mayHaveWritten(&link)
		return t.commit([]journal.Fact{
			journal.CloseIntent{Op: t.intent.Op},
			journal.PutLink{Link: link},
			journal.PutWork{Work: journal.Work{Pair: t.core.config.Pair, Ref: t.intent.Source, Why: journal.WhyChanged,
				Reason: "changed-meanwhile", Since: now, RetryAt: now}},
		}, t.end)
	})
}

// brings reports whether the call only gives a record its key, which changes nothing if it has it already.
func (t *task) brings() bool {
	request := t.intent.Request
	return t.intent.Tail && request.Side == record.Raynet && request.Key != "" && len(request.Writes) == 0
}

// A record is tried to be given its key, cycle by cycle, while its link waits: a few times if RAYNET refuses it, and for an hour at least
// if it fails or cannot be reached. An hour in which nobody worked, as when the process stood still, is not enough.
const (
	keyTries = 5
	keyTime  = time.Hour
)

// worthwhile reports whether a call that brings a key and failed is to be made once more.
func (t *task) worthwhile(event Event) bool {
	switch kind := remote.KindOf(event.Err); {
	case kind == remote.NotFound || kind == remote.Duplicate:
		return false
	case (remote.IsUnknown(event.Err) || kind == remote.Unavailable || kind == remote.Throttled) && event.At.Sub(t.intent.FirstSent) < keyTime:
		return true
	}
	return t.intent.Tries < keyTries
}

// landed reports whether a thing shows everything that the request was to make it show.
func (t *task) landed(now remote.Snapshot) bool {
	return shows(t.core.config.Digester.Fields(now.Fields), t.intent.Wants)
}

// replacedBy returns what a create made again, if it did: a person may have taken that out of the bin while the outcome was open.
func replacedBy(intent journal.Intent) remote.Ref {
	if intent.Tail || intent.Request.Op != remote.Create {
		return remote.Ref{}
	}
	return intent.Link.Half(intent.Request.Side).Ref
}

// recoveredWork puts the source of a recovered write before the next merge, and what it made again: what a person did to any of them in
// the meantime is found there.
func (t *task) recoveredWork(intent journal.Intent) []journal.Fact {
	if intent.Request.Op == remote.Delete {
		return nil
	}
	return t.lookAgain(intent.Source, intent.Request.Ref, replacedBy(intent))
}

// lookAgain is the work of looking at things of which something may have been told while the outcome of the write was open.
func (t *task) lookAgain(refs ...remote.Ref) []journal.Fact {
	var facts []journal.Fact
	for _, ref := range refs {
		if ref.ID != "" {
			facts = append(facts, journal.PutWork{Work: journal.Work{Pair: t.core.config.Pair, Ref: ref, Why: journal.WhyChanged,
				Reason: "recovered", Since: t.intent.LastSent, RetryAt: t.intent.LastSent}})
		}
	}
	return facts
}

// shows reports whether every digest wanted is shown, as far as the side shows the field at all.
func shows(seen, wanted record.Shown) bool {
	for name, digest := range wanted {
		if now, visible := seen[name]; visible && now != digest {
			return false
		}
	}
	return true
}

// only returns the digests of base for the fields that names has.
func only(base, names record.Shown) record.Shown {
	out := record.Shown{}
	for name := range names {
		if digest, ok := base[name]; ok {
			out[name] = digest
		}
	}
	return out
}
