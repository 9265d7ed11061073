package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
)

// azureCommand is everything about the application in Microsoft Entra ID.
type azureCommand struct {
	Register azureRegisterCommand `cmd:"" help:"${help_azure_register}"`
	Script   azureScriptCommand   `cmd:"" help:"${help_azure_script}"`
	Scope    azureScopeCommand    `cmd:"" help:"${help_azure_scope}"`
}

// azureRegisterCommand registers the application for an administrator who signs in.
type azureRegisterCommand struct {
	Tenant      string `placeholder:"TENANT" help:"${help_azure_tenant}"`
	Name        string `placeholder:"NAME" help:"${help_azure_name}"`
	Months      int    `default:"24" help:"${help_azure_months}"`
	Certificate bool   `help:"${help_azure_certificate}"`
	File        string `name:"certificate-file" default:"raynetsync-client.pem" placeholder:"FILE" help:"${help_azure_certificate_file}"`
	Reuse       string `placeholder:"CLIENT" help:"${help_azure_reuse}"`
	Another     bool   `help:"${help_azure_another}"`
	Env         bool   `help:"${help_azure_env}"`
}

// Run is called by the parser.
func (c *azureRegisterCommand) Run(ctx context.Context, s *session) error {
	if c.Months < 1 || c.Months > admin.DefaultSecretMonths {
		return usageError{errors.New(s.t("cli.azure.months", nil))}
	}
	at, err := s.endpoints()
	if err != nil {
		return err
	}
	session, err := s.backends.Register(ctx, at, c.Tenant)
	if err != nil {
		return err
	}
	people := s.screen // programs get standard output for themselves
	if s.grammar.JSON {
		people = screen.New(s.streams.Err, s.streams.Environ)
	}
	state := session.State()
	people.Line(screen.Title(s.t("cli.azure.open", map[string]any{"URL": state.URL})), screen.Bold(state.UserCode))
	people.Wrapped(0, "", s.t("cli.azure.sign-in", nil))
	people.Line(screen.Dim(s.t("cli.azure.until", map[string]any{"Minutes": s.texts.N("count.minutes", int(state.Expires.Sub(s.backends.Now()).Round(time.Minute)/time.Minute), nil)})))
	if err := session.Await(ctx); err != nil {
		return err
	}
	person := session.State().Person
	if person == "" {
		person = s.t("cli.azure.somebody", nil)
	}
	people.Line(screen.Good("✓"), s.t("cli.azure.signed-in", map[string]any{"Person": person}))
	made, err := session.Register(ctx, admin.AzureOptions{Name: c.Name, SecretMonths: c.Months, Certificate: c.Certificate, CertificateFile: c.File,
		Reuse: c.Reuse, Another: c.Another, Tell: func(step admin.AzureStep) {
			mark := screen.Good("✓")
			if step.Code == "waiting" || step.Code == "shorter" {
				mark = screen.Dim("…")
			}
			people.Wrapped(2, mark, s.t("azure-step."+step.Code, step.Args))
		}})
	if s.grammar.JSON {
		if err == nil || made.ClientID != "" { // what was made is told beside an error too
			err = errors.Join(err, s.json(made))
		}
		return err
	}
	if made.Secret != "" || made.CertificateFile != "" { // also beside an error: nobody could read the secret again
		s.showRegistration(made, c.Env)
	}
	return err
}

