package emulator

import (
	"net/http"
	"strings"
	"time"
)

// listContacts is a page of one folder.
func (s *Server) listContacts(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.viewOf(c, mb, kindContact)
	if bad != nil {
		return *bad
	}
	p, bad := s.page(c, v.prefs)
	if bad != nil {
		return *bad
	}
	matches, bad := s.filter(kindContact, c.query.Get("$filter"))
	if bad != nil {
		return *bad
	}
	var found []*item
	for _, it := range f.live() {
		if matches(it) && s.listed(it, c.now) {
			found = append(found, it)
		}
	}
	order := c.query.Get("$orderby")
	for _, term := range splitTop(order) {
		if name, _, _ := strings.Cut(term, " "); contactForm(name) == formUnknown {
			return *noProperty(kindContact, name)
		}
	}
	if bad := s.sortItems(found, order); bad != nil {
		return *bad
	}
	return v.list(c, p, found)
}

func (s *Server) getContact(c *call, mb *mailbox, it *item) answer {
	v, bad := s.viewOf(c, mb, kindContact)
	if bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusOK, v.contact(it)))
}

// createContact is POST …/contacts. There is no transactionId: what is posted twice is there twice. // G-110
func (s *Server) createContact(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.viewOf(c, mb, kindContact)
	if bad != nil {
		return *bad
	}
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	it, bad := s.newContact(mb, f, patch, byApp, c.now)
	if bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusCreated, v.contact(it)))
}

// newContact makes a contact and files it.
func (s *Server) newContact(mb *mailbox, f *folder, patch map[string]any, by string, now time.Time) (*item, *answer) {
	it := &item{kind: kindContact, owner: mb, props: map[string]any{}, byHand: by == byPerson}
	if bad := s.applyContact(it, patch, by); bad != nil {
		return nil, bad
	}
	it.id = s.newID("AAkALgCC")
	s.fileContact(mb, f, it, by, now)
	return it, nil
}

func (s *Server) fileContact(mb *mailbox, f *folder, it *item, by string, now time.Time) {
	mb.put(it, f, now)
	s.record(mb, it, by, "create", nil, now)
	if s.faults["etag-churn"] {
		s.planTouch(mb, it, now)
	}
}

func (s *Server) patchContact(c *call, mb *mailbox, it *item) answer {
	v, bad := s.viewOf(c, mb, kindContact)
	if bad != nil {
		return *bad
	}
	if bad := s.precondition(c, mb, it); bad != nil {
		return *bad
	}
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	if bad := s.changeContact(mb, it, patch, byApp, c.now); bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusOK, v.contact(it)))
}

func (s *Server) changeContact(mb *mailbox, it *item, patch map[string]any, by string, now time.Time) *answer {
	draft := it.clone()
	if bad := s.applyContact(draft, patch, by); bad != nil {
		return bad
	}
	before := s.before(mb, it)
	*it = *draft
	mb.touch(it, now)
	s.record(mb, it, by, "update", before, now)
	return nil
}

// removeContact deletes a contact. The deletion of a folder's last one may go untold. // G-111
func (s *Server) removeContact(mb *mailbox, it *item, by string, now time.Time) {
	before, f := s.before(mb, it), it.folder
	mb.drop(it, now)
	if s.faults["contact-last-deletion-silent"] && len(f.live()) == 0 {
		f.log = f.log[:len(f.log)-1]
	}
	s.record(mb, it, by, "delete", before, now)
}
