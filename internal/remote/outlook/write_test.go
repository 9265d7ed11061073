package outlook_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

var sample = record.Fields{
	record.EventSubject: "Nabídka", record.EventTime: "2026-10-21T07:00Z/2026-10-21T08:30Z", record.EventPlace: "Brno",
	record.EventBody: "Přijedu", record.EventImportance: record.ImportanceNormal, record.EventCancelled: "",
	record.EventCategory: "Obchod", record.EventClient: "Klient s.r.o.",
}

// Our marks come back with every read that asks for them, and find the copy again by each of its names.
func TestMarks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.person(w.jana, meeting("Cizí"))
	answer := w.create("op-1", sample)
	want := &remote.Stamp{Source: remote.Ref{Side: record.Raynet, Type: "phoneCall", ID: "4711"}, Mailbox: w.jana, Op: "op-1"}
	w.requests()
	stamped, err := w.client.Stamps(t.Context(), w.scope)
	if err != nil || len(stamped) != 1 || w.requests() != 1 {
		t.Fatalf("%d stamped, %v", len(stamped), err)
	}
	byKey, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "OP-1", Type: "event"})
	if err != nil || len(byKey) != 1 {
		t.Fatalf("by key: %d, %v", len(byKey), err)
	}
	bySource, err := w.client.Find(t.Context(), w.scope, remote.Search{Source: want.Source})
	if err != nil || len(bySource) != 1 {
		t.Fatalf("by source: %d, %v", len(bySource), err)
	}
	none, err := w.client.Find(t.Context(), w.scope, remote.Search{Source: remote.Ref{Side: record.Raynet, Type: "phoneCall", ID: "47"}})
	if err != nil || len(none) != 0 {
		t.Errorf("by another source: %d, %v", len(none), err)
	}
	for name, got := range map[string]remote.Snapshot{"answer": *answer.Snapshot, "stamps": stamped[0], "key": byKey[0], "source": bySource[0], "read": w.readOne(answer.Ref)} {
		if diff := cmp.Diff(want, got.Stamp); diff != "" {
			t.Errorf("stamp of %s (-want +got):\n%s", name, diff)
		}
		if got.Ref != answer.Ref || got.Key != "op-1" || !got.Offered || got.Rule != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := byRef(t, w.begin().Changed, answer.Ref); got.Key != "op-1" {
		t.Errorf("the feed shows the key %q", got.Key)
	}
	other := setup(t)
	config := w.config
	config.Instance = "JinaFirma"
	if other.client, err = outlook.New(config); err != nil {
		t.Fatal(err)
	}
	foreign, err := other.client.Stamps(t.Context(), w.scope)
	if err != nil || len(foreign) != 1 || foreign[0].Rule != remote.RuleForeign {
		t.Errorf("seen by another instance: %+v, %v", foreign, err)
	}
}

// What a new event is like besides its fields.
func TestCreateSetsOutlooksOwn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	future := w.create("op-1", sample)
	past := sample.Clone()
	past[record.EventTime] = "2026-10-01T07:00Z/2026-10-01T08:30Z"
	cancelled := sample.Clone()
	cancelled[record.EventCancelled] = record.Yes
	for _, test := range []struct {
		name   string
		ref    remote.Ref
		remind bool
		showAs string
		last   string
	}{
		{"future", future.Ref, true, "busy", "Obchod"},
		{"past", w.create("op-2", past).Ref, false, "busy", "Obchod"},
		{"cancelled", w.create("op-3", cancelled).Ref, false, "free", "RAYNET: zrušeno"},
	} {
		got, ok := w.server.Get(w.jana, test.ref.ID)
		if !ok {
			t.Fatalf("%s: not there", test.name)
		}
		categories := got["categories"].([]any)
		if got["isReminderOn"] != test.remind || got["showAs"] != test.showAs || categories[0] != "RAYNET" || categories[len(categories)-1] != test.last {
			t.Errorf("%s: reminder %v, shown as %v, categories %v", test.name, got["isReminderOn"], got["showAs"], categories)
		}
		if got["originalStartTimeZone"] != "Central Europe Standard Time" {
			t.Errorf("%s: written in the zone %v", test.name, got["originalStartTimeZone"])
		}
	}
}

// Sending a create twice makes one event.
func TestCreateTwice(t *testing.T) {
	t.Parallel()
	w := setup(t)
	request := w.compose(w.creation("op-1", sample))
	first, second := w.send(request), w.send(request)
	if first.Ref != second.Ref {
		t.Errorf("two events: %s and %s", first.Ref, second.Ref)
	}
	changed := sample.Clone()
	changed[record.EventSubject] = "Jiná"
	if _, err := w.client.Send(t.Context(), w.compose(w.creation("op-1", changed))); remote.KindOf(err) != remote.Duplicate {
		t.Errorf("another event with the same key: %v", err)
	}
}

