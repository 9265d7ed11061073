package web

import (
	"context"
	"net/http"
	"net/url"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
)

// Microsoft vouches for people who sign in there. Its errors are *admin.Failure with what a person can do.
type Microsoft interface {
	// Ask returns where to send the person, and what to keep in their session until they come back. again asks them to prove
	// who they are even if they are signed in there.
	Ask(ctx context.Context, again bool) (address, pending string, err error)
	// Answer takes the query with which they come back, and returns their Entra object id and the name they sign in with.
	Answer(ctx context.Context, pending string, query url.Values) (subject, name string, err error)
}

// answerPath is where people come back to. It is part of the redirect address in the registration.
const answerPath = admin.MicrosoftAnswerPath

// sessionPending is what a session keeps while its owner is with Microsoft.
const sessionPending = "microsoft"

// confirmMicrosoft is the form's field that tells that its sender was to confirm with Microsoft.
const confirmMicrosoft = "confirm-microsoft"

func microsoftRoutes() []route {
	return []route{
		{pattern: "GET /sign-in/microsoft", open: true, do: (*visit).toMicrosoft},
		{pattern: "GET " + answerPath, open: true, do: (*visit).fromMicrosoft},
		{pattern: "POST /accounts/microsoft", role: account.Administrator, ask: true, do: (*visit).switchMicrosoft},
	}
}

// voucher returns who vouches for people, nil while that is switched off.
func (s *Site) voucher() Microsoft {
	if s.Microsoft == nil {
		return nil
	}
	return s.Microsoft()
}

// toMicrosoft sends the visitor to sign in there: to get in, or to confirm something.
func (v *visit) toMicrosoft() error {
	m := v.voucher()
	again := v.account.Subject != "" && v.value("again") != ""
	switch {
	case m == nil:
		return &refusal{status: http.StatusNotFound, code: "microsoft-off"}
	case v.account.Name != "" && !again:
		return v.to("/")
	}
	address, pending, err := m.Ask(v.in.Context(), again)
	if err != nil {
		return err
	}
	v.sessions.Put(v.in.Context(), sessionPending, pending)
	return v.to(address)
}

// fromMicrosoft takes the visitor back. What a session keeps for it is good once.
func (v *visit) fromMicrosoft() error {
	ctx := v.in.Context()
	m := v.voucher()
	if m == nil {
		return &refusal{status: http.StatusNotFound, code: "microsoft-off"}
	}
	subject, name, err := m.Answer(ctx, v.sessions.PopString(ctx, sessionPending), v.in.URL.Query())
	if err != nil {
		return err
	}
	if v.account.Name != "" {
		return v.confirmedBy(subject)
	}
	person := account.Person{Subject: subject, Name: name}
	if a := v.Admin(); a != nil {
		if person.Mailbox, err = a.MailboxOf(ctx, subject); err != nil {
			return err
		}
	}
	if person.Mailbox != "" {
		person.Name = person.Mailbox
	}
	who, err := v.Accounts.SignInSubject(ctx, person, v.from())
	if failure, ok := asFailure(err); ok {
		switch failure.Code {
		case account.FailureUnknown:
			return &admin.Failure{Code: admin.FailureMicrosoftStranger}
		case account.FailureTaken:
			return &admin.Failure{Code: admin.FailureMicrosoftTaken, Args: map[string]any{"Name": person.Name}}
		}
	}
	if err != nil {
		return err
	}
	return v.signedIn(who)
}

// confirmedBy notes that the person whose account this is proved it again.
func (v *visit) confirmedBy(subject string) error {
	if subject != v.account.Subject {
		return &admin.Failure{Code: admin.FailureMicrosoftStranger}
	}
	v.confirmed()
	v.log(account.ActConfirmed, nil)
	return v.show(http.StatusOK, "confirmed", nil)
}

// microsoftCard says how signing in with Microsoft stands and how it is switched on.
type microsoftCard struct {
	On bool
	// Redirect is the address to add to the registration; empty while the server does not know its own.
	Redirect string
	// Fixed tells that the file or the environment decides.
	Fixed bool
}

func (v *visit) microsoftCard() (microsoftCard, error) {
	now, err := v.Setup.MicrosoftSignIn(v.in.Context())
	return microsoftCard{On: now.On, Redirect: now.Redirect, Fixed: now.Fixed}, err
}

// switchMicrosoft switches it on or off.
func (v *visit) switchMicrosoft() error {
	on := v.value("on") == string(config.On)
	if v.account.Subject != "" { // who would lock himself out must not be the one who does it
		return &refusal{status: http.StatusUnprocessableEntity, code: "own-way"}
	}
	if err := v.Setup.SwitchMicrosoftSignIn(v.in.Context(), on); err != nil {
		return err
	}
	code, notice := actMicrosoftOff, "account.switched-off"
	if on {
		code, notice = actMicrosoftOn, "account.switched-on"
	}
	v.log(code, nil)
	return v.noted("/accounts", notice)
}

// The acts of these pages.
const (
	actMicrosoftOn  account.Code = "microsoft-sign-in-on"
	actMicrosoftOff account.Code = "microsoft-sign-in-off"
	actPausedSelf   account.Code = "own-paused"
	actResumedSelf  account.Code = "own-resumed"
	actKindsSelf    account.Code = "own-kinds" // Kinds
)
