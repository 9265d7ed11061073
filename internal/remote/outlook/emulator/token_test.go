package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"raynetsync/internal/remote/outlook/emulator"
)

func TestTokenErrorsCarryTheCodesOfEntra(t *testing.T) {
	t.Parallel()
	set := func(key, value string) func(url.Values) {
		return func(f url.Values) { f.Set(key, value) }
	}
	tests := []struct {
		name       string
		tenant     string
		change     func(url.Values)
		wantStatus int
		wantCode   float64
		wantError  string
	}{
		{"unknown tenant", "99999999-9999-4999-8999-999999999999", nil, 400, 90002, "invalid_request"},
		{"tenant that is a domain", "unknown.example", nil, 400, 90002, "invalid_request"},
		{"tenant that is neither guid nor domain", "not-a-guid", nil, 400, 900023, "invalid_request"},
		{"common", "common", nil, 400, 9001023, "invalid_request"},
		{"no grant type", "", set("grant_type", ""), 400, 900144, "invalid_request"},
		{"unknown client", "", set("client_id", "44444444-4444-4444-8444-444444444444"), 400, 700016, "unauthorized_client"},
		{"wrong secret", "", set("client_secret", "wrong"), 401, 7000215, "invalid_client"},
		{"secret id instead of its value", "", set("client_secret", emulator.FakeSecretID), 401, 7000215, "invalid_client"},
		{"no secret", "", set("client_secret", ""), 401, 7000218, "invalid_client"},
		{"delegated scope", "", set("scope", "https://graph.microsoft.com/Calendars.Read"), 400, 70011, "invalid_scope"},
		{"two scopes", "", set("scope", "https://a.example/.default https://b.example/.default"), 400, 70011, "invalid_scope"},
		{"unregistered certificate", "", set("client_assertion", "a.b.c"), 401, 700027, "invalid_client"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			form, tenant := goodForm(), emulator.FakeTenant
			if tt.change != nil {
				tt.change(form)
			}
			if tt.tenant != "" {
				tenant = tt.tenant
			}
			r := w.ask("/"+tenant+"/oauth2/v2.0/token", form)
			codes, _ := r.body["error_codes"].([]any)
			if r.status != tt.wantStatus || len(codes) != 1 || codes[0] != tt.wantCode || r.body["error"] != tt.wantError {
				t.Errorf("got %d %v %v, want %d %v %v", r.status, codes, r.body["error"], tt.wantStatus, tt.wantCode, tt.wantError)
			}
			for _, key := range []string{"error_description", "trace_id", "correlation_id", "timestamp", "error_uri"} {
				if str(r.body[key]) == "" {
					t.Errorf("error body lacks %s", key)
				}
			}
		})
	}
}

func TestSecretExpiresAndApplicationIsDisabled(t *testing.T) {
	t.Parallel()
	expires := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *emulator.Options) { o.SecretExpires = expires })
	code := func() float64 {
		r := w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", goodForm())
		codes, _ := r.body["error_codes"].([]any)
		if len(codes) == 0 {
			return 0
		}
		n, _ := codes[0].(float64)
		return n
	}
	if got := code(); got != 0 {
		t.Fatalf("before expiry: AADSTS%v", got)
	}
	w.srv.SetDisabled(true)
	if got := code(); got != 7000112 {
		t.Errorf("disabled application: AADSTS%v, want 7000112", got)
	}
	w.srv.SetDisabled(false)
	w.clock.Advance(time.Hour)
	if got := code(); got != 7000222 {
		t.Errorf("after expiry: AADSTS%v, want 7000222", got)
	}
}

func TestTokenIsRefusedWhenExpiredForeignOrRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.TokenLife = time.Hour })
	w.must(200, w.get("/users"))
	w.refused(w.get("/users", "Authorization: Bearer a.b.c"), 401, "InvalidAuthenticationToken")
	w.refused(w.get("/users", "Authorization: "), 401, "InvalidAuthenticationToken")
	w.clock.Advance(61 * time.Minute)
	w.refused(w.get("/users"), 401, "InvalidAuthenticationToken")
	w.login()
	w.must(200, w.get("/users"))
	if err := w.srv.Inject("token-expires-early"); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get("/users"), 401, "InvalidAuthenticationToken")
	w.login()
	w.must(200, w.get("/users"))
}

