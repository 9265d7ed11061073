package outlook_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
)

// What a new task is like, and that it is found again by each of its names, by other instances as somebody else's.
func TestNewTask(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	w.personTask(map[string]any{"title": "Cizí", "linkedResources": []any{map[string]any{"applicationName": "RAYNET CRM", "externalId": "cizí|věc"}}})
	request := w.compose(w.taskCreation("Op-1", sampleTask))
	if len(request.Writes) != len(sampleTask) || request.Shows != nil || request.Key != "Op-1" {
		t.Errorf("request: %+v", request)
	}
	answer := w.send(request)
	want := &remote.Stamp{Source: remote.Ref{Side: record.Raynet, Type: "task", ID: "4711"}, Mailbox: w.jana, Op: "op-1"}
	got := w.task(answer.Ref)
	links := got["linkedResources"].([]any)[0].(map[string]any)
	delete(links, "id")
	if diff := cmp.Diff(map[string]any{"applicationName": "RAYNET CRM", "displayName": "RAYNET CRM", "webUrl": string(sampleTask[record.TaskLink]),
		"externalId": "ros1|firma/task/4711/" + w.jana + "|op-1"}, links); diff != "" {
		t.Errorf("linked resource (-want +got):\n%s", diff)
	}
	if body := got["body"].(map[string]any)["content"].(string); !strings.HasPrefix(body, "Cena\r\nTermín\r\n") || !strings.Contains(body, "Klient s.r.o.\r\nJan Novák") {
		t.Errorf("body: %q", body)
	}
	if diff := cmp.Diff(map[string]any{"dateTime": "2026-10-23T14:00:00.0000000", "timeZone": "UTC"}, got["reminderDateTime"]); diff != "" || got["isReminderOn"] != true {
		t.Errorf("reminder (-want +got):\n%s", diff)
	}
	finds := map[string]remote.Search{"key": {Key: "OP-1", Type: "task"}, "source": {Source: want.Source}, "like": {Like: &request}}
	snapshots := map[string]remote.Snapshot{"answer": *answer.Snapshot, "read": w.readOne(answer.Ref), "feed": byRef(t, w.begin().Changed, answer.Ref)}
	for name, search := range finds {
		found, err := w.client.Find(t.Context(), w.scope, search)
		if err != nil || len(found) != 1 {
			t.Fatalf("by %s: %d, %v", name, len(found), err)
		}
		snapshots[name] = found[0]
	}
	for name, one := range snapshots {
		if diff := cmp.Diff(want, one.Stamp); diff != "" || one.Ref != answer.Ref || one.Key != "op-1" || !one.MadeByUs || one.Rule != "" {
			t.Errorf("%s: %+v (-want +got):\n%s", name, one, diff)
		}
		if diff := cmp.Diff(sampleTask.Only(shownOfTask...), one.Fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name, search := range map[string]remote.Search{"another key": {Key: "op-2"}, "another type": {Key: "op-1", Type: "event"},
		"another source": {Source: remote.Ref{Side: record.Raynet, Type: "task", ID: "47"}}, "what is alike": {Alike: &remote.Snapshot{}}} {
		if found, err := w.client.Find(t.Context(), w.scope, search); err != nil || len(found) != 0 {
			t.Errorf("%s: %d, %v", name, len(found), err)
		}
	}
	if _, err := w.client.Find(t.Context(), w.scope, remote.Search{}); remote.KindOf(err) != remote.Invalid {
		t.Errorf("nothing: %v", err)
	}
	stamped, err := w.client.Stamps(t.Context(), w.scope)
	if err != nil || len(stamped) != 1 {
		t.Errorf("%d stamped: %v", len(stamped), err)
	}
	w.config.Instance = "Jiná firma"
	if w.client, err = outlook.New(w.config); err != nil {
		t.Fatal(err)
	}
	if foreign := byRef(t, w.begin().Changed, answer.Ref); foreign.Rule != remote.RuleForeign || foreign.Natural != nil {
		t.Errorf("seen by another instance: %+v", foreign)
	}
}

// The reminder is of what is still to come and open; without a mark or a link nothing is pointed to.
func TestTaskReminders(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	silent := todoSetup(t, func(c *outlook.Config) { c.Reminder = -1 })
	with := func(more record.Fields) record.Fields {
		out := sampleTask.Clone()
		for name, value := range more { // any order: each name once
			out[name] = value
		}
		return out
	}
	for name, test := range map[string]struct {
		w      *world
		fields record.Fields
		remind bool
	}{
		"to come":    {w, sampleTask, true},
		"past":       {w, with(record.Fields{record.TaskReminder: "2026-10-18T14:00Z"}), false},
		"done":       {w, with(record.Fields{record.TaskDone: record.Yes}), false},
		"cancelled":  {w, with(record.Fields{record.TaskCancelled: record.Yes}), false},
		"none":       {w, with(record.Fields{record.TaskReminder: ""}), false},
		"turned off": {silent, sampleTask, false},
	} {
		request := test.w.compose(test.w.taskCreation("op-"+name, test.fields))
		if got := strings.Contains(request.Body, "reminderDateTime"); got != test.remind {
			t.Errorf("%s: %s", name, request.Body)
		}
	}
	for link, want := range map[record.Value]bool{"": false, "raynet/4711": false, "javascript:alert(1)": false, "http://[": false, "https://app.raynet.example/x": true} {
		request := w.compose(w.taskCreation("op", with(record.Fields{record.TaskLink: link})))
		if strings.Contains(request.Body, "webUrl") != want || !strings.Contains(request.Body, "externalId") {
			t.Errorf("link %q: %s", link, request.Body)
		}
	}
}

// An update changes what it names and nothing else, and sends nothing where nothing changes.
func TestUpdateOfTaskLeavesTheRest(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.createTask("op-1", sampleTask).Ref
	w.editTask(ref, map[string]any{"status": "waitingOnOthers", "categories": []any{"VIP", "Obchod", "Modrá"}, "reminderDateTime": at("2026-10-22T07:00:00", "UTC")})
	none := func(what string, fields record.Fields) {
		t.Helper()
		target := w.readOne(ref)
		requests, err := w.client.Compose(t.Context(), w.scope, remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: fields})
		if err != nil || len(requests) != 0 {
			t.Errorf("%s: %v, %v", what, requests, err)
		}
	}
	none("open, whichever way", record.Fields{record.TaskDone: ""})
	none("the same words and texts", record.Fields{record.TaskBody: sampleTask[record.TaskBody], record.TaskClient: sampleTask[record.TaskClient], record.TaskCancelled: ""})
	none("what is set once", record.Fields{record.TaskLink: "https://x.example", record.TaskReminder: ""})
	w.changeTask(ref, record.Fields{record.TaskClient: "Klient a.s."})
	w.changeTask(ref, record.Fields{record.TaskDue: "2026-10-30"})
	got := w.task(ref)
	body := got["body"].(map[string]any)["content"].(string)
	if !strings.HasPrefix(body, "Cena\r\nTermín") || !strings.Contains(body, "Klient a.s.") || strings.Contains(body, "Jan Novák") {
		t.Errorf("body: %q", body)
	}
	if got["status"] != "waitingOnOthers" || got["title"] != "Poslat nabídku" || got["isReminderOn"] != true || got["importance"] != "high" {
		t.Errorf("the rest: %v", got)
	}
	w.changeTask(ref, record.Fields{record.TaskCancelled: record.Yes})
	if diff := cmp.Diff([]any{"VIP", "Obchod", "Modrá", "RAYNET: zrušeno"}, w.task(ref)["categories"]); diff != "" || w.task(ref)["status"] != "completed" {
		t.Errorf("after a cancellation (-want +got):\n%s", diff)
	}
	if read := w.readOne(ref); read.Fields[record.TaskCategories] != "Modrá\nObchod\nVIP" || read.Fields[record.TaskDone] != record.Yes {
		t.Errorf("read: %v", read.Fields)
	}
	w.changeTask(ref, record.Fields{record.TaskCategories: "Nová"})
	if diff := cmp.Diff([]any{"Nová", "RAYNET: zrušeno"}, w.task(ref)["categories"]); diff != "" {
		t.Errorf("other words (-want +got):\n%s", diff)
	}
	w.changeTask(ref, record.Fields{record.TaskCancelled: "", record.TaskDone: "", record.TaskCategories: ""})
	if got := w.task(ref); len(got["categories"].([]any)) != 0 || got["status"] != "notStarted" {
		t.Errorf("opened again: %v", got)
	}
}

// A change and a removal need the very state they were made for; a removal that was carried out is a success.
func TestTaskChangedMeanwhile(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.createTask("op-1", sampleTask).Ref
	stale := w.readOne(ref)
	change := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &stale, Fields: record.Fields{record.TaskSubject: "Jinak"}})
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &stale})
	w.editTask(ref, map[string]any{"title": "Upraveno"})
	for name, request := range map[string]remote.Request{"change": change, "removal": removal} {
		_, err := w.client.Send(t.Context(), request)
		if failed := failure(t, err); failed.Kind != remote.Conflict || failed.Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.task(ref)["title"] != "Upraveno" {
		t.Error("it was written")
	}
	target := w.readOne(ref)
	removal = w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	w.requests()
	for range 2 {
		if answer := w.send(removal); answer.Ref != ref {
			t.Errorf("the answer names %s", answer.Ref)
		}
	}
	if got := w.requests(); got != 3 {
		t.Errorf("%d requests: two removals, and the list that is there", got)
	}
	if _, there := w.server.Task(w.jana, ref.ID); there {
		t.Error("it is still there")
	}
	if _, err := w.client.Send(t.Context(), change); remote.KindOf(err) != remote.NotFound {
		t.Errorf("a change of what is gone: %v", err)
	}
	bare := w.personTask(map[string]any{"title": "Bez verze"})
	target = w.readOne(bare)
	target.Version = ""
	w.send(w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target}))
	if _, there := w.server.Task(w.jana, bare.ID); there {
		t.Error("without a version it is still there")
	}
}

