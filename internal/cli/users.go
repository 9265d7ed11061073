package cli

import (
	"cmp"
	"context"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// usersCommand shows who belongs to whom, and why.
type usersCommand struct{}

// Run is called by the parser.
func (*usersCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		rows, err := connection.Users(ctx)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"users": rows})
		}
		s.showUsers(rows)
		return nil
	})
}

func (s *session) showUsers(rows []admin.UserRow) {
	var cells [][]string
	chosen, possible := 0, 0
	for _, row := range rows {
		mark, why := screen.Dim("–"), screen.Warn(s.t("users.problem-"+row.Problem, nil))
		switch {
		case row.Chosen:
			mark, why = screen.Good("✓"), s.t("users.reason-"+row.Reason, nil)
			chosen++
		case row.Problem == "":
			mark, why = "○", s.t("users.reason-"+row.Reason, nil)
			possible++
		}
		state := ""
		if row.State != "" {
			state = s.t("pair."+row.State, nil)
		}
		login := cmp.Or(row.RaynetLogin, "–")
		if row.RaynetLogin == row.Address {
			login = screen.Dim("=")
		}
		cells = append(cells, []string{mark, cmp.Or(row.Name, "–"), cmp.Or(row.Address, "–"), login, row.Zone, why, state})
	}
	s.screen.Table([]screen.Column{{}, {Title: s.t("cli.users.name", nil)}, {Title: s.t("cli.users.mailbox", nil)}, {Title: "RAYNET"},
		{Title: s.t("cli.users.zone", nil), Optional: true}, {Title: s.t("cli.users.why", nil)}, {Title: s.t("cli.users.state", nil), Optional: true}}, cells)
	s.screen.Blank()
	s.screen.Line(screen.Good("✓"), s.t("cli.users.chosen", nil), screen.Dim("·"), "○", s.t("cli.users.possible", nil), screen.Dim("·"),
		screen.Dim("–"), s.t("cli.users.impossible", nil))
	if chosen == 0 {
		s.screen.Wrapped(0, "", screen.Warn(s.t("cli.users.nobody", nil)))
	}
}
