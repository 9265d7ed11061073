package store

import (
	"context"
	"fmt"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store/db"
)

// Alert is something that people were told of, or will be. Code and Subject are its identity.
type Alert struct {
	Code, Subject string
	// Since is when it began; Told when people were told of it last, zero if they were not; Ended is zero while it holds.
	Since, Told, Ended time.Time
	// Body is the rest, for the caller to read. It is sealed at rest.
	Body []byte
}

func boundAlert(code, subject string) string { return "alert/" + code + "/" + subject }

// Alerts returns all alerts, ended ones too, by code and subject.
func (s *Store) Alerts(ctx context.Context) ([]Alert, error) {
	rows, err := s.reads.Alerts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", mapped(err))
	}
	alerts := make([]Alert, 0, len(rows))
	for _, row := range rows {
		body, err := s.vault.Open(row.SealedBody, boundAlert(row.Code, row.Subject))
		if err != nil {
			return nil, fmt.Errorf("read alert %s: %w", row.Code, err)
		}
		alerts = append(alerts, Alert{
			Code: row.Code, Subject: row.Subject, Since: moment(row.Since), Told: moment(row.Told), Ended: moment(row.Ended), Body: body,
		})
	}
	return alerts, nil
}

// PutAlerts writes alerts, new or changed, all or none.
func (s *Store) PutAlerts(ctx context.Context, alerts ...Alert) error {
	rows := make([]db.PutAlertParams, len(alerts))
	for i, a := range alerts {
		sealed, err := s.vault.Seal(a.Body, boundAlert(a.Code, a.Subject))
		if err != nil {
			return fmt.Errorf("write alert %s: %w", a.Code, err)
		}
		rows[i] = db.PutAlertParams{Code: a.Code, Subject: a.Subject, Since: stamp(a.Since), Told: stamp(a.Told), Ended: stamp(a.Ended), SealedBody: sealed}
	}
	return s.alertsTx(ctx, "write alerts", func(q *db.Queries) error {
		for _, row := range rows {
			if err := q.PutAlert(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropAlerts forgets alerts; one that is not there is no error.
func (s *Store) DropAlerts(ctx context.Context, alerts ...Alert) error {
	return s.alertsTx(ctx, "forget alerts", func(q *db.Queries) error {
		for _, a := range alerts {
			if err := q.DropAlert(ctx, a.Code, a.Subject); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) alertsTx(ctx context.Context, doing string, write func(*db.Queries) error) error {
	tx, queries, err := s.writing.begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, mapped(err))
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; before one the first error counts
	if err = write(queries); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, mapped(err))
	}
	return nil
}

// EventCounts returns how often each event was written for each pair since a time. // pair -> event -> count
func (s *Store) EventCounts(ctx context.Context, since time.Time) (map[int64]map[journal.Event]int, error) {
	rows, err := s.reads.EventCounts(ctx, stamp(since))
	if err != nil {
		return nil, fmt.Errorf("count the journal: %w", mapped(err))
	}
	counts := map[int64]map[journal.Event]int{}
	for _, row := range rows {
		if counts[row.Pair] == nil {
			counts[row.Pair] = map[journal.Event]int{}
		}
		counts[row.Pair][journal.Event(row.Event)] = int(row.Things)
	}
	return counts, nil
}

// Parked is how much work of a pair is parked for one reason, and since when the oldest is.
type Parked struct {
	Things int
	Oldest time.Time
}

// ParkedFor returns what is parked for a reason in a connection; pairs without such work are absent. // pair -> what
func (s *Store) ParkedFor(ctx context.Context, connection, reason string) (map[int64]Parked, error) {
	rows, err := s.reads.ParkedFor(ctx, reason, connection)
	if err != nil {
		return nil, fmt.Errorf("count parked work: %w", mapped(err))
	}
	parked := map[int64]Parked{}
	for _, row := range rows {
		parked[row.Pair] = Parked{Things: int(row.Things), Oldest: moment(row.Oldest)}
	}
	return parked, nil
}
