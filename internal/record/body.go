package record

import "strings"

// Body is what a description holds, taken apart.
type Body struct {
	// Own is what people wrote themselves, as canonical text.
	Own string
	// Block is the text between our own marker lines, as canonical text; empty if there is none.
	Block string
	// Online says that there is a block by which people join an online meeting. It is never changed.
	Online bool
}

// The marker lines of our block. They are plain text, because nothing else survives both services' sanitisers, and name no
// language.
const (
	blockBegin = "——— RAYNET ———"
	blockEnd   = "——— /RAYNET ———"
)

// ParseBody takes a description apart. A block whose last marker line was removed ends where an online-meeting block begins
// or at the end; of several blocks (somebody made a copy) the first one counts.
func ParseBody(html string) Body {
	return takeApart(html).body()
}

// ComposeBody returns previous with its own text, its marked block, or both replaced by the canonical form of the given
// texts. Nil leaves that part to the letter as it is, and so does a text that it has already; an empty text removes it. An
// online-meeting block always stays to the letter.
func ComposeBody(previous string, own, block *string) string {
	parts := takeApart(previous)
	was := parts.body()
	if own != nil && canonicalText(*own) == was.Own {
		own = nil
	}
	if block != nil && canonicalText(*block) == was.Block {
		block = nil
	}
	if own == nil && block == nil {
		return previous
	}
	if len(parts.tokens) == 0 && previous != "" { // text without tags: its line ends would not survive beside ours
		parts = takeApart(HTML(Text(previous)))
	}
	out := parts.compose(own, block)
	want := Body{Own: wanted(own, was.Own), Block: wanted(block, was.Block), Online: was.Online}
	if ParseBody(out) == want {
		return out
	}
	// The HTML is so broken that its pieces mean something else when they are put together anew: build it from the texts.
	return rebuild(parts, want)
}

func wanted(now *string, was string) string {
	if now == nil {
		return was
	}
	return canonicalText(*now)
}

// rebuild makes a body of texts and the online blocks as they are.
func rebuild(parts *bodyParts, want Body) string {
	var b strings.Builder
	b.WriteString(ownHTML(want.Own))
	b.WriteString(blockHTML(want.Block))
	for _, p := range parts.list {
		if p.kind == onlinePart {
			b.WriteString("<div>" + parts.source[p.start:p.end] + "</div>")
		}
	}
	return b.String()
}

// ownHTML returns the HTML of people's own text. A line that looks like one of our markers or like the border of an online
// meeting gets an invisible character (Text removes it), so that it stays people's own.
func ownHTML(text string) string {
	if text == "" {
		return ""
	}
	lines := strings.Split(unmarked(canonicalText(text)), "\n")
	return linesHTML(lines)
}

func blockHTML(text string) string {
	inner := ownHTML(text)
	if inner == "" {
		return ""
	}
	inner = strings.TrimSuffix(strings.TrimPrefix(inner, "<p>"), "</p>")
	return "<p>" + blockBegin + "<br>" + inner + "<br>" + blockEnd + "</p>"
}

const wordJoiner = "\u2060"

// linesHTML is HTML for lines that are canonical but for their invisible characters.
func linesHTML(lines []string) string {
	var b strings.Builder
	b.WriteString("<p>")
	for i, l := range lines {
		if i > 0 {
			b.WriteString("<br>")
		}
		writeLinked(&b, l)
	}
	b.WriteString("</p>")
	return b.String()
}
