package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/config"
)

func fileOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raynetsync.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, layers config.Layers) *config.Config {
	t.Helper()
	layers.Partial = true
	c, err := config.Read(layers)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func values(pairs ...string) config.Saved {
	out := config.Saved{Values: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		out.Values[pairs[i]] = pairs[i+1]
	}
	return out
}

func TestTheOrderOfLayers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		saved        config.Saved
		file         string
		environ      []string
		want, origin string
		fixed        bool
	}{
		{"nothing", config.Saved{}, "", nil, "RAYNET", "default", false},
		{"saved", values("sync.category", "Saved"), "", nil, "Saved", "saved", false},
		{"the file wins over saved", values("sync.category", "Saved"), "[sync]\ncategory = \"File\"\n", nil, "File", "file", true},
		{"the environment wins over both", values("sync.category", "Saved"), "[sync]\ncategory = \"File\"\n", []string{"RAYNETSYNC_SYNC_CATEGORY=Env"}, "Env", "variable", true},
		{"an empty saved value is none", values("sync.category", ""), "", nil, "RAYNET", "default", false},
		{"a key of another version", values("sync.no_such_key", "x"), "", nil, "RAYNET", "default", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			layers := config.Layers{Saved: test.saved, Environ: test.environ}
			if test.file != "" {
				layers.File = fileOf(t, test.file)
			}
			c := read(t, layers)
			from, origin := c.Origin("sync.category"), "default"
			switch {
			case from.Variable != "":
				origin = "variable"
			case from.File != "":
				origin = "file"
			case from.Saved:
				origin = "saved"
			}
			if c.Sync.Category != test.want || origin != test.origin || c.Fixed("sync.category") != test.fixed {
				t.Errorf("category = %q from %s, fixed %v; want %q from %s, fixed %v", c.Sync.Category, origin, c.Fixed("sync.category"), test.want, test.origin, test.fixed)
			}
		})
	}
}

func TestASavedPresetAndWhatDependsOnIt(t *testing.T) {
	t.Parallel()
	c := read(t, config.Layers{Saved: values("sync.preset", "careful", "sync.new_from_outlook", "category")})
	if c.Sync.Direction != config.ToOutlook || c.Sync.NewFromOutlook != config.NewWithCategory {
		t.Errorf("direction %s, new %s; want the preset's direction and the saved exception", c.Sync.Direction, c.Sync.NewFromOutlook)
	}
	if c.Origin("sync.direction").Preset != config.Careful || !c.Origin("sync.new_from_outlook").Saved {
		t.Errorf("origins %+v %+v", c.Origin("sync.direction"), c.Origin("sync.new_from_outlook"))
	}
	for _, path := range config.PresetKeys() {
		if read(t, config.Layers{Saved: values("sync.preset", "everything")}).Origin(path) == (config.Origin{}) &&
			read(t, config.Layers{Saved: values("sync.preset", "careful")}).Origin(path) == (config.Origin{}) {
			t.Errorf("no preset decides about %s", path)
		}
	}
}

func TestWhatIsNeededToOpenTheDatabaseIsNotSaved(t *testing.T) {
	t.Parallel()
	c := read(t, config.Layers{Saved: values("server.listen", "0.0.0.0:1", "server.data_dir", "/elsewhere", "server.key_file", "/elsewhere/key")})
	if c.Server.Listen != config.Default().Server.Listen || strings.Contains(c.Server.DataDir, "elsewhere") || c.Server.KeyFile != "" {
		t.Errorf("server = %+v, want the defaults", c.Server)
	}
	for _, key := range config.Keys() {
		if want := !slices.Contains([]string{"server.listen", "server.data_dir", "server.key_file", "server.lease"}, key.Path()); key.Savable() != want {
			t.Errorf("Savable of %s = %v", key.Path(), !want)
		}
	}
}

