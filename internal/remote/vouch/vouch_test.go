package vouch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/vouch"
)

const (
	anna     = "anna@contoso.example"
	redirect = "http://127.0.0.1:8383/sign-in/microsoft/answer"
)

// clock stands still unless it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// tenant is an authority with one person, and a client of it.
type tenant struct {
	t     *testing.T
	srv   *emulator.Server
	clock *clock
	*vouch.Client
}

func newTenant(t *testing.T, change ...func(*emulator.Options, *vouch.Config)) *tenant {
	t.Helper()
	w := &tenant{t: t, clock: &clock{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	options := emulator.Options{Now: w.clock.now, Seed: 7, Sleep: func(context.Context, time.Duration) {}}
	config := vouch.Config{AuthorityURL: "https://login.example", TenantID: emulator.FakeTenant, ClientID: emulator.FakeClient,
		ClientSecret: emulator.FakeSecret, RedirectURL: redirect, Now: w.clock.now}
	for _, do := range change {
		do(&options, &config)
	}
	w.srv = emulator.New(options)
	w.srv.AddMailbox(map[string]any{"userPrincipalName": anna, "displayName": "Anna", "mail": anna})
	if config.Transport == nil {
		config.Transport = w.srv.Transport()
	}
	client, err := vouch.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Client = client
	return w
}

// ask begins a sign-in.
func (w *tenant) ask() (address, pending string) {
	w.t.Helper()
	address, pending, err := w.Ask(w.t.Context(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return address, pending
}

// choose opens the authority's page as a browser and returns the query with which it sends the person back.
func (w *tenant) choose(address, login string) url.Values {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address+"&login="+url.QueryEscape(login), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := w.srv.Transport().RoundTrip(request)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = response.Body.Close()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		w.t.Fatalf("the authority answers %d and sends back to %q, %v", response.StatusCode, back, err)
	}
	return back.Query()
}

func (w *tenant) oid() string {
	id, _ := w.srv.Mailboxes()[0]["id"].(string)
	return id
}

func wantFault(t *testing.T, what string, err error, code string) {
	t.Helper()
	fault, ok := errors.AsType[*vouch.Fault](err)
	if !ok || fault.Code != code {
		t.Errorf("%s: %v, want the fault %s", what, err, code)
	}
	for _, secret := range []string{emulator.FakeSecret, "code="} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds a secret: %v", what, err)
		}
	}
}

func TestAPersonIsVouchedFor(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	address, pending := w.ask()
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": emulator.FakeClient, "redirect_uri": redirect,
		"scope": "openid profile", "code_challenge_method": "S256", "response_mode": "query", "prompt": "select_account"} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 40 {
			t.Errorf("%s = %q, want at least 240 random bits", name, q.Get(name))
		}
	}
	subject, name, err := w.Answer(t.Context(), pending, w.choose(address, anna))
	if err != nil || subject != w.oid() || name != anna {
		t.Errorf("Answer = %q, %q, %v, want %q, %q", subject, name, err, w.oid(), anna)
	}
	again, _, err := w.Ask(t.Context(), true)
	if err != nil || !strings.Contains(again, "prompt=login") {
		t.Errorf("asked again: %q, %v, want prompt=login", again, err)
	}
}

// Whatever an authority, or who pretends to be one, lies about: nobody gets in.
func TestLiesOfTheAuthority(t *testing.T) {
	t.Parallel()
	for lie, want := range map[string]string{
		"id-token-issuer": vouch.Untrusted, "id-token-audience": vouch.Untrusted, "id-token-two": vouch.Untrusted,
		"id-token-nonce": vouch.Untrusted, "id-token-no-nonce": vouch.Untrusted, "id-token-expired": vouch.Untrusted,
		"id-token-tenant": vouch.Foreign, "id-token-nobody": vouch.Untrusted, "id-token-signature": vouch.Untrusted,
		"id-token-unsigned": vouch.Untrusted, "id-token-symmetric": vouch.Untrusted, "id-token-none": vouch.Untrusted,
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			if err := w.srv.Inject(lie); err != nil {
				t.Fatal(err)
			}
			address, pending := w.ask()
			subject, _, err := w.Answer(t.Context(), pending, w.choose(address, anna))
			wantFault(t, lie, err, want)
			if subject != "" {
				t.Errorf("somebody is vouched for: %q", subject)
			}
			if err := w.srv.Heal(lie); err != nil {
				t.Fatal(err)
			}
			address, pending = w.ask()
			if _, _, err := w.Answer(t.Context(), pending, w.choose(address, anna)); err != nil {
				t.Errorf("without the lie: %v", err)
			}
		})
	}
}

