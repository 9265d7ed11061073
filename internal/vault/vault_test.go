package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"raynetsync/internal/vault"
)

func TestSealedValuesOpenOnlyInTheirPlace(t *testing.T) {
	t.Parallel()
	v := vault.New()
	sealed, err := v.Seal([]byte("Schůzka s panem Novákem"), "journal/1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("Nov")) {
		t.Fatalf("the sealed value shows its text: %q", sealed)
	}
	got, err := v.Open(sealed, "journal/1")
	if err != nil || string(got) != "Schůzka s panem Novákem" {
		t.Fatalf("Open = %q, %v", got, err)
	}
	tests := []struct {
		name  string
		bytes []byte
		bound string
		vault *vault.Vault
	}{
		{"another row", sealed, "journal/2", v},
		{"another key", sealed, "journal/1", vault.New()},
		{"changed", append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1), "journal/1", v},
		{"cut short", sealed[:len(sealed)-1], "journal/1", v},
		{"empty", nil, "journal/1", v},
	}
	for _, test := range tests {
		if _, err := test.vault.Open(test.bytes, test.bound); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: Open error = %v, want ErrSealed", test.name, err)
		}
	}
}

func TestOpenKeepsItsKeys(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deep", "data", "master.key")
	first := open(t, file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, want 0600", info.Mode().Perm())
	}
	if dir, _ := os.Stat(filepath.Dir(file)); dir.Mode().Perm() != 0o700 {
		t.Errorf("folder mode = %v, want 0700", dir.Mode().Perm())
	}
	if names, _ := os.ReadDir(filepath.Dir(file)); len(names) != 1 {
		t.Errorf("folder holds %v, want the key file alone", names)
	}
	sealed, err := first.Seal([]byte("x"), "a")
	if err != nil {
		t.Fatal(err)
	}
	second := open(t, file)
	if got, err := second.Open(sealed, "a"); err != nil || string(got) != "x" {
		t.Errorf("Open after reopening = %q, %v", got, err)
	}
	if !bytes.Equal(first.DigestKey(), second.DigestKey()) || first.Fingerprint("p") != second.Fingerprint("p") {
		t.Error("derived keys changed with reopening")
	}
	if first.Fingerprint("p") == first.Fingerprint("q") {
		t.Error("different credentials share a fingerprint")
	}
	if bytes.Equal(first.DigestKey(), vault.New().DigestKey()) {
		t.Error("two key files share a digest key")
	}
}

func TestRotationKeepsOldValuesReadable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	before := open(t, file)
	sealed, _ := before.Seal([]byte("old"), "a")
	if err := vault.Rotate(file); err != nil {
		t.Fatal(err)
	}
	after := open(t, file)
	if got, err := after.Open(sealed, "a"); err != nil || string(got) != "old" {
		t.Errorf("old value = %q, %v", got, err)
	}
	fresh, _ := after.Seal([]byte("new"), "a")
	if _, err := before.Open(fresh, "a"); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("the old keyset opened a value sealed with the new key: %v", err)
	}
	if !bytes.Equal(before.DigestKey(), after.DigestKey()) {
		t.Error("rotation changed the digest key")
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("mode after rotation = %v", info.Mode().Perm())
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	good := filepath.Join(t.TempDir(), "good.key")
	open(t, good)
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		content  []byte
		mode     os.FileMode
		want     error
		wantText string
	}{
		{"readable by everybody", text, 0o644, vault.ErrExposed, "chmod 600"},
		{"writable by the group", text, 0o620, vault.ErrExposed, "chmod 600"},
		{"empty", nil, 0o600, vault.ErrNoKeyFile, "backup"},
		{"cut short", text[:len(text)/2], 0o600, vault.ErrNoKeyFile, "backup"},
		{"something else", []byte("api_key = 1\n"), 0o600, vault.ErrNoKeyFile, "backup"},
		{"another format", bytes.Replace(text, []byte(`"format": 1`), []byte(`"format": 2`), 1), 0o600, vault.ErrNoKeyFile, "backup"},
	}
	for _, test := range tests {
		file := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(file, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		_, err := vault.Open(file)
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.wantText) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: error = %v, want %v with %q and the file's name", test.name, err, test.want, test.wantText)
		}
		if now, _ := os.ReadFile(file); !bytes.Equal(now, test.content) {
			t.Errorf("%s: the refused file was changed", test.name)
		}
	}
	file := filepath.Join(t.TempDir(), "handed-over.key")
	if err := os.WriteFile(file, text, 0o440); err != nil {
		t.Fatal(err)
	}
	open(t, file)
}

func TestConcurrentFirstOpensShareOneFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	var group sync.WaitGroup
	keys := make([]string, 8)
	for i := range keys {
		group.Go(func() {
			v, err := vault.Open(file)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = string(v.DigestKey())
		})
	}
	group.Wait()
	for _, key := range keys[1:] {
		if key != keys[0] {
			t.Fatal("two processes that started together use different keys")
		}
	}
}

func TestSeededVaultsAgree(t *testing.T) {
	t.Parallel()
	one, two := vault.NewFrom([]byte("seed 7")), vault.NewFrom([]byte("seed 7"))
	sealed, err := one.Seal([]byte("x"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := two.Open(sealed, "a"); err != nil || string(got) != "x" {
		t.Errorf("Open = %q, %v", got, err)
	}
	if !bytes.Equal(one.DigestKey(), two.DigestKey()) {
		t.Error("seeded vaults differ in their digest key")
	}
	if bytes.Equal(one.DigestKey(), vault.NewFrom([]byte("seed 8")).DigestKey()) {
		t.Error("different seeds share a digest key")
	}
}

func open(t *testing.T, file string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func BenchmarkSeal(b *testing.B) {
	v := vault.New()
	plain := bytes.Repeat([]byte("x"), 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Seal(plain, "journal/12345"); err != nil {
			b.Fatal(err)
		}
	}
}
