package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"raynetsync/internal/record"
)

// Works runs what takes longer than a page may wait: previews, synchronisations on request, decisions. At most one work of a
// kind runs at a time; the latest of each kind is kept in memory alone, for its result holds values of people. It is safe for
// concurrent use. Close it.
type Works struct {
	now    func() time.Time
	newID  func() string
	ctx    context.Context // ends with Close: works outlive the request that began them
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu     sync.Mutex
	latest map[string]*Work // guarded by mu; kind -> work
}

// Work is one work, as it stood when it was asked for.
type Work struct {
	ID, Kind string
	// By is the account that began it.
	By             string
	Started, Ended time.Time // Ended is zero while it runs
	// Progress is in the order of the users' addresses.
	Progress []WorkProgress
	// Result is what it returned; Err is nil if it was done.
	Result any
	Err    error
}

// WorkProgress says how far one user's kind is.
type WorkProgress struct {
	User      string
	Kind      record.Kind
	Done, All int
}

// Running reports whether the work has not ended yet.
func (w Work) Running() bool { return w.Ended.IsZero() }

// FailureBusy says that a work of the kind runs already.
const FailureBusy = "busy"

// NewWorks returns works that end at the latest with ctx.
func NewWorks(ctx context.Context, now func() time.Time, newID func() string) *Works {
	w := &Works{now: now, newID: newID, latest: map[string]*Work{}}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

// Close ends everything that runs and waits for it.
func (w *Works) Close() {
	w.cancel()
	w.wait.Wait()
}

// Begin begins a work and returns its id. do gets a context that ends with Close and a function that takes progress. The error
// is a *Failure if one of the kind runs already.
func (w *Works) Begin(kind, by string, do func(context.Context, func(string, record.Kind, int, int)) (any, error)) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.latest[kind]; old != nil && old.Running() {
		return "", &Failure{Code: FailureBusy, Args: map[string]any{"By": old.By}}
	}
	if err := w.ctx.Err(); err != nil {
		return "", fmt.Errorf("begin %s: %w", kind, err)
	}
	work := &Work{ID: w.newID(), Kind: kind, By: by, Started: w.now()}
	w.latest[kind] = work
	w.wait.Go(func() {
		result, err := w.guarded(do, work)
		w.mu.Lock()
		defer w.mu.Unlock()
		work.Result, work.Err, work.Ended = result, err, w.now()
	})
	return work.ID, nil
}

// Keep remembers a result that is there already as the latest work of a kind. It is there when Keep returns.
func (w *Works) Keep(kind, by string, result any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	w.latest[kind] = &Work{ID: w.newID(), Kind: kind, By: by, Started: now, Ended: now, Result: result}
}

// errBroken is what people see of a work that broke off; the log has the rest.
var errBroken = errors.New("the work broke off")

// guarded runs do; one that panics ends itself alone.
func (w *Works) guarded(do func(context.Context, func(string, record.Kind, int, int)) (any, error), work *Work) (result any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			result, err = nil, fmt.Errorf("%w: %v", errBroken, cause)
		}
	}()
	return do(w.ctx, func(user string, kind record.Kind, done, all int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		at := slices.IndexFunc(work.Progress, func(p WorkProgress) bool { return p.User == user && p.Kind == kind })
		if at < 0 {
			at = len(work.Progress)
			work.Progress = append(work.Progress, WorkProgress{User: user, Kind: kind})
		}
		work.Progress[at].Done, work.Progress[at].All = done, all
	})
}

// Latest returns the latest work of a kind; ok is false if there was none since the start, or it was forgotten.
func (w *Works) Latest(kind string) (work Work, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	latest := w.latest[kind]
	if latest == nil {
		return Work{}, false
	}
	work = *latest
	work.Progress = slices.Clone(latest.Progress)
	slices.SortFunc(work.Progress, func(x, y WorkProgress) int {
		if x.User != y.User {
			if x.User < y.User {
				return -1
			}
			return 1
		}
		return slices.Index(record.Kinds(), x.Kind) - slices.Index(record.Kinds(), y.Kind)
	})
	return work, true
}

// Forget drops the latest work of a kind unless it runs.
func (w *Works) Forget(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if latest := w.latest[kind]; latest != nil && !latest.Running() {
		delete(w.latest, kind)
	}
}
