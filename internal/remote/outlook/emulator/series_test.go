package emulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func weekly(days ...any) map[string]any {
	return map[string]any{"recurrence": map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": days, "firstDayOfWeek": "monday"},
		"range":   map[string]any{"type": "noEnd", "startDate": "2026-03-23", "recurrenceTimeZone": "Central Europe Standard Time"},
	}}
}

// starts lists the starts of a window's events in UTC, to the minute.
func starts(events []map[string]any) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, str(at(e, "start", "dateTime"))[:16])
	}
	return out
}

func (w *world) instances(mailbox, id, from, to string, headers ...string) []map[string]any {
	w.t.Helper()
	r := w.get(eventPath(mailbox, id)+"/instances?$top=100&startDateTime="+from+"&endDateTime="+to, headers...)
	return values(w.must(200, r))
}

func TestASeriesKeepsItsWallClockOverTheNightTheClocksChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("Stand-up", "2026-03-23T09:00", weekly("monday")))["id"])
	got := starts(w.instances(anna, id, "2026-03-01T00:00:00Z", "2026-04-14T00:00:00Z"))
	want := []string{"2026-03-23T08:00", "2026-03-30T07:00", "2026-04-06T07:00", "2026-04-13T07:00"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("instances in UTC (-want +got):\n%s", diff)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	rec := func(pattern, span map[string]any) map[string]any {
		return map[string]any{"recurrence": map[string]any{"pattern": pattern, "range": span}}
	}
	numbered := func(start string, n int) map[string]any {
		return map[string]any{"type": "numbered", "startDate": start, "numberOfOccurrences": n, "recurrenceTimeZone": "UTC"}
	}
	tests := []struct {
		name, start string
		recurrence  map[string]any
		want        []string
	}{
		{"every third day", "2026-03-01", rec(map[string]any{"type": "daily", "interval": 3}, numbered("2026-03-01", 3)), []string{"2026-03-01", "2026-03-04", "2026-03-07"}},
		{"every other week on two days", "2026-03-04", rec(map[string]any{"type": "weekly", "interval": 2, "daysOfWeek": []any{"Monday", "wednesday"}, "firstDayOfWeek": "monday"}, numbered("2026-03-04", 4)), []string{"2026-03-04", "2026-03-16", "2026-03-18", "2026-03-30"}},
		{"week that begins on Sunday", "2026-03-08", rec(map[string]any{"type": "weekly", "interval": 2, "daysOfWeek": []any{"sunday", "monday"}, "firstDayOfWeek": "sunday"}, numbered("2026-03-08", 4)), []string{"2026-03-08", "2026-03-09", "2026-03-22", "2026-03-23"}},
		{"the 31st or the last day", "2026-01-31", rec(map[string]any{"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, numbered("2026-01-31", 4)), []string{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"}},
		{"second Tuesday", "2026-03-10", rec(map[string]any{"type": "relativeMonthly", "interval": 1, "daysOfWeek": []any{"tuesday"}, "index": "second"}, numbered("2026-03-10", 3)), []string{"2026-03-10", "2026-04-14", "2026-05-12"}},
		{"last working day", "2026-03-31", rec(map[string]any{"type": "relativeMonthly", "interval": 1, "daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"}, "index": "last"}, numbered("2026-03-31", 3)), []string{"2026-03-31", "2026-04-30", "2026-05-29"}},
		{"leap day", "2024-02-29", rec(map[string]any{"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}, numbered("2024-02-29", 3)), []string{"2024-02-29", "2025-02-28", "2026-02-28"}},
		{"first Monday of May", "2026-05-04", rec(map[string]any{"type": "relativeYearly", "interval": 1, "daysOfWeek": []any{"monday"}, "month": 5, "index": "first"}, numbered("2026-05-04", 2)), []string{"2026-05-04", "2027-05-03"}},
		{"until a date", "2026-03-01", rec(map[string]any{"type": "daily", "interval": 1}, map[string]any{"type": "endDate", "startDate": "2026-03-01", "endDate": "2026-03-03"}), []string{"2026-03-01", "2026-03-02", "2026-03-03"}},
		{"start moved to the pattern's first date", "2026-03-01", rec(map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{"tuesday"}}, numbered("2026-03-01", 2)), []string{"2026-03-03", "2026-03-10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			e := meeting(tt.name, tt.start+"T10:00", tt.recurrence)
			for _, edge := range []string{"start", "end"} {
				e[edge].(map[string]any)["timeZone"] = "UTC"
			}
			made := w.create(anna, e)
			var got []string
			for _, s := range starts(w.instances(anna, str(made["id"]), "2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z")) {
				got = append(got, s[:10])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("dates (-want +got):\n%s", diff)
			}
			if made["type"] != "seriesMaster" || str(at(made, "start", "dateTime"))[:10] != tt.want[0] {
				t.Errorf("master %v starts %v, want %s", made["type"], made["start"], tt.want[0])
			}
		})
	}
}

func TestOneDateOfASeriesIsChangedAndAnotherCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	master := w.create(anna, meeting("Stand-up", "2026-03-23T09:00", weekly("monday")))
	id := str(master["id"])
	const from, to = "2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z"
	all := w.instances(anna, id, from, to)
	if len(all) != 4 || all[1]["type"] != "occurrence" || all[1]["seriesMasterId"] != id || all[1]["iCalUId"] == master["iCalUId"] {
		t.Fatalf("instances: %v", all)
	}
	second, third := eventPath(anna, str(all[1]["id"])), eventPath(anna, str(all[2]["id"]))
	changed := w.must(200, w.do("PATCH", second, map[string]any{
		"subject": "Delší stand-up",
		"start":   map[string]any{"dateTime": "2026-03-31T10:00:00", "timeZone": "Central Europe Standard Time"},
		"end":     map[string]any{"dateTime": "2026-03-31T12:00:00", "timeZone": "Central Europe Standard Time"},
	}))
	if changed["type"] != "exception" || changed["seriesMasterId"] != id {
		t.Errorf("changed occurrence: %v of %v", changed["type"], changed["seriesMasterId"])
	}
	if got := w.must(200, w.get(eventPath(anna, str(changed["id"]))+"?$select=originalStart")); got["originalStart"] != "2026-03-30T07:00:00Z" {
		t.Errorf("originalStart: %v", got["originalStart"])
	}
	w.must(204, w.do("DELETE", third, nil))
	w.refused(w.get(third), 404, "ErrorItemNotFound")
	got := starts(w.instances(anna, id, from, to))
	if diff := cmp.Diff([]string{"2026-03-23T08:00", "2026-03-31T08:00", "2026-04-13T07:00"}, got); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	view := w.must(200, w.get("/users/"+anna+"/calendarView?startDateTime="+from+"&endDateTime="+to))
	if diff := cmp.Diff([]string{"Stand-up", "Delší stand-up", "Stand-up"}, subjects(values(view))); diff != "" {
		t.Errorf("calendarView (-want +got):\n%s", diff)
	}
	full := w.must(200, w.get(eventPath(anna, id)+"?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences"))
	if diff := cmp.Diff([]any{"OID." + id + ".2026-04-06"}, full["cancelledOccurrences"]); diff != "" {
		t.Errorf("cancelledOccurrences (-want +got):\n%s", diff)
	}
	if list, _ := full["exceptionOccurrences"].([]any); len(list) != 1 || at(list[0], "subject") != "Delší stand-up" {
		t.Errorf("exceptionOccurrences: %v", full["exceptionOccurrences"])
	}
	if got := w.must(200, w.get(eventPath(anna, id))); got["cancelledOccurrences"] != nil || got["exceptionOccurrences"] != nil {
		t.Error("cancelled and exceptional dates are shown without being asked for")
	}
	if got := len(values(w.must(200, w.get("/users/"+anna+"/events")))); got != 1 {
		t.Errorf("/events lists %d, want the master alone", got)
	}
}

func TestAnOccurrenceCannotPassItsNeighbour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("A", "2026-03-23T09:00", weekly("monday")))["id"])
	one := w.instances(anna, id, "2026-03-30T00:00:00Z", "2026-03-31T00:00:00Z")[0]
	patch := map[string]any{
		"start": map[string]any{"dateTime": "2026-04-07T09:00:00", "timeZone": "Central Europe Standard Time"},
		"end":   map[string]any{"dateTime": "2026-04-07T10:00:00", "timeZone": "Central Europe Standard Time"},
	}
	w.refused(w.do("PATCH", eventPath(anna, str(one["id"])), patch), 400, "ErrorOccurrenceCrossingBoundary")
	if got := w.instances(anna, id, "2026-03-30T00:00:00Z", "2026-03-31T00:00:00Z"); len(got) != 1 || got[0]["type"] != "occurrence" {
		t.Errorf("the refused change left %v", got)
	}
}

