package emulator

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// series is what makes an event a master.
type series struct {
	rec        *recurrence
	generation int              // grows with the pattern; ids of occurrences hold it
	exceptions map[string]*item // original date -> exception
	cancelled  map[string]bool  // original dates
}

func (sr *series) clone() *series {
	c := *sr
	c.exceptions, c.cancelled = maps.Clone(sr.exceptions), maps.Clone(sr.cancelled)
	return &c
}

// occurrence is one date of a series: an exception where there is one, else computed from the master.
type occurrence struct {
	master     *item
	date       string
	exception  *item
	start, end time.Time
	wallStart  time.Time // in the series' zone
	wallEnd    time.Time
}

const occurrencePrefix = "AAkOCC"

// occurrenceID is synthetic: master, date, and the pattern's generation, so that it dies with the pattern. // G-28
func occurrenceID(master *item, date string) string {
	raw := fmt.Sprintf("%d|%s|%s", master.series.generation, date, master.id)
	return occurrencePrefix + base64.StdEncoding.EncodeToString([]byte(raw))
}

func (mb *mailbox) findOccurrence(id string) (*item, string) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(id, occurrencePrefix))
	parts := strings.SplitN(string(raw), "|", 3)
	if err != nil || len(parts) != 3 {
		return nil, ""
	}
	master := mb.items[parts[2]]
	if master == nil || master.deleted || master.series == nil || parts[0] != fmt.Sprint(master.series.generation) {
		return nil, ""
	}
	if master.series.cancelled[parts[1]] {
		return nil, ""
	}
	return master, parts[1]
}

// span returns the first and the last moment an event occupies.
func (z *zones) span(it *item) (start, end time.Time) { return z.instant(it.start), z.instant(it.end) }

// inSeriesZone shows a master's own start and end on the clock of its series.
func (z *zones) inSeriesZone(master *item) (start, end time.Time, loc *time.Location) {
	loc = z.location(master.series.rec.zone)
	if loc == nil {
		loc = time.UTC
	}
	if master.allDay {
		return master.start.wall, master.end.wall, loc
	}
	return fields(z.instant(master.start), loc), fields(z.instant(master.end), loc), loc
}

// occurrenceAt computes one date.
func (z *zones) occurrenceAt(master *item, date time.Time) occurrence {
	start, end, loc := z.inSeriesZone(master)
	shift := date.Sub(start.Truncate(24 * time.Hour))
	o := occurrence{master: master, date: date.Format(dateFormat), wallStart: start.Add(shift), wallEnd: end.Add(shift)}
	o.start, o.end = onClock(o.wallStart, loc), onClock(o.wallEnd, loc)
	if e := master.series.exceptions[o.date]; e != nil {
		o.exception = e
		o.start, o.end = z.span(e)
	}
	return o
}

// occurrences lists what of a series touches [from, to), cancelled dates left out, ordered by start.
func (z *zones) occurrences(master *item, from, to time.Time) []occurrence {
	var out []occurrence
	seen := map[string]bool{}
	master.series.rec.dates(to.AddDate(0, 0, 2), func(d time.Time) bool {
		date := d.Format(dateFormat)
		if master.series.cancelled[date] {
			return true
		}
		o := z.occurrenceAt(master, d)
		if o.exception != nil {
			seen[date] = true
		}
		if touches(o.start, o.end, from, to) {
			out = append(out, o)
		}
		return true
	})
	// An exception may have been moved into the window from a date beyond it.
	for _, date := range slices.Sorted(maps.Keys(master.series.exceptions)) {
		if seen[date] {
			continue
		}
		d, _ := time.Parse(dateFormat, date)
		if o := z.occurrenceAt(master, d); touches(o.start, o.end, from, to) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b occurrence) int { return a.start.Compare(b.start) })
	return out
}

// touches tells whether [start, end) meets [from, to); an event without length counts at its start.
func touches(start, end, from, to time.Time) bool {
	if start.Equal(end) {
		return !start.Before(from) && start.Before(to)
	}
	return start.Before(to) && end.After(from)
}

// has tells whether a date belongs to the series' pattern.
func (sr *series) has(date string) bool {
	d, err := time.Parse(dateFormat, date)
	if err != nil {
		return false
	}
	found := false
	sr.rec.dates(d, func(x time.Time) bool {
		found = x.Equal(d)
		return !found
	})
	return found
}

// except makes (or returns) the exception of a date. The caller has checked that the date exists.
func (s *Server) except(mb *mailbox, master *item, date string) *item {
	if e := master.series.exceptions[date]; e != nil {
		return e
	}
	d, _ := time.Parse(dateFormat, date)
	o := s.zones.occurrenceAt(master, d)
	e := master.clone()
	e.series, e.master, e.date = nil, master, date
	e.id = s.newID("AAkEXC")
	e.start, e.end = stamp{o.wallStart, master.series.rec.zone}, stamp{o.wallEnd, master.series.rec.zone}
	e.txn, e.txnDigest, e.copies, e.from = "", "", nil, nil
	mb.items[e.id] = e
	master.series.exceptions[date] = e
	return e
}

// crosses tells whether an exception would start on or beyond its neighbours' dates. // G-29
func (z *zones) crosses(e *item) bool {
	start := z.instant(e.start)
	var before, after *occurrence
	e.master.series.rec.dates(start.AddDate(2, 0, 0), func(d time.Time) bool {
		date := d.Format(dateFormat)
		if date == e.date || e.master.series.cancelled[date] {
			return true
		}
		o := z.occurrenceAt(e.master, d)
		if date < e.date {
			before = &o
			return true
		}
		after = &o
		return false
	})
	return before != nil && start.Before(before.end) || after != nil && z.instant(e.end).After(after.start)
}
