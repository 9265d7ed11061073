package outlook_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// graphHost is where the fuzzed client believes Graph to be.
const graphHost = "graph.contoso.example"

// scripted answers Graph's requests one after the other, the last answer for ever, and notes where each went.
type scripted struct {
	login   http.RoundTripper
	status  int
	header  http.Header
	bodies  []string
	asked   []*url.URL
	granted []string // the tokens that were shown
}

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "login.contoso.example" {
		return s.login.RoundTrip(r)
	}
	s.asked, s.granted = append(s.asked, r.URL), append(s.granted, r.Header.Get("Authorization"))
	body := s.bodies[0]
	if len(s.bodies) > 1 {
		s.bodies = s.bodies[1:]
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, values := range s.header {
		header[name] = values
	}
	return &http.Response{StatusCode: s.status, Header: header, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// answer sets what comes next.
func (s *scripted) answer(status int, header http.Header, bodies ...string) {
	s.status, s.header, s.bodies, s.asked, s.granted = status, header, bodies, nil, nil
}

// onlyGraph reports every request that went to another host than Graph's, or without https.
func (s *scripted) onlyGraph(t *testing.T) {
	t.Helper()
	for _, address := range s.asked {
		if address.Scheme != "https" || !strings.EqualFold(address.Hostname(), graphHost) || (address.Port() != "" && address.Port() != "443") || address.User != nil {
			t.Errorf("the token went to %q", address)
		}
	}
}

// fuzzNow is the clock of the fuzzed client.
func fuzzNow() time.Time { return time.Date(2026, 10, 19, 8, 0, 0, 0, time.UTC) }

func scriptedClient(f *testing.F) (*outlook.Client, *scripted) {
	f.Helper()
	transport := &scripted{login: emulator.New(emulator.Options{Now: fuzzNow}).Transport()}
	client, err := outlook.New(outlook.Config{
		GraphURL: "https://" + graphHost + "/v1.0", AuthorityURL: "https://login.contoso.example", TenantID: emulator.FakeTenant, Instance: "firma",
		ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Transport: transport, Now: fuzzNow, Retries: -1,
	})
	if err != nil {
		f.Fatal(err)
	}
	return client, transport
}

// Whatever links a page holds, the token goes to Graph alone; a round is whole, with a cursor, or it is a typed error and nothing else.
func FuzzDeltaPage(f *testing.F) {
	const link = "https://graph.contoso.example/v1.0/users/u/calendarView/delta?$deltatoken=1"
	last := `{"value":[],"@odata.deltaLink":"` + link + `"}`
	for _, seed := range [][2]string{
		{last, `{}`}, {`{"value":[],"@odata.nextLink":"` + link + `"}`, last}, {`{"value":[],"@odata.nextLink":"https://evil.example/v1.0/x"}`, last},
		{`{"value":[],"@odata.nextLink":"https://graph.contoso.example@evil.example/"}`, last}, {`{"value":[],"@odata.nextLink":"//evil.example/"}`, last},
		{`{"value":[],"@odata.nextLink":"http://graph.contoso.example/"}`, last}, {`{"value":[],"@odata.deltaLink":"https://evil.example/"}`, last},
		{`{"value":[],"@odata.nextLink":"a","@odata.deltaLink":"b"}`, last}, {`{"value":null,"@odata.deltaLink":"` + link + `"}`, last}, {`{"value":[]}`, last},
		{`{"value":[{"id":"1"},{"id":"1","@removed":{}}],"@odata.nextLink":"?$skiptoken=2"}`, `{"value":[{"id":"1"}],"@odata.deltaLink":"` + link + `"}`},
		{`{"value":[{"id":"a/b+c="},7,null],"@odata.nextLink":"/x"}`, "{\"value\":[],\"@odata.deltaLink\":\"a\u0001b\"}"}, {`[]`, ``}, {`<html>`, ``},
	} {
		f.Add(seed[0], seed[1])
	}
	client, transport := scriptedClient(f)
	scope := remote.Scope{Kind: record.Contacts, Mailbox: "u", Container: "f", Zone: "Europe/Prague"}
	f.Fuzz(func(t *testing.T, first, second string) {
		transport.answer(http.StatusOK, nil, first, second)
		round, err := client.Begin(t.Context(), scope, fuzzNow(), fuzzNow())
		transport.onlyGraph(t)
		if err != nil {
			if failed := failure(t, err); failed.Unknown || round.Changed != nil || round.Removed != nil || round.Cursor != "" {
				t.Errorf("%+v beside %v", round, err)
			}
			return
		}
		if round.Cursor == "" || !round.Full {
			t.Errorf("%+v", round)
		}
		seen := map[remote.Ref]bool{}
		for _, one := range round.Changed {
			seen[one.Ref] = true
		}
		for _, ref := range round.Removed {
			if ref.ID == "" || seen[ref] {
				t.Errorf("%v is removed and there", ref)
			}
		}
		transport.answer(http.StatusOK, nil, second)
		_, err = client.Continue(t.Context(), scope, round.Cursor)
		transport.onlyGraph(t)
		if err != nil {
			failure(t, err)
		}
	})
}

// A cursor that we keep was given by a service long ago: whatever it is by now, the token goes to Graph alone, and a cursor of another
// address is dead, so that everything is read anew.
func FuzzDeltaCursor(f *testing.F) {
	for _, cursor := range []string{
		"https://graph.contoso.example/v1.0/x?$deltatoken=1", "HTTPS://GRAPH.contoso.example/x", "https://graph.contoso.example:443/x", "https://evil.example/x", "",
		"https://u@graph.contoso.example/", "https://u:p@evil.example/", "//graph.contoso.example/x", "/x", "http://graph.contoso.example/", "https://graph.contoso.example\\@evil.example/",
		"https://graph.contoso.example:8443/", "\x00", "https://[::1]/", "https://graph.contoso.example%2eevil.example/",
	} {
		f.Add(cursor)
	}
	client, transport := scriptedClient(f)
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, scope := range []remote.Scope{{Kind: record.Calendar, Mailbox: "u"}, {Kind: record.Contacts, Mailbox: "u", Container: "f"}, {Kind: record.Tasks, Mailbox: "u", Container: "l"}} {
			transport.answer(http.StatusOK, nil, `{"value":[],"@odata.deltaLink":"https://graph.contoso.example/v1.0/x"}`)
			round, err := client.Continue(t.Context(), scope, cursor)
			transport.onlyGraph(t)
			switch {
			case err == nil && (round.Cursor == "" || len(transport.asked) == 0):
				t.Errorf("%q: %+v without a question", cursor, round)
			case err != nil && (failure(t, err).Unknown || round.Cursor != ""):
				t.Errorf("%q: %+v beside %v", cursor, round, err)
			case err != nil && len(transport.asked) == 0 && remote.KindOf(err) != remote.CursorDead && remote.KindOf(err) != remote.Unavailable:
				t.Errorf("%q: %v", cursor, err)
			}
		}
	})
}