// A write whose answer is lost may have landed, and is then found by its key.
func TestUnknownWritesOfTasks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   chaos.Fault
		kind    remote.ErrorKind
		unknown bool
		landed  int
	}{
		"answer lost": {chaos.Fault{Effect: chaos.EffectLoseAnswer}, remote.Unavailable, true, 1},
		"answer cut":  {chaos.Fault{Effect: chaos.EffectTruncate}, remote.Unavailable, true, 1},
		"not arrived": {chaos.Fault{Effect: chaos.EffectDropRequest}, remote.Unavailable, true, 0},
		"500":         {chaos.Fault{Effect: chaos.EffectStatus, Status: 500, Body: `{"error":{"code":"UnknownError","message":"Object reference not set to an instance of an object."}}`}, remote.Unavailable, true, 0},
		"throttled": {chaos.Fault{Effect: chaos.EffectStatus, Status: 429, Header: map[string]string{"Retry-After": "2.5"},
			Body: `{"error":{"code":"activityLimitReached","message":"The app or user has been throttled.","innerError":{"code":"ApplicationThrottled"}}}`}, remote.Throttled, false, 0},
		"refused": {chaos.Fault{Effect: chaos.EffectStatus, Status: 400,
			Body: `{"error":{"code":"invalidRequest","message":"Invalid request","innerError":{"code":"LinkedResourceSizeExceeded"}}}`}, remote.Invalid, false, 0},
	} {
		w := todoSetup(t)
		w.uncheck()
		request := w.compose(w.taskCreation("op-1", sampleTask))
		test.fault.Name, test.fault.Method, test.fault.Times = name, "POST", 1
		w.server.Layer().Set(test.fault)
		_, err := w.client.Send(t.Context(), request)
		failed := failure(t, err)
		if failed.Kind != test.kind || failed.Unknown != test.unknown || (test.kind == remote.Throttled && failed.RetryAt != w.now().Add(2500*time.Millisecond)) ||
			(test.kind == remote.Invalid && !strings.EqualFold(failed.Code, "LinkedResourceSizeExceeded")) {
			t.Errorf("%s: %v, unknown %v, retry at %v", name, failed, failed.Unknown, failed.RetryAt)
		}
		w.pass(3 * time.Second) // what asked for patience is over
		found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
		if err != nil || len(found) != test.landed {
			t.Errorf("%s: %d landed, %v", name, len(found), err)
		}
		target := w.readOne(w.personTask(map[string]any{"title": "Úkol"}))
		removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
		w.server.Layer().Set(test.fault)
		_, err = w.client.Send(t.Context(), removal)
		if failed := failure(t, err); failed.Kind != test.kind || failed.Unknown != test.unknown {
			t.Errorf("%s, removal: %v, unknown %v", name, failed, failed.Unknown)
		}
	}
}

