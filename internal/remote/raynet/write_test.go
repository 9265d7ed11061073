package raynet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

// genSpan draws times around the nights on which the clocks change, where a round trip is most likely to lose an hour.
func genSpan(t *rapid.T, zoneName string) record.Span {
	days := map[string][]string{
		"Europe/Prague":     {"2026-03-29", "2026-10-25", "2026-07-01"},
		"America/New_York":  {"2026-03-08", "2026-11-01", "2026-12-31"},
		"America/Sao_Paulo": {"2018-11-04", "2018-02-18", "2026-03-05"}, // midnight itself was skipped and came twice
	}
	day, err := time.Parse("2006-01-02", rapid.SampledFrom(days[zoneName]).Draw(t, "day"))
	if err != nil {
		t.Fatal(err)
	}
	day = day.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "shift"))
	if rapid.Bool().Draw(t, "whole days") {
		return record.Days(day, day.AddDate(0, 0, rapid.IntRange(1, 3).Draw(t, "days")))
	}
	from := day.Add(time.Duration(rapid.IntRange(0, 36*60).Draw(t, "minute")) * time.Minute)
	return record.Between(from, from.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "length"))*time.Minute))
}

// showable is a time that is not, by accident, a whole day in the zone: RAYNET has no mark to tell the two apart.
func showable(span record.Span, zoneName string) bool {
	location, err := zone.Load(zoneName)
	if err != nil || span.WholeDays {
		return err == nil
	}
	_, whole := record.WholeLocalDays(span.From, span.Till, location)
	return !whole
}

func genFields(t *rapid.T, zoneName string) record.Fields {
	line := rapid.StringMatching(`[A-Za-zřžýÁ][A-Za-z0-9řžýÁ<>&"'%{} ]{0,40}[a-z.!]`)
	own := record.Text(record.HTML(rapid.StringMatching(`([A-Za-zřž&<>0-9 ]{0,20}\n?){0,5}`).Draw(t, "body")))
	span := genSpan(t, zoneName)
	if !showable(span, zoneName) {
		span.Till = span.Till.Add(7 * time.Minute)
	}
	return record.Fields{
		record.EventSubject:    record.Line(line.Draw(t, "subject")),
		record.EventTime:       span.Value(),
		record.EventPlace:      record.Line(rapid.OneOf(rapid.Just(""), line).Draw(t, "place")),
		record.EventBody:       record.Value(own),
		record.EventImportance: rapid.SampledFrom([]record.Value{"low", "normal", "high"}).Draw(t, "importance"),
		record.EventCancelled:  rapid.SampledFrom([]record.Value{"", record.Yes}).Draw(t, "cancelled"),
	}
}

// What is written is what is read: for a create, and for an update of any of the fields.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, zoneName := range []string{"Europe/Prague", "America/New_York", "America/Sao_Paulo"} {
		for _, kind := range []string{"meeting", "event"} {
			t.Run(zoneName+" "+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, emulator.Options{Zone: "Asia/Tokyo"}, func(c *raynet.Config) { c.EventType = kind })
				scope := w.scope()
				scope.Zone = zoneName
				serial := 0
				rapid.Check(t, func(rt *rapid.T) {
					w.pass(time.Hour)
					if serial++; serial%500 == 0 {
						w.pass(24 * time.Hour)
					}
					fields := genFields(rt, zoneName)
					ref, _ := w.create(scope, fmt.Sprintf("ros:%s-%d", kind, serial), fields)
					compare(rt, "create", fields, w.read(scope, ref).Fields)
					next := genFields(rt, zoneName)
					for _, name := range fields.Sorted() {
						if rapid.Bool().Draw(rt, "keep "+string(name)) {
							delete(next, name)
						}
					}
					for name, value := range next {
						fields[name] = value
					}
					if got, requests := w.update(scope, ref, next); len(requests) < 2 {
						compare(rt, "update", fields, got.Fields)
					} else {
						rt.Fatalf("an update of %d requests", len(requests))
					}
				})
			})
		}
	}
}

func compare(t *rapid.T, what string, want, got record.Fields) {
	t.Helper()
	for _, name := range want.Sorted() {
		if got[name] != want[name] {
			t.Fatalf("%s: %s is %q, want %q", what, name, got[name], want[name])
		}
	}
}

func TestCreateCarriesWhatRaynetInsistsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	scope := w.scope()
	scope.Zone = "America/New_York"
	ref, requests := w.create(scope, "ros:abc", event("", "2026-07-01T14:00Z/2026-07-01T15:00Z"))
	if len(requests) != 1 || requests[0].Method != "PUT" || requests[0].Path != "meeting/" || requests[0].Key != "ros:abc" || requests[0].Op != remote.Create {
		t.Fatalf("%+v", requests)
	}
	want := map[string]any{
		"title": "(bez předmětu)", "priority": "DEFAULT", "status": "SCHEDULED", "owner": float64(w.jana), "extId": "ros:abc",
		"scheduledFrom": "2026-07-01T10:00:00.000-04:00", "scheduledTill": "2026-07-01T11:00:00.000-04:00",
	}
	if got := body(t, requests[0]); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("body %v\nwant %v", got, want)
	}
	s := w.read(scope, ref)
	if s.Fields[record.EventSubject] != "" || s.Key != "ros:abc" || !s.ByUs {
		t.Errorf("subject %q key %q by us %v", s.Fields[record.EventSubject], s.Key, s.ByUs)
	}
	if found, err := w.client.Find(t.Context(), scope, remote.Search{Key: "ros:abc"}); err != nil || len(found) != 1 || found[0].Ref != ref {
		t.Errorf("found %v, %v", found, err)
	}
	if found, err := w.client.Find(t.Context(), scope, remote.Search{Key: "ros:other"}); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if _, err := w.client.Find(t.Context(), scope, remote.Search{Source: ref}); err == nil {
		t.Error("a search that RAYNET cannot make must not say that nothing was found")
	}
}

func TestRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	noPerson, noZone := w.scope(), w.scope()
	noPerson.Person, noZone.Zone = "", "No/Where"
	letters := w.scope()
	letters.Kind = "letters"
	good := "2026-07-01T14:00Z/2026-07-01T15:00Z"
	long := event("a", good)
	long[record.EventBody] = record.Value(strings.Repeat("x", 101*1024))
	tests := []struct {
		name   string
		scope  remote.Scope
		fields record.Fields
	}{
		{"no time", w.scope(), event("a", "")},
		{"broken time", w.scope(), event("a", "soon")},
		{"backwards", w.scope(), event("a", "2026-07-01T15:00Z/2026-07-01T14:00Z")},
		{"year 1", w.scope(), event("a", "0001-01-01/0001-01-02")},
		{"year 9999", w.scope(), event("a", "9999-12-30/9999-12-31")},
		{"no owner", noPerson, event("a", good)},
		{"unknown zone", noZone, event("a", good)},
		{"unknown kind", letters, event("a", good)},
		{"a very long text", w.scope(), long},
	}
	before := w.client.Requests()
	for _, test := range tests {
		_, err := w.client.Compose(t.Context(), test.scope, remote.Write{Op: remote.Create, Fields: test.fields, Key: "ros:x"})
		if err == nil || asRemote(t, err).Kind != remote.Invalid {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if w.client.Requests() != before {
		t.Error("something was sent")
	}
}

func TestTitlesAreCutAndCleaned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	fields := event(strings.Repeat("ž", 300)+"\x00", "2026-07-01T14:00Z/2026-07-01T15:00Z")
	fields[record.EventBody] = "a\x00b\x07c"
	ref, _ := w.create(w.scope(), "ros:x", fields)
	got := w.read(w.scope(), ref).Fields
	if title := []rune(string(got[record.EventSubject])); len(title) != 255 || title[254] != '…' {
		t.Errorf("title of %d letters", len(title))
	}
	if got[record.EventBody] != "abc" {
		t.Errorf("body %q", got[record.EventBody])
	}
}