// Whatever a refusal holds, it is a typed error on one line, with neither token nor secret, that asks for a wait within a day or none.
func FuzzGraphError(f *testing.F) {
	for _, seed := range []struct {
		status uint16
		body   string
		after  string
	}{
		{404, `{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found.","innerError":{"request-id":"1","code":"x"}}}`, ""},
		{429, `{"error":{"code":"ApplicationThrottled","message":"x"}}`, "10"}, {410, `{"error":{"code":"SyncStateNotFound","innererror":{"code":"y"}}}`, ""},
		{400, `{"error":{"code":"ErrorInvalidUser","details":[{"code":"MailboxNotEnabledForRESTAPI"}]}}`, "NaN"}, {403, `{"error":"x"}`, "-1"}, {503, `<html>`, "1e99"},
		{500, `{"error":{"code":"ErrorCorruptData","message":"` + strings.Repeat("á\\n", 200) + `"}}`, "Fri, 31 Dec 9999 23:59:59 GMT"}, {404, ``, ""}, {302, `{}`, ""}, {100, `{}`, ""},
	} {
		f.Add(seed.status, seed.body, seed.after)
	}
	client, transport := scriptedClient(f)
	scope := remote.Scope{Kind: record.Calendar, Mailbox: "u", Zone: "Europe/Prague"}
	f.Fuzz(func(t *testing.T, status uint16, body, after string) {
		code := 300 + (int(status)+300)%300 // 300 to 599
		header := http.Header{}
		if after != "" {
			header.Set("Retry-After", after)
		}
		transport.answer(code, header, body)
		_, err := client.Begin(t.Context(), scope, fuzzNow(), fuzzNow())
		transport.onlyGraph(t)
		if err == nil {
			t.Fatalf("%d %q is no error", code, body)
		}
		failed := failure(t, err)
		if failed.Kind == "" || failed.Unknown || len(failed.Text) > 310 || strings.ContainsAny(failed.Text, "\r\n") {
			t.Errorf("%d %q: %+v", code, body, failed)
		}
		if at := failed.RetryAt; !at.IsZero() && (at.Before(fuzzNow()) || at.After(fuzzNow().Add(24*time.Hour))) {
			t.Errorf("%d, after %q: again at %v", code, after, at)
		}
		for _, token := range append(transport.granted, emulator.FakeSecret) {
			if secret := strings.TrimPrefix(token, "Bearer "); len(secret) > 15 && !strings.Contains(body, secret) && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows a secret: %v", err)
			}
		}
	})
}