func TestAnswersThatFitNoQuestion(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	address, pending := w.ask()
	good := w.choose(address, anna)
	other, otherPending := w.ask()
	foreign := w.choose(other, anna)
	with := func(name, value string) url.Values {
		q := url.Values{"code": good["code"], "state": good["state"]}
		q.Set(name, value)
		return q
	}
	for _, test := range []struct {
		name, pending string
		query         url.Values
		want          string
	}{
		{"no question", "", good, vouch.Stale},
		{"a broken question", "{", good, vouch.Stale},
		{"an empty question", "{}", url.Values{"state": {""}, "code": good["code"]}, vouch.Stale},
		{"another state", pending, with("state", "x"), vouch.Stale},
		{"no state", pending, with("state", ""), vouch.Stale},
		{"the answer to another question", pending, foreign, vouch.Stale},
		{"another browser's code", pending, with("code", foreign.Get("code")), vouch.Stale}, // the verifier does not fit
		{"no code", pending, with("code", ""), vouch.Stale},
		{"an invented code", pending, with("code", "x"), vouch.Stale},
		{"the person turned back", pending, url.Values{"state": good["state"], "error": {"access_denied"}}, vouch.Declined},
		{"the authority is ill", pending, url.Values{"state": good["state"], "error": {"temporarily_unavailable"}}, vouch.Unreachable},
		{"something else", pending, url.Values{"state": good["state"], "error": {"<script>"}, "error_description": {"<script>"}}, vouch.Refused},
	} {
		_, _, err := w.Answer(t.Context(), test.pending, test.query)
		wantFault(t, test.name, err, test.want)
		if err != nil && strings.Contains(err.Error(), "<script>") {
			t.Errorf("%s: what the answer says is repeated: %v", test.name, err)
		}
	}
	if _, _, err := w.Answer(t.Context(), pending, good); err != nil {
		t.Errorf("the right answer after all of that: %v", err)
	}
	_, _, err := w.Answer(t.Context(), pending, good)
	wantFault(t, "the same answer again", err, vouch.Stale)
	w.clock.move(11 * time.Minute)
	_, _, err = w.Answer(t.Context(), otherPending, foreign)
	wantFault(t, "a code that is too old", err, vouch.Stale)
}

func TestARegistrationThatIsNotRight(t *testing.T) {
	t.Parallel()
	w := newTenant(t, func(_ *emulator.Options, c *vouch.Config) { c.ClientSecret = "wrong" })
	address, pending := w.ask()
	_, _, err := w.Answer(t.Context(), pending, w.choose(address, anna))
	wantFault(t, "a wrong secret", err, vouch.Refused)
	if err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("a wrong secret: %v, want Entra's number", err)
	}
	w = newTenant(t, func(_ *emulator.Options, c *vouch.Config) { c.TenantID = "44444444-4444-4444-8444-444444444444" })
	_, _, err = w.Ask(t.Context(), false)
	wantFault(t, "a tenant that there is not", err, vouch.Unreachable)
}

