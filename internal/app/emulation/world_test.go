package emulation_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

func TestWorldHoldsTheWholeCompany(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	w, err := emulation.New(emulation.Options{Seed: 3, Mailboxes: 4, Items: 60, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(w.Raynet.All("activity")), len(w.Company.Activities)+len(w.Company.Tasks); got != want || len(w.Company.Tasks) == 0 {
		t.Errorf("RAYNET holds %d activities, want %d", got, want)
	}
	categories := 0
	for kind, want := range map[company.Kind]int{company.Calendar: len(w.Company.Events), company.Contacts: len(w.Company.Cards), company.Tasks: len(w.Company.Todos)} {
		got := 0
		for _, user := range w.Company.Users {
			got += len(w.Shelf(kind).All(user.Email))
		}
		if got != want || want == 0 {
			t.Errorf("Outlook holds %d of kind %s, want %d", got, kind, want)
		}
	}
	for _, row := range w.Raynet.All("activity") {
		if row["category"] != nil {
			categories++
		}
		if info := fmt.Sprint(row["rowInfo.updatedAt"]); info != "<nil>" && !strings.HasPrefix(info, "202") {
			t.Errorf("updated at %s", info)
		}
	}
	if categories == 0 {
		t.Error("no activity has a category: the names of company and emulator do not meet")
	}
}

// A world whose records all changed a moment ago would make every client read everything again in every cycle.
func TestWhatIsThereFromTheStartIsOld(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Items: 30})
	hourAgo := time.Now().Add(-time.Hour).Format("2006-01-02T15:04:05.000-07:00")
	query := "/activity/?" + url.QueryEscape("rowInfo.lastModifiedAt[GE]") + "=" + url.QueryEscape(hourAgo)
	if rows := objects(w.raynet(http.StatusOK, http.MethodGet, query, nil).body["data"]); len(rows) != 0 {
		t.Errorf("%d activities of RAYNET changed in the last hour, want none", len(rows))
	}
	w.control(http.StatusCreated, http.MethodPost, "/raynet/calendar", map[string]any{"title": "Teď"})
	if rows := objects(w.raynet(http.StatusOK, http.MethodGet, query, nil).body["data"]); len(rows) != 1 {
		t.Errorf("%d activities changed after a create, want 1", len(rows))
	}
	for _, event := range w.Outlook.All(jana) {
		at, err := time.Parse(time.RFC3339, text(event["lastModifiedDateTime"]))
		if err != nil || time.Since(at) < time.Hour {
			t.Errorf("%v was modified at %v, want an hour ago or earlier", event["subject"], event["lastModifiedDateTime"])
		}
	}
}

func TestEqualSeedsMakeEqualWorlds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	picture := func(seed uint64) []any {
		w, err := emulation.New(emulation.Options{Seed: seed, Mailboxes: 2, Items: 20, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return []any{w.Raynet.All("activity"), w.Raynet.All("person"), w.Outlook.All(jana), w.Outlook.Contacts(jana), w.Outlook.Tasks(jana)}
	}
	if diff := cmp.Diff(picture(5), picture(5)); diff != "" {
		t.Errorf("the same seed gave two worlds (-first +second):\n%s", diff)
	}
	if cmp.Equal(picture(5), picture(6)) {
		t.Error("another seed gave the same world")
	}
}

func TestEveryRequestHasTheLatencyOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const latency = 20 * time.Millisecond
		w, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 5, Latency: latency})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(transport http.RoundTripper, method, target, body, authorization string) (string, time.Duration) {
			req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", authorization)
			req.Header.Set("Content-Type", "application/json")
			if strings.HasPrefix(body, "client_id") {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			began := time.Now()
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			data, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode >= 300 && authorization != "" {
				t.Fatalf("%s %s: %d %s %v", method, target, resp.StatusCode, data, err)
			}
			return string(data), time.Since(began)
		}
		graph := w.Outlook.Transport()
		raw, took := ask(graph, http.MethodPost, "https://login.example/"+outlookemu.FakeTenant+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
			"client_id": {outlookemu.FakeClient}, "client_secret": {outlookemu.FakeSecret},
		}.Encode(), "")
		if took != 0 {
			t.Errorf("the token took %v, want no time", took)
		}
		var issued map[string]any
		if err := json.Unmarshal([]byte(raw), &issued); err != nil {
			t.Fatal(err)
		}
		token := text(issued["access_token"])
		user := w.Company.Users[0].Email
		var parts []string
		for i := range 20 {
			parts = append(parts, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/users/%s/calendar"}`, i, user))
		}
		batch := `{"requests":[` + strings.Join(parts, ",") + `]}`
		if _, took := ask(graph, http.MethodGet, "https://graph.example/v1.0/users/"+user+"/calendar", "", "Bearer "+token); took != latency {
			t.Errorf("a Graph request took %v, want %v", took, latency)
		}
		answer, took := ask(graph, http.MethodPost, "https://graph.example/v1.0/$batch", batch, "Bearer "+token)
		if took != latency || strings.Count(answer, `"status":200`) != 20 {
			t.Errorf("a batch of 20 took %v and answered %s, want %v and 20 good parts", took, answer, latency)
		}
		if _, took := ask(w.Raynet.Transport(), http.MethodGet, "https://crm.example/api/v2/meeting/", "", ""); took != latency {
			t.Errorf("a RAYNET request took %v, want %v", took, latency)
		}
	})
}

