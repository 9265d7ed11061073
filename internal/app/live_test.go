package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// connected says in the environment how both services are reached, and nobody to synchronise.
func (w *world) connected(dir string, more ...string) config.Layers {
	return w.layers(dir, append([]string{
		"RAYNETSYNC_RAYNET_URL=" + w.info.RaynetURL, "RAYNETSYNC_RAYNET_INSTANCE=" + w.info.RaynetInstance, "RAYNETSYNC_RAYNET_USER=" + w.info.RaynetUser,
		"RAYNETSYNC_RAYNET_API_KEY=" + w.info.RaynetAPIKey, "RAYNETSYNC_MICROSOFT_TENANT_ID=" + w.info.TenantID,
		"RAYNETSYNC_MICROSOFT_CLIENT_ID=" + w.info.ClientID, "RAYNETSYNC_MICROSOFT_CLIENT_SECRET=" + w.info.ClientSecret,
		"RAYNETSYNC_SYNC_SETTLE_HORIZON=1s", "RAYNETSYNC_SYNC_DELETION_GRACE=1s", "RAYNETSYNC_SYNC_POLL_INTERVAL=1s",
	}, more...)...)
}

// keep saves settings as another process does.
func keep(t *testing.T, setup *admin.Setup, values map[string]string) {
	t.Helper()
	if err := setup.Edit(t.Context(), values); err != nil {
		t.Fatal(err)
	}
	if err := setup.Keep(t.Context(), "", admin.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
}

// A server that runs takes up what another process saves, and lets go of it again.
func TestSettingsOfAnotherProcessAreTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 7, Plain: true, Items: 2})
	dir := t.TempDir()
	a := open(t, app.Options{Layers: w.connected(dir)})
	s := serve(t, a)
	other := open(t, app.Options{Layers: w.connected(dir)}).Setup(nil)
	first := w.Company.Users[0].Email
	keep(t, other, map[string]string{"sync.users": first, "sync.kinds": "calendar"})
	s.until(t, "the calendar is filled", func() bool { return len(w.Outlook.All(first)) == 2 })
	keep(t, other, map[string]string{"sync.users": ""})
	s.until(t, "nobody is synchronised any more", func() bool {
		pairs, err := a.Store.Pairs(t.Context(), app.ConnectionName)
		return err == nil && len(pairs) == 1 && pairs[0].State == journal.PairPaused
	})
	if len(w.Outlook.All(first)) != 2 {
		t.Error("switching a user off touched what was there")
	}
}

// A wider window brings in what RAYNET has there at once, and not when a night has passed: nobody changed it, so no poll tells of it.
func TestAWiderWindowBringsInWhatLiesThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 7, Plain: true, Items: 2})
	dir := t.TempDir()
	a := open(t, app.Options{Layers: w.connected(dir)})
	s := serve(t, a)
	first := w.Company.Users[0].Email
	soon := time.Now().AddDate(0, 0, 1).Format(time.DateOnly) + "T10:00:00.000+01:00"
	if _, err := w.Raynet.CreateAs(first, "meeting", map[string]any{"title": "Už zítra", "status": "SCHEDULED", "scheduledFrom": soon, "scheduledTill": soon}); err != nil {
		t.Fatal(err)
	}
	setup := a.Setup(nil)
	keep(t, setup, map[string]string{"sync.users": first, "sync.kinds": "calendar", "sync.window_back_days": "0", "sync.window_forward_days": "2"})
	s.until(t, "the calendar is filled", func() bool { return find(w, "Už zítra") != nil })
	if len(w.Outlook.All(first)) == 3 {
		t.Error("what is beyond the window was copied")
	}
	tonight := journal.Cursor{Scope: fmt.Sprintf("aged/%d", pairs(t, a)[0]), At: time.Now(), Since: time.Now(), Complete: true}
	if err := a.Store.Commit(t.Context(), journal.Fence{}, journal.PutCursor{Cursor: tonight}); err != nil { // the passing of time was looked at
		t.Fatal(err)
	}
	keep(t, setup, map[string]string{"sync.window_back_days": "14", "sync.window_forward_days": "365"})
	s.until(t, "what lies in the wider window is there", func() bool { return len(w.Outlook.All(first)) == 3 })
}

// logs collects what a server says. It is safe for concurrent use.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *logs) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

func (l *logs) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

