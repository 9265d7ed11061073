// Package engine synchronises one pair (one user, one kind): it takes what the feeds reported, finds out what it means,
// plans what to do and does it, one settled step after another.
//
// The path, in the order of its subpackages: pair (what a pair is configured to do), change (what happened on one side),
// merge (what it means, field by field), plan (what to do, in order, with the guards), journal (what must survive a crash),
// apply (the write protocol as a machine: events in, actions out). engine.go joins them: Plan is a dry run, Run does it.
//
// It knows no service, no SQL, no clock of its own and no kind by name.
package engine
