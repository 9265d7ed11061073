package admin_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/locale"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// The limit to some mailboxes: in effect, not yet in effect, and without effect because of the consent.
func TestCheckScope(t *testing.T) {
	t.Parallel()
	both := []string{"Calendars.ReadWrite", "Contacts.ReadWrite"}
	limited := func(mailboxes ...string) func(*outlookemu.Server) {
		return func(s *outlookemu.Server) {
			s.SetRoles("User.Read.All", "Tasks.ReadWrite.All")
			for _, role := range both {
				s.Allow(role, mailboxes...)
			}
		}
	}
	for _, test := range []struct {
		name    string
		change  func(*outlookemu.Server)
		outside string
		want    []string
		ok      bool
	}{
		{"in effect", limited(jana), petr, []string{
			"scope-calendars-consent=ok/ok", "scope-calendars-inside=ok/ok", "scope-calendars-outside=ok/ok",
			"scope-contacts-consent=ok/ok", "scope-contacts-inside=ok/ok", "scope-contacts-outside=ok/ok", "scope-tasks=warning/tenant-wide"}, true},
		{"not limited at all", func(*outlookemu.Server) {}, petr, []string{
			"scope-calendars-consent=failed/tenant-wide", "scope-calendars-inside=ok/ok", "scope-calendars-outside=failed/tenant-wide",
			"scope-contacts-outside=failed/tenant-wide"}, false},
		{"limited beside the consent", func(s *outlookemu.Server) { s.Allow("Calendars.ReadWrite", jana) }, petr, []string{
			"scope-calendars-consent=failed/tenant-wide", "scope-calendars-outside=failed/tenant-wide"}, false},
		{"nothing opens yet", limited(), petr, []string{"scope-calendars-inside=failed/denied", "scope-contacts-inside=failed/denied", "scope-calendars-outside=ok/ok"}, false},
		{"the other one is in the group too", limited(jana, petr), petr, []string{"scope-calendars-outside=failed/open", "scope-contacts-outside=failed/open"}, false},
		{"the mailbox outside is not there", limited(jana), "nobody@example.cz", []string{"scope-calendars-outside=failed/no-mailbox"}, false},
		{"contacts were forgotten", func(s *outlookemu.Server) {
			s.SetRoles("User.Read.All")
			s.Allow("Calendars.ReadWrite", jana)
		}, petr, []string{"scope-calendars-inside=ok/ok", "scope-contacts-inside=failed/denied", "scope-contacts-outside=ok/ok"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			test.change(c.outlook)
			found, err := c.open().CheckScope(t.Context(), strings.ToUpper(jana), test.outside)
			if err != nil {
				t.Fatal(err)
			}
			wantWords(t, found.Checks)
			want(t, found, test.want...)
			if found.OK() != test.ok {
				t.Errorf("OK is %v:%s", found.OK(), brief(found))
			}
		})
	}
}

// Without a token there is nothing to check, and the reason is told as doctor tells it.
func TestCheckScopeWithoutAToken(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if err := c.outlook.Inject("token-expired-secret"); err != nil {
		t.Fatal(err)
	}
	found, err := c.open().CheckScope(t.Context(), jana, petr)
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, found.Checks)
	want(t, found, "microsoft-secret=failed/expired")
}

// A connection that is limited to some mailboxes is in order for doctor: a role counts when its probe works.
func TestDoctorTakesALimitedConnection(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.outlook.SetRoles("User.Read.All", "Tasks.ReadWrite.All")
	for _, role := range []string{"Calendars.ReadWrite", "Contacts.ReadWrite"} {
		c.outlook.Allow(role, jana, petr)
	}
	found := c.verify(c.open(), admin.VerifyOptions{Users: true})
	want(t, found, "permission-calendars=ok/scoped", "permission-contacts=ok/scoped", "permission-tasks=ok/ok", "microsoft-consent=ok/ok")
}

// update writes the golden files anew: go test ./internal/admin -update.
func update() bool {
	return flag.Lookup("update") != nil && flag.Lookup("update").Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	os.Exit(m.Run())
}

