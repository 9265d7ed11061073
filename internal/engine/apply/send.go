package apply

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// compose asks for the step's exact requests.
func (t *task) compose() []Action {
	step := t.job.step
	write := remote.Write{Side: step.Side, Fields: step.Fields, Target: step.Target, Source: step.Source}
	switch step.Op {
	case plan.Create:
		write.Op = remote.Create
		write.Stamp = remote.Stamp{Source: step.Source.Ref, Mailbox: t.core.config.Mailbox, Op: t.job.op}
		write.Key = step.Key
		if step.Side == record.Outlook {
			write.Key = t.job.op
		}
	case plan.Delete:
		write.Op, write.Erase = remote.Delete, step.Erase
	case plan.Update, plan.Link, plan.Unlink, plan.Park, plan.Skip, plan.Note, plan.Forget:
		write.Op = remote.Update
	}
	t.then = func(event Event) []Action {
		if event.Err != nil {
			return t.giveUp(event, nil)
		}
		if len(event.Requests) == 0 { // the side shows it already: there is nothing to send
			return t.settleUnsent(event.At)
		}
		return t.open(event.Requests, event.At)
	}
	return []Action{Compose{Task: t.id, Write: write}}
}

// settleUnsent settles an update that turned out to write nothing. What the side shows now it will go on showing: that is remembered,
// or of two things that were just matched it would count as news, and wipe out what only the other side can hold.
func (t *task) settleUnsent(now time.Time) []Action {
	step := &t.job.step
	step.Op, step.Event = plan.Note, ""
	seen := &step.Raynet
	if step.Side == record.Outlook {
		seen = &step.Outlook
	}
	shown := record.Fields{}
	for name, value := range step.Target.Fields { // any order: each name once
		if _, asked := step.Fields[name]; asked {
			shown[name] = value
		}
	}
	seen.Shown = over(seen.Shown, t.core.config.Digester.Fields(shown))
	return t.local(now)
}

// open makes the intent durable, together with the values the write will replace.
func (t *task) open(requests []remote.Request, now time.Time) []Action {
	step := t.job.step
	link := t.link
	if step.Op == plan.Create {
		link.State = journal.Making
	}
	intent := journal.Intent{
		Op: t.job.op, Pair: t.core.config.Pair, Run: t.core.config.Run, Link: t.outcome(link, step, requests[1:], now),
		Request: requests[0], Follow: requests[1:],
		Wants:     t.core.config.Digester.Fields(written(step.Fields, requests[0])),
		Later:     t.later(step.Fields, requests[1:]),
		AsPerson:  step.AsPerson,
		FirstSent: now, LastSent: now, Tries: 1,
	}
	if step.Target != nil && step.Op != plan.Create {
		intent.Guard = t.core.config.Digester.Fields(step.Target.Fields)
		intent.GuardVersion = step.Target.Version
	}
	if step.Source != nil {
		intent.Source, intent.SourceShown = step.Source.Ref, t.core.config.Digester.Fields(step.Source.Fields)
		intent.Uncarried = t.uncarried(link, requests[0])
	}
	if step.Side == record.Raynet {
		intent.MovedUp = t.movedUp
	}
	intent.Entry = t.entry(link, step, journal.Sending, now)
	facts := []journal.Fact{journal.OpenIntent{Intent: intent}}
	if step.Op == plan.Create {
		facts = append(facts, journal.PutLink{Link: link})
	} else {
		facts = append(facts, journal.AddEntry{Entry: intent.Entry})
		intent.Entry.Changes = nil // they are in the journal now
	}
	t.intent = intent
	return t.commit(facts, func(event Event) []Action {
		if event.Err != nil {
			t.core.result.Again++ // nothing was sent; the work stays where it is
			if !t.refused(event.Err) {
				t.probe(notDurable)
				return t.over()
			}
			t.probe(intentBusy)
			return t.commit([]journal.Fact{t.keep(step, journal.WhyChanged, "busy", "", event.At, event.At)}, t.end)
		}
		return t.guard(event.At)
	})
}

// written are the values that the side will show of what one request sets; what follows a create writes the rest.
func written(fields record.Fields, request remote.Request) record.Fields {
	if len(request.Writes) == 0 {
		return fields
	}
	out := fields.Only(request.Writes...)
	for name, value := range request.Shows { // any order: each name once
		out[name] = value
	}
	return out
}

