package remote_test

import (
	"testing"

	"raynetsync/internal/remote"
)

// A reference that is read is written to the letter as it was, and read again as the same one: people paste what we printed.
func FuzzParseRef(f *testing.F) {
	for _, text := range []string{"raynet:meeting/123", "outlook:occurrence/AAMk=/2026-03-05", "outlook:event/a:b/c", "raynet:/1", ":meeting/1", "raynet:meeting/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := remote.ParseRef(text)
		if err != nil {
			if !ref.IsZero() {
				t.Errorf("%q is refused and is %+v", text, ref)
			}
			return
		}
		if !ref.Side.Valid() || ref.Type == "" || ref.ID == "" {
			t.Errorf("%q is %+v", text, ref)
		}
		if ref.String() != text {
			t.Errorf("%q is written %q", text, ref)
		}
		if again, err := remote.ParseRef(ref.String()); err != nil || again != ref {
			t.Errorf("%q is %+v, read back %+v, %v", text, ref, again, err)
		}
	})
}
