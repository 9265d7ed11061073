package admin_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/locale"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// tenant is a Microsoft 365 behind TLS in which nothing is registered yet. Waiting moves its clock.
type tenant struct {
	t     *testing.T
	srv   *outlookemu.Server
	azure *admin.Azure
	// role is who answers a user code; empty: nobody.
	role    outlookemu.AdminRole
	decline bool
	network *http.Transport

	mu     sync.Mutex
	offset time.Duration // guarded by mu
	sent   []string      // guarded by mu; bodies of requests
	log    bytes.Buffer  // guarded by mu
}

func (w *tenant) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset) // assertions are dated by the machine's clock
}

// wait is somebody entering the code while we wait.
func (w *tenant) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.offset += d
	w.mu.Unlock()
	for _, code := range w.srv.DeviceCodes() {
		var err error
		switch {
		case w.decline:
			err = w.srv.Decline(code)
		case w.role != "":
			err = w.srv.Approve(code, w.role)
		}
		if err != nil {
			w.t.Error(err)
		}
	}
	return ctx.Err()
}

// RoundTrip notes what is sent.
func (w *tenant) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body, r.Body = string(data), io.NopCloser(bytes.NewReader(data))
	}
	w.mu.Lock()
	w.sent = append(w.sent, body)
	w.mu.Unlock()
	return w.network.RoundTrip(r)
}

// Write is the log.
func (w *tenant) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(data)
}

func (w *tenant) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.sent)
}

// everything is all that was sent, and all that was logged.
func (w *tenant) everything() (sent, logged string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.sent, "\n"), w.log.String()
}

func newTenant(t *testing.T, faults ...string) *tenant {
	t.Helper()
	w := &tenant{t: t, role: outlookemu.GlobalAdministrator}
	w.srv = outlookemu.New(outlookemu.Options{Now: w.now, Seed: 3})
	for _, fault := range faults {
		if err := w.srv.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
	ca, certificate, err := outlookemu.NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("the authority's PEM holds no certificate")
	}
	w.network = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(w.network.CloseIdleConnections)
	serve := func(handler http.Handler) string {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	w.azure = &admin.Azure{GraphURL: serve(w.srv.Graph()) + "/v1.0", AuthorityURL: serve(w.srv.Authority()), Transport: w, Now: w.now, Wait: w.wait,
		Retries: -1, Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	return w
}

// signIn begins a session and waits until somebody has signed in.
func (w *tenant) signIn() *admin.AzureSession {
	w.t.Helper()
	session, err := w.azure.Begin(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	if err := session.Await(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return session
}

// register does the whole path and looks at what must hold for all of them: texts in both languages for whatever is told.
func (w *tenant) register(session *admin.AzureSession, options admin.AzureOptions) (admin.Registration, string) {
	w.t.Helper()
	made, err := session.Register(w.t.Context(), options)
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for _, step := range session.State().Steps {
			if text := texts.T("azure-step."+step.Code, step.Args); strings.HasPrefix(text, "azure-step.") || strings.Contains(text, "no value") {
				w.t.Errorf("%s: %+v says %q", lang, step, text)
			}
		}
	}
	return made, failureCode(w.t, err)
}

// failureCode returns the code of a failure with a text in both languages, "" for nil.
func failureCode(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	failure, ok := errors.AsType[*admin.Failure](err)
	if !ok {
		t.Errorf("no failure that a person can act on: %v", err)
		return err.Error()
	}
	for _, lang := range []string{"cs", "en"} {
		if text := locale.New(lang).T("failure."+failure.Code, failure.Args); strings.HasPrefix(text, "failure.") || strings.Contains(text, "no value") {
			t.Errorf("%s: %+v says %q", lang, failure, text)
		}
	}
	return failure.Code
}

func steps(session *admin.AzureSession) string {
	var codes []string
	for _, step := range session.State().Steps {
		codes = append(codes, step.Code)
	}
	return strings.Join(codes, " ")
}
