package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

func TestServerCarriesEditsOfBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 6})
	a := open(t, app.Options{Config: w.settings(t, t.TempDir(), `poll_interval = "1s"`, `sweep_interval = "1s"`)})
	s := serve(t, a)
	mailbox := w.Company.Users[0].Email
	s.until(t, "both calendars are filled", func() bool {
		return len(w.Outlook.All(mailbox)) == 6 && len(w.Outlook.All(w.Company.Users[1].Email)) == 6
	})
	if code, body := get(t, s.url+"/healthz"); code != http.StatusOK || !strings.Contains(body, `"ok"`) {
		t.Errorf("/healthz = %d %s", code, body)
	}
	if code, body := get(t, s.url+"/readyz"); code != http.StatusOK || !strings.Contains(body, `"pairs":6`) {
		t.Errorf("/readyz = %d %s", code, body)
	}

	meeting := w.Raynet.All("meeting")[0]
	id, _ := meeting["id"].(int64)
	if err := w.Raynet.EditAs(w.Company.Users[0].Email, "meeting", id, map[string]any{"title": "Nový název z RAYNETu"}); err != nil {
		t.Fatal(err)
	}
	s.until(t, "the new title is in Outlook", func() bool { return find(w, "Nový název z RAYNETu") != nil })

	event := w.Outlook.All(mailbox)[0]
	eventID, _ := event["id"].(string)
	if err := w.Outlook.EditAs(mailbox, eventID, map[string]any{"subject": "Nový název z Outlooku"}); err != nil {
		t.Fatal(err)
	}
	s.until(t, "the new subject is in RAYNET", func() bool {
		for _, meeting := range w.Raynet.All("meeting") {
			if meeting["title"] == "Nový název z Outlooku" {
				return true
			}
		}
		return false
	})
	s.end(t)
	if _, err := http.Get(s.url + "/healthz"); err == nil { //nolint:noctx // it must be refused at once
		t.Error("the server still answers after it stopped")
	}
	for _, p := range pairs(t, a) {
		if n, err := a.Store.IntentCount(t.Context(), p); err != nil || n > 0 {
			t.Errorf("open intents of pair %d = %d, %v; want none after a clean stop", p, n, err)
		}
	}
}

func find(w *world, subject string) map[string]any {
	for _, user := range w.Company.Users {
		for _, event := range w.Outlook.All(user.Email) {
			if event["subject"] == subject {
				return event
			}
		}
	}
	return nil
}

func pairs(t *testing.T, a *app.App) []int64 {
	t.Helper()
	all, err := a.Store.Pairs(t.Context(), app.ConnectionName)
	if err != nil || len(all) == 0 {
		t.Fatalf("pairs = %v, %v", all, err)
	}
	var ids []int64
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	return ids
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestOneServerPerDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 5})
	dir := t.TempDir()
	first := open(t, app.Options{Config: w.settings(t, dir, `poll_interval = "1h"`), LeaseTTL: 20 * time.Second})
	s := serve(t, first)
	second := open(t, app.Options{Config: w.settings(t, dir, `poll_interval = "1h"`), LeaseTTL: 20 * time.Second})

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it must give up by itself, soon after the first one renews
	defer cancel()
	err := second.Serve(ctx, app.ServeOptions{})
	running, ok := errors.AsType[*app.RunningError](err)
	if !ok || running.Holder != first.Connection.Holder {
		t.Fatalf("second Serve = %v, want a RunningError that names %s", err, first.Connection.Holder)
	}

	report, err := second.Sync(t.Context(), admin.SyncOptions{Sweep: true})
	if err != nil {
		t.Fatal(err)
	}
	if requests := second.Admin.Requests(); requests != (admin.Requests{}) {
		t.Errorf("the asking process made requests itself: %+v", requests)
	}
	if report.Cycles[0].Run == "" || len(report.Cycles[0].Errors) > 0 {
		t.Errorf("report = %+v", report.Cycles[0])
	}
	for _, user := range w.Company.Users {
		if n := len(w.Outlook.All(user.Email)); n != 5 {
			t.Errorf("%s has %d events, want 5: nothing twice", user.Email, n)
		}
	}
	if _, err := second.Sync(t.Context(), admin.SyncOptions{Users: []string{"nobody@example.cz"}}); err == nil {
		t.Error("a synchronisation of nobody succeeded")
	}
	s.end(t)
	if _, err := second.Sync(t.Context(), admin.SyncOptions{}); err != nil {
		t.Errorf("Sync without a server = %v", err)
	}
	if second.Admin.Requests() == (admin.Requests{}) {
		t.Error("without a server the process made no requests")
	}
}

