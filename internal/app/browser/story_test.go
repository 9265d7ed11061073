package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app/emulation"
)

// first signs in as the first administrator of a server.
func (h *house) first(t *testing.T, lang string) *tab {
	t.Helper()
	b := newTab(t, h.url, lang)
	b.leads("follow the link of the first start", chromedp.Navigate(h.link))
	b.fill("name", "jana").fill("password", password).fill("password-again", password).press("form button.main")
	return b
}

// connectMicrosoft and connectRaynet do the first two steps of the set-up.
func (b *tab) connectMicrosoft(h *house) *tab {
	b.t.Helper()
	return b.open("/setup/microsoft").fill("microsoft.client_id", h.info.ClientID).fill("microsoft.tenant_id", h.info.TenantID).
		fill("microsoft.client_secret", h.info.ClientSecret).send("/setup/microsoft")
}

func (b *tab) connectRaynet(h *house) *tab {
	b.t.Helper()
	return b.open("/setup/raynet").tick(`[name="raynet.url"][value=other]`, true).fill("other-url", h.info.RaynetURL).
		fill("raynet.instance", h.info.RaynetInstance).fill("raynet.user", h.info.RaynetUser).fill("raynet.api_key", h.info.RaynetAPIKey).send("/setup/raynet")
}

func TestTheStory(t *testing.T) {
	t.Parallel()
	h := begin(t, emulation.Options{Seed: 5, Plain: true, Items: 4, Mailboxes: 3})
	b := h.first(t, "cs")
	b.want("/setup/microsoft", "Tasks.ReadWrite.All")
	b.connectMicrosoft(h).want("/setup/microsoft", "Microsoft 365 je připojený.", "uděleno")
	b.connectRaynet(h).want("/setup/raynet", "RAYNET je připojený.", "Europe/Prague")
	first, second := h.Company.Users[0].Email, h.Company.Users[1].Email
	b.open("/setup").want("/setup/users", first, second).tick(`[name=on][value="`+first+`"]`, true).tick(`[name=on][value="`+second+`"]`, true)
	b.press("button[name=next]").want("/setup/what")
	b.send("/setup/what").want("/setup/preview").settled().want("/setup/preview", "Nikomu nepřijde žádný e-mail.", "Potrvá to asi", first)
	if len(h.Outlook.All(first)) != 0 {
		t.Fatal("the preview wrote")
	}
	b.send("/setup/keep").want("/setup/run").settled().want("/setup/run", "Hotovo.")
	b.follow("Zpět na přehled").want("/", first)

	// A setting is changed: what that does is shown before it holds.
	b.open("/settings").choose("sync.clash_calendar", "ask").sendWith("sync.clash_calendar").want("/settings/preview").settled()
	b.want("/settings/preview", "Střet v kalendáři", "Nikomu nepřijde žádný e-mail.")
	b.send("/settings/keep").want("/settings/run").settled().want("/settings/run", "Hotovo.")

	// Both sides change the same field: it waits for a decision, which is shown before it is carried out.
	ours, theirs := h.clash(t, first)
	b.open("/sync").send("/sync").want("/sync").settled().want("/sync", "1 odložený záznam", "Nikdo nedostal e-mail.")
	b.open("/review").want("/review", ours).follow(ours).want(b.path(), ours, theirs)
	b.tick(`[name=choice][value=outlook]`, true).follow("Nejdřív ukázat, co se stane").want(b.path(), theirs, "Nikdo nedostane e-mail.")
	if got := h.titles(first); got != ours {
		t.Fatalf("RAYNET says %q before anything was decided", got)
	}
	b.follow("Provést").settled().want("/review/done", "Rozhodnuto")
	if got := h.titles(first); got != theirs {
		t.Errorf("RAYNET says %q, want what was decided for", got)
	}

	// What the other side said is in the journal, and comes back.
	b.follow("Co se při tom zapsalo").want("/journal", ours, theirs).press("main tbody form[action='/restore/look'] button").want("/restore").settled().want("/restore", ours)
	b.send("/restore").want("/restore/done").settled().want("/restore/done", "Vráceno.")
	if got := h.titles(first); got != ours {
		t.Errorf("RAYNET says %q, want the value that was taken back", got)
	}
	if mails := h.Outlook.Mails(); len(mails) > 0 {
		t.Errorf("mails: %v", mails)
	}
}

// path is the path of the page without its query.
func (b *tab) path() string {
	path, _, _ := strings.Cut(b.page.Path, "?")
	return path
}

// clash changes the title of a user's first meeting on both sides.
func (h *house) clash(t *testing.T, user string) (raynet, outlook string) {
	t.Helper()
	meeting := h.meeting(user)
	for _, event := range h.Outlook.All(user) {
		if event["subject"] != meeting["title"] {
			continue
		}
		raynet, outlook = "Kontrolní den na stavbě", "Kontrolní den posunutý"
		if err := h.Raynet.EditAs(user, "meeting", meeting["id"].(int64), map[string]any{"title": raynet}); err != nil {
			t.Fatal(err)
		}
		if err := h.Outlook.EditAs(user, event["id"].(string), map[string]any{"subject": outlook}); err != nil {
			t.Fatal(err)
		}
		return raynet, outlook
	}
	t.Fatalf("%s has no event %q", user, meeting["title"])
	return "", ""
}

// meeting is a user's first meeting in RAYNET, titles what it is called.
func (h *house) meeting(user string) map[string]any {
	for _, meeting := range h.Raynet.All("meeting") {
		if owner, _ := meeting["owner"].(map[string]any); owner["id"] == h.IDs.Users[0] && h.Company.Users[0].Email == user {
			return meeting
		}
	}
	return nil
}

func (h *house) titles(user string) string {
	title, _ := h.meeting(user)["title"].(string)
	return title
}

// colleague is another account, in a tab of another language.
func (h *house) colleague(t *testing.T, name, lang string, role account.Role) *tab {
	t.Helper()
	token, err := h.app.Accounts.Add(t.Context(), account.Actor{Account: "jana"}, account.Newcomer{Name: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	b := newTab(t, h.url, lang)
	b.leads("follow the link", chromedp.Navigate(h.url+"/start/"+token))
	return b.fill("password", password).fill("password-again", password).press("main form button.main")
}
