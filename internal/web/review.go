package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// reviewPath is where everything lies that waits for a person.
const reviewPath = "/review"

// The acts of these pages.
const (
	actDecided account.Code = "decided" // ID, Choice
	actUndone  account.Code = "decision-undone"
	actPaused  account.Code = "user-paused"  // User
	actResumed account.Code = "user-resumed" // User
)

func reviewRoutes() []route {
	return []route{
		{pattern: "GET /review", role: account.Viewer, do: (*visit).reviews},
		{pattern: "GET /review/{id}", role: account.Viewer, do: (*visit).review},
		{pattern: "GET /review/{id}/look", role: account.Operator, do: (*visit).reviewLook},
		{pattern: "POST /review/{id}", role: account.Operator, do: (*visit).decide},
		{pattern: "POST /review/{id}/approve", role: account.Operator, ask: true, do: (*visit).approve},
		{pattern: "GET /review/done", role: account.Operator, do: (*visit).decided},
		{pattern: "POST /review/undo", role: account.Operator, do: (*visit).undo},
		{pattern: "POST /users/{mailbox}/pause", role: account.Operator, do: (*visit).pause},
		{pattern: "POST /users/{mailbox}/resume", role: account.Operator, do: (*visit).resume},
	}
}

// workDecide is the work of a decision, of each account.
const workDecide = "decide"

// waiting counts what waits for a person. A page is shown without the number rather than not at all.
func (v *visit) waiting() int {
	a := v.Admin()
	if a == nil {
		return 0
	}
	counts, err := a.ReviewCount(v.in.Context())
	if err != nil && v.in.Context().Err() == nil {
		v.Log.Error("what waits could not be counted", "err", err)
	}
	return counts.Total
}

// reviewWhats are what can wait, in the order in which the page shows it: what stops a whole user comes first.
func reviewWhats() []string {
	return []string{admin.ReviewHalted, admin.ReviewContainer, admin.ReviewRefused, admin.ReviewClash, admin.ReviewCandidates, admin.ReviewDissolved,
		admin.ReviewLoop, admin.ReviewParked, admin.ReviewHidden}
}

// wholeWhats are those that concern a user as a whole.
func wholeWhats() []string { return reviewWhats()[:3] }

// reviewsData is what the list shows.
type reviewsData struct {
	User, What string
	Counts     []whatCount
	Total      int
	Groups     []whatGroup
	Next       string // address of the next page; empty at the end
	Problem    string
}

type whatCount struct {
	What, Text string
	Count      int
}

// whatGroup are the things of a page that wait for the same.
type whatGroup struct {
	What, Text string
	Items      []reviewRow
}

// reviewRow is one thing in the list.
type reviewRow struct {
	ID, User, Kind, Title, When, Reason string
	Since, Retry                        time.Time
}

// reviews lists what waits for a person, grouped by what it is. What stops a whole user is not worked out here: that takes long.
func (v *visit) reviews() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	ctx, after := v.in.Context(), v.value("after")
	data := reviewsData{User: v.value("user"), What: v.value("what")}
	counts, err := a.ReviewCount(ctx)
	if err != nil {
		return err
	}
	data.Total = counts.Total + counts.By[admin.ReviewParked]
	for _, what := range reviewWhats() {
		data.Counts = append(data.Counts, whatCount{What: what, Text: v.t("review."+what, nil), Count: counts.By[what]})
	}
	wanted := func(what string) bool { return data.What == what || data.What == "" && what != admin.ReviewHidden }
	whole := slices.DeleteFunc(wholeWhats(), func(what string) bool { return !wanted(what) })
	things := slices.DeleteFunc(reviewWhats()[len(wholeWhats()):], func(what string) bool { return !wanted(what) })
	var items []admin.ReviewItem
	next := ""
	if len(whole) > 0 && after == "" {
		items, _, err = a.Reviews(ctx, admin.ReviewOptions{User: data.User, What: whole, Bare: true, Limit: manyReviews})
	}
	if len(things) > 0 && err == nil {
		var more []admin.ReviewItem
		more, next, err = a.Reviews(ctx, admin.ReviewOptions{User: data.User, What: things, After: after})
		items = append(items, more...)
	}
	if words, ok := v.words(err); err != nil && ok {
		data.Problem = words
		return v.show(http.StatusUnprocessableEntity, "reviews", data)
	}
	if err != nil {
		return err
	}
	if next != "" {
		data.Next = v.again("after", next)
	}
	data.Groups = v.reviewGroups(items)
	return v.show(http.StatusOK, "reviews", data)
}

// manyReviews is how many users are listed whose synchronisation was stopped.
const manyReviews = 200

