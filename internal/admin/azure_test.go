package admin_test

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// signsIn reads a mailbox as the application that was made.
func (w *tenant) signsIn(made admin.Registration) error {
	w.t.Helper()
	client, err := outlook.New(outlook.Config{GraphURL: w.azure.GraphURL, AuthorityURL: w.azure.AuthorityURL, TenantID: made.TenantID, ClientID: made.ClientID,
		ClientSecret: made.Secret, CertificateFile: made.CertificateFile, Transport: w, Now: w.now, Retries: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = client.Users(w.t.Context())
	return err
}

// The whole path over TLS: sign-in, application, permissions, secret; then the application works, and nothing secret was told.
func TestAzureRegistersWithASecret(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	session, err := w.azure.Begin(t.Context(), outlookemu.FakeTenant)
	if err != nil {
		t.Fatal(err)
	}
	state := session.State()
	if state.UserCode == "" || !strings.HasPrefix(state.URL, "https://") || !state.Expires.After(w.now()) || state.SignedIn {
		t.Errorf("before the sign-in: %+v", state)
	}
	if _, code := w.register(session, admin.AzureOptions{}); code != admin.FailureAzureNotSigned {
		t.Errorf("before the sign-in: %q", code)
	}
	if err := session.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := session.State(); !state.SignedIn || state.Person != "admin@contoso.example" {
		t.Errorf("after the sign-in: %+v", state)
	}
	made, code := w.register(session, admin.AzureOptions{})
	if code != "" || !made.Verified || made.TenantID != outlookemu.FakeTenant || made.ClientID == "" || made.ObjectID == "" || made.PrincipalID == "" ||
		made.Secret == "" || made.SecretID == "" || made.CertificateFile != "" {
		t.Fatalf("%q: %+v", code, made)
	}
	if left := made.SecretExpires.Sub(w.now()); left < 729*24*time.Hour || left > 732*24*time.Hour {
		t.Errorf("the secret lives %v, want two years", left)
	}
	if got, want := steps(session), "made principal permission permission permission permission consented secret verified"; got != want {
		t.Errorf("steps: %s, want %s", got, want)
	}
	if err := w.signsIn(made); err != nil {
		t.Errorf("the application cannot sign in: %v", err)
	}
	if _, logged := w.everything(); strings.Contains(logged, made.Secret) || strings.Contains(logged, "Bearer") || strings.Contains(logged, state.UserCode) || logged == "" {
		t.Errorf("the log holds a secret, or nothing at all:\n%s", logged)
	}
	again, code := w.register(session, admin.AzureOptions{})
	if code != "" || again != made || len(w.srv.Applications()) != 1 {
		t.Errorf("a second time: %q %+v, %d applications", code, again, len(w.srv.Applications()))
	}
	session.Forget()
	if left, code := w.register(session, admin.AzureOptions{}); code != admin.FailureAzureNotSigned || left != (admin.Registration{}) {
		t.Errorf("forgotten: %q %+v", code, left)
	}
	if _, err := session.Poll(t.Context()); failureCode(t, err) != admin.FailureAzureExpired {
		t.Errorf("forgotten, and polled: %v", err)
	}
}

func TestAzureWaitsForWhatIsNotKnownEverywhere(t *testing.T) {
	t.Parallel()
	w := newTenant(t, "entra-lag")
	session := w.signIn()
	made, code := w.register(session, admin.AzureOptions{})
	if code != "" || !made.Verified || !strings.Contains(steps(session), "waiting") || len(w.srv.Applications()) != 1 {
		t.Fatalf("%q: %+v after %s", code, made, steps(session))
	}
	if secrets := w.srv.Applications()[0]["passwordCredentials"].([]any); len(secrets) != 1 {
		t.Errorf("%d secrets, want one", len(secrets))
	}
}

func TestAzureAsksForAShorterLife(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options admin.AzureOptions
	}{
		{"secret", admin.AzureOptions{SecretMonths: 12}},
		{"certificate", admin.AzureOptions{Certificate: true, CertificateFile: filepath.Join(t.TempDir(), "client.pem")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t, "entra-secret-capped")
			session := w.signIn()
			made, code := w.register(session, test.options)
			if left := made.SecretExpires.Sub(w.now()); code != "" || !made.Verified || left < 179*24*time.Hour || left > 180*24*time.Hour || !strings.Contains(steps(session), "shorter") {
				t.Errorf("%q: %+v after %s", code, made, steps(session))
			}
			if err := w.signsIn(made); err != nil {
				t.Errorf("the application cannot sign in: %v", err)
			}
		})
	}
}

