package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store/db"
)

// maxGroup bounds how many calls share one transaction.
const maxGroup = 256

// call is one Commit: facts that are written together or not at all.
type call struct {
	fence  journal.Fence
	writes []write
	works  int64 // how many generations of work the writes take
	err    error
	// turn receives false when the call has its outcome, and true when it must lead the next group itself.
	turn chan bool
}

// group joins concurrent calls. There is no goroutine of its own: the first caller commits at once; whoever arrives in the
// meantime waits, and one of those waiting commits for all of them. So a lone caller never waits for company, and the busier
// it is, the more calls share one flush of the disk.
type group struct {
	mu    sync.Mutex
	queue []*call // guarded by mu
	led   bool    // guarded by mu: somebody is committing
	stats Stats   // guarded by mu
}

// Stats count since Open.
type Stats struct {
	Calls        int // of Commit that reached the database
	Transactions int // that were tried, each with one flush of the disk
	Waiting      int // calls that wait, now, for the next transaction
}

// Stats returns how many calls of Commit shared how many transactions.
func (s *Store) Stats() Stats {
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	stats := s.group.stats
	stats.Waiting = len(s.group.queue)
	return stats
}

// Commit makes all facts durable or none. Concurrent calls may share one transaction of the database; a call that is refused
// does not touch the others. When it returns nil, the facts survive a loss of power. An error other than the ones below
// leaves the outcome unknown, as a lost answer of the database does.
//
// fence is the lease under which the caller writes; the zero Fence is for use-cases of administrators only, who hold none.
// ctx is looked at before the facts are handed over; from then on the call waits for the outcome, which takes milliseconds.
//
// Errors: ErrFenced, ErrBusy (OpenIntent), ErrTaken (PutLink), ErrNotFound (TouchIntent, CloseIntent, PutPairState, or a pair
// that does not exist), ErrFull (for OpenIntent already from the first full disk on), ErrLocked, ErrReadOnly.
func (s *Store) Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit facts: %w", err)
	}
	c := &call{fence: fence, turn: make(chan bool, 1)}
	now := s.now()
	for _, fact := range facts {
		w, err := s.prepare(fact, now)
		if err != nil {
			return fmt.Errorf("commit %T: %w", fact, err)
		}
		switch fact.(type) {
		case journal.OpenIntent:
			if err := s.ballast.check(); err != nil {
				return fmt.Errorf("commit %T: %w", fact, err)
			}
		case journal.PutWork, journal.ReportWork, journal.Suspect:
			c.works++
		}
		c.writes = append(c.writes, w)
	}
	s.join(c)
	return c.err
}

// join has the call committed, by somebody else or by leading a group.
func (s *Store) join(c *call) {
	g := &s.group
	g.mu.Lock()
	g.queue = append(g.queue, c)
	wait := g.led
	g.led = true
	g.mu.Unlock()
	if wait && !<-c.turn {
		return
	}
	g.mu.Lock()
	batch := g.queue
	if len(batch) > maxGroup {
		batch = batch[:maxGroup:maxGroup]
	}
	g.queue = append([]*call(nil), g.queue[len(batch):]...)
	g.mu.Unlock()

	for _, member := range batch {
		member.err = errUnfinished
	}
	tries := 0
	defer func() { s.handOver(c, batch, tries) }() // even if something panics: the others must not wait for ever
	tries = s.flush(batch)
}

// errUnfinished is the outcome of calls whose leader never came to an end.
var errUnfinished = errors.New("the shared transaction did not end: its outcome is unknown")

// handOver tells the members of a batch that they have their outcome and lets the next caller lead.
func (s *Store) handOver(leader *call, batch []*call, tries int) {
	g := &s.group
	g.mu.Lock()
	g.stats.Calls += len(batch)
	g.stats.Transactions += tries
	g.led = len(g.queue) > 0
	if g.led {
		g.queue[0].turn <- true
	}
	g.mu.Unlock()
	for _, member := range batch {
		if member != leader {
			member.turn <- false
		}
	}
}

