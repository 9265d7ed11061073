package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
)

// layers are those of a server whose settings are made on the page: the file and the environment say only where it works, and how
// an emulator is reached. more are further variables.
func (w *world) layers(dir string, more ...string) config.Layers {
	return config.Layers{Environ: append([]string{
		"RAYNETSYNC_SERVER_LISTEN=127.0.0.1:0", "RAYNETSYNC_SERVER_DATA_DIR=" + dir,
		"RAYNETSYNC_MICROSOFT_CA_FILE=" + w.info.CAFile, "RAYNETSYNC_MICROSOFT_GRAPH_URL=" + w.info.GraphURL,
		"RAYNETSYNC_MICROSOFT_AUTHORITY_URL=" + w.info.AuthorityURL,
	}, more...)}
}

// administrator is somebody with a browser who reads one of the languages.
type administrator struct {
	t      *testing.T
	url    string
	lang   string
	client *http.Client
	// seen are the bodies of all pages, by their path: nothing secret may stand in them.
	seen map[string]string
}

const password = "čtyři koně a jeden vůz"

// visitor begins a browser without a session.
func visitor(t *testing.T, address, lang string) *administrator {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &administrator{t: t, url: address, lang: lang, client: &http.Client{Jar: jar, Transport: transport}, seen: map[string]string{}}
}

// firstAdministrator signs in as the first administrator of a server.
func firstAdministrator(t *testing.T, a *app.App, s *serving, lang string) *administrator {
	t.Helper()
	b := visitor(t, s.url, lang)
	token, needed, err := a.Accounts.FirstLink(t.Context())
	if err != nil || !needed {
		t.Fatalf("FirstLink = %v, %v", needed, err)
	}
	b.get("/start/"+token).submit("/start/"+token, url.Values{"name": {"jana"}, "password": {password}, "password-again": {password}})
	return b
}

// signIn signs in with the password.
func (b *administrator) signIn(name string) {
	b.t.Helper()
	b.get("/sign-in").submit("/sign-in", url.Values{"name": {name}, "password": {password}})
}

// page is what the browser shows.
type page struct {
	b      *administrator
	path   string
	status int
	body   string
	doc    *html.Node
}

func (b *administrator) do(request *http.Request) *page {
	b.t.Helper()
	request.Header.Set("Accept-Language", b.lang)
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &page{b: b, path: response.Request.URL.RequestURI(), status: response.StatusCode, body: string(body)}
	if p.doc, err = html.Parse(strings.NewReader(p.body)); err != nil {
		b.t.Fatal(err)
	}
	b.seen[p.path] = p.body
	if strings.Contains(p.body, "no value") || strings.Contains(p.body, "%!") {
		b.t.Errorf("%s shows a placeholder: %s", p.path, p.text())
	}
	p.wantWords()
	return p
}

// wantWords fails when a key of the locale files stands where a text should.
func (p *page) wantWords() {
	p.b.t.Helper()
	for _, word := range strings.Fields(p.text()) {
		group, _, dotted := strings.Cut(strings.Trim(word, "()„“\".,:;"), ".")
		if dotted && slices.Contains([]string{"web", "setup", "setting", "settings", "people", "plan", "choice", "check", "failure", "cli", "reason",
			"kind", "pair", "field", "rule", "value", "forecast", "error"}, group) {
			p.b.t.Errorf("%s (%s) shows the key %s", p.path, p.b.lang, word)
		}
	}
}

func (b *administrator) get(path string) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

func (b *administrator) post(path string, values url.Values) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(request)
}

