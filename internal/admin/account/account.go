// Package account decides who may look and who may decide: accounts with their roles, one-time links by which people set their
// password, signing in, asking again before something dangerous, and the audit of what people did.
//
// It knows passwords, roles and how guessing is slowed down. It refuses to know how pages look and what a role is needed for:
// whoever offers something dangerous asks Role.May and Accounts.Confirm. Failures and acts are codes with texts in the locale
// files under "failure.<code>" and "audit.<code>".
//
// Start reading at Accounts; signin.go has the way in, link.go the one-time links, change.go what is changed afterwards.
package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/unicode/norm"

	"raynetsync/internal/store"
)

// Role is what somebody may do.
type Role string

// The roles. Each one but Self may do what the ones before it may.
const (
	// Self sees and does what concerns their own mailbox alone.
	Self Role = "self"
	// Viewer sees everything and changes nothing.
	Viewer Role = "viewer"
	// Operator decides about single things: retries, clashes, what to take back.
	Operator Role = "operator"
	// Administrator also changes settings, people and what is synchronised at all.
	Administrator Role = "administrator"
)

// Roles returns the roles that an administrator can give, the weakest first.
func Roles() []Role { return []Role{Viewer, Operator, Administrator} }

// Valid reports whether r is a role.
func (r Role) Valid() bool { return r == Self || slices.Contains(Roles(), r) }

// May reports whether who has the role r may do what asks for the role needed. Self may only do what asks for Self, and so may
// everybody else: everybody who may look at all may see what is their own. An unknown role may nothing.
func (r Role) May(needed Role) bool {
	if needed == Self {
		return r.Valid()
	}
	have := slices.Index(Roles(), r)
	want := slices.Index(Roles(), needed)
	return have >= 0 && want >= 0 && have >= want
}

// Account is a person who may sign in.
type Account struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	// Lang is cs or en, Zone an IANA name; empty if the person did not choose.
	Lang string `json:"lang,omitzero"`
	Zone string `json:"zone,omitzero"`
	// Since is when the account was made, LastSeen when the person signed in last; zero: never.
	Since    time.Time `json:"since"`
	LastSeen time.Time `json:"last_seen,omitzero"`
	// Subject is the person's Entra object id, for who signs in with Microsoft; empty for who has a password.
	Subject string `json:"subject,omitzero"`
	// Mailbox is the mailbox of a person with Subject, as whoever signed them in names it.
	Mailbox string `json:"mailbox,omitzero"`
	// Ready tells whether the person can sign in: has a password or a Subject.
	Ready bool `json:"ready"`
	// Epoch changes with every change of password or role; see Accounts.Admit.
	Epoch int64 `json:"-"`
}

// body is what is kept of an account besides its row's columns.
type body struct {
	Lang     string    `json:"lang,omitzero"`
	Zone     string    `json:"zone,omitzero"`
	LastSeen time.Time `json:"last_seen,omitzero"`
	Mailbox  string    `json:"mailbox,omitzero"`
	Epoch    int64     `json:"epoch,omitzero"`
	// Password is a PHC string, empty while there is none.
	Password string `json:"password,omitzero"`
	// Link is the open one-time link, nil if there is none.
	Link *link `json:"link,omitempty"`
	// Known are the places from which the person signed in lately, the latest last.
	Known []string `json:"known,omitempty"`
}

// entry is an account as it is kept.
type entry struct {
	name, subject string
	role          Role
	since         time.Time
	body          body
}

func (e entry) account() Account {
	return Account{Name: e.name, Role: e.role, Lang: e.body.Lang, Zone: e.body.Zone, Since: e.since, LastSeen: e.body.LastSeen,
		Subject: e.subject, Mailbox: e.body.Mailbox, Ready: e.ready(), Epoch: e.body.Epoch}
}

func (e entry) ready() bool { return e.body.Password != "" || e.subject != "" }

func entryOf(row store.Account) (entry, error) {
	e := entry{name: row.Name, subject: row.Subject, role: Role(row.Role), since: row.Since}
	if err := json.Unmarshal(row.Body, &e.body); err != nil {
		return entry{}, fmt.Errorf("read account %s: %w", row.Name, err)
	}
	return e, nil
}

// Options are what Accounts needs.
type Options struct {
	// Store keeps accounts, sessions and the audit. Required.
	Store *store.Store
	// Now is the clock. Required.
	Now func() time.Time
	// Random is where tokens and salts come from; nil is the system's.
	Random io.Reader
	// Log may be nil. Names of accounts are logged, never what somebody typed as a name.
	Log *slog.Logger
}

// Accounts holds the use-cases. It is safe for concurrent use. There should be one per process: how often somebody guessed wrong
// is counted in it.
type Accounts struct {
	store  *store.Store
	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	// hashing bounds how many passwords are hashed at the same time: each takes memory and most of a core.
	hashing chan struct{}
	waiting atomic.Int64 // for their turn

	mu       sync.Mutex
	throttle throttle // guarded by mu
	refusals budget   // guarded by mu: lines about refused sign-ins
}

// New returns the use-cases. It asks the store nothing.
func New(options Options) *Accounts {
	if options.Store == nil || options.Now == nil {
		panic("account.New: Store and Now are required")
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Accounts{store: options.Store, now: options.Now, random: options.Random, log: options.Log,
		hashing: make(chan struct{}, hashings)}
}

// List returns all accounts in the order of their names.
func (a *Accounts) List(ctx context.Context) ([]Account, error) {
	rows, err := a.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	accounts := make([]Account, 0, len(rows))
	for _, row := range rows {
		e, err := entryOf(row)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, e.account())
	}
	return accounts, nil
}

// Get returns one account. The failure is FailureUnknown.
func (a *Accounts) Get(ctx context.Context, name string) (Account, error) {
	e, err := a.entry(a.store.Account(ctx, plainName(name)))
	if err != nil {
		return Account{}, unknown(err, name)
	}
	return e.account(), nil
}

func (a *Accounts) entry(row store.Account, err error) (entry, error) {
	if err != nil {
		return entry{}, err
	}
	return entryOf(row)
}

// maxName bounds the names of accounts, in runes.
const maxName = 100

// plainName is the one form in which a name is compared and kept.
func plainName(name string) string {
	if len(name) > 8*maxName {
		return ""
	}
	lower := strings.ToLower(norm.NFKC.String(name))
	return strings.TrimSpace(norm.NFKC.String(lower)) // lower case may have other normal forms
}

// unknown turns "not in the database" into the failure that says so.
func unknown(err error, name string) error {
	if errors.Is(err, store.ErrNotFound) {
		return &Failure{Code: FailureUnknown, Args: map[string]any{"Name": name}}
	}
	return err
}

// moment is the time as it will be read back.
func (a *Accounts) moment() time.Time { return a.now().UTC().Truncate(time.Millisecond) }

// put writes an account within a transaction.
func put(ctx context.Context, p *store.People, e entry) error {
	encoded, err := json.Marshal(e.body)
	if err != nil {
		return fmt.Errorf("write account %s: %w", e.name, err)
	}
	return p.PutAccount(ctx, store.Account{Name: e.name, Subject: e.subject, Role: string(e.role), Since: e.since, Body: encoded})
}
