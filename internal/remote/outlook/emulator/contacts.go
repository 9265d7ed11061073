package emulator

import (
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
		if what == "" {
			mb.keep(it.clone()) // G-143
		}
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
