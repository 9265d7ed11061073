package vault_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raynetsync/internal/vault"
)

// What was sealed opens in its place, and in no other; bytes that we did not seal never open, and no error shows the text.
func FuzzSealed(f *testing.F) {
	f.Add([]byte("heslo"), "journal/1", uint16(0), byte(1))
	f.Add([]byte{}, "", uint16(4), byte(255))
	f.Add([]byte("Schůzka"), "job/7", uint16(30), byte(0))
	v := vault.NewFrom([]byte("fake seed"))
	f.Fuzz(func(t *testing.T, plain []byte, bound string, at uint16, flip byte) {
		sealed, err := v.Seal(plain, bound)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := v.Open(sealed, bound); err != nil || !bytes.Equal(opened, plain) {
			t.Errorf("%q in %q opened as %q, %v", plain, bound, opened, err)
		}
		if opened, err := v.Open(sealed, bound+"x"); !errors.Is(err, vault.ErrSealed) || opened != nil {
			t.Errorf("in another place: %q, %v", opened, err)
		}
		if opened, err := v.Open(plain, bound); !errors.Is(err, vault.ErrSealed) || opened != nil {
			t.Errorf("never sealed: %q, %v", opened, err)
		}
		if flip == 0 {
			return
		}
		sealed[int(at)%len(sealed)] ^= flip
		opened, err := v.Open(sealed, bound)
		if !errors.Is(err, vault.ErrSealed) || opened != nil {
			t.Errorf("changed at %d: %q, %v", at, opened, err)
		}
	})
}

// Whatever a key file holds, it is opened or refused, is never replaced, and no error quotes it.
func FuzzKeyFile(f *testing.F) {
	good := []byte(`{"format": 1, "keyset": {"primaryKeyId": 1, "key": [{"keyData": {"typeUrl": "type.googleapis.com/google.crypto.tink.AesGcmKey", "value": "GiAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==", "keyMaterialType": "SYMMETRIC"}, "status": "ENABLED", "keyId": 1, "outputPrefixType": "TINK"}]}, "secret": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`)
	f.Add(good)
	f.Add(bytes.Replace(good, []byte("ENABLED"), []byte("DISABLED"), 1))
	f.Add(bytes.Replace(good, []byte(`"format": 1`), []byte(`"format": 2`), 1))
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"format":1,"keyset":{"primaryKeyId":1,"key":[]},"secret":"` + base64.StdEncoding.EncodeToString(make([]byte, 32)) + `"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := vault.Open(file)
		after, readErr := os.ReadFile(file)
		if readErr != nil || !bytes.Equal(after, text) {
			t.Errorf("the file changed to %q, %v", after, readErr)
		}
		if err != nil {
			told := strings.ReplaceAll(err.Error(), file, "")
			if v != nil || !errors.Is(err, vault.ErrNoKeyFile) || (len(text) > 20 && strings.Contains(told, string(text))) {
				t.Errorf("%q: %v, %v", text, v, err)
			}
			return
		}
		sealed, err := v.Seal([]byte("x"), "y")
		if err != nil {
			t.Fatalf("%q opens and cannot seal: %v", text, err)
		}
		if opened, err := v.Open(sealed, "y"); err != nil || string(opened) != "x" {
			t.Errorf("%q: %q, %v", text, opened, err)
		}
	})
}
