package bench

import (
	"context"
	"fmt"
	"math"

	"raynetsync/internal/record"
)

// slopeMailboxes is over how many mailboxes the events of a slope are spread, whatever their number.
const slopeMailboxes = 10

// slopeCycles is how many idle cycles are measured at each size: one takes a few milliseconds, far less than the machine's own
// unrest.
const slopeCycles = 50

// slope measures idle cycles at every size and fits a line through the logarithms.
func (r *run) slope(ctx context.Context) error {
	line := &line{}
	for _, stored := range r.Slope {
		size := Size{Seed: r.Size.Seed, Mailboxes: slopeMailboxes, Items: max(stored/slopeMailboxes, 1), Kind: record.Calendar}
		err := r.company(ctx, size, func(ctx context.Context, s *subject) error {
			for _, name := range []string{Initial, Second} {
				if _, _, err := s.measure(ctx, name, 1); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			phase, err := s.idle(ctx, Slope)
			if err != nil {
				return err
			}
			r.report.Phases = append(r.report.Phases, phase)
			line.add(phase)
			return nil
		})
		if err != nil {
			return fmt.Errorf("slope at %d: %w", stored, err)
		}
	}
	slopes := line.slopes(r.Slope)
	r.report.Slopes = &slopes
	return nil
}

// line collects what idle cycles cost, size by size.
type line struct{ requests, cpu, read []float64 }

func (l *line) add(phase Phase) {
	l.requests = append(l.requests, float64(phase.Requests.Raynet+phase.Requests.Graph))
	l.cpu, l.read = append(l.cpu, phase.CPUS), append(l.read, float64(phase.BytesRead))
}

func (l *line) slopes(sizes []int) Slopes {
	return Slopes{Sizes: sizes, Requests: fit(sizes, l.requests), CPU: fit(sizes, l.cpu), BytesRead: fit(sizes, l.read)}
}

// fit returns the slope of the line through the logarithms of the points, by least squares; 0 if there is nothing to fit.
func fit(sizes []int, costs []float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for i, size := range sizes {
		if i >= len(costs) || costs[i] <= 0 || size <= 0 {
			return 0
		}
		x, y := math.Log(float64(size)), math.Log(costs[i])
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if spread := n*sxx - sx*sx; spread > 0 {
		return (n*sxy - sx*sy) / spread
	}
	return 0
}
