package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
)

// digestBytes is how much of the keyed hash is kept per field. 80 bits make an accidental match of two values of one field
// of one link (the only comparison ever made) impossible in practice.
const digestBytes = 10

// Digest is a short keyed hash of one field's value. Two digests made with the same key are equal exactly when the values
// are; the value cannot be found from it without the key. The empty Digest means "this field was never shown".
type Digest string

// Digester makes digests with one key. The zero value is not usable; use NewDigester.
type Digester struct {
	key   []byte
	known map[valueOf]Digest // nil unless it remembers
}

// valueOf is a text within a domain.
type valueOf struct{ domain, text string }

// NewDigester returns a Digester for key, which it copies. An empty key is a programmer's error.
func NewDigester(key []byte) Digester {
	if len(key) == 0 {
		panic("record.NewDigester: empty key")
	}
	return Digester{key: append([]byte(nil), key...)}
}

// Remembering returns a Digester that keeps every digest it makes, for simulations, which ask for the same few values millions of
// times. It is not safe for concurrent use, and it grows with each new value.
func (d Digester) Remembering() Digester {
	d.known = map[valueOf]Digest{}
	return d
}

// Value returns the digest of one field's value. The field's name is part of it, so equal texts in two fields differ.
func (d Digester) Value(name Field, value Value) Digest {
	return d.Text(string(name), string(value))
}

// Text returns the digest of any text within a named domain, for keys by which records are found again.
func (d Digester) Text(domain, text string) Digest {
	if d.known == nil {
		return digest(hmac.New(sha256.New, d.key), domain, text)
	}
	of := valueOf{domain, text}
	known, ok := d.known[of]
	if !ok {
		known = digest(hmac.New(sha256.New, d.key), domain, text)
		d.known[of] = known
	}
	return known
}

// digest makes one digest with a fresh or reset mac.
func digest(mac hash.Hash, domain, text string) Digest {
	mac.Write([]byte(domain))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	var sum [sha256.Size]byte
	return Digest(base64.RawURLEncoding.EncodeToString(mac.Sum(sum[:0])[:digestBytes]))
}

// Fields returns the digest of every field in f.
func (d Digester) Fields(f Fields) Shown {
	out := make(Shown, len(f))
	if d.known != nil {
		for name, value := range f {
			out[name] = d.Value(name, value)
		}
		return out
	}
	mac := hmac.New(sha256.New, d.key) // one for all: preparing the key costs as much as a value
	for name, value := range f {       // any order: each name once
		mac.Reset()
		out[name] = digest(mac, string(name), string(value))
	}
	return out
}

// Shown is what one side last showed us: a digest per field. A field that is absent was never shown.
type Shown map[Field]Digest

// Clone returns an independent copy; nil stays nil.
func (s Shown) Clone() Shown {
	if s == nil {
		return nil
	}
	out := make(Shown, len(s))
	for name, digest := range s {
		out[name] = digest
	}
	return out
}

// Encode returns the text form of s: "name=digest" joined by spaces in alphabetical order. The empty text is an empty Shown.
func (s Shown) Encode() string {
	names := make(Fields, len(s))
	for name := range s {
		names[name] = ""
	}
	var b strings.Builder
	for i, name := range names.Sorted() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(name))
		b.WriteByte('=')
		b.WriteString(string(s[name]))
	}
	return b.String()
}

// DecodeShown reads the text form made by Shown.Encode.
func DecodeShown(text string) (Shown, error) {
	out := Shown{}
	for part := range strings.FieldsSeq(text) {
		name, digest, ok := strings.Cut(part, "=")
		if !ok || name == "" || digest == "" {
			return nil, fmt.Errorf("decode shown digests: %q is not name=digest", part)
		}
		out[Field(name)] = Digest(digest)
	}
	return out, nil
}
