package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

func overviewRoutes() []route {
	return []route{{pattern: "GET /{$}", role: account.Viewer, do: (*visit).overview}}
}

// overviewEvery is after how many seconds the first page is loaded again.
const overviewEvery = 60

// overviewData is what the first page shows.
type overviewData struct {
	admin.Overview
	Search, Only string
	// Week says that the chart is about seven days rather than one.
	Week  bool
	Chart chart
	Kinds []record.Kind
	More  string // address of the next page of users; empty at the end
	Query url.Values
}

// overview is the first page: is all well, and if not, what is not.
func (v *visit) overview() error {
	a := v.Admin()
	if a == nil {
		if v.account.Role.May(account.Administrator) {
			return v.to("/setup")
		}
		return &refusal{status: http.StatusServiceUnavailable, code: "not-set-up"}
	}
	data := overviewData{Search: v.value("search"), Only: v.value("only"), Week: v.value("chart") == "week", Kinds: record.Kinds()}
	if data.Only != admin.OnlyTrouble {
		data.Only = admin.OnlyAll
	}
	found, err := a.Overview(v.in.Context(), admin.OverviewOptions{Search: data.Search, Only: data.Only, After: v.value("after")})
	if err != nil {
		return err
	}
	data.Overview, data.Chart = found, v.chart(found.Day, false)
	if data.Week {
		data.Chart = v.chart(found.Week, true)
	}
	if found.Next != "" {
		data.More = "/?" + url.Values{"search": {data.Search}, "only": {data.Only}, "after": {found.Next}}.Encode()
	}
	return v.showEvery(http.StatusOK, "overview", overviewEvery, data)
}

// Place is the page on which something can be done about a finding, empty if there is none.
func (overviewData) Place(f admin.Finding) string {
	switch f.Code {
	case admin.FindingNobody:
		return "/setup/users"
	case admin.FindingRefusedRaynet:
		return "/setup/raynet"
	case admin.FindingRefusedMicrosoft, admin.FindingSecretEnded, admin.FindingSecretSoon:
		return "/setup/microsoft"
	case admin.FindingHalted, admin.FindingReview:
		return "/review"
	case admin.FindingParked:
		return "/items?state=parked"
	case admin.FindingMailboxes, admin.FindingLate, admin.FindingPaused:
		return "/?only=" + admin.OnlyTrouble
	case admin.FindingStore, admin.FindingNeverRead, admin.FindingNoProgress, admin.FindingNoServer:
		return "/health"
	}
	return ""
}

// Of returns how a user stands with a kind; nil if the kind is not synchronised for him.
func (overviewData) Of(user admin.UserOverview, kind record.Kind) *admin.KindOverview {
	for i := range user.Kinds {
		if user.Kinds[i].Kind == kind {
			return &user.Kinds[i]
		}
	}
	return nil
}

// Total counts the links of all kinds.
func (d overviewData) Total() int {
	all := 0
	for _, n := range d.Linked {
		all += n
	}
	return all
}

// Lag is how long ago the user was looked at, as a duration.
func (overviewData) Lag(user admin.UserOverview) time.Duration {
	return time.Duration(user.Lag) * time.Second
}

// Used is the share of RAYNET's daily requests that is used up.
func (d overviewData) Used() float64 {
	if d.Raynet == nil || d.Raynet.Limit == 0 {
		return 0
	}
	return float64(d.Raynet.Limit-d.Raynet.Remaining) / float64(d.Raynet.Limit)
}

// stateClass is the class of the pill for the state of a pair.
func stateClass(state any) string {
	switch fmt.Sprint(state) {
	case "running":
		return "good"
	case "halted", "refused":
		return "bad"
	case "paused":
		return "warn"
	}
	return "calm"
}
