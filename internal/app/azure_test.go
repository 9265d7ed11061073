package app_test

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// The registration trusts the authorities of the CA file, and those only.
func TestAzureTrustsTheCAFile(t *testing.T) {
	t.Parallel()
	ca, certificate, err := outlookemu.NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(outlookemu.New(outlookemu.Options{}).Authority())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	begin := func(caFile string) error {
		azure, err := app.Azure(app.AzureOptions{AuthorityURL: server.URL, CAFile: caFile})
		if err != nil {
			return err
		}
		_, err = azure.Begin(t.Context(), "")
		return err
	}
	if err := begin(file); err != nil {
		t.Errorf("with the file: %v", err)
	}
	if failure, ok := errors.AsType[*admin.Failure](begin("")); !ok || failure.Code != admin.FailureAzureAway {
		t.Errorf("without it: %v", failure)
	}
	if err := begin(file + ".not"); err == nil || !strings.Contains(err.Error(), "ca_file") {
		t.Errorf("a file that is not there: %v", err)
	}
}
