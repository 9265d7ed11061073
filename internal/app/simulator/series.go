package simulator

import (
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// windowsPrague is the zone of everybody as Exchange calls it.
const windowsPrague = "Central Europe Standard Time"

// createSeries makes an Outlook series of a few dates.
func (w *world) createSeries() {
	u, canary := pick(w.rng, w.users...), w.canary()
	from, till := w.slot()
	local := func(at time.Time) map[string]any {
		return map[string]any{"dateTime": at.In(prague()).Format(graphLayout), "timeZone": windowsPrague}
	}
	pattern := map[string]any{"type": "daily", "interval": 1 + w.rng.IntN(2)}
	if w.rng.IntN(2) == 0 {
		pattern = map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{strings.ToLower(from.Weekday().String())}, "firstDayOfWeek": "monday"}
	}
	made, err := w.outlook.CreateAs(u.mailbox, map[string]any{"subject": canary + " řada", "categories": []any{"RAYNET"},
		"start": local(from), "end": local(till), "recurrence": map[string]any{"pattern": pattern,
			"range": map[string]any{"type": "numbered", "startDate": from.Format(time.DateOnly), "numberOfOccurrences": 2 + w.rng.IntN(3), "recurrenceTimeZone": windowsPrague}}})
	w.must(err)
	w.ledger.repeats[canary] = true
	w.wrote(canary, record.Outlook, u.mailbox, "subject", "", canary+" řada")
	w.say("%s makes the series %s %s in Outlook", u.login, made["id"], canary)
}

// date draws one date of a series.
func (w *world) date() (series thing, date map[string]any, ok bool) {
	var all []thing
	for _, u := range w.users {
		for _, t := range w.items(u, record.Calendar) {
			if t.raw["recurrence"] != nil && t.raw["isOrganizer"] != false {
				all = append(all, t)
			}
		}
	}
	if len(all) == 0 {
		return thing{}, nil, false
	}
	t := pick(w.rng, all...)
	dates := w.outlook.Occurrences(t.user.mailbox, t.ref.ID, w.clock.Now().AddDate(0, -2, 0), w.clock.Now().AddDate(0, 6, 0))
	if len(dates) == 0 {
		return thing{}, nil, false
	}
	return t, pick(w.rng, dates...), true
}

// editDate changes one date of a series alone.
func (w *world) editDate() {
	t, date, ok := w.date()
	if !ok {
		return
	}
	patch := map[string]any{"location": map[string]any{"displayName": fmt.Sprintf("Jinde %d", w.ink())}}
	if w.rng.IntN(2) == 0 && date["isAllDay"] != true { // a whole day begins at midnight, or Exchange refuses it
		from, till := graphTime(date["start"]), graphTime(date["end"])
		later := time.Duration(1+w.rng.IntN(3)) * 15 * time.Minute
		patch = map[string]any{"start": moment(from.Add(later), graphLayout), "end": moment(till.Add(later), graphLayout)}
	}
	if w.rng.IntN(2) == 0 {
		value := w.newTitle(t.canary, record.Outlook)
		patch["subject"] = value
		w.wrote(t.canary, record.Outlook, t.user.mailbox, "subject", stage.Text(date["subject"]), value)
	}
	w.must(w.outlook.EditAs(t.user.mailbox, stage.Text(date["id"]), patch))
	w.say("%s edits the date %s of %s: %v", t.user.login, date["originalStart"], t.canary, patch)
}

// cancelDate deletes one date of a series.
func (w *world) cancelDate() {
	t, date, ok := w.date()
	if !ok {
		return
	}
	w.must(w.outlook.DeleteAs(t.user.mailbox, stage.Text(date["id"])))
	w.ledger.goesDate(t, stage.Text(date["subject"]))
	w.say("%s deletes a date %s of %s", t.user.login, date["originalStart"], t.canary)
}

// goesDate notes that the title of one date went with it.
func (l *ledger) goesDate(series thing, title string) {
	for i, e := range l.entries {
		if e.canary == series.canary && e.value == title {
			l.entries[i].gone = true
		}
	}
}

// endSeries lets a series have fewer dates.
func (w *world) endSeries() {
	t, _, ok := w.date()
	if !ok {
		return
	}
	recurrence := stage.Object(t.raw["recurrence"])
	span := filled(recurrence["range"])
	span["type"], span["numberOfOccurrences"] = "numbered", 1
	delete(span, "endDate")
	w.ledger.goes(t)
	w.edit(t.user, t, map[string]any{"recurrence": map[string]any{"pattern": recurrence["pattern"], "range": span}})
	w.say("%s ends the series %s after its first date", t.user.login, t.canary)
}
