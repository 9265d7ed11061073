package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

// decision is what the form, or the address of a look, says.
func (v *visit) decision() admin.Decision {
	if err := v.in.ParseForm(); err != nil {
		return admin.Decision{}
	}
	d := admin.Decision{ID: v.in.PathValue("id"), Seen: v.value("seen"), Choice: v.value("choice"), Candidate: v.value("candidate"), By: v.account.Name}
	for name := range v.in.Form { // any order: a map
		field, ok := strings.CutPrefix(name, "field.")
		if side := record.Side(v.value(name)); ok && side.Valid() && d.Choice == admin.ChoiceFields {
			if d.Fields == nil {
				d.Fields = map[record.Field]record.Side{}
			}
			d.Fields[record.Field(field)] = side
		}
	}
	if d.Choice != admin.ChoiceLink {
		d.Candidate = ""
	}
	return d
}

// lookData is what a decision would do.
type lookData struct {
	ID, WhatText, ChoiceText, Means string
	Report                          reportView
	Form                            url.Values
	Action                          string
	Asks                            bool // the password is asked for
}

// reviewLook shows exactly what a decision would write, and writes nothing.
func (v *visit) reviewLook() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	d := v.decision()
	if d.Choice == "" || !slices.Contains(reviewWhats(), v.value("what")) {
		return v.showReview(d.ID, v.t("pages.review-choose", nil))
	}
	report, err := v.Decide(v.in.Context(), d, true)
	if words, ok := v.words(err); err != nil && ok {
		return v.showReview(d.ID, words)
	}
	if err != nil {
		return err
	}
	what := v.value("what")
	key := what + "." + d.Choice
	data := lookData{ID: d.ID, WhatText: v.t("review."+what, nil), ChoiceText: v.t("choice."+key, nil), Means: v.t("choice-means."+key, nil),
		Report: v.reportView(a, report, false), Form: v.in.Form, Action: reviewPath + "/" + d.ID}
	if data.Asks = d.Choice == admin.ChoiceApprove; data.Asks {
		data.Action += "/approve"
	}
	return v.show(http.StatusOK, "review-look", data)
}

// verdictDone is what came of a decision, or of taking one back.
type verdictDone struct {
	ID     string // empty: a decision was taken back
	Report admin.Report
}

// decide carries a decision out. To let pass what a guard stopped is not for this way.
func (v *visit) decide() error {
	d := v.decision()
	if d.Choice == admin.ChoiceApprove {
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	return v.carryOut(d)
}

// approve lets pass exactly what was seen. The password was asked for.
func (v *visit) approve() error {
	d := v.decision()
	if d.Choice != admin.ChoiceApprove {
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	return v.carryOut(d)
}

func (v *visit) carryOut(d admin.Decision) error {
	site := v.Site
	err := v.launch(v.own(workDecide), func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		report, err := site.Decide(ctx, d, false)
		return verdictDone{ID: d.ID, Report: report}, err
	})
	if err != nil {
		return err
	}
	v.log(actDecided, map[string]any{"ID": d.ID, "Choice": d.Choice})
	return v.to(reviewPath + "/done")
}

// undo takes a decision back, by its run.
func (v *visit) undo() error {
	site, run, by := v.Site, v.value("run"), v.account.Name
	err := v.launch(v.own(workDecide), func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		report, err := site.Undo(ctx, run, by)
		return verdictDone{Report: report}, err
	})
	if err != nil {
		return err
	}
	v.log(actUndone, nil)
	return v.to(reviewPath + "/done")
}

// decidedData is what came of the latest decision of this account.
type decidedData struct {
	Work   *workView
	Undone bool
	Report reportView
	Left   int
}

// decided shows what came of the latest decision. What is not as it was seen any more is shown anew.
func (v *visit) decided() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	work, ok := v.Works.Latest(v.own(workDecide))
	if !ok {
		return v.to(reviewPath)
	}
	data := decidedData{Work: v.workView(work, ok), Left: v.waiting()}
	done, _ := work.Result.(verdictDone)
	data.Undone = done.ID == ""
	if work.Err != nil && done.ID != "" {
		if _, err := a.Review(v.in.Context(), done.ID); err == nil {
			return v.showReview(done.ID, data.Work.Problem)
		}
	}
	data.Report = v.reportView(a, done.Report, true)
	return v.showEvery(http.StatusOK, "review-done", data.Work.every(), data)
}

// pause and resume stop and start the synchronisation of a user.
func (v *visit) pause() error { return v.switched(actPaused, "pages.paused", v.Pause) }

func (v *visit) resume() error { return v.switched(actResumed, "pages.resumed", v.Resume) }

func (v *visit) switched(act account.Code, notice string, do func(context.Context, string, []record.Kind, string) (admin.Report, error)) error {
	user := v.in.PathValue("mailbox")
	var kinds []record.Kind
	for _, kind := range v.in.PostForm["kind"] {
		if slices.Contains(record.Kinds(), record.Kind(kind)) {
			kinds = append(kinds, record.Kind(kind))
		}
	}
	if _, err := do(v.in.Context(), user, kinds, v.account.Name); err != nil {
		return err
	}
	v.log(act, map[string]any{"User": user})
	return v.noted("/users/"+url.PathEscape(user), notice)
}
