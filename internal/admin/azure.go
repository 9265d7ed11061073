package admin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/entra"
)

// DefaultApplication is the name under which the application is registered.
const DefaultApplication = "Raynet Outlook Sync"

// DefaultSecretMonths is how long a secret is to live; it is the most that the portal offers (G-154).
const DefaultSecretMonths = 24

// The codes of failures of a registration. Registration tells what was made before the failure.
const (
	FailureAzureTenant      = "azure-tenant"           // there is no such tenant
	FailureAzureBlocked     = "azure-blocked"          // a policy of the tenant blocks device codes
	FailureAzureDeclined    = "azure-declined"         // the person refused to sign in
	FailureAzureExpired     = "azure-expired"          // nobody signed in in time, or the sign-in has ended
	FailureAzureAway        = "azure-away"             // Microsoft does not answer
	FailureAzureRefused     = "azure-refused"          // Microsoft refused for a reason that has no text of its own
	FailureAzureBusy        = "azure-busy"             // the session is just registering
	FailureAzureNotSigned   = "azure-not-signed-in"    // nobody has signed in yet
	FailureAzureNoRegister  = "azure-no-register"      // who signed in may not register applications
	FailureAzureNoConsent   = "azure-no-consent"       // who signed in may not grant the permissions
	FailureAzureExists      = "azure-exists"           // an application of the name is there and is another kind of application
	FailureAzureSeveral     = "azure-several"          // there are several of the name
	FailureAzureUnknown     = "azure-unknown"          // the application to be reused is not there
	FailureAzureSlow        = "azure-slow"             // what was made is still not known everywhere
	FailureAzureSecret      = "azure-secret"           // a policy does not take a secret of any life
	FailureAzureCertificate = "azure-certificate"      // a policy does not take a certificate of any life
	FailureAzureFile        = "azure-certificate-file" // the certificate's file cannot be written
	FailureAzureRoles       = "azure-roles"            // the token lacks permissions that were granted
)

// Azure registers the application in Microsoft Entra ID for an administrator who signs in with a device code. It needs no
// connection: it is how one comes to be. Its members are set once; it is safe for concurrent use.
type Azure struct {
	// GraphURL and AuthorityURL are the services' addresses; empty means the global cloud.
	GraphURL, AuthorityURL string
	// Transport replaces the network; nil is the network.
	Transport http.RoundTripper
	Now       func() time.Time
	// Wait waits between two tries; nil waits really.
	Wait func(ctx context.Context, d time.Duration) error
	// Retries is how often the clients repeat a request: 0 means their default, negative never.
	Retries int
	Log     *slog.Logger
}

// AzureSession is one administrator's sign-in and what he has made. It holds his token in memory alone. It is safe for
// concurrent use: a page may ask for its state while it registers.
type AzureSession struct {
	azure  *Azure
	client *entra.Client
	tenant string // as it was asked for

	asking sync.Mutex // held while the login service is asked

	mu     sync.Mutex
	device entra.Device  // guarded by mu
	next   time.Time     // guarded by mu; not to be asked before
	pause  time.Duration // guarded by mu; between two polls
	signed bool          // guarded by mu
	person entra.Person  // guarded by mu
	busy   bool          // guarded by mu; Register runs
	steps  []AzureStep   // guarded by mu
	done   Registration  // guarded by mu
}

// AzureState is what a page or a terminal shows of a session.
type AzureState struct {
	UserCode string    `json:"user_code"`
	URL      string    `json:"verification_url"`
	Expires  time.Time `json:"expires"`
	SignedIn bool      `json:"signed_in"`
	// Person is who signed in, as Entra names him.
	Person string `json:"person,omitempty"`
	// Registering says that Register runs; Steps are what it did so far.
	Registering bool        `json:"registering"`
	Steps       []AzureStep `json:"steps,omitempty"`
}

