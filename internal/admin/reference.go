package admin

import (
	"net/url"
	"strings"
	"unicode"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
)

// ParseRef reads how people name a record: "raynet:meeting/123", "outlook:event/AAMk…", the address of a RAYNET record in the
// browser, or "meeting/123" alone. What is none of these is a *Failure.
func ParseRef(text string) (remote.Ref, error) {
	text = strings.TrimSpace(text)
	if ref, err := remote.ParseRef(text); err == nil {
		return ref, nil
	}
	if ref, ok := webRef(text); ok {
		return ref, nil
	}
	kind, id, ok := strings.Cut(text, "/")
	if !ok || kind == "" || id == "" || strings.ContainsAny(text, ": ") {
		return remote.Ref{}, &Failure{Code: FailureRef, Args: map[string]any{"Ref": text}}
	}
	side := record.Outlook
	if _, known := raynet.KindOf(kind); known && strings.Trim(id, "0123456789") == "" {
		side = record.Raynet
	}
	return remote.Ref{Side: side, Type: kind, ID: id}, nil
}

// RaynetPage is the address under which people open a RAYNET record, empty for what is none.
func (a *Admin) RaynetPage(text string) string {
	ref, err := remote.ParseRef(text)
	if err != nil || a.Raynet == nil {
		return ""
	}
	return a.Raynet.Page(ref)
}

// webRef reads the address under which RAYNET shows a record: "…?view=DetailView&en=PhoneCall&ei=123".
func webRef(text string) (remote.Ref, bool) {
	address, err := url.Parse(text)
	if err != nil || address.Scheme == "" || address.Host == "" {
		return remote.Ref{}, false
	}
	values := address.Query()
	if fragment, err := url.ParseQuery(strings.TrimLeft(address.Fragment, "/?!")); err == nil && values.Get("ei") == "" {
		values = fragment
	}
	entity, id := values.Get("en"), values.Get("ei")
	if entity == "" || id == "" || strings.Contains(entity, "/") { // with "/" the printed form would name another record
		return remote.Ref{}, false
	}
	first := []rune(entity)
	first[0] = unicode.ToLower(first[0])
	return remote.Ref{Side: record.Raynet, Type: string(first), ID: id}, true
}
