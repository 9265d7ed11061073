package admin_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

const (
	ownMailbox = "00000000-0000-4000-8000-000000000001"
	ownAddress = "eva@firma.cz"
)

// settings are those of a server whose environment says environ; applied counts how often they were taken up.
func settings(t *testing.T, applied *int, environ ...string) *admin.Setup {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("own")), Now: time.Now, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &admin.Setup{Store: db, Layers: config.Layers{Environ: environ}, Apply: func(context.Context) error { *applied++; return nil }}
}

func kinds(of ...record.Kind) []record.Kind { return of }

// A person chooses among what an administrator allows; whatever an administrator decides later counts, and the person's choice
// never makes it wider.
func TestOwnKinds(t *testing.T) {
	t.Parallel()
	applied := 0
	s := settings(t, &applied, "RAYNETSYNC_SYNC_KINDS=calendar,contacts")
	look := func(when string, allowed, chosen []record.Kind) {
		t.Helper()
		got, err := s.OwnKinds(t.Context(), ownMailbox, ownAddress)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(admin.OwnChoice{Allowed: allowed, Chosen: chosen}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	choose := func(of ...record.Kind) {
		t.Helper()
		if err := s.SetOwnKinds(t.Context(), ownMailbox, "Eva@Firma.cz", of); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string, of ...record.Kind) {
		t.Helper()
		err := s.SetOwnKinds(t.Context(), ownMailbox, ownAddress, of)
		if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != want {
			t.Errorf("choosing %v: %v, want the failure %s", of, err, want)
		}
	}
	administrator := func(values map[string]string) {
		t.Helper()
		changes := config.Saved{Users: map[string]map[string]string{ownAddress: values}}
		if err := s.Consider(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		saved, err := admin.SavedSettings(t.Context(), s.Store)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, saved.With(changes))
	}
	both := kinds(record.Calendar, record.Contacts)
	look("at first", both, both)
	choose(record.Calendar)
	look("one of two", both, kinds(record.Calendar))
	refused(admin.FailureNotAllowed, record.Calendar, record.Tasks)
	refused(admin.FailureNotAllowed, "notes")
	refused(admin.FailureNoKind)
	look("after refusals", both, kinds(record.Calendar))
	choose(record.Contacts, record.Calendar)
	look("both again", both, both)
	if saved, err := admin.SavedSettings(t.Context(), s.Store); err != nil || len(saved.Users) > 0 {
		t.Errorf("who wants what everybody has is kept as an exception: %v, %v", saved.Users, err)
	}

	administrator(map[string]string{"kinds": "contacts,tasks", "time_zone": "Asia/Tokyo"})
	look("an administrator chose for this user", kinds(record.Contacts, record.Tasks), kinds(record.Contacts, record.Tasks))
	choose(record.Tasks)
	look("one of those", kinds(record.Contacts, record.Tasks), kinds(record.Tasks))
	refused(admin.FailureNotAllowed, record.Calendar)
	if now, err := s.Current(t.Context()); err != nil || len(now.Users) != 1 || now.Users[0].TimeZone != "Asia/Tokyo" {
		t.Errorf("the user's other settings: %v", err)
	}
	administrator(map[string]string{"kinds": "contacts"})
	look("an administrator decided again", kinds(record.Contacts), kinds(record.Contacts))
	refused(admin.FailureNotAllowed, record.Tasks)
	administrator(nil)
	look("as everybody", both, both)
	if applied != 3 {
		t.Errorf("taken up %d times, want once for each of the 3 choices", applied)
	}
}

// keep makes settings hold as an administrator does, without a connection to look at their effect.
func keep(t *testing.T, s *admin.Setup, saved config.Saved) {
	t.Helper()
	value, err := json.Marshal(saved)
	if err == nil {
		err = s.Store.PutSecret(t.Context(), "settings", value)
	}
	if err == nil {
		err = s.Discard(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestOwnKindsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	applied := 0
	s := settings(t, &applied, "RAYNETSYNC_USER_1_MAILBOX="+ownAddress, "RAYNETSYNC_USER_1_KINDS=calendar")
	got, err := s.OwnKinds(t.Context(), ownMailbox, ownAddress)
	if err != nil || !got.Fixed || len(got.Chosen) != 1 || got.Chosen[0] != record.Calendar {
		t.Errorf("OwnKinds = %+v, %v, want the calendar, fixed", got, err)
	}
	err = s.SetOwnKinds(t.Context(), ownMailbox, ownAddress, kinds(record.Calendar))
	if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != admin.FailureOwnFixed || applied != 0 {
		t.Errorf("SetOwnKinds: %v, taken up %d times", err, applied)
	}
}

// Signing in with Microsoft is switched without a preview: it concerns nobody's data.
func TestSwitchingMicrosoftSignIn(t *testing.T) {
	t.Parallel()
	applied := 0
	failed := func(s *admin.Setup, on bool) string {
		t.Helper()
		err := s.SwitchMicrosoftSignIn(t.Context(), on)
		if failure, ok := errors.AsType[*admin.Failure](err); ok {
			return failure.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		return ""
	}
	s := settings(t, &applied)
	if got := failed(s, true); got != admin.FailureNoAddress {
		t.Errorf("without an address: %q", got)
	}
	s = settings(t, &applied, "RAYNETSYNC_SERVER_PUBLIC_URL=https://sync.example.cz")
	for _, on := range []bool{true, false, true} {
		if got := failed(s, on); got != "" {
			t.Errorf("switched to %v: %q", on, got)
		}
		want := admin.MicrosoftSignIn{On: on, Redirect: "https://sync.example.cz/sign-in/microsoft/answer"}
		if now, err := s.MicrosoftSignIn(t.Context()); err != nil || now != want {
			t.Errorf("switched to %v: %+v, %v", on, now, err)
		}
	}
	if applied != 3 {
		t.Errorf("taken up %d times, want 3", applied)
	}
	s = settings(t, &applied, "RAYNETSYNC_SERVER_PUBLIC_URL=https://sync.example.cz", "RAYNETSYNC_SERVER_MICROSOFT_SIGN_IN=off")
	if got := failed(s, true); got != admin.FailureMicrosoftFixed {
		t.Errorf("fixed by the environment: %q", got)
	}
}
