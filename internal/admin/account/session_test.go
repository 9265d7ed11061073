package account_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/crypto/argon2"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/store"
)

// site is a web page with real sessions over the store, as a browser sees it.
type site struct {
	*office
	url     string
	manager *scs.SessionManager
}

func (o *office) site(t *testing.T) *site {
	t.Helper()
	s := &site{office: o, manager: scs.New()}
	s.manager.Store = o.store.Sessions()
	s.manager.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		t.Errorf("session: %v", err)
		w.WriteHeader(http.StatusInternalServerError)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		s.manager.Put(r.Context(), "seen", true)
		who, _, err := o.Whose(r.Context(), s.manager.Token(r.Context()))
		if err != nil {
			t.Error(err)
		}
		_, _ = fmt.Fprint(w, who.Name, " ", who.Role)
	})
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		who, err := o.SignIn(ctx, "jana", r.FormValue("password"), home)
		if err == nil {
			err = s.manager.RenewToken(ctx)
		}
		if err == nil {
			err = o.Admit(ctx, s.manager.Token(ctx), who, s.manager.Deadline(ctx))
		}
		_, _ = fmt.Fprint(w, code(err))
	})
	mux.HandleFunc("POST /out", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.manager.Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(s.manager.LoadAndSave(mux))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type browser struct {
	*http.Client
	site *site
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, s}
}

func (b *browser) do(t *testing.T, method, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.site.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// token returns the session cookie.
func (b *browser) token(t *testing.T) *http.Cookie {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.site.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	cookies := b.Jar.Cookies(request.URL)
	if len(cookies) != 1 {
		t.Fatalf("cookies %v, want one", cookies)
	}
	return cookies[0]
}

// with returns another browser that holds the same cookie.
func (b *browser) with(t *testing.T, cookie *http.Cookie) *browser {
	t.Helper()
	other := b.site.browser(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.site.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	other.Jar.SetCookies(request.URL, []*http.Cookie{cookie})
	return other
}

const signIn = "/in?password=modr%C3%A1+tu%C5%BEka+na+stole"

func TestSessionsOfABrowser(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	s := o.site(t)
	jana := s.browser(t)
	if got := jana.do(t, "GET", "/"); got != "" {
		t.Fatalf("before signing in: %q", got)
	}
	before := jana.token(t)
	if got := jana.do(t, "POST", "/in?password=guess"); got != account.FailureLogin {
		t.Fatalf("wrong password: %q", got)
	}
	if got := jana.do(t, "GET", "/"); got != "" {
		t.Errorf("after a wrong password: %q", got)
	}
	if got := jana.do(t, "POST", signIn); got != "" {
		t.Fatalf("signing in: %q", got)
	}
	if got := jana.do(t, "GET", "/"); got != "jana administrator" {
		t.Errorf("signed in: %q", got)
	}
	inside := jana.token(t)
	if got := jana.with(t, before).do(t, "GET", "/"); inside.Value == before.Value || got != "" {
		t.Errorf("the token from before signing in gives %q", got)
	}
	invented := *inside
	invented.Value = "chosen-by-an-attacker"
	fixed := jana.with(t, &invented)
	if got := fixed.do(t, "POST", signIn); got != "" || fixed.token(t).Value == invented.Value {
		t.Errorf("signing in with a token that somebody chose: %q", got)
	}
	if got := jana.with(t, &invented).do(t, "GET", "/"); got != "" {
		t.Errorf("a token that somebody chose gives %q", got)
	}

	if err := o.SetRole(t.Context(), boss(), "jana", account.Administrator); err != nil {
		t.Fatal(err)
	}
	if got := jana.do(t, "GET", "/"); got != "" {
		t.Errorf("after a change of role: %q", got)
	}
	jana.do(t, "POST", signIn)
	inside = jana.token(t)
	o.restart(t)
	s.manager.Store = o.store.Sessions()
	if got := jana.do(t, "GET", "/"); got != "jana administrator" {
		t.Errorf("after a restart: %q", got)
	}
	jana.do(t, "POST", "/out")
	if got := jana.with(t, inside).do(t, "GET", "/"); got != "" {
		t.Errorf("the token from before signing out gives %q", got)
	}
	jana.do(t, "POST", signIn)
	o.clock.move(10 * 365 * 24 * time.Hour)
	if got := jana.do(t, "GET", "/"); got != "" {
		t.Errorf("long after: %q", got)
	}
}

// A hash that is cheaper than today's is made anew when the person signs in, a dearer one is kept.
func TestCheapHashIsReplaced(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		memory, passes uint32
		replaced       bool
	}{{4096, 2, true}, {19456, 1, true}, {19456, 2, false}, {32768, 3, false}} {
		o := setup(t)
		o.administrator(t)
		salt := []byte("0123456789abcdef")
		sum := argon2.IDKey([]byte(goodPassword), salt, test.passes, test.memory, 1, 32)
		old := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$%s$%s", test.memory, test.passes, base64.RawStdEncoding.EncodeToString(salt),
			base64.RawStdEncoding.EncodeToString(sum))
		o.rewrite(t, fmt.Sprintf(`{"epoch":1,"password":%q}`, old))
		if got := o.signIn(t, "jana", otherPassword, home); got != account.FailureLogin {
			t.Errorf("%s: the wrong password: %q", old, got)
		}
		for range 2 {
			if got := o.signIn(t, "jana", goodPassword, home); got != "" {
				t.Errorf("%s: the right password: %q", old, got)
			}
		}
		row, err := o.store.Account(t.Context(), "jana")
		if kept := strings.Contains(string(row.Body), old); err != nil || kept == test.replaced {
			t.Errorf("%s is kept: %v, %v", old, kept, err)
		}
		if !strings.Contains(string(row.Body), "$argon2id$v=19$m=19456,t=2,p=1$") && test.replaced {
			t.Errorf("%s became %s", old, row.Body)
		}
	}
}

