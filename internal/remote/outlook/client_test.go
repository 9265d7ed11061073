package outlook_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// Over real HTTP: the login service speaks https with a certificate of our own CA, Graph plain http on this machine. Six
// callers at once make one token.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	server := emulator.New(emulator.Options{})
	mailbox := server.AddMailbox(map[string]any{"userPrincipalName": "jana@contoso.example"})
	ca, certificate, err := emulator.NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	tokens := 0
	authority := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if strings.HasSuffix(in.URL.Path, "/token") {
			mu.Lock()
			tokens++
			mu.Unlock()
		}
		server.Authority().ServeHTTP(out, in)
	}))
	authority.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	authority.StartTLS()
	t.Cleanup(authority.Close)
	graph := httptest.NewServer(server.Graph())
	t.Cleanup(graph.Close)
	client, err := outlook.New(outlook.Config{
		GraphURL: graph.URL + "/v1.0", AuthorityURL: strings.Replace(authority.URL, "127.0.0.1", "localhost", 1), CAFile: caFile,
		TenantID: emulator.FakeTenant, ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 6 {
		wait.Go(func() {
			if err := client.Probe(t.Context(), outlook.CalendarRead, mailbox); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if tokens != 1 {
		t.Errorf("%d tokens were fetched", tokens)
	}
	info, err := client.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(info.Roles)
	if diff := cmp.Diff([]string{"Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite.All", "User.Read.All"}, info.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if info.Tenant != emulator.FakeTenant || info.Client != emulator.FakeClient || time.Until(info.Expires) < 30*time.Minute {
		t.Errorf("token: %+v", info)
	}
	scope := remote.Scope{Kind: record.Calendar, Mailbox: mailbox}
	round, err := client.Begin(t.Context(), scope, time.Now(), time.Now().AddDate(0, 1, 0))
	if err != nil || round.ServerTime.IsZero() {
		t.Errorf("round at server time %v: %v", round.ServerTime, err)
	}
}

// A refused login says which of Microsoft's codes it was.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]struct {
		kind remote.ErrorKind
		code string
	}{
		"token-wrong-secret": {remote.Unauthorized, "AADSTS7000215"}, "token-expired-secret": {remote.Unauthorized, "AADSTS7000222"},
		"token-disabled": {remote.Unauthorized, "AADSTS7000112"}, "token-blocked": {remote.Unauthorized, "AADSTS53003"},
	} {
		w := setup(t)
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		_, err := w.client.Token(t.Context())
		failed := failure(t, err)
		if failed.Kind != want.kind || failed.Code != want.code || failed.RequestID == "" || strings.Contains(failed.Text, "Trace ID") {
			t.Errorf("%s: %v (trace %q)", fault, failed, failed.RequestID)
		}
		_, err = w.client.Send(t.Context(), w.compose(w.creation("k", sample)))
		if again := failure(t, err); again.Kind != want.kind || again.Code != want.code || again.Unknown {
			t.Errorf("%s, a write: %v, unknown %v", fault, again, again.Unknown)
		}
	}
}

func failure(t *testing.T, err error) *remote.Error {
	t.Helper()
	failed, ok := err.(*remote.Error)
	if !ok {
		t.Fatalf("%v is not a remote error", err)
	}
	if failed.Side != record.Outlook || failed.Doing == "" {
		t.Errorf("the error tells too little: %+v", failed)
	}
	return failed
}

// A token that Graph takes no longer is replaced once, without the caller noticing.
func TestTokenRefusedByGraph(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.begin()
	w.pass(24 * time.Hour) // for the emulator's clock the token is over, for azidentity's it is not
	w.requests()
	w.begin()
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests, not the refused one and its repeat", got)
	}
}

// Missing permissions and mailboxes are told apart by probing.
func TestProbe(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, what := range []outlook.Capability{outlook.UsersRead, outlook.CalendarRead, outlook.ContactsRead, outlook.TasksRead} {
		if err := w.client.Probe(t.Context(), what, w.jana); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.client.Probe(t.Context(), outlook.CalendarRead, "99999999-9999-4999-8999-999999999999"); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("nobody's mailbox: %v", err)
	}
	if err := w.server.Inject("mailbox-gone"); err != nil {
		t.Fatal(err)
	}
	if err := w.client.Probe(t.Context(), outlook.CalendarRead, w.petr); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("mailbox gone: %v", err)
	}
	bare := setup(t)
	bare.server.SetRoles("Calendars.ReadWrite")
	if err := bare.client.Probe(t.Context(), outlook.UsersRead, ""); remote.KindOf(err) != remote.Forbidden {
		t.Errorf("users without the permission: %v", err)
	}
	if kind := remote.KindOf(bare.client.Probe(t.Context(), outlook.TasksRead, bare.jana)); kind != remote.Unauthorized && kind != remote.Forbidden {
		t.Errorf("tasks without the permission: %v", kind)
	}
}

// Users come with every address by which somebody may know them.
func TestUsers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	users, err := w.client.Users(t.Context())
	if err != nil || len(users) != 2 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	i := slices.IndexFunc(users, func(u outlook.User) bool { return u.ID == w.jana })
	if diff := cmp.Diff([]string{"jana@contoso.example", "j.nova@contoso.example"}, users[i].Addresses()); diff != "" || !users[i].Enabled || users[i].Name != "Jana Nová" {
		t.Errorf("%+v (-want +got):\n%s", users[i], diff)
	}
}

// A client certificate takes the place of the secret.
func TestCertificate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "client.pem")
	certificate := selfSigned(t, file)
	server := emulator.New(emulator.Options{Certificate: certificate})
	client, err := outlook.New(outlook.Config{
		GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example", TenantID: emulator.FakeTenant,
		ClientID: emulator.FakeClient, CertificateFile: file, Transport: server.Transport(), Now: time.Now, Retries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Token(t.Context()); err != nil {
		t.Error(err)
	}
}

// selfSigned writes a certificate with its key to a file and returns the certificate alone.
func selfSigned(t *testing.T, file string) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	both := append(slices.Clone(certificate), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// What New refuses, in words for the administrator.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := setup(t).config
	for name, change := range map[string]func(*outlook.Config){
		"tenant id":     func(c *outlook.Config) { c.TenantID = " " },
		"client id":     func(c *outlook.Config) { c.ClientID = "" },
		"secret":        func(c *outlook.Config) { c.ClientSecret = "" },
		"https":         func(c *outlook.Config) { c.AuthorityURL = "http://login.contoso.example" },
		"without https": func(c *outlook.Config) { c.GraphURL = "http://graph.contoso.example/v1.0" },
		"certificate":   func(c *outlook.Config) { c.CertificateFile = "/nowhere/client.pem" },
		"CA file":       func(c *outlook.Config) { c.Transport, c.CAFile = nil, "/nowhere/ca.pem" },
		"Config.Now":    func(c *outlook.Config) { c.Now = nil },
	} {
		config := good
		change(&config)
		if _, err := outlook.New(config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
