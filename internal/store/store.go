// Package store keeps what must survive a crash: pairs, links, intents, the journal, waiting work, cursors, leases and secrets.
//
// It knows SQL, how facts are committed together (group commit, fencing), and which values of people are sealed before they
// touch the disk. It refuses to know what the values mean: no rule of the synchronisation lives here. It runs on SQLite; the
// queries are written so that PostgreSQL can run the same text.
//
// Start reading at Store.Commit (commit.go) and at the facts it writes (fact.go); what rows look like is in row.go.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"raynetsync/internal/store/db"
	"raynetsync/internal/vault"
)

// Options say where the database is and how it is used.
type Options struct {
	// Path is the SQLite file. It is made (mode 0600) if it does not exist; its folder must. It must be on a local disk.
	Path string
	// Vault seals the values of people. Required.
	Vault *vault.Vault
	// Now is the clock. Required.
	Now func() time.Time
	// Log may be nil.
	Log *slog.Logger
	// Synchronous is SQLite's setting; empty is FULL. Tests may use OFF, which keeps no promise about power loss.
	Synchronous string
	// BallastBytes is the size of the file that is given up when the disk is full, so that outcomes of writes that are under
	// way can still be stored; see DefaultBallastBytes. Zero keeps none.
	BallastBytes int64
	// Readers is how many connections read at the same time; 0 is the usual number.
	Readers int
}

// DefaultBallastBytes is the ballast of a server.
const DefaultBallastBytes = 64 << 20

// Store is an open database. It is safe for concurrent use. Several processes may have the same file open; which of them may
// write is decided by leases.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB // a few connections that cannot write
	// writing and reading are the statements of the two pools, queries and reads the same by name.
	writing *statements
	reading *statements
	queries *db.Queries
	reads   *db.Queries
	vault   *vault.Vault
	now     func() time.Time
	log     *slog.Logger
	ballast *ballast
	path    string
	group   group
}

// Open opens the database at opts.Path, makes it if there is none, and brings its schema up to date. Errors: ErrNewer,
// ErrReadOnly, ErrFull, ErrKey, ErrDamaged. ctx bounds the opening only.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.Path == "" || opts.Vault == nil || opts.Now == nil {
		panic("store.Open: Path, Vault and Now are required")
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if err := prepareFile(opts.Path); err != nil {
		return nil, err
	}
	s := &Store{path: opts.Path, vault: opts.Vault, now: opts.Now, log: opts.Log, ballast: newBallast(opts)}
	if err := s.open(ctx, opts); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", opts.Path, err), s.Close())
	}
	if err := s.ballast.restock(); err != nil {
		s.log.Warn("ballast was not made: the disk is nearly full", "err", err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, opts Options) error {
	var err error
	if s.write, err = openPool(opts, true); err != nil {
		return err
	}
	if err := migrate(ctx, s.write, s.log); err != nil {
		return err
	}
	if s.read, err = openPool(opts, false); err != nil {
		return err
	}
	s.writing, s.reading = newStatements(s.write), newStatements(s.read)
	s.queries, s.reads = db.New(s.writing), db.New(s.reading)
	return s.checkKey(ctx)
}

// keyCheck is the name under which a sealed value tells whether database and key file belong together.
const keyCheck = "key-check"

// checkKey refuses a database that was sealed with another key file, before anything is written with the wrong one.
func (s *Store) checkKey(ctx context.Context) error {
	sealed, err := s.reads.Recall(ctx, keyCheck)
	if errors.Is(err, sql.ErrNoRows) {
		return s.Remember(ctx, keyCheck, []byte("raynetsync"))
	}
	if err != nil {
		return mapped(err)
	}
	if _, err := s.vault.Open(sealed, boundMemory(keyCheck)); err != nil {
		return ErrKey
	}
	return nil
}

// Close closes the database after running commits have ended. Calls made after it fail.
func (s *Store) Close() error {
	var errs []error
	for _, prepared := range []*statements{s.reading, s.writing} {
		if prepared != nil {
			errs = append(errs, prepared.close())
		}
	}
	for _, pool := range []*sql.DB{s.read, s.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// DB returns the pool that writes, for the job engine, whose tables are in the same database. It has exactly one connection:
// code that holds it, or a transaction on it, must not call any method of Store that writes, and must be quick, because every
// commit of the whole process waits for it. The connection is in WAL mode with foreign keys on, transactions begin IMMEDIATE,
// and a lock held by another process is waited for (busyTimeout).
func (s *Store) DB() *sql.DB { return s.write }

// stamp returns t as stored: milliseconds since 1970, 0 for the zero time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// moment is the inverse of stamp. Times are kept in UTC and to the millisecond.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func text(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
