package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// Look is what a dry look at RAYNET brought (feed.Feed.Look). A dry cycle judges it exactly as a real one would after the
// feed had committed it, though nothing is committed anywhere.
type Look struct {
	At time.Time
	// Reported are the things that the feed has for the pair, in its order.
	Reported []remote.Ref
	// Missing are things of live links that a complete listing of ids did not have, and Swept says that there was one.
	Missing []remote.Ref
	Swept   bool
	// Cleared are things that were suspected to be deleted and that the listing has.
	Cleared []remote.Ref
	// Rows are the rows that were just read.
	Rows Rows
}

// due returns the work to be taken up now.
func (c *cycle) due(ctx context.Context) ([]journal.Work, error) {
	if c.Look == nil {
		return c.Store.Work(ctx, c.Pair.ID, c.Now(), 0)
	}
	all, err := c.Store.Work(ctx, c.Pair.ID, c.Now().AddDate(1000, 0, 0), 0)
	if err != nil {
		return nil, err
	}
	waits := make(map[remote.Ref]bool, len(all))
	for _, work := range all {
		waits[work.Ref] = true
	}
	// What waits for a person alone is never due, unless it is reported.
	asked, err := c.Store.WorkAt(ctx, c.Pair.ID, slices.DeleteFunc(slices.Clone(c.Look.Reported), func(ref remote.Ref) bool { return waits[ref] }))
	if err != nil {
		return nil, err
	}
	return c.Look.over(slices.Concat(all, asked), c.Pair.ID, c.Now()), nil
}

// over lays the look over the work that waits, with the meaning that journal.ReportWork and journal.Suspect have, and returns
// what is due.
func (l *Look) over(all []journal.Work, pair int64, now time.Time) []journal.Work {
	at := make(map[remote.Ref]int, len(all))
	for i, work := range all {
		at[work.Ref] = i
	}
	for _, ref := range l.Reported {
		if i, waits := at[ref]; !waits {
			at[ref] = len(all)
			all = append(all, journal.Work{Pair: pair, Ref: ref, Why: journal.WhyChanged, Since: l.At, RetryAt: l.At})
		} else if all[i].Why != journal.WhyAbsent {
			all[i].RetryAt = l.At
		}
	}
	for _, ref := range l.Missing {
		suspected := journal.Work{Pair: pair, Ref: ref, Why: journal.WhyAbsent, Reason: plan.DeletedInRaynet, Since: l.At, RetryAt: l.At}
		if i, waits := at[ref]; !waits {
			at[ref] = len(all)
			all = append(all, suspected)
		} else if all[i].Why != journal.WhyAbsent {
			all[i] = suspected
		}
	}
	for _, ref := range l.Cleared {
		if i, waits := at[ref]; waits {
			all[i] = journal.Work{Pair: pair, Ref: ref, Why: journal.WhyChanged, Since: l.At.Add(AfterSweep), RetryAt: l.At}
		}
	}
	due := slices.DeleteFunc(all, func(w journal.Work) bool { return w.RetryAt.After(now) })
	slices.SortStableFunc(due, func(a, b journal.Work) int {
		return cmp.Or(a.RetryAt.Compare(b.RetryAt), cmp.Compare(a.Ref.String(), b.Ref.String()))
	})
	return due
}

// row returns the row that a feed has just read and reported as this work, if there is one.
func (c *cycle) row(work journal.Work) (remote.Snapshot, bool) {
	rows := c.Rows
	if c.Look != nil && c.Look.Rows != nil {
		rows = c.Look.Rows
	}
	if rows == nil {
		return remote.Snapshot{}, false
	}
	return rows.Row(work.Ref, c.scope.Zone, work.RetryAt)
}

// swept returns when RAYNET's ids were last listed completely.
func (c *cycle) swept(ctx context.Context) (at time.Time, ok bool, err error) {
	if c.Look != nil && c.Look.Swept {
		return c.Look.At, true, nil
	}
	sweep, ok, err := c.Store.Cursor(ctx, SweepScope(c.Pair.Connection))
	return sweep.At, ok, err
}
