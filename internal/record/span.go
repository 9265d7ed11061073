package record

import (
	"fmt"
	"strings"
	"time"
)

// Span is when something takes place: either from one instant to another, or over whole days. Dates are dates and never
// instants: a whole day means the same date in every zone.
//
// The zero Span means "at no time".
type Span struct {
	// From and Till are UTC and whole minutes. For whole days they are midnights in UTC that stand for the dates; Till is
	// exclusive (the day after the last one).
	From, Till time.Time
	// WholeDays says that only the dates count.
	WholeDays bool
}

const (
	instantLayout = "2006-01-02T15:04Z"
	dateLayout    = "2006-01-02"
)

// Between returns the span between two instants, in UTC and cut to the minute.
func Between(from, till time.Time) Span {
	return Span{From: from.UTC().Truncate(time.Minute), Till: till.UTC().Truncate(time.Minute)}
}

// Days returns the span over the whole days from the date of first up to, but not including, the date of after. Only the
// dates of the arguments in their own locations are used.
func Days(first, after time.Time) Span {
	return Span{From: dateOf(first), Till: dateOf(after), WholeDays: true}
}

func dateOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// IsZero reports whether s is at no time.
func (s Span) IsZero() bool { return s.From.IsZero() && s.Till.IsZero() }

// Value returns the canonical text: "2026-03-05T08:00Z/2026-03-05T09:00Z" or "2026-03-05/2026-03-06". At no time is empty.
func (s Span) Value() Value {
	if s.IsZero() {
		return ""
	}
	layout := instantLayout
	if s.WholeDays {
		layout = dateLayout
	}
	return Value(s.From.UTC().Format(layout) + "/" + s.Till.UTC().Format(layout))
}

// ParseSpan reads the canonical text made by Span.Value.
func ParseSpan(v Value) (Span, error) {
	if v == "" {
		return Span{}, nil
	}
	from, till, ok := strings.Cut(string(v), "/")
	if !ok {
		return Span{}, fmt.Errorf("parse span %q: no slash", v)
	}
	layout, wholeDays := instantLayout, false
	if len(from) == len(dateLayout) {
		layout, wholeDays = dateLayout, true
	}
	start, err := time.Parse(layout, from)
	if err != nil {
		return Span{}, fmt.Errorf("parse span %q: %w", v, err)
	}
	end, err := time.Parse(layout, till)
	if err != nil {
		return Span{}, fmt.Errorf("parse span %q: %w", v, err)
	}
	return Span{From: start, Till: end, WholeDays: wholeDays}, nil
}

// Overlaps reports whether any part of s lies in [from, till). Whole days are widened by a day on either side, because the
// same date covers different instants in different zones.
func (s Span) Overlaps(from, till time.Time) bool {
	start, end := s.From, s.Till
	if s.WholeDays {
		start, end = start.Add(-24*time.Hour), end.Add(24*time.Hour)
	}
	if !end.After(start) {
		return !start.Before(from) && start.Before(till)
	}
	return start.Before(till) && end.After(from)
}
