// Package remote holds the words for talking to any remote service: what a record is called there (Ref), what it looked like
// when it was read (Snapshot), how a list was read (Round), what is to be written (Write, Request), what came back (Answer),
// and what can go wrong (Error).
//
// It knows no service, no kind and no database. The clients in raynet/ and outlook/ speak these words; the engine understands
// nothing else. Start reading at Snapshot.
package remote

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/record"
)

// Ref names one thing on one side. It is comparable and may be a map key.
type Ref struct {
	Side record.Side
	// Type is the side's own word: "meeting", "event", "phoneCall", "task", "person"; "event", "occurrence", "contact" …
	Type string
	// ID is the side's own id, compared to the letter. An occurrence of an Outlook series is "<master id>/<yyyy-mm-dd>".
	ID string
}

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// String returns "side:type/id", the form that people and scripts use.
func (r Ref) String() string {
	if r.IsZero() {
		return ""
	}
	return string(r.Side) + ":" + r.Type + "/" + r.ID
}

// ParseRef reads the form made by Ref.String.
func ParseRef(text string) (Ref, error) {
	side, rest, ok := strings.Cut(text, ":")
	kind, id, ok2 := strings.Cut(rest, "/")
	ref := Ref{Side: record.Side(side), Type: kind, ID: id}
	if !ok || !ok2 || !ref.Side.Valid() || kind == "" || id == "" {
		return Ref{}, fmt.Errorf("%q is not a reference: write raynet:meeting/123 or outlook:event/ID", text)
	}
	return ref, nil
}

// Version is the side's own mark of one state of a thing: RAYNET's _version, Graph's etag. Empty means unknown.
type Version string

// Stamp is our mark on a copy. It sits on the copy, never on the original, and names what the copy was made from.
type Stamp struct {
	// Source is the original.
	Source Ref
	// Mailbox is the Graph user id of the mailbox the copy was made for (or from).
	Mailbox string
	// Op is the id of the create that made the copy.
	Op string
}

// Scope says in whose name and under which conventions something is read or written.
type Scope struct {
	Kind    record.Kind
	Mailbox string // Graph user id
	Person  string // RAYNET person id
	// Zone is the user's time zone, an IANA name.
	Zone string
	// Container is the calendar, folder or list; empty is the mailbox's default one.
	Container string
	// Marks says that what is read must show our marks (stamp and key), even where that costs further requests.
	Marks bool
}

// Rule names the rule that leaves a thing out of the synchronisation. The empty Rule leaves nothing out. Rules are explained
// to people in the locale files under "rule.<name>".
type Rule string

// The rules that clients find in what they read. The engine has more of its own (package plan).
const (
	RulePrivate     Rule = "private"      // Outlook: private, personal or confidential; no content is passed on
	RuleUnscheduled Rule = "unscheduled"  // RAYNET: no time slot
	RuleType        Rule = "type"         // a type that is not synchronised (e-mail, letter, task as calendar event)
	RuleSeries      Rule = "series"       // Outlook: a series master; its occurrences are synchronised one by one
	RuleSpan        Rule = "span"         // times that cannot be (year 0001 or 9999, ends before it begins)
	RuleDraft       Rule = "draft"        // Outlook: a draft
	RuleInvalid     Rule = "invalid"      // RAYNET: archived (rowAccess INVALID)
	RuleForeign     Rule = "foreign-copy" // carries the stamp of another installation or connection
	RuleFilter      Rule = "filter"       // RAYNET: not among the records that were chosen (tag, category)
	RuleNameless    Rule = "nameless"     // Outlook: a contact with nothing by which to call it
	RuleErased      Rule = "anonymised"   // RAYNET: nothing tells any more who it was about
)

// Holder says why a thing must not be changed by us, or not silently.
type Holder string

// The holders.
const (
	HeldReadOnly  Holder = "read-only" // an attendee's copy: the organiser decides
	HeldAttendees Holder = "attendees" // a change or removal would mail the attendees
	HeldLocked    Holder = "locked"    // RAYNET: the record is locked
	HeldRepeats   Holder = "repeats"   // a task that repeats: Outlook would split it or roll it on
)

