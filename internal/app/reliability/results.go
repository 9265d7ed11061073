package reliability

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	// ErrLevel says that no level has that name, ErrScenario that no scenario of the level has.
	ErrLevel    = errors.New("unknown level")
	ErrScenario = errors.New("unknown scenario")
	// ErrHistory says that there is no saved history where one was said to be.
	ErrHistory = errors.New("saved history")
	// ErrShard says that a part of all histories, or what is drawn of them, was described wrongly.
	ErrShard = errors.New("which histories")
)

// Stamp says of which program, when, where and by what figures were made.
type Stamp struct {
	Commit     string    `json:"commit"`
	At         time.Time `json:"at"`
	Seconds    float64   `json:"seconds"`
	Command    string    `json:"command"`
	Go         string    `json:"go"`
	Machine    string    `json:"machine"`
	Processors int       `json:"processors"`
}

// stamp describes this program and this machine, as a run begins.
func stamp(command string, began time.Time) Stamp {
	s := Stamp{At: began.UTC().Truncate(time.Second), Command: command,
		Go: runtime.Version(), Machine: runtime.GOOS + "/" + runtime.GOARCH, Processors: runtime.NumCPU()}
	if info, ok := debug.ReadBuildInfo(); ok {
		changed := ""
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				s.Commit = setting.Value
			case "vcs.modified":
				if setting.Value == "true" {
					changed = " and changes"
				}
			}
		}
		s.Commit += changed
	}
	if s.Commit == "" {
		s.Commit = checkout()
	}
	return s
}

// checkout is the commit of the folder that the program was started in, for programs that were built without one.
func checkout() string {
	commit, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil {
		return ""
	}
	changes, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
	text := strings.TrimSpace(string(commit))
	if err != nil || len(changes) > 0 {
		text += " and changes"
	}
	return text
}

// File is one file of figures.
type File struct {
	Name   string `json:"-"` // without folder and suffix
	Stamp  Stamp  `json:"stamp"`
	Report any    `json:"report"`
}

// figures is the folder of the files within that of the documents.
const figures = "reliability-figures"

// Write writes a file of figures into the folder of the documents, and the tables that follow from all of them into
// reliability.md. Nobody writes these numbers by hand.
func Write(docs string, f File) error {
	data, err := json.Marshal(f, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	folder := filepath.Join(docs, figures)
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // documents
		return fmt.Errorf("write the figures: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, f.Name+".json"), append(data, '\n'), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the figures: %w", err)
	}
	return Render(docs)
}
