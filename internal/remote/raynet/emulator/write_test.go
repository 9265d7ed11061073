package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/raynet/emulator"
)

// guests tells the participants of a detail as "person" or "owner:person".
func (w *world) guests(id int64) []string {
	w.t.Helper()
	names := map[int64]string{w.jana: "jana", w.petr: "petr", w.contact: "karel"}
	var out []string
	for _, item := range w.detail(at(id))["participants"].([]any) {
		p := item.(map[string]any)
		name := names[number(p["person"])]
		if p["owner"] == true {
			name = "owner:" + name
		}
		out = append(out, name)
	}
	return out
}

func (w *world) participantID(id, person int64) int64 {
	w.t.Helper()
	for _, item := range w.detail(at(id))["participants"].([]any) {
		if p := item.(map[string]any); number(p["person"]) == person {
			return number(p["id"])
		}
	}
	w.t.Fatalf("%d takes no part", person)
	return 0
}

func TestAPostChangesOnlyTheKeysItHas(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{KeepHistory: true})
	id := w.create(w.meeting(map[string]any{"description": "<p>a</p>", "tags": []any{"x"}}))
	before := w.detail(at(id))
	w.pass(5 * time.Minute)
	w.want(http.StatusOK, "POST", at(id), "", map[string]any{"title": "Jinak", "meetingPlace": "Brno"})
	after := w.detail(at(id))
	want := map[string]any{
		"title": "Jinak", "meetingPlace": "Brno", "rowInfo.updatedAt": "2026-03-05T09:35:00.000+01:00",
		"rowInfo.updatedBy": "sync@example.cz",
	}
	for key, value := range after {
		if wanted, changes := want[key]; changes {
			if value != wanted {
				t.Errorf("%s: got %v, want %v", key, value, wanted)
			}
		} else if diff := cmp.Diff(before[key], value); diff != "" {
			t.Errorf("%s changed (-before +after):\n%s", key, diff)
		}
	}
	if before["rowInfo.updatedAt"] != nil {
		t.Errorf("updatedAt before the first change: got %v, want null", before["rowInfo.updatedAt"])
	}
	if version := number(w.want(http.StatusOK, "GET", "meeting/", "", nil).rows()[0]["_version"]); version != 1 {
		t.Errorf("_version: got %d, want 1", version)
	}
	if status, _ := w.plain("POST", at(id), map[string]any{"meetingPlace": nil, "description": ""}); status != 200 {
		t.Fatalf("emptying: got %d", status)
	}
	if got := w.detail(at(id)); got["meetingPlace"] != nil || got["description"] != nil {
		t.Errorf("emptied: got %v and %v", got["meetingPlace"], got["description"])
	}
	history := w.server.History()
	last := history[len(history)-1]
	if last.Source != "api" || last.Op != emulator.OpUpdate || last.Before["meetingPlace"] != "Brno" || last.After["meetingPlace"] != nil {
		t.Errorf("history: got %+v", last)
	}
}

func TestBadInputIsRefusedAndLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	id := w.create(w.meeting(nil))
	before := w.detail(at(id))
	tests := []struct {
		name string
		body map[string]any
		want int
	}{
		{"title of another type", map[string]any{"title": 5}, 400},
		{"no title", map[string]any{"title": nil}, 400},
		{"unknown company", map[string]any{"title": "x", "company": 9999}, 400},
		{"unknown priority", map[string]any{"title": "x", "priority": "HIGH"}, 500},
		{"unknown status", map[string]any{"title": "x", "status": "DONE"}, 500},
		{"owner", map[string]any{"title": "x", "owner": w.petr}, 403},
		{"the end before the beginning", map[string]any{"scheduledTill": "2026-03-06T08:00:00.000+01:00"}, 400},
		{"unknown participant", map[string]any{"title": "x", "participants": []any{map[string]any{"person": 9999}}}, 400},
		{"removing nobody", map[string]any{"title": "x", "participants": []any{map[string]any{"id": -9999}}}, 500},
	}
	for _, test := range tests {
		if got, err := w.plain("POST", at(id), test.body); got != test.want || err != nil {
			t.Errorf("%s: got %d %v, want %d", test.name, got, err, test.want)
		}
	}
	for name, body := range map[string]map[string]any{
		"no owner": w.meeting(map[string]any{"owner": nil}), "owner is no user": w.meeting(map[string]any{"owner": w.contact}),
		"no title": w.meeting(map[string]any{"title": nil}),
	} {
		if got, err := w.plain("PUT", "meeting/", body); got != 400 || err != nil {
			t.Errorf("create, %s: got %d %v, want 400", name, got, err)
		}
	}
	if diff := cmp.Diff(before, w.detail(at(id))); diff != "" {
		t.Errorf("the record changed (-before +after):\n%s", diff)
	}
	if got := len(w.server.All("meeting")); got != 1 {
		t.Errorf("meetings: got %d, want 1", got)
	}
}

