package admin

import (
	"context"
	"slices"
	"strings"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// CheckScope looks whether the limit to a group of mailboxes took effect (G-74): calendar and contacts of the mailbox inside
// must open, those of the one outside must not, and the permissions for all mailboxes must be gone from the token, because
// they would count besides. Exchange remembers the old state for up to two hours, so that a check that fails soon after the
// change proves nothing; its texts say so. It only reads.
func (a *Admin) CheckScope(ctx context.Context, inside, outside string) (Verification, error) {
	v := &verifier{Admin: a}
	if err := a.Outlook.Relogin(ctx); err != nil {
		return Verification{}, err
	}
	token, err := a.Outlook.Token(ctx)
	if err != nil {
		v.tokenRefused(err)
		return Verification{Checks: v.checks}, a.LoginRefused(ctx, err)
	}
	v.token, v.signed = token, true
	if err := v.forgetRefusal(ctx, microsoftSide); err != nil {
		return Verification{}, err
	}
	users, err := a.Outlook.Users(ctx)
	if err == nil {
		v.people.outlook = users
	}
	for _, one := range scoped() {
		open := slices.Contains(token.Roles, one.role)
		if open {
			v.say(one.check+"-consent", CheckFailed, "tenant-wide", map[string]any{"role": one.role})
		} else {
			v.say(one.check+"-consent", CheckOK, codeOK, map[string]any{"role": one.role})
		}
		v.checks = append(v.checks, v.inScope(ctx, one, inside), v.outOfScope(ctx, one, outside))
	}
	if slices.Contains(token.Roles, "Tasks.ReadWrite.All") {
		v.say("scope-tasks", CheckWarning, "tenant-wide", nil)
	}
	return Verification{Checks: v.checks}, ctx.Err()
}

// scopedPermission is a permission that Exchange can limit to some mailboxes.
type scopedPermission struct {
	check, role string
	what        outlook.Capability
}

func scoped() []scopedPermission {
	return []scopedPermission{
		{"scope-calendars", "Calendars.ReadWrite", outlook.CalendarRead},
		{"scope-contacts", "Contacts.ReadWrite", outlook.ContactsRead},
	}
}

// boxOf returns the id of a mailbox by any of its addresses; Graph itself takes the main one alone.
func (v *verifier) boxOf(address string) string {
	address = strings.TrimSpace(address)
	for _, user := range v.people.outlook {
		if isMailbox(user, address) {
			return user.ID
		}
	}
	return address
}

// inScope tries a mailbox that must open.
func (v *verifier) inScope(ctx context.Context, one scopedPermission, address string) Check {
	check := Check{ID: one.check + "-inside", State: CheckOK, Code: codeOK, User: address, Args: map[string]any{"address": address}}
	err := v.Outlook.Probe(ctx, one.what, v.boxOf(address))
	if err == nil {
		return check
	}
	check.State, check.Code, check.Detail = CheckFailed, scopeCode(err, "denied"), detailOf(err)
	return check
}

// outOfScope tries a mailbox that must stay shut.
func (v *verifier) outOfScope(ctx context.Context, one scopedPermission, address string) Check {
	check := Check{ID: one.check + "-outside", State: CheckFailed, Code: "open", User: address, Args: map[string]any{"address": address}}
	err := v.Outlook.Probe(ctx, one.what, v.boxOf(address))
	switch {
	case err == nil && slices.Contains(v.token.Roles, one.role):
		check.Code = "tenant-wide"
	case err == nil:
	case remote.KindOf(err) == remote.Forbidden:
		check.State, check.Code = CheckOK, codeOK
	default:
		check.Code, check.Detail = scopeCode(err, "other"), detailOf(err)
	}
	return check
}

// scopeCode says why a probe told nothing about the scope.
func scopeCode(err error, otherwise string) string {
	if code, away := passing(err); away {
		return code
	}
	if remote.KindOf(err) == remote.NoMailbox {
		return "no-mailbox"
	}
	return otherwise
}
