package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A hash made elsewhere: the reference implementation's command line with "somesalt", "password", t=2, m=65536, p=1.
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestHash(t *testing.T) {
	t.Parallel()
	h, err := parseHash(reference)
	if err != nil {
		t.Fatal(err)
	}
	if !h.fits("password") || h.fits("Password") || h.fits("") {
		t.Error("the reference's hash does not fit its password alone")
	}
	made := newHash("modrá tužka", []byte("0123456789abcdef"), usualCost())
	back, err := parseHash(made.String())
	if err != nil || back.String() != made.String() || !back.fits("modrá tužka") || back.fits("modrá tužkA") {
		t.Errorf("%s: read back as %s, %v", made, back, err)
	}
	// OWASP's least: 19 MiB, two passes, one lane.
	if c := back.cost; c.memory < 19*1024 || c.time < 2 || c.threads < 1 || len(back.salt) < 16 || len(back.sum) < 32 {
		t.Errorf("cost %+v, salt of %d bytes, hash of %d", c, len(back.salt), len(back.sum))
	}
}

func TestParseHashRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":            "",
		"another kind":     strings.Replace(reference, "argon2id", "argon2i", 1),
		"another version":  strings.Replace(reference, "v=19", "v=16", 1),
		"no version":       strings.Replace(reference, "v=19$", "", 1),
		"no passes":        strings.Replace(reference, "t=2", "t=0", 1),
		"no memory":        strings.Replace(reference, "m=65536", "m=0", 1),
		"too much memory":  strings.Replace(reference, "m=65536", "m=4000000", 1),
		"overflow":         strings.Replace(reference, "m=65536", "m=4294967297", 1),
		"too many passes":  strings.Replace(reference, "t=2", "t=1000", 1),
		"threads overflow": strings.Replace(reference, "p=1", "p=257", 1),
		"sign":             strings.Replace(reference, "p=1", "p=+1", 1),
		"leading zero":     strings.Replace(reference, "t=2", "t=02", 1),
		"order":            strings.Replace(reference, "m=65536,t=2", "t=2,m=65536", 1),
		"one more":         strings.Replace(reference, "p=1", "p=1,x=1", 1),
		"short salt":       strings.Replace(reference, "c29tZXNhbHQ", "c29t", 1),
		"short hash":       reference[:len(reference)-30],
		"padding":          reference + "=",
		"line break":       reference + "\n",
		"not base64":       reference[:len(reference)-1] + "!",
		"loose last bits":  reference[:len(reference)-1] + "d",
		"one part more":    reference + "$",
	} {
		if h, err := parseHash(text); err == nil {
			t.Errorf("%s: %q was read as %s", name, text, h)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(reference)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		if h.String() != text {
			t.Errorf("%q was read as %q", text, h)
		}
		c := h.cost
		if c.memory < 8 || c.memory > maxMemory || c.time < 1 || c.time > maxTime || c.threads < 1 || c.threads > maxThreads ||
			len(h.salt) < 8 || len(h.salt) > 64 || len(h.sum) < 16 || len(h.sum) > 64 {
			t.Errorf("%q is out of bounds: %+v", text, h)
		}
	})
}

func FuzzPlainName(f *testing.F) {
	for _, seed := range []string{"Jana", " ＪＡＮＡ ", "İ", "ǅ", "ﬀ", "a\u0345", "\xff", "eva@example.cz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		plain := plainName(name)
		if again := plainName(plain); again != plain && len(plain) <= 8*maxName {
			t.Errorf("%q becomes %q and then %q: one person would have two names", name, plain, again)
		}
		if goodName(plain) && (!utf8.ValidString(plain) || strings.ContainsAny(plain, " \n\t<>\"/\\&")) {
			t.Errorf("%q is a good name", plain)
		}
	})
}
