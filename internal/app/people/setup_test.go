// Package people_test clicks through the pages about people as browsers do: the whole server, over both emulators.
package people_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a condition may take on a busy machine.
const patience = 90 * time.Second

const goodPassword = "modrá tužka na stole"

// office is a running server, and the world that it keeps in step.
type office struct {
	t     *testing.T
	world *emulation.World
	info  emulation.Info
	app   *app.App
	url   string
	jobs  chan string
}

// newOffice starts a server whose settings say file, besides how to reach the services.
func newOffice(t *testing.T, file string) *office {
	t.Helper()
	world, err := emulation.New(emulation.Options{Seed: 5, Items: 3, Mailboxes: 2, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	running, err := world.Serve(context.WithoutCancel(t.Context()), emulation.ServeOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, world: world, info: running.Info, jobs: make(chan string, 10000)}
	o.open(file)
	o.serve()
	if _, err := o.app.Accounts.Audit(t.Context(), 0, 1); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) open(file string) {
	o.t.Helper()
	dir := o.t.TempDir()
	listen, err := stage.FreeAddress(o.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	text := fmt.Sprintf(`[raynet]
url = %q
instance = %q
user = %q
api_key = %q
[microsoft]
tenant_id = %q
client_id = %q
client_secret = %q
graph_url = %q
authority_url = %q
ca_file = %q
[server]
listen = %q
public_url = %q
data_dir = %q
%s
`, o.info.RaynetURL, o.info.RaynetInstance, o.info.RaynetUser, o.info.RaynetAPIKey, o.info.TenantID, o.info.ClientID, o.info.ClientSecret,
		o.info.GraphURL, o.info.AuthorityURL, o.info.CAFile, listen, "http://"+listen, dir, file)
	path := filepath.Join(dir, "raynetsync.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	opened, err := app.Open(o.t.Context(), app.Options{Layers: config.Layers{File: path}, Synchronous: "OFF", Ballast: -1})
	if err != nil {
		o.t.Fatal(err)
	}
	o.app = opened
	o.t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			o.t.Error(err)
		}
	})
}

func (o *office) serve() {
	o.t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(o.t.Context()))
	done, ready := make(chan error, 1), make(chan string, 1)
	go func() {
		done <- o.app.Serve(ctx, app.ServeOptions{Ready: func(url, _ string) { ready <- url }, Job: func(kind string, _ error) { o.jobs <- kind }})
	}()
	o.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			o.t.Errorf("Serve = %v", err)
		}
	})
	select {
	case o.url = <-ready:
	case err := <-done:
		done <- nil // for the end of the test
		o.t.Fatalf("the server does not start: %v", err)
	case <-time.After(patience):
		o.t.Fatal("the server does not get ready")
	}
}

// until waits for a condition, which is looked at whenever a job ended.
func (o *office) until(what string, met func() bool) {
	o.t.Helper()
	limit := time.After(patience)
	for !met() {
		select {
		case <-o.jobs:
		case <-limit:
			o.t.Fatalf("waited too long until %s", what)
		}
	}
}

// enrolled waits until both users are synchronised.
func (o *office) enrolled() {
	o.t.Helper()
	o.until("users are enrolled", func() bool {
		pairs, err := o.app.Store.Pairs(o.t.Context(), app.ConnectionName)
		return err == nil && len(pairs) == 2*len(record.Kinds())
	})
}

// mailbox is the address of one of the company's people.
func (o *office) mailbox(i int) string { return o.world.Company.Users[i].Email }

// person adds somebody with goodPassword.
func (o *office) person(name string, role account.Role) {
	o.t.Helper()
	token, err := o.app.Accounts.Add(o.t.Context(), account.Actor{}, account.Newcomer{Name: name, Role: role, Lang: "en"})
	if err == nil {
		_, err = o.app.Accounts.Claim(o.t.Context(), account.Claim{Token: token, Password: goodPassword})
	}
	if err != nil {
		o.t.Fatal(err)
	}
}

// browser keeps cookies and follows nothing by itself.
type browser struct {
	*office
	client *http.Client
}

func (o *office) browser() *browser {
	o.t.Helper()
	pem, err := os.ReadFile(o.info.CAFile)
	if err != nil {
		o.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &browser{office: o, client: &http.Client{Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer.
type page struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// send asks for a path of the site, or for a whole address; headers are "Name: value".
func (b *browser) send(method, path, body string, headers ...string) page {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.url + path
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{t: b.t, status: response.StatusCode, header: response.Header, body: html.UnescapeString(string(read))}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.send(http.MethodGet, path, "")
}

func (b *browser) post(path string, form url.Values) page {
	b.t.Helper()
	return b.send(http.MethodPost, path, form.Encode())
}

// signIn signs somebody in who has a password.
func (b *browser) signIn(name string) *browser {
	b.t.Helper()
	b.post("/sign-in", url.Values{"name": {name}, "password": {goodPassword}}).leads("/")
	return b
}

// microsoft signs somebody in there, and returns the last answer.
func (b *browser) microsoft(login string) page {
	b.t.Helper()
	there := b.get("/sign-in/microsoft").goes()
	choices := b.get(there)
	if login != "cancel" && !strings.Contains(choices.body, login) {
		b.t.Fatalf("Microsoft does not offer %s: %d %s", login, choices.status, choices.body)
	}
	return b.get(b.get(there + "&login=" + url.QueryEscape(login)).goes())
}

// goes returns where an answer sends on to.
func (p page) goes() string {
	p.t.Helper()
	if to := p.header.Get("Location"); to != "" {
		return to
	}
	p.t.Fatalf("answer %d leads nowhere: %s", p.status, p.text())
	return ""
}

// leads checks that the answer sends on to a path.
func (p page) leads(path string) page {
	p.t.Helper()
	if p.status != http.StatusSeeOther || p.header.Get("Location") != path {
		p.t.Fatalf("answer %d to %q, want 303 to %q: %s", p.status, p.header.Get("Location"), path, p.text())
	}
	return p
}

// shows checks the status and what can be read.
func (p page) shows(status int, texts ...string) page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("answer %d to %q, want %d: %s", p.status, p.header.Get("Location"), status, p.text())
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			p.t.Errorf("the page does not show %q: %s", text, p.text())
		}
	}
	return p
}

// hides checks what must not be there.
func (p page) hides(texts ...string) page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			p.t.Errorf("the page shows %q: %s", text, p.text())
		}
	}
	return p
}

// text is the main part of the page.
func (p page) text() string {
	if _, main, found := strings.Cut(p.body, "<main"); found {
		return strings.Join(strings.Fields(main), " ")
	}
	return p.body
}
