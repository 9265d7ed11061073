// Package crossing proves that what people write in one service arrives in the other, for contacts and tasks: every mapped field,
// both ways, set and cleared, alone and in long random histories.
//
// It consists of tests alone. They run the real engine, store and clients against both emulators, and judge what came of it by
// their own reading of what the services hold (view_test.go), not by the clients'. What one service cannot hold is written down as
// an exception beside the case that shows it.
//
// Start reading at TestEveryFieldCrosses; random histories are in history_test.go.
package crossing
