package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/chaos"
)

// shop is a handler that remembers the bodies it applied, behind a layer with a clock that is moved by hand.
type shop struct {
	layer  *chaos.Layer
	client *http.Client
	url    string

	mu      sync.Mutex
	now     time.Time
	slept   []time.Duration
	applied []string
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodGet {
		s.applied = append(s.applied, string(body))
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, "applied %d", len(s.applied))
}

func (s *shop) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *shop) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *shop) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.applied)
}

func newShop() *shop {
	s := &shop{now: time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)}
	s.layer = chaos.New(chaos.Options{Now: s.clock, Sleep: func(_ context.Context, d time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.slept = append(s.slept, d)
	}})
	return s
}

// eachWay runs a test over sockets and over the in-process transport: they must not differ.
func eachWay(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	t.Run("sockets", func(t *testing.T) {
		t.Parallel()
		s := newShop()
		server := httptest.NewServer(s.layer.Wrap(s))
		t.Cleanup(server.Close)
		s.url, s.client = server.URL, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		test(t, s)
	})
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		s := newShop()
		s.url, s.client = "http://shop.example", &http.Client{Transport: s.layer.Transport(s.layer.Wrap(s))}
		test(t, s)
	})
}

func (s *shop) send(t *testing.T, method, path, body string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

func (s *shop) mustSend(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	status, answer, err := s.send(t, method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return status, answer
}

func TestWithoutFaultsTheLayerOnlyLogs(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, s *shop) {
		s.mustSend(t, "PUT", "/a?b=c", "hello")
		want := []chaos.Entry{{
			At: s.clock(), Method: "PUT", Path: "/a", Query: "b=c", Status: 201, RequestBytes: 5, ResponseBytes: 9,
		}}
		if diff := cmp.Diff(want, s.layer.Requests()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		s.layer.ResetLog()
		if got := s.layer.Count(); got != 0 {
			t.Errorf("count after reset: got %d, want 0", got)
		}
	})
}

func TestEffects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		fault       chaos.Fault
		wantStatus  int // 0: the connection is cut
		wantAnswer  string
		wantApplied int
	}{
		{"status", chaos.Fault{Effect: chaos.EffectStatus, Status: 429, Body: "{}"}, 429, "{}", 0},
		{"status without number", chaos.Fault{Effect: chaos.EffectStatus}, 503, "", 0},
		{"drop-request", chaos.Fault{Effect: chaos.EffectDropRequest}, 0, "", 0},
		{"lose-answer", chaos.Fault{Effect: chaos.EffectLoseAnswer}, 0, "", 1},
		{"late-commit", chaos.Fault{Effect: chaos.EffectLateCommit, After: time.Minute}, 0, "", 0},
		{"twice", chaos.Fault{Effect: chaos.EffectTwice}, 201, "applied 2", 2},
		{"delay", chaos.Fault{Effect: chaos.EffectDelay, After: time.Second}, 201, "applied 1", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachWay(t, func(t *testing.T, s *shop) {
				test.fault.Name = "broken"
				s.layer.Set(test.fault)
				status, answer, err := s.send(t, "PUT", "/x", "body")
				if status != test.wantStatus || answer != test.wantAnswer || (err != nil) != (test.wantStatus == 0) {
					t.Errorf("got %d %q %v, want %d %q", status, answer, err, test.wantStatus, test.wantAnswer)
				}
				if got := len(s.got()); got != test.wantApplied {
					t.Errorf("applied: got %d, want %d", got, test.wantApplied)
				}
				entry := s.layer.Requests()[0]
				if entry.Fault != "broken" || entry.Status != test.wantStatus || entry.RequestBytes != 4 {
					t.Errorf("log: got %+v", entry)
				}
			})
		})
	}
}

func TestATruncatedAnswerAnnouncesMoreThanItSends(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, s *shop) {
		s.layer.Set(chaos.Fault{Name: "half", Effect: chaos.EffectTruncate})
		status, answer, err := s.send(t, "GET", "/x", "")
		if status != 201 || answer != "appl" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %d %q %v, want 201 and half of the body, then an unexpected end", status, answer, err)
		}
	})
}

