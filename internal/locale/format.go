package locale

import (
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/record"
)

const noBreakSpace = "\u00a0"

// Number writes a whole number: "1 234 567" in Czech (with spaces that do not break), "1,234,567" in English.
func (t *Texts) Number(n int64) string {
	return t.decimal(strconv.FormatInt(n, 10))
}

// Decimal writes a number with so many digits behind the decimal sign.
func (t *Texts) Decimal(n float64, digits int) string {
	return t.decimal(strconv.FormatFloat(n, 'f', digits, 64))
}

// Percent writes a share of one in whole percent.
func (t *Texts) Percent(share float64) string {
	text := t.Decimal(share*100, 0)
	if t.lang == Czech {
		return text + noBreakSpace + "%"
	}
	return text + "%"
}

// decimal puts a number from the form of package strconv into that of the language.
func (t *Texts) decimal(text string) string {
	group, point := ",", "."
	if t.lang == Czech {
		group, point = noBreakSpace, ","
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, broken := strings.Cut(digits, ".")
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(digit)
	}
	if broken {
		b.WriteString(point + fraction)
	}
	return b.String()
}

// Date writes the date that at has in loc: "5. 3. 2026" in Czech, "5 Mar 2026" in English. The zero time is "–".
func (t *Texts) Date(at time.Time, loc *time.Location) string {
	if at.IsZero() {
		return "–"
	}
	if t.lang == Czech {
		return strings.ReplaceAll(at.In(loc).Format("2. 1. 2006"), " ", noBreakSpace)
	}
	return strings.ReplaceAll(at.In(loc).Format("2 Jan 2006"), " ", noBreakSpace)
}

// Clock writes the time of day that at has in loc: "8:05" in Czech, "08:05" in English.
func (t *Texts) Clock(at time.Time, loc *time.Location) string {
	if t.lang == Czech {
		return strings.TrimPrefix(at.In(loc).Format("15:04"), "0")
	}
	return at.In(loc).Format("15:04")
}

// Time writes the date and the time of day that at has in loc. The zero time is "–".
func (t *Texts) Time(at time.Time, loc *time.Location) string {
	if at.IsZero() {
		return "–"
	}
	return t.Date(at, loc) + " " + t.Clock(at, loc)
}

// Span writes when something takes place, as seen in loc: "5. 3. 2026 8:00–9:30", or the dates of whole days, the last one
// included. No time is "–".
func (t *Texts) Span(span record.Span, loc *time.Location) string {
	switch {
	case span.IsZero():
		return "–"
	case span.WholeDays:
		first, last := t.Date(span.From, time.UTC), t.Date(span.Till.AddDate(0, 0, -1), time.UTC)
		if first != last {
			first += " – " + last
		}
		return first + " (" + t.T("value.whole-day", nil) + ")"
	}
	if t.Date(span.From, loc) == t.Date(span.Till, loc) {
		return t.Time(span.From, loc) + "–" + t.Clock(span.Till, loc)
	}
	return t.Time(span.From, loc) + " – " + t.Time(span.Till, loc)
}

// Duration writes how long something takes, in at most two units: "0,4 s", "45 s", "2 min 5 s", "3 h 10 min", "2 dny 4 h". A
// negative duration is written with a minus sign.
func (t *Texts) Duration(d time.Duration) string {
	if d < 0 {
		return "-" + t.Duration(-d)
	}
	switch {
	case d == 0:
		return t.unit(0, "s")
	case d < 10*time.Second-50*time.Millisecond && d%time.Second != 0:
		return t.Decimal(max(d, 50*time.Millisecond).Seconds(), 1) + noBreakSpace + "s"
	case d < time.Minute-500*time.Millisecond:
		return t.unit(d.Round(time.Second)/time.Second, "s")
	case d < time.Hour-500*time.Millisecond:
		d = d.Round(time.Second)
		return t.units(d/time.Minute, "min", d%time.Minute/time.Second, "s")
	case d < 24*time.Hour-30*time.Second:
		d = d.Round(time.Minute)
		return t.units(d/time.Hour, "h", d%time.Hour/time.Minute, "min")
	}
	d = d.Round(time.Hour)
	text := t.N("count.days", int64(d/(24*time.Hour)), nil)
	if hours := d % (24 * time.Hour) / time.Hour; hours > 0 {
		text += " " + t.unit(hours, "h")
	}
	return text
}

func (t *Texts) units(large time.Duration, largeUnit string, small time.Duration, smallUnit string) string {
	if small == 0 {
		return t.unit(large, largeUnit)
	}
	return t.unit(large, largeUnit) + " " + t.unit(small, smallUnit)
}

func (t *Texts) unit(n time.Duration, unit string) string {
	return t.Number(int64(n)) + noBreakSpace + unit
}