func TestUsersOfAllLayersAreJoined(t *testing.T) {
	t.Parallel()
	saved := config.Saved{Users: map[string]map[string]string{
		"jana@example.cz": {"raynet": "7"}, "petr@example.cz": {"kinds": "", "time_zone": "Central Europe Standard Time"},
	}}
	c := read(t, config.Layers{Saved: saved, File: fileOf(t, "[[user]]\nmailbox = \"Jana@example.cz\"\nraynet = \"8\"\n")})
	want := []config.User{{Mailbox: "jana@example.cz", Raynet: "8"}, {Mailbox: "petr@example.cz", Kinds: []string{}, TimeZone: "Europe/Prague"}}
	got := slices.Clone(c.Users)
	if i := slices.IndexFunc(got, func(u config.User) bool { return u.Mailbox == "petr@example.cz" }); i >= 0 && got[i].TimeZone != "" {
		want[1].TimeZone = got[i].TimeZone // an IANA name of that zone
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if got[1].TimeZone == "" || strings.Contains(got[1].TimeZone, " ") {
		t.Errorf("zone = %q, want an IANA name", got[1].TimeZone)
	}
	if !c.FixedUser("JANA@example.cz") || c.FixedUser("petr@example.cz") {
		t.Error("the file's user is not fixed, or the saved one is")
	}
}

func TestASecretAndACertificateOfDifferentLayers(t *testing.T) {
	t.Parallel()
	pem := fileOf(t, "not looked into here")
	secret := values("microsoft.client_secret", "a~secret~value")
	c := read(t, config.Layers{Saved: secret, Environ: []string{"RAYNETSYNC_MICROSOFT_CERTIFICATE_FILE=" + pem}})
	if !c.Microsoft.ClientSecret.IsZero() || c.Microsoft.CertificateFile != pem {
		t.Error("a saved secret stands beside the environment's certificate")
	}
	c = read(t, config.Layers{Saved: values("microsoft.certificate_file", pem), Environ: []string{"RAYNETSYNC_MICROSOFT_CLIENT_SECRET=other~secret"}})
	if c.Microsoft.ClientSecret.Reveal() != "other~secret" || c.Microsoft.CertificateFile != "" {
		t.Error("a saved certificate stands beside the environment's secret")
	}
	_, err := config.Read(config.Layers{Saved: values("microsoft.client_secret", "a~secret~value", "microsoft.certificate_file", pem), Partial: true})
	mistakes, ok := errors.AsType[config.Errors](err)
	if !ok || mistakes[0].Code != config.CodeTwoWays || mistakes[0].File != "" {
		t.Errorf("Read = %v, want that two ways are saved", err)
	}
}

func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := read(t, config.Layers{Saved: values("raynet.instance", "firma", "raynet.api_key", "k")})
	want := []string{"raynet.user", "microsoft.tenant_id", "microsoft.client_id", "microsoft.client_secret"}
	if diff := cmp.Diff(want, c.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if _, err := config.Read(config.Layers{Saved: values("raynet.instance", "firma")}); err == nil {
		t.Error("incomplete settings were taken without Partial")
	}
}

func TestMistakesInSavedSettings(t *testing.T) {
	t.Parallel()
	_, err := config.Read(config.Layers{Saved: values("sync.window_back_days", "yesterday", "raynet.url", "http://crm.example.cz/api/v2"), Partial: true})
	mistakes, ok := errors.AsType[config.Errors](err)
	if !ok || len(mistakes) != 2 {
		t.Fatalf("Read = %v, want both mistakes", err)
	}
	for _, one := range mistakes {
		if one.File != "" || !slices.Contains([]string{"sync.window_back_days", "raynet.url"}, one.Key) {
			t.Errorf("mistake %+v, want the path of the setting and no file", one)
		}
	}
	_, err = config.Read(config.Layers{Saved: config.Saved{Users: map[string]map[string]string{"jana@example.cz": {"time_zone": "Praha"}}}, Partial: true})
	if mistakes, ok = errors.AsType[config.Errors](err); !ok || mistakes[0].Key != "user[jana@example.cz].time_zone" {
		t.Errorf("Read = %v, want the user's zone", err)
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	before := config.Saved{Values: map[string]string{"sync.category": "A", "sync.users": "jana@example.cz"}, Users: map[string]map[string]string{"jana@example.cz": {"raynet": "1"}}}
	after := before.With(config.Saved{Values: map[string]string{"sync.category": " ", "sync.users": "", "sync.preset": "careful"},
		Users: map[string]map[string]string{" Jana@Example.cz": {}, "petr@example.cz": {"raynet": "2"}}})
	want := config.Saved{Values: map[string]string{"sync.users": "", "sync.preset": "careful"}, Users: map[string]map[string]string{"petr@example.cz": {"raynet": "2"}}}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("With (-want +got):\n%s", diff)
	}
	if before.Values["sync.category"] != "A" || len(before.Users) != 1 {
		t.Errorf("With changed what it was called on: %+v", before)
	}
	if !(config.Saved{}).Empty() || after.Empty() {
		t.Error("Empty is wrong")
	}
}
