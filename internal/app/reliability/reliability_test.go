package reliability_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raynetsync/internal/app/reliability"
)

// copies of the two documents, as they are in the repository.
func documents(t *testing.T) string {
	t.Helper()
	docs := t.TempDir()
	for _, name := range []string{"reliability.md", "reliability.cs.md"} {
		text, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(docs, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return docs
}

// What a run finds out stands in a file with its stamp and in the tables of both languages.
func TestFiguresAreWrittenByTheRun(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	lessons := filepath.Join(t.TempDir(), "lessons")
	if err := os.MkdirAll(filepath.Join(lessons, "open"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"frozen-before-it-copied", "open/one-record-that-is-never-taken"} {
		history, err := os.ReadFile(filepath.Join("../simulator/testdata/histories", filepath.Base(name)+".json"))
		if err == nil {
			err = os.WriteFile(filepath.Join(lessons, name+".json"), history, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, options := range []reliability.Options{
		{Level: reliability.Engine, Seed: 3, Histories: 2, Twice: 2, Workers: 1},
		{Level: reliability.Protocol, Depth: 1, Scenario: "tasks: update", Workers: 1},
		{Replay: []string{lessons}},
		{Level: reliability.Engine, Seed: 3, Histories: 2, Twice: 2, Workers: 1, Like: lessons},
	} {
		options.Write, options.Command = docs, "raynetsync simulate --write docs"
		outcome, err := reliability.Run(t.Context(), options, func(string) {})
		if err != nil || outcome.Bad || outcome.Table == "" {
			t.Fatalf("%s: %+v, %v", options.Level, outcome, err)
		}
	}
	for name, wants := range map[string][]string{
		"reliability.md": {"| L2 whole engine | seeds 3 to 4; 1 lived twice, 0 differently | 2 | 0 |", "| L1 write protocol, 1 mishaps |", "| L2 saved histories | – | 2 | 0 |",
			"| L2 like the saved ones | seeds 3 to 4; 1 lived twice, 0 differently | 2 | 0 |",
			"made small and kept: **2**", "| [one record that is never taken](", "open/one-record-that-is-never-taken.json) |", "| I11 | 2 | 100.0 % |"},
		"reliability.cs.md":               {"| L2 celý program | čísla 3 až 4; 1 dvakrát, 0 jinak | 2 | 0 |", "| I11 | 2 | 100,0 % |"},
		"reliability-figures/saved.json":  {`/frozen-before-it-copied.json"`, `"violations": 0`, `"steps"`},
		"reliability-figures/engine.json": {`"commit"`, `"seconds"`, `"histories": 2`, `"command": "raynetsync simulate --write docs"`},
	} {
		text, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
	}
}

// What is published is what follows from the figures that are published with it.
func TestDocumentsFollowFromTheFigures(t *testing.T) {
	t.Parallel()
	docs := documents(t)
	if err := os.CopyFS(filepath.Join(docs, "reliability-figures"), os.DirFS("../../../docs/reliability-figures")); err != nil {
		t.Fatal(err)
	}
	score, err := os.ReadFile("../../../docs/defects-figures.json")
	if err == nil {
		err = os.WriteFile(filepath.Join(docs, "defects-figures.json"), score, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := reliability.Render(docs); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"reliability.md", "reliability.cs.md"} {
		published, _ := os.ReadFile(filepath.Join("../../../docs", name))
		rendered, _ := os.ReadFile(filepath.Join(docs, name))
		if string(published) != string(rendered) {
			t.Errorf("docs/%s is not what its figures say: raynetsync simulate --level document --write docs", name)
		}
	}
}

// Whoever asks for what there is not is told what there is.
func TestWrongChoicesAreNamed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options reliability.Options
		want    error
		names   string
	}{
		{reliability.Options{Level: "magic"}, reliability.ErrLevel, "protocol"},
		{reliability.Options{Level: reliability.Engine, Scenario: "weather", Histories: 1}, reliability.ErrScenario, "calendar"},
		{reliability.Options{Level: reliability.Protocol, Scenario: "weather"}, reliability.ErrScenario, "calendar: create"},
		{reliability.Options{Level: reliability.Protocol, Shard: "9 of 8"}, reliability.ErrShard, "3/8"},
		{reliability.Options{Level: reliability.Protocol, Shard: "9/8"}, reliability.ErrShard, "3/8"},
		{reliability.Options{Level: reliability.Protocol, Sample: true}, reliability.ErrShard, "--for"},
		{reliability.Options{Level: reliability.Fuzz}, reliability.ErrSource, "folder of the code"},
		{reliability.Options{Replay: []string{"testdata/none.json"}}, reliability.ErrHistory, "none.json"},
		{reliability.Options{Level: reliability.Engine, Histories: 1, Like: "testdata/none"}, reliability.ErrHistory, "none"},
		{reliability.Options{Replay: []string{t.TempDir()}}, reliability.ErrHistory, "there is none in"},
	} {
		_, err := reliability.Run(t.Context(), test.options, func(string) {})
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.names) {
			t.Errorf("%+v: %v, want %v that names %q", test.options, err, test.want, test.names)
		}
	}
}
