package scenario

import (
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
)

// dayOf reads "2026-10-22" or "2026-10-22 15:30"; a day alone ends at 23:59.
func dayOf(said string, where *time.Location) (time.Time, error) {
	if !strings.Contains(said, " ") {
		said += " 23:59"
	}
	return time.ParseInLocation("2006-01-02 15:04", said, where)
}

// raynetTask turns what is said of a task into RAYNET's own JSON. before is the task as it is, nil for a new one.
func (w *world) raynetTask(p *person, said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	var rest, tags []string
	for _, a := range list {
		switch a.name {
		case "due":
			at, err := dayOf(a.value, w.zoneOf(p))
			if err != nil {
				return nil, err
			}
			body["deadline"] = at.Format(isoLayout)
		case "done":
			body["status"] = "COMPLETED"
		case "open":
			body["status"] = "NEW"
		case "tag":
			if a.value != "" {
				tags = append(tags, a.value)
			}
			body["tags"] = append([]string{}, tags...)
		case "for":
			if before == nil {
				body["resolver"] = w.known[a.value]
				continue
			}
			body["participants"] = handOver(before, w.known[a.value])
		case "company", "person":
			body[a.name] = w.known[a.value]
		default:
			rest = append(rest, a.said)
		}
	}
	if len(rest) == 0 {
		return body, nil
	}
	more, err := w.raynetBody(p, strings.Join(rest, ", "), before)
	for key, value := range more {
		body[key] = value
	}
	return body, err
}

// handOver names another resolver: the participant who is not the owner.
func handOver(before map[string]any, to int64) []any {
	var out []any
	list, _ := before["participants"].([]map[string]any)
	done := false
	for _, one := range list {
		item := map[string]any{"id": one["id"]}
		if !done && one["owner"] != true && stage.Number(one["person"]) != 0 {
			item["person"], done = to, true
		}
		out = append(out, item)
	}
	return out
}

func (w *world) makeTask(p *person, said string) error {
	body, err := w.raynetTask(p, said, nil)
	if err != nil {
		return err
	}
	today := w.clock.Now().In(w.zoneOf(p)).Format(time.DateOnly)
	end, err := dayOf(today, w.zoneOf(p))
	if err != nil {
		return err
	}
	for key, value := range map[string]any{"priority": "DEFAULT", "status": "NEW", "owner": p.id, "deadline": end.Format(isoLayout)} {
		if body[key] == nil {
			body[key] = value
		}
	}
	_, err = w.raynet.CreateAs(p.login, "task", body)
	return err
}

// raynetTaskHas compares one thing that is said of a task in RAYNET.
func (w *world) raynetTaskHas(a map[string]any, want attribute) error {
	switch want.name {
	case "due":
		layout := time.DateOnly
		if strings.Contains(want.value, " ") {
			layout = "2006-01-02 15:04"
		}
		where, _ := location(home)
		at, _ := time.Parse(isoLayout, stage.Text(a["deadline"]))
		return same("deadline", want.value, at.In(where).Format(layout))
	case "done":
		return same("status", "COMPLETED", stage.Text(a["status"]))
	case "open":
		if status := stage.Text(a["status"]); status != "NEW" && status != "SCHEDULED" {
			return fmt.Errorf("its status is %s", status)
		}
		return nil
	case "personal":
		return same("personal", "true", fmt.Sprint(a["personal"]))
	case "tag":
		return hasWord("tags", stage.Texts(a["tags"]), want.value)
	case "for":
		return same("resolver", want.value, w.nameOfPerson(w.resolver(a)))
	}
	return w.raynetHas(a, want)
}

func (w *world) resolver(a map[string]any) int64 {
	owner := int64(0)
	list, _ := a["participants"].([]map[string]any)
	for _, one := range list {
		if one["owner"] != true && stage.Number(one["person"]) != 0 {
			return stage.Number(one["person"])
		}
		owner = stage.Number(one["person"])
	}
	return owner
}

// todoStates are the states of a To Do task that can be said.
func todoStates() map[string]string {
	return map[string]string{"done": "completed", "open": "notStarted", "in progress": "inProgress", "waiting": "waitingOnOthers", "deferred": "deferred"}
}

