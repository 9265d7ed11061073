// Package simulator lives whole histories of the synchronisation from a seed: people edit on both sides, requests and answers
// get lost, the process dies, databases are lost or come back old, and at the end it is looked at from the outside whether
// anything that must never happen has happened.
//
// It runs the real engine, store, feeds and clients against both emulators in the process, on a clock of its own and one action
// at a time, so that one seed is one history. It refuses to know how the engine works: its checks read the two services and
// the journal, nothing else.
//
// Start reading at Run; what people do is in people.go, what breaks in trouble.go, what must hold in check.go.
package simulator
