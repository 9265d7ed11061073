package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// Each mistake of a first day stands where it was made, in plain words, and what was typed is still there; secrets are not.
func TestMistakesInTheMicrosoftStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a := open(t, app.Options{Layers: w.layers(t.TempDir())})
	b := firstAdministrator(t, a, serve(t, a), "cs")
	const other = "99999999-9999-4999-8999-999999999999"
	for name, test := range map[string]struct {
		change url.Values
		roles  []string
		says   []string
	}{
		"nothing typed":         {url.Values{"microsoft.client_id": {""}, "microsoft.tenant_id": {""}, "microsoft.client_secret": {""}}, nil, []string{"Toto pole je potřeba vyplnit."}},
		"the secret's ID":       {url.Values{"microsoft.client_secret": {outlookemu.FakeSecretID}}, nil, []string{"to je ID tajného kódu, ne jeho hodnota"}},
		"no client ID":          {url.Values{"microsoft.client_id": {"moje aplikace"}}, nil, []string{"„moje aplikace“ není ID z Entra ID"}},
		"the tenant's ID twice": {url.Values{"microsoft.client_id": {w.info.TenantID}}, nil, []string{"ID tenanta a ID aplikace jsou stejné"}},
		"another tenant":        {url.Values{"microsoft.tenant_id": {other}}, nil, []string{"Tenant " + other + " neexistuje.", "nefunguje", "Co s tím:"}},
		"another application":   {url.Values{"microsoft.client_id": {other}}, nil, []string{"Aplikace " + other + " v tomto tenantu není"}},
		"a wrong secret":        {url.Values{"microsoft.client_secret": {"not~the~secret~of~anybody~at~all"}}, nil, []string{"Tajný kód klienta je chybný."}},
		"a date that is none":   {url.Values{"microsoft.client_secret_expires": {"příští rok"}}, nil, []string{"není datum"}},
		"no consent":            {url.Values{}, []string{}, []string{"Souhlas správce chybí", "Udělit souhlas správce pro"}},
		"no calendars": {url.Values{}, []string{"User.Read.All", "Contacts.ReadWrite", "Tasks.ReadWrite.All"},
			[]string{"Číst a měnit kalendáře nesmíme: oprávnění Calendars.ReadWrite chybí."}},
		"no users": {url.Values{}, []string{"Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All"},
			[]string{"oprávnění User.Read.All chybí."}},
		"contacts for reading": {url.Values{}, []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.Read", "Tasks.ReadWrite.All"},
			[]string{"Token má jen Contacts.Read"}},
		"no tasks": {url.Values{}, []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite"},
			[]string{"oprávnění Tasks.ReadWrite.All chybí."}},
	} {
		t.Run(name, func(t *testing.T) { // not parallel: one administrator tries one after another
			b.t = t
			if test.roles != nil {
				w.Outlook.SetRoles(test.roles...)
				defer w.Outlook.SetRoles("User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All")
			}
			form := url.Values{"microsoft.client_id": {w.info.ClientID}, "microsoft.tenant_id": {w.info.TenantID},
				"microsoft.client_secret": {w.info.ClientSecret}, "microsoft.client_secret_expires": {""}}
			for field, value := range test.change {
				form[field] = value
			}
			p := b.get("/setup/microsoft").submit("/setup/microsoft", form).want(http.StatusUnprocessableEntity, test.says...)
			for _, field := range []string{"microsoft.client_id", "microsoft.tenant_id", "microsoft.client_secret_expires"} {
				if got := p.value(field); got != form.Get(field) {
					t.Errorf("%s holds %q, want what was typed: %q", field, got, form.Get(field))
				}
			}
			if got := p.value("microsoft.client_secret"); got != "" {
				t.Error("the secret came back to the browser")
			}
			b.get("/setup").at("/setup/microsoft")
		})
	}
	b.t = t
	b.noSecrets(w.info.ClientSecret, "not~the~secret~of~anybody~at~all")
	// The secret that was typed last lies ready: only what was missing has to be repaired.
	b.get("/setup/microsoft").submit("/setup/microsoft", url.Values{"microsoft.client_id": {w.info.ClientID}, "microsoft.tenant_id": {w.info.TenantID},
		"microsoft.client_secret": {w.info.ClientSecret}}).want(http.StatusOK, "Microsoft 365 je připojený.")
}

