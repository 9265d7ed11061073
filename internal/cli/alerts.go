package cli

import (
	"context"
	"fmt"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// alertsCommand shows what needs a person and what was told, or sends a test message.
type alertsCommand struct {
	Action string `arg:"" optional:"" name:"test" help:"${help_alerts_action}"`
}

// Run is called by the parser.
func (c *alertsCommand) Run(ctx context.Context, s *session) error {
	if c.Action != "" && c.Action != "test" {
		return usageError{fmt.Errorf("unexpected argument %s", c.Action)}
	}
	return s.connect(ctx, func(connection Connection) error {
		if c.Action == "test" {
			return s.testAlerts(ctx, connection)
		}
		list, err := connection.Alerts(ctx, s.texts)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			err = s.json(list)
		} else {
			s.showAlerts(list)
		}
		if err == nil && len(list.Holds) > 0 {
			err = errPerson
		}
		return err
	})
}

func (s *session) showAlerts(list admin.AlertList) {
	if len(list.Ways) == 0 {
		s.screen.Wrapped(0, "", screen.Warn(s.t("alert.no-way", nil)))
	} else {
		s.screen.Line(screen.Title(s.t("alert.ways", nil)))
		for _, way := range list.Ways {
			s.screen.Line(" ", s.t("alert.way-"+way.Way, nil)+":", way.Target)
		}
	}
	s.screen.Blank()
	if len(list.Holds) == 0 {
		s.screen.Line(screen.Good(s.t("alert.nothing-holds", nil)))
	} else {
		s.screen.Line(screen.Title(s.t("alert.holds", nil)))
	}
	for _, row := range list.Holds {
		mark := screen.Warn("!")
		if row.Serious {
			mark = screen.Bad("✗")
		}
		s.screen.Wrapped(2, mark, screen.Bold(row.Title))
		s.screen.Wrapped(4, "   ", row.Line+" "+screen.Dim("("+s.toldAt(row)+")"))
		if row.Do != "" {
			s.screen.Wrapped(4, "  →", row.Do)
		}
	}
	s.screen.Blank()
	if len(list.Told) == 0 {
		s.screen.Line(screen.Dim(s.t("alert.nothing-told", nil)))
		return
	}
	s.screen.Line(screen.Title(s.t("alert.told-list", nil)))
	for _, row := range list.Told {
		s.screen.Wrapped(2, " ", row.Title)
		s.screen.Wrapped(4, "   ", screen.Dim(row.Line+" ("+s.toldAt(row)+")"))
	}
}

func (s *session) toldAt(row admin.AlertRow) string {
	if row.Told.IsZero() {
		return s.t("alert.not-told", nil)
	}
	return s.t("alert.told-at", map[string]any{"Time": s.texts.Time(row.Told, s.zone)})
}

// testAlerts sends a test message and tells what each way answered.
func (s *session) testAlerts(ctx context.Context, connection Connection) error {
	answers, err := connection.TestAlerts(ctx)
	if err != nil {
		return err
	}
	failed := len(answers) == 0
	for _, answer := range answers {
		failed = failed || answer.Code != ""
	}
	if s.grammar.JSON {
		err = s.json(map[string]any{"answers": answers})
	} else {
		s.showAnswers(answers)
	}
	if err == nil && failed {
		err = errPerson
	}
	return err
}

func (s *session) showAnswers(answers []admin.AlertAnswer) {
	if len(answers) == 0 {
		s.screen.Wrapped(0, "", screen.Warn(s.t("alert.no-way", nil)))
	}
	for _, answer := range answers {
		mark, outcome := screen.Good("✓"), "alert.test-sent"
		switch {
		case answer.Partly:
			mark, outcome = screen.Warn("!"), "alert.test-partly"
		case !answer.Sent:
			mark, outcome = screen.Bad("✗"), "alert.test-failed"
		}
		s.screen.Wrapped(2, mark, screen.Bold(s.t("alert.way-"+answer.Way, nil))+" "+screen.Dim(answer.Target)+": "+s.t(outcome, nil))
		if answer.Code == "" {
			continue
		}
		s.screen.Wrapped(4, "  →", s.t("alert.answer-"+answer.Code, nil))
		if words := said(answer); words != "" {
			s.screen.Wrapped(4, "   ", screen.Dim(answer.Host+". "+s.t("alert.answered", map[string]any{"Answer": words})))
		}
	}
}

// said is what was answered, or what went wrong: the number, the words, or both.
func said(answer admin.AlertAnswer) string {
	switch {
	case answer.Status == 0:
		return answer.Detail
	case answer.Detail == "":
		return fmt.Sprint(answer.Status)
	}
	return fmt.Sprint(answer.Status, " ", answer.Detail)
}
