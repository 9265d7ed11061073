package demo_test

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/demo"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// paper is a screen's output that may be read while it is written.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
	said chan struct{}
}

func newPaper() *paper { return &paper{said: make(chan struct{}, 1)} }

func (p *paper) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.said <- struct{}{}:
	default:
	}
	return p.text.Write(data)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// A first synchronisation over real sockets, and then nothing is left to do.
func TestOnce(t *testing.T) {
	t.Parallel()
	report, err := demo.Run(t.Context(), demo.Options{Once: true, Seed: 3, Mailboxes: 2, Items: 14, Texts: locale.New("en")})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Cycles) != 2 {
		t.Fatalf("%d cycles, want 2", len(report.Cycles))
	}
	first, second := report.Cycles[0], report.Cycles[1]
	for kind, least := range map[record.Kind]int{record.Calendar: 20, record.Contacts: 10, record.Tasks: 20} {
		if first.Kinds[kind].Linked < least || second.Kinds[kind] != first.Kinds[kind] {
			t.Errorf("%s: linked %+v and then %+v, want the same twice, at least %d", kind, first.Kinds[kind], second.Kinds[kind], least)
		}
	}
	if first.Steps.Link != 6 || first.Steps.Park != 0 || first.Requests.Graph == 0 {
		t.Errorf("first cycle: %+v, want one thing of each kind linked for each of two users, and none set aside", first)
	}
	if second.Steps != (admin.Steps{}) || second.Mails != 0 || len(second.Errors) != 0 || second.Requests != (admin.Requests{Raynet: 2, Graph: 6}) {
		t.Errorf("second cycle: %+v, want an empty one: RAYNET's activities and persons, and each calendar, folder and list", second)
	}
	skips := map[string]int{}
	for _, user := range first.Users {
		for rule, count := range user.Skips {
			skips[rule] += count
		}
	}
	for _, rule := range []string{"private", "no-category", "window", "series", "nameless", "cancelled"} {
		if skips[rule] == 0 {
			t.Errorf("nothing was left out by the rule %s: %v", rule, skips)
		}
	}
}

// The story in both languages: every scene comes through, nobody is mailed, and /healthz answers meanwhile.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ lang, arrived, mails string }{
		{"cs", "18 změn, přeneseno 18", "Nikdo nedostal e-mail."},
		{"en", "18 changes, 18 came through", "Nobody was e-mailed."},
	} {
		t.Run(test.lang, func(t *testing.T) {
			t.Parallel()
			out := newPaper()
			_, err := demo.Run(t.Context(), demo.Options{Seed: 1, Mailboxes: 2, Items: 20, Pace: time.Millisecond, Edits: 18,
				Screen: screen.New(out, nil), Texts: locale.New(test.lang)})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{test.arrived, test.mails, "Stavotech"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, out)
				}
			}
			if strings.Contains(out.String(), "demo.") {
				t.Errorf("a text is missing in:\n%s", out)
			}
		})
	}
}

// Ctrl-C at any moment ends it without an error and without anything left behind.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out := newPaper()
	ended := make(chan error, 1)
	go func() {
		_, err := demo.Run(ctx, demo.Options{Mailboxes: 1, Items: 14, Pace: time.Hour, Screen: screen.New(out, nil), Texts: locale.New("en")})
		ended <- err
	}()
	address := regexp.MustCompile(`http://\S+/healthz`)
	for !strings.Contains(out.String(), "The people go on working") {
		select {
		case <-out.said:
		case err := <-ended:
			t.Fatalf("ended early: %v\n%s", err, out)
		}
	}
	health(t, address.FindString(out.String()))
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if !strings.Contains(out.String(), "The end.") {
		t.Errorf("no summary in:\n%s", out)
	}
}

// health waits until the server answers: it takes over the address from the one of the beginning.
func health(t *testing.T, url string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	var last error
	for range 200 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err == nil {
			err = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		last = err
		select {
		case <-t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Errorf("%s did not answer: %v", url, last)
}

func TestInterruptedEarly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := demo.Run(ctx, demo.Options{Mailboxes: 1, Items: 5, Texts: locale.New("cs")}); err != nil {
		t.Errorf("ended with %v", err)
	}
}
