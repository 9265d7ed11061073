package emulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

const march = "/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"

// round follows a delta round to its end.
func (w *world) round(link string, headers ...string) (entries []map[string]any, deltaLink string, pages int) {
	w.t.Helper()
	for pages < 200 {
		r := w.must(200, w.get(link, headers...))
		pages++
		entries = append(entries, values(r)...)
		if done := str(r["@odata.deltaLink"]); done != "" {
			return entries, done, pages
		}
		if link = str(r["@odata.nextLink"]); link == "" {
			w.t.Fatal("a page of delta has neither link")
		}
	}
	w.t.Fatal("delta doesn't end")
	return nil, "", 0
}

// told names entries: a subject, "-id" for a removal, "stub 2026-03-30" for an occurrence.
func told(entries []map[string]any) []string {
	out := []string{}
	for _, e := range entries {
		switch {
		case e["@removed"] != nil:
			out = append(out, "-"+str(e["id"]))
		case e["type"] == "occurrence":
			out = append(out, "stub "+str(at(e, "start", "dateTime"))[:10])
		default:
			out = append(out, str(e["subject"]))
		}
	}
	return out
}

func TestDeltaTellsEverythingFirstAndChangesAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := str(w.create(anna, meeting("a", "2026-03-10T10:00"))["id"])
	b := str(w.create(anna, meeting("b", "2026-03-11T10:00"))["id"])
	outside := str(w.create(anna, meeting("outside", "2026-05-11T10:00"))["id"])
	entries, link, _ := w.round("/users/" + anna + march)
	if diff := cmp.Diff([]string{"a", "b"}, told(entries)); diff != "" {
		t.Fatalf("first round (-want +got):\n%s", diff)
	}
	entries, link, pages := w.round(link)
	if len(entries) != 0 || pages != 1 {
		t.Fatalf("idle round: %v in %d pages", told(entries), pages)
	}
	w.must(200, w.do("PATCH", eventPath(anna, a), map[string]any{"subject": "a2"}))
	w.must(200, w.do("PATCH", eventPath(anna, a), map[string]any{"subject": "a3"}))
	w.must(204, w.do("DELETE", eventPath(anna, b), nil))
	w.must(200, w.do("PATCH", eventPath(anna, outside), map[string]any{"subject": "still outside"}))
	w.must(204, w.do("DELETE", eventPath(anna, str(w.create(anna, meeting("short life", "2026-03-12T10:00"))["id"])), nil))
	entries, again, _ := w.round(link)
	got := told(entries)
	if len(got) != 4 || got[0] != "a3" || got[1] != "-"+b || got[2] != "-"+outside {
		t.Errorf("changes: %v", got)
	}
	replay, _, _ := w.round(link)
	if diff := cmp.Diff(got, told(replay)); diff != "" {
		t.Errorf("a replayed link (-first +second):\n%s", diff)
	}
	moved := map[string]any{
		"start": map[string]any{"dateTime": "2026-06-10T10:00:00", "timeZone": "UTC"},
		"end":   map[string]any{"dateTime": "2026-06-10T11:00:00", "timeZone": "UTC"},
	}
	w.must(200, w.do("PATCH", eventPath(anna, a), moved))
	entries, _, _ = w.round(again)
	if diff := cmp.Diff([]string{"-" + a}, told(entries)); diff != "" {
		t.Errorf("moved out of the window (-want +got):\n%s", diff)
	}
	w.must(200, w.get(eventPath(anna, a)))
}

func TestDeltaTellsASeriesAsMasterAndStubs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("series", "2026-03-23T09:00", weekly("monday", "thursday")))["id"])
	entries, link, _ := w.round("/users/" + anna + march)
	if diff := cmp.Diff([]string{"series", "stub 2026-03-23", "stub 2026-03-26", "stub 2026-03-30"}, told(entries)); diff != "" {
		t.Fatalf("first round (-want +got):\n%s", diff)
	}
	stub := entries[1]
	keys := slices.Sorted(func(yield func(string) bool) {
		for k := range stub {
			if !yield(k) {
				return
			}
		}
	})
	if diff := cmp.Diff([]string{"@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"}, keys); diff != "" || stub["seriesMasterId"] != id {
		t.Errorf("stub (-want +got):\n%s", diff)
	}
	w.must(200, w.do("PATCH", eventPath(anna, str(entries[2]["id"])), map[string]any{"subject": "exception"}))
	w.must(204, w.do("DELETE", eventPath(anna, str(entries[3]["id"])), nil))
	entries, link, _ = w.round(link)
	if diff := cmp.Diff([]string{"series", "stub 2026-03-23", "exception"}, told(entries)); diff != "" {
		t.Errorf("after a change and a silent deletion (-want +got):\n%s", diff)
	}
	w.must(204, w.do("DELETE", eventPath(anna, id), nil))
	entries, _, _ = w.round(link)
	if diff := cmp.Diff([]string{"-" + id}, told(entries)); diff != "" {
		t.Errorf("after the series' end (-want +got):\n%s", diff)
	}
}

func TestDeltaPagesAndForgetsThePageSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 7 {
		w.create(anna, meeting(fmt.Sprint(i), "2026-03-10T10:00"))
	}
	w.create(anna, meeting("series", "2026-03-02T09:00", weekly("monday", "thursday")))
	entries, _, pages := w.round("/users/"+anna+march, `Prefer: odata.maxpagesize=3, IdType="ImmutableId"`)
	if len(entries) != 7+1+3 || pages != 4 {
		t.Errorf("%d entries in %d pages, want 11 in 4: %v", len(entries), pages, told(entries))
	}
	r := w.must(200, w.get("/users/"+anna+march, "Prefer: odata.maxpagesize=3"))
	r = w.must(200, w.get(str(r["@odata.nextLink"])))
	if len(values(r)) != 8 {
		t.Errorf("a page without the wish has %d entries, want the other 8", len(values(r)))
	}
}

