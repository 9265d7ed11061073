package cli

import (
	"time"

	"raynetsync/internal/cli/screen"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// change tells one field of a record before and after: "čas: 9:00–10:00 → 9:30–10:30".
func (s *session) change(field record.Field, before, after record.Value, zone *time.Location) string {
	if field == record.EventClient {
		return s.t("value.block", nil) // our own block: its text is no news to anybody
	}
	was, is := s.texts.Change(locale.Change{Field: field, Before: before, After: after}, zone, shownRunes)
	return s.t("field."+string(field), nil) + ": " + was + " → " + screen.Bold(is)
}

// shownRunes is how much of a long value is shown.
const shownRunes = 60

// value tells one value as people say it.
func (s *session) value(field record.Field, value record.Value, zone *time.Location) string {
	return s.texts.Value(field, value, zone, shownRunes)
}

// when tells a span in the form of a report as people say it, in the zone in which it is written.
func (s *session) when(text string) string { return s.texts.When(text, nil) }
