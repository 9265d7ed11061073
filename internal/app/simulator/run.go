package simulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"raynetsync/internal/app/reaper"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Options choose what is drawn from a seed.
type Options struct {
	// Rounds is how many rounds of the chaos phase there are; 0 is the usual number.
	Rounds int
	// Calm leaves faults and crashes out.
	Calm bool
	// Scenario limits what histories are about, see Scenarios; empty is no limit.
	Scenario string
	// Like are saved histories that the new ones resemble, see Vary; with any, the others of these options mean nothing.
	Like []Script
}

// Stats count what a history went through.
type Stats struct {
	Operations int `json:"operations"` // of people
	Faults     int `json:"faults"`
	Crashes    int `json:"crashes"`
	Restores   int `json:"restores"`  // of old backups
	Losses     int `json:"losses"`    // of the database
	Overtaken  int `json:"overtaken"` // processes that were frozen until another one took over
	Requests   int `json:"requests"`
	Cycles     int `json:"cycles"`
	// Blind counts possible blind overwrites in RAYNET that the journal tells of, Held copies that wait for a person.
	Blind int `json:"blind"`
	Held  int `json:"held"`
	// Impatient counts requests to a service that had just asked for patience, made by the piece of work that was told so.
	Impatient int `json:"impatient"`
	// Residue counts repeats of RAYNET creates after an unknown outcome, whoever had them done: if a person deleted the first one
	// before anybody saw it, the repeat brings it back. This one class is known and counted; of the thing that it happened to, the
	// history proves nothing about I4 in RAYNET until a person deletes it again.
	Residue int `json:"residue"`
}

// Violation is something that must never happen and did.
type Violation struct {
	// Checker is the invariant (I1 …), or "stopped" where the process itself failed.
	Checker string `json:"checker"`
	What    string `json:"what"`
}

// String names the checker and says what it saw.
func (v Violation) String() string { return v.Checker + ": " + v.What }

// stopped is the checker of what ends a history before its end.
const stopped = "stopped"

// Result is what came of a history.
type Result struct {
	Script Script
	Stats  Stats
	// Violations are empty if all is well.
	Violations []Violation
	// Checked counts, by checker, what there was to look at: a history that had nothing for a checker proves nothing about it.
	Checked map[string]int
	// Trace tells what happened, for people; Hash is its digest: the same script has the same one.
	Trace []string
	Hash  string
}

// Live lives one history in an empty folder. What the process itself fails with, and a panic, are violations like others; the
// error is one of the machine under the simulator.
func Live(ctx context.Context, script Script, dir string) (result Result, err error) {
	w := newWorld(script, dir)
	defer func() {
		if r := recover(); r != nil {
			w.violate(stopped, "panic: %v\n%s", r, debug.Stack())
		}
		if w.store != nil {
			err = errors.Join(err, w.stop())
		}
		hash := sha256.Sum256([]byte(strings.Join(w.trace, "\n")))
		result = Result{Script: script, Stats: w.stats, Violations: w.violations, Checked: w.exercised, Trace: w.trace, Hash: hex.EncodeToString(hash[:])}
	}()
	if err := w.live(ctx, script); err != nil {
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
		w.violate(stopped, "%v", err)
	}
	return result, nil
}

func (w *world) live(ctx context.Context, script Script) error {
	if err := w.start(ctx); err != nil {
		return err
	}
	known := verbs()
	for _, step := range script.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.draw(step.Draw)
		if err := w.outlive(ctx, known[step.Do].do(ctx, w)); err != nil {
			return fmt.Errorf("%s: %w", step.Do, err)
		}
	}
	w.draw(script.Seed)
	if err := w.heal(ctx); err != nil {
		return err
	}
	for _, line := range w.writes() {
		w.say("our write: %s", line)
	}
	if err := w.check(ctx); err != nil {
		return err
	}
	return w.lastAct(ctx)
}

// violate notes that something happened that must never happen.
func (w *world) violate(checker, format string, args ...any) {
	v := Violation{Checker: checker, What: fmt.Sprintf(format, args...)}
	w.violations = append(w.violations, v)
	w.say("VIOLATION %s", v)
}

