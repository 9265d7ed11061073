package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// Options are what a site is made of. All members are needed but Log.
type Options struct {
	Setup    *admin.Setup
	Accounts *account.Accounts
	Works    *admin.Works
	Sessions Sessions
	// Admin returns the use-cases of the connection that runs, nil while its settings are incomplete.
	Admin func() *admin.Admin
	// Sync and Restore do in this process what the commands of the same names do.
	Sync    func(ctx context.Context, options admin.SyncOptions) (admin.Report, error)
	Restore func(ctx context.Context, what admin.RestoreWhat, dry bool) (admin.Report, error)
	// Decide, Undo, Pause and Resume wait for a cycle that is just at work on the user.
	Decide        func(ctx context.Context, d admin.Decision, dry bool) (admin.Report, error)
	Undo          func(ctx context.Context, run, by string) (admin.Report, error)
	Pause, Resume func(ctx context.Context, user string, kinds []record.Kind, by string) (admin.Report, error)
	// Microsoft returns who vouches for people that sign in with Microsoft, nil while that is switched off. May be nil itself.
	Microsoft func() Microsoft
	// Azure returns the use-case that registers the application in Microsoft Entra ID, by the settings that hold.
	Azure func(ctx context.Context) (*admin.Azure, error)
	// Alerts returns how administrators are told, nil while the settings are incomplete.
	Alerts func() *admin.Alerts
	// Address is what people type to get here. Cookies are kept for https only if it is https.
	Address string
	Version string
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger
}

// Sessions is where sessions are kept: a store of package scs.
type Sessions interface {
	scs.Store
	scs.CtxStore
}

// Site is the web page. It is an http.Handler, safe for concurrent use.
type Site struct {
	Options
	sessions *scs.SessionManager
	renderer *renderer
	handler  http.Handler
	signing  signing
	routes   []route
}

// The life of a session: it ends when nobody came for idleLife, and in any case after sessionLife.
const (
	idleLife    = 30 * time.Minute
	sessionLife = 8 * time.Hour
)

// New returns the site. The error says what is wrong with a template, which a test finds first.
func New(options Options) (*Site, error) {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{Options: options}
	var err error
	if s.renderer, err = newRenderer(); err != nil {
		return nil, fmt.Errorf("prepare the pages: %w", err)
	}
	s.sessions = s.sessionManager()
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", assets())
	s.routes = routes()
	for _, r := range s.routes {
		mux.Handle(r.pattern, s.handle(r))
	}
	mux.Handle("/", s.handle(route{open: true, do: (*visit).notFound}))
	s.handler = s.sessions.LoadAndSave(s.protect(mux)) // who is refused is told in his language
	return s, nil
}

// ServeHTTP answers one request.
func (s *Site) ServeHTTP(out http.ResponseWriter, in *http.Request) { s.handler.ServeHTTP(out, in) }

func (s *Site) sessionManager() *scs.SessionManager {
	// Not scs.New: it begins a goroutine that cleans a store in memory, which is not used here and would never end.
	m := &scs.SessionManager{Store: s.Sessions, Codec: codec{}}
	m.Lifetime, m.IdleTimeout = sessionLife, idleLife
	m.Cookie.Name, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path = "raynetsync", true, http.SameSiteLaxMode, "/"
	m.Cookie.Persist = false
	if strings.HasPrefix(s.Address, "https://") {
		m.Cookie.Name, m.Cookie.Secure = "__Host-raynetsync", true
	}
	m.ErrorFunc = func(out http.ResponseWriter, in *http.Request, err error) {
		s.Log.Error("a session could not be read or kept", "err", err)
		http.Error(out, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return m
}

// route is one address of the site.
type route struct {
	// pattern is that of http.ServeMux.
	pattern string
	// role is the least that may come here; open lets everybody in.
	role account.Role
	open bool
	// ask asks for the password again unless that was done a moment ago: what it does cannot be undone by a click.
	ask bool
	// unread leaves the form alone: whatever it holds, the answer is the same.
	unread bool
	do     func(*visit) error
}

// Route is an address of the site as tests see it, so that none escapes them.
type Route struct {
	// Pattern is that of http.ServeMux: a method and a path.
	Pattern string
	// Role is the least that may come here; Open lets everybody in, whatever Role says.
	Role account.Role
	Open bool
	// Asks tells that the password is asked for again.
	Asks bool
}

// Routes returns every address of the site but those of its assets.
func Routes() []Route {
	var out []Route
	for _, r := range routes() {
		out = append(out, Route{Pattern: r.pattern, Role: r.role, Open: r.open, Asks: r.ask})
	}
	return out
}

// handle wraps a route: who may come in, in which language, and what becomes of an error.
func (s *Site) handle(r route) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		v := &visit{Site: s, out: out, in: in, route: r, now: s.Now()}
		if err := v.serve(); err != nil {
			v.fail(err)
		}
	})
}

// serve lets a visitor in, or says why not. What a stranger sends is not even read.
func (v *visit) serve() error {
	v.in.Body = http.MaxBytesReader(v.out, v.in.Body, maxFormBytes)
	if err := v.recognise(); err != nil {
		return err
	}
	switch {
	case v.route.open:
	case v.account.Name == "":
		return v.toSignIn()
	case v.account.Role == account.Self && v.in.URL.Path == "/":
		return v.to(mePath)
	case !v.account.Role.May(v.route.role):
		return &refusal{status: http.StatusForbidden, code: "role"}
	}
	if v.in.Method == http.MethodPost && !v.route.unread {
		if err := v.in.ParseForm(); err != nil {
			return &refusal{status: http.StatusBadRequest, code: "bad-form"}
		}
	}
	if v.route.ask {
		if asked, err := v.askAgain(); asked || err != nil {
			return err
		}
	}
	return v.route.do(v)
}

const maxFormBytes = 1 << 20

// refusal is an answer other than a page: a status and the code of its text ("web.refused-<code>").
type refusal struct {
	status int
	code   string
}

// Error names the code.
func (r *refusal) Error() string { return "refused: " + r.code }

// fail shows what went wrong: what a person can act on in words, anything else with a reference into the log.
func (v *visit) fail(err error) {
	status, text, reference := http.StatusInternalServerError, "", ""
	refused, isRefusal := errors.AsType[*refusal](err)
	switch {
	case isRefusal:
		status, text = refused.status, v.t("web.refused-"+refused.code, nil)
	case v.in.Context().Err() != nil:
		return // nobody waits for the answer
	default:
		if words, ok := v.words(err); ok {
			status, text = http.StatusUnprocessableEntity, words
			break
		}
		reference = v.NewID()
		text = v.t("web.internal", nil)
		v.Log.Error("a page could not be shown", "path", v.in.URL.Path, "reference", reference, "err", err)
	}
	if err := v.show(status, "failed", map[string]any{"Text": text, "Reference": reference}); err != nil {
		v.Log.Error("an error could not be shown", "err", err)
		http.Error(v.out, http.StatusText(status), status)
	}
}

func (v *visit) notFound() error { return &refusal{status: http.StatusNotFound, code: "not-found"} }

// texts returns the texts in a language.
func (s *Site) texts(lang string) *locale.Texts { return s.renderer.texts[lang] }