func TestGuestsOfACreate(t *testing.T) {
	t.Parallel()
	list := func(lines ...string) record.Value { return record.Value(strings.Join(lines, "\n")) }
	tests := []struct {
		name        string
		guests      record.Value
		wantPeople  func(w *world) []int64
		wantCompany func(w *world) int64
		wantBlock   string
		requests    int
	}{
		{"one of Acme", list("karel@acme.example Karel D."), func(w *world) []int64 { return []int64{w.jana, w.karel} }, func(w *world) int64 { return w.acme }, "", 1},
		{"two of Acme, one in capitals", list("alena@acme.example", "karel@acme.example"), func(w *world) []int64 { return []int64{w.jana, w.alena, w.karel} }, func(w *world) int64 { return w.acme }, "", 2},
		{"two companies, one by the second address", list("gustav@globex.example", "karel@acme.example"), func(w *world) []int64 { return []int64{w.jana, w.foreign, w.karel} }, func(*world) int64 { return 0 }, "", 2},
		{"a shared address is nobody's", list("info@acme.example Recepce"), func(w *world) []int64 { return []int64{w.jana} }, func(*world) int64 { return 0 }, "Recepce <info@acme.example>", 1},
		{"strangers", list("a_b@elsewhere.example", "x@elsewhere.example Xaver"), func(w *world) []int64 { return []int64{w.jana} }, func(*world) int64 { return 0 }, "a_b@elsewhere.example\nXaver <x@elsewhere.example>", 1},
		{"the owner", list(jana), func(w *world) []int64 { return []int64{w.jana} }, func(*world) int64 { return 0 }, "", 1},
		{"a wildcard", list("%@acme.example"), func(w *world) []int64 { return []int64{w.jana} }, func(*world) int64 { return 0 }, "%@acme.example", 1},
	}
	for _, mode := range []emulator.Participants{emulator.Patch, emulator.Replace} {
		for _, test := range tests {
			t.Run(test.name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, emulator.Options{Switches: emulator.Switches{Participants: mode}}, nil)
				fields := event("Schůzka", "2026-07-01T14:00Z/2026-07-01T15:00Z")
				fields[record.EventBody], fields[record.EventGuests] = "Program", test.guests
				ref, requests := w.create(w.scope(), "ros:x", fields)
				s := w.read(w.scope(), ref)
				if got, want := strings.Join(s.People, " "), strings.Trim(fmt.Sprint(test.wantPeople(w)), "[]"); got != want || len(requests) != test.requests {
					t.Errorf("people %s in %d requests, want %s in %d", got, len(requests), want, test.requests)
				}
				detail, _ := w.server.Get("meeting", int64(numberOf(ref.ID)))
				company, _ := detail["company"].(map[string]any)
				if want := test.wantCompany(w); (want != 0) != (company != nil) || (company != nil && fmt.Sprint(company["id"]) != fmt.Sprint(want)) {
					t.Errorf("company %v, want %d", company, want)
				}
				parsed := record.ParseBody(fmt.Sprint(detail["description"]))
				if parsed.Block != test.wantBlock || parsed.Own != "Program" || s.Fields[record.EventBody] != "Program" {
					t.Errorf("block %q own %q, want %q", parsed.Block, parsed.Own, test.wantBlock)
				}
				if _, shown := s.Fields[record.EventGuests]; shown {
					t.Error("RAYNET shows guests")
				}
			})
		}
	}
}

func numberOf(id string) (n int) { _, _ = fmt.Sscan(id, &n); return n }

func TestGuestsOfAnUpdate(t *testing.T) {
	t.Parallel()
	for _, mode := range []emulator.Participants{emulator.Patch, emulator.Replace} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Switches: emulator.Switches{Participants: mode}}, nil)
			id := w.activity("meeting", map[string]any{"description": "<p>Program</p>", "participants": []any{map[string]any{"person": w.petr}, map[string]any{"company": w.globex}}})
			target := ref("meeting", id)
			got, requests := w.update(w.scope(), target, record.Fields{record.EventGuests: "karel@acme.example\nx@elsewhere.example"})
			if want := strings.Trim(fmt.Sprint([]int64{w.jana, w.petr, w.karel}), "[]"); strings.Join(got.People, " ") != want {
				t.Errorf("people %v, want %s", got.People, want)
			}
			if !strings.Contains(string(got.Fields[record.EventClient]), "Globex a.s.") || got.Fields[record.EventBody] != "Program" {
				t.Errorf("fields %v", got.Fields)
			}
			if keys := keysOf(body(t, requests[0])); keys != "company description participants" {
				t.Errorf("sent %s", keys)
			}
			// The owner is sent as he is: a RAYNET that replaces items must not lose him.
			first := body(t, requests[0])["participants"].([]any)[0].(map[string]any)
			if first["owner"] != true || first["role"] != "FROM" || first["person"] != float64(w.jana) || first["id"] == nil {
				t.Errorf("the owner was sent as %v", first)
			}
			// The same guests again change nothing; fewer take nobody off, but the rest's block follows.
			if _, requests = w.update(w.scope(), target, record.Fields{record.EventGuests: "karel@acme.example\nx@elsewhere.example"}); len(requests) != 0 {
				t.Errorf("sent again: %+v", requests)
			}
			got, requests = w.update(w.scope(), target, record.Fields{record.EventGuests: ""})
			if len(got.People) != 3 || keysOf(body(t, requests[0])) != "description" {
				t.Errorf("people %v, sent %v", got.People, requests)
			}
			// The people's own text leaves our block alone, and the other way round.
			w.update(w.scope(), target, record.Fields{record.EventGuests: "x@elsewhere.example"})
			got, _ = w.update(w.scope(), target, record.Fields{record.EventBody: "Nový program"})
			detail, _ := w.server.Get("meeting", id)
			if parsed := record.ParseBody(fmt.Sprint(detail["description"])); parsed.Block != "x@elsewhere.example" || parsed.Own != "Nový program" || got.Fields[record.EventBody] != "Nový program" {
				t.Errorf("body %+v", parsed)
			}
		})
	}
}

