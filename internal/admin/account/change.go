package account

import (
	"context"
	"errors"
	"regexp"
	"unicode/utf8"

	"raynetsync/internal/store"
)

// names are names of accounts: letters of any alphabet, digits and what addresses are made of.
var names = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+'-]*$`)

func goodName(name string) bool {
	return utf8.RuneCountInString(name) <= maxName && names.MatchString(name)
}

func knownLanguage(lang string) bool { return lang == "cs" || lang == "en" }

// free returns a failure if there is an account of that name.
func free(ctx context.Context, p *store.People, name string) error {
	_, err := p.Account(ctx, name)
	if err == nil {
		return &Failure{Code: FailureTaken, Args: map[string]any{"Name": name}}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// readyAdministrators counts the administrators who can sign in.
func readyAdministrators(ctx context.Context, p *store.People) (count int, err error) {
	rows, err := p.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if Role(row.Role) != Administrator {
			continue
		}
		e, err := entryOf(row)
		if err != nil {
			return 0, err
		}
		if e.ready() {
			count++
		}
	}
	return count, nil
}

// last returns a failure if the account is the only administrator who can sign in.
func last(ctx context.Context, p *store.People, e entry) error {
	if e.role != Administrator || !e.ready() {
		return nil
	}
	if count, err := readyAdministrators(ctx, p); err != nil || count > 1 {
		return err
	}
	return &Failure{Code: FailureLast, Args: map[string]any{"Name": e.name}}
}

// change changes one account in a transaction. FailureUnknown: there is none of that name.
func (a *Accounts) change(ctx context.Context, name string, do func(context.Context, *store.People, *entry) error) error {
	return a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		e, err := a.entry(p.Account(ctx, plainName(name)))
		if err != nil {
			return unknown(err, name)
		}
		if err := do(ctx, p, &e); err != nil {
			return err
		}
		return put(ctx, p, e)
	})
}

// Newcomer is an account to be made.
type Newcomer struct {
	Name string
	Role Role
	// Lang and Zone may be empty.
	Lang, Zone string
	// Subject and Mailbox are for who signs in with Microsoft; others get a one-time link.
	Subject, Mailbox string
}

// Add makes an account and returns the token of a one-time link by which the person sets a password, good for an hour; none for
// who has a Subject. Failures: FailureName, FailureRole, FailureLanguage, FailureTaken.
func (a *Accounts) Add(ctx context.Context, by Actor, n Newcomer) (token string, err error) {
	e := entry{name: plainName(n.Name), subject: n.Subject, role: n.Role, since: a.moment(),
		body: body{Lang: n.Lang, Zone: n.Zone, Mailbox: n.Mailbox}}
	switch {
	case !goodName(e.name):
		return "", &Failure{Code: FailureName, Args: map[string]any{"Name": n.Name}}
	case !n.Role.Valid() || n.Role == Self && n.Subject == "":
		return "", &Failure{Code: FailureRole, Args: map[string]any{"Role": n.Role}}
	case n.Lang != "" && !knownLanguage(n.Lang):
		return "", &Failure{Code: FailureLanguage, Args: map[string]any{"Lang": n.Lang}}
	}
	if n.Subject == "" {
		var kept link
		if token, kept, err = a.newLink(a.now().Add(linkLife)); err != nil {
			return "", err
		}
		e.body.Link = &kept
	}
	err = a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		if err := free(ctx, p, e.name); err != nil {
			return err
		}
		err := put(ctx, p, e)
		if errors.Is(err, store.ErrSubject) {
			return &Failure{Code: FailureTaken, Args: map[string]any{"Name": e.subject}}
		}
		if err != nil {
			return err
		}
		return a.audit(ctx, p, by.did(ActAdded, map[string]any{"Name": e.name, "Role": e.role}))
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Remove removes an account and ends its sessions. Failures: FailureUnknown, FailureLast.
func (a *Accounts) Remove(ctx context.Context, by Actor, name string) error {
	return a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		e, err := a.entry(p.Account(ctx, plainName(name)))
		if err != nil {
			return unknown(err, name)
		}
		if err := last(ctx, p, e); err != nil {
			return err
		}
		if err := p.DropAccount(ctx, e.name); err != nil {
			return err
		}
		return a.audit(ctx, p, by.did(ActRemoved, map[string]any{"Name": e.name}))
	})
}

// SetRole gives an account another role and ends its sessions. Failures: FailureUnknown, FailureRole, FailureLast.
func (a *Accounts) SetRole(ctx context.Context, by Actor, name string, role Role) error {
	return a.change(ctx, name, func(ctx context.Context, p *store.People, e *entry) error {
		if !role.Valid() || role == Self && e.subject == "" {
			return &Failure{Code: FailureRole, Args: map[string]any{"Role": role}}
		}
		if role != Administrator {
			if err := last(ctx, p, *e); err != nil {
				return err
			}
		}
		e.role = role
		e.body.Epoch++
		if err := p.EndSessions(ctx, e.name); err != nil {
			return err
		}
		return a.audit(ctx, p, by.did(ActRole, map[string]any{"Name": e.name, "Role": role}))
	})
}

// SetPassword sets somebody's password and ends their sessions. Failures: FailureUnknown (also for who signs in with Microsoft),
// FailureWeak.
func (a *Accounts) SetPassword(ctx context.Context, by Actor, name, password string) error {
	return a.setPassword(ctx, name, password, by.did(ActPasswordSet, map[string]any{"Name": plainName(name)}))
}

// ChangePassword sets the actor's own password after the old one was checked as SignIn does, and ends all sessions of the account,
// also the one in which it was asked for: the caller makes a new one. Failures: FailureLogin, FailureSlow, FailureWeak.
func (a *Accounts) ChangePassword(ctx context.Context, by Actor, old, password string) error {
	if _, _, err := a.check(ctx, by.Account, old, by.From); err != nil {
		return err
	}
	return a.setPassword(ctx, by.Account, password, by.did(ActPassword, nil))
}

func (a *Accounts) setPassword(ctx context.Context, name, password string, act Act) error {
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	hashed, err := a.hashNew(ctx, password)
	if err != nil {
		return err
	}
	return a.change(ctx, name, func(ctx context.Context, p *store.People, e *entry) error {
		if e.subject != "" {
			return &Failure{Code: FailureUnknown, Args: map[string]any{"Name": name}}
		}
		e.body.Password, e.body.Link = hashed, nil
		e.body.Epoch++
		if err := p.EndSessions(ctx, e.name); err != nil {
			return err
		}
		return a.audit(ctx, p, act)
	})
}

// SetLanguage sets in which language and zone the actor reads pages; empty: what everybody has. Failures: FailureLanguage,
// FailureUnknown. A zone that does not exist is the caller's to refuse.
func (a *Accounts) SetLanguage(ctx context.Context, by Actor, lang, zone string) error {
	if lang != "" && !knownLanguage(lang) {
		return &Failure{Code: FailureLanguage, Args: map[string]any{"Lang": lang}}
	}
	return a.change(ctx, by.Account, func(ctx context.Context, p *store.People, e *entry) error {
		e.body.Lang, e.body.Zone = lang, zone
		return a.audit(ctx, p, by.did(ActLanguage, nil))
	})
}

// EndSessions ends all sessions of an account: "sign out everywhere".
func (a *Accounts) EndSessions(ctx context.Context, by Actor, name string) error {
	return a.store.People(ctx, func(ctx context.Context, p *store.People) error {
		if err := p.EndSessions(ctx, plainName(name)); err != nil {
			return err
		}
		return a.audit(ctx, p, by.did(ActSignedOut, nil))
	})
}
