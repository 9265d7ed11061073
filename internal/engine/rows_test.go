package engine_test

import (
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// rows are what the connection's feed keeps.
type rows map[remote.Ref]remote.Snapshot

func (r rows) Row(ref remote.Ref, _ string, _ time.Time) (remote.Snapshot, bool) {
	row, ok := r[ref]
	return row, ok
}

// A poll read a record just before this pair wrote to it, and reports it just after: what it read is not news.
func TestARowOlderThanOurWriteIsReadAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := storetest.Link(b.pair.ID, 1)
	span := link.Span
	show := func(subject string) record.Fields {
		return record.Fields{record.EventSubject: record.Value(subject), record.EventTime: span.Value()}
	}
	snapshot := func(side record.Side, version remote.Version, subject string) remote.Snapshot {
		ref := link.Half(side).Ref
		return remote.Snapshot{Ref: ref, Kind: record.Calendar, Version: version, Span: span, Offered: true,
			People: []string{b.pair.Person}, Fields: show(subject)}
	}
	link.Raynet.Version, link.Raynet.Shown = "7", b.engine.Digester.Fields(show("Nová"))
	link.Outlook.Shown = b.engine.Digester.Fields(show("Nová"))
	b.raynet.things[link.Raynet.Ref] = snapshot(record.Raynet, "7", "Nová")
	b.outlook.things[link.Outlook.Ref] = snapshot(record.Outlook, "e", "Nová")
	b.engine.Rows = rows{link.Raynet.Ref: snapshot(record.Raynet, "6", "Stará")}
	b.feed.round.Full = false
	storetest.Commit(t, b.store, journal.PutLink{Link: link},
		journal.ReportWork{Pair: b.pair.ID, Ref: link.Raynet.Ref, At: storetest.Now()})
	b.run(t, false)
	if len(b.outlook.sent)+len(b.raynet.sent) > 0 {
		t.Errorf("an old row was carried: %+v %+v", b.outlook.sent, b.raynet.sent)
	}
	work, err := b.store.Work(t.Context(), b.pair.ID, storetest.Now().Add(time.Hour), 0)
	if err != nil || len(work) > 0 {
		t.Errorf("work is left: %+v, %v", work, err)
	}
}
