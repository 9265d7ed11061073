package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// createEvent is POST …/events.
func (s *Server) createEvent(c *call, mb *mailbox, f *folder) answer {
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	if a := s.repeated(mb, v, patch); a != nil {
		return *a
	}
	it, bad := s.newEvent(mb, patch)
	if bad != nil {
		return *bad
	}
	s.insert(mb, f, it, byApp, c.now)
	return v.prefs.mark(reply(http.StatusCreated, v.event(it)))
}

// repeated answers a POST whose transactionId was used: with the event that it made, when the content is equal. The
// status of the refusal varies, as it does in the wild. // G-15
func (s *Server) repeated(mb *mailbox, v *view, patch map[string]any) *answer {
	id := text(patch["transactionId"])
	first := mb.creates[id]
	if id == "" || first == nil {
		return nil
	}
	if !first.deleted && first.txnDigest == contentDigest(patch) {
		a := v.prefs.mark(reply(http.StatusCreated, v.event(first)))
		return &a
	}
	status := http.StatusBadRequest
	if sum := sha256.Sum256([]byte(id)); sum[0]%2 == 1 {
		status = http.StatusConflict
	}
	a := problem(status, "ErrorDuplicateTransactionId",
		"Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.")
	object(object(a.body)["error"])["@event.existingEventId"] = v.id(first)
	return &a
}

func contentDigest(patch map[string]any) string {
	sum := sha256.Sum256(encode(patch))
	return hex.EncodeToString(sum[:16])
}

// newEvent builds an event that isn't filed yet.
func (s *Server) newEvent(mb *mailbox, patch map[string]any) (*item, *answer) {
	it := &item{kind: kindEvent, owner: mb, props: map[string]any{}}
	if bad := s.apply(it, patch); bad != nil {
		return nil, bad
	}
	it.id = s.newID("AAkALgAA")
	sum := digest(s.opts.Seed, "uid", it.id)
	it.uid = globalObject + "00000000" + strings.ToUpper(hex.EncodeToString(sum[:]))
	if it.txn = text(patch["transactionId"]); it.txn != "" {
		it.txnDigest = contentDigest(patch)
	}
	return it, nil
}

// insert files a new event, invites its attendees and plans the service's own touch.
func (s *Server) insert(mb *mailbox, f *folder, it *item, by string, now time.Time) {
	mb.put(it, f, now)
	if it.txn != "" && mb.creates[it.txn] == nil {
		mb.creates[it.txn] = it
	}
	s.record(mb, it, by, "create", nil, now)
	s.invite(mb, it, by, addressesOf(it), now)
	if it.hasAttendees() || it.body.online || s.faults["etag-churn"] {
		s.planTouch(mb, it, now)
	}
}

var etagForm = regexp.MustCompile(`^W/"[A-Za-z0-9+/]+={0,2}"$`)

// precondition checks If-Match on PATCH. // G-20
func (s *Server) precondition(c *call, mb *mailbox, it *item) *answer {
	match := c.header.Get("If-Match")
	switch {
	case match == "" || match == "*":
		return nil
	case !etagForm.MatchString(match) || len(match) < 12:
		a := problem(http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
		return &a
	case match != etag(mb, it.version):
		a := problem(http.StatusPreconditionFailed, "ErrorIrresolvableConflict",
			"The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.")
		return &a
	}
	return nil
}

func (s *Server) patchEvent(c *call, mb *mailbox, it *item, date string) answer {
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	if bad := s.precondition(c, mb, it); bad != nil {
		return *bad
	}
	patch, ok := decode(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "UnableToDeserializePostBody", "were unable to deserialize")
	}
	it, bad = s.change(mb, it, date, patch, byApp, c.now)
	if bad != nil {
		return *bad
	}
	return v.prefs.mark(reply(http.StatusOK, v.event(it)))
}

// change writes a patch to an event, or to one date of a series, which becomes an exception. It returns the event
// that changed.
func (s *Server) change(mb *mailbox, it *item, date string, patch map[string]any, by string, now time.Time) (*item, *answer) {
	if date != "" {
		if !it.series.has(date) {
			a := notFound()
			return nil, &a
		}
		fresh := it.series.exceptions[date] == nil
		e := s.except(mb, it, date)
		changed, bad := s.change(mb, e, "", patch, by, now)
		if bad != nil && fresh {
			delete(it.series.exceptions, date)
			delete(mb.items, e.id)
		}
		return changed, bad
	}
	draft := it.clone()
	if bad := s.apply(draft, patch); bad != nil {
		return nil, bad
	}
	if draft.master != nil && (draft.start != it.start || draft.end != it.end) && s.zones.crosses(draft) {
		a := problem(http.StatusBadRequest, "ErrorOccurrenceCrossingBoundary", "Modified occurrence is crossing or overlapping adjacent occurrence.")
		return nil, &a
	}
	before := s.before(mb, it)
	old := *it
	*it = *draft
	mb.touch(it, now)
	inherit(&old, it, patch)
	s.record(mb, it, by, "update", before, now)
	s.announce(mb, &old, it, patch, by, now)
	return it, nil
}

// inherit carries what changed on a master to the exceptions that still had the master's value, and buries the
// exceptions that a new pattern dropped.
func inherit(old, master *item, patch map[string]any) {
	if old.series == nil {
		return
	}
	for _, date := range sortedKeys(old.series.exceptions) {
		e := old.series.exceptions[date]
		if master.series == nil || master.series.exceptions[date] == nil {
			e.deleted = true
			continue
		}
		e.version, e.modified = master.version, master.modified
		e.props = maps.Clone(e.props)
		for _, name := range append(sortedKeys(patch), "locations", "isOnlineMeeting") {
			if string(encode(e.props[name])) == string(encode(old.props[name])) {
				if value, ok := master.props[name]; ok {
					e.props[name] = value
				} else {
					delete(e.props, name)
				}
			}
		}
		if e.body == old.body {
			e.body = master.body
		}
	}
}

// ownSide are the properties whose change stays in the writer's mailbox and mails nobody. // G-36
func ownSide(name string) bool {
	return slices.Contains([]string{"categories", "showAs", "sensitivity", "isReminderOn", "reminderMinutesBeforeStart", "singleValueExtendedProperties"}, name) ||
		eventForm(name) == formReadOnly
}

func (s *Server) deleteEvent(c *call, mb *mailbox, it *item, date string) answer {
	if bad := s.remove(mb, it, date, byApp, c.now); bad != nil {
		return *bad
	}
	return reply(http.StatusNoContent, nil)
}

// remove deletes an event, or cancels one date of a series.
func (s *Server) remove(mb *mailbox, it *item, date, by string, now time.Time) *answer {
	if it.master != nil {
		it, date = it.master, it.date
	}
	before := s.before(mb, it)
	if date == "" {
		s.farewell(mb, it, by, now)
		mb.drop(it, now)
		s.record(mb, it, by, "delete", before, now)
		return nil
	}
	if !it.series.has(date) {
		a := notFound()
		return &a
	}
	if e := it.series.exceptions[date]; e != nil {
		e.deleted = true
		delete(it.series.exceptions, date)
	}
	it.series.cancelled[date] = true
	mb.touch(it, now)
	s.record(mb, it, by, "cancel-occurrence", before, now)
	if it.hasAttendees() {
		s.mail(mb, it, by, "cancellation", addressesOf(it), now)
		for _, cp := range it.copies {
			s.deliver(cp, it, false, now)
		}
	}
	return nil
}
