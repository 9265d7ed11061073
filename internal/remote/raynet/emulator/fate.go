package emulator

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// AnonymizeAs overwrites what tells who a person or company is, as a user does on the screens.
func (s *Server) AnonymizeAs(author, entity string, id int64) error {
	return s.withContact(entity, id, func(r *row) error { return s.anonymize(r, author, fromUser) })
}

// MergeAs moves everything of the source to the target and deletes the source.
func (s *Server) MergeAs(author, entity string, target, source int64) error {
	return s.withContact(entity, target, func(r *row) error { return s.merge(r, source, author, fromUser) })
}

// InvalidateAs archives a person or company; ValidateAs brings it back.
func (s *Server) InvalidateAs(author, entity string, id int64) error {
	return s.archive(author, entity, id, true)
}

// ValidateAs ends an archiving.
func (s *Server) ValidateAs(author, entity string, id int64) error {
	return s.archive(author, entity, id, false)
}

func (s *Server) archive(author, entity string, id int64, invalid bool) error {
	return s.withContact(entity, id, func(r *row) error {
		changed := r.clone()
		changed.invalid = invalid
		return s.commit(r, changed, author, fromUser, false)
	})
}

// SetPhotoAs gives a person a picture, or takes it away when data is empty. data is kept and must not be changed.
func (s *Server) SetPhotoAs(author string, person int64, contentType string, data []byte) error {
	return s.withContact("person", person, func(r *row) error {
		changed := r.clone()
		if changed.photo = nil; len(data) > 0 {
			changed.photo = &photo{id: s.rows.nextPart(), contentType: contentType, data: data}
		}
		return s.commit(r, changed, author, fromUser, false)
	})
}

func (s *Server) withContact(entity string, id int64, do func(*row) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(entity, id)
	if err != nil {
		return err
	}
	if r.kind != kindPerson && r.kind != kindCompany {
		return fmt.Errorf("%s %d: only persons and companies can be merged, archived and anonymised", entity, id)
	}
	return do(r)
}

func (p *photo) fileName() string {
	_, ending, _ := strings.Cut(p.contentType, "/")
	return fmt.Sprintf("photo-%d.%s", p.id, ending)
}

// image is /image/{id}/ and /icon/{id}/, without the envelope of other answers.
func (s *Server) image(c *call) (reply, error) {
	if len(c.path) != 2 || c.method != http.MethodGet {
		return reply{}, notFound()
	}
	id, _ := whole(c.path[1])
	for _, r := range s.rows.pool(kindPerson).rows {
		if p := r.photo; p != nil && p.id == id && s.visible(r) {
			return reply{http.StatusOK, map[string]any{
				"fileName": p.fileName(), "contentType": p.contentType,
				"imgData": "data:" + p.contentType + ";base64," + base64.StdEncoding.EncodeToString(p.data),
			}}, nil
		}
	}
	return reply{}, notFound()
}

// anonymize overwrites what tells who it is; the record stays.
func (s *Server) anonymize(r *row, author string, from source) error {
	changed := r.clone()
	for _, key := range []string{
		"firstName", "titleBefore", "titleAfter", "salutation", "birthday", "gender", "contactInfo", "privateAddress",
		"socialNetworkContact", "notice", "customFields",
	} {
		changed.set(key, nil)
	}
	changed.set("lastName", "Anonymizováno")
	if r.kind == kindCompany {
		changed.set("name", "Anonymizováno")
	}
	changed.photo = nil
	return s.commit(r, changed, author, from, false)
}

// merge moves the source's data to the target and deletes the source; external ids go with the source.
func (s *Server) merge(target *row, sourceID int64, author string, from source) error {
	lost := s.rows.get(target.kind, sourceID)
	if lost == nil || lost == target {
		return notFound()
	}
	changed := target.clone()
	for key, value := range lost.attrs {
		if _, has := changed.attrs[key]; !has {
			changed.attrs[key] = value
		}
	}
	for _, tag := range lost.tags {
		if !slices.Contains(changed.tags, tag) {
			changed.tags = append(changed.tags, tag)
		}
	}
	for _, rel := range lost.relations {
		rel.primary = rel.primary && len(changed.relations) == 0
		changed.relations = append(changed.relations, rel)
	}
	for _, a := range lost.addresses {
		a.primary, a.contact = false, false
		changed.addresses = append(changed.addresses, a)
	}
	s.repoint(target.kind, sourceID, target.id)
	if err := s.commit(target, changed, author, from, false); err != nil {
		return err
	}
	s.forget(lost, author, from)
	return nil
}
