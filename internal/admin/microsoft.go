package admin

import (
	"context"
	"slices"
	"strings"

	"raynetsync/internal/config"
)

// MicrosoftAnswerPath is the path on this server to which Microsoft sends people back. With the server's address before it, it is
// the redirect address in the registration.
const MicrosoftAnswerPath = "/sign-in/microsoft/answer"

// The codes of failures of signing in with Microsoft.
const (
	FailureMicrosoftStranger    = "microsoft-stranger"    // nobody whose mailbox is synchronised, and without an account
	FailureMicrosoftTaken       = "microsoft-taken"       // there is an account of that name with a password: Name
	FailureMicrosoftUnreachable = "microsoft-unreachable" // no answer, or not that of an authority
	FailureMicrosoftDeclined    = "microsoft-declined"    // the person turned back, or may not
	FailureMicrosoftRefused     = "microsoft-refused"     // our request is not accepted: Number, Redirect
	FailureMicrosoftStale       = "microsoft-stale"       // too late, or for another browser
	FailureMicrosoftUntrusted   = "microsoft-untrusted"   // the answer is not as it must be
	FailureMicrosoftForeign     = "microsoft-foreign"     // of another tenant
	FailureMicrosoftFixed       = "microsoft-fixed"       // the configuration file or the environment decides whether it is on
	FailureNoAddress            = "no-public-url"         // the server does not know under which address people reach it
	FailureNoPerson             = "no-person"             // nobody of that address in the tenant: Name
)

// MicrosoftSignIn is how signing in with Microsoft stands.
type MicrosoftSignIn struct {
	On bool
	// Redirect is the address for the registration; empty while server.public_url is.
	Redirect string
	// Fixed tells that the configuration file or the environment decides.
	Fixed bool
}

const microsoftSignInKey = "server.microsoft_sign_in"

// MicrosoftSignIn tells how signing in with Microsoft stands.
func (s *Setup) MicrosoftSignIn(ctx context.Context) (MicrosoftSignIn, error) {
	now, err := s.Current(ctx)
	if err != nil {
		return MicrosoftSignIn{}, err
	}
	out := MicrosoftSignIn{On: now.Server.MicrosoftSignIn == config.On, Fixed: now.Fixed(microsoftSignInKey)}
	if now.Server.PublicURL != "" {
		out.Redirect = now.Server.PublicURL + MicrosoftAnswerPath
	}
	return out, nil
}

// SwitchMicrosoftSignIn switches it on or off at once: it changes nothing about the synchronisation. Failures:
// FailureMicrosoftFixed, FailureNoAddress.
func (s *Setup) SwitchMicrosoftSignIn(ctx context.Context, on bool) error {
	now, err := s.MicrosoftSignIn(ctx)
	switch {
	case err != nil:
		return err
	case now.Fixed:
		return &Failure{Code: FailureMicrosoftFixed}
	case on && now.Redirect == "":
		return &Failure{Code: FailureNoAddress}
	}
	value := config.Off
	if on {
		value = config.On
	}
	saved, err := SavedSettings(ctx, s.Store)
	if err != nil {
		return err
	}
	next := saved.With(config.Saved{Values: map[string]string{microsoftSignInKey: string(value)}})
	if _, err := s.read(next); err != nil {
		return err
	}
	if err := writeSaved(ctx, s.Store, savedSecret, next); err != nil {
		return err
	}
	return s.apply(ctx)
}

// Person is somebody of the tenant.
type Person struct {
	// ID is the Entra object id, Address the main address.
	ID, Address string
	// Mailbox is Address if the settings choose the person's mailbox, else empty.
	Mailbox string
}

// Person finds somebody of the tenant by an address. Guests and disabled accounts are nobody. The errors are those of the client
// and *Failure with FailureNoPerson.
func (a *Admin) Person(ctx context.Context, address string) (Person, error) {
	if err := a.LoginAllowed(ctx); err != nil {
		return Person{}, err
	}
	users, err := a.Outlook.Users(ctx)
	if err != nil {
		return Person{}, err
	}
	address = strings.ToLower(strings.TrimSpace(address))
	for _, user := range users {
		if !user.Enabled || strings.EqualFold(user.Type, "Guest") || !slices.Contains(user.Addresses(), address) {
			continue
		}
		mailbox, err := a.MailboxOf(ctx, user.ID)
		return Person{ID: user.ID, Address: first(user.Addresses()), Mailbox: mailbox}, err
	}
	return Person{}, &Failure{Code: FailureNoPerson, Args: map[string]any{"Name": address}}
}
