package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// tripFunc is an in-memory transport: inside a synctest bubble real sockets would not count as waiting.
type tripFunc func(*http.Request) (*http.Response, error)

func (f tripFunc) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	return f(r)
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func open(t *testing.T, trip http.RoundTripper, change func(*wire.Options)) *wire.Wire {
	t.Helper()
	o := wire.Options{Side: record.Raynet, BaseURL: "http://crm.example/api", Transport: trip, Now: time.Now}
	if change != nil {
		change(&o)
	}
	w, err := wire.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func asRemote(t *testing.T, err error) *remote.Error {
	t.Helper()
	failed, ok := errors.AsType[*remote.Error](err)
	if !ok {
		t.Fatalf("error is %T %v, want *remote.Error", err, err)
	}
	return failed
}

func TestRetriesOfFirstFailure(t *testing.T) {
	t.Parallel()
	date := func(after time.Duration) string { return time.Now().UTC().Add(after).Format(http.TimeFormat) }
	tests := []struct {
		name      string
		call      wire.Call
		retries   int
		first     func() (*http.Response, error)
		wantTries int
		wantWait  time.Duration // exact where the service names it, else a lower bound
		exact     bool
		wantErr   remote.ErrorKind
		unknown   bool
		retryIn   time.Duration
	}{
		{"GET after 429 with seconds", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(429, "", "Retry-After", "2"), nil }, 2, 2 * time.Second, true, "", false, 0},
		{"GET after 429 with a fraction", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(429, "", "Retry-After", "0.25"), nil }, 2, 250 * time.Millisecond, true, "", false, 0},
		{"GET after 429 with milliseconds", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(429, "", "retry-after-ms", "1500"), nil }, 2, 1500 * time.Millisecond, true, "", false, 0},
		{"GET after 503 with a date", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(503, "", "Retry-After", date(3*time.Second)), nil }, 2, 3 * time.Second, true, "", false, 0},
		{"GET after 503 with a date of a clock two hours ahead", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) {
			return reply(503, "", "Retry-After", date(2*time.Hour+4*time.Second), "Date", date(2*time.Hour)), nil
		}, 2, 4 * time.Second, true, "", false, 0},
		{"GET after 429 without a hint", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(429, ""), nil }, 2, 600 * time.Millisecond, false, "", false, 0},
		{"GET after 429 with a long wait comes back at once", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(429, "", "Retry-After", "300"), nil }, 1, 0, true, remote.Throttled, false, 300 * time.Second},
		{"GET after a lost connection", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 2, 600 * time.Millisecond, false, "", false, 0},
		{"GET after 404", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(404, "{}"), nil }, 1, 0, true, remote.NotFound, false, 0},
		{"GET after 401", wire.Call{Method: "GET"}, 0, func() (*http.Response, error) { return reply(401, "{}"), nil }, 1, 0, true, remote.Unauthorized, false, 0},
		{"GET without retries does not wait", wire.Call{Method: "GET"}, -1, func() (*http.Response, error) { return reply(503, "", "Retry-After", "2"), nil }, 1, 0, true, remote.Unavailable, false, 2 * time.Second},
		{"POST after 500", wire.Call{Method: "POST", Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) { return reply(500, ""), nil }, 1, 0, true, remote.Unavailable, true, 0},
		{"POST after a lost connection", wire.Call{Method: "POST", Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 1, 0, true, remote.Unavailable, true, 0},
		{"POST after 429", wire.Call{Method: "POST", Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) { return reply(429, "", "Retry-After", "1"), nil }, 1, 0, true, remote.Throttled, false, time.Second},
		{"PUT after 400", wire.Call{Method: "PUT", Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) { return reply(400, "{}"), nil }, 1, 0, true, remote.Invalid, false, 0},
		{"PUT redirected", wire.Call{Method: "PUT", Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) {
			return reply(302, "", "Location", "http://crm.example/other"), nil
		}, 1, 0, true, remote.Unavailable, true, 0},
		{"safe PATCH after 502 repeats the same body", wire.Call{Method: "PATCH", Safe: true, Body: []byte(`{"a":1}`)}, 0, func() (*http.Response, error) { return reply(502, ""), nil }, 2, 600 * time.Millisecond, false, "", false, 0},
		{"DELETE after 423", wire.Call{Method: "DELETE"}, 0, func() (*http.Response, error) { return reply(423, "{}"), nil }, 1, 0, true, remote.Locked, false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
					tries++
					if test.call.Body != nil {
						if body, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(body, test.call.Body) {
							t.Errorf("try %d: body %q, %v", tries, body, err)
						}
					}
					if tries == 1 {
						return test.first()
					}
					return reply(200, `{"ok":true}`), nil
				}), func(o *wire.Options) { o.Retries = test.retries })
				began := time.Now()
				test.call.Path, test.call.Doing = "thing/", "try"
				_, err := w.Do(t.Context(), test.call)
				waited := time.Since(began)
				if tries != test.wantTries || int(w.Requests()) != tries {
					t.Errorf("tries = %d (counted %d), want %d", tries, w.Requests(), test.wantTries)
				}
				if (test.exact && waited != test.wantWait) || waited < test.wantWait {
					t.Errorf("waited %v, want %v", waited, test.wantWait)
				}
				if test.wantErr == "" {
					if err != nil {
						t.Fatalf("error %v, want none", err)
					}
					return
				}
				failed := asRemote(t, err)
				if failed.Kind != test.wantErr || failed.Unknown != test.unknown {
					t.Errorf("kind %s unknown %v, want %s %v", failed.Kind, failed.Unknown, test.wantErr, test.unknown)
				}
				if test.retryIn != 0 && time.Until(failed.RetryAt).Round(time.Second) != test.retryIn {
					t.Errorf("retry at %v, want in %v", failed.RetryAt, test.retryIn)
				}
			})
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(t, tripFunc(func(*http.Request) (*http.Response, error) { return reply(503, ""), nil }), nil)
		if _, err := w.Do(t.Context(), wire.Call{Method: "GET", Path: "x"}); remote.KindOf(err) != remote.Unavailable {
			t.Fatalf("error %v", err)
		}
		if w.Requests() != 1+wire.DefaultRetries {
			t.Fatalf("requests %d", w.Requests())
		}
	})
}

