package bench

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The figures stand between these lines of the document; the rest of it is written by people.
const (
	figuresBegin = "<!-- figures: written by raynetsync bench -->"
	figuresEnd   = "<!-- end of figures -->"
)

// ErrNoPlace says that the document has no place for the figures.
var ErrNoPlace = errors.New("performance.md has no lines that begin and end the figures")

// Write writes the report into docs, the folder of the documents: performance-figures.json, and the table in performance.md.
// Nobody writes these numbers by hand. A run that measured the pages alone leaves the other figures as they are, and the other
// way round. Errors: ErrNoPlace and those of the file system.
func Write(report Report, docs string) error {
	figures := filepath.Join(docs, "performance-figures.json")
	report, err := withOld(report, figures)
	if err != nil {
		return err
	}
	data, err := json.Marshal(report, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	path := filepath.Join(docs, "performance.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	before, rest, begins := bytes.Cut(text, []byte(figuresBegin))
	_, after, ends := bytes.Cut(rest, []byte(figuresEnd))
	if !begins || !ends {
		return ErrNoPlace
	}
	table := figuresBegin + "\n\n" + Table(report) + "\n" + figuresEnd
	if err := os.WriteFile(path, slices.Concat(before, []byte(table), after), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the figures: %w", err)
	}
	if err := os.WriteFile(figures, append(data, '\n'), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// withOld adds to a report what an earlier one has of what was not measured now.
func withOld(report Report, figures string) (Report, error) {
	if len(report.Phases) > 0 && len(report.Looks) > 0 {
		return report, nil
	}
	data, err := os.ReadFile(figures)
	if errors.Is(err, os.ErrNotExist) {
		return report, nil
	}
	var old Report
	if err == nil {
		err = json.Unmarshal(data, &old)
	}
	if err != nil {
		return report, fmt.Errorf("read the figures of an earlier run: %w", err)
	}
	if len(report.Looks) == 0 {
		report.Looks = old.Looks
	}
	if len(report.Phases) == 0 {
		old.Looks = report.Looks
		report = old
	}
	return report, nil
}

// Table returns the report as tables in Markdown, which people can read on a terminal too.
func Table(report Report) string {
	var b strings.Builder
	b.WriteString("| phase | stored | cycles | items | wall s | CPU s | peak MB | RAYNET requests | Graph requests | parts | " +
		"RAYNET / item | Graph / item | flushes / item | share of the limit |\n")
	b.WriteString("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, p := range report.Phases {
		reached := "–"
		if p.ShareOfLimit > 0 {
			reached = fmt.Sprintf("%.0f %%", p.ShareOfLimit*100)
		}
		raynet, graph, flushes := "–", "–", "–"
		if p.Items > 0 {
			raynet, graph, flushes = fmt.Sprintf("%.2f", p.RaynetPerItem), fmt.Sprintf("%.2f", p.GraphPerItem), fmt.Sprintf("%.2f", p.FsyncsPerItem)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %.2f | %.2f | %.0f | %d | %d | %d | %s | %s | %s | %s |\n", p.Name, p.Stored, p.Cycles, p.Items,
			p.WallS, p.CPUS, p.MaxRSSMB, p.Requests.Raynet, p.Requests.Graph, p.GraphParts, raynet, graph, flushes, reached)
	}
	if len(report.Phases) > 0 {
		first := report.Phases[0]
		fmt.Fprintf(&b, "\nCompany: %d mailboxes, %.0f ms latency on both services.\n", first.Mailboxes, first.LatencyMS)
	}
	writeLooks(&b, report.Looks)
	if s := report.Slopes; s != nil {
		writeSlopes(&b, "events", *s)
	}
	for _, kind := range slices.Sorted(maps.Keys(report.KindSlopes)) {
		writeSlopes(&b, string(kind), report.KindSlopes[kind])
	}
	return b.String()
}

func writeLooks(b *strings.Builder, looks []Look) {
	if len(looks) == 0 {
		return
	}
	fmt.Fprintf(b, "\nPages about %d mailboxes with %d links, each looked at %d times:\n\n| page | ms | CPU ms |\n|---|--:|--:|\n",
		looks[0].Mailboxes, looks[0].Links, looks[0].Times)
	for _, l := range looks {
		fmt.Fprintf(b, "| %s | %.1f | %.1f |\n", l.Name, l.MS, l.CPUMS)
	}
}

func writeSlopes(b *strings.Builder, what string, s Slopes) {
	fmt.Fprintf(b, "\nSlopes of an idle cycle's cost against what is stored (%d to %d linked %s; 0 does not grow, 1 doubles with it): "+
		"requests %.3f, CPU %.3f, bytes read %.3f.\n", s.Sizes[0], s.Sizes[len(s.Sizes)-1], what, s.Requests, s.CPU, s.BytesRead)
}
