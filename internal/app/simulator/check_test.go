package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// settledWorld lives a quiet history about everything, up to where the checkers begin.
func settledWorld(t *testing.T) *world {
	t.Helper()
	script := Draw(3, Options{Rounds: 3, Calm: true})
	script.Shape.Budget = busyDay
	w := newWorld(script, t.TempDir())
	if err := w.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.stop() })
	known := verbs()
	for _, step := range script.Steps {
		w.draw(step.Draw)
		if err := known[step.Do].do(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	w.draw(script.Seed)
	u := w.users[0]
	w.newTask(u, "K901", "K901 úkol", "2026-11-03")
	w.newTodo(u, "K902", "K902 úkol", "2026-11-04")
	canary := w.canary()
	event := w.confide(canary)
	for key, value := range w.newEvent(canary) {
		if _, hidden := event[key]; !hidden {
			event[key] = value
		}
	}
	w.ledger.special[canary] = true
	if _, err := w.outlook.CreateAs(u.mailbox, event); err != nil {
		t.Fatal(err)
	}
	if err := w.heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// asks sends a request that the product has no code for.
func asks(t *testing.T, next http.RoundTripper, method, address, contentType, body string, login func(*http.Request)) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	login(request)
	response, err := next.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, data
}

// asOurs does something in RAYNET as a defect of ours would.
func (w *world) asOurs(t *testing.T, method, path, body string) int {
	t.Helper()
	options := w.raynet.Options()
	status, _ := asks(t, w.watch(record.Raynet, w.raynet.Transport()), method, "http://127.0.0.1/api/v2/"+path, "application/json", body, func(r *http.Request) {
		r.SetBasicAuth(options.User, options.APIKey)
		r.Header.Set("X-Instance-Name", options.Instance)
	})
	return status
}

// asApp does something in Outlook as a defect of ours would.
func (w *world) asApp(t *testing.T, method, path, body string) {
	t.Helper()
	if status, said := w.attempt(t, method, path, body); status >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, status, said)
	}
}

// attempt tries something in Outlook as the product would.
func (w *world) attempt(t *testing.T, method, path, body string) (int, []byte) {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {outlookemu.FakeClient}, "client_secret": {outlookemu.FakeSecret},
		"scope": {"https://graph.microsoft.com/.default"}}
	_, answer := asks(t, w.outlook.Transport(), "POST", "https://127.0.0.1/"+outlookemu.FakeTenant+"/oauth2/v2.0/token", "application/x-www-form-urlencoded",
		form.Encode(), func(*http.Request) {})
	var token struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(answer, &token); err != nil || token.Token == "" {
		t.Fatalf("no token: %s", answer)
	}
	return asks(t, w.watch(record.Outlook, w.outlook.Transport()), method, "http://127.0.0.1/v1.0/"+path, "application/json", body, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token.Token)
	})
}

// the returns the thing of a canary on one side.
func (w *world) the(t *testing.T, side record.Side, canary string) thing {
	t.Helper()
	for _, one := range w.all() {
		if one.ref.Side == side && one.canary == canary {
			return one
		}
	}
	t.Fatalf("%s is not on the side of %s", canary, side)
	return thing{}
}

// eventOf is an event that is the same whenever it is asked for.
func (w *world) eventOf(canary string) map[string]any {
	w.draw(1)
	return w.newEvent(canary)
}

// contactOf makes a contact in our folder of the first user and returns it.
func (w *world) contactOf(t *testing.T, canary string) thing {
	t.Helper()
	w.newContact(w.users[0], canary, lastName(canary, w.ink()), address(canary, w.ink()))
	return w.the(t, record.Outlook, canary)
}