func TestWhatACreateDoesNotTake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mode       emulator.Mode
		wantStatus int
		wantPlace  any
	}{
		{"", 201, nil}, {emulator.Ignore, 201, nil}, {emulator.Refuse, 400, nil}, {emulator.Accept, 201, "Brno"},
	}
	for _, test := range tests {
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtrasOnCreate: test.mode}})
		status, err := w.plain("PUT", "meeting/", w.meeting(map[string]any{"meetingPlace": "Brno"}))
		if status != test.wantStatus || err != nil {
			t.Errorf("%q: got %d %v, want %d", test.mode, status, err, test.wantStatus)
		}
		if all := w.server.All("meeting"); status == 201 && all[0]["meetingPlace"] != test.wantPlace {
			t.Errorf("%q: place %v, want %v", test.mode, all[0]["meetingPlace"], test.wantPlace)
		}
	}
}

func TestStatusAndCompletedMoveTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	const till, now, past = "2026-03-06T10:00:00.000+01:00", "2026-03-05T09:30:00.000+01:00", "2026-03-01T12:00:00.000+01:00"
	steps := []struct {
		body          map[string]any
		wantStatus    string
		wantCompleted any
	}{
		{map[string]any{"status": "COMPLETED"}, "COMPLETED", till},
		{map[string]any{"completed": past}, "COMPLETED", past},
		{map[string]any{"status": "COMPLETED", "completed": now}, "COMPLETED", past},
		{map[string]any{"status": "SCHEDULED"}, "SCHEDULED", nil},
		{map[string]any{"completed": past}, "SCHEDULED", nil},
		{map[string]any{"status": "CANCELLED", "completed": past}, "CANCELLED", till},
		{map[string]any{"status": "NEW"}, "NEW", nil},
	}
	id := w.create(w.meeting(nil))
	if got := w.detail(at(id))["status"]; got != "SCHEDULED" {
		t.Errorf("a meeting with a time is %v, want SCHEDULED", got)
	}
	for i, step := range steps {
		w.want(http.StatusOK, "POST", at(id), "", step.body)
		got := w.detail(at(id))
		if got["status"] != step.wantStatus || got["completed"] != step.wantCompleted {
			t.Errorf("step %d %v: got %v %v, want %v %v", i, step.body, got["status"], got["completed"], step.wantStatus, step.wantCompleted)
		}
	}
	done := w.create(w.meeting(map[string]any{"status": "COMPLETED"}))
	if got := w.detail(at(done))["completed"]; got != now {
		t.Errorf("created as completed: got %v, want now", got)
	}
	w.server.Switch(func(sw *emulator.Switches) { sw.StatusOnCreate = emulator.Ignore })
	ignored := w.create(w.meeting(map[string]any{"status": "COMPLETED"}))
	if got := w.detail(at(ignored))["status"]; got != "SCHEDULED" {
		t.Errorf("status ignored on create: got %v", got)
	}
}

