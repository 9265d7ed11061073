package outlook

import (
	"slices"
	"strings"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// material is Snapshot.Raw: what composing an update or a delete of this very state needs.
type material struct {
	// ID is the id to write to: for an occurrence the one that Graph made up for it, which may die (G-87).
	ID string
	// HTML is the body as it is.
	HTML       string
	Categories []string
	// Category is the RAYNET category that we put on it.
	Category string
	// Alone says that the read proved that nobody is mailed about a change.
	Alone bool
}

// view is what mapping needs besides the event itself.
type view struct {
	client *Client
	scope  remote.Scope
	own    map[string]bool // the mailbox's addresses, lower case; nil if they were not needed
	at     time.Time
}

// snapshot maps an event that is not an occurrence of a series.
func (v view) snapshot(e event) remote.Snapshot {
	s := v.mapped(e)
	s.Ref = eventRef(e.ID)
	if e.Type == typeMaster {
		s.Group = e.ID
		s.Natural = nil
		if s.Rule == "" {
			s.Rule = remote.RuleSeries
		}
	}
	return s
}

// The values of Ref.Type.
const (
	typeEvent     = "event"
	refOccurrence = "occurrence"
)

// occurrence maps one date of a series. It is offered, held and private if it is so itself or its series is.
func (v view) occurrence(e, master event, date string) remote.Snapshot {
	if e.Attendees == nil {
		e.Attendees = master.Attendees
	}
	if e.IsOrganizer == nil {
		e.IsOrganizer = master.IsOrganizer
	}
	if e.Sensitivity == "" || strings.EqualFold(e.Sensitivity, "normal") {
		e.Sensitivity = master.Sensitivity
	}
	if e.Categories == nil {
		e.Categories = master.Categories
	}
	if e.Organizer == nil {
		e.Organizer = master.Organizer
	}
	s := v.mapped(e)
	s.Ref = occurrenceRef(master.ID, date)
	s.Group = master.ID
	s.Offered = s.Offered || v.client.offered(master)
	s.Stamp, s.Key = nil, "" // marks sit on what we create, and we create no series
	if s.Twin != "" {
		s.Twin += "|" + date
	}
	return s
}

func eventRef(id string) remote.Ref { return remote.Ref{Side: record.Outlook, Type: typeEvent, ID: id} }

func occurrenceRef(master, date string) remote.Ref {
	return remote.Ref{Side: record.Outlook, Type: refOccurrence, ID: master + "/" + date}
}

// offered reports whether a person asked for the event to be in RAYNET.
func (c *Client) offered(e event) bool {
	return !c.config.NothingOffered && ((c.config.EverythingOffered && !e.private()) || e.has(c.config.Category))
}

// saved reads lastModifiedDateTime; zero if the answer did not tell it.
func saved(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// mapped fills everything but Ref and Group.
func (v view) mapped(e event) remote.Snapshot {
	c := v.client
	stamp, category, foreign := c.marks.read(e.Properties)
	s := remote.Snapshot{
		Kind: record.Calendar, Version: remote.Version(e.version()), At: v.at, Stamp: stamp, Key: e.TransactionID,
		Modified: saved(e.Modified), Container: v.scope.Container, Offered: c.offered(e), Finished: e.IsCancelled, MadeByUs: stamp != nil,
	}
	if stamp != nil && stamp.Op != "" {
		s.Key = stamp.Op
	}
	if e.foreign() {
		s.Held = append(s.Held, remote.HeldReadOnly)
	}
	if len(e.Attendees) > 0 {
		s.Held = append(s.Held, remote.HeldAttendees)
	}
	s.Twin = twin(e)
	if e.private() {
		s.Rule = remote.RulePrivate // nothing of what it says goes further, not even when it is
		return s
	}
	span, spanOK := e.span()
	switch {
	case foreign:
		s.Rule = remote.RuleForeign
	case e.IsDraft:
		s.Rule = remote.RuleDraft
	case !spanOK:
		s.Rule = remote.RuleSpan
	}
	if spanOK {
		s.Span = span
	}
	s.Fields = v.fields(e, s.Span)
	if s.Rule == "" {
		s.Natural = record.EventNatural(s.Fields)
	}
	s.Raw = &material{
		ID: e.ID, HTML: e.html(), Categories: slices.Clone(e.Categories), Category: category, Alone: e.alone(),
	}
	return s
}

// fields returns the canonical values that Outlook shows. The RAYNET category and our own block are written but never read.
func (v view) fields(e event, span record.Span) record.Fields {
	f := record.Fields{
		record.EventSubject:    record.Line(e.Subject),
		record.EventTime:       span.Value(),
		record.EventPlace:      "",
		record.EventBody:       record.Value(record.ParseBody(e.html()).Own),
		record.EventImportance: importance(e.Importance),
		record.EventCancelled:  "",
		record.EventGuests:     v.guests(e),
	}
	if e.Location != nil {
		f[record.EventPlace] = record.Line(e.Location.DisplayName)
	}
	if e.IsCancelled || e.has(v.client.config.CancelledCategory) {
		f[record.EventCancelled] = record.Yes
	}
	return f
}

// html returns the body as HTML.
func (e event) html() string {
	if e.Body == nil {
		return ""
	}
	if strings.EqualFold(e.Body.ContentType, "text") {
		return record.HTML(e.Body.Content)
	}
	return e.Body.Content
}

func importance(text string) record.Value {
	switch value := record.Value(strings.ToLower(text)); value {
	case record.ImportanceLow, record.ImportanceHigh:
		return value
	}
	return record.ImportanceNormal
}

// guests lists the attendees without the mailbox's own user, without rooms and without those who declined: a colleague who did would
// be given back what he took out of his calendar (G-165). In an attendee's copy the organiser is among them: whichever copy of a
// meeting comes to RAYNET first, the same people take part in the record.
func (v view) guests(e event) record.Value {
	seen := map[string]bool{}
	var lines []string
	invited := e.Attendees
	if e.foreign() && e.Organizer != nil {
		invited = append(slices.Clone(invited), *e.Organizer)
	}
	for _, attendee := range invited {
		address := strings.ToLower(string(record.Line(attendee.EmailAddress.Address)))
		name := string(record.Line(attendee.EmailAddress.Name))
		declined := strings.EqualFold(attendee.Status.Response, "declined")
		if declined || strings.EqualFold(attendee.Type, "resource") || v.isOwn(e, address) || (address == "" && name == "") {
			continue
		}
		if strings.EqualFold(name, address) {
			name = ""
		}
		text := strings.TrimSpace(address + " " + name)
		if seen[text] || (address != "" && seen[address]) {
			continue
		}
		seen[text], seen[address] = true, true
		lines = append(lines, text)
	}
	slices.Sort(lines)
	return record.Value(strings.Join(lines, "\n"))
}

func (v view) isOwn(e event, address string) bool {
	if address == "" {
		return false
	}
	if !e.foreign() && e.Organizer != nil && strings.EqualFold(e.Organizer.EmailAddress.Address, address) {
		return true
	}
	return v.own[address]
}

// twin is the identity that the copies of one meeting share (G-85). An event without guests has it too: guests may be invited later,
// and who was first copied alone must be known by the same key then; and by no other if its user made it private. Of a private one that is
// nobody else's business the identity goes no further than that key (plan.Decide).
func twin(e event) string {
	if e.ICalUID == "" || e.Organizer == nil {
		return ""
	}
	return strings.ToLower(e.ICalUID) + "|" + strings.ToLower(strings.TrimSpace(e.Organizer.EmailAddress.Address))
}
