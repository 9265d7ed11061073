package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// planCommand shows what would happen.
type planCommand struct {
	User  []string `placeholder:"ADDRESS" help:"${help_user}"`
	Sweep bool     `default:"true" negatable:"" help:"${help_sweep}"`
	All   bool     `help:"${help_plan_all}"`
}

// Run is called by the parser.
func (c *planCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		report, err := connection.Plan(ctx, admin.SyncOptions{Sweep: c.Sweep, Users: c.User})
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			err = s.json(report)
		} else {
			s.showPlan(report, c.All)
		}
		if err == nil && (len(report.Candidates) > 0 || needsPerson(report)) {
			err = errPerson
		}
		return err
	})
}

// shownSteps is how many steps of one kind are shown for one user before the rest is counted.
const shownSteps = 15

func (s *session) showPlan(report admin.Report, all bool) {
	if len(report.Candidates) > 0 {
		s.screen.Wrapped(0, "", screen.Warn(s.t("cli.plan.nobody", nil)))
		s.screen.Blank()
		s.showUsers(report.Candidates)
		return
	}
	for _, cycle := range report.Cycles {
		for _, user := range cycle.Users {
			s.screen.Line(screen.Title(user.User), screen.Dim("· "+s.t("kind."+string(user.Kind), nil)))
			s.showSteps(cycle.Planned, user, all)
			s.showSkips(user.Skips)
			s.screen.Blank()
		}
		s.showTrouble(cycle)
		if cycle.Steps == (admin.Steps{}) {
			s.screen.Line(s.t("cli.plan.empty", nil))
		}
	}
	s.showMails(report)
	s.showForecast(report.Forecast)
}

// showForecast says what it would cost to do what is planned.
func (s *session) showForecast(f *admin.Forecast) {
	if f == nil || f.Code == "nothing" {
		return
	}
	took := max(time.Minute, (time.Duration(f.Seconds) * time.Second).Round(time.Minute))
	share := s.texts.Percent(f.Share)
	if f.Share > 0 && f.Share < 0.01 {
		share = "< " + s.texts.Percent(0.01)
	}
	args := map[string]any{"Time": s.texts.Duration(took), "Share": share, "Raynet": s.texts.Number(int64(f.Raynet)),
		"Graph": s.texts.Number(int64(f.Graph)), "Left": s.texts.Number(int64(f.Left))}
	text := s.t("forecast."+f.Code, args)
	if f.Code == "days" {
		text = s.texts.N("forecast.days", f.Days, args)
	}
	s.screen.Wrapped(2, screen.Dim("·"), text)
}

// showSteps shows what is planned for one user, kind of step by kind of step.
func (s *session) showSteps(planned []admin.PlannedStep, user admin.UserCycle, all bool) {
	planned = slices.SortedStableFunc(slices.Values(planned), func(a, b admin.PlannedStep) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.When, b.When))
	})
	for _, op := range []string{"create", "update", "link", "unlink", "delete", "park"} {
		shown, rest := 0, 0
		for _, step := range planned {
			if step.User != user.User || step.Kind != user.Kind || step.Op != op {
				continue
			}
			if shown == shownSteps && !all {
				rest++
				continue
			}
			shown++
			s.showStep(step)
		}
		if rest > 0 {
			s.screen.Line("   ", screen.Dim(s.texts.N("cli.plan.more", rest, map[string]any{"Step": s.t("step."+op, nil)})))
		}
	}
}

// showStep says one step in words, with what changes under it.
func (s *session) showStep(step admin.PlannedStep) {
	zone := s.zoneOf(step.User)
	title := cmp.Or(step.Title, step.Raynet, s.t("cli.plan.untitled", nil))
	s.screen.Wrapped(4, "  "+stepMark(step.Op), s.verb(step)+screen.Dim(" · ")+together(title, s.when(step.When)))
	if step.Op == "update" {
		for _, change := range step.Changes {
			s.screen.Wrapped(8, "", s.change(change.Field, change.Before, change.After, zone))
		}
	}
	if reason := "reason." + step.Reason; step.Reason != "" && s.texts.Has(reason) {
		s.screen.Wrapped(6, "", screen.Dim(s.t(reason, nil)))
	}
}

// verb is what a step does, and where: "Vytvoří v Outlooku".
func (s *session) verb(step admin.PlannedStep) string {
	key := "cli.step." + step.Op
	if step.Side != "" {
		key += "." + string(step.Side)
	}
	text := s.t(key, nil)
	switch step.Side {
	case record.Raynet:
		return screen.Raynet(text)
	case record.Outlook:
		return screen.Outlook(text)
	}
	return text
}

func stepMark(op string) string {
	switch op {
	case "create":
		return screen.Good("+")
	case "update":
		return screen.Warn("~")
	case "link":
		return screen.Good("=")
	case "delete":
		return screen.Bad("-")
	case "unlink":
		return screen.Warn("/")
	}
	return screen.Warn("!")
}

// showSkips tells what the rules leave out, the most frequent first.
func (s *session) showSkips(skips map[string]int) {
	rules := slices.SortedFunc(maps.Keys(skips), func(a, b string) int { return cmp.Or(skips[b]-skips[a], cmp.Compare(a, b)) })
	if len(rules) > 0 {
		s.screen.Line(" ", s.t("cli.plan.left-out", nil))
	}
	for _, rule := range rules {
		s.screen.Wrapped(10, "    "+screen.Dim(fmt.Sprintf("%4d×", skips[rule])), s.t("rule."+rule, nil))
	}
}

// showMails says who would be e-mailed.
func (s *session) showMails(report admin.Report) {
	mails := map[string]bool{}
	for _, cycle := range report.Cycles {
		for _, step := range cycle.Planned {
			for _, mail := range step.Mails {
				mails[mail] = true
			}
		}
	}
	addresses := slices.Sorted(maps.Keys(mails))
	if len(addresses) == 0 {
		s.screen.Line(screen.Good("✓"), s.t("cli.plan.no-mails", nil))
		return
	}
	s.screen.Line(screen.Bad("✗"), s.t("cli.plan.mails", nil), strings.Join(addresses, ", "))
}
