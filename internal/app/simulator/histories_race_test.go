//go:build race

package simulator_test

// seeds are fewer where the race detector makes each history ten times as slow; "make prove" lives more of them without it.
func seeds() (first, end uint64) { return 0, 6 }
