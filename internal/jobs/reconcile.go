package jobs

import (
	"context"
	"fmt"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	// reconcileSlots is into how many parts the work of one interval is divided.
	reconcileSlots = 24
	// windowPage is how many things are planned in one transaction.
	windowPage = 500
)

// reconcile plans what time alone makes due: complete readings of mailboxes, things that entered the window, and links that
// left it. Every run takes a part of the pairs, so that they do not all read at once.
func (r *Runner) reconcile(ctx context.Context) error {
	pairs, err := r.Connection.Store.Pairs(ctx, r.Connection.Name)
	if err != nil {
		return err
	}
	left := len(pairs)/(reconcileSlots/2) + 1
	for _, p := range pairs {
		if p.State != journal.PairRunning || left == 0 {
			continue
		}
		worked, err := r.reconcilePair(ctx, p)
		if err != nil {
			return err
		}
		if worked {
			left--
		}
	}
	return nil
}

// reconcilePair does what is due for one pair. When the mailbox was read completely its feed's cursor tells; the engine reads
// it so now and then by itself, so that says nothing about the window, which has a mark of its own.
func (r *Runner) reconcilePair(ctx context.Context, p journal.Pair) (worked bool, err error) {
	now := r.Connection.Now()
	feed, read, err := r.Plans.Cursor(ctx, engine.FeedScope(p))
	if err != nil || !read {
		return false, err
	}
	aged, known, err := r.Plans.Cursor(ctx, agedScope(p))
	if err != nil {
		return false, err
	}
	if !known || now.Sub(aged.At) >= r.Pace.Reconcile {
		worked = true
		if err := r.age(ctx, p, now); err != nil {
			return true, err
		}
	}
	if !p.Full && now.Sub(feed.Since) >= r.Pace.Reconcile {
		worked = true
		if err := r.Connection.Store.SetPairFull(ctx, p.ID, true); err != nil {
			return true, err
		}
	}
	if !worked {
		return false, nil
	}
	return true, r.Trigger(ctx, p.ID)
}

// agedScope names the mark of when time's passing was last turned into work of the pair.
func agedScope(p journal.Pair) string { return fmt.Sprintf("aged/%d", p.ID) }

// age turns the passing of time into work: of things set aside that the window has reached, and of links it has left. What a user
// took out of his calendar is forgotten when it has left it.
func (r *Runner) age(ctx context.Context, p journal.Pair, now time.Time) error {
	rules := r.Connection.Rules(p)
	if rules.WholeHistory {
		return nil
	}
	work := func(ref remote.Ref) journal.Fact {
		return journal.PutWork{Work: journal.Work{Pair: p.ID, Ref: ref, Why: journal.WhyChanged, Since: now, RetryAt: now}}
	}
	err := r.asides(ctx, p, plan.RuleWindow, func(aside journal.Aside) (journal.Fact, bool) {
		return work(aside.Ref), rules.Within(aside.Span, now)
	})
	if err != nil {
		return err
	}
	err = r.asides(ctx, p, plan.RuleDeclined, func(aside journal.Aside) (journal.Fact, bool) {
		return journal.DropAside{Pair: p.ID, Ref: aside.Ref}, aside.Ref.Side == record.Outlook && plan.Over(rules, aside, now)
	})
	if err != nil {
		return err
	}
	from, _ := rules.Window(now)
	links, err := r.Plans.LinksEnded(ctx, p.ID, from, windowPage)
	if err != nil {
		return err
	}
	facts := make([]journal.Fact, 0, len(links))
	for _, link := range links {
		facts = append(facts, work(link.Outlook.Ref))
	}
	facts = append(facts, journal.PutCursor{Cursor: journal.Cursor{Scope: agedScope(p), At: now, Since: now, Complete: true}})
	return r.plan(ctx, facts)
}

// asides commits what time makes of the things that a rule leaves out.
func (r *Runner) asides(ctx context.Context, p journal.Pair, rule remote.Rule, due func(journal.Aside) (journal.Fact, bool)) error {
	for after := (remote.Ref{}); ; {
		asides, err := r.Plans.AsidesByRule(ctx, p.ID, rule, after, windowPage)
		if err != nil {
			return err
		}
		var facts []journal.Fact
		for _, aside := range asides {
			after = aside.Ref
			if fact, now := due(aside); now {
				facts = append(facts, fact)
			}
		}
		if err := r.plan(ctx, facts); err != nil || len(asides) < windowPage {
			return err
		}
	}
}

// plan writes work. It is noted without a lease, as a person's wish is: it changes nothing by itself.
func (r *Runner) plan(ctx context.Context, facts []journal.Fact) error {
	if len(facts) == 0 {
		return nil
	}
	return r.Connection.Store.Commit(ctx, journal.Fence{}, facts...)
}