func (v *visit) reviewGroups(items []admin.ReviewItem) []whatGroup {
	var groups []whatGroup
	for _, what := range reviewWhats() {
		group := whatGroup{What: what, Text: v.t("review."+what, nil)}
		for _, it := range items {
			if it.What == what {
				group.Items = append(group.Items, v.reviewRow(it))
			}
		}
		if len(group.Items) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (v *visit) reviewRow(it admin.ReviewItem) reviewRow {
	row := reviewRow{ID: it.ID, User: it.User, Kind: v.t("kind."+string(it.Kind), nil), Reason: v.reason(it.Reason, "reason."), Since: it.Since, Retry: it.Retry}
	for _, side := range []*admin.ReviewSide{it.Raynet, it.Outlook} {
		if side != nil && side.State == admin.SidePrivate {
			row.Title, row.When = "", ""
			break
		}
		if side != nil && row.Title == "" {
			row.Title, row.When = side.Title, v.texts.When(side.When, v.zone)
		}
	}
	return row
}

// reviewData is what the page of one item shows.
type reviewData struct {
	admin.ReviewItem
	WhatText, KindText, ReasonText, TroubleText string
	Sides                                       []sideView
	Rows                                        []fieldRow
	Fits                                        []candidateView
	Stopped                                     []stepRow
	StoppedMore                                 int
	Options                                     []choiceView
	Problem                                     string
}

// sideView is one side of an item.
type sideView struct {
	Side               record.Side
	Name, State, Title string
	Present            bool
	When, Author       string
	Thing              *thing
}

// fieldRow is a field in which both sides differ.
type fieldRow struct {
	Field                 record.Field
	Name, Raynet, Outlook string
	Asks                  bool
}

// candidateView is something that fits.
type candidateView struct {
	sideView
	Ref    string
	Common []string
	Rows   []fieldRow
	Able   bool
}

// choiceView is a possible decision.
type choiceView struct {
	Choice, Text, Means string
	Careful             bool
}

// review shows one item that waits: both sides next to each other, and what can be decided.
func (v *visit) review() error { return v.showReview(v.in.PathValue("id"), "") }

func (v *visit) showReview(id, problem string) error {
	a, err := v.use()
	if err != nil {
		return err
	}
	it, err := a.Review(v.in.Context(), id)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	data := v.reviewData(a, it)
	data.Problem = problem
	return v.show(status, "review", data)
}

func (v *visit) reviewData(a *admin.Admin, it admin.ReviewItem) reviewData {
	data := reviewData{ReviewItem: it, WhatText: v.t("review."+it.What, nil), KindText: v.t("kind."+string(it.Kind), nil), ReasonText: v.reason(it.Reason, "reason.")}
	if it.Trouble != "" {
		data.TroubleText = v.t("error."+it.Trouble, nil)
	}
	for side, told := range map[record.Side]*admin.ReviewSide{record.Raynet: it.Raynet, record.Outlook: it.Outlook} { // any order: sorted below
		if told != nil {
			data.Sides = append(data.Sides, v.sideView(a, side, *told))
		}
	}
	slices.SortFunc(data.Sides, func(x, y sideView) int { return strings.Compare(string(y.Side), string(x.Side)) })
	data.Rows = v.fieldRows(it.Fields)
	for _, c := range it.Candidates {
		fit := candidateView{Ref: c.Ref, Able: c.Able, Rows: v.fieldRows(c.Fields)}
		for _, how := range c.Common {
			fit.Common = append(fit.Common, v.t("how."+how, nil))
		}
		side := record.Outlook
		if strings.HasPrefix(c.Ref, string(record.Raynet)+":") {
			side = record.Raynet
		}
		fit.sideView = v.sideView(a, side, c.ReviewSide)
		data.Fits = append(data.Fits, fit)
	}
	if it.Plan != nil {
		for _, step := range it.Plan.Steps[:min(len(it.Plan.Steps), shownSteps)] {
			data.Stopped = append(data.Stopped, v.stepRow(a, step, false))
		}
		data.StoppedMore = len(it.Plan.Steps) - len(data.Stopped)
	}
	for _, choice := range it.Choices {
		key := it.What + "." + choice
		data.Options = append(data.Options, choiceView{Choice: choice, Text: v.t("choice."+key, nil), Means: v.t("choice-means."+key, nil)})
	}
	return data
}

func (v *visit) sideView(a *admin.Admin, side record.Side, told admin.ReviewSide) sideView {
	return sideView{Side: side, Name: v.t("side."+string(side), nil), Present: told.State == admin.SidePresent, State: v.t("review-side."+told.State, nil),
		Title: told.Title, When: v.texts.When(told.When, v.zone), Author: told.Author, Thing: v.thing(a, told.Ref)}
}

func (v *visit) fieldRows(fields []admin.ReviewField) []fieldRow {
	var out []fieldRow
	for _, f := range fields {
		row := fieldRow{Field: f.Field, Name: v.t("field."+string(f.Field), nil), Asks: f.Asks}
		row.Raynet, row.Outlook = v.texts.Change(locale.Change{Field: f.Field, Before: f.Raynet, After: f.Outlook}, v.zone, shownChars)
		out = append(out, row)
	}
	return out
}
