package browser_test

import (
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
	b.open("/").want("/", first)
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
