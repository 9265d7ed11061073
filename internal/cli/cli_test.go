package cli_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// terminal collects what a command writes.
type terminal struct{ out, err bytes.Buffer }

// run runs one command with the answers of a fake office, in a language, with a configuration that works.
func run(t *testing.T, lang string, office cli.Connection, args ...string) (code int, all string) {
	t.Helper()
	return runWith(t, backends(office), append(args, "--lang", lang, "--config", good(t))...)
}

func runWith(t *testing.T, backends cli.Backends, args ...string) (code int, all string) {
	t.Helper()
	var at terminal
	code = cli.Run(t.Context(), args, cli.Streams{Out: &at.out, Err: &at.err}, backends)
	return code, at.out.String() + at.err.String()
}

func good(t *testing.T) string {
	t.Helper()
	return write(t, `[raynet]
instance = "demo"
user = "sync@example.cz"
api_key = "fake-key"
[microsoft]
tenant_id = "11111111-1111-4111-8111-111111111111"
client_id = "22222222-2222-4222-8222-222222222222"
client_secret = "fake~secret"
[[user]]
mailbox = "ann@contoso.example"
time_zone = "America/New_York"
`)
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raynetsync.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func backends(office cli.Connection) cli.Backends {
	if office.Close == nil {
		office.Close = func() error { return nil }
	}
	return cli.Backends{
		Version: "v1.2.3", Now: moment,
		Open: func(_ context.Context, layers config.Layers) (cli.Connection, error) {
			_, office.Incomplete = config.Read(layers)
			layers.Partial = true
			var err error
			office.Settings, err = config.Read(layers)
			return office, err
		},
		Serve: func(_ context.Context, layers config.Layers, options cli.ServeOptions) error {
			layers.Partial = true
			settings, err := config.Read(layers)
			if err == nil {
				options.Ready(cli.Serving{URL: "http://" + settings.Server.Listen, Nobody: len(settings.Sync.Users) == 0})
			}
			return err
		},
		Emulate: func(_ context.Context, options cli.EmulateOptions, ready func(any) error) error {
			return ready(struct {
				URL    string   `json:"raynet_url"`
				Faults []string `json:"faults"`
			}{options.Raynet, options.Faults})
		},
	}
}

func moment() time.Time { return time.Date(2026, 3, 5, 9, 30, 0, 0, time.UTC) }

// update writes the golden files anew: go test ./internal/cli -update.
func update() bool {
	return flag.Lookup("update") != nil && flag.Lookup("update").Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	os.Exit(m.Run())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
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

// Every screen, in both languages, with its exit code.
func TestScreens(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		office cli.Connection
		args   []string
		want   int
	}{
		{"doctor", office(), []string{"doctor"}, cli.Person},
		{"users", office(), []string{"users"}, cli.Done},
		{"plan", office(), []string{"plan"}, cli.Person},
		{"plan-nobody", nobody(), []string{"plan"}, cli.Person},
		{"sync", office(), []string{"sync", "--once"}, cli.Person},
		{"status", office(), []string{"status"}, cli.Person},
		{"alerts", office(), []string{"alerts"}, cli.Person},
		{"alerts-none", nobody(), []string{"alerts"}, cli.Done},
		{"alerts-test", office(), []string{"alerts", "test"}, cli.Person},
		{"alerts-test-none", nobody(), []string{"alerts", "test"}, cli.Person},
		{"usage-alerts", office(), []string{"alerts", "tst"}, cli.Usage},
		{"help-alerts", office(), []string{"alerts", "--help"}, cli.Done},
		{"search", office(), []string{"search", "--user", "jana@example.cz", "--titles"}, cli.Done},
		{"search-ref", office(), []string{"search", "meeting/7"}, cli.Done},
		{"search-nothing", office(), []string{"search", "--state", "hidden"}, cli.Done},
		{"explain", office(), []string{"explain", "raynet:meeting/7"}, cli.Done},
		{"journal", office(), []string{"journal"}, cli.Done},
		{"restore-dry", office(), []string{"restore", "--entry", "7", "--dry"}, cli.Person},
		{"serve", office(), []string{"serve"}, cli.Done},
		{"help", office(), []string{"--help"}, cli.Done},
		{"help-explain", office(), []string{"explain", "--help"}, cli.Done},
		{"version", office(), []string{"version"}, cli.Done},
		{"unknown-user", failing(&admin.Failure{Code: "user", Args: map[string]any{"User": "x@example.cz"}}), []string{"plan"}, cli.Usage},
		{"restore-what", office(), []string{"restore"}, cli.Usage},
		{"usage-command", office(), []string{"statu"}, cli.Usage},
		{"usage-flag", office(), []string{"plan", "--swep"}, cli.Usage},
		{"usage-missing", office(), []string{"explain"}, cli.Usage},
		{"usage-no-value", office(), []string{"demo", "--seed"}, cli.Usage},
		{"usage-number", office(), []string{"restore", "--entry", "x"}, cli.Usage},
		{"usage-duration", office(), []string{"journal", "--since", "x"}, cli.Usage},
		{"unknown-command", office(), []string{"plann"}, cli.Usage},
		{"unknown-flag", office(), []string{"plan", "--jason"}, cli.Usage},
	} {
		for _, lang := range []string{"cs", "en"} {
			t.Run(test.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				code, got := run(t, lang, test.office, test.args...)
				if code != test.want {
					t.Errorf("exit code %d, want %d", code, test.want)
				}
				golden(t, test.name+"."+lang, got)
			})
		}
	}
}

