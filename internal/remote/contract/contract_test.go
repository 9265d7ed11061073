package contract_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"raynetsync/internal/remote/contract"
)

// exchange is one request and answer in a test table.
type exchange struct {
	method, url, body string
	status            int
	answer            string
}

func (x exchange) check(t *testing.T, set *contract.Set) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), x.method, x.url, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp := &http.Response{StatusCode: x.status, Header: http.Header{"Content-Type": {"application/json"}}}
	return set.Check(req, []byte(x.body), resp, []byte(x.answer))
}

func load(t *testing.T) *contract.Set {
	t.Helper()
	set := contract.Load(t)
	if !set.Validates() {
		t.Skip("NOT VALIDATED: no contracts on this machine")
	}
	return set
}

const (
	raynet = "https://app.raynet.cz/api/v2/"
	graph  = "https://graph.microsoft.com/v1.0/"
)

func TestWhatTheContractsAllow(t *testing.T) {
	t.Parallel()
	set := load(t)
	created := `{"success":true,"data":{"id":1}}`
	tests := map[string]exchange{
		"create": {"PUT", raynet + "meeting/", `{"title":"x","priority":"DEFAULT","owner":5}`, 201, created},
		"known difference: extId on create": {
			"PUT", raynet + "meeting/", `{"title":"x","priority":"DEFAULT","owner":5,"extId":"a:b"}`, 201, created,
		},
		"known difference: look-up":     {"GET", raynet + "meeting/ext/a:b/", "", 404, `{"message":"x"}`},
		"filter with operator":          {"GET", raynet + "meeting/?title%5BLIKE%5D=x&dateFormat=ISO8601", "", 200, `{"success":true,"totalCount":0,"data":[]}`},
		"free keys in custom fields":    {"POST", raynet + "meeting/1/", `{"customFields":{"Vip_1":"x"}}`, 200, `{"success":true}`},
		"no path of either service":     {"POST", "https://login.example/t/oauth2/v2.0/token", "x=y", 200, `{}`},
		"calendar, two keys of an item": {"GET", graph + "users/1/events", "", 200, `{"value":[{"id":"a","subject":"b"}]}`},
		"batch": {
			"POST", graph + "$batch",
			`{"requests":[{"id":"1","method":"GET","url":"/users/1/events/a"}]}`, 200,
			`{"responses":[{"id":"1","status":200,"body":{"id":"a","subject":"b"}}]}`,
		},
	}
	for name, x := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := x.check(t, set); err != nil {
				t.Errorf("%s %s: got\n%v\nwant no violation", x.method, x.url, err)
			}
		})
	}
}

