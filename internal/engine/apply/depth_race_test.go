//go:build race

package apply_test

// The race detector makes a history ten times as slow, and finds nothing in a machine without goroutines: one deviation.
const (
	depth        = 1
	choicePoints = 60
)
