package simulator

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Plan says which histories are lived.
type Plan struct {
	Options

	// Seed is the first one, Histories how many follow each other from there; 0 means as many as fit into For.
	Seed      uint64
	Histories int
	// For is after how long no further history is begun; 0 is no limit.
	For time.Duration
	// Twice is every how many-th history is lived a second time, to see that its trace is the same; 0 is none.
	Twice int
	// Workers is how many histories are lived at the same time; 0 is one for each processor.
	Workers int
	// Dir is where their databases lie meanwhile; empty is a folder in memory where there is one.
	Dir string
	// Failing is how many histories may fail before no further one is begun; 0 means 100.
	Failing int
}

// Report is what came of many histories.
type Report struct {
	Seed      uint64 `json:"seed"`
	Histories int    `json:"histories"`
	// Violations counts histories in which something happened that must never happen.
	Violations int `json:"violations"`
	Stats
	// Twice counts histories that were lived two times; Different those whose second trace was another one.
	Twice     int `json:"twice"`
	Different int `json:"different"`
	// Checked counts, by checker, the histories in which there was something to look at.
	Checked map[string]int `json:"checked"`
	// Verbs counts how often each thing happened.
	Verbs   map[string]int `json:"verbs"`
	Seconds float64        `json:"seconds"`
	// Failed are the histories that went wrong, the first ones first.
	Failed []Failure `json:"failed,omitempty"`
}

// Failure is a history that went wrong.
type Failure struct {
	Seed       uint64      `json:"seed"`
	Violations []Violation `json:"violations"`
	Script     Script      `json:"script"`
	File       string      `json:"file,omitempty"` // where it was saved
}

// Many lives many histories. tell is called after each, one call at a time.
func Many(ctx context.Context, plan Plan, tell func(Report)) (Report, error) {
	began := time.Now()
	dir, err := os.MkdirTemp(plan.Dir, "histories-")
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	m := &many{plan: plan, dir: dir, tell: tell, began: began, next: plan.Seed,
		report: Report{Seed: plan.Seed, Checked: map[string]int{}, Verbs: map[string]int{}}}
	for _, checker := range Checkers() {
		m.report.Checked[checker] = 0
	}
	workers := plan.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { m.work(ctx) })
	}
	all.Wait()
	m.report.Seconds = time.Since(began).Seconds()
	slices.SortFunc(m.report.Failed, func(a, b Failure) int { return int(int64(a.Seed) - int64(b.Seed)) })
	return m.report, m.err
}

// memory is a folder that no disk slows down, on the systems that have one.
const memory = "/dev/shm"

// Shelf returns where databases of histories lie best: in memory, if the machine has a folder there, else in the folder for
// temporary files.
func Shelf() string {
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return os.TempDir()
}

// many are the histories under way.
type many struct {
	plan  Plan
	dir   string
	tell  func(Report)
	began time.Time

	mu     sync.Mutex
	next   uint64
	report Report
	err    error
}

// take returns the next seed; ok is false if there is none.
func (m *many) take(ctx context.Context) (seed uint64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	failing := m.plan.Failing
	if failing == 0 {
		failing = 100
	}
	done := m.plan.Histories > 0 && m.next-m.plan.Seed >= uint64(m.plan.Histories) ||
		m.plan.For > 0 && time.Since(m.began) >= m.plan.For
	if m.err != nil || done || len(m.report.Failed) >= failing || ctx.Err() != nil {
		return 0, false
	}
	seed = m.next
	m.next++
	return seed, true
}

func (m *many) work(ctx context.Context) {
	for {
		seed, ok := m.take(ctx)
		if !ok {
			return
		}
		result, different, err := m.one(ctx, seed)
		m.mu.Lock()
		if ctx.Err() == nil {
			m.add(seed, result, different, err)
		}
		m.mu.Unlock()
	}
}

// again reports whether the history of a seed is lived twice.
func (m *many) again(seed uint64) bool { return m.plan.Twice > 0 && seed%uint64(m.plan.Twice) == 0 }

func (m *many) one(ctx context.Context, seed uint64) (result Result, different bool, err error) {
	script := Draw(seed, m.plan.Options)
	if result, err = m.live(ctx, script); err != nil || !m.again(seed) {
		return result, false, err
	}
	second, err := m.live(ctx, script)
	return result, second.Hash != result.Hash, err
}

func (m *many) live(ctx context.Context, script Script) (Result, error) {
	dir, err := os.MkdirTemp(m.dir, "history-")
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return Live(ctx, script, dir)
}

// add counts the history of a seed. (One that resembles saved ones may have another seed for its world.)
func (m *many) add(seed uint64, result Result, different bool, err error) {
	if err != nil {
		m.err = fmt.Errorf("seed %d: %w", seed, err)
		return
	}
	r := &m.report
	r.Histories++
	r.Stats.add(result.Stats)
	if m.again(seed) {
		r.Twice++
	}
	if different {
		r.Different++
		result.Violations = append(result.Violations, Violation{Checker: stopped, What: "lived a second time, it went another way"})
	}
	for checker, n := range result.Checked { // any order: sums
		r.Checked[checker] += min(n, 1)
	}
	for _, step := range result.Script.Steps {
		r.Verbs[step.Do]++
	}
	if len(result.Violations) > 0 {
		r.Violations++
		r.Failed = append(r.Failed, Failure{Seed: seed, Violations: result.Violations, Script: result.Script})
	}
	if m.tell != nil {
		shown := *r
		shown.Checked, shown.Verbs, shown.Seconds = maps.Clone(r.Checked), maps.Clone(r.Verbs), time.Since(m.began).Seconds()
		m.tell(shown)
	}
}

func (s *Stats) add(more Stats) {
	s.Operations += more.Operations
	s.Faults += more.Faults
	s.Crashes += more.Crashes
	s.Restores += more.Restores
	s.Losses += more.Losses
	s.Overtaken += more.Overtaken
	s.Requests += more.Requests
	s.Cycles += more.Cycles
	s.Blind += more.Blind
	s.Held += more.Held
	s.Impatient += more.Impatient
	s.Residue += more.Residue
}

// SaveFailure writes a failing history into a folder, named by its seed and what it violates.
func SaveFailure(dir string, f Failure) (path string, err error) {
	name := fmt.Sprintf("%s-seed-%d.json", f.Violations[0].Checker, f.Seed)
	path = filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return path, f.Script.Save(path)
}
