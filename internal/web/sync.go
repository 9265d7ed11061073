package web

import (
	"context"
	"net/http"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

const actSynced account.Code = "sync-asked"

func syncRoutes() []route {
	return []route{
		{pattern: "GET /sync", role: account.Viewer, do: (*visit).syncPage},
		{pattern: "POST /sync", role: account.Operator, do: (*visit).sync},
	}
}

// workSync is the work of a synchronisation on request.
const workSync = "sync"

// syncData is how far a synchronisation on request is, and what came of it.
type syncData struct {
	Work   *workView // nil: there was none since the server started
	Report *reportView
}

func (v *visit) syncPage() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	work, ok := v.Works.Latest(workSync)
	data := syncData{Work: v.workView(work, ok)}
	if report, done := work.Result.(admin.Report); done {
		view := v.reportView(a, report, true)
		data.Report = &view
	}
	return v.showEvery(http.StatusOK, "sync", data.Work.every(), data)
}

// sync synchronises everybody, or one user, now.
func (v *visit) sync() error {
	options := admin.SyncOptions{Sweep: true}
	if user := v.value("user"); user != "" {
		options.Users = []string{user}
	}
	site := v.Site
	err := v.launch(workSync, func(ctx context.Context, tell func(string, record.Kind, int, int)) (any, error) {
		options.Progress = tell
		return site.Sync(ctx, options)
	})
	if err != nil {
		return err
	}
	v.log(actSynced, nil)
	return v.to("/sync")
}
