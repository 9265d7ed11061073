package record

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text returns the canonical plain text of a body: HTML as either service holds it, or text without any tag, whose line
// ends then count. It is made for comparing and remembering, so the same body must give the same text for ever: the golden
// files in testdata/text are part of the contract.
//
// The rules: <br> ends a line; paragraphs, divisions, list items and table rows begin a new one; classes and styles have no
// meaning, because the services rewrite them. A list item begins with "- " or its number; the cells of a row are separated
// by " | "; a link is "text <address>" (http, https, mailto and tel only), or its text alone when that is the address. Every
// line has the form that Line gives it. Several blank lines are one; there are none at the ends.
func Text(html string) string {
	return join(render(html, nil))
}

// canonicalText is Text for what is known to be plain text: nothing in it is a tag or an entity.
func canonicalText(text string) string {
	var r renderer
	r.plain(text, false)
	return join(r.lines)
}

// join puts rendered lines together.
func join(lines []line) string {
	var b strings.Builder
	blank := false
	for i := range lines {
		text := lines[i].text()
		if text == "" {
			blank = b.Len() > 0
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if blank {
			b.WriteByte('\n')
			blank = false
		}
		b.WriteString(text)
	}
	return b.String()
}

// HTML returns simple HTML that shows text and whose Text is the canonical form of text again, also after a service has
// sanitised it: one paragraph, <br> at line ends, web addresses as links. No text is no HTML.
func HTML(text string) string {
	text = canonicalText(text)
	if text == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(len(text) + len(text)/4 + len("<p></p>"))
	b.WriteString("<p>")
	first := true
	for l := range strings.SplitSeq(text, "\n") {
		if !first {
			b.WriteString("<br>")
		}
		first = false
		writeLinked(&b, l)
	}
	b.WriteString("</p>")
	return b.String()
}

// writeLinked writes one line with its web addresses as links.
func writeLinked(b *strings.Builder, text string) {
	for text != "" {
		from, till := findAddress(text)
		if from < 0 {
			break
		}
		address := text[from:till]
		writeEscaped(b, text[:from])
		b.WriteString(`<a href="`)
		writeEscaped(b, address)
		b.WriteString(`">`)
		writeEscaped(b, address)
		b.WriteString("</a>")
		text = text[till:]
	}
	writeEscaped(b, text)
}

// writeEscaped escapes what would be markup. Quotes stay as they are unless in an attribute, where addresses have none.
func writeEscaped(b *strings.Builder, text string) {
	for {
		i := strings.IndexAny(text, "&<>")
		if i < 0 {
			b.WriteString(text)
			return
		}
		b.WriteString(text[:i])
		switch text[i] {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		}
		text = text[i+1:]
	}
}

// tagged reports whether s holds a tag, a comment or a document type. "<https://example.cz>" and "a < b" are no tags.
func tagged(s string) bool {
	s = s[:strings.LastIndexByte(s, '>')+1]
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		if strings.HasPrefix(s, "!--") || strings.HasPrefix(s, "![") || len(s) >= 8 && strings.EqualFold(s[:8], "!doctype") {
			return true
		}
		name := strings.TrimPrefix(s, "/")
		end := strings.IndexAny(name[:min(len(name), longestTag+1)], " \t\r\n\f/>")
		if end > 0 && knownTag(name[:end]) {
			return true
		}
	}
}

const longestTag = len("blockquote")

// knownTag reports whether name is an element of HTML or one of the paragraphs that Word writes.
func knownTag(name string) bool {
	name = strings.ToLower(name)
	if name == "o:p" {
		return true
	}
	switch a := atom.Lookup([]byte(name)); a {
	case 0:
		return false
	default:
		return elements[a] || blockElements[a]
	}
}

// unescape resolves entities in text without tags. Only those that end with a semicolon count there: "&copy=1" is more likely
// a part of an address.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), longestEntity+1)], ';')
		if end < 2 || strings.ContainsAny(s[1:end], "& \n") {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
}

const longestEntity = 32
