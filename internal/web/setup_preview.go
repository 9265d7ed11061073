package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// previewRoutes show what a draft would do, and let it be kept: at the end of the set-up, and for every later change.
func previewRoutes() []route {
	const role = account.Administrator
	var out []route
	for _, base := range []string{"/setup", "/settings"} {
		out = append(out,
			route{pattern: "GET " + base + "/preview", role: role, do: (*visit).preview},
			route{pattern: "POST " + base + "/preview", role: role, do: (*visit).previewAgain},
			route{pattern: "POST " + base + "/pilot", role: role, do: (*visit).pilot},
			route{pattern: "POST " + base + "/keep", role: role, ask: true, do: (*visit).keep},
			route{pattern: "POST " + base + "/discard", role: role, do: (*visit).discard},
			route{pattern: "GET " + base + "/run", role: role, do: (*visit).run},
		)
	}
	return out
}

// The kinds of works of a set-up.
const (
	workPreview = "setup-preview"
	workKeep    = "setup-keep"
)

// part is where this request belongs: the set-up or the settings.
func (v *visit) part() string {
	if strings.HasPrefix(v.in.URL.Path, "/setup") {
		return "/setup"
	}
	return "/settings"
}

// beginPreview begins to work out what the draft would do and goes to where that is shown. One that runs already is of a former
// draft, which the page says.
func (v *visit) beginPreview(path string) error {
	setup := v.Setup
	err := v.begin(workPreview, func(ctx context.Context, tell func(string, record.Kind, int, int)) (any, error) {
		return setup.Preview(ctx, admin.SyncOptions{Progress: tell})
	})
	if _, known := v.words(err); err != nil && !known {
		return err
	}
	return v.to(path)
}

// begin begins a work of the visitor. What goes wrong in it and nobody can act on is told in the log, once.
func (v *visit) begin(kind string, do func(context.Context, func(string, record.Kind, int, int)) (any, error)) error {
	log := *v
	_, err := v.Works.Begin(kind, v.account.Name, func(ctx context.Context, tell func(string, record.Kind, int, int)) (any, error) {
		result, err := do(ctx, tell)
		if _, known := log.words(err); err != nil && !known && ctx.Err() == nil {
			log.Log.Error("a work failed", "work", kind, "err", err)
		}
		return result, err
	})
	return err
}

// previewAgain works it out once more.
func (v *visit) previewAgain() error { return v.beginPreview(v.part() + "/preview") }

// differenceRow is one difference of the draft in words.
type differenceRow struct {
	Name, Was, Is string
	// Added and Removed are for lists.
	Added, Removed []string
	Path           string // leads to where it can be changed
}

// workData is a work as a page shows it.
type workData struct {
	Running  bool
	Progress []progressRow
	Problem  string
	Started  string
}

// progressRow is one user's bar.
type progressRow struct {
	User, Kind string
	Done, All  int
}

// previewData is what the page of a preview shows.
type previewData struct {
	Base        string
	Steps       []stepLink
	Differences []differenceRow
	Work        *workData // nil: nothing was worked out yet
	Plan        *planView // nil: there is none, or it runs, or it failed
	// Stale: the draft was changed since.
	Stale bool
	// Nobody: the draft touches nobody's items.
	Nobody      bool
	Fingerprint string
	Kept        bool // everything considered holds already
}

// preview shows what the draft would change, and what that would do to items.
func (v *visit) preview() error {
	ctx := v.in.Context()
	data := previewData{Base: v.part()}
	differences, err := v.Setup.Differences(ctx)
	if err != nil {
		return err
	}
	data.Differences = v.differences(differences)
	if data.Base == "/setup" {
		if data.Steps, err = v.stepLinks("preview"); err != nil {
			return err
		}
	}
	draft, err := v.Setup.Draft(ctx)
	if err != nil {
		return err
	}
	data.Kept = draft.Empty()
	work, ok := v.Works.Latest(workPreview)
	if !ok || data.Kept {
		return v.show(http.StatusOK, "preview", data)
	}
	data.Work = v.workData(work)
	seconds := 0
	if data.Work.Running {
		seconds = 2
	}
	found, done := work.Result.(admin.Preview)
	if done && work.Err == nil && !work.Running() {
		mark, err := v.Setup.Mark(ctx)
		if err != nil {
			return err
		}
		data.Stale, data.Nobody, data.Fingerprint = mark != found.Mark, !found.Everyone && len(found.Users) == 0, found.Fingerprint
		if !data.Stale {
			data.Plan = v.planView(found.Report)
		}
	}
	return v.showEvery(http.StatusOK, "preview", seconds, data)
}

// workData puts a work into words.
func (v *visit) workData(work admin.Work) *workData {
	out := &workData{Running: work.Running(), Started: v.texts.Time(work.Started, v.zone)}
	if work.Err != nil {
		words, ok := v.words(work.Err)
		if !ok {
			words = v.t("web.internal", nil)
		}
		out.Problem = words
	}
	for _, one := range work.Progress {
		out.Progress = append(out.Progress, progressRow{User: one.User, Kind: v.t("kind."+string(one.Kind), nil), Done: one.Done, All: max(one.All, 1)})
	}
	return out
}