// AzureStep is one thing that Register did. Its text is "azure-step.<Code>".
type AzureStep struct {
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

// Begin asks for a code with which an administrator signs in. Tenant is an id or a domain; empty is that of whoever signs in.
func (a *Azure) Begin(ctx context.Context, tenant string) (*AzureSession, error) {
	tenant = strings.TrimSpace(tenant)
	if tenant != "" && !guidForm.MatchString(tenant) && !domainForm.MatchString(tenant) {
		return nil, &Failure{Code: FailureAzureTenant, Args: map[string]any{"Tenant": tenant}}
	}
	client, err := entra.New(entra.Config{GraphURL: a.GraphURL, AuthorityURL: a.AuthorityURL, Transport: a.Transport, Now: a.Now, Retries: a.Retries, Log: a.Log})
	if err != nil {
		return nil, err
	}
	device, err := client.Device(ctx, tenant)
	if err != nil {
		return nil, azureFailure(err, tenant)
	}
	return &AzureSession{azure: a, client: client, tenant: tenant, device: device, pause: device.Interval, next: a.Now().Add(device.Interval)}, nil
}

// State returns what there is to show.
func (s *AzureSession) State() AzureState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return AzureState{UserCode: s.device.UserCode, URL: s.device.URL, Expires: s.device.Expires, SignedIn: s.signed, Person: s.person.Name,
		Registering: s.busy, Steps: slices.Clone(s.steps)}
}

// Forget drops the administrator's token and what was made, the secret above all. Whoever has stored that calls it.
func (s *AzureSession) Forget() {
	s.client.SignOut()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signed, s.done, s.steps = false, Registration{}, nil
	s.device.Expires = time.Time{} // the code has been used, or is to be used no more
}

// Poll asks whether the administrator has signed in. It never waits, and asks the login service no more often than that allows:
// a page may call it as often as it likes. Once it failed, only a new session helps.
func (s *AzureSession) Poll(ctx context.Context) (signedIn bool, err error) {
	if !s.asking.TryLock() {
		return false, nil
	}
	defer s.asking.Unlock()
	s.mu.Lock()
	device, signed, early, now := s.device, s.signed, s.azure.Now().Before(s.next), s.azure.Now()
	s.mu.Unlock()
	switch {
	case signed:
		return true, nil
	case !now.Before(device.Expires):
		return false, &Failure{Code: FailureAzureExpired}
	case early:
		return false, nil
	}
	person, err := s.client.Redeem(ctx, device)
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, entra.ErrSlowDown) {
		s.pause += 5 * time.Second // G-150
	}
	s.next = s.azure.Now().Add(s.pause)
	switch {
	case err == nil:
		s.signed, s.person = true, person
		return true, nil
	case errors.Is(err, entra.ErrPending), errors.Is(err, entra.ErrSlowDown):
		return false, nil
	case errors.Is(err, entra.ErrDeclined):
		return false, &Failure{Code: FailureAzureDeclined}
	case errors.Is(err, entra.ErrExpired):
		return false, &Failure{Code: FailureAzureExpired}
	}
	if _, away := passing(err); away && ctx.Err() == nil {
		return false, nil // the next poll may get through
	}
	return false, azureFailure(err, s.tenant)
}

// Await polls until the administrator has signed in.
func (s *AzureSession) Await(ctx context.Context) error {
	for {
		signed, err := s.Poll(ctx)
		if err != nil || signed {
			return err
		}
		s.mu.Lock()
		wait := s.next.Sub(s.azure.Now())
		s.mu.Unlock()
		if err := s.azure.wait(ctx, wait); err != nil {
			return err
		}
	}
}

func (a *Azure) wait(ctx context.Context, d time.Duration) error {
	if a.Wait != nil {
		return a.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// azureFailure puts a refusal into words that a person can act on. What has no text of its own is told as it came.
func azureFailure(err error, tenant string) error {
	if failed, ok := errors.AsType[*Failure](err); ok {
		return failed
	}
	failed, ok := errors.AsType[*remote.Error](err)
	if !ok {
		return err
	}
	failure := &Failure{Code: FailureAzureRefused, Args: map[string]any{"Tenant": tenant, "Code": cmp.Or(failed.Code, string(failed.Kind)), "Doing": failed.Doing}, Err: err}
	found := faultOf(failed.Code)
	switch _, away := passing(err); {
	case away:
		failure.Code = FailureAzureAway
	case found.check == checkTenant:
		failure.Code = FailureAzureTenant
	case found.code == "blocked":
		failure.Code = FailureAzureBlocked
	case failed.Kind == remote.Unauthorized:
		failure.Code = FailureAzureExpired
	}
	return failure
}
