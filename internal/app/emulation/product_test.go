package emulation_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/app/emulation"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
)

// What Info says goes into the settings as it stands, and with these settings the product's clients find the company.
func TestSettingsTakeWhatInfoSays(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	file := filepath.Join(t.TempDir(), "raynetsync.toml")
	written := fmt.Sprintf("[raynet]\nurl = %q\ninstance = %q\nuser = %q\napi_key = %q\n[microsoft]\ntenant_id = %q\nclient_id = %q\n"+
		"client_secret = %q\ngraph_url = %q\nauthority_url = %q\nca_file = %q\n", w.info.RaynetURL, w.info.RaynetInstance, w.info.RaynetUser,
		w.info.RaynetAPIKey, w.info.TenantID, w.info.ClientID, w.info.ClientSecret, w.info.GraphURL, w.info.AuthorityURL, w.info.CAFile)
	if err := os.WriteFile(file, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	crm, err := raynet.New(raynet.Config{
		URL: settings.Raynet.URL, Instance: settings.Raynet.Instance, User: settings.Raynet.User, APIKey: settings.Raynet.APIKey.Reveal(),
		Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	office, err := outlook.New(outlook.Config{
		GraphURL: settings.Microsoft.GraphURL, AuthorityURL: settings.Microsoft.AuthorityURL, TenantID: settings.Microsoft.TenantID,
		ClientID: settings.Microsoft.ClientID, ClientSecret: settings.Microsoft.ClientSecret.Reveal(), CAFile: settings.Microsoft.CAFile,
		Instance: settings.Raynet.Instance, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := crm.Users(t.Context())
	if err != nil || len(accounts) != 4 { // the three people and the account of the integration
		t.Errorf("RAYNET: got %d users and %v, want 4", len(accounts), err)
	}
	people, err := office.Users(t.Context())
	if err != nil || len(people) != 3 {
		t.Errorf("Microsoft: got %d users and %v, want 3", len(people), err)
	}
	round, err := crm.Begin(t.Context(), []record.Kind{record.Calendar}, time.Now().AddDate(0, 0, -14))
	if err != nil || len(round.Changed) == 0 {
		t.Errorf("RAYNET: a first round shows %d items and %v", len(round.Changed), err)
	}
	if mails := w.Outlook.Mails(); len(mails) != 0 {
		t.Errorf("reading mailed %v", mails)
	}
}
