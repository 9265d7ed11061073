package browser_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/look.js
var lookScript string

//go:embed testdata/access.js
var accessScript string

type step = chromedp.Action[chromedp.Void]

// tab is somebody's tab, in a browser that shares nothing with the others. Whatever it shows is held against what every page
// promises: no script of the data runs, no rule of the page is broken, nothing comes from elsewhere, no text is missing.
type tab struct {
	t    *testing.T
	ctx  context.Context
	url  string
	page look // what was seen last

	mu       sync.Mutex
	problems []string        // guarded by mu; what the browser complained of
	hosts    map[string]bool // guarded by mu; those that may be asked
}

// look is what a person sees of a page.
type look struct {
	Status   int64    `json:"-"`
	Path     string   `json:"path"`
	Title    string   `json:"title"`
	Lang     string   `json:"lang"`
	Text     string   `json:"text"`
	Problems []string `json:"problems"`
}

// newTab opens a tab for somebody who reads a language.
func newTab(t *testing.T, base, lang string) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(running(t), chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx, url: base, hosts: map[string]bool{}}
	b.allow(base)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
	if err != nil {
		t.Fatal(err)
	}
	b.do("set the size of the window", chromedp.EmulateViewport(1280, 900))
	t.Cleanup(b.keep)
	return b
}

// allow lets pages ask another host.
func (b *tab) allow(address string) {
	b.t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hosts[parsed.Host] = true
}

// hear notes what the browser complains of.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	note := func(format string, args ...any) { b.problems = append(b.problems, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		parsed, err := url.Parse(e.Request.URL)
		if err != nil || parsed.Scheme != "data" && parsed.Scheme != "about" && !b.hosts[parsed.Host] {
			note("asks %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		own := strings.HasPrefix(e.Response.URL, b.url+"/")
		if status := e.Response.Status; own && status >= 500 || own && status >= 400 && e.Type != network.ResourceTypeDocument {
			note("%s answers %d", e.Response.URL, status)
		}
	case *runtime.EventExceptionThrown:
		note("an exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			note("the console says %v", e.Args)
		}
	case *log.EventEntryAdded:
		loading := e.Entry.Source == log.EntrySourceNetwork && strings.HasPrefix(e.Entry.Text, "Failed to load resource") // judged above
		if !loading && (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) {
			note("the browser says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	}
}

// complaints takes what was complained of since.
func (b *tab) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.problems
	b.problems = nil
	return out
}

// within limits how long one step may take.
func (b *tab) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

func (b *tab) do(what string, steps ...step) {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s on %s: %v\n%s", what, b.page.Path, err, b.page.Text)
	}
}

func evaluate[T any](b *tab, script string) (T, error) {
	ctx, cancel := b.within()
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script))
}

// leads does what leads to another page, waits until it is there, and looks at it.
func (b *tab) leads(what string, steps ...step) *tab {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	response, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("%s on %s: %v\n%s", what, b.page.Path, err, b.page.Text)
	}
	b.look()
	if response != nil {
		b.page.Status = response.Status
	}
	return b
}

// look looks at the page as it is now.
func (b *tab) look() {
	b.t.Helper()
	groups, err := json.Marshal(textGroups())
	if err != nil {
		b.t.Fatal(err)
	}
	seen, err := evaluate[look](b, lookScript+"("+string(groups)+")")
	if err != nil {
		b.t.Fatalf("look at the page after %s: %v", b.page.Path, err)
	}
	if seen.Path == b.page.Path {
		seen.Status = b.page.Status
	}
	b.page = seen
	for _, problem := range slices.Concat(seen.Problems, b.complaints()) {
		b.t.Errorf("%s (%s) %s", seen.Path, seen.Lang, problem)
	}
}

// open goes to a path of the site.
func (b *tab) open(path string) *tab {
	b.t.Helper()
	return b.leads("open "+path, chromedp.Navigate(b.url+path))
}

// press clicks what a selector finds; it must lead to another page.
func (b *tab) press(selector string) *tab {
	b.t.Helper()
	return b.leads("press "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// send sends the form with an action by its main button.
func (b *tab) send(action string) *tab {
	b.t.Helper()
	return b.press(`form[action="` + action + `"] button:not([name]):not([hidden])`)
}

// sendWith sends the form that a field is part of.
func (b *tab) sendWith(name string) *tab {
	b.t.Helper()
	find := fmt.Sprintf(`//form[.//*[@name=%q]]//button[contains(@class, "main")]`, name)
	return b.leads("send the form with "+name, chromedp.Click(chromedp.Search(find)))
}

// follow clicks the link or button with a text.
func (b *tab) follow(text string) *tab {
	b.t.Helper()
	find := fmt.Sprintf(`//main//*[self::a or self::button][contains(normalize-space(.), %q)]`, text)
	return b.leads("follow "+text, chromedp.Click(chromedp.Search(find)))
}

// fill replaces what a field holds, as a paste does.
func (b *tab) fill(name, value string) *tab {
	b.t.Helper()
	selector := `[name="` + name + `"]:not([type=hidden])`
	quoted, err := json.Marshal(selector)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do("fill "+name, chromedp.Focus(chromedp.CSS(selector)),
		chromedp.Evaluate[chromedp.Void](`document.querySelector(`+string(quoted)+`).select?.()`),
		func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			if value == "" {
				return chromedp.KeyEvent("\b")(ctx, t)
			}
			_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: value})
			return chromedp.Void{}, err
		})
	return b
}

