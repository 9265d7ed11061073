package outlook

import (
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Dates returns the dates that a series may have had from one day to another, both included: which they would be, and no more. Whether
// there was such a date is not asked: what was made from it is known by its key, also after the date was deleted, of which no answer tells
// any more. A date is there once for each form that its identity may have.
func Dates(series remote.Snapshot, from, till time.Time) []remote.Snapshot {
	var out []remote.Snapshot
	uid, organiser, shared := strings.Cut(series.Twin, "|")
	for day := from.UTC().Truncate(24 * time.Hour); !day.After(till); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		one := remote.Snapshot{
			Ref: occurrenceRef(series.Group, date), Kind: record.Calendar, Group: series.Group, Rule: series.Rule, Held: series.Held, Container: series.Container,
		}
		if !shared {
			out = append(out, one)
			continue
		}
		for _, form := range occurrenceUIDs(uid, day) {
			one.Twin = form + "|" + organiser + "|" + date
			out = append(out, one)
		}
	}
	return out
}

// globalObject is how the identities begin that Exchange makes up itself; a date stands behind it, all zeros in that of a whole series.
const globalObject = "040000008200e00074c5b7101a82e008"

// occurrenceUIDs are the forms that the iCalUId of one date may have, in lower case: that of the series, or the same with the date in it,
// near midnight perhaps that of the day before or after: in which zone the day is counted is not certain (G-85).
func occurrenceUIDs(series string, day time.Time) []string {
	out, at := []string{series}, len(globalObject)
	if !strings.HasPrefix(series, globalObject) || len(series) < at+8 {
		return out
	}
	for _, off := range []int{0, -1, 1} {
		near := day.AddDate(0, 0, off)
		out = append(out, series[:at]+fmt.Sprintf("%04x%02x%02x", near.Year(), int(near.Month()), near.Day())+series[at+8:])
	}
	return out
}
