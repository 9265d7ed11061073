package web

import (
	"net/http"
	"time"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
)

// startForm is where a one-time link leads: choose a password, and a name if it makes the first administrator.
func (v *visit) startForm() error {
	invited, err := v.Accounts.Invited(v.in.Context(), v.in.PathValue("token"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "start", startData{Token: v.in.PathValue("token"), First: invited.First, Name: invited.Name})
}

// startData is what the page of a one-time link shows.
type startData struct {
	Token   string
	First   bool
	Name    string
	Problem string
}

// start takes the password. The token is good for one account once.
func (v *visit) start() error {
	ctx, token := v.in.Context(), v.in.PathValue("token")
	invited, err := v.Accounts.Invited(ctx, token)
	if err != nil {
		return err
	}
	name, password := invited.Name, v.in.PostForm.Get("password")
	if invited.First {
		name = v.value("name")
	}
	again := func(problem string) error {
		return v.show(http.StatusUnprocessableEntity, "start", startData{Token: token, First: invited.First, Name: name, Problem: problem})
	}
	if password != v.in.PostForm.Get("password-again") {
		return again(v.t("web.passwords-differ", nil))
	}
	who, err := v.Accounts.Claim(ctx, account.Claim{Token: token, Name: name, Password: password, Lang: v.lang, From: v.from()})
	if words, ok := v.words(err); err != nil && ok {
		return again(words)
	}
	if err != nil {
		return err
	}
	return v.signedIn(who)
}

// signInData is what the page of signing in shows.
type signInData struct {
	Name, Problem string
	// Microsoft tells that people may sign in there.
	Microsoft bool
}

// signInForm asks for name and password.
func (v *visit) signInForm() error {
	if v.account.Name != "" {
		return v.to("/")
	}
	return v.show(http.StatusOK, "sign-in", signInData{Microsoft: v.voucher() != nil})
}

// signIn takes them.
func (v *visit) signIn() error {
	name := v.value("name")
	who, err := v.Accounts.SignIn(v.in.Context(), name, v.in.PostForm.Get("password"), v.from())
	if words, ok := v.words(err); err != nil && ok {
		return v.show(http.StatusUnprocessableEntity, "sign-in", signInData{Name: name, Problem: words, Microsoft: v.voucher() != nil})
	}
	if err != nil {
		return err
	}
	return v.signedIn(who)
}

// signedIn begins the session of an account and goes on to where the visitor wanted to go.
func (v *visit) signedIn(who account.Account) error {
	next := v.next()
	if err := v.admit(who); err != nil {
		return err
	}
	return v.to(next)
}

// admit begins the session of an account under a new token: one that somebody planted before is worth nothing. What an earlier
// visitor of this browser left in the session is not taken over.
func (v *visit) admit(who account.Account) error {
	ctx := v.in.Context()
	if err := v.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := v.sessions.RenewToken(ctx); err != nil {
		return err
	}
	v.confirmed()
	token, until, err := v.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	return v.Accounts.Admit(ctx, token, who, until)
}

// signOut ends the session here and in the database.
func (v *visit) signOut() error {
	v.log(account.ActSignedOut, nil)
	if err := v.sessions.Destroy(v.in.Context()); err != nil {
		return err
	}
	return v.to("/sign-in")
}

// language changes the language, for the account or, before signing in, for this browser.
func (v *visit) language() error {
	lang := v.value("lang")
	if lang != locale.Czech && lang != locale.English {
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	v.keepLang(lang)
	if v.account.Name != "" {
		if err := v.Accounts.SetLanguage(v.in.Context(), v.actor(), lang, v.account.Zone); err != nil {
			return err
		}
	}
	return v.to(local(v.value("next")))
}

// keepLang remembers the language for this browser.
func (v *visit) keepLang(lang string) {
	v.cookie(langCookie, lang, 365*24*time.Hour)
}
