package emulator

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// todoView is how a request wants to see tasks and lists.
type todoView struct {
	s      *Server
	mb     *mailbox
	prefs  preferences
	expand []string // extensions by name
	whole  bool     // for the emulator's owner: everything there is
}

// todoView reads Prefer and $expand. Of the preferences nothing is told back. // G-122
func (s *Server) todoView(c *call, mb *mailbox) (*todoView, *answer) {
	prefs, bad := c.preferences(s.todoZone)
	if bad != nil {
		return nil, bad
	}
	v := &todoView{s: s, mb: mb, prefs: prefs}
	for _, value := range splitTop(c.query.Get("$expand")) {
		name, inner, filtered := strings.Cut(value, "(")
		switch name {
		case "checklistItems", "linkedResources", "tasks", "attachments":
			continue // accepted and without effect
		case "extensions":
		default:
			a := invalid("RequestBroker--ParseUri", "Could not find a property named '%s' on type 'microsoft.graph.todoTask'.", name)
			return nil, &a
		}
		if bad := s.extensionsAllowed(); bad != nil {
			return nil, bad
		}
		if !filtered {
			continue // a bare expand shows nothing // G-134
		}
		clause := strings.TrimPrefix(strings.TrimSuffix(inner, ")"), "$filter=")
		m := extendedFilter.FindStringSubmatch(strings.TrimSpace(clause))
		if m == nil {
			a := invalid("RequestBroker--ParseUri", "Invalid filter clause")
			return nil, &a
		}
		v.expand = append(v.expand, strings.ReplaceAll(m[1], "''", "'"))
	}
	return v, nil
}

// task shows a task with its children; what is empty is absent. // G-129
func (v *todoView) task(it *item) map[string]any {
	t := it.todo
	out := map[string]any{
		"@odata.etag": etag(v.mb, it.version), "id": it.id, "categories": []any{}, "hasAttachments": false, "isReminderOn": t.reminderOn,
		"createdDateTime": it.created.UTC().Format(timeFormat), "lastModifiedDateTime": it.modified.UTC().Format(timeFormat),
		"body":                     map[string]any{"content": t.body, "contentType": "text"},
		"bodyLastModifiedDateTime": t.bodyModified.UTC().Format(timeFormat),
	}
	maps.Copy(out, it.props)
	for name, at := range map[string]time.Time{
		"dueDateTime": t.due, "startDateTime": t.start, "reminderDateTime": t.reminder, "completedDateTime": t.completed,
	} {
		if !at.IsZero() {
			out[name] = shown(at, v.prefs.zone, v.prefs.zoneName)
		}
	}
	if t.rec != nil {
		out["recurrence"] = t.rec.json()
		object(object(out["recurrence"])["range"])["recurrenceTimeZone"] = "UTC" // G-127
	}
	for name, children := range map[string][]map[string]any{"checklistItems": t.checklist, "linkedResources": t.links} {
		if len(children) > 0 {
			out[name] = shownChildren(children)
		}
	}
	v.showExtensions(out, it)
	v.s.oddTask(out, it)
	return out
}

func shownChildren(children []map[string]any) []any {
	value := []any{}
	for _, child := range children {
		value = append(value, maps.Clone(child))
	}
	return value
}

// oddTask shows every third task with what strict readers choke on, in properties that carry no meaning. // G-63
func (s *Server) oddTask(out map[string]any, it *item) {
	if !s.faults["odd-data"] {
		return
	}
	switch digest(s.opts.Seed, "odd", it.id)[0] % 3 {
	case 0:
		out["x.laterProperty"] = map[string]any{"nested": []any{1, nil}, "text": "\u0001\u0007\U0001f389"}
	case 1:
		out["bodyLastModifiedDateTime"], out["x.half"] = zeroTime, loneSurrogate
	}
}

// taskSnapshot shows a task with everything there is and the id of its list, for people and history.
func (s *Server) taskSnapshot(mb *mailbox, it *item) map[string]any {
	v := &todoView{s: s, mb: mb, whole: true, prefs: preferences{zone: time.UTC, zoneName: "UTC", immutable: true}}
	out := v.task(it)
	out["listId"] = it.folder.id
	return out
}

// extensionsAllowed refuses when the tenant keeps open extensions from applications. // G-135
func (s *Server) extensionsAllowed() *answer {
	if !s.faults["todo-no-extensions"] {
		return nil
	}
	a := innerProblem(http.StatusForbidden, "accessDenied", "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	return &a
}
