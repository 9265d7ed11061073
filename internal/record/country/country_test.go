package country_test

import (
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
)

func TestCode(t *testing.T) {
	t.Parallel()
	table := country.New()
	for text, want := range map[string]record.Value{
		"CZ": "CZ", "cz": "CZ", "Česká republika": "CZ", "Ceska republika": "CZ", "Česko": "CZ", "Czech Republic": "CZ", "Czechia": "CZ",
		"Tschechien": "CZ", "Slovensko": "SK", "Slovakia": "SK", "Německo": "DE", "Germany": "DE", "Deutschland": "DE", "USA": "US",
		"Spojené státy": "US", "Velká Británie": "GB", "UK": "GB", "Polska": "PL", "Rakousko": "AT", "": "", " Česko ": "CZ",
		"Atlantida": "Atlantida", "XX": "XX", "Narnie  východ": "Narnie východ",
	} {
		if got := table.Code(text); got != want {
			t.Errorf("Code(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNameLeadsBack(t *testing.T) {
	t.Parallel()
	table, known := country.New(), 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := record.Value([]rune{a, b})
			if !table.IsCode(code) {
				continue
			}
			known++
			if got := table.Code(table.Name(code)); got != code {
				t.Errorf("Code(Name(%q)) = %q: the name %q means another country", code, got, table.Name(code))
			}
		}
	}
	if known < 200 {
		t.Errorf("%d countries are known, want at least 200", known)
	}
	if got := table.Name("Atlantida"); got != "Atlantida" {
		t.Errorf("Name of an unknown country = %q, want it as it was written", got)
	}
}
