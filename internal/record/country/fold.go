package country

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// unaccent removes what stands above and below letters.
func unaccent(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}
