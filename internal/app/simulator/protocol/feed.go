package protocol

import (
	"context"
	"strconv"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
)

// feed reads what changed in one mailbox.
type feed struct {
	h       *history
	mailbox int
}

func (f feed) side() side { return side{f.h, &f.h.outlook, f.mailbox} }

// Begin reads everything.
func (f feed) Begin(ctx context.Context, scope remote.Scope, _, _ time.Time) (remote.Round, error) {
	round, err := f.since(0)
	round.Full = true
	return round, err
}

// Continue reads what changed since the cursor.
func (f feed) Continue(_ context.Context, _ remote.Scope, cursor string) (remote.Round, error) {
	since, err := strconv.Atoi(cursor)
	if err != nil {
		return remote.Round{}, err
	}
	return f.since(since)
}

func (f feed) since(since int) (remote.Round, error) {
	h, s := f.h, f.side()
	hides := false
	for _, t := range h.outlook.things {
		hides = hides || t.changed > since && s.of(t) && s.young(t)
	}
	hidden, err := s.answers(hides)
	if err != nil {
		return remote.Round{}, err
	}
	round, till := remote.Round{}, h.outlook.changes
	for _, t := range h.outlook.things {
		switch {
		case !s.of(t) || t.changed <= since:
		case hidden && s.young(t): // it will be told by a later round
			till = min(till, t.changed-1)
		case t.gone:
			if since > 0 {
				round.Removed = append(round.Removed, t.ref)
			}
		default:
			round.Changed = append(round.Changed, h.outlook.snapshot(t, h.now, inFeed))
		}
	}
	round.Cursor = strconv.Itoa(till)
	return round, nil
}

// Stamps reads everything that carries our mark.
func (f feed) Stamps(context.Context, remote.Scope) ([]remote.Snapshot, error) {
	s := f.side()
	hides := false
	for _, t := range s.service.things {
		hides = hides || !t.gone && t.stamp != nil && s.of(t) && s.young(t)
	}
	hidden, err := s.answers(hides)
	if err != nil {
		return nil, err
	}
	var out []remote.Snapshot
	for _, t := range s.service.things {
		if !t.gone && t.stamp != nil && s.of(t) && !(hidden && s.young(t)) {
			out = append(out, s.service.snapshot(t, f.h.now, marked))
		}
	}
	return out, nil
}

// Everything finds nothing that the feed does not show.
func (f feed) Everything(context.Context, remote.Scope) ([]remote.Snapshot, error) { return nil, nil }

// Place is never asked: every pair has its folder.
func (f feed) Place(context.Context, remote.Scope, bool) (string, error) { return "own", nil }

// access never changes.
type access struct{}

// Unchanged says so.
func (access) Unchanged(context.Context, bool) (bool, error) { return true, nil }

// rows are the RAYNET rows that were read last, shared by all pairs.
type rows struct {
	at        time.Time
	snapshots []remote.Snapshot
	seen      int // the last change that was reported
}

// Row returns the row that was read with the report of that time.
func (r *rows) Row(ref remote.Ref, _ string, reported time.Time) (remote.Snapshot, bool) {
	if !r.at.Equal(reported) {
		return remote.Snapshot{}, false
	}
	for _, row := range r.snapshots {
		if row.Ref == ref {
			return row, true
		}
	}
	return remote.Snapshot{}, false
}

// poll is the reading of RAYNET for everybody: what changed is reported as work to every pair, what is missing is suspected.
func (h *history) poll() error {
	switch h.ask(crashBefore, unreachable) {
	case crashBefore:
		return h.crash()
	case unreachable:
		return nil
	}
	h.rows.at, h.rows.snapshots = h.now, h.rows.snapshots[:0]
	for _, t := range h.raynet.things {
		if t.gone || t.changed <= h.rows.seen || h.broken == deaf {
			continue
		}
		h.rows.snapshots = append(h.rows.snapshots, h.raynet.snapshot(t, h.now, inFeed))
		for i := range h.seats {
			h.memory.apply(journal.ReportWork{Pair: h.seats[i].pair.ID, Ref: t.ref, At: h.now})
		}
	}
	h.rows.seen = h.raynet.changes
	for i := range h.memory.links {
		l := &h.memory.links[i]
		if l.State == journal.Linked && !l.Raynet.Ref.IsZero() && h.raynet.find(l.Raynet.Ref) == nil {
			h.memory.apply(journal.Suspect{Pair: l.Pair, Ref: l.Raynet.Ref, At: h.now})
		}
	}
	h.memory.apply(journal.PutCursor{Cursor: journal.Cursor{Scope: engine.SweepScope("default"), At: h.now, Since: h.now, Complete: true}})
	return nil
}
