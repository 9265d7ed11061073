package outlook_test

import (
	"fmt"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// The accidents of the feed: each is either survived or a typed error, never a short list.
func TestAccidentsOfTheFeedOfTasks(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"delta-410", "delta-410-bare", "delta-resync", "delta-not-found", "delta-bad-token"} {
		w := todoSetup(t)
		cursor := w.begin().Cursor
		w.must(w.server.Inject(fault))
		if _, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.CursorDead {
			t.Errorf("%s: %v", fault, err)
		}
	}
	for _, fault := range []string{"delta-endless", "delta-404-once"} {
		w := todoSetup(t)
		w.personTask(map[string]any{"title": "Úkol"})
		cursor := w.begin().Cursor
		w.must(w.server.Inject(fault))
		w.personTask(map[string]any{"title": "Další"})
		if round, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.Unavailable || round.Changed != nil {
			t.Errorf("%s: %d changed, %v", fault, len(round.Changed), err)
		}
	}
	for _, fault := range []string{"delta-duplicates", "delta-empty-pages", "delta-removed-unknown"} {
		w := todoSetup(t)
		w.must(w.server.Inject(fault))
		first, second := w.personTask(map[string]any{"title": "Úkol"}), w.personTask(daily("Záloha"))
		round := w.begin()
		byRef(t, round.Changed, first)
		byRef(t, round.Changed, second)
		if len(round.Changed) != 2 {
			t.Errorf("%s: %d tasks", fault, len(round.Changed))
		}
	}
	w := todoSetup(t)
	w.requests()
	_, err := w.client.Continue(t.Context(), w.scope, "https://elsewhere.example/v1.0/users/x/todo/lists/l/tasks/delta?$deltatoken=1")
	if remote.KindOf(err) != remote.CursorDead || w.requests() != 0 {
		t.Errorf("a foreign cursor: %v", err)
	}
}

// Whatever happens to one page of several, there is no round.
func TestOneBadPageOfTasks(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]chaos.Fault{
		"503 without body": {Effect: chaos.EffectStatus, Status: 503},
		"504 UnknownError": {Effect: chaos.EffectStatus, Status: 504, Body: `{"error":{"code":"UnknownError","message":""}}`},
		"200 of a proxy":   {Effect: chaos.EffectStatus, Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>Log in</html>"},
		"200 of nothing":   {Effect: chaos.EffectStatus, Status: 200, Body: "{}"},
		"no id":            {Effect: chaos.EffectStatus, Status: 200, Body: `{"value":[{"title":"x"}],"@odata.deltaLink":"https://graph.contoso.example/v1.0/x"}`},
		"empty 404":        {Effect: chaos.EffectStatus, Status: 404},
		"404":              {Effect: chaos.EffectStatus, Status: 404, Body: `{"error":{"code":"ErrorItemNotFound","message":"no"}}`},
		"cut off":          {Effect: chaos.EffectTruncate},
		"no answer":        {Effect: chaos.EffectLoseAnswer},
	} {
		w := todoSetup(t)
		w.uncheck()
		for i := range 210 {
			w.personTask(map[string]any{"title": fmt.Sprint("Úkol ", i)})
		}
		fault.Name, fault.PathContains, fault.Every, fault.Times = name, "/tasks/delta", 2, 1
		w.server.Layer().Set(fault)
		round, err := w.client.Begin(t.Context(), w.scope, w.now(), w.now())
		if failed := failure(t, err); failed.Kind != remote.Unavailable || round.Changed != nil || round.Cursor != "" {
			t.Errorf("%s: %d tasks, %v", name, len(round.Changed), err)
		}
	}
}

