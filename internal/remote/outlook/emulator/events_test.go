package emulator_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnEventIsReadBackInUTCAndInTheZoneAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.create(anna, meeting("Porada", "2026-03-28T09:30"))
	path := eventPath(anna, str(made["id"]))
	utc := w.must(200, w.get(path))
	if got := at(utc, "start", "dateTime"); got != "2026-03-28T08:30:00.0000000" || at(utc, "start", "timeZone") != "UTC" {
		t.Errorf("start in UTC: %v", utc["start"])
	}
	if got := utc["originalStartTimeZone"]; got != "Central Europe Standard Time" {
		t.Errorf("original zone: %v", got)
	}
	for zone, want := range map[string]string{
		"Pacific Standard Time": "2026-03-28T01:30:00.0000000", "Europe/Berlin": "2026-03-28T09:30:00.0000000",
	} {
		r := w.get(path, `Prefer: outlook.timezone="`+zone+`", IdType="ImmutableId"`)
		body := w.must(200, r)
		if at(body, "start", "dateTime") != want || at(body, "start", "timeZone") != zone {
			t.Errorf("start in %s: %v, want %s", zone, body["start"], want)
		}
		if !strings.Contains(r.header.Get("Preference-Applied"), `outlook.timezone="`+zone+`"`) {
			t.Errorf("Preference-Applied: %q", r.header.Get("Preference-Applied"))
		}
	}
}

func TestOnlyWindowsNamesAndAShortListOfOthersAreZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, zone := range []string{"UTC", "Central Europe Standard Time", "Europe/Berlin", "Europe/Budapest", "Asia/Tokyo"} {
		e := meeting("zone", "2026-05-05T10:00", map[string]any{"start": map[string]any{"dateTime": "2026-05-05T10:00:00", "timeZone": zone}})
		e["end"] = map[string]any{"dateTime": "2026-05-05T11:00:00", "timeZone": zone}
		w.create(anna, e)
	}
	for _, zone := range []string{"Europe/Prague", "Africa/Casablanca", "Mars/Olympus"} {
		e := meeting("zone", "2026-05-05T10:00", map[string]any{"start": map[string]any{"dateTime": "2026-05-05T10:00:00", "timeZone": zone}})
		w.refused(w.do("POST", "/users/"+anna+"/events", e), 400, "TimeZoneNotSupportedException")
	}
	w.refused(w.get("/users/"+anna+"/events", `Prefer: outlook.timezone="Europe/Prague"`), 400, "TimeZoneNotSupportedException")
}

func TestAllDayEventsNeedMidnightsAndAreShownInUTC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := func(start, end string) map[string]any {
		const zone = "Central Europe Standard Time"
		return map[string]any{
			"subject": "Dovolená", "isAllDay": true, "start": map[string]any{"dateTime": start, "timeZone": zone},
			"end": map[string]any{"dateTime": end, "timeZone": zone},
		}
	}
	e := w.create(anna, day("2026-07-01T00:00:00", "2026-07-03T00:00:00"))
	r := w.must(200, w.get(eventPath(anna, str(e["id"])), `Prefer: outlook.timezone="Tokyo Standard Time"`))
	want := map[string]any{"dateTime": "2026-07-01T00:00:00.0000000", "timeZone": "UTC"}
	if diff := cmp.Diff(want, r["start"]); diff != "" {
		t.Errorf("start of an all-day event (-want +got):\n%s", diff)
	}
	for name, bad := range map[string]map[string]any{
		"not at midnight": day("2026-07-01T08:00:00", "2026-07-03T00:00:00"),
		"no length":       day("2026-07-01T00:00:00", "2026-07-01T00:00:00"),
	} {
		if r := w.do("POST", "/users/"+anna+"/events", bad); r.status != 400 {
			t.Errorf("%s: status %d", name, r.status)
		}
	}
	if r := w.do("PATCH", eventPath(anna, str(e["id"])), map[string]any{"isAllDay": false}); r.status != 400 {
		t.Errorf("isAllDay without times: status %d", r.status)
	}
	// Midnight in Prague is 22:00 UTC of the day before: a window in UTC meets the neighbour too.
	view := w.must(200, w.get("/users/"+anna+"/calendarView?startDateTime=2026-06-30T00:00:00Z&endDateTime=2026-06-30T23:00:00Z"))
	if len(values(view)) != 1 {
		t.Errorf("the day before shows %d events, want the all-day neighbour", len(values(view)))
	}
}

func TestIfMatchGuardsAPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.create(anna, meeting("A", "2026-03-03T10:00"))
	path, first := eventPath(anna, str(e["id"])), str(e["@odata.etag"])
	second := w.must(200, w.do("PATCH", path, map[string]any{"subject": "B"}, "If-Match: "+first))
	if second["@odata.etag"] == first || second["changeKey"] == e["changeKey"] {
		t.Error("etag and changeKey stayed over a change")
	}
	w.refused(w.do("PATCH", path, map[string]any{"subject": "C"}, "If-Match: "+first), 412, "ErrorIrresolvableConflict")
	w.refused(w.do("PATCH", path, map[string]any{"subject": "C"}, `If-Match: W/"x"`), 500, "ErrorInternalServerError")
	if got, _ := w.srv.Get(anna, str(e["id"])); got["subject"] != "B" {
		t.Errorf("subject %v after refused writes, want B", got["subject"])
	}
}

func TestTransactionIdMakesARepeatedPostHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := meeting("A", "2026-03-03T10:00", map[string]any{"transactionId": "op-1"})
	first, again := w.create(anna, e), w.create(anna, e)
	if first["id"] != again["id"] || len(w.srv.All(anna)) != 1 {
		t.Fatalf("a repeated POST made another event")
	}
	seen := map[int]bool{}
	for _, id := range []string{"op-1", "op-2", "op-3", "op-4", "op-5", "op-6"} {
		w.create(anna, meeting("A", "2026-03-03T10:00", map[string]any{"transactionId": id}))
		r := w.do("POST", "/users/"+anna+"/events", meeting("other", "2026-03-03T10:00", map[string]any{"transactionId": id}))
		if at(r.body, "error", "code") != "ErrorDuplicateTransactionId" || at(r.body, "error", "@event.existingEventId") == nil {
			t.Errorf("same id, other content: %d %s", r.status, r.raw)
		}
		seen[r.status] = true
	}
	if !seen[400] || !seen[409] {
		t.Errorf("statuses %v, want both 400 and 409 to occur", seen)
	}
	w.refused(w.get("/users/"+anna+"/events?$filter="+url.QueryEscape("transactionId eq 'op-1'")), 400, "ErrorInvalidUrlQueryFilter")
}

func TestUnknownPropertiesAndValuesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name  string
		patch map[string]any
		code  string
	}{
		{"unknown property", map[string]any{"colour": "red"}, "RequestBodyRead"},
		{"unknown enum value", map[string]any{"showAs": "sleeping"}, "RequestBodyRead"},
		{"wrong type", map[string]any{"subject": 5}, "UnableToDeserializePostBody"},
		{"end before start", map[string]any{"end": map[string]any{"dateTime": "2026-03-03T09:00:00", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"},
		{"long subject", map[string]any{"subject": strings.Repeat("ž", 256)}, "ErrorPropertyValidationFailure"},
	}
	for _, tt := range tests {
		r := w.do("POST", "/users/"+anna+"/events", meeting("A", "2026-03-03T12:00", tt.patch))
		if r.status != 400 || at(r.body, "error", "code") != tt.code {
			t.Errorf("%s: %d %s, want 400 %s", tt.name, r.status, r.raw, tt.code)
		}
	}
	e := w.create(anna, meeting("A", "2026-03-03T12:00", map[string]any{"showAs": "OOF", "importance": "High", "isOrganizer": false}))
	if e["showAs"] != "oof" || e["importance"] != "high" || e["isOrganizer"] != true {
		t.Errorf("enum case or a read-only property: %v %v %v", e["showAs"], e["importance"], e["isOrganizer"])
	}
}

func TestBodiesComeBackRewritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.create(anna, meeting("A", "2026-03-03T12:00", map[string]any{"body": map[string]any{"contentType": "text", "content": "Dobrý den,\n<Jan> & spol."}}))
	if at(e, "body", "contentType") != "html" || !strings.Contains(str(at(e, "body", "content")), "converted from text") ||
		!strings.Contains(str(at(e, "body", "content")), "Dobrý den,<br>\r\n&lt;Jan&gt; &amp; spol.") {
		t.Errorf("text body shown as %v", e["body"])
	}
	plain := w.must(200, w.get(eventPath(anna, str(e["id"])), `Prefer: outlook.body-content-type="text"`))
	if got := strings.TrimSpace(str(at(plain, "body", "content"))); got != "Dobrý den,\r\n<Jan> & spol." {
		t.Errorf("text of the body: %q", got)
	}
	if e["bodyPreview"] != "Dobrý den,\r\n<Jan> & spol." {
		t.Errorf("preview: %q", e["bodyPreview"])
	}
	html := `<p onclick="x()" data-a="1">Ahoj<script>alert(1)</script> <b>vole</b></p>`
	e = w.create(anna, meeting("A", "2026-03-03T12:00", map[string]any{"body": map[string]any{"contentType": "HTML", "content": html}}))
	got := str(at(e, "body", "content"))
	if strings.Contains(got, "script") || strings.Contains(got, "onclick") || !strings.Contains(got, "<p>Ahoj <b>vole</b></p>") || !strings.HasPrefix(got, "<html><head>") {
		t.Errorf("html body shown as %q", got)
	}
	again := w.must(200, w.do("PATCH", eventPath(anna, str(e["id"])), map[string]any{"body": map[string]any{"contentType": "html", "content": got}}))
	if at(again, "body", "content") != got {
		t.Errorf("the echo isn't stable:\n%q\n%q", got, at(again, "body", "content"))
	}
}

func TestAnOnlineMeetingLivesInItsBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.create(anna, meeting("A", "2026-03-03T12:00", map[string]any{"isOnlineMeeting": true, "body": map[string]any{"contentType": "html", "content": "<p>x</p>"}}))
	path := eventPath(anna, str(e["id"]))
	if e["isOnlineMeeting"] != true || at(e, "onlineMeeting", "joinUrl") == nil || e["onlineMeetingProvider"] != "teamsForBusiness" {
		t.Fatalf("not online: %v %v", e["isOnlineMeeting"], e["onlineMeeting"])
	}
	content := strings.Replace(str(at(e, "body", "content")), "<p>x</p>", "<p>y</p>", 1)
	kept := w.must(200, w.do("PATCH", path, map[string]any{"body": map[string]any{"contentType": "html", "content": content}}))
	if kept["isOnlineMeeting"] != true || at(kept, "body", "content") != content {
		t.Errorf("keeping the block: %v\n%q\n%q", kept["isOnlineMeeting"], content, at(kept, "body", "content"))
	}
	lost := w.must(200, w.do("PATCH", path, map[string]any{"body": map[string]any{"contentType": "html", "content": "<p>z</p>"}}))
	if lost["isOnlineMeeting"] != false || lost["onlineMeeting"] != nil {
		t.Errorf("dropping the block: %v %v", lost["isOnlineMeeting"], lost["onlineMeeting"])
	}
}

func TestMarksAreFoundByFilterAndShownByExpand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name RaynetRef"
	mark := func(value string) map[string]any {
		return map[string]any{"singleValueExtendedProperties": []any{map[string]any{"id": name, "value": value}}}
	}
	marked := w.create(anna, meeting("marked", "2026-03-03T12:00", mark("meeting/17")))
	w.create(anna, meeting("other", "2026-03-03T12:00", mark("meeting/18")))
	w.create(anna, meeting("bare", "2026-03-03T12:00"))
	if marked["singleValueExtendedProperties"] != nil {
		t.Error("extended properties are echoed without $expand")
	}
	find := func(filter string) []string {
		r := w.must(200, w.get("/users/"+anna+"/events?$filter="+url.PathEscape(filter)))
		return subjects(values(r))
	}
	anyOf := "singleValueExtendedProperties/Any(ep: ep/id eq '" + name + "' and ep/value "
	for filter, want := range map[string][]string{
		anyOf + "eq 'MEETING/17')":                                                      {"marked"},
		anyOf + "eq 'meeting/17') or " + anyOf + "eq 'meeting/18')":                     {"marked", "other"},
		anyOf + "ne null)":                                                              {"marked", "other"},
		anyOf + "eq 'meeting/99')":                                                      {},
		strings.Replace(anyOf, "RaynetRef", "raynetref", 1) + "ne null)":                {},
		"lastModifiedDateTime gt 2026-03-02T07:59:59Z and subject eq 'bare'":            {"bare"},
		"lastModifiedDateTime gt 2026-03-02T08:00:00Z":                                  {},
		"iCalUId eq '" + str(marked["iCalUId"]) + "'":                                   {"marked"},
		"start/dateTime ge '2026-03-03T11:00' and start/dateTime lt '2026-03-03T11:01'": {"marked", "other", "bare"},
		"start/dateTime ge '2026-03-03T12:00'":                                          {},
	} {
		if diff := cmp.Diff(want, find(filter)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filter, diff)
		}
	}
	expand := "$expand=singleValueExtendedProperties($filter=id%20eq%20'" + url.PathEscape(name) + "')"
	got := w.must(200, w.get(eventPath(anna, str(marked["id"]))+"?$select=id&"+expand))
	want := map[string]any{
		"@odata.etag": marked["@odata.etag"], "id": marked["id"],
		"singleValueExtendedProperties": []any{map[string]any{"id": name, "value": "meeting/17"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("expanded (-want +got):\n%s", diff)
	}
	w.refused(w.get("/users/"+anna+"/events?$filter=nonsense"), 400, "ErrorInvalidUrlQueryFilter")
}

func TestListsComeInPagesOfTen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 23 {
		w.create(anna, meeting(string(rune('a'+i)), "2026-03-03T12:00"))
	}
	var all []string
	pages := 0
	for next := "/users/" + anna + "/events?$orderby=" + url.QueryEscape("subject desc"); next != ""; pages++ {
		r := w.must(200, w.get(next))
		all = append(all, subjects(values(r))...)
		next = str(r["@odata.nextLink"])
	}
	if pages != 3 || len(all) != 23 || !slices.IsSortedFunc(all, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("%d pages, %d events %v", pages, len(all), all)
	}
	if got := len(values(w.must(200, w.get("/users/"+anna+"/events?$top=15&$skip=20")))); got != 3 {
		t.Errorf("$top and $skip: %d events, want 3", got)
	}
	if r := w.get("/users/" + anna + "/events?$top=1001"); r.status != 400 {
		t.Errorf("$top=1001: status %d", r.status)
	}
}

