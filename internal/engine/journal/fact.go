package journal

import (
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Fact is one durable change of state. A list of facts is committed together or not at all. The set of facts is closed.
type Fact interface{ fact() }

// PutLink writes a link, new or changed.
type PutLink struct{ Link Link }

// Freeze says until when nothing may be written for a link, and changes nothing else of it. The zero time ends the freeze.
type Freeze struct {
	LinkID string
	Until  time.Time
}

// DropLink forgets a link that never came to be (its create was refused).
type DropLink struct{ ID string }

// OpenIntent writes an intent before its request leaves. It fails with store.ErrBusy when another open intent writes the
// same remote record or carries the same key.
type OpenIntent struct{ Intent Intent }

// TouchIntent notes another try of an open intent, or that it must wait.
type TouchIntent struct {
	Op        string
	Tries     int
	LastSent  time.Time
	NotBefore time.Time
}

// CloseIntent removes an intent that was settled or given up.
type CloseIntent struct{ Op string }

// AddEntry adds a line to the journal.
type AddEntry struct{ Entry Entry }

// SettleEntry tells the outcome of the entry that was committed with the intent Op: its event, the time, and the refs as they
// are known now.
type SettleEntry struct {
	Op      string
	Event   Event
	At      time.Time
	Reason  string
	Raynet  remote.Ref
	Outlook remote.Ref
}

// PutWork writes work that waits. The store gives it the next generation; RetryAt, Tries, Why, Reason and Detail replace
// what was there, Since is kept.
type PutWork struct{ Work Work }

// ReportWork notes that a feed reported a thing. Work that waits for it already stays what it is, with its reason and tries,
// and is due now; gathering proof of a removal keeps its own times.
type ReportWork struct {
	Pair int64
	Ref  remote.Ref
	At   time.Time
}

// Suspect asks for proof whether a thing was removed, unless that proof is being gathered already (then nothing changes).
type Suspect struct {
	Pair int64
	Ref  remote.Ref
	At   time.Time
}

// DoneWork removes work unless it was put again since Generation.
type DoneWork struct {
	Pair       int64
	Ref        remote.Ref
	Generation int64
}

// PutAside remembers a thing that is not linked and why. An unchanged rule keeps its Since.
type PutAside struct{ Aside Aside }

// DropAside forgets that a thing was set aside.
type DropAside struct {
	Pair int64
	Ref  remote.Ref
}

// PutCursor moves a feed's cursor.
type PutCursor struct{ Cursor Cursor }

// PutPairState changes the state of a pair: running, halted or paused, with the reason.
type PutPairState struct {
	Pair   int64
	State  PairState
	Reason string
	Detail string
}

// PutContainer remembers the folder or list of a pair.
type PutContainer struct {
	Pair      int64
	Container string
}

// EraseValues removes every journal value and every open intent's bytes of one link (a thing turned private; a person was
// anonymised). It overrides the promise that values can be restored.
type EraseValues struct {
	Pair   int64
	LinkID string
}

func (PutLink) fact()      {}
func (DropLink) fact()     {}
func (Freeze) fact()       {}
func (OpenIntent) fact()   {}
func (TouchIntent) fact()  {}
func (CloseIntent) fact()  {}
func (AddEntry) fact()     {}
func (SettleEntry) fact()  {}
func (PutWork) fact()      {}
func (ReportWork) fact()   {}
func (Suspect) fact()      {}
func (DoneWork) fact()     {}
func (PutAside) fact()     {}
func (DropAside) fact()    {}
func (PutCursor) fact()    {}
func (PutPairState) fact() {}
func (PutContainer) fact() {}
func (EraseValues) fact()  {}

// PairState is whether a pair is synchronised.
type PairState string

// The pair states.
const (
	PairRunning PairState = "running"
	PairHalted  PairState = "halted" // until a person looks
	PairPaused  PairState = "paused" // by a person
	PairRefused PairState = "refused"
)

// Pair is one user and one kind.
type Pair struct {
	ID         int64
	Connection string
	Kind       record.Kind
	Mailbox    string // Graph user id
	Address    string // the mailbox's address, for people
	Person     string // RAYNET person id
	Zone       string // IANA
	Container  string // calendar, folder or list; empty is the default one
	State      PairState
	Reason     string
	Detail     string
	Since      time.Time
	// Generation grows with every trigger; a job that ends at an older one runs again.
	Generation int64
	// Full asks for a complete reading at the next cycle.
	Full bool
}

// Scope returns the scope in which the pair's things are read and written.
func (p Pair) Scope() remote.Scope {
	return remote.Scope{Kind: p.Kind, Mailbox: p.Mailbox, Person: p.Person, Zone: p.Zone, Container: p.Container}
}
