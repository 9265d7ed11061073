package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

func TestEveryNamedFaultIsFeltAndHeals(t *testing.T) {
	t.Parallel()
	names := newWorld(t).srv.Faults()
	if len(names) < 35 {
		t.Fatalf("only %d named faults", len(names))
	}
	for _, f := range names {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.Sentence == "" {
				t.Error("no sentence")
			}
			calm, rough := tour(t, ""), tour(t, f.Name)
			if cmp.Diff(calm, rough) == "" {
				t.Error("nothing in the tour went differently")
			}
		})
	}
}

// tour walks through the service with a fault, heals it, checks that the service is well, and tells what happened.
func tour(t *testing.T, fault string) []string {
	t.Helper()
	w := newWorld(t)
	other, err := w.srv.CreateCalendarAs(cyril, map[string]any{"name": "Jiný"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, subject := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		ids = append(ids, str(w.create(cyril, meeting(subject, "2026-03-10T10:00"))["id"]))
	}
	w.create(cyril, meeting("series", "2026-03-23T09:00", weekly("monday")))
	_, link, _ := w.round("/users/" + cyril + march)
	person := str(w.contact(cyril, "", map[string]any{"givenName": "Jan"})["id"])
	_, people, _ := w.round(contactDelta(cyril, w.folders(cyril)["Contacts"]))
	var out []string
	note := func(r reply) {
		line := strings.Join([]string{r.raw, r.header.Get("Retry-After")}, " ")
		out = append(out, strings.ReplaceAll(line, w.graph.URL, "GRAPH"))
	}
	if fault != "" {
		if err := w.srv.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
	for _, calendar := range []string{other, w.srv.DefaultCalendar(cyril)} {
		if err := w.srv.MoveAs(cyril, ids[0], calendar); err != nil && fault != "mailbox-gone" {
			t.Fatal(err)
		}
	}
	note(w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", goodForm()))
	for i := range 6 {
		note(w.do("POST", "/users/"+cyril+"/events", meeting("new", "2026-03-11T10:00")))
		note(w.do("PATCH", eventPath(cyril, ids[i]), map[string]any{"subject": "changed"}))
		w.clock.Advance(3 * time.Second)
		note(w.get("/users/" + cyril + "/events?$top=50"))
	}
	note(w.get(link))
	note(w.get(link))
	note(w.do("DELETE", contactPath(cyril, "", person), nil))
	note(w.get(people))
	note(w.get("/users/" + cyril + march))
	note(w.do("POST", "/users/"+cyril+"/todo/lists", map[string]any{"displayName": "RAYNET", "extensions": []any{extension("op")}}))
	_, batched := w.batch(part("1", "GET", "/users/"+cyril+"/calendar"), part("2", "GET", "/users/"+cyril+"/calendar"))
	note(batched)
	out = append(out, w.identity(cyril))
	w.register(note)
	if fault != "" {
		if err := w.srv.Heal(fault); err != nil {
			t.Fatal(err)
		}
		if active := w.srv.Active(); len(active) != 0 {
			t.Errorf("still on: %v", active)
		}
	}
	w.login()
	entries, _, _ := w.round("/users/" + cyril + march)
	if len(entries) < 10 {
		t.Errorf("healed, and only %d entries", len(entries))
	}
	return out
}

func TestEqualHistoriesGiveEqualBytes(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(tour(t, ""), tour(t, "")); diff != "" {
		t.Errorf("two equal tours differ:\n%s", diff)
	}
}

func TestHistoryTellsWhoWroteWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.create(anna, meeting("a", "2026-03-10T10:00"))["id"])
	if err := w.srv.EditAs(anna, id, map[string]any{"subject": "b"}); err != nil {
		t.Fatal(err)
	}
	w.must(204, w.do("DELETE", eventPath(anna, id), nil))
	var got []string
	for _, h := range w.srv.History() {
		got = append(got, h.By+" "+h.Op+" "+str(h.Before["subject"])+">"+str(h.After["subject"]))
	}
	if diff := cmp.Diff([]string{"app create >a", "person update a>b", "app delete b>"}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestOddDataIsShownInJSONThatGoCantHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 30 {
		w.create(anna, meeting("a", "2026-03-10T10:00"))
	}
	if err := w.srv.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	raw := w.get("/users/" + anna + "/events?$top=50").raw
	for _, want := range []string{`\ud83d"`, "unknownFutureValue", `\u0001`, "0001-01-01T00:00:00Z", "x.laterProperty"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in the answer", want)
		}
	}
}

// A creation that is held back happens when the fault is healed, whatever the hour.
func TestHealingAppliesWhatWasHeldBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.srv.Inject("graph-late-commit"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.do("POST", "/users/"+anna+"/events", meeting("a", "2026-03-10T10:00"))
	}
	if got := len(w.srv.All(anna)); got != 2 {
		t.Fatalf("%d events before the fault is healed, want 2: the third is held back", got)
	}
	if err := w.srv.Heal("graph-late-commit"); err != nil {
		t.Fatal(err)
	}
	if got := len(w.srv.All(anna)); got != 3 {
		t.Errorf("%d events after it, want 3", got)
	}
}
