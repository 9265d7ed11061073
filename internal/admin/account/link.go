package account

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/store"
)

const (
	tokenBytes = 32
	// linkLife is how long a link is good that was made for somebody. The first one is good until it is used or replaced.
	linkLife = time.Hour
	// firstLink is the name under which the hash of the first link's token is remembered.
	firstLink = "account/first-link"
)

// link is what is kept of a one-time link: the hash of its token.
type link struct {
	Hash  []byte    `json:"hash"`
	Until time.Time `json:"until,omitzero"` // zero: no end
}

func (l *link) fits(hash []byte, now time.Time) bool {
	if l == nil {
		return false
	}
	same := subtle.ConstantTimeCompare(l.Hash, hash) == 1
	return same && (l.Until.IsZero() || l.Until.After(now))
}

// newLink makes a token and what is kept of it.
func (a *Accounts) newLink(until time.Time) (token string, kept link, err error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(a.random, raw); err != nil {
		return "", link{}, fmt.Errorf("read random bytes: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, link{Hash: tokenHash(token), Until: until}, nil
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// FirstLink returns a new token for the one-time link by which the first administrator sets a password; needed is false, and
// there is no token, if there is an administrator who can sign in. A server calls it whenever it starts: the token it returned
// before is good no more. Only its hash is kept.
func (a *Accounts) FirstLink(ctx context.Context) (token string, needed bool, err error) {
	made, kept, err := a.newLink(time.Time{})
	if err != nil {
		return "", false, err
	}
	value, err := json.Marshal(kept)
	if err != nil {
		return "", false, fmt.Errorf("make the first link: %w", err)
	}
	err = a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		administrators, err := readyAdministrators(ctx, p)
		if err != nil || administrators > 0 {
			return errors.Join(err, p.Forget(ctx, firstLink))
		}
		needed = true
		if err := p.Remember(ctx, firstLink, value); err != nil {
			return err
		}
		return a.audit(ctx, p, Act{Code: ActFirstLink})
	})
	if err != nil || !needed {
		return "", false, err
	}
	return made, true, nil
}

// NewLink returns a new token for a one-time link by which the person sets a password, good for an hour. Their password is good
// until then. The failure is FailureUnknown, also for who signs in with Microsoft and so has no password.
func (a *Accounts) NewLink(ctx context.Context, by Actor, name string) (token string, err error) {
	token, kept, err := a.newLink(a.now().Add(linkLife))
	if err != nil {
		return "", err
	}
	return token, a.change(ctx, name, func(ctx context.Context, p *store.People, e *entry) error {
		if e.subject != "" {
			return &Failure{Code: FailureUnknown, Args: map[string]any{"Name": name}}
		}
		e.body.Link = &kept
		return a.audit(ctx, p, by.did(ActLink, map[string]any{"Name": e.name}))
	})
}

// Invitation is what an open one-time link is for.
type Invitation struct {
	// First tells that it makes the first administrator, who chooses a name; otherwise Name is the account's.
	First bool
	Name  string
}

// Invited returns what a one-time link is for without using it. The failure is FailureLink.
func (a *Accounts) Invited(ctx context.Context, token string) (Invitation, error) {
	var found Invitation
	value, ok, err := a.store.Recall(ctx, firstLink)
	if err != nil {
		return found, err
	}
	rows, err := a.store.Accounts(ctx)
	if err != nil {
		return found, err
	}
	e, first, err := a.invited(tokenHash(token), rows, value, ok)
	if err != nil {
		return found, err
	}
	return Invitation{First: first, Name: e.name}, nil
}

// invited finds the account, or the first link, that a token's hash belongs to. It compares with all of them, in constant time
// each, so that how long it takes tells nothing.
func (a *Accounts) invited(hash []byte, rows []store.Account, first []byte, hasFirst bool) (found entry, isFirst bool, err error) {
	now, fits := a.now(), false
	for _, row := range rows {
		if row.Subject != "" {
			continue
		}
		e, err := entryOf(row)
		if err != nil {
			return entry{}, false, err
		}
		if e.body.Link.fits(hash, now) {
			found, fits = e, true
		}
	}
	if hasFirst {
		var kept link
		if err := json.Unmarshal(first, &kept); err != nil {
			return entry{}, false, fmt.Errorf("read the first link: %w", err)
		}
		if kept.fits(hash, now) {
			isFirst, fits = true, true
		}
	}
	if !fits {
		return entry{}, false, &Failure{Code: FailureLink}
	}
	return found, isFirst, nil
}

// Claim is what a person fills in who came by a one-time link.
type Claim struct {
	Token string
	// Name is needed for the first link; for others it may be empty, or must be the account's.
	Name     string
	Password string
	// Lang and Zone may be empty.
	Lang, Zone string
	// From is the address of the browser.
	From string
}

// Claim uses up a one-time link: it sets the password of its account, or makes the first administrator. All sessions of the
// account end, and whoever was wrong too often may try again. Of several at once exactly one succeeds. Failures: FailureLink,
// FailureWeak, FailureTaken, FailureName, FailureUnknown.
func (a *Accounts) Claim(ctx context.Context, c Claim) (Account, error) {
	invitation, err := a.Invited(ctx, c.Token) // before anything costs time: anybody may ask
	if err != nil {
		return Account{}, err
	}
	name := invitation.Name
	if invitation.First {
		name = plainName(c.Name)
		if !goodName(name) {
			return Account{}, &Failure{Code: FailureName, Args: map[string]any{"Name": c.Name}}
		}
	} else if c.Name != "" && plainName(c.Name) != name {
		return Account{}, &Failure{Code: FailureUnknown, Args: map[string]any{"Name": c.Name}}
	}
	if err := CheckPassword(name, c.Password); err != nil {
		return Account{}, err
	}
	password, err := a.hashNew(ctx, c.Password)
	if err != nil {
		return Account{}, err
	}
	var claimed entry
	err = a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		claimed, err = a.claim(ctx, p, c, entry{name: name, body: body{Password: password}})
		return err
	})
	if err != nil {
		return Account{}, err
	}
	a.log.Info("password set by one-time link", "account", name)
	return claimed.account(), a.forgive(ctx, try{name: name, place: place(c.From)})
}

