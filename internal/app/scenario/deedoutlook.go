package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// outlookBody turns what a person says into Graph's own JSON. before is the event as it is, nil for a new one.
func (w *world) outlookBody(p *person, said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	for _, a := range list {
		switch a.name {
		case "on":
			from, till, err := span(a.value, w.zoneOf(p))
			if err != nil {
				return nil, err
			}
			body["start"], body["end"], body["isAllDay"] = moment(from.UTC(), "2006-01-02T15:04:05"), moment(till.UTC(), "2006-01-02T15:04:05"), false
		case "all day":
			first, after, err := days(a.value)
			if err != nil {
				return nil, err
			}
			body["start"], body["end"], body["isAllDay"] = moment(first, "2006-01-02T00:00:00"), moment(after, "2006-01-02T00:00:00"), true
		case "weekly":
			if err := w.weekly(p, body, a.value); err != nil {
				return nil, err
			}
		case "guest":
			body["attendees"] = append(guests(body, before), map[string]any{"type": "required", "emailAddress": map[string]any{"address": w.address(a.value), "name": a.value}})
		case "no guests":
			body["attendees"] = []any{}
		default:
			if err := outlookField(body, before, a); err != nil {
				return nil, err
			}
		}
	}
	return body, nil
}

func guests(body, before map[string]any) []any {
	if list, ok := body["attendees"].([]any); ok {
		return list
	}
	list, _ := before["attendees"].([]any)
	return slices.Clone(list)
}

// address is that of a colleague, or what was said itself.
func (w *world) address(said string) string {
	for _, p := range w.people {
		if p.name == said {
			return p.login
		}
	}
	return said
}

// weekly makes a series of so many dates, beginning with the event itself: "4 times".
func (w *world) weekly(p *person, body map[string]any, said string) error {
	count, err := strconv.Atoi(strings.TrimSuffix(said, " times"))
	if err != nil {
		return fmt.Errorf("%q: write weekly 4 times", said)
	}
	zone := w.zoneOf(p)
	from := graphInstant(body["start"]).In(zone)
	till := graphInstant(body["end"]).In(zone)
	const windows = "Central Europe Standard Time"
	body["start"] = map[string]any{"dateTime": from.Format("2006-01-02T15:04:05"), "timeZone": windows}
	body["end"] = map[string]any{"dateTime": till.Format("2006-01-02T15:04:05"), "timeZone": windows}
	body["recurrence"] = map[string]any{
		"pattern": map[string]any{"type": "weekly", "interval": 1, "daysOfWeek": []any{strings.ToLower(from.Weekday().String())}, "firstDayOfWeek": "monday"},
		"range":   map[string]any{"type": "numbered", "startDate": from.Format(time.DateOnly), "numberOfOccurrences": count, "recurrenceTimeZone": windows},
	}
	return nil
}

// outlookField sets the plain fields.
func outlookField(body, before map[string]any, a attribute) error {
	switch a.name {
	case "title":
		body["subject"] = a.value
	case "place":
		body["location"] = map[string]any{"displayName": a.value}
	case "no place":
		body["location"] = map[string]any{"displayName": ""}
	case "text":
		body["body"] = map[string]any{"contentType": "text", "content": a.value}
		if html := stage.Text(stage.Object(before["body"])["content"]); html != "" {
			// A person who writes above our block leaves the block alone.
			own := "<p>" + a.value + "</p>"
			if at := strings.Index(html, "———"); at >= 0 {
				if open := strings.LastIndex(html[:at], "<"); open >= 0 {
					own += html[open:]
				}
			}
			body["body"] = map[string]any{"contentType": "html", "content": own}
		}
	case "an endless text":
		body["body"] = map[string]any{"contentType": "text", "content": strings.Repeat("dlouhý text ", 10<<20/13)}
	case "control characters":
		body["body"] = map[string]any{"contentType": "text", "content": "a\x01b\x0bc"}
	case "importance":
		body["importance"] = a.value
	case "category":
		body["categories"] = []any{a.value}
	case "no category":
		body["categories"] = []any{}
	case "private", "personal", "confidential":
		body["sensitivity"] = a.name
	case "not private":
		body["sensitivity"] = "normal"
	case "organised outside":
		body["organizer"] = map[string]any{"emailAddress": map[string]any{"address": "pan@jinde.example.cz", "name": "Pan Jinde"}}
	default:
		return fmt.Errorf("an event has no %q in Outlook", a.name)
	}
	return nil
}

func (w *world) makeInOutlook(who, typ, said string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	body, err := w.itemBody(p, typ, said, nil)
	if err != nil {
		return err
	}
	if typ == "event" {
		_, err = w.outlook.CreateAs(p.mailbox, body)
		return err
	}
	name, err := inFolder(said)
	if err != nil {
		return err
	}
	folder, err := w.folder(p, typ, name)
	switch {
	case err != nil:
	case typ == "task":
		_, err = w.outlook.CreateTaskAs(p.mailbox, folder, body)
	default:
		body["parentFolderId"] = folder
		_, err = w.outlook.CreateContactAs(p.mailbox, body)
	}
	return err
}

