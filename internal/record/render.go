package record

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// line is one rendered line and where it came from.
type line struct {
	prefix string // list mark
	raw    string // the decoded content, spaces and hidden characters still as they were
	// start and end are the bytes of the source between which the content lies; both 0 for a line without content.
	start, end int
}

func (l *line) text() string { return canonicalLine(l.prefix + l.raw) }

// token is one piece of HTML and where it lies in the source.
type token struct {
	kind       html.TokenType
	name       atom.Atom // of tags; 0 for elements that HTML does not have
	start, end int
	shown      bool // text that is not only collapsible white space
	address    string
}

// renderer turns HTML into lines in one pass over its tokens. It builds no tree, so it cannot fail, needs no stack, and treats
// broken HTML as evenly as good one.
type renderer struct {
	lines []line

	current line
	content []byte
	filled  bool   // the current line holds something, be it a no-break space
	visible bool   // the current line is known to hold something that can be seen
	soft    bool   // a block ended or began: what comes next begins a new line
	prefix  string // list mark for the next content

	lists []list
	rows  []row
	// bars is the number of cell borders before the next content.
	bars int

	link link
	skip atom.Atom // the element whose content is not shown, 0 for none
	deep int       // how often the skipped element is nested in itself
	pre  int
}

type list struct {
	ordered bool
	count   int
}

// row is the table row that is being read.
type row struct {
	cells int
	lines int // number of finished lines when the current cell began
}

type link struct {
	open    bool
	address string
	text    []byte
}

// render returns the lines of a body. With tokens it also collects the tokens of HTML; text without tags has none.
func render(source string, tokens *[]token) []line {
	r := renderer{rows: []row{{}}}
	if !tagged(source) {
		r.plain(source, true)
		return r.lines
	}
	z := html.NewTokenizer(strings.NewReader(source))
	at := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		t := token{kind: kind, start: at, end: at + len(z.Raw())}
		at = t.end
		r.take(&t, z)
		if tokens != nil {
			*tokens = append(*tokens, t)
		}
	}
	r.endLine(false)
	return r.lines
}

// plain takes text without tags: its line ends count.
func (r *renderer) plain(source string, entities bool) {
	start := 0
	for start <= len(source) {
		size := strings.IndexFunc(source[start:], isLineEnd)
		end, next := start+size, 0
		if size < 0 {
			end, next = len(source), len(source)+1
		} else {
			_, width := utf8.DecodeRuneInString(source[end:])
			next = end + width
			if strings.HasPrefix(source[end:], "\r\n") {
				next++
			}
		}
		raw := source[start:end]
		if entities {
			raw = unescape(raw)
		}
		r.lines = append(r.lines, line{raw: raw, start: start, end: end})
		start = next
	}
}

