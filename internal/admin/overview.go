package admin

import (
	"cmp"
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// Which users an overview shows.
const (
	OnlyAll     = "all"
	OnlyTrouble = "trouble" // those for whom something needs a person
)

// OverviewOptions say which part of the users is wanted.
type OverviewOptions struct {
	// Search is a part of the mailbox's address.
	Search string
	// Only is OnlyAll or OnlyTrouble; empty is all.
	Only string
	// After continues a listing: Overview.Next of the page before.
	After string
	// Limit is how many users are wanted; zero means 50, and there are never more than 500.
	Limit int
}

// Overview is how everything stands, at a glance. Looking at it asks neither service and costs the same however many things
// are linked.
type Overview struct {
	At time.Time `json:"at"`
	// Verdict says whether all is well, or what is not, the worst first; it is never empty.
	Verdict []Finding `json:"verdict"`
	// States counts all users by the worst state among their pairs, whatever was searched for.
	States map[journal.PairState]int `json:"states"`
	Users  []UserOverview            `json:"users"`
	// Next is what After of the next page must be; empty at the end.
	Next string `json:"next,omitempty"`
	// Linked counts the links that live.
	Linked map[record.Kind]int `json:"linked"`
	// Raynet is the rest of RAYNET's daily requests as the latest answer to any process told, nil if none ever told.
	Raynet *BudgetStatus `json:"raynet,omitempty"`
	Graph  GraphStatus   `json:"graph"`
	Secret SecretStatus  `json:"secret"`
	// Poll and Sweep are when RAYNET was read last, and when its ids were last listed completely; zero: never.
	Poll  time.Time `json:"poll,omitzero"`
	Sweep time.Time `json:"sweep,omitzero"`
	// Server is the process that keeps everything in step, empty if none does.
	Server string `json:"server,omitempty"`
	// Store is "ok" or "full".
	Store string `json:"store"`
	// Day are the last 24 hours by the hour, Week the last seven days by six hours, the oldest first.
	Day  []Point `json:"day"`
	Week []Point `json:"week"`
}

// UserOverview is one line: how one user stands.
type UserOverview struct {
	User    string `json:"user"` // the mailbox's address
	Mailbox string `json:"mailbox"`
	// State is the worst among the kinds.
	State journal.PairState `json:"state"`
	Kinds []KindOverview    `json:"kinds"`
	// Lag is how long ago the kind that was read longest ago was read, in seconds; -1 if one never was.
	Lag int `json:"lag_seconds"`
	// Changed is when something was done for the user last, as far back as the journal goes; zero: never.
	Changed time.Time `json:"changed,omitzero"`
	Linked  int       `json:"linked"`
	// Waiting counts what is under way, Parked what was set aside until it can be tried again, Review what a person must decide.
	Waiting int `json:"waiting"`
	Parked  int `json:"parked"`
	Review  int `json:"review"`
}

// KindOverview is how one user stands with one kind.
type KindOverview struct {
	Kind   record.Kind       `json:"kind"`
	State  journal.PairState `json:"state"`            // "pair.<code>"
	Reason string            `json:"reason,omitempty"` // "reason.<code>"
	Detail string            `json:"detail,omitempty"`
	Since  time.Time         `json:"since"`
	Cycle  time.Time         `json:"cycle,omitzero"`
	Linked int               `json:"linked"`
	Parked int               `json:"parked,omitempty"`
	Review int               `json:"review,omitempty"`
}

// GraphStatus is what was asked of Microsoft Graph in the last 24 hours.
type GraphStatus struct {
	Requests  int `json:"requests"`
	Throttled int `json:"throttled"` // answers that asked us to wait
}

// SecretStatus is how long the client secret lasts.
type SecretStatus struct {
	// Known is false if the administrator did not say when it ends: none of our permissions can read it.
	Known   bool      `json:"known"`
	Expires time.Time `json:"expires,omitzero"`
	Days    int       `json:"days"` // that are left; negative once it is over
}

const (
	overviewPage = 50
	mostUsers    = 500
)

// Overview tells how everything stands. Its errors are those of the store.
func (a *Admin) Overview(ctx context.Context, options OverviewOptions) (Overview, error) {
	o := Overview{At: a.Now(), Users: []UserOverview{}, Linked: map[record.Kind]int{}, Store: "ok", Secret: a.secret()}
	if a.Store.Healthy() != nil {
		o.Store = "full"
	}
	var found trouble
	group, inGroup := errgroup.WithContext(ctx) // each fills in members of its own
	group.Go(func() error { return a.shared(inGroup, &o) })
	group.Go(func() error { return a.trouble(inGroup, &found) })
	group.Go(func() error { return a.charts(inGroup, &o) })
	group.Go(func() error { return a.userPage(inGroup, &o, options) })
	if err := group.Wait(); err != nil {
		return o, err
	}
	o.Verdict = a.findings(&o, found)
	return o, nil
}

// shared fills in what all users have in common.
func (a *Admin) shared(ctx context.Context, o *Overview) (err error) {
	if o.States, err = a.Store.UserStates(ctx, a.Connection.Name); err != nil {
		return err
	}
	if o.Raynet, err = a.budget(ctx); err != nil {
		return err
	}
	var status Status
	if err := a.readings(ctx, &status); err != nil {
		return err
	}
	o.Poll, o.Sweep = status.Poll, status.Sweep
	holder, _, held, err := a.Store.Leased(ctx, ServerLease(a.Connection.Name))
	if err != nil {
		return err
	}
	if held {
		o.Server = holder
	}
	totals, err := a.Store.LinkTotals(ctx, a.Connection.Name)
	for kind, states := range totals {
		o.Linked[kind] = states[journal.Linked]
	}
	return err
}

// ServerLeasePrefix comes before the name of the connection.
const ServerLeasePrefix = "server/"

// ServerLease names the lease of the one process that keeps a connection in step.
func ServerLease(connection string) string { return ServerLeasePrefix + connection }

// secret tells how long the client secret lasts.
func (a *Admin) secret() SecretStatus {
	ends := a.Settings.SecretExpires
	if ends.IsZero() {
		return SecretStatus{}
	}
	left := ends.Sub(a.Now())
	days := int(left / (24 * time.Hour))
	if left < 0 {
		days--
	}
	return SecretStatus{Known: true, Expires: ends, Days: days}
}

// userPage fills in the users that are asked for.
func (a *Admin) userPage(ctx context.Context, o *Overview, options OverviewOptions) error {
	limit := min(cmp.Or(max(options.Limit, 0), overviewPage), mostUsers)
	filter := store.UserFilter{Connection: a.Connection.Name, Search: strings.TrimSpace(options.Search), Troubled: options.Only == OnlyTrouble,
		Late: a.lateSince(), After: userOf(options.After), Limit: limit + 1}
	users, err := a.Store.Users(ctx, filter)
	if err != nil {
		return err
	}
	if len(users) > limit {
		users = users[:limit]
		last := users[limit-1]
		o.Next = last.Address + "/" + last.Mailbox
	}
	for _, user := range users {
		figures, err := a.Store.Figures(ctx, a.Connection.Name, user.Mailbox)
		if err != nil {
			return err
		}
		o.Users = append(o.Users, overviewOf(user, figures, o.At))
	}
	return nil
}

// userOf reads Overview.Next.
func userOf(after string) store.User {
	at := strings.LastIndexByte(after, '/')
	if at < 0 {
		return store.User{Address: after}
	}
	return store.User{Address: after[:at], Mailbox: after[at+1:]}
}

// overviewOf puts the figures of one user's pairs into one line.
func overviewOf(user store.User, figures []store.Figures, now time.Time) UserOverview {
	out := UserOverview{User: user.Address, Mailbox: user.Mailbox, State: user.State, Kinds: []KindOverview{}}
	for _, f := range figures {
		kind := KindOverview{Kind: f.Kind, State: f.State, Reason: f.Reason, Detail: f.Detail, Since: f.Since, Cycle: f.Cycle,
			Linked: f.Links[journal.Linked], Parked: f.Work[journal.WhyParked], Review: f.Work[journal.WhyReview]}
		out.Kinds = append(out.Kinds, kind)
		out.Linked += kind.Linked
		out.Parked += kind.Parked
		out.Review += kind.Review
		out.Waiting += f.Intents + f.Work[journal.WhyHeld] + f.Work[journal.WhyChanged] + f.Work[journal.WhyAbsent]
		if f.Changed.After(out.Changed) {
			out.Changed = f.Changed
		}
		switch {
		case f.Cycle.IsZero():
			out.Lag = -1
		case out.Lag >= 0:
			out.Lag = max(out.Lag, int(now.Sub(f.Cycle)/time.Second))
		}
	}
	return out
}
