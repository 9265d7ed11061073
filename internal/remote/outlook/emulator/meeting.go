package emulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Mail is something that the service would have sent to people. // G-36
type Mail struct {
	At      time.Time
	By      string // "app" or "person"
	Mailbox string // id of the mailbox that wrote
	Kind    string // "invitation", "update", "cancellation" or "response"
	To      []string
	EventID string
	Subject string
}

const (
	byApp    = "app"
	byPerson = "person"
)

// Mails lists what the application's own writes would have mailed; it should be empty. // G-36
func (s *Server) Mails() []Mail {
	return slices.DeleteFunc(s.AllMails(), func(m Mail) bool { return m.By != byApp })
}

// AllMails lists the mails of application and people, oldest first.
func (s *Server) AllMails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func (s *Server) mail(mb *mailbox, it *item, by, kind string, to []string, now time.Time) {
	if len(to) == 0 {
		return
	}
	s.mails = append(s.mails, Mail{
		At: now, By: by, Mailbox: mb.id, Kind: kind, To: slices.Clone(to), EventID: it.id, Subject: text(it.props["subject"]),
	})
}

func (it *item) hasAttendees() bool { return len(list(it.props["attendees"])) > 0 }

func addressesOf(it *item) []string {
	if it.from != nil {
		return nil
	}
	var out []string
	for _, a := range list(it.props["attendees"]) {
		out = append(out, attendeeAddress(a))
	}
	return out
}

// invite mails new attendees and puts a copy into the calendars of those who are in the tenant.
func (s *Server) invite(mb *mailbox, it *item, by string, to []string, now time.Time) {
	if it.from != nil || len(to) == 0 {
		return
	}
	s.mail(mb, it, by, "invitation", to, now)
	for _, address := range to {
		guest := s.box(address)
		if guest == nil || guest == mb || guest.state != StateOK || it.master != nil {
			continue
		}
		cp := &item{kind: kindEvent, id: s.newID("AAkALgAA"), owner: guest, from: it, answer: "notResponded"}
		cp.copyContent(it)
		cp.props["showAs"] = "tentative"
		s.copySeries(cp, it)
		guest.put(cp, guest.folder(kindEvent, ""), now)
		it.copies = append(it.copies, cp)
		s.record(guest, cp, byService, "create", nil, now)
	}
}

const byService = "service"

// copyContent takes over what an invitation says: one meeting has one iCalUId in every mailbox. // G-34
func (cp *item) copyContent(it *item) {
	own := map[string]any{}
	for _, name := range []string{"categories", "showAs", "sensitivity", "isReminderOn", "reminderMinutesBeforeStart"} {
		if value, ok := cp.props[name]; ok {
			own[name] = value
		}
	}
	cp.props = maps.Clone(it.props)
	delete(cp.props, "categories")
	maps.Copy(cp.props, own)
	cp.start, cp.end, cp.allDay, cp.body, cp.uid, cp.cancelled = it.start, it.end, it.allDay, it.body, it.uid, it.cancelled
}

// copySeries takes over pattern, exceptions and cancelled dates of a meeting's series. What the invitee deleted stays
// deleted, and ids of exceptions stay.
func (s *Server) copySeries(cp, it *item) {
	old := cp.series
	cp.series = nil
	if it.series == nil {
		return
	}
	cp.series = it.series.clone()
	cp.series.exceptions = map[string]*item{}
	for _, date := range sortedKeys(it.series.exceptions) {
		e := it.series.exceptions[date]
		twin := &item{kind: kindEvent, owner: cp.owner, master: cp, date: date, answer: cp.answer, folder: cp.folder}
		if old != nil && old.exceptions[date] != nil {
			twin = old.exceptions[date]
		} else {
			twin.id = s.newID("AAkEXC")
			cp.owner.items[twin.id] = twin
		}
		twin.from, twin.created, twin.born = e, cp.created, cp.born
		twin.copyContent(e)
		cp.owner.version++
		twin.version, twin.modified = cp.owner.version, e.modified
		cp.series.exceptions[date] = twin
	}
	if old != nil && old.generation == cp.series.generation {
		maps.Copy(cp.series.cancelled, old.cancelled)
	}
}

// announce mails what a change to a meeting means for its people, and carries it to their copies.
func (s *Server) announce(mb *mailbox, old, it *item, patch map[string]any, by string, now time.Time) {
	meeting := it
	if it.from != nil || !old.hasAttendees() && !it.hasAttendees() {
		return
	}
	shared := slices.DeleteFunc(sortedKeys(patch), ownSide)
	if len(shared) == 0 {
		return
	}
	before, after := addressesOf(old), addressesOf(it)
	missing := func(from []string) func(string) bool {
		return func(a string) bool { return slices.Contains(from, a) }
	}
	added := slices.DeleteFunc(slices.Clone(after), missing(before))
	gone := slices.DeleteFunc(slices.Clone(before), missing(after))
	if len(shared) > 1 || shared[0] != "attendees" {
		s.mail(mb, meeting, by, "update", slices.DeleteFunc(slices.Clone(after), missing(added)), now)
	}
	s.mail(mb, meeting, by, "cancellation", gone, now)
	s.invite(mb, meeting, by, added, now)
	root := it
	if it.master != nil {
		root = it.master
	}
	for _, cp := range root.copies {
		s.deliver(cp, root, slices.Contains(gone, strings.ToLower(cp.owner.address())), now)
	}
}

