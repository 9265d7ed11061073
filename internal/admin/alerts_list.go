package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"raynetsync/internal/alert"
	"raynetsync/internal/locale"
)

// AlertList is what holds now and what was told.
type AlertList struct {
	At   time.Time  `json:"at"`
	Ways []AlertWay `json:"ways"`
	// Holds are in the order of Conditions, Told are those of the last 30 days, the newest first.
	Holds []AlertRow `json:"holds"`
	Told  []AlertRow `json:"told"`
}

// AlertWay is one way by which people are told.
type AlertWay struct {
	Way    string `json:"way"` // "alert.way-<name>"
	Target string `json:"target"`
}

// AlertRow is one condition, with its words in one language.
type AlertRow struct {
	Condition
	// Told is when people were told last, Ended when it was over; zero if they were not, or while it holds.
	Told  time.Time `json:"told,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
	Title string    `json:"title"`
	Line  string    `json:"line"` // whom it concerns and since when
	Do    string    `json:"do,omitempty"`
}

// List tells what holds now and what was told, in the words of texts. Its errors are those of the store.
func (a *Alerts) List(ctx context.Context, texts *locale.Texts) (AlertList, error) {
	list := AlertList{At: a.Admin.Now(), Ways: []AlertWay{}, Holds: []AlertRow{}, Told: []AlertRow{}}
	for _, way := range a.Ways {
		list.Ways = append(list.Ways, AlertWay{Way: way.Name(), Target: way.Target()})
	}
	conditions, err := a.Conditions(ctx)
	if err != nil {
		return list, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	notes, err := a.notes(ctx)
	if err != nil {
		return list, err
	}
	words := alert.Composer{Texts: texts, Zone: a.Zone}
	row := func(c Condition, n *note) AlertRow {
		item := alertItem(c, alert.Still)
		r := AlertRow{Condition: c}
		if n != nil {
			r.Told, r.Ended, item.Since = n.Told, n.Ended, n.Since
		}
		if !r.Ended.IsZero() {
			item.State, item.Ended = alert.Over, r.Ended
		}
		if item.Since.IsZero() {
			item.Since = list.At
		}
		r.Since, r.Title, r.Line, r.Do = item.Since, words.Title(item), words.Line(item), words.Do(item)
		return r
	}
	for _, c := range conditions {
		n := notes[noteKey{c.Code, c.subject()}]
		if n != nil && !n.Ended.IsZero() {
			n = nil // it began anew, and the server has not noticed yet
		}
		list.Holds = append(list.Holds, row(c, n))
	}
	for _, n := range notes {
		if !n.Told.IsZero() {
			list.Told = append(list.Told, row(n.Condition, n))
		}
	}
	slices.SortFunc(list.Told, func(x, y AlertRow) int {
		return cmp.Or(y.Told.Compare(x.Told), cmp.Compare(x.Code, y.Code), cmp.Compare(x.subject(), y.subject()))
	})
	return list, nil
}