// Where secrets are forbidden, the certificate goes on from what was made. Its key stays in the file.
func TestAzureRegistersWithACertificate(t *testing.T) {
	t.Parallel()
	w := newTenant(t, "entra-secret-forbidden", "entra-lag")
	session := w.signIn()
	made, code := w.register(session, admin.AzureOptions{})
	if code != admin.FailureAzureSecret || made.ClientID == "" || made.Secret != "" || made.Verified {
		t.Fatalf("%q: %+v", code, made)
	}
	file := filepath.Join(t.TempDir(), "client.pem")
	made, code = w.register(session, admin.AzureOptions{Certificate: true, CertificateFile: file})
	if code != "" || !made.Verified || made.CertificateFile != file || made.Secret != "" || len(w.srv.Applications()) != 1 {
		t.Fatalf("%q: %+v", code, made)
	}
	if left := made.SecretExpires.Sub(w.now()); left < 729*24*time.Hour {
		t.Errorf("the certificate lives %v, want two years", left)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the file: %v %v, want mode 0600", info, err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	sent, logged := w.everything()
	key := base64.StdEncoding.EncodeToString(block.Bytes)
	if block.Type != "PRIVATE KEY" || strings.Contains(sent, "PRIVATE KEY") || strings.Contains(sent, key[100:200]) || strings.Contains(logged, file) {
		t.Error("the key left the machine")
	}
	if err := w.signsIn(made); err != nil {
		t.Errorf("the application cannot sign in: %v", err)
	}
	// A second certificate is registered besides the first, which goes on working.
	second := filepath.Join(t.TempDir(), "second.pem")
	other, code := w.register(w.signIn(), admin.AzureOptions{Certificate: true, CertificateFile: second})
	if code != "" || other.ClientID != made.ClientID || w.signsIn(other) != nil || w.signsIn(made) != nil {
		t.Errorf("a second certificate: %q %+v", code, other)
	}
	// A file that is there is never overwritten.
	_, code = w.register(w.signIn(), admin.AzureOptions{Certificate: true, CertificateFile: file})
	if after, err := os.ReadFile(file); code != admin.FailureAzureFile || err != nil || string(after) != string(data) {
		t.Errorf("onto a file that is there: %q, changed: %v", code, string(after) != string(data))
	}
}

// No file is left where the certificate was refused.
func TestAzureLeavesNoKeyBehind(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.srv.Layer().Set(chaos.Fault{Name: "refuse", Effect: chaos.EffectStatus, Method: "PATCH", Status: 400,
		Body: `{"error":{"code":"CredentialTypeNotAllowedAsPerAppPolicy","message":"no"}}`})
	folder := t.TempDir()
	_, code := w.register(w.signIn(), admin.AzureOptions{Certificate: true, CertificateFile: filepath.Join(folder, "client.pem")})
	left, err := fs.Glob(os.DirFS(folder), "*")
	hidden, _ := fs.Glob(os.DirFS(folder), ".*")
	if code != admin.FailureAzureCertificate || err != nil || len(left)+len(hidden) != 0 {
		t.Errorf("%q, left %v %v", code, left, hidden)
	}
	if _, code := w.register(w.signIn(), admin.AzureOptions{Certificate: true, CertificateFile: filepath.Join(folder, "no", "client.pem")}); code != admin.FailureAzureFile {
		t.Errorf("into a folder that is not there: %q", code)
	}
}

// An administrator of applications alone registers; a global administrator completes it later.
func TestAzureWithoutTheRightToConsent(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.role = outlookemu.OrdinaryUser
	if made, code := w.register(w.signIn(), admin.AzureOptions{}); code != admin.FailureAzureNoRegister || made.ClientID != "" {
		t.Errorf("an ordinary user: %q %+v", code, made)
	}
	w.role = outlookemu.ApplicationAdministrator
	begun, code := w.register(w.signIn(), admin.AzureOptions{})
	if code != admin.FailureAzureNoConsent || begun.ClientID == "" || begun.Secret != "" {
		t.Fatalf("an application administrator: %q %+v", code, begun)
	}
	w.role = outlookemu.GlobalAdministrator
	session := w.signIn()
	made, code := w.register(session, admin.AzureOptions{})
	if code != "" || made.ClientID != begun.ClientID || !made.Verified || len(w.srv.Applications()) != 1 || !strings.HasPrefix(steps(session), "found") {
		t.Errorf("a global administrator: %q %+v after %s", code, made, steps(session))
	}
}

// A consent that does not come through is told with what was made: nobody could read the secret again.
func TestAzureTellsAConsentThatLacks(t *testing.T) {
	t.Parallel()
	w := newTenant(t, "entra-consent-partial")
	session := w.signIn()
	made, code := w.register(session, admin.AzureOptions{})
	if code != admin.FailureAzureRoles || made.Secret == "" || made.Verified {
		t.Fatalf("%q: %+v", code, made)
	}
	if err := w.srv.Heal("entra-consent-partial"); err != nil {
		t.Fatal(err)
	}
	again, code := w.register(session, admin.AzureOptions{})
	if code != "" || !again.Verified || again.Secret != made.Secret {
		t.Errorf("once it came through: %q %+v", code, again)
	}
}

func TestAzureDoesNotMakeATwin(t *testing.T) {
	t.Parallel()
	foreign := map[string]any{"displayName": admin.DefaultApplication, "signInAudience": "AzureADMultipleOrgs"}
	bare := map[string]any{"displayName": admin.DefaultApplication, "requiredResourceAccess": []any{map[string]any{"resourceAppId": "00000002-0000-0000-c000-000000000000",
		"resourceAccess": []any{map[string]any{"id": "311a71cc-e848-46a1-bdf8-97ff7156d8e6", "type": "Scope"}}}}}
	for _, test := range []struct {
		name     string
		there    []map[string]any
		options  func(ids []string) admin.AzureOptions
		wantCode string
		wantApps int
	}{
		{"open to other tenants", []map[string]any{foreign}, nil, admin.FailureAzureExists, 1},
		{"asks for something else", []map[string]any{bare}, nil, admin.FailureAzureExists, 1},
		{"several", []map[string]any{bare, bare}, nil, admin.FailureAzureSeveral, 2},
		{"another one is wanted", []map[string]any{foreign}, func([]string) admin.AzureOptions { return admin.AzureOptions{Another: true} }, "", 2},
		{"one of several is chosen", []map[string]any{bare, bare}, func(ids []string) admin.AzureOptions { return admin.AzureOptions{Reuse: ids[1]} }, "", 2},
		{"one that is not there is chosen", []map[string]any{bare}, func([]string) admin.AzureOptions { return admin.AzureOptions{Reuse: outlookemu.FakeClient} }, admin.FailureAzureUnknown, 1},
		{"another name", []map[string]any{bare}, func([]string) admin.AzureOptions { return admin.AzureOptions{Name: "Karel's sync"} }, "", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			var ids []string
			for _, props := range test.there {
				ids = append(ids, w.srv.AddApplication(props))
			}
			options := admin.AzureOptions{}
			if test.options != nil {
				options = test.options(ids)
			}
			made, code := w.register(w.signIn(), options)
			if code != test.wantCode || len(w.srv.Applications()) != test.wantApps || made.Verified != (code == "") {
				t.Fatalf("%q and %d applications, want %q and %d: %+v", code, len(w.srv.Applications()), test.wantCode, test.wantApps, made)
			}
			if options.Reuse == "" || code != "" {
				return
			}
			if access := w.srv.Applications()[1]["requiredResourceAccess"].([]any); made.ClientID != ids[1] || len(access) != 2 {
				t.Errorf("completed: %v, want what was there and ours", access)
			}
		})
	}
}