// exercise notes that a checker had something to look at.
func (w *world) exercise(checker string, n int) { w.exercised[checker] += n }

// outlive goes on after something was done to or by the process. If it died, it is started anew on the database as it lies there; if it
// was overtaken while it was frozen, the other one goes on.
func (w *world) outlive(ctx context.Context, err error) error {
	switch {
	case w.reaper.Dead():
		w.stats.Crashes++
		w.say("the process is killed at point %d", w.reaper.Seen())
		if err := errors.Join(w.stop(), w.reaper.Bury()); err != nil {
			return err
		}
		return w.start(ctx)
	case w.successor != nil:
		return w.succeed()
	}
	return err
}

// round lets the process do what it would have done by now: poll, sweep, synchronise everybody.
func (w *world) round(ctx context.Context) error {
	err := w.outlive(ctx, w.once(ctx))
	w.calm()
	w.reaper.Strike(reaper.Never)
	return err
}

// calm calls off what has not befallen the process by now.
func (w *world) calm() { w.freezeIn, w.meetIn, w.conn.LeaseTTL = reaper.Never, reaper.Never, lease }

func (w *world) restart(ctx context.Context) error {
	if err := w.stop(); err != nil {
		return err
	}
	return w.start(ctx)
}

// once does one round of work. Errors of the services are part of life; those of the process are not.
func (w *world) once(ctx context.Context) error {
	w.meter.turn++
	_, err := w.conn.Poll(ctx, false)
	polled := err == nil
	w.sight.told = polled
	w.sight.unread = w.sight.unread && !polled
	if !polled && !w.sight.unread || w.late {
		w.ledger.missed()
	}
	if err := w.tolerable("poll", err); err != nil {
		return err
	}
	if w.rng.IntN(3) == 0 && !w.unswept {
		w.meter.turn++
		if err := w.sweep(ctx); w.tolerable("sweep", err) != nil {
			return err
		}
	}
	err = w.everybody(func(u user, kind record.Kind, pair int64) error { return w.cycle(ctx, u, kind, pair) })
	w.memory.learned(w.clock.Now(), polled && err == nil && w.wholeRound())
	return err
}

func (w *world) cycle(ctx context.Context, u user, kind record.Kind, pair int64) error {
	w.under = pair
	outcome, err := w.conn.Cycle(ctx, pair, jobs.CycleOptions{Run: w.begins()})
	w.under = 0
	w.ends(err)
	if err := w.relieve(ctx, pair, err == nil && !w.reaper.Dead() && w.successor == nil); err != nil {
		return err
	}
	w.stats.Cycles++
	w.checkPatience(u, outcome, err)
	if last := w.runs[len(w.runs)-1]; last.whole && outcome.Waiting == 0 && w.sight.told {
		at := seat{u.mailbox, kind}
		w.sight.looked[at] = append(w.sight.looked[at], last.from)
	}
	if err == nil && w.taken != nil && w.successor == nil {
		w.taken[pair] = true
	}
	if err := w.awake(pair); err != nil {
		return err
	}
	doing := fmt.Sprintf("cycle of %s of %s", kind, u.login)
	if err := w.tolerable(doing, err); err != nil {
		return err
	}
	if outcome.Halted != nil {
		w.say("halted: %v", outcome.Halted)
		if err := w.answerGuard(ctx, pair); err != nil {
			return err
		}
	}
	w.say("%s: %v waiting %d parked %d again %d skipped %d", doing, outcome.Steps, outcome.Waiting, outcome.Parked, outcome.Again, outcome.Skipped)
	return nil
}

