package outlook_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
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

// The accidents of the feed: each is either survived or a typed error, never a short list.
func TestAccidentsOfTheFeed(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"delta-410", "delta-410-bare", "delta-resync", "delta-not-found", "delta-bad-token"} {
		w := setup(t)
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.CursorDead {
			t.Errorf("%s: %v", fault, err)
		}
	}
	for _, fault := range []string{"delta-endless", "delta-404-once"} {
		w := setup(t)
		w.person(w.jana, meeting("Schůzka"))
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		w.person(w.jana, meeting("Další"))
		if round, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.Unavailable || round.Changed != nil {
			t.Errorf("%s: %d changed, %v", fault, len(round.Changed), err)
		}
	}
	for _, fault := range []string{"delta-duplicates", "delta-empty-pages", "delta-master-missing", "delta-removed-unknown"} {
		w := setup(t)
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		single, master := w.person(w.jana, meeting("Schůzka")), w.person(w.jana, weekly("Porada"))
		round := w.begin()
		byRef(t, round.Changed, event(single))
		byRef(t, round.Changed, event(master))
		byRef(t, round.Changed, occurrence(master, "2026-12-02"))
		seen := map[remote.Ref]bool{}
		for _, one := range round.Changed {
			if seen[one.Ref] {
				t.Errorf("%s: %s is told twice", fault, one.Ref)
			}
			seen[one.Ref] = true
		}
	}
}

// Whatever happens to one page of several, there is no round.
func TestOneBadPage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]chaos.Fault{
		"503 without body": {Effect: chaos.EffectStatus, Status: 503},
		"502 of a proxy":   {Effect: chaos.EffectStatus, Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>Bad Gateway</html>"},
		"200 of a proxy":   {Effect: chaos.EffectStatus, Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>Log in</html>"},
		"200 of nothing":   {Effect: chaos.EffectStatus, Status: 200, Body: "{}"},
		"empty 404":        {Effect: chaos.EffectStatus, Status: 404},
		"cut off":          {Effect: chaos.EffectTruncate},
		"no answer":        {Effect: chaos.EffectLoseAnswer},
	} {
		w := setup(t)
		w.uncheck() // the faults are not in the contract
		for i := range 210 {
			w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))
		}
		fault.Name, fault.PathContains, fault.Every, fault.Times = name, "/calendarView/delta", 2, 1
		w.server.Layer().Set(fault)
		round, err := w.client.Begin(t.Context(), w.scope, w.now(), w.now().AddDate(0, 1, 0))
		if failed := failure(t, err); failed.Kind != remote.Unavailable || round.Changed != nil || round.Cursor != "" {
			t.Errorf("%s: %d events, %v", name, len(round.Changed), err)
		}
	}
}

// A write whose answer is lost may have landed; one that was refused or never judged has not.
func TestUnknownWrites(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   chaos.Fault
		kind    remote.ErrorKind
		unknown bool
		landed  int
	}{
		"answer lost": {chaos.Fault{Effect: chaos.EffectLoseAnswer}, remote.Unavailable, true, 1},
		"answer cut":  {chaos.Fault{Effect: chaos.EffectTruncate}, remote.Unavailable, true, 1},
		"not arrived": {chaos.Fault{Effect: chaos.EffectDropRequest}, remote.Unavailable, true, 0},
		"500":         {chaos.Fault{Effect: chaos.EffectStatus, Status: 500}, remote.Unavailable, true, 0},
		"throttled":   {chaos.Fault{Effect: chaos.EffectStatus, Status: 429, Header: map[string]string{"Retry-After": "2.5"}}, remote.Throttled, false, 0},
		"refused": {chaos.Fault{Effect: chaos.EffectStatus, Status: 400,
			Body: `{"error":{"code":"ErrorPropertyValidationFailure","message":"no"}}`}, remote.Invalid, false, 0},
	} {
		w := setup(t)
		w.uncheck()
		test.fault.Name, test.fault.Method, test.fault.Times = name, "POST", 1
		w.server.Layer().Set(test.fault)
		request := w.compose(w.creation("op-1", sample))
		_, err := w.client.Send(t.Context(), request)
		failed := failure(t, err)
		if failed.Kind != test.kind || failed.Unknown != test.unknown || (test.kind == remote.Throttled && failed.RetryAt != w.now().Add(2500*time.Millisecond)) {
			t.Errorf("%s: %v, unknown %v, retry at %v", name, failed, failed.Unknown, failed.RetryAt)
		}
		found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
		if err != nil || len(found) != test.landed {
			t.Errorf("%s: %d landed, %v", name, len(found), err)
		}
		w.send(request)
		if all := w.server.All(w.jana); len(all) != 1 {
			t.Errorf("%s: %d events after the repeat", name, len(all))
		}
	}
}

// Twenty reads are one request; what is not there is told as gone.
func TestReadsOfMany(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *outlook.Config) { c.Retries = 2 })
	var refs []remote.Ref
	for i := range 25 {
		refs = append(refs, event(w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))))
	}
	refs = append(refs, event("AAkNOTHERE="))
	w.requests()
	for i, reading := range w.read(refs...) {
		if want := i < 25; (reading.Presence == remote.Present) != want || reading.Ref != refs[i] {
			t.Errorf("%d: %s is %s: %v", i, reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for 26 events", got)
	}
}

// A throttled part of a batch is read again alone; a failure of the whole mailbox is not blamed on one event.
func TestThrottledParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, throttledParts) // the wait that the service asks for costs no time
}

func throttledParts(t *testing.T) {
	w := setup(t, func(c *outlook.Config) { c.Retries = 2 })
	var refs []remote.Ref
	for i := range 3 {
		refs = append(refs, event(w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))))
	}
	if err := w.server.Inject("batch-inner-429"); err != nil {
		t.Fatal(err)
	}
	w.requests()
	for _, reading := range w.read(refs...) {
		if reading.Presence != remote.Present {
			t.Errorf("%s is %s: %v", reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests: the batch and the throttled part", got)
	}
	if err := w.server.SetMailboxState(w.jana, emulator.StateSoftDeleted, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Read(t.Context(), w.scope, refs); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("mailbox gone: %v", err)
	}
}

// Strange data: the round is read, nothing crashes, what cannot be is left out by a rule.
func TestOddData(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck() // strange on purpose
	if err := w.server.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))
	}
	round := w.begin()
	if len(round.Changed) != 12 {
		t.Fatalf("%d of 12 events", len(round.Changed))
	}
	for _, one := range round.Changed {
		if one.Partial || (one.Rule == "" && one.Span.From.Year() < 1900) {
			t.Errorf("%+v", one)
		}
		for name, value := range one.Fields {
			if strings.ContainsFunc(string(value), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("%s holds a control character: %q", name, value)
			}
		}
	}
}

// A mailbox that loses its licence does not look like one whose events were deleted, whatever code the 404 has.
func TestMailboxLostIsNotEventsGone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck()
	ref := event(w.person(w.jana, meeting("Schůzka")))
	target := w.readOne(ref)
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	w.server.Layer().Set(chaos.Fault{Name: "lost", Effect: chaos.EffectStatus, Status: 404, Body: `{"error":{"code":"ResourceNotFound","message":"Resource could not be discovered."}}`})
	if _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{ref}); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("read: %v", err)
	}
	if _, err := w.client.Send(t.Context(), removal); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("removal: %v", err)
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
