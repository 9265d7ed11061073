package processes

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/simulator/processes/proxy"
)

// sound is a small world in which nothing is wrong and every checker finds something to look at.
func sound() *evidence {
	const canary, guests, buried = "k00001k", "k00002k", "k00003k"
	at := time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC)
	meeting := func(ink string) map[string]any {
		return map[string]any{"title": title(canary, ink), "meetingPlace": "Místo v000002v", "scheduledFrom": "2026-10-21T10:00:00.000+02:00", "scheduledTill": "2026-10-21T11:00:00.000+02:00"}
	}
	event := func(ink string) map[string]any {
		return map[string]any{"subject": title(canary, ink), "location": map[string]any{"displayName": "Místo v000002v"},
			"start": map[string]any{"dateTime": "2026-10-21T08:00:00.0000000", "timeZone": "UTC"}, "end": map[string]any{"dateTime": "2026-10-21T09:00:00.0000000", "timeZone": "UTC"}}
	}
	task := map[string]any{"title": title(buried, "v000005v")}
	wrote := func(after time.Duration, side side, ours bool, op string, before, now map[string]any) write {
		w := write{at: at.Add(after), side: side, ours: ours, op: op, before: before, after: now, user: -1}
		if side == inOutlook {
			w.user = 0
		}
		return w.named()
	}
	return &evidence{
		users: []user{{login: "jana@sample.example", mailbox: "m"}},
		notes: map[string]note{canary: {side: inRaynet, kind: company.Calendar}, guests: {side: inOutlook, kind: company.Calendar, guests: true}},
		things: []thing{
			{side: inRaynet, kind: company.Calendar, typ: "meeting", id: "1", canary: canary, user: -1, raw: meeting("v000003v")},
			{side: inOutlook, kind: company.Calendar, typ: "event", id: "e1", canary: canary, user: 0, raw: event("v000003v")},
		},
		history: []write{
			wrote(0, inRaynet, false, "create", nil, meeting("v000001v")),
			wrote(1*time.Second, inOutlook, true, "create", nil, event("v000001v")),
			wrote(2*time.Second, inOutlook, false, "update", event("v000001v"), event("v000003v")), // she saw v000001v and replaced it
			wrote(3*time.Second, inRaynet, true, "update", meeting("v000001v"), meeting("v000003v")),
			wrote(4*time.Second, inRaynet, false, "update", meeting("v000003v"), meeting("v000004v")), // and this one lost a clash
			wrote(5*time.Second, inRaynet, false, "delete", task, nil),
			wrote(6*time.Second, inOutlook, true, "delete", task, nil),
			wrote(7*time.Second, inRaynet, true, "create", nil, map[string]any{"title": title(guests, "v000006v")}),
		},
		journal:   []entry{{Event: "clash", Raynet: "raynet:meeting/1", Changes: []change{{Before: title(canary, "v000004v"), Lost: true}}}},
		quiet:     at.Add(time.Minute),
		explained: map[string][]explanation{"raynet:meeting/1": {{User: "jana@sample.example", State: "linked"}}},
		requests: []proxy.Request{
			{At: at.Add(30 * time.Second), Whole: at.Add(31 * time.Second), Method: "PATCH", Path: "/v1.0/thing", Owner: 7},
			{At: at.Add(50 * time.Second), Method: "PATCH", Path: "/v1.0/thing", Owner: 7}, // its body was kept back
			{At: at.Add(61 * time.Second), Method: "GET", Path: "/v1.0/thing", Owner: 8},
		},
		asked: 2, most: raynetParallel,
		stale:   []stale{{pid: 7, name: "server-1", woke: at.Add(40 * time.Second), ended: true}},
		refused: []refused{{pid: 9, name: "server-3", code: 1}},
		files:   []file{{name: "sync.db", data: []byte("nothing to be read, k99999k either")}, {name: "server-1.log", data: []byte("server started")}},
		words:   words{private: []string{"s000001s"}, secret: []string{"obviously-fake-secret"}, open: []string{canary, "v000001v", "v000003v", "v000004v"}},
	}
}

func look(e *evidence) *Report {
	r := &Report{Probes: map[string]int{}, Checked: map[string]int{}}
	e.check(r)
	return r
}

func TestSoundWorldPassesEveryChecker(t *testing.T) {
	t.Parallel()
	r := look(sound())
	if len(r.Violations) > 0 {
		t.Errorf("violations: %s", strings.Join(r.Violations, "\n"))
	}
	for _, name := range Checkers() {
		if r.Checked[name] == 0 {
			t.Errorf("%s looked at nothing", name)
		}
	}
}

// Where nothing happened every checker says that it looked at nothing, and none is missing.
func TestCheckersThatLookAtNothingSaySo(t *testing.T) {
	t.Parallel()
	r := look(&evidence{})
	for _, name := range Checkers() {
		if n, named := r.Checked[name]; !named || n != 0 {
			t.Errorf("%s looked at %d things, named %v; want 0 and its name", name, n, named)
		}
	}
}

