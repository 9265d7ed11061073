package engine_test

import (
	"context"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
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

// busy is a service that asks to be left alone, though it does not say for how long.
type busy struct {
	*service
	asked *int
}

func (b busy) Read(context.Context, remote.Scope, []remote.Ref) ([]remote.Reading, error) {
	*b.asked++
	return nil, &remote.Error{Kind: remote.Throttled, Side: b.side, Status: 429}
}

func (b busy) Find(context.Context, remote.Scope, remote.Search) ([]remote.Snapshot, error) {
	*b.asked++
	return nil, nil
}

// A service asks to be left alone when it is asked about an open write. It is asked nothing more in that cycle, neither about what waits nor
// about what is to be created.
func TestWhoWantsToBeLeftAloneIsAskedNoMore(t *testing.T) {
	t.Parallel()
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		for _, reported := range []bool{false, true} {
			b := setup(t)
			asked := 0
			link := b.joined(1, "Porada")
			open := storetest.Intent(link, "open")
			open.Request = remote.Request{Side: side, Kind: record.Calendar, Op: remote.Update, Ref: link.Half(side).Ref, Body: "{}"}
			open.FirstSent, open.LastSent, open.NotBefore = storetest.Now(), storetest.Now(), time.Time{}
			waits := b.joined(2, "Oběd")
			facts := []journal.Fact{journal.PutLink{Link: link}, journal.PutLink{Link: waits}, journal.OpenIntent{Intent: open}}
			if reported {
				b.event(7, nil)
			} else {
				facts = append(facts, journal.PutWork{Work: journal.Work{Pair: b.pair.ID, Ref: waits.Half(side).Ref, Why: journal.WhyParked, Since: storetest.Now()}})
			}
			storetest.Commit(t, b.store, facts...)
			b.engine.Raynet = busy{b.raynet, &asked}
			if side == record.Outlook {
				b.engine.Raynet, b.engine.Outlook = b.raynet, busy{b.outlook, &asked}
			}
			_, err := b.engine.Run(t.Context(), engine.Task{Pair: b.pair, Rules: pair.DefaultRules(record.Calendar), Run: "run"})
			if asked != 1 || remote.KindOf(err) != remote.Throttled {
				t.Errorf("%s, a new event: %v: it was asked %d times; the cycle ended with %v", side, reported, asked, err)
			}
		}
	}
}