func TestANewPatternDropsExceptionsAndKillsTheIdsOfOccurrences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("A", "2026-03-23T09:00", weekly("monday")))["id"])
	all := w.instances(anna, id, "2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z")
	exception := w.must(200, w.do("PATCH", eventPath(anna, str(all[0]["id"])), map[string]any{"subject": "B"}))
	w.must(200, w.do("PATCH", eventPath(anna, id), map[string]any{"subject": "C"}))
	if got := subjects(w.instances(anna, id, "2026-03-20T00:00:00Z", "2026-04-01T00:00:00Z")); strings.Join(got, " ") != "B C" {
		t.Errorf("after a new subject: %v, want B C", got)
	}
	w.must(200, w.do("PATCH", eventPath(anna, id), weekly("monday", "tuesday")))
	w.refused(w.get(eventPath(anna, str(all[1]["id"]))), 404, "ErrorItemNotFound")
	w.refused(w.get(eventPath(anna, str(exception["id"]))), 404, "ErrorItemNotFound")
	got := w.instances(anna, id, "2026-03-23T00:00:00Z", "2026-03-25T00:00:00Z")
	if strings.Join(subjects(got), " ") != "C C" {
		t.Errorf("after a new pattern: %v", got)
	}
}

func TestASeriesComesOutOfTheBinWithItsExceptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("A", "2026-03-23T09:00", weekly("monday")))["id"])
	all := w.instances(anna, id, "2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z")
	exception := str(w.must(200, w.do("PATCH", eventPath(anna, str(all[0]["id"])), map[string]any{"subject": "B"}))["id"])
	if err := w.srv.DeleteAs(anna, id); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get(eventPath(anna, exception)), 404, "ErrorItemNotFound")
	if err := w.srv.RestoreAs(anna, id); err != nil {
		t.Fatal(err)
	}
	if got := str(w.must(200, w.get(eventPath(anna, exception)))["subject"]); got != "B" {
		t.Errorf("the exception is called %q, want B", got)
	}
	w.must(204, w.do("DELETE", eventPath(anna, exception), nil))
}

