package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// ActAs does what hangs on a record ("person/5/anonymize", "person/5/merge/6", "person/5/relationship/") the way the user named
// author (a login) does on RAYNET's screens. method and body are those of the API, which names the same things.
func (s *Server) ActAs(author, method, path string, body map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(strings.Trim(path, "/"), "/")
	id, ok := whole(parts[min(1, len(parts)-1)])
	if !ok || len(parts) < 3 {
		return fmt.Errorf("%s %s: no path below a record", method, path)
	}
	r, err := s.find(parts[0], id)
	if err != nil {
		return err
	}
	before := len(s.history)
	answer, err := s.below(&call{method: method, path: parts, body: body, author: author}, r, parts[2], parts[3:])
	if err == nil && answer.status >= http.StatusBadRequest {
		err = fmt.Errorf("status %d", answer.status)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	for i := before; i < len(s.history); i++ {
		s.history[i].Source = string(fromUser)
	}
	return nil
}
