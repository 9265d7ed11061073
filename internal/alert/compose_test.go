package alert_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/alert"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func calendar(state alert.State, code, user, reason string) alert.Item {
	item := alert.Item{State: state, Code: code, User: user, Of: "calendar", Reason: reason, Since: at()}
	if state == alert.Over {
		item.Ended = at().Add(2 * time.Hour)
	}
	return item
}

// messages has one message of each sort.
func messages() map[string]alert.Message {
	loop := calendar(alert.Begun, "loop", "jana@example.cz", "")
	loop.Count = 3
	crowd := alert.Message{Kind: alert.News, At: at(), Items: []alert.Item{}}
	for i := range 30 {
		crowd.Items = append(crowd.Items, calendar(alert.Begun, "no-progress", fmt.Sprintf("user%02d@example.cz", i), ""))
	}
	return map[string]alert.Message{
		"test":   {Kind: alert.Test, At: at(), URL: "https://sync.example.cz"},
		"halted": message(),
		"secret": {Kind: alert.News, At: at(), Items: []alert.Item{{State: alert.Begun, Code: "secret", Count: 14, Since: at()}}},
		"expired": {Kind: alert.News, At: at(), Items: []alert.Item{
			{State: alert.Still, Code: "secret", Reason: "expired", Since: at()}}},
		"crowd": crowd,
		"mixed": {Kind: alert.News, At: at(), URL: "https://sync.example.cz", Items: []alert.Item{
			{State: alert.Begun, Code: "login-microsoft", Reason: "AADSTS7000222", Since: at()},
			{State: alert.Begun, Code: "database-full", Since: at()},
			loop,
			calendar(alert.Begun, "refused", "petr@example.cz", "no-mailbox"),
			{State: alert.Still, Code: "raynet-unread", Since: at()},
			{State: alert.Over, Code: "secret", Reason: "expired", Since: at(), Ended: at().Add(time.Hour)},
			calendar(alert.Over, "halted", "eva@example.cz", "too-many-removals"),
		}},
		"digest": {Kind: alert.WeekDigest, At: at(), URL: "https://sync.example.cz", Digest: &alert.Digest{
			From: at().AddDate(0, 0, -7), Till: at(), SecretExpires: time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC), SecretDays: 2, Remaining: 23990, Limit: 24000,
			Holds: []alert.Item{calendar(alert.Still, "halted", "eva@example.cz", "everything-changed")},
			Users: []alert.DigestUser{
				{User: "eva@example.cz", Of: "calendar", State: "halted", Linked: 10},
				{User: "jana@example.cz", Of: "calendar", State: "running", Events: map[string]int{"created": 12, "updated": 1030, "clash": 1, "sending": 4}, Review: 12, Parked: 2, Waiting: 1, Grows: true},
				{User: "jana@example.cz", Of: "tasks", State: "running"},
				{User: "petr@example.cz", Of: "contacts", State: "running"},
			},
		}},
		"certificate": {Kind: alert.News, At: at(), Items: []alert.Item{{State: alert.Begun, Code: "certificate", Count: 30, Since: at()}}},
		"digest-certificate": {Kind: alert.WeekDigest, At: at(), Digest: &alert.Digest{From: at().AddDate(0, 0, -7), Till: at(), Certificate: true,
			SecretExpires: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), SecretDays: 5}},
		"digest-empty": {Kind: alert.WeekDigest, At: at(), Digest: &alert.Digest{From: at().AddDate(0, 0, -7), Till: at()}},
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for name, m := range messages() {
		for _, lang := range []string{"cs", "en"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				words := composer(t, lang).Compose(m)
				golden(t, name+"."+lang, words.Subject+"\n\n"+words.Plain)
				if name == "mixed" {
					golden(t, name+"."+lang+".html", words.HTML)
				}
				for _, text := range []string{words.Subject, words.Plain, words.HTML} {
					if strings.Contains(text, "alert.") && !strings.Contains(text, "alerts.") || strings.Contains(text, "{{") || strings.Contains(text, "no value") {
						t.Errorf("a text is missing in %s", text)
					}
				}
				if strings.ContainsAny(words.Subject, "\r\n") {
					t.Errorf("the subject %q has several lines", words.Subject)
				}
			})
		}
	}
}

// What comes from elsewhere is text in HTML too.
func TestHTMLIsEscaped(t *testing.T) {
	t.Parallel()
	m := message()
	m.Items[0].User, m.URL = `<img src=x>@example.cz`, "javascript:alert(1)"
	if html := composer(t, "cs").Compose(m).HTML; strings.Contains(html, "<img") || strings.Contains(html, `href="javascript`) {
		t.Errorf("not escaped:\n%s", html)
	}
}

// Numbers have the right forms of their words.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lang  string
		count int
		want  string
	}{
		{"cs", 1, "RAYNET a Outlook: Platnost tajného kódu klienta skončí za 1 den"},
		{"cs", 2, "RAYNET a Outlook: Platnost tajného kódu klienta skončí za 2 dny"},
		{"cs", 7, "RAYNET a Outlook: Platnost tajného kódu klienta skončí za 7 dní"},
		{"cs", 60, "RAYNET a Outlook: Platnost tajného kódu klienta skončí za 60 dní"},
		{"en", 1, "RAYNET and Outlook: The client secret expires in 1 day"},
		{"en", 30, "RAYNET and Outlook: The client secret expires in 30 days"},
	} {
		m := alert.Message{Kind: alert.News, Items: []alert.Item{{State: alert.Begun, Code: "secret", Count: test.count, Since: at()}}}
		if got := composer(t, test.lang).Compose(m).Subject; got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	for count, want := range map[int]string{2: "RAYNET a Outlook: 2 nové problémy", 5: "RAYNET a Outlook: 5 nových problémů"} {
		m := alert.Message{Kind: alert.News}
		for i := range count {
			m.Items = append(m.Items, alert.Item{State: alert.Begun, Code: []string{"halted", "database-full", "loop", "no-progress", "raynet-unread"}[i], Since: at()})
		}
		if got := composer(t, "cs").Compose(m).Subject; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
