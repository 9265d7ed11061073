package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// recall is what the product may have forgotten, as everybody knows who takes its database away.
type recall struct {
	// kept is when the backup was taken. What happened between hole and known may be unknown to the product: hole is when the backup
	// that was brought back was taken, or the beginning of time; known is when it had looked at everything again.
	kept, hole, known time.Time
	// forgot is when it forgot last: what its journal told of the time before may be gone.
	forgot time.Time
	// first is when it forgot for the first time.
	first  time.Time
	any    bool
	rounds int // complete ones since it forgot
}

// learnedIn is how many complete rounds of work it takes until everything that is there was looked at again.
const learnedIn = 3

// late is how long before a backup something must have happened to be surely known in it.
const late = 20 * time.Minute

// back notes that the backup is brought back, gone that there is none.
func (m *recall) back() {
	if !m.any || m.kept.Before(m.hole) {
		m.hole = m.kept.Add(-late)
	}
	m.any, m.known, m.rounds = true, time.Time{}, 0
}

func (m *recall) gone() { *m = recall{any: true, forgot: m.forgot, first: m.first} }

// learned notes a round of work.
func (m *recall) learned(at time.Time, whole bool) {
	if whole && m.any {
		if m.rounds++; m.rounds == learnedIn {
			m.known = at
		}
	}
}

// lost reports whether the product may know nothing of what happened at a time.
func (m *recall) lost(at time.Time) bool {
	return m.any && !at.Before(m.hole) && (m.known.IsZero() || !at.After(m.known))
}

// wholeRound reports whether the latest cycles of all pairs came to their ends.
func (w *world) wholeRound() bool {
	n := len(w.users) * len(w.kinds)
	if len(w.runs) < n {
		return false
	}
	for _, r := range w.runs[len(w.runs)-n:] {
		if !r.whole {
			return false
		}
	}
	return true
}

// left is when a write of ours left: one that landed late was in the journal long before.
func (w *world) left(t touch) time.Time {
	layer := w.outlook.Layer()
	if t.side == record.Raynet {
		layer = w.raynet.Layer()
	}
	for _, request := range layer.Requests() {
		path, err := url.PathUnescape(request.Path)
		cut := request.Fault != "" && request.Status == 0 && request.Method != http.MethodGet
		if err == nil && cut && request.At.Before(t.at) && strings.Contains(path, t.id) {
			return request.At
		}
	}
	return t.at
}

// removals says when people last took each thing away, by its key.
func removals(all []touch) map[string]time.Time {
	out := map[string]time.Time{}
	for _, t := range all {
		if t.ours || t.op != "delete" && t.op != "move" {
			continue
		}
		if canary := canaryOf(titleOf(t.before)); canary != "" {
			key := itemKey(t.mailbox, canary)
			if t.side == record.Raynet {
				key = recordKey(canary)
			}
			out[key] = t.at
		}
	}
	return out
}
