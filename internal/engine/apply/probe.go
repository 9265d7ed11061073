package apply

import "maps"

// A probe is a named branch of the way back from what went wrong. Each is rare, counted where it is taken, and added up over a
// cycle: a simulation that never takes one of them proves nothing about it. Their names are part of published reports.
const (
	// An intent that was found open.
	leftForLater   = "left-for-later"   // its side must be left alone for now
	notTold        = "not-told"         // nobody could tell what became of it
	adoptedByKey   = "adopted-by-key"   // what the create had made was found by its key
	adoptedOrphan  = "adopted-orphan"   // … without its key, by what it shows
	adoptedEdited  = "adopted-edited"   // … after a person had edited it
	rivalsAwaited  = "rivals-awaited"   // another open create may have made what was found
	copiesHeld     = "copies-held"      // two things that cannot be told apart were left to a person
	createSettling = "create-settling"  // a create may still land
	originalGone   = "original-gone"    // a create is given up because its original is gone
	originalMoved  = "original-changed" // … because its original says something else by now
	createResent   = "create-resent"    // it was made once more, under the same key
	bytesErased    = "bytes-erased"     // nothing of it is left that may be sent
	wasDeleted     = "duplicate-was-deleted"
	targetGone     = "target-gone"
	updateLanded   = "update-had-landed"
	landedBlind    = "update-landed-blind" // … and somebody else had written meanwhile
	updateSettling = "update-settling"
	besideChanged  = "beside-changed" // what the request would write whole was changed beside
	updateResent   = "update-resent"
	thirdValue     = "third-value" // somebody wrote something else
	deleteLanded   = "delete-had-landed"
	deleteSettling = "delete-settling"
	deleteResent   = "delete-resent"
	deletedChanged = "deletion-overtaken" // what was to be removed was changed meanwhile
	tailLanded     = "second-call-had-landed"
	tailOpen       = "second-call-merged-again"
	tailSettling   = "second-call-settling"
	keyResent      = "key-resent" // a call that only brings the key was made once more
	// A request of this cycle.
	notDurable  = "intent-not-durable" // so nothing was sent
	intentBusy  = "intent-busy"        // another write to the same record is under way
	guarded     = "guard-read"         // the target was read once more just before
	guardFailed = "guard-failed"       // … and was not what it had been
	goneAlready = "delete-of-gone"
	tailFailed  = "second-call-failed"
	frozen      = "frozen" // the outcome is not known: the link rests
	sideStopped = "side-stopped"
	overtaken   = "overtaken" // a conditional write was refused
	notFound    = "target-not-found"
	refusedOnce = "refused" // for good: the record is parked
	// A settlement.
	notSettled = "settlement-not-durable" // the intent stays open and is recovered
)

// Probes lists the names of all probes, in the order in which the protocol meets them.
func Probes() []string {
	return []string{
		leftForLater, notTold, adoptedByKey, adoptedOrphan, adoptedEdited, rivalsAwaited, copiesHeld, createSettling, originalGone, originalMoved,
		createResent, bytesErased, wasDeleted, targetGone, updateLanded, landedBlind, updateSettling, besideChanged, updateResent, thirdValue,
		deleteLanded, deleteSettling, deleteResent, deletedChanged, tailLanded, tailOpen, tailSettling, keyResent, notDurable, intentBusy, guarded, guardFailed,
		goneAlready, tailFailed, frozen, sideStopped, overtaken, notFound, refusedOnce, notSettled,
	}
}

// probe counts that a branch was taken.
func (t *task) probe(name string) {
	result := &t.core.result
	if result.Probes == nil {
		result.Probes = map[string]int{}
	}
	result.Probes[name]++
}

// AddProbes adds the counts of another result to this one.
func (r *Result) AddProbes(more Result) {
	if r.Probes == nil {
		r.Probes = maps.Clone(more.Probes)
		return
	}
	for name, n := range more.Probes { // any order: they are added up
		r.Probes[name] += n
	}
}
