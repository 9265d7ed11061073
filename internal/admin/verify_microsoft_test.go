package admin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

func allRoles() []string {
	return []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All"}
}

func without(role string) []string {
	return slices.DeleteFunc(allRoles(), func(r string) bool { return r == role })
}

func TestAHealthyConnectionIsAllRight(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	v := c.verify(c.open(), admin.VerifyOptions{Users: true})
	if !v.OK() || len(v.Checks) < 25 {
		t.Errorf("%d checks:%s", len(v.Checks), brief(v))
	}
	others(t, v, []string{"raynet-ext-id"}, admin.CheckOK)
	want(t, v, "raynet-ext-id=skipped/unknown", "mailbox:"+jana+"=ok/ok", "mailbox-todo:"+petr+"=ok/ok", "permission-calendars=ok/ok")
}

// One value wrong at a time: the one check that names it fails, what comes after it was not looked at and says so.
func TestEachWrongMicrosoftValueIsNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(*company)
		want    []string
		skipped []string
	}{
		{"tenant mistyped", func(c *company) { c.settings.TenantID = "not a tenant" }, []string{"microsoft-tenant=failed/shape"}, []string{"microsoft-client", "microsoft-secret"}},
		{"tenant unknown", func(c *company) { c.settings.TenantID = "99999999-1111-4111-8111-111111111111" }, []string{"microsoft-tenant=failed/unknown"}, []string{"microsoft-client"}},
		{"client mistyped", func(c *company) { c.settings.ClientID = "Raynet Outlook Sync" }, []string{"microsoft-client=failed/shape"}, []string{"microsoft-tenant"}},
		{"client unknown", func(c *company) { c.settings.ClientID = "99999999-2222-4222-8222-222222222222" }, []string{"microsoft-tenant=ok/ok", "microsoft-client=failed/unknown"}, []string{"microsoft-secret"}},
		{"secret wrong", func(c *company) { c.outlookConfig.ClientSecret = "mistyped" }, []string{"microsoft-client=ok/ok", "microsoft-secret=failed/wrong"}, []string{"microsoft-application"}},
		{"secret's ID pasted", func(c *company) {
			c.outlookConfig.ClientSecret, c.settings.SecretLooksLikeID = outlookemu.FakeSecretID, true
		}, []string{"microsoft-client=ok/ok", "microsoft-secret=failed/id-pasted"}, []string{"microsoft-application"}},
		{"secret expired", func(c *company) { c.outlookOptions.SecretExpires = c.now.Add(-time.Hour) }, []string{"microsoft-secret=failed/expired"}, []string{"microsoft-application"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, test.change)
			v := c.verify(c.open(), admin.VerifyOptions{Users: true})
			if v.OK() {
				t.Error("all is well")
			}
			want(t, v, test.want...)
			for _, id := range append(test.skipped, "microsoft-token", "microsoft-graph", "microsoft-consent", "permission-calendars", "permission-extra", "users") {
				want(t, v, id+"=skipped/depends")
			}
			want(t, v, "raynet-login=ok/ok", "raynet-rights=ok/ok")
		})
	}
}

func TestADisabledApplication(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetDisabled(true)
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "microsoft-tenant=ok/ok", "microsoft-client=ok/ok", "microsoft-application=failed/disabled", "microsoft-secret=skipped/depends", "microsoft-token=skipped/depends")
	if check := find(t, v, "microsoft-application", ""); !strings.Contains(check.Detail, "AADSTS7000112") {
		t.Errorf("the detail %q lacks the service's code", check.Detail)
	}
}

func TestAccidentsOfTheLoginService(t *testing.T) {
	t.Parallel()
	for fault, code := range map[string]string{"token-blocked": "blocked", "token-throttled": "throttled", "token-unavailable": "unreachable"} {
		c := newCompany(t)
		if err := c.outlook.Inject(fault); err != nil {
			t.Fatal(err)
		}
		v := c.verify(c.open(), admin.VerifyOptions{})
		want(t, v, "microsoft-token=failed/"+code, "microsoft-graph=skipped/depends")
	}
}

