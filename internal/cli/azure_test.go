package cli_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli"
	"raynetsync/internal/config"
)

const secret = "fake~secret~that~is~shown~once"

// registering answers as a tenant in which everything goes well, or fails at the end.
type registering struct {
	at      cli.AzureEndpoints
	tenant  string
	options admin.AzureOptions
	end     error
}

func (r *registering) backends() cli.Backends {
	b := backends(office())
	b.Register = func(_ context.Context, at cli.AzureEndpoints, tenant string) (cli.AzureSession, error) {
		r.at, r.tenant = at, tenant
		person := ""
		return cli.AzureSession{
			State: func() admin.AzureState {
				return admin.AzureState{UserCode: "FAKE2CODE", URL: "https://microsoft.com/devicelogin", Expires: moment().Add(15 * time.Minute), Person: person}
			},
			Await: func(context.Context) error {
				person = "admin@contoso.example"
				return nil
			},
			Register: func(_ context.Context, options admin.AzureOptions) (admin.Registration, error) {
				return r.register(options)
			},
		}, nil
	}
	return b
}

func (r *registering) register(options admin.AzureOptions) (admin.Registration, error) {
	r.options = options
	options.Tell(admin.AzureStep{Code: "made", Args: map[string]any{"Name": "Raynet Outlook Sync", "Client": "22222222-2222-4222-8222-222222222222"}})
	options.Tell(admin.AzureStep{Code: "waiting"})
	made := admin.Registration{TenantID: "11111111-1111-4111-8111-111111111111", ClientID: "22222222-2222-4222-8222-222222222222", ObjectID: "object",
		PrincipalID: "principal", SecretExpires: time.Date(2028, 3, 5, 0, 0, 0, 0, time.UTC), Verified: r.end == nil}
	if options.Certificate {
		if made.CertificateFile = options.CertificateFile; !filepath.IsAbs(made.CertificateFile) {
			made.CertificateFile = `/etc/raynetsync/"client".pem`
		}
	} else {
		made.Secret, made.SecretID = secret, "key"
	}
	if r.end != nil && r.end.Error() == admin.FailureAzureNoConsent {
		made.Secret, made.SecretID, made.SecretExpires = "", "", time.Time{}
	}
	return made, r.end
}

func TestAzureScreens(t *testing.T) {
	t.Parallel()
	roles := &admin.Failure{Code: admin.FailureAzureRoles, Args: map[string]any{"Permissions": "Contacts.ReadWrite", "Link": "https://portal.azure.com/#x"}, Err: errors.New("the token lacks it")}
	consent := &admin.Failure{Code: admin.FailureAzureNoConsent, Args: map[string]any{"Name": "Raynet Outlook Sync", "Link": "https://portal.azure.com/#x"}}
	for _, test := range []struct {
		name string
		end  error
		args []string
		want int
	}{
		{"azure-register", nil, []string{"register"}, cli.Done},
		{"azure-register-env", nil, []string{"register", "--env"}, cli.Done},
		{"azure-register-certificate", nil, []string{"register", "--certificate"}, cli.Done},
		{"azure-register-roles", roles, []string{"register"}, cli.Person},
		{"azure-register-consent", consent, []string{"register"}, cli.Person},
		{"azure-register-months", nil, []string{"register", "--months", "60"}, cli.Usage},
		{"azure-scope", nil, []string{"scope", "--inside", "jana@example.cz", "--outside", "petr@example.cz"}, cli.Person},
		{"azure-scope-missing", nil, []string{"scope"}, cli.Usage},
		{"azure-script-missing", nil, []string{"script", "--shell", "exchange"}, cli.Usage},
		{"azure-help", nil, []string{"--help"}, cli.Done},
	} {
		for _, lang := range []string{"cs", "en"} {
			t.Run(test.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				r := &registering{end: test.end}
				code, got := runWith(t, r.backends(), append([]string{"azure"}, append(test.args, "--lang", lang, "--config", good(t))...)...)
				if code != test.want {
					t.Errorf("exit code %d, want %d", code, test.want)
				}
				if shown := strings.Count(got, secret); shown > 1 {
					t.Errorf("the secret is shown %d times", shown)
				}
				golden(t, test.name+"."+lang, got)
			})
		}
	}
}

// Programs get the answer on standard output alone; what a person needs for the sign-in goes to the other one.
func TestAzureForPrograms(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]error{"azure-register.json": nil, "azure-register-consent.json": &admin.Failure{Code: admin.FailureAzureNoConsent,
		Args: map[string]any{"Name": "n", "Link": "l"}}} {
		r := &registering{end: end}
		var at terminal
		code := cli.Run(t.Context(), []string{"azure", "register", "--json", "--lang", "en"}, cli.Streams{Out: &at.out, Err: &at.err}, r.backends())
		if (code == cli.Done) != (end == nil) || !strings.Contains(at.err.String(), "FAKE2CODE") || strings.Contains(at.err.String(), secret) {
			t.Errorf("%s: exit code %d, people read %q", name, code, at.err.String())
		}
		golden(t, name, at.out.String())
	}
}