// Whatever the answer to a batch holds, each thing that was asked for is there, gone or could not be told, once and in its place.
func FuzzBatchAnswer(f *testing.F) {
	for _, body := range []string{
		`{"responses":[{"id":"2","status":200,"body":{"id":"b"}},{"id":"1","status":404,"body":{"error":{"code":"ErrorItemNotFound"}}}]}`,
		`{"responses":[{"id":"1","status":429,"headers":{"retry-AFTER":"NaN"}},{"id":"2","status":200,"body":null}]}`, `{"responses":[{"id":"1","status":200},{"id":"1","status":200}]}`,
		`{"responses":[{"id":"3","status":200}]}`, `{"responses":[{"id":"1","status":503,"headers":{"Retry-After":"1e99"}}]}`, `{"responses":null}`, `{}`, `[]`,
		`{"responses":[{"id":"1","status":0,"body":7},{"id":"2","status":-1}]}`, `{"responses":[{"id":"1","status":401},{"id":"2","status":200,"body":{"id":"a"}}]}`,
		`{"responses":[{"id":"1","status":429,"headers":{"Retry-After":"20"}},{"id":"2","status":404}]}`,
	} {
		f.Add(body)
	}
	client, transport := scriptedClient(f)
	scope := remote.Scope{Kind: record.Calendar, Mailbox: "u", Zone: "Europe/Prague"}
	refs := []remote.Ref{event("a"), event("b")}
	f.Fuzz(func(t *testing.T, body string) {
		transport.answer(http.StatusOK, nil, body, `{"id":"a"}`)
		readings, err := client.Read(t.Context(), scope, refs)
		transport.onlyGraph(t)
		if err != nil {
			failed := failure(t, err)
			if at := failed.RetryAt; failed.Unknown || readings != nil || !at.IsZero() && (at.Before(fuzzNow()) || at.After(fuzzNow().Add(24*time.Hour))) {
				t.Errorf("%q: %+v beside %+v", body, readings, failed)
			}
			return
		}
		if len(readings) != len(refs) {
			t.Fatalf("%q: %d readings", body, len(readings))
		}
		for i, one := range readings {
			if one.Ref != refs[i] || (one.Presence == remote.Present) != (one.Snapshot.Ref == refs[i]) {
				t.Errorf("%q: %d is %+v", body, i, one)
			}
		}
	})
}

// Lists of folders, of task lists and of users are read to their end or refused; every user's addresses are canonical, each once.
func FuzzDirectory(f *testing.F) {
	for _, body := range []string{
		`{"value":[{"id":"1","displayName":"RAYNET"},{"id":"2","displayName":"raynet\u00a0","singleValueExtendedProperties":[{"id":"String {x} Name ros.folder","value":"firma"}]}]}`,
		`{"value":[{"id":"1","mail":"Jana@Example.cz","proxyAddresses":["SMTP:jana@example.cz","smtp:j@example.cz","X500:/o"],"userPrincipalName":" J@example.cz "}]}`,
		`{"value":[{"id":"","displayName":"RAYNET"},{"id":7},null]}`, `{"value":null}`, `{"value":[{"id":"1","wellknownListName":"defaultList","isOwner":false}]}`,
		`{"value":[],"@odata.nextLink":"https://evil.example/"}`, `{"value":[{"singleValueExtendedProperties":[null,{"id":"","value":""}]}]}`, `[]`, `{}`,
	} {
		f.Add(body)
	}
	client, transport := scriptedClient(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range []record.Kind{record.Contacts, record.Tasks} {
			transport.answer(http.StatusOK, nil, body)
			place, err := client.Place(t.Context(), remote.Scope{Kind: kind, Mailbox: "u"}, false)
			transport.onlyGraph(t)
			if err != nil && (place != "" || failure(t, err).Unknown) {
				t.Errorf("%s of %q: %q beside %v", kind, body, place, err)
			}
		}
		transport.answer(http.StatusOK, nil, body)
		users, err := client.Users(t.Context())
		transport.onlyGraph(t)
		if err != nil && (users != nil || failure(t, err).Unknown) {
			t.Errorf("%q: %+v beside %v", body, users, err)
		}
		for _, user := range users {
			seen := map[string]bool{}
			for _, address := range user.Addresses() {
				if seen[address] || address != strings.ToLower(strings.TrimSpace(address)) || !strings.Contains(address, "@") {
					t.Errorf("%q has the addresses %q", body, user.Addresses())
				}
				seen[address] = true
			}
		}
	})
}
