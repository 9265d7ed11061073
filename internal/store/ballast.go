package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// ballast is a file that only takes up room. It is given up when the disk is full, so that the outcomes of requests that are
// already on their way can be stored, and made again as soon as there is room.
type ballast struct {
	path  string // empty: none is kept
	bytes int64
	now   func() time.Time

	mu    sync.Mutex
	full  bool      // guarded by mu: the disk was full and the ballast is not back
	tried time.Time // guarded by mu: the last attempt to make it again
}

// retryBallast is how long to wait before trying again to make the ballast.
const retryBallast = time.Minute

func newBallast(opts Options) *ballast {
	b := &ballast{bytes: opts.BallastBytes, now: opts.Now}
	if b.bytes > 0 {
		b.path = opts.Path + ".ballast"
	}
	return b
}

// noteFull remembers that the disk was full and gives the ballast up; released is false if there was nothing to give.
func (b *ballast) noteFull() (released bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.full, b.tried = true, b.now()
	return b.path != "" && os.Remove(b.path) == nil
}

// noteRoom remembers that a commit went through. Where a ballast is kept, only its return ends the emergency.
func (b *ballast) noteRoom() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.path == "" {
		b.full = false
	}
}

// restock makes the ballast if it is not there.
func (b *ballast) restock() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.restockLocked()
}

func (b *ballast) restockLocked() error {
	if b.path == "" {
		return nil
	}
	b.tried = b.now()
	if info, err := os.Stat(b.path); err == nil && info.Size() == b.bytes {
		b.full = false
		return nil
	}
	if err := fill(b.path, b.bytes); err != nil {
		return errors.Join(fmt.Errorf("make the ballast: %w", mapped(err)), removeIfThere(b.path))
	}
	b.full = false
	return nil
}

// check returns ErrFull while the disk is full. Once a minute it finds out whether there is room again; without a ballast that
// is left to the next commit.
func (b *ballast) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.full {
		return nil
	}
	if b.now().Sub(b.tried) < retryBallast || b.restockLocked() != nil {
		return ErrFull
	}
	b.full = false
	return nil
}

// fill writes size bytes that no file system can squeeze or leave out.
func fill(path string, size int64) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, filePerm)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	noise := uint64(0x9e3779b97f4a7c15)
	for rest := size; rest > 0 && err == nil; rest -= int64(len(block)) {
		for i := range block {
			noise ^= noise << 13
			noise ^= noise >> 7
			noise ^= noise << 17
			block[i] = byte(noise >> 32)
		}
		_, err = file.Write(block[:min(rest, int64(len(block)))])
	}
	return errors.Join(err, file.Sync(), file.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Healthy returns nil if the store can take everything, or ErrFull while the disk is full: outcomes of requests that are
// under way are still stored if at all possible, new intents are refused.
func (s *Store) Healthy() error {
	if err := s.ballast.check(); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	return nil
}
