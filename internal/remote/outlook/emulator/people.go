package emulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// ErrUnknown says that there is no such mailbox, event, contact or folder.
var ErrUnknown = errors.New("not in the emulator")

// ErrRefused says that Outlook would not take what a person did.
var ErrRefused = errors.New("refused by the emulator")

func errNoMailbox(name string) error { return fmt.Errorf("mailbox %q: %w", name, ErrUnknown) }

// errRefused is what a person is told of an answer that refuses; nil if there is none.
func errRefused(a *answer) error {
	if a == nil {
		return nil
	}
	e := object(object(a.body)["error"])
	return fmt.Errorf("%w: %s: %s", ErrRefused, text(e["code"]), text(e["message"]))
}

// at finds a mailbox for what a person does now; mu is held.
func (s *Server) at(mailbox string) (*mailbox, time.Time, error) {
	now := s.opts.Now().UTC()
	s.settle(now)
	if mb := s.box(mailbox); mb != nil {
		return mb, now, nil
	}
	return nil, now, errNoMailbox(mailbox)
}

// aim finds an event of a mailbox, and the date when the id names an occurrence.
func (s *Server) aim(mailbox, id string) (*mailbox, *item, string, time.Time, error) {
	return s.aimAt(kindEvent, mailbox, id)
}

// aimAt finds what a person does something to now; mu is held.
func (s *Server) aimAt(kind itemKind, mailbox, id string) (*mailbox, *item, string, time.Time, error) {
	mb, now, err := s.at(mailbox)
	if err != nil {
		return nil, nil, "", now, err
	}
	it, date := mb.find(id)
	if it == nil || it.deleted || it.kind != kind {
		return nil, nil, "", now, fmt.Errorf("%s %q: %w", kind, id, ErrUnknown)
	}
	return mb, it, date, now, nil
}

// all shows what of a kind is in a mailbox, oldest first, nil for an unknown mailbox.
func (s *Server) all(kind itemKind, name string, show func(*mailbox, *item) map[string]any) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, _, err := s.at(name)
	if err != nil {
		return nil
	}
	out := []map[string]any{}
	for _, it := range mb.live(kind) {
		out = append(out, show(mb, it))
	}
	return out
}

// CreateAs lets the mailbox's owner create an event in the default calendar, or in that of "calendarId". It takes and
// returns Graph's own JSON. Guests are invited; the mail counts as a person's. An "organizer" from outside of the tenant
// makes it an invitation that came in by mail.
func (s *Server) CreateAs(mailbox string, event map[string]any) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, now, err := s.at(mailbox)
	if err != nil {
		return nil, err
	}
	event = maps.Clone(event)
	f := mb.folder(kindEvent, text(event["calendarId"]))
	if f == nil {
		return nil, fmt.Errorf("calendar %q: %w", text(event["calendarId"]), ErrUnknown)
	}
	delete(event, "calendarId")
	it, bad := s.newEvent(mb, event)
	if bad != nil {
		return nil, errRefused(bad)
	}
	if host := object(object(event["organizer"])["emailAddress"]); text(host["address"]) != "" && s.box(text(host["address"])) == nil {
		it.host, it.answer = host, "notResponded"
		it.from = &item{kind: kindEvent, uid: it.uid, deleted: true}
	}
	s.insert(mb, f, it, byPerson, now)
	return s.snapshot(mb, it), nil
}

// EditAs lets the owner change an event, or one occurrence, with a patch as Graph takes it.
func (s *Server) EditAs(mailbox, id string, patch map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, date, now, err := s.aim(mailbox, id)
	if err != nil {
		return err
	}
	_, bad := s.change(mb, it, date, patch, byPerson, now)
	return errRefused(bad)
}

// DeleteAs lets the owner delete an event or one occurrence.
func (s *Server) DeleteAs(mailbox, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, date, now, err := s.aim(mailbox, id)
	if err != nil {
		return err
	}
	kept := it.clone()
	if bad := s.remove(mb, it, date, byPerson, now); bad != nil {
		return errRefused(bad)
	}
	if it.deleted {
		mb.keep(kept)
	}
	return nil
}

// RestoreAs lets the owner take a deleted event out of the bin. It has the id that it had. // G-31
func (s *Server) RestoreAs(mailbox, id string) error { return s.restore(mailbox, kindEvent, id) }

// CancelOccurrenceAs lets the owner delete one date ("2026-03-02") of a series.
func (s *Server) CancelOccurrenceAs(mailbox, masterID, date string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, now, err := s.aim(mailbox, masterID)
	if err != nil {
		return err
	}
	if it.series == nil || it.series.cancelled[date] {
		return fmt.Errorf("date %s of event %q: %w", date, masterID, ErrUnknown)
	}
	return errRefused(s.remove(mb, it, date, byPerson, now))
}

