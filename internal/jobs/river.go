package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Plans is what the schedules need of the durable memory beside what running a connection needs.
type Plans interface {
	// BumpPair adds one to the pair's generation, durably.
	BumpPair(ctx context.Context, id int64) (int64, error)
	Cursor(ctx context.Context, scope string) (cursor journal.Cursor, ok bool, err error)
	LinksEnded(ctx context.Context, pair int64, before time.Time, limit int) ([]journal.Link, error)
	AsidesByRule(ctx context.Context, pair int64, rule remote.Rule, after remote.Ref, limit int) ([]journal.Aside, error)
}

// Pace says how often things run.
type Pace struct {
	// Poll is how often both services are asked what changed, Sweep how often RAYNET's ids are listed, Reconcile how often a
	// mailbox is read anew.
	Poll, Sweep, Reconcile time.Duration
	// Enrol is how often the list of users is looked at, Probe how often refused mailboxes are tried again; zero means an hour.
	Enrol, Probe time.Duration
	// Prune is how often what is old is removed; zero means a day. Alert is how often it is looked what people must be told;
	// zero means a minute.
	Prune, Alert time.Duration
}

// Tasks are the use-cases of the layers above that run as jobs. None may be nil.
type Tasks struct {
	// Enrol makes and pauses pairs as the settings and the users of both services say.
	Enrol func(ctx context.Context) error
	// Sync does what was asked for, keeps its report in the database and returns the id of its run.
	Sync func(ctx context.Context, request SyncRequest) (run string, err error)
	// Prune removes what is old.
	Prune func(ctx context.Context) error
	// Alert tells people what needs them.
	Alert func(ctx context.Context) error
}

// Options are what a Runner is made of. All members but Log, Stopping and Observe are needed.
type Options struct {
	// DB is the pool that writes. Jobs are rows of the same database, so that a backup holds both.
	DB         *sql.DB
	Connection *Connection
	Plans      Plans
	Pace       Pace
	Tasks      Tasks
	// Held reports whether an error says that another process holds a lease.
	Held func(error) bool
	// Stopping is closed when the process is about to end: jobs give up as soon as what is under way has been settled.
	Stopping <-chan struct{}
	Log      *slog.Logger
	// Observe, if not nil, is told of every job that ended: its kind, and what its work returned.
	Observe func(kind string, err error)
}

// Runner runs a connection's jobs. Start it in at most one process per database (its caller holds the server's lease); any
// number of processes may ask for a synchronisation with SyncNow.
type Runner struct {
	Options
	client *river.Client[*sql.Tx]
	driver *riversqlite.Driver

	mu      sync.Mutex
	refused refusal // guarded by mu; the login that the log last called refused
	read    bool    // guarded by mu; RAYNET was read since the start
}

// refusal is a refused login that the log told of.
type refusal struct {
	side record.Side // empty: none, or it works again
	at   time.Time
}

const (
	// jobTimeout ends a job that hangs. A first synchronisation may take long, and what it did by then is kept.
	jobTimeout = 2 * time.Hour
	// rescueAfter frees the jobs of a process that died while another one lives on; a process that starts alone does it at once.
	rescueAfter = jobTimeout + 10*time.Minute
	// fetchCooldown is the shortest time between two looks for jobs.
	fetchCooldown = 50 * time.Millisecond
	// heldWait is after what time a job looks again whether another process has given a lease back.
	heldWait = 2 * time.Second
	// stopWithin is how long running jobs may take to end.
	stopWithin = 20 * time.Second
	// connectionWorkers and pairWorkers bound what runs at the same time. Polls never queue behind cycles.
	connectionWorkers, pairWorkers = 4, 16
	// keepJobs is how long the rows of jobs that ended are kept.
	keepJobs = 15 * time.Minute

	connectionQueue, pairQueue = "connection", "pair"
)

