package emulator

import (
	"net/http"
	"strings"
	"time"
)

// rootOfContacts is the folder that all contact folders of the first level lie in. It shows as parentFolderId only.
const rootOfContacts = "AAkALgRootFolderOfContacts="

// contactFolderForm says what a write of a contact folder may hold. // G-101
func contactFolderForm(name string) form {
	switch name {
	case "id", "childFolders", "contacts":
		return formReadOnly
	case "displayName", "parentFolderId":
		return formText
	case "singleValueExtendedProperties":
		return formObjects
	case "multiValueExtendedProperties":
		return formMissing
	}
	if strings.Contains(name, "@odata.") {
		return formReadOnly
	}
	return formUnknown
}

// contactRoot is where the contact folders are filed as items, for change tracking. The default one is not. // G-60
func (mb *mailbox) contactRoot() *folder {
	if f := mb.folder(kindContactFolder, ""); f != nil {
		return f
	}
	f := &folder{id: rootOfContacts, kind: kindContactFolder, isDefault: true}
	mb.folders = append(mb.folders, f)
	return f
}

// parentOf is the id of the folder that a contact folder lies in.
func (mb *mailbox) parentOf(f *folder) string {
	if f.isDefault {
		return rootOfContacts
	}
	return text(mb.items[f.id].props["parentFolderId"])
}

// contactFolder shows a contact folder, which is an item.
func (v *view) contactFolder(it *item) map[string]any {
	return v.choose(map[string]any{
		"@odata.etag": etag(v.mb, it.version), "id": it.id, "displayName": it.props["displayName"], "parentFolderId": it.props["parentFolderId"],
	}, it)
}

// defaultContacts shows the default folder, which can be read and not changed.
func (v *view) defaultContacts(f *folder) map[string]any {
	return v.choose(map[string]any{
		"@odata.etag": etag(v.mb, f.version), "id": f.id, "displayName": f.name, "parentFolderId": rootOfContacts,
	}, &item{})
}

// contactFolders lists the folders of one parent, without the default one, or makes another. // G-60
func (s *Server) contactFolders(c *call, mb *mailbox, parent string) answer {
	v, bad := s.viewOf(c, mb, kindContactFolder)
	if bad != nil {
		return *bad
	}
	if c.method == http.MethodPost {
		return s.createContactFolder(c, v, parent)
	}
	if c.method != http.MethodGet {
		return noMethod()
	}
	p, bad := s.page(c, v.prefs)
	if bad != nil {
		return *bad
	}
	matches, bad := s.filter(kindContactFolder, c.query.Get("$filter"))
	if bad != nil {
		return *bad
	}
	var found []*item
	for _, it := range mb.contactRoot().live() {
		if it.props["parentFolderId"] == parent && matches(it) {
			found = append(found, it)
		}
	}
	return v.list(c, p, found)
}

// list is one page of items.
func (v *view) list(c *call, p page, found []*item) answer {
	from, to, more := p.cut(len(found))
	value := []any{}
	for _, it := range found[from:to] {
		value = append(value, v.show(it))
	}
	a := c.listing(value, p, more)
	if c.query.Get("$count") == "true" {
		object(a.body)["@odata.count"] = len(found)
	}
	return v.prefs.mark(a)
}

func (s *Server) createContactFolder(c *call, v *view, parent string) answer {
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	it, bad := s.addContactFolder(v.mb, parent, patch, c.now)
	if bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusCreated, v.contactFolder(it)))
}

// addContactFolder makes a folder below a parent, or below the one that the patch names.
func (s *Server) addContactFolder(mb *mailbox, parent string, patch map[string]any, now time.Time) (*item, *answer) {
	it := &item{kind: kindContactFolder, owner: mb, props: map[string]any{"parentFolderId": parent}}
	if bad := s.applyContactFolder(mb, it, patch); bad != nil {
		return nil, bad
	}
	it.id = s.addFolder(mb, kindContact, text(it.props["displayName"]), false).id
	mb.put(it, mb.contactRoot(), now)
	return it, nil
}

// applyContactFolder writes a body into a folder's item, which is thrown away if it is refused. A name may be there once
// among the folders of a parent, in any case; the parent is chosen when the folder is made. // G-101
func (s *Server) applyContactFolder(mb *mailbox, it *item, patch map[string]any) *answer {
	if bad := checkShape(kindContactFolder, patch); bad != nil {
		return bad
	}
	if name, given := patch["displayName"]; given {
		it.props["displayName"] = strings.TrimSpace(text(name))
	}
	if parent := text(patch["parentFolderId"]); parent != "" && it.id == "" {
		if parent != rootOfContacts && mb.folder(kindContact, parent) == nil {
			a := notFound()
			return &a
		}
		it.props["parentFolderId"] = parent
	}
	if text(it.props["displayName"]) == "" {
		a := problem(http.StatusBadRequest, "ErrorInvalidRequest", "A contact folder needs a display name.")
		return &a
	}
	for _, f := range mb.foldersOf(kindContact) {
		if f.id != it.id && mb.parentOf(f) == it.props["parentFolderId"] && strings.EqualFold(f.name, text(it.props["displayName"])) {
			a := problem(http.StatusConflict, "ErrorFolderExists", "A folder with the specified name already exists.")
			return &a
		}
	}
	return it.setExtended(list(patch["singleValueExtendedProperties"]))
}

// contactFolder shows, changes or deletes one folder.
func (s *Server) contactFolder(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.viewOf(c, mb, kindContactFolder)
	if bad != nil {
		return *bad
	}
	it := mb.items[f.id]
	switch c.method {
	case http.MethodGet:
		if f.isDefault {
			return v.prefs.mark(reply(http.StatusOK, v.defaultContacts(f)))
		}
		return v.prefs.mark(reply(http.StatusOK, v.contactFolder(it)))
	case http.MethodPatch, http.MethodDelete:
		if f.isDefault {
			return problem(http.StatusBadRequest, "ErrorDeleteDistinguishedFolder", "Distinguished folders can't be changed or deleted.")
		}
	default:
		return noMethod()
	}
	if c.method == http.MethodDelete {
		s.removeContactFolder(mb, f, byApp, c.now)
		return reply(http.StatusNoContent, nil)
	}
	if bad := s.precondition(c, mb, it); bad != nil {
		return *bad
	}
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	if bad := s.changeContactFolder(mb, f, patch, c.now); bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusOK, v.contactFolder(it)))
}

func (s *Server) changeContactFolder(mb *mailbox, f *folder, patch map[string]any, now time.Time) *answer {
	it := mb.items[f.id]
	draft := it.clone()
	if bad := s.applyContactFolder(mb, draft, patch); bad != nil {
		return bad
	}
	*it = *draft
	mb.touch(it, now)
	f.name = text(it.props["displayName"])
	return nil
}

// removeContactFolder deletes a folder with the contacts and folders in it.
func (s *Server) removeContactFolder(mb *mailbox, f *folder, by string, now time.Time) {
	for _, child := range mb.foldersOf(kindContact) {
		if mb.parentOf(child) == f.id {
			s.removeContactFolder(mb, child, by, now)
		}
	}
	for _, it := range f.live() {
		s.removeContact(mb, it, by, now)
	}
	mb.drop(mb.items[f.id], now)
	f.gone = true
}
