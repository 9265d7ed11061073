package emulator

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// SetPhotoAs gives a person a picture, or takes it away when data is empty. data is kept and must not be changed.
func (s *Server) SetPhotoAs(author string, person int64, contentType string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find("person", person)
	if err != nil {
		return err
	}
	changed := r.clone()
	if changed.photo = nil; len(data) > 0 {
		changed.photo = &photo{id: s.rows.nextPart(), contentType: contentType, data: data}
	}
	return s.commit(r, changed, author, fromUser, false)
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