func isLineEnd(r rune) bool {
	return r >= '\n' && r <= '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// take handles one token and completes what t says of it.
func (r *renderer) take(t *token, z *html.Tokenizer) {
	switch t.kind {
	case html.TextToken:
		r.takeText(t, z)
	case html.StartTagToken, html.SelfClosingTagToken:
		name, attributes := z.TagName()
		t.name = atom.Lookup(name)
		if t.name == atom.A && attributes {
			t.address = linkAddress(attribute(z, "href"))
		}
		r.startTag(t)
	case html.EndTagToken:
		name, _ := z.TagName()
		t.name = atom.Lookup(name)
		r.endTag(t.name)
	}
}

func attribute(z *html.Tokenizer, name string) string {
	for {
		key, value, more := z.TagAttr()
		if string(key) == name {
			return string(value)
		}
		if !more {
			return ""
		}
	}
}

func (r *renderer) startTag(t *token) {
	if r.skip != 0 {
		if t.name == r.skip && t.kind == html.StartTagToken {
			r.deep++
		}
		return
	}
	if skippedElements[t.name] {
		if t.kind == html.StartTagToken || rawElements[t.name] {
			r.skip, r.deep = t.name, 0
		}
		return
	}
	r.block(t.name)
	switch t.name {
	case atom.Br:
		r.endLine(true)
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Listing, atom.Plaintext:
		r.pre++
	case atom.A:
		r.link = link{open: true, address: t.address}
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		r.lists = append(r.lists, list{ordered: t.name == atom.Ol})
	case atom.Li:
		r.prefix = r.mark()
	case atom.Table:
		r.endLine(false)
		r.rows = append(r.rows, row{})
	case atom.Tr:
		r.endLine(false)
		r.rows[len(r.rows)-1] = row{}
	case atom.Td, atom.Th:
		r.cell()
	}
}

func (r *renderer) endTag(name atom.Atom) {
	if r.skip != 0 {
		if name != r.skip {
			return
		}
		if r.deep--; r.deep < 0 {
			r.skip = 0
		}
		return
	}
	r.block(name)
	switch name {
	case atom.Br:
		r.endLine(true)
	case atom.Pre, atom.Textarea, atom.Xmp, atom.Listing, atom.Plaintext:
		r.pre = max(0, r.pre-1)
	case atom.A:
		r.endLink()
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		r.lists, r.prefix = r.lists[:max(0, len(r.lists)-1)], ""
	case atom.Li:
		r.prefix = ""
	case atom.Table:
		r.endLine(false)
		r.rows = r.rows[:max(1, len(r.rows)-1)]
	case atom.Tr:
		r.endLine(false)
		r.rows[len(r.rows)-1] = row{}
	}
}

// block notes that a block begins or ends; one that begins a table cell does not leave the row's line.
func (r *renderer) block(name atom.Atom) {
	if blockElements[name] && r.bars == 0 {
		r.soft = true
	}
}

// mark returns what stands before the next item of the innermost list.
func (r *renderer) mark() string {
	if len(r.lists) == 0 {
		return "- "
	}
	l := &r.lists[len(r.lists)-1]
	if !l.ordered {
		return "- "
	}
	l.count++
	return strconv.Itoa(l.count) + ". "
}

// cell begins a table cell. It continues the line of the cell before it unless that one had several lines, as in tables that
// serve only the layout.
func (r *renderer) cell() {
	now := &r.rows[len(r.rows)-1]
	now.cells++
	if now.cells > 1 && len(r.lines) == now.lines {
		r.bars++
		r.soft = false
	} else {
		r.endLine(false)
	}
	now.lines = len(r.lines)
}

func (r *renderer) takeText(t *token, z *html.Tokenizer) {
	if r.skip != 0 {
		return
	}
	raw := z.Raw()
	blank := true
	for _, c := range raw {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\f' {
			blank = false
			break
		}
	}
	t.shown = !blank
	switch {
	case r.pre > 0:
		r.preformatted(string(raw), t.start)
	case !blank:
		r.show(z.Text(), t.start, t.end)
	case r.filled && !r.soft && r.bars == 0:
		r.content = append(r.content, ' ')
	}
}

// preformatted shows text whose line ends count.
func (r *renderer) preformatted(raw string, at int) {
	for raw != "" {
		size := strings.IndexAny(raw, "\r\n")
		if size < 0 {
			r.show([]byte(html.UnescapeString(raw)), at, at+len(raw))
			return
		}
		if size > 0 {
			r.show([]byte(html.UnescapeString(raw[:size])), at, at+size)
		}
		r.endLine(true)
		if strings.HasPrefix(raw[size:], "\r\n") {
			size++
		}
		at += size + 1
		raw = raw[size+1:]
	}
}

// show adds content to the current line.
func (r *renderer) show(text []byte, start, end int) {
	if r.soft {
		r.endLine(false)
	}
	if !r.filled {
		r.current = line{prefix: r.prefix, start: start}
		r.prefix = ""
		r.filled = true
	} else if r.bars > 0 {
		if canonicalLine(string(text)) == "" { // an empty cell: its border is shown if another one follows
			return
		}
		if r.visible = r.visible || canonicalLine(string(r.content)) != ""; r.visible {
			r.content = append(r.content, strings.Repeat(" | ", r.bars)...)
		}
	}
	r.bars = 0
	r.content = append(r.content, text...)
	r.current.end = end
	if r.link.open {
		r.link.text = append(r.link.text, text...)
	}
}

// endLine ends the current line. Without content it ends only when forced, and is blank then.
func (r *renderer) endLine(force bool) {
	if r.filled && r.soft {
		r.finish()
	}
	r.soft, r.bars = false, 0
	if r.filled || force {
		r.finish()
	}
}

func (r *renderer) finish() {
	if r.filled {
		r.current.raw = string(r.content)
	}
	r.lines = append(r.lines, r.current)
	r.current, r.content, r.filled, r.visible = line{}, r.content[:0], false, false
}

// endLink adds the address of the link that ends unless its text is the address. A link without text, such as one around a
// picture, is not shown.
func (r *renderer) endLink() {
	l := r.link
	r.link = link{}
	if !l.open || l.address == "" || !r.filled {
		return
	}
	text := canonicalLine(string(l.text))
	if text == "" || sameAddress(text, l.address) {
		return
	}
	r.content = append(r.content, " <"...)
	r.content = append(r.content, l.address...)
	r.content = append(r.content, '>')
}
