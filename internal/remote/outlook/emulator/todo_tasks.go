package emulator

import (
	"net/http"
	"time"
)

// tasks lists or creates the tasks of a list.
func (s *Server) tasks(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.todoView(c, mb)
	if bad != nil {
		return *bad
	}
	switch c.method {
	case http.MethodGet:
		return s.listTasks(c, v, f)
	case http.MethodPost:
	default:
		return noMethod()
	}
	patch, ok := decode(c.body)
	if !ok {
		return invalid("UnableToDeserializePostBody", "were unable to deserialize")
	}
	it, bad := s.newTask(patch, c.now)
	if bad != nil {
		return *bad
	}
	if f.gone {
		it.folder, it.created, it.modified = f, c.now, c.now // answered, and kept by nobody // G-132
	} else {
		s.insertTask(mb, f, it, byApp, c.now)
	}
	v.expand = sortedKeys(it.todo.open)
	return reply(http.StatusCreated, v.task(it))
}

func (s *Server) listTasks(c *call, v *todoView, f *folder) answer {
	p, bad := s.todoPage(c)
	if bad != nil {
		return *bad
	}
	matches, bad := todoFilter(c.query.Get("$filter"), taskWord)
	if bad != nil {
		return *bad
	}
	var found []*item
	for _, it := range f.live() {
		if matches(it) && s.listed(it, c.now) {
			found = append(found, it)
		}
	}
	if bad := sortTodo(found, c.query.Get("$orderby"), taskWord); bad != nil {
		return *bad
	}
	from, to, more := p.cut(len(found))
	value := []any{}
	for _, it := range found[from:to] {
		value = append(value, v.task(it))
	}
	return c.listing(value, p, more)
}

func taskWord(name string) func(it *item) string {
	switch name {
	case "title", "status", "importance":
		return func(it *item) string { return text(it.props[name]) }
	}
	return nil
}

// task shows, changes or deletes one task. DELETE doesn't look at If-Match. // G-130
func (s *Server) task(c *call, mb *mailbox, it *item) answer {
	v, bad := s.todoView(c, mb)
	if bad != nil {
		return *bad
	}
	switch c.method {
	case http.MethodGet:
	case http.MethodPatch:
		if bad := s.todoPrecondition(c, mb, it); bad != nil {
			return *bad
		}
		patch, ok := decode(c.body)
		if !ok {
			return invalid("UnableToDeserializePostBody", "were unable to deserialize")
		}
		if bad := s.changeTask(mb, it, patch, byApp, c.now); bad != nil {
			return *bad
		}
	case http.MethodDelete:
		s.removeTask(mb, it, byApp, c.now)
		return reply(http.StatusNoContent, nil)
	default:
		return noMethod()
	}
	return reply(http.StatusOK, v.task(it))
}

// todoPrecondition checks If-Match where To Do does; "*" isn't understood. // G-130
func (s *Server) todoPrecondition(c *call, mb *mailbox, it *item) *answer {
	match := c.header.Get("If-Match")
	if match == "*" || match != "" && (!etagForm.MatchString(match) || len(match) < 12) {
		a := innerProblem(http.StatusInternalServerError, "generalException", "ErrorInternalServerError",
			"An internal server error occurred. The operation failed.")
		return &a
	}
	return s.precondition(c, mb, it)
}

// newTask builds a task that isn't filed yet.
func (s *Server) newTask(patch map[string]any, now time.Time) (*item, *answer) {
	it := &item{kind: kindTask, props: map[string]any{"status": "notStarted", "importance": "normal"}, todo: &todo{bodyModified: now}}
	if bad := s.applyTask(it, patch, now); bad != nil {
		return nil, bad
	}
	if text(it.props["title"]) == "" {
		a := invalid("invalidRequest", "Invalid request")
		return nil, &a
	}
	for _, name := range []string{"checklistItems", "linkedResources"} {
		if bad := s.setChildren(it, name, list(patch[name]), now); bad != nil {
			return nil, bad
		}
	}
	open, bad := s.inlineExtensions(patch)
	if bad != nil {
		return nil, bad
	}
	it.todo.open = open
	it.id = s.newID("AAkALgTSK")
	return it, nil
}

// insertTask files a new task; a recurring one is written again by the service soon. // G-127
func (s *Server) insertTask(mb *mailbox, f *folder, it *item, by string, now time.Time) {
	mb.put(it, f, now)
	s.record(mb, it, by, "create", nil, now)
	if it.todo.rec != nil {
		s.planTouch(mb, it, now)
	}
}

// changeTask writes a patch. With a recurring task the service does more than it is asked for: see recur.
func (s *Server) changeTask(mb *mailbox, it *item, patch map[string]any, by string, now time.Time) *answer {
	for _, name := range []string{"checklistItems", "linkedResources", "extensions"} {
		if _, given := patch[name]; given && (by == byApp || name == "extensions") {
			a := invalid("invalidRequest", "Invalid request") // children are written through their own paths
			return &a
		}
	}
	draft := it.clone()
	if bad := s.applyTask(draft, patch, now); bad != nil {
		return bad
	}
	for _, name := range []string{"checklistItems", "linkedResources"} {
		if value, given := patch[name]; given {
			if bad := s.setChildren(draft, name, list(value), now); bad != nil {
				return bad
			}
		}
	}
	before := s.before(mb, it)
	other := s.recur(it, draft, patch)
	*it = *draft
	mb.touch(it, now)
	s.record(mb, it, by, "update", before, now)
	if other != nil {
		mb.put(other, it.folder, now)
		s.record(mb, other, byService, "create", nil, now)
	}
	return nil
}

func (s *Server) removeTask(mb *mailbox, it *item, by string, now time.Time) {
	before := s.before(mb, it)
	mb.dropTask(it, now)
	s.record(mb, it, by, "delete", before, now)
}

func (mb *mailbox) dropTask(it *item, now time.Time) {
	mb.drop(it, now)
	it.todo = &todo{}
}
