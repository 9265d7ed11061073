package cli

import (
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// quiet reports whether the last cycle of a report had nothing to do, nobody was mailed and nothing went wrong.
func quiet(report admin.Report) bool {
	mails := 0
	for _, cycle := range report.Cycles {
		mails += cycle.Mails
	}
	if len(report.Cycles) == 0 || mails > 0 {
		return false
	}
	last := report.Cycles[len(report.Cycles)-1]
	return last.Steps == (admin.Steps{}) && last.Waiting == 0 && len(last.Halted) == 0 && len(last.Errors) == 0
}

// needsPerson reports whether something was set aside, stopped or went wrong.
func needsPerson(report admin.Report) bool {
	for _, cycle := range report.Cycles {
		if cycle.Steps.Park > 0 || cycle.Waiting > 0 || len(cycle.Halted) > 0 || len(cycle.Errors) > 0 || cycle.Mails > 0 {
			return true
		}
	}
	return false
}

// showReport tells what was done.
func (s *session) showReport(report admin.Report) {
	for _, cycle := range report.Cycles {
		for _, user := range cycle.Users {
			s.screen.Wrapped(2, screen.Good("✓"), s.who(user.User, user.Kind)+": "+s.steps(user.Steps))
			s.showSkips(user.Skips)
		}
		s.showTrouble(cycle)
		s.screen.Wrapped(0, "", screen.Dim(s.t("cli.sync.cost", map[string]any{
			"Time":   s.texts.Duration(time.Duration(cycle.Seconds * float64(time.Second)).Round(time.Millisecond)),
			"Raynet": s.texts.N("count.requests", cycle.Requests.Raynet, nil), "Graph": s.texts.N("count.requests", cycle.Requests.Graph, nil)})))
		if cycle.Mails == 0 {
			s.screen.Line(screen.Good("✓"), s.t("cli.sync.no-mails", nil))
		} else {
			s.screen.Line(screen.Bad("✗"), s.texts.N("count.mails", cycle.Mails, nil))
		}
		if cycle.Run != "" && cycle.Steps != (admin.Steps{}) {
			s.screen.Line(screen.Dim(s.t("cli.sync.run", map[string]any{"Run": cycle.Run})))
		}
	}
}

// steps counts steps in words, "3 založeno, 1 upraveno".
func (s *session) steps(steps admin.Steps) string {
	text := ""
	for _, one := range []struct {
		key   string
		count int
	}{{"create", steps.Create}, {"update", steps.Update}, {"link", steps.Link}, {"unlink", steps.Unlink}, {"delete", steps.Delete}, {"park", steps.Park}} {
		if one.count == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += s.texts.N("done."+one.key, one.count, nil)
	}
	if text == "" {
		return s.t("cli.sync.nothing", nil)
	}
	return text
}

// who names a user and what is synchronised for him.
func (s *session) who(user string, kind record.Kind) string {
	if kind == "" {
		return screen.Bold(user)
	}
	return screen.Bold(user) + screen.Dim(" · "+s.t("kind."+string(kind), nil))
}

// showTrouble tells what needs a person.
func (s *session) showTrouble(cycle admin.Cycle) {
	for _, halted := range cycle.Halted {
		s.screen.Wrapped(2, screen.Bad("✗"), s.who(halted.User, halted.Kind)+": "+s.t("reason."+halted.Reason, nil))
		if change := "reason-change." + halted.Reason; s.texts.Has(change) {
			s.screen.Wrapped(4, "  →", s.t(change, nil))
		}
		if halted.Detail != "" {
			s.screen.Wrapped(2, "", screen.Dim(halted.Detail))
		}
	}
	for _, wrong := range cycle.Errors {
		who := s.who(wrong.User, wrong.Of)
		if wrong.User == "" {
			who = screen.Bold(s.t("cli.sync.everybody", nil))
		}
		text := s.t("error."+string(wrong.Kind), nil)
		s.screen.Wrapped(2, screen.Bad("✗"), who+": "+text)
		s.screen.Wrapped(2, "", screen.Dim(wrong.Text))
	}
	if cycle.Waiting > 0 {
		s.screen.Wrapped(2, screen.Warn("!"), s.texts.N("cli.sync.waiting", cycle.Waiting, nil))
	}
}