func TestEachMissingPermissionIsNamed(t *testing.T) {
	t.Parallel()
	for check, role := range map[string]string{"permission-users": "User.Read.All", "permission-calendars": "Calendars.ReadWrite",
		"permission-contacts": "Contacts.ReadWrite", "permission-tasks": "Tasks.ReadWrite.All"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.outlook.SetRoles(without(role)...)
			v := c.verify(c.open(), admin.VerifyOptions{Users: true})
			want(t, v, check+"=failed/missing", "microsoft-consent=ok/ok")
			if find(t, v, check, "").Args["role"] != role {
				t.Errorf("the permission is not named: %s", brief(v))
			}
			ids := []string{check, "raynet-ext-id"}
			switch role {
			case "User.Read.All":
				want(t, v, "users=skipped/depends", "mailbox:"+jana+"=ok/ok")
				ids = append(ids, "users")
			case "Calendars.ReadWrite":
				want(t, v, "mailbox:"+jana+"=failed/denied")
				ids = append(ids, "mailbox", "mailbox-todo")
			case "Tasks.ReadWrite.All":
				want(t, v, "mailbox-todo:"+jana+"=skipped/depends")
				ids = append(ids, "mailbox-todo")
			}
			others(t, v, ids, admin.CheckOK)
		})
	}
}

func TestMissingConsent(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetRoles()
	a := c.open()
	v := c.verify(a, admin.VerifyOptions{})
	want(t, v, "microsoft-token=ok/ok", "microsoft-consent=failed/missing", "permission-users=failed/missing", "permission-calendars=failed/missing",
		"permission-contacts=failed/missing", "permission-tasks=failed/missing", "permission-extra=ok/ok")
	c.outlook.SetRoles(allRoles()...) // the administrator grants it and asks again: the old token is not believed
	if v = c.verify(a, admin.VerifyOptions{}); !v.OK() {
		t.Errorf("after the consent:%s", brief(v))
	}
}

// RBAC for Applications: permissions for some mailboxes that no token shows.
func TestAPermissionThatWorksWithoutBeingInTheToken(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetRoles("User.Read.All", "Tasks.ReadWrite.All")
	c.outlook.Allow("Calendars.ReadWrite", jana)
	c.outlook.Allow("Contacts.ReadWrite", jana)
	v := c.verify(c.open(), admin.VerifyOptions{Users: true})
	want(t, v, "microsoft-consent=ok/ok", "permission-calendars=ok/scoped", "permission-contacts=ok/scoped", "permission-tasks=ok/ok",
		"mailbox:"+jana+"=ok/ok", "mailbox:"+petr+"=failed/denied", "mailbox-todo:"+petr+"=skipped/depends")
}

func TestARoleThatOnlyReadsIsNotEnough(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetRoles("User.Read.All", "Calendars.Read", "Contacts.Read", "Tasks.Read.All")
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "permission-users=ok/ok", "permission-calendars=failed/read-only", "permission-contacts=failed/read-only", "permission-tasks=failed/read-only")
}

func TestARoleTooManyIsNamed(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetRoles(append(allRoles(), "Mail.ReadWrite", "Files.Read.All")...)
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "permission-extra=warning/too-many")
	if roles := find(t, v, "permission-extra", "").Args["roles"]; roles != "Files.Read.All, Mail.ReadWrite" || !v.OK() {
		t.Errorf("roles %v, OK %v", roles, v.OK())
	}
}

