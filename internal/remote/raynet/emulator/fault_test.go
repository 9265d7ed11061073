package emulator_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote/raynet/emulator"
)

// probe tells what a fault does: the outcome of four creates and four reads, and how many meetings there are.
func (w *world) probe() (creates, reads []int, meetings int) {
	w.t.Helper()
	for range 4 {
		status, err := w.plain("PUT", "meeting/", w.meeting(map[string]any{"extId": nil}))
		if err != nil {
			status = 0
		}
		creates = append(creates, status)
	}
	for range 4 {
		got, err := w.try("GET", "securityLevel/", "", nil, nil)
		if err != nil {
			got.status = 0
		}
		reads = append(reads, got.status)
	}
	return creates, reads, len(w.server.All("meeting"))
}

func TestNamedFaultsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		creates       []int // 0: the connection was cut
		reads         []int
		meetings      int
		meetingsLater int // after healing
	}{
		{"raynet-429", []int{201, 201, 429, 201}, []int{200, 429, 200, 200}, 3, 3},
		{"raynet-500", []int{201, 201, 201, 500}, []int{200, 200, 200, 200}, 3, 3},
		{"raynet-503", []int{201, 201, 503, 201}, []int{200, 503, 200, 200}, 3, 3},
		{"raynet-drop", []int{201, 201, 0, 201}, []int{200, 0, 200, 200}, 3, 3},
		{"raynet-forbidden", []int{403, 403, 403, 403}, []int{200, 200, 200, 200}, 0, 0},
		{"raynet-late-commit", []int{201, 201, 0, 201}, []int{200, 200, 200, 200}, 3, 4},
		{"raynet-lost-reply", []int{201, 201, 0, 201}, []int{200, 200, 200, 200}, 4, 4},
		{"raynet-truncate", []int{201, 201, 201, 201}, []int{200, 200, 0, 200}, 4, 4},
		{"raynet-twice", []int{201, 201, 201, 201}, []int{200, 200, 200, 200}, 5, 5},
		{"raynet-unauthorized", []int{401, 401, 401, 401}, []int{401, 401, 401, 401}, 0, 0},
		{"raynet-quota", []int{429, 429, 429, 429}, []int{429, 429, 429, 429}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{})
			if err := w.server.Inject(test.name); err != nil {
				t.Fatal(err)
			}
			creates, reads, meetings := w.probe()
			if !slices.Equal(creates, test.creates) || !slices.Equal(reads, test.reads) || meetings != test.meetings {
				t.Errorf("got creates %v, reads %v, %d meetings; want %v, %v, %d",
					creates, reads, meetings, test.creates, test.reads, test.meetings)
			}
			if err := w.server.Heal(test.name); err != nil {
				t.Fatal(err)
			}
			if got := len(w.server.All("meeting")); got != test.meetingsLater {
				t.Errorf("healed: got %d meetings, want %d", got, test.meetingsLater)
			}
			if creates, reads, _ := w.probe(); slices.Max(creates) != 201 || slices.Max(reads) != 200 || slices.Min(creates) != 201 {
				t.Errorf("healed: got creates %v, reads %v", creates, reads)
			}
		})
	}
}

func TestTheCatalogueTellsWhatIsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	all := w.server.Faults()
	if len(all) < 20 {
		t.Fatalf("got %d faults, want 20 at least", len(all))
	}
	on := func(name string) bool {
		for _, f := range w.server.Faults() {
			if f.Name == name {
				return f.On
			}
		}
		t.Fatalf("%s left the catalogue", name)
		return false
	}
	for i, f := range all {
		if i > 0 && all[i-1].Name >= f.Name {
			t.Errorf("%s is not in order", f.Name)
		}
		if !strings.HasPrefix(f.Name, "raynet-") || !strings.HasSuffix(f.Says, ".") || f.On {
			t.Errorf("got %+v, want a raynet- name, a sentence, and off", f)
		}
		if err := w.server.Inject(f.Name); err != nil || !on(f.Name) {
			t.Errorf("inject %s: %v, on %v", f.Name, err, on(f.Name))
		}
		if err := w.server.Heal(f.Name); err != nil || on(f.Name) {
			t.Errorf("heal %s: %v, on %v", f.Name, err, on(f.Name))
		}
	}
	if w.server.Inject("raynet-nonsense") == nil || w.server.Heal("raynet-nonsense") == nil {
		t.Error("an unknown name: no error")
	}
}

func TestServiceFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	var ids []int64
	for range 10 {
		ids = append(ids, w.create(w.meeting(nil)))
	}
	inject := func(name string) {
		t.Helper()
		if err := w.server.Inject(name); err != nil {
			t.Fatal(err)
		}
	}
	inject("raynet-locked")
	w.want(http.StatusInternalServerError, "POST", at(ids[0]), "", map[string]any{"title": "x"})
	_ = w.server.Heal("raynet-locked")

	inject("raynet-field-refused")
	got := w.want(http.StatusInternalServerError, "POST", at(ids[0]), "", map[string]any{"meetingPlace": "x"})
	if got.body["message"] != "AttributeAccessDeniedException" || got.body["translatedMessage"] == nil {
		t.Errorf("field refused: got %s", got.raw)
	}
	w.want(http.StatusOK, "POST", at(ids[0]), "", map[string]any{"title": "x"})

	all := len(w.want(http.StatusOK, "GET", "activity/", "limit=100", nil).rows())
	inject("raynet-invisible")
	seen := w.want(http.StatusOK, "GET", "activity/", "limit=100", nil).ids()
	if gone := slices.DeleteFunc(ids, func(id int64) bool { return slices.Contains(seen, id) }); len(gone) != all-len(seen) || len(gone) == 0 {
		t.Errorf("invisible: %v are gone of %d", gone, all)
	} else if status, _ := w.plain("GET", at(gone[0]), nil); status != 404 {
		t.Errorf("invisible: detail got %d, want 404", status)
	}

	inject("raynet-success-text")
	if got := w.want(http.StatusOK, "GET", "meeting/", "", nil); got.body["success"] != "true" {
		t.Errorf("success: got %v", got.body["success"])
	}
}

func TestATextMarkerDisturbsARecordOnce(t *testing.T) {
	t.Parallel()
	var slept time.Duration
	w := newWorld(t, emulator.Options{DataFaults: true, Sleep: func(_ context.Context, d time.Duration) { slept += d }})
	tests := []struct {
		title string
		want  []int // outcomes of three creates with that title; 0: cut
		kept  int
	}{
		{"Porada [429]", []int{429, 201, 201}, 2},
		{"Porada [503]", []int{503, 201, 201}, 2},
		{"Porada [slow]", []int{201, 201, 201}, 3},
		{"Porada [lost-reply]", []int{0, 201, 201}, 3},
		{"Porada", []int{201, 201, 201}, 3},
	}
	for _, test := range tests {
		var got []int
		before := len(w.server.All("meeting"))
		for range 3 {
			status, err := w.plain("PUT", "meeting/", w.meeting(map[string]any{"title": test.title}))
			if err != nil {
				status = 0
			}
			got = append(got, status)
		}
		if kept := len(w.server.All("meeting")) - before; !slices.Equal(got, test.want) || kept != test.kept {
			t.Errorf("%s: got %v and %d kept, want %v and %d", test.title, got, kept, test.want, test.kept)
		}
	}
	if slept != 3*time.Second {
		t.Errorf("slept %v, want 3s once", slept)
	}
	id := w.must(w.server.CreateAs(jana, "meeting", map[string]any{"title": "Z obrazovky [429]"}))
	for i, want := range []int{429, 200} {
		if got, _ := w.plain("POST", at(id), map[string]any{"priority": "MINOR"}); got != want {
			t.Errorf("write %d of a record made on the screens: got %d, want %d", i+1, got, want)
		}
	}
	requests := w.server.Layer().Requests()
	if fault := requests[0].Fault; fault != "text-429" {
		t.Errorf("log: got fault %q, want text-429", fault)
	}
}
