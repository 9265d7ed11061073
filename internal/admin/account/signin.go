package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"raynetsync/internal/store"
)

// maxKnown is how many places are remembered from which a person signed in.
const maxKnown = 8

// SignIn checks a name and a password that came from an address. It takes the same time whether or not there is such an account.
// Failures: FailureLogin, and FailureSlow (with Seconds) after too many tries for the name or from the address.
//
// The caller gives the browser a new session token and hands that to Admit.
func (a *Accounts) SignIn(ctx context.Context, name, password, from string) (Account, error) {
	e, hash, err := a.check(ctx, name, password, from)
	if err != nil {
		return Account{}, err
	}
	return a.seen(ctx, e, hash, from)
}

// Confirm asks for the password again, before something dangerous. Failures as of SignIn. Who signs in with Microsoft has no
// password to confirm with: FailureLogin.
func (a *Accounts) Confirm(ctx context.Context, by Actor, password string) error {
	if _, _, err := a.check(ctx, by.Account, password, by.From); err != nil {
		return err
	}
	return a.Log(ctx, by.did(ActConfirmed, nil))
}

// check compares a password. rehashed is a new hash if the old one was cheaper than new ones are, else empty.
func (a *Accounts) check(ctx context.Context, name, password, from string) (e entry, rehashed string, err error) {
	plain, known := plainName(name), false
	e, err = a.entry(a.store.Account(ctx, plain))
	exists := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return entry{}, "", err
	}
	if exists {
		known = slices.Contains(e.body.Known, place(from))
	}
	attempt := try{name: plain, place: place(from), known: known}
	if err := a.admit(ctx, attempt); err != nil {
		return entry{}, "", err
	}
	who := &e
	if !exists {
		who = nil
	}
	fits, renew, err := a.fits(ctx, who, password)
	if err != nil {
		return entry{}, "", err
	}
	if !fits {
		if err := a.refused(ctx, e.name, from); err != nil {
			return entry{}, "", err
		}
		return entry{}, "", &Failure{Code: FailureLogin}
	}
	if renew {
		if rehashed, err = a.hashNew(ctx, password); err != nil {
			return entry{}, "", err
		}
	}
	return e, rehashed, a.forgive(ctx, attempt)
}

// seen notes that the person signed in. FailureLogin: the account was changed while the password was checked.
func (a *Accounts) seen(ctx context.Context, checked entry, rehashed, from string) (Account, error) {
	var now entry
	err := a.change(ctx, checked.name, func(ctx context.Context, p *store.People, e *entry) error {
		if e.body.Epoch != checked.body.Epoch {
			return &Failure{Code: FailureLogin}
		}
		if rehashed != "" {
			e.body.Password = rehashed
		}
		here := place(from)
		e.body.Known = append(slices.DeleteFunc(e.body.Known, func(known string) bool { return known == here }), here)
		e.body.Known = e.body.Known[max(len(e.body.Known)-maxKnown, 0):]
		e.body.LastSeen = a.moment()
		now = *e
		return a.audit(ctx, p, Act{Account: e.name, Code: ActSignedIn, From: from})
	})
	if failure, ok := errors.AsType[*Failure](err); ok && failure.Code == FailureUnknown {
		err = &Failure{Code: FailureLogin}
	}
	return now.account(), err
}

// Person is somebody for whom Microsoft vouches.
type Person struct {
	// Subject is the Entra object id.
	Subject string
	// Mailbox is how the person's mailbox is named; it may change.
	Mailbox string
	// Name is the address that the person signs in with.
	Name string
}

// SignInSubject signs in somebody for whom Microsoft vouches. The caller has checked the token: its signature, its tenant, for
// whom it was made, its time and that it is the answer to our own question. Who has no account gets one with the role Self if
// there is a Mailbox that the caller keeps in step; without one the failure is FailureUnknown. FailureTaken: an account with a
// password has the name.
func (a *Accounts) SignInSubject(ctx context.Context, person Person, from string) (Account, error) {
	if person.Subject == "" {
		return Account{}, &Failure{Code: FailureUnknown, Args: map[string]any{"Name": person.Name}}
	}
	var e entry
	err := a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		var err error
		if e, err = a.entry(p.AccountOfSubject(ctx, person.Subject)); errors.Is(err, store.ErrNotFound) {
			e, err = a.newSelf(ctx, p, person, from)
		}
		if err != nil {
			return err
		}
		if person.Mailbox != "" {
			e.body.Mailbox = person.Mailbox
		}
		e.body.LastSeen = a.moment()
		if err := put(ctx, p, e); err != nil {
			return err
		}
		return a.audit(ctx, p, Act{Account: e.name, Code: ActSignedIn, From: from})
	})
	if err != nil {
		return Account{}, err
	}
	return e.account(), nil
}

func (a *Accounts) newSelf(ctx context.Context, p *store.People, person Person, from string) (entry, error) {
	name := plainName(person.Name)
	if person.Mailbox == "" || !goodName(name) {
		return entry{}, &Failure{Code: FailureUnknown, Args: map[string]any{"Name": person.Name}}
	}
	if err := free(ctx, p, name); err != nil {
		return entry{}, err
	}
	e := entry{name: name, subject: person.Subject, role: Self, since: a.moment()}
	return e, a.audit(ctx, p, Act{Account: name, Code: ActAdded, Args: map[string]any{"Name": name, "Role": Self}, From: from})
}

// Admit says that a session is the account's, until then at most. The token must be a new one that was never shown to anybody
// before the person signed in; that is what makes fixing a session in advance useless. FailureLogin: the password or the role
// was changed since the account was returned.
func (a *Accounts) Admit(ctx context.Context, token string, who Account, until time.Time) error {
	return a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		e, err := a.entry(p.Account(ctx, who.Name))
		if errors.Is(err, store.ErrNotFound) || err == nil && (e.body.Epoch != who.Epoch || !e.since.Equal(who.Since)) {
			return &Failure{Code: FailureLogin}
		}
		if err != nil {
			return err
		}
		return p.BindSession(ctx, token, e.name, until)
	})
}

// Whose returns the account, as it is now, that a session belongs to; ok is false if it belongs to nobody.
func (a *Accounts) Whose(ctx context.Context, token string) (who Account, ok bool, err error) {
	name, err := a.store.SessionAccount(ctx, token)
	if err != nil || name == "" {
		return Account{}, false, err
	}
	e, err := a.entry(a.store.Account(ctx, name))
	if errors.Is(err, store.ErrNotFound) {
		return Account{}, false, nil
	}
	if err != nil {
		return Account{}, false, err
	}
	return e.account(), true, nil
}
