package contract

import (
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// route is one path template of a document, cut into segments.
type route struct {
	template string
	segments []string
	item     *openapi3.PathItem
}

func routesOf(doc *openapi3.T) []route {
	var out []route
	for template, item := range doc.Paths.Map() {
		out = append(out, route{template: template, segments: segments(template), item: item})
	}
	// Literal segments win over parameters, the earliest one first; ties are impossible within a document.
	slices.SortFunc(out, func(a, b route) int { return strings.Compare(rank(a.segments), rank(b.segments)) })
	return out
}

func rank(parts []string) string {
	var out strings.Builder
	for _, part := range parts {
		if isParam(part) {
			out.WriteByte('1')
		} else {
			out.WriteByte('0')
		}
	}
	return out.String() + strings.Join(parts, "/")
}

func isParam(segment string) bool { return strings.HasPrefix(segment, "{") }

func segments(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(part string) bool { return part == "" })
}

// match fits path segments to template segments and returns the parameters by name.
func match(template, path []string) (map[string]string, bool) {
	if len(template) != len(path) {
		return nil, false
	}
	params := map[string]string{}
	for i, part := range template {
		value, err := url.PathUnescape(path[i])
		if err != nil {
			return nil, false
		}
		open, closing := strings.Index(part, "{"), strings.LastIndex(part, "}")
		switch {
		case open < 0 || closing < open:
			if part != strings.TrimSuffix(path[i], "()") {
				return nil, false
			}
		case strings.HasPrefix(value, part[:open]) && strings.HasSuffix(value, part[closing+1:]) &&
			len(value) > open+len(part)-closing-1:
			params[part[open+1:closing]] = value[open : len(value)-(len(part)-closing-1)]
		default:
			return nil, false
		}
	}
	return params, true
}

func (b *book) find(path string) (route, map[string]string, bool) {
	parts := segments(path)
	for _, r := range b.routes {
		if params, ok := match(r.segments, parts); ok {
			return r, params, true
		}
	}
	return route{}, nil, false
}

// serviceOf tells whose path it is, and the path below the base.
func serviceOf(path string) (Service, string, bool) {
	if _, rest, ok := strings.Cut(path, "/api/v2/"); ok {
		return Raynet, "/" + rest, true
	}
	for _, base := range []string{"/v1.0/", "/beta/"} {
		if _, rest, ok := strings.Cut(path, base); ok && !strings.Contains(path, "/oauth2/") {
			return Graph, "/" + rest, true
		}
	}
	return "", "", false
}
