package cli

import (
	"context"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// statusCommand shows how everything stands.
type statusCommand struct{}

// Run is called by the parser.
func (*statusCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		status, err := connection.Status(ctx)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			err = s.json(status)
		} else {
			s.showStatus(status)
		}
		if err == nil && !well(status) {
			err = errPerson
		}
		return err
	})
}

// well reports whether nothing needs a person.
func well(status admin.Status) bool {
	for _, user := range status.Users {
		if user.State == "halted" || user.State == "refused" || user.Work["parked"] > 0 || user.Work["review"] > 0 {
			return false
		}
	}
	return status.Store == "ok"
}

// showVerdict says whether all is well, and what to do where it is not.
func (s *session) showVerdict(verdict []admin.Finding) {
	for _, f := range verdict {
		text := s.t("overview."+f.Code, f.Args)
		if f.Count > 0 {
			text = s.texts.N("overview."+f.Code, f.Count, f.Args)
		}
		mark := map[admin.Severity]string{admin.SeverityBad: screen.Bad("✗"), admin.SeverityWarn: screen.Warn("!"),
			admin.SeverityNote: screen.Dim("·"), admin.SeverityGood: screen.Good("✓")}[f.Severity]
		if !f.Since.IsZero() {
			text += " " + screen.Dim("("+s.t("cli.explain.since", map[string]any{"Time": s.texts.Time(f.Since, s.zone)})+")")
		}
		s.screen.Wrapped(2, mark, text)
		if repair := "overview.repair." + f.Code; s.texts.Has(repair) {
			s.screen.Wrapped(4, "  →", s.t(repair, nil))
		}
	}
	if len(verdict) > 0 {
		s.screen.Blank()
	}
}

func (s *session) showStatus(status admin.Status) {
	if len(status.Users) > 0 {
		s.showVerdict(status.Verdict)
	}
	if len(status.Users) == 0 {
		s.screen.Wrapped(0, "", screen.Warn(s.t("cli.status.nobody", nil)))
		return
	}
	number := func(n int) string {
		if n == 0 {
			return screen.Dim("0")
		}
		return s.texts.Number(int64(n))
	}
	var rows [][]string
	for _, user := range status.Users {
		mark := screen.Good("✓")
		switch user.State {
		case "running":
		case "paused":
			mark = screen.Dim("–")
		default:
			mark = screen.Bad("✗")
		}
		rows = append(rows, []string{mark, user.User, s.t("kind."+string(user.Kind), nil), s.t("pair."+string(user.State), nil), number(user.Linked),
			number(user.Waiting + user.Work["waiting"] + user.Work["changed"] + user.Work["absent"]), number(user.Work["parked"]), number(user.Work["review"]),
			s.texts.Time(user.Cycle, s.zoneOf(user.User))})
	}
	head := func(name string) string { return s.t("cli.status."+name, nil) }
	s.screen.Table([]screen.Column{{}, {Title: head("user")}, {Title: head("kind"), Optional: true}, {Title: head("state")}, {Title: head("linked"), Right: true},
		{Title: head("waiting"), Right: true, Optional: !some(rows, 5)}, {Title: head("parked"), Right: true, Optional: !some(rows, 6)}, {Title: head("review"), Right: true, Optional: !some(rows, 7)}, {Title: head("cycle")}}, rows)
	s.screen.Blank()
	for _, user := range status.Users {
		if user.Reason == "" {
			continue
		}
		s.screen.Wrapped(2, screen.Bad("✗"), screen.Bold(user.User)+": "+s.either(user.Reason, "reason.", "rule."))
		if change := "reason-change." + user.Reason; s.texts.Has(change) {
			s.screen.Wrapped(4, "  →", s.t(change, nil))
		}
	}
	s.showReadings(status)
}

// some reports whether any cell of a column is more than nothing.
func some(rows [][]string, column int) bool {
	for _, row := range rows {
		if row[column] != screen.Dim("0") {
			return true
		}
	}
	return false
}

// showReadings tells of what all users share.
func (s *session) showReadings(status admin.Status) {
	line := func(name, value string) {
		s.screen.Line(screen.Dim(screen.Pad(s.t("cli.status."+name, nil), 28)), value)
	}
	line("poll", s.ago(status.Poll, status.At))
	line("sweep", s.ago(status.Sweep, status.At))
	if budget := status.Raynet; budget != nil {
		line("budget", s.t("cli.status.budget-of", map[string]any{"Remaining": s.texts.Number(int64(budget.Remaining)),
			"Limit": s.texts.Number(int64(budget.Limit)), "Reset": s.texts.Time(budget.Reset, s.zone)}))
	}
	if status.Holder != "" {
		line("holder", status.Holder)
	}
	if status.Store != "ok" {
		s.screen.Wrapped(2, screen.Bad("✗"), s.t("cli.status.store-full", nil))
	}
}

// ago tells a moment and how long ago it was.
func (s *session) ago(at, now time.Time) string {
	if at.IsZero() {
		return s.t("cli.status.never", nil)
	}
	return s.texts.Time(at, s.zone) + " " + screen.Dim(s.t("cli.status.ago", map[string]any{"Time": s.texts.Duration(now.Sub(at).Truncate(time.Second))}))
}

// either returns the first text that there is for a code, else the code.
func (s *session) either(code string, groups ...string) string {
	for _, group := range groups {
		if s.texts.Has(group + code) {
			return s.t(group+code, nil)
		}
	}
	return strings.ReplaceAll(code, "-", " ")
}
