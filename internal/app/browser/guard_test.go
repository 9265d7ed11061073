package browser_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"raynetsync/internal/app/emulation"
)

// A cookie that somebody planted in the browser before a person signs in is worth nothing afterwards, and one that a page elsewhere
// sends along changes nothing.
func TestOtherPeoplesPages(t *testing.T) {
	t.Parallel()
	h := begin(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	victim := h.first(t, "en")
	t.Run("a planted session", func(t *testing.T) { h.planted(t) })
	victim.connectMicrosoft(h).want("/setup/microsoft", "Microsoft 365 is connected.")
	t.Run("a form of another page", func(t *testing.T) {
		victim.t = t
		h.forged(t, victim)
	})
	t.Run("a frame in another page", func(t *testing.T) {
		victim.t = t
		h.framed(t, victim)
	})
}

func (h *house) planted(t *testing.T) {
	t.Helper()
	known := strings.Repeat("A", 43) // a stranger gets no session that he could know; that of a colleague is tried in package web
	attacker, victim := newTab(t, h.url, "en"), newTab(t, h.url, "en")
	for _, b := range []*tab{attacker, victim} {
		b.do("plant a cookie", func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "raynetsync", Value: known, URL: h.url, HTTPOnly: new(true)})
			return chromedp.Void{}, err
		})
	}
	victim.open("/sign-in").fill("name", "jana").fill("password", password).press("form[action='/sign-in'] button.main")
	if victim.open("/account").want("/account", "jana"); victim.session() == known {
		t.Error("the planted session became that of the person")
	}
	attacker.open("/account").want("/sign-in")
}

// session is the value of the session's cookie, which no script can read.
func (b *tab) session() string {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	found, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.url}})
	if err != nil {
		b.t.Fatal(err)
	}
	readable, err := evaluate[string](b, "document.cookie")
	if err != nil || readable != "" {
		b.t.Errorf("a script can read the cookies %q (%v)", readable, err)
	}
	for _, cookie := range found.Cookies {
		if cookie.Name == "raynetsync" {
			if !cookie.HTTPOnly || cookie.SameSite == network.CookieSameSiteNone {
				b.t.Errorf("the cookie of the session: %+v", cookie)
			}
			return cookie.Value
		}
	}
	return ""
}

// elsewhere is a page on another origin, the same for every path.
func elsewhere(t *testing.T, body string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		if in.URL.Path != "/" {
			out.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = out.Write([]byte("<!doctype html><html lang=en><title>A game</title><main>" + body + "</main>"))
	}))
	t.Cleanup(server.Close)
	return server
}

// forged sends forms from another origin in the browser of somebody who is signed in.
func (h *house) forged(t *testing.T, victim *tab) {
	t.Helper()
	before := h.state(t)
	for path, fields := range map[string]map[string]string{
		"/settings":                    {"sync.window_forward_days": "30"},
		"/settings/discard":            {},
		"/sync":                        {},
		"/setup/microsoft":             {"microsoft.client_id": "99999999-9999-4999-8999-999999999999", "microsoft.tenant_id": h.info.TenantID},
		"/setup/users/all":             {},
		"/accounts":                    {"name": "mallory", "role": "administrator"},
		"/account/password":            {"old": password, "password": "mallory mallory mallory", "password-again": "mallory mallory mallory"},
		"/account/sign-out-everywhere": {},
		"/sign-out":                    {},
	} {
		var form strings.Builder
		fmt.Fprintf(&form, `<form id="f" method="post" action="%s%s">`, h.url, path)
		for name, value := range fields {
			fmt.Fprintf(&form, `<input name="%s" value="%s">`, html.EscapeString(name), html.EscapeString(value))
		}
		form.WriteString(`</form><a id="go" href="javascript:document.getElementById('f').submit()">win</a>`)
		other := elsewhere(t, form.String())
		victim.allow(other.URL)
		victim.leads("visit another page", chromedp.Navigate(other.URL))
		victim.leads("its form is sent", chromedp.Click(chromedp.CSS("#go")))
		if victim.page.Status != http.StatusForbidden {
			t.Errorf("POST %s from another origin = %d, want 403:\n%s", path, victim.page.Status, victim.page.Text)
		}
	}
	victim.open("/account").want("/account", "jana") // still signed in
	if after := h.state(t); after != before {
		t.Errorf("a form of another page changed something:\n%s\nbefore:\n%s", after, before)
	}
	victim.open("/settings").choose("sync.clash_calendar", "ask").sendWith("sync.clash_calendar")
	if h.state(t) == before {
		t.Error("the page's own form changes nothing that this test would see")
	}
}

// state is everything that a forged form could have changed.
func (h *house) state(t *testing.T) string {
	t.Helper()
	accounts, err := h.app.Accounts.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	draft, err := h.app.Setup(nil).Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, a := range accounts {
		fmt.Fprintln(&out, a.Name, a.Role)
	}
	fmt.Fprint(&out, draft)
	return out.String()
}

// framed puts the page into a frame of another, to steal clicks.
func (h *house) framed(t *testing.T, victim *tab) {
	t.Helper()
	other := elsewhere(t, `<iframe src="`+h.url+`/account"></iframe>`)
	victim.allow(other.URL)
	ctx, cancel := victim.within()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(other.URL)); err != nil {
		t.Fatal(err)
	}
	refused := false
	for _, complaint := range victim.complaints() {
		refused = refused || strings.Contains(complaint, "frame-ancestors") || strings.Contains(complaint, "X-Frame-Options")
	}
	if !refused {
		t.Error("the page can be shown in a frame of another")
	}
}
