package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
)

// planView is a plan as a page shows it.
type planView struct {
	Users []planUser
	Total planCount
	// Steps are one page of them; Filter says of whom, Path how to go on.
	Steps          []planStep
	Filter         string
	Previous, Next string
	Found          int
	LeftOut        []leftOut
	Troubles       []string
	Mails          []string // who would be e-mailed: nobody
	Forecast       string   // empty: nothing to foretell
	Nothing        bool
}

// planCount counts steps by where they write.
type planCount struct{ NewOutlook, NewRaynet, Update, Link, Remove, Aside int }

// planUser is one user's part of a plan.
type planUser struct {
	Name, Kind string
	Count      planCount
	Path       string
}

// planStep is one step in words.
type planStep struct {
	User, Op, Class, Verb, Title, When, Reason string
	Changes                                    []changeRow
}

// leftOut counts what a rule leaves out.
type leftOut struct {
	N    int
	Text string
}

func (c *planCount) add(step admin.PlannedStep) {
	switch {
	case step.Op == "create" && step.Side == record.Raynet:
		c.NewRaynet++
	case step.Op == "create":
		c.NewOutlook++
	case step.Op == "update":
		c.Update++
	case step.Op == "link":
		c.Link++
	case step.Op == "delete", step.Op == "unlink":
		c.Remove++
	case step.Op == "park":
		c.Aside++
	}
}

// stepsPerPage is how many steps of a plan one page shows.
const stepsPerPage = 40

// planView puts a plan into words.
func (v *visit) planView(report admin.Report) *planView {
	out := &planView{Filter: v.value("user")}
	mails, skips := map[string]bool{}, map[string]int{}
	var steps []admin.PlannedStep
	for _, cycle := range report.Cycles {
		counts := map[[2]string]*planCount{}
		for _, user := range cycle.Users {
			key := [2]string{user.User, string(user.Kind)}
			counts[key] = &planCount{}
			for rule, n := range user.Skips {
				skips[rule] += n
			}
		}
		for _, step := range cycle.Planned {
			if count := counts[[2]string{step.User, string(step.Kind)}]; count != nil {
				count.add(step)
			}
			out.Total.add(step)
			for _, mail := range step.Mails {
				mails[mail] = true
			}
			if step.Op != "skip" && (out.Filter == "" || out.Filter == step.User) {
				steps = append(steps, step)
			}
		}
		for _, user := range cycle.Users {
			out.Users = append(out.Users, planUser{Name: user.User, Kind: v.t("kind."+string(user.Kind), nil),
				Count: *counts[[2]string{user.User, string(user.Kind)}], Path: v.planPath(user.User, 1)})
		}
		out.Troubles = append(out.Troubles, v.troubles(cycle)...)
	}
	out.Mails = slices.Sorted(maps.Keys(mails))
	out.Nothing = out.Total == planCount{}
	for _, rule := range slices.SortedFunc(maps.Keys(skips), func(a, b string) int { return cmp.Or(skips[b]-skips[a], cmp.Compare(a, b)) }) {
		out.LeftOut = append(out.LeftOut, leftOut{N: skips[rule], Text: v.t("rule."+rule, nil)})
	}
	out.Forecast = v.forecast(report.Forecast)
	v.planPage(out, steps)
	return out
}

func (v *visit) planPath(user string, page int) string {
	values := url.Values{}
	if user != "" {
		values.Set("user", user)
	}
	if page > 1 {
		values.Set("page", strconv.Itoa(page))
	}
	return v.in.URL.Path + "?" + values.Encode() + "#steps"
}

// planPage puts one page of the steps into the view: what is removed first, then what changes, then what is new.
func (v *visit) planPage(out *planView, steps []admin.PlannedStep) {
	order := []string{"delete", "unlink", "park", "update", "link", "create"}
	slices.SortStableFunc(steps, func(a, b admin.PlannedStep) int {
		return cmp.Or(slices.Index(order, a.Op)-slices.Index(order, b.Op), cmp.Compare(a.User, b.User), cmp.Compare(a.When, b.When))
	})
	out.Found = len(steps)
	pages := max(1, (len(steps)+stepsPerPage-1)/stepsPerPage)
	page, err := strconv.Atoi(v.value("page"))
	if err != nil {
		page = 1
	}
	page = min(max(page, 1), pages)
	for _, step := range steps[(page-1)*stepsPerPage : min(page*stepsPerPage, len(steps))] {
		out.Steps = append(out.Steps, v.planStep(step))
	}
	if page > 1 {
		out.Previous = v.planPath(out.Filter, page-1)
	}
	if page < pages {
		out.Next = v.planPath(out.Filter, page+1)
	}
}

func (v *visit) planStep(step admin.PlannedStep) planStep {
	verb := "cli.step." + step.Op
	if step.Side != "" {
		verb += "." + string(step.Side)
	}
	out := planStep{User: step.User, Op: step.Op, Class: string(step.Side), Verb: v.t(verb, nil),
		Title: cmp.Or(step.Title, step.Raynet, v.t("plan.untitled", nil)), When: v.texts.When(step.When, nil)}
	if reason := "reason." + step.Reason; step.Reason != "" && v.texts.Has(reason) {
		out.Reason = v.t(reason, nil)
	}
	if step.Op == "update" {
		for _, change := range step.Changes {
			out.Changes = append(out.Changes, v.changeRow(change.Field, change.Before, change.After))
		}
	}
	return out
}

// troubles are what a plan met: pairs that a guard would stop, and what could not be read.
func (v *visit) troubles(cycle admin.Cycle) []string {
	var out []string
	for _, halted := range cycle.Halted {
		text := v.t("reason."+halted.Reason, nil)
		out = append(out, halted.User+" · "+v.t("kind."+string(halted.Kind), nil)+": "+text)
	}
	for _, failed := range cycle.Errors {
		text := v.t("error."+string(failed.Kind), nil)
		if failed.User != "" {
			text = failed.User + " · " + v.t("kind."+string(failed.Of), nil) + ": " + text
		}
		out = append(out, text)
	}
	return out
}

// forecast says what it would cost to do what is planned.
func (v *visit) forecast(f *admin.Forecast) string {
	if f == nil || f.Code == "nothing" {
		return ""
	}
	share := v.texts.Percent(f.Share)
	if f.Share > 0 && f.Share < 0.01 {
		share = "< " + v.texts.Percent(0.01)
	}
	args := map[string]any{"Time": v.texts.Duration(max(time.Minute, (time.Duration(f.Seconds) * time.Second).Round(time.Minute))), "Share": share,
		"Raynet": v.texts.Number(int64(f.Raynet)), "Graph": v.texts.Number(int64(f.Graph)), "Left": v.texts.Number(int64(f.Left))}
	if f.Code == "days" {
		return v.texts.N("forecast.days", f.Days, args)
	}
	return v.t("forecast."+f.Code, args)
}
