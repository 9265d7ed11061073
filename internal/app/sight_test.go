package app

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// A change of the account's rights is noticed, counts for a day, and is then how things are.
func TestAChangedSightSettles(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	service := emulator.New(emulator.Options{Now: clock})
	options := service.Options()
	client, err := raynet.New(raynet.Config{URL: "http://127.0.0.1/api/v2/", Instance: options.Instance, User: options.User,
		APIKey: options.APIKey, Transport: http.RoundTripper(service.Transport()), Now: clock, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	v := vault.New()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: v, Now: clock, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := newSight(Parts{Name: "default", Raynet: client, Store: db, Now: clock})
	look := func(when string, dry, want bool) {
		t.Helper()
		if got, err := s.Unchanged(context.WithoutCancel(t.Context()), dry); err != nil || got != want {
			t.Errorf("%s: unchanged = %v, %v, want %v", when, got, err, want)
		}
	}
	look("before anything is known, in a dry run", true, true)
	look("the first look", false, true)
	look("the second", false, true)
	if err := service.SetRole(options.User, "CERTAIN_RESTRICTIONS"); err != nil {
		t.Fatal(err)
	}
	look("a dry run after the role was cut", true, false)
	look("the first look after it", false, false)
	now = now.Add(23 * time.Hour)
	look("within a day", false, false)
	now = now.Add(2 * time.Hour)
	look("after a day", false, true)
}
