package admin_test

import (
	"testing"
	"time"

	"raynetsync/internal/admin"
)

// A result that is there already is there for the very next page.
func TestAKeptResultIsThereAtOnce(t *testing.T) {
	t.Parallel()
	works := admin.NewWorks(t.Context(), time.Now, func() string { return "id" })
	t.Cleanup(works.Close)
	for _, want := range []string{"first", "second"} {
		works.Keep("checks", "jana", want)
		if got, ok := works.Latest("checks"); !ok || got.Running() || got.Result != want || got.By != "jana" {
			t.Errorf("Latest = %+v, %v; want %s, which has ended", got, ok, want)
		}
	}
}
