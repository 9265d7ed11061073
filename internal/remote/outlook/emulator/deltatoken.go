package emulator

import (
	"crypto/hmac"
	"encoding/base64"
	"net/url"
	"strings"
	"time"
)

// token prints a state with a signature, so that an altered one is refused.
func (s *Server) token(st deltaState) string {
	raw := encode(map[string]any{
		"m": st.mailbox, "f": st.folder, "a": st.from.Unix(), "b": st.to.Unix(), "1": st.first, "p": st.pos, "u": st.sub, "e": st.end,
		"s": st.seq, "r": st.era, "i": st.issued.UnixMilli(), "n": st.page, "k": st.blank, "c": st.selected, "o": st.since, "t": st.told,
	})
	signed := base64.RawURLEncoding.EncodeToString(raw)
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac(signed)[:12])
}

func (s *Server) readToken(token string) (st deltaState, ok bool) {
	signed, signature, found := strings.Cut(token, ".")
	if !found {
		return st, false
	}
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(mac, s.mac(signed)[:12]) {
		return st, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(signed)
	if err != nil {
		return st, false
	}
	v, ok := decode(raw)
	first, _ := v["1"].(bool)
	blank, _ := v["k"].(bool)
	at := func(name string) int { return number(v[name], 0) }
	return deltaState{
		mailbox: text(v["m"]), folder: text(v["f"]), first: first, blank: blank,
		from: time.Unix(int64(at("a")), 0).UTC(), to: time.Unix(int64(at("b")), 0).UTC(), issued: time.UnixMilli(int64(at("i"))).UTC(),
		selected: text(v["c"]),
		pos:      at("p"), sub: at("u"), end: at("e"), seq: at("s"), era: at("r"), page: at("n"), since: at("o"), told: at("t"),
	}, ok
}

// deltaLink is absolute and holds the token alone: window and page size aren't in it, the first because the token
// knows it, the second because it must be asked for on every page. // G-44
func (s *Server) deltaLink(c *call, option string, st deltaState) string {
	segments := make([]string, len(c.path))
	for i, segment := range c.path {
		segments[i] = url.PathEscape(segment)
	}
	return c.base + "/" + strings.Join(segments, "/") + "?" + option + "=" + s.token(st)
}