// flush commits a batch and gives every call its outcome; it returns how many transactions that took.
func (s *Store) flush(batch []*call) (tries int) {
	ctx := context.Background() // a shared transaction belongs to no single caller
	err := s.transact(ctx, batch, false)
	tries++
	if errors.Is(err, errRefused) {
		err = s.transact(ctx, batch, true)
		tries++
	}
	if errors.Is(err, ErrFull) {
		released := s.ballast.noteFull()
		s.log.Error("disk is full", "ballast_released", released)
		if released {
			err = s.transact(ctx, batch, true)
			tries++
		}
	}
	if err == nil {
		s.ballast.noteRoom()
		return tries
	}
	for _, c := range batch {
		c.err = fmt.Errorf("commit facts: %w", err)
	}
	return tries
}

// errRefused says that one call of a group was refused after it had written something, so the group must be written again
// with a savepoint around each call. Refusals are rare; without them the savepoints would cost a third of the time.
var errRefused = errors.New("one call of the group was refused")

// txn is one shared transaction.
type txn struct {
	queries *db.Queries
	store   *Store
	// tally holds what the current call changes in the counts of links.
	tally map[tallyKey]int64
	// generation is the last one given to a piece of work.
	generation int64
}

type tallyKey struct {
	pair  int64
	state string
}

// transact writes a batch in one transaction. Its error concerns all calls; a refusal of one is noted in the call.
func (s *Store) transact(ctx context.Context, batch []*call, savepoints bool) error {
	tx, queries, err := s.writing.begin(ctx)
	if err != nil {
		return mapped(err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; before one the first error counts
	t := &txn{queries: queries, store: s, tally: map[tallyKey]int64{}}
	works := int64(0)
	for _, c := range batch {
		works += c.works
	}
	if works > 0 {
		last, err := t.queries.Count(ctx, works, "work")
		if err != nil {
			return mapped(err)
		}
		t.generation = last - works
	}
	total, done := map[tallyKey]int64{}, 0
	fences := map[journal.Fence]error{}
	for _, c := range batch {
		c.err = t.fence(ctx, c.fence, fences)
		if c.err == nil {
			if c.err = t.run(ctx, tx, c, savepoints); c.err != nil && len(batch) > 1 && !savepoints && !spoils(c.err) {
				return errRefused
			}
		}
		if spoils(c.err) {
			return mapped(c.err)
		}
		if c.err != nil {
			continue
		}
		done++
		for key, change := range t.tally {
			total[key] += change
		}
	}
	if done == 0 {
		return nil
	}
	for key, change := range total {
		if change == 0 {
			continue
		}
		if err := t.queries.AddTally(ctx, key.pair, key.state, change); err != nil {
			return mapped(err)
		}
	}
	return mapped(tx.Commit())
}

// fence checks, once per transaction, that the lease is still the caller's.
func (t *txn) fence(ctx context.Context, f journal.Fence, known map[journal.Fence]error) error {
	if f == (journal.Fence{}) {
		return nil
	}
	err, ok := known[f]
	if ok {
		return err
	}
	rows, err := t.queries.CheckFence(ctx, f.Number, f.Lease)
	if err == nil && rows == 0 {
		err = fmt.Errorf("commit under lease %s number %d: %w", f.Lease, f.Number, ErrFenced)
	}
	known[f] = err
	return err
}

// run writes one call's facts, inside a savepoint if others share the transaction and one of them is known to be refused.
func (t *txn) run(ctx context.Context, tx *sql.Tx, c *call, savepoint bool) error {
	clear(t.tally)
	if savepoint {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT one_call"); err != nil {
			return err
		}
	}
	var failed error
	for _, w := range c.writes {
		if failed = w(ctx, t); failed != nil {
			break
		}
	}
	if isForeign(failed) {
		failed = fmt.Errorf("pair: %w: %w", ErrNotFound, failed)
	}
	if failed != nil && spoils(failed) || !savepoint {
		return failed
	}
	if failed != nil {
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT one_call"); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT one_call"); err != nil {
		return err
	}
	return failed
}
