// Package plan decides what to do about what was seen: it turns the items of a cycle into steps, in order, and refuses a plan
// that would remove or change too much. It is pure: no I/O, no clock (now is an argument), no order but that of its input.
//
// Start reading at Decide (decide.go); how unlinked things find each other is in match.go, the guards in guard.go.
package plan

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Op is what a step does.
type Op string

// The operations. Create, Update and Delete write to a service; the others only change what we remember.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
	Link   Op = "link"   // two existing things are joined
	Unlink Op = "unlink" // data stops flowing; both things stay as they are
	Park   Op = "park"   // set aside with a reason and a time for the next try
	Skip   Op = "skip"   // a rule leaves it out
	Note   Op = "note"   // something is remembered about a link; nothing flows
	Forget Op = "forget" // a link that a person made is no more; both things stay as they are
)

// Writes reports whether the step changes something in a service.
func (o Op) Writes() bool { return o == Create || o == Update || o == Delete }

// Adoption is what is remembered of one half of a link when a step has been settled.
type Adoption struct {
	// Shown are the digests to take over, nil for none.
	Shown record.Shown
	// Version replaces the version, unless empty.
	Version remote.Version
	// Confirmed ends the state in which only what we sent is known.
	Confirmed bool
}

// Step is one thing to do. Steps of one link are done in the order of the plan, each settled before the next begins.
type Step struct {
	Op   Op
	Side record.Side // where a write happens; empty for steps that write nothing
	Link journal.Link
	// Source is the thing whose state is carried; Target the one that is written, as it was read.
	Source, Target *remote.Snapshot
	// Fields are the values to write.
	Fields record.Fields
	// Changes is the same as a person reads it: the value before and after, per field.
	Changes []journal.Change
	// Raynet and Outlook are adopted when the step has been settled.
	Raynet, Outlook Adoption
	// State and Reason are the link's new state, if State is set.
	State  journal.LinkState
	Reason string
	Event  journal.Event
	Author string
	// Blind says that the journal must tell of a possible blind overwrite.
	Blind bool
	// Erase says that the values kept of this link are removed from the journal.
	Erase bool
	// Tries is how often the thing was tried before without success.
	Tries int
	// Edit counts as an edit by a person for the loop breaker.
	Edit bool
	// AsPerson says that the write stands for an edit by a person (a value is restored): what it writes is not remembered as
	// shown, so the next look finds it moved and carries it to the other side. If it is a create, the link was there before
	// and outlives a refusal.
	AsPerson bool
	// Work is put or, with Done, removed when the step has been settled.
	Put  []journal.Work
	Done []journal.DoneWork
	// Aside is remembered, Drops are forgotten.
	Aside *journal.Aside
	Drops []remote.Ref
	// Report tells other pairs to look at the thing again.
	Report []journal.ReportWork
	// Key marks what a create makes; it is found again by it.
	Key string
}

// Item is everything known about one thing, or two linked or matched things, in one cycle.
type Item struct {
	// Link is nil for things that are not linked.
	Link *journal.Link
	// Raynet and Outlook are what was read in this cycle, nil where nobody looked.
	Raynet, Outlook *remote.Reading
	// Found says that the link did not know the id of its copy in Outlook until now, or that it had another one.
	Found bool
	// Matched says that an unlinked pair of readings belongs together, and How ("stamp", "twin", "natural", LiesOutside).
	Matched bool
	How     string
	// Several says that more than one counterpart fits: a person decides.
	Several bool
	// Later says that it may be what a create under way has made: it is looked at again when that is known.
	Later bool
	// Asked says that a person is asked whether another pair's create made it.
	Asked bool
	// Bound is the link by which the Outlook thing of a match is remembered with an earlier record of its meeting, which is gone. The
	// new one takes its place.
	Bound *journal.Link
	// Earlier says that what the mailbox has of the meeting of the RAYNET record is linked with an earlier record of it, of which nobody
	// has proven yet that it was deleted; or that the link of what is in Outlook goes on with a later thing, of which nobody has.
	Earlier bool
	// Declined says that the user took the meeting of the RAYNET record out of his calendar before it was linked.
	Declined bool
	// Former is what the link had in Outlook before what is gone from there now: its user may have taken that out of the bin.
	Former []remote.Ref
	// Deletion is how far the proof of a deletion in RAYNET has come.
	Deletion Evidence
	// Verdict is what a person decided about it, nil if nobody did.
	Verdict *Verdict
	// Organised says that the organiser's own copy of the meeting is linked to the record in another mailbox: it alone tells who is
	// invited, because an attendee's copy does not show who declined (G-165).
	Organised bool
	// Elsewhere says that the record was made from a copy of the meeting in another mailbox.
	Elsewhere bool
	// Copied are the pairs that set the record aside as a copy whose original is gone, though this pair has found the original.
	Copied []int64
	// Left says that a person wants the thing to be left alone: it is not linked, and nothing is done about it.
	Left bool
	// Work is what is known to wait for either ref.
	Work []journal.Work
	// Asides are what is remembered of either ref that is not linked.
	Asides []journal.Aside
}

// LiesOutside says that something alike lies outside of what is synchronised.
const LiesOutside = "lies-outside"

// One returns the thing of an item that has one side only, RAYNET's where it has both; nil if it has none.
func (it Item) One() *remote.Snapshot {
	if now := present(it.Raynet); now != nil {
		return now
	}
	return present(it.Outlook)
}

// Evidence is how far the proof of a deletion in RAYNET has come.
type Evidence string

// The stages.
const (
	Unproven  Evidence = ""          // the first "gone" was just read
	Proven    Evidence = "proven"    // gone twice, long enough apart, and our access is as it was
	Invisible Evidence = "invisible" // gone, but our access changed: it may still be there
)

// Context is what every decision of one cycle shares.
type Context struct {
	Pair     journal.Pair
	Rules    pair.Rules
	Schema   record.Schema
	Digester record.Digester
	Now      time.Time
	// Key returns the idempotency key for a copy of source on the other side.
	Key func(source remote.Snapshot) string
}

// done lists the work that is over when the item has been dealt with.
func (it Item) done() []journal.DoneWork {
	out := make([]journal.DoneWork, 0, len(it.Work))
	for _, work := range it.Work {
		out = append(out, journal.DoneWork{Pair: work.Pair, Ref: work.Ref, Generation: work.Generation})
	}
	return out
}

// work returns the work that waits for ref, if there is any.
func (it Item) work(ref remote.Ref) (journal.Work, bool) {
	for _, work := range it.Work {
		if work.Ref == ref {
			return work, true
		}
	}
	return journal.Work{}, false
}

// drops lists what need no longer be set aside once the item is linked.
func (it Item) drops() []remote.Ref {
	out := make([]remote.Ref, 0, len(it.Asides))
	for _, aside := range it.Asides {
		out = append(out, aside.Ref)
	}
	return out
}

// present returns the snapshot of a reading that found something, else nil.
func present(reading *remote.Reading) *remote.Snapshot {
	if reading == nil || reading.Presence != remote.Present {
		return nil
	}
	return &reading.Snapshot
}
