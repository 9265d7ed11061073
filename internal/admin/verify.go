package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
)

// The states of a check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning" // works, and somebody should know or do something
	CheckFailed  = "failed"  // does not work until somebody does something
	CheckSkipped = "skipped" // could not be tried, because of another check that failed; says nothing
)

// Check is one thing that Verify looked at. Its texts are in the locale files: "check.<ID>.title" names it,
// "check.<ID>.<Code>" says what was found, and "check.<ID>.<Code>.repair", if it exists, what to do about it in the portal's
// own words. Args fill in their placeholders.
type Check struct {
	ID    string         `json:"id"`
	State string         `json:"state"`
	Code  string         `json:"code"`
	User  string         `json:"user,omitempty"` // the mailbox's address, for checks of one user
	Args  map[string]any `json:"args,omitempty"`
	// Detail is what the service answered, in its own words.
	Detail string `json:"detail,omitempty"`
}

// Verification is the result of Verify, in the order in which a person should read it.
type Verification struct {
	Checks []Check `json:"checks"`
}

// OK reports that nothing failed. Warnings are no failures.
func (v Verification) OK() bool {
	for _, check := range v.Checks {
		if check.State == CheckFailed {
			return false
		}
	}
	return true
}

// VerifyOptions are the choices of a verification.
type VerifyOptions struct {
	// Write tries whether RAYNET takes an external id on create, with a marked task that is deleted again. Without it nothing
	// is written anywhere.
	Write bool
	// Users tries the mailbox of each chosen user.
	Users bool
	// Side, if set, tries this side alone, so that the other one need not be set up yet.
	Side record.Side
}

// The texts that several checks share.
const (
	codeOK          = "ok"
	codeDepends     = "depends" // skipped: Args["on"] names the check that failed
	codeUnreachable = "unreachable"
	codeThrottled   = "throttled"
	codeUnknown     = "unknown"
)

// The checks that belong to neither side.
const (
	checkClock = "clock"
	checkZone  = "time-zone"
)

// Clocks that differ by more than this are told and refused. Entra dates its tokens back by up to five minutes (G-93).
const (
	clockDrifts = 2 * time.Minute
	clockWrong  = 10 * time.Minute
	tokenBack   = 5 * time.Minute
)

// verifier gathers the checks of one verification.
type verifier struct {
	*Admin
	options VerifyOptions
	checks  []Check

	token   outlook.TokenInfo
	signed  bool // there is a token
	late    bool // the login service found our clock wrong
	account raynet.Account
	entered bool // RAYNET took the login

	people directory
}

// Verify walks through the connection and says for each part whether it is right, or what is wrong and how to repair it. It
// only reads, unless Write is set. A login that RAYNET refused is tried once more, because a person asked, but never a third
// time within the hour: RAYNET locks the address after 20. The error is the context's or the store's; whatever the
// services answer is a check.
func (a *Admin) Verify(ctx context.Context, options VerifyOptions) (Verification, error) {
	v := &verifier{Admin: a, options: options}
	microsoft, raynetOnly := []func(context.Context) error{v.microsoftLogin, v.microsoftReach}, []func(context.Context) error{v.raynetLogin, v.raynetAccount, v.raynetExtID}
	parts := slices.Concat(microsoft, raynetOnly, []func(context.Context) error{v.clock, v.permissions, v.chosen})
	switch options.Side {
	case record.Outlook:
		parts = append(microsoft, v.clock, v.permissions)
	case record.Raynet:
		parts = append(raynetOnly, v.clock)
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return Verification{Checks: v.checks}, err
		}
		if err := ctx.Err(); err != nil {
			return Verification{Checks: v.checks}, fmt.Errorf("verify the connection: %w", err)
		}
	}
	v.order()
	return Verification{Checks: v.checks}, nil
}

