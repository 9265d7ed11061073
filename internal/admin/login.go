package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What is remembered of a refused login, per side.
const (
	raynetSide    = "refused/raynet"
	microsoftSide = "refused/microsoft"
)

// RAYNET locks an address for an hour after 20 bad logins, whoever made them. We make two within an hour at most.
const (
	loginTries = 2
	loginPause = time.Hour
)

// refusal is a login that was refused.
type refusal struct {
	// Login is the keyed digest of the credentials.
	Login string    `json:"login"`
	At    time.Time `json:"at"` // the latest refusal
	Tries int       `json:"tries"`
	Code  string    `json:"code"` // the service's own
}

// LoginError says that a login was refused before and is not tried by itself until the credentials change or a person asks
// (Verify). It unwraps to a *remote.Error of the kind Unauthorized.
type LoginError struct {
	// Check tells what is wrong and, by its texts, how to repair it.
	Check Check
	Since time.Time
	side  record.Side
}

// Error names the side, the check, and what to do.
func (e *LoginError) Error() string {
	return fmt.Sprintf("the login to %s was refused at %s (%s.%s) and is not tried again until the credentials change: correct them, then run `raynetsync doctor`",
		e.side, e.Since.UTC().Format(time.RFC3339), e.Check.ID, e.Check.Code)
}

// Unwrap returns the error as the services' clients tell it.
func (e *LoginError) Unwrap() error {
	return &remote.Error{Kind: remote.Unauthorized, Side: e.side, Doing: "log in", Code: fmt.Sprint(e.Check.Args["code"]), Text: "refused before"}
}

// LoginAllowed reports whether the credentials of both sides may be tried; else the error is a *LoginError. It is what
// jobs.Connection.Allowed wants.
func (a *Admin) LoginAllowed(ctx context.Context) error {
	r, ok, err := a.refusal(ctx, raynetSide)
	if err != nil {
		return err
	}
	if ok && r.Login == a.Settings.RaynetLogin {
		return &LoginError{side: record.Raynet, Since: r.At, Check: Check{ID: checkRaynetLogin, State: CheckFailed, Code: "refused", Args: a.raynetArgs()}}
	}
	r, ok, err = a.refusal(ctx, microsoftSide)
	if err != nil {
		return err
	}
	if ok && r.Login == a.Settings.MicrosoftLogin {
		found := faultOf(r.Code)
		args := map[string]any{"code": r.Code, "tenant": a.Settings.TenantID, "client": a.Settings.ClientID}
		return &LoginError{side: record.Outlook, Since: r.At, Check: Check{ID: found.check, State: CheckFailed, Code: found.code, Args: args}}
	}
	return nil
}

// LoginRefused takes note of a refused login, for this process and all later ones. Other errors, and refusals that may pass
// without new credentials, are left alone. It is what jobs.Connection.Refused wants; it returns the store's error.
func (a *Admin) LoginRefused(ctx context.Context, cause error) error {
	failed, ok := errors.AsType[*remote.Error](cause)
	if !ok || failed.Kind != remote.Unauthorized {
		return nil
	}
	if _, known := errors.AsType[*LoginError](cause); known {
		return nil
	}
	side, login := raynetSide, a.Settings.RaynetLogin
	if failed.Side == record.Outlook {
		if !strings.HasPrefix(failed.Code, "AADSTS") || !faultOf(failed.Code).lasting {
			return nil // a role is missing, or somebody else's policy: the same credentials may work later
		}
		side, login = microsoftSide, a.Settings.MicrosoftLogin
	}
	r, ok, err := a.refusal(ctx, side)
	if err != nil {
		return err
	}
	now := a.Now()
	if !ok || r.Login != login || now.Sub(r.At) >= loginPause {
		r = refusal{Login: login, At: now}
	}
	if failed.Status != 0 || r.Tries == 0 { // without an answer it was our own client that refused to try again
		r.Tries++
		r.At = now
	}
	r.Code = failed.Code
	value, err := json.Marshal(r)
	if err == nil {
		err = a.Store.Remember(ctx, side, value)
	}
	if err != nil {
		return fmt.Errorf("remember the refused login: %w", err)
	}
	return nil
}

// LoginForget lets both logins be tried again: a person asked.
func (a *Admin) LoginForget(ctx context.Context) error {
	a.Raynet.Relogin()
	return errors.Join(a.forgetRefusal(ctx, raynetSide), a.forgetRefusal(ctx, microsoftSide), a.Outlook.Relogin(ctx))
}

func (a *Admin) forgetRefusal(ctx context.Context, side string) error {
	_, ok, err := a.refusal(ctx, side)
	if err != nil || !ok {
		return err
	}
	return a.Store.Forget(ctx, side)
}

func (a *Admin) refusal(ctx context.Context, side string) (r refusal, ok bool, err error) {
	value, ok, err := a.Store.Recall(ctx, side)
	if err != nil || !ok {
		return r, false, err
	}
	if err := json.Unmarshal(value, &r); err != nil {
		return r, false, fmt.Errorf("read what is remembered of a refused login: %w", err)
	}
	return r, true, nil
}

func (a *Admin) raynetArgs() map[string]any { return map[string]any{"address": a.Settings.RaynetURL} }
