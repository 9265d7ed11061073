package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

var _ scs.CtxStore = (*store.Sessions)(nil)

// byHand changes the database as somebody with access to the file would.
func byHand(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	result, err := s.DB().ExecContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		t.Fatalf("%s changed %d rows, %v", statement, rows, err)
	}
}

func TestAuditTellsWhatWasChangedByHand(t *testing.T) {
	t.Parallel()
	const copyOfFour = "(SELECT sealed_body FROM audit WHERE id = 4)"
	for _, test := range []struct {
		name, statement string
		want            store.AuditProof
	}{
		{"account", "UPDATE audit SET account = 'eva' WHERE id = 3", store.AuditProof{Lines: 6, Changed: []int64{3}}},
		{"time", "UPDATE audit SET at = at + 1 WHERE id = 1", store.AuditProof{Lines: 6, Changed: []int64{1}}},
		{"act", "UPDATE audit SET act = 'signed-in' WHERE id = 6", store.AuditProof{Lines: 6, Changed: []int64{6}}},
		{"values of another line", "UPDATE audit SET sealed_body = " + copyOfFour + " WHERE id = 2", store.AuditProof{Lines: 6, Changed: []int64{2}}},
		{"chain", "UPDATE audit SET chain = 'x' WHERE id = 2", store.AuditProof{Lines: 6, Changed: []int64{2, 3}}},
		{"one taken out", "DELETE FROM audit WHERE id = 4", store.AuditProof{Lines: 5, Missing: []int64{4}}},
		{"the first taken out", "DELETE FROM audit WHERE id < 3", store.AuditProof{Lines: 4, Missing: []int64{1, 2}}},
		{"the last taken out", "DELETE FROM audit WHERE id > 4", store.AuditProof{Lines: 4, Missing: []int64{5, 6}}},
		{"all taken out", "DELETE FROM audit", store.AuditProof{Missing: []int64{1, 2, 3, 4, 5, 6}}},
		{"one invented", "INSERT INTO audit (id, at, account, act, sealed_body, chain) SELECT 7, at, account, act, sealed_body, chain FROM audit WHERE id = 6",
			store.AuditProof{Lines: 7, Changed: []int64{7}}},
		{"order", "UPDATE audit SET id = CASE id WHEN 6 THEN 8 ELSE 9 END WHERE id IN (5, 6)",
			store.AuditProof{Lines: 6, Changed: []int64{8, 9}, Missing: []int64{5, 6, 7}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, filepath.Join(t.TempDir(), "sync.db"))
			for n := range 6 {
				line := store.AuditLine{At: storetest.Now(), Account: "jana", Act: "settings-changed", Body: fmt.Appendf(nil, `{"n":%d}`, n)}
				storetest.People(t, s, func(ctx context.Context, p *store.People) error { return p.AddAudit(ctx, line) })
			}
			byHand(t, s, test.statement)
			got, err := s.VerifyAudit(t.Context())
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" || got.Whole() {
				t.Errorf("VerifyAudit: %v (-want +got):\n%s", err, diff)
			}
			lines, err := s.Audit(t.Context(), 0, 0)
			if err != nil || int64(len(lines)) != test.want.Lines {
				t.Errorf("what is left cannot be listed: %d lines, %v", len(lines), err)
			}
			// The server goes on, and its lines do not make good what was done.
			storetest.People(t, s, func(ctx context.Context, p *store.People) error {
				return p.AddAudit(ctx, store.AuditLine{At: storetest.Now(), Act: "later"})
			})
			test.want.Lines++
			after, err := s.VerifyAudit(t.Context())
			if diff := cmp.Diff(test.want, after); err != nil || diff != "" {
				t.Errorf("after one more line: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Somebody who can write the file cannot make himself an administrator, nor take over a session.
func TestRowsOfPeopleAreSealedAsAWhole(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		"UPDATE account SET role = 'administrator' WHERE name = 'eva'",
		"UPDATE account SET subject = 'another' WHERE name = 'eva'",
		"UPDATE account SET sealed_body = (SELECT sealed_body FROM account WHERE name = 'jana') WHERE name = 'eva'",
	} {
		s := open(t, filepath.Join(t.TempDir(), "sync.db"))
		storetest.People(t, s, func(ctx context.Context, p *store.People) error {
			return errors.Join(p.PutAccount(ctx, store.Account{Name: "jana", Role: "administrator", Body: []byte("{}")}),
				p.PutAccount(ctx, store.Account{Name: "eva", Role: "viewer", Subject: "8f1c", Body: []byte("{}")}))
		})
		byHand(t, s, statement)
		if a, err := s.Account(t.Context(), "eva"); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("after %s: %+v, %v, want ErrSealed", statement, a, err)
		}
	}

	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	storetest.People(t, s, func(ctx context.Context, p *store.People) error {
		return p.BindSession(ctx, "token", "eva", storetest.Now().Add(time.Hour))
	})
	byHand(t, s, "UPDATE session SET account = 'jana'")
	if who, err := s.SessionAccount(t.Context(), "token"); who != "" || err != nil {
		t.Errorf("a session that was changed by hand belongs to %q, %v", who, err)
	}
}

// What would let a reader of the file sign in, or tells about people, is not in it.
func TestFileHoldsNoTokens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sync.db")
	s := open(t, path)
	secrets := []string{"canary-token-91c4", "canary-data-91c4", "canary-body-91c4", "canary-args-91c4"}
	if err := s.Sessions().Commit(secrets[0], []byte(secrets[1]), storetest.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	storetest.People(t, s, func(ctx context.Context, p *store.People) error {
		return errors.Join(p.PutAccount(ctx, store.Account{Name: "eva", Role: "viewer", Body: []byte(secrets[2])}),
			p.AddAudit(ctx, store.AuditLine{Account: "eva", Act: "added", Body: []byte(secrets[3])}))
	})
	if _, err := s.DB().ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "eva") {
		t.Fatal("the file does not hold what was written: the test looks at the wrong thing")
	}
	for _, secret := range secrets {
		if strings.Contains(string(content), secret) {
			t.Errorf("the file holds %s", secret)
		}
	}
}

// A page that is only looked at again and again does not write each time.
func TestUnchangedSessionIsNotWritten(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	commit := func(data string, until time.Time) {
		t.Helper()
		if err := s.Sessions().Commit("token", []byte(data), until); err != nil {
			t.Fatal(err)
		}
	}
	until := func() (ms int64) {
		t.Helper()
		if err := s.DB().QueryRowContext(t.Context(), "SELECT until FROM session").Scan(&ms); err != nil {
			t.Fatal(err)
		}
		return ms - storetest.Now().UnixMilli()
	}
	for _, test := range []struct {
		data string
		till time.Duration
		want time.Duration
	}{
		{"a", 30 * time.Minute, 30 * time.Minute},
		{"a", 30*time.Minute + 59*time.Second, 30 * time.Minute},
		{"a", 31 * time.Minute, 31 * time.Minute},
		{"b", 31*time.Minute + time.Second, 31*time.Minute + time.Second},
		{"b", 10 * time.Minute, 10 * time.Minute}, // sooner is always taken seriously
	} {
		commit(test.data, storetest.Now().Add(test.till))
		if got := until(); got != test.want.Milliseconds() {
			t.Errorf("after %q until %v: ends after %d ms, want %v", test.data, test.till, got, test.want)
		}
	}
}

// Whoever is signed in stays so while nothing can be written, to see why; nobody new gets in and nobody is thought to be out.
func TestSessionsWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	keeper, until := s.Sessions(), storetest.Now().Add(30*time.Minute)
	if err := keeper.Commit("token", []byte("data"), until); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB().ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := keeper.Commit("token", []byte("data"), until.Add(10*time.Minute)); err != nil {
		t.Errorf("prolonging: %v", err)
	}
	if data, found, err := keeper.Find("token"); err != nil || !found || string(data) != "data" {
		t.Errorf("Find = %q, %v, %v", data, found, err)
	}
	for name, err := range map[string]error{
		"new data": keeper.Commit("token", []byte("other"), until), "sooner": keeper.Commit("token", []byte("data"), storetest.Now()),
		"new": keeper.Commit("another", []byte("data"), until), "end": keeper.Delete("token"),
	} {
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%s: %v, want ErrReadOnly", name, err)
		}
	}
}
