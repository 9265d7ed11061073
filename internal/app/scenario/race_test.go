//go:build race

package scenario_test

// killEvery is how many steps lie between two kills where the race detector makes each story ten times as slow; "make test" runs
// both.
const killEvery = 24

// tooLong is the story that takes minutes under the race detector; it has one thread of its own and is told in the other run.
const tooLong = "173-huge"

// tellEvery tells every so manyth story: the threads are the same in all of them.
const tellEvery = 3
