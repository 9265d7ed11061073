package record

import "strings"

// ParsePlain takes a description apart that is plain text, such as the notes of a contact. It knows no online meetings.
func ParsePlain(text string) Body {
	people, block, _ := splitPlain(text)
	return Body{Own: canonicalText(strings.Join(people, "\n")), Block: canonicalText(strings.Join(block, "\n"))}
}

// ComposePlain is ComposeBody for a description that is plain text. What people wrote stays to the letter unless own replaces
// it; our block comes after it.
func ComposePlain(previous string, own, block *string) string {
	people, inner, marked := splitPlain(previous)
	was := ParsePlain(previous)
	if own != nil && canonicalText(*own) == was.Own {
		own = nil
	}
	if block != nil && canonicalText(*block) == was.Block {
		block = nil
	}
	if own == nil && block == nil {
		return previous
	}
	text := strings.TrimRight(strings.Join(people, "\n"), "\n ")
	if own != nil {
		text = unmarked(canonicalText(*own))
	}
	if block != nil {
		inner, marked = strings.Split(unmarked(canonicalText(*block)), "\n"), *block != ""
	}
	if !marked || len(inner) == 0 {
		return text
	}
	if text != "" {
		text += "\n\n"
	}
	return text + blockBegin + "\n" + strings.Join(inner, "\n") + "\n" + blockEnd
}

// splitPlain parts the lines that people wrote from those of our block; marked says that there is one. Of several blocks the
// first one counts, as in HTML.
func splitPlain(text string) (people, block []string, marked bool) {
	inside := false
	for l := range strings.SplitSeq(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n") {
		switch markerOf(l) {
		case beginMarker:
			inside = true
			if marked {
				continue
			}
			block = []string{}
		case endMarker:
			if inside {
				inside, marked = false, true
			}
		case noMarker, borderMarker:
			switch {
			case !inside:
				people = append(people, l)
			case !marked:
				block = append(block, l)
			}
		}
	}
	return people, block, marked || inside
}

// unmarked gives lines that look like one of our markers an invisible character, which Text removes.
func unmarked(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if markerOf(l) != noMarker {
			first := len(string([]rune(l)[:1]))
			lines[i] = l[:first] + wordJoiner + l[first:]
		}
	}
	return strings.Join(lines, "\n")
}
