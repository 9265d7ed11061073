package cli

import (
	"context"
	"os"

	"raynetsync/internal/cli/screen"
)

// serveCommand keeps both services in step until it is interrupted.
type serveCommand struct {
	LogLevel string `default:"info" enum:"debug,info,warn,error" help:"${help_log_level}"`
}

// Run is called by the parser.
func (c *serveCommand) Run(ctx context.Context, s *session) error {
	settings, err := s.settings()
	if err != nil {
		return err
	}
	return s.backends.Serve(ctx, settings, ServeOptions{LogLevel: c.LogLevel, Log: s.streams.Err, Ready: func(url string) {
		if s.grammar.JSON {
			_ = s.json(map[string]any{"url": url, "pid": os.Getpid()})
			return
		}
		s.screen.Line(screen.Good("✓"), s.t("cli.serve.ready", map[string]any{"URL": url}))
		if len(settings.Sync.Users) == 0 {
			s.screen.Wrapped(0, "", screen.Warn(s.t("cli.users.nobody", nil)))
		}
	}})
}
