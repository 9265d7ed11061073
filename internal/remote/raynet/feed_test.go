package raynet_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

func names(snapshots []remote.Snapshot) string {
	var out []string
	for _, s := range snapshots {
		out = append(out, s.Ref.Type+" "+string(s.Fields[record.EventSubject])+" "+string(s.Version))
	}
	return strings.Join(out, ", ")
}

func TestPollFollowsBegin(t *testing.T) {
	t.Parallel()
	for _, seconds := range []bool{false, true} {
		t.Run(fmt.Sprintf("compares seconds %v", seconds), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Switches: emulator.Switches{ComparesSeconds: seconds}}, nil)
			w.activity("meeting", map[string]any{"title": "Stará", "scheduledFrom": "2025-01-10T09:00:00+01:00", "scheduledTill": "2025-01-10T10:00:00+01:00"})
			first := w.activity("meeting", map[string]any{"title": "První"})
			w.activity("phoneCall", map[string]any{"title": "Hovor"})
			w.activity("meeting", map[string]any{"title": "Nikdy", "scheduledFrom": nil, "scheduledTill": nil})

			begun, err := w.client.Begin(t.Context(), kinds(), w.clock().AddDate(0, 0, -14))
			if err != nil || !begun.Full || names(begun.Changed) != "meeting První 0, phoneCall Hovor 0" {
				t.Fatalf("begin: full=%v %s, %v", begun.Full, names(begun.Changed), err)
			}
			if !begun.ServerTime.Equal(w.clock().Truncate(time.Second)) {
				t.Errorf("server time %v", begun.ServerTime)
			}
			poll := func(cursor string) remote.Round {
				t.Helper()
				round, err := w.client.Poll(t.Context(), kinds(), cursor)
				if err != nil {
					t.Fatal(err)
				}
				return round
			}
			// What Begin did not list because it lies outside the window is told once, then nothing is.
			round := poll(begun.Cursor)
			if got := names(round.Changed); got != "meeting Stará 0, meeting Nikdy 0" {
				t.Errorf("first poll: %s", got)
			}
			before := w.client.Requests()
			round = poll(round.Cursor)
			if len(round.Changed) != 0 || w.client.Requests() != before+1 {
				t.Errorf("idle poll: %s after %d requests", names(round.Changed), w.client.Requests()-before)
			}
			// A change within the same minute is seen, again and again, though the filter knows only minutes.
			for i, title := range []string{"První a", "První b"} {
				w.pass(5 * time.Second)
				if err := w.server.EditAs(jana, "meeting", first, map[string]any{"title": title}); err != nil {
					t.Fatal(err)
				}
				round = poll(round.Cursor)
				if got, want := names(round.Changed), fmt.Sprintf("meeting %s %d", title, i+1); got != want {
					t.Errorf("poll: %s, want %s", got, want)
				}
			}
			w.pass(time.Hour)
			round = poll(round.Cursor)
			w.pass(time.Hour)
			if round = poll(round.Cursor); len(round.Changed) != 0 || strings.Contains(round.Cursor, "meeting/") {
				t.Errorf("an hour later: %s, cursor %s", names(round.Changed), round.Cursor)
			}
		})
	}
}

func TestListingsOfManyPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	const many = 2345
	for i := range many {
		w.activity("meeting", map[string]any{"title": fmt.Sprint(i)})
	}
	before := w.client.Requests()
	round, err := w.client.Begin(t.Context(), kinds(), w.clock().AddDate(0, 0, -14))
	if err != nil || len(round.Changed) != many || w.client.Requests()-before != 3 {
		t.Fatalf("%d things in %d requests, %v", len(round.Changed), w.client.Requests()-before, err)
	}
	listed, err := w.client.Sweep(t.Context(), kinds(), w.clock().AddDate(0, 0, -14))
	if err != nil || len(listed) != many || w.client.Requests()-before != 6 {
		t.Fatalf("%d records in %d requests, %v", len(listed), w.client.Requests()-before, err)
	}
	for i, s := range round.Changed {
		want := remote.Listed{Ref: s.Ref, Kind: s.Kind, Version: s.Version, People: s.People, Modified: s.Modified}
		if diff := cmp.Diff(want, listed[i]); diff != "" || len(s.People) == 0 || s.Version == "" || s.Modified.IsZero() {
			t.Fatalf("%d: %s tells %+v (-want +got)\n%s", i, s.Ref, s, diff)
		}
	}
	if len(round.Cursor) > 100_000 {
		t.Errorf("the cursor has %d bytes", len(round.Cursor))
	}
}

