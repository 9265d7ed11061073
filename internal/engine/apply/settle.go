package apply

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// settle makes the outcome of a request durable: the link with what the side now shows, the journal, the end of the intent,
// all in one commit.
func (t *task) settle(answer remote.Answer, now time.Time) []Action {
	intent := t.intent
	link := intent.Link
	side := intent.Request.Side
	half := link.Half(side)
	if !answer.Ref.IsZero() {
		half.Ref = answer.Ref
	}
	t.show(half, intent, answer)
	t.meet(&link, answer)
	link.FrozenUntil = time.Time{}
	if !intent.Tail {
		link.Loop = counted(link.Loop, t.job.step, now, t.core.config.LoopWindow)
	}

	facts := []journal.Fact{journal.PutLink{Link: link}, journal.CloseIntent{Op: intent.Op}}
	facts = append(facts, t.settleEntry(intent, link, now)...)
	facts = append(facts, t.tellBlind(link, now)...)
	var tail *journal.Intent
	if len(intent.Follow) > 0 {
		next := t.tailOf(intent, link, now)
		tail = &next
		facts = append(facts, journal.OpenIntent{Intent: next})
	}
	if !intent.Tail {
		facts = append(facts, t.aftermath(t.job.step)...)
	}
	if t.recovering {
		facts = append(facts, t.recoveredWork(intent)...)
	}
	return t.commit(facts, func(event Event) []Action {
		if event.Err != nil {
			t.probe(notSettled)
			return t.over() // the intent stays open and is recovered
		}
		t.core.links[link.ID] = link
		if !intent.Tail {
			t.count(intent, event.At)
		}
		if tail != nil {
			t.intent = *tail
			return t.send()
		}
		return t.nextJob(event.At)
	})
}

// tellBlind tells the journal of a possible blind overwrite, if there was one.
func (t *task) tellBlind(link journal.Link, now time.Time) []journal.Fact {
	if !t.job.step.Blind {
		return nil
	}
	entry := t.entry(link, t.job.step, journal.BlindOverwrite, now)
	entry.Changes = nil
	return []journal.Fact{journal.AddEntry{Entry: entry}}
}

// count notes a write that was settled, and how long its change took to get there.
func (t *task) count(intent journal.Intent, now time.Time) {
	result := &t.core.result
	result.Carried[intent.Request.Side]++
	source, timed := t.job.step.Source, t.core.config.Timed
	if source != nil && !timed.IsZero() && source.Modified.After(timed) {
		delay := max(0, now.Sub(source.Modified))
		result.Delays++
		result.Delay += delay
		result.Longest = max(result.Longest, delay)
	}
	switch intent.Request.Op {
	case remote.Create:
		t.core.result.Steps[plan.Create]++
	case remote.Update:
		t.core.result.Steps[plan.Update]++
	case remote.Delete:
		t.core.result.Steps[plan.Delete]++
	}
}

// show notes what the written half shows now: what the side returned, or, where it returns nothing, what was sent.
func (t *task) show(half *journal.Half, intent journal.Intent, answer remote.Answer) {
	if intent.Request.Op == remote.Delete || intent.Request.Op == remote.Update && intent.AsPerson {
		return
	}
	if answer.Snapshot == nil {
		half.Shown = over(half.Shown, intent.Wants)
		half.Unconfirmed = true
		half.Version = answer.Version
		if half.Version == "" {
			half.Version = expected(intent)
		}
		return
	}
	shown := t.core.config.Digester.Fields(answer.Snapshot.Fields)
	half.Unconfirmed, half.Version = false, answer.Version
	if intent.Request.Op == remote.Create && !intent.Tail {
		half.Shown = shown
		if t.recovering { // found, not answered: it may have been edited since, and the base is what was sent
			half.Shown = over(shown, intent.Wants)
		}
		return
	}
	// Only what we wrote is taken over: what else differs is a person's edit that nobody has carried yet. So is what stands in Outlook
	// where we wrote nothing: it may write a value in its own way, but it makes none. It moved up from the next place. What stands
	// there in RAYNET is what it keeps because it insists on a value.
	written := intent.Wants.Clone()
	for name := range written { // any order: each name once
		nothing := t.core.config.Digester.Value(name, "")
		if intent.SourceShown[name] == nothing && intent.Request.Side == record.Outlook {
			written[name] = nothing
		} else if digest, ok := shown[name]; ok {
			written[name] = digest
		}
	}
	half.Shown = over(half.Shown, over(written, intent.Uncarried))
}

// meet notes a value that moved up in Outlook as in step once RAYNET shows it in the same place: what a person does to it from then on,
// before anybody looks again, is an edit. The write to RAYNET may be settled by another process than the one that saw it move.
func (t *task) meet(link *journal.Link, answer remote.Answer) {
	moved := t.intent.MovedUp
	if t.intent.Request.Side == record.Outlook && answer.Snapshot != nil && t.intent.Request.Op == remote.Update {
		moved = nil
		for name, digest := range t.core.config.Digester.Fields(answer.Snapshot.Fields) { // any order: each name once
			nothing := t.core.config.Digester.Value(name, "")
			if _, asked := t.intent.Wants[name]; asked && t.intent.SourceShown[name] == nothing && digest != nothing {
				moved = over(moved, record.Shown{name: digest})
			}
		}
		t.movedUp = moved
	}
	for name, digest := range moved { // any order: each name once
		if link.Raynet.Shown[name] == digest {
			link.Outlook.Shown = over(link.Outlook.Shown, record.Shown{name: digest})
		}
	}
}

