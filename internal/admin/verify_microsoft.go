package admin

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// The checks of the Microsoft side.
const (
	checkTenant      = "microsoft-tenant"
	checkClient      = "microsoft-client"
	checkSecret      = "microsoft-secret"
	checkApplication = "microsoft-application"
	checkExpiry      = "microsoft-expiry"
	checkToken       = "microsoft-token"
	checkGraph       = "microsoft-graph"
	checkConsent     = "microsoft-consent"
	checkExtra       = "permission-extra"
)

var (
	guidForm   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	domainForm = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
)

// fault is what a refused token means: the check that it decides and how.
type fault struct {
	check, code string
	// lasting says that it stays until the credentials are changed.
	lasting bool
}

// faultOf reads an AADSTS code (G-71). Codes only choose the text; an unknown one is told as it is.
func faultOf(code string) fault {
	switch strings.TrimPrefix(code, "AADSTS") {
	case "90002":
		return fault{checkTenant, codeUnknown, true}
	case "900023", "50194", "90124", "9001023":
		return fault{checkTenant, "shape", true}
	case "90038", "900382", "900432":
		return fault{checkTenant, "other-cloud", true}
	case "700016":
		return fault{checkClient, codeUnknown, true}
	case "7000215":
		return fault{checkSecret, "wrong", true}
	case "7000222":
		return fault{checkSecret, "expired", true}
	case "7000218":
		return fault{checkSecret, "missing", true}
	case "700027", "700030", "50012", "50013":
		return fault{checkSecret, "certificate", true}
	case "700024":
		return fault{checkSecret, "assertion-time", false}
	case "7000112", "70001":
		return fault{checkApplication, "disabled", false}
	case "1000031", "50105", "501051":
		return fault{checkApplication, "assignment", false}
	case "650056", "65001":
		return fault{checkConsent, "missing", false}
	case "53003", "530032", "530035", "500021":
		return fault{checkToken, "blocked", false}
	}
	return fault{checkToken, "refused", false}
}

// microsoftLogin checks what leads to a token: the three values, the application, the secret's end.
func (v *verifier) microsoftLogin(ctx context.Context) error {
	s := v.Settings
	if !guidForm.MatchString(s.TenantID) && !domainForm.MatchString(s.TenantID) {
		v.say(checkTenant, CheckFailed, "shape", map[string]any{"tenant": s.TenantID})
		v.skip(checkTenant, checkClient, checkSecret, checkApplication, checkToken)
		v.expiry()
		return nil
	}
	if !guidForm.MatchString(s.ClientID) {
		v.skip(checkClient, checkTenant)
		v.say(checkClient, CheckFailed, "shape", map[string]any{"client": s.ClientID})
		v.skip(checkClient, checkSecret, checkApplication, checkToken)
		v.expiry()
		return nil
	}
	if err := v.Outlook.Relogin(ctx); err != nil {
		return err
	}
	token, err := v.Outlook.Token(ctx)
	if err == nil {
		v.token, v.signed = token, true
		for _, id := range []string{checkTenant, checkClient, checkSecret, checkApplication, checkToken} {
			v.say(id, CheckOK, codeOK, v.credentialArgs(id))
		}
		v.expiry()
		return v.forgetRefusal(ctx, microsoftSide)
	}
	v.tokenRefused(err)
	v.expiry()
	return v.LoginRefused(ctx, err)
}

func (v *verifier) credentialArgs(id string) map[string]any {
	switch id {
	case checkTenant:
		return map[string]any{"tenant": v.Settings.TenantID}
	case checkClient:
		return map[string]any{"client": v.Settings.ClientID}
	}
	return nil
}

