package defects

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Checker is a kind of checker that may catch a defect.
type Checker string

// The checkers, the cheapest first.
const (
	Properties Checker = "properties" // random cases of the deciding packages (L0)
	Protocol   Checker = "protocol"   // every history of the write protocol (L1)
	Histories  Checker = "histories"  // saved and random histories of the whole product (L2)
)

// Checkers lists the checkers in the order in which they are tried.
func Checkers() []Checker { return []Checker{Properties, Protocol, Histories} }

// Valid reports whether there is such a checker.
func (c Checker) Valid() bool { return slices.Contains(Checkers(), c) }

// folder is where the package lies whose test binary is the checker.
func (c Checker) folder() string {
	if c == Properties {
		return "internal/engine/properties"
	}
	return "internal/app/simulator/defects/" + string(c)
}

// Options choose what is run.
type Options struct {
	// Root is the folder of the module, with its source.
	Root string
	// For is how long one checker looks for one defect; 0 is two minutes.
	For time.Duration
	// Sound first lets every checker look at the product as it is: one that finds fault with that would catch anything.
	Sound bool
	// Only leaves out all checkers but the one that is expected to catch a defect.
	Only bool
	// Commit is that of the source, for the report.
	Commit string
}

// Finding is what became of one defect.
type Finding struct {
	Name string   `json:"name"`
	Rule string   `json:"rule"`
	Rows []string `json:"rows"`
	// CaughtBy is what the checker says is broken (an invariant, a property), empty if nobody noticed.
	CaughtBy string  `json:"caughtBy,omitempty"`
	Checker  Checker `json:"checker,omitempty"`
	// What is the checker's own first sentence.
	What string `json:"what,omitempty"`
	// Histories is after how many histories it was caught, or in how many it was not; for properties these are cases.
	Histories int `json:"histories"`
	// Seconds is how long the checkers ran, without the time for compiling.
	Seconds float64 `json:"seconds"`
	// Redundant says why it need not be caught.
	Redundant string `json:"redundant,omitempty"`
	// Commit is that of the source into which it was planted.
	Commit string `json:"commit,omitempty"`
}

// Report is the score.
type Report struct {
	Defects []Finding `json:"defects"`
	// Caught of Of defects were caught. Redundant ones are not counted.
	Caught int      `json:"caught"`
	Of     int      `json:"of"`
	Missed []string `json:"missed"`
	// NotRun are defects that no checker has looked for yet; they count nowhere.
	NotRun []string `json:"notRun"`
}

// Verdict is what one run of a checker tells, as JSON in the file that it was given.
type Verdict struct {
	CaughtBy  string `json:"caughtBy,omitempty"`
	What      string `json:"what,omitempty"`
	Histories int    `json:"histories"`
}

// Sum counts findings.
func Sum(findings []Finding) Report {
	report := Report{Defects: findings, Missed: []string{}, NotRun: []string{}}
	for _, f := range findings {
		switch {
		case f.Redundant != "":
		case f.CaughtBy != "":
			report.Of++
			report.Caught++
		default:
			report.Of++
			report.Missed = append(report.Missed, f.Name)
		}
	}
	return report
}

// Run plants the defects one after another and lets the checkers look for each, the expected one first, until one catches it. tell
// is told what became of each. The errors are those of defects that cannot be planted and of checkers that cannot be compiled or tell
// nothing; the report holds what was found of the others.
func Run(ctx context.Context, defects []Defect, options Options, tell func(Finding)) (Report, error) {
	var findings []Finding
	var errs []error
	if options.Sound {
		if err := sound(ctx, options); err != nil {
			return Sum(nil), err
		}
	}
	for _, d := range defects {
		f, err := one(ctx, d, options)
		if ctx.Err() != nil {
			return Sum(findings), ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("defect %s: %w", d.Name, err))
			continue
		}
		findings = append(findings, f)
		if tell != nil {
			tell(f)
		}
	}
	return Sum(findings), errors.Join(errs...)
}

// sound lets every checker look at the product without any defect.
func sound(ctx context.Context, options Options) error {
	dir, err := os.MkdirTemp("", "defect-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := planted{options: options, dir: dir}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), []byte("{}"), 0o600); err != nil {
		return err
	}
	for _, checker := range Checkers() {
		verdict, _, err := p.look(ctx, checker)
		if err != nil {
			return fmt.Errorf("%s: %w", checker, err)
		}
		if verdict.CaughtBy != "" {
			return fmt.Errorf("%s finds fault with the product as it is, so it proves nothing: %s: %s", checker, verdict.CaughtBy, verdict.What)
		}
	}
	return nil
}