// A listing that breaks off must never look like a short one: what it lacks would be taken for deleted.
func TestABrokenListingIsNoListing(t *testing.T) {
	t.Parallel()
	page := func(from, till, total int) string {
		var rows []string
		for id := from; id <= till; id++ {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"_entityName":"Meeting","title":"x"}`, id))
		}
		return fmt.Sprintf(`{"success":true,"totalCount":%d,"data":[%s]}`, total, strings.Join(rows, ","))
	}
	tests := []struct {
		name  string
		pages []string
		want  int // 0: an error
	}{
		{"whole", []string{page(1, 3, 3)}, 3},
		{"smaller pages than asked for", []string{page(1, 2, 5), page(3, 4, 3), page(5, 5, 1)}, 5},
		{"second page fails", []string{page(1, 2, 5), ""}, 0},
		{"second page is throttled", []string{page(1, 2, 5), "429"}, 0},
		{"the same page again", []string{page(1, 2, 5), page(1, 2, 5)}, 0},
		{"a page that does not advance", []string{page(1, 2, 5), page(1, 2, 4)}, 0},
		{"success false", []string{`{"success":false,"totalCount":0,"data":[]}`}, 0},
		{"success false as text", []string{`{"success":"false","data":[]}`}, 0},
		{"no data", []string{`{"success":true}`}, 0},
		{"data of another shape", []string{`{"success":true,"data":{"id":1}}`}, 0},
		{"a row without id", []string{`{"success":true,"totalCount":1,"data":[{"title":"x"}]}`}, 0},
		{"a row of a strange shape", []string{`{"success":true,"totalCount":1,"data":[{"id":7,"_entityName":"Meeting","title":{"a":1}}]}`}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			client := bare(t, func(*http.Request) (int, string) {
				text := test.pages[min(asked, len(test.pages)-1)]
				asked++
				if text == "" {
					return 500, ""
				}
				if text == "429" {
					return 429, `{"message":"Too many connections"}`
				}
				return 200, text
			})
			round, err := client.Begin(t.Context(), kinds(), time.Unix(0, 0))
			listed, err2 := client.Sweep(t.Context(), kinds(), time.Unix(0, 0))
			if test.want == 0 {
				if err == nil || err2 == nil || round.Full || round.Cursor != "" || listed != nil {
					t.Fatalf("got %d things and %d of the sweep", len(round.Changed), len(listed))
				}
				return
			}
			if err != nil || len(round.Changed) != test.want {
				t.Fatalf("got %d things, %v", len(round.Changed), err)
			}
		})
	}
}

// bare is a client of a service that answers what the test says.
func bare(t *testing.T, answer func(*http.Request) (int, string)) *raynet.Client {
	t.Helper()
	return bareUpTo(t, 0, answer)
}

// bareUpTo is a bare client that takes answers of so many bytes.
func bareUpTo(t *testing.T, most int64, answer func(*http.Request) (int, string)) *raynet.Client {
	t.Helper()
	client, err := raynet.New(raynet.Config{
		MaxBody: most,
		URL:     "https://crm.example", Instance: "demo", User: "sync@example.cz", APIKey: "fake", Retries: -1,
		Now: func() time.Time { return time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC) },
		Transport: tripFunc(func(r *http.Request) (*http.Response, error) {
			status, text := answer(r)
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1,
				Body: io.NopCloser(strings.NewReader(text)),
			}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPollRefusesStrangeCursors(t *testing.T) {
	t.Parallel()
	client := bare(t, func(*http.Request) (int, string) { return 200, `{"success":true,"totalCount":0,"data":[]}` })
	for _, cursor := range []string{"", "x", "{}", `{"since":"yesterday"}`} {
		if _, err := client.Poll(t.Context(), kinds(), cursor); remote.KindOf(err) != remote.CursorDead || err == nil {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func TestWhatARowShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	category := w.server.All("activityCategory")[0]
	tests := []struct {
		name, kind string
		body       map[string]any
		rule       remote.Rule
		field      record.Field
		want       record.Value
	}{
		{"meeting", "meeting", nil, "", record.EventTime, "2026-03-10T08:00Z/2026-03-10T09:00Z"},
		{"event", "event", map[string]any{"meetingPlace": " Brno,\n sál "}, "", record.EventPlace, "Brno, sál"},
		{"critical", "phoneCall", map[string]any{"priority": "CRITICAL"}, "", record.EventImportance, "high"},
		{"cancelled", "meeting", map[string]any{"status": "CANCELLED"}, "", record.EventCancelled, "yes"},
		{"completed", "meeting", map[string]any{"status": "COMPLETED"}, "", record.EventCancelled, ""},
		{"category", "meeting", map[string]any{"category": category["id"]}, "", record.EventCategory, record.Value(category["code01"].(string))},
		{"text", "meeting", map[string]any{"description": "<p>Bod&nbsp;1</p><p>Bod 2</p>"}, "", record.EventBody, "Bod 1\nBod 2"},
		{"whole day to 23:59", "meeting", map[string]any{"scheduledFrom": "2026-03-29T00:00:00+01:00", "scheduledTill": "2026-03-29T23:59:00+02:00"}, "", record.EventTime, "2026-03-29/2026-03-30"},
		{"whole day to midnight", "meeting", map[string]any{"scheduledFrom": "2026-03-28T00:00:00+01:00", "scheduledTill": "2026-03-30T00:00:00+02:00"}, "", record.EventTime, "2026-03-28/2026-03-30"},
		{"nearly a whole day", "meeting", map[string]any{"scheduledFrom": "2026-03-28T00:00:00+01:00", "scheduledTill": "2026-03-28T23:58:00+01:00"}, "", record.EventTime, "2026-03-27T23:00Z/2026-03-28T22:58Z"},
		{"year 9999", "meeting", map[string]any{"scheduledTill": "9999-12-31T10:00:00+01:00"}, remote.RuleSpan, record.EventTime, ""},
		{"no slot", "meeting", map[string]any{"scheduledFrom": nil, "scheduledTill": nil}, remote.RuleUnscheduled, record.EventTime, ""},
		{"e-mail", "email", nil, remote.RuleType, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := w.activity(test.kind, test.body)
			round, err := w.client.Poll(t.Context(), kinds(), `{"since":"2026-03-05T08:00:00Z"}`)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(round.Changed, func(s remote.Snapshot) bool { return s.Ref == ref(test.kind, id) })
			if at < 0 {
				t.Fatal("not reported")
			}
			s := round.Changed[at]
			if s.Rule != test.rule || s.Fields[test.field] != test.want {
				t.Errorf("rule %q, %s = %q; want %q, %q", s.Rule, test.field, s.Fields[test.field], test.rule, test.want)
			}
			if s.Partial || !s.Offered || s.Author != jana || s.ByUs {
				t.Errorf("partial %v offered %v author %q by us %v", s.Partial, s.Offered, s.Author, s.ByUs)
			}
			if test.rule == remote.RuleType {
				return
			}
			// The row and the detail show the same, but for the version, which details may lack.
			if detail := w.read(w.scope(), s.Ref); fmt.Sprint(detail.Fields) != fmt.Sprint(s.Fields) {
				t.Errorf("row %v\ndetail %v", s.Fields, detail.Fields)
			}
		})
	}
}

// Documents disagree on whether every list shows the place: a row without it is not one without a place.
func TestARowWithoutPlaceIsPartial(t *testing.T) {
	t.Parallel()
	client := bare(t, func(*http.Request) (int, string) {
		return 200, `{"success":true,"totalCount":2,"data":[
			{"id":1,"_entityName":"Meeting","title":"a","scheduledFrom":"2026-03-05T09:30:00.000+01:00","scheduledTill":"2026-03-05T10:30:00.000+01:00"},
			{"id":2,"_entityName":"PhoneCall","title":"b","rowInfo.createdBy":"(unknown)","meetingPlace":"x","scheduledFrom":"2026-03-05 09:30","scheduledTill":"2026-03-05 10:30"}]}`
	})
	round, err := client.Begin(t.Context(), kinds(), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	_, place1 := round.Changed[0].Fields[record.EventPlace]
	_, place2 := round.Changed[1].Fields[record.EventPlace]
	if !round.Changed[0].Partial || place1 || round.Changed[1].Partial || place2 {
		t.Errorf("%+v", round.Changed)
	}
	if round.Changed[1].Author != "" {
		t.Errorf("author %q", round.Changed[1].Author)
	}
	if round.Changed[0].Span != round.Changed[1].Span {
		t.Errorf("the plain form is in the account's zone: %v, %v", round.Changed[0].Span, round.Changed[1].Span)
	}
}

func TestPeopleAndClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	id := w.activity("meeting", map[string]any{"company": w.acme, "participants": []any{
		map[string]any{"person": w.karel}, map[string]any{"person": w.petr}, map[string]any{"company": w.acme},
	}})
	s := w.read(w.scope(), ref("meeting", id))
	if want := fmt.Sprint([]int64{w.jana, w.karel, w.petr}); "["+strings.Join(s.People, " ")+"]" != want {
		t.Errorf("people %v, want %s", s.People, want)
	}
	want := fmt.Sprintf("Acme s.r.o.\nKarel Dvořák\nPetr Malý\nhttps://crm.example/demo/?en=Meeting&ei=%d", id)
	if got := string(s.Fields[record.EventClient]); got != want {
		t.Errorf("client %q, want %q", got, want)
	}
	if !slices.Equal(s.Natural, []string{"2026-03-10T08:00Z/2026-03-10T09:00Z|porada"}) {
		t.Errorf("natural %q", s.Natural)
	}
}

func TestZonesOfWholeDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	id := w.activity("meeting", map[string]any{"scheduledFrom": "2026-03-10T00:00:00+01:00", "scheduledTill": "2026-03-10T23:59:00+01:00"})
	prague := w.read(w.scope(), ref("meeting", id))
	scope := w.scope()
	scope.Zone = "America/New_York"
	york := w.read(scope, ref("meeting", id))
	if !prague.Span.WholeDays || york.Span.WholeDays {
		t.Fatalf("Prague %v, New York %v", prague.Span, york.Span)
	}
	if got := w.client.InZone(prague, "America/New_York"); fmt.Sprint(got.Fields) != fmt.Sprint(york.Fields) || !slices.Equal(got.Natural, york.Natural) {
		t.Errorf("got %v, want %v", got.Fields, york.Fields)
	}
	if got := w.client.InZone(prague, "No/Where"); got.Span != prague.Span {
		t.Errorf("unknown zone: %v", got.Span)
	}
}

// Persons look the same in every zone, but who we are may have been learned since they were read.
func TestPersonsInZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	s := w.read(w.contacts(), w.contact(nil))
	s.MadeByUs = true
	if got := w.client.InZone(s, "America/New_York"); got.MadeByUs || fmt.Sprint(got.Fields) != fmt.Sprint(s.Fields) {
		t.Errorf("got %+v", got)
	}
}

func TestTimesThatCannotBe(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from, till string
		want             remote.Rule
	}{
		{"good", "2026-03-05T09:30:00.000+01:00", "2026-03-05T10:30:00.000+01:00", ""},
		{"no length", "2026-03-05T09:30:00.000+01:00", "2026-03-05T09:30:00.000+01:00", ""},
		{"ends before it begins", "2026-03-05T09:30:00.000+01:00", "2026-03-05T08:30:00.000+01:00", remote.RuleSpan},
		{"year 1", "0001-01-01T00:00:00.000+00:00", "2026-03-05T08:30:00.000+01:00", remote.RuleSpan},
		{"year 9999", "2026-03-05T08:30:00.000+01:00", "9999-12-31T00:00:00.000+00:00", remote.RuleSpan},
		{"no date", "tomorrow", "2026-03-05T08:30:00.000+01:00", remote.RuleSpan},
		{"no end", "2026-03-05T08:30:00.000+01:00", "", remote.RuleUnscheduled},
		{"no slot", "", "", remote.RuleUnscheduled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := bare(t, func(*http.Request) (int, string) {
				return 200, fmt.Sprintf(`{"success":true,"totalCount":1,"data":[{"id":1,"_entityName":"Meeting","title":"a","scheduledFrom":%q,"scheduledTill":%q}]}`, test.from, test.till)
			})
			round, err := client.Begin(t.Context(), kinds(), time.Unix(0, 0))
			if err != nil || round.Changed[0].Rule != test.want || (test.want == "") != (round.Changed[0].Natural != nil) {
				t.Fatalf("%+v, %v, want rule %q", round.Changed, err, test.want)
			}
		})
	}
}

// A page of huge rows is read in smaller ones instead of never.
func TestPagesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	huge := `"` + strings.Repeat("x", 11<<10) + `"`
	client := bareUpTo(t, 32<<10, func(r *http.Request) (int, string) {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		after, _ := strconv.Atoi(r.URL.Query().Get("id[GT]"))
		var rows []string
		for id := after + 1; id <= 4 && len(rows) < limit; id++ {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"_entityName":"Meeting","rowInfo.createdBy":"(unknown)","description":`, id)+huge+"}")
		}
		return 200, fmt.Sprintf(`{"success":true,"totalCount":%d,"data":[`, 4-after) + strings.Join(rows, ",") + "]}"
	})
	listed, err := client.Sweep(t.Context(), kinds(), time.Unix(0, 0))
	if err != nil || len(listed) != 4 {
		t.Fatalf("%v, %v", listed, err)
	}
}
