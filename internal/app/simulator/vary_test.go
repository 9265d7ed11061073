package simulator_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"raynetsync/internal/app/simulator"
)

// A seed and the same saved histories are one history, which can be lived; what is not promised does not happen in it.
func TestVariedHistories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no saved history was found", err)
	}
	var saved []simulator.Script
	for _, file := range files {
		script, err := simulator.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		saved = append(saved, script)
	}
	different := map[int]bool{}
	for seed := range uint64(500) {
		script := simulator.Vary(seed, saved)
		if !reflect.DeepEqual(script, simulator.Vary(seed, saved)) {
			t.Fatalf("seed %d is two histories", seed)
		}
		for _, step := range script.Steps {
			if step.Do == "RAYNET: one record is out of sight" {
				t.Fatalf("seed %d lives what is not promised", seed)
			}
		}
		path := filepath.Join(t.TempDir(), "varied.json")
		if err := script.Save(path); err != nil {
			t.Fatal(err)
		}
		if _, err := simulator.Load(path); err != nil {
			t.Fatalf("seed %d cannot be lived: %v", seed, err)
		}
		different[len(script.Steps)] = true
	}
	if len(different) < 20 {
		t.Errorf("500 histories have only %d lengths", len(different))
	}
	for _, file := range files { // varying must not write into what it was given
		if again, err := simulator.Load(file); err != nil || !reflect.DeepEqual(again, saved[0]) {
			t.Errorf("%s was changed: %v", file, err)
		}
		saved = saved[1:]
	}
	report, err := simulator.Many(t.Context(), simulator.Plan{Options: simulator.Options{Like: []simulator.Script{simulator.Draw(3, simulator.Options{Rounds: 2})}},
		Seed: 1, Histories: 3, Twice: 3, Dir: t.TempDir()}, nil)
	if err != nil || report.Histories != 3 || report.Violations != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