func TestEachRoleOpensItsOwnEndpoints(t *testing.T) {
	t.Parallel()
	all := []string{"User.Read.All", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All"}
	probes := []struct {
		role, path string
		status     int
		code       string
	}{
		{"User.Read.All", "/users?$top=1", 403, "Authorization_RequestDenied"},
		{"Calendars.ReadWrite", "/users/" + anna + "/calendar?$select=id", 403, "ErrorAccessDenied"},
		{"Contacts.ReadWrite", "/users/" + anna + "/contacts?$top=1&$select=parentFolderId", 403, "ErrorAccessDenied"},
		{"Tasks.ReadWrite.All", "/users/" + anna + "/todo/lists", 401, "UnknownError"},
	}
	for _, missing := range all {
		t.Run(missing, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.srv.SetRoles(slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == missing })...)
			for _, p := range probes {
				w.must(200, w.get(p.path)) // the token that is out keeps its roles
			}
			w.login()
			for _, p := range probes {
				if p.role == missing {
					w.refused(w.get(p.path), p.status, p.code)
				} else {
					w.must(200, w.get(p.path))
				}
			}
		})
	}
}

func TestRBACScopeOpensSomeMailboxesWithoutARoleInTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.srv.SetRoles("User.Read.All")
	w.srv.Allow("Calendars.ReadWrite", anna)
	w.login()
	w.must(200, w.get("/users/"+anna+"/calendar"))
	w.refused(w.get("/users/"+boris+"/calendar"), 403, "ErrorAccessDenied")
	w.refused(w.get("/users/"+anna+"/todo/lists"), 401, "UnknownError")
}

// tlsAuthority serves the authority over https with the emulator's own certificate, as a separate process would.
func tlsAuthority(t *testing.T, srv *emulator.Server) (*httptest.Server, *http.Client) {
	t.Helper()
	caPEM, cert, err := emulator.NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(srv.Authority())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(caPEM) {
		t.Fatal("the authority's PEM holds no certificate")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(client.CloseIdleConnections)
	return server, client
}

func TestAzidentityGetsATokenWithASecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.Now = time.Now })
	server, client := tlsAuthority(t, w.srv)
	options := &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            azcore.ClientOptions{Transport: client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL}},
		DisableInstanceDiscovery: true,
	}
	scope := policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}
	cred, err := azidentity.NewClientSecretCredential(emulator.FakeTenant, emulator.FakeClient, emulator.FakeSecret, options)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cred.GetToken(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	w.token = got.Token
	w.must(200, w.get("/users"))
	if left := time.Until(got.ExpiresOn); left < 59*time.Minute || left > 91*time.Minute {
		t.Errorf("token lives %v, want 60 to 90 minutes", left)
	}

	bad, err := azidentity.NewClientSecretCredential(emulator.FakeTenant, emulator.FakeClient, emulator.FakeSecretID, options)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bad.GetToken(t.Context(), scope)
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil || failed.RawResponse.StatusCode != 401 || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("wrong secret: %v", err)
	}
}

func TestAzidentityGetsATokenWithACertificate(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "sync"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *emulator.Options) {
		o.Now = time.Now
		o.Certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	})
	server, client := tlsAuthority(t, w.srv)
	get := func(key crypto.PrivateKey) error {
		cred, err := azidentity.NewClientCertificateCredential(emulator.FakeTenant, emulator.FakeClient, []*x509.Certificate{cert}, key,
			&azidentity.ClientCertificateCredentialOptions{
				ClientOptions:            azcore.ClientOptions{Transport: client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.URL}},
				DisableInstanceDiscovery: true,
			})
		if err != nil {
			return err
		}
		got, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
		w.token = got.Token
		return err
	}
	if err := get(key); err != nil {
		t.Fatal(err)
	}
	w.must(200, w.get("/users"))
}