// Each checker complains of what it is there for: the violation is made in a world in which all was well.
func TestCheckersComplain(t *testing.T) {
	t.Parallel()
	for _, planted := range []struct {
		checker, what, says string
		plant               func(t *testing.T, w *world)
	}{
		{"I1", "a value differs", "differs", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			w.edit(w.users[0], one, map[string]any{"title": "K901 jinak"})
		}},
		{"I1", "what concerns somebody no more is linked", "whom it concerns no more", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			w.edit(w.users[0], one, map[string]any{"resolver": w.users[1].person})
		}},
		{"I2", "a value is nowhere", "is nowhere", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			w.edit(w.users[0], one, map[string]any{"title": "K901 ztraceno"})
			w.wrote("K901", record.Raynet, "", record.TaskSubject, "K901 úkol", "K901 ztraceno")
			w.edit(w.users[0], one, map[string]any{"title": "K901 úkol"})
		}},
		{"I3", "a twin in RAYNET", "exists 2 times", func(_ *testing.T, w *world) {
			w.newTask(w.users[0], "K901", "K901 dvojče", "2026-11-05")
		}},
		{"I2", "the journal does not tell how a write ended", "what became of our write", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			w.must(w.store.Commit(t.Context(), noFence, journal.AddEntry{Entry: journal.Entry{Pair: w.pairs[seat{w.users[0].mailbox, record.Tasks}], Event: journal.Sending, Raynet: one.ref}}))
		}},
		{"I3", "a record of ours has no key", "has no key", func(t *testing.T, w *world) {
			if status := w.asOurs(t, "PUT", "task/", string(asJSON(map[string]any{"title": "K905 naše", "priority": "DEFAULT", "deadline": "2026-11-05T15:30:00.000+01:00",
				"personal": true, "owner": w.users[0].person, "resolver": w.users[0].person}))); status >= 300 {
				t.Fatalf("the task was not made: %d", status)
			}
		}},
		{"I2", "we redact what a person made", "which a person made", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			text := string(asJSON(map[string]any{"title": rules(journal.Pair{Kind: record.Calendar}).PrivateText}))
			if status := w.asOurs(t, "POST", "task/"+one.ref.ID+"/", text); status >= 300 {
				t.Fatalf("the task was not changed: %d", status)
			}
		}},
		{"I3", "a create is repeated at once", "is repeated at once", func(t *testing.T, w *world) {
			w.outlook.Layer().Set(chaos.Fault{Name: "unclear", Effect: chaos.EffectStatus, Status: http.StatusServiceUnavailable, Method: "POST", Times: 1})
			for range 2 {
				w.attempt(t, "POST", "users/"+w.users[0].mailbox+"/events", string(asJSON(w.eventOf("K909"))))
			}
		}},
		{"I3", "a process writes after another one took over", "changed what is remembered", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			pair := w.pairs[seat{one.user.mailbox, record.Tasks}]
			w.successor, w.taken, w.written = &w.process, map[int64]bool{pair: true}, len(w.writes())
			w.must(w.store.Commit(t.Context(), noFence, journal.ReportWork{Pair: pair, Ref: one.ref, At: w.clock.Now()}))
			if err := w.awake(pair); !errors.Is(err, errOvertaken) {
				t.Fatal(err)
			}
			w.successor, w.taken = nil, nil
		}},
		{"I4", "a dead one lives again", "was deleted by a person", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			w.must(w.raynet.DeleteAs(w.users[0].login, "task", stage.Number(one.raw["id"])))
			w.ledger.removed[recordKey("K901")] = true
			w.newTask(w.users[0], "K901", "K901 zase", "2026-11-05")
		}},
		{"I4", "one dies after its create was repeated, and lives again", "was deleted by a person", func(t *testing.T, w *world) {
			w.stats.Residue, w.ledger.onceMore["K901"], w.ledger.onceMore["K902"] = 2, w.clock.Now(), w.clock.Now().Add(time.Hour)
			w.clock.Advance(time.Minute)
			one := w.the(t, record.Raynet, "K901")
			w.must(w.raynet.DeleteAs(w.users[0].login, "task", stage.Number(one.raw["id"])))
			w.ledger.removed[recordKey("K901")] = true
			w.newTask(w.users[0], "K901", "K901 zase", "2026-11-05")
		}},
		{"I5", "we delete in RAYNET", "in RAYNET", func(t *testing.T, w *world) {
			if status := w.asOurs(t, "DELETE", "task/"+w.the(t, record.Raynet, "K901").ref.ID+"/", ""); status >= 300 {
				t.Fatalf("the task was not deleted: %d", status)
			}
		}},
		{"I5", "we delete in Outlook", "in the mailbox", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			w.asApp(t, "DELETE", "users/"+one.user.mailbox+"/todo/lists/"+url.PathEscape(w.lies(one))+"/tasks/"+url.PathEscape(one.ref.ID), "")
		}},
		{"I5", "we delete what somebody just wrote into", "a moment before", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			w.ledger.hurried[one.ref.ID] = w.clock.Now()
			w.asApp(t, "DELETE", "users/"+one.user.mailbox+"/todo/lists/"+url.PathEscape(w.lies(one))+"/tasks/"+url.PathEscape(one.ref.ID), "")
		}},
		{"I5", "what nobody deleted counts as deleted", "nobody deleted it", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			links, err := w.store.LinksOfRef(t.Context(), "default", one.ref)
			if err != nil || len(links) == 0 {
				t.Fatal("it is not linked", err)
			}
			links[0].State, links[0].Reason = journal.Hidden, "deleted-in-outlook"
			w.must(w.store.Commit(t.Context(), noFence, journal.PutLink{Link: links[0]}))
		}},
		{"I6", "we invite somebody", "would have gone to", func(t *testing.T, w *world) {
			event := w.newEvent("K903")
			event["attendees"] = []any{guest("host@elsewhere.example")}
			w.asApp(t, "POST", "users/"+w.users[0].mailbox+"/events", string(asJSON(event)))
		}},
		{"I7", "a private text is in RAYNET", "task", func(t *testing.T, w *world) {
			text := privateTexts(w.outlook.History(), w.raynet.History())[0]
			one := w.the(t, record.Raynet, "K901")
			if status := w.asOurs(t, "POST", "task/"+one.ref.ID+"/", string(asJSON(map[string]any{"title": text}))); status >= 300 {
				t.Fatalf("the task was not changed: %d", status)
			}
		}},
		{"I7", "a private text is in the backup, as base64", "backup.db", func(t *testing.T, w *world) {
			text := privateTexts(w.outlook.History(), w.raynet.History())[0]
			data, err := json.Marshal([]byte("x" + text + "y"))
			w.must(err)
			w.must(os.WriteFile(w.backup(), data, 0o600))
		}},
		{"I7", "an event is in RAYNET that nobody offered", "nobody offered", func(t *testing.T, w *world) {
			from, till := w.slot()
			if status := w.asOurs(t, "PUT", "meeting/", string(asJSON(map[string]any{"title": "K906 naše", "priority": "DEFAULT", "owner": w.users[0].person,
				"scheduledFrom": from.Format(isoLayout), "scheduledTill": till.Format(isoLayout)}))); status >= 300 {
				t.Fatalf("the meeting was not made: %d", status)
			}
		}},
		{"I7", "an anonymised contact lies in the bin", "lies in the bin", func(t *testing.T, w *world) {
			one := w.contactOf(t, "K907")
			w.ledger.erased["K907"] = true
			w.asApp(t, "DELETE", "users/"+one.user.mailbox+"/contacts/"+url.PathEscape(one.ref.ID), "")
		}},
		{"I7", "what is still to be sent tells of somebody anonymised", "still to be sent", func(t *testing.T, w *world) {
			w.ledger.erased["K908"] = true
			w.must(w.store.Commit(t.Context(), noFence, journal.OpenIntent{Intent: journal.Intent{Op: "op", Pair: w.pairs[seat{w.users[0].mailbox, record.Contacts}],
				Request: remote.Request{Side: record.Outlook, Op: remote.Create, Body: "K908 osoba"}}}))
		}},
		{"I7", "a title is in the log", "plain text in the log", func(_ *testing.T, w *world) { w.log.WriteString("msg=\"K902 úkol\"") }},
		{"I7", "the key is in the log", "the API key is in the log", func(_ *testing.T, w *world) { w.log.WriteString(url.QueryEscape(w.raynet.Options().APIKey)) }},
		{"I8", "there is something to write", "a quiet world wrote", func(t *testing.T, w *world) {
			w.edit(w.users[0], w.the(t, record.Raynet, "K901"), map[string]any{"title": "K901 jinak"})
		}},
		{"I8", "what we carried comes back as it was", "nobody in RAYNET ever wrote", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			w.asApp(t, "PATCH", "users/"+one.user.mailbox+"/todo/lists/"+url.PathEscape(w.lies(one))+"/tasks/"+url.PathEscape(one.ref.ID), `{"title":"K902 dřív"}`)
		}},
		{"I9", "the reserve is used", "requests are left", func(t *testing.T, w *world) {
			w.asOurs(t, "GET", "task/", "")
			w.raynet.SpendQuota(w.meter.left - 10)
			w.asOurs(t, "GET", "task/", "")
			w.asOurs(t, "GET", "task/", "")
		}},
		{"I9", "Retry-After is not heeded", "asked for patience", func(t *testing.T, w *world) {
			w.raynet.Layer().Set(chaos.Fault{Name: "busy", Effect: chaos.EffectStatus, Status: 429, Header: map[string]string{"Retry-After": "60"}})
			for range mostFlying + 2 {
				w.asOurs(t, "GET", "task/", "")
			}
			w.raynet.Layer().Clear("busy")
		}},
		{"I9", "a refused login is repeated", "the login was refused", func(t *testing.T, w *world) {
			w.raynet.Layer().Set(chaos.Fault{Name: "door", Effect: chaos.EffectStatus, Status: 401})
			for range mostRefused + 1 {
				w.asOurs(t, "GET", "task/", "")
			}
			w.raynet.Layer().Clear("door")
		}},
		{"I10", "what is refused counts as linked", "counts as linked", func(t *testing.T, w *world) {
			w.ledger.poison["K902"] = true
			one := w.the(t, record.Outlook, "K902")
			w.edit(one.user, one, map[string]any{"title": "K902 nejde"})
		}},
		{"I11", "nothing is known of a thing", "has no reason", func(_ *testing.T, w *world) {
			w.newTodo(w.users[0], "K904", "K904 nový", "2026-11-05")
		}},
		{"I11", "who was faster counts as a refusal", "somebody was faster", func(t *testing.T, w *world) {
			one := w.the(t, record.Outlook, "K902")
			path := "users/" + one.user.mailbox + "/todo/lists/" + url.PathEscape(w.lies(one)) + "/tasks/" + url.PathEscape(one.ref.ID)
			w.outlook.Layer().Set(chaos.Fault{Name: "faster", Effect: chaos.EffectStatus, Status: http.StatusPreconditionFailed, Method: "PATCH", Times: 1})
			w.attempt(t, "PATCH", path, "{}")
			w.clock.Advance(time.Second)
			w.must(w.store.Commit(t.Context(), noFence, journal.AddEntry{Entry: journal.Entry{Pair: w.pairs[seat{one.user.mailbox, record.Tasks}], Event: journal.Parked,
				Side: record.Outlook, Outlook: one.ref, Reason: string(remote.Invalid)}}))
		}},
		{"I12", "a run was not taken back", "taken back", func(_ *testing.T, w *world) {
			all := w.touches()
			at := slices.IndexFunc(all, func(one touch) bool { return one.ours && one.op == "create" && canaryOf(titleOf(one.after)) == "K902" })
			w.checkUndone(all[at], nil, admin.Cycle{})
		}},
		{"I12", "a value was not put back", "before the run", func(t *testing.T, w *world) {
			one := w.the(t, record.Raynet, "K901")
			before := map[string]any{"title": "K901 dřív"}
			w.checkUndone(touch{ours: true, side: record.Raynet, id: one.ref.ID, op: "update", before: before, after: one.raw}, nil, admin.Cycle{})
		}},
	} {
		t.Run(planted.checker+" "+planted.what, func(t *testing.T) {
			t.Parallel()
			w := settledWorld(t)
			planted.plant(t, w)
			if err := w.check(t.Context()); err != nil {
				t.Log(err) // what was planted may end the check early, after it was found
			}
			for _, v := range w.violations {
				if v.Checker == planted.checker && strings.Contains(v.What, planted.says) {
					return
				}
			}
			t.Errorf("nobody complained; these did: %v", w.violations)
		})
	}
}

// A world in which nothing was planted is left alone by every checker: what the others complain of is what was planted.
func TestCheckersAreQuiet(t *testing.T) {
	t.Parallel()
	w := settledWorld(t)
	if err := w.check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.violations) > 0 {
		t.Errorf("all is well, and the checkers say %v", w.violations)
	}
	for _, checker := range []string{"I1", "I2", "I3", "I7", "I8", "I9", "I11"} {
		if w.exercised[checker] == 0 {
			t.Errorf("%s had nothing to look at", checker)
		}
	}
}
