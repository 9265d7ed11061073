package emulation_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/app/emulation"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// A measurement of the product must not measure the emulators: filling and a first round are what every one begins with.
func BenchmarkFill(b *testing.B) {
	for b.Loop() {
		if _, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 10_000, Plain: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFillMixed(b *testing.B) {
	for b.Loop() {
		if _, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 10_000}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstRound reads a mailbox of about 2,600 events and 7,400 activities from the first page to the last.
func BenchmarkFirstRound(b *testing.B) {
	w := serve(b, emulation.Options{Mailboxes: 1, Items: 10_000, GraphRequestsPerMailbox: -1, RaynetDailyLimit: 1 << 30})
	bearer := "Authorization: Bearer " + w.token()
	b.Run("graph", func(b *testing.B) {
		for b.Loop() {
			if n := len(deltaSubjects(w, w.info.GraphURL+"/users/"+jana, bearer)); n < 2000 {
				b.Fatalf("the round shows %d events", n)
			}
		}
	})
	b.Run("raynet", func(b *testing.B) {
		for b.Loop() {
			for offset := 0; ; offset += 1000 {
				page := w.raynet(http.StatusOK, http.MethodGet, "/activity/?limit=1000&offset="+strconv.Itoa(offset), nil)
				if len(objects(page.body["data"])) < 1000 {
					break
				}
			}
		}
	})
}

// BenchmarkCrowdedMailbox asks what clients ask again and again, in a mailbox of a thousand and of a hundred thousand events.
func BenchmarkCrowdedMailbox(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		w, err := emulation.New(emulation.Options{Mailboxes: 1, Items: 1, GraphRequestsPerMailbox: -1})
		if err != nil {
			b.Fatal(err)
		}
		moment := func(at time.Time) map[string]any {
			return map[string]any{"dateTime": at.Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
		}
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range size {
			at := start.Add(time.Duration(i) * 5 * time.Minute)
			if _, err := w.Outlook.CreateAs(jana, map[string]any{
				"subject": fmt.Sprint("Událost ", i), "start": moment(at), "end": moment(at.Add(time.Hour)),
				"singleValueExtendedProperties": []any{map[string]any{"id": property, "value": "raynet"}},
			}); err != nil {
				b.Fatal(err)
			}
		}
		g := newGraph(b, w)
		expand := "$expand=" + url.QueryEscape("singleValueExtendedProperties($filter=id eq '"+property+"')")
		stamps := "$filter=" + url.QueryEscape("singleValueExtendedProperties/Any(ep: ep/id eq '"+property+"' and ep/value eq 'raynet')")
		round := g.round()
		for name, ask := range map[string]func(){
			"idle":   func() { g.ask(http.MethodGet, round, "") },
			"create": func() { g.ask(http.MethodPost, g.mine+"/events", eventBody) },
			"uid":    func() { g.ask(http.MethodGet, g.mine+"/events?$filter="+url.QueryEscape("iCalUId eq 'none'"), "") },
			"stamps": func() {
				g.ask(http.MethodGet, g.mine+"/events?"+stamps+"&"+expand+"&$top=500&$skip="+fmt.Sprint(size/2), "")
			},
			"week": func() {
				g.ask(http.MethodGet, g.mine+"/calendarView?startDateTime=2026-01-02T00:00:00Z&endDateTime=2026-01-03T00:00:00Z&$top=10", "")
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					ask()
				}
			})
		}
	}
}

const property = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name X"

const eventBody = `{"subject":"Nová","start":{"dateTime":"2026-02-01T09:00:00","timeZone":"UTC"},"end":{"dateTime":"2026-02-01T10:00:00","timeZone":"UTC"}}`

// graph is a client without sockets.
type graph struct {
	b         *testing.B
	transport http.RoundTripper
	token     string
	mine      string
}

func newGraph(b *testing.B, w *emulation.World) *graph {
	b.Helper()
	g := &graph{b: b, transport: w.Outlook.Transport(), mine: "https://graph.example/v1.0/users/" + jana}
	issued := g.ask(http.MethodPost, "https://login.example/"+outlookemu.FakeTenant+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {outlookemu.FakeClient}, "client_secret": {outlookemu.FakeSecret},
	}.Encode())
	g.token = text(issued["access_token"])
	return g
}

func (g *graph) ask(method, target, body string) map[string]any {
	g.b.Helper()
	req, err := http.NewRequestWithContext(g.b.Context(), method, target, strings.NewReader(body))
	if err != nil {
		g.b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if g.token == "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	req.Header.Set("Prefer", "odata.maxpagesize=500")
	resp, err := g.transport.RoundTrip(req)
	if err != nil {
		g.b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		g.b.Fatalf("%s %s: %d %s %v", method, target, resp.StatusCode, data, err)
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		g.b.Fatal(err)
	}
	return answer
}

// round reads a delta round to its end and returns its deltaLink.
func (g *graph) round() string {
	next := g.mine + "/calendarView/delta?startDateTime=2025-12-01T00:00:00Z&endDateTime=2027-12-31T00:00:00Z"
	for {
		page := g.ask(http.MethodGet, next, "")
		if link := text(page["@odata.deltaLink"]); link != "" {
			return link
		}
		next = text(page["@odata.nextLink"])
	}
}
