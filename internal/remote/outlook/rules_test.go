package outlook_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// listening keeps what was sent.
type listening struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent []sent // guarded by mu
}

type sent struct {
	method, address, body string
	header                http.Header
}

func (l *listening) RoundTrip(request *http.Request) (*http.Response, error) {
	one := sent{method: request.Method, address: request.URL.String(), header: request.Header.Clone()}
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		one.body = string(body)
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	l.mu.Lock()
	l.sent = append(l.sent, one)
	l.mu.Unlock()
	return l.next.RoundTrip(request)
}

// Every request asks for lasting ids and for UTC, writes "$" as it is, and keeps our evidence to ourselves.
func TestEveryRequest(t *testing.T) {
	t.Parallel()
	ear := &listening{}
	w := setup(t, func(c *outlook.Config) { ear.next, c.Transport = c.Transport, ear })
	w.person(w.jana, weekly("Porada"))
	w.person(w.jana, weekly("Jiná porada"))
	first := w.begin()
	w.next(first.Cursor)
	made := w.create("op-1", sample)
	target := w.readOne(made.Ref)
	w.send(w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.EventSubject: "Jinak"}}))
	target = w.read(made.Ref, first.Changed[0].Ref)[0].Snapshot
	w.send(w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target}))
	if _, err := w.client.Stamps(t.Context(), w.scope); err != nil {
		t.Fatal(err)
	}
	ear.check(t, 8)
}

// So do those for contacts.
func TestEveryRequestOfContacts(t *testing.T) {
	t.Parallel()
	ear := &listening{}
	w := contacts(t, func(c *outlook.Config) {
		ear.next, c.Transport, c.MatchDefaultFolder = c.Transport, ear, true
		c.Photo = func(context.Context, string) (string, []byte, error) { return "image/png", []byte("x"), nil }
	})
	other := w.put(typed())
	w.next(w.begin().Cursor)
	made := w.create("op-1", person)
	w.changeContact(made.Ref, record.Fields{record.ContactFirst: "Jan"})
	w.changeContact(made.Ref, record.Fields{record.ContactPhoto: "7"})
	target := w.read(made.Ref, other)[0].Snapshot
	w.send(w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target}))
	for _, search := range []remote.Search{{Key: "a b+c"}, {Alike: &remote.Snapshot{Fields: record.Fields{record.ContactEmail1: "o'n+x@vzor.example"}}}} {
		if _, err := w.client.Find(t.Context(), w.scope, search); err != nil {
			t.Fatal(err)
		}
	}
	ear.check(t, 12)
	if photo := ear.sent[slices.IndexFunc(ear.sent, func(one sent) bool { return one.method == http.MethodPut })]; photo.body != "x" || photo.header.Get("Content-Type") != "image/png" {
		t.Errorf("the photo is sent as %q with the type %s", photo.body, photo.header.Get("Content-Type"))
	}
}

// check looks at every request to Graph, of which there are at least some.
func (l *listening) check(t *testing.T, least int) {
	t.Helper()
	methods, graph := map[string]bool{}, 0
	for _, one := range l.sent {
		if !strings.Contains(one.address, "/v1.0/") {
			continue
		}
		graph++
		methods[one.method] = true
		prefer := one.header.Get("Prefer")
		if !strings.Contains(prefer, `IdType="ImmutableId"`) || !strings.Contains(prefer, `outlook.timezone="UTC"`) {
			t.Errorf("%s %s prefers %q", one.method, one.address, prefer)
		}
		if strings.Contains(one.address, "/delta") && !strings.Contains(prefer, "odata.maxpagesize=200") {
			t.Errorf("%s %s asks for no page size", one.method, one.address)
		}
		if _, query, _ := strings.Cut(one.address, "?"); strings.Contains(query, "%24") || strings.Contains(query, "+") {
			t.Errorf("%s is encoded wrongly", one.address)
		}
		if one.header.Get("X-Mail-Evidence")+one.header.Get("X-Photo") != "" {
			t.Errorf("%s %s carries headers of our own", one.method, one.address)
		}
		if (one.method == http.MethodPatch || one.method == http.MethodDelete) && one.header.Get("If-Match") == "" {
			t.Errorf("%s %s has no If-Match", one.method, one.address)
		}
		if strings.HasSuffix(one.address, "/$batch") && strings.Count(one.body, `"method":"GET"`) != strings.Count(one.body, `IdType=\"ImmutableId\"`) {
			t.Errorf("batch parts without Prefer, or that are no reads: %s", one.body)
		}
	}
	if len(methods) < 4 || graph < least {
		t.Errorf("only %d requests with %v: the test shows nothing", graph, methods)
	}
}

// A next page on another host is not followed, and the round fails.
func TestForeignNextPage(t *testing.T) {
	t.Parallel()
	server := emulator.New(emulator.Options{})
	for _, link := range []string{"https://elsewhere.example/v1.0/users/u/calendarView/delta?$skiptoken=1", "http://graph.contoso.example/v1.0/x", "https://graph.contoso.example:8443/v1.0/x"} {
		ear := &listening{next: &answering{login: server.Transport(), body: `{"value":[],"@odata.nextLink":"` + link + `"}`}}
		client, err := outlook.New(outlook.Config{
			GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example", TenantID: emulator.FakeTenant,
			ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Transport: ear, Now: time.Now, Retries: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		round, err := client.Begin(t.Context(), remote.Scope{Kind: record.Calendar, Mailbox: "u"}, time.Now(), time.Now())
		if failure(t, err); round.Changed != nil || round.Cursor != "" {
			t.Errorf("%s: a round came back", link)
		}
		for _, one := range ear.sent {
			if strings.HasPrefix(one.address, link) {
				t.Errorf("%s was asked", link)
			}
		}
	}
}
