//go:build !race

package simulator_test

import "os"

// seeds are those of the histories that are lived: all 100, unless those that the race detector watches are lived in a run beside
// this one ("make test").
func seeds() (first, end uint64) {
	if os.Getenv("HISTORIES") == "rest" {
		return watched, 100
	}
	return 0, 100
}
