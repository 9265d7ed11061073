package web

import (
	"context"
	"net/http"
	"strconv"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

const actRestored account.Code = "restored" // What

func restoreRoutes() []route {
	return []route{
		{pattern: "POST /restore/look", role: account.Operator, do: (*visit).restoreLook},
		{pattern: "GET /restore", role: account.Operator, do: (*visit).restorePlan},
		{pattern: "POST /restore", role: account.Operator, do: (*visit).restore},
		{pattern: "POST /restore/run", role: account.Operator, ask: true, do: (*visit).restoreRun},
		{pattern: "GET /restore/done", role: account.Operator, do: (*visit).restored},
	}
}

// The works of taking something back, of each account: to see what would happen, and to do it.
const (
	workRestoreLook = "restore-look"
	workRestore     = "restore"
)

// restoring is what is taken back, and what came of it, or would.
type restoring struct {
	What   admin.RestoreWhat
	Report admin.Report
}

// restoreLook works out what would be put back, and writes nothing.
func (v *visit) restoreLook() error {
	what := admin.RestoreWhat{Field: record.Field(v.value("field")), Ref: v.value("ref"), Run: v.value("run"), Remove: v.value("remove") != ""}
	what.Entry, _ = strconv.ParseInt(v.value("entry"), 10, 64) // what is no number names nothing
	site := v.Site
	err := v.launch(v.own(workRestoreLook), func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		report, err := site.Restore(ctx, what, true)
		return restoring{What: what, Report: report}, err
	})
	if err != nil {
		return err
	}
	return v.to("/restore")
}

// restoreData is what would be put back, or was.
type restoreData struct {
	Work   *workView
	What   admin.RestoreWhat
	Report reportView
	// Look names what was seen, for the step that does it.
	Look string
}

// restorePlan shows what would be put back, and what stays and why.
func (v *visit) restorePlan() error { return v.showRestore(workRestoreLook, "restore") }

// restored shows what was put back.
func (v *visit) restored() error { return v.showRestore(workRestore, "restore-done") }

func (v *visit) showRestore(kind, page string) error {
	a, err := v.use()
	if err != nil {
		return err
	}
	work, ok := v.Works.Latest(v.own(kind))
	if !ok {
		return v.to("/journal")
	}
	data := restoreData{Work: v.workView(work, ok), Look: work.ID}
	done, _ := work.Result.(restoring)
	data.What, data.Report = done.What, v.reportView(a, done.Report, kind == workRestore)
	return v.showEvery(http.StatusOK, page, data.Work.every(), data)
}

// restore puts back what was seen, unless it is a whole run: that asks for the password.
func (v *visit) restore() error { return v.putBack(false) }

func (v *visit) restoreRun() error { return v.putBack(true) }

func (v *visit) putBack(asked bool) error {
	look, ok := v.Works.Latest(v.own(workRestoreLook))
	seen, done := look.Result.(restoring)
	switch {
	case !ok, !done, look.Err != nil, look.ID != v.value("look"):
		return &refusal{status: http.StatusConflict, code: "look-again"}
	case seen.What.Run != "" && !asked:
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	site, what := v.Site, seen.What
	err := v.launch(v.own(workRestore), func(ctx context.Context, _ func(string, record.Kind, int, int)) (any, error) {
		report, err := site.Restore(ctx, what, false)
		return restoring{What: what, Report: report}, err
	})
	if err != nil {
		return err
	}
	v.Works.Forget(v.own(workRestoreLook))
	v.log(actRestored, map[string]any{"What": whatText(what)})
	return v.to("/restore/done")
}

// whatText names what was taken back, without any value.
func whatText(what admin.RestoreWhat) string {
	switch {
	case what.Run != "":
		return what.Run
	case what.Ref != "":
		return what.Ref
	case what.Field != "":
		return "#" + strconv.FormatInt(what.Entry, 10) + " " + string(what.Field)
	}
	return "#" + strconv.FormatInt(what.Entry, 10)
}
