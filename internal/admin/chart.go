package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/jobs"
)

// Point is what happened in one part of a chart.
type Point struct {
	At time.Time `json:"at"`
	// ToRaynet and ToOutlook are the changes that were carried there.
	ToRaynet  int `json:"to_raynet"`
	ToOutlook int `json:"to_outlook"`
	// Delay is how long a change took from the moment at which a person saved it until it was on the other side, in seconds, on
	// average; Longest the longest. Timed is how many changes these are about: RAYNET tells the moment to the minute, and a first
	// synchronisation carries what nobody waits for.
	Delay   float64 `json:"delay_seconds"`
	Longest float64 `json:"longest_seconds"`
	Timed   int     `json:"timed"`
	// Raynet and Graph are the requests that were made, Throttled the answers of both that asked us to wait.
	Raynet    int `json:"raynet_requests"`
	Graph     int `json:"graph_requests"`
	Throttled int `json:"throttled"`
}

// charts fills in what happened lately.
func (a *Admin) charts(ctx context.Context, o *Overview) error {
	const week, day, part = 7 * 24 * time.Hour, 24 * time.Hour, 6 * time.Hour
	now := o.At.UTC().Truncate(time.Hour)
	samples, err := a.Store.Samples(ctx, now.Add(-week))
	if err != nil {
		return err
	}
	o.Day, o.Week = points(now, day, time.Hour), points(now, week, part)
	delays := map[*Point]int64{} // milliseconds
	prefix := a.Connection.Name + "/"
	for _, s := range samples {
		name, ours := strings.CutPrefix(s.Name, prefix)
		if !ours {
			continue
		}
		for _, p := range []*Point{place(o.Day, s.At, time.Hour), place(o.Week, s.At, part)} {
			if p == nil {
				continue
			}
			switch name {
			case jobs.ToRaynet:
				p.ToRaynet += int(s.N)
			case jobs.ToOutlook:
				p.ToOutlook += int(s.N)
			case jobs.RaynetRequests:
				p.Raynet += int(s.N)
			case jobs.GraphRequests:
				p.Graph += int(s.N)
			case jobs.RaynetThrottled, jobs.GraphThrottled:
				p.Throttled += int(s.N)
			case jobs.Delay:
				p.Timed += int(s.N)
				delays[p] += s.Total
				p.Longest = max(p.Longest, float64(s.Most)/1000)
			}
		}
		if !s.At.Before(now.Add(-day + time.Hour)) {
			switch name {
			case jobs.GraphRequests:
				o.Graph.Requests += int(s.N)
			case jobs.GraphThrottled:
				o.Graph.Throttled += int(s.N)
			}
		}
	}
	for p, total := range delays { // any order: each point on its own
		p.Delay = float64(total) / float64(p.Timed) / 1000
	}
	return nil
}

// points returns empty points that end with the one that now lies in.
func points(now time.Time, span, part time.Duration) []Point {
	out := make([]Point, span/part)
	last := now.Truncate(part)
	for i := range out {
		out[i].At = last.Add(-part * time.Duration(len(out)-1-i))
	}
	return out
}

// place finds the point of a moment, nil if it lies outside.
func place(points []Point, at time.Time, part time.Duration) *Point {
	i := int(at.Sub(points[0].At) / part)
	if at.Before(points[0].At) || i >= len(points) {
		return nil
	}
	return &points[i]
}

// budget returns RAYNET's budget as the latest answer to any process told it, nil if none did.
func (a *Admin) budget(ctx context.Context) (*BudgetStatus, error) {
	known, err := a.knownBudget(ctx)
	if err != nil {
		return nil, err
	}
	if ours := a.ownBudget(); ours != nil && (known == nil || ours.At.After(known.At)) {
		return ours, nil
	}
	return known, nil
}

func (a *Admin) ownBudget() *BudgetStatus {
	budget := a.Raynet.Budget()
	if budget.Limit <= 0 {
		return nil
	}
	return &BudgetStatus{Limit: budget.Limit, Remaining: budget.Remaining, Reset: budget.Reset, At: budget.At}
}

func (a *Admin) knownBudget(ctx context.Context) (*BudgetStatus, error) {
	text, ok, err := a.Store.Recall(ctx, a.budgetKey())
	if err != nil || !ok {
		return nil, err
	}
	var known BudgetStatus
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("read RAYNET's budget: %w", err)
	}
	return &known, nil
}

func (a *Admin) budgetKey() string { return "budget/" + a.Connection.Name }

// NoteFigures makes durable what was counted since the last time, how the services answered, and what RAYNET told of its budget. Call it now and then, and
// before the process ends; what was counted since is lost with a process that is killed.
func (a *Admin) NoteFigures(ctx context.Context) error {
	if err := a.Connection.Meter.Flush(ctx, a.Now()); err != nil {
		return err
	}
	if err := a.noteWitness(ctx); err != nil {
		return err
	}
	ours := a.ownBudget()
	if ours == nil {
		return nil
	}
	known, err := a.knownBudget(ctx)
	if err != nil || known != nil && !ours.At.After(known.At) {
		return err
	}
	text, err := json.Marshal(ours)
	if err != nil {
		return fmt.Errorf("encode RAYNET's budget: %w", err)
	}
	return a.Store.Remember(ctx, a.budgetKey(), text)
}
