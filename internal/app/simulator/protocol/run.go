package protocol

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options choose the histories to be lived.
type Options struct {
	// Scenarios are names of Scenarios, or beginnings of names that are no name themselves; none means all.
	Scenarios []string
	// Depth is how many deviations a history has at most, Points among how many of its first questions they are; 0 means 2 and 60.
	Depth, Points int
	// Shard of Shards is the share that is lived: every part is in exactly one of them, and always in the same. 0 of 0 is everything.
	Shard, Shards int
	// For bounds how long it may take; 0 means until every history was lived, or for ever where they are drawn.
	For time.Duration
	// Sample, if not 0, is the seed from which histories of exactly Depth deviations are drawn.
	Sample uint64
	// Workers is how many histories are lived at the same time; 0 means as many as there are processors.
	Workers int
}

// perScenario is how many violations of one scenario are kept.
const perScenario = 3

// part is all histories of one number of deviations that begin with one deviation.
type part struct {
	scenario int
	level    int
	first    []Deviation // none at level 0
	all      int         // how many histories it has, 0 if that is not known
}

// outcome is what came of a part.
type outcome struct {
	counts Counts
	bad    []Violation
	whole  bool
}

// run is Run at work.
type run struct {
	Options
	scenarios []*scenario
	until     time.Time
	broken    breakage
	tell      func(string)

	mu   sync.Mutex
	stop []int // guarded by mu; per scenario, the level behind which nothing is lived because of violations
}

// Run lives every history of the options, those of the fewest deviations first, so that the first one that ends badly is among the
// smallest; where a scenario has one, no greater ones are lived of it. tell, if not nil, is told about progress. The report is good for what it counts also when
// ctx or Options.For ended the run early; the error is one of the options alone.
func Run(ctx context.Context, options Options, tell func(string)) (Report, error) {
	return explore(ctx, options, sound, tell)
}

func explore(ctx context.Context, options Options, broken breakage, tell func(string)) (Report, error) {
	r := &run{Options: options, broken: broken, tell: tell}
	if err := r.prepare(); err != nil {
		return Report{}, err
	}
	// The heap of a history is so small that it would be swept all the time; pages that are never touched cost nothing.
	ballast := make([]byte, 256<<20)
	defer runtime.KeepAlive(ballast)
	started := time.Now()
	if r.For > 0 {
		r.until = started.Add(r.For)
	}
	report := Report{Depth: r.Depth, Points: r.Points, Shard: r.Shard, Shards: r.Shards, Sample: r.Sample, Complete: true, Violations: []Violation{}}
	for _, s := range r.scenarios {
		report.Scenarios = append(report.Scenarios, ScenarioCounts{Name: s.name, Counts: newCounts()})
	}
	if r.Sample != 0 {
		r.draw(ctx, &report)
	} else {
		r.everything(ctx, &report)
	}
	report.Total = newCounts()
	for i := range report.Scenarios {
		report.Scenarios[i].cover()
		report.Total.add(&report.Scenarios[i].Counts)
	}
	report.Total.cover()
	report.Duration = time.Since(started)
	return report, nil
}

func (r *run) prepare() error {
	r.Depth, r.Points, r.Shards = cmp.Or(r.Depth, 2), cmp.Or(r.Points, 60), cmp.Or(r.Shards, 1)
	r.Workers = cmp.Or(r.Workers, runtime.GOMAXPROCS(0))
	if r.Depth < 0 || r.Points < 1 || r.Shard < 0 || r.Shard >= r.Shards || r.Workers < 1 || r.For < 0 {
		return fmt.Errorf("depth %d, points %d, shard %d of %d, %d workers: these options choose nothing", r.Depth, r.Points, r.Shard, r.Shards, r.Workers)
	}
	all := scenarios()
	wanted := make([]bool, len(all))
	for _, name := range r.Scenarios {
		whole := slices.ContainsFunc(all, func(s *scenario) bool { return s.name == name })
		found := false
		for i, s := range all {
			if s.name == name || !whole && strings.HasPrefix(s.name, name) {
				wanted[i], found = true, true
			}
		}
		if !found {
			return fmt.Errorf("no scenario is called %q: there are %q", name, Scenarios())
		}
	}
	for i, s := range all {
		if wanted[i] || len(r.Scenarios) == 0 {
			r.scenarios = append(r.scenarios, s)
		}
	}
	r.stop = make([]int, len(r.scenarios))
	for i := range r.stop {
		r.stop[i] = r.Depth
	}
	return nil
}

// over reports whether the time is up.
func (r *run) over(ctx context.Context) bool {
	return ctx.Err() != nil || !r.until.IsZero() && !time.Now().Before(r.until)
}

