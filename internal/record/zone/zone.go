// Package zone knows the names of time zones: IANA's ("Europe/Prague"), Windows' ("Central Europe Standard Time"), which
// Microsoft Graph wants, and RAYNET's ("EUROPE_PRAGUE"). It knows neither service and asks no clock; the rules of every zone
// are compiled in, so that it works on a machine without a zone database.
//
// The tables in table.go are generated from the Unicode CLDR by the command in gen/. Start reading at Canonical.
package zone

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the rules of all zones, for machines that have none
)

// Load returns the location that name means; any of the three kinds of names is understood, in any case. The error
// names what was not understood and what would be right.
func Load(name string) (*time.Location, error) {
	iana, err := Canonical(name)
	if err != nil {
		return nil, err
	}
	location, err := time.LoadLocation(iana)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return location, nil
}

// Canonical returns the IANA name, in today's spelling, of the zone that name means: Canonical("Europe/Kiev") is
// "Europe/Kyiv". Where a Windows zone spans several territories the Czech one wins, then the world's.
func Canonical(name string) (iana string, err error) {
	t := tables()
	trimmed := strings.TrimSpace(name)
	if iana, ok := t.canonical[key(trimmed)]; ok {
		return iana, nil
	}
	if strings.EqualFold(trimmed, "tzone://Microsoft/Utc") {
		return "UTC", nil
	}
	return "", fmt.Errorf("unknown time zone %q: write an IANA name such as Europe/Prague, a Windows name such as "+
		"Central Europe Standard Time or a RAYNET name such as EUROPE_PRAGUE", name)
}

// Windows returns the Windows name of the zone that name means. A few IANA zones have none (Antarctica/Troll); that is an
// error which says so.
func Windows(name string) (string, error) {
	iana, err := Canonical(name)
	if err != nil {
		return "", err
	}
	windows, ok := tables().windows[iana]
	if !ok {
		return "", fmt.Errorf("time zone %q has no Windows name: choose a zone with the same time in a larger city", name)
	}
	return windows, nil
}

// FromRaynet returns the IANA name of a zone that RAYNET writes as an enumeration value: FromRaynet("EUROPE_PRAGUE") is
// "Europe/Prague".
func FromRaynet(enum string) (iana string, err error) {
	iana, ok := tables().canonical[key(strings.TrimSpace(enum))]
	if !ok {
		return "", fmt.Errorf("unknown RAYNET time zone %q: it should look like EUROPE_PRAGUE", enum)
	}
	return iana, nil
}

// Names returns the canonical IANA names of all zones, in alphabetical order, for people to choose from.
func Names() []string {
	unique := map[string]bool{}
	for _, pair := range ianaNames() {
		unique[pair[1]] = true
	}
	return slices.Sorted(maps.Keys(unique))
}

type lookup struct {
	canonical map[string]string // key of any name -> canonical IANA name
	windows   map[string]string // canonical IANA name -> Windows name
}

// tables is made once, at first use; nobody changes it afterwards.
var tables = sync.OnceValue(func() lookup {
	t := lookup{canonical: map[string]string{}, windows: map[string]string{}}
	for _, pair := range ianaNames() {
		t.canonical[key(pair[0])] = pair[1]
	}
	for _, pair := range windowsNames() {
		t.canonical[key(pair[0])] = pair[1]
	}
	for _, pair := range windowsOf() {
		t.windows[pair[0]] = pair[1]
	}
	return t
})

// key makes the spellings of one name equal: letters in upper case, "_" for everything else but digits and "+".
func key(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '+':
			return r
		}
		return '_'
	}, name)
}
