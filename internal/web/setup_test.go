package web_test

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
	"raynetsync/internal/web"
)

// house is a site over a real database, without a connection.
type house struct {
	t        *testing.T
	site     *web.Site
	store    *store.Store
	accounts *account.Accounts
	address  string
	// microsoft, if not nil, vouches for people.
	microsoft web.Microsoft
}

const (
	plainAddress  = "http://127.0.0.1:8383"
	secureAddress = "https://sync.example.cz"

	goodPassword  = "modrá tužka na stole"
	otherPassword = "zelený vlak do Brna"
)

// newHouse makes a site that people reach under an address. Its clock is the machine's: within synctest, one that tests move.
func newHouse(t *testing.T, address string) *house {
	t.Helper()
	h := &house{t: t, address: address}
	var err error
	h.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("web test")),
		Now: time.Now, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() }) // one test closes it earlier
	h.accounts = account.New(account.Options{Store: h.store, Now: time.Now})
	ids := 0
	newID := func() string { ids++; return "id-" + strconv.Itoa(ids) }
	works := admin.NewWorks(t.Context(), time.Now, newID)
	t.Cleanup(works.Close)
	h.site, err = web.New(web.Options{
		Setup:    &admin.Setup{Store: h.store, Layers: config.Layers{Partial: true, Environ: []string{"RAYNETSYNC_SERVER_PUBLIC_URL=" + address}}},
		Accounts: h.accounts, Works: works, Sessions: h.store.Sessions(), Admin: func() *admin.Admin { return nil },
		Microsoft: func() web.Microsoft { return h.microsoft },
		Address:   address, Version: "1.2.3", Now: time.Now, NewID: newID, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// administrator makes the first administrator, jana.
func (h *house) administrator() {
	h.t.Helper()
	token, _, err := h.accounts.FirstLink(h.t.Context())
	if err == nil {
		_, err = h.accounts.Claim(h.t.Context(), account.Claim{Token: token, Name: "jana", Password: goodPassword, Lang: "en", From: "192.0.2.1"})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// person adds somebody with otherPassword.
func (h *house) person(name string, role account.Role) {
	h.t.Helper()
	token, err := h.accounts.Add(h.t.Context(), account.Actor{Account: "jana"}, account.Newcomer{Name: name, Role: role, Lang: "en"})
	if err == nil {
		_, err = h.accounts.Claim(h.t.Context(), account.Claim{Token: token, Password: otherPassword, From: "192.0.2.1"})
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// browser keeps cookies as browsers do, and follows nothing.
type browser struct {
	*house
	cookies map[string]string
	from    string
}

func (h *house) browser() *browser {
	return &browser{house: h, cookies: map[string]string{}, from: "192.0.2.1:4711"}
}

// page is an answer.
type page struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// request asks for a path; headers are "Name: value".
func (b *browser) request(method, path string, body io.Reader, headers ...string) page {
	b.t.Helper()
	request := httptest.NewRequestWithContext(context.WithoutCancel(b.t.Context()), method, "/", body)
	parsed, err := url.ParseRequestURI(path)
	if err != nil {
		b.t.Fatal(err)
	}
	request.URL, request.RequestURI, request.RemoteAddr = parsed, path, b.from
	request.Host = strings.TrimPrefix(strings.TrimPrefix(b.address, "https://"), "http://")
	request.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	for name, value := range b.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	recorder := httptest.NewRecorder()
	b.site.ServeHTTP(recorder, request)
	answer := recorder.Result()
	for _, cookie := range answer.Cookies() {
		if cookie.MaxAge < 0 || cookie.Value == "" {
			delete(b.cookies, cookie.Name)
		} else {
			b.cookies[cookie.Name] = cookie.Value
		}
	}
	return page{t: b.t, status: answer.StatusCode, header: answer.Header, body: html.UnescapeString(recorder.Body.String())}
}

func (b *browser) get(path string, headers ...string) page {
	b.t.Helper()
	return b.request(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, form url.Values, headers ...string) page {
	b.t.Helper()
	return b.request(http.MethodPost, path, strings.NewReader(form.Encode()), headers...)
}

// signIn signs somebody in who can.
func (b *browser) signIn(name, password string) *browser {
	b.t.Helper()
	b.post("/sign-in", url.Values{"name": {name}, "password": {password}}).leads("/")
	return b
}

// signed reports whether somebody is signed in.
func (b *browser) signed() bool {
	b.t.Helper()
	return b.get("/account").status == http.StatusOK
}

// leads checks that the answer sends on to a path.
func (p page) leads(path string) page {
	p.t.Helper()
	if p.status != http.StatusSeeOther || p.header.Get("Location") != path {
		p.t.Fatalf("answer %d to %q, want 303 to %q: %s", p.status, p.header.Get("Location"), path, p.text())
	}
	return p
}

// shows checks the status and what can be read.
func (p page) shows(status int, texts ...string) page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("answer %d to %q, want %d: %s", p.status, p.header.Get("Location"), status, p.text())
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			p.t.Errorf("the page does not show %q: %s", text, p.text())
		}
	}
	return p
}

// hides checks what must not be there.
func (p page) hides(texts ...string) page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			p.t.Errorf("the page shows %q: %s", text, p.text())
		}
	}
	return p
}

var tag = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// text is the page as it is read, about.
func (p page) text() string {
	_, main, found := strings.Cut(p.body, "<main")
	if !found {
		main = p.body
	}
	return strings.Join(strings.Fields(tag.ReplaceAllString("<"+main, " ")), " ")
}

// hidden returns the hidden fields of the form with an action.
func (p page) hidden(action string) url.Values {
	p.t.Helper()
	_, form, ok := strings.Cut(p.body, `action="`+action+`"`)
	if !ok {
		p.t.Fatalf("there is no form for %s: %s", action, p.text())
	}
	form, _, _ = strings.Cut(form, "</form>")
	out := url.Values{}
	for _, found := range hiddenField.FindAllStringSubmatch(form, -1) {
		out.Add(found[1], found[2])
	}
	return out
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)

var startLink = regexp.MustCompile(`/start/([A-Za-z0-9_-]{43})`)

// link returns the path of the one-time link that a page shows.
func (p page) link() string {
	p.t.Helper()
	found := startLink.FindString(p.body)
	if found == "" {
		p.t.Fatalf("there is no link: %s", p.text())
	}
	return found
}

// pass lets time pass within synctest.
func pass(d time.Duration) { <-time.After(d) }