// New prepares the jobs of a connection and brings the engine's tables up to date. It starts nothing.
func New(ctx context.Context, options Options) (*Runner, error) {
	options.Log = cmp.Or(options.Log, slog.New(slog.DiscardHandler))
	options.Pace = options.Pace.defaults()
	r := &Runner{Options: options, driver: riversqlite.New(options.DB)}
	quiet := slog.New(atLeast{options.Log.Handler(), slog.LevelWarn})
	migrator, err := rivermigrate.New(r.driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("prepare the tables of jobs: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("prepare the tables of jobs: %w", err)
	}
	r.client, err = river.NewClient(r.driver, &river.Config{
		Queues: map[string]river.QueueConfig{
			connectionQueue: {MaxWorkers: connectionWorkers}, pairQueue: {MaxWorkers: pairWorkers},
		},
		Workers: r.workers(), PeriodicJobs: r.periodic(), Logger: quiet,
		MaxAttempts: 1, JobTimeout: jobTimeout, RescueStuckJobsAfter: rescueAfter, FetchCooldown: fetchCooldown,
		SoftStopTimeout:             stopWithin,
		CompletedJobRetentionPeriod: keepJobs, CancelledJobRetentionPeriod: keepJobs, DiscardedJobRetentionPeriod: 24 * time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare jobs: %w", err)
	}
	return r, nil
}

func (p Pace) defaults() Pace {
	p.Enrol = cmp.Or(p.Enrol, time.Hour)
	p.Probe = cmp.Or(p.Probe, time.Hour)
	p.Prune = cmp.Or(p.Prune, 24*time.Hour)
	p.Alert = cmp.Or(p.Alert, time.Minute)
	return p
}

// Start begins to run jobs, those first that a process that was killed left behind. The caller must know that no other process
// runs jobs on this database.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.rescue(ctx); err != nil {
		return fmt.Errorf("take over the jobs of a process that died: %w", err)
	}
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	// Schedules begin with the engine's own election, which takes a while after a crash. What is due is asked for now.
	for _, args := range []river.JobArgs{enrolArgs{}, pollArgs{}, roundArgs{}, sweepArgs{}, reconcileArgs{}, pruneArgs{}, alertArgs{}} {
		if _, err := r.client.Insert(ctx, args, nil); err != nil {
			return errors.Join(fmt.Errorf("ask for a job: %w", err), r.Stop(ctx))
		}
	}
	return nil
}

// Stop lets running jobs settle what is under way and ends; after 20 seconds, or when ctx ends, they are cut.
func (r *Runner) Stop(ctx context.Context) error {
	err := r.client.Stop(ctx)
	if err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return r.client.StopAndCancel(last)
}

// periodic are the schedules. They live in the memory of the process that leads; every job finds out itself whether it is due.
func (r *Runner) periodic() []*river.PeriodicJob {
	every := func(interval time.Duration, args river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(interval),
			func() (river.JobArgs, *river.InsertOpts) { return args, nil }, &river.PeriodicJobOpts{ID: args.Kind()})
	}
	p := r.Pace
	return []*river.PeriodicJob{
		every(p.Poll, pollArgs{}), every(p.Poll, roundArgs{}), every(p.Sweep, sweepArgs{}), every(p.Enrol, enrolArgs{}),
		every(p.Probe, probeArgs{}), every(p.Prune, pruneArgs{}), every(p.Alert, alertArgs{}), every(max(p.Reconcile/reconcileSlots, time.Second), reconcileArgs{}),
	}
}

// Trigger has the pairs synchronised soon. A pair that is being synchronised now is synchronised once more afterwards: its
// generation is written before the job is asked for, and looked at when the running one ends.
func (r *Runner) Trigger(ctx context.Context, pairs ...int64) error {
	for _, id := range pairs {
		if _, err := r.Plans.BumpPair(ctx, id); err != nil {
			return err
		}
	}
	return r.ask(ctx, pairs)
}

// ask has the pairs synchronised unless that is under way or planned already.
func (r *Runner) ask(ctx context.Context, pairs []int64) error {
	jobs := make([]river.InsertManyParams, 0, len(pairs))
	for _, id := range pairs {
		jobs = append(jobs, river.InsertManyParams{Args: cycleArgs{Pair: id}})
	}
	if len(jobs) == 0 {
		return nil
	}
	if _, err := r.client.InsertMany(ctx, jobs); err != nil {
		return fmt.Errorf("ask for cycles: %w", err)
	}
	return nil
}

// once says that there is at most one such job that waits or runs.
func once() river.UniqueOpts {
	return river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
		rivertype.JobStateScheduled,
	}}
}

// atLeast passes on records of a level and above: the job engine tells much that is no news.
type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
