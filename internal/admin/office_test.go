package admin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/raynet"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// office is a company with both services, a clock that moves when told to, and an Admin of it.
type office struct {
	*admin.Admin
	t       *testing.T
	raynet  *raynetemu.Server
	outlook *outlookemu.Server
	people  []colleague
	rules   pair.Rules // of everybody; may be changed between calls

	mu  sync.Mutex
	now time.Time // guarded by mu
	ids atomic.Int64
	out atomic.Int64 // requests
}

type colleague struct {
	login, mailbox string
	person         int64
}

const officeZone = "Europe/Prague"

// newOffice makes an office with so many colleagues, all of them chosen and enrolled.
func newOffice(t *testing.T, colleagues int) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 10, 20, 7, 0, 0, 0, time.UTC), rules: pair.DefaultRules(record.Calendar)}
	sleep := func(_ context.Context, d time.Duration) { o.advance(d) }
	o.raynet = raynetemu.New(raynetemu.Options{Now: o.Clock, Sleep: sleep, Zone: officeZone, Instance: "sample", Seed: 7, KeepHistory: true})
	o.outlook = outlookemu.New(outlookemu.Options{Now: o.Clock, Sleep: sleep, Seed: 7, KeepHistory: true, TouchAfter: -1})
	for i, name := range []string{"Jana", "Petr", "Eva"}[:colleagues] {
		login := fmt.Sprintf("u%d@sample.example", i)
		person, _ := o.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", officeZone)
		mailbox := o.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name})
		o.people = append(o.people, colleague{login: login, person: person, mailbox: mailbox})
	}
	o.open(filepath.Join(t.TempDir(), "sync.db"))
	return o
}

// backup keeps the database as it is in a file, with which open goes on.
func (o *office) backup() (path string) {
	o.t.Helper()
	path = filepath.Join(o.t.TempDir(), "backup.db")
	_, err := o.Store.DB().ExecContext(o.t.Context(), "VACUUM INTO ?", path)
	o.must(err)
	return path
}

// open puts the product together.
func (o *office) open(database string) {
	t := o.t
	v := vault.NewFrom([]byte("office"))
	db, err := store.Open(t.Context(), store.Options{Path: database, Vault: v, Now: o.Clock, Synchronous: "OFF"})
	o.must(err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	settings := o.raynet.Options()
	raynetClient, err := raynet.New(raynet.Config{URL: "http://127.0.0.1/api/v2/", Instance: settings.Instance, User: settings.User,
		APIKey: settings.APIKey, Transport: o.network(o.raynet.Transport()), Now: o.Clock, Retries: -1, Reserve: -1})
	o.must(err)
	outlookClient, err := outlook.New(outlook.Config{GraphURL: "http://127.0.0.1/v1.0", AuthorityURL: "https://127.0.0.1/",
		TenantID: outlookemu.FakeTenant, ClientID: outlookemu.FakeClient, ClientSecret: outlookemu.FakeSecret,
		Transport: o.network(o.outlook.Transport()), Now: o.Clock, Retries: -1, Instance: "sample"})
	o.must(err)
	log := slog.New(slog.DiscardHandler)
	rules := func(journal.Pair) pair.Rules { return o.rules }
	conn := app.Connect(app.Parts{Name: "default", Tenant: outlookemu.FakeTenant, Store: db, Vault: v, Raynet: raynetClient,
		Outlook: outlookClient, Rules: rules, Now: o.Clock, Holder: "test", Log: log, NewID: o.newID, LeaseTTL: time.Hour})
	o.Admin = &admin.Admin{Connection: conn, Store: db, Raynet: raynetClient, Outlook: outlookClient, Now: o.Clock, NewID: o.newID, Log: log,
		Settings: admin.Settings{Users: []string{"*"}, Zone: officeZone, Kinds: []record.Kind{record.Calendar}, Rules: rules,
			RaynetURL: "http://127.0.0.1", TenantID: outlookemu.FakeTenant, ClientID: outlookemu.FakeClient},
		Requests: func() admin.Requests { return admin.Requests{Raynet: o.out.Load()} }}
}

// enrol makes the pairs of everybody.
func (o *office) enrol() *office {
	o.t.Helper()
	pairs, err := o.Enrol(o.t.Context())
	o.must(err)
	if len(pairs) != len(o.people) {
		o.t.Fatalf("%d pairs were made, want %d", len(pairs), len(o.people))
	}
	return o
}

func (o *office) Clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) newID() string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", o.ids.Add(1))
}

