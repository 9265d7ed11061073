package record

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// compose puts a body together anew; nil leaves a part as it is.
func (p *bodyParts) compose(own, block *string) string {
	fresh := ""
	if block != nil {
		fresh = blockHTML(*block)
	}
	old := slices.IndexFunc(p.list, func(part part) bool { return part.kind == blockPart })
	var b strings.Builder
	at := 0
	for i, part := range p.list {
		insert := ""
		if old < 0 && (own != nil && i == 0 || own == nil && part.kind == onlinePart) {
			insert, fresh = fresh, ""
		}
		p.writeOwn(&b, gap{start: at, end: part.start, first: i == 0, insert: insert}, own)
		at = part.end
		switch {
		case part.kind == onlinePart || block == nil:
			b.WriteString(p.source[part.start:part.end])
		case i == old:
			b.WriteString(fresh)
			fallthrough
		default:
			b.WriteString(p.skeleton(part.start, part.end).html)
		}
	}
	insert := ""
	if old < 0 {
		insert = fresh
	}
	p.writeOwn(&b, gap{start: at, end: len(p.source), first: len(p.list) == 0, last: true, insert: insert}, own)
	return b.String()
}

// gap is a stretch of people's own between two parts.
type gap struct {
	start, end  int
	first, last bool
	insert      string // a new block to be put here
}

// writeOwn writes what becomes of a stretch of people's own. New text goes into the first one.
func (p *bodyParts) writeOwn(b *strings.Builder, g gap, own *string) {
	if own == nil {
		end := g.end
		if g.last && g.insert != "" {
			end = p.closing(g.start)
		}
		b.WriteString(p.source[g.start:end])
		b.WriteString(g.insert)
		b.WriteString(p.source[end:g.end])
		return
	}
	rest := p.skeleton(g.start, g.end)
	switch {
	case g.first:
		b.WriteString(rest.html[:rest.content])
		b.WriteString(ownHTML(*own))
		b.WriteString(g.insert)
		b.WriteString(rest.html[rest.content:])
	case g.last:
		b.WriteString(rest.html)
	default: // the two parts must not come to stand on one line
		b.WriteString("<br>")
		b.WriteString(rest.html)
	}
}

// closing returns where, from start on, the tags begin that end the document.
func (p *bodyParts) closing(start int) int {
	at := len(p.source)
	for i := len(p.tokens) - 1; i >= 0 && p.tokens[i].start >= start; i-- {
		t := p.tokens[i]
		if t.kind == html.EndTagToken && isEnvelope(t.name) {
			at = t.start
			if t.name == atom.Body {
				break
			}
		}
	}
	return at
}

// skeleton is what must stay of a stretch of HTML when its content goes.
type skeleton struct {
	html    string
	content int // where in html the content of the document begins
}

// skeleton returns the tags of a stretch without which the rest of the document would change its meaning: the head, and the
// tags whose counterpart lies outside of the stretch.
func (p *bodyParts) skeleton(start, end int) skeleton {
	var keep []int
	var open openTags
	head := false
	for i := p.tokenAt(start); i < len(p.tokens) && p.tokens[i].end <= end; i++ {
		t := p.tokens[i]
		isTag := t.kind == html.StartTagToken || t.kind == html.EndTagToken
		switch {
		case t.kind == html.DoctypeToken, isTag && isEnvelope(t.name):
			head = t.kind == html.StartTagToken && t.name == atom.Head
			keep = append(keep, i)
		case head:
			keep = append(keep, i)
		case !isTag, t.name == 0, t.name == atom.A, voidElements[t.name], skippedElements[t.name]:
		case t.kind == html.StartTagToken:
			open.push(t.name, len(keep))
			keep = append(keep, i)
		default:
			if at, ok := open.pop(t.name); ok {
				keep = keep[:at]
			} else {
				keep = append(keep, i)
			}
		}
	}
	var out skeleton
	var b strings.Builder
	for _, i := range keep {
		t := p.tokens[i]
		b.WriteString(p.source[t.start:t.end])
		if t.kind == html.DoctypeToken || isEnvelope(t.name) && !(t.kind == html.EndTagToken && t.name != atom.Head) {
			out.content = b.Len()
		}
	}
	out.html = b.String()
	return out
}
