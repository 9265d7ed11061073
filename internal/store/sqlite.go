package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

const (
	filePerm = 0o600
	// busyTimeout is how long a lock of another process is waited for, in milliseconds.
	busyTimeout = "10000"
	readers     = 4
	// walBytes is to what size the write-ahead log is cut back after a checkpoint.
	walBytes = "16777216"
	// walPages is after how many pages of the log they are carried over into the database: four times SQLite's usual, because
	// the first synchronisation changes the same pages again and again and then each is carried over once.
	walPages = "4000"
	// cacheKiB is the page cache of the writing connection (a negative number counts KiB).
	cacheKiB = "-8192"
)

// prepareFile makes sure that the database file exists, is ours alone and can be written, with an error that names the repair.
func prepareFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, filePerm)
	if err != nil {
		if errors.Is(meaning(err), ErrReadOnly) {
			return fmt.Errorf("%w; give this user the right to write it and its folder: %w", ErrReadOnly, err)
		}
		return fmt.Errorf("open database: %w", mapped(err))
	}
	info, err := file.Stat()
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		err = file.Chmod(filePerm)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("open database: %w", mapped(err))
	}
	return nil
}

// openPool returns the pool that writes (one connection) or the one that only reads.
func openPool(opts Options, writes bool) (*sql.DB, error) {
	synchronous := opts.Synchronous
	if synchronous == "" {
		synchronous = "FULL"
	}
	path, err := filepath.Abs(opts.Path)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	pragma := func(name, value string) { query.Add("_pragma", name+"("+value+")") }
	pragma("busy_timeout", busyTimeout)
	if writes {
		pragma("journal_mode", "WAL")
		pragma("synchronous", synchronous)
		pragma("foreign_keys", "1")
		pragma("journal_size_limit", walBytes)
		pragma("wal_autocheckpoint", walPages)
		pragma("cache_size", cacheKiB)
		query.Set("_txlock", "immediate")
	} else {
		pragma("query_only", "1")
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	pool, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, mapped(err)
	}
	connections := 1
	if !writes {
		connections = cmp.Or(opts.Readers, readers)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// migrate brings the schema up to date. It refuses a schema that is newer than the newest migration it knows.
func migrate(ctx context.Context, pool *sql.DB, log *slog.Logger) error {
	known, err := steps("migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, nil, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(known...))
	if err != nil {
		return mapped(err)
	}
	have, know, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", mapped(err))
	}
	if have > know {
		return fmt.Errorf("%w: its schema has version %d and this program knows versions up to %d; "+
			"install the newer program again or restore a backup from before it", ErrNewer, have, know)
	}
	if have == know {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the schema from version %d to %d: %w", have, know, mapped(err))
	}
	log.Info("database schema brought up to date", "from", have, "to", know)
	return nil
}

// wayBack begins the part of a migration that undoes it. sqlc knows the mark; we never go back.
const wayBack = "-- +goose Down"

// steps reads the migrations of a folder. Each goes to the driver whole: goose would take it apart into statements, with buffers
// of four MiB, whenever a database is made.
func steps(folder string) ([]*goose.Migration, error) {
	files, err := fs.Glob(migrations, folder+"/*.sql")
	if err != nil {
		return nil, err
	}
	var out []*goose.Migration
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(migrations, file)
		if err != nil {
			return nil, err
		}
		up, _, _ := strings.Cut(string(text), wayBack)
		run := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, up)
			return err
		}
		out = append(out, goose.NewGoMigration(version, &goose.GoFunc{RunTx: run}, nil))
	}
	return out, nil
}
