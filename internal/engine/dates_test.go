package engine_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// The database was lost. A series is private by now and one of its dates deleted: the record that was made from it is known by its key, and
// emptied like the others. One that is somebody else's, or was made from another series, stays as it is.
func TestTheRecordOfADeletedDateIsKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key, owner, rule string
		want             int
	}{
		"this user's":              {key: "copy of M/2026-02-03", want: 1},
		"somebody else's":          {key: "copy of M/2026-02-03", owner: "somebody"},
		"of another series":        {key: "copy of X/2026-02-03"},
		"of a series that is open": {key: "copy of M/2026-02-03", rule: string(remote.RuleSeries)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.event(1, nil)
			series := &b.feed.round.Changed[0]
			series.Ref.ID, series.Group, series.Rule, series.Fields = "M", "M", remote.RulePrivate, nil
			if c.rule != "" {
				series.Rule = remote.Rule(c.rule)
			}
			b.engine.Dates = func(series remote.Snapshot, _, _ time.Time) []remote.Snapshot {
				return []remote.Snapshot{{
					Ref: remote.Ref{Side: record.Outlook, Type: "occurrence", ID: series.Group + "/2026-02-03"}, Kind: record.Calendar, Group: series.Group, Rule: series.Rule,
				}}
			}
			made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Porada")
			made.MadeByUs, made.Key, made.Span = true, c.key, series.Span
			if c.owner != "" {
				made.People = []string{c.owner, b.pair.Person}
			}
			b.raynet.things[made.Ref] = made
			storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
			b.run(t, false)
			if len(b.raynet.sent) != c.want || len(b.outlook.sent) > 0 {
				t.Errorf("sent %+v to RAYNET and %+v to Outlook, want %d to RAYNET", b.raynet.sent, b.outlook.sent, c.want)
			}
			if c.want > 0 && !slices.Contains(b.raynet.sent[0].Writes, record.EventSubject) {
				t.Errorf("RAYNET was sent %+v", b.raynet.sent[0])
			}
		})
	}
}

// The database was lost, and a series is private by now. A record that was made from one of its dates comes into sight only when nobody tells
// of the series any more: the series is named with all events, once, and the record emptied like the others.
func TestTheRecordOfADateThatIsSeenLateIsKnown(t *testing.T) {
	t.Parallel()
	for rule, want := range map[remote.Rule]int{remote.RulePrivate: 1, "": 0} {
		b := setup(t)
		b.feed.round.Full = false
		series := remote.Snapshot{Ref: storetest.OutlookRef(1), Kind: record.Calendar, Group: storetest.OutlookRef(1).ID, Rule: rule}
		b.feed.everything = []remote.Snapshot{series}
		b.engine.Dates = func(series remote.Snapshot, _, _ time.Time) []remote.Snapshot {
			return []remote.Snapshot{{
				Ref: remote.Ref{Side: record.Outlook, Type: "occurrence", ID: series.Group + "/2026-02-03"}, Kind: record.Calendar, Group: series.Group, Rule: series.Rule,
			}}
		}
		made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Porada")
		made.MadeByUs, made.Key = true, "copy of "+series.Ref.ID+"/2026-02-03"
		b.raynet.things[made.Ref] = made
		for range 2 { // told of a second time
			storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
			b.run(t, false)
		}
		if len(b.raynet.sent) != want || len(b.outlook.sent) > 0 || b.feed.named != 1 {
			t.Errorf("series %q: sent %+v to RAYNET and %+v to Outlook, named all events %d times; want %d to RAYNET", rule, b.raynet.sent, b.outlook.sent, b.feed.named, want)
		}
	}
}
