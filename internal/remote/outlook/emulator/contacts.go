package emulator

import (
	"maps"
	"net/http"
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

// things lists the contacts of a folder.
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
