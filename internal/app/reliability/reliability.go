// Package reliability runs what tries to make the product do what it must never do, and writes down what came of it: the figures of
// docs/reliability.md.
//
// It knows the levels (all histories of the write protocol, whole histories of the engine, real processes) and the files in which
// each leaves its figures. It refuses to know how a history is lived: that is in the packages beside it.
//
// Start reading at Run.
package reliability

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/simulator"
)

// Level is what is put to the proof.
type Level string

const (
	// Protocol is the product's write protocol against small models of both services and of the store: every combination of a few
	// things that go wrong.
	Protocol Level = "protocol"
	// Engine is the whole engine with real SQLite and both emulators in one process, on a clock of its own.
	Engine Level = "engine"
	// Processes are real ones of this program, on real sockets, killed again and again.
	Processes Level = "processes"
	// Properties are those of deciding, over inputs drawn at random; Defects are seeded into copies of the source code, to see that
	// somebody notices; Fuzz are foreign bytes for all that reads some. The three build the source code.
	Properties Level = "properties"
	Defects    Level = "defects"
	Fuzz       Level = "fuzz"
	// Document lives nothing: it writes the tables of the document from the figures that are there.
	Document Level = "document"
)

// Levels lists them.
func Levels() []Level {
	return []Level{Properties, Protocol, Engine, Processes, Defects, Fuzz, Document}
}

// Options say what is run.
type Options struct {
	Level    Level
	Scenario string // of that level; empty: all
	Seed     uint64
	// Histories is how many are lived, For how long new ones are begun; one of them may be 0.
	Histories int
	For       time.Duration
	// Finds is how many histories of the whole engine may violate something before that counts as bad. Where every change lives new
	// seeds, one that finds something need not come of the change.
	Finds   int
	Twice   int // every how many-th is lived two times
	Workers int // at the same time; 0: one for each processor
	// Depth is how many things go wrong in one history of the protocol, Shard which part of all of them is lived ("3/8"; empty: all),
	// Sample that they are drawn at random, from Seed, for the time of For.
	Depth  int
	Shard  string
	Sample bool
	// Kills is how often a process is killed.
	Kills int
	// Replay are files with saved histories, or folders of such, which are lived instead.
	Replay []string
	// Like is a folder of saved histories that those of the whole engine resemble; empty: they are drawn.
	Like string
	// Save is the folder into which failing histories are written, made small; empty: none is.
	Save string
	// Write is the folder of the documents into which the figures are written; empty: none.
	Write string
	// Command is what was typed, for the figures.
	Command string
}

// Outcome is what came of it.
type Outcome struct {
	// Report is for programs, Table for people.
	Report any
	Table  string
	// Bad says that something happened that must never happen.
	Bad bool
}

// Run runs a level. tell is told now and then how far it is. Errors are of what was asked for, or of the machine.
func Run(ctx context.Context, options Options, tell func(string)) (Outcome, error) {
	began := time.Now()
	made := stamp(options.Command, began)
	var outcome Outcome
	var err error
	switch {
	case len(options.Replay) > 0:
		outcome, err = replay(ctx, options)
	case options.Level == Engine:
		outcome, err = engine(ctx, options, tell)
	case options.Level == Protocol:
		outcome, err = writes(ctx, options, tell)
	case options.Level == Processes:
		outcome, err = kills(ctx, options, tell)
	case options.Level == Properties || options.Level == Defects || options.Level == Fuzz:
		outcome, err = fromSource(ctx, options, tell)
	case options.Level == Document:
		return Outcome{}, Render(options.Write)
	default:
		return Outcome{}, fmt.Errorf("%w %q: there are %s", ErrLevel, options.Level, words(Levels()))
	}
	if err != nil || options.Write == "" {
		return outcome, err
	}
	made.Seconds = time.Since(began).Seconds()
	file := File{Stamp: made, Name: options.name(), Report: outcome.Report}
	if replayed, ok := outcome.Report.([]Replayed); ok {
		if file.Report, err = figuresOf(replayed, options.Write); err != nil {
			return outcome, err
		}
	}
	if options.Level == Defects && len(options.Replay) == 0 {
		return outcome, Render(options.Write)
	}
	return outcome, Write(options.Write, file)
}