// What was typed and what stands in the environment arrives; no other setting is needed.
func TestAzureFlagsAndEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "graph")
	if err := os.WriteFile(file, []byte("https://127.0.0.1:1/v1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &registering{}
	var at terminal
	args := []string{"azure", "register", "--tenant", "contoso.example", "--name", "Sync", "--months", "6", "--certificate", "--certificate-file", "c.pem", "--another",
		"--reuse", "x"}
	code := cli.Run(t.Context(), args, cli.Streams{Out: &at.out, Err: &at.err, Environ: []string{"RAYNETSYNC_MICROSOFT_GRAPH_URL_FILE=" + file,
		"RAYNETSYNC_MICROSOFT_AUTHORITY_URL=https://127.0.0.1:2", "RAYNETSYNC_MICROSOFT_CA_FILE=" + file}}, r.backends())
	if code != cli.Done {
		t.Fatalf("exit code %d: %s", code, at.err.String())
	}
	if diff := cmp.Diff(cli.AzureEndpoints{GraphURL: "https://127.0.0.1:1/v1.0", AuthorityURL: "https://127.0.0.1:2", CAFile: file}, r.at); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	r.options.Tell = nil
	want := admin.AzureOptions{Name: "Sync", SecretMonths: 6, Certificate: true, CertificateFile: "c.pem", Another: true, Reuse: "x"}
	if diff := cmp.Diff(want, r.options); diff != "" || r.tenant != "contoso.example" {
		t.Errorf("tenant %q, options (-want +got):\n%s", r.tenant, diff)
	}
	if code, got := runWith(t, r.backends(), "azure", "register", "--lang", "en"); code != cli.Done || r.at.GraphURL != "https://graph.microsoft.com/v1.0" || r.at.CAFile != "" {
		t.Errorf("without an environment: %d, %+v: %s", code, r.at, got)
	}
}

func TestAzureScripts(t *testing.T) {
	t.Parallel()
	script := func(config string, args ...string) (int, string) {
		var at terminal
		code := cli.Run(t.Context(), append([]string{"azure", "script", "--lang", "en", "--config", config}, args...), cli.Streams{Out: &at.out, Err: &at.err}, backends(office()))
		return code, at.out.String()
	}
	code, bash := script("", "--name", "Karel's")
	check := exec.CommandContext(t.Context(), "bash", "-n")
	check.Stdin = bytes.NewReader([]byte(bash))
	if out, err := check.CombinedOutput(); code != cli.Done || err != nil || !strings.HasPrefix(bash, "#!/usr/bin/env bash\n") {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
	code, power := script(good(t), "--shell", "exchange", "--group", "Obchod", "--inside", "a@example.cz", "--outside", "b@example.cz")
	if code != cli.Done || !strings.Contains(power, "$client = '22222222-2222-4222-8222-222222222222'\n") || !strings.Contains(power, "$group = 'Obchod'\n") {
		t.Errorf("exit code %d:\n%s", code, power)
	}
	if code, power = script(write(t, ""), "--shell", "exchange", "--group", "Obchod", "--inside", "a", "--outside", "b"); code != cli.Usage || power != "" {
		t.Errorf("without a client: exit code %d:\n%s", code, power)
	}
}

// What is printed is a configuration that can be loaded as it is.
func TestAzurePrintsAConfiguration(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--certificate", "--certificate-file", write(t, "a certificate")}} {
		r := &registering{}
		var at terminal
		cli.Run(t.Context(), append([]string{"azure", "register", "--lang", "en"}, args...), cli.Streams{Out: &at.out, Err: &at.err}, r.backends())
		_, rest, found := strings.Cut(at.out.String(), "[microsoft]\n")
		table, _, _ := strings.Cut(rest, "\n\n")
		path := write(t, "[raynet]\ninstance = \"demo\"\nuser = \"sync@example.cz\"\napi_key = \"fake-key\"\n[microsoft]\n"+table)
		settings, err := config.Load(path, nil)
		if err != nil || !found {
			t.Errorf("%v: %v\n%s", args, err, at.out.String())
			continue
		}
		if m := settings.Microsoft; m.ClientID != "22222222-2222-4222-8222-222222222222" || m.SecretExpires.Year() != 2028 || m.CertificateFile == "" != (len(args) == 0) {
			t.Errorf("%v: %+v", args, m)
		}
	}
}
