package outlook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// The first round shows the window with every field; the next ones show what happened since, and nothing costs one request.
func TestRoundsOfACalendar(t *testing.T) {
	t.Parallel()
	w := setup(t)
	plain := w.person(w.jana, meeting("Schůzka", map[string]any{"location": map[string]any{"displayName": "Brno"}, "importance": "high",
		"body": map[string]any{"contentType": "text", "content": "Nabídka\nCena"}}))
	w.person(w.jana, meeting("Osobní", map[string]any{"categories": []any{}}))
	w.requests()
	first := w.begin()
	if got := w.requests(); got != 1 {
		t.Errorf("%d requests for the first round", got)
	}
	if !first.Full || first.Cursor == "" || len(first.Changed) != 2 || len(first.Removed) != 0 {
		t.Fatalf("first round: full %v, cursor %q, %d changed, %d removed", first.Full, first.Cursor, len(first.Changed), len(first.Removed))
	}
	want := record.Fields{
		record.EventSubject: "Schůzka", record.EventTime: "2026-10-21T07:00Z/2026-10-21T08:30Z", record.EventPlace: "Brno",
		record.EventBody: "Nabídka\nCena", record.EventImportance: record.ImportanceHigh, record.EventCancelled: "", record.EventGuests: "",
	}
	got := byRef(t, first.Changed, event(plain))
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if !got.Offered || got.Rule != "" || got.Version == "" || len(got.Held) != 0 || !slices.Equal(got.Natural, record.EventNatural(want)) || got.Twin == "" {
		t.Errorf("snapshot: %+v", got)
	}

	idle := w.next(first.Cursor)
	if w.requests() != 1 || len(idle.Changed) != 0 || len(idle.Removed) != 0 || idle.Full {
		t.Errorf("an idle round shows %d changes", len(idle.Changed))
	}
	w.edit(plain, map[string]any{"subject": "Schůzka 2"})
	later := w.next(idle.Cursor)
	if got := byRef(t, later.Changed, event(plain)).Fields[record.EventSubject]; got != "Schůzka 2" {
		t.Errorf("the edit shows %q", got)
	}
	if err := w.server.DeleteAs(w.jana, plain); err != nil {
		t.Fatal(err)
	}
	last := w.next(later.Cursor)
	if diff := cmp.Diff([]remote.Ref{event(plain)}, last.Removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if reading := w.read(event(plain))[0]; reading.Presence != remote.Gone {
		t.Errorf("the removed event is %s: %v", reading.Presence, reading.Err)
	}
}

// More than one page is one round, and each page is asked for with its size (the emulator forgets it otherwise).
func TestManyPages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const many = 210
	for i := range many {
		w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))
	}
	w.requests()
	round := w.begin()
	if len(round.Changed) != many {
		t.Errorf("%d of %d events", len(round.Changed), many)
	}
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for two pages", got)
	}
}

// A token that Graph forgot is told apart from every other failure; so is a cursor of another service.
func TestDeadCursor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	cursor := w.begin().Cursor
	for _, fault := range []string{"delta-gone", "delta-token-gone", "delta-410"} {
		if w.server.Inject(fault) == nil {
			_, err := w.client.Continue(t.Context(), w.scope, cursor)
			if remote.KindOf(err) != remote.CursorDead {
				t.Errorf("%s: %v", fault, err)
			}
		}
	}
	w.requests()
	_, err := w.client.Continue(t.Context(), w.scope, "https://elsewhere.example/v1.0/users/x/calendarView/delta?$deltatoken=1")
	if remote.KindOf(err) != remote.CursorDead || w.requests() != 0 {
		t.Errorf("a foreign cursor: %v", err)
	}
}

