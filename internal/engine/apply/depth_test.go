//go:build !race

package apply_test

// depth is how many deviations a history has at most, choicePoints among how many of its first questions they are.
const (
	depth        = 3
	choicePoints = 13
)
