package cli

import (
	"context"
	"fmt"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// restoreCommand takes back one value, one record or one whole run.
type restoreCommand struct {
	Entry  int64  `placeholder:"ENTRY" help:"${help_restore_entry}"`
	Field  string `placeholder:"FIELD" help:"${help_restore_field}"`
	Ref    string `placeholder:"REF" help:"${help_restore_ref}"`
	Run_   string `name:"run" placeholder:"RUN" help:"${help_restore_run}"`
	Remove bool   `help:"${help_restore_remove}"`
	Dry    bool   `help:"${help_restore_dry}"`
}

// Run is called by the parser.
func (c *restoreCommand) Run(ctx context.Context, s *session) error {
	named := 0
	for _, given := range []bool{c.Entry != 0, c.Ref != "", c.Run_ != ""} {
		if given {
			named++
		}
	}
	if named != 1 || c.Field != "" && c.Entry == 0 {
		return usageError{fmt.Errorf("%s", s.t("cli.restore.which", nil))}
	}
	what := admin.RestoreWhat{Entry: c.Entry, Field: record.Field(c.Field), Ref: c.Ref, Run: c.Run_, Remove: c.Remove}
	return s.connect(ctx, func(connection Connection) error {
		report, err := connection.Restore(ctx, what, c.Dry)
		if err != nil {
			return err
		}
		switch {
		case s.grammar.JSON:
			err = s.json(report)
		case c.Dry:
			s.screen.Line(screen.Title(s.t("cli.restore.dry", nil)))
			s.showRestored(report)
			s.showMails(report)
		default:
			s.showRestored(report)
			s.showReport(report)
		}
		if err == nil && needsPerson(report) {
			err = errPerson
		}
		return err
	})
}

// showRestored tells step by step what is taken back, and what is left as it is and why.
func (s *session) showRestored(report admin.Report) {
	steps := 0
	for _, cycle := range report.Cycles {
		for _, step := range cycle.Planned {
			s.showStep(step)
			steps++
		}
		s.showTrouble(cycle)
	}
	if steps == 0 {
		s.screen.Line(s.t("cli.restore.nothing", nil))
	}
}
