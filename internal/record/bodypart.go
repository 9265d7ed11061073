package record

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

type partKind int

const (
	blockPart partKind = iota
	onlinePart
)

// part is a marked stretch of a body. What lies between the parts is people's own.
type part struct {
	kind       partKind
	start, end int // bytes of the source
	text       string
}

// bodyParts is a body taken apart.
type bodyParts struct {
	source string
	tokens []token
	own    string
	list   []part // in order, not overlapping
}

func (p *bodyParts) body() Body {
	out := Body{Own: p.own}
	for _, part := range p.list {
		switch {
		case part.kind == onlinePart:
			out.Online = true
		case out.Block == "":
			out.Block = part.text
		}
	}
	return out
}

type marker int

const (
	noMarker marker = iota
	beginMarker
	endMarker
	borderMarker // of an online-meeting block
)

// fewestUnderscores make a border; Teams writes 80.
const fewestUnderscores = 20

// markerOf says what a line marks. It must see the line as it was before hidden characters were removed.
func markerOf(raw string) marker {
	trimmed := strings.TrimFunc(raw, isSpace)
	if len(trimmed) >= fewestUnderscores && strings.Trim(trimmed, "_") == "" {
		return borderMarker
	}
	core := strings.TrimFunc(trimmed, isDash)
	switch strings.ToUpper(core) {
	case "RAYNET", "/RAYNET", "/ RAYNET":
	default:
		return noMarker
	}
	before, after, _ := strings.Cut(trimmed, core)
	if dashes(before) < 2 || dashes(after) < 2 {
		return noMarker
	}
	if core[0] == '/' {
		return endMarker
	}
	return beginMarker
}

func isDash(r rune) bool {
	return isSpace(r) || r == '-' || r >= '\u2010' && r <= '\u2015' || r == '\u2212' || r == '\u2500' || r == '\u2501'
}

func dashes(s string) int {
	count := 0
	for _, r := range s {
		if isDash(r) && !isSpace(r) {
			count++
		}
	}
	return count
}

// joins reports whether s holds an address by which a Teams meeting is joined. No word of the block is looked at: it
// comes in the organiser's language.
func joins(s string) bool {
	s = strings.ToLower(s)
	for _, address := range []string{
		"teams.microsoft.com/l/meetup-join", "teams.microsoft.com/meet/", "teams.live.com/meet",
		"teams.microsoft.us/l/meetup-join", "teams.microsoft.us/meet/",
		"teams.cloud.microsoft/l/meetup-join", "teams.cloud.microsoft/meet/",
	} {
		if strings.Contains(s, address) {
			return true
		}
	}
	return false
}

// takeApart finds the marked parts of a body.
func takeApart(source string) *bodyParts {
	p := &bodyParts{source: source}
	lines := render(source, &p.tokens)
	marks := make([]marker, len(lines))
	for i := range lines {
		marks[i] = markerOf(lines[i].raw)
	}
	var own []line
	for i := 0; i < len(lines); {
		last := i
		kind := blockPart
		switch marks[i] {
		case borderMarker:
			kind, last = onlinePart, p.onlineEnd(lines, marks, i)
		case beginMarker:
			last = p.blockEnd(lines, marks, i)
		case endMarker: // its beginning was removed
		default:
			last = -1
		}
		if last < 0 {
			own = append(own, lines[i])
			i++
			continue
		}
		inner := lines[i+1 : last+1]
		if len(inner) > 0 && marks[last] == endMarker {
			inner = inner[:len(inner)-1]
		}
		p.list = append(p.list, part{kind: kind, start: lines[i].start, end: contentEnd(lines[i : last+1]), text: join(inner)})
		i = last + 1
	}
	p.own = join(own)
	for i := range p.list {
		p.widen(i)
	}
	return p
}

// contentEnd returns where the content of lines ends in the source.
func contentEnd(lines []line) int {
	end := 0
	for i := range lines {
		end = max(end, lines[i].end)
	}
	return end
}

// onlineEnd returns the last line of the online-meeting block that line i begins, or -1 if it begins none.
func (p *bodyParts) onlineEnd(lines []line, marks []marker, i int) int {
	last := i
	for last+1 < len(lines) && marks[last+1] == noMarker {
		last++
	}
	if last+1 < len(lines) && marks[last+1] == borderMarker {
		last++
	}
	if last == i {
		return -1
	}
	from, till := lines[i].start, contentEnd(lines[i:last+1])
	for _, l := range lines[i : last+1] {
		if joins(l.raw) {
			return last
		}
	}
	for i := p.tokenAt(from); i < len(p.tokens) && p.tokens[i].end <= till; i++ {
		if joins(p.tokens[i].address) {
			return last
		}
	}
	return -1
}

