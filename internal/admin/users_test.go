package admin_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// archive makes a RAYNET person a former one.
func (c *company) archive(person int64) {
	c.t.Helper()
	request := httptest.NewRequest(http.MethodPost, "https://app.raynet.cz/api/v2/person/"+strconv.FormatInt(person, 10)+"/invalid/", http.NoBody)
	request.RequestURI = ""
	options := c.raynet.Options()
	request.SetBasicAuth(options.User, options.APIKey)
	request.Header.Set("X-Instance-Name", options.Instance)
	response, err := c.raynet.Transport().RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("%v %v", response, err)
	}
	_ = response.Body.Close()
}

func (c *company) person(login string, addresses ...string) string {
	fields := map[string]any{"firstName": "X", "lastName": login, "contactInfo": map[string]any{"email": login}}
	switch len(addresses) {
	case 1:
		fields["contactInfo"] = map[string]any{"email": addresses[0]}
	case 2:
		fields["contactInfo"] = map[string]any{"email": addresses[0], "email2": addresses[1]}
	}
	id, _ := c.raynet.AddUser(fields, login, "FULL_THROTTLE", "Europe/Prague")
	return strconv.FormatInt(id, 10)
}

func (c *company) account(principal string, more map[string]any) string {
	user := map[string]any{"userPrincipalName": principal, "displayName": principal}
	for key, value := range more {
		user[key] = value
	}
	return c.outlook.AddMailbox(user)
}

// rowOf returns the one row of a RAYNET login or of an address.
func rowOf(t *testing.T, rows []admin.UserRow, name string) admin.UserRow {
	t.Helper()
	var found []admin.UserRow
	for _, row := range rows {
		if row.RaynetLogin == name || row.RaynetLogin == "" && row.Address == name {
			found = append(found, row)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d rows of %s in %+v", len(found), name, rows)
	}
	return found[0]
}

func users(t *testing.T, a *admin.Admin) []admin.UserRow {
	t.Helper()
	rows, err := a.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, row := range rows {
			if row.Reason != "" && !texts.Has("users.reason-"+row.Reason) || row.Problem != "" && !texts.Has("users.problem-"+row.Problem) || row.Reason == "" == (row.Problem == "") {
				t.Errorf("%s: no words for %+v", lang, row)
			}
		}
	}
	return rows
}

// How a RAYNET user finds a mailbox: each case has the company to itself but for Jana and Petr.
func TestMatchingUsers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		people  func(*company) // RAYNET user eva@example.cz and what the tenant has for her
		address string
		reason  string
		problem string
	}{
		{"main address", func(c *company) {
			c.person("eva@example.cz")
			c.account("eva.upn@example.cz", map[string]any{"mail": "eva.mail@example.cz", "proxyAddresses": []any{"SMTP:Eva@Example.cz", "smtp:e@example.cz"}})
		}, "eva.mail@example.cz", "primary", ""},
		{"other address", func(c *company) {
			c.person("eva@example.cz")
			c.account("e@example.cz", map[string]any{"proxyAddresses": []any{"SMTP:e@example.cz", "smtp:EVA@example.cz"}})
		}, "e@example.cz", "proxy", ""},
		{"sign-in name", func(c *company) {
			c.person("eva@example.cz")
			c.account("Eva@example.cz", map[string]any{"mail": "e@example.cz", "proxyAddresses": []any{"SMTP:e@example.cz"}})
		}, "e@example.cz", "principal", ""},
		{"mail attribute", func(c *company) {
			c.person("eva@example.cz")
			c.account("e@example.cz", map[string]any{"mail": "eva@example.cz", "proxyAddresses": []any{}})
		}, "eva@example.cz", "mail", ""},
		{"second address of the RAYNET user", func(c *company) {
			c.person("eva@example.cz", "eva@example.cz", "e@example.cz")
			c.account("e@example.cz", nil)
		}, "e@example.cz", "primary", ""},
		{"the login counts before other addresses", func(c *company) {
			c.person("eva@example.cz", "adam@example.cz")
			c.person("adam@example.cz")
			c.account("eva@example.cz", nil)
			c.account("adam@example.cz", nil)
		}, "eva@example.cz", "primary", ""},
		{"the main address counts before a sign-in name", func(c *company) {
			c.person("eva@example.cz")
			c.account("eva@example.cz", map[string]any{"mail": "old@example.cz", "proxyAddresses": []any{"SMTP:old@example.cz"}})
			c.account("new@example.cz", map[string]any{"mail": "new.mail@example.cz", "proxyAddresses": []any{"SMTP:eva@example.cz"}})
		}, "new.mail@example.cz", "primary", ""},
		{"nobody", func(c *company) { c.person("eva@example.cz") }, "", "", "no-mailbox"},
		{"two accounts", func(c *company) {
			c.person("eva@example.cz")
			c.account("a@example.cz", map[string]any{"proxyAddresses": []any{"SMTP:a@example.cz", "smtp:eva@example.cz"}})
			c.account("b@example.cz", map[string]any{"proxyAddresses": []any{"SMTP:b@example.cz", "smtp:eva@example.cz"}})
		}, "", "", "ambiguous"},
		{"two RAYNET users", func(c *company) {
			c.person("eva@example.cz", "info@example.cz")
			c.person("adam@example.cz", "info@example.cz")
			c.account("info@example.cz", nil)
		}, "", "", "ambiguous"},
		{"a former RAYNET user does not count", func(c *company) {
			former, _ := strconv.ParseInt(c.person("adam@example.cz", "info@example.cz"), 10, 64)
			c.archive(former)
			c.person("eva@example.cz", "info@example.cz")
			c.account("info@example.cz", nil)
		}, "info@example.cz", "primary", ""},
		{"archived", func(c *company) {
			former, _ := strconv.ParseInt(c.person("eva@example.cz"), 10, 64)
			c.archive(former)
			c.account("eva@example.cz", nil)
		}, "eva@example.cz", "", "archived"},
		{"guest", func(c *company) {
			c.person("eva@example.cz")
			c.account("eva@example.cz", map[string]any{"userType": "Guest"})
		}, "eva@example.cz", "", "guest"},
		{"disabled", func(c *company) {
			c.person("eva@example.cz")
			c.account("eva@example.cz", map[string]any{"accountEnabled": false})
		}, "eva@example.cz", "", "disabled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(c *company) { c.settings.Users = []string{"*"} })
			test.people(c)
			rows := users(t, c.open())
			row := rowOf(t, rows, "eva@example.cz")
			if row.Address != test.address || row.Reason != test.reason || row.Problem != test.problem || row.Chosen != (test.problem == "") {
				t.Errorf("%+v", row)
			}
			if other := rowOf(t, rows, jana); !other.Chosen || other.Reason != "primary" || other.Mailbox != c.boxes[jana] || other.Person != strconv.FormatInt(c.persons[jana], 10) {
				t.Errorf("%+v", other)
			}
			taken := map[string]string{}
			for _, row := range rows {
				if row.Mailbox != "" && taken[row.Mailbox] != "" {
					t.Errorf("%s and %s have one mailbox", taken[row.Mailbox], row.Name)
				}
				taken[row.Mailbox] = row.Name
			}
		})
	}
}

