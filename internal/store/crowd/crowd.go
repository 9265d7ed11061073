// Package crowd fills a database with many made-up users and links at once, for measurements of what is read from a large one.
//
// It knows the tables, because going through the store would take an hour; it refuses to know what is measured. Nothing of it runs
// in production. Start reading at Fill.
package crowd

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// Size is how large the crowd is.
type Size struct {
	Connection string
	Mailboxes  int // each has a pair of every kind
	Links      int // in all, spread evenly
}

// A crowd is not all well: one pair in so many has something set aside and something to decide, one user in so many is halted.
const (
	heldEvery, haltedEvery = 50, 200
	// entries and asides are how many there are of each pair.
	entries, asides = 20, 10
)

// Fill puts a crowd into an empty database. The first pair and the first link are written as the store does it, the others are
// copies of those.
func Fill(ctx context.Context, s *store.Store, size Size, now time.Time) error {
	pair, err := s.UpsertPair(ctx, journal.Pair{Connection: size.Connection, Kind: record.Calendar, Mailbox: "template", Address: "template@crowd.example",
		Person: "1", Zone: "Europe/Prague"})
	if err != nil {
		return err
	}
	if err := s.Commit(ctx, journal.Fence{}, journal.PutLink{Link: template(pair, now)},
		journal.PutCursor{Cursor: journal.Cursor{Scope: "raynet/" + size.Connection, Token: "t", At: now, Complete: true}}); err != nil {
		return err
	}
	pairs := size.Mailboxes * len(record.Kinds())
	each := max(1, size.Links/pairs)
	at := now.UnixMilli()
	for _, step := range []struct {
		doing, query string
		args         []any
	}{
		{"pairs", `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
			INSERT INTO pair (connection, kind, mailbox, address, person, zone, container, state, reason, detail, since, generation, full_read)
			SELECT $2, k.kind, printf('%08x-90e7-43a0-924e-d835c5c73aa3', i * 7919), printf('user%05d@crowd.example', i), 100 + i, 'Europe/Prague', '',
				CASE WHEN i % $3 = 7 THEN 'halted' ELSE 'running' END, CASE WHEN i % $3 = 7 THEN 'too-many-removals' ELSE '' END, '', $4, 1, 0
			FROM n, (SELECT 'calendar' AS kind UNION ALL SELECT 'contacts' UNION ALL SELECT 'tasks') k`,
			[]any{size.Mailboxes, size.Connection, haltedEvery, at}},
		{"cursors", `INSERT INTO cursor_at (scope, sealed_token, at, window_from, window_till, since, complete)
			SELECT 'outlook/' || mailbox || '/' || kind || '/' || container, randomblob(1200), $1 - id % 60 * 1000, 0, 0, $1, 1 FROM pair WHERE id <> $2`,
			[]any{at, pair}},
		{"links", `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
			INSERT INTO link (id, pair, state, raynet, outlook, series, twin, span_till, body)
			SELECT printf('0196a5c2-7d1e-7c3a-%05d-%08d', p.id, i), p.id, CASE WHEN i % 100 = 99 THEN 'hidden' ELSE 'linked' END,
				printf('meeting/%08d', p.id * $2 + i), l.outlook || printf('%05d%08d', p.id, i), NULL, NULL, l.span_till + i * 3600000, l.body
			FROM pair p JOIN link l ON l.pair = $3 CROSS JOIN n WHERE p.id <> $3`,
			[]any{each, each, pair}},
		{"tallies", `INSERT INTO tally (pair, state, links) SELECT id, 'linked', $1 - $1 / 100 FROM pair WHERE id <> $2
			UNION ALL SELECT id, 'hidden', $1 / 100 FROM pair WHERE id <> $2 AND $1 >= 100`, []any{each, pair}},
		{"journal", `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
			INSERT INTO journal (at, run, pair, link, op, event, side, raynet, outlook, reason, sealed_body)
			SELECT $2 + i, 'run-' || i, p.id, printf('0196a5c2-7d1e-7c3a-%05d-%08d', p.id, i), '', 'created', 'outlook', NULL, NULL, '', NULL
			FROM n CROSS JOIN pair p WHERE p.id <> $3`, []any{entries, at - entries, pair}},
		{"work", `INSERT INTO work (pair, ref, why, reason, detail, generation, tries, since, retry_at)
			SELECT id, 'raynet:meeting/' || id, 'parked', 'invalid', '', 1, 1, $1, $1 FROM pair WHERE id <> $2 AND id % $3 = 0
			UNION ALL SELECT id, 'outlook:event/' || id, 'review', 'several', '', 1, 1, $1, NULL FROM pair WHERE id <> $2 AND id % $3 = 0`,
			[]any{at, pair, heldEvery}},
		{"asides", `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
			INSERT INTO aside (pair, ref, rule, version, since, span, series, natural_key, twin, source)
			SELECT p.id, printf('outlook:event/aside%05d%08d', p.id, i), CASE WHEN i % 2 = 0 THEN 'private' ELSE 'window' END, '', $2, '', '', NULL, NULL, NULL
			FROM n CROSS JOIN pair p WHERE p.id <> $3`, []any{asides, at, pair}},
		{"figures", `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 167)
			INSERT INTO sample (at, name, n, total, most)
			SELECT ($1 / 3600000 - i) * 3600000, $2 || '/' || k.name, 100 + i, 1000 * i, 5000
			FROM n, (SELECT 'to-raynet' AS name UNION ALL SELECT 'to-outlook' UNION ALL SELECT 'delay' UNION ALL SELECT 'raynet-requests'
				UNION ALL SELECT 'graph-requests' UNION ALL SELECT 'raynet-throttled' UNION ALL SELECT 'graph-throttled') k`,
			[]any{at, size.Connection}},
		{"the template", `DELETE FROM link WHERE pair = $1`, []any{pair}},
		{"the template", `DELETE FROM tally WHERE pair = $1`, []any{pair}},
		{"the template", `DELETE FROM pair WHERE id = $1`, []any{pair}},
		{"the database's own file", `PRAGMA wal_checkpoint(TRUNCATE)`, nil}, // the log is never that large in production
	} {
		if err := fill(ctx, s.DB(), step.query, step.args); err != nil {
			return fmt.Errorf("fill in %s: %w", step.doing, err)
		}
	}
	return nil
}

