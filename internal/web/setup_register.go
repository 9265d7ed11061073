package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// registerRoutes let the server register the application itself, for an administrator who signs in with a code.
func registerRoutes() []route {
	const role, path = account.Administrator, "/setup/microsoft/register"
	return []route{
		{pattern: "GET " + path, role: role, do: (*visit).registerForm},
		{pattern: "POST " + path, role: role, do: (*visit).register},
		{pattern: "POST " + path + "/again", role: role, do: (*visit).registerAgain},
		{pattern: "POST " + path + "/stop", role: role, do: (*visit).registerStop},
		{pattern: "GET /setup/microsoft/scripts", role: role, do: (*visit).scripts},
	}
}

const (
	registerPath = "/setup/microsoft/register"
	workRegister = "setup-register"
)

// signing is the latest sign-in with a code. It is safe for concurrent use.
type signing struct {
	mu     sync.Mutex
	latest *admin.AzureSession // guarded by mu; nil: there is none
}

func (s *signing) get() *admin.AzureSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}

// replace forgets the former session with what it knows.
func (s *signing) replace(session *admin.AzureSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.latest != nil && s.latest != session {
		s.latest.Forget()
	}
	s.latest = session
}

// registerData is what the page of a registration shows.
type registerData struct {
	Steps []stepLink
	// State is that of the sign-in; nil: none was begun.
	State *admin.AzureState
	Done  []string // what was made so far, in words
	// Running: the sign-in is waited for, or the registration runs.
	Running, Connected bool
	Problem            string
	// Choose: an application of the name is there; Client is its id, if there is one alone.
	Choose bool
	Client string
	Until  string
}

// registerForm shows how far the registration is.
func (v *visit) registerForm() error {
	steps, err := v.stepLinks("microsoft")
	if err != nil {
		return err
	}
	data := registerData{Steps: steps}
	session := v.signing.get()
	work, begun := v.Works.Latest(workRegister)
	progress, err := v.Setup.Steps(v.in.Context()) // after the work was looked at: what has ended was kept before
	if err != nil {
		return err
	}
	if session == nil || !begun {
		return v.show(http.StatusOK, "setup-register", data)
	}
	state := session.State()
	data.State, data.Running, data.Until = &state, work.Running(), v.texts.Clock(state.Expires, v.zone)
	if done, ok := work.Result.([]admin.AzureStep); ok {
		state.Steps = done
	}
	for _, step := range state.Steps {
		data.Done = append(data.Done, v.t("azure-step."+step.Code, step.Args))
	}
	if data.Running {
		return v.showEvery(http.StatusOK, "setup-register", 3, data)
	}
	data.Connected = work.Err == nil && progress.Microsoft
	if work.Err != nil {
		data.Problem = v.workData(work).Problem
		if failure, ok := errors.AsType[*admin.Failure](work.Err); ok {
			data.Choose = failure.Code == admin.FailureAzureExists || failure.Code == admin.FailureAzureSeveral
			if client, _ := failure.Args["Client"].(string); !strings.ContainsAny(client, ", ") {
				data.Client = client
			}
		}
	}
	return v.show(http.StatusOK, "setup-register", data)
}

// register begins: it asks for a code with which somebody signs in, and waits for that in the background.
func (v *visit) register() error {
	if work, ok := v.Works.Latest(workRegister); ok && work.Running() {
		return v.to(registerPath)
	}
	azure, err := v.Azure(v.in.Context())
	if err != nil {
		return err
	}
	session, err := azure.Begin(v.in.Context(), v.value("tenant"))
	if err != nil {
		return err
	}
	v.signing.replace(session)
	return v.registering(session, admin.AzureOptions{})
}

// registerAgain goes on after a failure, with the application that is there or with one more.
func (v *visit) registerAgain() error {
	session := v.signing.get()
	if session == nil {
		return v.to(registerPath)
	}
	return v.registering(session, admin.AzureOptions{Reuse: v.value("reuse"), Another: v.value("another") != ""})
}

// registerStop gives the sign-in up; the code is good for nothing any more.
func (v *visit) registerStop() error {
	v.signing.replace(nil)
	return v.noted("/setup/microsoft", "setup.register-stopped")
}

// registering waits for the sign-in, registers, and keeps what was made once it works.
func (v *visit) registering(session *admin.AzureSession, options admin.AzureOptions) error {
	setup := v.Setup
	err := v.begin(workRegister, func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		if err := session.Await(ctx); err != nil {
			return nil, err
		}
		made, err := session.Register(ctx, options)
		if made.Secret == "" {
			return nil, err
		}
		// Nobody could read the secret again: beside an error it is kept for the next try.
		_, errConnect := setup.Connect(ctx, record.Outlook, credentialsOf(made))
		if err != nil || errConnect != nil {
			return nil, errors.Join(err, errConnect)
		}
		steps := session.State().Steps
		session.Forget()
		return steps, nil
	})
	if err != nil {
		return err
	}
	v.log(account.ActRegistered, nil)
	return v.to(registerPath)
}

// credentialsOf are the settings that a registration made.
func credentialsOf(made admin.Registration) config.Saved {
	values := map[string]string{"microsoft.tenant_id": made.TenantID, "microsoft.client_id": made.ClientID, "microsoft.client_secret": made.Secret}
	if !made.SecretExpires.IsZero() {
		values["microsoft.client_secret_expires"] = made.SecretExpires.UTC().Format("2006-01-02")
	}
	return config.Saved{Values: values}
}

// scriptsData is what the page of scripts shows.
type scriptsData struct {
	Steps           []stepLink
	Azure, Exchange string
	ClientID, Group string
}

// scripts shows the two scripts with which it can be done elsewhere: the registration, and a limit to chosen mailboxes.
func (v *visit) scripts() error {
	steps, err := v.stepLinks("microsoft")
	if err != nil {
		return err
	}
	settings, err := v.Setup.Current(v.in.Context())
	if err != nil {
		return err
	}
	data := scriptsData{Steps: steps, Azure: admin.AzureCLIScript(v.texts, ""), ClientID: settings.Microsoft.ClientID, Group: v.value("group")}
	if data.ClientID != "" && data.Group != "" {
		data.Exchange = admin.ExchangeScript(v.texts, admin.ExchangeScope{ClientID: data.ClientID, Group: data.Group})
	}
	return v.show(http.StatusOK, "setup-scripts", data)
}
