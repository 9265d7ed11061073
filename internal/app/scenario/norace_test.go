//go:build !race

package scenario_test

// killEvery kills at every step.
const killEvery = 1

// tooLong is no story.
const tooLong = ""
