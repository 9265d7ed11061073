package processes_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
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

func TestProcesses(t *testing.T) {
	t.Parallel()
	binary := build(t)
	t.Run("killed", func(t *testing.T) {
		t.Parallel()
		killed(t, binary)
	})
	t.Run("called off", func(t *testing.T) {
		t.Parallel()
		calledOff(t, binary)
	})
}

// The real program is killed while people work, and meets a second one; nothing happens that must never happen.
func killed(t *testing.T, binary string) {
	options := processes.Options{Binary: binary, Kills: 3, Seed: uint64(time.Now().UnixNano()), Dir: t.TempDir(), Two: true}
	t.Logf("seed %d", options.Seed)
	report, err := processes.Run(t.Context(), options, func(line string) { t.Log(line) })
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Violations) > 0 {
		t.Errorf("violations:\n%s", strings.Join(report.Violations, "\n"))
	}
	if report.Kills != 3 || report.Requests < 50 || report.Operations < 10 {
		t.Errorf("%d kills, %d requests, %d operations; want 3, at least 50 and 10", report.Kills, report.Requests, report.Operations)
	}
	chance := []string{processes.Graves, processes.Deletions, processes.Mails} // a short run may have no occasion
	for _, name := range processes.Checkers() {
		if report.Checked[name] == 0 && !slices.Contains(chance, name) {
			t.Errorf("%s looked at nothing", name)
		}
	}
	t.Logf("checked %v, met %v", report.Checked, report.Probes)
}

// Called off in the middle, it says so and leaves no process behind.
func calledOff(t *testing.T, binary string) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	report, err := processes.Run(ctx, processes.Options{Binary: binary, For: time.Hour, Seed: 1, Dir: t.TempDir()}, nil)
	if !errors.Is(err, context.DeadlineExceeded) || report.Seconds < 2 {
		t.Errorf("Run = %v after %.1f s, want that its time was over", err, report.Seconds)
	}
	if _, err := processes.Run(t.Context(), processes.Options{Binary: binary}, nil); err == nil {
		t.Error("a run without an end began")
	}
	dir := t.TempDir()
	if _, err := processes.Run(t.Context(), processes.Options{Binary: filepath.Join(dir, "nothing"), Kills: 1, Dir: dir}, nil); err == nil {
		t.Error("a program that is not there was started")
	}
}