// What is private never leaves the client: no value, no natural key, no time, nothing to compose from. Only which meeting it is does
// (the identity that all copies of it share and its organiser), so that the engine makes no second copy of it in this calendar.
func TestPrivateShowsNothing(t *testing.T) {
	t.Parallel()
	guests := []any{guest("tajny@host.example", "Tajný Host")}
	for sensitivity, invited := range map[string][]any{"private": guests, "personal": guests, "confidential": {}} {
		w := setup(t)
		id := w.person(w.jana, meeting("Lékař tajné", map[string]any{"sensitivity": sensitivity,
			"attendees": invited, "body": map[string]any{"contentType": "text", "content": "tajné"},
			"location": map[string]any{"displayName": "tajné"}}))
		shown := []remote.Snapshot{byRef(t, w.begin().Changed, event(id)), w.readOne(event(id))}
		w.edit(id, map[string]any{"sensitivity": "normal"})
		meeting := w.readOne(event(id)).Twin
		for _, got := range shown {
			if got.Rule != remote.RulePrivate || got.Fields != nil || got.Natural != nil || got.Twin != meeting || meeting == "" || got.Raw != nil || !got.Span.IsZero() {
				t.Errorf("%s: %+v", sensitivity, got)
			}
			if text := strings.ToLower(fmt.Sprintf("%+v", got)); strings.Contains(text, "tajn") {
				t.Errorf("%s: content in %s", sensitivity, text)
			}
		}
	}
}

// What a copy of somebody else's meeting and an own meeting with guests may not suffer.
func TestMeetingsAreHeld(t *testing.T) {
	t.Parallel()
	w := setup(t)
	own := w.person(w.jana, meeting("Porada", map[string]any{"attendees": []any{
		guest("Zdena@Klient.example", "Zdena Zlatá"), guest("petr@contoso.example", "Petr Malý"), guest("adam@klient.example", "adam@klient.example"),
		map[string]any{"type": "resource", "emailAddress": map[string]any{"address": "sal@contoso.example", "name": "Sál"}},
	}}))
	held := w.readOne(event(own))
	if diff := cmp.Diff([]remote.Holder{remote.HeldAttendees}, held.Held); diff != "" {
		t.Errorf("own meeting (-want +got):\n%s", diff)
	}
	wantGuests := record.Value("adam@klient.example\npetr@contoso.example Petr Malý\nzdena@klient.example Zdena Zlatá")
	if got := held.Fields[record.EventGuests]; got != wantGuests {
		t.Errorf("guests of the own meeting: %q", got)
	}
	if !strings.HasSuffix(held.Twin, "|jana@contoso.example") {
		t.Errorf("twin of the own meeting: %q", held.Twin)
	}

	theirs := w.scope
	theirs.Mailbox = w.petr
	round, err := w.client.Begin(t.Context(), theirs, w.now(), w.now().AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(round.Changed) != 1 {
		t.Fatalf("%d events in the guest's calendar", len(round.Changed))
	}
	copied := round.Changed[0]
	if diff := cmp.Diff([]remote.Holder{remote.HeldReadOnly, remote.HeldAttendees}, copied.Held); diff != "" {
		t.Errorf("copy (-want +got):\n%s", diff)
	}
	if copied.Twin != held.Twin {
		t.Errorf("the copies have the twins %q and %q", held.Twin, copied.Twin)
	}
	if got := string(copied.Fields[record.EventGuests]); strings.Contains(got, "petr@") {
		t.Errorf("the mailbox's own user is among the guests %q", got)
	}
	found, err := w.client.ByTwin(t.Context(), theirs, held.Twin)
	if err != nil || len(found) != 1 || found[0].Ref != copied.Ref {
		t.Errorf("by twin: %d found, %v", len(found), err)
	}
}

// Times that cannot be are left out by a rule; whatever is not one of ours is not offered unless everything is.
func TestRules(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *outlook.Config) { c.EverythingOffered = true })
	plain := w.person(w.jana, meeting("Běžná", map[string]any{"categories": []any{"Modrá"}}))
	hidden := w.person(w.jana, meeting("Osobní", map[string]any{"categories": []any{}, "sensitivity": "private"}))
	round := w.begin()
	if !byRef(t, round.Changed, event(plain)).Offered || byRef(t, round.Changed, event(hidden)).Offered {
		t.Error("everything but the private is offered")
	}
	lower := setup(t)
	id := lower.person(lower.jana, meeting("Malými", map[string]any{"categories": []any{"raynet"}}))
	if !byRef(t, lower.begin().Changed, event(id)).Offered {
		t.Error("the category counts in any letter case")
	}
}