// tokenRefused says which value is wrong. Entra looks at the tenant first, then at the application, then at the secret; what
// comes after the one that failed was not looked at.
func (v *verifier) tokenRefused(err error) {
	if code, ok := passing(err); ok {
		v.skip(checkToken, checkTenant, checkClient, checkSecret, checkApplication)
		v.fail(checkToken, CheckFailed, code, map[string]any{"address": v.Settings.GraphURL}, err)
		return
	}
	refused := serviceError(err).Code
	found := faultOf(refused)
	if found.check == checkSecret && found.code == "wrong" && v.Settings.SecretLooksLikeID {
		found.code = "id-pasted"
	}
	v.late = found.code == "assertion-time"
	proven := map[string][]string{
		checkClient:      {checkTenant},
		checkSecret:      {checkTenant, checkClient},
		checkApplication: {checkTenant, checkClient},
	}[found.check]
	if found.code == "blocked" {
		proven = []string{checkTenant, checkClient, checkSecret, checkApplication}
	}
	for _, id := range []string{checkTenant, checkClient, checkSecret, checkApplication, checkToken} {
		switch {
		case id == found.check:
			args := v.credentialArgs(id)
			if args == nil {
				args = map[string]any{}
			}
			args["code"] = refused
			v.fail(id, CheckFailed, found.code, args, err)
		case slices.Contains(proven, id):
			v.say(id, CheckOK, codeOK, v.credentialArgs(id))
		default:
			v.skip(found.check, id)
		}
	}
	if found.check == checkConsent {
		v.fail(checkConsent, CheckFailed, found.code, map[string]any{"code": refused}, err)
	}
}

// expiry says how long the secret will last, as far as the administrator told: no permission of ours can read it.
func (v *verifier) expiry() {
	ends := v.Settings.SecretExpires
	if ends.IsZero() {
		v.say(checkExpiry, CheckWarning, codeUnknown, nil)
		return
	}
	left := ends.Sub(v.Now())
	days := int(left / (24 * time.Hour))
	args := map[string]any{"days": days, "date": ends.Format(time.DateOnly)}
	switch {
	case left <= 0 && v.signed:
		v.say(checkExpiry, CheckWarning, "passed", args) // the secret still works: the date is wrong
	case left <= 0:
		v.say(checkExpiry, CheckFailed, "ended", args)
	default:
		for _, threshold := range []int{1, 7, 14, 30, 60} {
			if days <= threshold {
				args["within"] = threshold
				v.say(checkExpiry, CheckWarning, "soon", args)
				return
			}
		}
		v.say(checkExpiry, CheckOK, codeOK, args)
	}
}

// permission is one of the four that the product asks for.
type permission struct {
	check string
	role  string
	what  outlook.Capability
	// weaker are roles that let a probe succeed and a write fail.
	weaker []string
}

// Permissions names the application permissions that the registration needs, as the portal does.
func Permissions() []string {
	var names []string
	for _, p := range wanted() {
		names = append(names, p.role)
	}
	return names
}

func wanted() []permission {
	return []permission{
		{"permission-users", "User.Read.All", outlook.UsersRead, nil},
		{"permission-calendars", "Calendars.ReadWrite", outlook.CalendarRead, []string{"Calendars.Read", "Calendars.ReadBasic.All"}},
		{"permission-contacts", "Contacts.ReadWrite", outlook.ContactsRead, []string{"Contacts.Read"}},
		{"permission-tasks", "Tasks.ReadWrite.All", outlook.TasksRead, []string{"Tasks.Read.All"}},
	}
}

// microsoftReach checks that Graph answers, and reads the users if it may: the later checks need them.
func (v *verifier) microsoftReach(ctx context.Context) error {
	if !v.signed {
		v.skip(v.microsoftFailure(), checkGraph)
		return nil
	}
	users, err := v.Outlook.Users(ctx)
	if code, away := passing(err); err != nil && away {
		v.fail(checkGraph, CheckFailed, code, map[string]any{"address": v.Settings.GraphURL}, err)
		v.signed = false
		return nil
	}
	v.say(checkGraph, CheckOK, codeOK, map[string]any{"address": v.Settings.GraphURL})
	v.people.outlook, v.people.outlookErr = users, err
	v.people.outlookKnown = err == nil
	return nil
}

// failed reports whether a check failed.
func (v *verifier) failed(id string) bool {
	return slices.ContainsFunc(v.checks, func(c Check) bool { return c.ID == id && c.State == CheckFailed })
}

