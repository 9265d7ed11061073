package account_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
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

// office is a server's accounts over a real database.
type office struct {
	*account.Accounts
	clock *clock
	store *store.Store
	path  string
}

func setup(t testing.TB) *office {
	t.Helper()
	o := &office{clock: &clock{at: time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)}, path: filepath.Join(t.TempDir(), "sync.db")}
	o.open(t)
	return o
}

// open opens the database, again after a restart.
func (o *office) open(t testing.TB) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: o.path, Vault: vault.NewFrom([]byte("account test")), Now: o.clock.now, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	o.store = s
	o.Accounts = account.New(account.Options{Store: s, Now: o.clock.now})
	t.Cleanup(func() { _ = s.Close() }) // a restart closes it earlier
}

func (o *office) restart(t testing.TB) {
	t.Helper()
	if err := o.store.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t)
}

const (
	goodPassword  = "modrá tužka na stole"
	otherPassword = "zelený vlak do Brna"
	home          = "192.0.2.7"
)

// administrator makes the first administrator, jana, and returns her account.
func (o *office) administrator(t testing.TB) account.Account {
	t.Helper()
	token, needed, err := o.FirstLink(t.Context())
	if err != nil || !needed {
		t.Fatalf("FirstLink: needed %v, %v", needed, err)
	}
	who, err := o.Claim(t.Context(), account.Claim{Token: token, Name: "Jana", Password: goodPassword, From: home})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// person adds an account with a password.
func (o *office) person(t testing.TB, name string, role account.Role) account.Account {
	t.Helper()
	token, err := o.Add(t.Context(), boss(), account.Newcomer{Name: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	who, err := o.Claim(t.Context(), account.Claim{Token: token, Password: otherPassword, From: home})
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func boss() account.Actor { return account.Actor{Account: "jana", From: home} }

func code(err error) string {
	if err == nil {
		return ""
	}
	if failure, ok := errors.AsType[*account.Failure](err); ok {
		return failure.Code
	}
	return "no failure: " + err.Error()
}

func wantCode(t testing.TB, what string, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// codes returns the codes of the audit, the oldest first.
func (o *office) codes(t testing.TB) []account.Code {
	t.Helper()
	lines, err := o.Audit(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []account.Code
	for i := range lines {
		out = append(out, lines[len(lines)-1-i].Code)
	}
	return out
}
