package scenario_test

import (
	"strings"
	"testing"

	"raynetsync/internal/app/scenario"
)

// Every story comes out as it is told.
func TestStories(t *testing.T) {
	t.Parallel()
	stories, err := scenario.Read("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range stories {
		t.Run(story.File, func(t *testing.T) {
			t.Parallel()
			outcome, err := scenario.Run(t.Context(), story, t.TempDir())
			if err != nil {
				t.Fatalf("%v\n\nwhat happened:\n%s", err, strings.Join(outcome.Trace, "\n"))
			}
		})
	}
}