func TestDeletionTwiceIsABadRequestFirstAndUnknownLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := eventPath(anna, str(w.create(anna, meeting("A", "2026-03-03T12:00"))["id"]))
	w.must(204, w.do("DELETE", path, nil))
	w.refused(w.get(path), 404, "ErrorItemNotFound")
	w.refused(w.do("DELETE", path, nil), 400, "ErrorInvalidRequest")
	w.clock.Advance(2 * time.Minute)
	w.refused(w.do("DELETE", path, nil), 404, "ErrorItemNotFound")
	w.refused(w.get("/users/"+anna+"/events/short"), 400, "ErrorInvalidIdMalformed")
}

func TestIdsAreCaseSensitiveAndMustBeEscaped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, twins := map[string]string{}, 0
	for range 12 {
		id := str(w.create(anna, meeting("A", "2026-03-03T12:00"))["id"])
		if !strings.Contains(id, "/") || !strings.Contains(id, "+") || !strings.HasSuffix(id, "=") {
			t.Errorf("id %q lacks / + =", id)
		}
		if seen[strings.ToLower(id)] != "" {
			twins++
		}
		seen[strings.ToLower(id)] = id
		if r := w.get("/users/" + anna + "/events/" + id); r.status != 400 || at(r.body, "error", "innerError", "code") != "RequestBroker--ParseUri" {
			t.Errorf("unescaped id: %d %s", r.status, r.raw)
		}
		w.must(200, w.get(eventPath(anna, id)))
	}
	if twins == 0 {
		t.Error("no two ids differ in case alone")
	}
}

func TestMovingKeepsTheImmutableIdAndChangesTheOrdinaryOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.must(201, w.do("POST", "/users/"+anna+"/calendars", map[string]any{"name": "Soukromé"}))
	w.refused(w.do("POST", "/users/"+anna+"/calendars", map[string]any{"name": "soukromé"}), 409, "ErrorFolderExists")
	immutable := str(w.create(anna, meeting("A", "2026-03-03T12:00"))["id"])
	ordinary := func() string {
		return str(w.must(200, w.get(eventPath(anna, immutable), "Prefer: "))["id"])
	}
	before := ordinary()
	w.must(200, w.get(eventPath(anna, before)))
	if err := w.srv.MoveAs(anna, immutable, str(other["id"])); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get(eventPath(anna, before)), 404, "ErrorItemNotFound")
	if after := ordinary(); after == before || after == immutable {
		t.Errorf("ordinary id %q after the move, before %q", after, before)
	}
	if got := values(w.must(200, w.get("/users/"+anna+"/calendar/events"))); len(got) != 0 {
		t.Errorf("%d events left in the default calendar", len(got))
	}
	if got := values(w.must(200, w.get("/users/"+anna+"/calendars/"+url.PathEscape(str(other["id"]))+"/events"))); len(got) != 1 {
		t.Errorf("%d events in the other calendar, want 1", len(got))
	}
}
