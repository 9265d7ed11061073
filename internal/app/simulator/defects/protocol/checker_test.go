package protocol_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/simulator/defects"
	"raynetsync/internal/app/simulator/protocol"
)

var (
	verdictFile = flag.String("verdict", "", "file for the verdict; without it a few histories of the product as it is are lived")
	limit       = flag.Duration("for", 2*time.Second, "for how long")
)

// points is among how many of its first questions a history deviates.
const points = 30

// It lives histories of the write protocol, one scenario after the other, until one ends badly, those of the fewest deviations first,
// and tells which. After all those of two deviations it draws some of three for as long as there is time. Nothing is
// wrong with the product as it is.
func TestChecker(t *testing.T) {
	path := *verdictFile
	if path == "" {
		path = filepath.Join(t.TempDir(), "verdict.json")
	}
	var verdict defects.Verdict
	until := time.Now().Add(*limit)
	look := func(options protocol.Options) {
		options.Points, options.For = points, min(options.For, time.Until(until))
		if verdict.CaughtBy != "" || options.For <= 0 {
			return
		}
		report, err := protocol.Run(t.Context(), options, nil)
		if err != nil {
			t.Fatal(err)
		}
		verdict.Histories += report.Total.Histories
		if len(report.Violations) > 0 {
			v := report.Violations[0]
			verdict.CaughtBy = invariant(v.What[0])
			verdict.What = v.Scenario + ": " + v.What[0]
		}
	}
	for depth := 1; depth <= 2; depth++ {
		for _, name := range sound() {
			look(protocol.Options{Depth: depth, Scenarios: []string{name}, For: *limit})
		}
	}
	for seed := uint64(1); verdict.CaughtBy == "" && time.Now().Before(until); seed++ {
		look(protocol.Options{Depth: 3, Scenarios: sound(), Sample: seed, For: 5 * time.Second})
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

// sound lists the scenarios.
func sound() []string {
	return slices.DeleteFunc(protocol.Scenarios(), func(name string) bool { return name == "calendar: one meeting from two mailboxes" })
}

// invariant returns the number of what is broken, by which the text of a violation begins; I1 where it has none, because then the
// history has not come to an end.
func invariant(text string) string {
	name, _, found := strings.Cut(text, ":")
	if !found || !strings.HasPrefix(name, "I") || len(name) > 3 {
		return "I1"
	}
	return name
}
