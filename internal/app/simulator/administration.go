package simulator

import (
	"context"
	"errors"
	"slices"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// administrator is who decides.
const administrator = "Alena"

// order is a verb of the administrator.
func order(name string, weight int, do func(context.Context, *world) error) verb {
	return verb{name: name, weight: weight, do: func(ctx context.Context, w *world) error {
		w.stats.Operations++
		return do(ctx, w)
	}}
}

// administration lists what the administrator does.
func administration() []verb {
	return []verb{
		order("administration: somebody is paused", 2, func(ctx context.Context, w *world) error { return w.pause(ctx) }),
		order("administration: somebody is resumed", 3, func(ctx context.Context, w *world) error { return w.resume(ctx) }),
		order("administration: everything is read anew", 2, func(ctx context.Context, w *world) error { return w.readAnew(ctx) }),
		order("administration: another side wins", 2, func(ctx context.Context, w *world) error {
			return w.legislate(ctx, func(r *setting) { r.clash = pick(w.rng, pair.Ask, pair.OutlookWins, pair.RaynetWins) })
		}),
		order("administration: the window is another one", 2, func(ctx context.Context, w *world) error {
			return w.legislate(ctx, func(r *setting) { r.back, r.forward = pick(w.rng, 0, 3, 14, 30), pick(w.rng, 7, 30, 365) })
		}),
		order("administration: something that waits is decided", 4, func(ctx context.Context, w *world) error { return w.verdict(ctx) }),
	}
}

// setting is what an administrator chose other than usual; zero is as usual.
type setting struct {
	clash         pair.Clash
	back, forward int // days
}

// rulesOf are the rules as they are set now.
func (w *world) rulesOf(p journal.Pair) pair.Rules {
	r := rules(p)
	if w.setting.clash != "" {
		r.Clash = w.setting.clash
	}
	if w.setting.forward != 0 && !r.WholeHistory {
		r.Back, r.Forward = days(w.setting.back), days(w.setting.forward)
	}
	return r
}

// legislate changes the rules, for which the process is started anew.
func (w *world) legislate(ctx context.Context, change func(*setting)) error {
	change(&w.setting)
	w.say("the rules are %+v now", w.setting)
	return w.restart(ctx)
}

// pause stops what is synchronised for somebody.
func (w *world) pause(ctx context.Context) error {
	u := pick(w.rng, w.users...)
	w.say("%s is paused", u.login)
	_, err := w.office().Pause(ctx, u.login, []record.Kind{pick(w.rng, w.kinds...)}, administrator)
	return err
}

// resume lets go on what was paused for somebody.
func (w *world) resume(ctx context.Context) error {
	return w.resumeOne(ctx, pick(w.rng, w.users...))
}

func (w *world) resumeOne(ctx context.Context, u user) error {
	_, err := w.office().Resume(ctx, u.login, nil, administrator)
	if failure, ok := errors.AsType[*admin.Failure](err); ok && failure.Code == admin.FailurePaused {
		return nil
	}
	w.say("%s is resumed", u.login)
	return err
}

// readAnew has everything read whole, as a full synchronisation does that somebody asks for.
func (w *world) readAnew(ctx context.Context) error {
	w.say("everything is read anew")
	_, err := w.conn.Poll(ctx, true)
	w.sight.unread = w.sight.unread && err != nil
	if err != nil && !w.sight.unread {
		w.ledger.missed()
	}
	if err := w.tolerable("poll", err); err != nil {
		return err
	}
	return w.everybody(func(_ user, _ record.Kind, pair int64) error { return w.store.SetPairFull(ctx, pair, true) })
}

// asUsual takes back what administrators set, so that in the end everything may agree.
func (w *world) asUsual(ctx context.Context) error {
	for _, u := range w.users {
		if err := w.resumeOne(ctx, u); err != nil {
			return err
		}
	}
	if w.setting == (setting{}) {
		return nil
	}
	if err := w.legislate(ctx, func(s *setting) { *s = setting{} }); err != nil {
		return err
	}
	return w.readAnew(ctx)
}

// pausedByPerson reports whether a pair stands still because an administrator wants it.
func pausedByPerson(paused *jobs.PausedError) bool { return paused.Pair.State == journal.PairPaused }

// verdict decides about something that waits for a person.
func (w *world) verdict(ctx context.Context) error {
	office := w.office()
	items, _, err := office.Reviews(ctx, admin.ReviewOptions{})
	if err := w.tolerable("review", err); err != nil || len(items) == 0 {
		return err
	}
	it := pick(w.rng, items...)
	able := slices.DeleteFunc(slices.Clone(it.Choices), func(choice string) bool {
		return choice == admin.ChoiceFields || choice == admin.ChoiceContainer
	})
	if len(able) == 0 {
		return nil
	}
	d := admin.Decision{ID: it.ID, Seen: it.Seen, Choice: pick(w.rng, able...), By: administrator}
	if d.Choice == admin.ChoiceLink {
		fit := slices.DeleteFunc(slices.Clone(it.Candidates), func(c admin.ReviewCandidate) bool { return !c.Able })
		if len(fit) == 0 {
			return nil
		}
		d.Candidate = pick(w.rng, fit...).Ref
	}
	err = w.decide(ctx, it, d)
	if _, refused := errors.AsType[*admin.Failure](err); refused {
		w.say("the decision is refused: %v", err)
		return nil
	}
	return w.tolerable("decide", err)
}

// decides notes what a decision allows: a copy of its own makes two, making it again is what a person asks for.
func (w *world) decides(it admin.ReviewItem, d admin.Decision) {
	w.say("%s decides about %s of %s (%s %s): %s %s", administrator, it.What, it.User, it.Kind, it.Reason, d.Choice, d.Candidate)
	for _, side := range []*admin.ReviewSide{it.Raynet, it.Outlook} {
		if side == nil {
			continue
		}
		canary := w.shownAs(side)
		switch d.Choice {
		case admin.ChoiceLeave:
			if it.Reason == plan.LeftBehind {
				w.ledger.left[side.Ref] = true
			}
		case admin.ChoiceNew:
			w.ledger.doubled[canary], w.ledger.touched[canary] = true, true
		case admin.ChoiceAgain:
			delete(w.ledger.removed, recordKey(canary))
			for _, u := range w.users {
				if u.login == it.User {
					delete(w.ledger.removed, itemKey(u.mailbox, canary))
					w.ledger.wanted[itemKey(u.mailbox, canary)] = true
				}
			}
		}
	}
}

// shownAs is what a thing is known by that a question shows. Its title may tell of others: of a person who was merged into it.
func (w *world) shownAs(side *admin.ReviewSide) string {
	for _, t := range w.all() {
		if t.ref.String() == side.Ref {
			return t.canary
		}
	}
	return canaryOf(side.Title)
}

// answerGuard is what an administrator does about a pair that a guard stopped: he lets it go on, approves exactly what he was
// shown, or keeps it.
func (w *world) answerGuard(ctx context.Context, p int64) error {
	choice := pick(w.rng, "", admin.ChoiceApprove, admin.ChoiceKeep)
	if choice == "" {
		return w.store.Commit(ctx, noFence, release(p))
	}
	items, _, err := w.office().Reviews(ctx, admin.ReviewOptions{What: []string{admin.ReviewHalted}})
	if err := w.tolerable("review", err); err != nil {
		return err
	}
	for _, it := range items {
		if !slices.Contains(it.Choices, choice) {
			continue
		}
		err := w.decide(ctx, it, admin.Decision{ID: it.ID, Seen: it.Seen, Choice: choice, By: administrator})
		_, refused := errors.AsType[*admin.Failure](err)
		_, failed := errors.AsType[*remote.Error](err)
		if err != nil && !refused && !failed {
			return err
		}
		return nil
	}
	return w.store.Commit(ctx, noFence, release(p))
}
