package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

// The acts of these pages.
const (
	actChecked account.Code = "connection-checked"
	actAlerted account.Code = "alert-tested"
)

func healthRoutes() []route {
	return []route{
		{pattern: "GET /health", role: account.Viewer, do: (*visit).health},
		{pattern: "POST /health/check", role: account.Operator, do: (*visit).check},
		{pattern: "POST /health/test", role: account.Operator, do: (*visit).testAlerts},
	}
}

// The works of these pages.
const (
	workCheck = "check"
	workTest  = "alert-test"
)

// healthData is what the page of the health shows.
type healthData struct {
	Sides  []healthSide
	Jobs   []healthJob
	Errors []healthError
	Leases []healthLease
	admin.Health
	Size, LogSize, Ballast string
	Check                  *workView // nil: nobody asked for a check since the server started
	Checks                 []healthCheck
	Failed, Warnings       int
	Alerts                 *admin.AlertList // nil: the settings are incomplete
	Test                   *workView        // nil: no test message was sent since the server started
	Answers                []healthAnswer
}

// healthSide is one service in words.
type healthSide struct {
	admin.SideHealth
	Name, Class, Word, Problem, Repair string
}

// healthJob is one kind of job in words.
type healthJob struct {
	admin.JobHealth
	Name, Class, Word, Problem string
}

// healthError is what went wrong for one user, in words.
type healthError struct {
	admin.ErrorHealth
	KindText, ReasonText, Repair string
	Thing                        *thing
}

// healthLease is who is doing what, in words.
type healthLease struct {
	admin.LeaseHealth
	Text string
}

// healthCheck is one check in words.
type healthCheck struct{ Class, State, Title, Text, Repair, Detail string }

// healthAnswer is what came of a test message by one way.
type healthAnswer struct{ Class, Way, Text, Repair, Detail string }

// health shows how the program itself stands.
func (v *visit) health() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	found, err := a.Health(v.in.Context())
	if err != nil {
		return err
	}
	data := healthData{Health: found, Size: v.bytes(found.Database.Bytes), LogSize: v.bytes(found.Database.Log), Ballast: v.bytes(found.Database.Ballast)}
	v.tellHealth(a, &data)
	if alerts := v.Site.Alerts(); alerts != nil {
		list, err := alerts.List(v.in.Context(), v.texts)
		if err != nil {
			return err
		}
		data.Alerts = &list
	}
	check, ok := v.Works.Latest(workCheck)
	data.Check = v.workView(check, ok)
	if verification, done := check.Result.(admin.Verification); done {
		v.tellChecks(&data, verification)
	}
	test, ok := v.Works.Latest(workTest)
	data.Test = v.workView(test, ok)
	if answers, done := test.Result.([]admin.AlertAnswer); done {
		data.Answers = v.answers(answers)
	}
	return v.showEvery(http.StatusOK, "health", max(data.Check.every(), data.Test.every()), data)
}

// tellHealth puts it into words.
func (v *visit) tellHealth(a *admin.Admin, data *healthData) {
	for _, side := range data.Health.Sides {
		one := healthSide{SideHealth: side, Name: v.t("side."+string(side.Side), nil), Class: "good", Word: v.t("pages.health-answers", nil)}
		switch {
		case side.Login != nil:
			one.Class, one.Word = "bad", v.t("pages.health-refused", nil)
			check := v.healthCheck(*side.Login)
			one.Problem, one.Repair = check.Text, check.Repair
		case side.Failing:
			one.Class, one.Word = "bad", v.t("pages.health-failing", nil)
		case side.Good.IsZero():
			one.Class, one.Word = "calm", v.t("pages.health-unasked", nil)
		}
		if one.Problem == "" && !side.Bad.IsZero() {
			one.Problem, one.Repair = v.reason(string(side.Kind), "error."), v.repair(string(side.Kind))
		}
		data.Sides = append(data.Sides, one)
	}
	for _, job := range data.Health.Jobs {
		one := healthJob{JobHealth: job, Name: v.reason(job.Kind, "health.job-"), Class: "good", Word: v.t("pages.health-well", nil), Problem: job.Error}
		switch {
		case job.Failing:
			one.Class, one.Word = "bad", v.t("pages.health-failed", nil)
		case job.Running > 0:
			one.Word = v.t("pages.health-running", nil)
		case job.Ended.IsZero():
			one.Class, one.Word = "calm", v.t("pages.health-due", nil)
		}
		if job.ErrorKind != "" {
			one.Problem = v.reason(string(job.ErrorKind), "error.")
		}
		data.Jobs = append(data.Jobs, one)
	}
	for _, wrong := range data.Health.Errors {
		data.Errors = append(data.Errors, healthError{ErrorHealth: wrong, KindText: v.t("kind."+string(wrong.Kind), nil),
			ReasonText: v.reason(wrong.Reason, "reason."), Repair: v.repair(wrong.Reason), Thing: v.thing(a, wrong.Ref)})
	}
	for _, lease := range data.Health.Leases {
		data.Leases = append(data.Leases, healthLease{LeaseHealth: lease, Text: v.reason(lease.What, "health.lease-")})
	}
}