// weekly is a series of Wednesdays in Prague, across the change of the clocks.
func weekly(subject string, more ...map[string]any) map[string]any {
	return meeting(subject, append([]map[string]any{{"recurrence": map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{"wednesday"}, "firstDayOfWeek": "monday"},
		"range":   map[string]any{"type": "numbered", "startDate": "2026-10-21", "numberOfOccurrences": 20, "recurrenceTimeZone": "Central Europe Standard Time"},
	}}}, more...)...)
}

// An offered series comes as its single dates with the complete list of them; a deleted date is missing from the list
// although the feed says nothing about it, and a moved one keeps its name.
func TestSeriesBecomeSingleDates(t *testing.T) {
	t.Parallel()
	w := setup(t)
	master := w.person(w.jana, weekly("Porada"))
	w.requests()
	first := w.begin()
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for a round with one series", got)
	}
	if got := byRef(t, first.Changed, event(master)); got.Rule != remote.RuleSeries || got.Group != master || got.Natural != nil {
		t.Errorf("master: rule %q, group %q", got.Rule, got.Group)
	}
	one := byRef(t, first.Changed, occurrence(master, "2026-10-28"))
	if one.Fields[record.EventTime] != "2026-10-28T08:00Z/2026-10-28T09:30Z" || one.Group != master || !one.Offered || one.Rule != "" {
		t.Errorf("occurrence after the change of the clocks: %+v", one)
	}
	if len(first.Groups) != 1 || first.Groups[0].ID != master || len(first.Groups[0].Members) != 13 {
		t.Fatalf("groups: %+v", first.Groups)
	}
	last := first.Groups[0].Members[12]
	if last != occurrence(master, "2027-01-13") {
		t.Errorf("the last date within 90 days is %s", last)
	}

	if err := w.server.CancelOccurrenceAs(w.jana, master, "2026-11-04"); err != nil {
		t.Fatal(err)
	}
	moved := one.Ref
	one = w.readOne(moved) // the deleted date changed the version of the whole series
	change := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &one, Fields: record.Fields{record.EventTime: "2026-10-29T13:00Z/2026-10-29T14:00Z"}})
	answer := w.send(change)
	if answer.Ref != moved || answer.Snapshot.Group != master {
		t.Errorf("the answer to moving an occurrence names %s of %s", answer.Ref, answer.Snapshot.Group)
	}
	second := w.next(first.Cursor)
	if len(second.Groups) != 1 || len(second.Groups[0].Members) != 12 {
		t.Fatalf("groups after a deleted date: %+v", second.Groups)
	}
	if got := byRef(t, second.Changed, moved).Fields[record.EventTime]; got != "2026-10-29T13:00Z/2026-10-29T14:00Z" {
		t.Errorf("the moved date is at %s", got)
	}
	w.requests()
	w.read(moved, occurrence(master, "2026-11-11"))
	if got := w.requests(); got != 1 {
		t.Errorf("%d requests for the dates of one series", got)
	}
	readings := w.read(moved, occurrence(master, "2026-11-04"), occurrence(master, "2026-11-11"), occurrence(master, "2026-11-12"))
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for dates that are not there: one more look is made, far around them", got)
	}
	for i, want := range []remote.Presence{remote.Present, remote.Gone, remote.Present, remote.Gone} {
		if readings[i].Presence != want {
			t.Errorf("%s is %s, not %s: %v", readings[i].Ref, readings[i].Presence, want, readings[i].Err)
		}
	}
	if err := w.server.DeleteAs(w.jana, master); err != nil {
		t.Fatal(err)
	}
	third := w.next(second.Cursor)
	if diff := cmp.Diff([]remote.Ref{event(master)}, third.Removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]remote.Group{{ID: master}}, third.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got := w.read(occurrence(master, "2026-11-11"))[0]; got.Presence != remote.Gone {
		t.Errorf("a date of a removed series is %s: %v", got.Presence, got.Err)
	}
}

