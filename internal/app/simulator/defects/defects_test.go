package defects_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/app/simulator/defects"
)

var (
	which      = flag.String("defects", "", `the defects that are planted: "all", or names with commas; none: a few, other ones every day`)
	seed       = flag.Int("seed", 0, "which few; 0: by the day")
	limit      = flag.Duration("for", 2*time.Minute, "how long each checker looks for each defect")
	only       = flag.Bool("only", false, "only the checker that is expected to catch a defect looks for it")
	reportFile = flag.String("report", "", "file for the report; what it already tells of other defects stays in it")
)

const (
	root   = "../../../.."
	folder = "testdata/defects"
	// score is the published report of the last run of all.
	score = root + "/docs/defects-figures.json"
	// wanted is how many rules are left out at least, one at a time.
	wanted = 40
	// few is how many defects are planted where nobody asks for more.
	few = 3
)

func load(t *testing.T) []defects.Defect {
	t.Helper()
	all, err := defects.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every defect can be planted into the source of today: each of its changes fits in exactly one place, and what comes of it is Go.
func TestEveryDefectFits(t *testing.T) {
	t.Parallel()
	counted := 0
	for _, d := range load(t) {
		if _, err := d.Apply(root); err != nil {
			t.Error(err)
		}
		if d.Redundant == "" {
			counted++
		}
	}
	if counted < wanted {
		t.Errorf("there are %d defects that must be caught, want at least %d", counted, wanted)
	}
}

// What is published is about the defects of today, each of them, and says what its own lines add up to.
func TestScoreIsOfToday(t *testing.T) {
	t.Parallel()
	published := read(t, score)
	told := map[string]defects.Finding{}
	for _, f := range published.Defects {
		told[f.Name] = f
	}
	for _, d := range load(t) {
		f, found := told[d.Name]
		if slices.Contains(published.NotRun, d.Name) == found || found && (f.Rule != d.Rule || f.Redundant != d.Redundant) {
			t.Errorf("the published score does not know %s as it is now: tools/defects docs/defects-figures.json %s", d.Name, d.Name)
		}
		delete(told, d.Name)
	}
	for name := range told { // any order: each is told
		t.Errorf("the published score tells of %s, which there is not", name)
	}
	if sum := defects.Sum(published.Defects); sum.Caught != published.Caught || sum.Of != published.Of || !slices.Equal(sum.Missed, published.Missed) {
		t.Errorf("the score is %d of %d, and its lines add up to %d of %d", published.Caught, published.Of, sum.Caught, sum.Of)
	}
	if published.Caught < wanted {
		t.Errorf("%d defects are caught, want at least %d", published.Caught, wanted)
	}
}

// Each defect is caught by a checker. Where nobody asks for all of them, a few are planted that were caught quickly before, and only
// the checker that is expected to catch them looks.
func TestDefects(t *testing.T) {
	all := load(t)
	options := defects.Options{Root: root, For: *limit, Only: *only, Commit: commit()}
	chosen := all
	switch *which {
	case "all":
		options.Sound = true
	case "":
		chosen, options.Only = some(t, all), true
	default:
		names := strings.Split(*which, ",")
		chosen = slices.DeleteFunc(slices.Clone(all), func(d defects.Defect) bool { return !slices.Contains(names, d.Name) })
		if len(chosen) != len(names) {
			t.Fatalf("only %d of the defects %v are there", len(chosen), names)
		}
	}
	before := earlier(t)
	report, err := defects.Run(t.Context(), chosen, options, func(f defects.Finding) {
		before = keep(t, before, f)
		t.Logf("%s: caught by %q (%s) after %d histories, %.1f s: %s", f.Name, f.CaughtBy, f.Checker, f.Histories, f.Seconds, f.What)
	})
	if err != nil {
		t.Error(err)
	}
	for _, name := range report.Missed {
		t.Errorf("no checker caught %s", name)
	}
}

// commit is that of the source, as git knows it; empty where there is no git.
func commit() string {
	out, err := exec.Command("git", "-C", root, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// quick is within how many seconds a defect was caught of which some are chosen.
const quick = 5

// some chooses a few defects that were caught quickly, and not by a history that chance drew: every change of the product leads such a one
// elsewhere, so that it may take long to meet the defect again. (Those are planted where all of them are.)
func some(t *testing.T, all []defects.Defect) []defects.Defect {
	t.Helper()
	caught := map[string]bool{}
	for _, f := range read(t, score).Defects {
		caught[f.Name] = f.CaughtBy != "" && f.Seconds < quick && !strings.HasPrefix(f.What, "seed ")
	}
	all = slices.DeleteFunc(slices.Clone(all), func(d defects.Defect) bool { return d.Redundant != "" || !caught[d.Name] })
	at := *seed
	if at == 0 {
		at = time.Now().YearDay()
	}
	var out []defects.Defect
	for i := range min(few, len(all)) {
		out = append(out, all[(at+i*len(all)/few)%len(all)])
	}
	if len(out) < few {
		t.Errorf("only %d defects are caught within %d s, want at least %d", len(out), quick, few)
	}
	return out
}

// earlier reads the report that is continued.
func earlier(t *testing.T) []defects.Finding {
	t.Helper()
	if _, err := os.Stat(*reportFile); *reportFile == "" || os.IsNotExist(err) {
		return nil
	}
	return read(t, *reportFile).Defects
}

func read(t *testing.T, path string) defects.Report {
	t.Helper()
	data, err := os.ReadFile(path)
	var report defects.Report
	if err == nil {
		err = json.Unmarshal(data, &report)
	}
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// keep puts a finding into the report, in the place of what was found before.
func keep(t *testing.T, before []defects.Finding, f defects.Finding) []defects.Finding {
	t.Helper()
	before = slices.DeleteFunc(before, func(other defects.Finding) bool { return other.Name == f.Name })
	before = append(before, f)
	slices.SortFunc(before, func(a, b defects.Finding) int { return strings.Compare(a.Name, b.Name) })
	if *reportFile == "" {
		return before
	}
	report := defects.Sum(before)
	for _, d := range load(t) {
		if !slices.ContainsFunc(before, func(f defects.Finding) bool { return f.Name == d.Name }) {
			report.NotRun = append(report.NotRun, d.Name)
		}
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*reportFile, append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	return before
}