func TestOverridesDecide(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) {
		c.settings.Zone = "Europe/Vienna"
		c.settings.Users = []string{"*"}
	})
	eva := c.person("eva@example.cz")
	c.account("shared@example.cz", nil)
	c.account("room@example.cz", nil)
	c.settings.Overrides = []admin.UserOverride{
		{Mailbox: "Shared@example.cz", Raynet: "eva@example.cz", Zone: "America/Sao_Paulo", Kinds: []record.Kind{record.Calendar, record.Tasks}},
		{Mailbox: jana, Zone: "Central Europe Standard Time"},
		{Mailbox: "gone@example.cz", Raynet: petr},
		{Mailbox: "room@example.cz", Raynet: "nobody@example.cz"},
		{Mailbox: "shared@example.cz", Raynet: petr},
	}
	rows := users(t, c.open())
	if row := rowOf(t, rows, "eva@example.cz"); row.Address != "shared@example.cz" || row.Reason != "override" || row.Zone != "America/Sao_Paulo" || len(row.Kinds) != 2 || row.Person != eva || !row.Chosen {
		t.Errorf("%+v", row)
	}
	if row := rowOf(t, rows, jana); row.Zone != "Europe/Prague" || row.Reason != "primary" || len(row.Kinds) != 1 || !row.Chosen {
		t.Errorf("%+v", row)
	}
	problems := map[string]string{}
	for _, row := range rows {
		if row.Problem != "" {
			problems[row.Address] += row.Problem + " "
		}
	}
	for address, want := range map[string]string{"gone@example.cz": "unknown-mailbox ", "room@example.cz": "unknown-raynet ", "shared@example.cz": "override-conflict "} {
		if problems[address] != want {
			t.Errorf("%s: %q, want %q", address, problems[address], want)
		}
	}
}