// one lets the checkers look for one defect.
func one(ctx context.Context, d Defect, options Options) (Finding, error) {
	f := Finding{Name: d.Name, Rule: d.Rule, Rows: d.Rows, Redundant: d.Redundant, Commit: options.Commit}
	dir, err := os.MkdirTemp("", "defect-")
	if err != nil {
		return f, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := planted{Defect: d, options: options, dir: dir}
	if err := p.plant(); err != nil {
		return f, err
	}
	if err := p.compile(ctx); err != nil {
		return f, err
	}
	checkers := []Checker{d.Expected}
	if !options.Only {
		checkers = append(checkers, slices.DeleteFunc(Checkers(), func(c Checker) bool { return c == d.Expected })...)
	}
	for _, checker := range checkers {
		verdict, seconds, err := p.look(ctx, checker)
		f.Seconds += seconds
		if err != nil {
			return f, fmt.Errorf("%s: %w", checker, err)
		}
		f.Histories = verdict.Histories
		if verdict.CaughtBy != "" {
			f.CaughtBy, f.Checker, f.What = verdict.CaughtBy, checker, verdict.What
			return f, nil
		}
	}
	return f, nil
}

// planted is one defect in its own folder.
type planted struct {
	Defect
	options Options
	dir     string
}

func (p planted) overlay() string { return "-overlay=" + filepath.Join(p.dir, "overlay.json") }

// plant writes the changed file and the list that tells the compiler of it.
func (p planted) plant() error {
	source, err := p.Apply(p.options.Root)
	if err != nil {
		return err
	}
	root, err := filepath.Abs(p.options.Root)
	if err != nil {
		return err
	}
	changed := filepath.Join(p.dir, filepath.Base(p.File))
	if err := os.WriteFile(changed, source, 0o600); err != nil {
		return err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, filepath.FromSlash(p.File)): changed}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.dir, "overlay.json"), list, 0o600)
}

// compile makes sure that the defect is one of behaviour and not of grammar.
func (p planted) compile(ctx context.Context) error {
	return p.command(ctx, "go", "build", p.overlay(), "./"+filepath.ToSlash(filepath.Dir(p.File)))
}

func (p planted) command(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = p.options.Root
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// patience is how much longer than it was told a checker may take; then it hangs. The saved histories are lived before the time that it was
// told begins to count: on a busy machine these alone take minutes, and slowness must not pass for a catch.
const patience = 10 * time.Minute

// look lets one checker look for the defect.
func (p planted) look(ctx context.Context, checker Checker) (verdict Verdict, seconds float64, err error) {
	limit := cmp.Or(p.options.For, 2*time.Minute)
	binary, told := filepath.Join(p.dir, string(checker)+".test"), filepath.Join(p.dir, string(checker)+".json")
	if err := p.command(ctx, "go", "test", "-c", "-vet=off", p.overlay(), "-o", binary, "./"+checker.folder()); err != nil {
		return Verdict{}, 0, err
	}
	defer func() { _ = os.Remove(binary) }()
	args := []string{"-test.run=^TestChecker$", "-test.timeout=0", "-verdict=" + told, "-for=" + limit.String()}
	if checker == Properties {
		args = []string{"-test.run=^TestProperties$", "-test.timeout=0", "-rapid.nofailfile", "-rapid.seed=1", fmt.Sprintf("-rapid.checks=%d", cases)}
	}
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, limit+patience)
	defer cancel()
	command := exec.CommandContext(bounded, binary, args...)
	command.Dir = filepath.Join(p.options.Root, filepath.FromSlash(checker.folder()))
	command.Env = append(os.Environ(), "PROPERTIES_FOR=", "PROPERTIES_RESULT="+told)
	out, failed := command.CombinedOutput()
	seconds = time.Since(began).Seconds()
	switch {
	case ctx.Err() != nil:
		return Verdict{}, seconds, ctx.Err()
	case bounded.Err() != nil:
		return Verdict{CaughtBy: "time limit", What: fmt.Sprintf("the checker did not end within %v", limit+patience)}, seconds, nil
	}
	data, err := os.ReadFile(told)
	if err != nil {
		return Verdict{}, seconds, errors.Join(failed, fmt.Errorf("the checker told nothing: %s", out))
	}
	if checker == Properties {
		verdict, err = broken(data, string(out), failed != nil)
		return verdict, seconds, err
	}
	return verdict, seconds, json.Unmarshal(data, &verdict)
}

// cases is how many cases each property draws, always from the same seed: what breaks one is the defect and not chance.
const cases = 5_000

// broken reads from the result and the output of the properties which of them does not hold.
func broken(result []byte, out string, failed bool) (Verdict, error) {
	var counted struct {
		Cases int `json:"cases"`
	}
	if err := json.Unmarshal(result, &counted); err != nil {
		return Verdict{}, fmt.Errorf("the result of the properties cannot be read: %w", err)
	}
	verdict := Verdict{Histories: counted.Cases}
	if !failed {
		return verdict, nil
	}
	at := failedProperty.FindStringSubmatchIndex(out)
	if at == nil {
		return verdict, fmt.Errorf("the properties failed for another reason: %s", out)
	}
	verdict.CaughtBy = strings.ReplaceAll(out[at[2]:at[3]], "_", " ")
	verdict.What = firstLine(out[at[1]:])
	return verdict, nil
}

// failedProperty finds the name of a property that failed in the output of its test.
var failedProperty = regexp.MustCompile(`(?m)^ *--- FAIL: TestProperties/all/(\S+) .*$`)

// firstLine returns the first line that says something.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}
