package emulator

import (
	"maps"
	"net/http"
	"strings"
)

// routeContacts answers the reads of contact folders and contacts. // G-60
func (s *Server) routeContacts(c *call, mb *mailbox) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	rest := c.path[2:]
	if rest[0] == "contactFolders" && len(rest) == 1 {
		return s.contactFolders(c, mb)
	}
	f := mb.folder(kindContact, "")
	if rest[0] == "contactFolders" {
		if f = mb.folder(kindContact, rest[1]); f == nil {
			return notFound()
		}
		if len(rest) == 2 {
			return reply(http.StatusOK, selectOf(c, shownContactFolder(f)))
		}
		rest = rest[2:]
	}
	switch {
	case rest[0] == "childFolders" && len(rest) == 1:
		return c.listing([]any{}, page{}, false)
	case rest[0] != "contacts":
		return noSegment(rest[0])
	case len(rest) == 1:
		return s.things(c, mb, f)
	case len(rest) == 2:
		return s.thing(c, mb, kindContact, rest[1])
	}
	return noSegment(rest[2])
}

// contactFolders lists the folders without the default one. // G-60
func (s *Server) contactFolders(c *call, mb *mailbox) answer {
	value := []any{}
	for _, f := range mb.foldersOf(kindContact) {
		if !f.isDefault {
			value = append(value, selectOf(c, shownContactFolder(f)))
		}
	}
	return c.listing(value, page{}, false)
}

func shownContactFolder(f *folder) map[string]any {
	return map[string]any{"id": f.id, "displayName": f.name, "parentFolderId": "AAkALgRootFolderOfContacts="}
}

// routeTodo answers the reads of lists and tasks. Options must be spelled with a literal $, and $select is refused. // G-61
func (s *Server) routeTodo(c *call, mb *mailbox) answer {
	if strings.Contains(c.raw, "%24") || c.query.Has("$select") {
		return innerProblem(http.StatusBadRequest, "invalidRequest", "RequestBroker--ParseUri", "Invalid request")
	}
	rest := c.path[3:]
	if len(rest) == 0 || rest[0] != "lists" {
		return noSegment("todo")
	}
	if c.method != http.MethodGet {
		return noMethod()
	}
	if len(rest) == 1 {
		value := []any{}
		for _, f := range mb.foldersOf(kindTask) {
			value = append(value, mb.shownTaskList(f))
		}
		return c.listing(value, page{}, false)
	}
	f := mb.folder(kindTask, rest[1])
	switch {
	case f == nil:
		return problem(http.StatusNotFound, "itemNotFound", "The specified object was not found in the store.")
	case len(rest) == 2:
		return reply(http.StatusOK, mb.shownTaskList(f))
	case rest[2] != "tasks":
		return noSegment(rest[2])
	case len(rest) == 3:
		return s.things(c, mb, f)
	case len(rest) == 4:
		return s.thing(c, mb, kindTask, rest[3])
	}
	return noSegment(rest[4])
}

func (mb *mailbox) shownTaskList(f *folder) map[string]any {
	known := "none"
	if f.isDefault {
		known = "defaultList"
	}
	out := map[string]any{
		"@odata.etag": etag(mb, f.version), "id": f.id, "displayName": f.name, "isOwner": true, "isShared": false, "wellknownListName": known,
	}
	maps.Copy(out, f.props)
	return out
}

// things lists the contacts or tasks of a folder.
func (s *Server) things(c *call, mb *mailbox, f *folder) answer {
	p, bad := s.page(c, preferences{})
	if bad != nil {
		return *bad
	}
	all := f.live()
	from, to, more := p.cut(len(all))
	value := []any{}
	for _, it := range all[from:to] {
		value = append(value, selectOf(c, mb.shownThing(it)))
	}
	return c.listing(value, p, more)
}

func (s *Server) thing(c *call, mb *mailbox, kind itemKind, id string) answer {
	it, _ := mb.find(id)
	if it == nil || it.deleted || it.kind != kind {
		return s.unknownID(id)
	}
	return reply(http.StatusOK, selectOf(c, mb.shownThing(it)))
}

func (mb *mailbox) shownThing(it *item) map[string]any {
	out := map[string]any{
		"@odata.etag": etag(mb, it.version), "id": it.id,
		"createdDateTime": it.created.UTC().Format(timeFormat), "lastModifiedDateTime": it.modified.UTC().Format(timeFormat),
	}
	maps.Copy(out, it.props)
	return out
}