func TestWhoIsChosen(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		users  []string
		chosen string
		check  string
	}{
		{"nobody", nil, "", "users=warning/nobody"},
		{"one", []string{"Petr@Example.cz"}, petr, "users=ok/ok"},
		{"everybody", []string{"*"}, jana + " " + petr, "users=ok/ok"},
		{"one who is not there", []string{jana, "ghost@example.cz"}, jana, "users=failed/problem-unknown-mailbox"},
		{"a room", []string{"room@example.cz"}, "", "users=failed/problem-no-raynet-user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(c *company) { c.settings.Users = test.users })
			c.account("room@example.cz", nil)
			c.account("guest@example.cz", map[string]any{"userType": "Guest"})
			a := c.open()
			var chosen []string
			for _, row := range users(t, a) {
				if row.Chosen {
					chosen = append(chosen, row.Address)
				}
				if row.Address == "guest@example.cz" {
					t.Errorf("a guest whom nobody asked for is shown: %+v", row)
				}
			}
			if got := strings.Join(chosen, " "); got != test.chosen {
				t.Errorf("chosen %q, want %q", got, test.chosen)
			}
			want(t, c.verify(a, admin.VerifyOptions{}), test.check)
		})
	}
}

func enrol(t *testing.T, a *admin.Admin) map[string]journal.Pair {
	t.Helper()
	pairs, err := a.Enrol(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byAddress := map[string]journal.Pair{}
	for _, p := range pairs {
		byAddress[p.Address] = p
	}
	if len(byAddress) != len(pairs) {
		t.Errorf("several pairs of one address: %+v", pairs)
	}
	return byAddress
}

func TestEnrolmentFollowsTheChoice(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	before := enrol(t, c.open())
	if p := before[jana]; len(before) != 2 || p.State != journal.PairRunning || p.Kind != record.Calendar || p.Mailbox != c.boxes[jana] ||
		p.Person != strconv.FormatInt(c.persons[jana], 10) || p.Zone != "Europe/Prague" || p.Connection != "default" {
		t.Fatalf("%+v", before)
	}
	c.settings.Users = []string{petr}
	after := enrol(t, c.open())
	if p := after[jana]; p.State != journal.PairPaused || p.Reason != "not-chosen-user" || after[petr].State != journal.PairRunning || p.ID != before[jana].ID {
		t.Errorf("not chosen any more: %+v", after)
	}
	c.settings.Users = []string{"*"}
	if again := enrol(t, c.open()); again[jana].State != journal.PairRunning || again[jana].Reason != "" || again[jana].ID != before[jana].ID {
		t.Errorf("chosen again: %+v", again)
	}
	if rows := users(t, c.open()); rowOf(t, rows, jana).State != "running" {
		t.Errorf("the state is not told: %+v", rows)
	}
}

// Every kind is a pair of its own: one that is switched off pauses, and the others go on.
func TestEveryKindIsAPairOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	states := func() map[string]journal.PairState {
		t.Helper()
		pairs, err := c.open().Enrol(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]journal.PairState{}
		for _, p := range pairs {
			out[p.Address+" "+string(p.Kind)] = p.State
		}
		return out
	}
	c.settings.Kinds = record.Kinds()
	c.settings.Overrides = []admin.UserOverride{{Mailbox: petr, Kinds: []record.Kind{record.Tasks}}}
	want := map[string]journal.PairState{
		jana + " calendar": journal.PairRunning, jana + " contacts": journal.PairRunning, jana + " tasks": journal.PairRunning,
		petr + " tasks": journal.PairRunning,
	}
	if diff := cmp.Diff(want, states()); diff != "" {
		t.Errorf("all kinds (-want +got):\n%s", diff)
	}
	c.settings.Kinds = []record.Kind{record.Calendar}
	want[jana+" contacts"], want[jana+" tasks"] = journal.PairPaused, journal.PairPaused
	if diff := cmp.Diff(want, states()); diff != "" {
		t.Errorf("the calendar alone (-want +got):\n%s", diff)
	}
}

// What a person or a guard stopped stays stopped.
func TestEnrolmentDoesNotResumeWhatOthersStopped(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	pairs := enrol(t, c.open())
	for _, state := range []journal.PutPairState{
		{Pair: pairs[jana].ID, State: journal.PairPaused, Reason: "by-person"}, {Pair: pairs[petr].ID, State: journal.PairHalted, Reason: "too-many-removals"},
	} {
		if err := c.store.Commit(t.Context(), journal.Fence{}, state); err != nil {
			t.Fatal(err)
		}
	}
	if after := enrol(t, c.open()); after[jana].State != journal.PairPaused || after[petr].State != journal.PairHalted {
		t.Errorf("%+v", after)
	}
	if row := rowOf(t, users(t, c.open()), petr); row.State != "halted" || row.StateReason != "too-many-removals" {
		t.Errorf("%+v", row)
	}
}

