package scenario

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Story is one scenario: a heading for people and the lines that are lived.
type Story struct {
	// File is its name without folder and ending.
	File string
	// Title is one sentence.
	Title string
	// Table is the table of docs/semantics.md that its rows belong to, empty for none.
	Table string
	// Rows say what happens and what follows; each is a row of the table.
	Rows []Row
	// Proves are the invariants that it shows ("I3").
	Proves []string
	lines  []line
	path   string
}

// Row is one line of a table: what happens, and what follows from it.
type Row struct{ When, Then string }

// line is one statement with the indented lines below it.
type line struct {
	number int
	text   string
	block  []string
}

// Tables are the tables that a story may name, in the order of docs/semantics.md.
func Tables() []string {
	return []string{"events", "contacts", "tasks", "losses", "clashes", "removals", "rules", "faults", "decisions"}
}

// Read reads every story of a folder, in the order of their names.
func Read(folder string) ([]Story, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	stories := make([]Story, 0, len(paths))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		story, err := Parse(path, text)
		if err != nil {
			return nil, err
		}
		stories = append(stories, story)
	}
	return stories, nil
}

// Parse reads one story. An error names file and line.
func Parse(path string, text []byte) (Story, error) {
	story := Story{File: strings.TrimSuffix(filepath.Base(path), ".txt"), path: path}
	for i, raw := range strings.Split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\n") {
		raw = strings.TrimRight(raw, " \t\r")
		trimmed := strings.TrimSpace(raw)
		at := fmt.Sprintf("%s:%d", path, i+1)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case raw != trimmed && (raw[0] == ' ' || raw[0] == '\t'):
			if len(story.lines) == 0 {
				return story, fmt.Errorf("%s: an indented line belongs to the line above it, and there is none", at)
			}
			last := &story.lines[len(story.lines)-1]
			last.block = append(last.block, trimmed)
		default:
			heading, err := story.heading(trimmed)
			if err != nil {
				return story, fmt.Errorf("%s: %w", at, err)
			}
			if !heading {
				story.lines = append(story.lines, line{number: i + 1, text: trimmed})
			}
		}
	}
	if story.Title == "" || len(story.lines) == 0 {
		return story, fmt.Errorf("%s: a story has a STORY line and says what happens", path)
	}
	return story, nil
}

// heading takes in a line about the story itself.
func (s *Story) heading(text string) (bool, error) {
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "STORY":
		s.Title = rest
	case "TABLE":
		if !slices.Contains(Tables(), rest) {
			return true, fmt.Errorf("there is no table %q, only %s", rest, strings.Join(Tables(), ", "))
		}
		s.Table = rest
	case "WHEN":
		s.Rows = append(s.Rows, Row{When: rest})
	case "THEN":
		if len(s.Rows) == 0 || s.Rows[len(s.Rows)-1].Then != "" {
			return true, fmt.Errorf("THEN follows a WHEN")
		}
		s.Rows[len(s.Rows)-1].Then = rest
	case "PROVES":
		s.Proves = strings.Fields(rest)
	default:
		return false, nil
	}
	return true, nil
}

// statement is one kind of line. Its pattern is plain text with places:
// {who} a name, {side} RAYNET or Outlook, {title} a text in quotes, {n} a number, {word} anything without a space, {date} a
// date, {what} the rest of the line.
type statement struct {
	pattern string
	do      func(w *world, args []string, block []string) error
}

// Grammar lists the patterns of all lines that a story may have below its heading.
func Grammar() []string {
	var out []string
	for _, s := range statements() {
		out = append(out, s.pattern)
	}
	return out
}

func statements() []statement {
	return slices.Concat(settings(), deeds(), troubles(), repairs(), decisions(), wants())
}

// interpreter knows the statements with their patterns compiled.
type interpreter struct {
	statements []statement
	compiled   []*regexp.Regexp
}

func newInterpreter() *interpreter {
	in := &interpreter{statements: statements()}
	for _, s := range in.statements {
		in.compiled = append(in.compiled, compile(s.pattern))
	}
	return in
}

func compile(pattern string) *regexp.Regexp {
	text := regexp.QuoteMeta(pattern)
	for place, expression := range map[string]string{
		"who": `(\p{L}+)`, "side": `(RAYNET|Outlook)`, "title": `"([^"]*)"`, "n": `(\d+)`, "word": `(\S+)`,
		"date": `(\d{4}-\d\d-\d\d)`, "what": `(.+)`,
	} {
		text = strings.ReplaceAll(text, `\{`+place+`\}`, expression)
	}
	return regexp.MustCompile("^" + text + "$")
}

// live carries out one line. The first pattern that fits decides.
func (in *interpreter) live(w *world, l line) error {
	for i, expression := range in.compiled {
		if found := expression.FindStringSubmatch(l.text); found != nil {
			return in.statements[i].do(w, found[1:], l.block)
		}
	}
	return fmt.Errorf("nobody understands %q; the lines that there are stand in the package's documentation", l.text)
}