// todoBody turns what a person says of a To Do task into Graph's own JSON. before is the task as it is, nil for a new one.
func (w *world) todoBody(p *person, said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	var words []any
	for _, a := range list {
		state, stated := todoStates()[a.name]
		switch {
		case a.name == "title":
			body["title"] = a.value
		case a.name == "due" && a.value == "":
			body["dueDateTime"] = nil
		case a.name == "due":
			name, err := zone.Windows(w.zoneOf(p).String())
			if err != nil {
				return nil, err
			}
			body["dueDateTime"] = map[string]any{"dateTime": a.value + "T00:00:00.0000000", "timeZone": name}
		case a.name == "importance":
			body["importance"] = a.value
		case stated:
			body["status"] = state
		case a.name == "text" || a.name == "no text":
			own := a.value
			body["body"] = map[string]any{"contentType": "text", "content": record.ComposePlain(stage.Text(stage.Object(before["body"])["content"]), &own, nil)}
		case a.name == "category":
			words = append(words, a.value)
			body["categories"] = words
		case a.name == "no category":
			body["categories"] = []any{}
		case a.name == "repeats":
			body["recurrence"] = map[string]any{"pattern": map[string]any{"type": a.value, "interval": 1},
				"range": map[string]any{"type": "noEnd", "startDate": w.clock.Now().Format(time.DateOnly)}}
		case a.name == "in":
		default:
			return nil, fmt.Errorf("a task has no %q in Outlook", a.name)
		}
	}
	if recurrence := stage.Object(body["recurrence"]); recurrence != nil {
		if due := stage.Object(body["dueDateTime"]); due != nil {
			when := stage.Object(recurrence["range"])
			when["startDate"], when["recurrenceTimeZone"] = stage.Text(due["dateTime"])[:10], due["timeZone"]
		}
	}
	return body, nil
}

// dueDate is the day on which a To Do task is due in somebody's zone, whatever zone Graph answers in.
func (w *world) dueDate(p *person, e map[string]any) string {
	due := stage.Object(e["dueDateTime"])
	if due == nil {
		return ""
	}
	where, err := zone.Load(stage.Text(due["timeZone"]))
	if err != nil {
		return err.Error()
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05.9999999", stage.Text(due["dateTime"]), where)
	if err != nil {
		return err.Error()
	}
	return at.In(w.zoneOf(p)).Add(12 * time.Hour).Format(time.DateOnly)
}

// todoHas compares one thing that is said of a To Do task.
func (w *world) todoHas(p *person, e map[string]any, want attribute) error {
	if state, stated := todoStates()[want.name]; stated {
		return same("status", state, stage.Text(e["status"]))
	}
	own := string(record.ParsePlain(stage.Text(stage.Object(e["body"])["content"])).Own)
	switch want.name {
	case "due":
		return same("due", want.value, w.dueDate(p, e))
	case "importance":
		return same("importance", want.value, stage.Text(e["importance"]))
	case "text":
		return same("text", want.value, own)
	case "no text":
		return same("text", "", own)
	case "mentions":
		return holds("text", stage.Text(stage.Object(e["body"])["content"]), want.value)
	case "category":
		return hasWord("categories", stage.Texts(e["categories"]), want.value)
	case "no category":
		return hasWord("categories", stage.Texts(e["categories"]), "")
	case "repeats":
		return same("repeats", want.value, stage.Text(stage.Object(stage.Object(e["recurrence"])["pattern"])["type"]))
	case "no reminder":
		return same("reminder", "false", fmt.Sprint(e["isReminderOn"]))
	case "reminder":
		at := graphInstant(e["reminderDateTime"])
		return same("reminder", "true "+want.value, fmt.Sprint(e["isReminderOn"])+" "+at.In(w.zoneOf(p)).Format("2006-01-02 15:04"))
	case "a link":
		if links := items(e["linkedResources"]); len(links) != 1 || stage.Text(stage.Object(links[0])["webUrl"]) == "" {
			return fmt.Errorf("its links are %v", links)
		}
		return nil
	case "in":
		return same("list", want.value, w.folderOf(p, e))
	}
	return fmt.Errorf("a task shows no %q in Outlook", want.name)
}