// A permission is granted in the portal after the first try: the secret need not be pasted again.
func TestWhatWasTypedNeedNotBeTypedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a := open(t, app.Options{Layers: w.layers(t.TempDir())})
	b := firstAdministrator(t, a, serve(t, a), "en")
	w.Outlook.SetRoles()
	p := b.connectMicrosoft(w).want(http.StatusUnprocessableEntity)
	if p.value("microsoft.client_id") != w.info.ClientID || !strings.Contains(b.get("/setup/microsoft").body, "set, leave empty to keep") {
		t.Error("what was typed is gone")
	}
	w.Outlook.SetRoles("User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All")
	b.get("/setup/microsoft").submit("/setup/microsoft", nil).want(http.StatusOK, "Microsoft 365 is connected.")
	b.noSecrets(w.info.ClientSecret)
}

func TestMistakesInTheRaynetStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a := open(t, app.Options{Layers: w.layers(t.TempDir())})
	b := firstAdministrator(t, a, serve(t, a), "cs")
	right := url.Values{"raynet.url": {"other"}, "other-url": {w.info.RaynetURL}, "raynet.instance": {w.info.RaynetInstance},
		"raynet.user": {w.info.RaynetUser}, "raynet.api_key": {w.info.RaynetAPIKey}}
	for _, test := range []struct {
		name, field, value, says string
	}{
		{"the whole address for the instance", "raynet.instance", "https://app.raynet.cz/firma/", "není název instance RAYNETu"},
		{"a name for the e-mail", "raynet.user", "Jana", "není adresa schránky"},
		{"no address", "other-url", "app raynet", "není adresa"},
		{"http to another machine", "other-url", "http://crm.example.cz/api/v2", "bez šifrování"},
		{"a wrong key", "raynet.api_key", "not-the-key-of-anybody", "RAYNET přihlášení odmítl"},
	} {
		form := url.Values{}
		for field, value := range right {
			form[field] = value
		}
		form.Set(test.field, test.value)
		p := b.get("/setup/raynet").submit("/setup/raynet", form).want(http.StatusUnprocessableEntity, test.says)
		if got := p.value(test.field); test.field != "raynet.api_key" && got != test.value {
			t.Errorf("%s: the field holds %q", test.name, got)
		}
		b.get("/setup/users").want(http.StatusUnprocessableEntity, "Nejdřív dokončete připojení")
	}
	b.get("/setup/raynet").submit("/setup/raynet", right).want(http.StatusOK, "RAYNET je připojený.", "vidí záznamy všech")
	b.noSecrets(w.info.RaynetAPIKey, "not-the-key-of-anybody")
}

// ready is a server that was set up on the page, with nobody chosen yet.
func (w *world) ready(t *testing.T, lang string, more ...string) (*app.App, *serving, *administrator) {
	t.Helper()
	a := open(t, app.Options{Layers: w.layers(t.TempDir(), more...)})
	s := serve(t, a)
	b := firstAdministrator(t, a, s, lang)
	b.connectMicrosoft(w).want(http.StatusOK)
	b.connectRaynet(w).want(http.StatusOK)
	return a, s, b
}

