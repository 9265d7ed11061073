package cli

import (
	"context"
	"errors"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// setupCommand is the wizard for people who like the terminal better than a page: the same steps over the same use-cases.
type setupCommand struct{}

// wizard is a set-up under way.
type wizard struct {
	*session
	ask   *asker
	setup *admin.Setup
}

// Run is called by the parser.
func (c *setupCommand) Run(ctx context.Context, s *session) error {
	return s.base(ctx, func(connection Connection) error {
		w := &wizard{session: s, ask: s.asker(), setup: connection.Setup}
		for _, step := range []func(context.Context) error{w.microsoft, w.raynet, w.users, w.what, w.start} {
			if err := step(ctx); err != nil {
				if errors.Is(err, errNobodyAnswers) {
					return usageError{errors.New(s.t("cli.setup.no-answers", nil))}
				}
				return err
			}
		}
		return nil
	})
}

// heading begins a step.
func (w *wizard) heading(key string) {
	w.screen.Blank()
	w.screen.Line(screen.Title(w.t("setup.step-"+key, nil)))
}

// connected reports whether a side is set up and is to stay as it is.
func (w *wizard) connected(ctx context.Context, section, first string) (bool, error) {
	now, err := w.setup.Current(ctx)
	if err != nil {
		return false, err
	}
	for _, path := range now.Missing() {
		if strings.HasPrefix(path, section+".") {
			return false, nil
		}
	}
	if now.Fixed(first) {
		w.screen.Wrapped(2, screen.Good("✓"), w.t("cli.setup.fixed", nil))
		return true, nil
	}
	again, err := w.ask.yes(w.t("cli.setup.again", nil))
	return !again, err
}

// microsoft asks for what the portal shows, until it works.
func (w *wizard) microsoft(ctx context.Context) error {
	w.heading("microsoft")
	if done, err := w.connected(ctx, "microsoft", "microsoft.client_id"); done || err != nil {
		return err
	}
	w.screen.Wrapped(0, "", w.t("setup.microsoft-about", nil))
	for _, step := range []string{"m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"} {
		w.screen.Wrapped(3, step[1:]+".", screen.Bold(w.t("setup."+step, nil))+" "+w.t("setup."+step+"-do", nil))
		switch step {
		case "m2":
			w.screen.Line("     ", screen.Bold(admin.DefaultApplication))
			w.screen.Wrapped(3, "", w.t("setup.m2-who", nil))
		case "m5":
			for _, name := range admin.Permissions() {
				w.screen.Line("     ", screen.Bold(name))
			}
		}
	}
	w.screen.Wrapped(0, "", screen.Dim(w.t("cli.setup.or-azure", nil)))
	return w.connect(ctx, record.Outlook, []question{
		{path: "microsoft.client_id", text: "cli.setup.client"}, {path: "microsoft.tenant_id", text: "cli.setup.tenant"},
		{path: "microsoft.client_secret", text: "cli.setup.secret", hidden: true}, {path: "microsoft.client_secret_expires", text: "cli.setup.expires"},
	})
}

// raynet asks for what RAYNET's settings show, until it works.
func (w *wizard) raynet(ctx context.Context) error {
	w.heading("raynet")
	if done, err := w.connected(ctx, "raynet", "raynet.instance"); done || err != nil {
		return err
	}
	w.screen.Wrapped(0, "", w.t("setup.raynet-about", nil))
	return w.connect(ctx, record.Raynet, []question{
		{path: "raynet.url", text: "cli.setup.url"}, {path: "raynet.instance", text: "cli.setup.instance"},
		{path: "raynet.user", text: "cli.setup.user"}, {path: "raynet.api_key", text: "cli.setup.key", hidden: true},
	})
}

// question asks for the value of one setting.
type question struct {
	path, text string
	hidden     bool
}

// connect asks until a side answers as it should. What was typed is offered again; secrets are not.
func (w *wizard) connect(ctx context.Context, side record.Side, questions []question) error {
	now, err := w.setup.Current(ctx)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, key := range config.Keys() {
		if key.Type != config.Hidden {
			values[key.Path()] = key.Value(now)
		}
	}
	for {
		typed := config.Saved{Values: map[string]string{}}
		for _, q := range questions {
			if now.Fixed(q.path) {
				continue
			}
			var answer string
			if q.hidden {
				answer, err = w.ask.secret(w.t(q.text, nil))
			} else {
				answer, err = w.ask.line(w.t(q.text, nil), values[q.path])
				values[q.path] = answer
			}
			if err != nil {
				return err
			}
			typed.Values[q.path] = answer
		}
		found, err := w.setup.Connect(ctx, side, typed)
		if len(found.Checks) > 0 {
			w.showChecks(found)
		}
		if err == nil {
			return nil
		}
		if _, ok := errors.AsType[*admin.Failure](err); !ok && !isMistake(err) {
			return err
		}
		w.tell(err)
	}
}

func isMistake(err error) bool {
	_, ok := errors.AsType[config.Errors](err)
	return ok
}

// tell says in words what a person can put right at once.
func (w *wizard) tell(err error) {
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		for _, one := range mistakes {
			problem, repair := admin.MistakeWords(w.texts, one)
			w.screen.Wrapped(2, screen.Bad("✗"), problem+"; "+repair)
		}
		return
	}
	if failure, ok := errors.AsType[*admin.Failure](err); ok {
		w.screen.Wrapped(2, screen.Bad("✗"), w.t("failure."+failure.Code, failure.Args))
	}
}

