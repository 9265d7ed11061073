package simulator_test

import (
	"fmt"
	"strings"
	"testing"

	"raynetsync/internal/app/simulator"
)

// watched is how many histories are lived under the race detector.
const watched = 50

// Nothing that must never happen happens in any of the histories. A failing one is lived again with its seed.
func TestHistories(t *testing.T) {
	t.Parallel()
	first, end := seeds()
	for seed := first; seed < end; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			result, err := simulator.Run(t.Context(), simulator.Options{Seed: seed, Dir: t.TempDir()})
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, strings.Join(result.Trace, "\n"))
			}
			if len(result.Violations) > 0 {
				t.Errorf("seed %d:\n%s\n\nwhat happened:\n%s", seed, strings.Join(result.Violations, "\n"), strings.Join(result.Trace, "\n"))
			}
		})
	}
}
