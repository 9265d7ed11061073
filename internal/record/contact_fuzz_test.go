package record_test

import (
	"strings"
	"testing"

	"raynetsync/internal/record"
)

// An address, a set of words and an e-mail address have one canonical form, which is read back as what was written.
func FuzzContactValues(f *testing.F) {
	f.Add("Dlouhá 1\r\n2. patro", "Praha", "", "110 00", "CZ", "Jana@Example.cz")
	f.Add("", "", "", "", "", "")
	f.Add("\u2028", "a\tb", "\x00", "\xff", "x\u200b", "jana@@example.cz")
	f.Add("b", "A", "a", "a,b", "É", "info@example.cz")
	f.Fuzz(func(t *testing.T, street, city, region, zip, country, email string) {
		value := record.Address{Street: street, City: city, Region: region, Zip: zip, Country: country}.Value()
		read := record.ParseAddress(value)
		if again := read.Value(); again != value {
			t.Errorf("the address %q is read as %+v and written %q", value, read, again)
		}
		if want := (record.Address{Street: string(record.Line(street)), City: string(record.Line(city)), Region: string(record.Line(region)),
			Zip: string(record.Line(zip)), Country: string(record.Line(country))}); read != want {
			t.Errorf("the address %q is read as %+v, want %+v", value, read, want)
		}

		words := record.Set([]string{street, city, region, zip, country})
		if again := record.Set(record.ParseSet(words)); again != words {
			t.Errorf("the words %q are %q", words, again)
		}
		if turned := record.Set([]string{country, zip, region, city, street}); !strings.EqualFold(string(turned), string(words)) {
			t.Errorf("the words %q in another order are %q", words, turned)
		}

		address := record.Email(email)
		if again := record.Email(string(address)); again != address {
			t.Errorf("the address %q is %q, which is %q", email, address, again)
		}
		fields := record.Fields{record.ContactFirst: record.Line(street), record.ContactLast: record.Line(city), record.ContactEmail1: address}
		for _, natural := range record.ContactNaturals(fields) {
			if !strings.HasPrefix(natural, string(address)+"|") || !record.IsEmail(string(address)) || record.IsShared(string(address)) {
				t.Errorf("%q tells who somebody is", natural)
			}
		}
	})
}
