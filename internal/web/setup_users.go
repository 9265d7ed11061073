package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

// usersRoutes are who is synchronised: as a step of the set-up, and for every day.
func usersRoutes() []route {
	const role = account.Administrator
	out := []route{{pattern: "GET /users", role: account.Viewer, do: (*visit).users}, {pattern: "GET /setup/users", role: role, do: (*visit).users}}
	for base, looks := range map[string]account.Role{"/users": account.Viewer, "/setup/users": role} { // who may look; any order
		out = append(out,
			route{pattern: "POST " + base, role: role, do: (*visit).switchUsers},
			route{pattern: "POST " + base + "/all", role: role, do: (*visit).switchAll},
			route{pattern: "POST " + base + "/anew", role: role, do: (*visit).usersAnew},
			route{pattern: "GET " + base + "/pair", role: role, do: (*visit).pairForm},
			route{pattern: "POST " + base + "/pair", role: role, do: (*visit).pair},
			route{pattern: "GET " + base + "/{address}", role: looks, do: (*visit).userForm},
			route{pattern: "POST " + base + "/{address}", role: role, do: (*visit).user},
		)
	}
	return out
}

// usersPerPage is how many users one page shows.
const usersPerPage = 50

// usersData is what the page of users shows.
type usersData struct {
	Base  string // the path of the page
	Steps []stepLink
	Rows  []userRow
	// Search and Show say what is shown: all, on, off, problem.
	Search, Show     string
	Shows            []option
	Page, Pages      int
	Found, All, On   int
	Everybody        bool
	Draft            int
	Previous, Next   string
	Fixed            bool // the file or the environment says who
	MayChange, Ready bool
}

// userRow is one line of it.
type userRow struct {
	admin.UserRow
	Why, WhyClass    string
	Kind             []string
	Pill, PillClass  string
	Path             string
	Switchable, Show bool
}

// base is the path of the page of users that this request belongs to.
func (v *visit) base() string {
	if strings.HasPrefix(v.in.URL.Path, "/setup/") {
		return "/setup/users"
	}
	return "/users"
}

// users shows who belongs together and who is synchronised.
func (v *visit) users() error {
	ctx := v.in.Context()
	rows, err := v.Setup.Users(ctx, false)
	if err != nil {
		return err
	}
	now, err := v.Setup.Considered(ctx)
	if err != nil {
		return err
	}
	differences, err := v.Setup.Differences(ctx)
	if err != nil {
		return err
	}
	data := usersData{Base: v.base(), Search: v.value("q"), Show: v.value("show"), All: len(rows), Draft: len(differences.Settings) + len(differences.Users),
		Fixed: now.Fixed(usersPath), MayChange: v.account.Role.May(account.Administrator), Everybody: slices.Contains(now.Sync.Users, "*")}
	if data.Base == "/setup/users" {
		if data.Steps, err = v.stepLinks("users"); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if row.Chosen {
			data.On++
		}
	}
	data.Ready = data.On > 0
	for _, show := range []string{"all", "on", "off", "problem"} {
		data.Shows = append(data.Shows, option{Value: show, Text: v.t("people.show-"+show, nil), On: show == data.Show})
	}
	found := slices.DeleteFunc(rows, func(row admin.UserRow) bool { return !fitsSearch(row, data.Search, data.Show) })
	v.pageOf(&data, found)
	return v.show(http.StatusOK, "users", data)
}

