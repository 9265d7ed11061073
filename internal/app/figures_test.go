package app_test

import (
	"net/http"
	"net/url"
	"testing"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
)

// What one process asked and carried is told by the next one, which asks nothing.
func TestFiguresOutliveTheProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{})
	settings := w.settings(t, t.TempDir())
	open := func() *app.App {
		opened, err := app.Open(t.Context(), app.Options{Config: settings, Ballast: -1, Synchronous: "OFF"})
		if err != nil {
			t.Fatal(err)
		}
		return opened
	}
	first := open()
	if _, err := first.Sync(t.Context(), admin.SyncOptions{Sweep: true}); err != nil {
		t.Fatal(err)
	}
	asked := first.Admin.Requests()
	budget := first.Admin.Raynet.Budget()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open()
	seen, err := second.Admin.Overview(t.Context(), admin.OverviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	var carried, raynet, graph int
	for _, p := range seen.Day { // the hour may have ended in between
		carried, raynet, graph = carried+p.ToOutlook, raynet+p.Raynet, graph+p.Graph
	}
	if carried == 0 || int64(raynet) != asked.Raynet || int64(graph) < asked.Graph || seen.Graph.Requests != graph {
		t.Errorf("carried %d, RAYNET %d of %d requests, Graph %d of %d", carried, raynet, asked.Raynet, graph, asked.Graph)
	}
	if seen.Raynet == nil || seen.Raynet.Remaining != budget.Remaining || seen.Raynet.Limit != budget.Limit {
		t.Errorf("budget %+v, was %+v", seen.Raynet, budget)
	}
	if second.Admin.Requests() != (admin.Requests{}) {
		t.Errorf("looking asked: %+v", second.Admin.Requests())
	}
}

// A server that was set up on its page counts like one that was begun with its settings.
func TestFiguresOfAServerThatWasSetUpMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Seed: 5, Plain: true, Items: 2})
	a, s, b := w.ready(t, "en")
	b.get("/setup/users").submit("/setup/users", url.Values{"on": {w.Company.Users[0].Email}, "next": {"1"}})
	b.get("/setup/what").submit("/setup/what", url.Values{"stay": {}}).settled().submit("/setup/keep", nil).settled().want(http.StatusOK, "Done.")
	s.end(t)
	seen, err := open(t, app.Options{Layers: w.layers(a.Config.Server.DataDir)}).Admin.Overview(t.Context(), admin.OverviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	carried := 0
	for _, p := range seen.Day {
		carried += p.ToOutlook
	}
	if carried == 0 || seen.Graph.Requests == 0 || seen.Raynet == nil {
		t.Errorf("carried %d, Graph %d requests, RAYNET's budget %v; want what was done", carried, seen.Graph.Requests, seen.Raynet)
	}
}

// A server tells what it does, and another process is told the same.
func TestHealthOfAServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulation.Options{Items: 2})
	settings := w.settings(t, t.TempDir(), `poll_interval = "1s"`)
	a := open(t, app.Options{Config: settings, Version: "v1"})
	s := serve(t, a)
	other := open(t, app.Options{Config: settings})
	var seen admin.Health
	s.until(t, "another process is told of the jobs", func() bool {
		var err error
		if seen, err = other.Admin.Health(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := map[string]bool{}
		for _, job := range seen.Jobs {
			ended[job.Kind] = !job.Ended.IsZero()
			if job.Failing {
				t.Errorf("job %+v", job)
			}
		}
		return ended["poll"] && ended["cycle"] && ended["enrol"]
	})
	for _, side := range seen.Sides {
		if side.Good.IsZero() || side.Failing || side.URL == "" {
			t.Errorf("side %+v", side)
		}
	}
	if len(seen.Leases) == 0 || seen.Database.Bytes == 0 {
		t.Errorf("health = %+v", seen)
	}
	mine, err := a.Admin.Health(t.Context())
	if err != nil || mine.Version != "v1" {
		t.Errorf("version %q, %v", mine.Version, err)
	}
	look, err := other.Admin.Overview(t.Context(), admin.OverviewOptions{})
	if err != nil || look.Server == "" {
		t.Errorf("overview = %+v, %v", look, err)
	}
	s.end(t)
}
