// Command picture draws what a terminal shows as an SVG file: it reads text with colour escapes (as "tmux capture-pane -e -p"
// writes it) and writes the picture. tools/picture runs it.
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"strconv"
	"strings"
)

const (
	columnWidth = 8.4
	lineHeight  = 19
	margin      = 16
)

// pen is how the next text looks.
type pen struct {
	colour string
	bold   bool
}

func main() {
	if err := draw(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw(in io.Reader, out io.Writer) error {
	var lines []string
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		lines = append(lines, strings.TrimRight(scanner.Text(), " "))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	widest := 0
	var body strings.Builder
	now := pen{}
	for i, line := range lines {
		y := margin + lineHeight*(i+1) - 5
		column := 0
		for text := line; text != ""; {
			var run string
			run, text = cut(text, &now)
			if strings.TrimSpace(run) != "" {
				fmt.Fprintf(&body, "<text x=\"%.1f\" y=\"%d\"%s>%s</text>\n", margin+columnWidth*float64(column), y, now.style(run),
					html.EscapeString(strings.ReplaceAll(run, " ", "\u00a0"))) // blanks that every viewer keeps
			}
			column += len([]rune(run))
		}
		widest = max(widest, column)
	}
	width, height := int(columnWidth*float64(widest))+2*margin, lineHeight*len(lines)+2*margin
	_, err := fmt.Fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "+
		"font-family=\"'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace\" font-size=\"14\" fill=\"#d8dee9\">\n"+
		"<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"#1e222a\"/>\n%s</svg>\n", width, height, width, height, body.String())
	if err == nil {
		err = scanner.Err()
	}
	return err
}

// cut takes the text up to the next escape, which it obeys before the rest is returned.
func cut(text string, now *pen) (run, rest string) {
	at := strings.IndexByte(text, 0x1b)
	if at != 0 {
		if at < 0 {
			return text, ""
		}
		return text[:at], text[at:]
	}
	end := strings.IndexByte(text, 'm')
	if end < 0 || !strings.HasPrefix(text, "\x1b[") {
		return "", text[1:]
	}
	for code := range strings.SplitSeq(text[2:end], ";") {
		number, _ := strconv.Atoi(code)
		now.obey(number)
	}
	return "", text[end+1:]
}

func (p *pen) obey(code int) {
	switch {
	case code == 0:
		*p = pen{}
	case code == 1:
		p.bold = true
	case code == 22:
		p.bold = false
	case code == 39:
		p.colour = ""
	case code >= 30 && code <= 37:
		p.colour = palette()[code-30]
	case code >= 90 && code <= 97:
		p.colour = palette()[8+code-90]
	}
}

func palette() []string {
	return []string{"#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
		"#7f8797", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#ffffff"}
}

// style is the attributes of a run; its length is fixed, so that columns stand under each other in any font.
func (p *pen) style(run string) string {
	text := fmt.Sprintf(" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"", columnWidth*float64(len([]rune(run))))
	if p.colour != "" {
		text += " fill=\"" + p.colour + "\""
	}
	if p.bold {
		text += " font-weight=\"bold\""
	}
	return text
}
