// Package journal holds what must survive a crash: links, intents, work that waits, things set aside, and the entries that
// tell people who changed what, before and after. It is a package of plain values: the store writes them, the engine makes
// them, and both sides of that wall share one struct per thing.
//
// Start reading at Fact: every durable change of state is a list of facts committed together or not at all.
package journal

import (
	"errors"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// LinkState is the state of one link.
type LinkState string

// The link states. Only Linked lets data flow; the last three are tombstones that keep both refs, so that nothing
// they name is ever taken for new.
const (
	Making    LinkState = "making"    // a create is under way; one ref is still empty
	Linked    LinkState = "linked"    // in step
	Released  LinkState = "released"  // left the filter, the window or our sight; a return links it again
	Hidden    LinkState = "hidden"    // deleted in Outlook by its user; never recreated
	Dissolved LinkState = "dissolved" // deleted on one side while the other keeps it; a person decides
)

// Tombstone reports whether no data flows and the link only remembers.
func (s LinkState) Tombstone() bool { return s == Released || s == Hidden || s == Dissolved }

// Half is one side of a link.
type Half struct {
	Ref     remote.Ref
	Version remote.Version
	// Shown is what this side last showed us, per field, as keyed digests.
	Shown record.Shown
	// Unconfirmed says that Shown holds what we sent because the side did not return the result; the next row that was last
	// written by ourselves replaces it.
	Unconfirmed bool
}

// Link joins one RAYNET record and one Outlook item of one mailbox.
type Link struct {
	ID      string // the op id of the step that made it
	Pair    int64
	State   LinkState
	Reason  string // code, explained in the locale files under "reason.<code>"
	Since   time.Time
	Raynet  Half
	Outlook Half
	// Origin is the side whose item the other one was copied from by us; empty if it was not, because people made both.
	Origin record.Side
	// Group is the Outlook series the item is an occurrence of, empty if none.
	Group string
	// Twin is the digest of the identity shared across mailboxes, empty if none.
	Twin record.Digest
	// ReadOnly says that nothing is ever written to the Outlook half (an attendee's copy).
	ReadOnly bool
	// Owner says that the pair's person owned the RAYNET record when it was last seen (rather than took part in it).
	Owner bool
	// Span is when it takes place, for the window.
	Span record.Span
	// FrozenUntil is until when nothing is written because an earlier write may still land; zero if it is not frozen.
	FrozenUntil time.Time
	// Loop counts our own writes against the edits of people since Loop.Since.
	Loop Loop
}

// Half returns the half of the given side, to be read or changed.
func (l *Link) Half(side record.Side) *Half {
	if side == record.Raynet {
		return &l.Raynet
	}
	return &l.Outlook
}

// Loop is the memory of the loop breaker for one link.
type Loop struct {
	Since  time.Time
	Writes int
	Edits  int
}

// Intent is a write that may be on its way. Whatever its state says, an intent found at start was possibly sent.
type Intent struct {
	Op   string // id; also the key the create carries to Outlook
	Pair int64
	Run  string
	// Link is the link as it will be when the write has been settled, but for what the answer adds.
	Link Link
	// Request is repeated to the letter. Follow are requests to be made after it, in order, each an intent of its own.
	Request remote.Request
	Follow  []remote.Request
	// Guard is what the target showed, in the fields to be overwritten, when it was read just before; GuardVersion is its
	// version then.
	Guard        record.Shown
	GuardVersion remote.Version
	// Wants is what the target will show in the written fields when the write has landed, Later what it will show in those that
	// Follow writes.
	Wants, Later record.Shown
	// Source is the original whose state the write carries, as digests; a repeat after the settle horizon is made only if
	// the original still shows them.
	Source      remote.Ref
	SourceShown record.Shown
	// Uncarried is what is remembered of some fields instead of what the target shows: a value moves up into a field of which a person's
	// edit is still to be carried.
	Uncarried record.Shown
	// MovedUp is what moved up in Outlook when the link was written there just before: it is in step once RAYNET shows it in the same place.
	MovedUp record.Shown
	// Entry is the journal entry that the settlement writes. Its pre-images were already committed with the intent.
	Entry Entry
	// Tail says that the request completes a create that was settled already (a second call). It is never repeated: what it
	// should have written is merged again.
	Tail bool
	// AsPerson says that what is written counts as a person's edit; see plan.Step.
	AsPerson  bool
	FirstSent time.Time
	LastSent  time.Time
	Tries     int
	// NotBefore is the earliest time for the next look or repeat.
	NotBefore time.Time
}

// Change is one field in a journal entry.
type Change struct {
	Field  record.Field `json:"field"`
	Before record.Value `json:"before"`
	After  record.Value `json:"after"`
	// Lost says that Before is the losing value of a clash rather than merely the value that was replaced.
	Lost bool `json:"lost,omitempty"`
}

// Event says what an entry tells.
type Event string

// The events.
const (
	Created        Event = "created"
	Updated        Event = "updated"
	Deleted        Event = "deleted"
	Matched        Event = "matched"         // linked without a write
	ReleasedEvent  Event = "released"        // data stopped flowing
	HiddenEvent    Event = "hidden"          // deleted in Outlook, kept in RAYNET
	DissolvedEvent Event = "dissolved"       // edit against deletion, or a copy that must not be removed
	Returned       Event = "returned"        // a released link works again
	Clash          Event = "clash"           // both sides changed one field; Changes hold the losing values
	BlindOverwrite Event = "blind-overwrite" // RAYNET: somebody wrote between our last look and our write
	Sending        Event = "sending"         // the pre-images of a write, committed before its request left
	Abandoned      Event = "abandoned"       // the write was not made after all
	Parked         Event = "parked"
	HeldEvent      Event = "held" // two copies that cannot be told apart: a person decides
	Halted         Event = "halted"
	RestoredEvent  Event = "restored"
	Decided        Event = "decided" // a person decided what was waiting for one; Reason tells how, Author who
)

// Entry is one line of the journal.
type Entry struct {
	ID      int64 // given by the store
	At      time.Time
	Run     string
	Pair    int64
	LinkID  string
	Op      string // the op of the intent it belongs to, empty if none
	Event   Event
	Side    record.Side // the side on which it happened, empty if on none
	Raynet  remote.Ref
	Outlook remote.Ref
	Reason  string
	// Author is the person whose edit caused it, as far as a side named one.
	Author string
	// Changes are values of people: encrypted at rest.
	Changes []Change
}

// SentAgain is the reason of an entry of a create that was sent more than once, or may have been.
const SentAgain = "sent-again"

// Why says why a piece of work waits.
type Why string

// The reasons for waiting.
const (
	WhyChanged Why = "changed" // a feed reported it and its pair has not handled it yet
	WhyAbsent  Why = "absent"  // it may have been removed: proof is being gathered
	WhyParked  Why = "parked"  // an attempt went wrong; RetryAt says when the next one is
	WhyReview  Why = "review"  // a person must decide
	WhyHeld    Why = "waiting" // it cannot be carried now, for a reason that may pass by itself
)

// Work is one thing of one pair that is not settled.
type Work struct {
	Pair   int64
	Ref    remote.Ref
	Why    Why
	Reason string // code, explained under "reason.<code>"
	Detail string // the service's own words, without personal data
	// Generation grows each time the work is put again; it is done only at the generation that was handled.
	Generation int64
	Tries      int
	Since      time.Time
	RetryAt    time.Time
}

// Aside is a thing that was seen and is not linked, with the rule that left it out.
type Aside struct {
	Pair    int64
	Ref     remote.Ref
	Version remote.Version
	Rule    remote.Rule
	Since   time.Time
	Span    record.Span
	// The digests by which it can be found when a counterpart appears; empty where the thing has none or must not leave a
	// trace (private items).
	Natural record.Digest
	Twin    record.Digest
	Source  record.Digest // of the stamp's source ref; of an Outlook thing without one: of the key that a record made from it has
	Group   string
}

// Cursor is a place in a feed.
type Cursor struct {
	// Scope names the feed: "raynet", "outlook/<mailbox>/<kind>/<container>", "sweep" …
	Scope string
	Token string // secret; encrypted at rest
	At    time.Time
	// From and Till are the window baked into the token; zero if it has none.
	From, Till time.Time
	// Since is when the current generation of the feed began, Complete whether it has been read to its end once.
	Since    time.Time
	Complete bool
}

// Fence is the number that a writer got with its lease. A commit with an old number changes nothing.
type Fence struct {
	Lease  string
	Number int64
}

// What a commit can answer beside success. The store returns errors that wrap these.
var (
	// ErrBusy says that another open intent is at the same remote record or carries the same key: nothing was changed, and
	// the step must be tried again later.
	ErrBusy = errors.New("another write to the same record is under way")
	// ErrFenced says that a newer process has taken over: nothing was changed, and this one must stop.
	ErrFenced = errors.New("another process has taken over")
)
