package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// Values of people must not be readable in the files of the database.
func TestFilesShowNoValues(t *testing.T) {
	t.Parallel()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "sync.db")
	s := open(t, path)
	pair := storetest.Pair(t, s, 1)
	link := storetest.Link(pair, 1)
	const canary = "Kanárek-9f8e7d"
	entry := storetest.Entry(link, journal.Clash)
	entry.Author = canary
	entry.Changes = []journal.Change{{Field: record.EventSubject, Before: canary, After: canary}}
	intent := storetest.Intent(link, "op-1")
	intent.Entry = entry
	intent.Request.Body, intent.Follow[0].Body = canary, canary
	storetest.Commit(t, s, journal.PutLink{Link: link}, journal.AddEntry{Entry: entry}, journal.OpenIntent{Intent: intent},
		journal.PutCursor{Cursor: journal.Cursor{Scope: "raynet", Token: canary}})
	err := errors.Join(s.PutSecret(ctx, "api-key", []byte(canary)), s.Remember(ctx, "mapping", []byte(canary)),
		s.SaveRun(ctx, store.Run{ID: "run-1", Report: []byte(canary)}))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 3 {
		t.Fatalf("files = %v, %v, want database, log and index", files, err)
	}
	all := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += bytes.Count(raw, []byte(link.ID))
		for _, part := range []string{canary, "Kanárek", "9f8e7d"} {
			if bytes.Contains(raw, []byte(part)) {
				t.Errorf("%s shows %q", filepath.Base(file), part)
			}
		}
		if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", filepath.Base(file), info.Mode(), err)
		}
	}
	if all == 0 {
		t.Error("the files do not even show the link's id: the wrong files were searched")
	}
}

func TestLinkRowsAreSmall(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	pair := storetest.Pair(t, s, 1)
	usual, series := storetest.Link(pair, 1), storetest.Link(pair, 2)
	series.Outlook.Ref.Type, series.Outlook.Ref.ID = "occurrence", storetest.OutlookRef(3).ID+"/2026-03-05"
	series.Group = storetest.OutlookRef(3).ID
	storetest.Commit(t, s, journal.PutLink{Link: usual}, journal.PutLink{Link: series})
	rows, err := s.DB().QueryContext(t.Context(), `SELECT id, length(id) + 8 + length(state) + length(raynet) + length(outlook) +
		coalesce(length(series), 0) + length(twin) + 8 + length(body) FROM link`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // only read
	for count := 0; ; count++ {
		if !rows.Next() {
			if rows.Err() != nil || count != 2 {
				t.Fatalf("%d rows, %v", count, rows.Err())
			}
			break
		}
		var id string
		var size int
		if err := rows.Scan(&id, &size); err != nil {
			t.Fatal(err)
		}
		t.Logf("link %s: %d bytes", id, size)
		if size > 610 {
			t.Errorf("link %s takes %d bytes, want about 600 at most", id, size)
		}
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space & ?%20#", "sync.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	want := storetest.Link(storetest.Pair(t, s, 1), 1)
	storetest.Commit(t, s, journal.PutLink{Link: want})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, path).Link(t.Context(), want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("link after reopening: %v (-want +got):\n%s", err, diff)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode after reopening = %v, want 0600 again", info.Mode().Perm())
	}
	other := options(path)
	other.Vault = vault.New()
	if _, err := store.Open(t.Context(), other); !errors.Is(err, store.ErrKey) {
		t.Errorf("another key file: error = %v, want ErrKey", err)
	}
}

// What was committed is there after the machine dies at any moment: at each one the files are copied as they are, without
// closing anything, and the copy is opened.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	opts := options(filepath.Join(dir, "sync.db"))
	opts.Synchronous = "FULL"
	s := openWith(t, opts)
	pair := storetest.Pair(t, s, 1)
	for n := range 12 {
		link := storetest.Link(pair, n)
		storetest.Commit(t, s, journal.PutLink{Link: link}, journal.OpenIntent{Intent: storetest.Intent(link, fmt.Sprint("op-", n))},
			journal.AddEntry{Entry: storetest.Entry(link, journal.Sending)})
		if n%2 == 0 {
			storetest.Commit(t, s, journal.CloseIntent{Op: fmt.Sprint("op-", n)})
		}
		// A transaction that is open when the machine dies must leave no trace.
		tx, err := s.DB().BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "DELETE FROM link"); err != nil {
			t.Fatal(err)
		}
		dead := filepath.Join(dir, fmt.Sprint("copy-", n))
		copyFiles(t, filepath.Join(dir, "sync.db"), dead)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		risen := open(t, filepath.Join(dead, "sync.db"))
		linked, err1 := risen.CountLinks(t.Context(), pair)
		links, err2 := risen.Links(t.Context(), pair, refsTo(n))
		intents, err3 := risen.IntentCount(t.Context(), pair)
		entries, err4 := risen.Journal(t.Context(), store.JournalFilter{})
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		wantIntents := (n + 1) / 2
		if linked != n+1 || len(links) != n+1 || intents != wantIntents || len(entries) != n+1 {
			t.Errorf("after crash %d: counted %d links, found %d, %d intents, %d entries; want %d, %d, %d, %d",
				n, linked, len(links), intents, len(entries), n+1, n+1, wantIntents, n+1)
		}
	}
}

