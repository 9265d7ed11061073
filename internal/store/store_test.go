package store_test

import (
	"path/filepath"
	"testing"

	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

func TestStoreOnSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "sync.db")) })
}

// options are those of a test: the vault's keys are the same each time, so that a file can be opened again.
func options(path string) store.Options {
	return store.Options{
		Path: path, Vault: vault.NewFrom([]byte("store test")), Now: storetest.Now, Synchronous: "OFF",
	}
}

func open(t testing.TB, path string) *store.Store {
	t.Helper()
	return openWith(t, options(path))
}

func openWith(t testing.TB, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
