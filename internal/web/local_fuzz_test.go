package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Wherever a visitor wanted to go, after signing in they stay on this site, in the eyes of a browser too: that is what reads
// "/\evil.example" and "//evil.example" as another site.
func FuzzLocalPath(f *testing.F) {
	for _, path := range []string{
		"/people?x=1#y", "//evil.example", `/\evil.example`, "/\t/evil.example", "/%09/evil.example", "https://evil.example/", "javascript:alert(1)", "/..//evil.example",
		"/./", "/a/../..//evil.example", "", "people", "/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:%20a=b", "/\x7f", "/é?ď", "/a//b",
	} {
		f.Add(path)
	}
	here := &url.URL{Scheme: "https", Host: "sync.example", Path: "/sign-in"}
	f.Fuzz(func(t *testing.T, path string) {
		kept := local(path)
		if kept != "/" && kept != path {
			t.Errorf("%q became %q", path, kept)
		}
		if again := local(kept); again != kept {
			t.Errorf("%q became %q and then %q", path, kept, again)
		}
		// A browser drops tabs and line ends, and takes "\" for "/", before it reads an address.
		seen := strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(kept)
		to, err := here.Parse(seen)
		if err != nil || to.Scheme != here.Scheme || to.Host != here.Host || strings.HasPrefix(seen, "//") {
			t.Errorf("%q leads to %v, %v", path, to, err)
		}
		out := httptest.NewRecorder()
		http.Redirect(out, httptest.NewRequest(http.MethodGet, here.String(), nil), kept, http.StatusSeeOther)
		header := out.Header().Get("Location")
		if to, err := here.Parse(header); err != nil || to.Host != here.Host || strings.ContainsAny(header, "\r\n") || strings.HasPrefix(header, "//") {
			t.Errorf("%q is sent as %q", path, header)
		}
	})
}

// A session that can be read is written in one form, which reads back as the same.
func FuzzSession(f *testing.F) {
	f.Add([]byte(`{"deadline":"2026-03-05T08:00:00Z","values":{"user":"jana","lang":"cs"}}`))
	f.Add([]byte(`{"values":null}`))
	f.Add([]byte(`{"deadline":"2026-03-05T09:00:00+01:00","values":{"a":[1,{"b":null}],"a":2}}`))
	f.Add([]byte(`{"deadline":"0001-01-01T00:00:00Z","values":{"é":1e400}}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		deadline, values, err := codec{}.Decode(data)
		if err != nil {
			if !deadline.IsZero() || values != nil {
				t.Errorf("%q is refused and is %v, %v", data, deadline, values)
			}
			return
		}
		first, err := codec{}.Encode(deadline, values)
		if err != nil {
			if deadline.UTC().Year() > 0 && deadline.UTC().Year() < 9999 {
				t.Errorf("%q was read and cannot be written: %v", data, err)
			}
			return
		}
		again, same, err := codec{}.Decode(first)
		if err != nil || !again.Equal(deadline) || len(same) != len(values) {
			t.Errorf("%q written as %q: %v, %v, %v", data, first, again, same, err)
		}
		second, err := codec{}.Encode(again.In(time.FixedZone("", 3600)), same)
		if err != nil || string(second) != string(first) {
			t.Errorf("%q is written %q and then %q, %v", data, first, second, err)
		}
	})
}