// What a running server wrote is taken back by that server, whoever asks for it.
func TestRestoreIsHandedToTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 5})
	dir := t.TempDir()
	s := serve(t, open(t, app.Options{Config: w.settings(t, dir, `poll_interval = "1h"`), LeaseTTL: 20 * time.Second}))
	asking := open(t, app.Options{Config: w.settings(t, dir, `poll_interval = "1h"`), LeaseTTL: 20 * time.Second})
	report, err := asking.Sync(t.Context(), admin.SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	meeting := w.Raynet.All("meeting")[0]
	id, _ := meeting["id"].(int64)
	before, _ := meeting["title"].(string)
	if err := w.Raynet.EditAs(w.Company.Users[0].Email, "meeting", id, map[string]any{"title": "Jiný název"}); err != nil {
		t.Fatal(err)
	}
	if report, err = asking.Sync(t.Context(), admin.SyncOptions{}); err != nil || report.Cycles[0].Steps.Update == 0 {
		t.Fatalf("Sync = %+v, %v; want an update", report, err)
	}

	restored, err := asking.Restore(t.Context(), admin.RestoreWhat{Run: report.Cycles[0].Run}, false)
	if err != nil {
		t.Fatal(err)
	}
	if requests := asking.Admin.Requests(); requests != (admin.Requests{}) {
		t.Errorf("the asking process made requests itself: %+v", requests)
	}
	if cycle := restored.Cycles[0]; cycle.Steps.Update == 0 || len(cycle.Planned) == 0 || len(cycle.Errors) > 0 {
		t.Errorf("report = %+v, want the updates and what they were", cycle)
	}
	for _, step := range restored.Cycles[0].Planned {
		if step.Title != "" || step.When != "" || len(step.Changes) > 0 || step.Raynet == "" {
			t.Errorf("step = %+v, want which record it was and none of its values", step)
		}
	}
	if find(w, "Jiný název") != nil || find(w, before) == nil {
		t.Errorf("Outlook does not show %q again", before)
	}

	_, err = asking.Restore(t.Context(), admin.RestoreWhat{Run: "no such run"}, false)
	if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != admin.FailureRun {
		t.Errorf("Restore of no run = %v, want a Failure that says so", err)
	}
	s.end(t)
}

// A decision is carried out by the server that runs, whoever asks for it; so is its refusal told, and so is it taken back.
func TestDecisionsAreHandedToTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 2})
	dir := t.TempDir()
	lines := []string{`poll_interval = "1h"`, `clash_calendar = "ask"`}
	s := serve(t, open(t, app.Options{Config: w.settings(t, dir, lines...), LeaseTTL: 20 * time.Second}))
	asking := open(t, app.Options{Config: w.settings(t, dir, lines...), LeaseTTL: 20 * time.Second})
	if _, err := asking.Sync(t.Context(), admin.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	meeting := w.Raynet.All("meeting")[0]
	id, _ := meeting["id"].(int64)
	before, _ := meeting["title"].(string)
	user := w.Company.Users[0].Email
	event, _ := find(w, before)["id"].(string)
	if err := errors.Join(w.Raynet.EditAs(user, "meeting", id, map[string]any{"title": "Z RAYNETu"}),
		w.Outlook.EditAs(user, event, map[string]any{"subject": "Z Outlooku"})); err != nil {
		t.Fatal(err)
	}
	if _, err := asking.Sync(t.Context(), admin.SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	items, _, err := asking.Admin.Reviews(t.Context(), admin.ReviewOptions{})
	if err != nil || len(items) != 1 || items[0].What != admin.ReviewClash {
		t.Fatalf("Reviews = %+v, %v; want one clash", items, err)
	}
	asked := asking.Admin.Requests()

	d := admin.Decision{ID: items[0].ID, Seen: "as it was yesterday", Choice: admin.ChoiceOutlook, By: "alena"}
	_, err = asking.Decide(t.Context(), d, false)
	if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != admin.FailureChanged || failure.Args["ID"] != d.ID {
		t.Errorf("Decide = %v, want the server's refusal", err)
	}
	d.Seen = items[0].Seen
	report, err := asking.Decide(t.Context(), d, false)
	if err != nil {
		t.Fatal(err)
	}
	if cycle := report.Cycles[0]; cycle.Run == "" || cycle.Steps.Update != 1 || len(cycle.Planned) != 1 || cycle.Planned[0].Title != "" || cycle.Planned[0].Changes != nil {
		t.Errorf("report = %+v, want one update, told without values", cycle)
	}
	if title := now(t, w, id); title != "Z Outlooku" {
		t.Errorf("RAYNET shows %q, want Outlook's value", title)
	}
	if _, err := asking.Undo(t.Context(), report.Cycles[0].Run, "alena"); err != nil {
		t.Fatal(err)
	}
	if title := now(t, w, id); title != "Z RAYNETu" {
		t.Errorf("RAYNET shows %q, want the value that had lost", title)
	}
	if _, err := asking.Pause(t.Context(), user, []record.Kind{record.Calendar}, "alena"); err != nil {
		t.Fatal(err)
	}
	if _, err := asking.Resume(t.Context(), user, []record.Kind{record.Tasks}, "alena"); err == nil {
		t.Error("Resume of what nobody paused succeeded")
	}
	if _, err := asking.Resume(t.Context(), user, nil, "alena"); err != nil {
		t.Error(err)
	}
	if requests := asking.Admin.Requests(); requests != asked {
		t.Errorf("the asking process made requests itself: %+v, before %+v", requests, asked)
	}
	s.end(t)
}

// now is the title that RAYNET shows of a meeting.
func now(t *testing.T, w *world, id int64) string {
	t.Helper()
	meeting, _ := w.Raynet.Get("meeting", id)
	title, _ := meeting["title"].(string)
	return title
}

func TestServerTakesOverFromADeadOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	dir := filepath.Join(t.TempDir(), "data")
	a := open(t, app.Options{Config: w.settings(t, dir), LeaseTTL: 20 * time.Second})
	if _, err := a.Store.Acquire(t.Context(), "server/default", "a process that was killed", time.Second); err != nil {
		t.Fatal(err)
	}
	s := serve(t, a)
	s.until(t, "users are enrolled", func() bool {
		all, err := a.Store.Pairs(t.Context(), app.ConnectionName)
		return err == nil && len(all) == 2*len(record.Kinds())
	})
}