// A keyed create whose first try got lost and whose second is throttled may have landed with the first.
func TestUnknownOfAnEarlierTryStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		w := open(t, tripFunc(func(*http.Request) (*http.Response, error) {
			if tries++; tries == 1 {
				return nil, io.ErrUnexpectedEOF
			}
			return reply(429, "", "Retry-After", "60"), nil
		}), nil)
		_, err := w.Do(t.Context(), wire.Call{Method: "POST", Safe: true, Path: "x", Body: []byte("{}")})
		if failed := asRemote(t, err); failed.Kind != remote.Throttled || !failed.Unknown || tries != 2 {
			t.Fatalf("%v unknown=%v after %d tries", failed, failed.Unknown, tries)
		}
	})
}

func TestClassifyDecidesAboutRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(t, tripFunc(func(*http.Request) (*http.Response, error) {
			return reply(500, `{"message":"exception.locked"}`), nil
		}), func(o *wire.Options) {
			o.Classify = func(r *wire.Response, err error) *remote.Error {
				if r != nil && bytes.Contains(r.Body, []byte("locked")) {
					return &remote.Error{Kind: remote.Locked, Code: "exception.locked"}
				}
				return nil
			}
		})
		_, err := w.Do(t.Context(), wire.Call{Method: "PUT", Safe: true, Path: "x", Body: []byte("{}"), Doing: "write x"})
		failed := asRemote(t, err)
		if failed.Kind != remote.Locked || failed.Unknown || w.Requests() != 1 || failed.Status != 500 || failed.Doing != "write x" || failed.Side != record.Raynet {
			t.Fatalf("%+v after %d requests", failed, w.Requests())
		}
	})
}

func TestDeadlineOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), nil)
		began := time.Now()
		_, err := w.Do(t.Context(), wire.Call{Method: "PUT", Path: "x", Body: []byte("{}")})
		if failed := asRemote(t, err); !failed.Unknown || failed.Kind != remote.Unavailable || time.Since(began) != wire.DefaultTimeout {
			t.Fatalf("%v unknown=%v after %v", failed, failed.Unknown, time.Since(began))
		}
	})
}

func TestSlotsPerKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var inFlight, most atomic.Int64
		var order []string
		var mu sync.Mutex
		w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), inFlight.Add(1)))
			mu.Lock()
			order = append(order, r.URL.Path)
			mu.Unlock()
			<-time.After(time.Second) // virtual
			inFlight.Add(-1)
			return reply(200, "{}"), nil
		}), func(o *wire.Options) { o.PerKey = 2 })
		var group sync.WaitGroup
		start := func(path, key string, weight int) {
			group.Go(func() {
				if _, err := w.Do(t.Context(), wire.Call{Method: "GET", Path: path, Key: key, Weight: weight}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		start("1", "a", 0)
		start("2", "a", 9) // needs both slots, is not overtaken by the next
		start("3", "a", 0)
		start("4", "b", 0) // another key does not wait
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.Do(ctx, wire.Call{Method: "PUT", Path: "5", Key: "a"}); asRemote(t, err).Unknown {
			t.Error("a write that never got a slot has a known outcome")
		}
		group.Wait()
		if got := strings.Join(order, " "); got != "/api/1 /api/4 /api/2 /api/3" || most.Load() != 2 {
			t.Errorf("order %s, at most %d at once", got, most.Load())
		}
	})
}

func TestHosts(t *testing.T) {
	t.Parallel()
	var asked []string
	w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		return reply(200, "{}"), nil
	}), func(o *wire.Options) { o.AllowHosts = []string{"b.example"}; o.BaseURL = "https://crm.example/api/" })
	tests := []struct {
		path, want string
	}{
		{"a?b=c%2B1", "https://crm.example/api/a?b=c%2B1"},
		{"/a", "https://crm.example/api/a"},
		{"//evil.example/a", "https://crm.example/api/evil.example/a"},
		{"https://CRM.example:443/next?t=1", "https://CRM.example:443/next?t=1"},
		{"https://b.example/next", "https://b.example/next"},
		{"https://evil.example/next", ""},
		{"http://crm.example/next", ""},
		{"HTTPS://evil.example/next", ""},
		{"https://crm.example:444/next", ""},
		{"https://crm.example@evil.example/next", ""},
		{"https://u:p@crm.example/next", ""},
	}
	for _, test := range tests {
		asked = nil
		_, err := w.Do(t.Context(), wire.Call{Method: "GET", Path: test.path})
		if got := strings.Join(asked, " "); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: asked %q, error %v, want %q", test.path, got, err, test.want)
		}
	}
}

