package screen_test

import (
	"bytes"
	"strings"
	"testing"

	"raynetsync/internal/cli/screen"
)

func TestOffATerminalEverythingIsPlain(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := screen.New(&out, []string{"TERM=xterm-256color", "CLICOLOR=1"})
	s.Line(screen.Title("Title"), screen.Bad("bad"), screen.Dim("dim"))
	s.Wrapped(4, "  →", strings.Repeat("slovo ", 40))
	s.Redraw([]string{"never seen"})
	s.Erase()
	bars := s.Bars(func(share float64, done int) string { return "ready" })
	bars.Add("a", "Ann")
	bars.Add("b", "Barbora")
	bars.Progress("a", "calendar", 1, 3)
	bars.Progress("a", "tasks", 0, 1)
	bars.Progress("b", "calendar", 2, 2)
	if strings.Contains(out.String(), "█") {
		t.Error("bars are seen before their end")
	}
	bars.End()
	s.Table([]screen.Column{{Title: "Name"}, {Title: "Count", Right: true}}, [][]string{{"Žaneta", "7"}, {"Ota", screen.Good("1 200")}})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	want := []string{
		"Title bad dim",
		"  → slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo",
		"    slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo slovo",
		"    slovo slovo slovo slovo slovo slovo slovo slovo",
		"  Ann      " + strings.Repeat("█", 8) + strings.Repeat("░", 22) + "  ready",
		"  Barbora  " + strings.Repeat("█", 30) + "  ready",
		"Name    Count",
		"───────────────",
		"Žaneta      7",
		"Ota     1 200",
	}
	for i := range max(len(lines), len(want)) {
		got, wanted := "", ""
		if i < len(lines) {
			got = lines[i]
		}
		if i < len(want) {
			wanted = want[i]
		}
		if got != wanted {
			t.Errorf("line %d: got %q, want %q", i, got, wanted)
		}
	}
}
