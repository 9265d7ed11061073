package browser_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/jobs"
	"raynetsync/internal/store"
)

// Every page, in both languages, light and dark, on a large screen and a small one: with everything that it needs to be used by
// everybody. With -update their pictures in docs are taken anew.
func TestScreenshotsOfEveryPage(t *testing.T) {
	t.Parallel()
	clock := newWatch(time.Date(2026, 3, 10, 14, 5, 0, 0, time.UTC))
	listen, err := stage.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h := plan{Options: emulation.Options{Seed: 7, Mailboxes: 4, Items: 14, Now: clock.now}, listen: listen,
		settings: []string{"RAYNETSYNC_SERVER_PUBLIC_URL=http://" + listen, "RAYNETSYNC_SERVER_MICROSOFT_SIGN_IN=on"}}.begin(t)
	g := &gallery{t: t, h: h, seen: map[string]bool{}}
	b := g.beginning()
	g.setUp(b)
	g.work(b, clock)
	g.people(b, clock)
	g.whole()
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
	b.choose("microsoft.client_secret_expires", "2027-11-30").send("/setup/microsoft").want("/setup/microsoft", "Microsoft 365 je připojený.")
	g.path("setup-raynet", b, "/setup/raynet")
	b.connectRaynet(g.h).want("/setup/raynet", "RAYNET je připojený.")
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
	g.day(clock)
	g.edit(clock)
	b.open("/sync").send("/sync").settled()
	g.path("overview", b, "/")
	g.path("users", b, "/users")
	g.path("user", b, "/users/"+user)
	g.path("pair", b, "/users/pair?raynet="+url.QueryEscape(g.h.info.RaynetUser))
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

// day makes up what was carried in the hours before: the company worked from eight in the morning.
func (g *gallery) day(clock *watch) {
	g.t.Helper()
	hour := clock.now().UTC().Truncate(time.Hour)
	var samples []store.Sample
	for back := 1; back < 24; back++ {
		at := hour.Add(-time.Duration(back) * time.Hour)
		note := func(name string, n int64) {
			samples = append(samples, store.Sample{At: at, Name: app.ConnectionName + "/" + name, N: n})
		}
		note(jobs.RaynetRequests, 60)
		note(jobs.GraphRequests, 700)
		if busy := at.Hour(); busy < 7 || busy > 16 {
			continue
		}
		outlook, raynet := int64(9+at.Hour()*7%23), int64(4+at.Hour()*5%13)
		note(jobs.ToOutlook, outlook)
		note(jobs.ToRaynet, raynet)
		samples = append(samples, store.Sample{At: at, Name: app.ConnectionName + "/" + jobs.Delay, N: outlook + raynet, Total: (outlook + raynet) * (38_000 + int64(at.Hour()%4)*6_000), Most: 71_000})
	}
	if err := g.h.app.Store.AddSamples(g.t.Context(), samples); err != nil {
		g.t.Fatal(err)
	}
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
	choose := func() {
		b.leads("choose who one is", chromedp.Click(chromedp.CSS(`a[href*="`+url.QueryEscape(user)+`"]`)))
	}
	signIn := func() {
		b.open("/sign-in").leads("go to Microsoft", chromedp.Click(chromedp.CSS(`main a[href^="/sign-in/microsoft"]`)))
		choose()
	}
	signIn()
	b.want("/me")
	accounts, err := g.h.app.Accounts.List(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	at := slices.IndexFunc(accounts, func(a account.Account) bool { return a.Subject != "" })
	if at < 0 {
		g.t.Fatal("who signed in with Microsoft has no account")
	}
	name := accounts[at].Name
	g.signed("me", name, b, func() { b.open("/me") })

	if err := g.h.app.Accounts.SetRole(g.t.Context(), account.Actor{Account: "jana"}, name, account.Administrator); err != nil {
		g.t.Fatal(err)
	}
	signIn() // another role ends what was begun with the former one
	g.signed("confirmed", name, b, func() {
		b.open("/sign-in/microsoft?again=1")
		choose()
	})
}
