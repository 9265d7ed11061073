package jobs_test

import (
	"sync/atomic"
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// clock is the machine's, moved on by as much as a test wants.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

const day = 24 * time.Hour

func TestTimeAloneMakesWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	author := b.world.Company.Users[0].Email
	now := b.clock.now()
	for title, start := range map[string]time.Time{"beyond": now.Add(370 * day), "passing": now.Add(-10 * day)} {
		_, err := b.world.Raynet.CreateAs(author, "meeting", map[string]any{"title": title, "owner": b.world.IDs.Users[0], "personal": true,
			"priority": "DEFAULT", "scheduledFrom": start.Format("2006-01-02 15:04"), "scheduledTill": start.Add(time.Hour).Format("2006-01-02 15:04")})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := b.start(t, b.app, nil)
	b.until(t, "what is in the window is linked", func() bool { return b.links(t)[journal.Linked] == 4 })
	stop(t, first)
	declined := func(ref remote.Ref, start time.Time) journal.Aside {
		return journal.Aside{Pair: b.pair, Ref: ref, Rule: plan.RuleDeclined, Since: now, Span: record.Between(start, start.Add(time.Hour))}
	}
	over, still, kept := storetest.OutlookRef(1), storetest.OutlookRef(2), storetest.RaynetRef(3)
	storetest.Commit(t, b.app.Store, journal.PutAside{Aside: declined(over, now.Add(-10*day))}, journal.PutAside{Aside: declined(still, now.Add(day))},
		journal.PutAside{Aside: declined(kept, now.Add(-10*day))})

	b.clock.advance(10 * day)
	later := b.open(t, b.dir, b.world.Outlook.Transport())
	second := b.start(t, later, nil)
	b.until(t, "one has entered the window and one has left it", func() bool {
		return b.links(t)[journal.Released] == 1 && b.links(t)[journal.Linked] == 4
	})
	b.until(t, "the mailbox was read anew", func() bool {
		p, err := later.Store.Pair(t.Context(), b.pair)
		return err == nil && !p.Full
	})
	stop(t, second)
	left, err := later.Store.AsidesByRule(t.Context(), b.pair, plan.RuleDeclined, remote.Ref{}, 10)
	if err != nil || len(left) != 2 || left[0].Ref != still || left[1].Ref != kept {
		t.Errorf("%+v are remembered as declined, %v; want what is still within the window, and the record", left, err)
	}
}

func (b *bench) links(t *testing.T) map[journal.LinkState]int {
	t.Helper()
	states, err := b.app.Store.LinkStates(t.Context(), b.pair)
	if err != nil {
		t.Fatal(err)
	}
	return states
}

// until waits for a condition, which is looked at whenever a job ended.
func (b *bench) until(t *testing.T, what string, met func() bool) {
	t.Helper()
	limit := time.After(patience)
	for !met() {
		select {
		case <-b.ended:
		case <-limit:
			t.Fatalf("waited too long until %s; links are %v", what, b.links(t))
		}
	}
}
