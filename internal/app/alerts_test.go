package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"raynetsync/internal/alert"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/engine/journal"
)

// A server as an administrator sets it up tells of a halted user through a signed webhook, and by its own schedule of nothing
// while all is well.
func TestServerTells(t *testing.T) {
	t.Parallel()
	posted := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get(alert.SignatureHeader) != alert.Sign("shared", r.Header.Get(alert.TimestampHeader), body) {
			t.Errorf("%v: not signed: %v", err, r.Header)
		}
		posted <- string(body)
	}))
	t.Cleanup(receiver.Close)
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 3})
	config := w.settings(t, t.TempDir(), `poll_interval = "1s"`, "[alerts]", fmt.Sprintf("webhook_url = %q", receiver.URL), `webhook_secret = "shared"`, `language = "en"`)
	a := open(t, app.Options{Config: config})
	s := serve(t, a)
	for kind := range s.jobs {
		if kind == "alert" {
			break
		}
	}
	s.until(t, "the calendars are filled", func() bool { return len(w.Outlook.All(w.Company.Users[0].Email)) == 3 })
	pair, err := a.Store.Pair(t.Context(), pairs(t, a)[0])
	if err == nil {
		err = a.Store.Commit(t.Context(), journal.Fence{}, journal.PutPairState{Pair: pair.ID, State: journal.PairHalted, Reason: "too-many-removals"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Alerts.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := <-posted
	for _, want := range []string{`"code":"halted"`, `"kind":"alert"`, `"language":"en"`, pair.Address} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if len(posted) > 0 {
		t.Errorf("more was told: %s", <-posted)
	}
}

func TestAlertsWithAWrongAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 1})
	config := w.settings(t, t.TempDir())
	if err := os.WriteFile(config.Microsoft.CAFile, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(t.Context(), app.Options{Config: config, Synchronous: "OFF", Ballast: -1}); err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("an authority's file without a certificate: %v", err)
	}
}