func TestLateCommitsAreAppliedInOrderWhenTheirTimeHasCome(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, s *shop) {
		s.layer.Set(chaos.Fault{Name: "late", Effect: chaos.EffectLateCommit, After: time.Minute, Times: 2})
		for _, body := range []string{"one", "two"} {
			if _, _, err := s.send(t, "PUT", "/x", body); err == nil {
				t.Fatalf("%s: answered, want a cut connection", body)
			}
		}
		s.pass(59 * time.Second)
		s.mustSend(t, "PUT", "/x", "three")
		s.pass(time.Second)
		s.mustSend(t, "PUT", "/x", "four")
		want := []string{"three", "one", "two", "four"}
		if diff := cmp.Diff(want, s.got()); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	})
}

func TestSettleAppliesWhatIsStillWaiting(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, s *shop) {
		s.layer.Set(chaos.Fault{Name: "late", Effect: chaos.EffectLateCommit, After: time.Hour})
		_, _, _ = s.send(t, "PUT", "/x", "one")
		s.layer.Settle()
		s.layer.Settle()
		if diff := cmp.Diff([]string{"one"}, s.got()); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
	})
}

func TestWhichRequestsAFaultMeets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   chaos.Fault
		wantHit []int // which of the six requests below
	}{
		{"every request", chaos.Fault{}, []int{0, 1, 2, 3, 4, 5}},
		{"by method", chaos.Fault{Method: "PUT"}, []int{1, 4}},
		{"by several methods", chaos.Fault{Method: "PUT,post"}, []int{1, 2, 4}},
		{"by path", chaos.Fault{PathContains: "/task/"}, []int{3, 4}},
		{"by query", chaos.Fault{PathContains: "limit=9"}, []int{5}},
		{"by body", chaos.Fault{BodyContains: "needle"}, []int{2}},
		{"every second", chaos.Fault{Every: 2}, []int{1, 3, 5}},
		{"two times", chaos.Fault{Times: 2}, []int{0, 1}},
		{"every second, once", chaos.Fault{Every: 2, Times: 1}, []int{1}},
	}
	requests := [][3]string{
		{"GET", "/meeting/", ""}, {"PUT", "/meeting/", "hay"}, {"POST", "/meeting/1/", "a needle"},
		{"GET", "/task/", ""}, {"PUT", "/task/", ""}, {"GET", "/meeting/?limit=9", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			s.url, s.client = "http://shop.example", &http.Client{Transport: s.layer.Transport(s.layer.Wrap(s))}
			test.fault.Name, test.fault.Effect, test.fault.Status = "f", chaos.EffectStatus, 418
			s.layer.Set(test.fault)
			var hit []int
			for i, r := range requests {
				if status, _ := s.mustSend(t, r[0], r[1], r[2]); status == 418 {
					hit = append(hit, i)
				}
			}
			if diff := cmp.Diff(test.wantHit, hit); diff != "" {
				t.Errorf("hit (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsAreReplacedByNameAndListedInOrder(t *testing.T) {
	t.Parallel()
	layer := chaos.New(chaos.Options{})
	for _, name := range []string{"b", "a", "b"} {
		layer.Set(chaos.Fault{Name: name, Effect: chaos.EffectDropRequest, Times: len(layer.Faults())})
	}
	want := []chaos.Fault{
		{Name: "a", Effect: chaos.EffectDropRequest, Times: 1}, {Name: "b", Effect: chaos.EffectDropRequest, Times: 2},
	}
	if diff := cmp.Diff(want, layer.Faults()); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if !layer.Clear("a") || layer.Clear("a") {
		t.Error("clear a twice: want true, then false")
	}
}

func TestLatencyMeetsEveryRequest(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, s *shop) {
		s.layer.SetLatency(20 * time.Millisecond)
		s.mustSend(t, "GET", "/x", "")
		s.mustSend(t, "GET", "/x", "")
		if want := []time.Duration{20 * time.Millisecond, 20 * time.Millisecond}; !slices.Equal(s.slept, want) {
			t.Errorf("slept: got %v, want %v", s.slept, want)
		}
	})
}

func TestTheTransportHonoursTheContext(t *testing.T) {
	t.Parallel()
	s := newShop()
	client := &http.Client{Transport: s.layer.Transport(s.layer.Wrap(s))}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPut, "http://shop.example/x", strings.NewReader("a"))
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	if !errors.Is(err, context.Canceled) || len(s.got()) != 0 {
		t.Errorf("got %v, applied %d; want context.Canceled and nothing applied", err, len(s.got()))
	}
}