func TestGuestsInTheTenantGetACopyWithTheSameICalUId(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.srv.CreateAs(anna, meeting("Nabídka", "2026-03-10T10:00", map[string]any{
		"attendees": []any{
			map[string]any{"type": "required", "emailAddress": map[string]any{"address": boris, "name": "Boris Svoboda"}},
			map[string]any{"emailAddress": map[string]any{"address": "zakaznik@example.cz"}},
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	copies := w.srv.All(boris)
	if len(copies) != 1 {
		t.Fatalf("Boris has %d events, want his copy", len(copies))
	}
	cp := copies[0]
	if cp["iCalUId"] != made["iCalUId"] || cp["isOrganizer"] != false || at(cp, "organizer", "emailAddress", "address") != anna || at(cp, "responseStatus", "response") != "notResponded" {
		t.Errorf("copy: %v %v %v", cp["isOrganizer"], cp["organizer"], cp["responseStatus"])
	}
	if len(w.srv.Mails()) != 0 || len(w.srv.AllMails()) != 1 || w.srv.AllMails()[0].By != "person" {
		t.Fatalf("mails of a person: %v", w.srv.AllMails())
	}
	r := w.do("POST", eventPath(boris, str(cp["id"]))+"/cancel", map[string]any{"Comment": ""})
	if r.status != 400 || !strings.Contains(r.raw, "need to be an organizer") {
		t.Errorf("cancel by a guest: %d %s", r.status, r.raw)
	}
	w.must(202, w.do("POST", eventPath(boris, str(cp["id"]))+"/accept", map[string]any{"SendResponse": false}))
	if len(w.srv.Mails()) != 0 {
		t.Errorf("a silent answer mailed: %v", w.srv.Mails())
	}
	got, _ := w.srv.Get(anna, str(made["id"]))
	people, _ := got["attendees"].([]any)
	if at(people[0], "status", "response") != "accepted" {
		t.Errorf("the organiser sees %v", people[0])
	}
	if err := w.srv.DeleteAs(anna, str(made["id"])); err != nil {
		t.Fatal(err)
	}
	cp, _ = w.srv.Get(boris, str(cp["id"]))
	if cp["isCancelled"] != true || !strings.HasPrefix(str(cp["subject"]), "Canceled: ") {
		t.Errorf("copy after cancellation: %v %v", cp["isCancelled"], cp["subject"])
	}
}

func TestEveryWriteThatWouldMailSomeoneIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guests := map[string]any{"attendees": []any{map[string]any{"emailAddress": map[string]any{"address": "host@example.cz"}}}}
	kinds := func() string {
		var out []string
		for _, m := range w.srv.Mails() {
			out = append(out, m.Kind+" to "+strings.Join(m.To, ","))
		}
		return strings.Join(out, "; ")
	}
	w.create(anna, meeting("alone", "2026-03-10T10:00"))
	path := eventPath(anna, str(w.create(anna, meeting("A", "2026-03-10T10:00", guests))["id"]))
	w.must(200, w.do("PATCH", path, map[string]any{"categories": []any{"x"}, "showAs": "free", "isReminderOn": false}))
	if got := kinds(); got != "invitation to host@example.cz" {
		t.Fatalf("after create and a change of own properties: %s", got)
	}
	w.must(200, w.do("PATCH", path, map[string]any{"subject": "B"}))
	w.must(200, w.do("PATCH", path, map[string]any{"attendees": []any{
		map[string]any{"emailAddress": map[string]any{"address": "host@example.cz"}}, map[string]any{"emailAddress": map[string]any{"address": "dva@example.cz"}},
	}}))
	w.must(204, w.do("DELETE", path, nil))
	want := "invitation to host@example.cz; update to host@example.cz; invitation to dva@example.cz; cancellation to host@example.cz,dva@example.cz"
	if got := kinds(); got != want {
		t.Errorf("mails:\n%s\nwant:\n%s", got, want)
	}
}

func TestTheServiceTouchesANewMeetingByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.create(anna, meeting("plain", "2026-03-10T10:00"))
	online := w.create(anna, meeting("online", "2026-03-10T10:00", map[string]any{"isOnlineMeeting": true}))
	w.clock.Advance(3 * time.Second)
	if got := w.must(200, w.get(eventPath(anna, str(plain["id"])))); got["@odata.etag"] != plain["@odata.etag"] {
		t.Error("a plain event was touched")
	}
	got := w.must(200, w.get(eventPath(anna, str(online["id"]))))
	if got["@odata.etag"] == online["@odata.etag"] || cmp.Diff(got["body"], online["body"]) != "" {
		t.Error("the etag of a new online meeting should move while its content stays")
	}
}

func TestACopyCarriesTheMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Ref"
	e := w.create(anna, meeting("A", "2026-03-10T10:00", map[string]any{
		"transactionId": "op-1", "singleValueExtendedProperties": []any{map[string]any{"id": name, "value": "m/1"}},
	}))
	cp, err := w.srv.CopyAs(anna, str(e["id"]))
	if err != nil {
		t.Fatal(err)
	}
	if cp["id"] == e["id"] || cp["iCalUId"] == e["iCalUId"] || cp["transactionId"] != "op-1" {
		t.Errorf("copy: id %v uid %v transactionId %v", cp["id"], cp["iCalUId"], cp["transactionId"])
	}
	filter := url.PathEscape("singleValueExtendedProperties/Any(ep: ep/id eq '" + name + "' and ep/value eq 'm/1')")
	if got := values(w.must(200, w.get("/users/"+anna+"/events?$filter="+filter))); len(got) != 2 {
		t.Errorf("%d events carry the mark, want the model and its copy", len(got))
	}
	if got := w.create(anna, meeting("A", "2026-03-10T10:00", map[string]any{
		"transactionId": "op-1", "singleValueExtendedProperties": []any{map[string]any{"id": name, "value": "m/1"}},
	})); got["id"] != e["id"] {
		t.Error("the repeated POST found the copy instead of the model")
	}
}

func TestAGuestSeesTheExceptionsOfASeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.srv.CreateAs(anna, meeting("Stand-up", "2026-03-23T09:00", weekly("monday"), map[string]any{
		"attendees": []any{map[string]any{"emailAddress": map[string]any{"address": boris}}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	id := str(made["id"])
	from, to := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)
	second := str(w.srv.Occurrences(anna, id, from, to)[1]["id"])
	if err := w.srv.EditAs(anna, second, map[string]any{"subject": "Jinak"}); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.CancelOccurrenceAs(anna, id, "2026-04-06"); err != nil {
		t.Fatal(err)
	}
	cp := str(w.srv.All(boris)[0]["id"])
	got := w.srv.Occurrences(boris, cp, from, to)
	if diff := cmp.Diff([]string{"Stand-up", "Jinak", "Stand-up"}, subjects(got)); diff != "" {
		t.Fatalf("the guest's series (-want +got):\n%s", diff)
	}
	if err := w.srv.EditAs(anna, id, map[string]any{"location": map[string]any{"displayName": "Brno"}}); err != nil {
		t.Fatal(err)
	}
	for i, o := range w.srv.Occurrences(boris, cp, from, to) {
		if at(o, "location", "displayName") != "Brno" || o["isOrganizer"] != false || o["id"] != got[i]["id"] {
			t.Errorf("occurrence %d of the guest: %v %v", i, o["location"], o["id"])
		}
	}
}

func TestAnInvitationFromOutsideHasAnotherOrganiser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.srv.CreateAs(anna, meeting("Od zákazníka", "2026-03-10T10:00", map[string]any{
		"organizer": map[string]any{"emailAddress": map[string]any{"name": "Zákazník", "address": "zakaznik@example.cz"}},
		"attendees": []any{map[string]any{"emailAddress": map[string]any{"address": anna}}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if made["isOrganizer"] != false || at(made, "organizer", "emailAddress", "address") != "zakaznik@example.cz" || len(w.srv.AllMails()) != 0 {
		t.Errorf("invitation: %v %v %v", made["isOrganizer"], made["organizer"], w.srv.AllMails())
	}
	w.must(204, w.do("DELETE", eventPath(anna, str(made["id"])), nil))
	mails := w.srv.Mails()
	if len(mails) != 1 || mails[0].Kind != "response" || mails[0].To[0] != "zakaznik@example.cz" {
		t.Errorf("deleting it mails %v, want a response to the customer", mails)
	}
}

func TestWhatTheEmulatorLacksFailsLoudly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(w.get("/users/"+anna+"/events?$expand=extensions"), 501, "NotImplemented")
	w.refused(w.do("POST", "/users/"+anna+"/events", meeting("a", "2026-03-10T10:00", map[string]any{"attachments": []any{}})), 501, "NotImplemented")
	big := meeting("a", "2026-03-10T10:00", map[string]any{"body": map[string]any{"contentType": "text", "content": strings.Repeat("x", 5<<20)}})
	w.refused(w.do("POST", "/users/"+anna+"/events", big), 413, "RequestEntityTooLarge")
}