// An update changes what it names and nothing else: the user's categories, body, reminder and showAs stay.
func TestUpdateLeavesTheRest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ref := w.create("op-1", sample).Ref
	w.edit(ref.ID, map[string]any{"categories": []any{"RAYNET", "Obchod", "Modrá"}, "showAs": "oof", "reminderMinutesBeforeStart": 5})
	show := func() map[string]any {
		got, _ := w.server.Get(w.jana, ref.ID)
		return got
	}
	update := func(fields record.Fields) {
		t.Helper()
		target := w.readOne(ref)
		w.send(w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: fields}))
	}
	update(record.Fields{record.EventCategory: "Servis"})
	if diff := cmp.Diff([]any{"RAYNET", "Modrá", "Servis"}, show()["categories"]); diff != "" {
		t.Errorf("after another category (-want +got):\n%s", diff)
	}
	update(record.Fields{record.EventClient: "Klient a.s.\nJan Novák"})
	body := show()["body"].(map[string]any)["content"].(string)
	if !strings.Contains(body, "Přijedu") || !strings.Contains(body, "Klient a.s.") || strings.Contains(body, "s.r.o.") {
		t.Errorf("after another block: %s", body)
	}
	if got := show(); got["showAs"] != "oof" || got["reminderMinutesBeforeStart"] == 15 {
		t.Errorf("shown as %v, reminder %v", got["showAs"], got["reminderMinutesBeforeStart"])
	}
	update(record.Fields{record.EventCancelled: record.Yes})
	if diff := cmp.Diff([]any{"RAYNET", "Modrá", "Servis", "RAYNET: zrušeno"}, show()["categories"]); diff != "" || show()["showAs"] != "free" {
		t.Errorf("after a cancellation %v (-want +got):\n%s", show()["showAs"], diff)
	}
	update(record.Fields{record.EventCategory: ""})
	if diff := cmp.Diff([]any{"RAYNET", "Modrá", "RAYNET: zrušeno"}, show()["categories"]); diff != "" {
		t.Errorf("without a category (-want +got):\n%s", diff)
	}
	update(record.Fields{record.EventCancelled: ""})
	if diff := cmp.Diff([]any{"RAYNET", "Modrá"}, show()["categories"]); diff != "" || show()["showAs"] != "busy" {
		t.Errorf("after all %v (-want +got):\n%s", show()["showAs"], diff)
	}
	target := w.readOne(ref)
	none, err := w.client.Compose(t.Context(), w.scope, remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.EventGuests: "x@y.example"}})
	if err != nil || len(none) != 0 {
		t.Errorf("guests are written: %v, %v", none, err)
	}
}

// The join link of an online meeting survives our changes of the text.
func TestOnlineBlockSurvives(t *testing.T) {
	t.Parallel()
	w := setup(t)
	block := `<div>________________________________________________________________________________</div><div class="me-email-text"><div><a href="https://teams.microsoft.com/l/meetup-join/19%3aexample">Join the meeting now</a></div><div>Meeting ID: 123</div></div><div>________________________________________________________________________________</div>`
	id := w.person(w.jana, meeting("Teams", map[string]any{"body": map[string]any{"contentType": "html", "content": "<html><body><p>Probereme cenu</p>" + block + "</body></html>"}}))
	target := w.readOne(event(id))
	if got := target.Fields[record.EventBody]; got != "Probereme cenu" {
		t.Errorf("the text is %q", got)
	}
	answer := w.send(w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target,
		Fields: record.Fields{record.EventBody: "Probereme slevu", record.EventClient: "Klient"}}))
	if got := answer.Snapshot.Fields[record.EventBody]; got != "Probereme slevu" {
		t.Errorf("the changed text is %q", got)
	}
	shown, _ := w.server.Get(w.jana, id)
	if body := shown["body"].(map[string]any)["content"].(string); !strings.Contains(body, "meetup-join/19%3aexample") {
		t.Errorf("the link is gone: %s", body)
	}
}

// A removal needs the very state it was made for; one that was already carried out is a success.
func TestRemoval(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ref := w.create("op-1", sample).Ref
	stale := w.readOne(ref)
	w.edit(ref.ID, map[string]any{"subject": "Upraveno"})
	if _, err := w.client.Send(t.Context(), w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &stale})); remote.KindOf(err) != remote.Conflict {
		t.Errorf("removal of an older state: %v", err)
	}
	target := w.readOne(ref)
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	for range 2 {
		if answer := w.send(removal); answer.Ref != ref {
			t.Errorf("the answer names %s", answer.Ref)
		}
	}
	if _, there := w.server.Get(w.jana, ref.ID); there {
		t.Error("it is still there")
	}
}

// What Graph could never take is refused before it is stored.
func TestComposeRefuses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	target := w.readOne(event(w.person(w.jana, meeting("Sám"))))
	bare := target
	bare.Raw = nil
	for name, write := range map[string]remote.Write{
		"no time":         {Op: remote.Create, Key: "k", Fields: record.Fields{record.EventSubject: "x"}},
		"no key":          {Op: remote.Create, Fields: sample},
		"ends before":     {Op: remote.Create, Key: "k", Fields: record.Fields{record.EventTime: "2026-10-21T09:00Z/2026-10-21T08:00Z"}},
		"no day":          {Op: remote.Create, Key: "k", Fields: record.Fields{record.EventTime: "2026-10-21/2026-10-21"}},
		"time taken away": {Op: remote.Update, Target: &target, Fields: record.Fields{record.EventTime: ""}},
		"not read":        {Op: remote.Update, Target: &bare, Fields: sample},
		"nothing to do":   {Op: remote.Delete},
		"unknown":         {Op: "move", Target: &target},
	} {
		if requests, err := w.client.Compose(t.Context(), w.scope, write); remote.KindOf(err) != remote.Invalid {
			t.Errorf("%s: %v, %v", name, requests, err)
		}
	}
}
