package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin/account"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	all := []account.Role{account.Self, account.Viewer, account.Operator, account.Administrator}
	for i, have := range all {
		for j, needed := range all {
			if got, want := have.May(needed), i >= j; got != want {
				t.Errorf("%s.May(%s) = %v, want %v", have, needed, got, want)
			}
		}
	}
	for _, have := range []account.Role{"", "root", "Administrator"} {
		for _, needed := range append(all, "", "root") {
			if have.May(needed) {
				t.Errorf("%q may do what asks for %q", have, needed)
			}
		}
		if account.Administrator.May(have) {
			t.Errorf("an administrator may do what asks for %q", have)
		}
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	if _, err := o.Add(ctx, boss(), account.Newcomer{Name: "eva", Role: account.Self, Subject: "1", Mailbox: "m"}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		newcomer account.Newcomer
		want     string
	}{
		"taken name":              {account.Newcomer{Name: "Jana", Role: account.Viewer}, account.FailureTaken},
		"taken subject":           {account.Newcomer{Name: "ota", Role: account.Viewer, Subject: "1"}, account.FailureTaken},
		"no name":                 {account.Newcomer{Role: account.Viewer}, account.FailureName},
		"line break":              {account.Newcomer{Name: "eva\nnova", Role: account.Viewer}, account.FailureName},
		"mark-up":                 {account.Newcomer{Name: "<b>eva", Role: account.Viewer}, account.FailureName},
		"slash":                   {account.Newcomer{Name: "eva/nova", Role: account.Viewer}, account.FailureName},
		"no role":                 {account.Newcomer{Name: "ota"}, account.FailureRole},
		"unknown role":            {account.Newcomer{Name: "ota", Role: "root"}, account.FailureRole},
		"own mailbox without one": {account.Newcomer{Name: "ota", Role: account.Self}, account.FailureRole},
		"unknown language":        {account.Newcomer{Name: "ota", Role: account.Viewer, Lang: "de"}, account.FailureLanguage},
	} {
		_, err := o.Add(ctx, boss(), test.newcomer)
		wantCode(t, name, err, test.want)
	}
}

// Somebody who can do everything is always left.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	if _, err := o.Add(ctx, boss(), account.Newcomer{Name: "petr", Role: account.Administrator}); err != nil {
		t.Fatal(err)
	}
	// Petr has no password yet and so cannot help.
	wantCode(t, "remove", o.Remove(ctx, boss(), "jana"), account.FailureLast)
	wantCode(t, "demote", o.SetRole(ctx, boss(), "jana", account.Operator), account.FailureLast)
	if err := o.SetRole(ctx, boss(), "jana", account.Administrator); err != nil {
		t.Errorf("the role she has already: %v", err)
	}
	if err := o.SetPassword(ctx, boss(), "petr", otherPassword); err != nil {
		t.Fatal(err)
	}
	if err := o.SetRole(ctx, boss(), "jana", account.Viewer); err != nil {
		t.Errorf("demote one of two: %v", err)
	}
	wantCode(t, "remove the other one", o.Remove(ctx, boss(), "petr"), account.FailureLast)
	if err := o.Remove(ctx, boss(), "jana"); err != nil {
		t.Errorf("remove a viewer: %v", err)
	}
	for name, err := range map[string]error{
		"remove": o.Remove(ctx, boss(), "jana"), "role": o.SetRole(ctx, boss(), "jana", account.Viewer),
		"password": o.SetPassword(ctx, boss(), "jana", otherPassword), "get": second(o.Get(ctx, "jana")),
		"language": o.SetLanguage(ctx, boss(), "cs", ""),
	} {
		wantCode(t, "somebody who is gone: "+name, err, account.FailureUnknown)
	}
	wantCode(t, "role", o.SetRole(ctx, boss(), "petr", "root"), account.FailureRole)
	wantCode(t, "role", o.SetRole(ctx, boss(), "petr", account.Self), account.FailureRole)
}

