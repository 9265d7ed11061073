package browser_test

import (
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app/emulation"
)

// Every page, in both languages, light and dark, on a large screen and a small one: with everything that it needs to be used by
// everybody. With -update their pictures in docs are taken anew.
func TestScreenshotsOfEveryPage(t *testing.T) {
	t.Parallel()
	clock := newWatch(time.Date(2026, 3, 10, 8, 0, 0, 0, time.UTC))
	listen := freeAddress(t)
	h := plan{Options: emulation.Options{Seed: 7, Mailboxes: 4, Items: 14, Now: clock.now}, listen: listen,
		settings: []string{"RAYNETSYNC_SERVER_PUBLIC_URL=http://" + listen, "RAYNETSYNC_SERVER_MICROSOFT_SIGN_IN=on", "RAYNETSYNC_SYNC_POLL_INTERVAL=2s"}}.begin(t)
	g := &gallery{t: t, h: h, seen: map[string]bool{}}
	b := g.beginning()
	g.setUp(b)
	g.work(b, clock)
	g.people(b, clock)
	g.whole()
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// beginning shows the pages for who is not signed in, and signs in.
func (g *gallery) beginning() *tab {
	g.t.Helper()
	strangers := map[string]*tab{"cs": newTab(g.t, g.h.url, "cs"), "en": newTab(g.t, g.h.url, "en")}
	for lang, b := range strangers {
		b.leads("follow the link of the first start", chromedp.Navigate(g.h.link))
		g.hang("start", lang, b)
	}
	b := g.h.first(g.t, "cs")
	for lang, b := range strangers {
		b.open("/sign-in")
		g.hang("sign-in", lang, b)
	}
	return b
}

// setUp shows the set-up, from its beginning to the first synchronisation.
func (g *gallery) setUp(b *tab) {
	g.t.Helper()
	g.path("setup-register", b, "/setup/microsoft/register")
	g.path("setup-scripts", b, "/setup/microsoft/scripts")
	g.path("setup-microsoft", b, "/setup/microsoft")
	b.connectMicrosoft(g.h).want("/setup/microsoft", "Microsoft 365 je připojený.")
	b.connectRaynet(g.h).want("/setup/raynet", "RAYNET je připojený.")
	g.path("setup-raynet", b, "/setup/raynet")
	b.open("/setup/users")
	for _, user := range g.h.Company.Users {
		b.tick(`[name=on][value="`+user.Email+`"]`, true)
	}
	b.press("button[name=next]").want("/setup/what")
	g.path("setup-what", b, "/setup/what")
	b.open("/setup/what").choose("sync.clash_calendar", "ask").send("/setup/what").want("/setup/preview").settled()
	g.path("preview", b, "/setup/preview")
	b.open("/setup/preview").send("/setup/keep").want("/setup/run").settled().want("/setup/run", "Hotovo.")
	g.path("run", b, "/setup/run")
}

// work shows the pages of every day, over what people changed meanwhile.
func (g *gallery) work(b *tab, clock *watch) {
	g.t.Helper()
	user := g.h.Company.Users[0].Email
	rounds := 1
	if update() { // so that there is something to see of the last hours
		rounds = 4
	}
	for range rounds {
		if update() {
			clock.skip(29 * time.Minute)
		}
		g.edit(clock)
		b.open("/sync").send("/sync").settled()
		g.polled()
	}
	for range 100 {
		if b.open("/"); !b.says("Server neběží.") { // its sign of life is older than the clock that was set forward
			break
		}
		g.polled()
	}
	g.path("overview", b, "/")
	g.path("users", b, "/users")
	g.path("user", b, "/users/"+user)
	ours, _ := g.h.clash(g.t, user)
	b.open("/sync").send("/sync").settled()
	g.path("sync", b, "/sync")
	g.path("reviews", b, "/review")
	b.open("/review").follow(ours)
	g.path("review", b, b.path())
	b.open(b.path()).tick(`[name=choice][value=outlook]`, true).follow("Nejdřív ukázat, co se stane")
	g.path("review-look", b, b.page.Path)
	b.follow("Provést").settled()
	g.path("review-done", b, "/review/done")
	g.path("journal", b, "/journal")
	b.open("/journal").press("main tbody form[action='/restore/look'] button").settled()
	g.path("restore", b, "/restore")
	b.send("/restore").settled()
	g.path("restore-done", b, "/restore/done")
	g.path("items", b, "/items?state=linked&titles=1")
	record, err := evaluate[string](b, `document.querySelector('main tbody a').getAttribute('href')`)
	if err != nil {
		g.t.Fatal(err)
	}
	g.path("record", b, record)
	b.open("/health").send("/health/check").settled()
	g.path("health", b, "/health")
	g.path("help", b, "/help")
	g.path("settings", b, "/settings")
}

// edit lets each user change something on either side.
func (g *gallery) edit(clock *watch) {
	g.t.Helper()
	for i, user := range g.h.Company.Users {
		day := clock.now().AddDate(0, 0, 3+i).Format("2006-01-02")
		_, err := g.h.Outlook.CreateAs(user.Email, map[string]any{"subject": "Konzultace – " + g.h.Company.Clients[i].Name, "categories": []any{"RAYNET"},
			"start": map[string]any{"dateTime": day + "T09:00:00", "timeZone": "UTC"}, "end": map[string]any{"dateTime": day + "T10:00:00", "timeZone": "UTC"}})
		if err != nil {
			g.t.Fatal(err)
		}
		for _, meeting := range g.h.Raynet.All("meeting") {
			owner, _ := meeting["owner"].(map[string]any)
			if owner["id"] == g.h.IDs.Users[i] && meeting["status"] == "SCHEDULED" {
				place := fmt.Sprintf("Kancelář Brno, zasedačka %d", clock.now().Minute()%7+1)
				if err := g.h.Raynet.EditAs(user.Email, "meeting", meeting["id"].(int64), map[string]any{"meetingPlace": place}); err != nil {
					g.t.Fatal(err)
				}
				break
			}
		}
	}
}

// people shows the pages about accounts, and what somebody sees who signs in with Microsoft.
func (g *gallery) people(b *tab, clock *watch) {
	g.t.Helper()
	for name, role := range map[string]account.Role{"petr": account.Operator, "marie": account.Viewer} {
		_, err := g.h.app.Accounts.Add(g.t.Context(), account.Actor{Account: "jana"}, account.Newcomer{Name: name, Role: role})
		if err != nil {
			g.t.Fatal(err)
		}
	}
	clock.skip(11 * time.Minute)
	g.signed("confirm", "jana", b, func() { b.open("/accounts/petr").send("/accounts/petr/link") })
	b.fill("confirm-password", password).press("main form button.main").want("/accounts/petr/link")
	g.path("accounts", b, "/accounts")
	g.path("person", b, "/accounts/petr")
	g.signed("link", "jana", b, func() { b.open("/accounts/petr").send("/accounts/petr/link") })
	g.path("account", b, "/account")
	g.path("audit", b, "/audit")
	g.signed("failed", "jana", b, func() { b.open("/nowhere") })
	g.visitor()
}

// visitor is somebody who signs in with Microsoft: the own mailbox, and a confirmation.
func (g *gallery) visitor() {
	g.t.Helper()
	user := g.h.Company.Users[1].Email
	b := newTab(g.t, g.h.url, "cs")
	b.allow(g.h.info.AuthorityURL)
	b.open("/sign-in")
	b.leads("go to Microsoft", chromedp.Click(chromedp.CSS(`main a[href^="/sign-in/microsoft"]`)))
	b.leads("choose who one is", chromedp.Click(chromedp.CSS(`a[href*="`+url.QueryEscape(user)+`"]`))).want("/me")
	accounts, err := g.h.app.Accounts.List(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	for _, one := range accounts {
		if one.Subject != "" {
			g.signed("me", one.Name, b, func() { b.open("/me") })
		}
	}
}

// polled waits until both services were asked what is new.
func (g *gallery) polled() {
	g.t.Helper()
	polls := 0
	g.h.until(g.t, "both services were asked", func() bool {
		polls++
		return polls > 8
	})
}
