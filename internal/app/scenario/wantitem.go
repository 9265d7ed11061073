package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// wantInRaynet compares the one thing with a title with what is said of it.
func (w *world) wantInRaynet(said string) error {
	list, err := attributes(said)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].name != "title" {
		return fmt.Errorf("say the title first")
	}
	a, err := w.inRaynet(list[0].value)
	if err != nil {
		return err
	}
	has := w.raynetHas
	switch entityOf(a) {
	case "person":
		has = w.personHas
	case "task":
		has = w.raynetTaskHas
	}
	for _, attribute := range list[1:] {
		if err := has(a, attribute); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) raynetHas(a map[string]any, want attribute) error {
	zone, _ := location(home)
	from, _ := time.Parse(isoLayout, stage.Text(a["scheduledFrom"]))
	till, _ := time.Parse(isoLayout, stage.Text(a["scheduledTill"]))
	people := w.peopleOf(a)
	switch want.name {
	case "on":
		return sameSpan(want.value, from, till, zone)
	case "all day":
		first, after, err := days(want.value)
		if err != nil {
			return err
		}
		got := from.In(zone).Format("2006-01-02 15:04") + " to " + till.In(zone).Format("2006-01-02 15:04")
		last := after.AddDate(0, 0, -1)
		return same("time", first.Format(time.DateOnly)+" 00:00 to "+last.Format(time.DateOnly)+" 23:59", got)
	case "place":
		return same("place", want.value, stage.Text(a["meetingPlace"]))
	case "no place":
		return same("place", "", stage.Text(a["meetingPlace"]))
	case "text":
		return same("text", want.value, string(record.ParseBody(stage.Text(a["description"])).Own))
	case "no text":
		return same("text", "", string(record.ParseBody(stage.Text(a["description"])).Own))
	case "mentions":
		return holds("text", stage.Text(a["description"]), want.value)
	case "importance":
		return same("importance", want.value, map[string]string{"MINOR": "low", "DEFAULT": "normal", "CRITICAL": "high"}[stage.Text(a["priority"])])
	case "category":
		return same("category", want.value, stage.Text(stage.Object(a["category"])["value"]))
	case "cancelled":
		return same("status", "CANCELLED", stage.Text(a["status"]))
	case "not cancelled":
		if stage.Text(a["status"]) == "CANCELLED" {
			return fmt.Errorf("it is cancelled")
		}
		return nil
	case "with":
		if !slices.Contains(people, want.value) {
			return fmt.Errorf("%s does not take part, only %s", want.value, strings.Join(people, ", "))
		}
		return nil
	case "without":
		if slices.Contains(people, want.value) {
			return fmt.Errorf("%s takes part", want.value)
		}
		return nil
	case "owner":
		return same("owner", want.value, w.nameOfPerson(stage.Number(stage.Object(a["owner"])["id"])))
	case "shown":
		return same("company", want.value, stage.Text(stage.Object(a["company"])["name"]))
	}
	return fmt.Errorf("RAYNET shows no %q", want.name)
}

func (w *world) peopleOf(a map[string]any) []string {
	var out []string
	list, _ := a["participants"].([]map[string]any)
	for _, p := range list {
		out = append(out, w.nameOfPerson(stage.Number(p["person"])))
	}
	return out
}

func (w *world) nameOfPerson(id int64) string {
	for name, known := range w.known {
		if known == id {
			return name
		}
	}
	return fmt.Sprintf("person %d", id)
}

// wantInOutlook compares the one thing with a title with what is said of it.
func (w *world) wantInOutlook(who, said string) error {
	list, err := attributes(said)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].name != "title" {
		return fmt.Errorf("say the title first")
	}
	return w.withItem(who, list[0].value, func(p *person, e map[string]any) error {
		has := w.outlookHas
		switch e[typeKey] {
		case "contact":
			has = w.contactHas
		case "task":
			has = w.todoHas
		}
		for _, attribute := range list[1:] {
			if err := has(p, e, attribute); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantDate compares one date of a series.
func (w *world) wantDate(date, title, who, said string) error {
	list, err := attributes(said)
	if err != nil {
		return err
	}
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		id, err := w.occurrence(p, e, date)
		if err != nil {
			return err
		}
		one, ok := w.outlook.Get(p.mailbox, id)
		if !ok {
			return fmt.Errorf("it is not there")
		}
		if err := same("title", list[0].value, stage.Text(one["subject"])); err != nil {
			return err
		}
		for _, attribute := range list[1:] {
			if err := w.outlookHas(p, one, attribute); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) outlookHas(p *person, e map[string]any, want attribute) error {
	switch want.name {
	case "on":
		if e["isAllDay"] == true {
			return fmt.Errorf("it lasts whole days")
		}
		return sameSpan(want.value, graphInstant(e["start"]), graphInstant(e["end"]), w.zoneOf(p))
	case "all day":
		first, after, err := days(want.value)
		if err != nil {
			return err
		}
		if e["isAllDay"] != true {
			return fmt.Errorf("it does not last whole days")
		}
		got := stage.Text(stage.Object(e["start"])["dateTime"])[:10] + " to " + stage.Text(stage.Object(e["end"])["dateTime"])[:10]
		return same("dates", first.Format(time.DateOnly)+" to "+after.Format(time.DateOnly), got)
	case "place":
		return same("place", want.value, stage.Text(stage.Object(e["location"])["displayName"]))
	case "no place":
		return same("place", "", stage.Text(stage.Object(e["location"])["displayName"]))
	case "text":
		return same("text", want.value, ownText(e))
	case "no text":
		return same("text", "", ownText(e))
	case "mentions":
		return holds("text", stage.Text(stage.Object(e["body"])["content"]), want.value)
	case "importance":
		return same("importance", want.value, stage.Text(e["importance"]))
	case "category":
		return holds("categories", fmt.Sprint(e["categories"]), want.value)
	case "shown":
		return same("shown as", want.value, stage.Text(e["showAs"]))
	case "private":
		return same("sensitivity", "private", stage.Text(e["sensitivity"]))
	case "guest":
		return holds("attendees", fmt.Sprint(e["attendees"]), w.address(want.value))
	case "no guests":
		if list, _ := e["attendees"].([]any); len(list) > 0 {
			return fmt.Errorf("there are guests: %v", list)
		}
		return nil
	case "no reminder":
		return same("reminder", "false", fmt.Sprint(e["isReminderOn"]))
	case "a reminder":
		return same("reminder", "true", fmt.Sprint(e["isReminderOn"]))
	}
	return fmt.Errorf("an event shows no %q in Outlook", want.name)
}

func sameSpan(want string, from, till time.Time, zone *time.Location) error {
	first, last, err := span(want, zone)
	if err != nil {
		return err
	}
	if !first.Equal(from) || !last.Equal(till) {
		return fmt.Errorf("it is on %s to %s", from.In(zone).Format("2006-01-02 15:04"), till.In(zone).Format("2006-01-02 15:04"))
	}
	return nil
}

func same(what, want, got string) error {
	if want != got {
		return fmt.Errorf("%s is %q, want %q", what, short(got), want)
	}
	return nil
}

func holds(what, got, want string) error {
	if !strings.Contains(got, want) {
		return fmt.Errorf("%s does not hold %q: %s", what, want, got)
	}
	return nil
}