// fitsSearch reports whether a line is asked for.
func fitsSearch(row admin.UserRow, search, show string) bool {
	switch show {
	case "on":
		if !row.Chosen {
			return false
		}
	case "off":
		if row.Chosen || row.Problem != "" {
			return false
		}
	case "problem":
		if row.Problem == "" {
			return false
		}
	}
	text := strings.ToLower(row.Name + " " + row.RaynetLogin + " " + row.Address)
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// pageOf puts one page of the lines into the data.
func (v *visit) pageOf(data *usersData, found []admin.UserRow) {
	data.Found, data.Pages = len(found), max(1, (len(found)+usersPerPage-1)/usersPerPage)
	page, err := strconv.Atoi(v.value("page"))
	if err != nil {
		page = 1
	}
	data.Page = min(max(page, 1), data.Pages)
	for _, row := range found[(data.Page-1)*usersPerPage : min(data.Page*usersPerPage, len(found))] {
		data.Rows = append(data.Rows, v.userRow(row, data.Base))
	}
	link := func(page int) string {
		values := url.Values{"page": {strconv.Itoa(page)}}
		for name, value := range map[string]string{"q": data.Search, "show": data.Show} {
			if value != "" {
				values.Set(name, value)
			}
		}
		return data.Base + "?" + values.Encode()
	}
	if data.Page > 1 {
		data.Previous = link(data.Page - 1)
	}
	if data.Page < data.Pages {
		data.Next = link(data.Page + 1)
	}
}

func (v *visit) userRow(row admin.UserRow, base string) userRow {
	out := userRow{UserRow: row, Switchable: row.Address != "" && (row.Problem == "" || row.Named), Show: row.Address != ""}
	if row.Reason != "" {
		out.Why, out.WhyClass = v.t("people.reason-"+row.Reason, nil), "calm"
	} else {
		out.Why, out.WhyClass = v.t("people.problem-"+row.Problem, nil), "warn"
	}
	for _, kind := range row.Kinds {
		out.Kind = append(out.Kind, v.t("kind."+string(kind), nil))
	}
	if row.State != "" {
		out.Pill, out.PillClass = v.t("pair."+row.State, nil), pillOf(row.State)
	}
	out.Path = base + "/" + url.PathEscape(row.Address)
	if row.Mailbox == "" && row.RaynetLogin != "" { // whose mailbox is to be found first
		out.Path, out.Show = base+"/pair?raynet="+url.QueryEscape(row.RaynetLogin), true
	}
	return out
}

// pillOf is the class of a pair's state.
func pillOf(state string) string {
	switch state {
	case "running":
		return "good"
	case "paused":
		return "calm"
	}
	return "bad"
}

// switchUsers takes the boxes of the page that was shown.
func (v *visit) switchUsers() error {
	on := v.in.PostForm["on"]
	off := slices.DeleteFunc(slices.Clone(v.in.PostForm["shown"]), func(address string) bool { return slices.Contains(on, address) })
	if err := v.Setup.Switch(v.in.Context(), on, off); err != nil {
		return err
	}
	return v.usersChanged()
}

// usersChanged goes on after a change of users: in the set-up with the same page, else with what the change would do.
func (v *visit) usersChanged() error {
	switch {
	case v.base() == "/users" && v.value("more") == "":
		return v.beginPreview("/settings/preview")
	case v.value("next") != "":
		steps, err := v.Setup.Steps(v.in.Context())
		if err != nil {
			return err
		}
		if !steps.Users {
			return v.noted(v.base(), "people.nobody-chosen")
		}
		return v.to("/setup/what")
	}
	return v.noted(v.back(), "people.taken")
}

// back is the page of users with the search that was shown.
func (v *visit) back() string {
	values := url.Values{}
	for _, name := range []string{"q", "show", "page"} {
		if value := v.value(name); value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return v.base()
	}
	return v.base() + "?" + values.Encode()
}

// switchAll chooses everybody who is found on both sides.
func (v *visit) switchAll() error {
	if err := v.Setup.SwitchAll(v.in.Context()); err != nil {
		return err
	}
	return v.usersChanged()
}

// usersAnew asks both directories again.
func (v *visit) usersAnew() error {
	if _, err := v.Setup.Users(v.in.Context(), true); err != nil {
		return err
	}
	return v.noted(v.base(), "people.read-anew")
}

// userData is what the page of one user shows.
type userData struct {
	Base, Path string
	Row        userRow
	Raynet     string
	Zone       string
	Kinds      []option
	People     []admin.RaynetUser
	Fixed      bool
	Problem    string
	Steps      []stepLink
}

// userForm shows one user: whose mailbox it is, which kinds, which zone.
func (v *visit) userForm() error {
	what, _, err := v.Setup.ExceptionOf(v.in.Context(), v.in.PathValue("address"))
	if err != nil {
		return err
	}
	return v.showUser(http.StatusOK, what, "")
}

func (v *visit) showUser(status int, what admin.UserException, problem string) error {
	ctx, address := v.in.Context(), strings.ToLower(v.in.PathValue("address"))
	rows, err := v.Setup.Users(ctx, false)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rows, func(row admin.UserRow) bool { return strings.EqualFold(row.Address, address) })
	if at < 0 {
		return &refusal{status: http.StatusNotFound, code: "not-found"}
	}
	data := userData{Base: v.base(), Path: v.in.URL.Path, Row: v.userRow(rows[at], v.base()), Raynet: what.Raynet, Zone: what.Zone, Problem: problem}
	if _, data.Fixed, err = v.Setup.ExceptionOf(ctx, address); err != nil {
		return err
	}
	if data.People, err = v.Setup.RaynetUsers(ctx); err != nil {
		return err
	}
	if data.Base == "/setup/users" {
		if data.Steps, err = v.stepLinks("users"); err != nil {
			return err
		}
	}
	for _, kind := range record.Kinds() {
		data.Kinds = append(data.Kinds, option{Value: string(kind), Text: v.t("kind."+string(kind), nil), On: slices.Contains(what.Kinds, kind)})
	}
	return v.show(status, "user", data)
}

// user takes what holds for one user into the draft.
func (v *visit) user() error {
	what := admin.UserException{Raynet: v.value("raynet"), Zone: v.value("zone")}
	for _, kind := range v.in.PostForm["kind"] {
		what.Kinds = append(what.Kinds, record.Kind(kind))
	}
	err := v.Setup.Exception(v.in.Context(), v.in.PathValue("address"), what)
	if words, ok := v.words(err); err != nil && ok {
		return v.showUser(http.StatusUnprocessableEntity, what, words)
	}
	if err != nil {
		return err
	}
	return v.usersChanged()
}

// pairData is what the page shows on which a RAYNET user is given a mailbox.
type pairData struct {
	Base, Raynet, Mailbox string
	Mailboxes             []admin.MailboxUser
	Steps                 []stepLink
	Problem               string
}

// pairForm asks whose mailbox a RAYNET user has.
func (v *visit) pairForm() error { return v.showPair(http.StatusOK, "") }

func (v *visit) showPair(status int, problem string) error {
	data := pairData{Base: v.base(), Raynet: v.value("raynet"), Mailbox: v.value("mailbox"), Problem: problem}
	var err error
	if data.Mailboxes, err = v.Setup.Mailboxes(v.in.Context()); err != nil {
		return err
	}
	if data.Base == "/setup/users" {
		if data.Steps, err = v.stepLinks("users"); err != nil {
			return err
		}
	}
	return v.show(status, "pair", data)
}

// pair takes it into the draft.
func (v *visit) pair() error {
	err := v.Setup.Pair(v.in.Context(), v.value("mailbox"), v.value("raynet"))
	if words, ok := v.words(err); err != nil && ok {
		return v.showPair(http.StatusUnprocessableEntity, words)
	}
	if err != nil {
		return err
	}
	return v.usersChanged()
}
