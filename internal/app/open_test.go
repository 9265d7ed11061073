package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

func TestFirstSynchronisationThenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 3})
	dir := filepath.Join(t.TempDir(), "data")
	a := open(t, app.Options{Config: w.settings(t, dir)})
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("data directory: %v, %v; want mode 0700", info, err)
	}
	first, err := a.Sync(t.Context(), admin.SyncOptions{Sweep: true})
	if err != nil {
		t.Fatal(err)
	}
	cycle := first.Cycles[0]
	if cycle.Steps.Create == 0 || cycle.Kinds[record.Calendar].Linked == 0 || len(cycle.Errors) > 0 {
		t.Fatalf("first synchronisation: %+v", cycle)
	}
	if _, err := a.Sync(t.Context(), admin.SyncOptions{Sweep: true}); err != nil {
		t.Fatal(err)
	}
	third, err := a.Sync(t.Context(), admin.SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if steps := third.Cycles[0].Steps; steps != (admin.Steps{}) {
		t.Errorf("steps when nothing changed = %+v, want none", steps)
	}
	if got, want := third.Cycles[0].Requests, (admin.Requests{Raynet: 2, Graph: 6}); got != want {
		t.Errorf("requests when nothing changed = %+v, want one for the activities and one for the persons of RAYNET, and one for each "+
			"calendar, folder and list", got)
	}
	for _, meeting := range w.Raynet.All("meeting")[:3] {
		id, _ := meeting["id"].(int64)
		if err := w.Raynet.EditAs(w.Company.Users[0].Email, "meeting", id, map[string]any{"title": "Jiný název"}); err != nil {
			t.Fatal(err)
		}
	}
	edited, err := a.Sync(t.Context(), admin.SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if requests := edited.Cycles[0].Requests; requests.GraphParts == 0 {
		t.Errorf("requests after three edits = %+v, want the parts of batches counted", requests)
	}
	if mails := w.Outlook.Mails(); len(mails) > 0 {
		t.Errorf("mails = %+v, want none", mails)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	made := func(t *testing.T, dir string) {
		t.Helper()
		a, err := app.Open(t.Context(), app.Options{Config: w.settings(t, dir), Ballast: -1, Synchronous: "OFF"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name  string
		spoil func(t *testing.T, dir string) string // returns the data directory to use
		is    error
		says  []string
	}{
		{"a file in the way", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "file")
			write(t, path, "x", 0o600)
			return filepath.Join(path, "data")
		}, nil, []string{"data directory", "server.data_dir"}},
		{"key file lost", func(t *testing.T, dir string) string {
			made(t, dir)
			if err := os.Remove(filepath.Join(dir, "master.key")); err != nil {
				t.Fatal(err)
			}
			return dir
		}, app.ErrKeyMissing, []string{"master.key", "backup"}},
		{"key file that others may read", func(t *testing.T, dir string) string {
			made(t, dir)
			if err := os.Chmod(filepath.Join(dir, "master.key"), 0o644); err != nil {
				t.Fatal(err)
			}
			return dir
		}, vault.ErrExposed, []string{"chmod 600"}},
		{"another key file", func(t *testing.T, dir string) string {
			made(t, dir)
			if err := os.Remove(filepath.Join(dir, "master.key")); err != nil {
				t.Fatal(err)
			}
			if _, err := vault.Open(filepath.Join(dir, "master.key")); err != nil {
				t.Fatal(err)
			}
			return dir
		}, store.ErrKey, []string{"key file"}},
		{"not a database", func(t *testing.T, dir string) string {
			if _, err := vault.Open(filepath.Join(dir, "master.key")); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "sync.db"), strings.Repeat("this is no database ", 100), 0o600)
			return dir
		}, store.ErrDamaged, []string{"sync.db"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := test.spoil(t, t.TempDir())
			a, err := app.Open(t.Context(), app.Options{Config: w.settings(t, dir), Ballast: -1})
			if err == nil {
				_ = a.Close()
				t.Fatal("Open succeeded")
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error = %v, want %v", err, test.is)
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
		})
	}
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
