package app

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"raynetsync/internal/admin"
	"raynetsync/internal/alert"
	"raynetsync/internal/locale"
	"raynetsync/internal/record/zone"
)

// prepareAlerts makes the ways by which administrators are told. Nothing is sent, and no connection is made.
func (a *App) prepareAlerts() error {
	c := a.Config.Alerts
	location, err := zone.Load(a.Config.Sync.TimeZone)
	if err != nil {
		return fmt.Errorf("sync.time_zone: %w", err)
	}
	roots, err := rootsOf(a.Config.Microsoft.CAFile)
	if err != nil {
		return err
	}
	words := alert.Composer{Texts: locale.New(string(c.Language)), Zone: location}
	a.Alerts = &admin.Alerts{Admin: a.Admin, Zone: location, URL: a.Config.Server.PublicURL, NoProgress: c.NoProgress}
	a.Alerts.CertificateEnds = certificateEnds(a.Config.Microsoft.CertificateFile)
	if day, ok := c.Digest.Weekday(); ok {
		a.Alerts.Digest = &day
	}
	if c.SMTPHost != "" {
		a.Alerts.Ways = append(a.Alerts.Ways, &alert.Mail{
			Host: c.SMTPHost, Port: c.SMTPPort, Security: alert.Security(c.SMTPSecurity), User: c.SMTPUser, Password: c.SMTPPassword.Reveal(),
			From: c.From, To: c.To, Roots: roots, Words: words,
		})
	}
	if !c.WebhookURL.IsZero() {
		hook, err := alert.NewWebhook(alert.WebhookOptions{
			URL: c.WebhookURL.Reveal(), Secret: c.WebhookSecret.Reveal(), Roots: roots, Now: a.now, Words: words,
		})
		if err != nil {
			return fmt.Errorf("alerts.webhook_url: %w", err)
		}
		a.Alerts.Ways = append(a.Alerts.Ways, hook)
	}
	return nil
}

// rootsOf returns the system's authorities with those of a PEM file; nil, the system's alone, if there is no file.
func rootsOf(caFile string) (*x509.CertPool, error) {
	if caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("microsoft.ca_file cannot be read: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("microsoft.ca_file %s holds no PEM certificate", caFile)
	}
	return pool, nil
}

// certificateEnds returns when the certificate of the key in a file ends; zero if there is none that can be read, which is the
// client's to complain about.
func certificateEnds(file string) time.Time {
	if file == "" {
		return time.Time{}
	}
	chain, key, err := azidentity.ParseCertificates([]byte(certificate(file)), nil)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return time.Time{}
	}
	for _, one := range chain {
		if public, ok := one.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(signer.Public()) {
			return one.NotAfter
		}
	}
	return time.Time{}
}