// everything lives all histories of the shard, level by level.
func (r *run) everything(ctx context.Context, report *Report) {
	parts := r.parts(ctx, report)
	outcomes := make([]outcome, len(parts))
	next := make(chan int)
	var wait sync.WaitGroup
	for range r.Workers {
		wait.Go(func() {
			w := worker{run: r, history: newHistory(r.broken)}
			for i := range next {
				outcomes[i] = w.live(ctx, parts[i])
			}
		})
	}
	level := -1
	for i := range parts {
		if r.over(ctx) {
			break
		}
		if parts[i].level != level && r.tell != nil {
			level = parts[i].level
			r.tell(fmt.Sprintf("histories of %d deviations", level))
		}
		next <- i
	}
	close(next)
	wait.Wait()
	for i := range parts {
		counts := &report.Scenarios[parts[i].scenario].Counts
		counts.add(&outcomes[i].counts)
		if outcomes[i].whole && parts[i].level == r.Depth {
			counts.Lived++
		}
		report.Complete = report.Complete && outcomes[i].whole
		report.Violations = append(report.Violations, outcomes[i].bad...)
	}
	r.keep(report)
}

// keep leaves the smallest violations of each scenario.
func (r *run) keep(report *Report) {
	slices.SortStableFunc(report.Violations, func(a, b Violation) int { return cmp.Compare(len(a.Deviations), len(b.Deviations)) })
	seen := map[string]int{}
	report.Violations = slices.DeleteFunc(report.Violations, func(v Violation) bool {
		seen[v.Scenario]++
		return seen[v.Scenario] > perScenario
	})
}

// parts divides all histories of the shard, in the order in which they are lived. How many there are of one and of two deviations
// is counted here, by living those of one less.
func (r *run) parts(ctx context.Context, report *Report) []part {
	h := newHistory(r.broken)
	levels := make([][]part, r.Depth+1)
	for i, s := range r.scenarios {
		counts := &report.Scenarios[i].Counts
		h.begin(s, nil, r.Points, false)
		h.live(ctx)
		if r.Shard == 0 {
			levels[0] = append(levels[0], part{scenario: i, all: 1})
		}
		counts.All = 1
		if r.Depth == 0 {
			counts.Parts = 1
			continue
		}
		options := slices.Clone(h.choices.options)
		n := 0
		for at, some := range options {
			for option := 1; option < int(some); option++ {
				first := []Deviation{{at, option}}
				counts.All++
				counts.Parts++
				if r.Depth == 2 {
					h.begin(s, first, r.Points, false)
					h.live(ctx)
					counts.All += h.choices.combinations()
				}
				if n%r.Shards == r.Shard {
					for level := 1; level <= r.Depth; level++ {
						levels[level] = append(levels[level], part{scenario: i, level: level, first: first})
					}
				}
				n++
			}
		}
		if r.Depth > 2 {
			counts.All = 0
		}
	}
	return slices.Concat(levels...)
}

// worker lives one history after another.
type worker struct {
	*run
	history *history
	out     outcome
	lived   int
}

// live lives all histories of a part.
func (w *worker) live(ctx context.Context, p part) outcome {
	w.out = outcome{counts: newCounts(), whole: true}
	w.mu.Lock()
	skip := p.level > w.stop[p.scenario]
	w.mu.Unlock()
	if skip {
		w.out.whole = false
		return w.out
	}
	w.walk(ctx, p, p.first)
	if len(w.out.bad) > 0 {
		w.mu.Lock()
		w.stop[p.scenario] = min(w.stop[p.scenario], p.level)
		w.mu.Unlock()
	}
	return w.out
}

// walk lives the history with these deviations if it has as many as the part's, and all that have more otherwise.
func (w *worker) walk(ctx context.Context, p part, deviations []Deviation) {
	if w.lived++; w.lived%64 == 0 && w.over(ctx) {
		w.out.whole = false
	}
	if !w.out.whole || len(w.out.bad) == perScenario {
		return
	}
	h, s := w.history, w.scenarios[p.scenario]
	h.begin(s, deviations, w.Points, len(deviations) == p.level)
	h.live(ctx)
	if len(deviations) == p.level {
		h.check()
		w.out.counts.note(&h.counts)
		if len(h.wrong) > 0 {
			w.out.bad = append(w.out.bad, w.retell(ctx, s, deviations))
		}
		return
	}
	options := slices.Clone(h.choices.options)
	for at := h.choices.after(); at < len(options); at++ {
		for option := 1; option < int(options[at]); option++ {
			w.walk(ctx, p, append(deviations[:len(deviations):len(deviations)], Deviation{at, option}))
		}
	}
}

// retell lives a history once more and writes down what happens.
func (w *worker) retell(ctx context.Context, s *scenario, deviations []Deviation) Violation {
	h := w.history
	h.begin(s, deviations, w.Points, true)
	h.traced = true
	h.live(ctx)
	h.check()
	return Violation{Scenario: s.name, Deviations: slices.Clone(deviations), What: h.wrong, Trace: h.trace}
}
