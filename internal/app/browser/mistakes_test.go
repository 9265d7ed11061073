package browser_test

import (
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app/emulation"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// The permissions that the application needs, with the words for what is not possible without each.
func permissions() []string {
	return []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All"}
}

// Each mistake of a first day is named where it was made, with its repair, in both languages; nothing that was typed is shown that
// is secret.
func TestMistakes(t *testing.T) {
	t.Parallel()
	h := begin(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	tabs := map[string]*tab{"cs": h.first(t, "cs")}
	tabs["en"] = h.colleague(t, "eva", "en", account.Administrator)
	t.Run("Microsoft", func(t *testing.T) { h.microsoftMistakes(t, tabs) })
	t.Run("RAYNET", func(t *testing.T) { h.raynetMistakes(t, tabs) })
}

// mistake is a mistake and what the page says of it in Czech and in English.
type mistake struct {
	name, field, value string
	fault              string
	without            string // this permission
	cs, en             string
}

func (h *house) microsoftMistakes(t *testing.T, tabs map[string]*tab) {
	t.Helper()
	const other = "99999999-9999-4999-8999-999999999999"
	mistakes := []mistake{
		{name: "the secret's ID", field: "microsoft.client_secret", value: outlookemu.FakeSecretID, cs: "ne jeho hodnota", en: "not its Value"},
		{name: "a wrong secret", field: "microsoft.client_secret", value: "not~the~secret~of~anybody~at~all", cs: "je chybný", en: "is wrong"},
		{name: "an expired secret", fault: "token-expired-secret", cs: "Platnost tajného kódu klienta nebo certifikátu skončila. Co s tím: Azure Portal › Registrace aplikací", en: "The client secret or certificate has expired. What to do: Azure portal › App registrations"},
		{name: "another tenant", field: "microsoft.tenant_id", value: other, cs: "Tenant " + other + " neexistuje.", en: "There is no tenant " + other + "."},
		{name: "another application", field: "microsoft.client_id", value: other, cs: "Aplikace " + other + " v tomto tenantu není", en: "application " + other},
	}
	for _, permission := range permissions() {
		mistakes = append(mistakes, mistake{name: "no " + permission, without: permission, cs: "oprávnění " + permission + " chybí. Co s tím: Azure Portal",
			en: "The permission " + permission + " is missing. What to do: Azure portal"})
	}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) { // not parallel: one after another
			if m.without != "" {
				var roles []string
				for _, permission := range permissions() {
					if permission != m.without {
						roles = append(roles, permission)
					}
				}
				h.Outlook.SetRoles(roles...)
				defer h.Outlook.SetRoles(permissions()...)
			}
			if m.fault != "" {
				if err := h.Inject(m.fault); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if err := h.Heal(m.fault); err != nil {
						t.Error(err)
					}
				}()
			}
			for lang, b := range tabs {
				b.t = t
				b.open("/setup/microsoft").fill("microsoft.client_id", h.info.ClientID).fill("microsoft.tenant_id", h.info.TenantID).
					fill("microsoft.client_secret", h.info.ClientSecret)
				if m.field != "" {
					b.fill(m.field, m.value)
				}
				b.send("/setup/microsoft").failed(lang, m)
				if b.says("Microsoft 365 je připojený.") || b.says("Microsoft 365 is connected.") {
					t.Error("the page says that it is connected")
				}
			}
		})
	}
}

func (h *house) raynetMistakes(t *testing.T, tabs map[string]*tab) {
	t.Helper()
	tabs["cs"].t = t
	tabs["cs"].connectMicrosoft(h)
	for _, m := range []mistake{
		{name: "a wrong key", field: "raynet.api_key", value: "not-the-key-of-anybody", cs: "RAYNET přihlášení odmítl", en: "RAYNET refused the login: the instance's name, the user or the API key is wrong."},
		{name: "the whole address for the instance", field: "raynet.instance", value: "https://app.raynet.cz/firma/", cs: "není název instance", en: "not the name"},
		{name: "a name for the e-mail", field: "raynet.user", value: "Jana", cs: "není adresa schránky", en: "address"},
		{name: "http to another machine", field: "other-url", value: "http://crm.example.cz/api/v2", cs: "bez šifrování", en: "encrypt"},
	} {
		t.Run(m.name, func(t *testing.T) {
			for lang, b := range tabs {
				b.t = t
				b.open("/setup/raynet").tick(`[name="raynet.url"][value=other]`, true).fill("other-url", h.info.RaynetURL).fill("raynet.instance", h.info.RaynetInstance).
					fill("raynet.user", h.info.RaynetUser).fill("raynet.api_key", h.info.RaynetAPIKey).fill(m.field, m.value).send("/setup/raynet").failed(lang, m)
			}
		})
	}
}

// failed fails unless the page is the one that was filled in, says what is wrong, and shows no secret.
func (b *tab) failed(lang string, m mistake) {
	b.t.Helper()
	words := m.cs
	if lang == "en" {
		words = m.en
	}
	if b.page.Status != 422 || b.page.Lang != lang || !b.says(words) {
		b.t.Errorf("%s (%s) = %d, want 422 and %q:\n%s", b.page.Path, b.page.Lang, b.page.Status, words, b.page.Text)
	}
	html, err := evaluate[string](b, `document.documentElement.outerHTML`)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, secret := range []string{outlookemu.FakeSecret, "not~the~secret", "not-the-key"} {
		if strings.Contains(html, secret) {
			b.t.Errorf("%s shows a secret", b.page.Path)
		}
	}
}