// What is wrong with the settings is told with its line, its key and what would be right; nothing is opened.
func TestMistakesInTheSettings(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"cs", "en"} {
		path := write(t, "[raynet]\ninstance = \"demo\"\nuser = \"sync@example.cz\"\napi_key = \"k\"\nurll = \"x\"\n"+
			"[microsoft]\ntenant_id = \"nonsense\"\nclient_id = \"22222222-2222-4222-8222-222222222222\"\n[sync]\npreset = \"carefull\"\npoll_interval = \"soon\"\n")
		code, got := runWith(t, backends(cli.Connection{}), "plan", "--config", path, "--lang", lang)
		if code != cli.Usage {
			t.Errorf("exit code %d, want %d", code, cli.Usage)
		}
		golden(t, "mistakes."+lang, string(bytes.ReplaceAll([]byte(got), []byte(path), []byte("raynetsync.toml"))))
	}
}

func TestAnswersForPrograms(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"doctor"}, {"users"}, {"plan"}, {"sync"}, {"status"}, {"search", "porada"}, {"alerts"}, {"explain", "raynet:meeting/7"}, {"journal"},
		{"restore", "--run", "r1"}, {"version"}, {"serve"}} {
		_, got := run(t, "cs", office(), append(args, "--json")...)
		if args[0] == "serve" {
			continue // the process id differs
		}
		golden(t, args[0]+".json", got)
	}
}

func TestErrorsNeedAPerson(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{{"doctor"}, {"users"}, {"plan"}, {"sync"}, {"status"}, {"alerts"}, {"alerts", "test"}, {"explain", "x"}, {"journal"}, {"restore", "--run", "r"}} {
		if code, got := run(t, "en", failing(errors.New("the disk is full")), command...); code != cli.Person || !bytes.Contains([]byte(got), []byte("the disk is full")) {
			t.Errorf("%v: exit code %d and %q, want %d and the error", command, code, got, cli.Person)
		}
	}
	if code, got := run(t, "xx", office(), "plan"); code != cli.Usage {
		t.Errorf("unknown language: exit code %d and %q, want %d", code, got, cli.Usage)
	}
}

// A demo is good only if the second cycle found nothing to do and nobody was mailed.
func TestDemoExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		last admin.Cycle
		want int
	}{
		{"empty", admin.Cycle{}, cli.Done},
		{"steps", admin.Cycle{Steps: admin.Steps{Update: 1}}, cli.Person},
		{"mails", admin.Cycle{Mails: 1}, cli.Person},
		{"errors", admin.Cycle{Errors: []admin.CycleError{{Text: "x"}}}, cli.Person},
		{"halted", admin.Cycle{Halted: []admin.HaltedPair{{}}}, cli.Person},
	} {
		b := backends(office())
		b.Demo = func(_ context.Context, options cli.DemoOptions, show cli.Show) (admin.Report, error) {
			if !options.Once || options.Seed != 9 || show.Screen != nil || show.Texts == nil {
				t.Errorf("%s: options %+v, show %+v", test.name, options, show)
			}
			return admin.Report{Cycles: []admin.Cycle{{Steps: admin.Steps{Create: 3}}, test.last}}, nil
		}
		if code, _ := runWith(t, b, "demo", "--once", "--json", "--seed", "9"); code != test.want {
			t.Errorf("%s: exit code %d, want %d", test.name, code, test.want)
		}
	}
}

