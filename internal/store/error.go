package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"raynetsync/internal/engine/journal"
)

// What a caller can act on. They are found with errors.Is; the error around them says what was being done.
var (
	// ErrNewer: a newer version of the program has already changed the database.
	ErrNewer = errors.New("the database was made by a newer version of this program")
	// ErrReadOnly: the file, its folder or its file system cannot be written.
	ErrReadOnly = errors.New("the database cannot be written")
	// ErrFull: the disk is full. No new remote write must start.
	ErrFull = errors.New("the disk is full")
	// ErrLocked: another process held the database for longer than the time we wait.
	ErrLocked = errors.New("the database is locked by another process")
	// ErrDamaged: the file is not a database or is damaged.
	ErrDamaged = errors.New("the database file is damaged")
	// ErrKey: the database was sealed with another key file.
	ErrKey = errors.New("the database belongs to another key file: put back the key file it was made with")
	// ErrBusy: another open intent writes the same remote record or carries the same key.
	ErrBusy = fmt.Errorf("store: %w", journal.ErrBusy)
	// ErrTaken: another link of the pair, in whatever state, already holds one of the refs.
	ErrTaken = fmt.Errorf("another link of the pair holds the ref: %w", journal.ErrBusy)
	// ErrSubject: another account has the subject.
	ErrSubject = errors.New("another account has the subject")
	// ErrFenced: somebody else has taken the lease since; nothing was written.
	ErrFenced = fmt.Errorf("the lease was taken over: %w", journal.ErrFenced)
	// ErrHeld: the lease is held by somebody else; see HeldError.
	ErrHeld = errors.New("the lease is held")
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found in the database")
)

// HeldError says who holds a lease. errors.Is(err, ErrHeld) is true for it.
type HeldError struct {
	Lease, Holder string
	Until         time.Time
}

// Error names the lease, its holder and the end.
func (e *HeldError) Error() string {
	return fmt.Sprintf("lease %s is held by %s until %s", e.Lease, e.Holder, e.Until.Format(time.RFC3339))
}

// Unwrap returns ErrHeld.
func (e *HeldError) Unwrap() error { return ErrHeld }

// mapped joins the driver's error with the named error it means; others stay as they are.
func mapped(err error) error {
	if err == nil {
		return nil
	}
	if named := meaning(err); named != nil && !errors.Is(err, named) {
		return fmt.Errorf("%w: %w", named, err)
	}
	return err
}

// meaning returns the named error behind a driver's or the system's code, nil if there is none.
func meaning(err error) error {
	if coded, ok := errors.AsType[*sqlite.Error](err); ok {
		switch coded.Code() & 0xff {
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return ErrReadOnly
		case sqlite3.SQLITE_FULL:
			return ErrFull
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return ErrLocked
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return ErrDamaged
		}
		return nil
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ErrReadOnly
	}
	return nil
}

// isUnique reports whether err says that a UNIQUE constraint or a primary key was violated.
func isUnique(err error) bool {
	coded, ok := errors.AsType[*sqlite.Error](err)
	return ok && (coded.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || coded.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// isForeign reports whether err says that the row names a pair that does not exist.
func isForeign(err error) bool {
	coded, ok := errors.AsType[*sqlite.Error](err)
	return ok && coded.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// spoils reports whether err makes the whole shared transaction worthless: every failure of the database but a violated
// constraint, which undoes its own statement only.
func spoils(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return true
	}
	coded, ok := errors.AsType[*sqlite.Error](err)
	return ok && coded.Code()&0xff != sqlite3.SQLITE_CONSTRAINT
}
