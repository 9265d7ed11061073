package defects

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Defect is one rule left out.
type Defect struct {
	Name string // of its file, without the ending
	// Rule is what the product promises and this defect breaks, in one sentence.
	Rule string
	// Rows are the invariants (I2) and rows of the failure table (F6) that the rule serves.
	Rows []string
	// File is the path of the source file in the module.
	File string
	// Expected is the checker that is tried first.
	Expected Checker
	// Redundant says why leaving the rule out does no harm; empty for all that must be caught.
	Redundant string
	// Edits are what is changed in the file.
	Edits []Edit
}

// Edit is whole lines that other lines take the place of.
type Edit struct{ Old, New string }

// Load reads all defects of a folder in the order of their names. A file has lines "key: value" (rule, rows, file, checker, and if
// need be redundant), then for each change a line "--- old", lines as they are, a line "--- new", and the lines in their place,
// which may be none.
func Load(dir string) ([]Defect, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no defect was found in %s", dir)
	}
	slices.Sort(paths)
	all := make([]Defect, 0, len(paths))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		d, err := parse(string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		d.Name = strings.TrimSuffix(filepath.Base(path), ".txt")
		all = append(all, d)
	}
	return all, nil
}

// The lines that part a file of a defect.
const (
	oldLine = "--- old\n"
	newLine = "--- new\n"
)

func parse(text string) (Defect, error) {
	parts := strings.Split("\n"+text, "\n"+oldLine)
	d, err := head(parts[0])
	if err != nil {
		return Defect{}, err
	}
	for i, part := range parts[1:] {
		if i < len(parts)-2 {
			part += "\n" // it was cut with the line that parts
		}
		before, after, found := strings.Cut("\n"+part, "\n"+newLine)
		edit := Edit{Old: strings.TrimPrefix(before, "\n") + "\n", New: after}
		if !found || strings.TrimSpace(edit.Old) == "" || edit.Old == edit.New {
			return Defect{}, fmt.Errorf("change %d changes nothing", i+1)
		}
		d.Edits = append(d.Edits, edit)
	}
	if len(d.Edits) == 0 {
		return Defect{}, fmt.Errorf("it changes nothing")
	}
	return d, nil
}

func head(text string) (Defect, error) {
	var d Defect
	for line := range strings.Lines(strings.TrimPrefix(text, "\n")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "rule":
			d.Rule = value
		case "rows":
			d.Rows = strings.Fields(value)
		case "file":
			d.File = value
		case "checker":
			d.Expected = Checker(value)
		case "redundant":
			d.Redundant = value
		default:
			return Defect{}, fmt.Errorf("nobody knows what %q means", line)
		}
	}
	if d.Rule == "" || len(d.Rows) == 0 || d.File == "" || !d.Expected.Valid() {
		return Defect{}, fmt.Errorf("it lacks a rule, rows, a file or a checker that there is")
	}
	return d, nil
}

// Apply returns the source file with the defect in it. It fails unless each change fits in exactly one place and what comes of it is
// still Go: a defect that fits nowhere any more would prove nothing.
func (d Defect) Apply(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(d.File)))
	if err != nil {
		return nil, err
	}
	text := "\n" + string(source)
	for i, edit := range d.Edits {
		if n := strings.Count(text, "\n"+edit.Old); n != 1 {
			return nil, fmt.Errorf("defect %s: change %d fits in %d places of %s, want 1", d.Name, i+1, n, d.File)
		}
		text = strings.Replace(text, "\n"+edit.Old, "\n"+edit.New, 1)
	}
	changed := []byte(text[1:])
	if bytes.Equal(changed, source) {
		return nil, fmt.Errorf("defect %s changes nothing in %s", d.Name, d.File)
	}
	if _, err := parser.ParseFile(token.NewFileSet(), d.File, changed, parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("defect %s: %w", d.Name, err)
	}
	return changed, nil
}