// expected is the version that a side which counts versions will show after the request.
func expected(intent journal.Intent) remote.Version {
	if intent.Request.Op == remote.Create {
		return "0"
	}
	return following(intent.GuardVersion)
}

// settleEntry tells the journal how a write ended.
func (t *task) settleEntry(intent journal.Intent, link journal.Link, now time.Time) []journal.Fact {
	switch {
	case intent.Tail:
		return nil
	case intent.Request.Op == remote.Create:
		entry := intent.Entry
		entry.At, entry.Event, entry.Raynet, entry.Outlook, entry.Changes = now, journal.Created, link.Raynet.Ref, link.Outlook.Ref, nil
		if intent.AsPerson {
			entry.Event = journal.RestoredEvent
		}
		if intent.Tries > 1 {
			entry.Reason = journal.SentAgain // what the first one made may turn up yet
		}
		return []journal.Fact{journal.AddEntry{Entry: entry}}
	}
	event := journal.Updated
	if intent.Request.Op == remote.Delete && !intent.AsPerson {
		event = journal.Deleted
	} else if t.job.step.Event != "" {
		event = t.job.step.Event
	}
	return []journal.Fact{journal.SettleEntry{Op: intent.Op, Event: event, At: now, Reason: link.Reason,
		Raynet: link.Raynet.Ref, Outlook: link.Outlook.Ref}}
}

// tailOf is the intent for the next request of a write that takes several. Of one that writes a field which a later one writes
// again, only the request itself says what the side shows in between.
func (t *task) tailOf(done journal.Intent, link journal.Link, now time.Time) journal.Intent {
	tail := done
	tail.Op = done.Op + "+"
	tail.Tail = true
	tail.Request, tail.Follow = done.Follow[0], done.Follow[1:]
	tail.Request = tail.Request.For(link.Half(done.Request.Side).Ref)
	tail.Entry = journal.Entry{}
	tail.Tries, tail.FirstSent, tail.LastSent = 1, now, now
	tail.GuardVersion = link.Half(done.Request.Side).Version
	tail.Wants = nil
	for _, name := range tail.Request.Writes {
		if value, told := tail.Request.Shows[name]; told {
			tail.Wants = over(tail.Wants, record.Shown{name: t.core.config.Digester.Value(name, value)})
		} else if digest, ok := done.Later[name]; ok {
			tail.Wants = over(tail.Wants, record.Shown{name: digest})
		}
	}
	// With this request the source's value of what it writes is settled too.
	tail.Link = link
	half := tail.Link.Half(done.Source.Side)
	if !done.Source.IsZero() {
		shown := half.Shown.Clone()
		for _, name := range tail.Request.Writes {
			if digest, ok := done.SourceShown[name]; ok {
				shown[name] = digest
			}
		}
		half.Shown = shown
	}
	return tail
}

// tailFailed deals with a second call that failed. Where nobody knows what became of it, its intent stays open, and so does for a while
// that of one which brings the key: nothing else would. Else the create is left as it is, and what is missing is merged like any other
// edit.
func (t *task) tailFailed(event Event) []Action {
	if t.brings() && t.worthwhile(event) || remote.IsUnknown(event.Err) && !t.brings() {
		t.core.stops(t.intent.Request.Side, event.Err)
		return t.freeze(event.At)
	}
	t.core.result.Again++
	link := t.core.links[t.intent.Link.ID]
	if link.ID == "" {
		link = t.intent.Link
	}
	if remote.IsUnknown(event.Err) {
		t.mayHaveWritten(&link)
	}
	t.core.stops(t.intent.Request.Side, event.Err)
	return t.commit([]journal.Fact{
		journal.CloseIntent{Op: t.intent.Op},
		journal.PutLink{Link: link},
		journal.PutWork{Work: journal.Work{Pair: t.core.config.Pair, Ref: t.intent.Source, Why: journal.WhyChanged,
			Reason: "changed-meanwhile", Since: event.At, RetryAt: event.At}},
	}, t.end)
}

// mayHaveWritten expects the version that the second call makes if it landed: so it is not taken for another's write, and another's
// that it wrote over is told. What is known of the record is not confirmed until it is seen again.
func (t *task) mayHaveWritten(link *journal.Link) {
	half := link.Half(t.intent.Request.Side)
	if version := expected(t.intent); version != "" && t.intent.Request.Side == record.Raynet {
		half.Version, half.Unconfirmed = version, true
	}
}

// counted adds one write of ours to the loop breaker's memory, and an edit if a person's edit caused it. A copy is made because a
// person made or asked back its counterpart; without that edit, four edits of a copy just made would pass for a loop.
func counted(loop journal.Loop, step plan.Step, now time.Time, window time.Duration) journal.Loop {
	if now.Sub(loop.Since) > window {
		loop = journal.Loop{Since: now}
	}
	loop.Writes++
	if step.Edit || step.Op == plan.Create {
		loop.Edits++
	}
	return loop
}
