package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"raynetsync/internal/admin/account"
)

// peopleRoutes are who may sign in, and what they may do here.
func peopleRoutes() []route {
	return []route{
		{pattern: "GET /accounts", role: account.Administrator, do: (*visit).accounts},
		{pattern: "POST /accounts", role: account.Administrator, ask: true, do: (*visit).addAccount},
		{pattern: "GET /accounts/{name}", role: account.Administrator, do: (*visit).oneAccount},
		{pattern: "POST /accounts/{name}/role", role: account.Administrator, ask: true, do: (*visit).setRole},
		{pattern: "POST /accounts/{name}/link", role: account.Administrator, ask: true, do: (*visit).newLink},
		{pattern: "POST /accounts/{name}/remove", role: account.Administrator, ask: true, do: (*visit).removeAccount},
	}
}

// accountsData is what the page of all accounts shows.
type accountsData struct {
	Accounts []account.Account
	Roles    []account.Role
	// Microsoft says how signing in with Microsoft stands.
	Microsoft microsoftCard
	// Name, Role, By and Problem are of a form that has to be filled in again.
	Name    string
	Role    account.Role
	By      string
	Problem string
}

// The two ways in which somebody can sign in.
const (
	byPassword  = "password"
	byMicrosoft = "microsoft"
)

func (v *visit) accounts() error {
	return v.showAccounts(http.StatusOK, accountsData{Role: account.Viewer, By: byPassword})
}

func (v *visit) showAccounts(status int, data accountsData) error {
	var err error
	if data.Accounts, err = v.Accounts.List(v.in.Context()); err != nil {
		return err
	}
	if data.Microsoft, err = v.microsoftCard(); err != nil {
		return err
	}
	data.Roles = account.Roles()
	return v.show(status, "accounts", data)
}

// addAccount makes an account. Who is to have a password gets a one-time link, which is shown in the answer and nowhere else.
func (v *visit) addAccount() error {
	data := accountsData{Name: v.value("name"), Role: account.Role(v.value("role")), By: cmp.Or(v.value("by"), byPassword)}
	newcomer := account.Newcomer{Name: data.Name, Role: data.Role, Lang: v.lang}
	err := v.identify(&newcomer, data.By)
	token := ""
	if err == nil {
		token, err = v.Accounts.Add(v.in.Context(), v.actor(), newcomer)
	}
	if words, ok := v.words(err); err != nil && ok {
		data.Problem = words
		return v.showAccounts(http.StatusUnprocessableEntity, data)
	}
	if err != nil {
		return err
	}
	if token == "" {
		return v.noted("/accounts", "account.added")
	}
	return v.showLink(newcomer.Name, token)
}

// identify finds the person in Microsoft 365 for whom an account is made, if that is how the person signs in.
func (v *visit) identify(newcomer *account.Newcomer, by string) error {
	if by != byMicrosoft {
		return nil
	}
	if v.voucher() == nil {
		return &refusal{status: http.StatusUnprocessableEntity, code: "microsoft-off"}
	}
	a, err := v.use()
	if err != nil {
		return err
	}
	person, err := a.Person(v.in.Context(), newcomer.Name)
	if err != nil {
		return err
	}
	newcomer.Name, newcomer.Subject, newcomer.Mailbox = person.Address, person.ID, person.Mailbox
	return nil
}

// linkData is what the page of a new one-time link shows.
type linkData struct {
	Name, Link string
}

// showLink shows a one-time link. It is kept nowhere: who leaves the page makes another.
func (v *visit) showLink(name, token string) error {
	return v.show(http.StatusOK, "link", linkData{Name: name, Link: v.Address + "/start/" + token})
}

// personData is what the page of one account shows.
type personData struct {
	Account account.Account
	Roles   []account.Role
	// Own tells that it is the reader's account.
	Own     bool
	Problem string
}

func (v *visit) oneAccount() error { return v.showAccount(http.StatusOK, "") }

func (v *visit) showAccount(status int, problem string) error {
	who, err := v.Accounts.Get(v.in.Context(), v.in.PathValue("name"))
	if failure, ok := asFailure(err); ok && failure.Code == account.FailureUnknown {
		return &refusal{status: http.StatusNotFound, code: "not-found"}
	}
	if err != nil {
		return err
	}
	roles := account.Roles()
	if who.Subject != "" {
		roles = append([]account.Role{account.Self}, roles...)
	}
	return v.show(status, "person", personData{Account: who, Roles: roles, Own: who.Name == v.account.Name, Problem: problem})
}

// change does something to the account that the address names, and says what cannot be done on its page.
func (v *visit) change(do func(ctx context.Context, name string) error, done string) error {
	name := v.in.PathValue("name")
	err := do(v.in.Context(), name)
	if words, ok := v.words(err); err != nil && ok {
		return v.showAccount(http.StatusUnprocessableEntity, words)
	}
	if err != nil {
		return err
	}
	return v.noted(done, "account.done")
}

func (v *visit) setRole() error {
	return v.change(func(ctx context.Context, name string) error {
		return v.Accounts.SetRole(ctx, v.actor(), name, account.Role(v.value("role")))
	}, "/accounts/"+url.PathEscape(v.in.PathValue("name")))
}

func (v *visit) removeAccount() error {
	return v.change(func(ctx context.Context, name string) error { return v.Accounts.Remove(ctx, v.actor(), name) }, "/accounts")
}

// newLink makes a one-time link for somebody who lost the password.
func (v *visit) newLink() error {
	name := v.in.PathValue("name")
	token, err := v.Accounts.NewLink(v.in.Context(), v.actor(), name)
	if words, ok := v.words(err); err != nil && ok {
		return v.showAccount(http.StatusUnprocessableEntity, words)
	}
	if err != nil {
		return err
	}
	return v.showLink(name, token)
}

// asFailure finds a failure of package account.
func asFailure(err error) (*account.Failure, bool) { return errors.AsType[*account.Failure](err) }
