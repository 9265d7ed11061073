package properties_test

import (
	"encoding/json"
	"flag"
	"os"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// property is one statement about a planner, and the wrong planners by which it is shown that it can fail.
type property struct {
	name  string
	holds func(planner, draw) error
	wrong []mistake
}

// properties lists them all.
func properties() []property {
	return []property{
		{"converges", converges, []mistake{neverCarriesLast, notesForEver}},
		{"repeats", repeats, []mistake{forgetsOrder, notesForEver}},
		{"does not ping-pong", doesNotPingPong, []mistake{writesBack}},
		{"asks first", asksFirst, []mistake{decidesItself}},
		{"commutes", commutes, []mistake{overwritesAll}},
		{"deletes on evidence", deletesOnEvidence, []mistake{takesAbsenceForProof, removesEdited, removesGuests}},
		{"follows removals", followsRemovals, []mistake{leavesCopies}},
		{"breaks loops", breaksLoops, []mistake{countsNoWrites}},
		{"keeps values", keepsValues, []mistake{tellsNoPreImage}},
		{"mails nobody", mailsNobody, []mistake{removesGuests, ignoresHolders}},
		{"tells nothing private", tellsNothingPrivate, []mistake{readsPrivate}},
		{"ignores the order of lists", ignoresOrder, []mistake{takesFirst}},
		{"joins one to one", joinsOneToOne, []mistake{takesFirst, joinsNobody}},
		{"orders safely", ordersSafely, []mistake{removesFirst}},
		{"halts in time", haltsInTime, []mistake{countsPercentOnly}},
	}
}

// results is what PROPERTIES_RESULT gets: one line of JSON.
type results struct {
	Cases      int64            `json:"cases"`
	Properties map[string]int64 `json:"properties"`
	Seconds    float64          `json:"seconds"`
	Violations int              `json:"violations"`
}

// completeName is the property that is not drawn: every input of the merge of one field, once.
const completeName = "merges one field (complete)"

// perCheck is how many cases rapid makes of one seed while the time runs.
const perCheck = 500

// TestProperties looks for a case that breaks a property. PROPERTIES_FOR=60s makes it look for that long, with fresh seeds all the
// time; the properties share the time. PROPERTIES_RESULT names a file that gets the exact number of cases.
func TestProperties(t *testing.T) {
	t.Parallel()
	all := properties()
	share := share(t, len(all)+1)
	counts := make([]atomic.Int64, len(all))
	failed := atomic.Int64{}
	began := time.Now()
	var cells int
	t.Run("all", func(t *testing.T) {
		t.Run(completeName, func(t *testing.T) {
			t.Parallel()
			cells = holdsCompletely(t)
		})
		for i, one := range all {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				defer func() {
					if t.Failed() {
						failed.Add(1)
					}
				}()
				began := time.Now()
				defer func() { t.Logf("%d cases, %v", counts[i].Load(), time.Since(began)) }()
				for till := time.Now().Add(share); ; {
					rapid.Check(t, func(t *rapid.T) {
						if err := one.holds(realPlanner(), drawOf(t)); err != nil {
							t.Fatal(err)
						}
						counts[i].Add(1)
					})
					if !time.Now().Before(till) {
						break
					}
				}
			})
		}
	})
	out := results{Properties: map[string]int64{}, Seconds: time.Since(began).Seconds(), Violations: int(failed.Load())}
	out.Properties[completeName], out.Cases = int64(cells), int64(cells)
	if cells == 0 {
		out.Violations++
	}
	for i, one := range all {
		out.Properties[one.name] = counts[i].Load()
		out.Cases += counts[i].Load()
		if counts[i].Load() == 0 && !t.Failed() {
			t.Errorf("%s: not one case", one.name)
		}
	}
	t.Logf("%d cases in %.1f s: %.0f a second", out.Cases, out.Seconds, float64(out.Cases)/out.Seconds)
	report(t, out)
}

// share is how long one of n properties may look; 0 for one short look.
func share(t *testing.T, n int) time.Duration {
	t.Helper()
	text := os.Getenv("PROPERTIES_FOR")
	if text == "" {
		return 0
	}
	total, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("PROPERTIES_FOR: %v", err)
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(perCheck)); err != nil {
		t.Fatal(err)
	}
	debug.SetGCPercent(400) // the cases are small and many, and nothing of them stays
	together, err := strconv.Atoi(flag.Lookup("test.parallel").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	turns := (n + together - 1) / together
	return total / time.Duration(turns)
}

// report appends a line to the file that PROPERTIES_RESULT names.
func report(t *testing.T, out results) {
	t.Helper()
	path := os.Getenv("PROPERTIES_RESULT")
	if path == "" {
		return
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

// numbers are rapid's generators of 0..n-1.
var numbers = func() [40]*rapid.Generator[int] {
	var out [40]*rapid.Generator[int]
	for n := 1; n < len(out); n++ {
		out[n] = rapid.IntRange(0, n-1)
	}
	return out
}()

func drawOf(t *rapid.T) draw {
	return func(n int) int { return numbers[n].Draw(t, "") }
}