// blockEnd returns the last line of our block that line i begins.
func (p *bodyParts) blockEnd(lines []line, marks []marker, i int) int {
	for at := i + 1; at < len(lines); at++ {
		switch {
		case marks[at] == endMarker:
			return at
		case marks[at] == borderMarker && p.onlineEnd(lines, marks, at) >= 0:
			return at - 1
		}
	}
	return len(lines) - 1
}

// widen lets part i take in the tags directly around it that belong to nothing else, so that a part which is replaced again
// and again leaves no shells behind and a part which stays keeps its own look.
func (p *bodyParts) widen(i int) {
	part := &p.list[i]
	left, right := p.tokenAt(part.start)-1, p.tokenAt(part.end)
	right = p.takeBreak(part, right)
	low, high := 0, len(p.source)
	if i > 0 {
		low = p.list[i-1].end
	}
	if i+1 < len(p.list) {
		high = p.list[i+1].start
	}
	starts, ends := p.unmatched(left+1, right)
	for {
		left, right = p.skipBlank(left, -1), p.skipBlank(right, +1)
		canLeft := left >= 0 && p.tokens[left].start >= low && p.opens(left)
		canRight := right < len(p.tokens) && p.tokens[right].end <= high && p.closes(right)
		switch {
		case canLeft && len(ends) > 0 && ends[0] == p.tokens[left].name:
			ends = ends[1:]
			part.start = p.tokens[left].start
			left--
		case canRight && len(starts) > 0 && starts[len(starts)-1] == p.tokens[right].name:
			starts = starts[:len(starts)-1]
			part.end = p.tokens[right].end
			right++
		case canLeft && canRight && len(ends) == 0 && len(starts) == 0 && p.tokens[left].name == p.tokens[right].name:
			part.start, part.end = p.tokens[left].start, p.tokens[right].end
			left--
			right++
		default:
			return
		}
	}
}

// takeBreak adds the <br> that ends the part's last line. It returns the first token after the part.
func (p *bodyParts) takeBreak(part *part, right int) int {
	for i := right; i < len(p.tokens); i++ {
		t := p.tokens[i]
		switch {
		case t.name == atom.Br && t.kind != html.EndTagToken:
			part.end = t.end
			return i + 1
		case t.kind == html.EndTagToken && !blockElements[t.name], t.kind == html.TextToken && !t.shown:
		default:
			return right
		}
	}
	return right
}

// tokenAt returns the first token that begins at or after a byte of the source.
func (p *bodyParts) tokenAt(at int) int {
	i, _ := slices.BinarySearchFunc(p.tokens, at, func(t token, at int) int { return cmp.Compare(t.start, at) })
	return i
}

// skipBlank moves i over white space and comments.
func (p *bodyParts) skipBlank(i, step int) int {
	for i >= 0 && i < len(p.tokens) {
		t := p.tokens[i]
		if t.kind != html.CommentToken && (t.kind != html.TextToken || t.shown) {
			break
		}
		i += step
	}
	return i
}

func (p *bodyParts) opens(i int) bool {
	t := p.tokens[i]
	return t.kind == html.StartTagToken && t.name != 0 && !voidElements[t.name] && !isEnvelope(t.name)
}

func (p *bodyParts) closes(i int) bool {
	t := p.tokens[i]
	return t.kind == html.EndTagToken && t.name != 0 && !isEnvelope(t.name)
}

func isEnvelope(name atom.Atom) bool {
	return name == atom.Html || name == atom.Head || name == atom.Body
}

// unmatched returns the names of the start tags without end and of the end tags without start among tokens [from, till).
func (p *bodyParts) unmatched(from, till int) (starts, ends []atom.Atom) {
	var open openTags
	for i := max(0, from); i < till; i++ {
		switch {
		case p.opens(i):
			open.push(p.tokens[i].name, len(starts))
			starts = append(starts, p.tokens[i].name)
		case p.closes(i):
			if at, ok := open.pop(p.tokens[i].name); ok {
				starts = starts[:at]
			} else {
				ends = append(ends, p.tokens[i].name)
			}
		}
	}
	return starts, ends
}

// openTags is a stack of start tags that have no end tag yet.
type openTags struct {
	tags   []openTag
	counts map[atom.Atom]int // so that an end tag without start costs nothing
}

type openTag struct {
	name atom.Atom
	at   int // whatever place the user of the stack gave
}

func (o *openTags) push(name atom.Atom, at int) {
	if o.counts == nil {
		o.counts = map[atom.Atom]int{}
	}
	o.tags = append(o.tags, openTag{name: name, at: at})
	o.counts[name]++
}

// pop takes the innermost tag of that name off, and those opened after it; at is its place.
func (o *openTags) pop(name atom.Atom) (at int, ok bool) {
	for o.counts[name] > 0 {
		last := o.tags[len(o.tags)-1]
		o.tags = o.tags[:len(o.tags)-1]
		o.counts[last.name]--
		if last.name == name {
			return last.at, true
		}
	}
	return 0, false
}
