package emulator

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// fileList makes a task list a thing of its own in the folder of all lists, which is what lists/delta tells about.
func (mb *mailbox) fileList(f *folder, now time.Time) {
	if mb.lists == nil {
		mb.lists = &folder{id: "lists", kind: kindTaskList}
	}
	mb.put(&item{id: f.id, kind: kindTaskList, props: map[string]any{}, todo: &todo{list: f}}, mb.lists, now)
}

func wellKnown(f *folder) string {
	if f.isDefault {
		return "defaultList"
	}
	return cmp.Or(text(f.props["wellknownListName"]), "none")
}

// list shows a task list.
func (v *todoView) list(f *folder) map[string]any {
	it := v.mb.items[f.id]
	out := map[string]any{
		"@odata.etag": etag(v.mb, it.version), "id": f.id, "displayName": f.name, "isOwner": true, "isShared": false,
		"wellknownListName": wellKnown(f),
	}
	maps.Copy(out, f.props)
	if v.s.faults["odd-data"] && out["wellknownListName"] == "none" { // G-63
		out["wellknownListName"], out["x.laterProperty"] = "unknownFutureValue", nil
	}
	v.showExtensions(out, it)
	return out
}

// taskLists lists or creates. Two lists may have one name. // G-131
func (s *Server) taskLists(c *call, mb *mailbox) answer {
	v, bad := s.todoView(c, mb)
	if bad != nil {
		return *bad
	}
	switch c.method {
	case http.MethodGet:
		return s.listTaskLists(c, v)
	case http.MethodPost:
	default:
		return noMethod()
	}
	patch, ok := decode(c.body)
	name := text(patch["displayName"])
	if !ok || strings.TrimSpace(name) == "" {
		return invalid("invalidRequest", "Invalid request")
	}
	open, bad := s.inlineExtensions(patch)
	if bad != nil {
		return *bad
	}
	f := s.addFolder(mb, kindTask, name, false)
	mb.items[f.id].todo.open = open
	v.expand = sortedKeys(open)
	return reply(http.StatusCreated, v.list(f))
}

func (s *Server) listTaskLists(c *call, v *todoView) answer {
	p, bad := s.todoPage(c)
	if bad != nil {
		return *bad
	}
	matches, bad := todoFilter(c.query.Get("$filter"), listWord)
	if bad != nil {
		return *bad
	}
	var found []*item
	for _, it := range v.mb.lists.live() {
		if matches(it) && !startsBeyond(it.todo.list.name) {
			found = append(found, it)
		}
	}
	if bad := sortTodo(found, c.query.Get("$orderby"), listWord); bad != nil {
		return *bad
	}
	from, to, more := p.cut(len(found))
	value := []any{}
	for _, it := range found[from:to] {
		value = append(value, v.list(it.todo.list))
	}
	return c.listing(value, p, more)
}

// startsBeyond tells the names that the plain listing leaves out: those that start with most of the emoji. // G-122
func startsBeyond(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return first > 0xffff
}

func listWord(name string) func(it *item) string {
	switch name {
	case "displayName":
		return func(it *item) string { return it.todo.list.name }
	case "wellknownListName":
		return func(it *item) string { return wellKnown(it.todo.list) }
	}
	return nil
}

// taskList shows, renames or deletes one list. If-Match is ignored here. // G-130
func (s *Server) taskList(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.todoView(c, mb)
	if bad != nil {
		return *bad
	}
	switch c.method {
	case http.MethodGet:
	case http.MethodPatch:
		patch, ok := decode(c.body)
		name, given := patch["displayName"]
		if !ok || given && strings.TrimSpace(text(name)) == "" {
			return invalid("invalidRequest", "Invalid request")
		}
		mb.renameList(f, cmp.Or(text(name), f.name), c.now)
	case http.MethodDelete:
		if wellKnown(f) != "none" {
			return invalid("ErrorDeleteDistinguishedFolder", "Distinguished folders can't be deleted.") // G-131
		}
		mb.deleteList(f, c.now)
		return reply(http.StatusNoContent, nil)
	default:
		return noMethod()
	}
	return reply(http.StatusOK, v.list(f))
}

func (mb *mailbox) renameList(f *folder, name string, now time.Time) {
	f.name = name
	mb.touch(mb.items[f.id], now)
}

func (mb *mailbox) deleteList(f *folder, now time.Time) {
	for _, it := range f.live() {
		mb.dropTask(it, now)
	}
	f.gone = true
	mb.drop(mb.items[f.id], now)
}

// todoFilter compiles a $filter of To Do; an empty one means everything. // G-122
func todoFilter(raw string, word func(name string) func(it *item) string) (condition, *answer) {
	if strings.TrimSpace(raw) == "" {
		return func(*item) bool { return true }, nil
	}
	p := &filterParser{kind: kindTask, moment: todoMoment, word: word, tokens: filterToken.FindAllString(raw, -1)}
	foreign := slices.ContainsFunc(p.tokens, func(token string) bool { return strings.EqualFold(token, "singleValueExtendedProperties/any") })
	cond := p.parse()
	if cond == nil || foreign {
		a := invalid("RequestBroker--ParseUri", "Invalid filter clause")
		return nil, &a
	}
	return cond, nil
}

// todoMoment is a property that compares as a time.
func todoMoment(name string) func(it *item) time.Time {
	switch name {
	case "lastModifiedDateTime":
		return func(it *item) time.Time { return it.modified }
	case "createdDateTime":
		return func(it *item) time.Time { return it.created }
	case "dueDateTime/dateTime":
		return func(it *item) time.Time { return it.todo.due }
	case "completedDateTime/dateTime":
		return func(it *item) time.Time { return it.todo.completed }
	}
	return nil
}

// sortTodo orders by $orderby; without one, as they came. // G-122
func sortTodo(items []*item, order string, word func(name string) func(it *item) string) *answer {
	for _, term := range slices.Backward(splitTop(order)) {
		name, direction, _ := strings.Cut(term, " ")
		sign := 1
		if strings.EqualFold(strings.TrimSpace(direction), "desc") {
			sign = -1
		}
		when, read := todoMoment(name), word(name)
		switch {
		case when != nil:
			slices.SortStableFunc(items, func(a, b *item) int { return sign * when(a).Compare(when(b)) })
		case read != nil:
			slices.SortStableFunc(items, func(a, b *item) int { return sign * cmp.Compare(read(a), read(b)) })
		default:
			a := invalid("RequestBroker--ParseUri", "Invalid request")
			return &a
		}
	}
	return nil
}