// A synchronisation that did nothing still needs a person while something from before does.
func TestSyncTellsOfWhatWasSetAsideEarlier(t *testing.T) {
	t.Parallel()
	quiet := office()
	quiet.Sync = func(context.Context, admin.SyncOptions) (admin.Report, error) {
		return admin.Report{Cycles: []admin.Cycle{{Run: "run-2", Users: []admin.UserCycle{{User: "jana@example.cz", Kind: kind}}}}}, nil
	}
	code, got := run(t, "en", quiet, "sync", "--once")
	if code != cli.Person || !strings.Contains(got, "waits for a person") || strings.Contains(got, "takes it back") {
		t.Errorf("with something set aside: exit code %d and\n%s", code, got)
	}
	quiet.Status = func(context.Context) (admin.Status, error) { return admin.Status{Store: "ok"}, nil }
	if code, got := run(t, "en", quiet, "sync", "--once"); code != cli.Done || strings.Contains(got, "waits for a person") {
		t.Errorf("with nothing set aside: exit code %d and\n%s", code, got)
	}
}

func TestEmulateRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := backends(office())
	b.Emulate = func(context.Context, cli.EmulateOptions, func(any) error) error {
		return cli.WrongUsage(errors.New("no such fault"))
	}
	if code, got := runWith(t, b, "emulate", "--fault", "x"); code != cli.Usage || !strings.Contains(got, "no such fault") {
		t.Errorf("exit code %d and %q", code, got)
	}
}

func TestEmulatePrintsOneLine(t *testing.T) {
	t.Parallel()
	code, got := runWith(t, backends(office()), "emulate", "--raynet", "127.0.0.1:1", "--fault", "a", "--fault", "b")
	if want := `{"raynet_url":"127.0.0.1:1","faults":["a","b"]}` + "\n"; code != cli.Done || got != want {
		t.Errorf("exit code %d and %q, want %q", code, got, want)
	}
}

// Off a terminal there is not one escape sequence, and NO_COLOR is obeyed.
func TestNoColoursOffATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	cli.Run(t.Context(), []string{"plan", "--config", good(t)}, cli.Streams{Out: &out, Err: io.Discard, Environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"}},
		backends(office()))
	if bytes.ContainsRune(out.Bytes(), '\x1b') || out.Len() == 0 {
		t.Errorf("escape sequences in %q", out.String())
	}
}

func failing(err error) cli.Connection {
	return cli.Connection{
		Verify: func(context.Context, admin.VerifyOptions) (admin.Verification, error) {
			return admin.Verification{}, err
		},
		Users:      func(context.Context) ([]admin.UserRow, error) { return nil, err },
		Plan:       func(context.Context, admin.SyncOptions) (admin.Report, error) { return admin.Report{}, err },
		Sync:       func(context.Context, admin.SyncOptions) (admin.Report, error) { return admin.Report{}, err },
		Status:     func(context.Context) (admin.Status, error) { return admin.Status{}, err },
		Explain:    func(context.Context, string) ([]admin.Explanation, error) { return nil, err },
		Journal:    func(context.Context, admin.JournalOptions) ([]admin.JournalEntry, error) { return nil, err },
		Restore:    func(context.Context, admin.RestoreWhat, bool) (admin.Report, error) { return admin.Report{}, err },
		Alerts:     func(context.Context, *locale.Texts) (admin.AlertList, error) { return admin.AlertList{}, err },
		TestAlerts: func(context.Context) ([]admin.AlertAnswer, error) { return nil, err },
	}
}

const kind = record.Calendar
