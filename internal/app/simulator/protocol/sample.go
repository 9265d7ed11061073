package protocol

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
)

// batch is how many drawn histories are one part: so that one seed draws the same ones however many workers there are.
const batch = 64

// draw lives histories that are drawn from the seed until the time is up.
func (r *run) draw(ctx context.Context, report *Report) {
	lengths := make([]int, len(r.scenarios))
	h := newHistory(r.broken)
	for i, s := range r.scenarios {
		h.begin(s, nil, r.Points, false)
		h.live(ctx)
		lengths[i] = len(h.choices.options)
		if lengths[i] < r.Depth {
			return // so many deviations do not fit
		}
	}
	report.Complete = false
	var mu sync.Mutex
	next := r.Shard
	var wait sync.WaitGroup
	for range r.Workers {
		wait.Go(func() {
			w := worker{run: r, history: newHistory(r.broken)}
			for !r.over(ctx) {
				mu.Lock()
				n := next
				next += r.Shards
				mu.Unlock()
				at := n % len(r.scenarios)
				out := w.sample(ctx, at, uint64(n), lengths[at]) //nolint:gosec // n counts upwards from zero
				mu.Lock()
				report.Scenarios[at].add(&out.counts)
				report.Violations = append(report.Violations, out.bad...)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	slices.SortStableFunc(report.Violations, func(a, b Violation) int { return cmp.Compare(a.Scenario, b.Scenario) })
	r.keep(report)
}

// sample lives one batch of histories of a scenario.
func (w *worker) sample(ctx context.Context, at int, n uint64, length int) outcome {
	w.out = outcome{counts: newCounts(), whole: true}
	rng := rand.New(rand.NewPCG(w.Sample, n))
	s := w.scenarios[at]
	var deviations []Deviation
	for range batch {
		deviations = deviations[:0]
		for len(deviations) < w.Depth {
			at := rng.IntN(length)
			if !slices.ContainsFunc(deviations, func(d Deviation) bool { return d.At == at }) {
				deviations = append(deviations, Deviation{At: at, Option: rng.IntN(1 << 16)})
			}
		}
		slices.SortFunc(deviations, func(a, b Deviation) int { return cmp.Compare(a.At, b.At) })
		w.history.begin(s, deviations, w.Points, true)
		w.history.choices.drawn = true
		w.history.live(ctx)
		if !w.history.choices.exact() {
			continue // fewer deviations than were asked for: that is no history of this depth
		}
		w.history.check()
		w.out.counts.note(&w.history.counts)
		if len(w.history.wrong) > 0 && len(w.out.bad) < perScenario {
			w.out.bad = append(w.out.bad, w.shrink(ctx, s, slices.Clone(deviations)))
		}
	}
	return w.out
}

// shrink leaves deviations out for as long as the history still ends badly, and retells what remains.
func (w *worker) shrink(ctx context.Context, s *scenario, deviations []Deviation) Violation {
	for i := 0; i < len(deviations); {
		fewer := slices.Delete(slices.Clone(deviations), i, i+1)
		w.history.begin(s, fewer, w.Points, true)
		w.history.live(ctx)
		w.history.check()
		if len(w.history.wrong) > 0 {
			deviations, i = fewer, 0
		} else {
			i++
		}
	}
	return w.retell(ctx, s, deviations)
}
