package account

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"raynetsync/internal/store"
	"raynetsync/internal/vault"
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

// A flood of made-up names is kept in bounds and does not push out the name that is being guessed at.
func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)
	counts := map[string]count{"forgotten": {Mistakes: 3, At: now.Add(-24 * time.Hour)}}
	for range 8 {
		counts["guessed at"] = counts["guessed at"].wrong(nameRule(), now)
	}
	for n := range 20 * maxCounts {
		now = now.Add(time.Millisecond)
		key := fmt.Sprint(n)
		counts[key] = counts[key].wrong(nameRule(), now)
		bound(counts, nameRule(), now)
		if len(counts) > maxCounts {
			t.Fatalf("%d counts, want at most %d", len(counts), maxCounts)
		}
	}
	if counts["guessed at"].Mistakes != 8 {
		t.Errorf("the name that is guessed at was pushed out: %+v", counts["guessed at"])
	}
	if _, ok := counts["forgotten"]; ok {
		t.Error("what is forgotten is still there")
	}
	if _, ok := counts[fmt.Sprint(20*maxCounts-1)]; !ok {
		t.Error("the latest one was pushed out")
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, from, same, other string
	}{
		{"IPv4", "203.0.113.1", "203.0.113.1:5000", "203.0.113.2"},
		{"IPv6", "2001:db8:1:2::1", "[2001:db8:1:2:ffff::9]:5000", "2001:db8:1:3::1"},
		{"IPv6 with a zone", "fe80::1%eth0", "fe80::2%eth1", "fe80:0:0:1::1"},
		{"IPv4 in IPv6", "::ffff:203.0.113.1", "203.0.113.1", "::ffff:203.0.113.2"},
		{"no address", "unix", "unix", ""},
	} {
		if place(test.from) != place(test.same) {
			t.Errorf("%s: %s and %s are two places", test.name, test.from, test.same)
		}
		if place(test.from) == place(test.other) {
			t.Errorf("%s: %s and %s are one place", test.name, test.from, test.other)
		}
	}
}

// Guessing cannot fill the disk.
func TestLinesAboutRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "sync.db"), Vault: vault.New(), Now: clock, Synchronous: "OFF"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	a := New(Options{Store: s, Now: clock})
	for _, step := range []struct {
		tries int
		later time.Duration
		want  int
	}{{refusalLines, 0, refusalLines}, {50, 0, refusalLines}, {1, refusalTime, refusalLines + 1}, {1, -time.Minute, refusalLines + 2}} {
		now = now.Add(step.later)
		for range step.tries {
			if err := a.refused(t.Context(), "", "192.0.2.7"); err != nil {
				t.Fatal(err)
			}
		}
		if proof, err := a.VerifyAudit(t.Context()); err != nil || int(proof.Lines) != step.want {
			t.Errorf("%+v: %d lines, %v", step, proof.Lines, err)
		}
	}
}