// Everybody among a record's people stands for every user.
const Everybody = "*"

// Snapshot is one thing as one side showed it at one moment.
type Snapshot struct {
	Ref     Ref
	Kind    record.Kind
	Version Version
	// At is when the answer that shows it arrived (our clock); it is compared with our clock only.
	At time.Time
	// Modified is when it was written last, by the side's clock and as exactly as the side tells; zero if it does not.
	Modified time.Time
	// Fields are the canonical values. A thing left out by RulePrivate has none.
	Fields record.Fields
	// Filled are fields that RAYNET insists on and that show what a create of ours puts there for want of a value: of a record that we
	// made they say nothing.
	Filled []record.Field
	// Span is when it takes place; zero for things without time.
	Span record.Span

	// Stamp is our mark, if the answer showed one. Lists may not show it.
	Stamp *Stamp
	// Key is the idempotency key found on it, empty if none was shown.
	Key string
	// Unmarked says that the answer cannot show our marks: whether there are any is for a read to tell (Scope.Marks).
	Unmarked bool
	// Natural are the texts by which an equal thing on the other side is recognised: one in common is enough. None if it cannot be
	// matched. The first one is remembered of things that are set aside.
	Natural []string
	// Twin is an identity that copies of one thing share across mailboxes (iCalUId and organiser), empty if none.
	Twin string
	// Group is the series it belongs to, if any: the ID of the master.
	Group string
	// People are the RAYNET person ids concerned, the owner first; Everybody may be among them. RAYNET only.
	People []string
	// Container is where it lies (calendar, folder, list). Outlook only.
	Container string

	// Rule is set when the thing is left out.
	Rule Rule
	// Offered says a person asked for it to be in the other service (category "RAYNET", the folder, the list). RAYNET's
	// things are always offered.
	Offered bool
	// Finished says it is over as far as its own side is concerned (cancelled): it is not created anew on the other side.
	Finished bool
	// Erased says that everything that told who it is about was overwritten on purpose (RAYNET's anonymise): nothing that we know of
	// it may be kept anywhere.
	Erased bool
	// Nameless says that its name is one that such an overwriting leaves, whatever else it tells by now.
	Nameless bool
	// Held says why we may not change it.
	Held []Holder
	// ByUs says that the last write was made by our own identity, as far as the side tells.
	ByUs bool
	// MadeByUs says that our own identity created it, as far as the side tells: it is a copy, or was one.
	MadeByUs bool
	// Author is who wrote last, as the side names him, for the journal; empty if unknown.
	Author string
	// Partial says that the row it was read from lacks some fields: those absent from Fields are unknown, not empty.
	Partial bool
	// Raw is the side's own material needed to compose an update of this very state. It is never stored.
	Raw any
}

// Listed is what a list of everything tells of one RAYNET record, without asking for more.
type Listed struct {
	Ref     Ref
	Kind    record.Kind
	Version Version  // empty if the list does not tell it
	People  []string // like those of a Snapshot
	// Modified is when it was written last, by our clock and to the minute; zero if the list does not tell it.
	Modified time.Time
}

// HeldBy reports whether h is among the reasons.
func (s Snapshot) HeldBy(h Holder) bool {
	for _, held := range s.Held {
		if held == h {
			return true
		}
	}
	return false
}

// Concerns reports whether a RAYNET record concerns a person.
func (s Snapshot) Concerns(person string) bool {
	return slices.Contains(s.People, person) || slices.Contains(s.People, Everybody)
}

// Presence is what a read of one ref found.
type Presence string

// The presences.
const (
	Present Presence = "present"
	Gone    Presence = "gone"   // the side answered that it does not exist (or may not be seen)
	Broken  Presence = "broken" // it could not be told: Reading.Err says why
)

// Reading is the outcome of reading one ref.
type Reading struct {
	Ref      Ref
	Presence Presence
	Snapshot Snapshot // when Present
	// Private, when Gone, says that it was a date of a series which its user keeps to himself by now.
	Private bool
	Err     error // when Broken
}

