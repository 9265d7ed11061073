package app

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine/journal"
)

// health is what /healthz and /readyz answer. It names nobody.
type health struct {
	Status string `json:"status"` // ok or failing
	// Reason is a code, empty if all is well: database, no-poll-yet, poll-late.
	Reason string `json:"reason,omitempty"`
	// Pairs counts the pairs that run; PollAge is how long ago RAYNET was read, in seconds, -1 if it never was. Both are told by
	// /readyz alone.
	Pairs   *int `json:"pairs,omitzero"`
	PollAge *int `json:"poll_age_seconds,omitzero"`
}

const (
	statusOK      = "ok"
	statusFailing = "failing"
)

// pages are what the server answers.
func (s *server) pages(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, r *http.Request) { s.healthz(r).write(out) })
	mux.HandleFunc("GET /readyz", func(out http.ResponseWriter, r *http.Request) { s.readyz(r).write(out) })
	site, err := s.site(ctx)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", site)
	return mux, nil
}

// healthz says whether this process can work at all: its database can be read, and took a write not long ago.
func (s *server) healthz(r *http.Request) health {
	_, err := s.Store.Pairs(r.Context(), ConnectionName)
	s.mu.Lock()
	renewed := s.renewed
	s.mu.Unlock()
	if err != nil || s.now().Sub(renewed) > s.options.LeaseTTL {
		s.log.Error("health check found the database failing", "err", err, "written", renewed)
		return health{Status: statusFailing, Reason: "database"}
	}
	return health{Status: statusOK}
}

// readyz says whether the server keeps up: RAYNET was read not long ago, unless nobody is synchronised.
func (s *server) readyz(r *http.Request) health {
	pairs, err := s.Store.Pairs(r.Context(), ConnectionName)
	if err != nil {
		s.log.Error("health check found the database failing", "err", err)
		return health{Status: statusFailing, Reason: "database"}
	}
	running, age := 0, -1
	for _, p := range pairs {
		if p.State == journal.PairRunning {
			running++
		}
	}
	s.mu.Lock()
	polled := s.polled
	s.mu.Unlock()
	answer := health{Status: statusOK, Pairs: &running, PollAge: &age}
	late := max(3*s.current().Config.Sync.PollInterval, 2*time.Minute)
	switch {
	case polled.IsZero() && running > 0:
		answer.Status, answer.Reason = statusFailing, "no-poll-yet"
	case !polled.IsZero():
		age = int(s.now().Sub(polled) / time.Second)
		if running > 0 && s.now().Sub(polled) > late {
			answer.Status, answer.Reason = statusFailing, "poll-late"
		}
	}
	return answer
}

func (h health) write(out http.ResponseWriter) {
	body, err := json.Marshal(h)
	if err != nil {
		http.Error(out, `{"status":"failing"}`, http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.Header().Set("Cache-Control", "no-store")
	if h.Status != statusOK {
		out.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = out.Write(append(body, '\n'))
}
