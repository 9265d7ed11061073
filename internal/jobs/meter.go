package jobs

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/record"
)

// What is counted for the charts.
const (
	ToRaynet        = "to-raynet"  // changes carried there
	ToOutlook       = "to-outlook" // changes carried there
	Delay           = "delay"      // milliseconds from the moment a person saved a change until it was on the other side
	RaynetRequests  = "raynet-requests"
	GraphRequests   = "graph-requests"
	RaynetThrottled = "raynet-throttled" // answers that asked us to wait
	GraphThrottled  = "graph-throttled"  // answers that asked us to wait
)

// Figure is how often something happened, with the sum and the largest of its values.
type Figure struct {
	Name           string
	N, Total, Most int64
}

// Meter counts in memory, because what it counts happens more often than the disk should be written; Flush makes it durable. It
// is safe for concurrent use. A nil Meter counts nothing.
type Meter struct {
	// Prefix is put before the names when they are kept; Keep takes the figures of the hour in which at lies.
	Prefix string
	Keep   func(ctx context.Context, at time.Time, figures []Figure) error

	mu      sync.Mutex
	figures map[string]Figure // guarded by mu
}

// Count notes that something happened n times.
func (m *Meter) Count(name string, n int) { m.add(Figure{Name: name, N: int64(n)}) }

// carried notes what came of a cycle.
func (m *Meter) carried(outcome engine.Outcome) {
	m.Count(ToRaynet, outcome.Carried[record.Raynet])
	m.Count(ToOutlook, outcome.Carried[record.Outlook])
	m.add(Figure{Name: Delay, N: int64(outcome.Delays), Total: outcome.Delay.Milliseconds(), Most: outcome.Longest.Milliseconds()})
}

func (m *Meter) add(f Figure) {
	if m == nil || f.N <= 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.figures == nil {
		m.figures = map[string]Figure{}
	}
	sum := m.figures[f.Name]
	m.figures[f.Name] = Figure{Name: f.Name, N: sum.N + f.N, Total: sum.Total + f.Total, Most: max(sum.Most, f.Most)}
}

// Flush keeps what was counted since the last time under the hour of now. If that fails it is kept the next time.
func (m *Meter) Flush(ctx context.Context, now time.Time) error {
	if m == nil || m.Keep == nil {
		return nil
	}
	m.mu.Lock()
	counted := m.figures
	m.figures = nil
	m.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	figures := make([]Figure, 0, len(counted))
	for _, name := range slices.Sorted(maps.Keys(counted)) {
		figure := counted[name]
		figure.Name = m.Prefix + name
		figures = append(figures, figure)
	}
	err := m.Keep(ctx, now, figures)
	if err != nil {
		for _, figure := range counted {
			m.add(figure)
		}
	}
	return err
}
