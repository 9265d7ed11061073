package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// webhook is the management of webhooks; nothing is delivered. Errors are 500 here, as documented.
func (s *Server) webhook(c *call) (reply, error) {
	switch {
	case len(c.path) == 1 && c.method == http.MethodGet:
		return reply{http.StatusOK, map[string]any{"success": s.success(true), "data": map[string]any{
			"technicalContacts": slices.Clone(s.contacts), "webhooks": append([]map[string]any{}, s.hooks...),
		}}}, nil
	case len(c.path) == 1 && c.method == http.MethodPut:
		return s.addHook(c)
	case len(c.path) == 2 && c.path[1] == "technicalContact" && c.method == http.MethodPost:
		contacts, ok := texts(c.body["technicalContacts"])
		if !ok {
			return reply{}, business("IllegalArgumentException", "")
		}
		s.contacts = contacts
		return reply{http.StatusOK, map[string]any{"success": true}}, nil
	case len(c.path) == 2 && c.method == http.MethodDelete:
		at := slices.IndexFunc(s.hooks, func(h map[string]any) bool { return h["webhookId"] == c.path[1] })
		if at < 0 {
			return reply{}, business("IllegalArgumentException", "Webhook neexistuje")
		}
		s.hooks = slices.Delete(s.hooks, at, at+1)
		return reply{http.StatusOK, map[string]any{"success": true}}, nil
	default:
		return reply{}, notFound()
	}
}

func (s *Server) addHook(c *call) (reply, error) {
	address, _ := c.body["url"].(string)
	target, err := url.Parse(address)
	events, ok := texts(c.body["events"])
	if err != nil || target.Scheme != "http" && target.Scheme != "https" || !ok || len(events) == 0 {
		return reply{}, business("IllegalArgumentException", "Neplatný webhook")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d webhook %d", s.opts.Seed, s.rows.nextPart()))
	id := hex.EncodeToString(sum[:16])
	secret, _ := c.body["secretToken"].(string)
	s.hooks = append(s.hooks, map[string]any{
		"webhookId": id, "url": address, "secretToken": secret, "eventsFilter": events,
	})
	return created(map[string]any{"uuid": id}, s.success(false)), nil
}

func texts(value any) ([]string, bool) {
	items, ok := value.([]any)
	out := make([]string, 0, len(items))
	for _, item := range items {
		text, isText := item.(string)
		ok = ok && isText
		out = append(out, text)
	}
	return out, ok
}
