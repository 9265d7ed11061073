package admin

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/entra"
	"raynetsync/internal/remote/outlook"
)

const day = 24 * time.Hour

// lives are how long a credential may live, the longest first: what was asked for, then what policies usually allow (G-155).
func lives(asked time.Duration) []time.Duration {
	out := []time.Duration{asked}
	for _, days := range []int{720, 365, 180, 90, 30} {
		if shorter := time.Duration(days) * day; shorter < asked {
			out = append(out, shorter)
		}
	}
	return out
}

// credential makes the secret or the certificate, unless an earlier try of the same sign-in did.
func (r *registering) credential(ctx context.Context) error {
	done := r.result()
	now := r.azure.Now()
	if now.Before(done.SecretExpires) && (r.options.Certificate && done.CertificateFile != "" || !r.options.Certificate && done.Secret != "") {
		return nil
	}
	if r.options.Certificate {
		return r.certificate(ctx, now)
	}
	return r.secret(ctx, now)
}

func (r *registering) secret(ctx context.Context, now time.Time) error {
	asked := now.AddDate(0, r.options.SecretMonths, 0).Sub(now)
	for _, life := range lives(asked) {
		made, err := r.addSecret(ctx, now.Add(life))
		if entra.TooLong(err) {
			r.tell(stepShorter, map[string]any{"Days": int(life / day)})
			continue
		}
		if entra.NotAllowed(err) {
			return &Failure{Code: FailureAzureSecret, Err: err}
		}
		if err != nil {
			return err
		}
		r.note(func(d *Registration) {
			d.Secret, d.SecretID, d.SecretExpires, d.CertificateFile = made.Value, made.KeyID, made.Ends, ""
		})
		r.tell(stepSecret, map[string]any{"Date": made.Ends.Format(time.DateOnly)})
		return nil
	}
	return &Failure{Code: FailureAzureSecret}
}

// addSecret makes a secret. If its answer is lost, nobody knows the value: the secret is taken away and another one is made.
func (r *registering) addSecret(ctx context.Context, ends time.Time) (made entra.Secret, err error) {
	for try := range 3 {
		name := fmt.Sprintf("raynetsync %s %d", r.azure.Now().UTC().Format(time.RFC3339), try+1)
		err = r.patiently(ctx, entra.Replicating, func() (err error) {
			made, err = r.client.AddSecret(ctx, r.app.ID, name, ends)
			return err
		})
		if err == nil || !remote.IsUnknown(err) || ctx.Err() != nil {
			break
		}
		app, readErr := r.client.Application(ctx, r.app.ID)
		if readErr != nil {
			break
		}
		for _, lost := range app.Secrets {
			if lost.Name == name {
				if removeErr := r.client.RemoveSecret(ctx, r.app.ID, lost.KeyID); removeErr != nil {
					return made, removeErr
				}
			}
		}
	}
	if made.Ends.IsZero() {
		made.Ends = ends
	}
	return made, err
}

// certificateYears is how long a certificate is to live.
const certificateYears = 2