// A server that stood still until another one took its place may still hold leases that the other one has not come to yet. It changes
// nothing under those either.
func TestAServerInWhosePlaceIsAnotherChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	a := open(t, app.Options{Config: w.settings(t, t.TempDir()), LeaseTTL: time.Hour}) // it does not look by itself meanwhile
	s := serve(t, a)
	err := a.Connection.Hold(t.Context(), "pair/1000", func(ctx context.Context, _ journal.Fence) error {
		if err := remote.Held(ctx); err != nil {
			t.Errorf("the only server: %v", err)
		}
		if err := a.Store.Renew(ctx, journal.Fence{Lease: "server/default", Number: 1}, -time.Second); err != nil { // it runs out
			t.Fatal(err)
		}
		if _, err := a.Store.Acquire(ctx, "server/default", "another server", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := remote.Held(ctx); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("with another server in its place: %v, want ErrFenced", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	s.end(t)
}

// A synchronisation by hand that another process overtakes says so, and not that something was cancelled.
func TestASynchronisationThatIsOvertakenSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 8, Plain: true, Items: 20, Latency: 40 * time.Millisecond})
	a := open(t, app.Options{Config: w.settings(t, t.TempDir()), LeaseTTL: 200 * time.Millisecond})
	var taken atomic.Bool
	_, err := a.Sync(t.Context(), admin.SyncOptions{Progress: func(string, record.Kind, int, int) {
		if taken.Swap(true) {
			return
		}
		held := store.ErrHeld
		for errors.Is(held, store.ErrHeld) { // it may be renewed in between
			if err := a.Store.Renew(t.Context(), journal.Fence{Lease: "server/default", Number: 1}, -time.Second); err != nil { // it runs out
				t.Error(err)
			}
			_, held = a.Store.Acquire(t.Context(), "server/default", "another server", time.Minute)
		}
		if held != nil {
			t.Error(held)
		}
	}})
	if !taken.Load() || !errors.Is(err, journal.ErrFenced) {
		t.Errorf("Sync = %v (taken %t), want that another process has taken over", err, taken.Load())
	}
}

func TestServeSaysThatItsAddressIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 1})
	s := serve(t, open(t, app.Options{Config: w.settings(t, t.TempDir())}))
	c := w.settings(t, t.TempDir())
	c.Server.Listen = strings.TrimPrefix(s.url, "http://")
	err := open(t, app.Options{Config: c}).Serve(context.WithoutCancel(t.Context()), app.ServeOptions{})
	if err == nil || !strings.Contains(err.Error(), "server.listen") {
		t.Errorf("Serve = %v, want an error that names server.listen", err)
	}
}
