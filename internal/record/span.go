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

// InstantLayout is the form of an instant in values: UTC and whole minutes.
const InstantLayout = "2006-01-02T15:04Z"

const dateLayout = "2006-01-02"

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
	layout := InstantLayout
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
	layout, wholeDays := InstantLayout, false
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

// WholeLocalDays returns the whole days that the instants from and till cover in loc; ok is false when they do not begin and
// end with a local day. A day may also be written as ending at its last minute, 23:59. On a day whose midnight the clock
// skips, the first minute that exists counts as its beginning.
func WholeLocalDays(from, till time.Time, loc *time.Location) (span Span, ok bool) {
	from, till = from.In(loc).Truncate(time.Minute), till.In(loc).Truncate(time.Minute)
	if !till.After(from) || !from.Equal(dayStart(from, loc)) {
		return Span{}, false
	}
	after := till
	if !till.Equal(dayStart(till, loc)) {
		after = till.Add(time.Minute)
		if !after.Equal(dayStart(after, loc)) {
			return Span{}, false
		}
	}
	span = Days(from, after)
	return span, span.Till.After(span.From)
}

// In returns the instants between which s lies in loc, in that location, for services that know only instants. Whole days
// run from the first minute of the first day to the first minute of the day after the last one.
func (s Span) In(loc *time.Location) (from, till time.Time) {
	if s.IsZero() {
		return time.Time{}, time.Time{}
	}
	if !s.WholeDays {
		return s.From.In(loc), s.Till.In(loc)
	}
	return startOf(s.From, loc), startOf(s.Till, loc)
}

// dayStart returns the first minute of the day that t lies in.
func dayStart(t time.Time, loc *time.Location) time.Time {
	return startOf(t.In(loc), loc)
}

// startOf returns the first instant that has the date of day in loc. It looks for it, because time.Date answers a midnight
// that the clock skips with an instant of the day before, and one that comes twice with either of the two.
func startOf(day time.Time, loc *time.Location) time.Time {
	year, month, date := day.Date()
	noon := time.Date(year, month, date, 12, 0, 0, 0, loc)
	early := noon.Add(-26 * time.Hour)
	for !sameDate(early, year, month, date) {
		_, ends := early.ZoneBounds()
		midnight := time.Date(year, month, date, 0, 0, 0, 0, time.FixedZone("", offset(early)))
		if midnight.Before(early) { // the whole day was skipped
			break
		}
		if ends.IsZero() || midnight.Before(ends) {
			return midnight.In(loc)
		}
		early = ends
	}
	return early.In(loc)
}

func offset(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

func sameDate(t time.Time, year int, month time.Month, day int) bool {
	y, m, d := t.Date()
	return y == year && m == month && d == day
}
