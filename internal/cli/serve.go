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
	return s.backends.Serve(ctx, s.layers(), ServeOptions{LogLevel: c.LogLevel, Log: s.streams.Err, Ready: func(at Serving) {
		if s.grammar.JSON {
			told := map[string]any{"url": at.URL, "pid": os.Getpid()}
			if at.Start != "" {
				told["start"] = at.Start
			}
			_ = s.json(told)
			return
		}
		s.screen.Line(screen.Good("✓"), s.t("cli.serve.ready", map[string]any{"URL": at.URL}))
		if at.Start != "" {
			s.screen.Wrapped(0, "", screen.Warn(s.t("cli.serve.start", nil)))
			s.screen.Line("  " + screen.Bold(at.Start))
		}
		if at.Nobody {
			s.screen.Wrapped(0, "", screen.Warn(s.t("cli.users.nobody", nil)))
		}
	}})
}
