package emulator

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// childrenOf is where a task keeps the children of one of its two collections.
func (t *todo) childrenOf(collection string) *[]map[string]any {
	if collection == "checklistItems" {
		return &t.checklist
	}
	return &t.links
}

// children serves a task's checklist items or linked resources. Every write of one is a change of the task. // G-129
func (s *Server) children(c *call, mb *mailbox, it *item, collection string, rest []string) answer {
	kept := *it.todo.childrenOf(collection)
	switch {
	case len(rest) > 1:
		return noSegment(rest[1])
	case len(rest) == 0 && c.method == http.MethodGet:
		return c.listing(shownChildren(kept), page{}, false)
	case len(rest) == 0 && c.method == http.MethodPost:
		return s.createChild(c, mb, it, collection)
	case len(rest) == 0:
		return noMethod()
	}
	i := slices.IndexFunc(kept, func(child map[string]any) bool { return child["id"] == rest[0] })
	if i < 0 {
		return s.unknownID(rest[0])
	}
	switch c.method {
	case http.MethodGet:
		return reply(http.StatusOK, kept[i])
	case http.MethodPatch:
		return s.patchChild(c, mb, it, collection, i)
	case http.MethodDelete:
		if bad := s.todoPrecondition(c, mb, it); bad != nil {
			return *bad
		}
		before := s.beforeChild(mb, it)
		it.todo = it.todo.clone()
		*it.todo.childrenOf(collection) = slices.Delete(*it.todo.childrenOf(collection), i, i+1)
		s.childWritten(c, mb, it, before)
		return reply(http.StatusNoContent, nil)
	}
	return noMethod()
}

func (s *Server) createChild(c *call, mb *mailbox, it *item, collection string) answer {
	v, ok := decode(c.body)
	if !ok {
		return invalid("UnableToDeserializePostBody", "were unable to deserialize")
	}
	if collection == "linkedResources" && len(it.todo.links) > 0 {
		return invalid("LinkedResourceSizeExceeded", "Linked Resource already exists.") // G-129
	}
	child, bad := s.newChild(collection, v, c.now)
	if bad != nil {
		return *bad
	}
	before := s.beforeChild(mb, it)
	it.todo = it.todo.clone()
	kept := it.todo.childrenOf(collection)
	*kept = append(*kept, child)
	s.childWritten(c, mb, it, before)
	return reply(http.StatusCreated, maps.Clone(child))
}

// patchChild changes a child. A checklist item that is renamed without being told whether it is checked isn't any
// more, and a linked resource keeps what somebody tries to clear. // G-129
func (s *Server) patchChild(c *call, mb *mailbox, it *item, collection string, i int) answer {
	if bad := s.todoPrecondition(c, mb, it); bad != nil {
		return *bad
	}
	v, ok := decode(c.body)
	if !ok {
		return invalid("UnableToDeserializePostBody", "were unable to deserialize")
	}
	changed := it.todo.clone()
	child := (*changed.childrenOf(collection))[i]
	switch collection {
	case "checklistItems":
		if bad := writeChecklistItem(child, v, c.now); bad != nil {
			return *bad
		}
	default:
		if bad := writeLinkedResource(child, v); bad != nil {
			return *bad
		}
	}
	before := s.beforeChild(mb, it)
	it.todo = changed
	s.childWritten(c, mb, it, before)
	return reply(http.StatusOK, maps.Clone(child))
}

// beforeChild is a snapshot for History; a list has no place there.
func (s *Server) beforeChild(mb *mailbox, it *item) map[string]any {
	if it.kind != kindTask {
		return nil
	}
	return s.before(mb, it)
}

// childWritten moves the etag of the task or list that a child or an extension hangs on.
func (s *Server) childWritten(c *call, mb *mailbox, it *item, before map[string]any) {
	mb.touch(it, c.now)
	if it.kind == kindTask {
		s.record(mb, it, byApp, "update", before, c.now)
	}
}

func (s *Server) newChild(collection string, v map[string]any, now time.Time) (map[string]any, *answer) {
	s.serial++
	child := map[string]any{"id": cmp.Or(text(v["id"]), guid(s.opts.Seed, "child", itoa(s.serial)))}
	if collection == "linkedResources" {
		return child, writeLinkedResource(child, v)
	}
	child["createdDateTime"], child["isChecked"] = now.UTC().Format(timeFormat), false
	bad := writeChecklistItem(child, v, now)
	if at, ok := parseInstant(text(v["checkedDateTime"])); ok && child["isChecked"] == true {
		child["checkedDateTime"] = at.UTC().Format(timeFormat)
	}
	return child, bad
}

func writeChecklistItem(child, v map[string]any, now time.Time) *answer {
	if name, given := v["displayName"]; given {
		child["displayName"] = text(name)
	}
	if text(child["displayName"]) == "" {
		a := invalid("invalidRequest", "Invalid request")
		return &a
	}
	checked, _ := v["isChecked"].(bool)
	switch {
	case !checked:
		delete(child, "checkedDateTime")
	case child["isChecked"] != true:
		child["checkedDateTime"] = now.UTC().Format(timeFormat)
	}
	child["isChecked"] = checked
	return nil
}

func writeLinkedResource(child, v map[string]any) *answer {
	for _, name := range []string{"webUrl", "applicationName", "displayName", "externalId"} {
		if value := text(v[name]); value != "" {
			child[name] = value
		}
	}
	if text(child["applicationName"]) == "" {
		a := invalid("invalidRequest", "The applicationName of a linked resource is required.")
		return &a
	}
	if at := text(child["webUrl"]); at != "" {
		if u, err := url.Parse(at); err != nil || u.Scheme == "" || u.Host == "" || strings.ContainsAny(at, " <>") {
			a := invalid("invalidRequest", "Invalid URI: The format of the URI could not be determined.")
			return &a
		}
	}
	return nil
}

// setChildren fills a collection at once: in a POST, or by the owner.
func (s *Server) setChildren(it *item, collection string, children []any, now time.Time) *answer {
	if collection == "linkedResources" && len(children) > 1 {
		a := invalid("LinkedResourceSizeExceeded", "Only one item in linkedResources is allowed.") // G-129
		return &a
	}
	var kept []map[string]any
	for _, v := range children {
		child, bad := s.newChild(collection, object(v), now)
		if bad != nil {
			return bad
		}
		kept = append(kept, child)
	}
	*it.todo.childrenOf(collection) = kept
	return nil
}
