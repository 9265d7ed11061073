package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
)

func refsTo(last int) []remote.Ref {
	refs := make([]remote.Ref, last+1)
	for n := range refs {
		refs[n] = storetest.RaynetRef(n)
	}
	return refs
}

// copyFiles copies a database as it lies on the disk to a new folder.
func copyFiles(t *testing.T, path, folder string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)+suffix), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fill commits until the disk is full and returns how many commits went through.
func fill(t *testing.T, s *store.Store, pair int64) int {
	t.Helper()
	for n := 1; n < 10_000; n++ {
		link := storetest.Link(pair, n)
		err := s.Commit(t.Context(), storetest.Admin(), journal.PutLink{Link: link}, journal.AddEntry{Entry: storetest.Entry(link, journal.Created)})
		if errors.Is(err, store.ErrFull) {
			return n - 1
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk never became full")
	return 0
}

func limitPages(t *testing.T, s *store.Store, pragma string) {
	t.Helper()
	if _, err := s.DB().ExecContext(t.Context(), pragma); err != nil {
		t.Fatal(err)
	}
}

func TestFullDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	pair := storetest.Pair(t, s, 1)
	limitPages(t, s, "PRAGMA max_page_count = 60")
	stored := fill(t, s, pair)
	if err := s.Healthy(); !errors.Is(err, store.ErrFull) {
		t.Errorf("Healthy = %v, want ErrFull", err)
	}
	if linked, err := s.CountLinks(t.Context(), pair); err != nil || linked != stored {
		t.Errorf("CountLinks = %d, %v, want the %d that were told", linked, err, stored)
	}
	limitPages(t, s, "PRAGMA max_page_count = 6000")
	storetest.Commit(t, s, journal.PutLink{Link: storetest.Link(pair, stored+1)})
	if err := s.Healthy(); err != nil {
		t.Errorf("Healthy with room again = %v", err)
	}
}

// When a shared transaction fails, nobody who took part is told that it went well.
func TestSharedFailure(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	pair := storetest.Pair(t, s, 1)
	held, err := s.DB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 9)
	var group sync.WaitGroup
	for n := range errs {
		group.Go(func() {
			errs[n] = s.Commit(t.Context(), storetest.Admin(), journal.PutLink{Link: storetest.Link(pair, n)})
		})
	}
	for s.Stats().Waiting < len(errs)-1 {
		runtime.Gosched()
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	for n, err := range errs {
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("caller %d: error = %v, want ErrReadOnly", n, err)
		}
	}
	if states, err := s.LinkStates(t.Context(), pair); err != nil || len(states) != 0 {
		t.Errorf("LinkStates = %v, %v, want none", states, err)
	}
}

// While the disk is full the ballast is given up, outcomes are stored, new intents are refused; a minute after there is room
// again all is as before.
func TestBallast(t *testing.T) {
	t.Parallel()
	var minutes atomic.Int64
	opts := options(filepath.Join(t.TempDir(), "sync.db"))
	opts.BallastBytes = 3 << 20
	opts.Now = func() time.Time { return storetest.Now().Add(time.Duration(minutes.Load()) * time.Minute) }
	s := openWith(t, opts)
	ballast := opts.Path + ".ballast"
	if info, err := os.Stat(ballast); err != nil || info.Size() != opts.BallastBytes {
		t.Fatalf("ballast: %v, %v", info, err)
	}
	pair := storetest.Pair(t, s, 1)
	open := storetest.Intent(storetest.Link(pair, 0), "before")
	storetest.Commit(t, s, journal.OpenIntent{Intent: open})
	limitPages(t, s, "PRAGMA max_page_count = 60")
	stored := fill(t, s, pair)
	if _, err := os.Stat(ballast); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the ballast was kept on a full disk: %v", err)
	}
	limitPages(t, s, "PRAGMA max_page_count = 6000") // the room that the ballast took
	storetest.Commit(t, s, journal.PutLink{Link: storetest.Link(pair, stored+1)}, journal.CloseIntent{Op: "before"})
	next := journal.OpenIntent{Intent: storetest.Intent(storetest.Link(pair, stored+2), "after")}
	if err := s.Commit(t.Context(), storetest.Admin(), next); !errors.Is(err, store.ErrFull) {
		t.Errorf("new intent on a full disk: %v, want ErrFull", err)
	}
	if err := s.Healthy(); !errors.Is(err, store.ErrFull) {
		t.Errorf("Healthy = %v, want ErrFull", err)
	}
	minutes.Store(2)
	storetest.Commit(t, s, next)
	if err := s.Healthy(); err != nil {
		t.Errorf("Healthy later = %v", err)
	}
	if info, err := os.Stat(ballast); err != nil || info.Size() != opts.BallastBytes {
		t.Errorf("ballast later: %v, %v", info, err)
	}
}

func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	pair := storetest.Pair(t, s, 1)
	limitPages(t, s, "PRAGMA query_only = 1")
	err := s.Commit(t.Context(), storetest.Admin(), journal.PutLink{Link: storetest.Link(pair, 1)})
	if !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("commit: error = %v, want ErrReadOnly", err)
	}
	limitPages(t, s, "PRAGMA query_only = 0")
	storetest.Commit(t, s, journal.PutLink{Link: storetest.Link(pair, 1)})
}

// A disk that is really full: the ballast makes the room in which the outcome of a request under way is stored.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	if disk == "" {
		t.Log("NOT RUN with a real disk: mounting one needs root on Linux; TestBallast covers the rules")
		return
	}
	opts := options(filepath.Join(disk, "sync.db"))
	opts.BallastBytes = 1 << 20
	s, err := store.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	pair := storetest.Pair(t, s, 1)
	storetest.Commit(t, s, journal.OpenIntent{Intent: storetest.Intent(storetest.Link(pair, 0), "under-way")})
	stored := 0
	for s.Healthy() == nil {
		link := storetest.Link(pair, stored+1)
		if err := s.Commit(t.Context(), storetest.Admin(), journal.PutLink{Link: link}); err != nil {
			t.Fatalf("commit %d was lost although there was a ballast: %v", stored, err)
		}
		stored++
	}
	storetest.Commit(t, s, journal.PutLink{Link: storetest.Link(pair, 0)}, journal.CloseIntent{Op: "under-way"})
	next := journal.OpenIntent{Intent: storetest.Intent(storetest.Link(pair, 1), "next")}
	if err := s.Commit(t.Context(), storetest.Admin(), next); !errors.Is(err, store.ErrFull) {
		t.Errorf("new intent on a full disk: %v, want ErrFull", err)
	}
	if linked, err := s.CountLinks(t.Context(), pair); err != nil || linked != stored+1 {
		t.Errorf("CountLinks = %d, %v, want %d", linked, err, stored+1)
	}
	if stored < 100 {
		t.Errorf("the disk was full after %d commits: the test proves nothing", stored)
	}
}
