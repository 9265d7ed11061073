package web

import (
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
)

// settingsRoutes are everyday's changes of settings.
func settingsRoutes() []route {
	const role = account.Administrator
	return []route{
		{pattern: "GET /settings", role: role, do: (*visit).settings},
		{pattern: "POST /settings", role: role, do: (*visit).changeSettings},
	}
}

// group is a number of settings that belong together.
type group struct {
	Name, Title, About string
	// Advanced groups are folded.
	Advanced bool
	Fields   []field
	// Link leads to the page on which these are changed instead; empty: here.
	Link, LinkText string
	// Open: something in it is wrong or was changed.
	Open bool
}

// groupNames are the groups of [sync] in their order; what belongs to none of them is in a group named like its section.
func groupNames() []string {
	return []string{"what", "calendar", "contacts", "tasks", "guards", "pace", "microsoft", "raynet", "server"}
}

// groupOf says to which group a setting belongs.
func groupOf(key config.Key) string {
	if key.Section != "sync" {
		return key.Section
	}
	switch key.Name {
	case "preset", "kinds", "direction", "new_from_outlook", "time_zone", "users":
		return "what"
	case "task_list", "tasks_completed_days", "clash_tasks":
		return "tasks"
	case "match_default_folder", "clash_contacts":
		return "contacts"
	case "poll_interval", "reconcile_interval", "sweep_interval", "raynet_reserve_percent":
		return "pace"
	case "deletion_grace", "settle_horizon", "loop_writes", "loop_window":
		return "guards"
	}
	switch {
	case strings.HasPrefix(key.Name, "max_"):
		return "guards"
	case strings.HasPrefix(key.Name, "contact_"):
		return "contacts"
	}
	return "calendar"
}

// groups lays out all settings as they are considered.
func (v *visit) groups(problems, typed map[string]string) ([]group, error) {
	settings, err := v.Setup.Settings(v.in.Context())
	if err != nil {
		return nil, err
	}
	now, err := v.Setup.Current(v.in.Context())
	if err != nil {
		return nil, err
	}
	var out []group
	for _, name := range groupNames() {
		out = append(out, group{Name: name})
	}
	for _, one := range settings {
		name := groupOf(one.Key)
		at := slices.IndexFunc(out, func(g group) bool { return g.Name == name })
		if at < 0 {
			at = len(out)
			out = append(out, group{Name: name})
		}
		f := v.field(one.Key, one.Draft, now)
		f.Changed, f.Was, f.Problem = one.Changed, v.valueText(one.Key, one.Value), problems[one.Key.Path()]
		if value, was := typed[one.Key.Path()]; was && one.Key.Type != config.Hidden {
			f.Value = value
		}
		out[at].Fields = append(out[at].Fields, f)
		out[at].Open = out[at].Open || f.Changed || f.Problem != ""
	}
	for i := range out {
		g := &out[i]
		g.Title, g.About = v.t("settings.group-"+g.Name, nil), v.t("settings.about-"+g.Name, nil)
		g.Advanced = !slices.Contains([]string{"what", "calendar", "contacts", "tasks"}, g.Name)
		if g.Name == "microsoft" || g.Name == "raynet" {
			g.Link, g.LinkText = "/setup/"+g.Name, v.t("settings.change-connection", nil)
		}
	}
	return out, nil
}

// settingsData is what the page of all settings shows.
type settingsData struct {
	Groups  []group
	Problem string
	Draft   int // how many changes are considered
	Users   string
}

// settings shows every setting, where it came from, and what it means.
func (v *visit) settings() error { return v.showSettings(http.StatusOK, nil, nil, nil) }

func (v *visit) showSettings(status int, failed error, problems, typed map[string]string) error {
	data := settingsData{}
	if failed != nil {
		words, ok := v.words(failed)
		if !ok {
			return failed
		}
		data.Problem = words
	}
	mistakes, err := v.Setup.Mistakes(v.in.Context())
	if err != nil {
		return err
	}
	if failed == nil && len(mistakes) > 0 {
		data.Problem, problems = v.t("settings.mistakes", nil), v.problems(mistakes)
		for _, one := range mistakes {
			if strings.HasPrefix(one.Key, "user[") {
				data.Problem += " " + one.Key + ": " + v.mistake(one)
			}
		}
	}
	if data.Groups, err = v.groups(problems, typed); err != nil {
		return err
	}
	differences, err := v.Setup.Differences(v.in.Context())
	if err != nil {
		return err
	}
	data.Draft = len(differences.Settings) + len(differences.Users)
	return v.show(status, "settings", data)
}

// sent are the settings that a form sent. A list that has boxes is there if its marker is, even with no box ticked.
func (v *visit) sent() map[string]string {
	out := map[string]string{}
	for _, key := range config.Keys() {
		path := key.Path()
		values, sent := v.in.PostForm[path]
		if _, marked := v.in.PostForm["list:"+path]; !sent && !marked {
			continue
		}
		out[path] = strings.Join(values, ",")
	}
	return out
}

// changeSettings takes changes into the draft and begins to work out what they would do.
func (v *visit) changeSettings() error {
	typed := v.sent()
	if err := v.Setup.Edit(v.in.Context(), typed); err != nil {
		return v.showSettings(http.StatusUnprocessableEntity, err, v.problems(err), typed)
	}
	return v.beginPreview("/settings/preview")
}

// whatData is what the step of the rules shows.
type whatData struct {
	Steps   []stepLink
	Preset  field
	Groups  []group
	Problem string
}

// whatForm asks what is to be synchronised and how.
func (v *visit) whatForm() error { return v.showWhat(http.StatusOK, nil, nil) }

// what takes it into the draft.
func (v *visit) what() error {
	typed := v.sent()
	if err := v.Setup.Edit(v.in.Context(), typed); err != nil {
		return v.showWhat(http.StatusUnprocessableEntity, err, typed)
	}
	if v.value("stay") != "" {
		return v.noted("/setup/what", "setup.preset-taken")
	}
	return v.beginPreview("/setup/preview")
}

func (v *visit) showWhat(status int, failed error, typed map[string]string) error {
	data := whatData{}
	if failed != nil {
		words, ok := v.words(failed)
		if !ok {
			return failed
		}
		data.Problem = words
	}
	var err error
	if data.Steps, err = v.stepLinks("what"); err != nil {
		return err
	}
	groups, err := v.groups(v.problems(failed), typed)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !slices.Contains([]string{"what", "calendar", "contacts", "tasks", "guards", "pace"}, g.Name) {
			continue
		}
		g.Fields = slices.DeleteFunc(g.Fields, func(f field) bool {
			if f.Path == "sync.preset" {
				data.Preset = f
			}
			return f.Path == "sync.preset" || f.Path == usersPath
		})
		data.Groups = append(data.Groups, g)
	}
	return v.show(status, "setup-what", data)
}
