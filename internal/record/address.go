package record

import (
	"net/url"
	"strings"
)

// findAddress returns where the first web address in a line of text lies, or -1. Only addresses that every sanitiser leaves
// to the letter count: plain ASCII, as package net/url would write them.
func findAddress(text string) (from, till int) {
	for base := 0; ; {
		i := strings.Index(text[base:], "://")
		if i < 0 {
			return -1, -1
		}
		colon := base + i
		base = colon + len("://")
		start := colon
		switch {
		case strings.HasSuffix(text[:colon], "https"):
			start -= len("https")
		case strings.HasSuffix(text[:colon], "http"):
			start -= len("http")
		default:
			continue
		}
		end := base
		for end < len(text) && isAddressByte(text[end]) {
			end++
		}
		address := strings.TrimRight(text[start:end], ".,:;!?'()*&")
		if safeAddress(address) {
			return start, start + len(address)
		}
	}
}

func isAddressByte(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("-._~:/?#@!$&'()*+,;=%", c) >= 0
}

func safeAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && u.String() == address && linkAddress(address) == address
}

// linkAddress returns the address of a link as it is shown to people, or "" when it is not one of http, https, mailto, tel.
func linkAddress(href string) string {
	href = strings.Map(func(r rune) rune {
		if isHidden(r) || isSpace(r) && r != ' ' {
			return -1
		}
		return r
	}, strings.TrimSpace(href))
	href = strings.TrimSpace(href)
	if strings.ContainsAny(href, " <>") { // rarely: making a replacer costs more than the rest
		href = strings.NewReplacer(" ", "%20", "<", "%3C", ">", "%3E").Replace(href)
	}
	scheme, rest, ok := strings.Cut(href, ":")
	if !ok || rest == "" {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return unwrap(href)
	case "mailto", "tel":
		return href
	}
	return ""
}

// unwrap returns the address that Microsoft's Safe Links hides in one of its own.
func unwrap(address string) string {
	const service = ".safelinks.protection.outlook.com/"
	if !strings.Contains(address, service) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(u.Host+"/", service) {
		return address
	}
	inner := u.Query().Get("url")
	if !strings.HasPrefix(inner, "http://") && !strings.HasPrefix(inner, "https://") || strings.Contains(inner, service) {
		return address
	}
	if plain := linkAddress(inner); plain != "" {
		return plain
	}
	return address
}

// sameAddress reports whether a link's text says no less than its address does.
func sameAddress(text, address string) bool {
	if number, ok := strings.CutPrefix(strings.ToLower(address), "tel:"); ok {
		return dialled(text) == dialled(number)
	}
	textHost, textPath := splitAddress(text)
	host, path := splitAddress(address)
	return strings.EqualFold(textHost, host) && textPath == path
}

// dialled returns what of a phone number is dialled.
func dialled(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, strings.ReplaceAll(number, "%20", ""))
}

// splitAddress cuts an address into what is compared in any case and what is compared to the letter, without the scheme, the
// last slash and percent signs.
func splitAddress(address string) (host, path string) {
	scheme, rest, ok := strings.Cut(address, ":")
	if !ok {
		rest = address
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		rest = strings.TrimPrefix(rest, "//")
	default:
		rest = address
	}
	rest = strings.TrimRight(rest, "/")
	if plain, err := url.PathUnescape(rest); err == nil {
		rest = plain
	}
	host, path, _ = strings.Cut(rest, "/")
	return host, path
}