// certificate makes a key and a certificate here and registers the certificate alone. The file is written first: a certificate
// whose key is lost would be of no use to anybody.
func (r *registering) certificate(ctx context.Context, now time.Time) error {
	file, err := filepath.Abs(r.options.CertificateFile)
	if err != nil || r.options.CertificateFile == "" {
		return &Failure{Code: FailureAzureFile, Args: map[string]any{"File": r.options.CertificateFile}, Err: err}
	}
	if _, err := os.Lstat(file); err == nil {
		return &Failure{Code: FailureAzureFile, Args: map[string]any{"File": file}, Err: os.ErrExist}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	registered := false
	defer func() {
		if !registered {
			_ = os.Remove(file) // written by this very call
		}
	}()
	for _, life := range lives(now.AddDate(certificateYears, 0, 0).Sub(now)) {
		der, err := selfSigned(key, r.options.Name, now, now.Add(life))
		if err != nil {
			return err
		}
		if err := writePEM(file, key, der); err != nil {
			return &Failure{Code: FailureAzureFile, Args: map[string]any{"File": file}, Err: err}
		}
		err = r.patiently(ctx, entra.Replicating, func() error {
			return r.client.AddCertificate(ctx, r.app.ID, "raynetsync "+now.UTC().Format(time.DateOnly), der)
		})
		if entra.TooLong(err) {
			r.tell(stepShorter, map[string]any{"Days": int(life / day)})
			continue
		}
		registered = err == nil || remote.IsUnknown(err) // the key is kept wherever the certificate may be in use
		if entra.NotAllowed(err) {
			return &Failure{Code: FailureAzureCertificate, Err: err}
		}
		if err != nil {
			return err
		}
		r.note(func(d *Registration) {
			d.CertificateFile, d.Secret, d.SecretID, d.SecretExpires = file, "", "", now.Add(life).UTC().Truncate(time.Second)
		})
		r.tell(stepCertificate, map[string]any{"File": file, "Date": now.Add(life).UTC().Format(time.DateOnly)})
		return nil
	}
	return &Failure{Code: FailureAzureCertificate}
}

// selfSigned makes a certificate of a key; RSA with 2048 bits is what Entra takes (G-156).
func selfSigned(key *rsa.PrivateKey, name string, from, till time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: from.Add(-5 * time.Minute), NotAfter: till,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return der, nil
}

// writePEM writes key and certificate so that nobody else can read them and the file is never half written.
func writePEM(file string, key *rsa.PrivateKey, der []byte) error {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	text := slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	scratch, err := os.CreateTemp(filepath.Dir(file), ".raynetsync-*.pem") // made with 0600
	if err != nil {
		return err
	}
	_, err = scratch.Write(text)
	if err == nil {
		err = scratch.Sync()
	}
	if err = errors.Join(err, scratch.Close()); err == nil {
		err = os.Rename(scratch.Name(), file)
	}
	if err != nil {
		_ = os.Remove(scratch.Name())
	}
	return err
}

// lackingRoles says which of the four permissions a token does not hold.
type lackingRoles []string

func (l lackingRoles) Error() string { return "the token lacks " + strings.Join(l, ", ") }

// verify signs in as the application, with patience, and looks at the permissions in its token.
func (r *registering) verify(ctx context.Context) error {
	done := r.result()
	client, err := outlook.New(outlook.Config{GraphURL: r.azure.GraphURL, AuthorityURL: r.azure.AuthorityURL, TenantID: done.TenantID, ClientID: done.ClientID,
		ClientSecret: done.Secret, CertificateFile: done.CertificateFile, Transport: r.azure.Transport, Now: r.azure.Now, Retries: r.azure.Retries, Log: r.azure.Log})
	if err != nil {
		return err
	}
	again := func(err error) bool {
		_, lacking := errors.AsType[lackingRoles](err)
		return lacking || isFresh(err)
	}
	err = r.patiently(ctx, again, func() error {
		if err := client.Relogin(ctx); err != nil {
			return err
		}
		token, err := client.Token(ctx)
		if err != nil {
			return err
		}
		var lacking lackingRoles
		for _, permission := range entra.Permissions() {
			if !slices.Contains(token.Roles, permission.Name) {
				lacking = append(lacking, permission.Name)
			}
		}
		if len(lacking) > 0 {
			return lacking
		}
		return nil
	})
	if lacking, ok := errors.AsType[lackingRoles](err); ok {
		return &Failure{Code: FailureAzureRoles, Args: map[string]any{"Permissions": strings.Join(lacking, ", "), "Link": consentLink(done.ClientID)}, Err: err}
	}
	if failed, ok := errors.AsType[*remote.Error](err); ok && failed.Kind == remote.Unauthorized {
		if _, slow := errors.AsType[*Failure](err); !slow {
			return &Failure{Code: FailureAzureRefused, Args: map[string]any{"Code": failed.Code, "Doing": failed.Doing}, Err: err}
		}
	}
	if err != nil {
		return err
	}
	r.note(func(d *Registration) { d.Verified = true })
	r.tell(stepVerified, nil)
	return nil
}
