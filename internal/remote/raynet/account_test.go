package raynet_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Zone: "Europe/Bratislava"}, nil)
	account, err := w.client.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := raynet.Account{
		UserName: "sync@example.cz", AccountID: account.AccountID, PersonID: account.PersonID, Zone: "Europe/Bratislava",
		Role: "ADMIN", Sees: account.Sees, InstanceID: w.server.Options().InstanceID,
	}
	if account != want || account.AccountID == "" || account.PersonID == "" || account.Sees == "" {
		t.Errorf("got %+v, want %+v", account, want)
	}
}

// An older RAYNET has no /security/info; a restricted key may read neither accounts nor itself.
func TestAccountOfOlderAndNarrowerRaynets(t *testing.T) {
	t.Parallel()
	detail := `{"success":"true","data":{"id":12,"username":"Sync@example.cz","person":null,"userRole":"READONLY","timezone":"MARS_OLYMPUS"}}`
	tests := []struct {
		name    string
		info    int
		list    int
		want    raynet.Account
		wantErr remote.ErrorKind
	}{
		{"older", 404, 200, raynet.Account{UserName: "sync@example.cz", AccountID: "12", Role: "READONLY"}, ""},
		{"narrow", 403, 403, raynet.Account{UserName: "sync@example.cz"}, ""},
		{"refused", 401, 200, raynet.Account{UserName: "sync@example.cz"}, remote.Unauthorized},
		{"down", 503, 200, raynet.Account{UserName: "sync@example.cz"}, remote.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := bare(t, func(r *http.Request) (int, string) {
				switch {
				case strings.Contains(r.URL.Path, "security/"):
					return test.info, `{"message":"x"}`
				case strings.HasSuffix(r.URL.Path, "/userAccount/"):
					return test.list, `{"success":true,"totalCount":1,"data":[{"id":12,"username":"Sync@example.cz"}]}`
				}
				return 200, detail
			})
			got, err := client.Account(t.Context())
			if (got.Sees != "") != (got.Role != "") {
				t.Errorf("role %q, but sees %q", got.Role, got.Sees)
			}
			got.Sees = ""
			if got != test.want || (err != nil) != (test.wantErr != "") || (err != nil && asRemote(t, err).Kind != test.wantErr) {
				t.Errorf("got %+v, %v, want %+v, %s", got, err, test.want, test.wantErr)
			}
		})
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	users, err := w.client.Users(t.Context())
	if err != nil || len(users) != 3 { // the API user is one of them
		t.Fatalf("%+v, %v", users, err)
	}
	for _, user := range users {
		if user.PersonID != fmt.Sprint(w.jana) {
			continue
		}
		if user.UserName != jana || fmt.Sprint(user.Addresses) != "["+jana+"]" || user.Name != "Jana Nová" || !user.Valid || user.AccountID == "" {
			t.Errorf("%+v", user)
		}
		return
	}
	t.Errorf("Jana is missing: %+v", users)
}

func TestUsersOfAKeyWithoutAccounts(t *testing.T) {
	t.Parallel()
	client := bare(t, func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/userAccount/") {
			return 403, `{"message":"AttributeAccessDeniedException"}`
		}
		return 200, `{"success":true,"totalCount":2,"data":[
			{"id":5,"firstName":"Jana","lastName":"Nová","activeUserAccount":true,"contactInfo":{"email":"Jana@example.cz","email2":"jn@example.cz"},"rowInfo.rowAccess":"INVALID"},
			{"id":6,"firstName":"Ota","lastName":"Bez","activeUserAccount":false,"contactInfo":{"email":"o@example.cz"}}]}`
	})
	users, err := client.Users(t.Context())
	if err != nil || len(users) != 1 || users[0].Valid || fmt.Sprint(users[0].Addresses) != "[jana@example.cz jn@example.cz]" {
		t.Errorf("%+v, %v", users, err)
	}
}

