package raynet_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// fuzzNow is the clock of the fuzzed client, fakeKey what it signs in with.
func fuzzNow() time.Time { return time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC) }

const fakeKey = "fake-key-0123456789"

// service answers everything alike.
type service struct {
	status int
	header http.Header
	body   string
	asked  int
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	header := http.Header{"Content-Type": {"application/json"}}
	for name, values := range s.header {
		header[name] = values
	}
	return &http.Response{StatusCode: s.status, Header: header, ContentLength: -1, Body: io.NopCloser(strings.NewReader(s.body)), Request: r}, nil
}

// of is a fresh client of the service: a refused login and a spent day are remembered.
func (s *service) of(t *testing.T) *raynet.Client {
	t.Helper()
	client, err := raynet.New(raynet.Config{URL: "https://crm.example", Instance: "demo", User: "sync@example.cz", APIKey: fakeKey, Retries: -1,
		Now: fuzzNow, Transport: s})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Whatever RAYNET answers to a list, with whatever numbers and clock beside it: the round has a cursor that can be followed, or there is
// a typed error on one line that shows neither key nor page and asks for a wait that ends within two days.
func FuzzAnswer(f *testing.F) {
	const list = `{"success":true,"totalCount":1,"data":[{"id":1,"_entityName":"Meeting","title":"a","_version":1}]}`
	const good = "Thu, 05 Mar 2026 08:00:01 GMT"
	for _, seed := range []struct {
		status                       uint16
		body, limit, left, end, date string
	}{
		{200, list, "24000", "23999", "1772755200", good}, {200, list, "24000", "1", "1772755200000", good}, {200, `{"success":true,"totalCount":0,"data":[]}`, "-1", "-5", "-9", "yesterday"},
		{200, `{"success":"false","data":null}`, "x", "", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT"}, {200, `{"totalCount":9999999999,"data":[{"id":1}]}`, "", "", "", ""},
		{200, `{"success":true,"totalCount":2,"data":[{"id":2,"_entityName":"Task"},{"id":1}]}`, "9223372036854775807", "9223372036854775807", "1", "Mon, 01 Jan 0001 00:00:00 GMT"},
		{429, `{"type":"RequestLimitReached","message":"limit"}`, "24000", "0", "1772755200", good}, {429, `{"type":"RequestLimitReached"}`, "1", "0", "253402300799", good}, {429, ``, "", "", "", good},
		{500, `{"message":"TranslatedApplicationException exception.lock.locked","translatedMessage":"Záznam\nje\r\nzamčen"}`, "", "", "", good}, {500, `{"message":"AccessDenied","type":7}`, "", "", "", ""},
		{404, `  <html>`, "", "", "", ""}, {401, `{}`, "", "", "", ""}, {302, `{}`, "", "", "", ""}, {200, `<html>`, "", "", "", ""}, {200, `{"data":[`, "", "", "", ""},
	} {
		f.Add(seed.status, seed.body, seed.limit, seed.left, seed.end, seed.date)
	}
	f.Fuzz(func(t *testing.T, status uint16, body, limit, left, end, date string) {
		s := &service{status: 200 + (int(status)+200)%400, body: body, header: http.Header{}}
		for name, value := range map[string]string{"X-Ratelimit-Limit": limit, "X-Ratelimit-Remaining": left, "X-Ratelimit-Reset": end, "Date": date} {
			if value != "" {
				s.header.Set(name, value)
			}
		}
		client := s.of(t)
		for range 2 { // the second time with what the first one taught
			round, err := client.Begin(t.Context(), kinds(), fuzzNow())
			if err != nil {
				refusedWell(t, err)
				if round.Changed != nil || round.Cursor != "" {
					t.Errorf("%+v beside %v", round, err)
				}
				continue
			}
			if !json.Valid([]byte(round.Cursor)) || !round.Full {
				t.Errorf("%+v", round)
			}
			if _, err := client.Poll(t.Context(), kinds(), round.Cursor); err != nil && remote.KindOf(err) == remote.CursorDead {
				t.Errorf("the cursor %q is dead at once", round.Cursor)
			}
		}
		if budget := client.Budget(); budget.Limit != 0 && budget.At != fuzzNow() {
			t.Errorf("%+v", budget)
		}
	})
}

// refusedWell reports what a refusal must not be.
func refusedWell(t *testing.T, err error) {
	t.Helper()
	failed := asRemote(t, err)
	if failed.Kind == "" || failed.Side != record.Raynet || failed.Doing == "" || failed.Unknown || strings.ContainsAny(failed.Text, "\r\n") || len([]rune(failed.Text)) > 201 {
		t.Errorf("%+v", failed)
	}
	if at := failed.RetryAt; at.After(fuzzNow().Add(48 * time.Hour)) {
		t.Errorf("again at %v only: %v", at, failed)
	}
	if strings.Contains(err.Error(), fakeKey) {
		t.Errorf("the error shows the key: %v", err)
	}
}

// A cursor that was kept is followed or dead. What is followed gives a cursor that is followed too, and never goes back in time.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{
		`{"since":"2026-03-05T08:00:00Z","seen":{"meeting/1":"3"}}`, `{"streams":{"activity":{"since":"2026-03-05T08:00:00Z","seen":{"meeting/1":"3"}},"person":{"since":"2026-03-04T08:00:00+01:00"}}}`,
		`{"streams":{"other":{"since":"2026-03-05T08:00:00Z"}}}`, `{"streams":{"activity":{"since":"0001-01-01T00:00:00Z"},"person":{"since":"9999-12-31T23:59:59Z"}}}`, `{"streams":null}`,
		`{"streams":{"activity":{"since":"0000-01-01T00:00:00+23:59"}}}`, `{"since":"9999-12-31T23:59:59-23:59"}`, `{"streams":{"company":{"since":"2026-03-05T08:00:00Z","asked":"2026-03-05T08:00:00Z"}}}`, `[]`, ``, `null`,
	} {
		f.Add(cursor)
	}
	all := []record.Kind{record.Calendar, record.Contacts, record.Tasks}
	f.Fuzz(func(t *testing.T, cursor string) {
		s := &service{status: 200, body: `{"success":true,"totalCount":0,"data":[]}`, header: http.Header{"Date": {"Thu, 05 Mar 2026 08:00:01 GMT"}}}
		client := s.of(t)
		round, err := client.Poll(t.Context(), all, cursor)
		if err != nil {
			refusedWell(t, err)
			if s.asked == 0 && remote.KindOf(err) != remote.CursorDead {
				t.Errorf("%q: %v", cursor, err)
			}
			return
		}
		again, err := client.Poll(t.Context(), all, round.Cursor)
		if err != nil {
			t.Fatalf("%q led to %q: %v", cursor, round.Cursor, err)
		}
		if again.Cursor != round.Cursor || round.Full || len(round.Changed)+len(again.Changed) > 0 {
			t.Errorf("%q led to %q and then to %q, although nothing changed", cursor, round.Cursor, again.Cursor)
		}
	})
}

