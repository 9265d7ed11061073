package alert_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/alert"
)

const secret = "canary-webhook-secret"

func hook(t *testing.T, address string) *alert.Webhook {
	t.Helper()
	w, err := alert.NewWebhook(alert.WebhookOptions{URL: address, Secret: secret, Now: at, Words: composer(t, "cs")})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A receiver that checks the signature as docs/alerts.md says.
func TestWebhookIsSigned(t *testing.T) {
	t.Parallel()
	bodies := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		timestamp := r.Header.Get("X-Raynetsync-Timestamp")
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || timestamp != "1772699400" ||
			r.Header.Get("X-Raynetsync-Signature") != alert.Sign(secret, timestamp, body) {
			t.Errorf("%s with %v, %v", r.Method, r.Header, err)
		}
		if alert.Sign("other", timestamp, body) == alert.Sign(secret, timestamp, body) || alert.Sign(secret, "1", body) == alert.Sign(secret, timestamp, body) {
			t.Error("the signature does not depend on secret and time")
		}
		bodies <- body
		out.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	if err := hook(t, server.URL+"/in?key=k").Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(<-bodies, &got); err != nil {
		t.Fatal(err)
	}
	words := composer(t, "cs").Compose(message())
	want := map[string]any{"version": 1.0, "id": "id-1", "kind": "alert", "at": "2026-03-05T08:30:00Z", "url": "https://sync.example.cz", "language": "cs",
		"subject": words.Subject, "text": words.Plain, "items": []any{map[string]any{
			"state": "new", "code": "halted", "user": "jana@example.cz", "of": "calendar", "reason": "too-many-removals", "since": "2026-03-05T08:30:00Z"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posted (-want +got):\n%s", diff)
	}
}

// The signature is that of RFC 2104 with SHA-256; computed with OpenSSL.
func TestSignature(t *testing.T) {
	t.Parallel()
	want := "v1=132cb49c413e3d448fa30723306fcf8e53810d2e7a087ab3f8b162168a7add3b"
	if got := alert.Sign("secret", "1772699400", []byte(`{"version":1}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWebhookSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	trusted := certified(t)
	for _, test := range []struct {
		name      string
		status    int
		wantCode  string
		wantTries int32
	}{
		{"error of the server", http.StatusInternalServerError, alert.FailedStatus, 2},
		{"too many", http.StatusTooManyRequests, alert.FailedStatus, 2},
		{"not found", http.StatusNotFound, alert.FailedStatus, 1},
		{"redirect", http.StatusFound, alert.FailedRedirect, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
				tries.Add(1)
				if r.URL.Path != "/in" {
					t.Errorf("the redirect to %s was followed", r.URL.Path)
				}
				out.Header().Set("Location", "/elsewhere")
				out.WriteHeader(test.status)
				_, _ = io.WriteString(out, "canary-answer")
			}))
			t.Cleanup(server.Close)
			failed, ok := errors.AsType[*alert.Error](hook(t, server.URL+"/in?key=canary-key").Send(t.Context(), message()))
			if !ok || failed.Code != test.wantCode || failed.Status != test.status || tries.Load() != test.wantTries {
				t.Fatalf("got %+v after %d tries, want %s %d after %d", failed, tries.Load(), test.wantCode, test.status, test.wantTries)
			}
			if strings.Contains(failed.Error(), "canary") {
				t.Errorf("%q tells what it must not", failed)
			}
		})
	}
	for name, address := range map[string]string{alert.FailedCertificate: trusted.URL + "/?key=canary-key", alert.FailedUnreachable: "http://127.0.0.1:1/?key=canary-key"} {
		failed, ok := errors.AsType[*alert.Error](hook(t, address).Send(t.Context(), message()))
		if !ok || failed.Code != name || strings.Contains(failed.Error(), "canary") {
			t.Errorf("got %+v, want %s", failed, name)
		}
	}
	if _, err := alert.NewWebhook(alert.WebhookOptions{URL: "canary", Now: time.Now}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("an address that is none: %v", err)
	}
}
