package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/config"
)

const whole = `
[raynet]
url      = "https://app.raynet.cz/api/v2/"
instance = "demo"
user     = "sync@example.cz"
api_key  = "key-for-tests"

[microsoft]
tenant_id     = "11111111-2222-4333-8444-555555555555"
client_id     = "66666666-7777-4888-8999-000000000000"
client_secret = "value-for-tests~"
client_secret_expires = 2028-03-31

[sync]
users       = ["Jana.Novakova@example.cz", "petr.svoboda@example.cz"]
series_days = 60

[[user]]
mailbox   = "Jana.Novakova@example.cz"
raynet    = "17"
time_zone = "America/Sao_Paulo"
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raynetsync.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := config.Load(write(t, text), environ)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

// mistakes returns what Load says about a text, "line key code" each.
func mistakes(t *testing.T, text string, environ ...string) []string {
	t.Helper()
	_, err := config.Load(write(t, text), environ)
	errs, ok := errors.AsType[config.Errors](err)
	if !ok {
		t.Fatalf("Load: got error %v, want config.Errors", err)
	}
	var out []string
	for _, e := range errs {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Line, e.Key, e.Code)))
		if e.Problem == "" || (e.Repair == "" && e.Code != config.CodeSyntax) {
			t.Errorf("%v: problem %q, repair %q: want both", e, e.Problem, e.Repair)
		}
	}
	return out
}

func TestWholeFile(t *testing.T) {
	t.Parallel()
	c := load(t, whole)
	if got, want := c.Raynet.URL, "https://app.raynet.cz/api/v2"; got != want {
		t.Errorf("Raynet.URL = %q, want %q", got, want)
	}
	if got, want := c.Raynet.APIKey.Reveal(), "key-for-tests"; got != want {
		t.Errorf("Raynet.APIKey = %q, want %q", got, want)
	}
	if got, want := c.Microsoft.GraphURL, "https://graph.microsoft.com/v1.0"; got != want {
		t.Errorf("Microsoft.GraphURL = %q, want %q", got, want)
	}
	if got, want := c.Microsoft.SecretExpires, time.Date(2028, 3, 31, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("Microsoft.SecretExpires = %v, want %v", got, want)
	}
	if diff := cmp.Diff([]string{"jana.novakova@example.cz", "petr.svoboda@example.cz"}, c.Sync.Users); diff != "" {
		t.Errorf("Sync.Users (-want +got):\n%s", diff)
	}
	if c.Sync.SeriesDays != 60 || c.Sync.WindowBackDays != 14 || c.Sync.DeletionGrace != 5*time.Minute {
		t.Errorf("Sync = %+v: want series 60, window back 14, grace 5m", c.Sync)
	}
	want := []config.User{{Mailbox: "jana.novakova@example.cz", Raynet: "17", TimeZone: "America/Sao_Paulo"}}
	if diff := cmp.Diff(want, c.Users); diff != "" {
		t.Errorf("Users (-want +got):\n%s", diff)
	}
	if got := c.Origin("sync.series_days"); got.File != c.File || got.Line != 16 {
		t.Errorf("Origin(sync.series_days) = %+v, want line 16 of %s", got, c.File)
	}
	if got := c.Server.KeyPath(); !strings.HasSuffix(got, filepath.Join("data", "master.key")) {
		t.Errorf("KeyPath = %q, want data/master.key", got)
	}
}

func TestMistakesNameKeyLineAndRepair(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from, to string // a replacement in the whole file
		environ        []string
		want           []string
	}{
		{name: "not TOML", from: `"demo"`, to: `demo`, want: []string{"4  syntax"}},
		{name: "misspelt key", from: "api_key", to: "apikey", want: []string{"6 raynet.apikey unknown", "0 raynet.api_key missing"}},
		{name: "misspelt section", from: "[sync]", to: "[snyc]", want: []string{"14 snyc unknown"}},
		{name: "key in the wrong section", from: "series_days = 60", to: `listen = ":80"`, want: []string{"16 sync.listen unknown"}},
		{name: "one bracket", from: "[[user]]", to: "[user]", want: []string{"18 user type"}},
		{name: "text for a number", from: "60", to: `"60"`, want: []string{"16 sync.series_days type"}},
		{name: "number out of bounds", from: "60", to: "-1", want: []string{"16 sync.series_days range"}},
		{name: "secret's ID", from: "value-for-tests~", to: "99999999-8888-4777-8666-555555555555",
			want: []string{"11 microsoft.client_secret secret-id"}},
		{name: "tenant id cut off", from: "11111111-2222", to: "1111-2222", want: []string{"9 microsoft.tenant_id guid"}},
		{name: "tenant id twice", from: "66666666-7777-4888-8999-000000000000", to: "11111111-2222-4333-8444-555555555555",
			want: []string{"10 microsoft.client_id same-id"}},
		{name: "http", from: "https://app", to: "http://app", want: []string{"3 raynet.url insecure"}},
		{name: "address of the web application", from: "cz/api/v2/", to: "cz/demo/", want: []string{"3 raynet.url api-path"}},
		{name: "instance as an address", from: `"demo"`, to: `"https://app.raynet.cz/demo/"`, want: []string{"4 raynet.instance instance"}},
		{name: "unknown zone", from: "America/Sao_Paulo", to: "Evropa/Praha", want: []string{"21 user[1].time_zone zone"}},
		{name: "no mailbox", from: `mailbox   = "Jana.Novakova@example.cz"`, to: "", want: []string{"18 user[1].mailbox missing"}},
		{name: "unknown choice", from: "series_days = 60", to: `preset = "carefull"`, want: []string{"16 sync.preset choice"}},
		{name: "unknown unit", from: "series_days = 60", to: `deletion_grace = "5"`, want: []string{"16 sync.deletion_grace duration"}},
		{name: "kind that there is not", from: "series_days = 60", to: `kinds = ["calendar", "notes"]`, want: []string{"16 sync.kinds choice"}},
		{name: "filter without a name", from: "series_days = 60", to: `contact_filter = "tag:"`, want: []string{"16 sync.contact_filter choice"}},
		{name: "filter that there is not", from: "series_days = 60", to: `contact_filter = "mine"`, want: []string{"16 sync.contact_filter choice"}},
		{name: "days of tasks", from: "series_days = 60", to: `tasks_completed_days = 0`, want: []string{"16 sync.tasks_completed_days range"}},
		{name: "neither on nor off", from: "series_days = 60", to: `contact_photos = "yes"`, want: []string{"16 sync.contact_photos choice"}},
		{name: "key that no version ever had", from: "series_days = 60", to: `event_fields = ["subject"]`,
			want: []string{"16 sync.event_fields unknown"}},
		{name: "secret file that is not there", from: `"key-for-tests"`, to: `"file:none"`, want: []string{"6 raynet.api_key file"}},
		{name: "secret from an endless device", from: `"key-for-tests"`, to: `"file:/dev/zero"`, want: []string{"6 raynet.api_key file"}},
		{name: "line break in a secret", from: `"key-for-tests"`, to: `"a\nb"`, want: []string{"6 raynet.api_key control"}},
		{name: "empty value", from: `"demo"`, to: `""`, want: []string{"4 raynet.instance missing"}},
		{name: "both secret and certificate", from: "client_secret_expires = 2028-03-31", to: `certificate_file = "/dev/null"`,
			want: []string{"11 microsoft.client_secret two-ways"}},
		{name: "sign-in without an address to come back to", from: "series_days = 60", to: "[server]\nmicrosoft_sign_in = \"on\"",
			want: []string{"17 server.microsoft_sign_in needs"}},
		{name: "misspelt variable", environ: []string{"RAYNETSYNC_RAYNET_APIKEY=x"}, want: []string{"0 RAYNETSYNC_RAYNET_APIKEY unknown"}},
		{name: "bad variable", environ: []string{"RAYNETSYNC_SYNC_SERIES_DAYS=many"}, want: []string{"0 RAYNETSYNC_SYNC_SERIES_DAYS type"}},
		{name: "variable and its file", environ: []string{"RAYNETSYNC_RAYNET_USER=a@example.cz", "RAYNETSYNC_RAYNET_USER_FILE=/dev/null"},
			want: []string{"0 RAYNETSYNC_RAYNET_USER_FILE two-ways"}},
		{name: "several at once, in the order of the file", from: `"demo"`, to: "7", environ: []string{"RAYNETSYNC_SERVER_LISTEN=80"},
			want: []string{"4 raynet.instance type", "0 RAYNETSYNC_SERVER_LISTEN listen"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(whole, test.from, test.to, 1)
			if test.from != "" && text == whole {
				t.Fatalf("the whole file has no %q", test.from)
			}
			if diff := cmp.Diff(test.want, mistakes(t, text, test.environ...)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNearestNameIsOffered(t *testing.T) {
	t.Parallel()
	_, err := config.Load(write(t, strings.Replace(whole, "series_days", "serie_days", 1)), nil)
	if err == nil || !strings.Contains(err.Error(), "did you mean series_days?") || !strings.Contains(err.Error(), "raynetsync.toml:16:1") {
		t.Errorf("got %v, want the place and the right name", err)
	}
}

func TestEnvironmentAloneAndOverFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("from-a-file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{
		"RAYNETSYNC_RAYNET_URL=http://127.0.0.1:4711", "RAYNETSYNC_RAYNET_INSTANCE=demo", "RAYNETSYNC_RAYNET_USER=sync@example.cz",
		"RAYNETSYNC_RAYNET_API_KEY_FILE=" + secret, "RAYNETSYNC_MICROSOFT_TENANT_ID=Contoso.example",
		"RAYNETSYNC_MICROSOFT_CLIENT_ID=66666666-7777-4888-8999-000000000000", "RAYNETSYNC_MICROSOFT_CERTIFICATE_FILE=" + secret,
		"RAYNETSYNC_SYNC_USERS=*", "RAYNETSYNC_SERVER_PUBLIC_URL=", "RAYNETSYNC_PORT=tcp://10.0.0.1:80", "RAYNETSYNC_CONTRACTS=/x", "RAYNETSYNC_CHROMIUM=/x",
		"RAYNETSYNC_USER_2_MAILBOX=b@example.cz", "RAYNETSYNC_USER_1_MAILBOX=a@example.cz", "RAYNETSYNC_USER_1_KINDS=calendar", "HOME=/",
	}
	c, err := config.Load("", environ)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if c.Raynet.URL != "http://127.0.0.1:4711/api/v2" || c.Raynet.APIKey.Reveal() != "from-a-file" || c.Microsoft.TenantID != "contoso.example" {
		t.Errorf("got %+v, %+v", c.Raynet, c.Microsoft)
	}
	want := []config.User{{Mailbox: "a@example.cz", Kinds: []string{"calendar"}}, {Mailbox: "b@example.cz"}}
	if diff := cmp.Diff(want, c.Users); diff != "" {
		t.Errorf("Users (-want +got):\n%s", diff)
	}
	over := load(t, whole, "RAYNETSYNC_SYNC_SERIES_DAYS=30", "RAYNETSYNC_USER_1_MAILBOX=jana.novakova@example.cz",
		"RAYNETSYNC_USER_1_RAYNET=18")
	if over.Sync.SeriesDays != 30 || over.Origin("sync.series_days").Variable != "RAYNETSYNC_SYNC_SERIES_DAYS" {
		t.Errorf("series_days = %d from %+v, want 30 from the environment", over.Sync.SeriesDays, over.Origin("sync.series_days"))
	}
	if len(over.Users) != 1 || over.Users[0].Raynet != "18" || over.Users[0].TimeZone != "America/Sao_Paulo" {
		t.Errorf("Users = %+v, want the file's entry with the person of the environment", over.Users)
	}
}

func TestPresetYieldsToWhatIsWritten(t *testing.T) {
	t.Parallel()
	careful := load(t, strings.Replace(whole, "series_days = 60", `preset = "careful"`, 1))
	if careful.Sync.Direction != config.ToOutlook || careful.Sync.NewFromOutlook != config.NewNone {
		t.Errorf("careful: %+v", careful.Sync)
	}
	mixed := load(t, strings.Replace(whole, "series_days = 60", "new_from_outlook = \"category\"\npreset = \"everything\"", 1))
	if mixed.Sync.NewFromOutlook != config.NewWithCategory {
		t.Errorf("a written key yields to the preset: %+v", mixed.Sync)
	}
}

func TestRelativePathsAndSecretsBelongToTheFile(t *testing.T) {
	t.Parallel()
	path := write(t, strings.Replace(whole, `"key-for-tests"`, `"file:key"`, 1)+"\n[server]\ndata_dir = \"state\"\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "key"), []byte("beside\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if c.Raynet.APIKey.Reveal() != "beside" || c.Server.DataDir != filepath.Join(filepath.Dir(path), "state") {
		t.Errorf("key %q, data %q", c.Raynet.APIKey.Reveal(), c.Server.DataDir)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret("hush")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "in", struct{ S config.Secret }{secret})
	encoded, err := json.Marshal(map[string]any{"secret": secret})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(encoded), secret.String(), fmt.Sprintf("%v %+v %#v %s %q %x %d", secret, secret, secret, secret, secret, secret, secret),
		fmt.Sprintf("%+v %#v", struct{ S config.Secret }{secret}, &struct{ S config.Secret }{secret})}
	for _, text := range shown {
		if strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprintf("%x", "hush")) {
			t.Errorf("shown: %s", text)
		}
	}
	if !strings.Contains(log.String(), "[secret]") {
		t.Errorf("log = %s: want [secret] in it", log.String())
	}
}

// No message may repeat a secret, whatever is wrong around it.
func TestMistakesNeverShowSecrets(t *testing.T) {
	t.Parallel()
	const hush = "hush-hush-hush"
	for _, text := range []string{
		"[raynet]\napi_key = \"" + hush,
		"[raynet]\napi_key = [\"" + hush + "\"]",
		"[raynet]\napi_key = \"" + hush + "\\n\"",
		"[raynet]\napi_kez = \"" + hush + "\"",
		"[raynet]\nurl = \"https://user:" + hush + "@app.raynet.cz/\"",
		"[microsoft]\nclient_secret = \"" + hush + "\" \"",
	} {
		_, err := config.Load(write(t, text), nil)
		if err == nil || strings.Contains(err.Error(), hush) {
			t.Errorf("%q: got %v, want an error without the secret", text, err)
		}
	}
}

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	t.Parallel()
	c := config.Default()
	checked := 0
	for _, key := range config.Keys() {
		if key.Type == config.Path {
			continue
		}
		checked++
		if got := key.Value(c); got != key.Default {
			t.Errorf("%s: default in effect %q, documented %q", key.Path(), got, key.Default)
		}
	}
	if checked < 30 {
		t.Errorf("checked %d keys, want at least 30", checked)
	}
}

// The sample of the documentation is what people copy.
func TestSampleOfTheDocumentationLoads(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(config.Reference(), "```toml\n")
	sample, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the reference has no sample")
	}
	folder := t.TempDir()
	for _, name := range []string{"raynet-api-key", "client-secret"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("value-for-tests\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := load(t, strings.ReplaceAll(sample, "/etc/raynetsync", folder))
	if len(c.Sync.Users) != 2 || c.Microsoft.ClientSecret.Reveal() != "value-for-tests" {
		t.Errorf("the sample gives %+v and %+v", c.Sync, c.Microsoft)
	}
}

func TestZonesUnderAnyNameAreKeptAsIANA(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"E. South America Standard Time": "America/Sao_Paulo", "europe/prague": "Europe/Prague", "Europe/Kiev": "Europe/Kyiv"} {
		if got := load(t, whole, "RAYNETSYNC_SYNC_TIME_ZONE="+name).Sync.TimeZone; got != want {
			t.Errorf("time_zone %q is kept as %q, want %q", name, got, want)
		}
	}
}

func TestReferenceIsGenerated(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Reference(), string(got)); diff != "" {
		t.Errorf(`docs/configuration.md is old: run "make generate" (-want +got):`+"\n%s", diff)
	}
	for _, key := range config.Keys() {
		if !strings.Contains(config.Reference(), "`"+key.Name+"`") {
			t.Errorf("%s is not documented", key.Path())
		}
		if !strings.Contains(config.Help(), "  "+key.Name+" ") {
			t.Errorf("%s is not in the help text", key.Path())
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(whole)
	f.Add("raynet = { url = \"x\", \"a.b\" = 1 }\nuser.x = 1\n[[user]]\n[user.y]\n")
	f.Add("[[raynet]]\n[[sync.users]]\nx = [ { a = 1 } ]")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Load(write(t, text), nil)
		if (c == nil) == (err == nil) {
			t.Errorf("Load returned %v and %v", c, err)
		}
		if errs, ok := errors.AsType[config.Errors](err); err != nil && (!ok || len(errs) == 0) {
			t.Errorf("got %T %v, want config.Errors", err, err)
		}
	})
}