// differences puts the draft into words.
func (v *visit) differences(all admin.Differences) []differenceRow {
	var out []differenceRow
	for _, one := range all.Settings {
		row := differenceRow{Name: v.settingName(one.Key.Path()), Was: v.valueText(one.Key, one.Value), Is: v.valueText(one.Key, one.Draft)}
		if one.Key.Type == config.List {
			row.Added, row.Removed = v.added(one, one.Value, one.Draft), v.added(one, one.Draft, one.Value)
		}
		out = append(out, row)
	}
	for _, one := range all.Users {
		out = append(out, differenceRow{Name: one.Mailbox, Was: v.exceptionText(one.Before), Is: v.exceptionText(one.After), Path: "/users/" + one.Mailbox})
	}
	return out
}

// added are the parts of a list that another value does not have.
func (v *visit) added(one admin.Setting, before, after string) []string {
	var out []string
	for _, part := range one.Parts(after) {
		if !slices.Contains(one.Parts(before), part) {
			out = append(out, v.valueText(one.Key, part))
		}
	}
	return out
}

// exceptionText says what holds for one user alone.
func (v *visit) exceptionText(values map[string]string) string {
	var words []string
	for _, key := range config.UserKeys() {
		value, ok := values[key.Name]
		switch {
		case !ok:
		case key.Name == "kinds" && value == "":
			words = append(words, v.t("people.no-kinds", nil))
		default:
			words = append(words, v.settingName("user."+key.Name)+": "+v.valueText(key, value))
		}
	}
	if len(words) == 0 {
		return v.t("people.no-exception", nil)
	}
	return strings.Join(words, "; ")
}

// pilot narrows the draft to the users whose boxes are ticked and works it out again.
func (v *visit) pilot() error {
	if users := v.in.PostForm["pilot"]; len(users) > 0 {
		if err := v.Setup.Edit(v.in.Context(), map[string]string{usersPath: strings.Join(users, ",")}); err != nil {
			return err
		}
	}
	return v.beginPreview(v.part() + "/preview")
}

// discard empties the draft.
func (v *visit) discard() error {
	if err := v.Setup.Discard(v.in.Context()); err != nil {
		return err
	}
	v.Works.Forget(workPreview)
	return v.noted(map[string]string{"/setup": "/setup/users", "/settings": "/settings"}[v.part()], "settings.discarded")
}

// keep makes the draft hold exactly as it was shown, and carries it out.
func (v *visit) keep() error {
	work, ok := v.Works.Latest(workPreview)
	shown, done := work.Result.(admin.Preview)
	if !ok || !done || work.Running() || work.Err != nil || v.value("fingerprint") != shown.Fingerprint {
		return &admin.Failure{Code: admin.FailurePlanChanged}
	}
	differences, err := v.Setup.Differences(v.in.Context())
	if err != nil {
		return err
	}
	site, setup := v.Site, v.Setup
	err = v.begin(workKeep, func(ctx context.Context, tell func(string, record.Kind, int, int)) (any, error) {
		if err := setup.Keep(ctx, shown.Fingerprint, admin.SyncOptions{Users: shown.Users}); err != nil {
			return nil, err
		}
		site.Works.Forget(workPreview)
		if !shown.Everyone && len(shown.Users) == 0 {
			return admin.Report{}, nil
		}
		return site.Sync(ctx, admin.SyncOptions{Users: shown.Users, Sweep: true, Progress: tell})
	})
	if err != nil {
		return err
	}
	var names []string
	for _, one := range differences.Settings {
		names = append(names, one.Key.Path())
	}
	for _, one := range differences.Users {
		names = append(names, one.Mailbox)
	}
	v.log(account.ActSettings, map[string]any{"Names": strings.Join(names, ", ")})
	return v.to(v.part() + "/run")
}

// runData is what the page of a synchronisation under way shows.
type runData struct {
	Base  string
	Steps []stepLink
	Work  *workData
	// Done counts what was carried out; nil while it runs, or if it failed.
	Done *admin.Cycle
	// Changed: the plan was no longer what was shown.
	Changed bool
}

// run shows how far it is.
func (v *visit) run() error {
	work, ok := v.Works.Latest(workKeep)
	if !ok {
		return v.to("/")
	}
	data := runData{Base: v.part(), Work: v.workData(work)}
	if data.Base == "/setup" {
		var err error
		if data.Steps, err = v.stepLinks("preview"); err != nil {
			return err
		}
	}
	if data.Work.Running {
		return v.showEvery(http.StatusOK, "run", 2, data)
	}
	if report, ok := work.Result.(admin.Report); ok && work.Err == nil {
		data.Done = &admin.Cycle{}
		if len(report.Cycles) > 0 {
			data.Done = &report.Cycles[0]
		}
	}
	return v.show(http.StatusOK, "run", data)
}
