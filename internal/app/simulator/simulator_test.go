package simulator_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"raynetsync/internal/app/simulator"
)

// Nothing that must never happen happens in any of the histories, and one script is one history. A failing one is shrunk and
// printed; "raynetsync simulate --seed" lives it again.
func TestHistories(t *testing.T) {
	t.Parallel()
	first, end := seeds()
	report, err := simulator.Many(t.Context(), simulator.Plan{Seed: first, Histories: int(end - first), Twice: 20, Dir: t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range report.Failed {
		checker := failure.Violations[0].Checker
		small, err := simulator.Shrink(t.Context(), failure.Script, checker, t.TempDir(), 60)
		if err != nil {
			t.Fatal(err)
		}
		tell(t, small)
	}
	if want := int(end - first); report.Histories < want && len(report.Failed) == 0 {
		t.Errorf("only %d of %d histories were lived", report.Histories, want)
	}
	for _, checker := range simulator.Checkers() {
		if n := report.Checked[checker]; report.Histories >= 50 && n*50 < report.Histories {
			t.Errorf("%s had something to look at in only %d of %d histories", checker, n, report.Histories)
		}
	}
	t.Logf("%+v", report)
}

// tell lives a history and prints all that happens.
func tell(t *testing.T, script simulator.Script) {
	t.Helper()
	result, err := simulator.Live(t.Context(), script, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range result.Violations {
		t.Errorf("seed %d: %s", script.Seed, violation)
	}
	if len(result.Violations) > 0 {
		t.Logf("%d steps: %+v\nwhat happened:\n%s", len(script.Steps), script, strings.Join(result.Trace, "\n"))
	}
}

// Every history that ever went wrong is lived again for ever.
func TestSavedHistories(t *testing.T) {
	t.Parallel()
	saved, err := filepath.Glob("testdata/histories/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(saved) == 0 {
		t.Fatal("no saved history was found")
	}
	for _, path := range saved {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			script, err := simulator.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, script)
		})
	}
}

// A history is kept as text and comes back the same; one that nobody could live is refused by name.
func TestScriptsAreKept(t *testing.T) {
	t.Parallel()
	script := simulator.Draw(7, simulator.Options{Rounds: 2})
	path := filepath.Join(t.TempDir(), "kept.json")
	if err := script.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := simulator.Load(path)
	if err != nil || !slices.Equal(again.Steps, script.Steps) || again.Seed != script.Seed {
		t.Fatalf("%+v came back as %+v: %v", script, again, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(text), "the process works", "the process sings", 1)
	if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.Load(path); err == nil || !strings.Contains(err.Error(), "the process sings") {
		t.Errorf("a step that nobody knows was taken: %v", err)
	}
}
