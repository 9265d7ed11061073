//go:build race

package simulator_test

// histories is smaller where the race detector makes each one ten times as slow; "make test" runs both.
const histories = 50
