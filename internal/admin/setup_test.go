package admin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// setUp is a set-up over the company, by the layers below what is saved.
func (c *company) setUp(environ ...string) *admin.Setup {
	c.t.Helper()
	return &admin.Setup{
		Store: c.store, Layers: config.Layers{Environ: environ},
		Try: func(s *config.Config) (*admin.Admin, error) {
			c.settings.Users, c.settings.Kinds, c.settings.Overrides, c.settings.Zone = s.Sync.Users, kindsOf(s.Sync.Kinds), nil, s.Sync.TimeZone
			for _, user := range s.Users {
				c.settings.Overrides = append(c.settings.Overrides, admin.UserOverride{Mailbox: user.Mailbox, Raynet: user.Raynet, Kinds: kindsOf(user.Kinds), Zone: user.TimeZone})
			}
			c.settings.TenantID, c.settings.ClientID, c.settings.SecretExpires = s.Microsoft.TenantID, s.Microsoft.ClientID, s.Microsoft.SecretExpires
			c.raynetConfig.Instance, c.raynetConfig.User = s.Raynet.Instance, s.Raynet.User
			c.raynetConfig.APIKey = or(s.Raynet.APIKey.Reveal(), "none")
			c.outlookConfig.ClientSecret = or(s.Microsoft.ClientSecret.Reveal(), "none")
			return c.open(), nil
		},
	}
}

func kindsOf(names []string) []record.Kind {
	if names == nil {
		return nil
	}
	out := []record.Kind{}
	for _, name := range names {
		out = append(out, record.Kind(name))
	}
	return out
}

// the credentials that work, as they are typed.
func (c *company) microsoft() config.Saved {
	return config.Saved{Values: map[string]string{"microsoft.tenant_id": outlookemu.FakeTenant, "microsoft.client_id": outlookemu.FakeClient,
		"microsoft.client_secret": outlookemu.FakeSecret}}
}

func (c *company) crm() config.Saved {
	o := c.raynet.Options()
	return config.Saved{Values: map[string]string{"raynet.instance": o.Instance, "raynet.user": o.User, "raynet.api_key": o.APIKey}}
}

// connected is a set-up with both sides connected.
func connected(t *testing.T, environ ...string) (*company, *admin.Setup) {
	t.Helper()
	c := newCompany(t)
	s := c.setUp(environ...)
	for side, changes := range map[record.Side]config.Saved{record.Outlook: c.microsoft(), record.Raynet: c.crm()} {
		if found, err := s.Connect(t.Context(), side, changes); err != nil {
			t.Fatalf("Connect %s = %v:%s", side, err, brief(found))
		}
	}
	return c, s
}

// wantFailure fails unless err is a *Failure of the code.
func wantFailure(t *testing.T, err error, code string) {
	t.Helper()
	if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != code {
		t.Errorf("error = %v, want the failure %s", err, code)
	}
}

func settingOf(t *testing.T, s *admin.Setup, path string) admin.Setting {
	t.Helper()
	all, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(one admin.Setting) bool { return one.Key.Path() == path })
	if i < 0 {
		t.Fatalf("there is no setting %s", path)
	}
	return all[i]
}

func TestConnectKeepsWhatWorks(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s, applied := c.setUp(), 0
	s.Apply = func(context.Context) error { applied++; return nil }
	ctx := t.Context()

	wrong := c.microsoft()
	wrong.Values["microsoft.client_secret"] = "not~the~secret"
	found, err := s.Connect(ctx, record.Outlook, wrong)
	wantFailure(t, err, admin.FailureNotVerified)
	want(t, found, "microsoft-secret=failed/wrong")
	now, err := s.Current(ctx)
	if err != nil || !slices.Contains(now.Missing(), "microsoft.client_secret") || now.Microsoft.ClientID != "" || applied != 0 {
		t.Errorf("something holds that does not work: %v, %v, applied %d times", now.Missing(), err, applied)
	}
	tried, err := s.Tried(ctx, record.Outlook)
	if err != nil || tried.Microsoft.ClientID != outlookemu.FakeClient || tried.Microsoft.ClientSecret.Reveal() != "not~the~secret" {
		t.Errorf("what was typed is gone: %v", err)
	}

	// Only the secret is typed again; a mistake in another field does not lose it.
	_, err = s.Connect(ctx, record.Outlook, config.Saved{Values: map[string]string{"microsoft.client_secret": outlookemu.FakeSecret, "microsoft.tenant_id": "?"}})
	if mistakes, ok := errors.AsType[config.Errors](err); !ok || mistakes[0].Key != "microsoft.tenant_id" {
		t.Errorf("Connect = %v, want the mistake in the tenant", err)
	}
	found, err = s.Connect(ctx, record.Outlook, config.Saved{Values: map[string]string{"microsoft.tenant_id": outlookemu.FakeTenant}})
	if err != nil || applied != 1 {
		t.Fatalf("Connect = %v, applied %d times:%s", err, applied, brief(found))
	}
	if now, err = s.Current(ctx); err != nil || now.Microsoft.ClientSecret.Reveal() != outlookemu.FakeSecret {
		t.Errorf("what works does not hold: %v", err)
	}
	draft, err := s.Draft(ctx)
	if err != nil || !draft.Empty() {
		t.Errorf("credentials are in the draft: %v, %v", draft, err)
	}

	// A later try that fails changes nothing of what works.
	_, err = s.Connect(ctx, record.Outlook, config.Saved{Values: map[string]string{"microsoft.client_secret": "not~the~secret"}})
	wantFailure(t, err, admin.FailureNotVerified)
	if now, err = s.Current(ctx); err != nil || now.Microsoft.ClientSecret.Reveal() != outlookemu.FakeSecret {
		t.Errorf("a failed try replaced what works: %v", err)
	}
}

func TestConnectNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	_, err := c.setUp().Connect(t.Context(), record.Raynet, config.Saved{Values: map[string]string{"raynet.instance": "firma"}})
	wantFailure(t, err, admin.FailureIncomplete)
	failure, _ := errors.AsType[*admin.Failure](err)
	if keys := failure.Args["Keys"]; keys != "raynet.user, raynet.api_key" {
		t.Errorf("missing = %v, want those of the one side", keys)
	}
}

func TestStepsOfASetUp(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	s := c.setUp()
	ctx := t.Context()
	look := func(want admin.SetupSteps) {
		t.Helper()
		if got, err := s.Steps(ctx); err != nil || got != want {
			t.Errorf("Steps = %+v, %v; want %+v", got, err, want)
		}
	}
	look(admin.SetupSteps{})
	_, err := s.Users(ctx, false)
	wantFailure(t, err, admin.FailureIncomplete)
	if _, err := s.Connect(ctx, record.Outlook, c.microsoft()); err != nil {
		t.Fatal(err)
	}
	look(admin.SetupSteps{Microsoft: true})
	if _, err := s.Connect(ctx, record.Raynet, c.crm()); err != nil {
		t.Fatal(err)
	}
	if err := s.Switch(ctx, []string{jana}, nil); err != nil {
		t.Fatal(err)
	}
	look(admin.SetupSteps{Microsoft: true, Raynet: true, Users: true})
	if err := s.Edit(ctx, map[string]string{"sync.preset": "standard"}); err != nil {
		t.Fatal(err)
	}
	look(admin.SetupSteps{Microsoft: true, Raynet: true, Users: true, What: true})
	if err := s.Keep(ctx, "", admin.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	look(admin.SetupSteps{Microsoft: true, Raynet: true, Users: true, What: true, Kept: true})
	wantFailure(t, s.Keep(ctx, "", admin.SyncOptions{}), admin.FailureNoDraft)
}

func TestEdit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		first map[string]string
		form  map[string]string
		want  map[string]string // the draft
	}{
		{"what is the same is no change", nil, map[string]string{"sync.category": "RAYNET", "sync.window_back_days": " 14 "}, map[string]string{}},
		{"what differs is", nil, map[string]string{"sync.category": "CRM", "sync.window_back_days": "14"}, map[string]string{"sync.category": "CRM"}},
		{"nobody is a choice", map[string]string{"sync.users": jana}, map[string]string{"sync.users": ""}, map[string]string{"sync.users": ""}},
		{"a preset takes along what depends on it", map[string]string{"sync.direction": "to-outlook"}, map[string]string{"sync.preset": "everything", "sync.direction": "to-outlook"},
			map[string]string{"sync.preset": "everything", "sync.direction": "", "sync.new_from_outlook": ""}},
		{"but not what the form changes too", nil, map[string]string{"sync.preset": "careful", "sync.new_from_outlook": "all", "sync.direction": "both"},
			map[string]string{"sync.preset": "careful", "sync.direction": "", "sync.new_from_outlook": "all"}},
		{"the preset that holds already is a choice", nil, map[string]string{"sync.preset": "standard", "sync.direction": "both"}, map[string]string{"sync.preset": "standard"}},
		{"an empty secret keeps what there is", nil, map[string]string{"raynet.api_key": ""}, map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newCompany(t).setUp()
			for _, form := range []map[string]string{test.first, test.form} {
				if err := s.Edit(t.Context(), form); err != nil {
					t.Fatal(err)
				}
			}
			draft, err := s.Draft(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if draft.Values == nil {
				draft.Values = map[string]string{}
			}
			if diff := cmp.Diff(test.want, draft.Values); diff != "" {
				t.Errorf("draft (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeConsidered(t *testing.T) {
	t.Parallel()
	s := newCompany(t).setUp("RAYNETSYNC_SYNC_CATEGORY=CRM", "RAYNETSYNC_USER_1_MAILBOX="+jana)
	ctx := t.Context()
	wantFailure(t, s.Edit(ctx, map[string]string{"sync.category": "Jiná"}), admin.FailureFixed)
	wantFailure(t, s.Edit(ctx, map[string]string{"server.listen": ":1"}), admin.FailureFixed)
	wantFailure(t, s.Edit(ctx, map[string]string{"sync.no_such_key": "x"}), admin.FailureNoSetting)
	wantFailure(t, s.Exception(ctx, jana, admin.UserException{Raynet: petr}), admin.FailureFixed)
	if _, ok := errors.AsType[config.Errors](s.Edit(ctx, map[string]string{"sync.window_back_days": "yesterday"})); !ok {
		t.Error("a value that cannot be was taken")
	}
	if err := s.Edit(ctx, map[string]string{"sync.category": "CRM"}); err != nil {
		t.Errorf("sending back what is fixed = %v, want no error: nothing changes", err)
	}
	if draft, err := s.Draft(ctx); err != nil || !draft.Empty() {
		t.Errorf("draft = %+v, %v; want none", draft, err)
	}
	if one := settingOf(t, s, "sync.category"); !one.Fixed || one.Origin.Variable != "RAYNETSYNC_SYNC_CATEGORY" {
		t.Errorf("setting = %+v", one)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	c, s := connected(t)
	if err := s.Edit(t.Context(), map[string]string{"raynet.api_key": "another-key"}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		for _, secret := range []string{outlookemu.FakeSecret, c.raynet.Options().APIKey, "another-key"} {
			if strings.Contains(one.Value+one.Draft, secret) {
				t.Errorf("%s shows a secret", one.Key.Path())
			}
		}
	}
	if one := settingOf(t, s, "raynet.api_key"); !one.Changed || one.Value == "" {
		t.Errorf("a changed secret is not told: %+v", one)
	}
	if one := settingOf(t, s, "microsoft.client_secret"); one.Changed {
		t.Error("an unchanged secret is told as changed")
	}
}

func TestWhoIsSwitchedOn(t *testing.T) {
	t.Parallel()
	const eva = "eva@example.cz"
	tests := []struct {
		name    string
		first   string // sync.users before
		on, off []string
		want    string
	}{
		{"one more", jana, []string{petr}, nil, jana + "," + petr},
		{"one is on already", jana, []string{jana}, nil, jana},
		{"one less", jana + "," + petr, nil, []string{jana}, petr},
		{"the last one", jana, nil, []string{jana}, ""},
		{"one by another address", "e.jina@example.cz", nil, []string{eva}, ""},
		{"on by another address", "e.jina@example.cz", []string{eva}, nil, "e.jina@example.cz"},
		{"one of everybody", "*", []string{jana}, []string{petr}, jana + "," + eva},
		{"everybody stays", "*", []string{jana}, nil, "*"},
		{"a mailbox that is gone", jana + ",gone@example.cz", nil, []string{"Gone@example.cz"}, jana},
		{"a stranger", jana, []string{"nobody@example.cz"}, nil, jana},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, s := connected(t)
			c.outlook.AddMailbox(map[string]any{"userPrincipalName": "alone@example.cz", "mail": "alone@example.cz", "displayName": "Alone"})
			c.person(eva)
			c.account(eva, map[string]any{"mail": eva, "proxyAddresses": []any{"SMTP:" + eva, "smtp:e.jina@example.cz"}})
			if err := s.Edit(t.Context(), map[string]string{"sync.users": test.first}); err != nil {
				t.Fatal(err)
			}
			if err := s.Switch(t.Context(), test.on, test.off); err != nil {
				t.Fatal(err)
			}
			if got := settingOf(t, s, "sync.users").Draft; got != test.want {
				t.Errorf("users = %q, want %q", got, test.want)
			}
		})
	}
}

// A large company: everybody named, one switched off, each page of users at once.
func TestTwoThousandUsers(t *testing.T) {
	t.Parallel()
	c, s := connected(t)
	var names []string
	for i := range 2000 {
		name := fmt.Sprintf("user%04d@example.cz", i)
		c.person(name)
		c.account(name, map[string]any{"mail": name})
		names = append(names, name)
	}
	if err := s.Switch(t.Context(), names, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Switch(t.Context(), nil, names[:1]); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Users(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	chosen := 0
	for _, row := range rows {
		if row.Chosen {
			chosen++
		}
	}
	if chosen != 1999 {
		t.Errorf("%d are chosen, want 1999", chosen)
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	ctx := t.Context()
	all := record.Kinds()
	steps := []struct {
		name string
		what admin.UserException
		want map[string]string
	}{
		{"as everybody", admin.UserException{Kinds: all}, nil},
		{"other kinds", admin.UserException{Kinds: []record.Kind{record.Tasks, record.Calendar}}, map[string]string{"kinds": "calendar,tasks"}},
		{"nothing at all", admin.UserException{}, map[string]string{"kinds": ""}},
		{"another person", admin.UserException{Raynet: " " + petr, Kinds: all, Zone: "Europe/London"}, map[string]string{"raynet": petr, "time_zone": "Europe/London"}},
	}
	for _, step := range steps {
		if err := s.Exception(ctx, "Jana@example.cz", step.what); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		draft, err := s.Draft(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, draft.Users[jana]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		got, fixed, err := s.ExceptionOf(ctx, jana)
		if err != nil || fixed || len(got.Kinds) != len(step.what.Kinds) || got.Raynet != strings.TrimSpace(step.what.Raynet) || got.Zone != step.what.Zone {
			t.Errorf("%s: ExceptionOf = %+v, %v, %v", step.name, got, fixed, err)
		}
	}
	differences, err := s.Differences(ctx)
	if err != nil || len(differences.Users) != 1 || differences.Users[0].Mailbox != jana {
		t.Errorf("Differences = %+v, %v", differences, err)
	}
	if err := s.Discard(ctx); err != nil {
		t.Fatal(err)
	}
	if differences, err = s.Differences(ctx); err != nil || !differences.Empty() {
		t.Errorf("after Discard: %+v, %v", differences, err)
	}
}

// A user whose exception is an empty list gets nothing, and is shown so.
func TestAUserWithoutKinds(t *testing.T) {
	t.Parallel()
	_, s := connected(t)
	if err := s.SwitchAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Exception(t.Context(), jana, admin.UserException{}); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Users(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if row := rowOf(t, rows, jana); len(row.Kinds) != 0 || !row.Chosen {
		t.Errorf("row = %+v, want chosen, with no kind", row)
	}
	if row := rowOf(t, rows, petr); len(row.Kinds) != len(record.Kinds()) {
		t.Errorf("row = %+v, want all kinds", row)
	}
}

// The directories are not asked for everybody with each page.
func TestUsersAreRemembered(t *testing.T) {
	t.Parallel()
	c, s := connected(t)
	ctx := t.Context()
	count := func(anew bool) int {
		t.Helper()
		rows, err := s.Users(ctx, anew)
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	before := count(false)
	c.account("new@example.cz", map[string]any{"mail": "new@example.cz"})
	if got := count(false); got != before {
		t.Errorf("%d rows at once, want the %d that were read", got, before)
	}
	if got := count(true); got != before+1 {
		t.Errorf("%d rows when asked anew, want %d", got, before+1)
	}
	c.account("newer@example.cz", map[string]any{"mail": "newer@example.cz"})
	c.pass(6 * 60e9)
	if got := count(false); got != before+2 {
		t.Errorf("%d rows after six minutes, want %d", got, before+2)
	}
	people, err := s.RaynetUsers(ctx)
	if err != nil || len(people) < 2 || !slices.ContainsFunc(people, func(u admin.RaynetUser) bool { return u.Login == jana }) {
		t.Errorf("RaynetUsers = %+v, %v", people, err)
	}
}

// What was saved is wrong, as after a manual repair gone wrong: it can be put right on the page.
func TestWrongSavedSettingsCanBePutRight(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if err := c.store.PutSecret(t.Context(), "settings", []byte(`{"values":{"sync.window_back_days":"yesterday"}}`)); err != nil {
		t.Fatal(err)
	}
	s := c.setUp()
	mistakes, err := s.Mistakes(t.Context())
	if err != nil || len(mistakes) != 1 || mistakes[0].Key != "sync.window_back_days" {
		t.Errorf("Mistakes = %v, %v", mistakes, err)
	}
	if one := settingOf(t, s, "sync.window_back_days"); one.Value != "14" {
		t.Errorf("a value that is wrong holds: %+v", one)
	}
	if err := s.Consider(t.Context(), config.Saved{Values: map[string]string{"sync.window_back_days": "7"}}); err != nil {
		t.Errorf("Consider = %v, want that it can be put right", err)
	}
	if then, err := s.Considered(t.Context()); err != nil || then.Sync.WindowBackDays != 7 {
		t.Errorf("Considered = %v", err)
	}
}
