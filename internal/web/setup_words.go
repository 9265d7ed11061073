package web

import (
	"strings"
	"time"

	"raynetsync/internal/record"
)

// changeRow is one field before and after.
type changeRow struct{ Field, Was, Is string }

// changeRow puts a change into words.
func (v *visit) changeRow(field record.Field, before, after record.Value) changeRow {
	row := changeRow{Field: v.t("field."+string(field), nil)}
	if field == record.EventClient { // our own block: its text is no news to anybody
		row.Is = v.t("plan.block", nil)
		return row
	}
	row.Was, row.Is = v.fieldText(field, before), v.fieldText(field, after)
	return row
}

// shownRunes is how much of a long value is shown.
const shownRunes = 120

// fieldText tells one value of a record as people say it.
func (v *visit) fieldText(field record.Field, value record.Value) string {
	if value == "" && field != record.EventCancelled && field != record.TaskDone {
		return v.t("value.empty", nil)
	}
	switch field {
	case record.EventTime:
		if span, err := record.ParseSpan(value); err == nil {
			return v.texts.Span(span, v.zone)
		}
	case record.EventImportance:
		return v.t("importance."+string(value), nil)
	case record.TaskDue, record.ContactBirthday:
		if day, err := time.Parse(time.DateOnly, string(value)); err == nil {
			return v.texts.Date(day, time.UTC)
		}
	case record.TaskReminder:
		if at, err := time.Parse(record.InstantLayout, string(value)); err == nil {
			return v.texts.Time(at, v.zone)
		}
	case record.EventCancelled, record.TaskDone:
		if value == record.Yes {
			return v.t("value.yes", nil)
		}
		return v.t("value.no", nil)
	}
	text := strings.Join(strings.Fields(string(value)), " ")
	if runes := []rune(text); len(runes) > shownRunes {
		text = string(runes[:shownRunes]) + "…"
	}
	return text
}
