package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/scenario"
	"raynetsync/internal/record"
)

// Killed before and after every single step of I/O, the process comes to the same end as if nobody had killed it: nothing is
// made twice, nothing is lost, and a second run finds nothing to do.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, kind := range record.Kinds() {
		for _, refuse := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, external ids refused %v", kind, refuse), func(t *testing.T) {
				t.Parallel()
				every := killEvery
				if refuse && kind != record.Calendar {
					every *= 4 // what refusing changes is the same for every kind
				}
				killed(t, scenario.Killing{Kind: kind, RefuseExtID: refuse}, every)
			})
		}
	}
}

// Killed in the middle of a decision, the process comes to the same end: what was decided is done, or waits as before.
func TestKilledWhileAPersonDecides(t *testing.T) {
	t.Parallel()
	killed(t, scenario.Killing{Kind: record.Calendar, Deciding: true}, 6*killEvery)
}

// killed lives one story without a kill, and then once for every so manyth of its points.
func killed(t *testing.T, story scenario.Killing, every int) {
	t.Helper()
	var err error
	story.At, story.Dir = -1, t.TempDir()
	whole, err := scenario.Kill(t.Context(), story)
	if err != nil || whole.Struck {
		t.Fatalf("the story without a kill: %v\n%s", err, strings.Join(whole.Trace, "\n"))
	}
	if whole.Points < 100 {
		t.Fatalf("the story has %d points, want at least 100", whole.Points)
	}
	if story.Empty, err = scenario.EmptyDatabase(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for at := range whole.Points + 1 {
		if at%every != 0 && at != whole.Points {
			continue
		}
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			once := story
			once.At, once.Dir = at, t.TempDir()
			killed, err := scenario.Kill(t.Context(), once)
			if err != nil {
				t.Fatalf("%v\n%s", err, strings.Join(killed.Trace, "\n"))
			}
			if diff := cmp.Diff(whole.World, killed.World); diff != "" {
				t.Errorf("the world at the end (-without +with a kill):\n%s\n%s", diff, strings.Join(killed.Trace, "\n"))
			}
			if want := at < whole.Points; killed.Struck != want {
				t.Errorf("killed: %v, want %v", killed.Struck, want)
			}
		})
	}
}