func TestScripts(t *testing.T) {
	t.Parallel()
	scope := admin.ExchangeScope{ClientID: outlookemu.FakeClient, PrincipalID: outlookemu.FakeSecretID, Group: "Obchod a servis", Inside: jana, Outside: petr}
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for name, got := range map[string]string{
			"azure-cli." + lang + ".sh": admin.AzureCLIScript(texts, ""),
			"exchange." + lang + ".ps1": admin.ExchangeScript(texts, scope),
		} {
			path := filepath.Join("testdata", name)
			if update() {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
	}
}

// fakeCLI stands for az: it answers what the script asks for and writes down what it was told, one argument a line.
const fakeCLI = `#!/bin/bash
printf '%s\n' "$@" --- >> "$AZ_LOG"
case "$*" in
"account show --query"*) echo tenant-1 ;;
"ad app list"*) printf '%s' "$AZ_THERE" ;;
"ad app create"*) echo client-1 ;;
*"--query id"*) echo object-1 ;;
"ad sp show"*"--output none") exit 3 ;;
"ad app credential"*) echo "it's secret" ;;
esac
`

// The script runs, whatever the application is called, and asks the Azure CLI for the right things.
func TestAzureCLIScriptRuns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, application, there string
		wantFails                bool
		want                     []string
		wantNot                  string
	}{
		{"new", "", "", false, []string{"displayName eq 'Raynet Outlook Sync'\n", "create\n--display-name\nRaynet Outlook Sync\n", "RAYNETSYNC_MICROSOFT_TENANT_ID=tenant-1\n",
			"RAYNETSYNC_MICROSOFT_CLIENT_ID=client-1\n", "RAYNETSYNC_MICROSOFT_CLIENT_SECRET=it's secret\n", `{"principalId":"object-1","resourceId":"object-1","appRoleId":"44e666d1-d276-445b-a5fc-8815eeb81d55"}`,
			`"resourceAccess":[{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"},`}, "HACKED"},
		{"dangerous name", `a'; echo HACKED #$(echo HACKED)"`, "", false, []string{"create\n--display-name\n" + `a'; echo HACKED #$(echo HACKED)"` + "\n", `displayName eq 'a''; echo`}, "\nHACKED"},
		{"there already", "", "client-9\n", false, []string{"RAYNETSYNC_MICROSOFT_CLIENT_ID=client-9\n"}, "create\n--display-name"},
		{"several", "", "client-8\nclient-9\n", true, []string{"several applications"}, "credential"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			log := filepath.Join(folder, "log")
			if err := os.WriteFile(filepath.Join(folder, "az"), []byte(fakeCLI), 0o700); err != nil { //nolint:gosec // a program
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "bash", "-s")
			command.Stdin = strings.NewReader(admin.AzureCLIScript(locale.New("en"), test.application))
			command.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "AZ_LOG=" + log, "AZ_THERE=" + test.there}
			out, err := command.CombinedOutput()
			if (err != nil) != test.wantFails {
				t.Fatalf("%v:\n%s", err, out)
			}
			asked, readErr := os.ReadFile(log)
			if readErr != nil {
				t.Fatal(readErr)
			}
			all := string(out) + string(asked)
			for _, want := range test.want {
				if !strings.Contains(all, want) {
					t.Errorf("lacks %q:\n%s", want, all)
				}
			}
			if strings.Contains(all, test.wantNot) {
				t.Errorf("holds %q:\n%s", test.wantNot, all)
			}
		})
	}
}

// What people type ends up between apostrophes, also by PowerShell's own idea of an apostrophe.
func TestExchangeScriptQuotes(t *testing.T) {
	t.Parallel()
	script := admin.ExchangeScript(locale.New("en"), admin.ExchangeScope{ClientID: "c", Group: "Karel's \u2019; Remove-Mailbox\n# $x", Inside: "a", Outside: "b"})
	if want := "$group = 'Karel''s \u2019\u2019; Remove-Mailbox # $x'\n"; !strings.Contains(script, want) {
		t.Errorf("lacks %q:\n%s", want, script)
	}
}