// admitted opens a session for somebody who just signed in.
func (o *office) admitted(t testing.TB, who account.Account, token string) {
	t.Helper()
	if err := o.Admit(t.Context(), token, who, o.clock.now().Add(8*time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func (o *office) whose(t testing.TB, token string) string {
	t.Helper()
	who, ok, err := o.Whose(t.Context(), token)
	if err != nil || ok != (who.Name != "") {
		t.Fatalf("Whose = %+v, %v, %v", who, ok, err)
	}
	return who.Name
}

// Every change of what somebody may or knows ends their sessions, and nobody else's.
func TestChangesEndSessions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		do   func(context.Context, *office) error
		ends bool
	}{
		{"role", func(ctx context.Context, o *office) error { return o.SetRole(ctx, boss(), "petr", account.Operator) }, true},
		{"password set", func(ctx context.Context, o *office) error { return o.SetPassword(ctx, boss(), "petr", goodPassword) }, true},
		{"password changed", func(ctx context.Context, o *office) error {
			return o.ChangePassword(ctx, account.Actor{Account: "petr", From: home}, otherPassword, goodPassword)
		}, true},
		{"link used", func(ctx context.Context, o *office) error {
			token, err := o.NewLink(ctx, boss(), "petr")
			if err != nil {
				return err
			}
			_, err = o.Claim(ctx, account.Claim{Token: token, Password: goodPassword})
			return err
		}, true},
		{"removed", func(ctx context.Context, o *office) error { return o.Remove(ctx, boss(), "petr") }, true},
		{"signed out everywhere", func(ctx context.Context, o *office) error { return o.EndSessions(ctx, boss(), "Petr") }, true},
		{"link made", func(ctx context.Context, o *office) error { return second(o.NewLink(ctx, boss(), "petr")) }, false},
		{"language", func(ctx context.Context, o *office) error {
			return o.SetLanguage(ctx, account.Actor{Account: "petr"}, "en", "Europe/London")
		}, false},
		{"signed in elsewhere", func(ctx context.Context, o *office) error {
			return second(o.SignIn(ctx, "petr", otherPassword, "203.0.113.1"))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := setup(t)
			jana, petr := o.administrator(t), o.person(t, "petr", account.Viewer)
			o.admitted(t, jana, "jana 1")
			o.admitted(t, petr, "petr 1")
			o.admitted(t, petr, "petr 2")
			if err := test.do(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"jana 1": "jana", "petr 1": "petr", "petr 2": "petr"}
			if test.ends {
				want["petr 1"], want["petr 2"] = "", ""
			}
			got := map[string]string{}
			for token := range want {
				got[token] = o.whose(t, token)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("sessions (-want +got):\n%s", diff)
			}
			// Who signed in before the change comes too late to open one.
			err := o.Admit(t.Context(), "petr 3", petr, o.clock.now().Add(time.Hour))
			if late := code(err) == account.FailureLogin; late != (test.ends && test.name != "signed out everywhere") {
				t.Errorf("Admit of who signed in before: %v", err)
			}
		})
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	wantCode(t, "wrong old one", o.ChangePassword(ctx, boss(), otherPassword, "nové dobré heslo"), account.FailureLogin)
	wantCode(t, "weak new one", o.ChangePassword(ctx, boss(), goodPassword, "heslo"), account.FailureWeak)
	if err := o.ChangePassword(ctx, boss(), goodPassword, "nové dobré heslo"); err != nil {
		t.Fatal(err)
	}
	if got := o.signIn(t, "jana", goodPassword, home); got != account.FailureLogin {
		t.Errorf("the old password: %q", got)
	}
	if got := o.signIn(t, "jana", "nové dobré heslo", home); got != "" {
		t.Errorf("the new password: %q", got)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	wantCode(t, "unknown", o.SetLanguage(ctx, boss(), "de", ""), account.FailureLanguage)
	if err := o.SetLanguage(ctx, boss(), "en", "Europe/London"); err != nil {
		t.Fatal(err)
	}
	o.restart(t)
	if who, err := o.Get(ctx, "jana"); err != nil || who.Lang != "en" || who.Zone != "Europe/London" {
		t.Errorf("Get = %+v, %v", who, err)
	}
}
