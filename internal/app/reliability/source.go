package reliability

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrSource says that a level needs the source code, Go, and to be started in the folder of the code.
var ErrSource = errors.New("this level builds the source code: start it in the folder of the code, on a machine with Go")

// fromSource runs a level that is a tool over the source code, and reads the report that it writes as one JSON value.
func fromSource(ctx context.Context, options Options, tell func(string)) (Outcome, error) {
	if module, err := os.ReadFile("go.mod"); err != nil || !bytes.HasPrefix(module, []byte("module raynetsync\n")) {
		return Outcome{}, ErrSource
	}
	dir, err := os.MkdirTemp("", "reliability-")
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	report := filepath.Join(dir, "report.json")
	if options.Level == Defects && options.Write != "" {
		report = defectsFile(options.Write) // it is continued there, and holds its own commits
	}
	command := sourceCommand(ctx, options, report)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	tell(command.String())
	ran := command.Run()
	data, err := os.ReadFile(report)
	if err != nil {
		return Outcome{}, errors.Join(fmt.Errorf("%s left no report", options.Level), ran)
	}
	value := jsontext.Value(bytes.TrimSpace(data))
	if err := value.Indent(); err != nil {
		return Outcome{}, fmt.Errorf("the report of %s: %w", options.Level, err)
	}
	return Outcome{Report: value, Table: value.String() + "\n", Bad: ran != nil}, nil
}

// sourceCommand is what a level over the source code runs.
func sourceCommand(ctx context.Context, options Options, report string) *exec.Cmd {
	span := options.For
	if span == 0 {
		span = time.Minute
	}
	switch options.Level {
	case Properties:
		command := exec.CommandContext(ctx, "go", "test", "./internal/engine/...", "-run", "Properties", "-count=1", "-timeout", (2*span + 5*time.Minute).String())
		command.Env = append(os.Environ(), "PROPERTIES_FOR="+span.String(), "PROPERTIES_RESULT="+report)
		return command
	case Fuzz:
		if options.For == 0 {
			span = 2 * time.Second
		}
		return exec.CommandContext(ctx, "./tools/fuzz", "--json", report, span.String())
	}
	args := []string{report}
	if options.Scenario != "" {
		args = append(args, options.Scenario)
	}
	command := exec.CommandContext(ctx, "./tools/defects", args...)
	if options.For > 0 {
		command.Env = append(os.Environ(), "FOR="+options.For.String())
	}
	return command
}

// defectsFile is where the score of the seeded defects is kept: it grows one defect at a time, so each line has its own commit.
func defectsFile(docs string) string {
	path, err := filepath.Abs(filepath.Join(docs, "defects-figures.json"))
	if err != nil {
		return filepath.Join(docs, "defects-figures.json")
	}
	return path
}

// read reads the report of a file of figures; there is none where it was never made.
func read[T any](docs, name string) (Stamp, T, bool, error) {
	var file struct {
		Stamp  Stamp `json:"stamp"`
		Report T     `json:"report"`
	}
	data, err := os.ReadFile(filepath.Join(docs, figures, name+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return Stamp{}, file.Report, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil {
		return Stamp{}, file.Report, false, fmt.Errorf("read the figures of %s: %w", name, err)
	}
	return file.Stamp, file.Report, true, nil
}
