package emulator

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // sizes of photos
	_ "image/png"  // sizes of photos
	"net/http"
	"slices"
	"strings"
)

// photo describes a contact's photo. // G-112
func (s *Server) photo(c *call, mb *mailbox, it *item) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	if it.photo == nil {
		return notFound()
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(it.photo.data))
	if err != nil {
		size.Width, size.Height = 1, 1
	}
	return reply(http.StatusOK, map[string]any{
		"@odata.mediaContentType": it.photo.kind, "@odata.mediaEtag": `"` + changeKey(mb, it.version) + `"`,
		"id": fmt.Sprintf("%dX%d", size.Width, size.Height), "width": size.Width, "height": size.Height,
	})
}

// photoValue serves the bytes. A photo is an attachment of its contact, so the contact changes with it.
func (s *Server) photoValue(c *call, mb *mailbox, it *item) answer {
	switch c.method {
	case http.MethodGet:
		if it.photo == nil {
			return notFound()
		}
		return answer{status: http.StatusOK, media: it.photo}
	case http.MethodPut, http.MethodPatch:
		kind := c.header.Get("Content-Type")
		if len(c.body) == 0 || !strings.HasPrefix(kind, "image/") {
			return problem(http.StatusBadRequest, "ErrorInvalidRequest", "A photo needs its bytes and a Content-Type of an image.")
		}
		s.setPhoto(c, mb, it, &media{kind: kind, data: slices.Clone(c.body)})
		return reply(http.StatusOK, nil)
	case http.MethodDelete:
		if it.photo == nil {
			return notFound()
		}
		s.setPhoto(c, mb, it, nil)
		return reply(http.StatusNoContent, nil)
	}
	return noMethod()
}

func (s *Server) setPhoto(c *call, mb *mailbox, it *item, photo *media) {
	before := s.before(mb, it)
	it.photo = photo
	mb.touch(it, c.now)
	s.record(mb, it, byApp, "update", before, c.now)
}
