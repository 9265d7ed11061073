package store

import (
	"context"
	"fmt"
	"time"

	"raynetsync/internal/store/db"
)

// Sample is a figure for the charts: N things in the hour that begins at At, with the sum and the largest of their values.
type Sample struct {
	At             time.Time
	Name           string
	N, Total, Most int64
}

// AddSamples adds to the figures of the hours in which the samples lie, all in one transaction.
func (s *Store) AddSamples(ctx context.Context, samples []Sample) error {
	if len(samples) == 0 {
		return nil
	}
	tx, queries, err := s.writing.begin(ctx)
	if err != nil {
		return fmt.Errorf("add figures: %w", mapped(err))
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; before one the first error counts
	for _, sample := range samples {
		err := queries.AddSample(ctx, db.AddSampleParams{At: stamp(sample.At.Truncate(time.Hour)), Name: sample.Name,
			N: sample.N, Total: sample.Total, Most: sample.Most})
		if err != nil {
			return fmt.Errorf("add figures: %w", mapped(err))
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("add figures: %w", mapped(err))
	}
	return nil
}

// Samples returns the figures since the hour of the given time, by time and name.
func (s *Store) Samples(ctx context.Context, since time.Time) ([]Sample, error) {
	rows, err := s.reads.Samples(ctx, stamp(since.Truncate(time.Hour)))
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", mapped(err))
	}
	samples := make([]Sample, len(rows))
	for i, row := range rows {
		samples[i] = Sample{At: moment(row.At), Name: row.Name, N: row.N, Total: row.Total, Most: row.Most}
	}
	return samples, nil
}