// submit sends the form with an action as a browser does: what its fields hold, with changes. A change to nothing leaves the field
// out, like a box that is not ticked.
func (p *page) submit(action string, changes url.Values) *page {
	p.b.t.Helper()
	form := find1(p.doc, func(n *html.Node) bool {
		return n.Data == "form" && attr(n, "method") == "post" && attr(n, "action") == action
	})
	if form == nil {
		p.b.t.Fatalf("%s (%d) has no form %s:\n%s", p.path, p.status, action, p.text())
	}
	values := url.Values{}
	walk(form, false, func(n *html.Node, disabled bool) {
		name := attr(n, "name")
		if name == "" || disabled {
			return
		}
		switch n.Data {
		case "input":
			kind := attr(n, "type")
			if box := kind == "checkbox" || kind == "radio"; !box || has(n, "checked") {
				values.Add(name, attr(n, "value"))
			}
		case "select":
			walk(n, false, func(o *html.Node, _ bool) {
				if o.Data == "option" && has(o, "selected") {
					values.Set(name, attr(o, "value"))
				}
			})
		}
	})
	for name, value := range changes {
		if values[name] = value; len(value) == 0 {
			delete(values, name)
		}
	}
	return p.b.post(action, values)
}

// settled looks again until nothing on the page is under way.
func (p *page) settled() *page {
	p.b.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for strings.Contains(p.body, `http-equiv="refresh"`) {
		select {
		case <-tick.C:
			p = p.b.get(p.path)
		case <-limit:
			p.b.t.Fatalf("%s does not settle: %s", p.path, p.text())
		}
	}
	return p
}

// want fails unless the page has the status and all texts.
func (p *page) want(status int, texts ...string) *page {
	p.b.t.Helper()
	if p.status != status {
		p.b.t.Fatalf("%s = %d, want %d:\n%s", p.path, p.status, status, p.text())
	}
	for _, text := range texts {
		if !strings.Contains(p.text(), text) {
			p.b.t.Errorf("%s (%s) does not say %q:\n%s", p.path, p.b.lang, text, p.text())
		}
	}
	return p
}

// at fails unless the browser was sent to a path.
func (p *page) at(path string) *page {
	p.b.t.Helper()
	if got, _, _ := strings.Cut(p.path, "?"); got != path {
		p.b.t.Fatalf("the browser is at %s, want %s:\n%s", p.path, path, p.text())
	}
	return p
}

// text is what a person reads on the page's main part.
func (p *page) text() string {
	var b strings.Builder
	root := find1(p.doc, func(n *html.Node) bool { return n.Data == "main" })
	if root == nil {
		return p.body
	}
	var read func(*html.Node)
	read = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			read(c)
		}
	}
	read(root)
	return strings.Join(strings.Fields(b.String()), " ")
}

// value is what a field of the page holds.
func (p *page) value(name string) string {
	p.b.t.Helper()
	n := find1(p.doc, func(n *html.Node) bool { return n.Data == "input" && attr(n, "name") == name })
	if n == nil {
		p.b.t.Fatalf("%s has no field %s", p.path, name)
	}
	return attr(n, "value")
}

func walk(n *html.Node, disabled bool, visit func(n *html.Node, disabled bool)) {
	disabled = disabled || has(n, "disabled")
	visit(n, disabled)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, disabled, visit)
	}
}

