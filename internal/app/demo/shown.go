package demo

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// How each kind looks on each side. A part has the same key on both, so that what was changed on one can be told on the other.

func (d *demo) raynetEvent(row map[string]any) item {
	start, end := raynetTime(row["scheduledFrom"]), raynetTime(row["scheduledTill"])
	return item{title: text(row["title"]), start: start, same: text(row["title"]) + start.UTC().String(), shown: map[string]string{
		"subject": text(row["title"]), "time": d.span(start, end), "place": text(row["meetingPlace"]),
		"importance": d.importance(text(row["priority"]) == "CRITICAL"), "cancelled": d.yes(text(row["status"]) == "CANCELLED"),
		"body": text(row["description"])}}
}

func (d *demo) outlookEvent(row map[string]any) item {
	start, end := d.graphTime(row["start"]), d.graphTime(row["end"])
	same := text(row["subject"]) + start.UTC().String()
	if text(row["type"]) == "seriesMaster" { // RAYNET has its dates, not the series
		same = text(row["id"])
	}
	return item{title: text(row["subject"]), start: start, same: same, shown: map[string]string{
		"subject": text(row["subject"]), "time": d.span(start, end), "place": inside(row["location"], "displayName"),
		"importance": d.importance(text(row["importance"]) == "high"), "cancelled": d.yes(cancelled(row)), "body": inside(row["body"], "content")}}
}

func (*demo) raynetContact(row map[string]any) item {
	name, reach := strings.TrimSpace(text(row["firstName"])+" "+text(row["lastName"])), row["contactInfo"]
	shown := map[string]string{"title-before": text(row["titleBefore"]), "last-name": name, "email-1": inside(reach, "email"),
		"birthday": text(row["birthday"]), "categories": words(row["tags"]), "notes": text(row["notice"]),
		"address": joined(row["privateAddress"], "street", "city", "zipCode", "country")}
	for _, slot := range []string{"tel1", "tel2"} {
		part := "phone-work-1"
		if strings.Contains(inside(reach, slot+"Type"), "mob") {
			part = "phone-mobile"
		}
		shown[part] = cmp.Or(shown[part], inside(reach, slot))
	}
	relation, _ := row["primaryRelationship"].(map[string]any)
	shown["company"], shown["job-title"] = inside(relation["company"], "name"), text(relation["type"])
	return item{title: name, same: strings.ToLower(name + shown["email-1"]), shown: shown}
}

func (*demo) outlookContact(row map[string]any) item {
	name, email := strings.TrimSpace(text(row["givenName"])+" "+text(row["surname"])), ""
	if addresses, _ := row["emailAddresses"].([]any); len(addresses) > 0 {
		email = inside(addresses[0], "address")
	}
	birthday, _, _ := strings.Cut(text(row["birthday"]), "T")
	work := append(list(row["businessPhones"]), "")
	return item{title: name, same: strings.ToLower(name + email), shown: map[string]string{
		"title-before": text(row["title"]), "last-name": name, "email-1": email, "phone-mobile": text(row["mobilePhone"]), "phone-work-1": work[0],
		"company": text(row["companyName"]), "job-title": text(row["jobTitle"]), "birthday": birthday, "categories": words(row["categories"]),
		"notes": text(row["personalNotes"]), "address": joined(row["homeAddress"], "street", "city", "postalCode", "countryOrRegion")}}
}

func (d *demo) raynetTask(row map[string]any) item {
	status, due := text(row["status"]), raynetTime(row["deadline"])
	return d.task(text(row["title"]), due, map[string]string{
		"importance": d.importance(text(row["priority"]) == "CRITICAL"), "done": d.yes(status == "COMPLETED" || status == "CANCELLED"),
		"categories": words(row["tags"]), "body": text(row["description"])})
}

func (d *demo) outlookTask(row map[string]any) item {
	due := d.graphTime(row["dueDateTime"])
	if !due.IsZero() {
		due = due.Add(12 * time.Hour) // midnight somewhere: the day is that of the nearest one
	}
	return d.task(text(row["title"]), due, map[string]string{
		"importance": d.importance(text(row["importance"]) == "high"), "done": d.yes(text(row["status"]) == "completed"),
		"categories": words(row["categories"]), "body": inside(row["body"], "content")})
}

// task is a task that is due on a day.
func (d *demo) task(title string, due time.Time, shown map[string]string) item {
	day := ""
	if !due.IsZero() {
		shown["due"], day = d.Texts.Date(due, d.zone), due.In(d.zone).Format(time.DateOnly)
	}
	shown["subject"] = title
	return item{title: title, start: due, same: title + day, shown: shown}
}

// cancelled tells whether an event has our category that says so.
func cancelled(row map[string]any) bool {
	return slices.ContainsFunc(list(row["categories"]), func(category string) bool { return strings.Contains(category, "zrušeno") })
}

// words are tags or categories in alphabetical order.
func words(value any) string {
	return strings.Join(slices.Sorted(slices.Values(list(value))), ", ")
}

func joined(object any, keys ...string) string {
	out := ""
	for _, key := range keys {
		out += inside(object, key) + "\n"
	}
	return out
}

func raynetTime(value any) time.Time {
	t, _ := time.Parse("2006-01-02T15:04:05.000-07:00", text(value))
	return t
}

func (d *demo) graphTime(value any) time.Time {
	location := time.UTC
	if inside(value, "timeZone") != "UTC" {
		location = d.zone
	}
	t, _ := time.ParseInLocation("2006-01-02T15:04:05.9999999", inside(value, "dateTime"), location)
	return t
}

func (d *demo) span(start, end time.Time) string {
	if start.IsZero() {
		return ""
	}
	return d.Texts.Time(start, d.zone) + "–" + d.Texts.Clock(end, d.zone)
}
