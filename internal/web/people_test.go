package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
)

// codes are the acts of the audit, the newest first.
func (h *house) codes() string {
	h.t.Helper()
	lines, err := h.accounts.Audit(h.t.Context(), 0, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, line := range lines {
		out = append(out, string(line.Code))
	}
	return strings.Join(out, " ")
}

func TestAccountsArePeoplesWayIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b := h.browser().signIn("jana", goodPassword)
	b.get("/accounts").shows(http.StatusOK, "jana", "administrator", "password").hides("petr")
	bad := b.post("/accounts", url.Values{"name": {"dvě slova"}, "role": {"operator"}})
	bad.shows(http.StatusUnprocessableEntity, "dvě slova cannot be the name of an account.", `value="dvě slova"`, `<option value="operator" selected>`)
	b.post("/accounts", url.Values{"name": {"petr"}, "role": {"self"}}).shows(http.StatusUnprocessableEntity, "self is not a role.")

	added := b.post("/accounts", url.Values{"name": {"petr@firma.cz"}, "role": {"viewer"}})
	added.shows(http.StatusOK, "Link for petr@firma.cz", plainAddress+"/start/", "good for an hour")
	if added.header.Get("Cache-Control") != "no-store" {
		t.Error("the page of a link may be kept by browsers")
	}
	b.get("/accounts").shows(http.StatusOK, "waits for the first sign-in").hides("/start/")
	b.post("/accounts", url.Values{"name": {"Petr@Firma.cz"}, "role": {"viewer"}}).shows(http.StatusUnprocessableEntity, "There is an account")

	second := b.post("/accounts/petr@firma.cz/link", nil).shows(http.StatusOK, "Link for petr@firma.cz").link()
	if second == added.link() {
		t.Error("the new link is the old one")
	}
	petr := h.browser()
	petr.get(added.link()).shows(http.StatusUnprocessableEntity, "This link is not valid")
	petr.post(second, url.Values{"password": {otherPassword}, "password-again": {otherPassword}}).leads("/")
	petr.get("/account").shows(http.StatusOK, "petr@firma.cz", "viewer")
	petr.get("/accounts").shows(http.StatusForbidden, "Your role does not allow this page.").hides("jana")

	b.post("/accounts/petr@firma.cz/role", url.Values{"role": {"administrator"}}).leads("/accounts/petr@firma.cz")
	if petr.signed() {
		t.Error("a session outlived the change of its role")
	}
	b.get("/accounts/petr@firma.cz").shows(http.StatusOK, "Done.", `<option value="administrator" selected>`)
	b.post("/accounts/petr@firma.cz/role", url.Values{"role": {"king"}}).shows(http.StatusUnprocessableEntity, "king is not a role.")
	petr = h.browser().signIn("petr@firma.cz", otherPassword)
	b.post("/accounts/petr@firma.cz/remove", nil).leads("/accounts")
	if petr.signed() {
		t.Error("a session outlived its account")
	}
	b.get("/accounts/petr@firma.cz").shows(http.StatusNotFound, "There is no such page.")
	b.post("/accounts/jana/remove", nil).shows(http.StatusUnprocessableEntity, "jana is the only administrator.")
	b.post("/accounts/jana/role", url.Values{"role": {"viewer"}}).shows(http.StatusUnprocessableEntity, "jana is the only administrator.")
	b.post("/accounts/nobody/link", nil).shows(http.StatusNotFound)
	for _, code := range []account.Code{account.ActAdded, account.ActLink, account.ActRole, account.ActRemoved} {
		if !strings.Contains(h.codes(), string(code)) {
			t.Errorf("the audit %s has no %s", h.codes(), code)
		}
	}
}

func TestOwnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	b, elsewhere := h.browser().signIn("jana", goodPassword), h.browser().signIn("jana", goodPassword)
	change := func(old, password, again string) page {
		return b.post("/account/password", url.Values{"old": {old}, "password": {password}, "password-again": {again}})
	}
	change(otherPassword, otherPassword, otherPassword).shows(http.StatusUnprocessableEntity, "The present password is not right.").hides(otherPassword)
	change(goodPassword, otherPassword, goodPassword).shows(http.StatusUnprocessableEntity, "The two passwords must be the same.")
	change(goodPassword, "krátké", "krátké").shows(http.StatusUnprocessableEntity, "This password is too easy to guess.")
	before := b.cookies["raynetsync"]
	change(goodPassword, otherPassword, otherPassword).leads("/account")
	b.get("/account").shows(http.StatusOK, "The password was changed.")
	if b.cookies["raynetsync"] == before || elsewhere.signed() {
		t.Error("a session outlived the password under which it began")
	}
	h.browser().signIn("jana", otherPassword)
	h.browser().post("/sign-in", url.Values{"name": {"jana"}, "password": {goodPassword}}).shows(http.StatusUnprocessableEntity)

	b.post("/account/reading", url.Values{"lang": {"cs"}, "zone": {"asia/tokyo"}}).leads("/account")
	b.get("/account").shows(http.StatusOK, "Uloženo.", "Můj účet", "Časy jsou v pásmu Asia/Tokyo")
	b.post("/account/reading", url.Values{"lang": {"cs"}, "zone": {"Evropa/Praha"}}).shows(http.StatusUnprocessableEntity, "Časové pásmo Evropa/Praha neexistuje.")
	b.post("/account/reading", url.Values{"lang": {"de"}}).shows(http.StatusBadRequest)
	b.post("/account/reading", url.Values{"lang": {"en"}, "zone": {""}}).leads("/account")
	b.get("/account").shows(http.StatusOK, "Saved.", "Times are in the zone Europe/Prague")
}

func TestTheAuditIsRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	for range 60 {
		if err := h.accounts.Log(t.Context(), account.Act{Account: "jana", Code: account.ActRole, Args: map[string]any{"Name": "<b>petr</b>", "Role": "viewer"}, From: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.accounts.Log(t.Context(), account.Act{Code: "act-of-a-later-version", From: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	if err := h.accounts.Log(t.Context(), account.Act{Account: "eva", Code: "own-kinds", Args: map[string]any{"Kinds": "calendar, tasks"}, From: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	b := h.browser().signIn("jana", goodPassword)
	first := b.get("/audit").shows(http.StatusOK, "The audit is whole: 65 lines", "own mailbox: synchronise calendar, tasks", "role of <b>petr</b> set to viewer", "signed in", "act-of-a-later-version", "somebody unknown")
	if strings.Count(first.body, "<tr>") != 51 {
		t.Errorf("%d rows, want 50 and the head", strings.Count(first.body, "<tr>"))
	}
	czech := h.browser().signIn("jana", goodPassword)
	czech.post("/account/reading", url.Values{"lang": {"cs"}}).leads("/account")
	czech.get("/audit").shows(http.StatusOK, "synchronizovat kalendář, úkoly", "je nově čtenář").hides("calendar", "viewer")
	czech.post("/account/reading", url.Values{"lang": {"en"}}).leads("/account")
	b.get("/audit?before=15").shows(http.StatusOK, "one-time link for the first administrator made", "the server", "Newest").hides("Older")
	b.get("/audit?before=1").shows(http.StatusOK, "There is nothing here.")
	for _, bad := range []string{"x", "-1", "99999999999999999999"} {
		b.get("/audit?before=" + bad).shows(http.StatusBadRequest)
	}
	if _, err := h.store.DB().ExecContext(t.Context(), "UPDATE audit SET account = 'petr' WHERE id = 20"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.DB().ExecContext(t.Context(), "DELETE FROM audit WHERE id = 30"); err != nil {
		t.Fatal(err)
	}
	b.get("/audit").shows(http.StatusOK, "Somebody tampered with the audit.", "Lines changed by hand: 20", "Lines taken out by hand: 30", "this line was changed by hand").hides("The audit is whole")
}

// witness is a Microsoft that says what a test wants.
type witness struct {
	subject, name string
	err           error
	again         bool
	taken         string // what was kept in the session and came back
}

func (w *witness) Ask(_ context.Context, again bool) (address, pending string, err error) {
	w.again = again
	return "https://login.example/authorize?state=s", "kept", w.err
}

func (w *witness) Answer(_ context.Context, pending string, _ url.Values) (subject, name string, err error) {
	w.taken = pending
	if pending != "kept" {
		return "", "", &admin.Failure{Code: admin.FailureMicrosoftStale}
	}
	return w.subject, w.name, w.err
}

func TestSigningInWithMicrosoftIsOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	h.browser().get("/sign-in").shows(http.StatusOK).hides("Microsoft")
	h.browser().get("/sign-in/microsoft").shows(http.StatusNotFound, "Signing in with Microsoft is switched off.")
	h.browser().get("/sign-in/microsoft/answer?code=x&state=y").shows(http.StatusNotFound)
	b := h.browser().signIn("jana", goodPassword)
	b.get("/accounts").shows(http.StatusOK, plainAddress+"/sign-in/microsoft/answer", "Switch on signing in with Microsoft")
	b.post("/accounts", url.Values{"name": {"petr"}, "role": {"viewer"}, "by": {"microsoft"}}).shows(http.StatusUnprocessableEntity)
	b.post("/accounts/microsoft", url.Values{"on": {"on"}}).leads("/accounts")
	layers := config.Layers{Environ: []string{"RAYNETSYNC_SERVER_PUBLIC_URL=" + plainAddress}}
	now, err := (&admin.Setup{Store: h.store, Layers: layers}).MicrosoftSignIn(t.Context())
	if err != nil || !now.On || now.Redirect != plainAddress+"/sign-in/microsoft/answer" {
		t.Errorf("MicrosoftSignIn = %+v, %v; want it on, with the address to which people come back", now, err)
	}
	now, err = (&admin.Setup{Store: h.store}).MicrosoftSignIn(t.Context())
	if err != nil || now.On {
		t.Errorf("without an address MicrosoftSignIn = %+v, %v; want it off: what was saved cannot hold", now, err)
	}
	if !strings.Contains(h.codes(), "microsoft-sign-in-on") {
		t.Errorf("the audit %s does not tell of the switch", h.codes())
	}
}

func TestSigningInWithMicrosoft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, plainAddress)
		h.administrator()
		w := &witness{subject: "00000000-0000-4000-8000-000000000001", name: "eva@firma.cz"}
		h.microsoft = w
		_, err := h.accounts.Add(t.Context(), account.Actor{Account: "jana"}, account.Newcomer{Name: "eva@firma.cz", Role: account.Administrator, Subject: w.subject, Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		b := h.browser()
		b.get("/sign-in").shows(http.StatusOK, "Sign in with Microsoft")
		b.get("/sign-in/microsoft/answer?code=x&state=s").shows(http.StatusUnprocessableEntity, "Please begin again.")
		b.get("/accounts").leads("/sign-in")
		before := b.cookies["raynetsync"]
		b.get("/sign-in/microsoft").leads("https://login.example/authorize?state=s")
		b.get("/sign-in/microsoft/answer?code=x&state=s").leads("/accounts")
		if b.cookies["raynetsync"] == before {
			t.Error("the session kept its token")
		}
		b.get("/account").shows(http.StatusOK, "You sign in with Microsoft, so you have no password here.")
		b.post("/account/password", url.Values{"old": {""}, "password": {otherPassword}, "password-again": {otherPassword}}).shows(http.StatusUnprocessableEntity)
		b.post("/accounts/microsoft", url.Values{"on": {"off"}}).shows(http.StatusUnprocessableEntity, "an administrator who has a password must switch this")

		pass(11 * time.Minute)
		asked := b.post("/accounts", url.Values{"name": {"ota"}, "role": {"viewer"}}).shows(http.StatusOK, "Sign in with Microsoft again", `href="/sign-in/microsoft?again=1"`)
		form := asked.hidden("/accounts")
		b.post("/accounts", form).shows(http.StatusOK, "You are not confirmed yet.")
		b.get("/sign-in/microsoft?again=1").leads("https://login.example/authorize?state=s")
		if !w.again {
			t.Error("whoever sits at the browser is taken for the person")
		}
		w.subject = "00000000-0000-4000-8000-000000000002"
		b.get("/sign-in/microsoft/answer?code=x&state=s").shows(http.StatusUnprocessableEntity)
		b.post("/accounts", form).shows(http.StatusOK, "You are not confirmed yet.")
		w.subject = "00000000-0000-4000-8000-000000000001"
		b.get("/sign-in/microsoft?again=1").leads("https://login.example/authorize?state=s")
		b.get("/sign-in/microsoft/answer?code=x&state=s").shows(http.StatusOK, "Confirmed")
		b.post("/accounts", form).shows(http.StatusOK, "Link for ota")

		h.microsoft = nil
		if b.signed() {
			t.Error("switched off, and still signed in by it")
		}
	})
}

func TestStrangersAndFaultsOfMicrosoft(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plainAddress)
	h.administrator()
	w := &witness{subject: "00000000-0000-4000-8000-000000000003", name: "cizi@firma.cz"}
	h.microsoft = w
	b := h.browser()
	answer := func() page {
		b.get("/sign-in/microsoft")
		return b.get("/sign-in/microsoft/answer?code=secret-code&state=s")
	}
	answer().shows(http.StatusUnprocessableEntity, "You have no access to this server yet.").hides("secret-code")
	if all, err := h.accounts.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("accounts %v, %v: a stranger has got one", all, err)
	}
	b.get("/sign-in/microsoft/answer?code=x&state=s").shows(http.StatusUnprocessableEntity, "Please begin again.")
	for _, code := range []string{admin.FailureMicrosoftUnreachable, admin.FailureMicrosoftDeclined, admin.FailureMicrosoftRefused,
		admin.FailureMicrosoftStale, admin.FailureMicrosoftUntrusted, admin.FailureMicrosoftForeign} {
		b.get("/sign-in/microsoft")
		w.err = &admin.Failure{Code: code, Args: map[string]any{"Number": "AADSTS50011", "Redirect": plainAddress}}
		b.get("/sign-in/microsoft/answer?code=x&state=s").shows(http.StatusUnprocessableEntity).hides("failure.", "<no value>", "Something went wrong on the server")
		w.err = nil
		if b.signed() {
			t.Errorf("%s: signed in", code)
		}
	}
}