// itemBody turns what a person says of an event, contact or task into Graph's own JSON.
func (w *world) itemBody(p *person, typ, said string, before map[string]any) (map[string]any, error) {
	switch typ {
	case "contact":
		return w.contactBody(said, before)
	case "task":
		return w.todoBody(p, said, before)
	}
	return w.outlookBody(p, said, before)
}

// withItem does something to the one thing with a title in a mailbox.
func (w *world) withItem(who, title string, do func(*person, map[string]any) error) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	e, err := w.inOutlook(p, title)
	if err != nil {
		return err
	}
	return do(p, e)
}

func (w *world) changeInOutlook(who, title, date, said string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		if date == "" {
			return w.changeItem(p, e, said)
		}
		id, err := w.occurrence(p, e, date)
		if err != nil {
			return err
		}
		body, err := w.outlookBody(p, said, e)
		if err != nil {
			return err
		}
		return w.outlook.EditAs(p.mailbox, id, body)
	})
}

func (w *world) changeItem(p *person, e map[string]any, said string) error {
	body, err := w.itemBody(p, stage.Text(e[typeKey]), said, e)
	if err != nil {
		return err
	}
	switch e[typeKey] {
	case "contact":
		return w.outlook.EditContactAs(p.mailbox, stage.Text(e["id"]), body)
	case "task":
		return w.outlook.EditTaskAs(p.mailbox, stage.Text(e["id"]), body)
	}
	return w.outlook.EditAs(p.mailbox, stage.Text(e["id"]), body)
}

func (w *world) deleteItem(p *person, e map[string]any) error {
	switch e[typeKey] {
	case "contact":
		return w.outlook.DeleteContactAs(p.mailbox, stage.Text(e["id"]))
	case "task":
		return w.outlook.DeleteTaskAs(p.mailbox, stage.Text(e["id"]))
	}
	return w.outlook.DeleteAs(p.mailbox, stage.Text(e["id"]))
}

// occurrence finds the id of one date of a series.
func (w *world) occurrence(p *person, series map[string]any, date string) (string, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "", err
	}
	found := w.outlook.Occurrences(p.mailbox, stage.Text(series["id"]), day, day.AddDate(0, 0, 1))
	if len(found) != 1 {
		return "", fmt.Errorf("%q has %d occurrences on %s", stage.Text(series["subject"]), len(found), date)
	}
	return stage.Text(found[0]["id"]), nil
}

func (w *world) deleteInOutlook(who, title string) error {
	return w.withItem(who, title, w.deleteItem)
}

// answer lets somebody who was invited answer.
func (w *world) answer(who, title, said string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		return w.outlook.RespondAs(p.mailbox, stage.Text(e["id"]), said)
	})
}

func (w *world) deleteDate(who, title, date string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		return w.outlook.CancelOccurrenceAs(p.mailbox, stage.Text(e["id"]), date)
	})
}

// withAll does something to "T 1", "T 2" … .
func (w *world) withAll(who, title string, do func(*person, map[string]any) error) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for _, e := range w.everythingInOutlook(p) {
		if strings.HasPrefix(outlookTitle(e), title) {
			if err := do(p, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) deleteAll(who, title string) error { return w.withAll(who, title, w.deleteItem) }

func (w *world) changeAll(who, title, said string) error {
	return w.withAll(who, title, func(p *person, e map[string]any) error { return w.changeItem(p, e, said) })
}

// restore takes an event or a contact out of the bin, where it keeps its id. To Do has no bin.
func (w *world) restore(who, title string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for ref, known := range w.titles {
		if ref.Side != record.Outlook || known != title {
			continue
		}
		alive := slices.ContainsFunc(w.everythingInOutlook(p), func(e map[string]any) bool { return stage.Text(e["id"]) == ref.ID })
		if !alive && (w.outlook.RestoreAs(p.mailbox, ref.ID) == nil || w.outlook.RestoreContactAs(p.mailbox, ref.ID) == nil) {
			return nil
		}
	}
	return fmt.Errorf("the bin of %s has no %q", who, title)
}

func (w *world) copyInOutlook(who, title string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		copyAs, edit := w.outlook.CopyAs, map[string]any{"subject": title + " kopie"}
		switch e[typeKey] {
		case "contact":
			copyAs, edit = w.outlook.CopyContactAs, map[string]any{"surname": stage.Text(e["surname"]) + " kopie", "displayName": title + " kopie"}
		case "task":
			copyAs, edit = w.outlook.CopyTaskAs, map[string]any{"title": title + " kopie"}
		}
		made, err := copyAs(p.mailbox, stage.Text(e["id"]))
		if err != nil {
			return err
		}
		switch e[typeKey] {
		case "contact":
			return w.outlook.EditContactAs(p.mailbox, stage.Text(made["id"]), edit)
		case "task":
			return w.outlook.EditTaskAs(p.mailbox, stage.Text(made["id"]), edit)
		}
		return w.outlook.EditAs(p.mailbox, stage.Text(made["id"]), edit)
	})
}

func (w *world) moveAway(who, title string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		calendar, err := w.outlook.CreateCalendarAs(p.mailbox, map[string]any{"name": "Jiný"})
		if err != nil {
			return err
		}
		return w.outlook.MoveAs(p.mailbox, stage.Text(e["id"]), calendar)
	})
}
