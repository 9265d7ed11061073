package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/store/db"
)

// Account is a person who may sign in, as far as the store needs to know.
type Account struct {
	// Name is the key.
	Name string
	// Subject is the person's id at the service that vouches for them; empty for none. No two accounts have the same.
	Subject string
	// Role is sealed together with Name and Subject: a row in which one of them was changed by hand is refused.
	Role  string
	Since time.Time
	// Body is the rest, in a form that only its owner knows; it is sealed at rest.
	Body []byte
}

// boundAccount is what the sealed part of an account is bound to. Lengths keep names apart that join to the same text.
func boundAccount(name, subject, role string) string {
	return strings.Join([]string{"account", fmt.Sprint(len(name)), name, fmt.Sprint(len(subject)), subject, role}, "/")
}

// Accounts returns all accounts in the order of their names.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) { return s.accounts(ctx, s.reads) }

// Account returns one account, or ErrNotFound.
func (s *Store) Account(ctx context.Context, name string) (Account, error) {
	return s.account(s.reads.Account(ctx, name))
}

// AccountOfSubject returns the account with that subject, or ErrNotFound.
func (s *Store) AccountOfSubject(ctx context.Context, subject string) (Account, error) {
	return s.account(s.reads.AccountOfSubject(ctx, text(subject)))
}

// Accounts returns all accounts in the order of their names.
func (p *People) Accounts(ctx context.Context) ([]Account, error) {
	return p.store.accounts(ctx, p.queries)
}

// Account returns one account, or ErrNotFound.
func (p *People) Account(ctx context.Context, name string) (Account, error) {
	return p.store.account(p.queries.Account(ctx, name))
}

// AccountOfSubject returns the account with that subject, or ErrNotFound.
func (p *People) AccountOfSubject(ctx context.Context, subject string) (Account, error) {
	return p.store.account(p.queries.AccountOfSubject(ctx, text(subject)))
}

// PutAccount writes an account, new or changed. Error: ErrSubject.
func (p *People) PutAccount(ctx context.Context, a Account) error {
	sealed, err := p.store.vault.Seal(a.Body, boundAccount(a.Name, a.Subject, a.Role))
	if err != nil {
		return fmt.Errorf("write account: %w", err)
	}
	err = p.queries.PutAccount(ctx, db.PutAccountParams{
		Name: a.Name, Subject: text(a.Subject), Role: a.Role, Since: stamp(a.Since), SealedBody: sealed,
	})
	if isUnique(err) {
		return fmt.Errorf("write account %s: %w", a.Name, ErrSubject)
	}
	if err != nil {
		return fmt.Errorf("write account %s: %w", a.Name, mapped(err))
	}
	return nil
}

// DropAccount removes an account and ends its sessions. ErrNotFound: there is none of that name.
func (p *People) DropAccount(ctx context.Context, name string) error {
	rows, err := p.queries.DropAccount(ctx, name)
	if err == nil && rows == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("remove account %s: %w", name, mapped(err))
	}
	return p.EndSessions(ctx, name)
}

func (s *Store) accounts(ctx context.Context, q *db.Queries) ([]Account, error) {
	rows, err := q.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", mapped(err))
	}
	accounts := make([]Account, 0, len(rows))
	for _, row := range rows {
		a, err := s.account(row, nil)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, a)
	}
	return accounts, nil
}

func (s *Store) account(row db.Account, err error) (Account, error) {
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", absent(err))
	}
	a := Account{Name: row.Name, Subject: row.Subject.String, Role: row.Role, Since: moment(row.Since)}
	if a.Body, err = s.vault.Open(row.SealedBody, boundAccount(a.Name, a.Subject, a.Role)); err != nil {
		return Account{}, fmt.Errorf("read account %s, which was changed by hand: %w", a.Name, err)
	}
	return a, nil
}
