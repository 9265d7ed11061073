package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/config"
)

func TestAlerts(t *testing.T) {
	t.Parallel()
	c := load(t, whole+`
[alerts]
smtp_host = "smtp.example.cz"
smtp_port = 2525
smtp_security = "tls"
smtp_user = "alerts"
smtp_password = "canary-password"
from = "Raynetsync@example.cz"
to = ["it@example.cz", "boss@example.cz"]
webhook_url = "https://hooks.example.cz/in?key=canary-key"
webhook_secret = "canary-secret"
language = "en"
digest = "friday"
no_progress = "30m"
`)
	a := c.Alerts
	got := []string{a.SMTPHost, fmt.Sprint(a.SMTPPort), string(a.SMTPSecurity), a.SMTPUser, a.SMTPPassword.Reveal(), a.From, strings.Join(a.To, " "), a.WebhookURL.Reveal(),
		a.WebhookSecret.Reveal(), string(a.Language), string(a.Digest), a.NoProgress.String()}
	want := []string{"smtp.example.cz", "2525", "tls", "alerts", "canary-password", "raynetsync@example.cz", "it@example.cz boss@example.cz",
		"https://hooks.example.cz/in?key=canary-key", "canary-secret", "en", "friday", "30m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	if shown := fmt.Sprintf("%+v", a); strings.Contains(shown, "canary") {
		t.Errorf("secrets are shown: %s", shown)
	}
	if day, ok := a.Digest.Weekday(); !ok || day != time.Friday {
		t.Errorf("digest on %v, %v", day, ok)
	}
	none := load(t, whole).Alerts
	if none.SMTPHost != "" || !none.WebhookURL.IsZero() || none.Language != config.Czech || none.NoProgress != time.Hour || none.SMTPSecurity != config.StartTLS {
		t.Errorf("defaults: %+v", none)
	}
	if day, ok := none.Digest.Weekday(); !ok || day != time.Monday {
		t.Errorf("digest by default on %v, %v", day, ok)
	}
	if _, ok := config.NoDigest.Weekday(); ok {
		t.Error("off is a day")
	}
}

func TestMistakesInAlerts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       []string // key and code
	}{
		{"a host alone", `smtp_host = "smtp.example.cz"`, []string{"alerts.from missing", "alerts.to missing"}},
		{"recipients alone", `to = ["it@example.cz"]`, []string{"alerts.smtp_host missing"}},
		{"a host with its port", `smtp_host = "smtp.example.cz:587"`, []string{"alerts.smtp_host url", "alerts.from missing", "alerts.to missing"}},
		{"a name without a password", "smtp_host = \"smtp.example.cz\"\nfrom = \"a@example.cz\"\nto = [\"a@example.cz\"]\nsmtp_user = \"u\"",
			[]string{"alerts.smtp_password missing"}},
		{"a password in the clear", "smtp_host = \"smtp.example.cz\"\nfrom = \"a@example.cz\"\nto = [\"a@example.cz\"]\nsmtp_user = \"u\"\nsmtp_password = \"p\"\nsmtp_security = \"none\"",
			[]string{"alerts.smtp_security insecure"}},
		{"a password in the clear on this machine", "smtp_host = \"127.0.0.1\"\nfrom = \"a@example.cz\"\nto = [\"a@example.cz\"]\nsmtp_user = \"u\"\nsmtp_password = \"p\"\nsmtp_security = \"none\"",
			nil},
		{"a webhook without a secret", `webhook_url = "https://hooks.example.cz/canary"`, []string{"alerts.webhook_secret missing"}},
		{"a webhook in the clear", `webhook_url = "http://hooks.example.cz/canary"`, []string{"alerts.webhook_url insecure", "alerts.webhook_secret missing"}},
		{"no address", `webhook_url = "canary"`, []string{"alerts.webhook_url url", "alerts.webhook_secret missing"}},
		{"no address of a person", `from = "nobody"`, []string{"alerts.from mailbox"}},
		{"no day", `digest = "mondey"`, []string{"alerts.digest choice"}},
		{"too short", `no_progress = "1m"`, []string{"alerts.no_progress range"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(write(t, whole+"[alerts]\n"+test.text+"\n"), nil)
			var got []string
			mistakes, _ := errors.AsType[config.Errors](err)
			for _, mistake := range mistakes {
				got = append(got, mistake.Key+" "+string(mistake.Code))
				if strings.Contains(mistake.Error(), "canary") || mistake.Repair == "" {
					t.Errorf("mistake %q", mistake)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
