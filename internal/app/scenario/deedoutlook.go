package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
		if html := text(object(before["body"])["content"]); html != "" {
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

func (w *world) makeInOutlook(who, said string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	body, err := w.outlookBody(p, said, nil)
	if err != nil {
		return err
	}
	_, err = w.outlook.CreateAs(p.mailbox, body)
	return err
}

// withEvent does something to the one event with a subject.
func (w *world) withEvent(who, title string, do func(*person, map[string]any) error) error {
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
	return w.withEvent(who, title, func(p *person, e map[string]any) error {
		body, err := w.outlookBody(p, said, e)
		if err != nil {
			return err
		}
		id := text(e["id"])
		if date != "" {
			if id, err = w.occurrence(p, e, date); err != nil {
				return err
			}
		}
		return w.outlook.EditAs(p.mailbox, id, body)
	})
}

// occurrence finds the id of one date of a series.
func (w *world) occurrence(p *person, series map[string]any, date string) (string, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return "", err
	}
	found := w.outlook.Occurrences(p.mailbox, text(series["id"]), day, day.AddDate(0, 0, 1))
	if len(found) != 1 {
		return "", fmt.Errorf("%q has %d occurrences on %s", text(series["subject"]), len(found), date)
	}
	return text(found[0]["id"]), nil
}

func (w *world) deleteInOutlook(who, title string) error {
	return w.withEvent(who, title, func(p *person, e map[string]any) error { return w.outlook.DeleteAs(p.mailbox, text(e["id"])) })
}

func (w *world) deleteDate(who, title, date string) error {
	return w.withEvent(who, title, func(p *person, e map[string]any) error {
		return w.outlook.CancelOccurrenceAs(p.mailbox, text(e["id"]), date)
	})
}

// deleteAll deletes "T 1", "T 2" … .
func (w *world) deleteAll(who, title string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for _, e := range w.outlook.All(p.mailbox) {
		if strings.HasPrefix(text(e["subject"]), title) {
			if err := w.outlook.DeleteAs(p.mailbox, text(e["id"])); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeAll changes "T 1", "T 2" … .
func (w *world) changeAll(who, title, said string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for _, e := range w.outlook.All(p.mailbox) {
		if strings.HasPrefix(text(e["subject"]), title) {
			body, err := w.outlookBody(p, said, e)
			if err != nil {
				return err
			}
			if err := w.outlook.EditAs(p.mailbox, text(e["id"]), body); err != nil {
				return err
			}
		}
	}
	return nil
}

// restore takes an event out of the bin, where it keeps its id.
func (w *world) restore(who, title string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	for ref, known := range w.titles {
		if ref.Side != record.Outlook || known != title {
			continue
		}
		if _, alive := w.outlook.Get(p.mailbox, ref.ID); !alive && w.outlook.RestoreAs(p.mailbox, ref.ID) == nil {
			return nil
		}
	}
	return fmt.Errorf("the bin of %s has no %q", who, title)
}

func (w *world) copyInOutlook(who, title string) error {
	return w.withEvent(who, title, func(p *person, e map[string]any) error {
		made, err := w.outlook.CopyAs(p.mailbox, text(e["id"]))
		if err != nil {
			return err
		}
		return w.outlook.EditAs(p.mailbox, text(made["id"]), map[string]any{"subject": title + " kopie"})
	})
}

func (w *world) moveAway(who, title string) error {
	return w.withEvent(who, title, func(p *person, e map[string]any) error {
		calendar, err := w.outlook.CreateCalendarAs(p.mailbox, map[string]any{"name": "Jiný"})
		if err != nil {
			return err
		}
		return w.outlook.MoveAs(p.mailbox, text(e["id"]), calendar)
	})
}
