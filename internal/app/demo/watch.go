package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/cli/screen"
)

// item is a calendar item as a person sees it on one side.
type item struct {
	id    string
	title string
	start time.Time
	// shown are the parts that a person would compare, by the key of their name in the locale files.
	shown map[string]string
	raw   map[string]any
}

// parts are the keys of item.shown, in the order in which differences are told.
func parts() []string { return []string{"subject", "time", "place", "importance", "cancelled", "body"} }

// items lists what one side shows of a user's calendar.
func (d *demo) items(side company.Side, user int) map[string]item {
	out := map[string]item{}
	if side == company.Raynet {
		for _, row := range d.raynetOf(user) {
			it := d.raynetItem(row)
			out[it.id] = it
		}
		return out
	}
	for _, row := range d.world.Outlook.All(d.world.Company.Users[user].Email) {
		it := d.outlookItem(row)
		out[it.id] = it
	}
	return out
}

// raynetOf lists RAYNET's activities that concern a user: as owner or as participant.
func (d *demo) raynetOf(user int) []map[string]any {
	id := d.world.IDs.Users[user]
	var out []map[string]any
	for _, row := range d.world.Raynet.All("activity") {
		owner, _ := row["owner"].(map[string]any)
		participants, _ := row["participants"].([]map[string]any)
		if owner["id"] == id || slices.ContainsFunc(participants, func(p map[string]any) bool { return p["person"] == id }) {
			out = append(out, row)
		}
	}
	return out
}

func (d *demo) raynetItem(row map[string]any) item {
	moment := func(key string) time.Time {
		t, _ := time.Parse("2006-01-02T15:04:05.000-07:00", text(row[key]))
		return t
	}
	start, end := moment("scheduledFrom"), moment("scheduledTill")
	return item{id: fmt.Sprint(row["id"]), title: text(row["title"]), start: start, raw: row, shown: map[string]string{
		"subject": text(row["title"]), "time": d.span(start, end), "place": text(row["meetingPlace"]),
		"importance": d.importance(text(row["priority"]) == "CRITICAL"), "cancelled": d.yes(text(row["status"]) == "CANCELLED"),
		"body": text(row["description"])}}
}

func (d *demo) outlookItem(row map[string]any) item {
	moment := func(key string) time.Time {
		value, _ := row[key].(map[string]any)
		location := time.UTC
		if text(value["timeZone"]) != "UTC" {
			location = d.zone
		}
		t, _ := time.ParseInLocation("2006-01-02T15:04:05.9999999", text(value["dateTime"]), location)
		return t
	}
	place, _ := row["location"].(map[string]any)
	body, _ := row["body"].(map[string]any)
	cancelled := false
	for _, category := range list(row["categories"]) {
		cancelled = cancelled || strings.Contains(category, "zrušeno")
	}
	start, end := moment("start"), moment("end")
	return item{id: text(row["id"]), title: text(row["subject"]), start: start, raw: row, shown: map[string]string{
		"subject": text(row["subject"]), "time": d.span(start, end), "place": text(place["displayName"]),
		"importance": d.importance(text(row["importance"]) == "high"), "cancelled": d.yes(cancelled), "body": text(body["content"])}}
}

func (d *demo) span(start, end time.Time) string {
	if start.IsZero() {
		return ""
	}
	return d.Texts.Time(start, d.zone) + "–" + d.Texts.Clock(end, d.zone)
}

func (d *demo) importance(high bool) string {
	if high {
		return d.Texts.T("importance.high", nil)
	}
	return d.Texts.T("importance.normal", nil)
}

func (d *demo) yes(is bool) string {
	if is {
		return d.Texts.T("value.yes", nil)
	}
	return d.Texts.T("value.no", nil)
}

// differences tells what changed in an item, as a person would see it.
func (d *demo) differences(before, after item) string {
	var out []string
	for _, part := range parts() {
		was, is := before.shown[part], after.shown[part]
		name := d.Texts.T("field."+part, nil)
		if was == is {
			continue
		}
		if part == "body" {
			out = append(out, name)
			continue
		}
		if part == "time" && sameDay(before.start, after.start, d.zone) {
			_, was, _ = strings.Cut(was, " ")
			_, is, _ = strings.Cut(is, " ")
		}
		empty := d.Texts.T("value.empty", nil)
		out = append(out, fmt.Sprintf("%s: %s → %s", name, cmp.Or(was, empty), screen.Bold(cmp.Or(is, empty))))
	}
	return strings.Join(out, ", ")
}

// sorted lists items in one order whatever the map's.
func sorted(items map[string]item) []item {
	return slices.SortedFunc(maps.Values(items), func(a, b item) int { return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.id, b.id)) })
}

func sameDay(a, b time.Time, in *time.Location) bool {
	return a.In(in).Format(time.DateOnly) == b.In(in).Format(time.DateOnly)
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

func list(value any) []string {
	var out []string
	switch values := value.(type) {
	case []string:
		out = values
	case []any:
		for _, one := range values {
			out = append(out, text(one))
		}
	}
	return out
}
