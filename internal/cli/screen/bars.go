package screen

import (
	"fmt"
	"strings"
	"sync"

	"charm.land/lipgloss/v2"
)

// Bars are progress bars, one for each user, that move while work is done. They are safe for concurrent use.
type Bars struct {
	screen *Screen
	label  func(share float64, done int) string

	mu    sync.Mutex
	order []string          // guarded by mu; users
	names map[string]string // guarded by mu; user -> what people call him
	done  map[string]steps  // guarded by mu; by user
}

// steps are how many of a user's steps are over, and of how many, by the kind of thing.
type steps map[string][2]int

func (s steps) sum() (done, all int) {
	for _, part := range s {
		done, all = done+part[0], all+part[1]
	}
	return done, all
}

const barColumns = 30

// Bars returns no bars yet; label writes what stands behind a bar. Off a terminal nothing is written before End.
func (s *Screen) Bars(label func(share float64, done int) string) *Bars {
	return &Bars{screen: s, label: label, names: map[string]string{}, done: map[string]steps{}}
}

// Add puts a bar for a user under the others.
func (b *Bars) Add(user, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(user, name)
}

func (b *Bars) add(user, name string) {
	if _, known := b.names[user]; !known {
		b.order = append(b.order, user)
		b.names[user], b.done[user] = name, steps{}
	}
}

// Progress says how many of a user's steps of one kind are over; the bar shows all kinds together.
func (b *Bars) Progress(user, kind string, done, all int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(user, user)
	doneBefore, allBefore := b.done[user].sum()
	b.done[user][kind] = [2]int{done, all}
	done, all = b.done[user].sum()
	if all != allBefore || percent(done, all) != percent(doneBefore, all) { // ten thousand steps are a hundred pictures
		b.screen.Redraw(b.lines())
	}
}

// End draws the last state; off a terminal it is the only one.
func (b *Bars) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case len(b.order) == 0:
	case b.screen.Live():
		b.screen.Redraw(b.lines())
		b.screen.Keep()
	default:
		b.screen.Text(strings.Join(b.lines(), "\n"))
	}
}

func percent(done, all int) int { return 100 * done / max(all, 1) }

// lines draws all bars; mu is held.
func (b *Bars) lines() []string {
	widest := 0
	for _, name := range b.names {
		widest = max(widest, lipgloss.Width(name))
	}
	var out []string
	for _, user := range b.order {
		done, all := b.done[user].sum()
		share := 1.0 // nothing to do is done
		if all > 0 {
			share = float64(done) / float64(all)
		}
		out = append(out, fmt.Sprintf("  %s  %s  %s", Pad(b.names[user], widest), Bar(share, barColumns), b.label(share, done)))
	}
	return out
}

// Pad fills a text with blanks up to so many columns.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-lipgloss.Width(text)))
}

// PadLeft does so in front.
func PadLeft(text string, columns int) string {
	return strings.Repeat(" ", max(0, columns-lipgloss.Width(text))) + text
}