func TestKindsOfFailures(t *testing.T) {
	t.Parallel()
	const locked = `{"message":"TranslatedApplicationException: exception.recordLocked","translatedMessage":"Záznam je uzamčen"}`
	tests := []struct {
		name     string
		status   int
		body     string
		want     remote.ErrorKind
		unknown  bool
		wantCode string
	}{
		{"bad input", 400, `{"message":"Chyba vstupních dat"}`, remote.Invalid, false, ""},
		{"plan", 402, `{"message":"x"}`, remote.Forbidden, false, ""},
		{"right", 403, `{"message":"AttributeAccessDeniedException"}`, remote.Forbidden, false, "AttributeAccessDeniedException"},
		{"gone", 404, `{"message":"x"}`, remote.NotFound, false, ""},
		{"gone without a word", 404, ``, remote.NotFound, false, ""},
		{"a web server's own 404", 404, `<html>nginx</html>`, remote.Unavailable, false, "ForeignAnswer"},
		{"connections", 429, `{"message":"Too many connections"}`, remote.Throttled, false, ""},
		{"attribute", 500, `{"message":"AttributeAccessDeniedException","translatedMessage":"Nemáte právo"}`, remote.Forbidden, false, "AttributeAccessDeniedException"},
		{"locked", 500, locked, remote.Locked, false, "exception.recordLocked"},
		{"duplicate", 500, `{"message":"TranslatedApplicationException: exception.duplicateKey"}`, remote.Duplicate, false, "exception.duplicateKey"},
		{"referenced", 500, `{"message":"TranslatedApplicationException: exception.stillReferenced"}`, remote.Invalid, false, "exception.stillReferenced"},
		{"argument", 500, `{"message":"IllegalArgumentException"}`, remote.Invalid, false, "IllegalArgumentException"},
		{"breakdown", 500, `{"message":"NullPointerException"}`, remote.Unavailable, true, "NullPointerException"},
		{"breakdown without a word", 500, ``, remote.Unavailable, true, ""},
		{"gateway", 502, `<html>`, remote.Unavailable, true, ""},
		{"maintenance", 503, ``, remote.Unavailable, true, ""},
		{"quota of old", 503, `{"type":"RequestLimitReached"}`, remote.Throttled, false, "RequestLimitReached"},
		{"created, but what", 201, `{"success":true}`, remote.Unavailable, true, ""},
		{"created, but cut", 201, `{"success":true,"data":{"id"`, remote.Unavailable, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := bare(t, func(*http.Request) (int, string) { return test.status, test.body })
			_, err := client.Send(t.Context(), remote.Request{Op: remote.Create, Method: "PUT", Path: "meeting/", Body: `{"title":"tajné"}`})
			failed := asRemote(t, err)
			if failed.Kind != test.want || failed.Unknown != test.unknown || failed.Code != test.wantCode || failed.Side != record.Raynet {
				t.Errorf("%s unknown=%v code=%q, want %s %v %q", failed.Kind, failed.Unknown, failed.Code, test.want, test.unknown, test.wantCode)
			}
			if strings.Contains(failed.Error(), "tajné") {
				t.Errorf("told %s", failed)
			}
		})
	}
}

