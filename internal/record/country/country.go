// Package country knows the countries of the world by their two-letter codes (ISO 3166) and by the names that people write.
//
// It refuses to know addresses and services. Start reading at Table.
package country

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"raynetsync/internal/record"
)

// Table knows the countries. Get it from New; it never changes and is safe for concurrent use.
type Table struct {
	codes map[string]string // code -> what Czech readers call it
	names map[string]string // everything that a country is called, folded -> code
}

// New returns the table of all countries. The first call takes some milliseconds.
func New() *Table { return all() }

// all makes the table once.
var all = sync.OnceValue(func() *Table {
	t := &Table{codes: map[string]string{}, names: map[string]string{}}
	var namers []display.Namer
	for _, tag := range []language.Tag{language.Czech, language.Slovak, language.English, language.German, language.Polish} {
		namers = append(namers, display.Regions(tag))
	}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			t.add(string([]rune{a, b}), namers)
		}
	}
	for name, code := range map[string]string{
		"ceska republika": "CZ", "cr": "CZ", "czech republic": "CZ", "tschechische republik": "CZ", "cze": "CZ",
		"slovenska republika": "SK", "sr": "SK", "slovak republic": "SK", "svk": "SK",
		"spolkova republika nemecko": "DE", "brd": "DE", "srn": "DE", "deu": "DE",
		"usa": "US", "spojene staty americke": "US", "united states of america": "US", "u.s.a.": "US", "u.s.": "US",
		"uk": "GB", "velka britanie": "GB", "great britain": "GB", "england": "GB", "anglie": "GB", "spojene kralovstvi": "GB",
		"polska republika": "PL", "pol": "PL", "aut": "AT", "holandsko": "NL", "holland": "NL",
	} {
		t.names[name] = code
	}
	return t
})

// add takes in one code, if it is a country's.
func (t *Table) add(code string, namers []display.Namer) {
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() || region.String() != code || region.Canonicalize().String() != code || namers[0].Name(region) == "" {
		return
	}
	t.codes[code] = namers[0].Name(region)
	t.names[fold(code)] = code
	for _, namer := range namers {
		if name := namer.Name(region); name != "" {
			t.names[fold(name)] = code
		}
	}
}

// Code returns the canonical form of a country as somebody wrote it: its code where the text is a code or a name that is known,
// else the line of text itself. Nothing is nothing.
func (t *Table) Code(text string) record.Value {
	line := record.Line(text)
	if code, ok := t.names[fold(string(line))]; ok {
		return record.Value(code)
	}
	return line
}

// IsCode reports whether a value is the code of a country.
func (t *Table) IsCode(v record.Value) bool {
	_, ok := t.codes[string(v)]
	return ok
}

// Name returns what Czech readers call the country with that code; other texts are returned as they are.
func (t *Table) Name(v record.Value) string {
	if name, ok := t.codes[string(v)]; ok {
		return name
	}
	return string(v)
}

// fold makes a name comparable: lower case, without accents.
func fold(text string) string {
	return strings.TrimSpace(unaccent(strings.ToLower(text)))
}
