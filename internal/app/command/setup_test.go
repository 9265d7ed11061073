package command_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"raynetsync/internal/app/command"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli"
)

// terminal types commands at a server's machine whose environment says only where things are.
type terminal struct {
	t       *testing.T
	environ []string
	info    emulation.Info
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	world, err := emulation.New(emulation.Options{Mailboxes: 2, Items: 4})
	if err != nil {
		t.Fatal(err)
	}
	running, err := world.Serve(context.WithoutCancel(t.Context()), emulation.ServeOptions{Log: slog.New(slog.DiscardHandler), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	})
	info := running.Info
	return &terminal{t: t, info: info, environ: []string{
		"RAYNETSYNC_SERVER_DATA_DIR=" + t.TempDir(), "RAYNETSYNC_MICROSOFT_CA_FILE=" + info.CAFile,
		"RAYNETSYNC_MICROSOFT_GRAPH_URL=" + info.GraphURL, "RAYNETSYNC_MICROSOFT_AUTHORITY_URL=" + info.AuthorityURL,
	}}
}

// run runs a command with answers typed line by line, and returns everything that was shown.
func (c *terminal) run(want int, typed []string, args ...string) string {
	c.t.Helper()
	var shown bytes.Buffer
	code := cli.Run(c.t.Context(), args, cli.Streams{In: strings.NewReader(strings.Join(typed, "\n") + "\n"), Out: &shown, Err: &shown,
		Environ: c.environ}, command.Backends())
	if code != want {
		c.t.Fatalf("%v: exit code %d, want %d:\n%s", args, code, want, shown.String())
	}
	for _, secret := range []string{c.info.ClientSecret, c.info.RaynetAPIKey} {
		if strings.Contains(shown.String(), secret) {
			c.t.Fatalf("%v shows a secret:\n%s", args, shown.String())
		}
	}
	return shown.String()
}

func (c *terminal) wantShown(shown string, texts ...string) {
	c.t.Helper()
	flat := strings.Join(strings.Fields(shown), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			c.t.Errorf("%q is not shown in:\n%s", text, shown)
		}
	}
}

// From nothing to a synchronisation in the terminal, with a wrong answer on each side on the way; and a setting changed later.
func TestSetUpInTheTerminal(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	shown := c.run(cli.Done, []string{
		c.info.ClientID, c.info.TenantID, "33333333-3333-4333-8333-333333333333", "", // the secret's ID instead of its value
		"", "", c.info.ClientSecret, "2030-01-31",
		c.info.RaynetURL, c.info.RaynetInstance, c.info.RaynetUser, "wrong-key",
		"", "", "", c.info.RaynetAPIKey,
		"*", "careful", "yes",
	}, "setup", "--lang", "en")
	c.wantShown(shown, "+ New registration", "User.Read.All", "Tasks.ReadWrite.All", "not its Value", "Nobody will be e-mailed", "Done.")

	shown = c.run(cli.Done, nil, "settings", "--lang", "en")
	c.wantShown(shown, "sync.preset", "careful", "saved here", "microsoft.client_secret_expires", "2030-01-31")
	c.run(cli.Done, nil, "sync", "--once", "--lang", "en")
	c.wantShown(c.run(cli.Done, nil, "plan", "--lang", "en"), "There is nothing to do")

	c.wantShown(c.run(cli.Usage, nil, "settings", "set", "sync.preset=carefull", "--lang", "en"), "none of the alternatives")
	c.wantShown(c.run(cli.Usage, nil, "settings", "set", "server.data_dir=/elsewhere", "--lang", "en"), "server.data_dir")
	c.run(cli.Done, nil, "settings", "set", "sync.reminder_minutes=30", "sync.kinds=calendar", "--lang", "en")
	shown = c.run(cli.Done, nil, "settings", "preview", "--lang", "en")
	mark := regexp.MustCompile(`--fingerprint\s+([0-9a-f]{64})`).FindStringSubmatch(shown)
	if mark == nil {
		t.Fatalf("no fingerprint in:\n%s", shown)
	}
	c.wantShown(c.run(cli.Usage, nil, "settings", "keep", "--fingerprint", strings.Repeat("0", 64), "--lang", "en"), "Nothing was done")
	c.run(cli.Done, nil, "settings", "keep", "--fingerprint", mark[1], "--lang", "en")
	c.wantShown(c.run(cli.Done, nil, "settings", "--lang", "en"), "sync.kinds calendar")
	c.wantShown(c.run(cli.Usage, nil, "settings", "keep", "--lang", "en"), "nothing")
}

// Answers that are kept when the wizard is left are offered again.
func TestSetUpLeftAndTakenUp(t *testing.T) {
	t.Parallel()
	c := newTerminal(t)
	answers := []string{
		c.info.ClientID, c.info.TenantID, c.info.ClientSecret, "", c.info.RaynetURL, c.info.RaynetInstance, c.info.RaynetUser, c.info.RaynetAPIKey,
	}
	c.wantShown(c.run(cli.Usage, answers, "setup", "--lang", "cs"), "průvodce se ptá na otázky")
	shown := c.run(cli.Done, []string{"ne", "ne", "*", "", "ne"}, "setup", "--lang", "cs")
	c.wantShown(shown, "Tato strana už je připojená", "Nic se nestalo")
	if strings.Contains(c.run(cli.Person, nil, "plan", "--lang", "cs"), "There is nothing to do") {
		t.Error("a plan was made for nobody")
	}
	c.run(cli.Done, nil, "settings", "discard", "--lang", "cs")
}