// What one part of a removal answers decides, whichever it is.
func TestPartsOfARemoval(t *testing.T) {
	t.Parallel()
	part := func(id string, status int, code string) string {
		return fmt.Sprintf(`{"id":%q,"status":%d,"headers":{"Retry-After":"3"},"body":{"error":{"code":%q,"message":"x"}}}`, id, status, code)
	}
	for name, test := range map[string]struct {
		parts   []string
		kind    remote.ErrorKind // empty: carried out
		unknown bool
	}{
		"shuffled":          {[]string{part("2", 204, ""), part("1", 200, "")}, "", false},
		"stale":             {[]string{part("2", 424, "FailedDependency"), part("1", 412, "ErrorIrresolvableConflict")}, remote.Conflict, false},
		"gone before":       {[]string{part("1", 404, "ErrorItemNotFound"), part("2", 424, "FailedDependency")}, "", false},
		"gone meanwhile":    {[]string{part("1", 200, ""), part("2", 404, "ErrorItemNotFound")}, "", false},
		"throttled":         {[]string{part("1", 429, "activityLimitReached"), part("2", 424, "FailedDependency")}, remote.Throttled, false},
		"removal throttled": {[]string{part("1", 200, ""), part("2", 429, "activityLimitReached")}, remote.Throttled, false},
		"removal fails":     {[]string{part("1", 200, ""), part("2", 503, "UnknownError")}, remote.Unavailable, true},
		"change fails":      {[]string{part("1", 500, "generalException"), part("2", 424, "FailedDependency")}, remote.Unavailable, false},
		"a part is missing": {[]string{part("1", 200, "")}, remote.Unavailable, true},
		"no parts":          {nil, remote.Unavailable, true},
	} {
		w := todoSetup(t)
		w.uncheck()
		target := w.readOne(w.personTask(map[string]any{"title": "Úkol"}))
		removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
		w.server.Layer().Set(chaos.Fault{Name: name, PathContains: "$batch", Effect: chaos.EffectStatus, Status: 200,
			Header: map[string]string{"Content-Type": "application/json"}, Body: `{"responses":[` + strings.Join(test.parts, ",") + `]}`})
		_, err := w.client.Send(t.Context(), removal)
		if test.kind == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		failed := failure(t, err)
		if failed.Kind != test.kind || failed.Unknown != test.unknown || (test.kind == remote.Throttled && failed.RetryAt != w.now().Add(3*time.Second)) {
			t.Errorf("%s: %v, unknown %v, retry at %v", name, failed, failed.Unknown, failed.RetryAt)
		}
	}
}

