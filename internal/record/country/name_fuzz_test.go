package country_test

import (
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
)

// What somebody wrote as a country has one canonical form, which is its own; a code's name leads back to the code.
func FuzzCountry(f *testing.F) {
	for _, text := range []string{"CZ", "česká  republika", "U.S.A.", "Atlantida", "\u00a0de\n", "Côte d’Ivoire", "İ", "ﬁ", "a\u0301", "\xff", ""} {
		f.Add(text)
	}
	table := country.New()
	f.Fuzz(func(t *testing.T, text string) {
		code := table.Code(text)
		if again := table.Code(string(code)); again != code {
			t.Errorf("%q is %q, which is %q", text, code, again)
		}
		if code != record.Line(string(code)) {
			t.Errorf("%q is %q, which is no canonical line", text, code)
		}
		if !table.IsCode(code) {
			if name := table.Name(code); name != string(code) {
				t.Errorf("%q is %q, no code, and is called %q", text, code, name)
			}
			return
		}
		if back := table.Code(table.Name(code)); back != code {
			t.Errorf("%q is %q, called %q, which is %q", text, code, table.Name(code), back)
		}
	})
}
