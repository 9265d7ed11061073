package cli

import (
	"context"
	"maps"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// doctorCommand walks through the connection.
type doctorCommand struct {
	Write bool `help:"${help_doctor_write}"`
	Users bool `default:"true" negatable:"" help:"${help_doctor_users}"`
}

// Run is called by the parser.
func (c *doctorCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		found, err := connection.Verify(ctx, admin.VerifyOptions{Write: c.Write, Users: c.Users})
		if err != nil {
			return err
		}
		return s.answerChecks(found)
	})
}

// answerChecks answers with a check list; what failed needs a person.
func (s *session) answerChecks(found admin.Verification) error {
	if s.grammar.JSON {
		if err := s.json(found); err != nil {
			return err
		}
	} else {
		s.showChecks(found)
	}
	if !found.OK() {
		return errPerson
	}
	return nil
}

// showChecks shows a check list, with the repair step under each line that needs one.
func (s *session) showChecks(found admin.Verification) {
	counts := map[string]int{}
	for _, check := range found.Checks {
		counts[check.State]++
		key, values := "check."+check.ID, maps.Clone(check.Args)
		if on, ok := values["on"].(string); ok {
			values["on"] = s.t("check."+on+".title", nil)
		}
		title := screen.Bold(s.t(key+".title", nil))
		if check.User != "" {
			title += " " + screen.Dim(check.User)
		}
		s.screen.Line(markOf(check.State), title)
		s.screen.Wrapped(2, "", s.t(key+"."+check.Code, values))
		if check.State != admin.CheckOK && check.Detail != "" {
			s.screen.Wrapped(2, "", screen.Dim(check.Detail))
		}
		if repair := key + "." + check.Code + ".repair"; s.texts.Has(repair) && check.State != admin.CheckOK {
			s.screen.Wrapped(4, "  →", s.t(repair, values))
		}
	}
	s.screen.Blank()
	switch {
	case counts[admin.CheckFailed] > 0:
		s.screen.Line(screen.Bad(s.texts.N("cli.doctor.failed", counts[admin.CheckFailed], nil)))
	case counts[admin.CheckWarning] > 0:
		s.screen.Line(screen.Warn(s.texts.N("cli.doctor.warnings", counts[admin.CheckWarning], nil)))
	default:
		s.screen.Line(screen.Good(s.t("cli.doctor.ok", nil)))
	}
}

func markOf(state string) string {
	switch state {
	case admin.CheckOK:
		return screen.Good("✓")
	case admin.CheckWarning:
		return screen.Warn("!")
	case admin.CheckFailed:
		return screen.Bad("✗")
	}
	return screen.Dim("–")
}