func TestAnswersThatAreNotWhole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		handler           http.HandlerFunc
		wantErr, tooLarge bool
	}{
		{"JSON", func(w http.ResponseWriter, _ *http.Request) { write(w, "application/json; charset=utf-8", `{"a":1}`) }, false, false},
		{"a JSON dialect", func(w http.ResponseWriter, _ *http.Request) { write(w, "application/problem+json", `{"a":1}`) }, false, false},
		{"nothing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, false, false},
		{"nothing with 200", func(http.ResponseWriter, *http.Request) {}, false, false},
		{"a login page", func(w http.ResponseWriter, _ *http.Request) { write(w, "text/html", `<html>`) }, true, false},
		{"JSON without its end", func(w http.ResponseWriter, _ *http.Request) { write(w, "application/json", `{"a":[1,`) }, true, false},
		{"fewer bytes than announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			write(w, "application/json", `{"a":1}`)
		}, true, false},
		{"a cut connection", func(w http.ResponseWriter, _ *http.Request) {
			write(w, "application/json", `{"a":1}`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, true, false},
		{"too much", func(w http.ResponseWriter, _ *http.Request) {
			write(w, "application/json", `{"a":"`+strings.Repeat("x", 2000)+`"}`)
		}, true, true},
		{"gzip", func(w http.ResponseWriter, _ *http.Request) { write(w, "application/json", zipped(`{"a":1}`), "gzip") }, false, false},
		{"gzip that swells", func(w http.ResponseWriter, _ *http.Request) {
			write(w, "application/json", zipped(`{"a":"`+strings.Repeat("x", 2000)+`"}`), "gzip")
		}, true, true},
		{"gzip without its end", func(w http.ResponseWriter, _ *http.Request) {
			whole := zipped(`{"a":1}`)
			write(w, "application/json", whole[:len(whole)-6], "gzip")
		}, true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.handler)
			t.Cleanup(server.Close)
			w := open(t, nil, func(o *wire.Options) { o.BaseURL, o.MaxBody, o.Retries = server.URL, 1000, -1 })
			response, err := w.Do(t.Context(), wire.Call{Method: "POST", Path: "x", Body: []byte("{}")})
			if !test.wantErr {
				if err != nil || (len(response.Body) > 0 && string(response.Body) != `{"a":1}`) {
					t.Fatalf("got %v, %v", response, err)
				}
				return
			}
			if errors.Is(err, wire.ErrTooLarge) != test.tooLarge {
				t.Errorf("too large is told of %v", err)
			}
			if failed := asRemote(t, err); !failed.Unknown || failed.Kind != remote.Unavailable {
				t.Fatalf("%v, unknown=%v: the write has an unknown outcome", failed, failed.Unknown)
			}
		})
	}
}

// A transport of one's own may not tell a short body; we do.
func TestFewerBytesThanAnnounced(t *testing.T) {
	t.Parallel()
	w := open(t, tripFunc(func(*http.Request) (*http.Response, error) {
		short := reply(200, `{"a":1}`)
		short.ContentLength = 100
		return short, nil
	}), func(o *wire.Options) { o.Retries = -1 })
	if _, err := w.Do(t.Context(), wire.Call{Method: "GET", Path: "x"}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%v", err)
	}
}

func write(w http.ResponseWriter, media, body string, encoding ...string) {
	w.Header().Set("Content-Type", media)
	for _, name := range encoding {
		w.Header().Set("Content-Encoding", name)
	}
	_, _ = io.WriteString(w, body)
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	w := open(t, nil, func(o *wire.Options) { o.BaseURL, o.Retries = server.URL, -1 })
	_, err := w.Do(t.Context(), wire.Call{Method: "PUT", Path: "x?secret=1", Body: []byte("{}")})
	if failed := asRemote(t, err); failed.Unknown || failed.Kind != remote.Unavailable || strings.Contains(failed.Error(), "secret") {
		t.Fatalf("%v, unknown=%v: nothing left, so nothing is unknown", failed, failed.Unknown)
	}
}

type authFunc func(*policy.Request) (*http.Response, error)

func (f authFunc) Do(r *policy.Request) (*http.Response, error) { return f(r) }

func TestNothingSecretIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var seen []wire.Exchange
		tries := 0
		w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") != "Bearer s3cret" {
				t.Error("no credentials")
			}
			if tries++; tries == 1 {
				return reply(503, "s3cret"), nil
			}
			return reply(400, `{"m":"s3cret"}`), nil
		}), func(o *wire.Options) {
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			o.Observe = func(e wire.Exchange) { seen = append(seen, e) }
			o.Auth = authFunc(func(r *policy.Request) (*http.Response, error) {
				r.Raw().Header.Set("Authorization", "Bearer s3cret")
				return r.Next()
			})
		})
		_, err := w.Do(t.Context(), wire.Call{Method: "PUT", Safe: true, Path: "meeting/9001/?q=s3cret", Body: []byte(`{"t":"s3cret"}`), Key: "k"})
		if all := err.Error() + log.String() + fmt.Sprintf("%+v", seen); strings.Contains(all, "s3cret") {
			t.Errorf("told: %s", all)
		}
		if len(seen) != 2 || seen[0].Status != 503 || seen[1].Path != "/api/meeting/{id}/" || seen[1].Received != 14 || seen[1].Sent != 14 {
			t.Errorf("observed %+v", seen)
		}
	})
}

