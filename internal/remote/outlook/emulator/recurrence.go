package emulator

import (
	"slices"
	"strings"
	"time"
)

// recurrence is a pattern with its range, dates in the series' own zone.
type recurrence struct {
	kind     string // daily, weekly, absoluteMonthly, relativeMonthly, absoluteYearly, relativeYearly
	interval int
	month    time.Month
	day      int // of the month
	days     []time.Weekday
	first    time.Weekday
	index    string // first, second, third, fourth, last

	span  string // endDate, noEnd, numbered
	start time.Time
	end   time.Time // last date allowed, with span endDate
	count int
	zone  string
}

// maxDates bounds every expansion: no window of the emulator needs more.
const maxDates = 20000

// dates calls yield with every date of the pattern up to and including until, in order, and stops when yield says so.
func (r *recurrence) dates(until time.Time, yield func(time.Time) bool) {
	if r.span == "endDate" && r.end.Before(until) {
		until = r.end
	}
	given := 0
	for period := 0; given < maxDates; period++ {
		begin, candidates := r.period(period)
		if begin.After(until) {
			return
		}
		for _, d := range candidates {
			if d.Before(r.start) {
				continue
			}
			if d.After(until) || r.span == "numbered" && given >= r.count {
				return
			}
			given++
			if !yield(d) {
				return
			}
		}
	}
}

// period returns the first day of the n-th day, week, month or year of the pattern and the dates that match in it.
func (r *recurrence) period(n int) (begin time.Time, dates []time.Time) {
	step := n * max(r.interval, 1)
	switch r.kind {
	case "daily":
		d := r.start.AddDate(0, 0, step)
		return d, []time.Time{d}
	case "weekly":
		back := (int(r.start.Weekday()) - int(r.first) + 7) % 7
		week := r.start.AddDate(0, 0, step*7-back)
		for i := range 7 {
			if d := week.AddDate(0, 0, i); slices.Contains(r.days, d.Weekday()) {
				dates = append(dates, d)
			}
		}
		return week, dates
	case "absoluteMonthly", "relativeMonthly":
		begin = time.Date(r.start.Year(), r.start.Month()+time.Month(step), 1, 0, 0, 0, 0, time.UTC)
	default:
		begin = time.Date(r.start.Year()+step, r.month, 1, 0, 0, 0, 0, time.UTC)
	}
	if strings.HasPrefix(r.kind, "absolute") {
		// A day that the month lacks is its last day.
		return begin, []time.Time{begin.AddDate(0, 0, min(r.day, daysIn(begin))-1)}
	}
	return begin, []time.Time{r.relative(begin)}
}

// relative finds "the second of Tuesday or Thursday" of a month: several days mean the n-th day that is any of them. // G-26
func (r *recurrence) relative(month time.Time) time.Time {
	var matches []time.Time
	for i := range daysIn(month) {
		if d := month.AddDate(0, 0, i); slices.Contains(r.days, d.Weekday()) {
			matches = append(matches, d)
		}
	}
	if r.index == "last" {
		return matches[len(matches)-1]
	}
	n := max(slices.Index([]string{"first", "second", "third", "fourth"}, r.index), 0)
	return matches[min(n, len(matches)-1)]
}

func daysIn(month time.Time) int { return month.AddDate(0, 1, -month.Day()).Day() }

// json prints the pattern with the defaults that the service fills in for unused fields. // G-25
func (r *recurrence) json() map[string]any {
	days := make([]any, 0, len(r.days))
	for _, d := range r.days {
		days = append(days, dayName(d))
	}
	end := "0001-01-01"
	if r.span == "endDate" {
		end = r.end.Format(dateFormat)
	}
	index := r.index
	if index == "" {
		index = "first"
	}
	return map[string]any{
		"pattern": map[string]any{
			"type": r.kind, "interval": r.interval, "month": int(r.month), "dayOfMonth": r.day, "daysOfWeek": days,
			"firstDayOfWeek": dayName(r.first), "index": index,
		},
		"range": map[string]any{
			"type": r.span, "startDate": r.start.Format(dateFormat), "endDate": end, "recurrenceTimeZone": r.zone,
			"numberOfOccurrences": r.count,
		},
	}
}

