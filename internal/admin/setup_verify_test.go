package admin_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/jobs"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/raynet"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

const (
	jana = "jana@example.cz"
	petr = "petr@example.cz"
)

// company is a RAYNET and a tenant with two users, and the server that is to connect them. Fields may be changed until open.
type company struct {
	t *testing.T

	raynetOptions  raynetemu.Options
	outlookOptions outlookemu.Options
	raynetConfig   raynet.Config
	outlookConfig  outlook.Config
	settings       admin.Settings
	// off is how far the server's clock is ahead of the true time.
	off time.Duration

	raynet  *raynetemu.Server
	outlook *outlookemu.Server
	store   *store.Store
	vault   *vault.Vault
	boxes   map[string]string // address -> mailbox
	persons map[string]int64  // login -> person

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (c *company) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *company) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *company) ours() time.Time { return c.clock().Add(c.off) }

// newCompany makes everything right; change makes it wrong.
func newCompany(t *testing.T, change ...func(*company)) *company {
	t.Helper()
	c := &company{t: t, now: time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC), vault: vault.NewFrom([]byte("admin")), boxes: map[string]string{}, persons: map[string]int64{}}
	c.raynetOptions = raynetemu.Options{Now: c.clock, KeepHistory: true}
	c.outlookOptions = outlookemu.Options{Now: c.clock, KeepHistory: true}
	c.settings = admin.Settings{
		Kinds: []record.Kind{record.Calendar},
		Users: []string{jana, petr}, TenantID: outlookemu.FakeTenant, ClientID: outlookemu.FakeClient, SecretExpires: c.now.AddDate(1, 0, 0),
		RaynetURL: "https://app.raynet.cz/api/v2/", GraphURL: outlook.DefaultGraphURL, RaynetLogin: "login one", MicrosoftLogin: "login two",
	}
	c.raynetConfig = raynet.Config{APIKey: "fake-raynet-api-key", Retries: -1}
	c.outlookConfig = outlook.Config{ClientSecret: outlookemu.FakeSecret, Retries: -1}
	for _, f := range change {
		f(c)
	}
	c.raynet, c.outlook = raynetemu.New(c.raynetOptions), outlookemu.New(c.outlookOptions)
	for _, login := range []string{jana, petr} {
		name, _, _ := strings.Cut(login, "@")
		c.persons[login], _ = c.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová"}, login, "FULL_THROTTLE", "Europe/Prague")
		c.boxes[login] = c.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name})
	}
	var err error
	c.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: c.vault, Now: c.ours, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// open starts a server process on the database that is there.
func (c *company) open() *admin.Admin {
	c.t.Helper()
	rc, oc, options := c.raynetConfig, c.outlookConfig, c.raynet.Options()
	rc.URL, rc.Instance, rc.User, rc.Now = c.settings.RaynetURL, or(rc.Instance, options.Instance), or(rc.User, options.User), c.ours
	if rc.Transport == nil {
		rc.Transport = c.raynet.Transport()
	}
	oc.GraphURL, oc.TenantID, oc.ClientID, oc.Now = c.settings.GraphURL, or(c.settings.TenantID, "none"), or(c.settings.ClientID, "none"), c.ours
	oc.AuthorityURL = "https://127.0.0.1/"
	if oc.Transport == nil {
		oc.Transport = c.outlook.Transport()
	}
	raynetClient, err := raynet.New(rc)
	if err != nil {
		c.t.Fatal(err)
	}
	outlookClient, err := outlook.New(oc)
	if err != nil {
		c.t.Fatal(err)
	}
	ids := 0
	return &admin.Admin{
		Connection: &jobs.Connection{Name: "default", Holder: "test", Store: c.store}, Store: c.store, Raynet: raynetClient, Outlook: outlookClient,
		Settings: c.settings, Now: c.ours, Log: slog.New(slog.DiscardHandler),
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	}
}

func or(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// verify runs the check and looks at what must hold for all of them: texts in both languages, no skipped check without a
// reason, nothing written.
func (c *company) verify(a *admin.Admin, options admin.VerifyOptions) admin.Verification {
	c.t.Helper()
	v, err := a.Verify(c.t.Context(), options)
	if err != nil {
		c.t.Fatal(err)
	}
	wantWords(c.t, v.Checks)
	for _, check := range v.Checks {
		on, _ := check.Args["on"].(string)
		if check.Code == "depends" && !slices.ContainsFunc(v.Checks, func(other admin.Check) bool {
			return other.ID == on && other.State != admin.CheckOK
		}) {
			c.t.Errorf("%s depends on %q, which did not fail", check.ID, on)
		}
	}
	if !options.Write && len(c.raynet.History()) > 0 && slices.ContainsFunc(c.raynet.History(), func(w raynetemu.Write) bool { return w.Source == "api" }) {
		c.t.Errorf("RAYNET was written to: %v", c.raynet.History())
	}
	if len(c.outlook.History()) > 0 || len(c.outlook.Mails()) > 0 {
		c.t.Errorf("Outlook was written to: %v", c.outlook.History())
	}
	return v
}

// wantWords checks that what is told is a whole text in both languages, and that whatever failed names its repair.
func wantWords(t *testing.T, checks []admin.Check) {
	t.Helper()
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, check := range checks {
			keys := []string{"check." + check.ID + ".title", "check." + check.ID + "." + check.Code}
			if repair := keys[1] + ".repair"; check.State == admin.CheckFailed || texts.Has(repair) {
				keys = append(keys, repair)
			}
			for _, key := range keys {
				if text := texts.T(key, check.Args); text == key || strings.Contains(text, "no value") {
					t.Errorf("%s: %s says %q of %+v", lang, key, text, check)
				}
			}
		}
	}
}

// find returns the check of an id, for a user if one is given.
func find(t *testing.T, v admin.Verification, id, user string) admin.Check {
	t.Helper()
	var found []admin.Check
	for _, check := range v.Checks {
		if check.ID == id && (user == "" || check.User == user) {
			found = append(found, check)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d checks %s of %q in %s", len(found), id, user, brief(v))
	}
	return found[0]
}

// want checks outcomes written as "id=state/code"; the id may be followed by "@" and a user.
func want(t *testing.T, v admin.Verification, outcomes ...string) {
	t.Helper()
	for _, outcome := range outcomes {
		id, expected, _ := strings.Cut(outcome, "=")
		id, user, _ := strings.Cut(id, ":")
		if check := find(t, v, id, user); check.State+"/"+check.Code != expected {
			t.Errorf("%s is %s/%s (%s), want %s", id, check.State, check.Code, check.Detail, expected)
		}
	}
}

// others checks that every check but those named by id has one of the states.
func others(t *testing.T, v admin.Verification, ids []string, states ...string) {
	t.Helper()
	for _, check := range v.Checks {
		if !slices.Contains(ids, check.ID) && !slices.Contains(states, check.State) {
			t.Errorf("%s is %s/%s (%s)", check.ID, check.State, check.Code, check.Detail)
		}
	}
}

func brief(v admin.Verification) string {
	var b strings.Builder
	for _, check := range v.Checks {
		fmt.Fprintf(&b, "\n  %s %s/%s %s %v %s", check.ID, check.State, check.Code, check.User, check.Args, check.Detail)
	}
	return b.String()
}

// rewrite is a transport that changes answers.
type rewrite struct {
	next   http.RoundTripper
	change func(*http.Request, *http.Response)
}

func (r rewrite) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err == nil {
		r.change(request, response)
	}
	return response, err
}
