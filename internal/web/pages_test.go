package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
)

// rawKey is what a text looks like that is not there: its key.
var rawKey = regexp.MustCompile(`\b(web|account|people|role|audit|failure|kind|pair|reason|why)\.[a-z]+(-[a-z]+)*\b`)

// Every page about people, in both languages, has all its texts, says in which language it is, and names every field.
func TestPagesAreWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	h.person("petr@firma.cz", account.Operator)
	h.microsoft = &witness{subject: "00000000-0000-4000-8000-000000000001", name: "eva@firma.cz"}
	if _, err := h.accounts.Add(t.Context(), account.Actor{}, account.Newcomer{Name: "eva@firma.cz", Role: account.Viewer,
		Subject: "00000000-0000-4000-8000-000000000001", Mailbox: "eva@firma.cz"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.accounts.Add(t.Context(), account.Actor{}, account.Newcomer{Name: "ota", Role: account.Viewer}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, lang := range []string{locale.Czech, locale.English} {
		b := h.browser().signIn("jana", goodPassword)
		b.post("/account/reading", url.Values{"lang": {lang}}).leads("/account")
		eva := h.browser()
		eva.get("/sign-in/microsoft")
		eva.get("/sign-in/microsoft/answer?code=x").leads("/")
		eva.post("/account/reading", url.Values{"lang": {lang}}).leads("/account")
		stranger := h.browser()
		stranger.post("/language", url.Values{"lang": {lang}})
		for name, p := range map[string]page{
			"account": b.get("/account"), "accounts": b.get("/accounts"), "audit": b.get("/audit"), "person": b.get("/accounts/petr@firma.cz"),
			"person of Microsoft": eva.get("/account"), "account of Microsoft": b.get("/accounts/eva@firma.cz"),
			"link": b.post("/accounts/ota/link", nil), "sign in": stranger.get("/sign-in"), "not found": b.get("/none"),
			"refused": eva.get("/accounts"), "own mailbox without a connection": eva.get("/me"),
			"not signed in by Microsoft": stranger.get("/sign-in/microsoft/answer"), "bad account": b.post("/accounts", url.Values{"name": {"a b"}}),
			"bad password": b.post("/account/password", url.Values{"old": {"x"}}),
		} {
			whole(t, lang+" "+name, lang, p)
			if seen[name] == p.text() {
				t.Errorf("%s reads the same in both languages", name)
			}
			seen[name] = p.text()
		}
	}
}

var (
	field   = regexp.MustCompile(`<(?:input|select|textarea)[^>]*>`)
	fieldID = regexp.MustCompile(` id="([^"]*)"`)
)

// whole checks what every page must have.
func whole(t *testing.T, name, lang string, p page) {
	t.Helper()
	if p.status == http.StatusInternalServerError {
		t.Errorf("%s: %d %s", name, p.status, p.text())
	}
	if !strings.Contains(p.body, `<html lang="`+lang+`">`) || p.header.Get("Content-Language") != lang {
		t.Errorf("%s: the language is not told", name)
	}
	if found := rawKey.FindString(p.text()); found != "" {
		t.Errorf("%s: the key %s is shown", name, found)
	}
	for _, bad := range []string{"<no value>", "%!", "{{", "ZgotmplZ"} {
		if strings.Contains(p.body, bad) {
			t.Errorf("%s: the page has %q", name, bad)
		}
	}
	if strings.Count(p.body, "<h1") != 1 || strings.Contains(p.body, "<title> ") {
		t.Errorf("%s: %d main headings, want one, and a title", name, strings.Count(p.body, "<h1"))
	}
	for _, input := range field.FindAllString(p.body, -1) {
		if strings.Contains(input, `type="hidden"`) || strings.Contains(input, `type="radio"`) || strings.Contains(input, `type="checkbox"`) {
			continue
		}
		id := fieldID.FindStringSubmatch(input)
		if id == nil || !strings.Contains(p.body, `<label for="`+id[1]+`"`) {
			t.Errorf("%s: the field %s has no label", name, input)
		}
	}
	if strings.Count(p.body, "<th") != strings.Count(p.body, "<th scope=")+strings.Count(p.body, "<thead") {
		t.Errorf("%s: a head of a table has no scope", name)
	}
}