// A damaged task is told as one that is there and cannot be read; it stops nothing.
func TestDamagedTask(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	w.uncheck()
	w.server.Layer().Set(chaos.Fault{Name: "damaged", PathContains: "/tasks/delta", Effect: chaos.EffectStatus, Status: 200,
		Body: `{"value":[{"id":"1","title":7},{"id":"2","title":"x","dueDateTime":{"dateTime":"0001-01-01T00:00:00","timeZone":"UTC"}}],"@odata.deltaLink":"https://graph.contoso.example/v1.0/x"}`})
	round := w.begin()
	if got := byRef(t, round.Changed, taskRef("1")); !got.Partial || got.Kind != record.Tasks || got.Fields != nil {
		t.Errorf("%+v", got)
	}
	if got := byRef(t, round.Changed, taskRef("2")); got.Rule != remote.RuleSpan || got.Natural != nil {
		t.Errorf("a due date that cannot be: %+v", got)
	}
}

// Whatever Graph says of a task, the round is read or refused; nothing crashes, and every value is canonical.
func FuzzTask(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","title":"x","status":"notStarted","dueDateTime":{"dateTime":"2026-10-21T22:00:00.0000000","timeZone":"UTC"},"body":{"contentType":"text","content":"a\r\nb"}}`,
		`{"id":"1","title":" x\ty ","dueDateTime":{"dateTime":"9999-12-31T00:00:00","timeZone":"Mars"},"importance":"urgent","status":"sleeping"}`,
		`{"id":"1","status":"completed","completedDateTime":{"dateTime":"2026-10-21T00:00:00","timeZone":"UTC"},"recurrence":{"pattern":{}}}`,
		`{"id":"1","linkedResources":[{"externalId":"ros1|/task/4711/u|op"},{"externalId":"ros1||"},null]}`,
		`{"id":"1","linkedResources":[{"externalId":"ROS1|jiná/task/4711/u|op"}],"categories":["RAYNET: zrušeno"," a ","A",null]}`,
		`{"id":"1","body":{"contentType":"html","content":"<p>——— RAYNET ———<br>x"},"@odata.etag":"W/\"x\""}`,
		`{"id":"1","@removed":{"reason":"deleted"}}`, `{"id":"1","title":"\ud800"}`, `{"id":1}`, `{"id":"1","title":7}`, `[]`, `null`,
	} {
		f.Add(seed)
	}
	transport := &answering{login: emulator.New(emulator.Options{}).Transport()}
	client, err := outlook.New(outlook.Config{
		GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example", TenantID: emulator.FakeTenant,
		ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Transport: transport, Now: time.Now, Retries: -1,
	})
	if err != nil {
		f.Fatal(err)
	}
	scope := remote.Scope{Kind: record.Tasks, Mailbox: "u", Zone: "America/New_York", Container: "l"}
	f.Fuzz(func(t *testing.T, text string) {
		transport.body = `{"value":[` + text + `],"@odata.deltaLink":"https://graph.contoso.example/v1.0/users/u/todo/lists/l/tasks/delta?$deltatoken=1"}`
		round, err := client.Begin(t.Context(), scope, time.Now(), time.Now())
		if err != nil {
			if failure(t, err).Unknown || round.Changed != nil {
				t.Errorf("refused as %v with %d changed", err, len(round.Changed))
			}
			return
		}
		for _, one := range round.Changed {
			if one.Ref.ID == "" || one.Partial != (one.Fields == nil) {
				t.Errorf("%+v", one)
			}
			if value := one.Fields[record.TaskSubject]; value != record.Line(string(value)) {
				t.Errorf("the subject is not canonical: %q", value)
			}
			if value := one.Fields[record.TaskCategories]; value != record.Set(record.ParseSet(value)) {
				t.Errorf("the categories are not canonical: %q", value)
			}
			if value := one.Fields[record.TaskDue]; value != "" {
				if _, err := time.Parse("2006-01-02", string(value)); err != nil {
					t.Errorf("the due date is none: %v", err)
				}
			}
			if one.Raw == nil {
				continue
			}
			for _, fields := range []record.Fields{one.Fields, {record.TaskBody: "x", record.TaskClient: "y", record.TaskDue: ""}} {
				if _, err := client.Compose(t.Context(), scope, remote.Write{Op: remote.Update, Target: &one, Fields: fields}); err != nil {
					t.Errorf("a change of it: %v", err)
				}
			}
		}
	})
}
