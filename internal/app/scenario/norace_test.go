//go:build !race

package scenario_test

// killEvery kills at every step.
const killEvery = 1

// tooLong is no story.
const tooLong = ""

// tellEvery tells every story.
const tellEvery = 1
