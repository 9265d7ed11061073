package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/alert"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	settings "raynetsync/internal/config"
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

// The end of a certificate is read from its file.
func TestAlertsKnowTheCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 6, Plain: true, Items: 1})
	ends := time.Date(2027, 5, 6, 7, 8, 9, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "certificate.pem")
	writeCertificate(t, file, ends)
	config := w.settings(t, t.TempDir())
	config.Microsoft.ClientSecret, config.Microsoft.CertificateFile = settings.Secret{}, file
	if a := open(t, app.Options{Config: config}); !a.Alerts.CertificateEnds.Equal(ends) {
		t.Errorf("it ends at %v, want %v", a.Alerts.CertificateEnds, ends)
	}
	if a := open(t, app.Options{Config: w.settings(t, t.TempDir())}); !a.Alerts.CertificateEnds.IsZero() {
		t.Errorf("a secret is a certificate that ends at %v", a.Alerts.CertificateEnds)
	}
}

// writeCertificate writes a certificate with its key, behind one of an authority that ends later.
func writeCertificate(t *testing.T, file string, ends time.Time) {
	t.Helper()
	var text []byte
	for _, till := range []time.Time{ends.AddDate(5, 0, 0), ends} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: ends.AddDate(-1, 0, 0), NotAfter: till}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		if till.Equal(ends) {
			private, err := x509.MarshalPKCS8PrivateKey(key)
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
		}
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