// Every checker finds what is planted for it.
func TestCheckersFindWhatIsPlanted(t *testing.T) {
	t.Parallel()
	late := func(e *evidence, w write) {
		w.at = e.quiet.Add(-50 * time.Second)
		e.history = append(e.history, w.named())
	}
	for _, test := range []struct {
		name  string
		plant func(*evidence)
		want  string
	}{
		{"a title differs", func(e *evidence) { e.things[1].raw["subject"] = "k00001k zkouška v000001v" }, Convergence},
		{"the copy is missing", func(e *evidence) { e.things = e.things[:1] }, Convergence},
		{"the record is missing", func(e *evidence) { e.things = e.things[1:] }, Convergence},
		{"times differ", func(e *evidence) { e.things[0].raw["scheduledFrom"] = "2026-10-21T09:00:00.000+02:00" }, Convergence},
		{"the loser of a clash is nowhere", func(e *evidence) { e.journal = nil }, Losses},
		{"we overwrote what nobody saw", func(e *evidence) {
			late(e, write{side: inOutlook, op: "update", before: map[string]any{"subject": title("k00001k", "v000003v")}, after: map[string]any{"subject": title("k00001k", "v000007v")}})
		}, Losses},
		{"a twin in Outlook", func(e *evidence) {
			twin := e.things[1]
			twin.id = "e2"
			e.things = append(e.things, twin)
		}, Twins},
		{"a twin in RAYNET", func(e *evidence) {
			twin := e.things[0]
			twin.id = "2"
			e.things = append(e.things, twin)
		}, Twins},
		{"the dead come back", func(e *evidence) {
			e.things = append(e.things, thing{side: inRaynet, kind: company.Tasks, typ: "task", id: "3", canary: "k00003k", user: -1, raw: map[string]any{"title": "k00003k"}})
		}, Graves},
		{"we delete in RAYNET", func(e *evidence) {
			late(e, write{side: inRaynet, user: -1, ours: true, op: "delete", before: map[string]any{"title": "k00003k"}})
		}, Deletions},
		{"we delete without proof", func(e *evidence) {
			late(e, write{side: inOutlook, ours: true, op: "delete", before: map[string]any{"subject": "k00001k"}})
		}, Deletions},
		{"a mail", func(e *evidence) {
			e.mails = []string{"update about something would have gone to host@elsewhere.example"}
		}, Mails},
		{"a private text in RAYNET", func(e *evidence) { e.things[0].raw["description"] = "<p>Nález s000001s</p>" }, Privacy},
		{"a private text that was in RAYNET", func(e *evidence) {
			late(e, write{side: inRaynet, user: -1, ours: true, op: "update", before: e.things[0].raw, after: map[string]any{"title": "k00001k v000003v s000001s"}})
		}, Privacy},
		{"a private text in the journal", func(e *evidence) { e.journal[0].Changes[0].Before += " s000001s" }, Privacy},
		{"a private text in a log, encoded", func(e *evidence) {
			e.files[1].data = []byte("body=" + base64.StdEncoding.EncodeToString([]byte("s000001s")))
		}, Privacy},
		{"somebody's words in the database", func(e *evidence) { e.files[0].data = []byte("Oběd v000003v") }, Privacy},
		{"a secret on a page", func(e *evidence) {
			e.files = append(e.files, file{name: "page /", data: []byte("<p>obviously-fake-secret</p>")})
		}, Secrets},
		{"a write although it is quiet", func(e *evidence) {
			w := e.history[3]
			w.at = e.quiet.Add(time.Second)
			e.history = append(e.history, w)
		}, Echo},
		{"a service is asked too much", func(e *evidence) { e.overdone = []string{"GET /api/v2/task/ was too much"} }, Budget},
		{"too many requests at once", func(e *evidence) { e.most = raynetParallel + 1 }, Budget},
		{"two states", func(e *evidence) {
			e.explained["raynet:meeting/1"] = append(e.explained["raynet:meeting/1"], explanation{User: "jana@sample.example", State: "parked"})
		}, Explained},
		{"no state", func(e *evidence) { e.explained["raynet:meeting/1"] = nil }, Explained},
		{"a stale instance writes", func(e *evidence) { e.stale[0].woke = e.requests[0].At.Add(-time.Second) }, SingleWriter},
		{"a stale instance goes on", func(e *evidence) { e.stale[0].ended = false }, SingleWriter},
		{"a second instance that nobody sees runs", func(e *evidence) { e.requests, e.refused[0].code = nil, 0 }, SingleWriter},
		{"a second instance writes", func(e *evidence) { e.refused[0].pid = 7 }, SingleWriter},
		{"a second instance runs", func(e *evidence) { e.refused[0].code = -1 }, SingleWriter},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := sound()
			test.plant(e)
			if r := look(e); !slices.ContainsFunc(r.Violations, func(line string) bool { return strings.HasPrefix(line, test.want+":") }) {
				t.Errorf("violations %q, want one of %s", r.Violations, test.want)
			}
		})
	}
}

// What a person is asked about, or what the program says waits, is no violation, and is counted.
func TestWhatWaitsIsExcusedAndCounted(t *testing.T) {
	t.Parallel()
	e := sound()
	e.things[1].raw["subject"] = "k00001k zkouška v000001v"
	e.explained["outlook:event/e1"] = []explanation{{User: "jana@sample.example", State: "parked"}}
	r := look(e)
	if len(r.Violations) > 0 || r.Probes["excused: parked"] != 1 {
		t.Errorf("violations %q, probes %v; want none and one excuse", r.Violations, r.Probes)
	}
}
