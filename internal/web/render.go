package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets
var embedded embed.FS

// assets serves what never changes while this program runs.
func assets() http.Handler {
	files := http.FileServerFS(embedded)
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if strings.HasSuffix(in.URL.Path, "/") {
			http.NotFound(out, in)
			return
		}
		out.Header().Set("Cache-Control", "public, max-age=3600")
		files.ServeHTTP(out, in)
	})
}

// renderer has every page once for each language: texts are bound when the templates are read, not for each request.
type renderer struct {
	texts map[string]*locale.Texts
	pages map[string]*template.Template // "cs/overview" -> page with its frame
}

func newRenderer() (*renderer, error) {
	r := &renderer{texts: map[string]*locale.Texts{}, pages: map[string]*template.Template{}}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, lang := range []string{locale.Czech, locale.English} {
		texts := locale.New(lang)
		r.texts[lang] = texts
		frame, err := template.New("frame.html").Funcs(functions(texts)).ParseFS(templates, "templates/frame.html", "templates/parts*.html")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name := strings.TrimSuffix(path.Base(file), ".html")
			if name == "frame" || strings.HasPrefix(name, "parts") {
				continue
			}
			page, err := frame.Clone()
			if err == nil {
				page, err = page.ParseFS(templates, file)
			}
			if err != nil {
				return nil, err
			}
			r.pages[lang+"/"+name] = page
		}
	}
	return r, nil
}

// functions are what templates may call beside the methods of a page.
func functions(texts *locale.Texts) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, pairs ...any) (string, error) {
			args, err := pairsOf(pairs)
			return texts.T(key, args), err
		},
		"n": func(key string, count any, pairs ...any) (string, error) {
			args, err := pairsOf(pairs)
			return texts.N(key, count, args), err
		},
		"has":        texts.Has,
		"stateclass": stateClass,
		"dict":       func(pairs ...any) (map[string]any, error) { return pairsOf(pairs) },
		"number":     func(n int) string { return texts.Number(int64(n)) },
		"percent":    texts.Percent,
		"duration":   texts.Duration,
		"kind":       func(kind record.Kind) string { return texts.T("kind."+string(kind), nil) },
		"join":       strings.Join,
		"ticks":      ticks,
		"list":       func(values ...any) []any { return values },
	}
}

// piece is a part of a text; Code is what somebody types.
type piece struct {
	Text string
	Code bool
}

// ticks takes a text apart at its backticks, between which stands what somebody types.
func ticks(text string) []piece {
	var out []piece
	for i, part := range strings.Split(text, "`") {
		if part != "" {
			out = append(out, piece{Text: part, Code: i%2 == 1})
		}
	}
	return out
}

// pairsOf makes a map of names and values that follow each other.
func pairsOf(pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("an odd number of arguments: %d", len(pairs))
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("the name %v of an argument is no text", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// Page is what every template is given.
type Page struct {
	Name string // of the template
	Lang string
	// Title is the text of the browser's tab.
	Title   string
	Account account.Account // without a name: nobody is signed in
	Nav     []NavItem
	// Notice is a text that the previous page left.
	Notice  string
	Version string
	Now     time.Time
	// Here is where another language shows the same.
	Here string
	// Refresh, if not 0, lets the page be loaded again after so many seconds.
	Refresh int
	Data    any
	zone    *time.Location
	texts   *locale.Texts
}

// NavItem is one entry of the navigation.
type NavItem struct {
	Path, Text string
	Here       bool
	Count      int // of what waits there; 0: not shown
}

// Time writes a moment in the reader's zone; Ago how long ago it was; Day a date.
func (p Page) Time(at time.Time) string { return p.texts.Time(at, p.zone) }

// Ago writes how long ago a moment was, "–" for never.
func (p Page) Ago(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return p.texts.T("web.ago", map[string]any{"Duration": p.texts.Duration(p.Now.Sub(at).Truncate(time.Second))})
}

// Day writes a date that stands for a whole day.
func (p Page) Day(at time.Time) string { return p.texts.Date(at, time.UTC) }

// Stamp writes a moment for machines, in UTC.
func (p Page) Stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Zone names the zone in which times are written.
func (p Page) Zone() string { return p.zone.String() }

// Signed reports whether somebody is signed in.
func (p Page) Signed() bool { return p.Account.Name != "" }

// Operator and Administrator report what the reader may do.
func (p Page) Operator() bool { return p.Account.Role.May(account.Operator) }

// Administrator reports whether the reader may change settings and accounts.
func (p Page) Administrator() bool { return p.Account.Role.May(account.Administrator) }

// show renders a page. Nothing is sent before it is whole.
func (v *visit) show(status int, name string, data any) error {
	return v.showEvery(status, name, 0, data)
}

// showEvery renders a page that is loaded again after so many seconds.
func (v *visit) showEvery(status int, name string, seconds int, data any) error {
	tmpl := v.renderer.pages[v.lang+"/"+name]
	if tmpl == nil {
		return fmt.Errorf("there is no page %s", name)
	}
	page := Page{Name: name, Lang: v.lang, Title: v.t("web.title-"+name, nil), Account: v.account, Version: v.Version, Now: v.now, Here: v.here(status),
		Refresh: seconds, Data: data, zone: v.zone, texts: v.texts}
	if v.account.Name != "" {
		page.Nav = v.nav()
	}
	if key := v.sessions.PopString(v.in.Context(), sessionNotice); key != "" {
		page.Notice = v.t(key, nil)
	}
	var body bytes.Buffer
	if err := tmpl.ExecuteTemplate(&body, "frame.html", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	v.out.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.out.Header().Set("Content-Language", v.lang)
	v.out.WriteHeader(status)
	_, _ = body.WriteTo(v.out) // who went away does not need it
	return nil
}
