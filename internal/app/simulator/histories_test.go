//go:build !race

package simulator_test

// histories is how many seeds every test run lives through.
const histories = 200
