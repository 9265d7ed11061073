package people_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// pair returns the synchronisation of one kind of one of the company's people.
func (o *office) pair(i int, kind record.Kind) journal.Pair {
	o.t.Helper()
	pairs, err := o.app.Store.Pairs(o.t.Context(), app.ConnectionName)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, p := range pairs {
		if p.Address == o.mailbox(i) && p.Kind == kind {
			return p
		}
	}
	return journal.Pair{}
}

// Somebody whose mailbox is synchronised signs in with Microsoft, sees that mailbox and no other, and pauses it.
func TestAPersonLooksAfterTheirOwnMailbox(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	o.until("both mailboxes are read", func() bool {
		links, err := o.app.Store.LinkStates(t.Context(), o.pair(1, record.Calendar).ID)
		return err == nil && links[journal.Linked] >= 3
	})
	b := o.browser()
	b.get("/").leads("/sign-in")
	b.microsoft(o.mailbox(1)).leads("/")
	b.get("/").leads("/me")
	mine := b.get("/me").shows(http.StatusOK, o.mailbox(1), "calendar", "Pause my synchronisation").hides(o.mailbox(0))
	for _, meeting := range o.world.Raynet.All("meeting") {
		if title, _ := meeting["title"].(string); title != "" {
			mine.hides(title)
		}
	}

	b.post("/me/resume", nil).shows(http.StatusUnprocessableEntity, "Your synchronisation is not paused.")
	b.post("/me/pause", url.Values{"user": {o.mailbox(0)}, "mailbox": {o.mailbox(0)}}).leads("/me")
	b.get("/me").shows(http.StatusOK, "Your synchronisation is paused.", "Resume my synchronisation")
	for _, kind := range record.Kinds() {
		if p := o.pair(1, kind); p.State != journal.PairPaused {
			t.Errorf("%s of the person is %s", kind, p.State)
		}
		if p := o.pair(0, kind); p.State != journal.PairRunning {
			t.Errorf("%s of somebody else is %s", kind, p.State)
		}
	}
	b.post("/me/resume", nil).leads("/me")
	if p := o.pair(1, record.Calendar); p.State != journal.PairRunning {
		t.Errorf("after resuming: %s", p.State)
	}

	other := o.browser()
	other.microsoft(o.mailbox(0)).leads("/")
	other.get("/me").shows(http.StatusOK, o.mailbox(0)).hides(o.mailbox(1))
	lines, err := o.app.Accounts.Audit(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, line := range lines {
		codes = append(codes, string(line.Code))
	}
	if all := strings.Join(codes, " "); !strings.Contains(all, "own-resumed") || !strings.Contains(all, "own-paused") {
		t.Errorf("the audit has %s", all)
	}
}

// What somebody else paused stays paused.
func TestOnlyWhatOnePausedOneselfIsResumed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	if _, err := o.app.Admin.Pause(t.Context(), o.mailbox(1), nil, "boss"); err != nil {
		t.Fatal(err)
	}
	b := o.browser()
	b.microsoft(o.mailbox(1)).leads("/")
	b.get("/me").shows(http.StatusOK, "Somebody else paused your synchronisation.").hides("Resume my synchronisation", "Pause my synchronisation")
	b.post("/me/resume", nil).shows(http.StatusUnprocessableEntity, "Somebody else paused your synchronisation.")
	if p := o.pair(1, record.Calendar); p.State != journal.PairPaused {
		t.Errorf("the person resumed what somebody else paused: %s", p.State)
	}
}

