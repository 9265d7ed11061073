package company

import (
	"time"
)

// The Outlook side of the diary.

// Event is an event of an Outlook calendar.
type Event struct {
	User int // whose calendar
	// Body is Graph's own JSON.
	Body map[string]any
	// CancelDates are dates ("2026-03-02") of a series that were deleted one by one.
	CancelDates []string
}

// event enters an event in the calendar of the diary's user.
func (d *diary) event(title string, start, end time.Time, more map[string]any) {
	body := map[string]any{"subject": title, "start": d.graphMoment(start), "end": d.graphMoment(end)}
	for key, value := range more {
		body[key] = value
	}
	d.Events = append(d.Events, Event{User: d.user, Body: body})
}

func text(content string) map[string]any {
	return map[string]any{"contentType": "text", "content": content}
}

// appointment is an event of the user's own; with offered it carries the category that asks for it to be in RAYNET.
func (d *diary) appointment(offered bool) {
	client := d.Clients[d.client()]
	more := map[string]any{"location": map[string]any{"displayName": client.City}}
	title := d.pick("Příprava podkladů", "Cesta na stavbu", "Telefonát s dodavatelem", "Revize rozpočtu")
	if offered {
		more["categories"] = []any{"RAYNET"}
		more["body"] = text(d.pick("Domluveno po telefonu.", "Přinést katalog.", "Potvrdit den předem."))
		title = d.pick("Schůzka", "Obhlídka", "Konzultace") + " – " + client.Name
	}
	start := d.slot()
	d.event(d.unique(title, start), start, start.Add(d.length()), more)
}

// private is nobody else's business.
func (d *diary) private() {
	start := d.slot()
	sensitivity := d.pick("private", "private", "personal", "confidential")
	d.event(d.unique(d.pick("Zubař", "Třídní schůzky", "Lékař", "Narozeniny babičky"), start), start, start.Add(time.Hour),
		map[string]any{"sensitivity": sensitivity})
}

// invited is a meeting to which the user invited people from outside: one whom RAYNET knows and one whom it does not.
func (d *diary) invited() {
	contact := d.Contacts[d.rng.IntN(len(d.Contacts))]
	attendee := func(name, address string) map[string]any {
		return map[string]any{"type": "required", "emailAddress": map[string]any{"name": name, "address": address}}
	}
	start := d.slot()
	d.event(d.unique("Koordinační schůzka – "+d.Clients[contact.Client].Name, start), start, start.Add(time.Hour), map[string]any{
		"categories": []any{"RAYNET"},
		"attendees": []any{attendee(contact.Name(), contact.Email),
			attendee("Nezávislý dozor", "dozor@example.com")},
		"body":     text("Program: stav prací, vícepráce, termíny."),
		"location": map[string]any{"displayName": "Online"},
	})
}

// series is a weekly meeting with one date deleted.
func (d *diary) series() {
	first := d.workday(1 + d.user)
	weekday := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}[first.Weekday()]
	d.event("Týdenní porada týmu", at(first, 8, 0), at(first, 8, 30), map[string]any{
		"categories": []any{"RAYNET"},
		"recurrence": map[string]any{
			"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{weekday}, "firstDayOfWeek": "monday"},
			"range": map[string]any{"type": "numbered", "numberOfOccurrences": 10, "startDate": first.Format(time.DateOnly),
				"recurrenceTimeZone": d.windows},
		},
	})
	d.Events[len(d.Events)-1].CancelDates = []string{first.AddDate(0, 0, 21).Format(time.DateOnly)}
}

// holiday takes whole days and is offered to RAYNET so that colleagues see it.
func (d *diary) holiday() {
	first := d.workday(30 + 3*d.user)
	d.event("Dovolená", first, first.AddDate(0, 0, 3), map[string]any{"isAllDay": true, "showAs": "oof", "categories": []any{"RAYNET"}})
}
