package cli_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/cli"
	"raynetsync/internal/config"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// people is an office whose accounts are kept in a real database. Its links are the same each time.
func people(t *testing.T) (cli.Connection, *store.Store) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("cli test")),
		Now: moment, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := office()
	o.Accounts = account.New(account.Options{Store: s, Now: moment, Random: rand.NewChaCha8([32]byte{7})})
	return o, s
}

const password = "modrá tužka na stole"

func claim(t *testing.T, o cli.Connection, output, name string) {
	t.Helper()
	_, token, ok := strings.Cut(output, "/start/")
	if !ok {
		t.Fatalf("no link in %q", output)
	}
	if _, err := o.Accounts.Claim(t.Context(), account.Claim{Token: strings.TrimSpace(token), Name: name, Password: password}); err != nil {
		t.Fatal(err)
	}
}

// The whole story of a server's accounts, as an administrator types it.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"cs", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			o, s := people(t)
			var story strings.Builder
			do := func(want int, args ...string) string {
				t.Helper()
				code, got := run(t, lang, o, args...)
				if code != want {
					t.Errorf("%v: exit code %d, want %d", args, code, want)
				}
				fmt.Fprintf(&story, "$ raynetsync %s\n%s\n", strings.Join(args, " "), got)
				return got
			}
			do(cli.Done, "accounts")
			do(cli.Done, "audit")
			claim(t, o, do(cli.Done, "accounts", "link"), "jana")
			do(cli.Done, "accounts", "add", "petr@example.cz", "--role", "viewer")
			do(cli.Done, "accounts", "list")
			do(cli.Done, "accounts", "link")
			claim(t, o, do(cli.Done, "accounts", "link", "petr@example.cz"), "")
			if _, err := o.Accounts.SignIn(t.Context(), "jana", password, "192.0.2.7"); err != nil {
				t.Fatal(err)
			}
			_, _ = o.Accounts.SignIn(t.Context(), "eva", password, "192.0.2.8")
			do(cli.Usage, "accounts", "remove", "jana")
			do(cli.Usage, "accounts", "role", "petr@example.cz", "root")
			do(cli.Usage, "accounts", "role", "eva", "viewer")
			do(cli.Usage, "accounts", "add", "jana", "--role", "viewer")
			do(cli.Usage, "accounts", "add", "eva")
			do(cli.Usage, "accounts", "role")
			do(cli.Done, "accounts", "role", "petr@example.cz", "administrator")
			do(cli.Done, "accounts")
			do(cli.Usage, "accounts", "link")
			do(cli.Done, "accounts", "remove", "petr@example.cz")
			do(cli.Done, "audit")
			do(cli.Done, "audit", "--limit", "2", "--before", "5")
			do(cli.Done, "audit", "--verify")
			for _, statement := range []string{"UPDATE audit SET account = 'eva' WHERE id = 2", "DELETE FROM audit WHERE id IN (4, 5)"} {
				if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			do(cli.Person, "audit", "--verify")
			do(cli.Done, "audit", "--before", "4")
			do(cli.Done, "accounts", "--help")
			golden(t, "accounts."+lang, story.String())
		})
	}
}

func TestAccountsForPrograms(t *testing.T) {
	t.Parallel()
	o, _ := people(t)
	var story strings.Builder
	for _, args := range [][]string{{"accounts"}, {"accounts", "link"}, {"accounts", "add", "jana", "--role", "administrator"}, {"accounts", "role", "jana", "viewer"},
		{"accounts"}, {"accounts", "remove", "jana"}, {"audit", "--limit", "1"}, {"audit", "--verify"}} {
		code, got := run(t, "cs", o, append(args, "--json")...)
		if code != cli.Done {
			t.Errorf("%v: exit code %d", args, code)
		}
		story.WriteString(got)
	}
	golden(t, "accounts.json", story.String())
}

func TestStartAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		listen, public, want string
	}{
		{"127.0.0.1:8383", "", "http://127.0.0.1:8383/start/T"},
		{":8383", "", "http://localhost:8383/start/T"},
		{"0.0.0.0:80", "", "http://localhost:80/start/T"},
		{"[::]:8383", "", "http://localhost:8383/start/T"},
		{"[::1]:8383", "", "http://[::1]:8383/start/T"},
		{"127.0.0.1:8383", "https://sync.example.cz", "https://sync.example.cz/start/T"},
		{"127.0.0.1:8383", "https://example.cz/sync/", "https://example.cz/sync/start/T"},
	} {
		if got := cli.StartAddress(config.Server{Listen: test.listen, PublicURL: test.public}, "T"); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.listen, test.public, got, test.want)
		}
	}
}