// A person chooses kinds among those that the administrator allows. Switching one off keeps everything as it is.
func TestAPersonChoosesKinds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, strings.Replace(microsoftOn, "[sync]\n", "[sync]\nkinds = [\"calendar\", \"contacts\"]\n", 1))
	kinds := func(i int) map[record.Kind]journal.PairState {
		out := map[record.Kind]journal.PairState{}
		for _, kind := range record.Kinds() {
			if p := o.pair(i, kind); p.ID != 0 {
				out[kind] = p.State
			}
		}
		return out
	}
	o.until("users are enrolled", func() bool { return len(kinds(0)) == 2 && len(kinds(1)) == 2 })
	o.until("contacts are linked", func() bool {
		links, err := o.app.Store.LinkStates(t.Context(), o.pair(1, record.Contacts).ID)
		return err == nil && links[journal.Linked] > 0
	})
	b := o.browser()
	b.microsoft(o.mailbox(1)).leads("/")
	b.get("/me").shows(http.StatusOK, `value="calendar" checked`, `value="contacts" checked`).hides(`value="tasks"`)
	b.post("/me/kinds", url.Values{"kind": {"calendar", "tasks"}}).shows(http.StatusUnprocessableEntity, "The administrator did not allow this kind")
	b.post("/me/kinds", url.Values{"kind": {"calendar", "<b>"}}).shows(http.StatusUnprocessableEntity, "The administrator did not allow this kind")
	b.post("/me/kinds", nil).shows(http.StatusUnprocessableEntity, "At least one kind must stay switched on.")

	before, err := o.app.Store.LinkStates(t.Context(), o.pair(1, record.Contacts).ID)
	if err != nil {
		t.Fatal(err)
	}
	b.post("/me/kinds", url.Values{"kind": {"calendar"}}).leads("/me")
	o.until("the choice is taken up", func() bool { return kinds(1)[record.Contacts] == journal.PairPaused })
	if got := kinds(0); got[record.Contacts] != journal.PairRunning {
		t.Errorf("somebody else's kinds are %v", got)
	}
	after, err := o.app.Store.LinkStates(t.Context(), o.pair(1, record.Contacts).ID)
	if err != nil || after[journal.Linked] != before[journal.Linked] || len(after) != len(before) {
		t.Errorf("links were %v and are %v, %v: switching off must leave them", before, after, err)
	}
	b.get("/me").shows(http.StatusOK, `value="contacts">`, "switched off")
	b.post("/me/kinds", url.Values{"kind": {"calendar", "contacts"}}).leads("/me")
	o.until("it runs again", func() bool { return kinds(1)[record.Contacts] == journal.PairRunning })
}

// The configuration file has the last word; and an account with a password is nobody else's.
func TestKindsOfTheFileAreFixed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, microsoftOn)
	o.enrolled()
	o.person(o.mailbox(0), account.Viewer)
	o.browser().microsoft(o.mailbox(0)).shows(http.StatusUnprocessableEntity, "which signs in with a password")
	fixed := newOffice(t, microsoftOn+"[[user]]\nmailbox = \""+o.mailbox(1)+"\"\nkinds = [\"calendar\"]\n")
	fixed.until("the calendar is enrolled", func() bool { return fixed.pair(1, record.Calendar).ID != 0 })
	b := fixed.browser()
	b.microsoft(fixed.mailbox(1)).leads("/")
	b.get("/me").shows(http.StatusOK, "The server's configuration file decides this").hides(`name="kind"`)
	b.post("/me/kinds", url.Values{"kind": {"calendar"}}).shows(http.StatusUnprocessableEntity, "The server's configuration file decides this")
}

// Whoever is nobody here stays outside, and turning back leads to words.
func TestStrangersOfTheTenant(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "microsoft_sign_in = \"on\"\n[sync]\nusers = []\n")
	o.person("boss@office", account.Administrator)
	b := o.browser()
	b.microsoft(o.mailbox(0)).shows(http.StatusUnprocessableEntity, "You have no access to this server yet.")
	b.get("/me").leads("/sign-in")
	b.microsoft("cancel").shows(http.StatusUnprocessableEntity, "was cancelled")

	boss := o.browser().signIn("boss@office")
	boss.post("/accounts", url.Values{"name": {"nobody@contoso.example"}, "role": {"operator"}, "by": {"microsoft"}}).
		shows(http.StatusUnprocessableEntity, "There is nobody with the address nobody@contoso.example in your organisation")
	boss.post("/accounts", url.Values{"name": {strings.ToUpper(o.mailbox(0))}, "role": {"operator"}, "by": {"microsoft"}}).leads("/accounts")
	b.microsoft(o.mailbox(0)).leads("/me") // where the stranger wanted to go
	b.get("/account").shows(http.StatusOK, o.mailbox(0), "operator")

	o.world.Outlook.SetRedirects("https://elsewhere.example/")
	other := o.browser()
	if answer := other.get(other.get("/sign-in/microsoft").goes() + "&login=" + o.mailbox(0)); !strings.Contains(answer.body, "AADSTS50011") {
		t.Errorf("an address that is not registered: %d %s", answer.status, answer.body)
	}
}
