package emulator

import (
	"maps"
	"net/http"
	"strings"
)

// routeContacts strips the folder from the path: what is left is the same below /contactFolders/{f} and below /, where
// contacts of every folder are found by their id, but only those of the default folder are listed. // G-60, G-100
func (s *Server) routeContacts(c *call, mb *mailbox) answer {
	rest := c.path[2:]
	if rest[0] == "contacts" {
		if len(rest) == 2 && rest[1] == "delta" { // not among the calls that the permission opens // G-109
			return problem(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
		}
		return s.contacts(c, mb, nil, rest[1:])
	}
	switch {
	case len(rest) == 1:
		return s.contactFolders(c, mb, rootOfContacts)
	case len(rest) == 2 && rest[1] == "delta":
		return s.delta(c, mb, mb.contactRoot())
	}
	f := mb.folder(kindContact, rest[1])
	if f == nil {
		return notFound()
	}
	rest = rest[2:]
	if len(rest) > 0 && rest[0] == "childFolders" {
		if len(rest) == 1 {
			return s.contactFolders(c, mb, f.id)
		}
		parent := f.id
		if f = mb.folder(kindContact, rest[1]); f == nil || mb.parentOf(f) != parent {
			return notFound()
		}
		rest = rest[2:]
	}
	switch {
	case len(rest) == 0:
		return s.contactFolder(c, mb, f)
	case rest[0] != "contacts":
		return noSegment(rest[0])
	case len(rest) == 2 && rest[1] == "delta":
		return s.delta(c, mb, f)
	}
	return s.contacts(c, mb, f, rest[1:])
}

// contacts serves the path after "contacts", of one folder or, without one, of the mailbox.
func (s *Server) contacts(c *call, mb *mailbox, f *folder, rest []string) answer {
	if len(rest) == 0 {
		if f == nil {
			f = mb.folder(kindContact, "")
		}
		switch c.method {
		case http.MethodGet:
			return s.listContacts(c, mb, f)
		case http.MethodPost:
			return s.createContact(c, mb, f)
		}
		return noMethod()
	}
	it, _ := mb.find(rest[0])
	switch {
	case it == nil || it.kind != kindContact:
		return s.unknownID(rest[0])
	case it.deleted || f != nil && it.folder != f:
		return notFound()
	}
	return s.contact(c, mb, it, rest[1:])
}

// contact serves one contact and what belongs to it.
func (s *Server) contact(c *call, mb *mailbox, it *item, rest []string) answer {
	switch what := strings.Join(rest, "/"); {
	case what == "" && c.method == http.MethodGet:
		return s.getContact(c, mb, it)
	case what == "" && c.method == http.MethodPatch:
		return s.patchContact(c, mb, it)
	case what == "" && c.method == http.MethodDelete, what == "permanentDelete" && c.method == http.MethodPost:
		s.removeContact(mb, it, byApp, c.now)
		return reply(http.StatusNoContent, nil)
	case what == "", what == "permanentDelete":
		return noMethod()
	case what == "photo":
		return s.photo(c, mb, it)
	case what == "photo/$value":
		return s.photoValue(c, mb, it)
	case what == "extensions":
		return *missing(what)
	}
	return noSegment(rest[0])
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