// A later change shows what it does to what is there before it holds, and does exactly that.
func TestALaterChangeIsPreviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 4})
	first, second := w.Company.Users[0].Email, w.Company.Users[1].Email
	_, _, b := w.ready(t, "cs")
	b.get("/setup/users").submit("/setup/users", url.Values{"on": {first}, "next": {"1"}})
	b.get("/setup/what").submit("/setup/what", url.Values{"sync.kinds": {"calendar"}, "stay": {}}).settled().submit("/setup/keep", nil).settled().want(http.StatusOK, "Hotovo.")

	// One more user: only that user is looked at.
	p := b.get("/users").want(http.StatusOK, "Vybráno 1 z").submit("/users", url.Values{"on": {first, second}, "more": {}}).at("/settings/preview").settled()
	p.want(http.StatusOK, second, "Nikomu nepřijde žádný e-mail.", "4 vznikne v Outlooku")
	if strings.Contains(p.text(), first) {
		t.Errorf("the preview of one user names another:\n%s", p.text())
	}
	if len(w.Outlook.All(second)) != 0 {
		t.Fatal("the preview wrote")
	}
	p.submit("/settings/keep", nil).at("/settings/run").settled().want(http.StatusOK, "Hotovo.")
	if got := len(w.Outlook.All(second)); got != 4 {
		t.Errorf("%d events, want 4", got)
	}

	// A user is switched off: nothing that is there is touched.
	p = b.get("/users").submit("/users", url.Values{"on": {first}, "more": {}}).settled().want(http.StatusOK, "Tato změna se nedotkne ničeho, co už existuje.", second)
	p.submit("/settings/keep", nil).settled().want(http.StatusOK, "Hotovo.")
	if got := len(w.Outlook.All(second)); got != 4 {
		t.Errorf("%d events after switching off, want the 4 that were there", got)
	}
	b.get("/users").want(http.StatusOK, "Vybráno 1 z")

	// A setting for everybody; discarded, it changes nothing.
	p = b.get("/settings").submit("/settings", url.Values{"sync.window_forward_days": {"abc"}}).want(http.StatusUnprocessableEntity)
	b.get("/settings").want(http.StatusOK)
	b.post("/settings", url.Values{"sync.window_forward_days": {"30"}}).at("/settings/preview").settled().want(http.StatusOK, "Dní dopředu", "365", "30")
	b.get("/settings").want(http.StatusOK, "Připravena je 1 změna", "změněno, dosud platí: 365")
	b.get("/settings").submit("/settings/discard", nil).want(http.StatusOK, "Připravené změny jsou zahozené.")
	b.get("/settings/preview").want(http.StatusOK, "Nic není připraveno ke změně.")
	_ = p
}

// What was shown is not what would be done any more: nothing is kept.
func TestAPlanThatChangedIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 3})
	first := w.Company.Users[0].Email
	a, _, b := w.ready(t, "cs")
	b.get("/setup/users").submit("/setup/users", url.Values{"on": {first}, "next": {"1"}})
	p := b.get("/setup/what").submit("/setup/what", url.Values{"sync.kinds": {"calendar"}, "stay": {}}).settled()
	meeting := w.Raynet.All("meeting")[0]
	id, _ := meeting["id"].(int64)
	if err := w.Raynet.EditAs(first, "meeting", id, map[string]any{"title": "Mezitím přejmenovaná"}); err != nil {
		t.Fatal(err)
	}
	p.submit("/setup/keep", nil).settled().want(http.StatusOK, "Mezitím se něco změnilo", "Zpět k náhledu")
	if len(w.Outlook.All(first)) != 0 {
		t.Error("something was written")
	}
	if pairs, err := a.Store.Pairs(t.Context(), app.ConnectionName); err != nil || len(pairs) != 0 {
		t.Errorf("pairs = %v, %v; nothing was kept", pairs, err)
	}
	p = b.get("/setup/preview").submit("/setup/preview", nil).settled().want(http.StatusOK, "Mezitím přejmenovaná")
	// Changed in another window: the page says that what it shows is old.
	b.post("/setup/what", url.Values{"sync.reminder_minutes": {"5"}, "stay": {"1"}})
	b.get("/setup/preview").want(http.StatusOK, "Od výpočtu jste změnili")
	p.submit("/setup/keep", nil).settled().want(http.StatusOK, "Mezitím se něco změnilo")
}

