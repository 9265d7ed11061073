package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/store"
)

// People changes people and fails the test if that is refused.
func People(t testing.TB, s *store.Store, do func(ctx context.Context, p *store.People) error) {
	t.Helper()
	if err := s.People(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func putAccounts(t testing.TB, s *store.Store, accounts ...store.Account) {
	t.Helper()
	People(t, s, func(ctx context.Context, p *store.People) error {
		for _, a := range accounts {
			if err := p.PutAccount(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func testAccounts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	jana := store.Account{Name: "jana", Role: "administrator", Since: Now(), Body: []byte(`{"lang":"cs"}`)}
	eva := store.Account{Name: "eva/x", Role: "self", Subject: "8f1c", Since: Now(), Body: []byte(`{}`)}
	putAccounts(t, s, jana, eva)
	jana.Role, jana.Body = "operator", []byte(`{"lang":"en"}`)
	putAccounts(t, s, jana)

	got, err := s.Accounts(ctx)
	if diff := cmp.Diff([]store.Account{eva, jana}, got); err != nil || diff != "" {
		t.Errorf("Accounts: %v (-want +got):\n%s", err, diff)
	}
	one, err := s.Account(ctx, "jana")
	if diff := cmp.Diff(jana, one); err != nil || diff != "" {
		t.Errorf("Account: %v (-want +got):\n%s", err, diff)
	}
	one, err = s.AccountOfSubject(ctx, "8f1c")
	if diff := cmp.Diff(eva, one); err != nil || diff != "" {
		t.Errorf("AccountOfSubject: %v (-want +got):\n%s", err, diff)
	}
	for name, err := range map[string]error{
		"name":    second(s.Account(ctx, "petr")),
		"subject": second(s.AccountOfSubject(ctx, "jana")),
		"none":    second(s.AccountOfSubject(ctx, "")),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown %s: error = %v, want ErrNotFound", name, err)
		}
	}
	err = s.People(ctx, func(ctx context.Context, p *store.People) error {
		return p.PutAccount(ctx, store.Account{Name: "ota", Subject: "8f1c", Role: "self"})
	})
	if !errors.Is(err, store.ErrSubject) {
		t.Errorf("a subject twice: error = %v, want ErrSubject", err)
	}
	People(t, s, func(ctx context.Context, p *store.People) error { return p.DropAccount(ctx, "jana") })
	err = s.People(ctx, func(ctx context.Context, p *store.People) error { return p.DropAccount(ctx, "jana") })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dropped twice: error = %v, want ErrNotFound", err)
	}
}

func second[T any](_ T, err error) error { return err }

// What fails half-way leaves nothing behind.
func testPeopleAllOrNothing(t *testing.T, s *store.Store) {
	ctx, broken := t.Context(), errors.New("broken")
	err := s.People(ctx, func(ctx context.Context, p *store.People) error {
		return errors.Join(
			p.PutAccount(ctx, store.Account{Name: "jana", Role: "viewer"}), p.BindSession(ctx, "token", "jana", Now().Add(time.Hour)),
			p.AddAudit(ctx, store.AuditLine{At: Now(), Act: "added"}), p.Remember(ctx, "key", []byte("value")), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatalf("error = %v, want the caller's own", err)
	}
	accounts, errAccounts := s.Accounts(ctx)
	lines, errLines := s.Audit(ctx, 0, 0)
	who, errWho := s.SessionAccount(ctx, "token")
	_, remembered, errRecall := s.Recall(ctx, "key")
	if err := errors.Join(errAccounts, errLines, errWho, errRecall); err != nil {
		t.Fatal(err)
	}
	if len(accounts) != 0 || len(lines) != 0 || who != "" || remembered {
		t.Errorf("left behind: accounts %v, audit %v, session of %q, memory %v", accounts, lines, who, remembered)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	err = s.People(cancelled, func(context.Context, *store.People) error { t.Error("began after the end"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error = %v", err)
	}
}

// session is what is known of a token.
type session struct {
	Data    string
	Found   bool
	Account string
}

func sessionOf(t testing.TB, s *store.Store, token string) session {
	t.Helper()
	data, found, err := s.Sessions().FindCtx(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	who, err := s.SessionAccount(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return session{string(data), found, who}
}

func wantSession(t testing.TB, s *store.Store, token string, want session) {
	t.Helper()
	if got := sessionOf(t, s, token); got != want {
		t.Errorf("session %s = %+v, want %+v", token, got, want)
	}
}

func commitSession(t testing.TB, s *store.Store, token, data string, until time.Time) {
	t.Helper()
	if err := s.Sessions().CommitCtx(t.Context(), token, []byte(data), until); err != nil {
		t.Fatal(err)
	}
}

func bind(t testing.TB, s *store.Store, token, account string) {
	t.Helper()
	People(t, s, func(ctx context.Context, p *store.People) error {
		return p.BindSession(ctx, token, account, Now().Add(time.Hour))
	})
}

func testSessions(t *testing.T, s *store.Store) {
	keeper, later := s.Sessions(), Now().Add(time.Hour)
	wantSession(t, s, "none", session{})
	commitSession(t, s, "one", "before", later)
	wantSession(t, s, "one", session{"before", true, ""})
	bind(t, s, "one", "jana")
	wantSession(t, s, "one", session{"before", true, "jana"})
	commitSession(t, s, "one", "after", later)
	wantSession(t, s, "one", session{"after", true, "jana"})
	bind(t, s, "two", "jana")
	wantSession(t, s, "two", session{"", false, "jana"}) // nothing to find until its data are there
	commitSession(t, s, "two", "data", later)
	wantSession(t, s, "two", session{"data", true, "jana"})
	commitSession(t, s, "three", "data", later)
	bind(t, s, "three", "petr")

	for range 2 {
		if err := keeper.DeleteCtx(t.Context(), "two"); err != nil {
			t.Fatal(err)
		}
	}
	wantSession(t, s, "two", session{})
	People(t, s, func(ctx context.Context, p *store.People) error { return p.EndSessions(ctx, "jana") })
	wantSession(t, s, "one", session{})
	wantSession(t, s, "three", session{"data", true, "petr"})
	// The request that was under way when the session ended brings it back as nobody's.
	commitSession(t, s, "one", "after", later)
	wantSession(t, s, "one", session{"after", true, ""})

	putAccounts(t, s, store.Account{Name: "petr", Role: "viewer"})
	People(t, s, func(ctx context.Context, p *store.People) error { return p.DropAccount(ctx, "petr") })
	wantSession(t, s, "three", session{})
}

func testSessionsEnd(t *testing.T, s *store.Store) {
	commitSession(t, s, "over", "data", Now())
	commitSession(t, s, "alive", "data", Now().Add(time.Millisecond))
	wantSession(t, s, "over", session{})
	wantSession(t, s, "alive", session{"data", true, ""})
	commitSession(t, s, "over", "data", Now().Add(time.Second)) // it may live again
	wantSession(t, s, "over", session{"data", true, ""})
	commitSession(t, s, "over", "data", Now().Add(-time.Hour)) // and be told to end
	wantSession(t, s, "over", session{})
	if got, err := s.Prune(t.Context(), Now().AddDate(0, 0, -30)); err != nil || got != (store.Pruned{Sessions: 1}) {
		t.Errorf("Prune = %+v, %v, want one session", got, err)
	}
	if got, err := s.PruneSessions(t.Context()); err != nil || got != 0 {
		t.Errorf("second PruneSessions = %d, %v, want 0", got, err)
	}
	wantSession(t, s, "alive", session{"data", true, ""})
}

func testAudit(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if proof, err := s.VerifyAudit(ctx); err != nil || !proof.Whole() || proof.Lines != 0 {
		t.Errorf("an empty audit: %+v, %v", proof, err)
	}
	var want []store.AuditLine
	for n := range 5 {
		line := store.AuditLine{At: Now().Add(time.Duration(n) * time.Second), Account: "jana", Act: fmt.Sprint("act-", n), Body: []byte(`{"n":1}`)}
		People(t, s, func(ctx context.Context, p *store.People) error { return p.AddAudit(ctx, line) })
		line.ID = int64(n + 1)
		want = append([]store.AuditLine{line}, want...)
	}
	for _, test := range []struct {
		name   string
		before int64
		limit  int
		want   []store.AuditLine
	}{
		{"all", 0, 0, want}, {"newest", 0, 2, want[:2]}, {"page", 4, 2, want[2:4]}, {"last page", 2, 2, want[4:]}, {"after the last", 1, 2, want[:0]},
	} {
		got, err := s.Audit(ctx, test.before, test.limit)
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
	if proof, err := s.VerifyAudit(ctx); err != nil || !proof.Whole() || proof.Lines != 5 {
		t.Errorf("VerifyAudit = %+v, %v", proof, err)
	}
}

// Lines written by many at once are one chain.
func testAuditAtOnce(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := s.People(ctx, func(ctx context.Context, p *store.People) error {
				return p.AddAudit(ctx, store.AuditLine{At: Now(), Act: "act"})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if proof, err := s.VerifyAudit(ctx); err != nil || !proof.Whole() || proof.Lines != 20 {
		t.Errorf("VerifyAudit = %+v, %v, want 20 lines", proof, err)
	}
}
