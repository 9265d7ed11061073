package admin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/entra"
)

// AzureOptions are the choices of a registration.
type AzureOptions struct {
	// Name is the application's; empty means DefaultApplication.
	Name string
	// SecretMonths is how long the secret is to live; 0 means DefaultSecretMonths.
	SecretMonths int
	// Certificate makes a certificate instead of a secret. Its key is made here, goes into CertificateFile and is never sent.
	Certificate     bool
	CertificateFile string
	// Reuse is the client id of an application that is there already and is to be used, whatever it lacks. Empty: one of the name
	// is used if it fits, and if there is exactly one; otherwise the registration fails and asks.
	Reuse string
	// Another registers one more application although there is one of the name.
	Another bool
	// Tell is told each step when it is done; nil tells nobody. AzureSession.State shows the same.
	Tell func(AzureStep)
}

// Registration is what was made: what the configuration needs, and the ids by which it is found in the portal. Secret is shown
// to the administrator once and stored nowhere by us.
type Registration struct {
	TenantID string `json:"tenant_id"`
	ClientID string `json:"client_id"`
	// ObjectID is the registration's, PrincipalID the enterprise application's: Exchange wants the latter.
	ObjectID    string `json:"application_object_id"`
	PrincipalID string `json:"service_principal_object_id"`
	Secret      string `json:"client_secret,omitempty"`
	SecretID    string `json:"client_secret_id,omitempty"`
	// SecretExpires is the end of the secret, or of the certificate.
	SecretExpires   time.Time `json:"client_secret_expires,omitzero"`
	CertificateFile string    `json:"certificate_file,omitempty"`
	// Verified says that the application signed in with what was made, and that its token held the four permissions.
	Verified bool `json:"verified"`
}

// The steps of a registration.
const (
	stepFound       = "found"       // an application of the name fits and is used
	stepCompleted   = "completed"   // it was given the permissions that it lacked
	stepMade        = "made"        // the application was registered
	stepPrincipal   = "principal"   // it works in the tenant
	stepPermission  = "permission"  // one permission was granted
	stepConsented   = "consented"   // all four are granted
	stepShorter     = "shorter"     // a policy wants a shorter life
	stepSecret      = "secret"      // the secret was made
	stepCertificate = "certificate" // the certificate was made and registered
	stepWaiting     = "waiting"     // Microsoft does not know everywhere yet what was made
	stepVerified    = "verified"    // the application signed in
)

// patience is how long Register waits for one thing to be known everywhere (G-157).
const patience = 3 * time.Minute

// registering is one run of Register.
type registering struct {
	*AzureSession
	options AzureOptions
	app     entra.Application
	told    bool // that we wait
}