// A description in HTML stays HTML, whatever of it is replaced.
func TestTaskBodyInHTML(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	w.uncheck()
	ref := w.personTask(map[string]any{"title": "Úkol"})
	shown := `{"@odata.etag":"W/\"AAAAAAAAAAAA\"","id":"` + ref.ID + `","title":"Úkol","body":{"contentType":"html","content":"<html><body><p>Cena &amp; termín</p></body></html>"}}`
	w.server.Layer().Set(chaos.Fault{Name: "html", Method: "GET", PathContains: "/tasks/", Effect: chaos.EffectStatus, Status: 200,
		Header: map[string]string{"Content-Type": "application/json"}, Body: shown})
	target := w.readOne(ref)
	if got := target.Fields[record.TaskBody]; got != "Cena & termín" {
		t.Errorf("it shows %q", got)
	}
	request := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.TaskClient: "Klient <x>"}})
	if !strings.Contains(request.Body, `"contentType":"html"`) || !strings.Contains(request.Body, "Cena &amp; termín") || !strings.Contains(request.Body, "Klient &lt;x&gt;") {
		t.Errorf("it is written as %s", request.Body)
	}
}

// Titles that To Do does not take: too long ones are cut, which is told, and an empty one has a stand-in that reads as empty.
func TestTaskTitles(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	long := record.Line(strings.Repeat("Příšerně žluťoučký 🙂 ", 15))
	cut := record.Value(record.Truncate(string(long), 255))
	for i, test := range []struct{ subject, want record.Value }{
		{long, cut}, {"", ""}, {"👨‍👩‍👧‍👦 rodina", "👨‍👩‍👧‍👦 rodina"}, {"שלום עולם", "שלום עולם"}, {"مرحبا", "مرحبا"}, {"(bez předmětu)", ""},
	} {
		fields := sampleTask.Clone()
		fields[record.TaskSubject] = test.subject
		request := w.compose(w.taskCreation(fmt.Sprint("op-", i), fields))
		ref := w.send(request).Ref
		if got := w.readOne(ref).Fields[record.TaskSubject]; got != test.want {
			t.Errorf("%q is shown as %q", test.subject, got)
		}
		if (test.want != test.subject && test.subject == long) != (request.Shows != nil) {
			t.Errorf("%q: it is told to be shown as %v", test.subject, request.Shows)
		}
		target := w.readOne(w.personTask(map[string]any{"title": "Úkol"}))
		again := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: fields.Only(record.TaskSubject)})
		if got := w.send(again).Snapshot.Fields[record.TaskSubject]; got != test.want || (request.Shows != nil && again.Shows[record.TaskSubject] != cut) {
			t.Errorf("%q is changed to %q, told as %v", test.subject, got, again.Shows)
		}
	}
}

// What Graph could never take is refused before it is stored.
func TestComposeOfTasksRefuses(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	target := w.readOne(w.personTask(map[string]any{"title": "Úkol"}))
	bare := target
	bare.Raw = nil
	for name, write := range map[string]remote.Write{
		"no key":         {Op: remote.Create, Fields: sampleTask},
		"no date":        {Op: remote.Create, Key: "k", Fields: record.Fields{record.TaskDue: "zítra"}},
		"no time":        {Op: remote.Create, Key: "k", Fields: record.Fields{record.TaskReminder: "2026-10-21"}},
		"no date either": {Op: remote.Update, Target: &target, Fields: record.Fields{record.TaskDue: "2026-02-30"}},
		"not read":       {Op: remote.Update, Target: &bare, Fields: sampleTask},
		"from nothing":   {Op: remote.Update, Fields: sampleTask},
		"nothing to do":  {Op: remote.Delete},
		"removed unread": {Op: remote.Delete, Target: &bare},
	} {
		if requests, err := w.client.Compose(t.Context(), w.scope, write); remote.KindOf(err) != remote.Invalid {
			t.Errorf("%s: %v, %v", name, requests, err)
		}
	}
}