// Whatever RAYNET says of the account and of its users: the zone is one that we know, a person's id is a number, addresses are canonical.
func FuzzAccount(f *testing.F) {
	for _, body := range []string{
		`{"X-Instance-Id":"1","username":"sync@example.cz","userAccountId":7,"success":true,"data":{"id":7,"timezone":"EUROPE_PRAGUE","userRole":"ADMIN","person":{"id":5},"personRecordFilter":{"b":1,"a":2}}}`,
		`{"userAccountId":7,"data":[{"timezone":"Mars","person":null,"securityLevels":[]}]}`, `{"userAccountId":-1,"data":{"id":"x"}}`, `{"userAccountId":1e3,"data":{"editOnlyOwnedRecordsPermission":true}}`,
		`{"success":true,"totalCount":1,"data":[{"id":5,"username":"JANA@example.cz","email2":" j@example.cz","person":{"id":5,"fullName":"Jana"},"rowInfo.rowAccess":"INVALID","contactInfo":{"email":"jana@example.cz"}}]}`,
		`{"totalCount":5,"data":[{"id":1},{"id":1}]}`, `{"data":{}}`, `{}`, `[]`, `null`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		client := (&service{status: 200, body: body}).of(t)
		account, err := client.Account(t.Context())
		if err != nil {
			refusedWell(t, err)
		}
		if iana, err := zone.Canonical(account.Zone); account.Zone != "" && (err != nil || iana != account.Zone) {
			t.Errorf("%q: the zone %q is %q, %v", body, account.Zone, iana, err)
		}
		if second, err := client.Account(t.Context()); err == nil && second != account {
			t.Errorf("%q: %+v and then %+v", body, account, second)
		}
		users, err := client.Users(t.Context())
		if err != nil {
			refusedWell(t, err)
			return
		}
		for _, user := range users {
			if user.PersonID == "" {
				t.Errorf("%q: %+v", body, user)
			}
			for i, address := range user.Addresses {
				if address != strings.ToLower(strings.TrimSpace(address)) || !strings.Contains(address, "@") || i > 0 && address <= user.Addresses[i-1] {
					t.Errorf("%q has the addresses %q", body, user.Addresses)
				}
			}
		}
	})
}
