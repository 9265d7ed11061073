package store_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
)

// makeOld writes testdata/old/<version>.db.gz anew from the schema as it is: once per released schema, never again after.
var makeOld = flag.Int("make-old", 0, "write the database of this schema version into testdata/old")

// Databases of every schema there ever was can be opened, hold what was put into them, and end with the schema of a new one.
func TestOldDatabases(t *testing.T) {
	t.Parallel()
	if *makeOld > 0 {
		writeOld(t, *makeOld)
	}
	files, err := filepath.Glob("testdata/old/*.db.gz")
	if err != nil || len(files) < 1 {
		t.Fatalf("old databases = %v, %v, want at least 1", files, err)
	}
	fresh := schema(t, open(t, filepath.Join(t.TempDir(), "fresh.db")))
	if len(fresh) < 30 {
		t.Fatalf("the schema has only %d parts", len(fresh))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sync.db")
			unpack(t, file, path)
			s := open(t, path)
			checkOld(t, s)
			if diff := cmp.Diff(fresh, schema(t, s)); diff != "" {
				t.Errorf("schema of an old database after opening (-fresh +old); a released migration must not be edited:\n%s", diff)
			}
			storetest.Commit(t, s, journal.CloseIntent{Op: "op-old"}, journal.PutLink{Link: storetest.Link(1, 50)})
		})
	}
}

// oldFacts are what every old database holds. New kinds of facts go into the databases of newer schemas only.
func oldFacts(pair int64) []journal.Fact {
	link := storetest.Link(pair, 1)
	hidden := storetest.Link(pair, 2)
	hidden.State, hidden.Reason = journal.Hidden, "deleted-in-outlook"
	return []journal.Fact{
		journal.PutLink{Link: link}, journal.PutLink{Link: hidden},
		journal.OpenIntent{Intent: storetest.Intent(link, "op-old")},
		journal.AddEntry{Entry: storetest.Entry(link, journal.Clash)},
		journal.PutWork{Work: journal.Work{Pair: pair, Ref: storetest.RaynetRef(3), Why: journal.WhyParked, Reason: "refused", Tries: 2}},
		journal.PutAside{Aside: journal.Aside{Pair: pair, Ref: storetest.OutlookRef(4), Rule: remote.RulePrivate, Since: storetest.Now()}},
		journal.PutCursor{Cursor: journal.Cursor{Scope: "raynet", Token: "token", At: storetest.Now(), Complete: true}},
	}
}

func checkOld(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	pairs, err := s.Pairs(ctx, storetest.Connection)
	if err != nil || len(pairs) != 1 {
		t.Fatalf("pairs = %v, %v", pairs, err)
	}
	pair := pairs[0].ID
	facts := oldFacts(pair)
	link, hidden := facts[0].(journal.PutLink).Link, facts[1].(journal.PutLink).Link
	links, err := s.Links(ctx, pair, []remote.Ref{link.Raynet.Ref, hidden.Outlook.Ref})
	check(t, "links", []journal.Link{link, hidden}, links, err)
	intents, err := s.Intents(ctx, pair)
	check(t, "intents", []journal.Intent{facts[2].(journal.OpenIntent).Intent}, intents, err)
	entries, err := s.Journal(ctx, store.JournalFilter{LinkID: link.ID})
	entry := facts[3].(journal.AddEntry).Entry
	entry.ID = 1
	check(t, "journal", []journal.Entry{entry}, entries, err)
	works, err := s.Work(ctx, pair, storetest.Now(), 10)
	work := facts[4].(journal.PutWork).Work
	work.Since, work.Generation = storetest.Now(), 1
	check(t, "work", []journal.Work{work}, works, err)
	aside := facts[5].(journal.PutAside).Aside
	asides, err := s.Asides(ctx, pair, []remote.Ref{aside.Ref})
	check(t, "asides", []journal.Aside{aside}, asides, err)
	cursor, _, err := s.Cursor(ctx, "raynet")
	check(t, "cursor", facts[6].(journal.PutCursor).Cursor, cursor, err)
	states, err := s.LinkStates(ctx, pair)
	check(t, "counts", map[journal.LinkState]int{journal.Linked: 1, journal.Hidden: 1}, states, err)
	secret, err := s.Secret(ctx, "api-key")
	check(t, "secret", "crm-fake", string(secret), err)
	fence, err := s.Acquire(ctx, "writer", "old", time.Minute)
	check(t, "lease", journal.Fence{Lease: "writer", Number: 2}, fence, err)
	twins, err := s.LinksByTwin(ctx, storetest.Connection, record.Digest(link.Twin))
	check(t, "twins", []journal.Link{link}, twins, err)
}

func check[T any](t *testing.T, name string, want, got T, err error) {
	t.Helper()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
}

// schema returns the text of every part of the schema that is ours. // name -> SQL
func schema(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	rows, err := s.DB().QueryContext(t.Context(), "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite_stat%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // only read
	parts := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		parts[name] = text
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return parts
}

func unpack(t *testing.T, packed, path string) {
	t.Helper()
	raw, err := os.ReadFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeOld(t *testing.T, version int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "old.db")
	s, err := store.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Commit(t, s, oldFacts(storetest.Pair(t, s, 1))...)
	if err := s.PutSecret(t.Context(), "api-key", []byte("crm-fake")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acquire(t.Context(), "writer", "old", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveRun(t.Context(), store.Run{ID: "run-1", What: "cycle", Started: storetest.Now(), Report: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	limitPages(t, s, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata/old", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fmt.Sprintf("testdata/old/%04d.db.gz", version), packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
