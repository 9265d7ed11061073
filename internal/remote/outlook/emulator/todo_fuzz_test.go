package emulator_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote/outlook/emulator"
)

// FuzzTask lets the owner create whatever JSON says, complete it and give it another date; the emulator must take it or
// refuse it, and stay whole.
func FuzzTask(f *testing.F) {
	for _, task := range []map[string]any{
		{"title": "a"}, {"title": "a", "dueDateTime": map[string]any{"dateTime": "2026-03-10", "timeZone": prague}},
		{"title": "a", "recurrence": every("2026-03-10", prague, nil)["recurrence"]},
		{"title": "a", "linkedResources": []any{map[string]any{"applicationName": "x"}}, "extensions": []any{extension("x")}},
		{"title": nil, "status": 5, "checklistItems": []any{nil}},
	} {
		data, err := json.Marshal(task)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, body string) {
		var task map[string]any
		if json.Unmarshal([]byte(body), &task) != nil || task == nil {
			return
		}
		srv := emulator.New(emulator.Options{})
		srv.AddMailbox(map[string]any{"userPrincipalName": anna})
		made, err := srv.CreateTaskAs(anna, "", task)
		if err == nil && len(srv.Tasks(anna)) != 1 {
			t.Errorf("created %v and shows %d tasks", made["id"], len(srv.Tasks(anna)))
		}
		if err != nil {
			if got := len(srv.Tasks(anna)); got != 0 {
				t.Errorf("refused with %v and shows %d tasks", err, got)
			}
			return
		}
		for _, patch := range []map[string]any{{"status": "completed"}, when("dueDateTime", "2026-05-01T00:00:00", "UTC")} {
			if err := srv.EditTaskAs(anna, made["id"].(string), patch); err != nil {
				t.Errorf("patch %v: %v", patch, err)
			}
		}
	})
}