func dayName(d time.Weekday) string { return strings.ToLower(d.String()) }

// parseRecurrence reads a written recurrence for a series that starts at start. reason says what is wrong with it.
func parseRecurrence(v map[string]any, start stamp) (r *recurrence, reason string) {
	pattern, span := object(v["pattern"]), object(v["range"])
	if pattern == nil || span == nil {
		return nil, "A recurrence needs a pattern and a range."
	}
	r = &recurrence{interval: number(pattern["interval"], 0), index: lowerEnum(pattern["index"]), zone: text(span["recurrenceTimeZone"])}
	kinds := []string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}
	r.kind = canonical(text(pattern["type"]), kinds)
	r.span = canonical(text(span["type"]), []string{"endDate", "noEnd", "numbered"})
	switch {
	case r.kind == "":
		return nil, "Requested value '" + text(pattern["type"]) + "' was not found."
	case r.span == "":
		return nil, "Requested value '" + text(span["type"]) + "' was not found."
	case r.interval < 1:
		return nil, "The recurrence pattern interval must be at least 1."
	}
	if reason := r.parsePattern(pattern); reason != "" {
		return nil, reason
	}
	return r, r.parseRange(span, start)
}

func (r *recurrence) parsePattern(pattern map[string]any) (reason string) {
	for _, d := range list(pattern["daysOfWeek"]) {
		day, ok := weekday(text(d))
		if !ok {
			return "Requested value '" + text(d) + "' was not found."
		}
		r.days = append(r.days, day)
	}
	slices.Sort(r.days)
	r.days = slices.Compact(r.days)
	if d, ok := weekday(text(pattern["firstDayOfWeek"])); ok {
		r.first = d
	}
	r.day, r.month = number(pattern["dayOfMonth"], 0), time.Month(number(pattern["month"], 0))
	needsDays := r.kind == "weekly" || strings.HasPrefix(r.kind, "relative")
	switch {
	case needsDays && len(r.days) == 0:
		return "The recurrence pattern needs daysOfWeek."
	case strings.HasPrefix(r.kind, "absolute") && (r.day < 1 || r.day > 31):
		return "The recurrence pattern needs dayOfMonth."
	case strings.HasSuffix(r.kind, "Yearly") && (r.month < 1 || r.month > 12):
		return "The recurrence pattern needs month."
	}
	return ""
}

// parseRange reads the range and moves its start to the pattern's first date. // G-27
func (r *recurrence) parseRange(span map[string]any, start stamp) (reason string) {
	if r.zone == "" {
		r.zone = start.zone
	}
	var err error
	if r.start, err = time.Parse(dateFormat, text(span["startDate"])); err != nil {
		return "The recurrence range needs startDate."
	}
	switch r.span {
	case "endDate":
		if r.end, err = time.Parse(dateFormat, text(span["endDate"])); err != nil || r.end.Before(r.start) {
			return "The recurrence range's endDate must not be before its startDate."
		}
	case "numbered":
		if r.count = number(span["numberOfOccurrences"], 0); r.count < 1 {
			return "The recurrence range needs numberOfOccurrences."
		}
	}
	found := false
	r.dates(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), func(d time.Time) bool {
		r.start, found = d, true
		return false
	})
	if !found {
		return "The recurrence has no occurrence."
	}
	return ""
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), name) {
			return d, true
		}
	}
	return 0, false
}

// canonical finds a value in a list regardless of case, as requests may be written; "" when it isn't there. // G-24
func canonical(value string, allowed []string) string {
	for _, a := range allowed {
		if strings.EqualFold(a, value) {
			return a
		}
	}
	return ""
}

func lowerEnum(v any) string {
	return canonical(text(v), []string{"first", "second", "third", "fourth", "last"})
}

// number reads a JSON number.
func number(v any, otherwise int) int {
	switch n := v.(type) {
	case float64:
		return int(n)
	case int:
		return n
	}
	return otherwise
}
