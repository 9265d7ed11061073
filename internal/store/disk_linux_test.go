package store_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
)

// smallDisk mounts a disk of a few MiB and returns its folder, or nothing if this user may not.
func smallDisk(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=6m"); err != nil {
		return ""
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// A user without the right to write the file gets a clear error. Because root may write everything, the test runs itself
// again as somebody else where it is root.
func TestFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	if path := os.Getenv("STORETEST_READONLY"); path != "" {
		_, err := store.Open(t.Context(), options(path))
		if !errors.Is(err, store.ErrReadOnly) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "right to write") {
			t.Fatalf("error = %v, want ErrReadOnly with the file's name and the repair", err)
		}
		return
	}
	folder, err := os.MkdirTemp("", "storetest") // not t.TempDir, whose parents are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "sync.db")
	s, err := store.Open(t.Context(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	storetest.Pair(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(folder, "store.test")
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(binary, self, 0o755), os.Chmod(path, 0o444), os.Chmod(folder, 0o555)); err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), binary, "-test.run=^TestFileOfSomebodyElse$", "-test.v")
	child.Dir = folder
	child.Env = append(os.Environ(), "STORETEST_READONLY="+path)
	if os.Getuid() == 0 {
		const nobody = 65534
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestFileOfSomebodyElse") {
		t.Fatalf("%v\n%s", err, out)
	}
}