// Register makes the application, its four permissions with the consent, and a secret or a certificate, and signs in with it.
// Whatever is there already is used, so that it can be called again after a failure. The result tells what was made also
// beside an error, which is a *Failure where a person can do something about it.
func (s *AzureSession) Register(ctx context.Context, options AzureOptions) (Registration, error) {
	if options.Name = strings.TrimSpace(options.Name); options.Name == "" {
		options.Name = DefaultApplication
	}
	if options.SecretMonths <= 0 {
		options.SecretMonths = DefaultSecretMonths
	}
	s.mu.Lock()
	switch {
	case !s.signed:
		s.mu.Unlock()
		return Registration{}, &Failure{Code: FailureAzureNotSigned}
	case s.busy:
		s.mu.Unlock()
		return Registration{}, &Failure{Code: FailureAzureBusy}
	}
	s.busy, s.steps = true, nil
	s.done.TenantID = cmp.Or(s.person.TenantID, s.tenant)
	tenant := s.done.TenantID
	s.mu.Unlock()
	r := &registering{AzureSession: s, options: options}
	var err error = &Failure{Code: FailureAzureTenant, Args: map[string]any{"Tenant": tenant}}
	if tenant != "" {
		err = r.run(ctx)
	}
	if err != nil {
		err = azureFailure(err, tenant)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	return s.done, err
}

func (r *registering) run(ctx context.Context) error {
	for _, part := range []func(context.Context) error{r.application, r.principal, r.consent, r.credential, r.verify} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tell records a step.
func (r *registering) tell(code string, args map[string]any) {
	step := AzureStep{Code: code, Args: args}
	r.mu.Lock()
	r.steps = append(r.steps, step)
	r.mu.Unlock()
	if r.options.Tell != nil {
		r.options.Tell(step)
	}
}

// note changes the result.
func (r *registering) note(change func(*Registration)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.done)
}

func (r *registering) result() Registration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

// patiently repeats a try while it fails because what was just made is not known everywhere yet.
func (r *registering) patiently(ctx context.Context, again func(error) bool, try func() error) error {
	var waited time.Duration
	for pause := 2 * time.Second; ; pause = min(2*pause, 20*time.Second) {
		err := try()
		if err == nil || !again(err) {
			return err
		}
		if waited >= patience {
			return &Failure{Code: FailureAzureSlow, Err: err}
		}
		if !r.told {
			r.told = true
			r.tell(stepWaiting, nil)
		}
		if err := r.azure.wait(ctx, pause); err != nil {
			return err
		}
		waited += pause
	}
}

// application finds the registration, or makes it.
func (r *registering) application(ctx context.Context) error {
	if id := r.result().ObjectID; id != "" { // made by an earlier try of the same sign-in
		return r.patiently(ctx, entra.Replicating, func() (err error) {
			r.app, err = r.client.Application(ctx, id)
			return err
		})
	}
	there, err := r.client.Applications(ctx, r.options.Name)
	if remote.KindOf(err) == remote.Forbidden {
		return &Failure{Code: FailureAzureNoRegister, Err: err}
	}
	if err != nil {
		return err
	}
	switch {
	case r.options.Reuse != "":
		return r.reuse(ctx, there)
	case len(there) > 0 && !r.options.Another:
		return r.fitting(there)
	}
	return r.create(ctx, there)
}

func (r *registering) use(app entra.Application, step string) {
	r.app = app
	r.note(func(d *Registration) { d.ObjectID, d.ClientID = app.ID, app.ClientID })
	r.tell(step, map[string]any{"Name": app.Name, "Client": app.ClientID})
}

// reuse takes the application that was named and completes it.
func (r *registering) reuse(ctx context.Context, there []entra.Application) error {
	i := slices.IndexFunc(there, func(a entra.Application) bool { return strings.EqualFold(a.ClientID, r.options.Reuse) })
	if i < 0 {
		return &Failure{Code: FailureAzureUnknown, Args: map[string]any{"Client": r.options.Reuse, "Name": r.options.Name}}
	}
	r.use(there[i], stepFound)
	if fits(there[i]) {
		return nil
	}
	if err := r.client.Complete(ctx, there[i]); err != nil {
		return err
	}
	r.tell(stepCompleted, nil)
	return nil
}

// fits reports whether an application is one that we would have made.
func fits(app entra.Application) bool {
	return app.Audience == entra.SingleTenant && !slices.ContainsFunc(entra.Permissions(), func(p entra.Permission) bool { return !app.Asks(p) })
}

// fitting uses the only application of the name if it fits.
func (r *registering) fitting(there []entra.Application) error {
	var ids []string
	for _, app := range there {
		ids = append(ids, app.ClientID)
	}
	args := map[string]any{"Name": r.options.Name, "Client": strings.Join(ids, ", ")}
	switch {
	case len(there) > 1:
		return &Failure{Code: FailureAzureSeveral, Args: args}
	case !fits(there[0]):
		return &Failure{Code: FailureAzureExists, Args: args}
	}
	r.use(there[0], stepFound)
	return nil
}

// create registers the application. If the answer is lost, it is looked for: a second try could make a twin.
func (r *registering) create(ctx context.Context, before []entra.Application) error {
	app, err := r.client.CreateApplication(ctx, r.options.Name)
	if err != nil && remote.IsUnknown(err) && ctx.Err() == nil {
		if waitErr := r.azure.wait(ctx, 10*time.Second); waitErr != nil {
			return waitErr
		}
		after, listErr := r.client.Applications(ctx, r.options.Name)
		i := slices.IndexFunc(after, func(a entra.Application) bool {
			return !slices.ContainsFunc(before, func(b entra.Application) bool { return b.ID == a.ID })
		})
		if listErr == nil && i >= 0 {
			app, err = after[i], nil
		}
	}
	if remote.KindOf(err) == remote.Forbidden {
		return &Failure{Code: FailureAzureNoRegister, Err: err}
	}
	if err != nil {
		return err
	}
	r.use(app, stepMade)
	return nil
}

// principal lets the application work in the tenant.
func (r *registering) principal(ctx context.Context) error {
	principal, ok, err := r.client.Principal(ctx, r.app.ClientID)
	if err == nil && !ok {
		err = r.patiently(ctx, entra.Replicating, func() (err error) {
			principal, err = r.client.CreatePrincipal(ctx, r.app.ClientID)
			return err
		})
	}
	if remote.KindOf(err) == remote.Forbidden {
		return &Failure{Code: FailureAzureNoRegister, Err: err}
	}
	if err != nil {
		return err
	}
	r.note(func(d *Registration) { d.PrincipalID = principal.ID })
	r.tell(stepPrincipal, nil)
	return nil
}

// consent grants what is not granted yet of the four permissions.
func (r *registering) consent(ctx context.Context) error {
	graph, ok, err := r.client.Principal(ctx, entra.GraphClientID)
	if err != nil {
		return err
	}
	if !ok {
		return &remote.Error{Kind: remote.Invalid, Doing: "look for the service principal of Microsoft Graph", Text: "the tenant has none"}
	}
	id := r.result().PrincipalID
	var granted []string
	err = r.patiently(ctx, entra.Replicating, func() (err error) {
		granted, err = r.client.Assigned(ctx, id, graph.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, permission := range entra.Permissions() {
		if !slices.Contains(granted, permission.ID) {
			err := r.patiently(ctx, entra.Replicating, func() error { return r.client.Assign(ctx, id, graph.ID, permission.ID) })
			if remote.KindOf(err) == remote.Forbidden {
				return &Failure{Code: FailureAzureNoConsent, Args: map[string]any{"Link": consentLink(r.app.ClientID), "Name": r.app.Name}, Err: err}
			}
			if err != nil {
				return err
			}
		}
		r.tell(stepPermission, map[string]any{"Permission": permission.Name})
	}
	r.tell(stepConsented, nil)
	return nil
}

// consentLink is the portal's page of the application's permissions, with the button for the consent (G-159).
func consentLink(clientID string) string {
	return "https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/" + url.PathEscape(clientID) + "/isMSAApp~/false"
}

// isFresh reports whether the login service refuses because it does not know yet what was just made (G-157).
func isFresh(err error) bool {
	failed, ok := errors.AsType[*remote.Error](err)
	return ok && slices.Contains([]string{"AADSTS7000215", "AADSTS700016", "AADSTS700027", "AADSTS700030"}, failed.Code)
}
