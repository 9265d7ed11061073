package cli

import (
	"context"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// syncCommand synchronises once.
type syncCommand struct {
	Once  bool     `default:"true" help:"${help_sync_once}"`
	User  []string `placeholder:"ADDRESS" help:"${help_user}"`
	Sweep bool     `default:"true" negatable:"" help:"${help_sweep}"`
}

// Run is called by the parser.
func (c *syncCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		options := admin.SyncOptions{Sweep: c.Sweep, Users: c.User}
		bars := s.bars()
		if bars != nil {
			options.Progress = progressOf(bars)
		}
		report, err := connection.Sync(ctx, options)
		if bars != nil {
			bars.End()
		}
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			err = s.json(report)
		} else {
			s.showReport(report)
		}
		if err != nil {
			return err
		}
		status, err := connection.Status(ctx) // what was set aside earlier waits for a person as well
		if err != nil {
			return err
		}
		if !well(status) && !s.grammar.JSON {
			s.screen.Wrapped(2, screen.Warn("!"), s.t("cli.sync.person", nil))
		}
		if needsPerson(report) || !well(status) {
			err = errPerson
		}
		return err
	})
}
