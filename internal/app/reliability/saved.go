package reliability

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"raynetsync/internal/app/simulator"
)

// The names of the files for the figures of saved histories, and of those that resemble them.
const (
	saved  = "saved"
	varied = "engine-varied"
)

// resembled loads the saved histories of a folder, if there is one, and not those within it: what lies there waits to be mended, and what
// is like it would find the same again and again.
func resembled(folder string) ([]simulator.Script, error) {
	if folder == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%w: there is none in %s", ErrHistory, folder)
	}
	if err != nil {
		return nil, err
	}
	scripts := make([]simulator.Script, 0, len(files))
	for _, file := range files {
		script, err := simulator.Load(file)
		if err != nil {
			return nil, err
		}
		scripts = append(scripts, script)
	}
	return scripts, nil
}

// savedFigures are what is published of saved histories that were lived again.
type savedFigures struct {
	Histories []savedHistory `json:"histories"`
}

type savedHistory struct {
	File       string `json:"file"` // from the folder of the documents
	Steps      int    `json:"steps"`
	Violations int    `json:"violations"`
}

// figuresOf takes from what was lived again what is published in a folder of documents.
func figuresOf(replayed []Replayed, docs string) (savedFigures, error) {
	from, err := filepath.Abs(docs)
	if err != nil {
		return savedFigures{}, err
	}
	var out savedFigures
	for _, one := range replayed {
		path, err := filepath.Abs(one.File)
		if err == nil {
			path, err = filepath.Rel(from, path)
		}
		if err != nil {
			return savedFigures{}, err
		}
		out.Histories = append(out.Histories, savedHistory{File: filepath.ToSlash(path), Steps: one.Steps, Violations: len(one.Violations)})
	}
	return out, nil
}

// found adds the histories that once found something and were made small.
func (p phrases) found(b *strings.Builder, r savedFigures) {
	fmt.Fprintf(b, "\n"+p.lessons+"\n\n", len(r.Histories))
	p.head(b, p.lesson, p.steps, p.now)
	for _, h := range r.Histories {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(h.File), ".json"), "-", " ")
		fmt.Fprintf(b, "| [%s](%s) | %d | %d |\n", name, h.File, h.Steps, h.Violations)
	}
}

// replay lives saved histories again and tells all that happens.
func replay(ctx context.Context, options Options) (Outcome, error) {
	var results []Replayed
	var table strings.Builder
	bad := false
	files, err := expand(options.Replay)
	if err != nil {
		return Outcome{}, err
	}
	for _, path := range files {
		script, err := simulator.Load(path)
		if err != nil {
			return Outcome{}, err
		}
		dir, err := os.MkdirTemp(simulator.Shelf(), "replay-")
		if err != nil {
			return Outcome{}, err
		}
		result, err := simulator.Live(ctx, script, dir)
		if err == nil {
			err = os.RemoveAll(dir)
		}
		if err != nil {
			return Outcome{}, err
		}
		bad = bad || len(result.Violations) > 0
		results = append(results, Replayed{File: path, Steps: len(script.Steps), Violations: result.Violations, Trace: result.Trace})
		fmt.Fprintf(&table, "%s\n  %s\n", filepath.Base(path), strings.Join(result.Trace, "\n  "))
	}
	return Outcome{Report: results, Table: table.String(), Bad: bad}, nil
}

// Replayed is what came of a saved history.
type Replayed struct {
	File       string                `json:"file"`
	Steps      int                   `json:"steps"`
	Violations []simulator.Violation `json:"violations"`
	Trace      []string              `json:"trace"`
}

// expand puts in the place of a folder all histories in it and in those within it.
func expand(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrHistory, err)
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		before := len(out)
		err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && filepath.Ext(file) == ".json" {
				out = append(out, file)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(out) == before {
			return nil, fmt.Errorf("%w: there is none in %s", ErrHistory, path)
		}
	}
	return out, nil
}
