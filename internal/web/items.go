package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

func itemRoutes() []route {
	return []route{
		{pattern: "GET /items", role: account.Viewer, do: (*visit).items},
		{pattern: "GET /items/record", role: account.Viewer, do: (*visit).itemRecord},
		{pattern: "GET /items/{ref...}", role: account.Viewer, do: (*visit).itemNamed},
	}
}

// itemsData is what the page of a search shows.
type itemsData struct {
	Query   admin.ItemQuery
	Kinds   []record.Kind
	States  []string
	Asked   bool // something was looked for
	Problem string
	Rows    []itemRow
	Note    string
	More    string // address of the next page; empty at the end
}

// itemRow is one record for one user.
type itemRow struct {
	User, Kind, Class, Word, State, Reason, When, Title string
	Since, Retry                                        time.Time
	Thing                                               *thing
}

// items finds records: by reference, by words, by user, kind and state.
func (v *visit) items() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	if ref := v.value("ref"); ref != "" {
		return v.to(recordPath(ref))
	}
	data := itemsData{Kinds: record.Kinds(), States: admin.ItemStates()}
	data.Query = admin.ItemQuery{Text: v.value("text"), User: v.value("user"), Kind: record.Kind(v.value("kind")), State: v.value("state"),
		After: v.value("after"), Titles: v.value("titles") != ""}
	if data.Query.Kind != "" && !slices.Contains(data.Kinds, data.Query.Kind) {
		data.Query.Kind = ""
	}
	if data.Asked = v.in.URL.RawQuery != ""; !data.Asked {
		return v.show(http.StatusOK, "items", data)
	}
	page, err := a.Items(v.in.Context(), data.Query)
	if words, ok := v.words(err); err != nil && ok {
		data.Problem = words
		if failure, is := err.(*admin.Failure); is && failure.Code == admin.FailureSearch { //nolint:errorlint // as Items returns it
			data.Problem = v.t("pages.items-nothing-named", nil)
		}
		return v.show(http.StatusUnprocessableEntity, "items", data)
	}
	if err != nil {
		return err
	}
	if len(page.Explanations) > 0 {
		return v.showRecord(a, data.Query.Text, page.Explanations)
	}
	for _, item := range page.Items {
		data.Rows = append(data.Rows, v.itemRow(a, item))
	}
	if data.Note = page.Note; page.Next != "" {
		data.More = v.again("after", page.Next)
	}
	return v.show(http.StatusOK, "items", data)
}

// again is the address of this page with another value for one field.
func (v *visit) again(name, value string) string {
	query := url.Values{}
	for key, values := range v.in.URL.Query() {
		query[key] = values
	}
	query.Set(name, value)
	return v.in.URL.Path + "?" + query.Encode()
}

func (v *visit) itemRow(a *admin.Admin, item admin.Item) itemRow {
	ref := item.Raynet
	if ref == "" {
		ref = item.Outlook
	}
	return itemRow{User: item.User, Kind: v.t("kind."+string(item.Kind), nil), Class: itemClass(item.State), Word: v.reason(item.State, "pages.state-"),
		State: v.reason(item.State, "state."), Reason: v.stateReason(item.State, item.Reason), When: v.texts.When(item.When, v.zone), Title: item.Title,
		Since: item.Since, Retry: item.Retry, Thing: v.thing(a, ref)}
}

// itemNamed leads from an address with a reference in it to the page of the record.
func (v *visit) itemNamed() error { return v.to(recordPath(v.in.PathValue("ref"))) }

// recordData is what the page of one record shows.
type recordData struct {
	Ref    string
	Titles bool
	Found  []explained
}

// explained is the state of a record for one user, in words.
type explained struct {
	admin.Explanation
	Class, Word, StateText, ReasonText, ChangeText, WhenText, StoppedText string
	RaynetThing, OutlookThing                                             *thing
	Entries                                                               []entryRow
	// Restorable says that something of it can be taken back.
	Restorable bool
}

// itemRecord shows one record: for each user its state, why, since when and what would change it, and what was done to it.
func (v *visit) itemRecord() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	ref := v.value("ref")
	found, err := a.Explain(v.in.Context(), ref)
	if words, ok := v.words(err); err != nil && ok {
		data := itemsData{Kinds: record.Kinds(), States: admin.ItemStates(), Asked: true, Problem: words, Query: admin.ItemQuery{Text: ref}}
		return v.show(http.StatusUnprocessableEntity, "items", data)
	}
	if err != nil {
		return err
	}
	return v.showRecord(a, ref, found)
}

func (v *visit) showRecord(a *admin.Admin, ref string, found []admin.Explanation) error {
	data := recordData{Ref: ref, Titles: v.value("titles") != ""}
	if data.Titles {
		if err := a.Titles(v.in.Context(), found); err != nil {
			return err
		}
	}
	for _, e := range found {
		data.Found = append(data.Found, v.explained(a, e))
	}
	return v.show(http.StatusOK, "record", data)
}

func (v *visit) explained(a *admin.Admin, e admin.Explanation) explained {
	out := explained{Explanation: e, Class: itemClass(e.State), Word: v.reason(e.State, "pages.state-"), StateText: v.reason(e.State, "state."),
		ReasonText: v.stateReason(e.State, e.Reason), WhenText: v.texts.When(e.When, v.zone), RaynetThing: v.thing(a, e.Raynet),
		OutlookThing: v.thing(a, e.Outlook), Entries: v.entryRows(a, e.Journal)}
	if e.Change != "" && v.texts.Has(e.Change) {
		out.ChangeText = v.t(e.Change, nil)
	}
	if e.Stopped != "" {
		out.StoppedText = v.t("pair."+string(e.Stopped), nil)
	}
	out.Restorable = slices.ContainsFunc(out.Entries, func(row entryRow) bool { return row.Reversible })
	return out
}
