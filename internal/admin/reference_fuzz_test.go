package admin_test

import (
	"errors"
	"testing"

	"raynetsync/internal/admin"
	"raynetsync/internal/remote"
)

// What people paste as a record's name is understood or told to be none; what is understood has a printed form that names the
// same record.
func FuzzPastedRef(f *testing.F) {
	for _, text := range []string{
		"raynet:meeting/123", " outlook:event/AAMk= ", "meeting/123", "event/AAMkAG=", "https://app.raynet.cz/demo/?view=DetailView&en=PhoneCall&ei=123",
		"https://app.raynet.cz/demo/#!/?en=Meeting&ei=7", "https://x.example/?en=a%2Fb&ei=1", "https://x.example/?en=%C3%89&ei=%20", "https://x.example/?en=%ff&ei=1",
		"/", "a/", "https://", "raynet:meeting", "occurrence/AAMk/2026-03-05", "\u00a0meeting/1\u2028",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := admin.ParseRef(text)
		if err != nil {
			if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != admin.FailureRef || !ref.IsZero() {
				t.Errorf("%q: %+v, %v", text, ref, err)
			}
			return
		}
		if !ref.Side.Valid() || ref.Type == "" || ref.ID == "" {
			t.Errorf("%q is %+v", text, ref)
		}
		if again, err := remote.ParseRef(ref.String()); err != nil || again != ref {
			t.Errorf("%q is %+v, printed %q, read back %+v, %v", text, ref, ref, again, err)
		}
	})
}
