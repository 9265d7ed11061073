// Package screen writes for people at a terminal: colours, tables, progress bars that move, and the same as plain lines where
// there is no terminal.
//
// It knows what a terminal can do (colours from the environment, its width, whether lines can be written over). It refuses to
// know what is shown and in which language. Start reading at New.
package screen

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"
)

// Screen is where people read. It is safe for concurrent use; each call writes whole lines.
type Screen struct {
	width int
	live  bool

	mu    sync.Mutex
	out   *colorprofile.Writer // guarded by mu
	drawn int                  // guarded by mu; lines of the moving part at the bottom
}

const (
	plainWidth = 100
	minWidth   = 40
	maxWidth   = 120
)

// New returns the screen that out is. environ ("NAME=value") tells what the terminal can do: NO_COLOR and TERM=dumb are obeyed.
// Off a terminal there are neither colours nor moving lines.
func New(out io.Writer, environ []string) *Screen {
	s := &Screen{width: plainWidth, out: colorprofile.NewWriter(out, environ)}
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return s
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		s.width = max(minWidth, min(width, maxWidth))
	}
	s.live = s.out.Profile > colorprofile.NoTTY && variable(environ, "TERM") != "dumb"
	return s
}

func variable(environ []string, name string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// Width is how many columns a line has.
func (s *Screen) Width() int { return s.width }

// Live says that lines can be written over.
func (s *Screen) Live() bool { return s.live }

// Line writes one line; the parts are joined by blanks.
func (s *Screen) Line(parts ...string) { s.Text(strings.Join(parts, " ")) }

// Blank writes an empty line.
func (s *Screen) Blank() { s.Text("") }

// Text writes a text of one or more lines as it is.
func (s *Screen) Text(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = 0
	_, _ = fmt.Fprintln(s.out, text)
}

// Wrapped writes a text in lines that fit, each begun by indent blanks; the first one by lead instead, if that is not empty.
func (s *Screen) Wrapped(indent int, lead, text string) {
	lines := strings.Split(lipgloss.Wrap(text, max(s.width-indent, 20), ""), "\n")
	for i, line := range lines {
		begin := strings.Repeat(" ", indent)
		if i == 0 && lead != "" {
			begin = lead + strings.Repeat(" ", max(1, indent-lipgloss.Width(lead)))
		}
		lines[i] = begin + strings.TrimRight(line, " ")
	}
	s.Text(strings.Join(lines, "\n"))
}

// Redraw writes lines over those of the Redraw before it, as long as nothing else was written. Off a terminal it writes nothing.
func (s *Screen) Redraw(lines []string) {
	if !s.live {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", s.drawn)
	}
	for _, line := range lines {
		b.WriteString("\r\x1b[2K" + line + "\n")
	}
	s.drawn = len(lines)
	_, _ = io.WriteString(s.out, b.String())
}

// Erase takes away the lines of the last Redraw.
func (s *Screen) Erase() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn == 0 {
		return
	}
	fmt.Fprintf(s.out, "\x1b[%dA\r\x1b[J", s.drawn)
	s.drawn = 0
}

// Keep leaves the lines of the last Redraw where they are.
func (s *Screen) Keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = 0
}
