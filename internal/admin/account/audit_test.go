package account_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	o.person(t, "petr", account.Viewer)
	if err := o.SetRole(ctx, boss(), "petr", account.Operator); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "a refusal", o.Remove(ctx, boss(), "jana"), account.FailureLast) // what was not done is not told
	if err := o.Log(ctx, account.Act{Account: "petr", Code: "settings-changed", Args: map[string]any{"Key": "sync.kinds"}, From: home}); err != nil {
		t.Fatal(err)
	}
	o.restart(t)
	got, err := o.Audit(ctx, 0, 3)
	want := []account.Line{
		{ID: 6, At: o.clock.now(), Account: "petr", Code: "settings-changed", Args: map[string]any{"Key": "sync.kinds"}, From: home},
		{ID: 5, At: o.clock.now(), Account: "jana", Code: account.ActRole, Args: map[string]any{"Name": "petr", "Role": "operator"}, From: home},
		{ID: 4, At: o.clock.now(), Account: "petr", Code: account.ActClaimed, From: home},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Audit: %v (-want +got):\n%s", err, diff)
	}
	if older, err := o.Audit(ctx, 4, 0); err != nil || len(older) != 3 {
		t.Errorf("the page after: %+v, %v", older, err)
	}
	if proof, err := o.VerifyAudit(ctx); err != nil || !proof.Whole() || proof.Lines != 6 {
		t.Errorf("VerifyAudit = %+v, %v", proof, err)
	}
}

func TestAuditChangedByHand(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	o.person(t, "petr", account.Viewer)
	if _, err := o.store.DB().ExecContext(ctx, "UPDATE audit SET account = 'petr' WHERE id = 3"); err != nil {
		t.Fatal(err)
	}
	if proof, err := o.VerifyAudit(ctx); err != nil || proof.Whole() || len(proof.Changed) != 1 || proof.Changed[0] != 3 {
		t.Errorf("VerifyAudit = %+v, %v, want line 3 named", proof, err)
	}
	lines, err := o.Audit(ctx, 0, 0)
	if err != nil || len(lines) != 4 {
		t.Fatalf("Audit: %d lines, %v", len(lines), err)
	}
	for _, line := range lines {
		if line.Changed != (line.ID == 3) {
			t.Errorf("line %d: Changed = %v", line.ID, line.Changed)
		}
	}
}

// What was typed in the wrong field is not kept.
func TestRefusedSignInsAreTold(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	const typed = "canary-2b7f-in-the-wrong-field"
	o.fail(t, 1, "jana", "203.0.113.1")
	o.fail(t, 1, typed, "203.0.113.1")
	lines, err := o.Audit(t.Context(), 0, 2)
	want := []account.Line{
		{ID: 4, At: o.clock.now(), Code: account.ActRefused, From: "203.0.113.1"},
		{ID: 3, At: o.clock.now(), Account: "jana", Code: account.ActRefused, From: "203.0.113.1"},
	}
	if diff := cmp.Diff(want, lines); err != nil || diff != "" {
		t.Errorf("Audit: %v (-want +got):\n%s", err, diff)
	}
	if _, err := o.store.DB().ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{o.path, o.path + "-wal"} {
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), typed) {
			t.Errorf("%s holds what was typed as a name", path)
		}
	}
}

func TestFailuresHaveTexts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, code := range account.FailureCodes() {
			if !texts.Has("failure." + code) {
				t.Errorf("%s: failure.%s has no text", lang, code)
			}
		}
	}
}

// The arguments of failures fill in all that their texts ask for.
func TestFailuresFillTheirTexts(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	o.fail(t, 6, "nobody", "203.0.113.1")
	failures := []error{
		second(o.SignIn(ctx, "jana", "", home)), second(o.SignIn(ctx, "nobody", "", "203.0.113.1")), o.Remove(ctx, boss(), "jana"),
		o.SetPassword(ctx, boss(), "jana", "x"), second(o.Claim(ctx, account.Claim{})), second(o.Get(ctx, "eva")),
		second(o.Add(ctx, boss(), account.Newcomer{Name: "jana", Role: account.Viewer})), second(o.Add(ctx, boss(), account.Newcomer{})),
		o.SetRole(ctx, boss(), "jana", "root"), o.SetLanguage(ctx, boss(), "de", ""),
	}
	seen := map[string]bool{}
	for _, err := range failures {
		failure, ok := errors.AsType[*account.Failure](err)
		if !ok {
			t.Fatalf("no failure: %v", err)
		}
		seen[failure.Code] = true
		for _, lang := range []string{"cs", "en"} {
			text := locale.New(lang).T("failure."+failure.Code, failure.Args)
			if strings.Contains(text, "<no value>") || strings.HasPrefix(text, "failure.") {
				t.Errorf("%s: %s: %q", lang, failure.Code, text)
			}
		}
	}
	for _, code := range account.FailureCodes() {
		if !seen[code] {
			t.Errorf("%s was not tried", code)
		}
	}
}