// A list row does not know the ids of its participants; an update that starts from one must not lose them.
func TestGuestsOfAnUpdateThatStartsFromARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{Participants: emulator.Replace}}, nil)
	id := w.activity("meeting", map[string]any{"participants": []any{map[string]any{"person": w.petr}}})
	round, err := w.client.Begin(t.Context(), kinds(), w.clock())
	if err != nil || len(round.Changed) != 1 {
		t.Fatal(round, err)
	}
	w.apply(w.scope(), remote.Write{Op: remote.Update, Target: &round.Changed[0], Fields: record.Fields{record.EventGuests: "karel@acme.example"}})
	got := w.read(w.scope(), ref("meeting", id)).People
	if want := strings.Trim(fmt.Sprint([]int64{w.jana, w.petr, w.karel}), "[]"); strings.Join(got, " ") != want {
		t.Errorf("people %v, want %s", got, want)
	}
	if err := w.server.DeleteAs(jana, "meeting", id); err != nil {
		t.Fatal(err)
	}
	_, err = w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Update, Target: &round.Changed[0], Fields: record.Fields{record.EventGuests: "alena@acme.example"}})
	if err == nil || asRemote(t, err).Kind != remote.NotFound {
		t.Errorf("a record that is gone: %v", err)
	}
}

func keysOf(body map[string]any) string {
	var keys []string
	for key := range body {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

func TestAddressesAreRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, func(c *raynet.Config) { c.Lookups = 3 })
	compose := func(guests record.Value) (requests int64) {
		t.Helper()
		before := w.client.Requests()
		fields := event("a", "2026-07-01T14:00Z/2026-07-01T15:00Z")
		fields[record.EventGuests] = guests
		if _, err := w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Create, Fields: fields}); err != nil {
			t.Fatal(err)
		}
		return w.client.Requests() - before
	}
	tests := []struct {
		name   string
		wait   time.Duration
		guests record.Value
		want   int64
	}{
		{"a known first address", 0, "karel@acme.example", 1},
		{"again", time.Minute, "karel@acme.example", 0},
		{"after ten minutes", 9 * time.Minute, "karel@acme.example", 1},
		{"an unknown one asks for both addresses", 0, "x@elsewhere.example", 2},
		{"and is remembered too", 0, "x@elsewhere.example", 0},
		{"at most three look-ups", 0, "a@e.example\nb@e.example\nc@e.example\nd@e.example\ne@e.example", 6},
	}
	for _, test := range tests {
		w.pass(test.wait)
		if got := compose(test.guests); got != test.want {
			t.Errorf("%s: %d requests, want %d", test.name, got, test.want)
		}
	}
}

func TestUpdateSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct {
		name, kind string
		before     map[string]any
		field      record.Field
		value      record.Value
		want       string
	}{
		{"subject", "meeting", nil, record.EventSubject, "Jiná", "title"},
		{"time", "phoneCall", nil, record.EventTime, "2026-03-11/2026-03-13", "scheduledFrom scheduledTill"},
		{"time of one that was never scheduled", "meeting", map[string]any{"status": "NEW"}, record.EventTime, "2026-03-11/2026-03-13", "scheduledFrom scheduledTill status"},
		{"time of a finished one", "meeting", map[string]any{"status": "COMPLETED"}, record.EventTime, "2026-03-11/2026-03-13", "scheduledFrom scheduledTill"},
		{"place", "event", nil, record.EventPlace, "Brno", "meetingPlace"},
		{"no place", "meeting", map[string]any{"meetingPlace": "Brno"}, record.EventPlace, "", "meetingPlace"},
		{"body", "meeting", map[string]any{"description": "<p>a</p>"}, record.EventBody, "b", "description"},
		{"no body", "meeting", map[string]any{"description": "<p>a</p>"}, record.EventBody, "", "description"},
		{"the same body", "meeting", map[string]any{"description": "<div>a</div>"}, record.EventBody, "a", ""},
		{"importance", "meeting", nil, record.EventImportance, "high", "priority"},
		{"cancelled", "meeting", nil, record.EventCancelled, "yes", "status"},
		{"not cancelled", "meeting", map[string]any{"status": "CANCELLED"}, record.EventCancelled, "", "status"},
		{"what RAYNET decides", "meeting", nil, record.EventCategory, "x", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := w.activity(test.kind, test.before)
			got, requests := w.update(w.scope(), ref(test.kind, id), record.Fields{test.field: test.value})
			if test.want == "" {
				if len(requests) != 0 {
					t.Fatalf("sent %+v", requests)
				}
				return
			}
			if len(requests) != 1 || keysOf(body(t, requests[0])) != test.want || fmt.Sprint(requests[0].Writes) != fmt.Sprint([]record.Field{test.field}) {
				t.Fatalf("sent %+v", requests)
			}
			if got.Fields[test.field] != test.value {
				t.Errorf("%s is %q, want %q", test.field, got.Fields[test.field], test.value)
			}
		})
	}
	call := ref("phoneCall", w.activity("phoneCall", nil))
	if _, requests := w.update(w.scope(), call, record.Fields{record.EventPlace: "Brno"}); len(requests) != 0 {
		t.Errorf("a phone call has no place: %+v", requests)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	target := ref("meeting", w.activity("meeting", nil))
	s := w.read(w.scope(), target)
	if got, requests := w.apply(w.scope(), remote.Write{Op: remote.Delete, Target: &s}); got != target || len(requests) != 1 || requests[0].Method != "DELETE" || requests[0].Body != "" {
		t.Fatalf("%s, %+v", got, requests)
	}
	readings, err := w.client.Read(t.Context(), w.scope(), []remote.Ref{target})
	if err != nil || readings[0].Presence != remote.Gone {
		t.Errorf("%+v, %v", readings, err)
	}
	request := remote.Request{Op: remote.Delete, Method: "DELETE", Path: "meeting/" + target.ID + "/", Ref: target}
	if _, err := w.client.Send(t.Context(), request); err == nil || asRemote(t, err).Kind != remote.NotFound || asRemote(t, err).Unknown {
		t.Errorf("second delete: %v", err)
	}
}

func TestADuplicateKeyIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	fields := event("a", "2026-07-01T14:00Z/2026-07-01T15:00Z")
	w.create(w.scope(), "ros:1", fields)
	requests, err := w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Create, Fields: fields, Key: "ros:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.client.Send(t.Context(), requests[0]); err == nil || asRemote(t, err).Kind != remote.Duplicate || asRemote(t, err).Unknown {
		t.Fatalf("%v", err)
	}
}

func TestALockedRecordIsToldAsSuch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	id := w.activity("meeting", nil)
	target := w.read(w.scope(), ref("meeting", id))
	if err := w.server.Lock("meeting", id); err != nil {
		t.Fatal(err)
	}
	requests, err := w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Update, Target: &target, Fields: record.Fields{record.EventSubject: "Jiná"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Send(t.Context(), requests[0]); err == nil || asRemote(t, err).Kind != remote.Locked || asRemote(t, err).Unknown {
		t.Fatalf("%v", err)
	}
}

func TestRequestsThatStillWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	before := w.client.Requests()
	_, err := w.client.Send(t.Context(), remote.Request{Op: remote.Update, Method: "POST", Path: "meeting/{id}/", Body: "{}"})
	if err == nil || asRemote(t, err).Kind != remote.Invalid || w.client.Requests() != before {
		t.Fatalf("%v", err)
	}
}