// deliver updates an invitee's copy after a change by the organiser.
func (s *Server) deliver(cp, meeting *item, uninvited bool, now time.Time) {
	if cp.deleted {
		return
	}
	before := s.before(cp.owner, cp)
	if uninvited {
		cp.cancelled = true
	} else {
		cp.copyContent(meeting)
		s.copySeries(cp, meeting)
	}
	cp.owner.touch(cp, now)
	s.record(cp.owner, cp, byService, "update", before, now)
}

// farewell tells people that a meeting ends: the organiser's deletion cancels it, an invitee's one declines it.
func (s *Server) farewell(mb *mailbox, it *item, by string, now time.Time) {
	if it.from != nil {
		if !it.cancelled {
			s.respond(mb, it, "declined", by, true, now)
		}
		return
	}
	if !it.hasAttendees() {
		return
	}
	s.mail(mb, it, by, "cancellation", addressesOf(it), now)
	for _, cp := range it.copies {
		if cp.deleted {
			continue
		}
		before := s.before(cp.owner, cp)
		cp.cancelled = true
		cp.props["subject"] = "Canceled: " + text(it.props["subject"])
		cp.props["showAs"] = "free"
		cp.owner.touch(cp, now)
		s.record(cp.owner, cp, byService, "update", before, now)
	}
}

// respond notes an invitee's answer on both copies.
func (s *Server) respond(mb *mailbox, it *item, answer, by string, send bool, now time.Time) {
	it.answer, it.answered = answer, now
	if send {
		s.mail(mb, it, by, "response", []string{text(s.organizer(mb, it)["address"])}, now)
	}
	if it.from.deleted {
		return
	}
	before := s.before(it.from.owner, it.from)
	people := slices.Clone(list(it.from.props["attendees"]))
	for i, a := range people {
		if attendeeAddress(a) == strings.ToLower(mb.address()) {
			person := maps.Clone(object(a))
			person["status"] = map[string]any{"response": answer, "time": now.UTC().Format(time.RFC3339)}
			people[i] = person
		}
	}
	it.from.props = maps.Clone(it.from.props)
	it.from.props["attendees"] = people
	it.from.owner.touch(it.from, now)
	s.record(it.from.owner, it.from, byService, "update", before, now)
}

// act is POST …/events/{id}/{action}, and the list of instances.
func (s *Server) act(c *call, mb *mailbox, it *item, date, action string) answer {
	if action == "instances" && c.method == http.MethodGet {
		return s.instances(c, mb, it)
	}
	if c.method != http.MethodPost {
		return noMethod()
	}
	switch action {
	case "permanentDelete":
		return s.deleteEvent(c, mb, it, date)
	case "cancel":
		if it.from != nil {
			return problem(http.StatusBadRequest, "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer to cancel a meeting.")
		}
		if bad := s.remove(mb, it, date, byApp, c.now); bad != nil {
			return *bad
		}
		return reply(http.StatusAccepted, nil)
	case "accept", "decline", "tentativelyAccept":
		return s.rsvp(c, mb, it, action)
	case "dismissReminder", "snoozeReminder":
		mb.touch(it, c.now)
		return reply(http.StatusOK, nil)
	}
	return noSegment(action)
}

func (s *Server) rsvp(c *call, mb *mailbox, it *item, action string) answer {
	if it.from == nil {
		return problem(http.StatusBadRequest, "ErrorInvalidRequest", "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.")
	}
	v, _ := decode(c.body)
	send := true
	if wish, given := v["SendResponse"].(bool); given {
		send = wish
	} else if wish, given := v["sendResponse"].(bool); given {
		send = wish
	}
	before := s.before(mb, it)
	words := map[string]string{"accept": "accepted", "decline": "declined", "tentativelyAccept": "tentativelyAccepted"}
	s.respond(mb, it, words[action], byApp, send, c.now)
	if action == "decline" {
		mb.drop(it, c.now)
		s.record(mb, it, byApp, "delete", before, c.now)
		return reply(http.StatusAccepted, nil)
	}
	if action == "accept" {
		it.props["showAs"] = "busy"
	}
	mb.touch(it, c.now)
	s.record(mb, it, byApp, "update", before, c.now)
	return reply(http.StatusAccepted, nil)
}
