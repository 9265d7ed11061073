package engine_test

import (
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// The database was lost. An event lies outside of the window, where no list shows it, and a record that we made of it is still in RAYNET. It
// is found once among all events of the mailbox: a private one's record is emptied, an open one is known from then on. What is not found was
// deleted, and not looked for again.
func TestWhatLiesOutsideOfTheWindowIsKnown(t *testing.T) {
	t.Parallel()
	far := record.Between(storetest.Now().AddDate(2, 0, 0), storetest.Now().AddDate(2, 0, 0).Add(time.Hour))
	for name, c := range map[string]struct {
		rule    remote.Rule
		deleted bool
		owner   string
		sent    int // to RAYNET
		named   int
		reason  string // of the link
	}{
		"and is private":     {rule: remote.RulePrivate, sent: 1, named: 1, reason: "turned-private"},
		"and is open":        {named: 1, reason: "left-window"},
		"and was deleted":    {deleted: true, named: 1},
		"of somebody else's": {rule: remote.RulePrivate, owner: "somebody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Porada")
			made.MadeByUs, made.Key = true, "copy of "+storetest.OutlookRef(1).ID
			if c.owner != "" {
				made.People = []string{c.owner, b.pair.Person}
			}
			b.raynet.things[made.Ref] = made
			event := remote.Snapshot{Ref: storetest.OutlookRef(1), Kind: record.Calendar, Version: "e", Rule: c.rule}
			if c.rule == "" {
				event.Span, event.Offered, event.Fields = far, true, record.Fields{record.EventSubject: "Porada", record.EventTime: far.Value()}
			}
			if !c.deleted {
				b.outlook.things[event.Ref] = event
				b.feed.everything = []remote.Snapshot{{Ref: event.Ref, Kind: record.Calendar}, {Ref: storetest.OutlookRef(2), Kind: record.Calendar}}
			}
			for range 2 { // told of a second time
				storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
				b.run(t, false)
			}
			if len(b.raynet.sent) != c.sent || len(b.outlook.sent) > 0 || b.feed.named != c.named {
				t.Errorf("sent %+v to RAYNET and %+v to Outlook, named all events %d times, want %d to RAYNET and %d times",
					b.raynet.sent, b.outlook.sent, b.feed.named, c.sent, c.named)
			}
			links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{made.Ref})
			if err != nil || len(links) > 0 != (c.reason != "") || len(links) > 0 && (links[0].State != journal.Released || links[0].Reason != c.reason) {
				t.Errorf("%v %+v, want released for %q", err, links, c.reason)
			}
		})
	}
}

// Where nothing goes to Outlook the record is left out for that reason, and all events are named once no less.
func TestWhatWasMadeOfADeletedEventIsLookedForOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Porada")
	made.MadeByUs, made.Key = true, "copy of "+storetest.OutlookRef(1).ID
	b.raynet.things[made.Ref] = made
	rules := pair.DefaultRules(record.Calendar)
	rules.Flow = record.ToRaynet
	for range 2 { // told of a second time
		storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
		if _, err := b.engine.Run(t.Context(), engine.Task{Pair: b.pair, Rules: rules, Run: "run"}); err != nil {
			t.Fatal(err)
		}
	}
	if b.feed.named != 1 {
		t.Errorf("named all events %d times", b.feed.named)
	}
}
