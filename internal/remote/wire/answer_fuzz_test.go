package wire_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// fuzzed opens a wire outside of a test's own clock; each fuzzed input sets what trip answers.
func fuzzed(f *testing.F, trip http.RoundTripper, change func(*wire.Options)) *wire.Wire {
	f.Helper()
	o := wire.Options{Side: record.Raynet, BaseURL: "https://crm.example/api", Transport: trip, Retries: -1,
		Now: func() time.Time { return time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC) }}
	if change != nil {
		change(&o)
	}
	w, err := wire.New(o)
	if err != nil {
		f.Fatal(err)
	}
	return w
}

// Whatever a service asks for in whatever form, the wait is known, is not negative and ends within a day: an absurd one must not
// stop a connection for good.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range [][3]string{
		{"5", "", ""}, {"0.25", "", ""}, {"", "1500", ""}, {"1e300", "", ""}, {"NaN", "-Inf", ""}, {"-1", "", ""}, {"soon", "", "yesterday"},
		{"Thu, 05 Mar 2026 08:01:00 GMT", "", "Thu, 05 Mar 2026 08:00:30 GMT"}, {"Fri, 31 Dec 9999 23:59:59 GMT", "", "Mon, 01 Jan 0001 00:00:00 GMT"},
		{"Thursday, 05-Mar-26 09:00:00 GMT", "", ""}, {"Thu Mar  5 07:00:00 2026", "x", ""}, {"0x10", "1_000", ""}, {" 7 ", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	var header http.Header
	w := fuzzed(f, tripFunc(func(*http.Request) (*http.Response, error) {
		r := reply(http.StatusTooManyRequests, "{}")
		for name, values := range header {
			r.Header[name] = values
		}
		return r, nil
	}), nil)
	now := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, milliseconds, date string) {
		header = http.Header{}
		for name, value := range map[string]string{"Retry-After": after, "X-Ms-Retry-After-Ms": milliseconds, "Date": date} {
			if value != "" {
				header.Set(name, value)
			}
		}
		_, err := w.Do(t.Context(), wire.Call{Method: http.MethodGet, Path: "/x", Doing: "read"})
		failed := asRemote(t, err)
		if failed.Kind != remote.Throttled || failed.Unknown {
			t.Errorf("%+v", failed)
		}
		const day = 24 * time.Hour
		if at := failed.RetryAt; !at.IsZero() && (at.Before(now) || at.After(now.Add(day))) {
			t.Errorf("after %q, %q at %q: again at %v, which is %v from now", after, milliseconds, date, at, at.Sub(now))
		}
	})
}

// The address of the next page comes from the answer before it. No request, and no credentials, go to any other host.
func FuzzNextPage(f *testing.F) {
	for _, path := range []string{
		"/person/?offset=2", "https://crm.example/api/x", "HTTPS://CRM.example:443/x", "https://evil.example/x", "http://crm.example/x", "//evil.example/x",
		"https://crm.example@evil.example/", "https://jana:x@crm.example/", "https://crm.example.evil.example/", `https://crm.example\@evil.example/`,
		"https://crm.example:8443/", " https://evil.example/", "https:evil.example", "https:///evil.example", "\thttps://evil.example", "@evil.example/", ":80@evil.example/",
		"https://crm.example%2eevil.example/", "../../x", "?a=b", "#", "",
	} {
		f.Add(path)
	}
	var asked *http.Request
	w := fuzzed(f, tripFunc(func(r *http.Request) (*http.Response, error) {
		asked = r
		return reply(http.StatusOK, "{}"), nil
	}), func(o *wire.Options) { o.Auth = password{} })
	f.Fuzz(func(t *testing.T, path string) {
		asked = nil
		_, err := w.Do(t.Context(), wire.Call{Method: http.MethodGet, Path: path, Doing: "read the next page"})
		if err != nil && strings.Contains(err.Error(), fakePassword) {
			t.Errorf("the error holds the password: %v", err)
		}
		if asked == nil {
			if err == nil {
				t.Errorf("%q: nobody was asked, and that is no error", path)
			}
			return
		}
		port := asked.URL.Port()
		if asked.URL.Scheme != "https" || !strings.EqualFold(asked.URL.Hostname(), "crm.example") || (port != "" && port != "443") || asked.URL.User != nil {
			t.Errorf("%q: asked %q", path, asked.URL)
		}
		if again, err := url.Parse(asked.URL.String()); err != nil || again.Host != asked.URL.Host || (asked.Host != "" && asked.Host != asked.URL.Host) {
			t.Errorf("%q: asked %q, which reads as another host: %v, %v, %q", path, asked.URL, again, err, asked.Host)
		}
	})
}

const fakePassword = "fake-password-1"

// password signs each request.
type password struct{}

func (password) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().SetBasicAuth("sync@example.cz", fakePassword)
	return request.Next()
}