// A lost answer makes neither a second application nor a secret that nobody knows.
func TestAzureWithLostAnswers(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.srv.Layer().Set(chaos.Fault{Name: "create", Effect: chaos.EffectLoseAnswer, Method: "POST", BodyContains: "signInAudience", Times: 1})
	w.srv.Layer().Set(chaos.Fault{Name: "secret", Effect: chaos.EffectLoseAnswer, Method: "POST", PathContains: "addPassword", Times: 2})
	made, code := w.register(w.signIn(), admin.AzureOptions{})
	if code != "" || !made.Verified || len(w.srv.Applications()) != 1 {
		t.Fatalf("%q: %+v, %d applications", code, made, len(w.srv.Applications()))
	}
	if secrets := w.srv.Applications()[0]["passwordCredentials"].([]any); len(secrets) != 1 {
		t.Errorf("%d secrets, want one", len(secrets))
	}
}

func TestAzureSignInThatFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		tenant string
		fault  string
		change func(*tenant)
		want   string
	}{
		{"declined", "", "", func(w *tenant) { w.decline = true }, admin.FailureAzureDeclined},
		{"nobody comes", "", "", func(w *tenant) { w.role = "" }, admin.FailureAzureExpired},
		{"device codes are blocked", "", "entra-device-blocked", nil, admin.FailureAzureBlocked},
		{"unknown tenant", "nobody.example", "", nil, admin.FailureAzureTenant},
		{"no tenant at all", "čeština", "", nil, admin.FailureAzureTenant},
		{"the login service is down", "", "", func(w *tenant) {
			w.srv.AuthorityLayer().Set(chaos.Fault{Name: "down", Effect: chaos.EffectStatus, Status: 503})
		}, admin.FailureAzureAway},
		{"blocked while signing in", "", "token-blocked", nil, admin.FailureAzureBlocked},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			if test.fault != "" {
				if err := w.srv.Inject(test.fault); err != nil {
					t.Fatal(err)
				}
			}
			if test.change != nil {
				test.change(w)
			}
			session, err := w.azure.Begin(t.Context(), test.tenant)
			if err == nil {
				err = session.Await(t.Context())
			}
			if code := failureCode(t, err); code != test.want {
				t.Errorf("%q, want %q", code, test.want)
			}
		})
	}
}

