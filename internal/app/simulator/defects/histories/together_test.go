package histories_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// groups is how many shared transactions are made.
const groups = 40

// together has many callers commit at once, which histories that are lived one step after another never do: whoever is refused has
// written nothing, and whoever is not has written everything. It returns what is wrong, or "".
func together(t *testing.T) string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("together")), Now: storetest.Now,
		Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	pair, random := storetest.Pair(t, s, 1), rand.New(rand.NewPCG(1, 1))
	for n := range groups {
		callers := make([]caller, 3+random.IntN(8))
		for i := range callers {
			callers[i] = caller{link: storetest.Link(pair, 100*n+i), before: random.IntN(3) == 0, after: random.IntN(3) == 0}
		}
		commitTogether(t, s, callers)
		for i, c := range callers {
			if wrong := c.judge(t, s); wrong != "" {
				return fmt.Sprintf("caller %d of %d: %s", i, len(callers), wrong)
			}
		}
	}
	return ""
}

// caller is one commit of a link and an entry, with a fact before or after them that is refused.
type caller struct {
	link          journal.Link
	before, after bool
	err           error
}

func (c *caller) commit(t *testing.T, s *store.Store) {
	refused := journal.CloseIntent{Op: "none"}
	facts := []journal.Fact{journal.PutLink{Link: c.link}, journal.AddEntry{Entry: storetest.Entry(c.link, journal.Created)}}
	if c.before {
		facts = append([]journal.Fact{refused}, facts...)
	}
	if c.after {
		facts = append(facts, refused)
	}
	c.err = s.Commit(t.Context(), storetest.Admin(), facts...)
}

// commitTogether has all of them wait for one transaction after that of the first.
func commitTogether(t *testing.T, s *store.Store, callers []caller) {
	t.Helper()
	held, err := s.DB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { callers[i].commit(t, s) })
	}
	for s.Stats().Waiting < len(callers)-1 {
		runtime.Gosched()
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// judge holds what a caller was told against what is stored.
func (c *caller) judge(t *testing.T, s *store.Store) string {
	t.Helper()
	refused := c.before || c.after
	if refused != errors.Is(c.err, store.ErrNotFound) || !refused && c.err != nil {
		return fmt.Sprintf("refused %t, and was told: %v", refused, c.err)
	}
	_, err := s.Link(t.Context(), c.link.ID)
	if stored := err == nil; stored == refused {
		return fmt.Sprintf("refused %t, and its link is stored: %t", refused, stored)
	}
	entries, err := s.Journal(t.Context(), store.JournalFilter{Ref: c.link.Raynet.Ref, Limit: 10})
	if stored := len(entries) > 0; err != nil || stored == refused {
		return fmt.Sprintf("refused %t, and its entry is stored: %t, %v", refused, stored, err)
	}
	return ""
}
