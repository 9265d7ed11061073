package raynet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet/emulator"
)

// Open tasks are listed whether they have a time slot or not, and those that were finished within the window; each once, and only if
// tasks are asked for.
func TestTheListsOfTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := func(body map[string]any) remote.Ref {
		body["deadline"] = "2026-03-20T17:00:00+01:00"
		if _, slot := body["scheduledFrom"]; !slot {
			body["scheduledFrom"], body["scheduledTill"] = nil, nil
		}
		return ref("task", w.activity("task", body))
	}
	old := task(map[string]any{"status": "COMPLETED"})
	w.pass(30 * 24 * time.Hour)
	want := []remote.Ref{
		task(map[string]any{}),
		task(map[string]any{"status": "SCHEDULED", "scheduledFrom": "2025-03-10T09:00:00+01:00", "scheduledTill": "2025-03-10T10:00:00+01:00"}),
		task(map[string]any{"status": "SCHEDULED", "scheduledFrom": "2026-05-10T09:00:00+01:00", "scheduledTill": "2026-05-10T10:00:00+01:00"}),
		task(map[string]any{"status": "COMPLETED"}),
		task(map[string]any{"status": "CANCELLED"}),
	}
	meeting := ref("meeting", w.activity("meeting", map[string]any{"scheduledFrom": "2026-05-10T09:00:00+01:00", "scheduledTill": "2026-05-10T10:00:00+01:00"}))
	from := w.clock().AddDate(0, 0, -14)
	tests := []struct {
		kinds    []record.Kind
		want     []remote.Ref
		requests int64
	}{
		{[]record.Kind{record.Tasks}, want, 3},
		{[]record.Kind{record.Calendar}, []remote.Ref{meeting}, 1},
		{[]record.Kind{record.Calendar, record.Tasks}, append(slices.Clone(want), meeting), 4},
	}
	for _, test := range tests {
		slices.SortFunc(test.want, byRef)
		before := w.client.Requests()
		round, err := w.client.Begin(t.Context(), test.kinds, from)
		if err != nil || w.client.Requests()-before != test.requests {
			t.Fatalf("%v: %d requests, %v", test.kinds, w.client.Requests()-before, err)
		}
		var begun []remote.Ref
		for _, s := range round.Changed {
			begun = append(begun, s.Ref)
		}
		listed, err := w.client.Sweep(t.Context(), test.kinds, from)
		if err != nil {
			t.Fatal(err)
		}
		var swept []remote.Ref
		for _, one := range listed {
			swept = append(swept, one.Ref)
		}
		slices.SortFunc(begun, byRef)
		slices.SortFunc(swept, byRef)
		if !slices.Equal(begun, test.want) || !slices.Equal(swept, test.want) {
			t.Errorf("%v: begun %v, swept %v, want %v", test.kinds, begun, swept, test.want)
		}
		w.pass(time.Second)
		w.edit(petr, "task", id(old), map[string]any{"title": "Jiná"})
		got, _, requests := w.poll(test.kinds, round.Cursor)
		if told := strings.Contains(got, "task/"+old.ID); told != slices.Contains(test.kinds, record.Tasks) || requests != 1 {
			t.Errorf("%v: polled %q in %d requests", test.kinds, got, requests)
		}
	}
}

func byRef(a, b remote.Ref) int { return strings.Compare(a.String(), b.String()) }
