package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// taskForm says what a write may hold.
func taskForm(name string) form {
	switch name {
	case "id", "createdDateTime", "lastModifiedDateTime", "bodyLastModifiedDateTime", "hasAttachments":
		return formReadOnly
	case "isReminderOn":
		return formReadOnly // derived // G-125
	case "title", "status":
		return formText
	case "importance":
		return formEnum
	case "categories":
		return formTexts
	case "body", "dueDateTime", "startDateTime", "reminderDateTime", "completedDateTime", "recurrence":
		return formObject
	case "checklistItems", "linkedResources", "extensions":
		return formObjects
	case "attachments", "attachmentSessions":
		return formMissing
	}
	if strings.Contains(name, "@odata.") {
		return formReadOnly
	}
	return formUnknown
}

func checkTask(patch map[string]any) *answer {
	for _, name := range sortedKeys(patch) {
		value, kind := patch[name], taskForm(name)
		switch {
		case kind == formMissing:
			return missing(name)
		case kind == formUnknown:
			a := invalid("RequestBodyRead", "The property '%s' does not exist on type 'microsoft.graph.todoTask'.", name)
			return &a
		case value != nil && kind != formReadOnly && !fits(kind, name, value):
			a := invalid("RequestBodyRead", "The property '%s' has a value of a wrong type.", name)
			return &a
		}
	}
	return nil
}

// applyTask writes a checked body into a task. The task is a clone: a refusal throws it away.
func (s *Server) applyTask(it *item, patch map[string]any, now time.Time) *answer {
	if bad := checkTask(patch); bad != nil {
		return bad
	}
	for _, name := range sortedKeys(patch) {
		if bad := s.applyTaskProperty(it, name, patch[name], now); bad != nil {
			return bad
		}
	}
	if patch["startDateTime"] != nil && it.todo.due.IsZero() {
		it.todo.due = it.todo.start // G-124
	}
	if bad := s.applyStatus(it, patch, now); bad != nil {
		return bad
	}
	return s.applyTaskRecurrence(it, patch)
}

func (s *Server) applyTaskProperty(it *item, name string, value any, now time.Time) *answer {
	switch name {
	case "title":
		if n := len([]rune(text(value))); n == 0 || n > 255 {
			a := invalid("invalidRequest", "Invalid request")
			return &a
		}
		it.props[name] = text(value)
	case "importance":
		if word := canonical(text(value), enumValues(name)); word != "" {
			it.props[name] = word
		}
	case "categories":
		it.set(name, slices.Clone(list(value)), len(list(value)) == 0)
	case "body":
		it.todo.body, it.todo.bodyModified = taskText(object(value)), now
	case "dueDateTime":
		return s.readMidnight(&it.todo.due, object(value))
	case "startDateTime":
		return s.readMidnight(&it.todo.start, object(value))
	case "reminderDateTime":
		// A time turns the reminder on and null turns it off, whatever isReminderOn says. // G-125
		it.todo.reminderOn = value != nil
		return s.readMoment(&it.todo.reminder, object(value))
	}
	return nil
}

// taskText is a written body as it is kept: text, with the service's line ends. // G-129
func taskText(b map[string]any) string {
	content := text(b["content"])
	if strings.EqualFold(text(b["contentType"]), "html") {
		content = newBody("html", content).text()
	}
	lines := strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(lines, "\n", "\r\n")
}

// readMoment reads a dateTimeTimeZone; null clears.
func (s *Server) readMoment(target *time.Time, v map[string]any) *answer {
	at, _, bad := s.taskTime(v)
	if bad == nil {
		*target = at
	}
	return bad
}

// readMidnight keeps nothing but the date, as the midnight of the zone that was sent. // G-124
func (s *Server) readMidnight(target *time.Time, v map[string]any) *answer {
	at, loc, bad := s.taskTime(v)
	if bad == nil && !at.IsZero() {
		at = midnight(at, loc)
	}
	if bad == nil {
		*target = at
	}
	return bad
}

// midnight is the start of the day that a clock in loc shows.
func midnight(at time.Time, loc *time.Location) time.Time {
	y, m, d := at.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, loc).UTC()
}

func (s *Server) taskTime(v map[string]any) (time.Time, *time.Location, *answer) {
	if v == nil {
		return time.Time{}, time.UTC, nil
	}
	zone := text(v["timeZone"])
	if zone == "" {
		zone = "UTC"
	}
	loc := s.todoZone(zone)
	if loc == nil {
		a := invalid("TimeZoneNotSupportedException", "The following TimeZone value is not supported: '%s'.", zone)
		return time.Time{}, nil, &a
	}
	wall, offset, ok := parseWall(text(v["dateTime"]))
	if !ok {
		a := invalid("invalidRequest", "The value '%s' is not a valid dateTime.", text(v["dateTime"]))
		return time.Time{}, nil, &a
	}
	if offset {
		return wall, loc, nil
	}
	return onClock(wall, loc).UTC(), loc, nil
}

func taskStatuses() []string {
	return []string{"notStarted", "inProgress", "completed", "waitingOnOthers", "deferred"}
}

const taskCompleted = "completed"

// applyStatus follows the status with what hangs on it: the day of completion and the reminder. // G-125, G-126
func (s *Server) applyStatus(it *item, patch map[string]any, now time.Time) *answer {
	was := text(it.props["status"])
	if written := text(patch["status"]); written != "" {
		word := canonical(written, taskStatuses())
		if word == "" {
			a := innerProblem(http.StatusBadRequest, "invalidRequest", "RequestBodyRead", "Requested value '"+written+"' was not found.")
			return &a
		}
		it.props["status"] = word
	}
	switch {
	case it.props["status"] != taskCompleted:
		it.todo.completed = time.Time{}
	case was != taskCompleted:
		it.todo.completed, it.todo.reminderOn = midnight(now, time.UTC), false
		if v := object(patch["completedDateTime"]); it.born == 0 && v != nil {
			at, _, bad := s.taskTime(v)
			if bad != nil {
				return bad
			}
			it.todo.completed = midnight(at, time.UTC)
		}
	}
	return nil
}
