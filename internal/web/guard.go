package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/admin/account"
)

// protect is around everything: headers that keep a browser strict, and no request that another site's page made.
func (s *Site) protect(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.sessions.LoadAndSave(s.handle(route{open: true, unread: true, do: func(*visit) error {
		return &refusal{status: http.StatusForbidden, code: "cross-origin"}
	}})))
	guarded := cross.Handler(next)
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		h := out.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
		if !strings.HasPrefix(in.URL.Path, "/assets/") {
			h.Set("Cache-Control", "no-store")
		}
		if strings.HasPrefix(s.Address, "https://") {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		guarded.ServeHTTP(out, in)
	})
}

// confirmLife is how long a password that was asked for again is good.
const confirmLife = 10 * time.Minute

// confirmField is the form's field of a password that is asked for again.
const confirmField = "confirm-password"

// askAgain asks for the password before something that cannot be undone by a click, unless that was done a moment ago. It
// reports whether it has answered the request; the form goes along and is sent again with the password.
func (v *visit) askAgain() (asked bool, err error) {
	ctx := v.in.Context()
	if v.account.Subject != "" && v.account.Role == account.Self {
		return false, nil // his own things only, and his password is with Microsoft
	}
	at, _ := strconv.ParseInt(v.sessions.GetString(ctx, sessionConfirmed), 10, 64)
	if since := v.now.Sub(time.Unix(at, 0)); since >= 0 && since < confirmLife {
		return false, nil
	}
	problem := ""
	if v.account.Subject != "" {
		if v.in.PostForm.Get(confirmMicrosoft) != "" {
			problem = v.t("account.not-confirmed", nil)
		}
	} else if password := v.in.PostForm.Get(confirmField); password != "" {
		err := v.Accounts.Confirm(ctx, v.actor(), password)
		if err == nil {
			v.confirmed()
			return false, nil
		}
		words, ok := v.words(err)
		if !ok {
			return true, err
		}
		problem = words
	}
	return true, v.show(http.StatusOK, "confirm", map[string]any{"Path": v.in.URL.RequestURI(), "Form": v.form(), "Problem": problem,
		"Microsoft": v.account.Subject != ""})
}

// confirmed notes that the password was typed just now.
func (v *visit) confirmed() {
	v.sessions.Put(v.in.Context(), sessionConfirmed, strconv.FormatInt(v.now.Unix(), 10))
}