func TestCredentialsThatCannotBeHad(t *testing.T) {
	t.Parallel()
	w := open(t, tripFunc(func(*http.Request) (*http.Response, error) { return reply(200, "{}"), nil }), func(o *wire.Options) {
		o.Retries = -1
		o.Auth = authFunc(func(*policy.Request) (*http.Response, error) { return nil, errors.New("token for s3cret") })
	})
	_, err := w.Do(t.Context(), wire.Call{Method: "PUT", Path: "x", Body: []byte("{}")})
	if failed := asRemote(t, err); failed.Unknown || strings.Contains(failed.Error(), "s3cret") || w.Requests() != 0 {
		t.Fatalf("%v unknown=%v requests=%d", failed, failed.Unknown, w.Requests())
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	page := func(n int) wire.Call { return wire.Call{Method: "GET", Path: fmt.Sprintf("list?page=%d", n)} }
	tests := []struct {
		name      string
		next      func(n int) (wire.Call, bool)
		body      func(n int) string
		wantPages int
		wantErr   bool
	}{
		{"ends", func(n int) (wire.Call, bool) { return page(n + 1), n < 4 }, func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) }, 4, false},
		{"names itself", func(int) (wire.Call, bool) { return page(1), true }, func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) }, 1, true},
		{"shows the same content", func(n int) (wire.Call, bool) { return page(n + 1), true }, func(int) string { return `{"n":1}` }, 1, true},
		{"never ends", func(n int) (wire.Call, bool) { return page(n + 1), true }, func(n int) string { return fmt.Sprintf(`{"n":%d}`, n) }, 10, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked, taken := 0, 0
			w := open(t, tripFunc(func(*http.Request) (*http.Response, error) {
				asked++
				return reply(200, test.body(asked)), nil
			}), nil)
			err := w.Pages(t.Context(), page(1), func(*wire.Response) (wire.Call, bool, error) {
				taken++
				call, more := test.next(taken)
				return call, more, nil
			}, 10)
			if taken != test.wantPages || (err != nil) != test.wantErr {
				t.Errorf("%d pages, error %v, want %d, %v", taken, err, test.wantPages, test.wantErr)
			}
		})
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1.0/users/3f2b8c1e-0000-4000-8000-0123456789ab/calendarView/delta": "/v1.0/users/{id}/calendarView/delta",
		"/v1.0/users/jana@example.cz/events/AAMkAGI2TG93AAA=":                 "/v1.0/users/{id}/events/{id}",
		"/api/v2/meeting/ext/ros-1a2b3c4d5e/":                                 "/api/v2/meeting/ext/{id}/",
		"/api/v2/phoneCall/17/":                                               "/api/v2/phoneCall/{id}/",
		"/v1.0/$batch":                                                        "/v1.0/$batch",
	} {
		if got := wire.Template(path); got != want {
			t.Errorf("Template(%s) = %s, want %s", path, got, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "crm.example", "ftp://crm.example", "https://u:p@crm.example", "https://crm.example/?a=b"} {
		if _, err := wire.New(wire.Options{BaseURL: base, Now: time.Now}); err == nil {
			t.Errorf("base %q was taken", base)
		}
	}
	if _, err := wire.New(wire.Options{BaseURL: "https://crm.example"}); err == nil {
		t.Error("options without a clock were taken")
	}
}