// claim looks again whether the link is good, within the transaction that uses it up.
func (a *Accounts) claim(ctx context.Context, p *store.People, c Claim, with entry) (entry, error) {
	value, ok, err := p.Recall(ctx, firstLink)
	if err != nil {
		return entry{}, err
	}
	rows, err := p.Accounts(ctx)
	if err != nil {
		return entry{}, err
	}
	e, first, err := a.invited(tokenHash(c.Token), rows, value, ok)
	if err != nil {
		return entry{}, err
	}
	code := ActClaimed
	if first {
		code = ActClaimedFirst
		if e, err = a.first(ctx, p, with.name); err != nil {
			return entry{}, err
		}
	}
	e.body.Password, e.body.Link = with.body.Password, nil
	e.body.Epoch++
	if c.Lang != "" && knownLanguage(c.Lang) {
		e.body.Lang = c.Lang
	}
	if c.Zone != "" {
		e.body.Zone = c.Zone
	}
	if err := put(ctx, p, e); err != nil {
		return entry{}, err
	}
	if err := p.EndSessions(ctx, e.name); err != nil {
		return entry{}, err
	}
	return e, a.audit(ctx, p, Act{Account: e.name, Code: code, From: c.From})
}

// first makes the first administrator and uses up the first link.
func (a *Accounts) first(ctx context.Context, p *store.People, name string) (entry, error) {
	if _, err := p.Account(ctx, name); err == nil {
		return entry{}, &Failure{Code: FailureTaken, Args: map[string]any{"Name": name}}
	} else if !errors.Is(err, store.ErrNotFound) {
		return entry{}, err
	}
	return entry{name: name, role: Administrator, since: a.moment()}, p.Forget(ctx, firstLink)
}
