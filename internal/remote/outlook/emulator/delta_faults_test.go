package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// faultyDelta is a world with three events and a series, a link from before the fault, and the fault.
func faultyDelta(t *testing.T, fault string) (*world, string) {
	t.Helper()
	w := newWorld(t)
	for i := range 3 {
		w.create(anna, meeting(fmt.Sprint(i), "2026-03-10T10:00"))
	}
	w.create(anna, meeting("series", "2026-03-23T09:00", weekly("monday")))
	_, link, _ := w.round("/users/" + anna + march)
	if err := w.srv.Inject(fault); err != nil {
		t.Fatal(err)
	}
	return w, link
}

func TestDeltaMayNeverEnd(t *testing.T) {
	t.Parallel()
	w, _ := faultyDelta(t, "delta-endless")
	links := map[string]bool{}
	next, first := "/users/"+anna+march, ""
	for range 20 {
		r := w.must(200, w.get(next))
		next = str(r["@odata.nextLink"])
		links[next] = true
		if got := strings.Join(told(values(r)), " "); first == "" {
			first = got
		} else if got != first {
			t.Fatalf("page %q, want %q for ever", got, first)
		}
	}
	if len(links) != 20 {
		t.Errorf("%d different links in 20 pages", len(links))
	}
}

func TestDeltaMayRepeatEntries(t *testing.T) {
	t.Parallel()
	w, _ := faultyDelta(t, "delta-duplicates")
	entries, link, _ := w.round("/users/" + anna + march)
	if got := told(entries); got[0] != got[len(got)-1] {
		t.Errorf("no repetition in %v", got)
	}
	if again, _, _ := w.round(link); len(again) == 0 {
		t.Error("nothing is replayed in the next round")
	}
}

func TestDeltaMayGiveEmptyPages(t *testing.T) {
	t.Parallel()
	w, link := faultyDelta(t, "delta-empty-pages")
	r := w.must(200, w.get(link))
	if len(values(r)) != 0 || str(r["@odata.nextLink"]) == "" {
		t.Errorf("want an empty page with a nextLink, got %v", r)
	}
	if entries, _, pages := w.round("/users/" + anna + march); len(entries) != 6 || pages < 2 {
		t.Errorf("%d entries in %d pages", len(entries), pages)
	}
}

func TestDeltaMayLag(t *testing.T) {
	t.Parallel()
	w, link := faultyDelta(t, "delta-lag")
	w.clock.Advance(time.Minute)
	id := str(w.create(anna, meeting("late", "2026-03-10T10:00"))["id"])
	entries, link, _ := w.round(link)
	if len(entries) != 0 {
		t.Errorf("told at once: %v", told(entries))
	}
	w.must(200, w.get(eventPath(anna, id)))
	w.clock.Advance(time.Minute)
	if entries, _, _ = w.round(link); strings.Join(told(entries), " ") != "late" {
		t.Errorf("told later: %v", told(entries))
	}
}

func TestDeltaMayRemoveWhatNeverWas(t *testing.T) {
	t.Parallel()
	w, link := faultyDelta(t, "delta-removed-unknown")
	for _, from := range []string{link, "/users/" + anna + march} {
		entries, _, _ := w.round(from)
		if got := told(entries); len(got) == 0 || !strings.HasPrefix(got[0], "-") {
			t.Errorf("no removal in %v", got)
		}
	}
}

func TestDeltaMayLeaveMastersOut(t *testing.T) {
	t.Parallel()
	w, _ := faultyDelta(t, "delta-master-missing")
	entries, _, _ := w.round("/users/" + anna + march)
	if got := strings.Join(told(entries), " "); got != "0 1 2 stub 2026-03-23 stub 2026-03-30" {
		t.Errorf("told %q", got)
	}
}

func TestAGoodDeltaLinkMayBeUnknownOnce(t *testing.T) {
	t.Parallel()
	w, link := faultyDelta(t, "delta-404-once")
	w.refused(w.get(link), 404, "ErrorItemNotFound")
	w.must(200, w.get(link))
}

func TestDeltaMayForgetWhatCameBack(t *testing.T) {
	t.Parallel()
	w, link := faultyDelta(t, "delta-moved-back")
	other, err := w.srv.CreateCalendarAs(anna, map[string]any{"name": "Jiný"})
	if err != nil {
		t.Fatal(err)
	}
	id := str(w.srv.All(anna)[0]["id"])
	for _, calendar := range []string{other, w.srv.DefaultCalendar(anna)} {
		if err := w.srv.MoveAs(anna, id, calendar); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, _ := w.round(link)
	if diff := cmp.Diff([]string{"-" + id}, told(entries)); diff != "" {
		t.Errorf("away and back (-want +got):\n%s", diff)
	}
}
