package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"raynetsync/internal/admin/account"
)

func TestCookies(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		plainAddress:  "raynetsync",
		secureAddress: "__Host-raynetsync",
	} {
		h := newHouse(t, address)
		h.administrator()
		b := h.browser()
		answer := b.post("/sign-in", url.Values{"name": {"jana"}, "password": {goodPassword}}).leads("/")
		b.post("/language", url.Values{"lang": {"en"}}).leads("/")
		cookies := (&http.Response{Header: answer.header}).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%s: cookies %v, want one", address, cookies)
		}
		c := cookies[0]
		secure := address == secureAddress
		if c.Name != want || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
			t.Errorf("%s: cookie %+v", address, c)
		}
		if got := answer.header.Get("Strict-Transport-Security"); (got != "") != secure {
			t.Errorf("%s: Strict-Transport-Security %q", address, got)
		}
	}
}

// A cookie that somebody planted, or knows, before a person signs in is worth nothing afterwards.
func TestSessionsCannotBePlanted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	h.person("mallory", account.Viewer)
	attacker := h.browser()
	attacker.post("/sign-in", url.Values{"name": {"mallory"}, "password": {otherPassword}}).leads("/")
	known := attacker.cookies["raynetsync"]
	if known == "" {
		t.Fatal("there is no session to plant")
	}
	for name, planted := range map[string]string{"known": known, "invented": strings.Repeat("A", 43)} {
		victim := h.browser()
		victim.cookies["raynetsync"] = planted
		victim.post("/sign-in", url.Values{"name": {"jana"}, "password": {goodPassword}})
		if got := victim.cookies["raynetsync"]; got == planted || !victim.signed() {
			t.Errorf("%s: the token after signing in is %q, want a new one that is good", name, got)
		}
		attacker.cookies["raynetsync"] = planted
		if attacker.signed() {
			t.Errorf("%s: the planted cookie is good", name)
		}
	}
}

func TestSigningOutEndsTheSessionOnTheServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b, elsewhere := h.browser().signIn("jana", goodPassword), h.browser().signIn("jana", goodPassword)
	stolen := h.browser()
	stolen.cookies["raynetsync"] = b.cookies["raynetsync"]
	if !stolen.signed() {
		t.Fatal("the copy of a cookie is no session, so this test shows nothing")
	}
	b.post("/sign-out", nil).leads("/sign-in")
	if stolen.signed() {
		t.Error("the cookie is good after signing out")
	}
	if !elsewhere.signed() {
		t.Error("signing out ended another browser's session")
	}
	b.signIn("jana", goodPassword)
	elsewhere.post("/account/sign-out-everywhere", nil).leads("/sign-in")
	if b.signed() || elsewhere.signed() {
		t.Error("signed out everywhere, and still signed in")
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, plainAddress)
		h.administrator()
		b := h.browser().signIn("jana", goodPassword)
		pass(29 * time.Minute)
		if !b.signed() {
			t.Error("signed out after 29 minutes")
		}
		pass(31 * time.Minute)
		if b.signed() {
			t.Error("signed in after half an hour of silence")
		}
		b = h.browser().signIn("jana", goodPassword)
		for range 7*3 + 2 {
			pass(20 * time.Minute)
			if !b.signed() {
				t.Fatal("signed out while somebody works")
			}
		}
		pass(21 * time.Minute)
		if b.signed() {
			t.Error("signed in after more than eight hours")
		}
	})
}

// What cannot be undone by a click is asked for again once the password was not typed for a while; nothing typed is lost.
func TestDangerousStepsAskAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, plainAddress)
		h.administrator()
		h.person("petr", account.Viewer)
		b := h.browser().signIn("jana", goodPassword)
		b.post("/accounts/petr/role", url.Values{"role": {"operator"}}).leads("/accounts/petr") // the password was just typed
		pass(11 * time.Minute)
		asked := b.post("/accounts/petr/role", url.Values{"role": {"administrator"}}).shows(http.StatusOK, "Confirm with your password")
		form := asked.hidden("/accounts/petr/role")
		if form.Get("role") != "administrator" {
			t.Errorf("the form that is asked about has %v", form)
		}
		form.Set("confirm-password", otherPassword)
		b.post("/accounts/petr/role", form).shows(http.StatusOK, "The name or the password is not right.").hides(otherPassword)
		if who, err := h.accounts.Get(t.Context(), "petr"); err != nil || who.Role != account.Operator {
			t.Errorf("the role is %s, %v", who.Role, err)
		}
		form.Set("confirm-password", goodPassword)
		b.post("/accounts/petr/role", form).leads("/accounts/petr")
		if who, err := h.accounts.Get(t.Context(), "petr"); err != nil || who.Role != account.Administrator {
			t.Errorf("the role is %s, %v", who.Role, err)
		}
		b.post("/accounts/petr/remove", nil).leads("/accounts") // not asked twice
	})
}

func TestGuessingIsSlowedDownInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b := h.browser()
	b.from = "198.51.100.9:1"
	guess := func(password string) page {
		return b.post("/sign-in", url.Values{"name": {"jana"}, "password": {password}})
	}
	for range 5 {
		guess("hádám heslo znovu").shows(http.StatusUnprocessableEntity, "The name or the password is not right.").hides("hádám")
	}
	guess("hádám heslo znovu")
	slowed := guess(goodPassword) // even the right one has to wait now
	slowed.shows(http.StatusUnprocessableEntity, "There were too many attempts. Please try again in")
	other := h.browser()
	other.from = "198.51.100.10:1"
	other.post("/sign-in", url.Values{"name": {"nobody"}, "password": {"x"}}).shows(http.StatusUnprocessableEntity, "The name or the password is not right.")
}

// Whoever is not signed in leaves nothing in the database, however often he knocks.
func TestStrangersKeepNoSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b := h.browser()
	for _, path := range []string{"/", "/account", "/audit?before=7", "/sign-in", "/none"} {
		b.get(path)
	}
	b.post("/language", url.Values{"lang": {"cs"}})
	b.post("/sign-in", url.Values{"name": {"jana"}, "password": {"hádám heslo"}}).shows(http.StatusUnprocessableEntity)
	if token := b.cookies["raynetsync"]; token != "" {
		t.Errorf("a stranger has the session %s", token)
	}
}

// Another language shows the same page, also to who came by a link that works once.
func TestAnotherLanguageIsTheSamePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	token, _, err := h.accounts.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := "/start/" + token
	stranger := h.browser()
	stranger.post("/language", stranger.get(start).hidden("/language")).leads(start)
	stranger.get(start).shows(http.StatusOK, "Vítejte")
	stranger.post("/language", stranger.post(start, url.Values{"name": {"jana"}, "password": {"x"}, "password-again": {"y"}}, "Referer: "+plainAddress+start).
		hidden("/language")).leads(start)
	h.administrator()
	b := h.browser().signIn("jana", goodPassword)
	b.post("/language", b.get("/audit?before=7").hidden("/language")).leads("/audit?before=7")
	b.post("/language", b.post("/accounts", url.Values{"name": {"a b"}}, "Referer: https://evil.example/x").hidden("/language")).leads("/")
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "evil.example", "javascript:alert(1)", "///evil.example", "/\t/evil.example", ""} {
		h.browser().post("/language", url.Values{"lang": {"cs"}, "next": {next}}).leads("/")
	}
	h.browser().post("/language", url.Values{"lang": {"cs"}, "next": {"/audit?before=7"}}).leads("/audit?before=7")
	b := h.browser()
	b.get("//evil.example/account")
	b.post("/sign-in", url.Values{"name": {"jana"}, "password": {goodPassword}}).leads("/")
	b = h.browser()
	b.get("/audit?before=7").leads("/sign-in")
	b.post("/sign-in", url.Values{"name": {"jana"}, "password": {goodPassword}}).leads("/audit?before=7")
}

func TestOneTimeLinksWorkOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	token, _, err := h.accounts.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"name": {"jana"}, "password": {goodPassword}, "password-again": {goodPassword}}
	path := "/start/" + token
	h.browser().get(path).shows(http.StatusOK, "This link works once.")
	h.browser().get(path).shows(http.StatusOK) // looking does not use it up
	differ := url.Values{"name": {"jana"}, "password": {goodPassword}, "password-again": {otherPassword}}
	h.browser().post(path, differ).shows(http.StatusUnprocessableEntity, "The two passwords must be the same.").hides(goodPassword, otherPassword)
	h.browser().post(path, form).leads("/")
	for _, again := range []page{h.browser().get(path), h.browser().post(path, form), h.browser().get("/start/" + strings.Repeat("A", 43))} {
		again.shows(http.StatusUnprocessableEntity, "This link is not valid").hides(token)
	}
}

func TestFormsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	huge := strings.NewReader("name=jana&password=" + strings.Repeat("x", 2<<20))
	h.browser().request(http.MethodPost, "/sign-in", huge).shows(http.StatusBadRequest, "The form could not be read.")
	h.browser().request(http.MethodPost, "/sign-in", strings.NewReader("name=%zz")).shows(http.StatusBadRequest, "The form could not be read.")
	long := url.Values{"name": {strings.Repeat("ž", 10000)}, "password": {strings.Repeat("ž", 10000)}}
	h.browser().post("/sign-in", long).shows(http.StatusUnprocessableEntity, "The name or the password is not right.")
}

// An error of the program is told with a reference into the log, and nothing of its inside.
func TestInternalErrorsTellNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b := h.browser().signIn("jana", goodPassword)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.browser().get("/sign-in").shows(http.StatusInternalServerError, "Something went wrong on the server.", "id-").hides("sql", "database", ".go", "closed")
	b.get("/accounts").shows(http.StatusInternalServerError).hides("sql", "database", ".go", "closed")
}

// A page and its head have the same status; methods that the site does not know do nothing and echo nothing.
func TestMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b := h.browser().signIn("jana", goodPassword)
	b.request(http.MethodHead, "/account", nil).shows(http.StatusOK)
	for _, method := range []string{http.MethodTrace, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodConnect, "BREW"} {
		answer := b.request(method, "/account", nil, "X-Secret: echo-me")
		if answer.status < 400 || strings.Contains(answer.body, "echo-me") {
			t.Errorf("%s: %d %s", method, answer.status, answer.text())
		}
	}
	if answer := h.browser().request(http.MethodOptions, "/account", nil); answer.status < 400 || answer.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS: %d %v", answer.status, answer.header)
	}
}