func TestParticipantsArePatched(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"person": w.contact}))
	check := func(want ...string) {
		t.Helper()
		if got := w.guests(id); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	check("owner:jana", "karel")
	post := func(items ...any) { w.want(http.StatusOK, "POST", at(id), "", map[string]any{"participants": items}) }
	post(map[string]any{"person": w.petr})
	check("owner:jana", "karel", "petr")
	post(map[string]any{"id": -w.participantID(id, w.contact)})
	check("owner:jana", "petr")
	post(map[string]any{"id": w.participantID(id, w.jana), "person": w.petr})
	check("owner:petr", "petr")
}

func TestParticipantsAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	if err := w.server.Inject("raynet-replace-participants"); err != nil {
		t.Fatal(err)
	}
	id := w.create(w.meeting(map[string]any{"person": w.contact}))
	w.want(http.StatusOK, "POST", at(id), "", map[string]any{"participants": []any{map[string]any{"person": w.petr}}})
	if got, want := w.guests(id), []string{"owner:jana", "petr"}; !slices.Equal(got, want) {
		t.Errorf("not mentioned: got %v, want %v", got, want)
	}
	w.want(http.StatusOK, "POST", at(id), "", map[string]any{"participants": []any{
		map[string]any{"id": w.participantID(id, w.petr)}, map[string]any{"person": w.contact},
	}})
	if got, want := w.guests(id), []string{"owner:jana", "petr", "karel"}; !slices.Equal(got, want) {
		t.Errorf("mentioned: got %v, want %v", got, want)
	}
}

func TestTheOwnerOfAnUpdateIsRefusedOrIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	id := w.create(w.meeting(nil))
	body := map[string]any{"owner": w.petr, "title": "x"}
	if got, _ := w.plain("POST", at(id), body); got != 403 {
		t.Errorf("refused: got %d, want 403", got)
	}
	if err := w.server.Inject("raynet-owner-ignored"); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.plain("POST", at(id), body); got != 200 {
		t.Errorf("ignored: got %d, want 200", got)
	}
	if got := w.guests(id); !slices.Equal(got, []string{"owner:jana"}) {
		t.Errorf("owner: got %v", got)
	}
}

func TestQuietChangesLeaveNoStamp(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{QuietParticipants: quiet, QuietExtID: quiet}})
		id := w.create(w.meeting(nil))
		w.want(http.StatusOK, "POST", at(id), "", map[string]any{"participants": []any{map[string]any{"person": w.petr}}})
		w.want(http.StatusOK, "PUT", at(id)+"extId/", "", map[string]any{"extId": "m365:1"})
		version := number(w.want(http.StatusOK, "GET", "meeting/", "", nil).rows()[0]["_version"])
		if stamped := w.detail(at(id))["rowInfo.updatedAt"] != nil; stamped == quiet || (version == 0) != quiet {
			t.Errorf("quiet %v: stamped %v, version %d", quiet, stamped, version)
		}
	}
}

func TestExternalIDs(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"extId": "m365:first"}))
	if got := number(w.detail("meeting/ext/m365:first/")["id"]); got != id {
		t.Errorf("look-up: got %d, want %d", got, id)
	}
	w.want(http.StatusNotFound, "GET", "event/ext/m365:first/", "", nil)
	other := w.create(w.meeting(nil))
	w.want(http.StatusInternalServerError, "PUT", at(other)+"extId/", "", map[string]any{"extId": "m365:first"})
	w.want(http.StatusInternalServerError, "PUT", "meeting/", "", w.meeting(map[string]any{"extId": "m365:first"}))
	for i := range 9 {
		w.want(http.StatusOK, "PUT", at(id)+"extId/", "", map[string]any{"extId": fmt.Sprintf("m365:%d", i)})
	}
	w.want(http.StatusInternalServerError, "PUT", at(id)+"extId/", "", map[string]any{"extId": "m365:eleventh"})
	w.want(http.StatusNotFound, "GET", "meeting/ext/m365:eleventh/", "", nil)
	w.want(http.StatusOK, "DELETE", at(id)+"extId/m365:first", "", nil)
	w.want(http.StatusNotFound, "GET", "meeting/ext/m365:first/", "", nil)
	w.want(http.StatusOK, "DELETE", at(id), "", nil)
	w.want(http.StatusNotFound, "GET", "meeting/ext/m365:1/", "", nil)
	w.want(http.StatusOK, "PUT", at(other)+"extId/", "", map[string]any{"extId": "m365:first"})
}

