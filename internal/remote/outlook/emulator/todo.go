package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// todo is what only tasks and task lists have. Title, status, importance and categories of a task are in its props.
type todo struct {
	list         *folder // lists: the folder with their tasks
	body         string
	bodyModified time.Time
	due, start   time.Time // midnights of some zone; zero for none // G-124
	reminder     time.Time
	reminderOn   bool
	completed    time.Time
	rec          *recurrence
	checklist    []map[string]any
	links        []map[string]any
	open         map[string]map[string]any // open extensions by name
}

func (t *todo) clone() *todo {
	c := *t
	if t.rec != nil {
		rec := *t.rec
		c.rec = &rec
	}
	c.checklist, c.links = cloneEach(t.checklist), cloneEach(t.links)
	c.open = maps.Clone(t.open)
	return &c
}

func cloneEach(children []map[string]any) []map[string]any {
	out := slices.Clone(children)
	for i := range out {
		out[i] = maps.Clone(out[i])
	}
	return out
}

const todoOff = "off"

// SetTodo says how To Do treats the application in a mailbox: "" works, "off" refuses every call below /todo with 403, as
// for a user whose licence lacks it, while mail, calendar and contacts work. // G-121
func (s *Server) SetTodo(mailbox, how string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb := s.box(mailbox)
	switch {
	case mb == nil:
		return errNoMailbox(mailbox)
	case how != "" && how != todoOff:
		return fmt.Errorf("to do %q: %w", how, ErrUnknown)
	}
	mb.todo = how
	return nil
}

// routeTodo finds the resource of a call to To Do. Options must be spelled with a literal $, and $select is refused. // G-61
func (s *Server) routeTodo(c *call, mb *mailbox) answer {
	if strings.Contains(c.raw, "%24") || c.query.Has("$select") {
		return invalid("RequestBroker--ParseUri", "Invalid request")
	}
	rest := c.path[3:]
	if len(rest) == 0 || rest[0] != "lists" {
		return noSegment("todo")
	}
	rest = rest[1:]
	switch {
	case len(rest) == 0:
		return s.taskLists(c, mb)
	case rest[0] == "delta" && len(rest) == 1:
		return s.todoDelta(c, mb, mb.lists)
	}
	f := mb.folder(kindTask, rest[0])
	if f == nil {
		return s.routeGhost(c, mb, rest)
	}
	switch {
	case len(rest) == 1:
		return s.taskList(c, mb, f)
	case rest[1] == "extensions":
		return s.extensions(c, mb, mb.items[f.id], rest[2:])
	case rest[1] != "tasks":
		return noSegment(rest[1])
	case len(rest) == 2:
		return s.tasks(c, mb, f)
	case rest[2] == "delta" && len(rest) == 3:
		return s.todoDelta(c, mb, f)
	}
	return s.routeTask(c, mb, f, rest[2:])
}

// routeTask finds what is below a list's tasks: a task, its children, its extensions.
func (s *Server) routeTask(c *call, mb *mailbox, f *folder, rest []string) answer {
	it, _ := mb.find(rest[0])
	if it == nil || it.deleted || it.kind != kindTask || it.folder != f {
		return s.unknownID(rest[0])
	}
	if len(rest) == 1 {
		return s.task(c, mb, it)
	}
	switch rest[1] {
	case "checklistItems", "linkedResources":
		return s.children(c, mb, it, rest[1], rest[2:])
	case "extensions":
		return s.extensions(c, mb, it, rest[2:])
	case "attachments", "attachmentSessions":
		return *missing(rest[1])
	}
	return noSegment(rest[1])
}

// ghostLife is how long a deleted list goes on answering. The service says no number. // G-132
const ghostLife = 10 * time.Minute

// routeGhost answers for a list that isn't there. One that was deleted lately still shows an empty list of tasks and
// still takes new ones, which nobody ever sees. // G-132
func (s *Server) routeGhost(c *call, mb *mailbox, rest []string) answer {
	gone := mb.items[rest[0]]
	if gone == nil || gone.kind != kindTaskList {
		if a := s.unknownID(rest[0]); a.status == http.StatusBadRequest {
			return a
		}
		return noList()
	}
	f := gone.todo.list
	switch {
	case len(rest) < 2 || rest[1] != "tasks" || c.now.Sub(gone.modified) > ghostLife:
		return noList()
	case len(rest) == 2:
		return s.tasks(c, mb, f)
	case rest[2] == "delta" && len(rest) == 3:
		return s.todoDelta(c, mb, f)
	}
	return s.unknownID(rest[2])
}

func noList() answer {
	return problem(http.StatusNotFound, "itemNotFound", "The specified object was not found in the store.")
}

// invalid is a refusal in the words of To Do: the useful code is the inner one. // G-120
func invalid(inner, format string, args ...any) answer {
	return innerProblem(http.StatusBadRequest, "invalidRequest", inner, fmt.Sprintf(format, args...))
}

// todoZone knows Windows names and, unlike the calendar, every IANA name. // G-124
func (s *Server) todoZone(name string) *time.Location {
	if loc := s.zones.location(name); loc != nil {
		return loc
	}
	if !strings.Contains(name, "/") {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}

// todoPage is the part of a list that was asked for: fifty things unless $top says otherwise, as many as it says. // G-122
func (s *Server) todoPage(c *call) (page, *answer) {
	out := page{top: cmp.Or(s.opts.PageSize, 50)}
	for name, target := range map[string]*int{"$top": &out.top, "$skip": &out.skip} {
		if !c.query.Has(name) {
			continue
		}
		n := atoi(c.query.Get(name))
		if n == 0 && (name == "$top" || c.query.Get(name) != "0") {
			a := invalid("RequestBroker--ParseUri", "Invalid request")
			return out, &a
		}
		*target = n
	}
	return out, nil
}

// todoDelta answers …/lists/delta and …/tasks/delta. The page size is asked for with Prefer on every page. // G-123
func (s *Server) todoDelta(c *call, mb *mailbox, f *folder) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	switch {
	case c.query.Has("$top") || c.query.Has("$skip"):
		return invalid("invalidRequest", "Skip token is not provided.")
	case c.query.Has("$filter") || c.query.Has("$orderby"):
		return invalid("invalidRequest", "Delta query is not supported by this resource.")
	case strings.Contains(c.query.Get("$expand"), "("):
		return invalid("RequestBroker--ParseUri", "Invalid request")
	}
	v, bad := s.todoView(c, mb)
	if bad != nil {
		return *bad
	}
	v.expand = nil
	fd := feed{noun: "todoTask", silent: true, mute: f.gone, removed: removedTask}
	fd.elements = func(it *item, _ *deltaState) []func() map[string]any {
		return []func() map[string]any{func() map[string]any { return v.task(it) }}
	}
	if f.kind == kindTaskList {
		fd.noun, fd.removed = "todoTaskList", removedList
		fd.elements = func(it *item, _ *deltaState) []func() map[string]any {
			return []func() map[string]any{func() map[string]any { return v.list(it.todo.list) }}
		}
	}
	return s.deltaRound(c, mb, f, fd, cmp.Or(v.prefs.page, s.opts.PageSize, 50))
}

func removedTask(it *item) map[string]any {
	return map[string]any{"id": it.id, "@removed": map[string]any{"reason": "deleted"}, "hasAttachments": false, "isReminderOn": false}
}

func removedList(it *item) map[string]any {
	return map[string]any{
		"id": it.id, "@removed": map[string]any{"reason": "deleted"}, "isOwner": false, "isShared": false, "wellknownListName": "none",
	}
}
