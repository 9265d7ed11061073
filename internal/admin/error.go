package admin

// Failure is a use-case that could not be done for a reason that a person can act on. Its text is in the locale files under
// "failure.<Code>"; Args fill in the text's placeholders.
type Failure struct {
	Code string
	Args map[string]any
	Err  error // the cause, nil if there is none
}

// The codes of failures.
const (
	FailureRef     = "reference"   // what was named is no reference to a record
	FailureUser    = "user"        // nobody of that address is synchronised
	FailureRun     = "run"         // there is no such run
	FailureEntry   = "entry"       // there is no such entry in the journal
	FailureNothing = "nothing"     // nothing was named
	FailureSearch  = "search"      // a search names nothing to be searched for
	FailureHeld    = "other-holds" // another process is just doing it

	FailureReview    = "review"     // nothing of that name waits for a person
	FailureChoice    = "choice"     // that cannot be decided about it
	FailureSeen      = "not-seen"   // it was not said what was seen
	FailureChanged   = "changed"    // it is not as it was seen any more
	FailurePlan      = "plan"       // the plan is not as it was seen any more
	FailureCandidate = "candidate"  // there is no such candidate, or it cannot be chosen
	FailureField     = "field"      // no choice was made about it, or the field is not one to be chosen
	FailureCopied    = "copied"     // there is a copy of it already
	FailureMade      = "made"       // there is a record in RAYNET that was made from it already
	FailureUndo      = "not-undone" // nothing of the run can be taken back
	FailurePaused    = "not-paused" // the user is not paused by a person
)

// Error returns the code and the cause.
func (f *Failure) Error() string {
	if f.Err == nil {
		return f.Code
	}
	return f.Code + ": " + f.Err.Error()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }
