package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/config"
	"raynetsync/internal/record"
)

// setupRoutes are the set-up, one page for each step.
func setupRoutes() []route {
	const role = account.Administrator
	return []route{
		{pattern: "GET /setup", role: role, do: (*visit).setup},
		{pattern: "GET /setup/microsoft", role: role, do: (*visit).microsoftForm},
		{pattern: "POST /setup/microsoft", role: role, do: (*visit).microsoft},
		{pattern: "GET /setup/raynet", role: role, do: (*visit).raynetForm},
		{pattern: "POST /setup/raynet", role: role, do: (*visit).raynet},
		{pattern: "GET /setup/what", role: role, do: (*visit).whatForm},
		{pattern: "POST /setup/what", role: role, do: (*visit).what},
	}
}

// setup leads to the first step that is not done, and to the overview when all are.
func (v *visit) setup() error {
	steps, err := v.Setup.Steps(v.in.Context())
	if err != nil {
		return err
	}
	mistakes, err := v.Setup.Mistakes(v.in.Context())
	if err != nil {
		return err
	}
	switch {
	case len(mistakes) > 0:
		return v.to("/settings")
	case !steps.Microsoft:
		return v.to("/setup/microsoft")
	case !steps.Raynet:
		return v.to("/setup/raynet")
	case steps.Kept && v.Admin() == nil: // complete, and a client could not be made of it
		return v.to("/setup/microsoft")
	case steps.Kept:
		return v.to("/")
	case !steps.Users:
		return v.to("/setup/users")
	case !steps.What:
		return v.to("/setup/what")
	}
	return v.to("/setup/preview")
}

// stepLink is one step of the set-up as the pages show it.
type stepLink struct{ Path, Text, State string }

// stepLinks are the steps of the set-up, seen from one of them. A step can be gone to if it is done, or if the one before is.
func (v *visit) stepLinks(here string) ([]stepLink, error) {
	steps, err := v.Setup.Steps(v.in.Context())
	if err != nil {
		return nil, err
	}
	connected := steps.Microsoft && steps.Raynet
	out := []stepLink{
		{"microsoft", "setup.step-microsoft", state(steps.Microsoft, true)},
		{"raynet", "setup.step-raynet", state(steps.Raynet, true)},
		{"users", "setup.step-users", state(steps.Users, connected)},
		{"what", "setup.step-what", state(steps.What, connected)},
		{"preview", "setup.step-preview", state(steps.Kept, connected && steps.Users)},
	}
	for i := range out {
		if out[i].Path == here {
			out[i].State = "here"
		}
		out[i].Path, out[i].Text = "/setup/"+out[i].Path, v.t(out[i].Text, nil)
	}
	return out, nil
}

func state(done, open bool) string {
	switch {
	case done:
		return "done"
	case open:
		return "open"
	}
	return "later"
}

// connectData is what a page of a connection shows.
type connectData struct {
	Steps  []stepLink
	Fields map[string]field // by the path of the setting
	// More are the fields that hardly anybody needs.
	More    []field
	Problem string
	Checks  []checkRow
	// Permissions are the four that the product needs, with what the latest verification said.
	Permissions []permissionRow
	Connected   bool
	Hosts       []option
	Other       string // the address that is none of Hosts
}

// microsoftForm shows the steps in the portal and asks for what comes out of them.
func (v *visit) microsoftForm() error { return v.connectForm(record.Outlook) }

// microsoft takes the credentials, tries them, and keeps them if they work.
func (v *visit) microsoft() error { return v.connect(record.Outlook) }

// raynetForm asks how to reach RAYNET.
func (v *visit) raynetForm() error { return v.connectForm(record.Raynet) }

// raynet takes the credentials, tries them, and keeps them if they work.
func (v *visit) raynet() error { return v.connect(record.Raynet) }

func (v *visit) connectForm(side record.Side) error {
	settings, err := v.Setup.Tried(v.in.Context(), side)
	if err != nil {
		return err
	}
	data, err := v.connectData(side, settings)
	if err != nil {
		return err
	}
	if last, ok := v.Works.Latest(verified(side)); ok && data.Connected {
		if found, ok := last.Result.(admin.Verification); ok {
			v.showChecks(&data, found)
		}
	}
	return v.show(http.StatusOK, "setup-"+admin.Section(side), data)
}

// verified is the kind of work under which the latest good verification of a side is remembered.
func verified(side record.Side) string { return "verified-" + string(side) }

func (v *visit) connect(side record.Side) error {
	ctx := v.in.Context()
	tried, err := v.Setup.Tried(ctx, side)
	if err != nil {
		return err
	}
	typed := v.typed(side, tried)
	changes := config.Saved{Values: map[string]string{}}
	for path, value := range typed {
		key := keyOf(path)
		if secret := key.Type == config.Hidden; !secret && value != key.Value(tried) || secret && value != "" {
			changes.Values[path] = value
		}
	}
	found, err := v.Setup.Connect(ctx, side, changes)
	if err == nil {
		v.log(account.ActConnected, map[string]any{"Side": v.t("side."+string(side), nil)})
		v.Works.Keep(verified(side), v.account.Name, found)
		return v.noted("/setup/"+admin.Section(side), "setup.connected-"+string(side))
	}
	data, failed := v.connectData(side, tried)
	if failed != nil {
		return failed
	}
	data.Connected = false
	if !v.showMistakes(&data, typed, err) {
		return err
	}
	v.showChecks(&data, found)
	return v.show(http.StatusUnprocessableEntity, "setup-"+admin.Section(side), data)
}

// typed are the fields of the form that are settings of the side and not fixed elsewhere.
func (v *visit) typed(side record.Side, settings *config.Config) map[string]string {
	out := map[string]string{}
	for _, key := range config.Keys() {
		path := key.Path()
		if _, sent := v.in.PostForm[path]; key.Section != admin.Section(side) || !sent || settings.Fixed(path) {
			continue
		}
		out[path] = v.value(path)
		if path == "raynet.url" && out[path] == otherHost {
			out[path] = v.value("other-url")
		}
	}
	return out
}

// showMistakes puts an error to the fields that it is about, with what was typed into them. It reports whether it is one that a
// person can act on.
func (v *visit) showMistakes(data *connectData, typed map[string]string, err error) bool {
	words, ok := v.words(err)
	if !ok {
		return false
	}
	for path, value := range typed {
		one := data.Fields[path]
		if one.Type != string(config.Hidden) {
			one.Value = value
		}
		data.Fields[path] = one
	}
	for i := range data.More {
		data.More[i] = data.Fields[data.More[i].Path]
	}
	problems := v.problems(err)
	for path, problem := range problems {
		one, known := data.Fields[path]
		if !known {
			continue
		}
		one.Problem = problem
		data.Fields[path] = one
	}
	for i := range data.More {
		data.More[i].Problem = problems[data.More[i].Path]
	}
	v.hosts(data)
	if data.Problem = words; len(problems) > 0 {
		data.Problem = v.t("setup.look-at-fields", nil)
	}
	return true
}

// problems are the texts of an error for each setting that it is about.
func (v *visit) problems(err error) map[string]string {
	out := map[string]string{}
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		for _, one := range mistakes {
			out[one.Key] = v.mistake(one)
		}
	}
	if failure, ok := errors.AsType[*admin.Failure](err); ok && failure.Code == admin.FailureIncomplete {
		keys, _ := failure.Args["Keys"].(string)
		for path := range strings.SplitSeq(keys, ", ") {
			out[path] = v.t("setup.missing", nil)
		}
	}
	return out
}

// connectData are the fields of one side as they stand.
func (v *visit) connectData(side record.Side, settings *config.Config) (connectData, error) {
	steps, err := v.stepLinks(admin.Section(side))
	if err != nil {
		return connectData{}, err
	}
	data := connectData{Steps: steps, Fields: map[string]field{}}
	rare := []string{"microsoft.certificate_file", "microsoft.graph_url", "microsoft.authority_url", "microsoft.ca_file"}
	for _, key := range config.Keys() {
		if key.Section != admin.Section(side) {
			continue
		}
		one := v.field(key, key.Value(settings), settings)
		if !one.Fixed {
			one.Origin = ""
		}
		data.Fields[key.Path()] = one
		if slices.Contains(rare, key.Path()) {
			data.More = append(data.More, one)
		}
	}
	progress, err := v.Setup.Steps(v.in.Context())
	data.Connected = side == record.Raynet && progress.Raynet || side == record.Outlook && progress.Microsoft
	v.hosts(&data)
	v.permissions(&data, admin.Verification{})
	return data, err
}

// otherHost is the choice of an address that is none of RAYNET's known ones.
const otherHost = "other"

// hosts lays out the addresses of RAYNET to choose from.
func (v *visit) hosts(data *connectData) {
	known := []string{"https://app.raynet.cz/api/v2", "https://app.raynetcrm.sk/api/v2", "https://app.raynetcrm.com/api/v2"}
	data.Hosts, data.Other = nil, ""
	value := data.Fields["raynet.url"].Value
	for _, address := range known {
		host := strings.TrimSuffix(strings.TrimPrefix(address, "https://"), "/api/v2")
		data.Hosts = append(data.Hosts, option{Value: address, Text: v.t("setup.host-"+strings.ReplaceAll(host, ".", "-"), nil), On: value == address})
	}
	if !slices.Contains(known, value) {
		data.Other = value
	}
	data.Hosts = append(data.Hosts, option{Value: otherHost, Text: v.t("setup.host-other", nil), On: data.Other != ""})
}

// keyOf returns the setting of a path that is known to be one.
func keyOf(path string) config.Key {
	keys := config.Keys()
	i := slices.IndexFunc(keys, func(k config.Key) bool { return k.Path() == path })
	if i < 0 {
		return config.Key{}
	}
	return keys[i]
}
