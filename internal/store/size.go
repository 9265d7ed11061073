package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Size is what the database takes on the disk, in bytes.
type Size struct {
	// Database is the file, Log the write-ahead log beside it, Ballast what is given up when the disk is full (0 while it is).
	Database, Log, Ballast int64
}

// Size returns what the database takes on the disk.
func (s *Store) Size() (Size, error) {
	var size Size
	for path, bytes := range map[string]*int64{s.path: &size.Database, s.path + "-wal": &size.Log, s.path + ".ballast": &size.Ballast} {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return size, fmt.Errorf("look at the size of the database: %w", err)
		}
		*bytes = info.Size()
	}
	return size, nil
}

// Holding is a lease that somebody holds.
type Holding struct {
	Name, Holder string
	Until        time.Time
}

// Holdings returns the leases that are held, by name, at most limit.
func (s *Store) Holdings(ctx context.Context, limit int) ([]Holding, error) {
	rows, err := s.reads.Holdings(ctx, stamp(s.now()), bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read leases: %w", mapped(err))
	}
	out := make([]Holding, len(rows))
	for i, row := range rows {
		out[i] = Holding{Name: row.Name, Holder: row.Holder, Until: moment(row.Until)}
	}
	return out, nil
}

// Trouble is why a pair does not run, or the newest thing of it that was set aside.
type Trouble struct {
	Address string
	Kind    record.Kind
	State   journal.PairState
	Reason  string
	Detail  string
	Ref     remote.Ref // zero for the pair as a whole
	Since   time.Time
}

// Troubles returns what does not go well, the newest first: pairs that a guard or a service stopped, and what was set aside.
func (s *Store) Troubles(ctx context.Context, connection string, limit int) ([]Trouble, error) {
	stopped, err := s.reads.StoppedPairs(ctx, connection, bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read stopped pairs: %w", mapped(err))
	}
	parked, err := s.reads.NewestParked(ctx, connection, bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read what was set aside: %w", mapped(err))
	}
	var out []Trouble
	for _, p := range stopped {
		out = append(out, Trouble{Address: p.Address, Kind: record.Kind(p.Kind), State: journal.PairState(p.State), Reason: p.Reason,
			Detail: p.Detail, Since: moment(p.Since)})
	}
	for _, w := range parked {
		ref, err := remote.ParseRef(w.Ref)
		if err != nil {
			return nil, fmt.Errorf("read what was set aside: %w", err)
		}
		out = append(out, Trouble{Address: w.Address, Kind: record.Kind(w.Kind), State: journal.PairState(w.State), Reason: w.Reason,
			Detail: w.Detail, Ref: ref, Since: moment(w.Since)})
	}
	slices.SortStableFunc(out, func(x, y Trouble) int { return y.Since.Compare(x.Since) })
	return out[:min(len(out), limit)], nil
}