// What the environment sets is shown with its origin and cannot be changed, whatever a browser sends.
func TestFixedSettingsCannotBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	_, _, b := w.ready(t, "cs", "RAYNETSYNC_SYNC_CATEGORY=CRM", "RAYNETSYNC_SYNC_USERS="+w.Company.Users[0].Email)
	p := b.get("/settings").want(http.StatusOK, "Určuje proměnná prostředí RAYNETSYNC_SYNC_CATEGORY")
	field := find1(p.doc, func(n *html.Node) bool { return attr(n, "name") == "sync.category" })
	if field == nil || !has(field, "disabled") {
		t.Error("the field of a fixed setting can be filled in")
	}
	b.post("/settings", url.Values{"sync.category": {"Jiná"}}).want(http.StatusUnprocessableEntity, "sync.category", "Změňte ho tam.")
	b.post("/users", url.Values{"shown": {w.Company.Users[1].Email}, "on": {w.Company.Users[1].Email}}).want(http.StatusUnprocessableEntity, "sync.users")
	b.get("/settings/preview").want(http.StatusOK, "Nic není připraveno ke změně.")
}

// A draft is still there after the server was started again, and holds no more than before.
func TestADraftSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 2})
	dir := t.TempDir()
	a := open(t, app.Options{Layers: w.layers(dir)})
	s := serve(t, a)
	b := firstAdministrator(t, a, s, "en")
	b.connectMicrosoft(w).want(http.StatusOK)
	b.connectRaynet(w).want(http.StatusOK)
	b.get("/setup/users").submit("/setup/users", url.Values{"on": {w.Company.Users[0].Email}, "more": {"1"}}).want(http.StatusOK, "1 of 3 chosen.")
	s.end(t)

	again := open(t, app.Options{Layers: w.layers(dir)})
	s = serve(t, again)
	b = visitor(t, s.url, "en")
	b.signIn("jana")
	b.get("/setup").at("/setup/what")
	b.get("/setup/users").want(http.StatusOK, "1 of 3 chosen.")
	if len(again.Config.Sync.Users) != 0 {
		t.Errorf("the draft holds: %v", again.Config.Sync.Users)
	}
	b.get("/setup/preview").want(http.StatusOK, "is not worked out yet").submit("/setup/preview", nil).settled().want(http.StatusOK, "Nobody will be e-mailed.")
}

// One user's own kinds and another RAYNET user are corrected by hand.
func TestAUserIsCorrectedByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 2, Mailboxes: 2})
	stranger := w.Outlook.AddMailbox(map[string]any{"userPrincipalName": "recepce@jinde.example.cz", "mail": "recepce@jinde.example.cz", "displayName": "Recepce"})
	if stranger == "" {
		t.Fatal("no mailbox")
	}
	_, _, b := w.ready(t, "cs")
	first := w.Company.Users[0].Email
	b.get("/setup/users").want(http.StatusOK, "recepce@jinde.example.cz", "nikdo v RAYNETu nemá tuto adresu")
	b.get("/setup/users/recepce@jinde.example.cz").submit("/setup/users/recepce@jinde.example.cz", url.Values{"raynet": {"nikdo"}}).
		want(http.StatusUnprocessableEntity, "není osoba v RAYNETu")
	b.get("/setup/users/recepce@jinde.example.cz").submit("/setup/users/recepce@jinde.example.cz",
		url.Values{"raynet": {first}, "kind": {"calendar"}, "zone": {"Central Europe Standard Time"}}).want(http.StatusOK, "určeno ručně")
	p := b.get("/setup/users/recepce@jinde.example.cz").want(http.StatusOK, "určeno ručně")
	if p.value("raynet") != first || p.value("zone") == "" {
		t.Errorf("the page of the user does not show what was typed:\n%s", p.text())
	}
	b.get("/setup/users?q=recepce").want(http.StatusOK, "Nalezen 1 uživatel", "kalendář")
	b.get("/setup/users?q=nikdo-takovy").want(http.StatusOK, "Nikdo takový tu není.")
	b.get("/setup/users/nikdo@example.cz").want(http.StatusNotFound)
	b.get("/setup/users").submit("/setup/users/all", nil).want(http.StatusOK, "Vybraní jsou všichni")
	b.get("/setup/preview").want(http.StatusOK, "recepce@jinde.example.cz", "Uživatel v RAYNETu")
}

