package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// resolveCommand decides about something that waits for a person, or takes a decision back.
type resolveCommand struct {
	ID        string            `arg:"" optional:"" help:"${help_resolve_id}"`
	Choose    string            `placeholder:"CHOICE" help:"${help_resolve_choose}"`
	Candidate string            `placeholder:"N" help:"${help_resolve_candidate}"`
	Field     map[string]string `placeholder:"FIELD=SIDE" help:"${help_resolve_field}"`
	Dry       bool              `help:"${help_resolve_dry}"`
	Undo      string            `placeholder:"RUN" help:"${help_resolve_undo}"`
}

// Run is called by the parser.
func (c *resolveCommand) Run(ctx context.Context, s *session) error {
	if (c.Undo == "") == (c.ID == "") || (c.ID == "") != (c.Choose == "") || c.Undo != "" && c.Dry {
		return usageError{fmt.Errorf("%s", s.t("cli.resolve.which", nil))}
	}
	d := admin.Decision{Choice: c.Choose, Candidate: c.Candidate, By: s.account()}
	d.ID, d.Seen, _ = strings.Cut(c.ID, "@")
	for _, field := range slices.Sorted(maps.Keys(c.Field)) {
		side := record.Side(strings.ToLower(c.Field[field]))
		if !side.Valid() {
			return usageError{fmt.Errorf("%s", s.t("cli.resolve.field", map[string]any{"Text": field + "=" + c.Field[field]}))}
		}
		if d.Fields == nil {
			d.Fields = map[record.Field]record.Side{}
		}
		d.Fields[record.Field(field)] = side
	}
	return s.connect(ctx, func(connection Connection) error {
		if c.Undo != "" {
			report, err := connection.Undo(ctx, c.Undo, d.By)
			return s.answer(report, err, false, s.t("cli.resolve.undone", nil))
		}
		report, err := connection.Decide(ctx, d, c.Dry)
		done := ""
		if err == nil && len(report.Cycles) > 0 {
			done = s.t("cli.resolve.done", map[string]any{"Run": report.Cycles[0].Run})
		}
		return s.answer(report, err, c.Dry, done)
	})
}

// account names whoever sits at the command line, for the journal.
func (s *session) account() string {
	get := getter(s.streams.Environ)
	return cmp.Or(get("SUDO_USER"), get("USER"), get("USERNAME"), "raynetsync")
}

// answer tells what a decision did, or would do.
func (s *session) answer(report admin.Report, err error, dry bool, done string) error {
	if err != nil {
		return err
	}
	switch {
	case s.grammar.JSON:
		err = s.json(report)
	case dry:
		s.screen.Line(screen.Title(s.t("cli.resolve.dry", nil)))
		s.showDecided(report)
		s.showMails(report)
	default:
		s.showDecided(report)
		s.screen.Line(screen.Good("✓"), done)
	}
	if err == nil && needsPerson(report) {
		err = errPerson
	}
	return err
}

func (s *session) showDecided(report admin.Report) {
	for _, cycle := range report.Cycles {
		for _, step := range cycle.Planned {
			s.showStep(step)
		}
		s.showTrouble(cycle)
	}
}

// pauseCommand stops the synchronisation of a user until resumeCommand lets it go on.
type pauseCommand struct {
	User string   `arg:"" help:"${help_pause_user}"`
	Kind []string `enum:"calendar,contacts,tasks" placeholder:"KIND" help:"${help_pause_kind}"`
}

// Run is called by the parser.
func (c *pauseCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		report, err := connection.Pause(ctx, c.User, kinds(c.Kind), s.account())
		return s.answer(report, err, false, s.t("cli.pause.done", map[string]any{"User": c.User}))
	})
}

// resumeCommand lets go on what pauseCommand stopped.
type resumeCommand struct {
	User string   `arg:"" help:"${help_pause_user}"`
	Kind []string `enum:"calendar,contacts,tasks" placeholder:"KIND" help:"${help_pause_kind}"`
}

// Run is called by the parser.
func (c *resumeCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		report, err := connection.Resume(ctx, c.User, kinds(c.Kind), s.account())
		return s.answer(report, err, false, s.t("cli.resume.done", map[string]any{"User": c.User}))
	})
}

func kinds(words []string) []record.Kind {
	var out []record.Kind
	for _, word := range words {
		out = append(out, record.Kind(word))
	}
	return out
}