// An answer that did not come pauses nobody.
func TestATroubledServicePausesNobody(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	enrol(t, c.open())
	for name, inject := range map[string]func() error{
		"RAYNET":    func() error { return c.raynet.Inject("raynet-503") },
		"Microsoft": func() error { c.outlook.SetRoles(); return nil },
	} {
		if err := inject(); err != nil {
			t.Fatal(err)
		}
		a := c.open()
		failed := false
		for range 4 { // the fault hits every third request
			_, err := a.Enrol(t.Context())
			failed = failed || err != nil
		}
		pairs, err := c.store.Pairs(t.Context(), "default")
		if err != nil || !failed {
			t.Fatalf("%s: failed %v, %v", name, failed, err)
		}
		for _, p := range pairs {
			if p.State != journal.PairRunning {
				t.Errorf("%s: %+v", name, p)
			}
		}
	}
}

// A new account in the place of an old one, or another zone: the pair of the mailbox changes, and everything is looked at again.
func TestAMailboxGetsAnotherPersonOrZone(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	before := enrol(t, c.open())
	if err := c.store.SetPairFull(t.Context(), before[jana].ID, false); err != nil {
		t.Fatal(err)
	}
	c.settings.Overrides = []admin.UserOverride{{Mailbox: jana, Zone: "America/Sao_Paulo"}}
	if p := enrol(t, c.open())[jana]; p.Zone != "America/Sao_Paulo" || !p.Full || p.ID != before[jana].ID {
		t.Errorf("%+v", p)
	}
}

// The zone of a user: the settings' word, else what the user has set in RAYNET, else the settings' zone for all.
func TestZonesOfUsers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) {
		c.settings.Users, c.settings.Zone = []string{"*"}, "Europe/Vienna"
		c.settings.Overrides = []admin.UserOverride{{Mailbox: petr, Zone: "America/Sao_Paulo"}}
	})
	c.raynet.AddUser(map[string]any{"firstName": "Eva", "lastName": "Vzorová"}, "eva@example.cz", "FULL_THROTTLE", "America/New_York")
	c.account("eva@example.cz", nil)
	pairs := enrol(t, c.open())
	for address, zone := range map[string]string{jana: "Europe/Prague", petr: "America/Sao_Paulo", "eva@example.cz": "America/New_York"} {
		if pairs[address].Zone != zone {
			t.Errorf("%s is in %q, want %q", address, pairs[address].Zone, zone)
		}
	}
	if row := rowOf(t, users(t, c.open()), "eva@example.cz"); row.Zone != "America/New_York" {
		t.Errorf("%+v", row)
	}
	asked := func() (n int) {
		for _, entry := range c.raynet.Layer().Requests() {
			if strings.Contains(entry.Path, "/userAccount/") && !strings.HasSuffix(entry.Path, "/userAccount/") {
				n++
			}
		}
		return n
	}
	if n := asked(); n != 3 {
		t.Errorf("%d accounts asked for, want 3", n)
	}
	enrol(t, c.open())
	if n := asked(); n != 3 {
		t.Errorf("%d accounts asked for after the next enrolment, want 3", n)
	}
	c.pass(8 * 24 * time.Hour)
	enrol(t, c.open())
	if n := asked(); n != 6 {
		t.Errorf("%d accounts asked for a week later, want 6", n)
	}
}

func TestAnIdleServerAsksForNobody(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	due := func(a *admin.Admin) (done bool, requests int) {
		t.Helper()
		before := c.raynet.Layer().Count() + c.outlook.Layer().Count()
		pairs, done, err := a.EnrolIfDue(t.Context())
		if err != nil || len(pairs) != 2 {
			t.Fatalf("%d pairs, %v", len(pairs), err)
		}
		return done, c.raynet.Layer().Count() + c.outlook.Layer().Count() - before
	}
	if done, n := due(c.open()); !done || n == 0 {
		t.Fatalf("the first time: %v with %d requests", done, n)
	}
	for range 3 {
		if done, n := due(c.open()); done || n != 0 { // also after a restart
			t.Errorf("idle: %v with %d requests", done, n)
		}
	}
	c.pass(time.Hour)
	if done, _ := due(c.open()); !done {
		t.Error("an hour later nobody was asked for")
	}
	c.settings.Users = []string{"*"}
	if done, _ := due(c.open()); !done {
		t.Error("other settings went unnoticed")
	}
	if _, err := c.store.Acquire(t.Context(), "enrol/default", "another process", time.Minute); err != nil {
		t.Fatal(err)
	}
	c.settings.Users = []string{jana}
	before := c.raynet.Layer().Count() + c.outlook.Layer().Count()
	_, done, err := c.open().EnrolIfDue(t.Context()) // a process that died meanwhile must not keep everybody waiting until the next look
	if n := c.raynet.Layer().Count() + c.outlook.Layer().Count() - before; done || n != 0 || !errors.Is(err, store.ErrHeld) {
		t.Errorf("while another process does it: %v with %d requests and %v, want none and an error that asks to come again", done, n, err)
	}
	if _, err := c.open().Enrol(t.Context()); !errors.Is(err, store.ErrHeld) {
		t.Errorf("two at a time: %v", err)
	}
}
