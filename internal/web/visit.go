package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// visit is one request being answered.
type visit struct {
	*Site
	out     http.ResponseWriter
	in      *http.Request
	route   route
	now     time.Time
	account account.Account // without a name: nobody is signed in
	texts   *locale.Texts
	lang    string
	zone    *time.Location
}

// What a session remembers.
const (
	sessionConfirmed = "confirmed" // when the password was asked for again, as Unix seconds
	sessionNotice    = "notice"    // the key of a text that the next page shows
)

// What a browser remembers of who is not signed in, for whom nothing is kept in the database: the language, and where he wanted
// to go.
const (
	langCookie = "raynetsync-lang"
	nextCookie = "raynetsync-next"
)

// nextLife is how long signing in may take, and nextBytes how long a path may be that is remembered meanwhile.
const (
	nextLife  = 15 * time.Minute
	nextBytes = 1024
)

// recognise finds out who it is, and which language and zone he reads.
func (v *visit) recognise() error {
	v.lang, v.zone = v.guessLang(), time.UTC
	v.texts = v.Site.texts(v.lang)
	ctx := v.in.Context()
	if token := v.sessions.Token(ctx); token != "" {
		found, ok, err := v.Accounts.Whose(ctx, token)
		if err != nil {
			return err
		}
		if ok && (found.Subject == "" || v.voucher() != nil) { // switched off is switched off for who is inside, too
			v.account = found
		}
		if found.Lang != "" {
			v.lang = found.Lang
			v.texts = v.Site.texts(v.lang)
		}
	}
	return v.chooseZone()
}

// chooseZone: the account's own, else that of the settings.
func (v *visit) chooseZone() error {
	name := v.account.Zone
	if name == "" {
		var err error
		if name, err = v.settingsZone(); err != nil {
			return err
		}
	}
	if found, err := zone.Load(name); err == nil {
		v.zone = found
	}
	return nil
}

// settingsZone is the zone of the settings, UTC if they cannot be read. The error is the store's.
func (v *visit) settingsZone() (string, error) {
	settings, err := v.Setup.Current(v.in.Context())
	if mistakes := (config.Errors)(nil); errors.As(err, &mistakes) {
		return "UTC", nil
	}
	if err != nil {
		return "", err
	}
	return settings.Sync.TimeZone, nil
}

// guessLang is the language of who is not known: what he chose here before, else his browser's.
func (v *visit) guessLang() string {
	if cookie, err := v.in.Cookie(langCookie); err == nil && (cookie.Value == locale.Czech || cookie.Value == locale.English) {
		return cookie.Value
	}
	for part := range strings.SplitSeq(v.in.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		switch tag {
		case "cs", "sk":
			return locale.Czech
		case "en":
			return locale.English
		}
	}
	return locale.English
}

func (v *visit) t(key string, args map[string]any) string { return v.texts.T(key, args) }

// value returns a field of the form or of the address, without blanks around it.
func (v *visit) value(name string) string { return strings.TrimSpace(v.in.FormValue(name)) }

// to sends the browser on, with GET.
func (v *visit) to(path string) error {
	http.Redirect(v.out, v.in, path, http.StatusSeeOther)
	return nil
}

// noted sends the browser on to a page that begins with a notice: a key of the locale files.
func (v *visit) noted(path, key string) error {
	v.sessions.Put(v.in.Context(), sessionNotice, key)
	return v.to(path)
}

// toSignIn sends who is not signed in to where he can, and remembers where he wanted to go.
func (v *visit) toSignIn() error {
	if path := v.in.URL.RequestURI(); v.in.Method == http.MethodGet && path != "/" && len(path) <= nextBytes {
		v.cookie(nextCookie, base64.RawURLEncoding.EncodeToString([]byte(path)), nextLife)
	}
	return v.to("/sign-in")
}

// next takes where the visitor wanted to go.
func (v *visit) next() string {
	cookie, err := v.in.Cookie(nextCookie)
	if err != nil {
		return "/"
	}
	v.cookie(nextCookie, "", -time.Second)
	path, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return "/"
	}
	return local(string(path))
}

// local returns a path of this site, or "/" for anything that leads elsewhere.
func local(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.IsAbs() || parsed.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") ||
		strings.Contains(path, "\\") || strings.ContainsFunc(path, unicode.IsControl) { // a fragment may hold line ends
		return "/"
	}
	return path
}

// here is the page that the visitor looks at, as an address that can be opened: for the answer to a form, the page of the form.
// What an address led to that was no good is not shown again.
func (v *visit) here(status int) string {
	switch {
	case v.in.Method == http.MethodGet && status == http.StatusOK:
		return v.in.URL.RequestURI()
	case v.in.Method == http.MethodGet:
		return "/"
	}
	from, err := url.Parse(v.in.Referer())
	if err != nil || from.Host != v.in.Host {
		return "/"
	}
	return local(from.RequestURI())
}

// cookie keeps a text in the browser, out of reach for scripts and other sites; a negative life takes it away.
func (v *visit) cookie(name, value string, life time.Duration) {
	http.SetCookie(v.out, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: v.sessions.Cookie.Secure})
}

// words are the text of an error that a person can act on.
func (v *visit) words(err error) (string, bool) {
	if failure, ok := errors.AsType[*admin.Failure](err); ok && v.texts.Has("failure."+failure.Code) {
		return v.t("failure."+failure.Code, failure.Args), true
	}
	if failure, ok := errors.AsType[*account.Failure](err); ok && v.texts.Has("failure."+failure.Code) {
		return v.t("failure."+failure.Code, failure.Args), true
	}
	if refused, ok := errors.AsType[*admin.LoginError](err); ok {
		check := refused.Check
		return v.t("check."+check.ID+"."+check.Code, check.Args), true
	}
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		return v.mistake(mistakes[0]), true
	}
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		return v.t("pages.service", map[string]any{"Text": v.t("error."+string(failed.Kind), nil)}), true
	}
	return "", false
}

// mistake is the text of a value that cannot be.
func (v *visit) mistake(one *config.Error) string {
	problem, repair := admin.MistakeWords(v.texts, one)
	return problem + "; " + repair
}

// use returns the use-cases of the connection, or sends an administrator to the set-up.
func (v *visit) use() (*admin.Admin, error) {
	if a := v.Admin(); a != nil {
		return a, nil
	}
	return nil, &refusal{status: http.StatusServiceUnavailable, code: "not-set-up"}
}

// actor is who does what this request asks for, for the audit.
func (v *visit) actor() account.Actor { return account.Actor{Account: v.account.Name, From: v.from()} }

// form returns all values of the posted form but those that the site's own machinery adds.
func (v *visit) form() url.Values {
	out := url.Values{}
	for name, values := range v.in.PostForm {
		if name != confirmField && name != confirmMicrosoft {
			out[name] = values
		}
	}
	return out
}