// name is that of the file for the figures: what was drawn at random does not take the place of what is complete.
func (o Options) name() string {
	switch {
	case len(o.Replay) > 0:
		return saved
	case o.Level == Engine && o.Like != "":
		return varied
	case o.Level == Protocol && o.Sample:
		return fmt.Sprintf("protocol-depth-%d-sampled", o.Depth)
	case o.Level == Protocol:
		return fmt.Sprintf("protocol-depth-%d", o.Depth)
	}
	return string(o.Level)
}

func words[T ~string](of []T) string {
	out := make([]string, 0, len(of))
	for _, one := range of {
		out = append(out, string(one))
	}
	return strings.Join(out, ", ")
}

// engine lives histories of the whole engine.
func engine(ctx context.Context, options Options, tell func(string)) (Outcome, error) {
	if options.Scenario != "" && !slices.Contains(simulator.Scenarios(), options.Scenario) {
		return Outcome{}, fmt.Errorf("%w %q: there are %s", ErrScenario, options.Scenario, strings.Join(simulator.Scenarios(), ", "))
	}
	like, err := resembled(options.Like)
	if err != nil {
		return Outcome{}, err
	}
	last, saved := time.Now(), 0
	var failed error
	report, err := simulator.Many(ctx, simulator.Plan{
		Options: simulator.Options{Scenario: options.Scenario, Like: like}, Seed: options.Seed, Histories: options.Histories, For: options.For,
		Twice: options.Twice, Workers: options.Workers, Dir: simulator.Shelf(),
	}, func(r simulator.Report) {
		for ; options.Save != "" && saved < len(r.Failed); saved++ { // as it was drawn, so that it is not lost if this is interrupted
			_, err := simulator.SaveFailure(options.Save, r.Failed[saved])
			failed = cmp.Or(failed, err)
		}
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			tell(fmt.Sprintf("%d histories, %d violations", r.Histories, r.Violations))
		}
	})
	if err = cmp.Or(err, failed); err != nil {
		return Outcome{}, err
	}
	for i, failure := range report.Failed {
		if options.Save == "" {
			continue
		}
		tell(fmt.Sprintf("seed %d is made small", failure.Seed))
		small, err := simulator.Shrink(ctx, failure.Script, failure.Violations[0].Checker, simulator.Shelf(), shrinkTries)
		if err != nil {
			return Outcome{}, err
		}
		report.Failed[i].Script = small
		if report.Failed[i].File, err = simulator.SaveFailure(options.Save, report.Failed[i]); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{Report: report, Table: engineTable(report), Bad: report.Violations > options.Finds || report.Different > 0}, nil
}

// shrinkTries is how many histories are lived to make a failing one small.
const shrinkTries = 400

// engineTable shows a report to people.
func engineTable(r simulator.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "seeds %d to %d: %d histories in %.0f s, %d with a violation, %d lived twice, %d of them differently\n",
		r.Seed, r.Seed+uint64(max(r.Histories, 1))-1, r.Histories, r.Seconds, r.Violations, r.Twice, r.Different)
	fmt.Fprintf(&b, "operations of people %d, faults %d, crashes %d, takeovers %d, old backups %d, lost databases %d\n",
		r.Operations, r.Faults, r.Crashes, r.Overtaken, r.Restores, r.Losses)
	b.WriteString("histories with something to look at:")
	for _, checker := range simulator.Checkers() {
		fmt.Fprintf(&b, " %s %d", checker, r.Checked[checker])
	}
	b.WriteString("\n")
	for _, failure := range r.Failed {
		for _, violation := range failure.Violations {
			fmt.Fprintf(&b, "seed %d: %s\n", failure.Seed, violation)
		}
		if failure.File != "" {
			fmt.Fprintf(&b, "  made small: %d steps in %s\n", len(failure.Script.Steps), failure.File)
		}
	}
	return b.String()
}
