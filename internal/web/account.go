package web

import (
	"net/http"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
	"raynetsync/internal/record/zone"
)

// accountRoutes are what everybody who is signed in may do with their own account.
func accountRoutes() []route {
	return []route{
		{pattern: "GET /account", role: account.Self, do: (*visit).ownAccount},
		{pattern: "POST /account/password", role: account.Self, do: (*visit).changePassword},
		{pattern: "POST /account/reading", role: account.Self, do: (*visit).changeReading},
		{pattern: "POST /account/sign-out-everywhere", role: account.Self, do: (*visit).signOutEverywhere},
	}
}

// ownAccountData is what the page of one's own account shows.
type ownAccountData struct {
	Role string
	// Microsoft tells that the person signs in there, so that there is no password here.
	Microsoft bool
	Lang      string
	// Zone is the chosen one, empty: that of the settings, which is Usual.
	Zone, Usual string
	Zones       []string
	// PasswordProblem and ReadingProblem say what was wrong with the form that was just sent.
	PasswordProblem, ReadingProblem string
}

func (v *visit) ownAccount() error { return v.showOwnAccount(http.StatusOK, "", "") }

func (v *visit) showOwnAccount(status int, passwordProblem, readingProblem string) error {
	settings, err := v.settingsZone()
	if err != nil {
		return err
	}
	return v.show(status, "account", ownAccountData{Role: v.t("role."+string(v.account.Role), nil), Microsoft: v.account.Subject != "",
		Lang: v.lang, Zone: v.account.Zone, Usual: settings, Zones: zone.Names(),
		PasswordProblem: passwordProblem, ReadingProblem: readingProblem})
}

// changePassword asks for the old password, and ends every other session of the account.
func (v *visit) changePassword() error {
	ctx := v.in.Context()
	again := func(problem string) error { return v.showOwnAccount(http.StatusUnprocessableEntity, problem, "") }
	password := v.in.PostForm.Get("password")
	if v.account.Subject != "" {
		return again(v.t("account.no-password", nil))
	}
	if password != v.in.PostForm.Get("password-again") {
		return again(v.t("web.passwords-differ", nil))
	}
	err := v.Accounts.ChangePassword(ctx, v.actor(), v.in.PostForm.Get("old"), password)
	if failure, ok := asFailure(err); ok && failure.Code == account.FailureLogin {
		return again(v.t("account.old-wrong", nil))
	}
	if words, ok := v.words(err); err != nil && ok {
		return again(words)
	}
	if err != nil {
		return err
	}
	who, err := v.Accounts.Get(ctx, v.account.Name)
	if err != nil {
		return err
	}
	if err := v.admit(who); err != nil {
		return err
	}
	return v.noted("/account", "account.password-changed")
}

// changeReading sets the language and the zone in which the person reads.
func (v *visit) changeReading() error {
	lang, zoneName := v.value("lang"), v.value("zone")
	if lang != locale.Czech && lang != locale.English {
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	if zoneName != "" {
		found, err := zone.Canonical(zoneName)
		if err != nil {
			return v.showOwnAccount(http.StatusUnprocessableEntity, "", v.t("account.bad-zone", map[string]any{"Zone": zoneName}))
		}
		zoneName = found
	}
	if err := v.Accounts.SetLanguage(v.in.Context(), v.actor(), lang, zoneName); err != nil {
		return err
	}
	v.keepLang(lang)
	return v.noted("/account", "account.reading-saved-"+lang)
}

// signOutEverywhere ends every session of the account, this one too.
func (v *visit) signOutEverywhere() error {
	ctx := v.in.Context()
	if err := v.Accounts.EndSessions(ctx, v.actor(), v.account.Name); err != nil {
		return err
	}
	if err := v.sessions.Destroy(ctx); err != nil {
		return err
	}
	return v.to("/sign-in")
}