func TestWhatTheContractsRefuse(t *testing.T) {
	t.Parallel()
	set := load(t)
	ok := `{"success":true}`
	tests := []struct {
		name     string
		exchange exchange
		want     string // part and field
	}{
		{"unknown path", exchange{"GET", raynet + "reminder/", "", 200, ok}, "operation /reminder/"},
		{"unknown method", exchange{"PATCH", raynet + "meeting/1/", "{}", 200, ok}, "operation PATCH"},
		{"unknown query", exchange{"GET", raynet + "meeting/?sort=id", "", 200, ok}, "query sort"},
		{"required key missing", exchange{"PUT", raynet + "meeting/", `{"title":"x"}`, 201, `{"success":true,"data":{"id":1}}`}, "request owner"},
		{"unknown key asked", exchange{"POST", raynet + "meeting/1/", `{"reminder":5}`, 200, ok}, "request reminder"},
		{"unknown nested key asked", exchange{"POST", raynet + "meeting/1/", `{"participants":[{"mail":"x"}]}`, 200, ok}, "request participants[].mail"},
		{"wrong enum", exchange{"POST", raynet + "meeting/1/", `{"status":"DONE"}`, 200, ok}, "request status"},
		{"status not documented", exchange{"POST", raynet + "meeting/1/", `{}`, 409, ok}, "status 409"},
		{
			"row lacks a key", exchange{"GET", raynet + "activityCategory/", "", 200, `{"success":true,"totalCount":1,"data":[{"id":1,"code01":"x"}]}`},
			"answer data[].code02",
		},
		{
			"row has a key too many", exchange{"GET", raynet + "activityCategory/", "", 200, `{"success":true,"totalCount":1,"data":[{"id":1,"code01":"x","code02":"y","colour":"z"}]}`},
			"answer data[].colour",
		},
		{
			"wrong kind of value", exchange{"GET", raynet + "telType/", "", 200, `{"success":true,"totalCount":1,"data":[{"id":"1","code01":"x"}]}`},
			"answer data[].id",
		},
		{"graph: unknown key asked", exchange{"POST", graph + "users/1/events", `{"title":"x"}`, 201, `{"id":"a"}`}, "request title"},
		{"graph: wrong type told", exchange{"GET", graph + "users/1/events/a", "", 200, `{"id":"a","subject":5}`}, "answer subject"},
		{
			"graph: inside a batch", exchange{
				"POST", graph + "$batch",
				`{"requests":[{"id":"1","method":"PATCH","url":"/users/1/events/a","body":{"title":"x"}}]}`, 200,
				`{"responses":[{"id":"1","status":200,"body":{"id":"a"}}]}`,
			}, "PATCH /users/{user-id}/events/{event-id}: request title",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.exchange.check(t, set)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s %s: got %v, want a violation with %q", test.exchange.method, test.exchange.url, err, test.want)
			}
		})
	}
}

// witness notes failures instead of failing.
type witness struct {
	testing.TB
	failed int
}

func (w *witness) Errorf(string, ...any) { w.failed++ }

func (w *witness) Fatal(...any) {
	w.failed++
	runtime.Goexit()
}

func (w *witness) Fatalf(string, ...any) { w.Fatal() }

// loadWith loads beside the test, as Fatal ends the goroutine.
func loadWith(t *testing.T, ci, folder string) (set *contract.Set, failed int) {
	t.Helper()
	t.Setenv("CI", ci)
	t.Setenv("RAYNETSYNC_CONTRACTS", folder)
	w := &witness{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		set = contract.Load(w)
	}()
	<-done
	return set, w.failed
}

func TestWithoutContractsNothingIsValidatedAndCIFails(t *testing.T) {
	t.Chdir(t.TempDir()) // no repository above it
	set, failed := loadWith(t, "", "")
	if failed != 0 || set.Validates() {
		t.Fatalf("outside CI: failed %d, validates %v; want neither", failed, set.Validates())
	}
	nonsense := exchange{"PATCH", raynet + "nonsense/", "{}", 200, "{}"}
	if err := nonsense.check(t, set); err != nil {
		t.Errorf("without contracts: got %v, want everything accepted", err)
	}
	if _, failed := loadWith(t, "true", ""); failed == 0 {
		t.Error("in CI: did not fail")
	}
	if _, failed := loadWith(t, "", t.TempDir()); failed == 0 {
		t.Error("a named folder without documents: did not fail")
	}
}

type canned struct{ status int }

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"success":true}`)), Request: r,
	}, nil
}

func TestTheTransportFailsTheTestAndPassesTheAnswerOn(t *testing.T) {
	t.Parallel()
	set := load(t)
	w := &witness{TB: t}
	client := &http.Client{Transport: set.Transport(w, canned{status: 200}, contract.Raynet)}
	for _, path := range []string{"meeting/1/lock", "meeting/1/explode"} {
		resp, err := client.Post(raynet+path, "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); string(body) != `{"success":true}` || err != nil {
			t.Errorf("%s: got %q %v", path, body, err)
		}
		_ = resp.Body.Close()
	}
	if w.failed != 1 || set.Checked(contract.Raynet) != 2 {
		t.Errorf("failed %d of %d checked; want 1 of 2", w.failed, set.Checked(contract.Raynet))
	}
}
