package outlook_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// answering gives the same page to every Graph request; tokens come from the emulator.
type answering struct {
	login http.RoundTripper
	body  string
}

func (a *answering) RoundTrip(request *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(request.URL.Path, "/v1.0/") {
		return a.login.RoundTrip(request)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(strings.NewReader(a.body)), Request: request,
	}, nil
}

// answered makes a client that always gets the answering's body.
func answered(f *testing.F) (*outlook.Client, *answering) {
	f.Helper()
	server := emulator.New(emulator.Options{})
	transport := &answering{login: server.Transport()}
	client, err := outlook.New(outlook.Config{
		GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example", TenantID: emulator.FakeTenant,
		ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Transport: transport, Now: time.Now, Retries: -1,
	})
	if err != nil {
		f.Fatal(err)
	}
	return client, transport
}

// Whatever Graph says of an event, the round is read or refused; nothing crashes, what is private shows nothing, and every
// value is canonical.
func FuzzEvent(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","type":"singleInstance","subject":"x","start":{"dateTime":"2026-10-21T09:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-10-21T10:00:00","timeZone":"Central Europe Standard Time"},"isOrganizer":true,"attendees":[]}`,
		`{"id":"1","isAllDay":true,"start":{"dateTime":"0001-01-01T00:00:00","timeZone":"UTC"},"end":{"dateTime":"9999-12-31T00:00:00","timeZone":""}}`,
		`{"id":"1","type":"seriesMaster","categories":["RAYNET"],"recurrence":{"range":{"recurrenceTimeZone":"tzone://Microsoft/Custom"}}}`,
		`{"id":"1","type":"exception","seriesMasterId":"2","originalStart":"2026-10-21T09:00:00Z","categories":["raynet"]}`,
		`{"id":"1","sensitivity":"private","subject":"tajné","body":{"contentType":"html","content":"tajné"}}`,
		`{"id":"1","@removed":{"reason":"deleted"}}`, `{"id":"1","subject":"\ud800"}`, `{"id":"1","attendees":[{"emailAddress":{}}],"organizer":null}`,
		`{"id":"1","body":{"contentType":"text","content":"a\u0000b\r\nc"},"attendees":null}`, `{"id":1}`, `{"id":"1","subject":7}`, `[]`, `null`,
	} {
		f.Add(seed)
	}
	client, transport := answered(f)
	scope := remote.Scope{Kind: record.Calendar, Mailbox: "u", Zone: "America/New_York"}
	f.Fuzz(func(t *testing.T, text string) {
		transport.body = `{"value":[` + text + `],"@odata.deltaLink":"https://graph.contoso.example/v1.0/users/u/calendarView/delta?$deltatoken=1"}`
		round, err := client.Begin(t.Context(), scope, time.Now(), time.Now())
		if err != nil {
			if failure(t, err).Unknown || round.Changed != nil {
				t.Errorf("refused as %v with %d changed", err, len(round.Changed))
			}
			return
		}
		for _, one := range round.Changed {
			if one.Ref.ID == "" || (one.Rule == remote.RulePrivate && (one.Fields != nil || one.Raw != nil || one.Natural != nil)) {
				t.Errorf("%+v", one)
			}
			for _, name := range []record.Field{record.EventSubject, record.EventPlace} {
				if value := one.Fields[name]; value != record.Line(string(value)) {
					t.Errorf("%s is not canonical: %q", name, value)
				}
			}
			if span, err := record.ParseSpan(one.Fields[record.EventTime]); err != nil || span.Till.Before(span.From) {
				t.Errorf("time %q: %v", one.Fields[record.EventTime], err)
			}
		}
	})
}

// Whatever Graph says of a contact, the round is read or refused, every value is canonical, and writing what was read changes nothing.
func FuzzContact(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","title":"Ing.","givenName":"Petr","surname":"Malý","displayName":"x","emailAddresses":[{"name":"n","address":"A@b.example"}],"birthday":"1980-02-29T11:59:00Z"}`,
		`{"id":"1","displayName":"Karel","emailAddresses":[{"name":"není adresa"},null,{},{"address":"4@b.example"}],"businessPhones":["",null,"3"],"homeAddress":{}}`,
		`{"id":"1","companyName":null,"birthday":"1604-01-01T00:00:00Z","homeAddress":{"street":"a\r\nb","countryOrRegion":"Atlantida"},"categories":["b","A","a"]}`,
		`{"id":"1","personalNotes":"já\r\n——— RAYNET ———\r\nfirma\r\n——— /RAYNET ———\r\nkonec"}`, `{"id":"1","birthday":"0001-01-01T00:00:00Z","surname":"\ud800"}`,
		`{"id":"1","@removed":{"reason":"deleted"}}`, `{"id":"1","surname":7}`, `{"id":1}`, `{"id":"1","homeAddress":null}`, `[]`, `null`,
	} {
		f.Add(seed)
	}
	client, transport := answered(f)
	scope := remote.Scope{Kind: record.Contacts, Mailbox: "u", Container: "f"}
	f.Fuzz(func(t *testing.T, text string) {
		transport.body = `{"value":[` + text + `],"@odata.deltaLink":"https://graph.contoso.example/v1.0/users/u/contactFolders/f/contacts/delta?$deltatoken=1"}`
		round, err := client.Begin(t.Context(), scope, time.Now(), time.Now())
		if err != nil {
			if failure(t, err).Unknown || round.Changed != nil {
				t.Errorf("refused as %v with %d changed", err, len(round.Changed))
			}
			return
		}
		for _, one := range round.Changed {
			if one.Ref.ID == "" {
				t.Errorf("%+v", one)
			}
			for name, value := range one.Fields {
				for line := range strings.SplitSeq(string(value), "\n") {
					if name != record.ContactNotes && record.Value(line) != record.Line(line) {
						t.Errorf("%s is not canonical: %q", name, value)
					}
				}
			}
			if one.Partial {
				continue
			}
			requests, err := client.Compose(t.Context(), scope, remote.Write{Op: remote.Update, Target: &one, Fields: one.Fields})
			if err != nil || (len(requests) > 0 && len([]rune(text)) < 200) { // longer texts may be cut
				t.Errorf("what was read is written: %v, %v", requests, err)
			}
		}
	})
}