// repair is what to do about a reason; empty if there is nothing to say.
func (v *visit) repair(code string) string {
	if key := "reason-change." + code; v.texts.Has(key) {
		return v.t(key, nil)
	}
	return ""
}

// bytes writes a size in the largest unit that fits.
func (v *visit) bytes(n int64) string {
	size, unit := float64(n), "B"
	for _, larger := range []string{"kB", "MB", "GB"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, larger
	}
	digits := 0
	if unit != "B" && size < 100 {
		digits = 1
	}
	return v.texts.Decimal(size, digits) + "\u00a0" + unit
}

func (v *visit) tellChecks(data *healthData, found admin.Verification) {
	for _, check := range found.Checks {
		switch check.State {
		case admin.CheckFailed:
			data.Failed++
		case admin.CheckWarning:
			data.Warnings++
		}
		data.Checks = append(data.Checks, v.healthCheck(check))
	}
}

// healthCheck puts a check into words.
func (v *visit) healthCheck(check admin.Check) healthCheck {
	key, values := "check."+check.ID, maps.Clone(check.Args)
	if on, ok := values["on"].(string); ok {
		values["on"] = v.t("check."+on+".title", nil)
	}
	classes := map[string]string{admin.CheckOK: "good", admin.CheckWarning: "warn", admin.CheckFailed: "bad", admin.CheckSkipped: "calm"}
	out := healthCheck{Class: classes[check.State], State: v.t("pages.check-"+check.State, nil), Title: v.t(key+".title", nil), Text: v.t(key+"."+check.Code, values)}
	if check.User != "" {
		out.Title += " · " + check.User
	}
	if check.State != admin.CheckOK {
		out.Detail = check.Detail
		if repair := key + "." + check.Code + ".repair"; v.texts.Has(repair) {
			out.Repair = v.t(repair, values)
		}
	}
	return out
}

// check walks through the connection, as the command doctor does.
func (v *visit) check() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	err = v.launch(workCheck, func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		return a.Verify(ctx, admin.VerifyOptions{Users: true})
	})
	if err != nil {
		return err
	}
	v.log(actChecked, nil)
	return v.to("/health#checks")
}

// testAlerts sends a test message by every way that there is.
func (v *visit) testAlerts() error {
	alerts := v.Site.Alerts()
	if alerts == nil {
		return &refusal{status: http.StatusServiceUnavailable, code: "not-set-up"}
	}
	err := v.launch(workTest, func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		within, cancel := context.WithTimeout(ctx, testWithin)
		defer cancel()
		return alerts.Test(within)
	})
	if err != nil {
		return err
	}
	v.log(actAlerted, nil)
	return v.to("/health#alerts")
}

// testWithin is how long a test message may be on its way.
const testWithin = 2 * time.Minute

func (v *visit) answers(answers []admin.AlertAnswer) []healthAnswer {
	var out []healthAnswer
	for _, answer := range answers {
		one := healthAnswer{Class: "good", Way: v.t("alert.way-"+answer.Way, nil) + " " + answer.Target, Text: v.t("alert.test-sent", nil)}
		switch {
		case answer.Partly:
			one.Class, one.Text = "warn", v.t("alert.test-partly", nil)
		case !answer.Sent:
			one.Class, one.Text = "bad", v.t("alert.test-failed", nil)
		}
		if answer.Code != "" {
			one.Repair = v.t("alert.answer-"+answer.Code, nil)
			one.Detail = answer.Host + " " + answer.Detail
			if answer.Status != 0 {
				one.Detail = fmt.Sprint(answer.Host, " ", answer.Status, " ", answer.Detail)
			}
		}
		out = append(out, one)
	}
	return out
}