// uncarried is what is remembered of a value that moves up in Outlook, into the field before its own, where a later step is to carry that
// this field was emptied: both fields as they were to be. If that step is not made, what they show instead is a person's edit still.
func (t *task) uncarried(link journal.Link, request remote.Request) record.Shown {
	step, digester := t.job.step, t.core.config.Digester
	if step.Op != plan.Update || step.Side != record.Outlook {
		return nil
	}
	var out record.Shown
	for _, next := range t.jobs {
		for name := range next.step.Fields { // any order: each name once
			value := request.Shows[name]
			base, known := link.Outlook.Shown[name]
			if _, asked := step.Fields[name]; asked || value == "" || !known || next.step.Side != record.Raynet {
				continue
			}
			for from, wanted := range step.Fields { // any order: each name once
				if shown, other := request.Shows[from]; other && shown != wanted && wanted == value {
					out = over(out, record.Shown{name: base, from: digester.Value(from, wanted)})
				}
			}
		}
	}
	return out
}

// later are the digests of what the requests that follow the first one will make the side show.
func (t *task) later(fields record.Fields, follow []remote.Request) record.Shown {
	var out record.Shown
	for _, request := range follow {
		if len(request.Writes) > 0 {
			out = over(out, t.core.config.Digester.Fields(written(fields, request)))
		}
	}
	return out
}

// outcome is the link as it will be when the write has landed and its answer added what it adds.
func (t *task) outcome(link journal.Link, step plan.Step, follow []remote.Request, now time.Time) journal.Link {
	t.adopt(&link, step)
	if step.State != "" {
		t.enter(&link, step, now)
	}
	if len(follow) > 0 && step.Source != nil {
		// What the requests to come write is not settled before they are.
		half := link.Half(step.Source.Ref.Side)
		half.Shown = without(half.Shown, follow)
	}
	return link
}

func without(shown record.Shown, follow []remote.Request) record.Shown {
	out := shown.Clone()
	for _, request := range follow {
		for _, name := range request.Writes {
			delete(out, name)
		}
	}
	return out
}

// guard makes sure that the state the write was made for is still there, where the side cannot check that itself.
func (t *task) guard(now time.Time) []Action {
	step := t.job.step
	if step.Side != record.Raynet || step.Op == plan.Create || now.Sub(step.Target.At) <= t.core.config.GuardAge {
		return t.send()
	}
	t.then = func(event Event) []Action {
		seen := event.Reading
		same := event.Err == nil && seen.Presence == remote.Present && seen.Snapshot.Version == step.Target.Version &&
			len(t.differs(seen.Snapshot.Fields, step.Target.Fields)) == 0
		if same && event.At.Sub(seen.Snapshot.At) <= t.core.config.GuardAge {
			return t.send()
		}
		t.probe(guardFailed)
		return t.abandon(event.At)
	}
	t.probe(guarded)
	return []Action{Look{Task: t.id, Ref: step.Target.Ref}}
}

// differs lists the fields in which two states of one thing differ, in the order of the schema.
func (t *task) differs(a, b record.Fields) []record.Field {
	var out []record.Field
	for _, spec := range t.core.config.Schema.Fields {
		x, onX := a[spec.Name]
		y, onY := b[spec.Name]
		if onX && onY && x != y {
			out = append(out, spec.Name)
		}
	}
	return out
}

// abandon closes an intent whose request was never sent: somebody was faster, and the thing is merged again.
func (t *task) abandon(now time.Time) []Action {
	t.core.result.Again++
	facts := append(t.closing(now), t.keep(t.job.step, journal.WhyChanged, "changed-meanwhile", "", now, now))
	return t.commit(facts, t.end)
}

// closing lists the facts that take back an open intent.
func (t *task) closing(now time.Time) []journal.Fact {
	facts := []journal.Fact{journal.CloseIntent{Op: t.intent.Op}}
	if t.intent.Request.Op == remote.Create {
		if t.intent.AsPerson { // the link was there before: without it the other side's thing would be taken for new
			link := t.intent.Link
			link.State, link.Reason, link.Since = journal.Dissolved, "restore-refused", now
			return append(facts, journal.PutLink{Link: link})
		}
		return append(facts, journal.DropLink{ID: t.intent.Link.ID})
	}
	return append(facts, journal.SettleEntry{Op: t.intent.Op, Event: journal.Abandoned, At: now,
		Raynet: t.intent.Link.Raynet.Ref, Outlook: t.intent.Link.Outlook.Ref})
}

// end ends the task whatever came of its last commit.
func (t *task) end(Event) []Action { return t.over() }

// leastTime is how long a request may wait for its turn and for its answer in any case: a busy machine needs it. A horizon that is not
// much longer promises little anyway, and is for trials.
const leastTime = time.Minute

// send makes the request of the open intent.
func (t *task) send() []Action {
	t.then = t.answered
	// What leaves in the first half of the horizon can land only within it.
	within := max(t.core.config.Settle/2, leastTime)
	return []Action{Send{Task: t.id, Request: t.intent.Request, Before: t.intent.LastSent.Add(within)}}
}