// Record returns the reference of the first RAYNET record of the n-th pair, counted from one.
func (s Size) Record(n int) string {
	return fmt.Sprintf("raynet:meeting/%08d", (n+1)*max(1, s.Links/(s.Mailboxes*len(record.Kinds()))))
}

func fill(ctx context.Context, db *sql.DB, query string, args []any) error {
	_, err := db.ExecContext(ctx, query, args...)
	return err
}

// template is a link as usual ones are.
func template(pair int64, now time.Time) journal.Link {
	digester := record.NewDigester([]byte("crowd"))
	fields := record.Fields{}
	for _, spec := range record.EventSchema().Fields {
		fields[spec.Name] = record.Value(spec.Name)
	}
	shown := digester.Fields(fields)
	return journal.Link{
		ID: "template", Pair: pair, State: journal.Linked, Since: now, Origin: record.Raynet, Span: record.Between(now, now.Add(time.Hour)),
		Raynet: journal.Half{Ref: remote.Ref{Side: record.Raynet, Type: "meeting", ID: "1"}, Version: "3", Shown: shown},
		Outlook: journal.Half{Ref: remote.Ref{Side: record.Outlook, Type: "event", ID: longID}, Shown: shown,
			Version: `W/"ZbyDddzkKkG2T8BQPhtiSwAAAAAB1w=="`},
	}
}

// longID is as long as the ids of Outlook are.
const longID = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkLmNoPqRsTuVaBcDeFgHiJkL"
