package proxy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"raynetsync/internal/app/simulator/processes/proxy"
)

// world is a server that counts, behind a proxy.
type world struct {
	proxy  *proxy.Proxy
	server *httptest.Server
	heard  atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	w.server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.heard.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(out, strings.Repeat("answer ", 1000))
	}))
	t.Cleanup(w.server.Close)
	var err error
	w.proxy, err = proxy.Open(context.WithoutCancel(t.Context()), proxy.Options{Target: strings.TrimPrefix(w.server.URL, "http://"), Seed: 7,
		Owner: proxy.OwnerAmong(func() []int { return []int{os.Getpid()} })})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// post makes one request that is never repeated.
func (w *world) post(t *testing.T) error {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.proxy.Addr()+"/api/thing?secret=1", strings.NewReader(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	if err == nil && len(body) != 7000 {
		err = fmt.Errorf("%d bytes, want 7000", len(body))
	}
	return err
}

func TestWholeProxyBreaksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 20 {
		if err := w.post(t); err != nil {
			t.Fatal(err)
		}
	}
	seen := w.proxy.Requests()
	if len(seen) != 20 || w.heard.Load() != 20 || len(w.proxy.Struck()) != 0 || w.proxy.Most() != 1 {
		t.Errorf("%d requests seen, %d heard, faults %v, %d at once; want 20, 20, none and 1", len(seen), w.heard.Load(), w.proxy.Struck(), w.proxy.Most())
	}
	for _, r := range seen {
		if r.Method != http.MethodPost || r.Path != "/api/thing" || !r.Writes() || r.Whole.Before(r.At) || runtime.GOOS == "linux" && r.Owner != os.Getpid() {
			t.Fatalf("request %+v, want a POST of /api/thing by process %d", r, os.Getpid())
		}
	}
}

// A request whose body never came is none that a server could carry out, whatever its head says.
func TestRequestsAreWholeWithTheirBody(t *testing.T) {
	t.Parallel()
	target, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	p, err := proxy.Open(context.WithoutCancel(t.Context()), proxy.Options{Target: target.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := target.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, piece := range []struct {
		text          string
		whole, writes bool
	}{
		{"POST /v1.0/$batch HTTP/1.1\r\nHost: a\r\ncontent-length: 18\r\n", false, false},
		{"\r\n{\"method\":\"PA", false, false},
		{`TCH"}`, true, true},
	} {
		if _, err := io.WriteString(client, piece.text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, make([]byte, len(piece.text))); err != nil { // what has passed was looked at
			t.Fatal(err)
		}
		if all := p.Requests(); len(all) != 1 || all[0].Whole.IsZero() == piece.whole || all[0].Writes() != piece.writes {
			t.Errorf("after %q: %+v; want one, whole %t, writes %t", piece.text, all, piece.whole, piece.writes)
		}
	}
}

// Each fault does what its name says, as both ends see it.
func TestEveryFaultStrikes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy.Break(60)
	for range 200 {
		requests, before := len(w.proxy.Requests()), w.heard.Load()
		err := w.post(t)
		all := w.proxy.Requests()
		fault := proxy.Refused
		if len(all) > requests {
			fault = all[requests].Fault
		}
		heard := w.heard.Load() > before
		wantErr := fault != "" && fault != proxy.Late
		wantHeard := fault != proxy.Refused && fault != proxy.ResetBefore
		if (err != nil) != wantErr || heard != wantHeard {
			t.Fatalf("%q: error %v and heard %v, want an error %v and heard %v", fault, err, heard, wantErr, wantHeard)
		}
	}
	struck := w.proxy.Struck()
	for _, fault := range proxy.Faults() {
		if struck[fault] < 5 {
			t.Errorf("%s struck %d times of 200 requests, want at least 5", fault, struck[fault])
		}
	}
}

func TestBatchesWriteIfTheyHoldAWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		request proxy.Request
		want    bool
	}{
		{proxy.Request{Method: "GET", Path: "/v1.0/users"}, false},
		{proxy.Request{Method: "PATCH", Path: "/v1.0/users"}, true},
		{proxy.Request{Method: "POST", Path: "/v1.0/$batch"}, false},
		{proxy.Request{Method: "POST", Path: "/v1.0/$batch", Batch: true}, true},
	} {
		if got := c.request.Writes(); got != c.want {
			t.Errorf("Writes of %+v = %v", c.request, got)
		}
	}
}
