package cli

import (
	"strings"
	"time"

	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// change tells one field of a record before and after: "čas: 9:00–10:00 → 9:30–10:30".
func (s *session) change(field record.Field, before, after record.Value, zone *time.Location) string {
	was, is := s.value(field, before, zone), s.value(field, after, zone)
	if field == record.EventTime {
		was, is = s.times(before, after, zone)
	}
	if field == record.EventClient {
		return s.t("cli.change.client", nil) // our own block: its text is no news to anybody
	}
	return s.t("field."+string(field), nil) + ": " + was + " → " + screen.Bold(is)
}

// shownRunes is how much of a long value is shown.
const shownRunes = 60

// value tells one value as people say it.
func (s *session) value(field record.Field, value record.Value, zone *time.Location) string {
	if value == "" && field != record.EventCancelled && field != record.TaskDone {
		return s.t("value.empty", nil)
	}
	switch field {
	case record.EventTime:
		if span, err := record.ParseSpan(value); err == nil {
			return s.texts.Span(span, zone)
		}
	case record.EventImportance:
		return s.t("importance."+string(value), nil)
	case record.TaskDue, record.ContactBirthday:
		if day, err := time.Parse(time.DateOnly, string(value)); err == nil {
			return s.texts.Date(day, time.UTC)
		}
	case record.TaskReminder:
		if at, err := time.Parse(record.InstantLayout, string(value)); err == nil {
			return s.texts.Date(at, zone) + " " + s.texts.Clock(at, zone)
		}
	case record.EventCancelled, record.TaskDone:
		if value == record.Yes {
			return s.t("value.yes", nil)
		}
		return s.t("value.no", nil)
	}
	text := strings.Join(strings.Fields(string(value)), " ")
	if runes := []rune(text); len(runes) > shownRunes {
		text = string(runes[:shownRunes]) + "…"
	}
	return s.t("cli.quote", map[string]any{"Text": text})
}

// times tells two spans; what they have in common is told once.
func (s *session) times(before, after record.Value, zone *time.Location) (was, is string) {
	was, is = s.value(record.EventTime, before, zone), s.value(record.EventTime, after, zone)
	from, errFrom := record.ParseSpan(before)
	till, errTill := record.ParseSpan(after)
	if errFrom != nil || errTill != nil || from.WholeDays || till.WholeDays {
		return was, is
	}
	dates := []string{}
	for _, at := range []time.Time{from.From, from.Till, till.From, till.Till} {
		dates = append(dates, s.texts.Date(at, zone))
	}
	if dates[0] != dates[1] || dates[0] != dates[2] || dates[0] != dates[3] {
		return was, is
	}
	clocks := func(span record.Span) string {
		return s.texts.Clock(span.From, zone) + "–" + s.texts.Clock(span.Till, zone)
	}
	return clocks(from), clocks(till)
}

// reportLayout is how reports write a moment.
const reportLayout = "2006-01-02T15:04Z07:00"

// when tells a span in the form of a report ("2026-03-05T08:00+01:00/2026-03-05T09:00+01:00", or two dates) as people say it, in
// the zone in which it is written.
func (s *session) when(text string) string {
	first, second, ok := strings.Cut(text, "/")
	if due, err := time.Parse(time.DateOnly, text); err == nil {
		return s.t("cli.due", map[string]any{"Date": s.texts.Date(due, time.UTC)})
	}
	if !ok {
		return ""
	}
	from, errFrom := time.Parse(reportLayout, first)
	till, errTill := time.Parse(reportLayout, second)
	if errFrom == nil && errTill == nil {
		return s.texts.Span(record.Between(from, till), from.Location())
	}
	day, errDay := time.Parse(time.DateOnly, first)
	last, errLast := time.Parse(time.DateOnly, second)
	if errDay == nil && errLast == nil {
		return s.texts.Span(record.Days(day, last.AddDate(0, 0, 1)), s.zone)
	}
	return text
}
