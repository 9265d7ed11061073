package emulator

import (
	"fmt"
	"slices"
	"time"
)

// aimContact finds a contact of a mailbox for what a person does now; mu is held.
func (s *Server) aimContact(mailbox, id string) (*mailbox, *item, time.Time, error) {
	mb, it, _, now, err := s.aimAt(kindContact, mailbox, id)
	return mb, it, now, err
}

func errNoContactFolder(id string) error { return fmt.Errorf("contact folder %q: %w", id, ErrUnknown) }

// CreateContactAs lets the mailbox's owner create a contact in the default folder, or in that of "parentFolderId". It
// takes and returns Graph's own JSON.
func (s *Server) CreateContactAs(mailbox string, contact map[string]any) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, now, err := s.at(mailbox)
	if err != nil {
		return nil, err
	}
	f := mb.folder(kindContact, text(contact["parentFolderId"]))
	if f == nil {
		return nil, errNoContactFolder(text(contact["parentFolderId"]))
	}
	it, bad := s.newContact(mb, f, contact, byPerson, now)
	if bad != nil {
		return nil, errRefused(bad)
	}
	return s.snapshot(mb, it), nil
}

// EditContactAs lets the owner change a contact with a patch as Graph takes it.
func (s *Server) EditContactAs(mailbox, id string, patch map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimContact(mailbox, id)
	if err != nil {
		return err
	}
	return errRefused(s.changeContact(mb, it, patch, byPerson, now))
}

// DeleteContactAs lets the owner delete a contact.
func (s *Server) DeleteContactAs(mailbox, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimContact(mailbox, id)
	if err != nil {
		return err
	}
	mb.keep(it.clone())
	s.removeContact(mb, it, byPerson, now)
	return nil
}

// RestoreContactAs lets the owner take a deleted contact out of the bin. It has the id that it had, and lies where it
// lay, or in the default folder when that is gone. // G-31
func (s *Server) RestoreContactAs(mailbox, id string) error {
	return s.restore(mailbox, kindContact, id)
}

// MoveContactAs lets the owner move a contact into another folder of the mailbox. Its immutable id stays. // G-31
func (s *Server) MoveContactAs(mailbox, id, folderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimContact(mailbox, id)
	if err != nil {
		return err
	}
	f := mb.folder(kindContact, folderID)
	if f == nil {
		return errNoContactFolder(folderID)
	}
	before := s.before(mb, it)
	mb.move(it, f, now)
	s.record(mb, it, byPerson, "move", before, now)
	return nil
}

// CopyContactAs lets the owner copy a contact within its folder. The copy has a new id and carries the extended
// properties and the photo of its model, as real copies do.
func (s *Server) CopyContactAs(mailbox, id string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimContact(mailbox, id)
	if err != nil {
		return nil, err
	}
	cp := it.clone()
	cp.id, cp.born = s.newID("AAkALgCC"), 0
	s.fileContact(mb, it.folder, cp, byPerson, now)
	return s.snapshot(mb, cp), nil
}

// Contacts shows every contact of a mailbox with everything there is, oldest first: parentFolderId, extended
// properties.
func (s *Server) Contacts(mailbox string) []map[string]any {
	return s.all(kindContact, mailbox, s.snapshot)
}

// Contact shows one contact by its id as Contacts does.
func (s *Server) Contact(mailbox, id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, err := s.aimContact(mailbox, id)
	if err != nil {
		return nil, false
	}
	return s.snapshot(mb, it), true
}

// ContactPhoto is the photo of a contact, a copy; false when there is none.
func (s *Server) ContactPhoto(mailbox, id string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, it, _, err := s.aimContact(mailbox, id)
	if err != nil || it.photo == nil {
		return nil, false
	}
	return slices.Clone(it.photo.data), true
}

// ContactFolders shows every contact folder, the default one first, with "isDefault" and the extended properties.
func (s *Server) ContactFolders(mailbox string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, _, err := s.at(mailbox)
	if err != nil {
		return nil
	}
	out := []map[string]any{}
	for _, f := range mb.foldersOf(kindContact) {
		shown := (&view{s: s, mb: mb}).defaultContacts(f)
		if !f.isDefault {
			shown = s.snapshot(mb, mb.items[f.id])
		}
		shown["isDefault"] = f.isDefault
		out = append(out, shown)
	}
	return out
}

// CreateContactFolderAs lets the owner make a contact folder. Returns its id.
func (s *Server) CreateContactFolderAs(mailbox, name string) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, now, err := s.at(mailbox)
	if err != nil {
		return "", err
	}
	it, bad := s.addContactFolder(mb, rootOfContacts, map[string]any{"displayName": name}, now)
	if bad != nil {
		return "", errRefused(bad)
	}
	return it.id, nil
}

// RenameContactFolderAs lets the owner give a contact folder another name.
func (s *Server) RenameContactFolderAs(mailbox, folderID, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, f, now, err := s.aimContactFolder(mailbox, folderID)
	if err != nil {
		return err
	}
	return errRefused(s.changeContactFolder(mb, f, map[string]any{"displayName": name}, now))
}

// DeleteContactFolderAs lets the owner delete a contact folder with everything in it.
func (s *Server) DeleteContactFolderAs(mailbox, folderID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, f, now, err := s.aimContactFolder(mailbox, folderID)
	if err != nil {
		return err
	}
	s.removeContactFolder(mb, f, byPerson, now)
	return nil
}

// aimContactFolder finds a contact folder that its owner can change, which the default one isn't.
func (s *Server) aimContactFolder(mailbox, id string) (*mailbox, *folder, time.Time, error) {
	mb, now, err := s.at(mailbox)
	if err != nil {
		return nil, nil, now, err
	}
	f := mb.folder(kindContact, id)
	if f == nil || f.isDefault {
		return nil, nil, now, errNoContactFolder(id)
	}
	return mb, f, now, nil
}
