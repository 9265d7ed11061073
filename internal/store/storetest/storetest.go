// Package storetest is the conformance suite of the store: what must be true whatever database is underneath. It knows the
// store's methods only, no SQL. Start reading at Run.
package storetest

import (
	"fmt"
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// Connection is the connection that the suite's pairs belong to.
const Connection = "default"

// Run runs the suite. open returns an empty store whose clock stands at Now; each test opens its own.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, s *store.Store)
	}{
		{"pairs", testPairs},
		{"pair states", testPairStates},
		{"links round trip", testLinksRoundTrip},
		{"links are found", testLinksAreFound},
		{"replaced things are known", testReplacedThingsAreKnown},
		{"links are unique", testLinksAreUnique},
		{"links are counted", testLinksAreCounted},
		{"raynet refs are paged", testRaynetRefs},
		{"live links are paged", testLinksAfter},
		{"intents round trip", testIntentsRoundTrip},
		{"intents are exclusive", testIntentsAreExclusive},
		{"all or nothing", testAllOrNothing},
		{"a refusal leaves others alone", testRefusalLeavesOthersAlone},
		{"group commit", testGroupCommit},
		{"fencing", testFencing},
		{"leases", testLeases},
		{"journal", testJournal},
		{"journal pages", testJournalPages},
		{"settled entries", testSettledEntry},
		{"erasing", testErasing},
		{"suspects", testSuspects},
		{"thawing", testThaw},
		{"work", testWork},
		{"review", testReview},
		{"work generations never repeat", testWorkGenerations},
		{"asides", testAsides},
		{"cursors", testCursors},
		{"runs", testRuns},
		{"secrets and memory", testMemory},
		{"pruning", testPruning},
		{"accounts", testAccounts},
		{"people, all or nothing", testPeopleAllOrNothing},
		{"sessions", testSessions},
		{"sessions end", testSessionsEnd},
		{"audit", testAudit},
		{"audit at once", testAuditAtOnce},
		{"alerts", testAlerts},
		{"counts for alerts", testCountsForAlerts},
		{"samples", testSamples},
		{"figures", testFigures},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

// Now is the time at which the suite's clock must stand.
func Now() time.Time { return time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC) }

// Admin is the fence of an administrator's use-case: none.
func Admin() journal.Fence { return journal.Fence{} }

// Pair makes a pair for the n-th mailbox.
func Pair(t testing.TB, s *store.Store, n int) int64 {
	t.Helper()
	id, err := s.UpsertPair(t.Context(), journal.Pair{
		Connection: Connection, Kind: record.Calendar, Mailbox: fmt.Sprintf("mailbox-%d", n),
		Address: fmt.Sprintf("user%d@contoso.example", n), Person: fmt.Sprint(100 + n), Zone: "Europe/Prague",
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Commit commits facts without a lease and fails the test if that is refused.
func Commit(t testing.TB, s *store.Store, facts ...journal.Fact) {
	t.Helper()
	if err := s.Commit(t.Context(), Admin(), facts...); err != nil {
		t.Fatal(err)
	}
}

// RaynetRef is the n-th RAYNET meeting.
func RaynetRef(n int) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: "meeting", ID: fmt.Sprint(9000 + n)}
}

// OutlookRef is the n-th Outlook event, with an id as long as real ones are.
func OutlookRef(n int) remote.Ref {
	return remote.Ref{Side: record.Outlook, Type: "event", ID: fmt.Sprintf("%s%06d", longID, n)}
}

const longID = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLm"

// Digests returns digests of a full set of calendar values.
func Digests(n int) record.Shown {
	digester := record.NewDigester([]byte("storetest"))
	fields := record.Fields{}
	for _, spec := range record.EventSchema().Fields {
		fields[spec.Name] = record.Value(fmt.Sprint(spec.Name, n))
	}
	return digester.Fields(fields)
}

// Link is the n-th link of a pair, in step, with everything set that a usual link has.
func Link(pair int64, n int) journal.Link {
	start := Now().Add(time.Duration(n) * time.Hour)
	return journal.Link{
		ID: fmt.Sprintf("0196a5c2-7d1e-7c3a-9f00-%04d%08d", pair, n), Pair: pair, State: journal.Linked, Since: Now(),
		Raynet:  journal.Half{Ref: RaynetRef(n), Version: "3", Shown: Digests(n)},
		Outlook: journal.Half{Ref: OutlookRef(n), Version: `W/"ZbyDddzkKkG2T8BQPhtiSwAAAAAB1w=="`, Shown: Digests(n)},
		Origin:  record.Raynet, Twin: record.Digest(fmt.Sprintf("twin%010d", n)), Span: record.Between(start, start.Add(time.Hour)),
	}
}

// Intent is an intent that updates the link's Outlook half.
func Intent(l journal.Link, op string) journal.Intent {
	return journal.Intent{
		Op: op, Pair: l.Pair, Run: "run-1", Link: l,
		Request: remote.Request{
			Side: record.Outlook, Kind: record.Calendar, Op: remote.Update, Mailbox: "mailbox-1", Method: "PATCH",
			Path:   "/users/mailbox-1/events/" + l.Outlook.Ref.ID,
			Header: map[string]string{"If-Match": string(l.Outlook.Version)}, Body: `{"subject":"Schůzka s klientem"}`,
			Ref: l.Outlook.Ref, Writes: []record.Field{record.EventSubject},
		},
		Follow: []remote.Request{{Side: record.Raynet, Kind: record.Calendar, Op: remote.Update, Method: "POST", Path: "/meeting/{id}/",
			Body: `{"meetingPlace":"Brno"}`}},
		Guard: record.Shown{record.EventSubject: "AAAA"}, GuardVersion: l.Outlook.Version,
		Wants:  record.Shown{record.EventSubject: "BBBB"},
		Source: l.Raynet.Ref, SourceShown: record.Shown{record.EventSubject: "BBBB"},
		Entry: Entry(l, journal.Updated), FirstSent: Now(), LastSent: Now(), Tries: 1, NotBefore: Now().Add(time.Minute),
	}
}

// Entry is a journal entry about a link, with values.
func Entry(l journal.Link, event journal.Event) journal.Entry {
	return journal.Entry{
		At: Now(), Run: "run-1", Pair: l.Pair, LinkID: l.ID, Op: "op-1", Event: event, Side: record.Outlook,
		Raynet: l.Raynet.Ref, Outlook: l.Outlook.Ref, Reason: "edited", Author: "Jana Dvořáková",
		Changes: []journal.Change{
			{Field: record.EventSubject, Before: "Porada vedení", After: "Schůzka s klientem", Lost: true},
		},
	}
}