// A series that nobody offered costs no request, until somebody does. It is told as one without dates, because those of it that are
// linked, from the time when it was offered, must be looked at.
func TestUnofferedSeries(t *testing.T) {
	t.Parallel()
	w := setup(t)
	master := w.person(w.jana, weekly("Jóga", map[string]any{"categories": []any{}}))
	w.requests()
	first := w.begin()
	if w.requests() != 1 || len(first.Changed) != 1 || len(first.Groups) != 1 || len(first.Groups[0].Members) != 0 {
		t.Errorf("an unoffered series shows %d things, %d groups", len(first.Changed), len(first.Groups))
	}
	w.edit(master, map[string]any{"categories": []any{"RAYNET"}})
	if second := w.next(first.Cursor); len(second.Groups) != 1 || len(second.Groups[0].Members) != 13 {
		t.Errorf("after the offer: %d groups", len(second.Groups))
	}
}

// One date of a series that nobody offered is offered by itself.
func TestOneOfferedDate(t *testing.T) {
	t.Parallel()
	w := setup(t)
	master := w.person(w.jana, weekly("Jóga", map[string]any{"categories": []any{}}))
	dates := w.server.Occurrences(w.jana, master, w.now(), w.now().AddDate(0, 1, 0))
	w.edit(dates[1]["id"].(string), map[string]any{"categories": []any{"RAYNET"}})
	round := w.begin()
	for date, want := range map[string]bool{"2026-10-21": false, "2026-10-28": true, "2026-11-04": false} {
		if got := byRef(t, round.Changed, occurrence(master, date)).Offered; got != want {
			t.Errorf("%s is offered: %v", date, got)
		}
		if got := w.readOne(occurrence(master, date)).Offered; got != want {
			t.Errorf("%s, read by itself, is offered: %v", date, got)
		}
	}
}

// A series of whole days, seen by a user west of Greenwich, keeps its dates.
func TestSeriesOfWholeDays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.scope.Zone = "America/New_York"
	series := weekly("Home office", map[string]any{"isAllDay": true,
		"start": at("2026-10-21T00:00:00", "Eastern Standard Time"), "end": at("2026-10-22T00:00:00", "Eastern Standard Time")})
	series["recurrence"].(map[string]any)["range"].(map[string]any)["recurrenceTimeZone"] = "Eastern Standard Time"
	master := w.person(w.jana, series)
	one := byRef(t, w.begin().Changed, occurrence(master, "2026-11-11"))
	if one.Fields[record.EventTime] != "2026-11-11/2026-11-12" {
		t.Errorf("the date became %s", one.Fields[record.EventTime])
	}
	if got := w.readOne(one.Ref).Fields[record.EventTime]; got != "2026-11-11/2026-11-12" {
		t.Errorf("read again it is %s", got)
	}
}

// A series in two mailboxes has one twin per date.
func TestTwinsOfDates(t *testing.T) {
	t.Parallel()
	w := setup(t)
	master := w.person(w.jana, weekly("Porada", map[string]any{"attendees": []any{guest("petr@contoso.example", "Petr")}}))
	one := byRef(t, w.begin().Changed, occurrence(master, "2026-11-11"))
	if !strings.HasSuffix(one.Twin, "|jana@contoso.example|2026-11-11") {
		t.Fatalf("twin %q", one.Twin)
	}
	theirs := w.scope
	theirs.Mailbox = w.petr
	found, err := w.client.ByTwin(t.Context(), theirs, one.Twin)
	if err != nil || len(found) != 1 || found[0].Twin != one.Twin || !found[0].HeldBy(remote.HeldReadOnly) {
		t.Errorf("by twin: %+v, %v", found, err)
	}
}

// Events that Graph reports as removed because they lie outside the window are still there when looked at.
func TestRemovedIsASuspicion(t *testing.T) {
	t.Parallel()
	w := setup(t)
	cursor := w.begin().Cursor
	far := w.person(w.jana, meeting("Za dva roky", map[string]any{"start": at("2028-10-21T09:00:00", "UTC"), "end": at("2028-10-21T10:00:00", "UTC")}))
	round := w.next(cursor)
	if diff := cmp.Diff([]remote.Ref{event(far)}, round.Removed); diff != "" {
		t.Fatalf("removed (-want +got):\n%s", diff)
	}
	if got := w.read(round.Removed...)[0]; got.Presence != remote.Present {
		t.Errorf("it is %s: %v", got.Presence, got.Err)
	}
}