// answers is a transport that answers everything alike.
type answers struct {
	status int
	err    error
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// described is the description of an authority with one thing changed.
type described struct{ from, to string }

func (d described) RoundTrip(r *http.Request) (*http.Response, error) {
	base := "https://login.example/" + emulator.FakeTenant
	body := `{"issuer":"` + base + `/v2.0","authorization_endpoint":"` + base + `/authorize","token_endpoint":"` + base + `/token","jwks_uri":"` + base + `/keys"}`
	body = strings.Replace(body, d.from, d.to, 1)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: readCloser{strings.NewReader(body)}, Request: r}, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestAuthoritiesThatAreNone(t *testing.T) {
	t.Parallel()
	other := "44444444-4444-4444-8444-444444444444"
	for name, test := range map[string]struct {
		transport http.RoundTripper
		want      string // empty: it is one
	}{
		"no network":               {answers{err: errors.New("no route")}, vouch.Unreachable},
		"an error":                 {answers{status: http.StatusBadGateway}, vouch.Unreachable},
		"nothing":                  {answers{status: http.StatusOK}, vouch.Unreachable},
		"a redirect":               {answers{status: http.StatusFound}, vouch.Unreachable},
		"as it is":                 {described{}, ""},
		"another issuer":           {described{"https://login.example/", "https://evil.example/"}, vouch.Untrusted},
		"another tenant":           {described{emulator.FakeTenant + "/v2.0", other + "/v2.0"}, vouch.Untrusted},
		"a template":               {described{emulator.FakeTenant + "/v2.0", "{tenantid}/v2.0"}, vouch.Untrusted},
		"the old version":          {described{"/v2.0", "/"}, vouch.Untrusted},
		"a token endpoint on http": {described{`"token_endpoint":"https`, `"token_endpoint":"http`}, vouch.Untrusted},
		"keys on http":             {described{`"jwks_uri":"https`, `"jwks_uri":"http`}, vouch.Untrusted},
		"no keys":                  {described{`"jwks_uri"`, `"other"`}, vouch.Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t, func(_ *emulator.Options, c *vouch.Config) { c.Transport = test.transport })
			_, _, err := w.Ask(t.Context(), false)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFault(t, name, err, test.want)
		})
	}
}

// A tenant may be named by its domain; the issuer then names its id, and tokens must be of that one.
func TestATenantByItsDomain(t *testing.T) {
	t.Parallel()
	w := newTenant(t, func(_ *emulator.Options, c *vouch.Config) {
		c.TenantID, c.Transport = "contoso.example", described{}
	})
	if _, _, err := w.Ask(t.Context(), false); err != nil {
		t.Error(err)
	}
}

// certificate writes a certificate with its key as an administrator has it, and returns the file and the certificate alone.
func certificate(t *testing.T, key any, public any) (file string, public509 []byte) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public509 = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	file = filepath.Join(t.TempDir(), "client.pem")
	both := append(slices.Clone(public509), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, public509
}

func TestARegistrationWithACertificate(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file, registered := certificate(t, key, key.Public())
	w := newTenant(t, func(o *emulator.Options, c *vouch.Config) {
		o.Certificate, c.CertificateFile, c.ClientSecret = registered, file, ""
	})
	address, pending := w.ask()
	if subject, _, err := w.Answer(t.Context(), pending, w.choose(address, anna)); err != nil || subject != w.oid() {
		t.Errorf("Answer = %q, %v", subject, err)
	}

	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file, _ = certificate(t, stranger, stranger.Public())
	w = newTenant(t, func(o *emulator.Options, c *vouch.Config) {
		o.Certificate, c.CertificateFile, c.ClientSecret = registered, file, ""
	})
	address, pending = w.ask()
	_, _, err = w.Answer(t.Context(), pending, w.choose(address, anna))
	wantFault(t, "a certificate that is not registered", err, vouch.Refused)

	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	file, _ = certificate(t, curve, curve.Public())
	for _, bad := range []string{file, filepath.Join(t.TempDir(), "none.pem")} {
		if _, err := vouch.New(vouch.Config{CertificateFile: bad, Now: time.Now}); err == nil {
			t.Errorf("%s: taken as a certificate", bad)
		}
	}
}

// flaky answers 502 until it is well.
type flaky struct {
	next  http.RoundTripper
	well  bool
	asked int
}

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked++
	if !f.well {
		return answers{status: http.StatusBadGateway}.RoundTrip(r)
	}
	return f.next.RoundTrip(r)
}

// An authority that does not answer is asked again, but not by everybody at once.
func TestAnAuthorityComesBack(t *testing.T) {
	t.Parallel()
	f := &flaky{next: described{}}
	w := newTenant(t, func(_ *emulator.Options, c *vouch.Config) { c.Transport = f })
	for range 3 {
		_, _, err := w.Ask(t.Context(), false)
		wantFault(t, "an ill authority", err, vouch.Unreachable)
	}
	f.well = true
	_, _, err := w.Ask(t.Context(), false)
	wantFault(t, "a moment later", err, vouch.Unreachable)
	if f.asked != 1 {
		t.Errorf("asked %d times within five seconds, want once", f.asked)
	}
	w.clock.move(6 * time.Second)
	if _, _, err := w.Ask(t.Context(), false); err != nil {
		t.Errorf("well again: %v", err)
	}
}
