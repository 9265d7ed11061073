package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"raynetsync/internal/config"
)

// Whatever is pasted as ids and secrets: it is kept or refused with the variable's name; what is kept is kept again as it is; and
// neither the error nor anything that can be printed shows the secret.
func FuzzPastedValues(f *testing.F) {
	for _, seed := range [][4]string{
		{"11111111-1111-4111-8111-111111111111", "contoso.example", "fake-secret-0001", "firma"},
		{" {11111111-1111-4111-8111-111111111111} ", "CONTOSO.example ", " fake-secret-0002\n", "https://app.raynet.cz/firma/"},
		{"client", "../x", "fake\x00secret", "f\u200birma"}, {"", "", "\u201cfake-secret-0003\u201d", "\xff"}, {"a=b", "organizations", "fake secret\twith space", "%2f"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, client, tenant, secret, instance string) {
		environ := func(client, tenant, instance string) []string {
			return []string{"RAYNETSYNC_SERVER_DATA_DIR=" + folder, "RAYNETSYNC_MICROSOFT_CLIENT_ID=" + client, "RAYNETSYNC_MICROSOFT_TENANT_ID=" + tenant,
				"RAYNETSYNC_MICROSOFT_CLIENT_SECRET=" + secret, "RAYNETSYNC_RAYNET_INSTANCE=" + instance, "RAYNETSYNC_RAYNET_API_KEY=" + secret,
				"RAYNETSYNC_RAYNET_USER=sync@example.cz", "RAYNETSYNC_SYNC_USERS=*"}
		}
		c, err := config.Load("", environ(client, tenant, instance))
		telling := len(secret) >= 12 && !strings.Contains(strings.ToLower(client+tenant+instance), strings.ToLower(strings.TrimSpace(secret)))
		if err != nil {
			errs, ok := errors.AsType[config.Errors](err)
			if c != nil || !ok || len(errs) == 0 {
				t.Fatalf("%+v, %T %v", c, err, err)
			}
			if telling && len(strings.TrimSpace(secret)) >= 12 && strings.Contains(err.Error(), strings.TrimSpace(secret)) {
				t.Errorf("the error shows the secret: %v", err)
			}
			return
		}
		if kept := c.Microsoft.ClientSecret.Reveal(); kept != strings.TrimSpace(secret) {
			t.Errorf("the secret %q is kept as %q", secret, kept)
		}
		again, err := config.Load("", environ(c.Microsoft.ClientID, c.Microsoft.TenantID, c.Raynet.Instance))
		if err != nil {
			t.Fatalf("kept %q, %q, %q: %v", c.Microsoft.ClientID, c.Microsoft.TenantID, c.Raynet.Instance, err)
		}
		if got, want := []string{again.Microsoft.ClientID, again.Microsoft.TenantID, again.Raynet.Instance},
			[]string{c.Microsoft.ClientID, c.Microsoft.TenantID, c.Raynet.Instance}; !slices.Equal(got, want) {
			t.Errorf("kept %q and then %q", want, got)
		}
		for _, key := range config.Keys() {
			if shown := key.Value(c); telling && len(strings.TrimSpace(secret)) >= 12 && strings.Contains(shown, strings.TrimSpace(secret)) {
				t.Errorf("%s shows the secret: %q", key.Path(), shown)
			}
		}
	})
}
