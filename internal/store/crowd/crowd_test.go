package crowd_test

import (
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
	"raynetsync/internal/store/crowd"
	"raynetsync/internal/vault"
)

// What the store reads of a crowd is what was asked for, and its cursors are found where the engine looks for them.
func TestFill(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("crowd")),
		Now: func() time.Time { return now }, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := crowd.Fill(ctx, s, crowd.Size{Connection: "default", Mailboxes: 50, Links: 30000}, now); err != nil {
		t.Fatal(err)
	}
	states, err := s.UserStates(ctx, "default")
	if err != nil || states[journal.PairRunning] != 49 || states[journal.PairHalted] != 1 {
		t.Errorf("users = %v, %v", states, err)
	}
	pairs, err := s.Pairs(ctx, "default")
	if err != nil || len(pairs) != 150 {
		t.Fatalf("%d pairs, %v", len(pairs), err)
	}
	all := 0
	for _, p := range pairs {
		figures, err := s.Figures(ctx, "default", p.Mailbox)
		if err != nil || len(figures) != 3 || figures[0].Cycle.IsZero() || figures[0].Changed.IsZero() {
			t.Fatalf("figures = %+v, %v", figures, err)
		}
		counted := 0
		for after := ""; ; {
			links, err := s.LinksAfter(ctx, p.ID, after, 150)
			if err != nil {
				t.Fatal(err)
			}
			counted += len(links)
			if len(links) < 150 {
				break
			}
			after = links[len(links)-1].ID
		}
		states, err := s.LinkStates(ctx, p.ID)
		if err != nil || counted != states[journal.Linked] {
			t.Fatalf("%d links, counted as %v, %v", counted, states, err)
		}
		all += counted + states[journal.Hidden]
		if _, ok, err := s.Cursor(ctx, engine.FeedScope(p)); ok || err == nil {
			t.Fatalf("a cursor that nobody sealed was opened: %v, %v", ok, err)
		}
	}
	if all != 30000 {
		t.Errorf("%d links", all)
	}
}
