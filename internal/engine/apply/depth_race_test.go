//go:build race

package apply_test

// The race detector makes a history ten times as slow, and finds nothing in a machine without goroutines: one deviation less.
const (
	depth        = 2
	choicePoints = 60
)
