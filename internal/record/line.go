package record

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Line returns the canonical form of one line of text: NFC, every run of white space (line ends and no-break spaces too) one
// space, none at the ends; control and zero-width characters removed; invalid UTF-8 shown as U+FFFD.
func Line(s string) Value {
	return Value(canonicalLine(s))
}

// Truncate returns s cut to at most the given number of runes. A text that was cut ends with an ellipsis, which counts as
// one of them, and never with half of a letter that is written in several runes.
func Truncate(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	if runes <= 0 {
		return ""
	}
	kept, count, start := 0, 0, 0
	for start < len(s) {
		size := norm.NFC.NextBoundaryInString(s[start:], true)
		count += utf8.RuneCountInString(s[start : start+size])
		if count > runes-1 {
			break
		}
		start += size
		kept = start
	}
	return strings.TrimRight(s[:kept], " \n") + "…"
}

// canonicalLine is the rule of every single line, in Line and in Text alike.
func canonicalLine(s string) string {
	if plainASCII(s) {
		return s
	}
	s = norm.NFC.String(visible(strings.ToValidUTF8(s, "\uFFFD")))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// plainASCII reports whether s is canonical at first glance, which most lines are.
func plainASCII(s string) bool {
	previous := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && previous == ' ' {
			return false
		}
		previous = c
	}
	return s == "" || previous != ' '
}

// visible turns every kind of space into a plain one and removes what cannot be seen.
func visible(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	previous := rune(0)
	for i, r := range s {
		switch {
		case isSpace(r):
			r = ' '
		case r == zeroWidthJoiner:
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !isEmoji(previous) || !isEmoji(next) {
				continue
			}
		case isHidden(r):
			continue
		}
		b.WriteRune(r)
		previous = r
	}
	return b.String()
}

// The sets below are spelled out rather than taken from package unicode: a digest must be the same after every upgrade.

// zeroWidthJoiner is kept only where it joins emoji to one picture.
const zeroWidthJoiner = '\u200d'

func isSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == '\u0085', r == '\u00a0', r == '\u1680', r >= '\u2000' && r <= '\u200a':
		return true
	case r == '\u2028', r == '\u2029', r == '\u202f', r == '\u205f', r == '\u3000':
		return true
	}
	return false
}

// isHidden reports control characters, zero-width and direction marks, soft hyphens, tags and code points that are no
// characters.
func isHidden(r rune) bool {
	switch {
	case r < ' ', r >= '\u007f' && r <= '\u009f', r == '\u00ad', r == '\u061c', r == '\u180e':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f':
		return true
	case r == '\ufeff', r >= '\ufff9' && r <= '\ufffb', r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true
	case r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

func isEmoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2b00 && r <= 0x2bff || r == 0xfe0f
}
