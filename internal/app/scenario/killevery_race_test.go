//go:build race

package scenario_test

// killEvery is how many steps lie between two kills where the race detector makes each story ten times as slow; "make test" runs
// both.
const killEvery = 6
