package jobs_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/jobs"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
	"raynetsync/internal/vault"
)

// What could not be kept is kept the next time, once.
func TestMeterKeepsWhatItCounted(t *testing.T) {
	t.Parallel()
	var kept []jobs.Figure
	full := true
	m := &jobs.Meter{Prefix: "default/", Keep: func(_ context.Context, _ time.Time, figures []jobs.Figure) error {
		if full {
			return errors.New("the disk is full")
		}
		kept = append(kept, figures...)
		return nil
	}}
	flush := func() error { return m.Flush(t.Context(), storetest.Now()) }
	m.Count(jobs.ToOutlook, 2)
	m.Count(jobs.ToRaynet, 0)
	if err := flush(); err == nil {
		t.Error("nobody was told that the figures were not kept")
	}
	m.Count(jobs.ToOutlook, 3)
	full = false
	for range 2 {
		if err := flush(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]jobs.Figure{{Name: "default/to-outlook", N: 5}}, kept); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMeterCountsWhatManyDo(t *testing.T) {
	t.Parallel()
	sum := int64(0)
	m := &jobs.Meter{Keep: func(_ context.Context, _ time.Time, figures []jobs.Figure) error {
		for _, f := range figures {
			sum += f.N
		}
		return nil
	}}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				m.Count(jobs.GraphRequests, 1)
			}
		})
	}
	group.Wait()
	if err := m.Flush(t.Context(), storetest.Now()); err != nil || sum != 800 {
		t.Errorf("%d of 800, %v", sum, err)
	}
	var none *jobs.Meter
	none.Count(jobs.ToRaynet, 1)
	if err := none.Flush(t.Context(), storetest.Now()); err != nil {
		t.Error(err)
	}
}

// A database in which no server ever ran can be asked too.
func TestBoardOfADatabaseWithoutJobs(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.NewFrom([]byte("board")),
		Now: storetest.Now, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	board, err := jobs.ReadBoard(t.Context(), s.DB())
	if diff := cmp.Diff(jobs.Board{}, board); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
