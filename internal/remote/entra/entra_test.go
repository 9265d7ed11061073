package entra_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/entra"
	"raynetsync/internal/remote/outlook/emulator"
)

// world is a tenant and a client of which nobody has signed in.
type world struct {
	t      *testing.T
	srv    *emulator.Server
	client *entra.Client

	mu sync.Mutex
	at time.Time // guarded by mu
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func setup(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	w.srv = emulator.New(emulator.Options{Now: w.now, Seed: 5})
	w.client = w.with(w.srv.Transport())
	return w
}

func (w *world) with(transport http.RoundTripper) *entra.Client {
	w.t.Helper()
	client, err := entra.New(entra.Config{Transport: transport, Now: w.now, Retries: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

func (w *world) signIn(as emulator.AdminRole) {
	w.t.Helper()
	device, err := w.client.Device(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.srv.Approve(device.UserCode, as); err != nil {
		w.t.Fatal(err)
	}
	person, err := w.client.Redeem(w.t.Context(), device)
	if err != nil || person.TenantID != emulator.FakeTenant || person.Name == "" {
		w.t.Fatalf("%+v, %v", person, err)
	}
}

func TestNewRefusesWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]entra.Config{
		"no clock":               {},
		"Graph without TLS":      {Now: time.Now, GraphURL: "http://graph.example/v1.0"},
		"login without TLS":      {Now: time.Now, AuthorityURL: "http://127.0.0.1:1/"},
		"no address":             {Now: time.Now, GraphURL: "https://"},
		"a word, not an address": {Now: time.Now, AuthorityURL: "microsoft"},
	} {
		if _, err := entra.New(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := entra.New(entra.Config{Now: time.Now, GraphURL: "http://127.0.0.1:1/v1.0"}); err != nil {
		t.Errorf("an emulator on this machine: %v", err)
	}
}

func TestNothingIsAskedBeforeTheSignIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if _, err := w.client.Applications(t.Context(), "App"); remote.KindOf(err) != remote.Unauthorized {
		t.Errorf("before: %v", err)
	}
	w.signIn(emulator.GlobalAdministrator)
	if _, err := w.client.Applications(t.Context(), "App"); err != nil {
		t.Errorf("after: %v", err)
	}
	w.client.SignOut()
	if _, err := w.client.Applications(t.Context(), "App"); remote.KindOf(err) != remote.Unauthorized {
		t.Errorf("signed out: %v", err)
	}
	if got := len(w.srv.Layer().Requests()); got != 1 {
		t.Errorf("Graph was asked %d times, want once", got)
	}
}

func TestSignInEnds(t *testing.T) {
	t.Parallel()
	w := setup(t)
	device, err := w.client.Device(t.Context(), emulator.FakeTenant)
	if err != nil || device.Interval != 5*time.Second || !device.Expires.Equal(w.now().Add(15*time.Minute)) {
		t.Fatalf("%+v, %v", device, err)
	}
	for _, want := range []error{entra.ErrPending, entra.ErrSlowDown} {
		if _, err := w.client.Redeem(t.Context(), device); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	w.mu.Lock()
	w.at = w.at.Add(20 * time.Minute)
	w.mu.Unlock()
	if _, err := w.client.Redeem(t.Context(), device); !errors.Is(err, entra.ErrExpired) {
		t.Errorf("too late: %v", err)
	}
	if device, err = w.client.Device(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.Decline(device.UserCode); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Redeem(t.Context(), device); !errors.Is(err, entra.ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
	_, err = w.client.Device(t.Context(), "nobody.example")
	if failed, ok := errors.AsType[*remote.Error](err); !ok || failed.Code != "AADSTS90002" || failed.RequestID == "" {
		t.Errorf("unknown tenant: %v", err)
	}
}

// A second time is no error where the first one did it.
func TestRepeatsAreFine(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.signIn(emulator.GlobalAdministrator)
	ctx := t.Context()
	app, err := w.client.CreateApplication(ctx, "Karel's & Co + 100 %")
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.client.Applications(ctx, "Karel's & Co + 100 %")
	if err != nil || len(found) != 1 || found[0].ClientID != app.ClientID || found[0].Audience != entra.SingleTenant {
		t.Fatalf("found %+v, %v", found, err)
	}
	for _, permission := range entra.Permissions() {
		if !found[0].Asks(permission) {
			t.Errorf("does not ask for %s", permission.Name)
		}
	}
	if _, ok, err := w.client.Principal(ctx, app.ClientID); ok || err != nil {
		t.Errorf("a service principal before it was made: %v, %v", ok, err)
	}
	graph, ok, err := w.client.Principal(ctx, entra.GraphClientID)
	if err != nil || !ok || len(graph.Roles) < 4 {
		t.Fatalf("Graph's own: %+v, %v", graph, err)
	}
	for range 2 {
		sp, err := w.client.CreatePrincipal(ctx, app.ClientID)
		if err != nil || sp.ID == "" {
			t.Fatalf("%+v, %v", sp, err)
		}
		role := entra.Permissions()[3].ID
		if err := w.client.Assign(ctx, sp.ID, graph.ID, role); err != nil {
			t.Error(err)
		}
		if got, err := w.client.Assigned(ctx, sp.ID, graph.ID); err != nil || !slices.Equal(got, []string{role}) {
			t.Errorf("granted %v, %v", got, err)
		}
	}
	secret, err := w.client.AddSecret(ctx, app.ID, "one", w.now().AddDate(0, 6, 0))
	if err != nil || secret.Value == "" || !secret.Ends.Equal(w.now().AddDate(0, 6, 0)) {
		t.Fatalf("%+v, %v", secret, err)
	}
	if app, err = w.client.Application(ctx, app.ID); err != nil || len(app.Secrets) != 1 || app.Secrets[0].Value != "" || app.Secrets[0].KeyID != secret.KeyID {
		t.Errorf("read again: %+v, %v", app.Secrets, err)
	}
	if err := w.client.RemoveSecret(ctx, app.ID, secret.KeyID); err != nil {
		t.Error(err)
	}
}

func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.signIn(emulator.GlobalAdministrator)
	app, err := w.client.CreateApplication(t.Context(), "App")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.CreatePrincipal(t.Context(), emulator.FakeClient); !entra.Replicating(err) {
		t.Errorf("an application that is not known: %v", err)
	}
	if err := w.client.Assign(t.Context(), emulator.FakeClient, app.ID, entra.Permissions()[0].ID); !entra.Replicating(err) {
		t.Errorf("a service principal that is not known: %v", err)
	}
	for fault, is := range map[string]func(error) bool{"entra-secret-capped": entra.TooLong, "entra-secret-forbidden": entra.NotAllowed} {
		if err := w.srv.Inject(fault); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.AddSecret(t.Context(), app.ID, "x", w.now().AddDate(2, 0, 0)); !is(err) || entra.Replicating(err) {
			t.Errorf("%s: %v", fault, err)
		}
		if err := w.srv.Heal(fault); err != nil {
			t.Fatal(err)
		}
	}
}

// answering is a service that always says the same.
type answering struct {
	status int
	kind   string
	body   string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{"Content-Type": {a.kind}}, Body: io.NopCloser(strings.NewReader(a.body)),
		ContentLength: int64(len(a.body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
}

func TestNonsenseIsAnError(t *testing.T) {
	t.Parallel()
	const js = "application/json"
	w := setup(t)
	for name, test := range map[string]struct {
		answer answering
		want   remote.ErrorKind
	}{
		"a web page":              {answering{200, "text/html", "<html>login of a proxy</html>"}, remote.Unavailable},
		"nothing in it":           {answering{200, js, "{}"}, remote.Unavailable},
		"a page without TLS":      {answering{200, js, `{"user_code":"A","device_code":"B","verification_uri":"http://evil.example"}`}, remote.Unavailable},
		"no JSON":                 {answering{200, js, "{]}"}, remote.Unavailable},
		"a gateway":               {answering{502, "text/html", "<html>"}, remote.Unavailable},
		"too many":                {answering{429, js, "{}"}, remote.Throttled},
		"a redirect":              {answering{302, js, ""}, remote.Unavailable},
		"a refusal without words": {answering{400, js, ""}, remote.Unauthorized},
	} {
		if _, err := w.with(test.answer).Device(context.Background(), ""); err == nil || remote.KindOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}
