package emulator

import (
	"maps"
	"net/http"
	"strings"
)

// extensions writes the open extensions of a task or a list: one document per name, always written as a whole. // G-134
func (s *Server) extensions(c *call, mb *mailbox, it *item, rest []string) answer {
	if bad := s.extensionsAllowed(); bad != nil {
		return *bad
	}
	switch {
	case len(rest) > 1:
		return noSegment(rest[1])
	case len(rest) == 0 && c.method == http.MethodPost:
		return s.writeExtension(c, mb, it, "")
	case len(rest) == 0:
		return notFound() // the collection can't be read
	}
	switch c.method {
	case http.MethodGet:
		if it.todo.open[rest[0]] == nil {
			return notFound()
		}
		return reply(http.StatusOK, shownExtension(rest[0], it.todo.open[rest[0]]))
	case http.MethodPatch:
		if it.todo.open[rest[0]] == nil {
			return notFound()
		}
		return s.writeExtension(c, mb, it, rest[0])
	case http.MethodDelete:
		return s.deleteExtension(c, mb, it, rest[0])
	}
	return noMethod()
}

// writeExtension makes or replaces the document that the path names, or the body when the path doesn't.
func (s *Server) writeExtension(c *call, mb *mailbox, it *item, name string) answer {
	if bad := s.extensionPrecondition(c, mb, it); bad != nil {
		return *bad
	}
	v, ok := decode(c.body)
	if !ok {
		return invalid("UnableToDeserializePostBody", "were unable to deserialize")
	}
	status := http.StatusOK
	if name == "" {
		name, status = text(v["extensionName"]), http.StatusCreated
	}
	document, bad := newExtension(v, name)
	if bad != nil {
		return *bad
	}
	before := s.beforeChild(mb, it)
	it.todo = it.todo.clone()
	if it.todo.open == nil {
		it.todo.open = map[string]map[string]any{}
	}
	it.todo.open[name] = document
	s.childWritten(c, mb, it, before)
	if it.kind == kindTaskList && status == http.StatusCreated {
		return reply(status, nil)
	}
	return reply(status, shownExtension(name, document))
}

func (s *Server) deleteExtension(c *call, mb *mailbox, it *item, name string) answer {
	if bad := s.extensionPrecondition(c, mb, it); bad != nil {
		return *bad
	}
	if it.todo.open[name] != nil {
		before := s.beforeChild(mb, it)
		it.todo = it.todo.clone()
		delete(it.todo.open, name)
		s.childWritten(c, mb, it, before)
	}
	return reply(http.StatusNoContent, nil)
}

// extensionPrecondition looks at If-Match for tasks only. // G-130
func (s *Server) extensionPrecondition(c *call, mb *mailbox, it *item) *answer {
	if it.kind == kindTaskList {
		return nil
	}
	return s.todoPrecondition(c, mb, it)
}

// newExtension checks a document: it has a name, and its arrays say what they hold. // G-134
func newExtension(v map[string]any, name string) (map[string]any, *answer) {
	if name == "" || !strings.Contains(text(v["@odata.type"]), "penTypeExtension") {
		a := invalid("RequestBodyRead", "An open extension needs its type and a name.")
		return nil, &a
	}
	document := maps.Clone(v)
	for _, key := range []string{"@odata.type", "extensionName", "id"} {
		delete(document, key)
	}
	for _, key := range sortedKeys(document) {
		if list(document[key]) != nil && text(document[key+"@odata.type"]) == "" {
			a := invalid("RequestBodyRead", "The collection '%s' has no type.", key)
			return nil, &a
		}
	}
	return document, nil
}

// inlineExtensions reads the extensions of a POST.
func (s *Server) inlineExtensions(patch map[string]any) (map[string]map[string]any, *answer) {
	if len(list(patch["extensions"])) == 0 {
		return nil, nil
	}
	if bad := s.extensionsAllowed(); bad != nil {
		return nil, bad
	}
	open := map[string]map[string]any{}
	for _, v := range list(patch["extensions"]) {
		name := text(object(v)["extensionName"])
		document, bad := newExtension(object(v), name)
		if bad != nil {
			return nil, bad
		}
		open[name] = document
	}
	return open, nil
}

// shownExtension prints a document; whole numbers come with their type. // G-134
func shownExtension(name string, document map[string]any) map[string]any {
	out := maps.Clone(document)
	for _, key := range sortedKeys(document) {
		if n, ok := document[key].(float64); ok && n == float64(int64(n)) {
			out[key+"@odata.type"] = "#Int64"
		}
	}
	out["@odata.type"], out["id"], out["extensionName"] = "#microsoft.graph.openTypeExtension", name, name
	return out
}

// showExtensions adds the extensions that were asked for.
func (v *todoView) showExtensions(out map[string]any, it *item) {
	names := v.expand
	if v.whole {
		names = sortedKeys(it.todo.open)
	}
	var found []any
	for _, name := range names {
		if document := it.todo.open[name]; document != nil {
			found = append(found, shownExtension(name, document))
		}
	}
	if found != nil {
		out["extensions"] = found
	}
}