// microsoftFailure returns the check because of which there is no way to Graph.
func (v *verifier) microsoftFailure() string {
	for _, id := range []string{checkTenant, checkClient, checkSecret, checkApplication, checkConsent, checkToken} {
		if v.failed(id) {
			return id
		}
	}
	return checkGraph
}

// permissions checks the consent and each of the four permissions: in the token, or working without being there (G-74).
func (v *verifier) permissions(ctx context.Context) error {
	if !v.signed {
		on := v.microsoftFailure()
		if on != checkConsent {
			v.skip(on, checkConsent)
		}
		for _, p := range wanted() {
			v.skip(on, p.check)
		}
		v.skip(on, checkExtra)
		return nil
	}
	roles := v.token.Roles
	opaque := len(roles) == 0 && v.token.Client == ""
	var probed []Check
	works := 0
	candidates := v.mailboxesToTry()
	for _, p := range wanted() {
		check := v.permission(ctx, p, candidates)
		if check.State == CheckOK {
			works++
		}
		probed = append(probed, check)
	}
	granted := slices.ContainsFunc(wanted(), func(p permission) bool { return slices.Contains(roles, p.role) })
	switch {
	case granted || works > 0 && !opaque:
		v.say(checkConsent, CheckOK, codeOK, nil)
	case opaque && works > 0:
		v.say(checkConsent, CheckOK, "opaque", nil)
	default:
		v.say(checkConsent, CheckFailed, "missing", nil)
	}
	v.checks = append(v.checks, probed...)
	v.extraRoles(roles)
	return nil
}

// extraRoles names permissions that nothing of ours needs: whoever steals the secret could use them.
func (v *verifier) extraRoles(roles []string) {
	var extra []string
	for _, role := range roles {
		if !slices.ContainsFunc(wanted(), func(p permission) bool { return p.role == role || slices.Contains(p.weaker, role) }) {
			extra = append(extra, role)
		}
	}
	if len(extra) == 0 {
		v.say(checkExtra, CheckOK, codeOK, nil)
		return
	}
	slices.Sort(extra)
	v.say(checkExtra, CheckWarning, "too-many", map[string]any{"roles": strings.Join(extra, ", ")})
}

// permission tries one permission in the token and by a probe. One mailbox that works proves it; where a policy or a scope
// keeps others away, their own check says so.
func (v *verifier) permission(ctx context.Context, p permission, mailboxes []mailbox) Check {
	check := Check{ID: p.check, Args: map[string]any{"role": p.role}}
	has := slices.Contains(v.token.Roles, p.role)
	decide := func(state, code string, err error) Check {
		check.State, check.Code, check.Detail = state, code, detailOf(err)
		return check
	}
	if !has {
		for _, role := range p.weaker {
			if slices.Contains(v.token.Roles, role) {
				check.Args["has"] = role
				return decide(CheckFailed, "read-only", nil)
			}
		}
	}
	works, err := v.probe(ctx, p, mailboxes)
	if works {
		if has {
			return decide(CheckOK, codeOK, nil)
		}
		return decide(CheckOK, "scoped", nil)
	}
	if err == nil || remote.KindOf(err) == remote.NoMailbox || p.what == outlook.TasksRead && remote.KindOf(err) == remote.NotFound {
		if has {
			return decide(CheckSkipped, "untried", err)
		}
		return decide(CheckFailed, "missing", err)
	}
	if code, away := passing(err); away {
		return decide(CheckFailed, code, err)
	}
	if has {
		return decide(CheckFailed, "denied", err)
	}
	return decide(CheckFailed, "missing", err)
}

// probe reports whether the capability works anywhere. The error is the most telling of those that were met, nil if there was
// nothing to try.
func (v *verifier) probe(ctx context.Context, p permission, mailboxes []mailbox) (works bool, err error) {
	if p.what == outlook.UsersRead {
		return v.people.outlookErr == nil, v.people.outlookErr
	}
	for _, box := range mailboxes {
		failed := v.Outlook.Probe(ctx, p.what, box.id)
		if failed == nil {
			return true, nil
		}
		if err == nil || remote.KindOf(failed) != remote.NoMailbox {
			err = failed
		}
	}
	return false, err
}