// showRegistration prints what was made as the configuration wants it. This is the only place where the secret is shown.
func (s *session) showRegistration(made admin.Registration, env bool) {
	values := [][2]string{{"tenant_id", made.TenantID}, {"client_id", made.ClientID}}
	if made.Secret != "" {
		values = append(values, [2]string{"client_secret", made.Secret}, [2]string{"client_secret_expires", made.SecretExpires.Format(time.DateOnly)})
	} else {
		values = append(values, [2]string{"certificate_file", made.CertificateFile}, [2]string{"client_secret_expires", made.SecretExpires.Format(time.DateOnly)})
	}
	title := "cli.azure.values"
	if env {
		title = "cli.azure.values-env"
	}
	s.screen.Blank()
	s.screen.Line(screen.Title(s.t(title, nil)))
	s.screen.Blank()
	if !env {
		s.screen.Line("[microsoft]")
	}
	for _, value := range values {
		line := value[0] + " = " + tomlText(value[1])
		if env {
			line = "RAYNETSYNC_MICROSOFT_" + strings.ToUpper(value[0]) + "=" + value[1]
		}
		s.screen.Line(line)
	}
	s.screen.Blank()
	if made.Secret != "" {
		s.screen.Wrapped(0, "", screen.Warn(s.t("cli.azure.once", nil)))
	}
	s.screen.Wrapped(0, "", s.t("cli.azure.check", nil))
	s.screen.Line(made.PrincipalID)
}

// tomlText writes a text as TOML: between apostrophes as it is, if it can be.
func tomlText(text string) string {
	if strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") {
		return "'" + text + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// azureScriptCommand prints a script that does the same without us.
type azureScriptCommand struct {
	Shell     string `enum:"az,exchange" default:"az" placeholder:"az|exchange" help:"${help_azure_shell}"`
	Name      string `placeholder:"NAME" help:"${help_azure_name}"`
	Client    string `placeholder:"CLIENT" help:"${help_azure_client}"`
	Principal string `placeholder:"ID" help:"${help_azure_principal}"`
	Group     string `placeholder:"GROUP" help:"${help_azure_group}"`
	Inside    string `placeholder:"MAILBOX" help:"${help_azure_inside}"`
	Outside   string `placeholder:"MAILBOX" help:"${help_azure_outside}"`
}

// Run is called by the parser.
func (c *azureScriptCommand) Run(s *session) error {
	script := ""
	if c.Shell == "az" {
		script = admin.AzureCLIScript(s.texts, c.Name)
	} else {
		if c.Group == "" || c.Inside == "" || c.Outside == "" {
			return usageError{errors.New(s.t("cli.azure.group-missing", nil))}
		}
		if c.Client == "" {
			if settings, err := s.partly(); err == nil {
				c.Client = settings.Microsoft.ClientID
			}
		}
		if c.Client == "" {
			return usageError{errors.New(s.t("cli.azure.client-missing", nil))}
		}
		script = admin.ExchangeScript(s.texts, admin.ExchangeScope{ClientID: c.Client, PrincipalID: c.Principal, Group: c.Group, Inside: c.Inside, Outside: c.Outside})
	}
	if s.grammar.JSON {
		return s.json(map[string]string{"script": script})
	}
	_, err := fmt.Fprint(s.streams.Out, script)
	return err
}

// azureScopeCommand checks that the limit to some mailboxes took effect.
type azureScopeCommand struct {
	Inside  string `required:"" placeholder:"MAILBOX" help:"${help_azure_inside}"`
	Outside string `required:"" placeholder:"MAILBOX" help:"${help_azure_outside}"`
}

// Run is called by the parser.
func (c *azureScopeCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		found, err := connection.CheckScope(ctx, c.Inside, c.Outside)
		if err != nil {
			return err
		}
		return s.answerChecks(found)
	})
}

// endpoints reads where Microsoft's services are. The rest of the settings need not exist yet, because the registration is what
// they wait for.
func (s *session) endpoints() (AzureEndpoints, error) {
	settings, err := s.partly()
	if err != nil {
		return AzureEndpoints{}, err
	}
	at := settings.Microsoft
	return AzureEndpoints{GraphURL: at.GraphURL, AuthorityURL: at.AuthorityURL, CAFile: at.CAFile}, nil
}

// partly reads the settings of file and environment, complete or not.
func (s *session) partly() (*config.Config, error) {
	layers := s.layers()
	layers.Partial = true
	return config.Read(layers)
}