// Wrong settings change nothing of what runs, are told once, and can be put right.
func TestWrongSettingsChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 7, Plain: true, Items: 2})
	dir := t.TempDir()
	said := &logs{}
	a := open(t, app.Options{Layers: w.connected(dir), Log: slog.New(slog.NewTextHandler(said, nil))})
	first, second := w.Company.Users[0].Email, w.Company.Users[1].Email
	setup := a.Setup(nil)
	keep(t, setup, map[string]string{"sync.users": first, "sync.kinds": "calendar"})
	s := serve(t, a) // it takes up what was saved since it was opened
	s.until(t, "the calendar is filled", func() bool { return len(w.Outlook.All(first)) == 2 })
	if err := a.Store.PutSecret(t.Context(), "settings", []byte(`{"values":{"sync.users":"`+second+`","sync.kinds":"calendar","sync.window_back_days":"yesterday"}}`)); err != nil {
		t.Fatal(err)
	}
	s.until(t, "the mistake is told", func() bool { return said.has("saved settings were not taken up") && said.has("sync.window_back_days") })
	for _, meeting := range w.Raynet.All("meeting") {
		if id, _ := meeting["id"].(int64); meeting["title"] == w.Outlook.All(first)[0]["subject"] {
			if err := w.Raynet.EditAs(first, "meeting", id, map[string]any{"title": "Pořád běží"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.until(t, "the former settings still work", func() bool { return find(w, "Pořád běží") != nil })
	if len(w.Outlook.All(second)) != 0 {
		t.Error("settings with a mistake were taken up")
	}
	keep(t, setup, map[string]string{"sync.window_back_days": "14"})
	s.until(t, "the settings that were put right hold", func() bool { return len(w.Outlook.All(second)) == 2 })
}

// A server starts although what was saved is wrong, says so on its page, and works as soon as that is put right there.
func TestAServerStartsWithWrongSavedSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 7, Plain: true, Items: 2})
	dir := t.TempDir()
	first := w.Company.Users[0].Email
	before := open(t, app.Options{Layers: w.connected(dir)})
	if err := before.Store.PutSecret(t.Context(), "settings", []byte(`{"values":{"sync.users":"`+first+`","sync.kinds":"calendar","sync.preset":"standard","sync.window_back_days":"yesterday"}}`)); err != nil {
		t.Fatal(err)
	}
	a := open(t, app.Options{Layers: w.connected(dir)})
	if a.Incomplete == nil || a.Admin != nil {
		t.Fatalf("Incomplete = %v, want the mistake", a.Incomplete)
	}
	s := serve(t, a)
	b := firstAdministrator(t, a, s, "cs")
	b.get("/").at("/settings").want(http.StatusOK, "V uložených nastaveních je chyba", "yesterday")
	p := b.post("/settings", url.Values{"sync.window_back_days": {"14"}}).at("/settings/preview").settled()
	p.submit("/settings/keep", nil).settled().want(http.StatusOK, "Hotovo.")
	s.until(t, "the calendar is filled", func() bool { return len(w.Outlook.All(first)) == 2 })
	b.get("/").at("/")
}

// A preview is of exactly one draft, looks at those alone whom the draft concerns, and is kept or not kept as a whole.
func TestPreviewOfADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 7, Plain: true, Items: 2, Mailboxes: 3})
	a := open(t, app.Options{Layers: w.connected(t.TempDir())})
	setup := a.Setup(nil)
	ctx := t.Context()
	first, second := w.Company.Users[0].Email, w.Company.Users[1].Email
	preview := func() admin.Preview {
		t.Helper()
		out, err := setup.Preview(ctx, admin.SyncOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	edit := func(values map[string]string) {
		t.Helper()
		if err := setup.Edit(ctx, values); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, setup, map[string]string{"sync.users": first, "sync.kinds": "calendar"})

	edit(map[string]string{"sync.users": first + "," + second})
	one := preview()
	if one.Everyone || len(one.Users) != 1 || one.Users[0] != second || one.Report.Cycles[0].Steps.Create != 2 {
		t.Errorf("preview of one more user = %v of %v, %+v", one.Everyone, one.Users, one.Report.Cycles)
	}
	if again := preview(); again.Fingerprint != one.Fingerprint {
		t.Error("the same preview has another fingerprint")
	}
	edit(map[string]string{"sync.sweep_interval": "2h"}) // nothing else would be done, but the draft is another one
	if other := preview(); other.Fingerprint == one.Fingerprint || other.Mark == one.Mark {
		t.Error("the preview of another draft has the same fingerprint")
	}
	err := setup.Keep(ctx, one.Fingerprint, admin.SyncOptions{Users: one.Users})
	if err == nil || err.Error() != admin.FailurePlanChanged {
		t.Errorf("Keep of a former draft = %v", err)
	}

	edit(map[string]string{"sync.users": first})
	if none := preview(); none.Everyone || len(none.Users) != 0 || len(none.Report.Cycles) != 0 {
		t.Errorf("preview of a pace alone = %+v, want nobody", none)
	}
	edit(map[string]string{"sync.category": "CRM"})
	if all := preview(); !all.Everyone || len(all.Report.Cycles) != 1 || len(all.Report.Cycles[0].Users) != 1 {
		t.Errorf("preview of a rule = %+v, want everybody chosen", all)
	}

	// The person of a mailbox is another one: the plan is that person's.
	if err := setup.Discard(ctx); err != nil {
		t.Fatal(err)
	}
	if err := setup.Exception(ctx, first, admin.UserException{Raynet: second, Kinds: []record.Kind{record.Calendar}}); err != nil {
		t.Fatal(err)
	}
	changed := preview()
	if len(changed.Users) != 1 || changed.Users[0] != first {
		t.Errorf("preview of another person = %v", changed.Users)
	}
	if err := setup.Keep(ctx, changed.Fingerprint, admin.SyncOptions{Users: changed.Users}); err != nil {
		t.Errorf("Keep = %v", err)
	}
	if now, err := setup.Current(ctx); err != nil || len(now.Users) != 1 || now.Users[0].Raynet != second {
		t.Errorf("after Keep: %+v, %v", now.Users, err)
	}
	// Whom the settings do not name any more is not planned.
	report, err := a.Admin.Plan(ctx, admin.SyncOptions{})
	if err != nil || len(report.Cycles[0].Users) != 0 {
		t.Errorf("the plan of a program without users = %+v, %v", report.Cycles, err)
	}
}
