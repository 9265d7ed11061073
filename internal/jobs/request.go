package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// SyncRequest asks for a synchronisation now.
type SyncRequest struct {
	// Users limits it to these addresses; empty is everybody.
	Users []string
	// Sweep lists RAYNET's ids first.
	Sweep bool
	// Restore, if not nil, asks that something be taken back first; Users and Sweep do not matter then.
	Restore *RestoreRequest
	// Decide, if not nil, asks that a person's decision be carried out; nothing else matters then.
	Decide *DecideRequest
}

// DecideRequest is what a person decided: codes, references and digests, no values. Exactly one of ID, Undo, Pause and Resume is set.
type DecideRequest struct {
	ID        string            `json:"id,omitempty"`
	Seen      string            `json:"seen,omitempty"`
	Choice    string            `json:"choice,omitempty"`
	Candidate string            `json:"candidate,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`
	By        string            `json:"by,omitempty"`
	// Undo is the run that is taken back; Pause and Resume are addresses, with the kinds that are meant (none: all).
	Undo   string   `json:"undo,omitempty"`
	Pause  string   `json:"pause,omitempty"`
	Resume string   `json:"resume,omitempty"`
	Kinds  []string `json:"kinds,omitempty"`
}

// RestoreRequest names what is to be taken back: numbers and references, no values.
type RestoreRequest struct {
	Entry  int64  `json:"entry,omitempty"`
	Field  string `json:"field,omitempty"`
	Ref    string `json:"ref,omitempty"`
	Run    string `json:"run,omitempty"`
	Remove bool   `json:"remove,omitempty"`
}

// syncArgs synchronises on request. The addresses are those of the pairs, which the database holds anyway.
type syncArgs struct {
	Users   []string        `json:"users,omitempty"`
	Sweep   bool            `json:"sweep,omitempty"`
	Restore *RestoreRequest `json:"restore,omitempty"`
	Decide  *DecideRequest  `json:"decide,omitempty"`
}

// Kind names the job.
func (syncArgs) Kind() string { return "sync" }

// InsertOpts says where the job waits.
func (syncArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: connectionQueue, Priority: 1}
}

func (a syncArgs) request() SyncRequest {
	return SyncRequest(a)
}

// lookAgain is how often the end of a requested job is looked for.
const lookAgain = 100 * time.Millisecond

// SyncNow hands a synchronisation to the process that runs the jobs, which may be another one, and waits until it is done. It
// returns the id of the run, under which the report is found. If ctx ends first, the job is called off unless it runs already,
// and the error wraps the cause of ctx's end.
func (r *Runner) SyncNow(ctx context.Context, request SyncRequest) (run string, err error) {
	inserted, err := r.client.Insert(ctx, syncArgs(request), nil)
	if err != nil {
		return "", fmt.Errorf("ask for a synchronisation: %w", err)
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			err := r.callOff(context.WithoutCancel(ctx), inserted.Job.ID)
			return "", errors.Join(fmt.Errorf("wait for the synchronisation: %w", context.Cause(ctx)), err)
		case <-tick.C:
		}
		job, err := r.client.JobGet(ctx, inserted.Job.ID)
		if err != nil && ctx.Err() == nil {
			return "", fmt.Errorf("wait for the synchronisation: %w", err)
		}
		if err == nil && job.FinalizedAt != nil {
			return outcome(job)
		}
	}
}

// callOff takes a job back that did not begin. One that runs goes on to its end.
func (r *Runner) callOff(ctx context.Context, id int64) error {
	job, err := r.client.JobGet(ctx, id)
	if err == nil && job.State != rivertype.JobStateRunning {
		_, err = r.client.JobCancel(ctx, id)
	}
	return err
}

// ErrNotDone says that a requested synchronisation ended without being done.
var ErrNotDone = errors.New("the synchronisation was not done")

func outcome(job *rivertype.JobRow) (run string, err error) {
	if job.State == rivertype.JobStateCompleted {
		if err := json.Unmarshal(job.Output(), &run); err != nil {
			return "", fmt.Errorf("%w: the job tells no run: %w", ErrNotDone, err)
		}
		return run, nil
	}
	if n := len(job.Errors); n > 0 {
		return "", fmt.Errorf("%w: %s", ErrNotDone, job.Errors[n-1].Error)
	}
	return "", fmt.Errorf("%w: the job was %s", ErrNotDone, job.State)
}

// sync does what was asked for and notes the run in the job's row, which holds no report: those are sealed.
func (r *Runner) sync(ctx context.Context, job *river.Job[syncArgs]) error {
	run, err := r.Tasks.Sync(ctx, job.Args.request())
	if err != nil {
		return err
	}
	return river.RecordOutput(ctx, run)
}

// rescue frees the jobs that a process was running when it died: they are run again, except for synchronisations on request,
// whose asker is told. It also ends the term of a dead leader, whose schedules would rest for a while. Both is what the engine
// does itself after a time; it is done at once because the caller knows that no such process lives.
func (r *Runner) rescue(ctx context.Context) error {
	exec := r.driver.GetExecutor()
	now := r.Connection.Now().UTC()
	horizon := now.Add(365 * 24 * time.Hour) // whenever they began, by whichever clock
	if _, err := exec.LeaderDeleteExpired(ctx, &riverdriver.LeaderDeleteExpiredParams{Now: &horizon}); err != nil {
		return err
	}
	for {
		stuck, err := exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{Max: windowPage, StuckHorizon: horizon})
		if err != nil || len(stuck) == 0 {
			return err
		}
		rescued := &riverdriver.JobRescueManyParams{StuckHorizon: horizon}
		for _, job := range stuck {
			state, finalized := rivertype.JobStateAvailable, (*time.Time)(nil)
			if job.Kind == (syncArgs{}).Kind() {
				state, finalized = rivertype.JobStateDiscarded, &now
			}
			note, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: job.Attempt, Error: "the process that ran it died"})
			if err != nil {
				return err
			}
			rescued.ID = append(rescued.ID, job.ID)
			rescued.Error = append(rescued.Error, note)
			rescued.FinalizedAt = append(rescued.FinalizedAt, finalized)
			rescued.ScheduledAt = append(rescued.ScheduledAt, now)
			rescued.State = append(rescued.State, string(state))
		}
		if _, err := exec.JobRescueMany(ctx, rescued); err != nil {
			return err
		}
		r.Log.Warn("jobs of a process that died are run again", "jobs", len(stuck))
	}
}
