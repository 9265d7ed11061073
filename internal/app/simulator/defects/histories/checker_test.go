package histories_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"raynetsync/internal/app/simulator"
	"raynetsync/internal/app/simulator/defects"
)

var (
	verdictFile = flag.String("verdict", "", "file for the verdict; without it a few histories of the product as it is are lived")
	limit       = flag.Duration("for", 2*time.Second, "for how long")
)

// It commits in groups, lives the saved histories and then drawn ones until something happens that must never happen, and tells what. Nothing is wrong
// with the product as it is.
func TestChecker(t *testing.T) {
	path := *verdictFile
	if path == "" {
		path = filepath.Join(t.TempDir(), "verdict.json")
	}
	verdict := defects.Verdict{Histories: groups}
	if wrong := together(t); wrong != "" {
		verdict.CaughtBy, verdict.What = "I12", wrong
	}
	if verdict.CaughtBy == "" {
		verdict = saved(t)
		verdict.Histories += groups
	}
	if verdict.CaughtBy == "" {
		report, err := simulator.Many(t.Context(), simulator.Plan{For: *limit, Dir: simulator.Shelf(), Failing: 1, Twice: 20}, nil)
		if err != nil {
			t.Fatal(err)
		}
		verdict.Histories += report.Histories
		if len(report.Failed) > 0 {
			v := report.Failed[0].Violations[0]
			verdict.CaughtBy, verdict.What = v.Checker, fmt.Sprintf("seed %d: %s", report.Failed[0].Seed, v.What)
		}
	}
	data, err := json.Marshal(verdict)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if *verdictFile == "" && (verdict.CaughtBy != "" || verdict.Histories == 0) {
		t.Errorf("the product as it is: %+v", verdict)
	}
}

// saved lives the histories that went wrong once.
func saved(t *testing.T) defects.Verdict {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/histories/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no saved history was found: %v", err)
	}
	var verdict defects.Verdict
	for _, path := range paths {
		script, err := simulator.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		result, err := simulator.Live(t.Context(), script, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		verdict.Histories++
		if len(result.Violations) > 0 {
			v := result.Violations[0]
			verdict.CaughtBy, verdict.What = v.Checker, filepath.Base(path)+": "+v.What
			break
		}
	}
	return verdict
}
