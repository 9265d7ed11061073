package emulator

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// body is a stored event body: what stands inside <body>, and whether it came as text.
type body struct {
	inner    string
	fromText bool
	online   bool // the join block follows
}

const (
	metaTag  = `<meta http-equiv="Content-Type" content="text/html; charset=utf-8">`
	htmlHead = "<html><head>\r\n" + metaTag + "\r\n</head>\r\n<body>\r\n"
	textHead = "<html><head>\r\n" + metaTag + "\r\n" + `<meta name="Generator" content="Microsoft Exchange Server">` +
		"\r\n<!-- converted from text --><style><!-- .EmailQuote { margin-left: 1pt; padding-left: 4pt; border-left: #800000 2px solid; } --></style>" +
		"</head>\r\n<body>\r\n" + `<font size="2"><span style="font-size:11pt;"><div class="PlainText">`
	textTail = "</div></span></font>\r\n"
	htmlTail = "</body>\r\n</html>\r\n"
)

// joinBlock is the part of a body that makes it an online meeting; without it the meeting stops being online. // G-41
const joinBlock = `<div class="me-email-text" lang="en-US"><div>________________________________________________________________________________</div>` +
	`<div><span>Microsoft Teams meeting</span></div><div><a class="me-email-headline" href="https://teams.example/l/meetup-join/fake">Join the meeting now</a></div>` +
	`<div>________________________________________________________________________________</div></div>`

// newBody sanitises a written body as the service does: what is read back isn't what was written. // G-40
func newBody(contentType, content string) body {
	online := strings.Contains(content, "teams.example/l/meetup-join")
	if strings.EqualFold(contentType, "text") {
		lines := strings.ReplaceAll(strings.ReplaceAll(content, "\r\n", "\n"), "\r", "\n")
		escaped := strings.ReplaceAll(html.EscapeString(strings.TrimRight(lines, "\n")), "\n", "<br>\r\n")
		return body{inner: strings.ReplaceAll(escaped, "\u00a0", "&nbsp;"), fromText: true}
	}
	inner := sanitise(content)
	if online {
		inner = strings.TrimRight(strings.TrimSuffix(inner, joinBlock), "\r\n")
	}
	return body{inner: inner, online: online}
}

// html is the body as the service shows it by default.
func (b body) html() string {
	block := ""
	if b.online {
		block = "\r\n" + joinBlock
	}
	switch {
	case b.inner == "" && block == "":
		return ""
	case b.fromText:
		return textHead + b.inner + textTail + block + htmlTail
	}
	return htmlHead + b.inner + block + htmlTail
}

// text is the body for `Prefer: outlook.body-content-type="text"`.
func (b body) text() string {
	if b.inner == "" && !b.online {
		return ""
	}
	doc, err := xhtml.Parse(strings.NewReader(b.html()))
	if err != nil {
		return ""
	}
	var out strings.Builder
	writeText(&out, doc)
	return strings.TrimLeft(out.String(), "\r\n")
}

func writeText(out *strings.Builder, n *xhtml.Node) {
	switch {
	case n.Type == xhtml.TextNode:
		out.WriteString(strings.NewReplacer("\r\n", "", "\n", "", "\u00a0", " ").Replace(n.Data))
		return
	case n.DataAtom == atom.Style || n.DataAtom == atom.Head:
		return
	case n.DataAtom == atom.Br:
		out.WriteString("\r\n")
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		writeText(out, child)
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Li, atom.Tr, atom.H1, atom.H2, atom.H3:
		out.WriteString("\r\n")
	}
}

// preview is bodyPreview: at most 255 characters of text.
func (b body) preview() string {
	if b.inner == "" && !b.online {
		return ""
	}
	r := []rune(strings.TrimSpace(b.text()))
	return string(r[:min(len(r), 255)])
}

// sanitise parses HTML and prints what is allowed of it, in the service's spelling.
func sanitise(content string) string {
	doc, err := xhtml.Parse(strings.NewReader(content))
	if err != nil {
		return ""
	}
	var out strings.Builder
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Body {
			for child := n.FirstChild; child != nil; child = child.NextSibling {
				writeHTML(&out, child)
			}
			break
		}
	}
	return strings.Trim(out.String(), "\r\n")
}

func writeHTML(out *strings.Builder, n *xhtml.Node) {
	switch n.Type {
	case xhtml.TextNode:
		lines := strings.ReplaceAll(strings.ReplaceAll(n.Data, "\r\n", "\n"), "\n", "\r\n")
		out.WriteString(strings.ReplaceAll(html.EscapeString(lines), "\u00a0", "&nbsp;"))
		return
	case xhtml.ElementNode:
	default:
		return
	}
	if dropped(n.DataAtom) {
		return
	}
	out.WriteString("<" + n.Data)
	for _, attr := range n.Attr {
		if kept(attr) {
			out.WriteString(" " + attr.Key + `="` + html.EscapeString(attr.Val) + `"`)
		}
	}
	out.WriteString(">")
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		writeHTML(out, child)
	}
	switch n.DataAtom {
	case atom.Br, atom.Img, atom.Hr, atom.Input:
	default:
		out.WriteString("</" + n.Data + ">")
	}
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Br, atom.Li, atom.Tr:
		if n.Parent != nil && n.Parent.DataAtom == atom.Body {
			out.WriteString("\r\n")
		}
	}
}

func dropped(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Form, atom.Input, atom.Link, atom.Meta, atom.Base:
		return true
	}
	return false
}

func kept(attr xhtml.Attribute) bool {
	key, value := strings.ToLower(attr.Key), strings.ToLower(strings.TrimSpace(attr.Val))
	return !strings.HasPrefix(key, "on") && !strings.HasPrefix(key, "data-") && key != "contenteditable" &&
		!strings.HasPrefix(value, "javascript:")
}