// A RAYNET user whose addresses lead to no mailbox, or to several, is given one by hand.
func TestARaynetUserIsGivenAMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	_, _, b := w.ready(t, "cs")
	w.Outlook.AddMailbox(map[string]any{"userPrincipalName": "sluzba@jinde.example.cz", "mail": "sluzba@jinde.example.cz", "displayName": "Služba"})
	b.get("/setup/users").submit("/setup/users/anew", nil).want(http.StatusOK, "sluzba@jinde.example.cz", "žádná schránka nemá jeho adresu")
	p := b.get("/setup/users/pair?raynet="+url.QueryEscape(w.info.RaynetUser)).want(http.StatusOK, w.info.RaynetUser)
	p.submit("/setup/users/pair", url.Values{"mailbox": {"nikdo@jinde.example.cz"}}).want(http.StatusUnprocessableEntity, "nikdo@jinde.example.cz v Microsoft 365 není")
	p.submit("/setup/users/pair", url.Values{"mailbox": {"sluzba@jinde.example.cz"}}).want(http.StatusOK, "určeno ručně")
	b.get("/setup/users?show=off").want(http.StatusOK, "sluzba@jinde.example.cz")
}

// Only an administrator changes settings; others see who is synchronised, at most. Another site's page can send nothing.
func TestSettingsAreTheAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a, s, b := w.ready(t, "cs")
	token, err := a.Accounts.Add(t.Context(), account.Actor{Account: "jana"}, account.Newcomer{Name: "petr", Role: account.Operator})
	if err != nil {
		t.Fatal(err)
	}
	other := visitor(t, s.url, "cs")
	other.get("/start/"+token).submit("/start/"+token, url.Values{"password": {password}, "password-again": {password}})
	for _, path := range []string{"/setup", "/setup/microsoft", "/setup/raynet", "/setup/users", "/setup/what", "/setup/preview", "/setup/run", "/settings",
		"/settings/preview"} {
		other.get(path).want(http.StatusForbidden)
		visitor(t, s.url, "cs").get(path).at("/sign-in")
	}
	for _, path := range []string{"/setup/microsoft", "/setup/raynet", "/setup/users", "/users", "/users/all", "/setup/what", "/settings", "/settings/keep", "/settings/discard",
		"/settings/preview", "/setup/pilot", "/setup/keep", "/users/" + w.Company.Users[0].Email} {
		other.post(path, url.Values{}).want(http.StatusForbidden)
	}
	if page := other.get("/users/" + w.Company.Users[0].Email).want(http.StatusOK); strings.Contains(page.body, `name="zone"`) {
		t.Error("an operator is offered the exceptions of a user") // he may look at the user, not change what is set
	}
	p := other.get("/users").want(http.StatusOK, w.Company.Users[0].Email)
	if find1(p.doc, func(n *html.Node) bool { return n.Data == "input" && attr(n, "name") == "on" && !has(n, "disabled") }) != nil {
		t.Error("an operator is offered boxes to tick")
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/settings", strings.NewReader("sync.category=Cizi"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(request).want(http.StatusForbidden)
	b.get("/settings/preview").want(http.StatusOK, "Nic není připraveno ke změně.")
}

// Every page of the settings reads well in both languages.
func TestSettingsInBothLanguages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	_, _, b := w.ready(t, "en")
	for _, lang := range []string{"en", "cs"} {
		b.post("/language", url.Values{"lang": {lang}})
		for _, path := range []string{"/setup/microsoft", "/setup/raynet", "/setup/users", "/setup/what", "/setup/preview", "/users", "/settings", "/settings/preview",
			"/users/" + w.Company.Users[0].Email} {
			b.get(path).want(http.StatusOK)
		}
	}
}

