//go:build !race

package protocol_test

// depth is how many deviations a history has at most, points among how many of its first questions they are.
const (
	depth  = 2
	points = 24
)
