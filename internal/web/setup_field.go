package web

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/config"
)

// field is one setting in a form.
type field struct {
	Path, Label, Consequence string
	// Type is that of config.Key, Value and Default are in the form of the environment; a secret's value is never here.
	Type, Value, Default string
	Options              []option
	// Set says that a secret is there.
	Set   bool
	Fixed bool
	// Origin says in words where the value came from.
	Origin  string
	Problem string
	// Changed says that the draft has another value than the one that holds, which is Was.
	Changed bool
	Was     string
}

// option is one alternative of a field.
type option struct {
	Value, Text string
	On          bool
}

// ID is the field's id in the page.
func (f field) ID() string { return strings.ReplaceAll(f.Path, ".", "-") }

// field lays out one setting with a value.
func (v *visit) field(key config.Key, value string, settings *config.Config) field {
	path := key.Path()
	f := field{Path: path, Label: v.settingName(path), Consequence: v.settingText(key), Type: string(key.Type), Value: value,
		Default: key.Default, Fixed: settings.Fixed(path) || !key.Savable(), Origin: v.origin(settings.Origin(path))}
	if key.Type == config.Hidden {
		f.Set, f.Value = value != "", ""
	}
	chosen := strings.Split(value, ",")
	for _, allowed := range key.Allowed {
		f.Options = append(f.Options, option{Value: allowed, Text: v.choiceText(key, allowed), On: slices.Contains(chosen, allowed)})
	}
	return f
}

// settingName and settingText say what a setting is, and what follows from it; a key without texts has its English meaning.
func (v *visit) settingName(path string) string {
	if key := "setting." + path; v.texts.Has(key) {
		return v.t(key, nil)
	}
	return path
}

func (v *visit) settingText(key config.Key) string {
	if text := "setting." + key.Path() + ".consequence"; v.texts.Has(text) {
		return v.t(text, nil)
	}
	return key.Meaning
}

// choiceText says one alternative of a setting.
func (v *visit) choiceText(key config.Key, value string) string {
	for _, text := range []string{"choice." + key.Path() + "." + value, "choice." + value, "kind." + value} {
		if v.texts.Has(text) {
			return v.t(text, nil)
		}
	}
	return value
}

// origin says where a value came from.
func (v *visit) origin(from config.Origin) string {
	switch {
	case from.Variable != "":
		return v.t("settings.origin-variable", map[string]any{"Variable": from.Variable})
	case from.File != "":
		return v.t("settings.origin-file", map[string]any{"File": filepath.Base(from.File), "Line": strconv.Itoa(from.Line)})
	case from.Saved:
		return v.t("settings.origin-saved", nil)
	case from.Preset != "":
		return v.t("settings.origin-preset", map[string]any{"Preset": v.t("choice.sync.preset."+string(from.Preset), nil)})
	}
	return v.t("settings.origin-default", nil)
}

// valueText says a value of a setting as people read it.
func (v *visit) valueText(key config.Key, value string) string {
	switch {
	case key.Type == config.Hidden && value != "":
		return v.t("settings.hidden", nil)
	case value == "":
		return v.t("value.empty", nil)
	case value == "*" && key.Path() == usersPath:
		return v.t("settings.everybody", nil)
	}
	if len(key.Allowed) == 0 {
		return value
	}
	var words []string
	for part := range strings.SplitSeq(value, ",") {
		words = append(words, v.choiceText(key, part))
	}
	return strings.Join(words, ", ")
}

const usersPath = "sync.users"

// checkRow is one check of a verification.
type checkRow struct {
	Class, State                string // of its pill
	Title, Text, Repair, Detail string
}

// permissionRow is one of the four permissions, like the portal's own table.
type permissionRow struct {
	Name, What   string
	Class, State string // empty while it was not tried
	Repair       string
}

// checks puts a verification into words. What was not tried says only why; a title stands for the id of what it depends on.
func (v *visit) checks(found admin.Verification) []checkRow {
	var out []checkRow
	for _, check := range found.Checks {
		out = append(out, v.checkRow(check))
	}
	return out
}

func (v *visit) checkRow(check admin.Check) checkRow {
	args := map[string]any{}
	for name, value := range check.Args {
		args[name] = value
	}
	if on, ok := args["on"].(string); ok {
		args["on"] = v.t("check."+on+".title", nil)
	}
	text := "check." + check.ID + "." + check.Code
	row := checkRow{Title: v.t("check."+check.ID+".title", nil), Text: v.t(text, args), Detail: check.Detail,
		State: v.t("setup.check-"+check.State, nil)}
	row.Class = map[string]string{admin.CheckOK: "good", admin.CheckWarning: "warn", admin.CheckFailed: "bad", admin.CheckSkipped: "calm"}[check.State]
	if check.User != "" {
		row.Title += " · " + check.User
	}
	if repair := text + ".repair"; v.texts.Has(repair) {
		row.Repair = v.t(repair, args)
	}
	return row
}

// showChecks puts a verification into a page of a connection.
func (v *visit) showChecks(data *connectData, found admin.Verification) {
	data.Checks = v.checks(found)
	v.permissions(data, found)
}

// permissions lays out the four permissions with what a verification said of each.
func (v *visit) permissions(data *connectData, found admin.Verification) {
	data.Permissions = nil
	for _, one := range [][2]string{{"permission-users", "User.Read.All"}, {"permission-calendars", "Calendars.ReadWrite"},
		{"permission-contacts", "Contacts.ReadWrite"}, {"permission-tasks", "Tasks.ReadWrite.All"}} {
		row := permissionRow{Name: one[1], What: v.t("setup."+one[0], nil)}
		for _, check := range found.Checks {
			if check.ID != one[0] {
				continue
			}
			said := v.checkRow(check)
			row.Class, row.State, row.Repair = said.Class, said.State, said.Repair
			if check.State == admin.CheckOK {
				row.State = v.t("setup.granted", nil)
			}
		}
		data.Permissions = append(data.Permissions, row)
	}
}
