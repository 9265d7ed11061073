//go:build race

package processes_test

// kills is how often the program is killed: the detector sees this process alone, and slows it down.
const kills = 1
