package apply

import (
	"errors"
	"strconv"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// task is the work on one link: the steps still to be done (jobs), the one under way (job), the link as it is now. It has at most one action under way; then says what its event means.
type task struct {
	core *Core
	id   int
	side record.Side
	jobs []job

	job        job
	link       journal.Link
	intent     journal.Intent
	movedUp    record.Shown // what moved up in Outlook when the link was last written there
	recovering bool
	bulk       []plan.Step // steps that only set things aside: settled together
	then       func(Event) []Action
}

type job struct {
	step plan.Step
	op   string
}

func (t *task) start(now time.Time) []Action {
	if t.recovering {
		return t.recover(now)
	}
	if len(t.bulk) > 0 {
		return t.together()
	}
	return t.nextJob(now)
}

func (t *task) resume(event Event) []Action { return t.then(event) }

// nextJob takes up the next step of the link. No action means that the task is over.
func (t *task) nextJob(now time.Time) []Action {
	if len(t.jobs) == 0 {
		return nil
	}
	t.job, t.jobs = t.jobs[0], t.jobs[1:]
	step := t.job.step
	if t.core.stopped(step.Side) && step.Op.Writes() || t.core.result.Store != nil {
		t.core.result.Skipped += 1 + len(t.jobs)
		return t.over()
	}
	t.link = step.Link
	if settled, ok := t.core.links[step.Link.ID]; ok {
		t.link = settled
	}
	if step.Op.Writes() {
		return t.compose()
	}
	return t.local(now)
}

// over drops what was still to be done for the link: it must be looked at anew.
func (t *task) over() []Action {
	t.jobs = nil
	return nil
}

func (t *task) commit(facts []journal.Fact, then func(Event) []Action) []Action {
	t.then = func(event Event) []Action {
		if event.Err != nil && t.core.result.Store == nil && !t.refused(event.Err) {
			t.core.result.Store = event.Err
		}
		return then(event)
	}
	return []Action{Commit{Task: t.id, Facts: facts}}
}

// refused reports whether the store turned down just these facts because another pair or task is at the same record.
func (t *task) refused(err error) bool { return errors.Is(err, journal.ErrBusy) }

// local settles a step that writes to no service.
func (t *task) local(now time.Time) []Action {
	step := t.job.step
	link := t.link
	t.adopt(&link, step)
	facts := t.aftermath(step)
	if link.ID != "" && step.Op != plan.Skip && (step.Op != plan.Park || step.State != "") {
		if step.State != "" {
			t.enter(&link, step, now)
		}
		if step.Op == plan.Forget {
			facts = append(facts, journal.DropLink{ID: link.ID})
		} else {
			facts = append(facts, journal.PutLink{Link: link})
		}
	}
	if step.Event != "" {
		entry := t.entry(link, step, step.Event, now)
		if made := step.Source; step.Op == plan.Link && made != nil && made.Stamp != nil && made.Stamp.Source == link.Raynet.Ref {
			entry.Op = made.Stamp.Op // an earlier life's, by which its copy is known when it is gone
		}
		facts = append(facts, journal.AddEntry{Entry: entry})
	}
	if len(facts) == 0 {
		return t.nextJob(now)
	}
	return t.commit(facts, func(event Event) []Action {
		if event.Err != nil {
			if !t.refused(event.Err) {
				return t.over()
			}
			t.core.result.Again++
			return t.commit([]journal.Fact{t.keep(step, journal.WhyChanged, "busy", "", event.At, event.At)}, t.end)
		}
		t.settled(link, step)
		return t.nextJob(event.At)
	})
}

// together settles steps that only set things aside in one commit.
func (t *task) together() []Action {
	var facts []journal.Fact
	for _, step := range t.bulk {
		facts = append(facts, t.aftermath(step)...)
	}
	return t.commit(facts, func(event Event) []Action {
		if event.Err == nil {
			for _, step := range t.bulk {
				t.settled(journal.Link{}, step)
			}
		}
		return nil
	})
}

// settled notes that a step is over and what the link is now.
func (t *task) settled(link journal.Link, step plan.Step) {
	if link.ID != "" {
		t.core.links[link.ID] = link
	}
	t.core.result.Steps[step.Op]++
	for _, work := range step.Put {
		if work.Why == journal.WhyParked || work.Why == journal.WhyReview {
			t.core.result.Parked++
		}
	}
}

// adopt takes over what the step says about either half.
func (t *task) adopt(link *journal.Link, step plan.Step) {
	for _, half := range []struct {
		of       *journal.Half
		adoption plan.Adoption
	}{{&link.Raynet, step.Raynet}, {&link.Outlook, step.Outlook}} {
		if half.adoption.Confirmed || half.adoption.Version != "" {
			half.of.Unconfirmed = false
			half.of.Version = half.adoption.Version
		}
		half.of.Shown = over(half.of.Shown, half.adoption.Shown)
	}
	span(link, step)
}

// span keeps the link's span in step with the newest source.
func span(link *journal.Link, step plan.Step) {
	for _, seen := range []*remote.Snapshot{step.Source, step.Target} {
		if seen != nil && !seen.Span.IsZero() {
			link.Span = seen.Span
			break
		}
	}
}

// over returns base with the digests of more laid over it; neither is changed.
func over(base, more record.Shown) record.Shown {
	if len(more) == 0 {
		return base
	}
	out := base.Clone()
	if out == nil {
		out = record.Shown{}
	}
	for name, digest := range more {
		out[name] = digest
	}
	return out
}

// enter changes the link's state.
func (t *task) enter(link *journal.Link, step plan.Step, now time.Time) {
	link.State, link.Reason, link.Since = step.State, step.Reason, now
	if step.State == journal.Linked {
		link.Reason = ""
	}
}

// aftermath lists what a step settles beside its link: work, asides, erasure.
func (t *task) aftermath(step plan.Step) []journal.Fact {
	var facts []journal.Fact
	for _, work := range step.Put {
		facts = append(facts, journal.PutWork{Work: work})
	}
	for _, report := range step.Report {
		facts = append(facts, report)
	}
	for _, done := range step.Done {
		facts = append(facts, journal.DoneWork(done))
	}
	if step.Aside != nil {
		facts = append(facts, journal.PutAside{Aside: *step.Aside})
	}
	for _, ref := range step.Drops {
		facts = append(facts, journal.DropAside{Pair: t.core.config.Pair, Ref: ref})
	}
	return append(facts, t.erasure(step)...)
}

// erasure removes what is kept of a link's values, if the step says so.
func (t *task) erasure(step plan.Step) []journal.Fact {
	if !step.Erase || step.Link.ID == "" {
		return nil
	}
	return []journal.Fact{journal.EraseValues{Pair: t.core.config.Pair, LinkID: step.Link.ID}}
}

func (t *task) entry(link journal.Link, step plan.Step, event journal.Event, now time.Time) journal.Entry {
	entry := journal.Entry{
		At: now, Run: t.core.config.Run, Pair: t.core.config.Pair, LinkID: link.ID, Op: t.job.op,
		Event: event, Side: step.Side, Raynet: link.Raynet.Ref, Outlook: link.Outlook.Ref,
		Reason: step.Reason, Author: step.Author,
	}
	if step.Op == plan.Update || step.Op == plan.Delete {
		entry.Changes = step.Changes
	}
	return entry
}

// keep is the work that brings the source of a step back into a later cycle.
func (t *task) keep(step plan.Step, why journal.Why, reason, detail string, now, retryAt time.Time) journal.PutWork {
	ref := step.Link.Raynet.Ref
	if step.Source != nil {
		ref = step.Source.Ref
	} else if step.Target != nil {
		ref = step.Target.Ref
	}
	tries := step.Tries
	if why == journal.WhyParked {
		tries++
	}
	return journal.PutWork{Work: journal.Work{Pair: t.core.config.Pair, Ref: ref, Why: why, Reason: reason, Detail: detail,
		Tries: tries, Since: now, RetryAt: retryAt}}
}

// beside ends the other work of the link when one of its things is parked: both sides are looked at when that is due, and until
// then nothing may ask for what was just refused.
func (t *task) beside(parked journal.PutWork) []journal.Fact {
	var facts []journal.Fact
	for _, job := range append([]job{t.job}, t.jobs...) {
		for _, done := range job.step.Done {
			if done.Ref != parked.Work.Ref {
				facts = append(facts, done)
			}
		}
	}
	return facts
}

// following returns the version that a counting version has after one more write, or empty if it does not count.
func following(version remote.Version) remote.Version {
	n, err := strconv.ParseInt(string(version), 10, 64)
	if err != nil {
		return ""
	}
	return remote.Version(strconv.FormatInt(n+1, 10))
}
