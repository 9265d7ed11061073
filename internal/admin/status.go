package admin

import (
	"context"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/record"
)

// Status is how everything stands. Looking at it costs the same however many things are linked, and asks neither service.
type Status struct {
	At time.Time `json:"at"`
	// Verdict says whether all is well, or what is not, the worst first.
	Verdict []Finding    `json:"verdict"`
	Users   []UserStatus `json:"users"`
	// Raynet is the rest of the day's requests, as the latest answer to any process told; nil if none ever did.
	Raynet *BudgetStatus `json:"raynet,omitempty"`
	// Poll and Sweep are when RAYNET was read last, and when its ids were last listed completely; zero: never.
	Poll  time.Time `json:"poll,omitzero"`
	Sweep time.Time `json:"sweep,omitzero"`
	// Holder is the process that is reading RAYNET just now, empty if none is.
	Holder string      `json:"holder,omitempty"`
	Runs   []RunStatus `json:"runs"`
	// Store is "ok" or "full" ("status.store-<code>" in the locale files).
	Store string `json:"store"`
}

// UserStatus is how one user's synchronisation of one kind stands.
type UserStatus struct {
	User   string            `json:"user"`
	Kind   record.Kind       `json:"kind"`
	State  journal.PairState `json:"state"`            // "pair.<code>"
	Reason string            `json:"reason,omitempty"` // "reason.<code>"
	Detail string            `json:"detail,omitempty"`
	Since  time.Time         `json:"since"`
	Linked int               `json:"linked"`
	// Links counts the links by state, tombstones included.
	Links map[journal.LinkState]int `json:"links,omitempty"`
	// Waiting counts writes whose outcome is not known yet; Work what waits, by why ("why.<code>").
	Waiting int                 `json:"waiting"`
	Work    map[journal.Why]int `json:"work,omitempty"`
	// Cycle is when the mailbox was read and everything it showed settled last; zero: never.
	Cycle time.Time `json:"cycle,omitzero"`
	// Run is the latest run that wrote something for this user.
	Run string `json:"run,omitempty"`
	// Retry is when the next thing that waits is tried again, zero if nothing waits.
	Retry time.Time `json:"retry,omitzero"`
}

// BudgetStatus is RAYNET's daily allowance of requests.
type BudgetStatus struct {
	Limit     int       `json:"limit"`
	Remaining int       `json:"remaining"`
	Reset     time.Time `json:"reset"`
	At        time.Time `json:"at"`
}

// RunStatus is one thing that was done as a whole.
type RunStatus struct {
	ID      string    `json:"id"`
	What    string    `json:"what"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"` // zero while it runs, and for good if the process died
}

// statusRuns is how many runs are told of.
const statusRuns = 10

// Status tells how everything stands, with a line for every user and kind; Overview tells less of more. Its errors are those of
// the store.
func (a *Admin) Status(ctx context.Context) (Status, error) {
	status := Status{At: a.Now(), Users: []UserStatus{}, Runs: []RunStatus{}}
	seen, err := a.Overview(ctx, OverviewOptions{Limit: 1})
	if err != nil {
		return status, err
	}
	status.Verdict, status.Raynet, status.Store, status.Poll, status.Sweep = seen.Verdict, seen.Raynet, seen.Store, seen.Poll, seen.Sweep
	if err := a.readings(ctx, &status); err != nil {
		return status, err
	}
	figures, err := a.Store.Figures(ctx, a.Connection.Name, "")
	if err != nil {
		return status, err
	}
	for _, f := range figures {
		status.Users = append(status.Users, UserStatus{User: f.Address, Kind: f.Kind, State: f.State, Reason: f.Reason, Detail: f.Detail,
			Since: f.Since, Linked: f.Links[journal.Linked], Links: f.Links, Waiting: f.Intents, Work: f.Work, Cycle: f.Cycle, Run: f.Run,
			Retry: f.Retry})
	}
	slices.SortStableFunc(status.Users, func(x, y UserStatus) int { return strings.Compare(x.User, y.User) })
	runs, err := a.Store.Runs(ctx, statusRuns)
	for _, run := range runs {
		status.Runs = append(status.Runs, RunStatus{ID: run.ID, What: run.What, Started: run.Started, Ended: run.Ended})
	}
	return status, err
}

// readings tells when RAYNET was read, and who is reading it.
func (a *Admin) readings(ctx context.Context, status *Status) error {
	name := a.Connection.Name
	for scope, at := range map[string]*time.Time{feed.CursorScope(name): &status.Poll, engine.SweepScope(name): &status.Sweep} {
		cursor, _, err := a.Store.Cursor(ctx, scope)
		if err != nil {
			return err
		}
		*at = cursor.At
	}
	holder, _, held, err := a.Store.Leased(ctx, "connection/"+name)
	if held {
		status.Holder = holder
	}
	return err
}