func TestUnknownFaultIsRefusedFromTheStart(t *testing.T) {
	t.Parallel()
	_, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 1, Faults: []string{"graph-429", "graph-420"}})
	if !errors.Is(err, emulation.ErrFaultName) || !strings.Contains(err.Error(), "graph-420") || !strings.Contains(err.Error(), "raynet-quota") {
		t.Errorf("got %v, want ErrFaultName with the name and the names there are", err)
	}
}

func TestEveryFaultGoesOnAndOff(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Mailboxes: 2, Items: 2})
	names := map[string]bool{}
	for _, f := range w.control(http.StatusOK, http.MethodGet, "/faults", nil).list {
		name := text(f["name"])
		if says := text(f["says"]); !strings.HasSuffix(says, ".") || names[name] || f["on"] != false {
			t.Errorf("got %v, want a sentence, a name of its own, and off", f)
		}
		names[name] = true
		path := "/faults/" + name
		on := w.control(http.StatusOK, http.MethodPut, path, nil).body
		if over := strings.HasPrefix(name, "delta-") || name == "token-expires-early"; on["on"] != true && !over {
			t.Errorf("got %v, want it to be on", on)
		}
		w.control(http.StatusNoContent, http.MethodDelete, path, nil)
	}
	if len(names) < 50 || !names["raynet-429"] || !names["graph-429"] || !names["token-wrong-secret"] || !names["delta-410"] {
		t.Errorf("got %d faults, want those of both services", len(names))
	}
	if on := active(w); on != "" {
		t.Errorf("still on are%s", on)
	}
}

// active lists the names of the faults that are on.
func active(w *world) string {
	out := ""
	for _, f := range w.Faults() {
		if f.On {
			out += " " + f.Name
		}
	}
	return out
}

func TestFaultsMeetTheClients(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Faults: []string{"raynet-quota"}})
	w.raynet(http.StatusTooManyRequests, http.MethodGet, "/meeting/", nil)
	w.control(http.StatusNoContent, http.MethodDelete, "/faults/raynet-quota", nil)
	w.raynet(http.StatusOK, http.MethodGet, "/meeting/?limit=1", nil)

	bearer := "Authorization: Bearer " + w.token()
	calendar := func(mailbox string) string { return w.info.GraphURL + "/users/" + mailbox + "/calendar" }
	w.control(http.StatusOK, http.MethodPut, "/faults/mailbox-gone:"+jana, nil)
	if r := w.send(http.MethodGet, calendar(jana), nil, bearer); r.status < 400 {
		t.Errorf("the mailbox that is gone answers %d", r.status)
	}
	w.want(http.StatusOK, http.MethodGet, calendar(petr), nil, bearer)
	if on := active(w); on != " mailbox-gone:"+jana {
		t.Errorf("on are%s, want the one mailbox alone", on)
	}
	w.control(http.StatusNoContent, http.MethodDelete, "/faults/mailbox-gone:"+jana, nil)
	w.want(http.StatusOK, http.MethodGet, calendar(jana), nil, bearer)

	own := w.control(http.StatusOK, http.MethodPut, "/faults/teapot", map[string]any{
		"service": "graph", "effect": "status", "status": 418, "path_contains": petr, "times": 1,
	}).body
	if own["on"] != true || own["service"] != "graph" || own["custom"] == nil {
		t.Errorf("got %v, want the fault as it is set", own)
	}
	w.want(http.StatusOK, http.MethodGet, calendar(jana), nil, bearer)
	w.want(http.StatusTeapot, http.MethodGet, calendar(petr), nil, bearer)
	w.want(http.StatusOK, http.MethodGet, calendar(petr), nil, bearer)
	w.control(http.StatusNotFound, http.MethodDelete, "/faults/teapot", nil) // it has cleared itself

	w.control(http.StatusOK, http.MethodPut, "/faults/late", map[string]any{
		"service": "raynet", "effect": "late-commit", "method": "PUT", "after": "10m",
	})
	before := len(w.Raynet.All("meeting"))
	body := map[string]any{"title": "Pozdě", "priority": "DEFAULT", "owner": w.IDs.Users[0], "personal": true}
	w.raynet(-1, http.MethodPut, "/meeting/", body)
	if n := len(w.Raynet.All("meeting")); n != before {
		t.Errorf("the write that is held back made %d meetings of %d", n, before)
	}
	w.control(http.StatusNoContent, http.MethodDelete, "/faults/late", nil)
	if n := len(w.Raynet.All("meeting")); n != before+1 {
		t.Errorf("after healing there are %d meetings, want %d", n, before+1)
	}
}
