package admin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/admin"
)

// certificate makes a certificate and the file with its private key.
func certificate(t *testing.T) (public []byte, file string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "sync"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	public = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
	file = filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(file, append(private, public...), 0o600); err != nil {
		t.Fatal(err)
	}
	return public, file
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	public, file := certificate(t)
	other, _ := certificate(t)
	tests := []struct {
		name       string
		registered []byte
		now        time.Time
		want       []string
	}{
		{"good", public, time.Now(), []string{"microsoft-secret=ok/ok", "microsoft-token=ok/ok", "clock=ok/ok"}},
		{"another one is registered", other, time.Now(), []string{"microsoft-client=ok/ok", "microsoft-secret=failed/certificate", "microsoft-token=skipped/depends"}},
		{"our clock is wrong", public, time.Now().Add(2 * time.Hour), []string{"microsoft-secret=failed/assertion-time", "clock=failed/assertion"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(c *company) {
				c.now = test.now // assertions are dated by the machine's clock
				c.outlookOptions.Certificate = test.registered
				c.outlookConfig.CertificateFile, c.outlookConfig.ClientSecret = file, ""
				c.settings.SecretExpires = test.now.AddDate(1, 0, 0)
			})
			a := c.open()
			want(t, c.verify(a, admin.VerifyOptions{}), test.want...)
			if err := a.LoginAllowed(t.Context()); (err != nil) != (test.name == "another one is registered") {
				t.Errorf("allowed: %v", err)
			}
		})
	}
}