// order puts the checks into the order in which a person repairs: what others depend on comes first.
func (v *verifier) order() {
	reading := []string{
		checkTenant, checkClient, checkSecret, checkApplication, checkExpiry, checkToken, checkGraph, checkConsent,
		"permission-users", "permission-calendars", "permission-contacts", "permission-tasks", checkExtra,
		checkRaynetAddress, checkRaynetInstance, checkRaynetLogin, checkRaynetRights, checkRaynetSight, checkRaynetZone, checkRaynetBudget,
		checkExtIDTry, checkRaynetExtID, checkClock, checkZone, checkUsers, checkMailbox, checkMailboxTodo,
	}
	place := func(c Check) int { return slices.Index(reading, c.ID) }
	mailbox := slices.Index(reading, checkMailbox)
	slices.SortStableFunc(v.checks, func(x, y Check) int { // the two of each mailbox stay together
		return cmp.Compare(min(place(x), mailbox), min(place(y), mailbox))
	})
}

// say adds a check.
func (v *verifier) say(id, state, code string, args map[string]any) {
	v.checks = append(v.checks, Check{ID: id, State: state, Code: code, Args: args})
}

// fail adds a check that an answer decided.
func (v *verifier) fail(id, state, code string, args map[string]any, err error) {
	v.checks = append(v.checks, Check{ID: id, State: state, Code: code, Args: args, Detail: detailOf(err)})
}

// skip adds checks that could not be tried because the one named on failed.
func (v *verifier) skip(on string, ids ...string) {
	for _, id := range ids {
		v.say(id, CheckSkipped, codeDepends, map[string]any{"on": on})
	}
}

// detailOf is a service's answer in one line, with the id by which its support finds it.
func detailOf(err error) string {
	if err == nil {
		return ""
	}
	failed, ok := errors.AsType[*remote.Error](err)
	if ok && failed.RequestID != "" {
		return fmt.Sprintf("%v [%s]", failed, failed.RequestID)
	}
	return err.Error()
}

// passing returns the code of an error that says nothing about our settings: the service is away or asks us to wait.
func passing(err error) (code string, ok bool) {
	switch remote.KindOf(err) {
	case remote.Throttled:
		return codeThrottled, true
	case remote.Unavailable:
		return codeUnreachable, true
	case remote.Unauthorized, remote.Forbidden, remote.NotFound, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked,
		remote.NoMailbox, remote.NoContainer, remote.CursorDead, remote.Mailing:
	}
	return "", false
}

// clock compares our clock with those of the services, and looks at the zones of the settings.
func (v *verifier) clock(context.Context) error {
	worst, known := time.Duration(0), false
	if v.Raynet != nil {
		worst, known = v.Raynet.Clock()
	}
	if v.signed && !v.token.Issued.IsZero() {
		theirs := v.token.Issued.Sub(v.token.At)
		if theirs < 0 {
			theirs = min(0, theirs+tokenBack)
		}
		if theirs.Abs() > worst.Abs() {
			worst = theirs
		}
		known = true
	}
	// Positive: our clock is late.
	args := map[string]any{"seconds": int(worst.Round(time.Second) / time.Second), "minutes": int(worst.Abs().Round(time.Minute) / time.Minute)}
	const id = checkClock
	switch {
	case v.late:
		v.say(id, CheckFailed, "assertion", nil)
	case !known:
		v.say(id, CheckSkipped, codeUnknown, nil)
	case worst > clockWrong:
		v.say(id, CheckFailed, "late", args)
	case worst < -clockWrong:
		v.say(id, CheckFailed, "early", args)
	case worst.Abs() > clockDrifts:
		v.say(id, CheckWarning, "drifts", args)
	default:
		v.say(id, CheckOK, codeOK, nil)
	}
	v.zones()
	return nil
}

// zones checks the names of time zones in the settings.
func (v *verifier) zones() {
	names := []string{v.Settings.Zone}
	for _, override := range v.Settings.Overrides {
		names = append(names, override.Zone)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if _, err := zone.Load(name); err != nil {
			v.fail(checkZone, CheckFailed, codeUnknown, map[string]any{"zone": name}, err)
			return
		}
	}
	v.say(checkZone, CheckOK, codeOK, map[string]any{"zone": v.fallbackZone()})
}

func (a *Admin) fallbackZone() string {
	if a.Settings.Zone != "" {
		return a.Settings.Zone
	}
	return defaultZone
}

// defaultZone is used where nobody names another.
const defaultZone = "Europe/Prague"

// serviceError returns the service's error in err's chain, or an empty one.
func serviceError(err error) *remote.Error {
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		return failed
	}
	return &remote.Error{Kind: remote.Unavailable, Err: err}
}
