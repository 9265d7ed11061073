package emulator

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// page is which part of a list a request wants.
type page struct {
	top, skip int
}

// maxTop is the largest page of Outlook items. // G-11
const maxTop = 1000

func (s *Server) page(c *call, p preferences) (page, *answer) {
	out := page{top: cmp.Or(p.page, s.opts.PageSize, 10)}
	for name, target := range map[string]*int{"$top": &out.top, "$skip": &out.skip} {
		raw := c.query.Get(name)
		if raw == "" {
			continue
		}
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 || name == "$top" && (n == 0 || n > maxTop) {
			a := problem(http.StatusBadRequest, "ErrorInvalidUrlQuery", "The value '%s' of the query option '%s' is not valid.", raw, name)
			return out, &a
		}
		*target = n
	}
	return out, nil
}

// cut returns the part of a list and whether something follows.
func (p page) cut(all int) (from, to int, more bool) {
	from = min(p.skip, all)
	to = min(from+p.top, all)
	return from, to, to < all
}

// link builds an absolute link below /v1.0; the option's name keeps its literal $.
func (c *call) link(path, option, value string) string {
	return c.base + path + "?" + c.queryWith(option, value)
}

// here is the link to the same list with one option replaced.
func (c *call) here(option, value string) string {
	escaped := make([]string, len(c.path))
	for i, segment := range c.path {
		escaped[i] = url.PathEscape(segment)
	}
	return c.link("/"+strings.Join(escaped, "/"), option, value)
}

func (c *call) queryWith(option, value string) string {
	var kept []string
	for pair := range strings.SplitSeq(c.raw, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && pair != "" && !strings.EqualFold(plain, option) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, option+"="+url.QueryEscape(value)), "&")
}

// expansion is what $expand asked for.
type expansion struct {
	ext        []string // extended property ids, canonical
	exceptions bool
}

var extendedFilter = regexp.MustCompile(`(?i)^id eq '((?:[^']|'')+)'$`)

// expansion reads $expand. // G-33
func (c *call) expansion(of itemKind) (e expansion, bad *answer) {
	for _, value := range splitTop(c.query.Get("$expand")) {
		name, inner, _ := strings.Cut(value, "(")
		inner = strings.TrimSuffix(inner, ")")
		switch {
		case name == "singleValueExtendedProperties":
			ids, ok := extendedIDs(inner)
			if !ok {
				a := problem(http.StatusBadRequest, "ErrorInvalidUrlQueryFilter", "The expand of singleValueExtendedProperties needs a $filter on id.")
				return e, &a
			}
			e.ext = append(e.ext, ids...)
		case name == "exceptionOccurrences" && of == kindEvent:
			e.exceptions = true
		case slices.Contains([]string{"extensions", "multiValueExtendedProperties", "photo"}, name),
			slices.Contains([]string{"attachments", "instances", "calendar"}, name) && of == kindEvent:
			return e, missing(name)
		default:
			return e, noProperty(of, name)
		}
	}
	return e, nil
}

// noProperty refuses a name in a query.
func noProperty(of itemKind, name string) *answer {
	a := problem(http.StatusBadRequest, "RequestBroker--ParseUri", "Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, of.entity())
	return &a
}

func extendedIDs(inner string) ([]string, bool) {
	filter, ok := strings.CutPrefix(strings.TrimSpace(inner), "$filter=")
	if !ok {
		return nil, false
	}
	var ids []string
	for _, term := range regexp.MustCompile(`(?i)\s+or\s+`).Split(filter, -1) {
		m := extendedFilter.FindStringSubmatch(strings.TrimSpace(term))
		if m == nil {
			return nil, false
		}
		ids = append(ids, canonicalExt(strings.ReplaceAll(m[1], "''", "'")))
	}
	return ids, true
}

// canonicalExt makes equal what the store takes as equal: type and GUID in any case, the name exactly. // G-33
func canonicalExt(id string) string {
	head, name, ok := strings.Cut(id, " Name ")
	if !ok {
		return strings.ToLower(id)
	}
	return strings.ToLower(head) + " Name " + name
}

// splitTop splits at commas outside of parentheses and quotes.
func splitTop(value string) []string {
	var out []string
	depth, quoted, from := 0, false, 0
	for i, r := range value {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			out = append(out, strings.TrimSpace(value[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(value[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// sortItems orders by $orderby; without one, newest creation last. // G-11
func (s *Server) sortItems(items []*item, order string) *answer {
	for _, term := range slices.Backward(splitTop(order)) {
		name, direction, _ := strings.Cut(term, " ")
		compare := s.comparison(name)
		if compare == nil {
			a := problem(http.StatusBadRequest, "ErrorInvalidProperty", "The property '%s' does not support ordering.", name)
			return &a
		}
		if strings.EqualFold(strings.TrimSpace(direction), "desc") {
			forward := compare
			compare = func(a, b *item) int { return forward(b, a) }
		}
		slices.SortStableFunc(items, compare)
	}
	return nil
}

func (s *Server) comparison(name string) func(a, b *item) int {
	switch name {
	case "start/dateTime":
		return func(a, b *item) int { return s.zones.instant(a.start).Compare(s.zones.instant(b.start)) }
	case "end/dateTime":
		return func(a, b *item) int { return s.zones.instant(a.end).Compare(s.zones.instant(b.end)) }
	case "lastModifiedDateTime":
		return func(a, b *item) int { return a.modified.Compare(b.modified) }
	case "createdDateTime":
		return func(a, b *item) int { return a.created.Compare(b.created) }
	case "subject", "displayName", "title", "givenName", "surname", "companyName", "fileAs":
		return func(a, b *item) int { return cmp.Compare(text(a.props[name]), text(b.props[name])) }
	}
	return nil
}
