package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
)

func journalRoutes() []route {
	return []route{{pattern: "GET /journal", role: account.Viewer, do: (*visit).journal}}
}

// journalData is what the page of the journal shows.
type journalData struct {
	User, Ref, Run, From, Till string
	Entries                    []entryRow
	More                       string // address of the next page; empty at the end
	Problem                    string
	// Reversible says that something of the run that is shown can be taken back, Decided that a person decided in it.
	Reversible, Decided bool
}

// journalPage is how many entries a page shows.
const journalPage = 50

// journal shows what was done, the newest first.
func (v *visit) journal() error {
	a, err := v.use()
	if err != nil {
		return err
	}
	data := journalData{User: v.value("user"), Ref: v.value("ref"), Run: v.value("run"), From: v.value("from"), Till: v.value("till")}
	options := admin.JournalOptions{Ref: data.Ref, Run: data.Run, User: data.User, Limit: journalPage + 1}
	options.Before, _ = strconv.ParseInt(v.value("before"), 10, 64) // what is no number begins at the newest
	if at, ok := v.day(data.From); ok {
		options.Since = at
	}
	if at, ok := v.day(data.Till); ok {
		options.Until = at.AddDate(0, 0, 1)
	}
	entries, err := a.Journal(v.in.Context(), options)
	if words, ok := v.words(err); err != nil && ok {
		data.Problem = words
		return v.show(http.StatusUnprocessableEntity, "journal", data)
	}
	if err != nil {
		return err
	}
	if len(entries) > journalPage {
		entries = entries[:journalPage]
		data.More = v.again("before", strconv.FormatInt(entries[journalPage-1].ID, 10))
	}
	data.Entries = v.entryRows(a, entries)
	data.Reversible = slices.ContainsFunc(data.Entries, func(row entryRow) bool { return row.Reversible })
	data.Decided = slices.ContainsFunc(data.Entries, func(row entryRow) bool { return row.Decided })
	return v.show(http.StatusOK, "journal", data)
}

// day reads a date of a form as the beginning of that day in the reader's zone.
func (v *visit) day(text string) (time.Time, bool) {
	at, err := time.ParseInLocation(time.DateOnly, text, v.zone)
	return at, err == nil
}
