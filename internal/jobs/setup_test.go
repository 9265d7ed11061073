package jobs_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

func copyKey(t *testing.T, from, to string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(from, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "master.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
}