// Somebody signs in with a code, and the server does the eight steps itself.
func TestTheServerRegistersTheApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a := open(t, app.Options{Layers: w.layers(t.TempDir())})
	b := firstAdministrator(t, a, serve(t, a), "cs")
	p := b.get("/setup/microsoft/register").want(http.StatusOK)
	p.submit("/setup/microsoft/register", url.Values{"tenant": {"není tenant"}}).want(http.StatusUnprocessableEntity, "není tenant")
	p = p.submit("/setup/microsoft/register", nil).want(http.StatusOK)
	codes := w.Outlook.DeviceCodes()
	if len(codes) != 1 {
		t.Fatalf("codes = %v, want one", codes)
	}
	p.want(http.StatusOK, codes[0])
	if err := w.Outlook.Approve(codes[0], outlookemu.GlobalAdministrator); err != nil {
		t.Fatal(err)
	}
	p.settled().want(http.StatusOK, "Hotovo. Aplikace je zaregistrovaná", "Aplikace se přihlásila a má všechna čtyři oprávnění")
	b.get("/setup").at("/setup/raynet")
	p = b.get("/setup/microsoft").want(http.StatusOK, "Microsoft 365 je připojený.")
	if p.value("microsoft.client_secret_expires") == "" || p.value("microsoft.client_id") == w.info.ClientID {
		t.Error("what was registered is not what is used, or the end of the secret is not known")
	}
	b.get("/setup/microsoft/scripts?group=synchronizace").want(http.StatusOK, "az ad app create", "synchronizace", p.value("microsoft.client_id"))
}

func TestASignInWithACodeThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	a := open(t, app.Options{Layers: w.layers(t.TempDir())})
	b := firstAdministrator(t, a, serve(t, a), "en")
	p := b.get("/setup/microsoft/register").submit("/setup/microsoft/register", nil).want(http.StatusOK)
	if err := w.Outlook.Decline(w.Outlook.DeviceCodes()[0]); err != nil {
		t.Fatal(err)
	}
	p.settled().want(http.StatusOK, "Begin again with a new code")
	b.get("/setup").at("/setup/microsoft")
}

// A long list comes in pages, with a search over all of it; a page takes only its own boxes.
func TestUsersComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 1})
	for i := range 60 {
		name := fmt.Sprintf("x%02d@example.cz", i)
		w.Outlook.AddMailbox(map[string]any{"userPrincipalName": name, "mail": name, "displayName": fmt.Sprintf("Člověk %02d", i)})
	}
	_, _, b := w.ready(t, "cs")
	first := w.Company.Users[0].Email
	p := b.get("/setup/users").want(http.StatusOK, "Nalezeno 63 uživatelů", "Strana 1 z 2", "Další")
	p.submit("/setup/users", url.Values{"next": {"1"}}).at("/setup/users").want(http.StatusOK, "Zatím není vybraný nikdo.")
	p.submit("/setup/users", url.Values{"on": {first}, "more": {"1"}}).want(http.StatusOK, "Vybráno 1 z 63.")
	p = b.get("/setup/users?page=2").want(http.StatusOK, "Strana 2 z 2", "Předchozí", "Člověk 59")
	p.submit("/setup/users", url.Values{"more": {"1"}}).want(http.StatusOK, "Vybráno 1 z 63.", "Strana 2 z 2")
	b.get("/setup/users?q=x07").want(http.StatusOK, "Nalezen 1 uživatel", "Člověk 07")
	b.get("/setup/users?show=on").want(http.StatusOK, "Nalezen 1 uživatel", first)
	b.get("/setup/users?show=problem&page=99").want(http.StatusOK, "Nalezeno 61 uživatelů", "Strana 2 z 2")
}
