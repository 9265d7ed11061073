package store

import (
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/vault"
)

// A text is prepared when it is first needed, and once, also if a transaction was the first to ask; one that cannot be prepared
// fails where it is asked and keeps nobody else from writing.
func TestStatementsArePreparedOnce(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("statements")), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := newStatements(s.write)
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	const good, bad = "UPDATE pair SET id = id WHERE id = 0", "UPDATE nowhere SET id = 0"
	for round := range 3 {
		tx, _, err := p.begin(t.Context())
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		in := within{tx: tx, statements: p}
		if _, err := in.ExecContext(t.Context(), good); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		if _, err := in.ExecContext(t.Context(), bad); err == nil {
			t.Errorf("round %d: a text about no table was run", round)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if want := min(round, 1); len(p.known) != want {
			t.Errorf("round %d: %d statements are prepared, want %d", round, len(p.known), want)
		}
	}
	first, err := p.PrepareContext(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := p.PrepareContext(t.Context(), good); err != nil || first != second {
		t.Errorf("prepared anew: %v", err)
	}
	var n int
	if err := p.QueryRowContext(t.Context(), "SELECT count(*) FROM nowhere").Scan(&n); err == nil {
		t.Error("a row of no table was read")
	}
}