// A page may poll as often as it likes; the login service is asked only as often as it allows, and a passing trouble is no end.
func TestAzurePollNeverWaits(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.role = ""
	session, err := w.azure.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	before := w.requests()
	for range 20 {
		if signed, err := session.Poll(t.Context()); signed || err != nil {
			t.Fatalf("too early: %v, %v", signed, err)
		}
	}
	if asked := w.requests() - before; asked != 0 {
		t.Errorf("%d requests before the interval was over", asked)
	}
	w.srv.AuthorityLayer().Set(chaos.Fault{Name: "down", Effect: chaos.EffectStatus, Status: 503, Times: 1})
	for range 3 {
		if err := w.wait(t.Context(), 6*time.Second); err != nil {
			t.Fatal(err)
		}
		if signed, err := session.Poll(t.Context()); signed || err != nil {
			t.Fatalf("pending: %v, %v", signed, err)
		}
	}
	if asked := w.requests() - before; asked != 3 {
		t.Errorf("%d requests in three intervals", asked)
	}
	w.role = outlookemu.GlobalAdministrator
	if err := w.wait(t.Context(), 6*time.Second); err != nil {
		t.Fatal(err)
	}
	if signed, err := session.Poll(t.Context()); !signed || err != nil {
		t.Errorf("after the sign-in: %v, %v", signed, err)
	}
}

// Whoever stops in the middle gets what was made so far; the session goes on from there.
func TestAzureStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	session := w.signIn()
	ctx, cancel := context.WithCancel(t.Context())
	made, err := session.Register(ctx, admin.AzureOptions{Tell: func(step admin.AzureStep) {
		if step.Code == "secret" {
			cancel()
		}
	}})
	if err == nil || made.Secret == "" || made.Verified || session.State().Registering {
		t.Fatalf("stopped: %v %+v", err, made)
	}
	again, code := w.register(session, admin.AzureOptions{})
	if code != "" || again.Secret != made.Secret || !again.Verified {
		t.Errorf("%q: %+v", code, again)
	}
}

func TestAzureRegistersOnceAtATime(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	session := w.signIn()
	var inner string
	_, code := w.register(session, admin.AzureOptions{Tell: func(step admin.AzureStep) {
		if step.Code == "made" {
			_, err := session.Register(t.Context(), admin.AzureOptions{})
			inner = failureCode(t, err)
		}
	}})
	if code != "" || inner != admin.FailureAzureBusy {
		t.Errorf("%q, and beside it %q", code, inner)
	}
}

// What Microsoft answers while we register, and what the person is told.
func TestAzureRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault chaos.Fault
		want  string
	}{
		{"never known everywhere", chaos.Fault{PathContains: "appRoleAssignments", Status: 404, Body: `{"error":{"code":"Request_ResourceNotFound","message":"m"}}`}, admin.FailureAzureSlow},
		{"a code that nobody knows", chaos.Fault{PathContains: "addPassword", Status: 400, Body: `{"error":{"code":"Something","message":"m"}}`}, admin.FailureAzureRefused},
		{"the sign-in has ended", chaos.Fault{PathContains: "addPassword", Status: 401, Body: `{"error":{"code":"InvalidAuthenticationToken","message":"m"}}`}, admin.FailureAzureExpired},
		{"throttled", chaos.Fault{PathContains: "servicePrincipals", Status: 429, Body: `{"error":{"code":"TooManyRequests","message":"m"}}`}, admin.FailureAzureAway},
		{"no words at all", chaos.Fault{PathContains: "applications", Method: "POST", Status: 400}, admin.FailureAzureRefused},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			test.fault.Name, test.fault.Effect = "x", chaos.EffectStatus
			w.srv.Layer().Set(test.fault)
			began := w.now()
			made, code := w.register(w.signIn(), admin.AzureOptions{})
			if code != test.want || made.Verified || made.Secret != "" {
				t.Errorf("%q, want %q: %+v", code, test.want, made)
			}
			if waited := w.now().Sub(began); (waited > 3*time.Minute) != (test.want == admin.FailureAzureSlow) || waited > 5*time.Minute {
				t.Errorf("waited %v", waited)
			}
		})
	}
}