// CopyAs lets the owner copy an event. The copy has a new id and iCalUId and no guests, but it carries the extended
// properties and the transactionId of its model, as real copies may. // G-15
func (s *Server) CopyAs(mailbox, id string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, now, err := s.aim(mailbox, id)
	if err != nil {
		return nil, err
	}
	cp := it.clone()
	cp.id, cp.born = s.newID("AAkALgAA"), 0
	cp.uid = "040000008200E00074C5B7101A82E008" + guid(s.opts.Seed, "copy", cp.id)
	cp.master, cp.date, cp.from, cp.host, cp.copies, cp.owner = nil, "", nil, nil, nil, mb
	delete(cp.props, "attendees")
	if cp.series != nil {
		cp.series.exceptions = map[string]*item{}
	}
	f := it.folder
	if f == nil || f.gone {
		f = mb.folder(kindEvent, "")
	}
	mb.put(cp, f, now)
	s.record(mb, cp, byPerson, "create", nil, now)
	return s.snapshot(mb, cp), nil
}

// MoveAs lets the owner move an event into another calendar of the mailbox. Its immutable id stays. // G-31
func (s *Server) MoveAs(mailbox, id, calendarID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, now, err := s.aim(mailbox, id)
	if err != nil {
		return err
	}
	f := mb.folder(kindEvent, calendarID)
	if f == nil || it.master != nil {
		return fmt.Errorf("calendar %q for event %q: %w", calendarID, id, ErrUnknown)
	}
	before := s.before(mb, it)
	mb.move(it, f, now)
	s.record(mb, it, byPerson, "move", before, now)
	return nil
}

// CreateCalendarAs lets the owner make another calendar; a person's own calendar, or one shared by a colleague when
// "owner" names another address. Returns its id.
func (s *Server) CreateCalendarAs(mailbox string, calendar map[string]any) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, _, err := s.at(mailbox)
	if err != nil {
		return "", err
	}
	f := s.addFolder(mb, kindEvent, text(calendar["name"]), false)
	maps.Copy(f.props, calendar)
	return f.id, nil
}

// DeleteCalendarAs lets the owner delete a calendar with everything in it.
func (s *Server) DeleteCalendarAs(mailbox, calendarID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, now, err := s.at(mailbox)
	if err != nil {
		return err
	}
	f := mb.folder(kindEvent, calendarID)
	if f == nil || f.isDefault {
		return fmt.Errorf("calendar %q: %w", calendarID, ErrUnknown)
	}
	for _, it := range f.live() {
		mb.drop(it, now)
	}
	f.gone = true
	return nil
}

// RespondAs lets an invitee answer: "accepted", "tentativelyAccepted" or "declined".
func (s *Server) RespondAs(mailbox, id, answer string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, now, err := s.aim(mailbox, id)
	if err != nil {
		return err
	}
	if it.from == nil || !slices.Contains([]string{"accepted", "tentativelyAccepted", "declined"}, answer) {
		return fmt.Errorf("%w: answer %q to event %q", ErrRefused, answer, id)
	}
	before := s.before(mb, it)
	s.respond(mb, it, answer, byPerson, true, now)
	if answer == "declined" {
		mb.drop(it, now)
		s.record(mb, it, byPerson, "delete", before, now)
		return nil
	}
	mb.touch(it, now)
	s.record(mb, it, byPerson, "update", before, now)
	return nil
}

// Get shows an event by its immutable id with everything there is: UTC, HTML body, extended properties, exceptions and
// cancelled dates of a series.
func (s *Server) Get(mailbox, id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, date, _, err := s.aim(mailbox, id)
	if err != nil {
		return nil, false
	}
	if date == "" {
		return s.snapshot(mb, it), true
	}
	d, _ := time.Parse(dateFormat, date)
	v := &view{s: s, mb: mb, whole: true, prefs: preferences{zone: time.UTC, zoneName: "UTC", immutable: true}}
	return v.occurrence(s.zones.occurrenceAt(it, d)), true
}

// All shows every single event and series of a mailbox as Get does, oldest first; with "calendarId" added.
func (s *Server) All(name string) []map[string]any {
	return s.all(kindEvent, name, func(mb *mailbox, it *item) map[string]any {
		shown := s.snapshot(mb, it)
		shown["calendarId"] = it.folder.id
		return shown
	})
}

// Occurrences shows what of a series touches [from, to), exceptions included, ordered by start.
func (s *Server) Occurrences(mailbox, masterID string, from, to time.Time) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, _, err := s.aim(mailbox, masterID)
	if err != nil || it.series == nil {
		return nil
	}
	v := &view{s: s, mb: mb, prefs: preferences{zone: time.UTC, zoneName: "UTC", immutable: true}}
	out := []map[string]any{}
	for _, o := range s.zones.occurrences(it, from, to) {
		out = append(out, v.occurrence(o))
	}
	return out
}

// DefaultCalendar is the id of a mailbox's default calendar, "" for an unknown mailbox.
func (s *Server) DefaultCalendar(mailbox string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if mb := s.box(mailbox); mb != nil {
		return mb.folder(kindEvent, "").id
	}
	return ""
}

// Mailboxes lists the users as Graph shows them with every property, in the order they were added.
func (s *Server) Mailboxes() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []map[string]any{}
	for _, mb := range s.boxes {
		out = append(out, maps.Clone(mb.user))
	}
	return out
}
