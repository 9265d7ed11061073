package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// Board is what runs and what waits, whichever process does it.
type Board struct {
	// Running and Waiting are the jobs by their kind, at most boardJobs of each; what waits longest comes first. At is when it
	// began, or when it is due.
	Running, Waiting []Job
	// AllRunning and AllWaiting count all of them; of those that wait only the ones that are due.
	AllRunning, AllWaiting int
}

// Job is one job of a kind: poll, round, sweep, reconcile, enrol, probe, prune, cycle, sync.
type Job struct {
	Kind string
	At   time.Time
}

// Snooze is what a job's work returns that looks again later; it is no fault.
type Snooze = river.JobSnoozeError

// Kinds are all kinds of jobs, in the order in which people read them.
func Kinds() []string {
	return []string{pollArgs{}.Kind(), roundArgs{}.Kind(), cycleArgs{}.Kind(), syncArgs{}.Kind(), sweepArgs{}.Kind(), reconcileArgs{}.Kind(),
		enrolArgs{}.Kind(), probeArgs{}.Kind(), pruneArgs{}.Kind()}
}

const boardJobs = 100

// ReadBoard reads what runs and what waits. A database in which no server ever ran has nothing.
func ReadBoard(ctx context.Context, db *sql.DB) (Board, error) {
	var board Board
	driver := riversqlite.New(db)
	quiet := slog.New(slog.DiscardHandler)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return board, fmt.Errorf("read the jobs: %w", err)
	}
	if versions, err := migrator.ExistingVersions(ctx); err != nil || len(versions) == 0 {
		return board, err
	}
	client, err := river.NewClient(driver, &river.Config{Logger: quiet})
	if err != nil {
		return board, fmt.Errorf("read the jobs: %w", err)
	}
	list := func(by river.JobListOrderByField, states ...rivertype.JobState) ([]Job, error) {
		found, err := client.JobList(ctx, river.NewJobListParams().States(states...).OrderBy(by, river.SortOrderAsc).First(boardJobs))
		if err != nil {
			return nil, fmt.Errorf("read the jobs: %w", err)
		}
		var out []Job
		for _, row := range found.Jobs {
			at := row.ScheduledAt
			if row.State == rivertype.JobStateRunning && row.AttemptedAt != nil {
				at = *row.AttemptedAt
			}
			out = append(out, Job{Kind: row.Kind, At: at.UTC()})
		}
		return out, nil
	}
	if board.Running, err = list(river.JobListOrderByID, rivertype.JobStateRunning); err != nil {
		return board, err
	}
	if board.Waiting, err = list(river.JobListOrderByScheduledAt, rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable); err != nil {
		return board, err
	}
	counts, err := driver.GetExecutor().JobCountByQueueAndState(ctx, &riverdriver.JobCountByQueueAndStateParams{QueueNames: []string{connectionQueue, pairQueue}})
	if err != nil {
		return board, fmt.Errorf("count the jobs: %w", err)
	}
	for _, count := range counts {
		board.AllRunning += int(count.CountRunning)
		board.AllWaiting += int(count.CountAvailable)
	}
	return board, nil
}
