package people_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/web"
)

const microsoftOn = "microsoft_sign_in = \"on\"\n[sync]\nusers = [\"*\"]\npoll_interval = \"1s\"\n"

// place is one address of the site with something filled in for each part that varies.
type place struct {
	web.Route
	method, path string
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// places are all of them, read from the site, so that a new one cannot escape.
func places(t *testing.T) []place {
	t.Helper()
	var out []place
	for _, route := range web.Routes() {
		method, path, ok := strings.Cut(route.Pattern, " ")
		if !ok || method != http.MethodGet && method != http.MethodPost {
			t.Errorf("the route %q has no method, or another than GET and POST", route.Pattern)
		}
		path = wildcard.ReplaceAllString(strings.TrimSuffix(path, "{$}"), "1")
		out = append(out, place{Route: route, method: method, path: path})
	}
	if len(out) < 25 {
		t.Fatalf("%d routes, want at least 25: is the list still right?", len(out))
	}
	return out
}

// visitors are one browser for each role, and one of nobody.
func visitors(t *testing.T, o *office) map[account.Role]*browser {
	t.Helper()
	out := map[account.Role]*browser{"": o.browser()}
	for _, role := range account.Roles() {
		o.person(string(role)+"@office", role)
		out[role] = o.browser().signIn(string(role) + "@office")
	}
	self := o.browser()
	self.microsoft(o.mailbox(1)).leads("/")
	out[account.Self] = self
	return out
}

// broken is a form that cannot be read: a request that gets so far was let in, and does nothing.
const broken = "%zz"

// Every address lets in whom it must, and nobody else, and carries the headers that keep browsers strict.
func TestWhoMayComeWhere(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	people := visitors(t, o)
	for _, p := range places(t) {
		for role, b := range people {
			name := p.Pattern + " as " + string(role)
			body := ""
			if p.method == http.MethodPost {
				body = broken
			}
			answer := b.send(p.method, p.path, body)
			strict(t, name, answer)
			toSignIn := answer.status == http.StatusSeeOther && answer.header.Get("Location") == "/sign-in"
			let := p.Open || role != "" && role.May(p.Role)
			switch {
			case answer.status >= 500:
				t.Errorf("%s: %d %s", name, answer.status, answer.text())
			case let && (answer.status == http.StatusForbidden || toSignIn):
				t.Errorf("%s: not let in: %d", name, answer.status)
			case let && p.method == http.MethodPost && answer.status != http.StatusBadRequest:
				t.Errorf("%s: %d, want 400 for a form that cannot be read", name, answer.status)
			case let || role == account.Self && p.path == "/" && answer.header.Get("Location") == "/me":
			case role == "" && !toSignIn:
				t.Errorf("%s: %d to %q, want to be sent to sign in", name, answer.status, answer.header.Get("Location"))
			case role != "" && answer.status != http.StatusForbidden:
				t.Errorf("%s: %d, want 403", name, answer.status)
			}
		}
	}
	for role, b := range people {
		if role != "" && b.get("/account").status != http.StatusOK {
			t.Errorf("%s is not signed in any more: what was looked at here did something", role)
		}
	}
	for _, path := range []string{"/assets/style.css", "/no-such-page", "/assets/no-such-file", "/assets/"} {
		strict(t, path, people[""].get(path))
	}
}

// strict checks the headers of an answer.
func strict(t *testing.T, name string, answer page) {
	t.Helper()
	policy := answer.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q lacks %s", name, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("%s: the policy %q", name, policy)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		if got := answer.header.Get(header); got != want {
			t.Errorf("%s: %s %q, want %q", name, header, got, want)
		}
	}
	if got := answer.header.Get("Cache-Control"); got != "no-store" && !strings.HasPrefix(name, "/assets/") {
		t.Errorf("%s: Cache-Control %q, want no-store", name, got)
	}
	for _, forbidden := range []string{"Access-Control-Allow-Origin", "Server", "X-Powered-By"} {
		if got := answer.header.Get(forbidden); got != "" {
			t.Errorf("%s: %s %q", name, forbidden, got)
		}
	}
	if strings.Contains(answer.body, "<script>") || strings.Contains(answer.body, " style=") || strings.Contains(answer.body, " onclick=") {
		t.Errorf("%s: the page has something that its policy forbids", name)
	}
}