// answered judges what came of the request.
func (t *task) answered(event Event) []Action {
	if event.Err == nil && event.Answer.Keyless {
		return t.mark(remote.Snapshot{Ref: event.Answer.Ref}, event.Answer)
	}
	if event.Err == nil {
		return t.settle(event.Answer, event.At)
	}
	if t.intent.Request.Op == remote.Delete && remote.KindOf(event.Err) == remote.NotFound {
		t.probe(goneAlready)
		return t.settle(remote.Answer{Ref: t.intent.Request.Ref}, event.At)
	}
	if t.intent.Tail {
		t.probe(tailFailed)
		return t.tailFailed(event)
	}
	if t.recovering && remote.KindOf(event.Err) == remote.Duplicate && t.intent.Request.Side == record.Outlook {
		return t.wasDeleted(event.At) // it was looked for just now
	}
	if t.refusedAgain(event.Err) {
		return t.rest()
	}
	if remote.IsUnknown(event.Err) || remote.KindOf(event.Err) == remote.Duplicate && t.intent.Request.Side == record.Outlook {
		return t.freeze(event.At)
	}
	return t.giveUp(event, t.closing(event.At))
}

// refusedAgain reports whether a create that was sent before is refused now for a reason that has nothing to do with it. What became of the
// first one is still not known, and the key that it carried may be all that tells: a person may have deleted what it made.
func (t *task) refusedAgain(err error) bool {
	if !t.recovering || t.intent.Request.Op != remote.Create || remote.IsUnknown(err) {
		return false
	}
	kind := remote.KindOf(err)
	return kind == remote.Unavailable || kind != remote.NoContainer && t.core.stops(t.intent.Request.Side, err)
}

// freeze keeps the intent open and the link still: the write may have landed, or may land later.
func (t *task) freeze(now time.Time) []Action {
	t.probe(frozen)
	t.core.result.Waiting++
	return t.commit([]journal.Fact{
		journal.Freeze{LinkID: t.intent.Link.ID, Until: now.Add(t.core.config.Settle)},
		journal.TouchIntent{Op: t.intent.Op, Tries: t.intent.Tries, LastSent: t.intent.LastSent},
	}, t.end)
}

// giveUp deals with a definite refusal: one record is parked and the rest goes on, unless the refusal concerns everybody.
func (t *task) giveUp(event Event, closing []journal.Fact) []Action {
	kind := remote.KindOf(event.Err)
	step := t.job.step
	facts := append(closing, t.erasure(step)...) // what may not be kept is not kept until the service takes the write
	switch {
	case t.core.stops(step.Side, event.Err):
		t.probe(sideStopped)
		t.core.result.Skipped++
		retry := event.At.Add(time.Minute)
		if at := remote.RetryAt(event.Err); at.After(event.At) {
			retry = at // the service knows better, sooner or later
		}
		facts = append(facts, t.keep(step, journal.WhyChanged, string(kind), "", event.At, retry))
	case kind == remote.Conflict || kind == remote.Duplicate && step.Op != plan.Create:
		t.probe(overtaken)
		t.core.result.Again++
		facts = append(facts, t.keep(step, journal.WhyChanged, "changed-meanwhile", "", event.At, event.At))
	case kind == remote.Duplicate && step.Tries == 0:
		// Another mailbox of the same meeting may have come first: what carries the key is looked for once more, at once. If it
		// cannot be seen then either, the create is parked.
		t.probe(overtaken)
		t.core.result.Again++
		again := t.keep(step, journal.WhyChanged, "changed-meanwhile", "", event.At, event.At)
		again.Work.Tries++
		facts = append(facts, again)
	case kind == remote.NotFound && step.Op != plan.Create:
		t.probe(notFound)
		t.core.result.Again++
		work := t.keep(step, journal.WhyChanged, "changed-meanwhile", "", event.At, event.At)
		work.Work.Ref = step.Target.Ref
		facts = append(facts, work)
	default:
		t.probe(refusedOnce)
		t.core.result.Parked++
		parked := t.keep(step, journal.WhyParked, string(kind), plan.Detail(event.Err), event.At, event.At.Add(plan.ParkWait(step.Tries)))
		facts = append(append(facts, parked), t.beside(parked)...)
		entry := t.entry(step.Link, step, journal.Parked, event.At)
		entry.Reason, entry.Changes, entry.Op = string(kind), nil, ""
		facts = append(facts, journal.AddEntry{Entry: entry})
	}
	return t.commit(facts, t.end)
}
