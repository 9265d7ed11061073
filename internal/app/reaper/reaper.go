// Package reaper kills a played process at any point of its I/O, as a power cut would: the files of its database stay as they lie
// at that moment, and whatever the dead process still seems to do reaches neither them nor the services.
//
// It knows where a process does I/O (its network, its commits, its actions) and refuses to know what is played: stories and histories
// beside it say when somebody dies.
//
// Start reading at Reaper.Point.
package reaper

import (
	"context"
	"errors"
	"net/http"
	"os"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
)

// ErrKilled is what everything answers once the process is dead. Nobody hears it.
var ErrKilled = errors.New("the process was killed")

// Never is how many points are left of a process that nobody kills.
const Never = -1

// Reaper watches one process. A nil one lets it live. It is for one goroutine at a time, like the worlds it is made for.
type Reaper struct {
	left     int
	commits  int // how many more commits are made before the one right after which it dies, Never if no commit is its last act
	seen     int
	dead     bool
	database string
	copies   string
	err      error
}

// New watches a process whose database is the file called database; copies is where its files are kept from the moment of death. left
// is how many points are passed before it dies, Never if it is not to.
func New(database, copies string, left int) *Reaper {
	return &Reaper{database: database, copies: copies, left: left, commits: Never}
}

// Strike kills the process after so many more points.
func (r *Reaper) Strike(left int) { r.left, r.commits = left, Never }

// StrikeAtCommit kills the process as soon as a commit is durable, so many more commits after the next one: whatever was to be committed
// after it never is. Wherever a promise is that two facts are in one commit, that is the moment which shows it, however many
// requests there are before.
func (r *Reaper) StrikeAtCommit(commits int) { r.left, r.commits = Never, commits }

// Dead reports whether the process is.
func (r *Reaper) Dead() bool { return r != nil && r.dead }

// Seen is how many points were passed.
func (r *Reaper) Seen() int { return r.seen }

// Point is passed before and after every step of I/O. It reports whether the process is dead.
func (r *Reaper) Point() bool {
	if r == nil {
		return false
	}
	if r.dead {
		return true
	}
	r.seen++
	if r.left < 0 {
		return false
	}
	if r.left > 0 {
		r.left--
		return false
	}
	r.dead = true
	for _, suffix := range []string{"", "-wal"} {
		if err := stage.CopyFile(r.database+suffix, r.copies+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			r.err = errors.Join(r.err, err)
		}
	}
	return true
}

// Bury puts the files as they were at the moment of death in the place of the database, which must be closed.
func (r *Reaper) Bury() error {
	if r.err != nil {
		return r.err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(r.database + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := stage.CopyFile(r.copies+suffix, r.database+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		_ = os.Remove(r.copies + suffix)
	}
	return nil
}

// Network passes a point before a request leaves and after its answer is there.
func (r *Reaper) Network(next http.RoundTripper) http.RoundTripper {
	return stage.RoundTrip(func(request *http.Request) (*http.Response, error) {
		if r.Point() {
			return nil, ErrKilled
		}
		response, err := next.RoundTrip(request)
		if r.Point() {
			return nil, errors.Join(ErrKilled, discard(response))
		}
		return response, err
	})
}

// Do passes a point before and after an action of the engine.
func (r *Reaper) Do(ctx context.Context, action apply.Action, do func(context.Context, apply.Action) apply.Event) (apply.Event, error) {
	if r.Point() {
		return apply.Event{}, ErrKilled
	}
	event := do(ctx, action)
	if r.Point() {
		return apply.Event{}, ErrKilled
	}
	return event, nil
}

// Store is a database whose commits pass a point before and after.
type Store struct {
	*store.Store
	reaper *Reaper
}

// Watch puts the reaper between a process and its database.
func (r *Reaper) Watch(s *store.Store) Store { return Store{s, r} }

// Commit passes a point before and after the commit itself.
func (s Store) Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error {
	if s.reaper.Point() {
		return ErrKilled
	}
	err := s.Store.Commit(ctx, fence, facts...)
	if err == nil {
		s.reaper.committed()
	}
	if s.reaper.Point() {
		return ErrKilled
	}
	return err
}

// committed counts a commit that is durable. The point that is passed next is the process's last one if this was the commit to wait for.
func (r *Reaper) committed() {
	if r == nil || r.commits < 0 {
		return
	}
	if r.commits == 0 {
		r.left = 0
	}
	r.commits--
}

func discard(response *http.Response) error {
	if response == nil {
		return nil
	}
	return response.Body.Close()
}