// Round is what a feed read in one go. Only a Round whose last page was read is returned at all; a failed page is an error.
type Round struct {
	// Changed are things that were added or edited (or merely repeated); later entries override earlier ones.
	Changed []Snapshot
	// Removed are refs that the side reported as removed. That is a suspicion, never proof.
	Removed []Ref
	// Full says that Changed is a complete listing of the scope's window, not only what changed.
	Full bool
	// Groups lists, for every group that was read again in this round, all its members that exist within the window.
	Groups []Group
	// Cursor continues after this round. It is opaque and secret.
	Cursor string
	// Reset says that the side had forgotten the old cursor and the round began anew.
	Reset bool
	// ServerTime is the side's own clock at the first page, zero if it was not told.
	ServerTime time.Time
}

// Group is a complete listing of the members of one group (a series).
type Group struct {
	ID      string
	Members []Ref
}

// Op is what a write does.
type Op string

// The operations.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// Write is one wanted change on one side, before it is put into the side's own form.
type Write struct {
	Op   Op
	Side record.Side
	// Fields are all values to create with, or only those to change. An empty Value clears the field.
	Fields record.Fields
	// Target is the state that an update or delete starts from, as just read.
	Target *Snapshot
	// Source is the original that a create copies.
	Source *Snapshot
	// Stamp and Key mark a create. An update with a Key gives a RAYNET record the key that its create should have given it.
	Stamp Stamp
	Key   string
	// Erase says that a delete must leave nothing to be brought back.
	Erase bool
}

// Request is one exact request. It is stored before it is sent and repeated to the letter.
type Request struct {
	Side    record.Side `json:"side"`
	Kind    record.Kind `json:"kind"`
	Op      Op          `json:"op"`
	Mailbox string      `json:"mailbox,omitempty"`
	Method  string      `json:"method"`
	// Path is relative to the side's base address, with its query. The text "{id}" in it stands for the id that the create
	// before it returned.
	Path   string            `json:"path"`
	Header map[string]string `json:"header,omitempty"`
	// Body is the exact JSON text, empty for none.
	Body string `json:"body,omitempty"`
	// Ref is the thing written, zero for a create.
	Ref Ref `json:"ref"`
	// Key is the idempotency key of a create.
	Key string `json:"key,omitempty"`
	// Writes names the canonical fields that the request sets.
	Writes []record.Field `json:"writes,omitempty"`
	// Shows are, of the fields in Writes, the values that the side will show instead of those that were asked for: it cuts them,
	// cannot hold them, or insists on one where there was none. They are remembered as what it shows, and so never come back.
	Shows record.Fields `json:"shows,omitempty"`
}

// For returns the request with its "{id}" replaced by the id of what the create before it made, written as one segment of a path.
func (r Request) For(made Ref) Request {
	r.Path = strings.ReplaceAll(r.Path, "{id}", url.PathEscape(made.ID))
	r.Ref = made
	return r
}

// Same reports whether two requests ask for the same.
func (r Request) Same(other Request) bool {
	return r.Op == other.Op && r.Method == other.Method && r.Path == other.Path && r.Ref == other.Ref && r.Body == other.Body &&
		maps.Equal(r.Header, other.Header)
}

// Answer is what a successful write told us.
type Answer struct {
	Ref Ref
	// Snapshot is the new state if the side returned it; nil if it returned only success.
	Snapshot *Snapshot
	Version  Version
	// Keyless says that a create was carried out without its key, which has to be brought by a call of its own.
	Keyless bool
}

// Search looks for what an earlier create may have left behind. The first field that is set decides; the rest narrows.
type Search struct {
	// Key finds the thing that carries this idempotency key.
	Key string
	// Source finds every copy made of this original for the scope's mailbox.
	Source Ref
	// Like finds things that our own identity created since Since, that carry no key of another create, and that may be what
	// this request made (RAYNET, where a create can land without its key). They may have been edited since.
	Like  *Request
	Since time.Time
	// Handed looks for them not among the things of the user for whom this request makes one, but among those of everybody else that a
	// person has written since: somebody may have handed on what the request made.
	Handed bool
	// Type is the side's word for what is looked for, where the side keeps types apart.
	Type string
	// Alike finds things that share a natural key with this thing of the other side, whomever they belong to. A side whose feed
	// shows everything that could match finds none.
	Alike *Snapshot
}