func TestAnExternalIDOnCreateIsIgnoredOrRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	body := w.meeting(map[string]any{"extId": "m365:1"})
	if err := w.server.Inject("raynet-extid-ignored"); err != nil {
		t.Fatal(err)
	}
	id := w.create(body)
	if got := w.detail(at(id))["extIds"]; got != nil {
		t.Errorf("ignored: got %v, want null", got)
	}
	if err := w.server.Inject("raynet-extid-refused"); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusInternalServerError, "PUT", "meeting/", "", body)
	if err := w.server.Heal("raynet-extid-refused"); err != nil {
		t.Fatal(err)
	}
	w.create(body)
	w.want(http.StatusOK, "GET", "meeting/ext/m365:1/", "", nil)
}

func TestTagsAreAListThenAText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"tags": []any{"a", "b"}}))
	for _, step := range []struct {
		tags any
		want []any
	}{{"c, d", []any{"c", "d"}}, {"", []any{"c", "d"}}, {[]any{"e"}, []any{"e"}}, {nil, []any{}}} {
		if status, _ := w.plain("POST", at(id), map[string]any{"tags": step.tags}); status != 200 {
			t.Fatalf("%v: got %d", step.tags, status)
		}
		if diff := cmp.Diff(step.want, w.detail(at(id))["tags"]); diff != "" {
			t.Errorf("%v (-want +got):\n%s", step.tags, diff)
		}
	}
}

func TestTextLosesItsTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"description": "<p>a</p><table class=x><tr><td>b</td></tr></table><pre>c</pre>"}))
	if got := w.detail(at(id))["description"]; got != "<p>a</p>bc" {
		t.Errorf("got %v", got)
	}
}

func TestATaskIsForSomebodyOrPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	task := func(change map[string]any) int {
		body := w.meeting(map[string]any{"company": nil, "deadline": "2026-03-06T17:00:00.000+01:00"})
		for key, value := range change {
			body[key] = value
		}
		status, err := w.plain("PUT", "task/", body)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	for want, change := range map[int]map[string]any{500: {}, 201: {"personal": true}, 400: {"personal": true, "deadline": nil}} {
		if got := task(change); got != want {
			t.Errorf("%v: got %d, want %d", change, got, want)
		}
	}
	got := w.server.All("task")[0]["participants"].([]map[string]any)
	if len(got) != 2 || got[1]["person"] != w.jana {
		t.Errorf("without resolver: got %v, want the owner a second time", got)
	}
}

func TestALockedOrHiddenRecord(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"extId": "m365:1"}))
	if err := w.server.Lock("meeting", id); err != nil {
		t.Fatal(err)
	}
	got := w.want(http.StatusInternalServerError, "POST", at(id), "", map[string]any{"title": "x"})
	if got.body["translatedMessage"] == nil {
		t.Errorf("locked: got %s, want a translated message", got.raw)
	}
	w.want(http.StatusInternalServerError, "DELETE", at(id), "", nil)
	w.want(http.StatusOK, "POST", at(id)+"unlock", "", nil)
	w.want(http.StatusOK, "POST", at(id), "", map[string]any{"title": "x"})

	if err := w.server.Hide("meeting", id); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, "GET", at(id), "", nil)
	w.want(http.StatusNotFound, "GET", "meeting/ext/m365:1/", "", nil)
	w.want(http.StatusNotFound, "POST", at(id), "", map[string]any{"title": "y"})
	if got := w.want(http.StatusOK, "GET", "meeting/", "", nil); len(got.rows()) != 0 || number(got.body["totalCount"]) != 0 {
		t.Errorf("hidden: got %s", got.raw)
	}
	if _, ok := w.server.Get("meeting", id); !ok {
		t.Error("people lost sight of the record too")
	}
	if err := w.server.Show("meeting", id); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusOK, "GET", at(id), "", nil)
}