// network counts requests and lets a moment pass with each.
func (o *office) network(next http.RoundTripper) http.RoundTripper {
	return tripper(func(r *http.Request) (*http.Response, error) {
		o.out.Add(1)
		o.advance(time.Millisecond)
		return next.RoundTrip(r)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// meeting makes a RAYNET meeting of the first colleague, days from now, and returns its id.
func (o *office) meeting(title string, days int, more ...any) int64 {
	o.t.Helper()
	from := time.Date(2026, 10, 20+days, 10, 0, 0, 0, time.UTC)
	owner := o.people[0]
	body := map[string]any{"title": title, "priority": "DEFAULT", "status": "SCHEDULED", "owner": owner.person,
		"scheduledFrom": stamp(from), "scheduledTill": stamp(from.Add(time.Hour)),
		"participants": []any{map[string]any{"person": owner.person, "owner": true}}}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	id, err := o.raynet.CreateAs(owner.login, "meeting", body)
	o.must(err)
	return id
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-07:00") }

// event makes an Outlook event of the first colleague, with the category that offers it to RAYNET, and returns its id.
func (o *office) event(subject string, days int, more ...any) string {
	o.t.Helper()
	from := time.Date(2026, 10, 20+days, 12, 0, 0, 0, time.UTC)
	body := map[string]any{"subject": subject, "categories": []any{"RAYNET"},
		"start": map[string]any{"dateTime": from.Format("2006-01-02T15:04:05"), "timeZone": "UTC"},
		"end":   map[string]any{"dateTime": from.Add(time.Hour).Format("2006-01-02T15:04:05"), "timeZone": "UTC"}}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	made, err := o.outlook.CreateAs(o.people[0].mailbox, body)
	o.must(err)
	return made["id"].(string)
}

// editRaynet and editOutlook are edits by a person, a minute after whatever was before.
func (o *office) editRaynet(id int64, key string, value any) {
	o.t.Helper()
	o.advance(time.Minute)
	o.must(o.raynet.EditAs(o.people[0].login, "meeting", id, map[string]any{key: value}))
}

func (o *office) editOutlook(id, key string, value any) {
	o.t.Helper()
	o.advance(time.Minute)
	o.must(o.outlook.EditAs(o.people[0].mailbox, id, map[string]any{key: value}))
}

// title is what RAYNET shows, subject what the first colleague's mailbox shows; empty for what is not there.
func (o *office) title(id int64) string {
	a, _ := o.raynet.Get("meeting", id)
	text, _ := a["title"].(string)
	return text
}

func (o *office) subject(id string) string {
	e, _ := o.outlook.Get(o.people[0].mailbox, id)
	text, _ := e["subject"].(string)
	return text
}

// copyOf returns the id of the first colleague's event with this subject.
func (o *office) copyOf(subject string) string {
	o.t.Helper()
	id := ""
	for _, e := range o.outlook.All(o.people[0].mailbox) {
		if e["subject"] == subject {
			if id != "" {
				o.t.Fatalf("two events %q", subject)
			}
			id = e["id"].(string)
		}
	}
	if id == "" {
		o.t.Fatalf("no event %q", subject)
	}
	return id
}

// sync synchronises a minute later and fails the test if anything went wrong.
func (o *office) sync(sweep bool) admin.Cycle {
	o.t.Helper()
	o.advance(time.Minute)
	report, err := o.Sync(o.t.Context(), admin.SyncOptions{Sweep: sweep})
	o.must(err)
	return o.good(report)
}

func (o *office) plan(sweep bool) admin.Cycle {
	o.t.Helper()
	report, err := o.Plan(o.t.Context(), admin.SyncOptions{Sweep: sweep})
	o.must(err)
	return o.good(report)
}

// good returns the last cycle of a report in which nothing went wrong.
func (o *office) good(report admin.Report) admin.Cycle {
	o.t.Helper()
	for _, cycle := range report.Cycles {
		if len(cycle.Errors) > 0 || cycle.Mails != 0 || cycle.Waiting != 0 {
			o.t.Fatalf("a cycle went wrong: %+v", cycle)
		}
	}
	return report.Cycles[len(report.Cycles)-1]
}

// quiet synchronises until nothing is left to do and fails if that does not end.
func (o *office) quiet() {
	o.t.Helper()
	for range 4 {
		if c := o.sync(true); c.Steps == (admin.Steps{}) {
			return
		}
	}
	o.t.Fatal("still not in step after four cycles")
}

// contents is a digest of every row of every table.
func (o *office) contents() map[string]string {
	o.t.Helper()
	out := map[string]string{}
	db := o.Store.DB()
	for _, table := range o.column("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		rows, err := db.QueryContext(o.t.Context(), `SELECT * FROM "`+table+`"`)
		o.must(err)
		columns, err := rows.Columns()
		o.must(err)
		var lines [][]byte
		for rows.Next() {
			values := make([]sql.RawBytes, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			o.must(rows.Scan(into...))
			var line []byte
			for _, value := range values {
				line = append(append(line, value...), 0)
			}
			lines = append(lines, line)
		}
		o.must(rows.Err())
		o.must(rows.Close())
		slices.SortFunc(lines, bytes.Compare)
		sum := sha256.New()
		for _, line := range lines {
			sum.Write(line)
		}
		out[table] = fmt.Sprintf("%d rows %x", len(lines), sum.Sum(nil)[:8])
	}
	return out
}

func (o *office) column(query string) []string {
	o.t.Helper()
	rows, err := o.Store.DB().QueryContext(o.t.Context(), query)
	o.must(err)
	var out []string
	for rows.Next() {
		var text string
		o.must(rows.Scan(&text))
		out = append(out, text)
	}
	o.must(rows.Err())
	o.must(rows.Close())
	return out
}

func ref(id int64) string { return fmt.Sprintf("raynet:meeting/%d", id) }
