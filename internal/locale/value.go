package locale

import (
	"strings"
	"time"

	"raynetsync/internal/record"
)

// Value writes one value of a record as people say it: times and dates in loc, yes or no, texts in quotation marks and of long
// ones no more than so many characters.
func (t *Texts) Value(field record.Field, value record.Value, loc *time.Location, runes int) string {
	if value == "" && field != record.EventCancelled && field != record.TaskDone {
		return t.T("value.empty", nil)
	}
	switch field {
	case record.EventTime:
		if span, err := record.ParseSpan(value); err == nil {
			return t.Span(span, loc)
		}
	case record.EventImportance:
		return t.T("importance."+string(value), nil)
	case record.TaskDue, record.ContactBirthday:
		if day, err := time.Parse(time.DateOnly, string(value)); err == nil {
			return t.Date(day, time.UTC)
		}
	case record.TaskReminder:
		if at, err := time.Parse(record.InstantLayout, string(value)); err == nil {
			return t.Time(at, loc)
		}
	case record.EventCancelled, record.TaskDone:
		if value == record.Yes {
			return t.T("value.yes", nil)
		}
		return t.T("value.no", nil)
	}
	text := strings.Join(strings.Fields(string(value)), " ")
	if all := []rune(text); len(all) > runes {
		text = string(all[:runes]) + "…"
	}
	return t.T("value.quote", map[string]any{"Text": text})
}

// Change writes a value before and after, each as Value does; what two times have in common is told once.
func (t *Texts) Change(change Change, loc *time.Location, runes int) (was, is string) {
	if change.Field == record.EventTime {
		return t.times(change, loc)
	}
	return t.Value(change.Field, change.Before, loc, runes), t.Value(change.Field, change.After, loc, runes)
}

// Change is a field before and after.
type Change struct {
	Field         record.Field
	Before, After record.Value
}

func (t *Texts) times(change Change, loc *time.Location) (was, is string) {
	was, is = t.Value(record.EventTime, change.Before, loc, 0), t.Value(record.EventTime, change.After, loc, 0)
	from, errFrom := record.ParseSpan(change.Before)
	till, errTill := record.ParseSpan(change.After)
	if errFrom != nil || errTill != nil || from.WholeDays || till.WholeDays {
		return was, is
	}
	day := t.Date(from.From, loc)
	for _, at := range []time.Time{from.Till, till.From, till.Till} {
		if t.Date(at, loc) != day {
			return was, is
		}
	}
	clocks := func(span record.Span) string { return t.Clock(span.From, loc) + "–" + t.Clock(span.Till, loc) }
	return clocks(from), clocks(till)
}

// reportLayout is how reports write a moment.
const reportLayout = "2006-01-02T15:04Z07:00"

// When writes a span in the form of a report ("2026-03-05T08:00+01:00/2026-03-05T09:00+01:00", two dates, or one that something
// is due on) as people say it. Moments are written in loc; nil is the zone in which the report has them.
func (t *Texts) When(text string, loc *time.Location) string {
	first, second, ok := strings.Cut(text, "/")
	if due, err := time.Parse(time.DateOnly, text); err == nil {
		return t.T("value.due", map[string]any{"Date": t.Date(due, time.UTC)})
	}
	if !ok {
		return ""
	}
	from, errFrom := time.Parse(reportLayout, first)
	till, errTill := time.Parse(reportLayout, second)
	if errFrom == nil && errTill == nil {
		if loc == nil {
			loc = from.Location()
		}
		return t.Span(record.Between(from, till), loc)
	}
	day, errDay := time.Parse(time.DateOnly, first)
	last, errLast := time.Parse(time.DateOnly, second)
	if errDay == nil && errLast == nil {
		return t.Span(record.Days(day, last.AddDate(0, 0, 1)), time.UTC)
	}
	return text
}