// tick switches boxes on or off.
func (b *tab) tick(selector string, on bool) *tab {
	b.t.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		b.t.Fatal(err)
	}
	is, err := evaluate[bool](b, `document.querySelector(`+string(quoted)+`).checked`)
	if err != nil {
		b.t.Fatalf("%s has no box %s: %v\n%s", b.page.Path, selector, err, b.page.Text)
	}
	if is != on {
		b.do("tick "+selector, chromedp.Click(chromedp.CSS(selector)))
	}
	return b
}

// choose chooses what a selection offers, or a day.
func (b *tab) choose(name, value string) *tab {
	b.t.Helper()
	script := fmt.Sprintf(`(() => { const it = document.querySelector('select[name=%q], input[type=date][name=%[1]q]'); for (let at = it; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
		it.value = %[2]q; it.dispatchEvent(new Event('change', {bubbles: true})); return it.value === %[2]q })()`, name, value)
	if done, err := evaluate[bool](b, script); err != nil || !done {
		b.t.Fatalf("%s does not offer %s for %s (%v):\n%s", b.page.Path, value, name, err, b.page.Text)
	}
	return b
}

// want fails unless the page is at a path and says all texts.
func (b *tab) want(path string, texts ...string) *tab {
	b.t.Helper()
	if got, _, _ := strings.Cut(b.page.Path, "?"); got != path {
		b.t.Fatalf("the browser is at %s, want %s:\n%s", b.page.Path, path, b.page.Text)
	}
	for _, text := range texts {
		if !b.says(text) {
			b.t.Errorf("%s (%s) does not say %q:\n%s", b.page.Path, b.page.Lang, text, b.page.Text)
		}
	}
	return b
}

// says reports whether the page shows a text, whatever the blanks between its words.
func (b *tab) says(text string) bool {
	return strings.Contains(strings.Join(strings.Fields(b.page.Text), " "), strings.Join(strings.Fields(text), " "))
}

// settled waits until nothing on the page is under way: it renews itself while something is.
func (b *tab) settled() *tab {
	b.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for calm := 0; calm < 2; { // twice: the page may be about to be loaded again
		busy, err := evaluate[bool](b, `document.readyState !== 'complete' || !!document.querySelector('main [role=status] progress, main p[role=status]:not(.notice)')`)
		if calm++; err != nil || busy {
			calm = 0
		}
		select {
		case <-tick.C:
		case <-limit:
			b.look()
			b.t.Fatalf("%s does not settle:\n%s", b.page.Path, b.page.Text)
		}
	}
	b.look()
	return b
}

// usable holds the page against what somebody needs who cannot see well, has no mouse, or has a small screen.
func (b *tab) usable(scheme string, narrow bool) {
	b.t.Helper()
	found, err := evaluate[[]string](b, fmt.Sprintf("%s(%v)", accessScript, narrow))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, problem := range found {
		b.t.Errorf("%s (%s, %s) %s", b.page.Path, b.page.Lang, scheme, problem)
	}
}

// keep saves what a failed test saw last.
func (b *tab) keep() {
	if !b.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	dir := b.t.ArtifactDir()
	if picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)); err == nil {
		_ = os.WriteFile(filepath.Join(dir, "page.png"), picture, 0o600)
	}
	if html, err := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("html"))); err == nil {
		_ = os.WriteFile(filepath.Join(dir, "page.html"), []byte(html), 0o600)
	}
	b.t.Logf("what the page showed last is in %s (keep it with -artifacts)", dir)
}

// textGroups are the first words of the keys of all texts.
var textGroups = sync.OnceValue(func() []string {
	files, err := filepath.Glob("../../locale/texts/*.toml")
	if err != nil || len(files) == 0 {
		panic("there are no texts")
	}
	group := regexp.MustCompile(`(?m)^\["?([a-z-]+)`)
	found := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		for _, match := range group.FindAllSubmatch(data, -1) {
			found[string(match[1])] = true
		}
	}
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
})
