package store_test

import (
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
)

// BenchmarkCreate measures what one created item costs the database: an intent with its entry and the link being made, then
// the settlement, both durable. "flushes/item" counts transactions, each of which flushes the disk once.
//
//	go test -run '^$' -bench Create -benchtime 10000x ./internal/store
func BenchmarkCreate(b *testing.B) {
	for _, workers := range []int{1, 4, 12} {
		b.Run(strconv.Itoa(workers)+"-in-flight", func(b *testing.B) {
			opts := options(filepath.Join(b.TempDir(), "sync.db"))
			opts.Synchronous = "FULL"
			s := openWith(b, opts)
			pair := storetest.Pair(b, s, 1)
			fence, err := s.Acquire(b.Context(), "writer", "bench", 1<<40)
			if err != nil {
				b.Fatal(err)
			}
			before := s.Stats()
			b.ReportAllocs()
			b.ResetTimer()
			items := make(chan int, b.N)
			for n := range b.N {
				items <- n
			}
			close(items)
			var group sync.WaitGroup
			for range workers {
				group.Go(func() {
					for n := range items {
						create(b, s, fence, pair, n)
					}
				})
			}
			group.Wait()
			b.StopTimer()
			after := s.Stats()
			b.ReportMetric(float64(after.Transactions-before.Transactions)/float64(b.N), "flushes/item")
			if linked, err := s.CountLinks(b.Context(), pair); err != nil || linked != b.N {
				b.Fatalf("%d links, %v, want %d", linked, err, b.N)
			}
		})
	}
}

// create does what the write protocol does for one new item.
func create(b *testing.B, s *store.Store, fence journal.Fence, pair int64, n int) {
	done := storetest.Link(pair, n)
	making := done
	making.State, making.Outlook = journal.Making, journal.Half{}
	intent := storetest.Intent(done, "op-"+strconv.Itoa(n))
	intent.Request.Ref, intent.Request.Key, intent.Request.Op = remote.Ref{}, intent.Op, remote.Create
	entry := storetest.Entry(done, journal.Sending)
	entry.Op = intent.Op
	err := s.Commit(b.Context(), fence, journal.PutLink{Link: making}, journal.OpenIntent{Intent: intent}, journal.AddEntry{Entry: entry})
	if err != nil {
		b.Error(err)
	}
	runtime.Gosched() // the request
	err = s.Commit(b.Context(), fence, journal.PutLink{Link: done}, journal.CloseIntent{Op: intent.Op},
		journal.SettleEntry{Op: intent.Op, Event: journal.Created, At: storetest.Now(), Raynet: done.Raynet.Ref, Outlook: done.Outlook.Ref})
	if err != nil {
		b.Error(err)
	}
}

// BenchmarkIdle measures what the database is asked in a cycle with nothing to do; it must not depend on what is stored.
//
//	go test -run '^$' -bench Idle ./internal/store
func BenchmarkIdle(b *testing.B) {
	for _, stored := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(stored)+"-links", func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "sync.db"))
			pair := storetest.Pair(b, s, 1)
			for first := 0; first < stored; first += 1000 {
				facts := make([]journal.Fact, 1000)
				for i := range facts {
					facts[i] = journal.PutLink{Link: storetest.Link(pair, first+i)}
				}
				storetest.Commit(b, s, facts...)
			}
			for b.Loop() {
				idle(b, s, pair)
			}
		})
	}
}

func idle(b *testing.B, s *store.Store, pair int64) {
	ctx := b.Context()
	_, err1 := s.Pair(ctx, pair)
	_, _, err2 := s.Cursor(ctx, "outlook/mailbox-1/calendar/")
	_, err3 := s.Work(ctx, pair, storetest.Now(), 0)
	_, err4 := s.Intents(ctx, pair)
	_, err5 := s.CountLinks(ctx, pair)
	_, err6 := s.LinksEnded(ctx, pair, storetest.Now(), 100)
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			b.Fatal(err)
		}
	}
}
