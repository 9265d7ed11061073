//go:build !race

package processes_test

// kills is how often the program is killed.
const kills = 3