// Whatever another site lets a browser send, it changes nothing, also for who is signed in.
func TestOtherSitesCanSendNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.person("boss@office", account.Administrator)
	boss := o.browser().signIn("boss@office")
	for _, p := range places(t) {
		if p.method != http.MethodPost {
			continue
		}
		for name, headers := range map[string][]string{
			"another site":             {"Sec-Fetch-Site: cross-site"},
			"another site, named":      {"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"},
			"a neighbour":              {"Sec-Fetch-Site: same-site", "Origin: http://127.0.0.1:1"},
			"an old browser":           {"Origin: https://evil.example"},
			"another port":             {"Origin: http://127.0.0.1:1"},
			"nobody, as in a sandbox":  {"Origin: null"},
			"another scheme's address": {"Sec-Fetch-Site: cross-site", "Origin: https://" + strings.TrimPrefix(o.url, "http://")},
		} {
			answer := boss.send(p.method, p.path, "", headers...)
			if answer.status != http.StatusForbidden || !strings.Contains(answer.body, "The request came from another site") {
				t.Errorf("%s from %s: %d %s, want 403", p.Pattern, name, answer.status, answer.text())
			}
		}
		for _, header := range []string{"Sec-Fetch-Site: same-origin", "Origin: " + o.url} {
			if answer := boss.send(p.method, p.path, broken, header); answer.status != http.StatusBadRequest {
				t.Errorf("%s with %s: %d, want 400 for a form that cannot be read", p.Pattern, header, answer.status)
			}
		}
	}
	if boss.get("/account").status != http.StatusOK {
		t.Error("the administrator was signed out by another site")
	}
}

// Looking changes nothing: not what is kept of people, not the settings, not the audit.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	o.person("boss@office", account.Administrator)
	boss := o.browser().signIn("boss@office")
	before := o.kept()
	for _, p := range places(t) {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
			boss.send(method, p.path, "")
			boss.send(method, p.path+"?name=boss@office&role=viewer&on=off&lang=cs&kind=calendar", "")
		}
	}
	if after := o.kept(); after != before {
		t.Errorf("looking changed what is kept from\n%s\nto\n%s", before, after)
	}
	if boss.get("/account").status != http.StatusOK {
		t.Error("looking at pages signed the administrator out")
	}
}

// Only GET, HEAD and POST lead anywhere; the head of a page is that of the page, without it; nothing is echoed.
func TestMethods(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	o.person("boss@office", account.Administrator)
	boss := o.browser().signIn("boss@office")
	for _, p := range places(t) {
		for _, method := range []string{http.MethodTrace, http.MethodPut, http.MethodDelete, http.MethodPatch, "BREW"} {
			answer := boss.send(method, p.path, "", "X-Secret: echo-me")
			if answer.status < 400 || answer.status >= 500 || strings.Contains(answer.body, "echo-me") {
				t.Errorf("%s %s: %d %s", method, p.path, answer.status, answer.text())
			}
		}
		if p.method != http.MethodGet {
			continue
		}
		page, head := boss.get(p.path), boss.send(http.MethodHead, p.path, "")
		if page.status != head.status || head.body != "" {
			t.Errorf("%s: the page is %d, its head %d with %d bytes", p.path, page.status, head.status, len(head.body))
		}
	}
}

// kept is what people made: accounts, audit and settings.
func (o *office) kept() string {
	o.t.Helper()
	var out strings.Builder
	for _, query := range []string{"SELECT name || role || hex(sealed_body) FROM account ORDER BY name", "SELECT act FROM audit ORDER BY id",
		"SELECT name || hex(sealed_value) FROM secret ORDER BY name"} {
		rows, err := o.app.Store.DB().QueryContext(o.t.Context(), query)
		if err != nil {
			o.t.Fatal(err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				o.t.Fatal(err)
			}
			out.WriteString(text + "\n")
		}
		if err := rows.Err(); err != nil {
			o.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return out.String()
}