// tolerable passes on what only a defect of ours can cause.
func (w *world) tolerable(doing string, err error) error {
	if err == nil {
		return nil
	}
	var paused *jobs.PausedError
	if errors.As(err, &paused) {
		if pausedByPerson(paused) {
			return nil
		}
		return w.store.Commit(context.Background(), noFence, release(paused.Pair.ID))
	}
	if errors.Is(err, reaper.ErrKilled) || w.reaper.Dead() {
		return reaper.ErrKilled
	}
	if errors.Is(err, feed.ErrUnread) {
		return nil
	}
	w.log.WriteString(err.Error() + "\n")
	if _, remoteFault := errors.AsType[*remote.Error](err); remoteFault {
		w.say("%s: %v", doing, err)
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// heal ends all faults and lets the process work until there is nothing left to do.
func (w *world) heal(ctx context.Context) error {
	w.reaper.Strike(reaper.Never)
	w.calm()
	w.say("everything is well again")
	if err := w.mend(ctx); err != nil {
		return err
	}
	if w.budget > 0 {
		w.clock.Advance(w.today().Add(24*time.Hour + time.Minute).Sub(w.clock.Now()))
	}
	if err := w.asUsual(ctx); err != nil { // with a day's requests before it: everything is read anew
		return err
	}
	for n := range untilRest {
		if n == 5 {
			w.hurryIn = 0 // what somebody writes later would not come to rest
		}
		if n == 2 {
			if err := w.checkTakenOff(ctx); err != nil {
				return err
			}
		}
		if n == 4 {
			if err := w.lookAtLists(ctx); err != nil {
				return err
			}
		}
		if err := w.pass(ctx, settle+time.Minute); err != nil {
			return err
		}
		round := w.sweptRound
		if w.unswept = n < 2; w.unswept {
			round = w.round
		}
		if err := round(ctx); err != nil {
			return err
		}
	}
	return w.retries(ctx)
}

// untilRest is how many rounds it takes until everything is at rest, once all is well: two that show what is told without a list of ids, and
// six with one.
const untilRest = 8

// sweptRound is a round whose sweep of RAYNET works.
func (w *world) sweptRound(ctx context.Context) error {
	if err := w.sweep(ctx); err != nil {
		return fmt.Errorf("sweep after all is well: %w", err)
	}
	return w.round(ctx)
}

// sweep has RAYNET's ids listed.
func (w *world) sweep(ctx context.Context) error {
	_, err := w.conn.Sweep(ctx)
	if err == nil {
		w.sight.swept = append(w.sight.swept, w.clock.Now())
	}
	return err
}

// retries lets the time come at which what was parked is tried again: the longer it failed, the later that is. Creates that were cut off
// together are settled one after another, one in each round.
func (w *world) retries(ctx context.Context) error {
	for range maxRetries {
		var next time.Time
		open := false
		if err := w.everybody(func(u user, _ record.Kind, pair int64) error {
			work, err := w.store.WorkAll(ctx, pair, remote.Ref{}, 0)
			for _, k := range work {
				if k.Why == journal.WhyParked && !waits(k) && (next.IsZero() || k.RetryAt.Before(next)) {
					next = k.RetryAt
				}
			}
			intents, failed := w.store.Intents(ctx, pair)
			open = open || len(intents) > 0 && !w.gone[u.mailbox]
			return errors.Join(err, failed)
		}); err != nil || next.IsZero() && !open {
			return err
		}
		if wait := next.Sub(w.clock.Now()); wait > 0 {
			w.clock.Advance(wait)
		}
		if err := w.pass(ctx, settle+time.Minute); err != nil {
			return err
		}
		if err := w.sweptRound(ctx); err != nil {
			return err
		}
	}
	return nil
}

// maxRetries is how often what is parked is waited for.
const maxRetries = 8

// lookAtLists has the lists of tasks read whole, as every night: what came and went between two looks is told by nobody (G-133), nor is
// what came back while Outlook reported it as removed, nor a contact of whose deletion it is silent. After a loss, contacts are too: whose
// copy somebody was who left his user and was anonymised then is told by their marks alone.
func (w *world) lookAtLists(ctx context.Context) error {
	return w.everybody(func(_ user, kind record.Kind, pair int64) error {
		if kind != record.Tasks && !(kind == record.Contacts && w.forgot()) && !w.untold {
			return nil
		}
		return w.store.SetPairFull(ctx, pair, true)
	})
}

func (w *world) database() string { return filepath.Join(w.dir, "sync.db") }
func (w *world) backup() string   { return filepath.Join(w.dir, "backup.db") }

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }
func days(n int) time.Duration    { return time.Duration(n) * 24 * time.Hour }
