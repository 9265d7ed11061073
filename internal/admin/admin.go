// Package admin holds the use-cases of the people who run the server: check the connection, see which users belong together,
// preview, synchronise, look at states, explain, read the journal, take things back. The command line and the web page are
// two ways to call it; no rule lives behind a button only.
//
// It refuses to know how things are shown: results are values with codes that the locale files turn into words. Start reading
// at Admin.
package admin

import (
	"log/slog"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
)

// Admin offers the use-cases of one connection. Its members are set once; it is safe for concurrent use.
type Admin struct {
	Connection *jobs.Connection
	Store      *store.Store
	Raynet     *raynet.Client
	Outlook    *outlook.Client
	// Settings are the parts of the configuration that use-cases need.
	Settings Settings
	// Requests returns how many HTTP requests were made to each service so far, and how many parts $batch requests had.
	Requests func() Requests
	// Witness sees how the services answer and how jobs end; nil sees nothing.
	Witness *Witness
	// Version is shown to people.
	Version string
	// Parallel is how many users are worked on at the same time; 0 is the usual number. With one, the order is always the same.
	Parallel int
	Now      func() time.Time
	NewID    func() string
	Log      *slog.Logger
}

// Settings are what the administrator configured, as far as the use-cases need it.
type Settings struct {
	// Users are the mailboxes to synchronise; "*" is everybody. Empty: nobody.
	Users []string
	// Overrides are the [[user]] tables.
	Overrides []UserOverride
	// Zone is used for users whose own zone is not known.
	Zone  string
	Kinds []record.Kind
	Rules func(journal.Pair) pair.Rules
	// TenantID, ClientID and Secret are looked at by Verify for their shape only; Secret is never shown.
	TenantID, ClientID string
	SecretLooksLikeID  bool
	// SecretExpires is zero if the administrator did not tell.
	SecretExpires time.Time
	// Poll is how often both services are asked what changed, ReservePercent the share of RAYNET's daily requests that is left to
	// others.
	Poll           time.Duration
	ReservePercent int
	// RaynetURL and GraphURL are shown in messages.
	RaynetURL, GraphURL string
	// Login is a keyed digest of all credentials: a refused login is not tried again while it stays the same.
	RaynetLogin, MicrosoftLogin string
}

// UserOverride says which RAYNET user and which mailbox belong together where the addresses do not tell.
type UserOverride struct {
	Mailbox string // address
	Raynet  string // login e-mail or person id
	Kinds   []record.Kind
	Zone    string // IANA
}

// Requests counts HTTP requests.
type Requests struct {
	Raynet     int64 `json:"raynet"`
	Graph      int64 `json:"graph"`
	GraphParts int64 `json:"graph_parts,omitempty"`
}

// Sub returns what was added since before.
func (r Requests) Sub(before Requests) Requests {
	return Requests{Raynet: r.Raynet - before.Raynet, Graph: r.Graph - before.Graph, GraphParts: r.GraphParts - before.GraphParts}
}

// Steps counts what was planned or done, by the words that reports use.
type Steps struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Link   int `json:"link"`
	Unlink int `json:"unlink"`
	Delete int `json:"delete"`
	Park   int `json:"park"`
}

// KindCount says how many things of one kind there are.
type KindCount struct {
	Raynet  int `json:"raynet"`  // RAYNET records that are linked
	Outlook int `json:"outlook"` // Outlook items that are linked
	Linked  int `json:"linked"`  // live links
}

// Cycle is the report of one cycle over all users.
type Cycle struct {
	Steps    Steps                     `json:"steps"`
	Requests Requests                  `json:"requests"`
	Mails    int                       `json:"mails"` // 0 unless somebody else counts: no request that mails can leave (package outlook); the demo asks its Exchange
	Kinds    map[record.Kind]KindCount `json:"kinds"`
	// Waiting counts writes whose outcome is not known yet, Halted pairs that a guard stopped.
	Waiting int           `json:"waiting,omitempty"`
	Halted  []HaltedPair  `json:"halted,omitempty"`
	Errors  []CycleError  `json:"errors,omitempty"`
	Seconds float64       `json:"seconds"`
	Run     string        `json:"run,omitempty"`
	Users   []UserCycle   `json:"users,omitempty"`
	Planned []PlannedStep `json:"planned,omitempty"` // dry runs
	outcome []engine.Outcome
}

// HaltedPair names a pair that a guard stopped, and why.
type HaltedPair struct {
	User   string      `json:"user"`
	Kind   record.Kind `json:"kind"`
	Reason string      `json:"reason"` // "reason.<code>" in the locale files
	Detail string      `json:"detail"`
}

// CycleError is what went wrong for one user (or for all, with User empty) without stopping the others.
type CycleError struct {
	User string `json:"user,omitempty"`
	// Of is what could not be synchronised for the user; empty with User.
	Of   record.Kind      `json:"of,omitempty"`
	Kind remote.ErrorKind `json:"kind"`
	Text string           `json:"text"`
}

// UserCycle is one user's part of a cycle.
type UserCycle struct {
	User  string         `json:"user"`
	Kind  record.Kind    `json:"kind"`
	Steps Steps          `json:"steps"`
	Skips map[string]int `json:"skips,omitempty"` // by rule
}

// PlannedStep is one step as a person reads it.
type PlannedStep struct {
	User    string           `json:"user"`
	Kind    record.Kind      `json:"kind"`
	Op      string           `json:"op"` // create, update, link, unlink, delete, park, skip
	Side    record.Side      `json:"side,omitempty"`
	Raynet  string           `json:"raynet,omitempty"`
	Outlook string           `json:"outlook,omitempty"`
	Title   string           `json:"title,omitempty"` // never for private things
	Span    record.Span      `json:"-"`
	When    string           `json:"when,omitempty"`
	Reason  string           `json:"reason,omitempty"` // rule or reason code
	Changes []journal.Change `json:"changes,omitempty"`
	Mails   []string         `json:"mails"` // who would be e-mailed: nobody
}

// Report is what plan, sync, demo and bench print.
type Report struct {
	Cycles []Cycle `json:"cycles"`
	// Candidates are told by a plan when nobody is chosen: who could be.
	Candidates []UserRow `json:"candidates,omitempty"`
	// Forecast is what it would cost to carry out; plans alone have one.
	Forecast *Forecast `json:"forecast,omitempty"`
	// Refused is why a decision was not carried out, for whoever asked another process.
	Refused *Refusal `json:"refused,omitempty"`
}

// Refusal is a *Failure as it is kept with a run.
type Refusal struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

// SyncOptions are the choices of a synchronisation on request.
type SyncOptions struct {
	// Sweep lists RAYNET's ids completely first, so that removals are noticed.
	Sweep bool
	// Full reads everything anew instead of what changed.
	Full bool
	// Users limits it to these addresses; empty is everybody chosen.
	Users []string
	// Progress is told how far each user is with a kind; it may be called from several goroutines.
	Progress func(user string, kind record.Kind, done, all int)
}
