package plan

import (
	"cmp"
	"slices"
	"time"

	"raynetsync/internal/record"
)

// Order sorts steps so that what is nearest in time is done first and removals come last; the steps of one link stay together and keep
// their order: the last one says that the work is done.
func Order(steps []Step, now time.Time) {
	type place struct {
		rank     int
		distance time.Duration
	}
	of := func(step Step) place { return place{rank(step.Op), distance(step.Link.Span, now)} }
	links := map[string]place{}
	for _, step := range steps {
		at := of(step)
		if known, ok := links[step.Link.ID]; ok {
			at = place{max(at.rank, known.rank), known.distance}
		}
		links[step.Link.ID] = at
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		x, y := of(a), of(b)
		if a.Link.ID != "" {
			x = links[a.Link.ID]
		}
		if b.Link.ID != "" {
			y = links[b.Link.ID]
		}
		return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.distance, y.distance))
	})
}

func rank(op Op) int {
	switch op {
	case Create, Update, Link:
		return 1
	case Delete:
		return 2
	case Unlink, Park, Skip, Note, Forget:
		return 0
	}
	return 0
}

func distance(span record.Span, now time.Time) time.Duration {
	if span.IsZero() {
		return 0
	}
	return span.From.Sub(now).Abs()
}
