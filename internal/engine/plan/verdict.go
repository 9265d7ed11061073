package plan

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// This file lets a person's verdict take part in the decisions, and keeps the questions that wait for one.

// Verdict is what a person decided about one thing.
type Verdict struct {
	// Prevails says, for fields that both sides changed, whose value is taken.
	Prevails map[record.Field]record.Side
	// Keep says that a removal is not followed: both things stay as they are, and the link is released.
	Keep bool
}

func (v *Verdict) prevails() map[record.Field]record.Side {
	if v == nil {
		return nil
	}
	return v.Prevails
}

func (v *Verdict) keeps() bool { return v != nil && v.Keep }

// Chosen is the way in which two things were matched by a person.
const Chosen = "chosen"

// Rival is the reason of questions about things that fitted where a person chose another one. Only a person answers them.
const Rival = "rival"

// HeldOrphan is the reason of questions about things of Outlook of which nobody knows whether a create made a record of them, and Orphan
// that of the questions about the records that it may have made. Only a person answers them.
const (
	HeldOrphan = "held-orphan"
	Orphan     = "orphan"
)

// LeftBehind is the reason of questions about contacts that we made and whose record is gone, if the database was lost before they were
// removed. Such a question keeps nothing from being done: if the record is there again, it is none any more.
const LeftBehind = "left-behind"

// Lone reports whether a thing about which there is such a question waits for a person, whatever is found to fit it.
func Lone(reason string) bool { return reason == Rival || reason == Orphan }

// Told is the step by which the journal tells what a person decided: choice is the reason's code, by who it was.
func Told(link journal.Link, choice, by string) Step {
	return Step{Op: Note, Link: link, Event: journal.Decided, Reason: choice, Author: by}
}

// Leave decides that nothing is ever done about an unlinked thing, until a person forgets that again. What is like it goes
// before a person.
func Leave(c Context, item Item) []Step {
	d := decision{Context: c, item: item}
	for _, now := range []*remote.Snapshot{present(item.Raynet), present(item.Outlook)} {
		if now != nil {
			aside := d.aside(*now, RuleLeft)
			d.add(Step{Op: Note, Aside: &aside})
		}
	}
	d.settleWork()
	return d.steps
}

// left keeps what is remembered of a thing that is left alone, and the question about one that lies before a person for good. Of
// one that became private or was erased nothing may be kept, and what a rule leaves out is no question any more.
func (d *decision) left(snapshots ...*remote.Snapshot) {
	for _, now := range snapshots {
		if now == nil {
			continue
		}
		work, waits := d.item.work(now.Ref)
		asked := waits && work.Why == journal.WhyReview
		switch rule := d.ruleFor(*now); {
		case rule != "" && (asked || rule == remote.RulePrivate || rule == remote.RuleErased):
			d.skip(*now, rule)
		case asked:
			d.askStill()
		}
	}
}

// ask puts before a person what the last step ended: ref is the thing that is still there. Nothing but a person moves it.
func (d *decision) ask(ref remote.Ref) {
	if len(d.steps) == 0 || ref.IsZero() {
		return
	}
	last := &d.steps[len(d.steps)-1]
	if last.Op == Unlink {
		last.Put = append(last.Put, d.question(ref, last.Reason))
	}
}

// askStill keeps a question that a feed's report has touched.
func (d *decision) askStill() {
	for _, work := range d.item.Work {
		if work.Why == journal.WhyReview {
			d.add(Step{Op: Note, Link: d.link, Put: []journal.Work{d.question(work.Ref, work.Reason)}})
		}
	}
}

func (d *decision) question(ref remote.Ref, reason string) journal.Work {
	return Question(d.Pair.ID, ref, reason, d.Now)
}

// Question is the work that keeps a question until a person answers it: it is never due.
func Question(pair int64, ref remote.Ref, reason string, now time.Time) journal.Work {
	return journal.Work{Pair: pair, Ref: ref, Why: journal.WhyReview, Reason: reason, Since: now}
}