func TestAnswersOfACreate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"success":true,"data":{"id":77}}`, `{"success":"true","data":77}`} {
		client := bare(t, func(*http.Request) (int, string) { return 201, text })
		answer, err := client.Send(t.Context(), remote.Request{Op: remote.Create, Method: "PUT", Path: "meeting/", Body: `{}`})
		if err != nil || answer.Ref != ref("meeting", 77) {
			t.Errorf("%s: %v, %v", text, answer, err)
		}
	}
}

// RAYNET locks the address for an hour after 20 bad logins, so one is enough to stop.
func TestARefusedLoginIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	wrong := func(c *raynet.Config) { c.APIKey = "wrong" }
	client := w.open(wrong)
	if _, err := client.Account(t.Context()); err == nil {
		t.Fatal("a wrong key was taken")
	}
	if _, err := client.Users(t.Context()); remote.KindOf(err) != remote.Unauthorized || client.Requests() != 1 {
		t.Errorf("%v after %d requests", err, client.Requests())
	}
	client = w.open(wrong)
	for range 3 {
		_, err := client.Begin(t.Context(), kinds(), w.clock())
		if err == nil || asRemote(t, err).Kind != remote.Unauthorized {
			t.Fatal(err)
		}
		if _, err = client.Account(t.Context()); remote.KindOf(err) != remote.Unauthorized {
			t.Fatal(err)
		}
		if _, err = client.Read(t.Context(), w.scope(), []remote.Ref{ref("meeting", 1), ref("meeting", 2)}); err == nil || remote.KindOf(err) != remote.Unauthorized {
			t.Fatal(err)
		}
	}
	if client.Requests() != 1 {
		t.Errorf("%d requests with a refused login", client.Requests())
	}
	client.Relogin()
	if _, err := client.Account(t.Context()); remote.KindOf(err) != remote.Unauthorized || client.Requests() != 2 {
		t.Errorf("after a person asked: %v, %d requests", err, client.Requests())
	}
}

func TestTheReserveIsLeftToOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{DailyLimit: 1000}, nil)
	poll := func() error {
		_, err := w.client.Poll(t.Context(), kinds(), `{"since":"2026-03-05T08:00:00Z"}`)
		return err
	}
	if err := poll(); err != nil {
		t.Fatal(err)
	}
	if b := w.client.Budget(); b.Limit != 1000 || b.Remaining != 999 || !b.Reset.Equal(time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC)) || !b.At.Equal(w.clock()) {
		t.Errorf("budget %+v", b)
	}
	w.server.SpendQuota(899)
	if err := poll(); err != nil { // 99 are left after it
		t.Fatal(err)
	}
	before := w.client.Requests()
	failed := asRemote(t, poll())
	if failed.Kind != remote.Throttled || w.client.Requests() != before {
		t.Errorf("%v after %d requests", failed, w.client.Requests()-before)
	}
	if got := failed.RetryAt.Sub(w.client.Budget().Reset).Abs(); got > time.Second { // the Date header knows no fractions
		t.Errorf("retry at %v, the day ends %v", failed.RetryAt, w.client.Budget().Reset)
	}
	w.pass(16 * time.Hour)
	if err := poll(); err != nil {
		t.Errorf("the next day: %v", err)
	}
	w.server.Switch(func(s *emulator.Switches) { s.QuotaSpent = true })
	if failed := asRemote(t, poll()); failed.Kind != remote.Throttled || failed.RetryAt.Before(w.clock()) {
		t.Errorf("quota spent: %v, retry at %v", failed, failed.RetryAt)
	}
}

// A clock of ours that is two hours off changes neither what a poll asks for nor how long a wait is.
func TestAWrongClock(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-2 * time.Hour, 2 * time.Hour} {
		w := newWorld(t, emulator.Options{DailyLimit: 100}, nil)
		ours := func() time.Time { return w.clock().Add(off) }
		client := w.open(func(c *raynet.Config) { c.Now = ours })
		round, err := client.Begin(t.Context(), kinds(), w.clock())
		if err != nil {
			t.Fatal(err)
		}
		w.pass(10 * time.Minute)
		w.activity("meeting", nil)
		if round, err = client.Poll(t.Context(), kinds(), round.Cursor); err != nil || len(round.Changed) != 1 {
			t.Errorf("%v: %d changed, %v", off, len(round.Changed), err)
		}
		w.server.SpendQuota(95)
		_, err = client.Poll(t.Context(), kinds(), round.Cursor)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Poll(t.Context(), kinds(), round.Cursor)
		want := time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC).Sub(w.clock())
		if got := remote.RetryAt(err).Sub(ours()); (got - want).Abs() > time.Second {
			t.Errorf("%v: wait %v, want %v", off, got, want)
		}
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	one, two := w.activity("meeting", nil), w.activity("phoneCall", nil)
	hidden := w.activity("meeting", nil)
	if err := w.server.Hide("meeting", hidden); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Lock("phoneCall", two); err != nil {
		t.Fatal(err)
	}
	refs := []remote.Ref{ref("phoneCall", two), ref("meeting", 999999), ref("meeting", one), ref("letter", 1), ref("meeting", hidden)}
	readings, err := w.client.Read(t.Context(), w.scope(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []remote.Presence{remote.Present, remote.Gone, remote.Present, remote.Broken, remote.Gone} {
		if readings[i].Presence != want || readings[i].Ref != refs[i] {
			t.Errorf("%s: %s, want %s", refs[i], readings[i].Presence, want)
		}
	}
	if !readings[0].Snapshot.HeldBy(remote.HeldLocked) || readings[2].Snapshot.HeldBy(remote.HeldLocked) {
		t.Error("the lock is told of the wrong one")
	}
}

func TestOneBadRecordDoesNotBreakTheRest(t *testing.T) {
	t.Parallel()
	client := bare(t, func(r *http.Request) (int, string) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/1/"):
			return 200, `{"success":"true","data":[{"id":1,"title":"a","scheduledFrom":null}]}`
		case strings.HasSuffix(r.URL.Path, "/2/"):
			return 200, `{"success":"true","data":{"id":2,"title":["a"]}}`
		case strings.HasSuffix(r.URL.Path, "/3/"):
			return 200, `{"success":"true","data":{"id":4,"title":"not the one"}}`
		}
		return 500, ``
	})
	readings, err := client.Read(t.Context(), remote.Scope{Kind: record.Calendar}, []remote.Ref{ref("meeting", 1), ref("meeting", 2), ref("meeting", 3), ref("meeting", 5)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []remote.Presence{remote.Present, remote.Broken, remote.Broken, remote.Broken} {
		if readings[i].Presence != want {
			t.Errorf("%s: %s, want %s", readings[i].Ref, readings[i].Presence, want)
		}
	}
}

func TestLoginForms(t *testing.T) {
	t.Parallel()
	for instance, header := range map[string]string{"demo": "X-Instance-Name", "0f3c9a5d1be247c08a6b7d2e4f518c93": "X-Instance-Id"} {
		var seen *http.Request
		client, err := raynet.New(raynet.Config{
			URL: "https://crm.example", Instance: instance, User: "u@example.cz", APIKey: "k", Retries: -1, Now: time.Now,
			Transport: tripFunc(func(r *http.Request) (*http.Response, error) {
				seen = r
				return nil, fmt.Errorf("enough")
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = client.Account(t.Context())
		user, key, ok := seen.BasicAuth()
		if !ok || user != "u@example.cz" || key != "k" || seen.Header.Get(header) != instance || seen.URL.Path != "/api/v2/security/info" {
			t.Errorf("%s: %v %v", instance, seen.URL, seen.Header)
		}
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	t.Parallel()
	good := raynet.Config{URL: "https://crm.example", Instance: "demo", User: "u@example.cz", APIKey: "k", Now: time.Now}
	tests := map[string]func(*raynet.Config){
		"no address":   func(c *raynet.Config) { c.URL = "" },
		"no scheme":    func(c *raynet.Config) { c.URL = "crm.example" },
		"no instance":  func(c *raynet.Config) { c.Instance = "" },
		"no user":      func(c *raynet.Config) { c.User = "" },
		"no key":       func(c *raynet.Config) { c.APIKey = "" },
		"unknown zone": func(c *raynet.Config) { c.Zone = "Mars/Olympus" },
		"unknown type": func(c *raynet.Config) { c.EventType = "letter" },
		"no clock":     func(c *raynet.Config) { c.Now = nil },
	}
	if _, err := raynet.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range tests {
		config := good
		change(&config)
		if _, err := raynet.New(config); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
