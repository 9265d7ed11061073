package admin

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Health is how the program itself stands: its connections, its jobs, its database, and what went wrong last.
type Health struct {
	At      time.Time `json:"at"`
	Version string    `json:"version,omitempty"`
	// Sides are RAYNET and Microsoft 365.
	Sides []SideHealth `json:"sides"`
	Jobs  []JobHealth  `json:"jobs"`
	// Running and Waiting count the jobs that run and those that are due.
	Running  int            `json:"running"`
	Waiting  int            `json:"waiting"`
	Database DatabaseHealth `json:"database"`
	// Leases are who is doing what just now.
	Leases []LeaseHealth `json:"leases"`
	Errors []ErrorHealth `json:"errors"` // the newest first
}

// SideHealth is how one service answers.
type SideHealth struct {
	Side record.Side `json:"side"`
	URL  string      `json:"url"`
	Good time.Time   `json:"good,omitzero"` // the latest good answer; zero: there never was one
	// Bad is the latest bad answer, and Kind what it was ("error.<kind>"; what to do is "reason-change.<kind>").
	Bad    time.Time        `json:"bad,omitzero"`
	Kind   remote.ErrorKind `json:"kind,omitempty"`
	Status int              `json:"status,omitempty"` // HTTP; 0 if no answer came
	// Failing says that the latest answer was a bad one.
	Failing bool `json:"failing"`
	// Login is why the login is not tried any more, nil if it may be; its texts are those of a check.
	Login *Check `json:"login,omitempty"`
}

// JobHealth is how one kind of job stands ("health.job-<Kind>").
type JobHealth struct {
	Kind    string    `json:"kind"`
	Running int       `json:"running"`
	Since   time.Time `json:"since,omitzero"` // when the longest of those that run began
	Due     time.Time `json:"due,omitzero"`   // when the next one is due
	Ended   time.Time `json:"ended,omitzero"` // when one ended well last
	Failed  time.Time `json:"failed,omitzero"`
	// ErrorKind is what a service answered when it went wrong last ("error.<kind>"), empty if it was none of theirs; Error are the
	// words for it.
	ErrorKind remote.ErrorKind `json:"error_kind,omitempty"`
	Error     string           `json:"error,omitempty"`
	// Failing says that the latest one went wrong.
	Failing bool `json:"failing"`
}

// DatabaseHealth is what the database takes on the disk, in bytes.
type DatabaseHealth struct {
	Bytes   int64 `json:"bytes"`
	Log     int64 `json:"log_bytes"`
	Ballast int64 `json:"ballast_bytes"` // what is given up when the disk is full
	Full    bool  `json:"full"`
}

// LeaseHealth is one thing that a process is doing alone.
type LeaseHealth struct {
	// What is server, connection (reading RAYNET) or pair ("health.lease-<What>"); Name the lease's own name.
	What   string    `json:"what"`
	Name   string    `json:"name"`
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// ErrorHealth is something that went wrong for one user.
type ErrorHealth struct {
	User  string            `json:"user"`
	Kind  record.Kind       `json:"kind"`
	State journal.PairState `json:"state"`          // of the user's synchronisation
	Ref   string            `json:"ref,omitempty"`  // empty if it is about all of it
	Since time.Time         `json:"since,omitzero"` // when it was noticed first
	// Reason says what ("reason.<code>"), and what to do ("reason-change.<code>"); Detail is the service's answer in its own words.
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

const (
	healthErrors = 20
	healthLeases = 50
)

// Health tells how the program stands. It asks neither service. Its errors are those of the store.
func (a *Admin) Health(ctx context.Context) (Health, error) {
	h := Health{At: a.Now(), Version: a.Version, Leases: []LeaseHealth{}, Errors: []ErrorHealth{}}
	seen, err := a.witnessed(ctx)
	if err != nil {
		return h, err
	}
	if h.Sides, err = a.sides(ctx, seen); err != nil {
		return h, err
	}
	board, err := jobs.ReadBoard(ctx, a.Store.DB())
	if err != nil {
		return h, err
	}
	h.Jobs, h.Running, h.Waiting = jobHealth(board, seen.Jobs), board.AllRunning, board.AllWaiting
	size, err := a.Store.Size()
	if err != nil {
		return h, err
	}
	h.Database = DatabaseHealth{Bytes: size.Database, Log: size.Log, Ballast: size.Ballast, Full: a.Store.Healthy() != nil}
	holdings, err := a.Store.Holdings(ctx, healthLeases)
	if err != nil {
		return h, err
	}
	for _, held := range holdings {
		h.Leases = append(h.Leases, LeaseHealth{What: leaseKind(held.Name), Name: held.Name, Holder: held.Holder, Until: held.Until})
	}
	troubles, err := a.Store.Troubles(ctx, a.Connection.Name, healthErrors)
	for _, t := range troubles {
		h.Errors = append(h.Errors, ErrorHealth{User: t.Address, Kind: t.Kind, State: t.State, Ref: t.Ref.String(), Since: t.Since,
			Reason: t.Reason, Detail: t.Detail})
	}
	return h, err
}

// leaseKind is what a lease is for: the part of its name before the slash.
func leaseKind(name string) string {
	for _, what := range []string{"server", "connection", "pair"} {
		if len(name) > len(what) && name[:len(what)+1] == what+"/" {
			return what
		}
	}
	return "other"
}

// sides tells how both services answer.
func (a *Admin) sides(ctx context.Context, seen witnessed) ([]SideHealth, error) {
	out := []SideHealth{{Side: record.Raynet, URL: a.Settings.RaynetURL}, {Side: record.Outlook, URL: a.Settings.GraphURL}}
	refused := a.LoginAllowed(ctx)
	login, isRefused := errors.AsType[*LoginError](refused)
	if refused != nil && !isRefused {
		return nil, refused
	}
	for i := range out {
		last := seen.Answers[out[i].Side]
		out[i].Good, out[i].Bad, out[i].Kind, out[i].Status = last.Good, last.Bad, last.Kind, last.Status
		out[i].Failing = last.Bad.After(last.Good)
		if isRefused && login.side == out[i].Side {
			out[i].Login = &login.Check
		}
	}
	return out, nil
}

// jobHealth puts together what runs, what waits, and how each kind ended last.
func jobHealth(board jobs.Board, endings map[string]ending) []JobHealth {
	byKind := map[string]*JobHealth{}
	of := func(kind string) *JobHealth {
		if byKind[kind] == nil {
			byKind[kind] = &JobHealth{Kind: kind}
		}
		return byKind[kind]
	}
	earlier := func(at *time.Time, than time.Time) {
		if at.IsZero() || than.Before(*at) {
			*at = than
		}
	}
	for _, job := range board.Running {
		of(job.Kind).Running++
		earlier(&of(job.Kind).Since, job.At)
	}
	for _, job := range board.Waiting {
		earlier(&of(job.Kind).Due, job.At)
	}
	for kind, last := range endings { // any order: sorted below
		j := of(kind)
		j.Ended, j.Failed, j.ErrorKind, j.Error = last.Ended, last.Failed, last.Kind, last.Text
		j.Failing = last.Failed.After(last.Ended)
	}
	out := []JobHealth{}
	order := jobs.Kinds()
	for _, kind := range slices.SortedFunc(maps.Keys(byKind), func(x, y string) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x), slices.Index(order, y)), cmp.Compare(x, y))
	}) {
		out = append(out, *byKind[kind])
	}
	return out
}
