//go:build !race

package simulator_test

// seeds are those of the histories that are lived.
func seeds() (first, end uint64) { return 0, 100 }
