package engine_test

import (
	"context"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/store/storetest"
)

// A process is frozen after its intent is durable and before the request leaves. If it wakes up when another one may have made the write
// by now, it sends nothing and leaves the intent to whoever looks for it; however busy the machine, a minute is never too late.
func TestWhoWakesUpLateSendsNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		horizon, frozen time.Duration
		sent, waiting   int
	}{
		{"awake", 5 * time.Minute, 0, 1, 0},
		{"frozen for a moment", 5 * time.Minute, 2 * time.Minute, 1, 0},
		{"frozen for more than half of the horizon", 5 * time.Minute, 3 * time.Minute, 0, 1},
		{"a busy machine under a horizon for trials", time.Second, 50 * time.Second, 1, 0},
		{"no horizon at all", 0, 50 * time.Second, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.event(1, nil)
			now := storetest.Now()
			b.engine.Now = func() time.Time { return now }
			b.engine.Driver = func(ctx context.Context, core *apply.Core, clock func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
				for open := core.Start(clock()); len(open) > 0; {
					action := open[0]
					if _, sends := action.(apply.Send); sends {
						now = now.Add(test.frozen)
					}
					open = append(open[1:], core.Step(do(ctx, action))...)
				}
				return nil
			}
			rules := pair.DefaultRules(record.Calendar)
			rules.SettleHorizon = test.horizon
			outcome, err := b.engine.Run(t.Context(), engine.Task{Pair: b.pair, Rules: rules, Run: "run"})
			if err != nil {
				t.Fatal(err)
			}
			if len(b.raynet.sent) != test.sent || outcome.Waiting != test.waiting {
				t.Errorf("%d requests were sent and %d wait, want %d and %d", len(b.raynet.sent), outcome.Waiting, test.sent, test.waiting)
			}
		})
	}
}