// A process that is killed in the middle of committing has lost nothing that it was told is safe.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("STORETEST_KILLED"); path != "" {
		s := open(t, path)
		pair := storetest.Pair(t, s, 1)
		for n := 0; ; n++ { // until killed
			storetest.Commit(t, s, journal.PutLink{Link: storetest.Link(pair, n)})
			fmt.Printf("committed %d\n", n)
		}
	}
	path := filepath.Join(t.TempDir(), "sync.db")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcess$")
	child.Env = append(os.Environ(), "STORETEST_KILLED="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	told := -1
	for told < 200 {
		if _, err := fmt.Fscanf(out, "committed %d\n", &told); err != nil {
			t.Fatalf("the child ended after %d: %v", told, err)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for { // what it had still told before it died
		if _, err := fmt.Fscanf(out, "committed %d\n", &told); err != nil {
			break
		}
	}
	if err := child.Wait(); err == nil {
		t.Error("the child was not killed")
	}
	s := open(t, path)
	linked, err := s.CountLinks(t.Context(), 1)
	if err != nil || linked < told+1 || linked > told+2 {
		t.Errorf("%d links, %v; the process had been told of %d", linked, err, told+1)
	}
	if links, err := s.Links(t.Context(), 1, refsTo(told)); err != nil || len(links) != told+1 {
		t.Errorf("found %d links, %v, want %d", len(links), err, told+1)
	}
}

func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sync.db")
	s, err := store.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB().ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (97, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	known, err := filepath.Glob("migrations/sqlite/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), options(path))
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "97") || !strings.Contains(err.Error(), fmt.Sprintf("up to %d;", len(known))) {
		t.Errorf("error = %v, want ErrNewer with versions 97 and %d", err, len(known))
	}
}

func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sync.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database. "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), options(path)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("error = %v, want ErrDamaged", err)
	}
	if _, err := store.Open(t.Context(), options(filepath.Join(t.TempDir(), "no", "folder.db"))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing folder: error = %v, want fs.ErrNotExist", err)
	}
}

// Two processes on one file: the lock is waited for, and each sees what the other committed.
func TestTwoStoresOnOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sync.db")
	one, two := open(t, path), open(t, path)
	pair := storetest.Pair(t, one, 1)
	done := make(chan error)
	for i, s := range []*store.Store{one, two} {
		go func() {
			var failed error
			for n := range 100 {
				failed = errors.Join(failed, s.Commit(t.Context(), storetest.Admin(), journal.PutLink{Link: storetest.Link(pair, 2*n+i)}))
			}
			done <- failed
		}()
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*store.Store{one, two} {
		if linked, err := s.CountLinks(t.Context(), pair); err != nil || linked != 200 {
			t.Errorf("CountLinks = %d, %v, want 200", linked, err)
		}
	}
	fence, err := one.Acquire(t.Context(), "writer", "one", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Acquire(t.Context(), "writer", "two", time.Hour); !errors.Is(err, store.ErrHeld) {
		t.Errorf("the other process: %v, want ErrHeld", err)
	}
	if err := one.Release(t.Context(), fence); err != nil {
		t.Fatal(err)
	}
}

// The pool for reading cannot write, and the writing connection is set as the package says.
func TestSettings(t *testing.T) {
	t.Parallel()
	opts := options(filepath.Join(t.TempDir(), "sync.db"))
	opts.Synchronous = ""
	s := openWith(t, opts)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "query_only": "0",
	} {
		var got string
		if err := s.DB().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", pragma, got, err, want)
		}
	}
	var open int
	if err := s.DB().QueryRowContext(t.Context(), "SELECT 1").Scan(&open); err != nil || s.DB().Stats().MaxOpenConnections != 1 {
		t.Errorf("the writing pool has %d connections, %v, want 1", s.DB().Stats().MaxOpenConnections, err)
	}
	if _, err := s.DB().ExecContext(t.Context(), "INSERT INTO pair (connection) VALUES (1)"); errors.Is(err, sql.ErrNoRows) || err == nil {
		t.Errorf("a row without its columns was accepted: %v", err)
	}
}
