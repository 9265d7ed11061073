package screen

import (
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// The colours are those of the terminal's own palette, so that they are readable on whatever background its owner chose.
const (
	red     = "1"
	green   = "2"
	yellow  = "3"
	blue    = "4"
	magenta = "5"
	grey    = "8"
)

func colour(number, text string) string {
	return lipgloss.NewStyle().Foreground(lipgloss.Color(number)).Render(text)
}

// Title is a heading.
func Title(text string) string {
	return lipgloss.NewStyle().Bold(true).Foreground(lipgloss.Color(blue)).Render(text)
}

// Bold is a text that matters.
func Bold(text string) string { return lipgloss.NewStyle().Bold(true).Render(text) }

// Dim is a text that may be overlooked.
func Dim(text string) string { return colour(grey, text) }

// Good, Warn and Bad say how things are.
func Good(text string) string { return colour(green, text) }

// Warn is for what a person should look at some time.
func Warn(text string) string { return colour(yellow, text) }

// Bad is for what a person must look at.
func Bad(text string) string { return colour(red, text) }

// Raynet and Outlook are the names of the two sides, each in its colour.
func Raynet(text string) string { return colour(magenta, text) }

// Outlook is the other side's colour.
func Outlook(text string) string { return colour(blue, text) }

// Bar is a progress bar of so many columns; share is from 0 to 1.
func Bar(share float64, columns int) string {
	full := int(share*float64(columns) + 0.5)
	full = max(0, min(full, columns))
	return Good(strings.Repeat("█", full)) + Dim(strings.Repeat("░", columns-full))
}

// Column of a table.
type Column struct {
	Title string
	// Right aligns numbers.
	Right bool
	// Optional leaves the column out if all its cells say the same, or nothing.
	Optional bool
}

// useful drops the optional columns that tell nothing.
func useful(columns []Column, rows [][]string) ([]Column, [][]string) {
	var kept []int
	for i, column := range columns {
		tells := false
		for _, row := range rows {
			tells = tells || row[i] != rows[0][i]
		}
		if tells || !column.Optional {
			kept = append(kept, i)
		}
	}
	outColumns, outRows := []Column{}, make([][]string, len(rows))
	for _, i := range kept {
		outColumns = append(outColumns, columns[i])
		for r, row := range rows {
			outRows[r] = append(outRows[r], row[i])
		}
	}
	return outColumns, outRows
}

// Table writes rows under a heading, in columns that fit the screen. Cells may be coloured and have several lines.
func (s *Screen) Table(columns []Column, rows [][]string) {
	columns, rows = useful(columns, rows)
	titles := make([]string, len(columns))
	for i, column := range columns {
		titles[i] = column.Title
	}
	border := lipgloss.NormalBorder()
	t := table.New().Headers(titles...).Rows(rows...).Border(border).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).BorderHeader(true).
		BorderStyle(lipgloss.NewStyle().Foreground(lipgloss.Color(grey))).
		StyleFunc(func(row, column int) lipgloss.Style {
			style := lipgloss.NewStyle().PaddingRight(2)
			if column < len(columns) && columns[column].Right {
				style = style.Align(lipgloss.Right)
			}
			if row == table.HeaderRow {
				style = style.Bold(true)
			}
			return style
		})
	text := t.String()
	if lipgloss.Width(text) > s.width && s.live {
		text = t.Width(s.width).String()
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	s.Text(strings.Join(lines, "\n"))
}
