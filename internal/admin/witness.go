package admin

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Witness remembers how the services answered last and how each kind of job ended last. It is safe for concurrent use; its zero
// value is ready, and a nil Witness sees nothing.
type Witness struct {
	mu   sync.Mutex
	seen witnessed // guarded by mu
}

// witnessed is what a Witness saw, as it is kept.
type witnessed struct {
	Answers map[record.Side]answers `json:"answers,omitempty"`
	Jobs    map[string]ending       `json:"jobs,omitempty"`
}

// answers are the latest good and bad answer of one side.
type answers struct {
	Good   time.Time        `json:"good,omitzero"`
	Bad    time.Time        `json:"bad,omitzero"`
	Kind   remote.ErrorKind `json:"kind,omitempty"`
	Status int              `json:"status,omitempty"`
}

// ending is how a kind of job ended last, and failed last.
type ending struct {
	Ended  time.Time        `json:"ended,omitzero"`
	Failed time.Time        `json:"failed,omitzero"`
	Kind   remote.ErrorKind `json:"kind,omitempty"`
	Text   string           `json:"text,omitempty"`
}

// Answer notes the answer to one request: its HTTP status, 0 if none came.
func (w *Witness) Answer(side record.Side, status int, at time.Time) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen.Answers == nil {
		w.seen.Answers = map[record.Side]answers{}
	}
	last := w.seen.Answers[side]
	if kind := answerKind(side, status); kind != "" {
		last.Bad, last.Kind, last.Status = at, kind, status
	} else {
		last.Good = at
	}
	w.seen.Answers[side] = last
}

// answerKind is what a status says of the connection: nothing if the service did its work, even if it refused one record.
func answerKind(side record.Side, status int) remote.ErrorKind {
	switch {
	case status == http.StatusUnauthorized:
		return remote.Unauthorized
	case status == http.StatusForbidden:
		return remote.Forbidden
	case status == http.StatusTooManyRequests:
		return remote.Throttled
	case status == 0, status == http.StatusInternalServerError && side == record.Outlook, status > http.StatusInternalServerError:
		return remote.Unavailable // RAYNET refuses single records with 500
	}
	return ""
}

// Job notes how a job ended.
func (w *Witness) Job(kind string, err error, at time.Time) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen.Jobs == nil {
		w.seen.Jobs = map[string]ending{}
	}
	last := w.seen.Jobs[kind]
	if err == nil {
		last.Ended = at
	} else {
		last.Failed, last.Kind, last.Text = at, remoteKind(err), plan.Detail(err)
	}
	w.seen.Jobs[kind] = last
}

// merged returns what was seen here and, where that is newer, elsewhere.
func (w *Witness) merged(other witnessed) witnessed {
	out := witnessed{Answers: maps.Clone(other.Answers), Jobs: maps.Clone(other.Jobs)}
	if w == nil {
		return out
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if out.Answers == nil {
		out.Answers = map[record.Side]answers{}
	}
	if out.Jobs == nil {
		out.Jobs = map[string]ending{}
	}
	for side, ours := range w.seen.Answers {
		last := out.Answers[side]
		if ours.Good.After(last.Good) {
			last.Good = ours.Good
		}
		if ours.Bad.After(last.Bad) {
			last.Bad, last.Kind, last.Status = ours.Bad, ours.Kind, ours.Status
		}
		out.Answers[side] = last
	}
	for kind, ours := range w.seen.Jobs {
		last := out.Jobs[kind]
		if ours.Ended.After(last.Ended) {
			last.Ended = ours.Ended
		}
		if ours.Failed.After(last.Failed) {
			last.Failed, last.Kind, last.Text = ours.Failed, ours.Kind, ours.Text
		}
		out.Jobs[kind] = last
	}
	return out
}

func (w *Witness) empty() bool {
	if w == nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen.Answers) == 0 && len(w.seen.Jobs) == 0
}

// witnessed returns what this process and those before it saw.
func (a *Admin) witnessed(ctx context.Context) (witnessed, error) {
	var known witnessed
	text, ok, err := a.Store.Recall(ctx, a.witnessKey())
	if err != nil {
		return known, err
	}
	if ok {
		if err := json.Unmarshal(text, &known); err != nil {
			return known, fmt.Errorf("read how the services answered: %w", err)
		}
	}
	return a.Witness.merged(known), nil
}

func (a *Admin) witnessKey() string { return "witness/" + a.Connection.Name }

// noteWitness makes durable what was seen.
func (a *Admin) noteWitness(ctx context.Context) error {
	if a.Witness.empty() {
		return nil
	}
	seen, err := a.witnessed(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(seen, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("encode how the services answered: %w", err)
	}
	return a.Store.Remember(ctx, a.witnessKey(), text)
}
