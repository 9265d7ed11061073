package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
)

// settingsCommand shows the settings and changes those that are kept in the database: first in a draft, whose effect is looked
// at before it is kept.
type settingsCommand struct {
	List    settingsListCommand    `cmd:"" default:"withargs" help:"${help_settings_list}"`
	Set     settingsSetCommand     `cmd:"" help:"${help_settings_set}"`
	Preview settingsPreviewCommand `cmd:"" help:"${help_settings_preview}"`
	Keep    settingsKeepCommand    `cmd:"" help:"${help_settings_keep}"`
	Discard settingsDiscardCommand `cmd:"" help:"${help_settings_discard}"`
}

type settingsListCommand struct {
	All bool `help:"${help_settings_all}"`
}

// toldSetting is one setting for programs.
type toldSetting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Draft is what is considered instead, if anything is.
	Draft string `json:"draft,omitempty"`
	From  string `json:"from"` // default, preset, file, environment or page
	Fixed bool   `json:"fixed,omitempty"`
}

// Run is called by the parser.
func (c *settingsListCommand) Run(ctx context.Context, s *session) error {
	return s.base(ctx, func(connection Connection) error {
		all, err := connection.Setup.Settings(ctx)
		if err != nil {
			return err
		}
		var told []toldSetting
		for _, one := range all {
			row := toldSetting{Key: one.Key.Path(), Value: one.Value, From: originOf(one.Origin), Fixed: one.Fixed}
			if one.Changed {
				row.Draft = one.Draft
			}
			told = append(told, row)
		}
		if s.grammar.JSON {
			return s.json(told)
		}
		s.showSettings(told, c.All)
		return nil
	})
}

func originOf(o config.Origin) string {
	switch {
	case o.Variable != "":
		return "environment"
	case o.File != "":
		return "file"
	case o.Saved:
		return "page"
	case o.Preset != "":
		return "preset"
	}
	return "default"
}

// showSettings shows what somebody decided; with all, the defaults as well.
func (s *session) showSettings(told []toldSetting, all bool) {
	var rows [][]string
	drafted := false
	for _, one := range told {
		if one.From == "default" && one.Draft == "" && !all {
			continue
		}
		value := cmp.Or(one.Value, "–")
		if one.Draft != "" {
			value, drafted = value+" → "+screen.Warn(one.Draft), true
		}
		rows = append(rows, []string{one.Key, value, screen.Dim(s.t("cli.settings.from-"+one.From, nil))})
	}
	s.screen.Table([]screen.Column{{Title: s.t("cli.settings.key", nil)}, {Title: s.t("cli.settings.value", nil)}, {Title: s.t("cli.settings.from", nil)}}, rows)
	if drafted {
		s.screen.Wrapped(0, "", screen.Warn(s.t("cli.settings.drafted", nil)))
	}
}

type settingsSetCommand struct {
	Pair []string `arg:"" placeholder:"KEY=VALUE" help:"${help_settings_pair}"`
}

// Run is called by the parser.
func (c *settingsSetCommand) Run(ctx context.Context, s *session) error {
	values := map[string]string{}
	for _, pair := range c.Pair {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return usageError{errors.New(s.t("cli.settings.pair", map[string]any{"Pair": pair}))}
		}
		values[strings.TrimSpace(key)] = value
	}
	return s.base(ctx, func(connection Connection) error {
		if err := connection.Setup.Edit(ctx, values); err != nil {
			return err
		}
		return s.noted("cli.settings.considered")
	})
}

// noted says that something was done, unless the answer is for programs.
func (s *session) noted(key string) error {
	if s.grammar.JSON {
		return s.json(map[string]bool{"done": true})
	}
	s.screen.Line(screen.Good("✓"), s.t(key, nil))
	return nil
}

type settingsPreviewCommand struct {
	All bool `help:"${help_plan_all}"`
}

// Run is called by the parser.
func (c *settingsPreviewCommand) Run(ctx context.Context, s *session) error {
	return s.base(ctx, func(connection Connection) error {
		preview, err := s.preview(ctx, connection.Setup)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(preview)
		}
		s.showPlan(preview.Report, c.All)
		s.screen.Blank()
		s.screen.Wrapped(0, "", s.t("cli.settings.keep-with", map[string]any{"Fingerprint": preview.Fingerprint}))
		return nil
	})
}

// preview plans with the draft and shows how far that is.
func (s *session) preview(ctx context.Context, setup *admin.Setup) (admin.Preview, error) {
	options := admin.SyncOptions{}
	bars := s.bars()
	if bars != nil {
		options.Progress = progressOf(bars)
	}
	preview, err := setup.Preview(ctx, options)
	if bars != nil {
		bars.End()
	}
	return preview, err
}

type settingsKeepCommand struct {
	Fingerprint string `placeholder:"TEXT" help:"${help_settings_fingerprint}"`
}

// Run is called by the parser.
func (c *settingsKeepCommand) Run(ctx context.Context, s *session) error {
	return s.base(ctx, func(connection Connection) error {
		if err := connection.Setup.Keep(ctx, c.Fingerprint, admin.SyncOptions{}); err != nil {
			return err
		}
		return s.noted("cli.settings.kept")
	})
}

type settingsDiscardCommand struct{}

// Run is called by the parser.
func (c *settingsDiscardCommand) Run(ctx context.Context, s *session) error {
	return s.base(ctx, func(connection Connection) error {
		if err := connection.Setup.Discard(ctx); err != nil {
			return err
		}
		return s.noted("cli.settings.discarded")
	})
}
