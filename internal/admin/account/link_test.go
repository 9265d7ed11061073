package account_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin/account"
)

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	old, needed, err := o.FirstLink(ctx)
	if err != nil || !needed || len(old) != 43 {
		t.Fatalf("FirstLink = %d characters, %v, %v; want 32 bytes", len(old), needed, err)
	}
	o.restart(t)
	token, needed, err := o.FirstLink(ctx)
	if err != nil || !needed || token == old {
		t.Fatalf("second FirstLink: needed %v, %v", needed, err)
	}
	o.clock.move(90 * 24 * time.Hour)
	if got, err := o.Invited(ctx, token); err != nil || got != (account.Invitation{First: true}) {
		t.Errorf("Invited = %+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		claim account.Claim
		want  string
	}{
		"replaced link":  {account.Claim{Token: old, Name: "eva", Password: goodPassword}, account.FailureLink},
		"made-up link":   {account.Claim{Token: "x", Name: "eva", Password: goodPassword}, account.FailureLink},
		"no link":        {account.Claim{Name: "eva", Password: goodPassword}, account.FailureLink},
		"no name":        {account.Claim{Token: token, Password: goodPassword}, account.FailureName},
		"name in spaces": {account.Claim{Token: token, Name: "eva nová", Password: goodPassword}, account.FailureName},
		"weak password":  {account.Claim{Token: token, Name: "eva", Password: "krátké"}, account.FailureWeak},
	} {
		_, err := o.Claim(ctx, test.claim)
		wantCode(t, name, err, test.want)
	}
	who, err := o.Claim(ctx, account.Claim{Token: token, Name: " Jana ", Password: goodPassword, Lang: "cs", Zone: "Europe/Prague", From: home})
	want := account.Account{Name: "jana", Role: account.Administrator, Lang: "cs", Zone: "Europe/Prague", Since: o.clock.now(), Ready: true, Epoch: 1}
	if diff := cmp.Diff(want, who); err != nil || diff != "" {
		t.Fatalf("Claim: %v (-want +got):\n%s", err, diff)
	}
	_, err = o.Claim(ctx, account.Claim{Token: token, Name: "eva", Password: goodPassword})
	wantCode(t, "the same link again", err, account.FailureLink)
	if _, needed, err := o.FirstLink(ctx); err != nil || needed {
		t.Errorf("FirstLink with an administrator: needed %v, %v", needed, err)
	}
	if got, err := o.SignIn(ctx, "JANA", goodPassword, home); err != nil || got.Name != "jana" || got.LastSeen != o.clock.now() {
		t.Errorf("SignIn = %+v, %v", got, err)
	}
	wantCodes := []account.Code{account.ActFirstLink, account.ActFirstLink, account.ActClaimedFirst, account.ActSignedIn}
	if diff := cmp.Diff(wantCodes, o.codes(t)); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// An administrator who has not set a password yet cannot help: the first link is still needed.
func TestFirstLinkWhileNobodyCanSignIn(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	if _, err := o.Add(ctx, account.Actor{}, account.Newcomer{Name: "jana", Role: account.Administrator}); err != nil {
		t.Fatal(err)
	}
	token, needed, err := o.FirstLink(ctx)
	if err != nil || !needed {
		t.Fatalf("needed %v, %v", needed, err)
	}
	_, err = o.Claim(ctx, account.Claim{Token: token, Name: "Jana", Password: goodPassword})
	wantCode(t, "a name that is taken", err, account.FailureTaken)
	if _, err := o.Claim(ctx, account.Claim{Token: token, Name: "eva", Password: goodPassword}); err != nil {
		t.Errorf("the link is used up by a failure: %v", err)
	}
}

func TestLinkOfAnAccount(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	added, err := o.Add(ctx, boss(), account.Newcomer{Name: "Petr", Role: account.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.SignIn(ctx, "petr", "", home)
	wantCode(t, "signing in without a password", err, account.FailureLogin)
	_, err = o.Claim(ctx, account.Claim{Token: added, Name: "jana", Password: otherPassword})
	wantCode(t, "a link of somebody else", err, account.FailureUnknown)
	if got, err := o.Invited(ctx, added); err != nil || got != (account.Invitation{Name: "petr"}) {
		t.Errorf("Invited = %+v, %v", got, err)
	}
	if _, err := o.Claim(ctx, account.Claim{Token: added, Password: otherPassword}); err != nil {
		t.Fatal(err)
	}

	first, err := o.NewLink(ctx, boss(), "PETR")
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.NewLink(ctx, boss(), "petr")
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Claim(ctx, account.Claim{Token: first, Password: goodPassword})
	wantCode(t, "a replaced link", err, account.FailureLink)
	if _, err := o.SignIn(ctx, "petr", otherPassword, home); err != nil {
		t.Errorf("the old password while a link is open: %v", err)
	}
	o.clock.move(time.Hour)
	_, err = o.Claim(ctx, account.Claim{Token: second, Password: goodPassword})
	wantCode(t, "a link after an hour", err, account.FailureLink)
	_, err = o.NewLink(ctx, boss(), "eva")
	wantCode(t, "a link for nobody", err, account.FailureUnknown)
}

func TestLinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	token, _, err := o.FirstLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"jana", "petr", "eva", "ota"}
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			_, errs[i] = o.Claim(ctx, account.Claim{Token: token, Name: name, Password: goodPassword})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, "the loser", err, account.FailureLink)
		}
	}
	accounts, err := o.List(ctx)
	if won != 1 || err != nil || len(accounts) != 1 {
		t.Errorf("%d claims won, there are %d accounts (%v), want 1 and 1", won, len(accounts), err)
	}
}