func TestTheLogIsBoundedButTheCountIsNot(t *testing.T) {
	t.Parallel()
	layer := chaos.New(chaos.Options{})
	client := &http.Client{Transport: layer.Transport(layer.Wrap(http.NotFoundHandler()))}
	const requests = 41_000
	for i := range requests {
		resp, err := client.Get(fmt.Sprintf("http://shop.example/%d", i))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	kept := layer.Requests()
	if len(kept) != 20_000 || kept[len(kept)-1].Path != "/40999" || layer.Count() != requests {
		t.Errorf("kept %d up to %s, count %d; want 20000 up to /40999, count %d",
			len(kept), kept[len(kept)-1].Path, layer.Count(), requests)
	}
}

func TestMailboxAndMarkReachTheLog(t *testing.T) {
	t.Parallel()
	layer := chaos.New(chaos.Options{Mailbox: func(r *http.Request) string { return r.Header.Get("For") }})
	handler := layer.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { chaos.Mark(w, "own") }))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.example/", nil)
	req.Header.Set("For", "jana@example.cz")
	resp, err := layer.Transport(handler).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := layer.Requests()[0]; got.Mailbox != "jana@example.cz" || got.Fault != "own" || got.Status != 200 {
		t.Errorf("log: got %+v", got)
	}
}

func TestAFaultTravelsAsJSON(t *testing.T) {
	t.Parallel()
	fault := chaos.Fault{
		Name: "f", Effect: chaos.EffectLateCommit, Method: "PUT", PathContains: "/x", BodyContains: "y", Status: 503,
		Header: map[string]string{"Retry-After": "1"}, Body: "{}", After: 90 * time.Second, Times: 2, Every: 3,
	}
	data, err := json.Marshal(fault)
	if err != nil {
		t.Fatal(err)
	}
	var got chaos.Fault
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("read %s: %v", data, err)
	}
	if diff := cmp.Diff(fault, got); diff != "" {
		t.Errorf("round trip of %s (-want +got):\n%s", data, diff)
	}
	for _, bad := range []string{`{"effect":"explode"}`, `{"effect":"delay","after":"soon"}`, `{"effect":"delay","x":1}`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("read %s: no error", bad)
		}
	}
}

func TestSinceContinuesWhereTheReaderStopped(t *testing.T) {
	t.Parallel()
	layer := chaos.New(chaos.Options{})
	transport := layer.Transport(layer.Wrap(http.NotFoundHandler()))
	ask := func(path string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://service.example"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	paths := func(number int) string {
		first, entries := layer.Since(number)
		out := fmt.Sprint(first)
		for _, entry := range entries {
			out += entry.Path
		}
		return out
	}
	ask("/a")
	ask("/b")
	ask("/c")
	for number, want := range map[int]string{0: "0/a/b/c", 2: "2/c", 3: "3", 9: "3"} {
		if got := paths(number); got != want {
			t.Errorf("Since(%d): got %s, want %s", number, got, want)
		}
	}
	layer.ResetLog()
	ask("/d")
	if got, want := paths(0), "0/d"; got != want {
		t.Errorf("Since(0) after a reset: got %s, want %s", got, want)
	}
}
