//go:build race

package protocol_test

// The race detector makes a history ten times as slow, and finds nothing in a machine that does one thing after another: one
// deviation less, among all questions.
const (
	depth  = 1
	points = 60
)
