package app_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
)

// clerk is somebody with a browser and an account of a server.
type clerk struct {
	t      *testing.T
	url    string
	client *http.Client
}

// sheet is what the browser shows.
type sheet struct {
	c      *clerk
	status int
	path   string
	body   string // as it was sent
	text   string // as it is read
}

const clerkPassword = "čtyři koně a jeden vůz"

// hire makes an account and signs it in. The first one is the administrator's.
func hire(t *testing.T, a *app.App, address string, role account.Role) *clerk {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &clerk{t: t, url: address, client: &http.Client{Jar: jar, Transport: transport}}
	token, first, err := a.Accounts.FirstLink(t.Context())
	if err == nil && !first {
		token, err = a.Accounts.Add(t.Context(), account.Actor{Account: "alena"}, account.Newcomer{Name: string(role), Role: role, Lang: "en"})
	}
	if err != nil {
		t.Fatal(err)
	}
	c.post("/start/"+token, url.Values{"name": {"alena"}, "password": {clerkPassword}, "password-again": {clerkPassword}}).shows(http.StatusOK)
	return c
}

var (
	markup  = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)
	rawKey  = regexp.MustCompile(`\b(pages|web|help|reason|reason-change|rule|rule-change|state|state-change|event|field|kind|side|pair|why|how|cli|check|choice|choice-means|review|review-side|error|health|alert|audit|count|done|value)\.[a-z][a-z.-]+`)
	hidden  = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	nothing = regexp.MustCompile(`no value|%!|&lt;nil&gt;`)
)

func (c *clerk) do(method, path string, form url.Values) sheet {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := c.client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	s := sheet{c: c, status: response.StatusCode, path: response.Request.URL.RequestURI(), body: string(body)}
	s.text = strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(s.body, " "))), " ")
	if found := rawKey.FindString(s.text); found != "" && !strings.Contains(found, "example") {
		c.t.Errorf("%s shows the key %s", s.path, found)
	}
	if found := nothing.FindString(s.body); found != "" {
		c.t.Errorf("%s shows %q", s.path, found)
	}
	return s
}

func (c *clerk) get(path string) sheet {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil)
}

func (c *clerk) post(path string, form url.Values) sheet {
	c.t.Helper()
	return c.do(http.MethodPost, path, form)
}

// reads changes the language.
func (c *clerk) reads(lang string) {
	c.t.Helper()
	c.post("/language", url.Values{"lang": {lang}}).shows(http.StatusOK)
}

// shows wants a status and texts.
func (s sheet) shows(status int, texts ...string) sheet {
	s.c.t.Helper()
	if s.status != status {
		s.c.t.Fatalf("%s answers %d, want %d: %s", s.path, s.status, status, s.text)
	}
	for _, text := range texts {
		if !strings.Contains(s.text, text) {
			s.c.t.Errorf("%s does not show %q: %s", s.path, text, s.text)
		}
	}
	return s
}

// hides wants texts to be nowhere in the answer, as it was sent.
func (s sheet) hides(texts ...string) sheet {
	s.c.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.body, text) {
			s.c.t.Errorf("%s shows %q", s.path, text)
		}
	}
	return s
}

// form returns the hidden fields of the first form with an action that has all of some fields.
func (s sheet) form(action string, fields ...string) url.Values {
	s.c.t.Helper()
	for _, part := range strings.Split(s.body, "<form")[1:] {
		part, _, _ = strings.Cut(part, "</form>")
		if !strings.Contains(part, `action="`+action+`"`) {
			continue
		}
		out := url.Values{}
		for _, found := range hidden.FindAllStringSubmatch(part, -1) {
			out.Add(found[1], html.UnescapeString(found[2]))
		}
		if !slices.ContainsFunc(fields, func(field string) bool { return !out.Has(field) }) {
			return out
		}
	}
	s.c.t.Fatalf("%s has no form for %s with %v: %s", s.path, action, fields, s.text)
	return nil
}