func find1(n *html.Node, fits func(*html.Node) bool) (found *html.Node) {
	walk(n, false, func(n *html.Node, _ bool) {
		if found == nil && n.Type == html.ElementNode && fits(n) {
			found = n
		}
	})
	return found
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// noSecrets fails if a page showed one.
func (b *administrator) noSecrets(secrets ...string) {
	b.t.Helper()
	for path, body := range b.seen {
		for _, secret := range secrets {
			if secret != "" && strings.Contains(body, secret) {
				b.t.Errorf("%s shows a secret", path)
			}
		}
	}
}

// connectMicrosoft and connectRaynet do the first two steps.
func (b *administrator) connectMicrosoft(w *world) *page {
	b.t.Helper()
	return b.get("/setup/microsoft").submit("/setup/microsoft", url.Values{"microsoft.client_id": {w.info.ClientID},
		"microsoft.tenant_id": {w.info.TenantID}, "microsoft.client_secret": {w.info.ClientSecret}})
}

func (b *administrator) connectRaynet(w *world) *page {
	b.t.Helper()
	return b.get("/setup/raynet").submit("/setup/raynet", url.Values{"raynet.url": {"other"}, "other-url": {w.info.RaynetURL},
		"raynet.instance": {w.info.RaynetInstance}, "raynet.user": {w.info.RaynetUser}, "raynet.api_key": {w.info.RaynetAPIKey}})
}

func TestTheWholeSetUp(t *testing.T) {
	t.Parallel()
	for lang, says := range map[string]map[string]string{
		"cs": {"granted": "uděleno", "connected": "Microsoft 365 je připojený.", "mails": "Nikomu nepřijde žádný e-mail.", "done": "Hotovo.",
			"unknown": "Konec platnosti není znám", "forecast": "Potrvá to asi", "portal": "Udělit souhlas správce pro"},
		"en": {"granted": "granted", "connected": "Microsoft 365 is connected.", "mails": "Nobody will be e-mailed.", "done": "Done.",
			"unknown": "end", "forecast": "It takes about", "portal": "Grant admin consent for"},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 4, Mailboxes: 3})
			a := open(t, app.Options{Layers: w.layers(t.TempDir())})
			s := serve(t, a)
			b := firstAdministrator(t, a, s, lang)
			b.get("/").at("/setup/microsoft").want(http.StatusOK, says["portal"], "Raynet Outlook Sync", "Tasks.ReadWrite.All")
			p := b.connectMicrosoft(w).at("/setup/microsoft").want(http.StatusOK, says["connected"], says["unknown"])
			if n := strings.Count(p.text(), says["granted"]); n < 4 {
				t.Errorf("%d of the four permissions are shown as granted:\n%s", n, p.text())
			}
			b.get("/setup").at("/setup/raynet")
			b.connectRaynet(w).at("/setup/raynet").want(http.StatusOK, "Europe/Prague")

			p = b.get("/setup").at("/setup/users").want(http.StatusOK, w.Company.Users[0].Email, w.Company.Users[1].Email)
			p = p.submit("/setup/users", url.Values{"on": {w.Company.Users[0].Email, w.Company.Users[1].Email}, "next": {"1"}}).at("/setup/what")
			p = p.want(http.StatusOK).submit("/setup/what", url.Values{"sync.deletion_grace": {"1s"}, "sync.settle_horizon": {"1s"}, "list:sync.kinds": {"1"}, "sync.kinds": {"calendar", "tasks"}, "stay": {}})
			p = p.at("/setup/preview").settled().want(http.StatusOK, says["mails"], says["forecast"], w.Company.Users[0].Email)
			if len(w.Outlook.All(w.Company.Users[0].Email)) != 0 {
				t.Fatal("the preview wrote")
			}

			p = p.submit("/setup/pilot", url.Values{"pilot": {w.Company.Users[0].Email}}).settled().want(http.StatusOK, w.Company.Users[0].Email)
			if strings.Contains(p.text(), w.Company.Users[1].Email) {
				t.Errorf("the pilot's preview names somebody else:\n%s", p.text())
			}
			b.get("/setup/run").at("/") // nothing runs yet
			p = p.submit("/setup/keep", nil).at("/setup/run").settled().want(http.StatusOK, says["done"])
			if got := len(w.Outlook.All(w.Company.Users[0].Email)); got != 4 {
				t.Errorf("%d events in the pilot's calendar, want 4:\n%s", got, p.text())
			}
			if got := len(w.Outlook.All(w.Company.Users[1].Email)); got != 0 {
				t.Errorf("%d events in the calendar of somebody who is not in the pilot", got)
			}
			if mails := w.Outlook.Mails(); len(mails) > 0 {
				t.Errorf("mails: %v", mails)
			}
			b.get("/setup").at("/")
			b.noSecrets(w.info.ClientSecret, w.info.RaynetAPIKey)
		})
	}
}
