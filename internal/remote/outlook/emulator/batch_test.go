package emulator_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"raynetsync/internal/remote/outlook/emulator"
)

func part(id, method, target string, more ...map[string]any) map[string]any {
	p := map[string]any{"id": id, "method": method, "url": target}
	for _, m := range more {
		for key, value := range m {
			p[key] = value
		}
	}
	return p
}

func after(id string) map[string]any { return map[string]any{"dependsOn": []any{id}} }

func carrying(body map[string]any) map[string]any {
	return map[string]any{"body": body, "headers": map[string]any{"Content-Type": "application/json", "Prefer": `IdType="ImmutableId"`}}
}

func (w *world) batch(parts ...any) (statuses map[string]float64, r reply) {
	w.t.Helper()
	r = w.do("POST", "/$batch", map[string]any{"requests": parts})
	statuses = map[string]float64{}
	list, _ := r.body["responses"].([]any)
	for _, p := range list {
		statuses[str(at(p, "id"))], _ = at(p, "status").(float64)
	}
	return statuses, r
}

func TestABatchAnswersEachPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, r := w.batch(
		part("1", "POST", "/users/"+anna+"/events", carrying(meeting("a", "2026-03-10T10:00"))),
		part("2", "GET", "/users/"+anna+"/events/AAkALgAAunknownunknownunknown%2Fx=", nil),
		part("3", "GET", "/users/"+boris+"/calendar?$select=id"),
	)
	if r.status != 200 || got["1"] != 201 || got["2"] != 404 || got["3"] != 200 {
		t.Fatalf("%d %v", r.status, got)
	}
	list, _ := r.body["responses"].([]any)
	if at(list[0], "id") == "1" {
		t.Error("the answers of a parallel batch come in the order of its parts")
	}
	if len(w.srv.All(anna)) != 1 {
		t.Error("the part wrote nothing")
	}
}

func TestAChainStopsAtItsFirstFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, _ := w.batch(
		part("a", "GET", "/users/"+anna+"/calendar"),
		part("b", "GET", "/users/"+anna+"/nothing", after("a")),
		part("c", "GET", "/users/"+anna+"/calendar", after("b")),
		part("d", "GET", "/users/"+anna+"/calendar", after("c")),
	)
	if got["a"] != 200 || got["b"] != 400 || got["c"] != 424 || got["d"] != 424 {
		t.Errorf("statuses %v", got)
	}
}

func TestBatchesThatAreRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	probe := func(id string, more ...map[string]any) any {
		return part(id, "GET", "/users/"+anna+"/calendar", more...)
	}
	var many []any
	for i := range 21 {
		many = append(many, probe(fmt.Sprint(i)))
	}
	for name, parts := range map[string][]any{
		"21 parts":               many,
		"two parts of one id":    {probe("1"), probe("1")},
		"chain and loose part":   {probe("1"), probe("2", after("1")), probe("3")},
		"unknown dependency":     {probe("1"), probe("2", after("9"))},
		"body without its type":  {part("1", "POST", "/users/"+anna+"/events", map[string]any{"body": meeting("a", "2026-03-10T10:00")})},
		"absolute url":           {part("1", "GET", "https://graph.microsoft.com/v1.0/users")},
		"a batch within a batch": {part("1", "POST", "/$batch")},
		"empty":                  {},
	} {
		if _, r := w.batch(parts...); r.status != 400 {
			t.Errorf("%s: status %d", name, r.status)
		}
	}
}

func TestAPartIsThrottledAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.srv.Inject("batch-inner-429"); err != nil {
		t.Fatal(err)
	}
	got, r := w.batch(part("1", "GET", "/users/"+anna+"/calendar"), part("2", "GET", "/users/"+anna+"/calendar"))
	if r.status != 200 || got["1"] != 200 || got["2"] != 429 || !strings.Contains(r.raw, `"Retry-After":"1"`) {
		t.Errorf("%d %v", r.status, got)
	}
}

// TestFourRequestsAtATime runs under a virtual clock: eight requests of 20 ms on one mailbox at once.
func TestFourRequestsAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := emulator.New(emulator.Options{Seed: 1})
		for _, name := range []string{anna, boris} {
			srv.AddMailbox(map[string]any{"userPrincipalName": name})
		}
		w := &world{t: t, srv: srv}
		w.login()
		srv.SetLatency(20 * time.Millisecond)
		ask := func(mailbox string) int {
			req, err := http.NewRequestWithContext(context.Background(), "GET", "https://graph.example/v1.0/users/"+mailbox+"/calendar", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+w.token)
			return w.send(req, srv.Transport()).status
		}
		var mu sync.Mutex
		var statuses []int
		var group sync.WaitGroup
		begin := time.Now()
		for i := range 10 {
			mailbox := anna
			if i >= 8 {
				mailbox = boris
			}
			group.Go(func() {
				status := ask(mailbox)
				mu.Lock()
				defer mu.Unlock()
				statuses = append(statuses, status)
			})
		}
		group.Wait()
		slices.Sort(statuses)
		if !slices.Equal(statuses, []int{200, 200, 200, 200, 200, 200, 429, 429, 429, 429}) {
			t.Errorf("statuses %v, want six 200 and four 429", statuses)
		}
		if took := time.Since(begin); took != 20*time.Millisecond {
			t.Errorf("took %v, want 20ms", took)
		}
		if status := ask(anna); status != 200 {
			t.Errorf("afterwards: %d", status)
		}
	})
}

func TestTenMinutesHoldAFixedNumberOfRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.RequestsPerMailbox = 5 })
	for range 5 {
		w.must(200, w.get("/users/"+anna+"/calendar"))
	}
	r := w.get("/users/" + anna + "/calendar")
	w.refused(r, 429, "ApplicationThrottled")
	if got := r.header.Get("Retry-After"); got != "601" {
		t.Errorf("Retry-After %q, want 601", got)
	}
	w.must(200, w.get("/users/"+boris+"/calendar"))
	w.clock.Advance(10 * time.Minute)
	w.must(200, w.get("/users/"+anna+"/calendar"))
}

func TestFaultWordsInASubjectWorkOncePerEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.DataFaults = true })
	post := func(subject, txn string) reply {
		return w.do("POST", "/users/"+anna+"/events", meeting(subject, "2026-03-10T10:00", map[string]any{"transactionId": txn}))
	}
	for i := range 2 {
		txn := fmt.Sprint("op-", i)
		if r := post("x [429]", txn); r.status != 429 || r.header.Get("Retry-After") == "" {
			t.Errorf("[429]: %d", r.status)
		}
		w.must(201, post("x [429]", txn))
	}
	if r := post("x [503]", "op-9"); r.status != 503 || r.raw != "" {
		t.Errorf("[503]: %d %q", r.status, r.raw)
	}
	before := len(w.srv.All(anna))
	if r := post("x [lost-reply]", "op-8"); r.status != -1 {
		t.Errorf("[lost-reply]: %d", r.status)
	}
	if got := len(w.srv.All(anna)); got != before+1 {
		t.Errorf("[lost-reply] wrote %d events, want 1", got-before)
	}
	w.must(201, post("x [lost-reply]", "op-8"))
	if got := len(w.srv.All(anna)); got != before+1 {
		t.Errorf("the repeated POST made another event")
	}
}