// users shows who belongs together and asks who is to be synchronised.
func (w *wizard) users(ctx context.Context) error {
	w.heading("users")
	now, err := w.setup.Considered(ctx)
	if err != nil {
		return err
	}
	rows, err := w.setup.Users(ctx, true)
	if err != nil {
		return err
	}
	w.showUsers(rows)
	if now.Fixed("sync.users") {
		w.screen.Wrapped(2, screen.Good("✓"), w.t("cli.setup.fixed", nil))
		return nil
	}
	for {
		answer, err := w.ask.line(w.t("cli.setup.who", nil), strings.Join(now.Sync.Users, ","))
		if err != nil {
			return err
		}
		if err = w.setup.Edit(ctx, map[string]string{"sync.users": answer}); err == nil {
			return nil
		}
		if !isMistake(err) {
			return err
		}
		w.tell(err)
	}
}

// what asks for the preset; single settings are changed with "settings set".
func (w *wizard) what(ctx context.Context) error {
	w.heading("what")
	now, err := w.setup.Considered(ctx)
	if err != nil {
		return err
	}
	if now.Fixed("sync.preset") {
		w.screen.Wrapped(2, screen.Good("✓"), w.t("cli.setup.fixed", nil))
		return nil
	}
	for _, preset := range []config.Preset{config.Careful, config.Standard, config.Everything} {
		w.screen.Wrapped(13, screen.Bold(string(preset)), w.t("setup.preset-"+string(preset), nil))
	}
	for {
		answer, err := w.ask.line(w.t("cli.setup.preset", nil), string(now.Sync.Preset))
		if err != nil {
			return err
		}
		if err = w.setup.Edit(ctx, map[string]string{"sync.preset": answer}); err == nil {
			return nil
		}
		if !isMistake(err) {
			return err
		}
		w.tell(err)
	}
}

// start shows what would happen and, if that is wanted, lets it happen.
func (w *wizard) start(ctx context.Context) error {
	w.heading("preview")
	preview, err := w.preview(ctx, w.setup)
	if err != nil {
		return err
	}
	w.showPlan(preview.Report, false)
	w.screen.Blank()
	yes, err := w.ask.yes(w.t("cli.setup.go", nil))
	if err != nil {
		return err
	}
	if !yes {
		w.screen.Wrapped(0, "", w.t("cli.setup.not-now", nil))
		return nil
	}
	if err := w.setup.Keep(ctx, preview.Fingerprint, admin.SyncOptions{}); err != nil {
		return err
	}
	w.screen.Wrapped(2, screen.Good("✓"), w.t("cli.setup.done", nil))
	return nil
}