// A hash that is none is an error, not a password that fits.
func TestBrokenHash(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"x", "$argon2id$v=19$m=4000000000,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAA"} {
		o := setup(t)
		o.administrator(t)
		o.rewrite(t, fmt.Sprintf(`{"epoch":1,"password":%q}`, broken))
		if got := o.signIn(t, "jana", "", home); !strings.Contains(got, "read the password of jana") || strings.Contains(got, broken+"$") {
			t.Errorf("%s: %q", broken, got)
		}
	}
}

// rewrite gives jana's account another body.
func (o *office) rewrite(t *testing.T, body string) {
	t.Helper()
	row, err := o.store.Account(t.Context(), "jana")
	if err != nil {
		t.Fatal(err)
	}
	row.Body = []byte(body)
	if err := o.store.People(t.Context(), func(ctx context.Context, p *store.People) error { return p.PutAccount(ctx, row) }); err != nil {
		t.Fatal(err)
	}
}

// Whether there is an account cannot be told from how much work a wrong password makes: each one hashes once, with the same
// memory. (Times are noise on a busy machine; this test runs alone, because it counts what the whole process allocates.)
func TestUnknownNamesCostAsMuch(t *testing.T) { //nolint:paralleltest // see above
	o := setup(t)
	o.administrator(t)
	if _, err := o.Add(t.Context(), boss(), account.Newcomer{Name: "petr", Role: account.Viewer}); err != nil {
		t.Fatal(err)
	}
	spent := func(name, password string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if got := o.signIn(t, name, password, home); got != account.FailureLogin {
			t.Fatalf("%s: %q", name, got)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
	}
	for name, mebibytes := range map[string]float64{
		"known": spent("jana", "guess"), "unknown": spent("nobody", "guess"), "without a password": spent("petr", "guess"),
		"known, endless password": spent("jana", strings.Repeat("x", 5000)), "unknown, endless password": spent("nobody", strings.Repeat("x", 5000)),
	} {
		if mebibytes < 19 || mebibytes > 21 {
			t.Errorf("%s: %.1f MiB, want the 19 of one hash", name, mebibytes)
		}
	}
}
