package outlook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func anyTask() *rapid.Generator[record.Fields] {
	return rapid.Custom(func(t *rapid.T) record.Fields {
		day := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "day"))
		done := rapid.SampledFrom([]record.Value{"", record.Yes}).Draw(t, "done")
		return record.Fields{
			record.TaskSubject:    anyLine("subject").Draw(t, "subject"),
			record.TaskDue:        rapid.SampledFrom([]record.Value{"", record.Value(day.Format("2006-01-02"))}).Draw(t, "due"),
			record.TaskImportance: rapid.SampledFrom([]record.Value{record.ImportanceLow, record.ImportanceNormal, record.ImportanceHigh}).Draw(t, "importance"),
			record.TaskDone:       done,
			record.TaskBody:       anyText("body").Draw(t, "body"),
			record.TaskCategories: record.Set(rapid.SliceOfN(rapid.SampledFrom([]string{"VIP", "vip", "Obchod", "Řeč, psaná", "🙂", "a/b"}), 0, 4).Draw(t, "categories")),
			record.TaskCancelled:  rapid.SampledFrom([]record.Value{"", done}).Draw(t, "cancelled"),
			record.TaskClient:     anyText("client").Draw(t, "client"),
		}
	})
}

// What is written comes back as the same canonical values, after the create and after every change of single fields; writing what
// was read changes nothing more.
func TestTaskFieldsSurviveTheWay(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		scope := w.scope
		scope.Zone = rapid.SampledFrom([]string{"Europe/Prague", "America/New_York", "Asia/Kolkata", "UTC", "Pacific/Kiritimati", "America/Santiago"}).Draw(t, "zone")
		read := func(ref remote.Ref) remote.Snapshot {
			readings, err := w.client.Read(w.t.Context(), scope, []remote.Ref{ref})
			if err != nil || readings[0].Presence != remote.Present {
				t.Fatalf("read: %+v, %v", readings, err)
			}
			return readings[0].Snapshot
		}
		write := func(write remote.Write) remote.Answer {
			requests, err := w.client.Compose(w.t.Context(), scope, write)
			if err != nil || len(requests) > 1 || (len(requests) == 0 && write.Op == remote.Create) {
				t.Fatalf("compose: %d requests, %v", len(requests), err)
			}
			if len(requests) == 0 {
				now := read(write.Target.Ref)
				return remote.Answer{Ref: now.Ref, Snapshot: &now}
			}
			answer, err := w.client.Send(w.t.Context(), requests[0])
			if err != nil {
				t.Fatalf("send %s %s: %v", requests[0].Method, requests[0].Body, err)
			}
			return answer
		}
		want := anyTask().Draw(t, "task")
		count++
		answer := write(w.taskCreation(fmt.Sprintf("op-%d", count), want))
		check := func(when string, got remote.Snapshot) {
			t.Helper()
			if diff := cmp.Diff(want.Only(shownOfTask...), got.Fields); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("the answer to the create", *answer.Snapshot)
		now := read(answer.Ref)
		check("after the create", now)
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			other := anyTask().Draw(t, "edit")
			changed := record.Fields{}
			for _, name := range other.Sorted() {
				if name != record.TaskDone && name != record.TaskCancelled && rapid.Bool().Draw(t, string(name)) {
					changed[name], want[name] = other[name], other[name]
				}
			}
			if rapid.Bool().Draw(t, "state") { // these two move together, as RAYNET shows them
				for _, name := range []record.Field{record.TaskDone, record.TaskCancelled} {
					changed[name], want[name] = other[name], other[name]
				}
			}
			check("the answer to the change", *write(remote.Write{Op: remote.Update, Side: record.Outlook, Fields: changed, Target: &now}).Snapshot)
			now = read(answer.Ref)
			check("after the change", now)
		}
		before := w.task(answer.Ref)
		write(remote.Write{Op: remote.Update, Side: record.Outlook, Fields: now.Fields, Target: &now})
		again := w.task(answer.Ref)
		for _, name := range []string{"title", "body", "status", "categories", "dueDateTime", "importance"} {
			if diff := cmp.Diff(before[name], again[name]); diff != "" && name != "categories" { // their order may change once
				t.Fatalf("%s after a write of what was read (-before +after):\n%s", name, diff)
			}
		}
	})
}
