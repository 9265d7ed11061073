package simulator

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record/zone"
)

const isoLayout = "2006-01-02T15:04:05.000-07:00"

// filled is a copy of an object without what is null.
func filled(v any) map[string]any {
	out := map[string]any{}
	for key, value := range stage.Object(v) {
		if value != nil {
			out[key] = value
		}
	}
	return out
}

func entityOf(a map[string]any) string {
	switch stage.Text(a["_entityName"]) {
	case "Event":
		return "event"
	case "PhoneCall":
		return "phoneCall"
	case "Task":
		return "task"
	}
	return "meeting"
}

// dueDay is the day on which a To Do task is due, whatever zone it is shown in.
func dueDay(e map[string]any) string {
	due := stage.Object(e["dueDateTime"])
	if due == nil {
		return ""
	}
	there, err := zone.Load(stage.Text(due["timeZone"]))
	if err != nil {
		return ""
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05.9999999", stage.Text(due["dateTime"]), there)
	if err != nil {
		return ""
	}
	return at.In(prague()).Add(12 * time.Hour).Format(time.DateOnly)
}

// tells is all that a thing says to people: the day on which a task is due, and not the instant that Graph makes of it.
func tells(raw map[string]any) string {
	day := dueDay(raw)
	if day != "" {
		raw = maps.Clone(raw)
		delete(raw, "dueDateTime")
	}
	return everything(raw) + day
}

func prague() *time.Location {
	here, err := time.LoadLocation(home)
	if err != nil {
		return time.UTC
	}
	return here
}

// everything is all that a thing says, in one text. The names that its service draws for it say nothing, but may happen to hold any word.
func everything(raw map[string]any) string {
	data, err := json.Marshal(raw)
	if err != nil {
		return ""
	}
	var out any
	_ = json.Unmarshal(data, &out)
	return leaves(out)
}

func leaves(v any) string {
	switch one := v.(type) {
	case string:
		return one + "\n"
	case []any:
		out := ""
		for _, item := range one {
			out += leaves(item)
		}
		return out
	case map[string]any:
		out := ""
		for _, key := range sorted(one) {
			if !slices.Contains(drawn(), key) {
				out += leaves(one[key])
			}
		}
		return out
	}
	return ""
}

// drawn are the fields in which a service shows names that it drew itself.
func drawn() []string {
	return []string{"@odata.etag", "changeKey", "iCalUId", "id", "parentFolderId", "seriesMasterId", "uid"}
}