// submit posts the form with an action.
func (s sheet) submit(action string, fields ...string) sheet {
	s.c.t.Helper()
	return s.c.post(action, s.form(action, fields...))
}

// settled reads a page until its work is over.
func (s sheet) settled() sheet {
	s.c.t.Helper()
	limit := time.Now().Add(patience)
	for strings.Contains(s.body, `http-equiv="refresh"`) {
		if time.Now().After(limit) {
			s.c.t.Fatalf("%s does not come to rest: %s", s.path, s.text)
		}
		s = s.c.get(s.path)
	}
	return s
}

var link = regexp.MustCompile(`href="(/[^"]*)"`)

// leads returns the first address on the page that begins in a way.
func (s sheet) leads(prefix string) string {
	s.c.t.Helper()
	for _, found := range link.FindAllStringSubmatch(s.body, -1) {
		if path := html.UnescapeString(found[1]); strings.HasPrefix(path, prefix) {
			return path
		}
	}
	s.c.t.Fatalf("%s leads nowhere at %s: %s", s.path, prefix, s.text)
	return ""
}

// bureau is a served company in which everyday things happened.
type bureau struct {
	*world
	*app.App
	asking         *app.App // another process
	user           string
	meeting        int64
	before, secret string
	address        string
}

// newBureau synchronises a company whose first user has a private event; sync are further variables of [sync].
func newBureau(t *testing.T, sync ...string) *bureau {
	t.Helper()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 3})
	dir := t.TempDir()
	variables := []string{"RAYNETSYNC_RAYNET_URL=" + w.info.RaynetURL, "RAYNETSYNC_RAYNET_INSTANCE=" + w.info.RaynetInstance,
		"RAYNETSYNC_RAYNET_USER=" + w.info.RaynetUser, "RAYNETSYNC_RAYNET_API_KEY=" + w.info.RaynetAPIKey,
		"RAYNETSYNC_MICROSOFT_TENANT_ID=" + w.info.TenantID, "RAYNETSYNC_MICROSOFT_CLIENT_ID=" + w.info.ClientID,
		"RAYNETSYNC_MICROSOFT_CLIENT_SECRET=" + w.info.ClientSecret, "RAYNETSYNC_SYNC_USERS=*", "RAYNETSYNC_SYNC_POLL_INTERVAL=1h"}
	for _, one := range sync {
		variables = append(variables, "RAYNETSYNC_SYNC_"+one)
	}
	a := open(t, app.Options{Layers: w.layers(dir, variables...), LeaseTTL: 20 * time.Second})
	s := serve(t, a)
	asking := open(t, app.Options{Layers: w.layers(dir, variables...), LeaseTTL: 20 * time.Second})
	b := &bureau{world: w, App: a, asking: asking, user: w.Company.Users[0].Email, secret: "Tajná schůzka", address: s.url}
	moment := func(at time.Time) map[string]any {
		return map[string]any{"dateTime": at.UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
	}
	tomorrow := time.Now().Add(24 * time.Hour).Truncate(time.Hour)
	_, err := w.Outlook.CreateAs(b.user, map[string]any{"subject": b.secret, "sensitivity": "private", "categories": []any{"RAYNET"},
		"start": moment(tomorrow), "end": moment(tomorrow.Add(time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	b.carry(t)
	meeting := w.Raynet.All("meeting")[0]
	b.meeting, _ = meeting["id"].(int64)
	b.before, _ = meeting["title"].(string)
	return b
}

// carry lets the server synchronise everybody.
func (b *bureau) carry(t *testing.T) {
	t.Helper()
	if _, err := b.asking.Sync(t.Context(), admin.SyncOptions{Sweep: true}); err != nil {
		t.Fatal(err)
	}
}

// title gives the first meeting another title in RAYNET.
func (b *bureau) title(t *testing.T, title string) {
	t.Helper()
	if err := b.Raynet.EditAs(b.user, "meeting", b.meeting, map[string]any{"title": title}); err != nil {
		t.Fatal(err)
	}
}

const script = `Smlouva <script>alert(1)</script> & "ano"`

func TestEverydayPagesInBothLanguages(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.title(t, script)
	b.carry(t)
	c := hire(t, b.App, b.address, account.Administrator)
	ref := fmt.Sprintf("raynet:meeting/%d", b.meeting)
	for lang, want := range map[string]map[string]string{
		"cs": {"/items": "Najděte kterýkoli záznam", "/review": "Na rozhodnutí nic nečeká.", "/health": "Kontrola spojení", "/sync": "Synchronizovat teď",
			"/help": "Co nikdy neděláme", "/journal": "upraveno", "/items?state=linked": "propojeno", "/items?state=aside&titles=1": "soukromý", "/": "Synchronizovat teď"},
		"en": {"/items": "Find any RAYNET record", "/review": "Nothing waits for a decision.", "/health": "Check of the connection", "/sync": "Synchronise now",
			"/help": "What we never do", "/journal": "updated", "/items?state=linked": "linked", "/items?state=aside&titles=1": "private", "/": "Synchronise now"},
	} {
		c.reads(lang)
		for path, text := range want {
			c.get(path).shows(http.StatusOK, text).hides(b.secret, "<script>alert")
		}
		c.get("/items/record?ref="+url.QueryEscape(ref)+"&titles=1").shows(http.StatusOK, script, b.user, b.before).hides("<script>alert")
		c.get("/items/"+ref).shows(http.StatusOK, ref)
		c.get("/items?text="+url.QueryEscape(fmt.Sprintf("meeting/%d", b.meeting))).shows(http.StatusOK, ref)
		c.get("/items?titles=1&user="+url.QueryEscape(b.user)).shows(http.StatusOK, script).hides(b.secret, "<script>alert")
		c.get("/items?text=smlouva").shows(http.StatusOK, script).hides("<script>alert")
		c.get("/items?text=").shows(http.StatusUnprocessableEntity)
		c.get("/items?user=nobody@example.cz").shows(http.StatusUnprocessableEntity, "nobody@example.cz")
		c.get("/items/record?ref=nonsense").shows(http.StatusUnprocessableEntity, "nonsense")
		c.get("/journal?user=nobody@example.cz").shows(http.StatusUnprocessableEntity, "nobody@example.cz")
		c.get("/journal?till=2020-01-01").shows(http.StatusOK).hides(b.before)
		c.get("/journal?from=2020-01-01&ref="+url.QueryEscape(ref)).shows(http.StatusOK, b.before)
		c.get("/review/1-nothing").shows(http.StatusUnprocessableEntity)
		c.get("/review?user=nobody@example.cz").shows(http.StatusUnprocessableEntity, "nobody@example.cz")
	}
	v := hire(t, b.App, b.address, account.Viewer)
	v.get("/users/"+b.user).shows(http.StatusOK, b.user).hides("/pause", `action="/sync"`, `name="zone"`)
	for _, markup := range []string{"/users/" + b.user + "/pause", `action="/sync"`, `name="zone"`} {
		if body := c.get("/users/" + b.user).body; !strings.Contains(body, markup) {
			t.Errorf("an administrator's page of a user lacks %s", markup)
		}
	}
	c.reads("en")
	private, _ := find(b.world, b.secret)["id"].(string)
	secret := url.QueryEscape("outlook:event/" + private)
	c.get("/items/record?titles=1&ref="+secret).shows(http.StatusOK, "left out", "It is marked as private").hides(b.secret)
	c.get("/journal?ref="+secret).shows(http.StatusOK, "There is nothing of the kind").hides(b.secret)
	page := c.get("/items/record?ref=" + url.QueryEscape(ref))
	if !strings.Contains(page.body, "ei="+fmt.Sprint(b.meeting)) {
		t.Error("the record's page does not lead to RAYNET")
	}
}

func TestRestoreThroughThePages(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.title(t, "Nový název")
	b.carry(t)
	c := hire(t, b.App, b.address, account.Administrator)
	ref := url.QueryEscape(fmt.Sprintf("raynet:meeting/%d", b.meeting))
	look := c.get("/journal?ref="+ref).submit("/restore/look", "entry").settled()
	look.shows(http.StatusOK, "Nový název", b.before, "Nobody will be e-mailed.")
	if find(b.world, "Nový název") == nil {
		t.Error("looking put the value back")
	}
	done := look.submit("/restore", "look").settled().shows(http.StatusOK, "Put back.", b.before)
	if find(b.world, "Nový název") != nil || now(t, b.world, b.meeting) != b.before {
		t.Errorf("RAYNET shows %q, want %q on both sides", now(t, b.world, b.meeting), b.before)
	}
	c.post("/restore", look.form("/restore", "look")).shows(http.StatusConflict, "look again")

	// The whole run, which asks for the password: it was given a moment ago, when the account began.
	run := done.submit("/restore/look", "run").settled().shows(http.StatusOK, "Nový název")
	run.c.post("/restore", run.form("/restore/run", "look")).shows(http.StatusBadRequest)
	run.submit("/restore/run", "look").settled().shows(http.StatusOK, "Put back.")
	if now(t, b.world, b.meeting) != "Nový název" {
		t.Errorf("RAYNET shows %q, want the restore taken back", now(t, b.world, b.meeting))
	}
	c.post("/restore/look", url.Values{"entry": {"4711000"}}).settled().shows(http.StatusOK, "4711000")
}

func TestDecideThroughThePages(t *testing.T) {
	t.Parallel()
	b := newBureau(t, "CLASH_CALENDAR=ask")
	event, _ := find(b.world, b.before)["id"].(string)
	b.title(t, script+" R")
	if err := b.Outlook.EditAs(b.user, event, map[string]any{"subject": script + " O"}); err != nil {
		t.Fatal(err)
	}
	b.carry(t)
	c := hire(t, b.App, b.address, account.Administrator)
	list := c.get("/review").shows(http.StatusOK, "Both sides changed the same", "Review 1")
	path := list.leads("/review/")
	item := c.get(path).shows(http.StatusOK, script+" R", script+" O", "Take Outlook's values").hides("<script>alert")
	c.reads("cs")
	c.get(path).shows(http.StatusOK, "Vzít hodnoty z Outlooku").hides("<script>alert")
	c.reads("en")
	query := item.form(path + "/look")
	c.get(path+"/look?"+query.Encode()).shows(http.StatusUnprocessableEntity, "Choose one of the decisions.")
	query.Set("choice", "outlook")
	look := c.get(path+"/look?"+query.Encode()).shows(http.StatusOK, "Nobody will be e-mailed.", script+" O").hides("<script>alert")
	if now(t, b.world, b.meeting) != script+" R" {
		t.Error("looking wrote something")
	}

	b.title(t, "Mezitím") // somebody writes before the decision is carried out
	look.submit(path).settled().shows(http.StatusUnprocessableEntity, "is not any more as you saw it", "Mezitím")
	query.Set("seen", c.get(path).form(path+"/look").Get("seen"))
	done := c.get(path+"/look?"+query.Encode()).submit(path).settled().shows(http.StatusOK, "Decided.")
	if got := now(t, b.world, b.meeting); got != script+" O" {
		t.Errorf("RAYNET shows %q, want Outlook's value", got)
	}
	done.submit("/review/undo", "run").settled().shows(http.StatusOK, "Taken back.")
	if got := now(t, b.world, b.meeting); got != "Mezitím" {
		t.Errorf("RAYNET shows %q, want the value that had lost", got)
	}
	c.get("/review").shows(http.StatusOK, "Both sides changed the same")
}

func TestWhatAGuardStoppedIsSeenAndApproved(t *testing.T) {
	t.Parallel()
	b := newBureau(t, "MAX_CHANGED_FREE=1", "MAX_CHANGED_PERCENT=10")
	for _, meeting := range b.Raynet.All("meeting") {
		id, _ := meeting["id"].(int64)
		if err := b.Raynet.EditAs(b.user, "meeting", id, map[string]any{"title": "Jinak"}); err != nil {
			t.Fatal(err)
		}
	}
	b.carry(t)
	c := hire(t, b.App, b.address, account.Administrator)
	path := c.get("/review").shows(http.StatusOK, "The synchronisation was stopped").leads("/review/p")
	query := c.get(path).shows(http.StatusOK, b.before, "Jinak", "Do exactly this").form(path + "/look")
	query.Set("choice", "approve")
	look := c.get(path+"/look?"+query.Encode()).shows(http.StatusOK, "You are asked for your password")
	c.post(path, look.form(path+"/approve")).shows(http.StatusBadRequest)
	look.submit(path+"/approve").settled().shows(http.StatusOK, "Decided.")
	if find(b.world, "Jinak") == nil {
		t.Error("what was approved was not done")
	}
}

func TestSyncAndHealthThroughThePages(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	c := hire(t, b.App, b.address, account.Administrator)
	b.title(t, "Nový název")
	c.get("/").submit("/sync").settled().shows(http.StatusOK, "1 update", "Nobody was e-mailed.", b.user)
	if find(b.world, "Nový název") == nil {
		t.Error("the synchronisation carried nothing")
	}
	c.get("/sync").submit("/sync").settled().shows(http.StatusOK, "There was nothing to do")
	c.get("/health").submit("/health/check").settled().shows(http.StatusOK, "Client secret", "right")
	c.reads("cs")
	c.get("/health").shows(http.StatusOK, "v pořádku", "drží vše v souladu")
}

func TestRolesOfTheEverydayPages(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.title(t, "Nový název")
	b.carry(t)
	chief := hire(t, b.App, b.address, account.Administrator)
	chief.reads("en")
	viewer, operator := hire(t, b.App, b.address, account.Viewer), hire(t, b.App, b.address, account.Operator)
	for _, path := range []string{"/", "/items", "/journal", "/review", "/sync", "/health"} {
		page := viewer.get(path).shows(http.StatusOK)
		if strings.Contains(page.body, `action="/restore`) || strings.Contains(page.body, `action="/sync"`) || strings.Contains(page.body, `action="/health/check"`) {
			t.Errorf("%s offers a viewer what only operators may do", path)
		}
	}
	for _, path := range []string{"/restore/look", "/restore", "/restore/run", "/review/1-x", "/review/1-x/approve", "/review/undo", "/sync", "/health/check",
		"/health/test", "/users/" + b.user + "/pause", "/users/" + b.user + "/resume"} {
		viewer.post(path, nil).shows(http.StatusForbidden)
	}
	operator.get("/journal").submit("/restore/look", "entry").settled().shows(http.StatusOK, "Nobody will be e-mailed.")
	operator.post("/users/"+b.user+"/pause", url.Values{"kind": {"calendar"}}).shows(http.StatusOK, "The synchronisation of the user is paused.")
	status, err := b.App.Admin.Status(t.Context())
	if err != nil || !slices.ContainsFunc(status.Users, func(u admin.UserStatus) bool { return u.User == b.user && u.State == "paused" }) {
		t.Errorf("nobody is paused: %+v, %v", status.Users, err)
	}
	chief.get("/users/"+b.user).submit("/users/"+b.user+"/resume").shows(http.StatusOK, "The synchronisation of the user goes on.", "Pause the synchronisation")
	chief.get("/users/"+b.user).submit("/sync", "user").settled().shows(http.StatusOK, "Done")
	operator.post("/users/"+b.user+"/pause", nil)
	operator.post("/users/"+b.user+"/resume", nil).shows(http.StatusOK)
	operator.post("/users/"+b.user+"/resume", nil).shows(http.StatusUnprocessableEntity)
	lines, err := b.Accounts.Audit(t.Context(), 0, 100)
	for _, code := range []account.Code{"user-paused", "user-resumed"} {
		if !slices.ContainsFunc(lines, func(line account.Line) bool { return line.Code == code && line.Account == "operator" }) {
			t.Errorf("the audit does not tell of %s: %v", code, errors.Join(err))
		}
	}
}