func TestDeltaOfOneCalendarSeesWhatLeavesAndArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := w.srv.CreateCalendarAs(anna, map[string]any{"name": "Jiný"})
	if err != nil {
		t.Fatal(err)
	}
	id := str(w.create(anna, meeting("a", "2026-03-10T10:00"))["id"])
	_, main, _ := w.round("/users/" + anna + march)
	_, side, _ := w.round("/users/" + anna + "/calendars/" + url.PathEscape(other) + march)
	if err := w.srv.MoveAs(anna, id, other); err != nil {
		t.Fatal(err)
	}
	left, main, _ := w.round(main)
	came, _, _ := w.round(side)
	if diff := cmp.Diff([][]string{{"-" + id}, {"a"}}, [][]string{told(left), told(came)}); diff != "" {
		t.Errorf("after a move (-want +got):\n%s", diff)
	}
	if err := w.srv.MoveAs(anna, id, w.srv.DefaultCalendar(anna)); err != nil {
		t.Fatal(err)
	}
	back, _, _ := w.round(main)
	if diff := cmp.Diff([]string{"a"}, told(back)); diff != "" {
		t.Errorf("after the way back (-want +got):\n%s", diff)
	}
	if err := w.srv.DeleteCalendarAs(anna, other); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get(side), 404, "ErrorItemNotFound")
}

func TestDeltaRefusesWhatItRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(w.get("/users/"+anna+"/calendarView/delta"), 400, "ErrorInvalidParameter")
	w.refused(w.get("/users/"+anna+"/events/delta"), 400, "ErrorInvalidParameter")
	w.refused(w.get("/users/"+anna+march+"&$select=subject"), 400, "ErrorInvalidUrlQuery")
	lower := strings.NewReplacer("startDateTime", "startdatetime", "endDateTime", "EndDateTime").Replace(march)
	_, link, _ := w.round("/users/" + anna + lower)
	w.refused(w.get(link+"x"), 400, "BadRequest")
	w.refused(w.get(strings.Replace(link, anna, boris, 1)), 410, "SyncStateNotFound")
}

func TestDeltaTokensDieInEveryKnownWay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault    string
		status   int
		code     string
		location bool
	}{
		{"delta-410", 410, "SyncStateNotFound", true},
		{"delta-410-bare", 410, "SyncStateNotFound", false},
		{"delta-resync", 400, "resyncRequired", false},
		{"delta-not-found", 400, "syncStateNotFound", false},
		{"delta-bad-token", 400, "BadRequest", false},
	}
	for _, tt := range tests {
		w := newWorld(t)
		w.create(anna, meeting("a", "2026-03-10T10:00"))
		_, link, _ := w.round("/users/" + anna + march)
		if err := w.srv.Inject(tt.fault); err != nil {
			t.Fatal(err)
		}
		r := w.get(link)
		w.refused(r, tt.status, tt.code)
		if got := r.header.Get("Location") != ""; got != tt.location {
			t.Errorf("%s: Location present %v, want %v", tt.fault, got, tt.location)
		}
		entries, fresh, _ := w.round("/users/" + anna + march)
		if len(entries) != 1 {
			t.Errorf("%s: the full round tells %v", tt.fault, told(entries))
		}
		w.must(200, w.get(fresh))
	}
	w := newWorld(t, func(o *emulator.Options) { o.DeltaTokenLife = time.Hour })
	_, link, _ := w.round("/users/" + anna + march)
	w.clock.Advance(61 * time.Minute)
	w.login()
	w.refused(w.get(link), 410, "SyncStateNotFound")
}

func TestARoundAfterOneChangeIsOnePageHoweverMuchIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.KeepHistory = false; o.RequestsPerMailbox = -1 })
	const n = 10_000
	for i := range n {
		if _, err := w.srv.CreateAs(anna, meeting(fmt.Sprint(i), "2026-03-10T10:00")); err != nil {
			t.Fatal(err)
		}
	}
	entries, link, pages := w.round("/users/"+anna+march, `Prefer: odata.maxpagesize=1000, IdType="ImmutableId"`)
	if len(entries) != n || pages != n/1000 {
		t.Fatalf("%d entries in %d pages", len(entries), pages)
	}
	if err := w.srv.EditAs(anna, str(entries[77]["id"]), map[string]any{"subject": "changed"}); err != nil {
		t.Fatal(err)
	}
	entries, _, pages = w.round(link)
	if strings.Join(told(entries), " ") != "changed" || pages != 1 {
		t.Errorf("after one change: %v in %d pages", told(entries), pages)
	}
}

// BenchmarkIdleDelta shows that an idle round costs the same with a thousand and with a hundred thousand events.
func BenchmarkIdleDelta(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			srv := emulator.New(emulator.Options{Seed: 1, RequestsPerMailbox: -1})
			srv.AddMailbox(map[string]any{"userPrincipalName": anna})
			for i := range n {
				if _, err := srv.CreateAs(anna, meeting(fmt.Sprint(i), "2026-03-10T10:00")); err != nil {
					b.Fatal(err)
				}
			}
			w := &world{t: b, srv: srv}
			w.login()
			w.next = srv.Transport()
			_, link, _ := w.round("https://graph.example/v1.0/users/"+anna+march, "Prefer: odata.maxpagesize=1000")
			for b.Loop() {
				w.must(200, w.get(link))
			}
		})
	}
}
