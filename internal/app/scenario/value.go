package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// attribute is one thing said of something: `place "Brno"` is {"place", "Brno"}; a text alone is its title.
type attribute struct{ name, value, said string }

// attributes reads `"Porada", on 2026-10-22 10:00-11:00, place "Brno", with Petr`.
func attributes(said string) ([]attribute, error) {
	var out []attribute
	for _, part := range split(said) {
		name, value, ok := known(part)
		if !ok {
			return nil, fmt.Errorf("nobody understands %q in %q", part, said)
		}
		out = append(out, attribute{name, value, part})
	}
	return out, nil
}

// split parts a text at the commas outside of quotes.
func split(said string) []string {
	var parts []string
	quoted, from := false, 0
	for i, r := range said {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			parts = append(parts, strings.TrimSpace(said[from:i]))
			from = i + 1
		}
	}
	return append(parts, strings.TrimSpace(said[from:]))
}

// known says what part names. What is said of contacts and tasks is taken away with no: `no company`.
func known(part string) (name, value string, ok bool) {
	if unquoted, err := strconv.Unquote(part); err == nil {
		return "title", unquoted, true
	}
	if slices.Contains(flags(), part) {
		return part, "", true
	}
	for _, word := range append(details(), "all day", "on", "place", "text", "importance", "without", "with", "guest", "weekly", "mentions", "shown") {
		if rest, found := strings.CutPrefix(part, word+" "); found {
			rest = strings.TrimSpace(rest)
			if unquoted, err := strconv.Unquote(rest); err == nil {
				rest = unquoted
			}
			return word, rest, true
		}
	}
	if word, found := strings.CutPrefix(part, "no "); found && slices.Contains(details(), word) {
		return word, "", true
	}
	return "", "", false
}

// flags are what is said in words of their own, without a value.
func flags() []string {
	return []string{"private", "personal", "confidential", "not private", "cancelled", "planned", "no place", "no text", "no category",
		"no reminder", "a reminder", "unscheduled", "organised outside", "no guests", "an endless text", "control characters", "not cancelled",
		"done", "open", "in progress", "waiting", "deferred", "a link"}
}

// details are what is said of contacts and tasks with a value. Longer ones come first where one begins like another.
func details() []string {
	return []string{"title before", "first name", "last name", "title after", "shown as", "nickname", "company", "job", "second e-mail", "third e-mail",
		"e-mail", "mobile", "second work phone", "second home phone", "work phone", "home phone", "phone", "address", "country", "office", "web",
		"birthday", "notes", "tag", "category", "owner", "in", "due", "for", "person", "repeats", "reminder", "picture"}
}

// span reads "2026-10-22 10:00-11:00" or "2026-10-22 23:00 to 2026-10-23 01:00" in a zone.
func span(said string, zone *time.Location) (from, till time.Time, err error) {
	const layout = "2006-01-02 15:04"
	opens, closes, long := strings.Cut(said, " to ")
	if !long {
		day, times, _ := strings.Cut(said, " ")
		first, last, ok := strings.Cut(times, "-")
		if !ok {
			return from, till, fmt.Errorf("%q is no time: write 2026-10-22 10:00-11:00", said)
		}
		opens, closes = day+" "+first, day+" "+last
	}
	if from, err = time.ParseInLocation(layout, opens, zone); err != nil {
		return from, till, err
	}
	till, err = time.ParseInLocation(layout, closes, zone)
	return from, till, err
}

// days reads "2026-10-22" or "2026-10-22 to 2026-10-23", both included, as midnights in UTC; after is the day behind the last.
func days(said string) (first, after time.Time, err error) {
	opens, closes, long := strings.Cut(said, " to ")
	if !long {
		closes = opens
	}
	if first, err = time.Parse(time.DateOnly, opens); err != nil {
		return first, after, err
	}
	last, err := time.Parse(time.DateOnly, closes)
	return first, last.AddDate(0, 0, 1), err
}

// entityOf returns RAYNET's path name of an activity.
func entityOf(a map[string]any) string {
	name := stage.Text(a["_entityName"])
	if name == "" {
		return "meeting"
	}
	return strings.ToLower(name[:1]) + name[1:]
}

func refOf(a map[string]any) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: entityOf(a), ID: fmt.Sprint(stage.Number(a["id"]))}
}

const isoLayout = "2006-01-02T15:04:05.000-07:00"

// moment is a time as Graph takes it.
func moment(t time.Time, layout string) map[string]any {
	return map[string]any{"dateTime": t.Format(layout), "timeZone": "UTC"}
}

// graphInstant reads Graph's dateTimeTimeZone in UTC.
func graphInstant(v any) time.Time {
	at, _ := time.Parse("2006-01-02T15:04:05.9999999", stage.Text(stage.Object(v)["dateTime"]))
	return at
}

func location(name string) (*time.Location, error) {
	if name == "" {
		name = home
	}
	return time.LoadLocation(name)
}
