package processes_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/simulator/processes"
)

// build makes the program, with the compiled packages that the tests have anyway.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "raynetsync")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "raynetsync/cmd/raynetsync")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// The real program is killed while people work, and meets a second one; nothing happens that must never happen.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	report, err := processes.Run(t.Context(), processes.Options{Binary: build(t), Kills: kills, Seed: uint64(time.Now().UnixNano()), Dir: t.TempDir(), Two: true},
		func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Violations) > 0 {
		t.Errorf("violations:\n%s", strings.Join(report.Violations, "\n"))
	}
	t.Logf("%+v", report)
}
