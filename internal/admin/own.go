package admin

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// Own is how one person's own mailbox stands: what the person may see. No other user's data and no titles are in it.
type Own struct {
	// Address is the mailbox's; empty if nothing of it is synchronised.
	Address string
	Kinds   []OwnKind
	// Paused tells that the person paused it, PausedByOther that somebody else did, so that the person cannot resume it.
	Paused, PausedByOther bool
}

// OwnKind is how one kind stands.
type OwnKind struct {
	Kind   record.Kind
	State  journal.PairState // "pair.<code>"
	Reason string            // "reason.<code>"; may be empty
	Linked int
	// Cycle is when the mailbox was read and everything it showed settled last, Changed when something was done last; zero: never.
	Cycle, Changed time.Time
	Waits          []OwnWait
	// Off tells that the kind is not synchronised because nobody chose it.
	Off bool
}

// OwnWait is how much waits for one reason.
type OwnWait struct {
	Why    journal.Why // "why.<code>"
	Reason string      // "reason.<code>"; may be empty
	Count  int
}

// ownPairs returns the pairs of a mailbox, named by its Graph user id, in the order of kinds.
func (a *Admin) ownPairs(ctx context.Context, mailbox string) ([]journal.Pair, error) {
	if mailbox == "" {
		return nil, nil
	}
	all, err := a.Store.Pairs(ctx, a.Connection.Name)
	if err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(all, func(p journal.Pair) bool { return p.Mailbox != mailbox })
	slices.SortStableFunc(own, func(x, y journal.Pair) int {
		return slices.Index(record.Kinds(), x.Kind) - slices.Index(record.Kinds(), y.Kind)
	})
	return own, nil
}

func chosenPair(p journal.Pair) bool {
	return p.State != journal.PairPaused || p.Reason != reasonNotChosen
}

// MailboxOf returns the address of the mailbox with that Graph user id if the settings choose it, else an empty one.
func (a *Admin) MailboxOf(ctx context.Context, mailbox string) (string, error) {
	pairs, err := a.ownPairs(ctx, mailbox)
	for _, p := range pairs {
		if chosenPair(p) {
			return p.Address, err
		}
	}
	return "", err
}

// Own tells how the mailbox with that Graph user id stands. by is its person's account. It asks neither service.
func (a *Admin) Own(ctx context.Context, mailbox, by string) (Own, error) {
	var own Own
	if mailbox == "" {
		return own, nil
	}
	figures, err := a.Store.Figures(ctx, a.Connection.Name, mailbox)
	if err != nil {
		return own, err
	}
	var pairs []journal.Pair
	for _, kind := range record.Kinds() {
		for _, f := range figures {
			if f.Kind != kind || f.Mailbox != mailbox {
				continue
			}
			waits, err := a.waits(ctx, f)
			if err != nil {
				return own, err
			}
			own.Address = f.Address
			own.Kinds = append(own.Kinds, OwnKind{Kind: kind, State: f.State, Reason: f.Reason, Linked: f.Links[journal.Linked], Cycle: f.Cycle,
				Changed: f.Changed, Waits: waits, Off: !chosenPair(f.Pair)})
			pairs = append(pairs, f.Pair)
		}
	}
	own.Paused, own.PausedByOther, err = a.pausedBy(ctx, pairs, by)
	return own, err
}

// waits counts what waits in a pair by why it does, the most first.
func (a *Admin) waits(ctx context.Context, f store.Figures) ([]OwnWait, error) {
	work, err := a.Store.Work(ctx, f.ID, a.Now().AddDate(100, 0, 0), 0)
	if err != nil {
		return nil, err
	}
	counts := maps.Clone(f.Work)
	if counts == nil {
		counts = map[journal.Why]int{}
	}
	var out []OwnWait
	add := func(why journal.Why, reason string, n int) {
		at := slices.IndexFunc(out, func(w OwnWait) bool { return w.Why == why && w.Reason == reason })
		if at < 0 {
			out, at = append(out, OwnWait{Why: why, Reason: reason}), len(out)
		}
		out[at].Count += n
	}
	for _, w := range work {
		add(w.Why, w.Reason, 1)
		counts[w.Why]--
	}
	for why, left := range counts { // what waits for a person is never due
		if left > 0 {
			add(why, "", left)
		}
	}
	slices.SortFunc(out, func(x, y OwnWait) int {
		return cmp.Or(y.Count-x.Count, strings.Compare(string(x.Why), string(y.Why)), strings.Compare(x.Reason, y.Reason))
	})
	return out, nil
}

// The codes of failures of people who look after their own mailbox.
const (
	FailureNoMailbox = "no-own-mailbox" // nothing of theirs is synchronised
	FailureNotYours  = "not-yours"      // somebody else paused it
	FailureNotPaused = "own-not-paused" // nothing of theirs is paused
	FailureNoKind    = "no-own-kind"    // no kind is left
	FailureOwnFixed  = "own-fixed"      // the configuration file or the environment decides about their kinds
)

// PauseOwn pauses everything of the mailbox with that Graph user id that the settings choose. by is its person's account. The
// failure is FailureNoMailbox.
func (a *Admin) PauseOwn(ctx context.Context, mailbox, by string) error {
	pairs, err := a.ownPairs(ctx, mailbox)
	if err != nil {
		return err
	}
	var kinds []record.Kind
	for _, p := range pairs {
		if chosenPair(p) {
			kinds = append(kinds, p.Kind)
		}
	}
	if len(kinds) == 0 {
		return &Failure{Code: FailureNoMailbox}
	}
	_, err = a.Pause(ctx, pairs[0].Address, kinds, by)
	return err
}

// ResumeOwn resumes what the person paused. Failures: FailureNoMailbox, FailureNotYours, FailureNotPaused.
func (a *Admin) ResumeOwn(ctx context.Context, mailbox, by string) error {
	pairs, err := a.ownPairs(ctx, mailbox)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return &Failure{Code: FailureNoMailbox}
	}
	own, other, err := a.pausedBy(ctx, pairs, by)
	switch {
	case err != nil:
		return err
	case other:
		return &Failure{Code: FailureNotYours}
	case !own:
		return &Failure{Code: FailureNotPaused}
	}
	_, err = a.Resume(ctx, pairs[0].Address, nil, by)
	return err
}

// pausedBy finds out whether the pairs' own person paused any of them, or somebody else did.
func (a *Admin) pausedBy(ctx context.Context, pairs []journal.Pair, by string) (own, other bool, err error) {
	for _, p := range pairs {
		if p.State != journal.PairPaused || p.Reason != reasonPaused {
			continue
		}
		entries, err := a.Store.Journal(ctx, store.JournalFilter{Pair: p.ID, Since: p.Since.Add(-time.Minute), Limit: 200})
		if err != nil {
			return false, false, err
		}
		at := slices.IndexFunc(entries, func(e journal.Entry) bool { return e.Reason == reasonPaused })
		if at >= 0 && entries[at].Author == by {
			own = true
		} else {
			other = true
		}
	}
	return own, other, nil
}