func TestStatesOfMailboxes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state outlookemu.MailboxState
		box   string
		todo  string
	}{
		{outlookemu.StateNone, "failed/no-mailbox", "skipped/depends"},
		{outlookemu.StateSoftDeleted, "failed/no-mailbox", "skipped/depends"},
		{outlookemu.StateOnPremises, "failed/no-mailbox", "skipped/depends"},
		{outlookemu.StateProvisioning, "failed/no-mailbox", "skipped/depends"},
		{outlookemu.StatePolicy, "failed/policy", "skipped/depends"},
		{outlookemu.StateNoTodo, "ok/ok", "warning/none"},
	}
	for _, test := range tests {
		t.Run(string(test.state), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			if err := c.outlook.SetMailboxState(petr, test.state, c.now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			v := c.verify(c.open(), admin.VerifyOptions{Users: true})
			want(t, v, "mailbox:"+jana+"=ok/ok", "mailbox:"+petr+"="+test.box, "mailbox-todo:"+petr+"="+test.todo)
			others(t, v, []string{"mailbox", "mailbox-todo", "raynet-ext-id"}, admin.CheckOK) // the permissions are proved by the other one
		})
	}
}

// A policy that keeps every mailbox away is no missing permission: the token has it.
func TestAPolicyAgainstEveryMailbox(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for _, address := range []string{jana, petr} {
		if err := c.outlook.SetMailboxState(address, outlookemu.StatePolicy, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "permission-calendars=failed/denied", "permission-contacts=failed/denied", "permission-tasks=ok/ok")
}

// A mailbox that is missing says nothing about a permission; one that is kept from us does.
func TestTheMostTellingMailboxDecides(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for address, state := range map[string]outlookemu.MailboxState{jana: outlookemu.StatePolicy, petr: outlookemu.StateNone} {
		if err := c.outlook.SetMailboxState(address, state, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "permission-calendars=failed/denied")
}

func TestEverybodysMailboxIsTried(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) { c.settings.Users = []string{"*"} })
	c.outlook.AddMailbox(map[string]any{"userPrincipalName": "room@example.cz"})
	v := c.verify(c.open(), admin.VerifyOptions{Users: true})
	want(t, v, "mailbox:"+jana+"=ok/ok", "mailbox:"+petr+"=ok/ok")
	if slices.ContainsFunc(v.Checks, func(check admin.Check) bool { return check.User == "room@example.cz" }) {
		t.Errorf("a room that belongs to nobody in RAYNET was tried:%s", brief(v))
	}
}

func TestNoMailboxToTry(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for _, address := range []string{jana, petr} {
		if err := c.outlook.SetMailboxState(address, outlookemu.StateNone, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "permission-calendars=skipped/untried", "permission-users=ok/ok")
}

func TestADeletedUserThatTheSettingsName(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if err := c.outlook.SetMailboxState(petr, outlookemu.StateDeleted, time.Time{}); err != nil {
		t.Fatal(err)
	}
	v := c.verify(c.open(), admin.VerifyOptions{Users: true})
	want(t, v, "users:"+petr+"=failed/problem-unknown-mailbox", "mailbox:"+jana+"=ok/ok")
	c.outlook.SetRoles(without("User.Read.All")...) // nobody can be listed, but each can be asked for
	v = c.verify(c.open(), admin.VerifyOptions{Users: true})
	want(t, v, "mailbox:"+petr+"=failed/unknown-user")
}

func TestTheSecretsEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		days   int // 0: not known
		want   string
		within any
	}{
		{0, "warning/unknown", nil}, {61, "ok/ok", nil}, {60, "warning/soon", 60}, {30, "warning/soon", 30}, {14, "warning/soon", 14},
		{8, "warning/soon", 14}, {7, "warning/soon", 7}, {1, "warning/soon", 1}, {-3, "warning/passed", nil},
	} {
		c := newCompany(t, func(c *company) {
			c.settings.SecretExpires = c.now.Add(time.Duration(test.days)*24*time.Hour + time.Minute)
			if test.days == 0 {
				c.settings.SecretExpires = time.Time{}
			}
		})
		v := c.verify(c.open(), admin.VerifyOptions{})
		want(t, v, "microsoft-expiry="+test.want)
		if check := find(t, v, "microsoft-expiry", ""); check.Args["within"] != test.within || !v.OK() {
			t.Errorf("%d days: %+v", test.days, check)
		}
	}
}
