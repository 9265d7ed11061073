package protocol

import (
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// scenario is how a history begins.
type scenario struct {
	quirks
	name string
	two  bool // two mailboxes
	// lost says that the database was lost: what a person deletes in Outlook before the copy was found again looks new.
	lost    bool
	prepare func(*history)
}

func (s *scenario) mailboxes() int {
	if s.two {
		return 2
	}
	return 1
}

// values are what a thing says before anybody changed it.
func (s *scenario) values() record.Fields {
	return record.Fields{s.first: "subject", s.second: "place"}
}

// The three kinds as the two services treat them. Outlook makes nothing twice under one key only in the calendar; that it honours
// If-Match on contacts is an assumption (G-142).
func calendar() quirks {
	return quirks{kind: record.Calendar, raynet: "meeting", outlook: "event", first: record.EventSubject, second: record.EventPlace,
		dedupes: true, conditional: true}
}

func contacts() quirks {
	return quirks{kind: record.Contacts, raynet: "person", outlook: "contact", first: record.ContactLast, second: record.ContactJob,
		conditional: true}
}

func tasks() quirks {
	return quirks{kind: record.Tasks, raynet: "task", outlook: "task", first: record.TaskSubject, second: record.TaskBody, conditional: true}
}

// Scenarios lists the names of all scenarios in their order.
func Scenarios() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

func scenarios() []*scenario {
	var out []*scenario
	add := func(q quirks, name string, prepare func(*history)) *scenario {
		s := &scenario{quirks: q, name: string(q.kind) + ": " + name, prepare: prepare}
		out = append(out, s)
		return s
	}
	blind := contacts()
	blind.conditional = false
	for _, q := range []quirks{calendar(), contacts(), tasks()} {
		add(q, "create in Outlook", func(h *history) { h.people(record.Raynet, 0) })
		add(q, "create in RAYNET", func(h *history) { h.people(record.Outlook, 1) })
		add(q, "update in Outlook", func(h *history) { h.moved(true, false, q.second) })
		add(q, "update in RAYNET", func(h *history) { h.moved(false, true, q.second) })
		add(q, "update in RAYNET of what people edit there", func(h *history) { h.moved(false, true, q.first) })
		add(q, "clash", func(h *history) { h.moved(true, true, q.first) })
		add(q, "deleted in RAYNET", (*history).deletedInRaynet)
		add(q, "deleted in Outlook", (*history).deletedInOutlook)
		add(q, "edited against a deletion", (*history).editedAgainstDeletion)
		add(q, "the database was lost", (*history).databaseLost).lost = true
		add(q, "the database was lost, of what was made in Outlook", (*history).databaseLostOfOutlook).lost = true
	}
	add(blind, "update in Outlook without If-Match", func(h *history) { h.moved(true, false, blind.second) })
	for _, q := range []quirks{calendar(), contacts(), tasks()} {
		q.secondCall = true
		add(q, "create in RAYNET by two calls", func(h *history) { h.people(record.Outlook, 1) })
	}
	halves := calendar()
	halves.halves = true
	add(halves, "create in RAYNET in two halves", func(h *history) { h.people(record.Outlook, 1) })
	parted := contacts()
	parted.secondCall, parted.parted = true, true
	add(parted, "create in RAYNET by two calls that both write", func(h *history) { h.people(record.Outlook, 1) })
	whole := tasks()
	whole.whole = true
	add(whole, "update in RAYNET that writes everything", func(h *history) { h.moved(false, true, whole.second) })
	own := tasks()
	own.own = true
	add(own, "update in Outlook, which writes in its own way", func(h *history) { h.moved(true, false, own.second) })
	exclusive := calendar()
	exclusive.exclusive = true
	add(exclusive, "create in RAYNET with exclusive keys", func(h *history) { h.people(record.Outlook, 1) })
	add(exclusive, "create in RAYNET with a key that is taken", func(h *history) {
		taken := h.raynet.add(h.scenario.values(), 0, h.now)
		taken.key, taken.gone = "copy of 1", true
		h.people(record.Outlook, 1)
	})
	several := calendar()
	several.secondCall = true
	add(several, "two creates in RAYNET at once", func(h *history) {
		h.people(record.Outlook, 1)
		second := h.people(record.Outlook, 1)
		h.write(second, &h.outlook, several.second, "another place")
	})
	add(calendar(), "a copy by a person", func(h *history) {
		_, outlook := h.linked()
		h.duplicate(outlook[0])
	})
	add(calendar(), "one record in two mailboxes", func(h *history) { h.people(record.Raynet, 0) }).two = true
	add(calendar(), "update in two mailboxes", func(h *history) { h.moved(true, false, record.EventPlace) }).two = true
	add(calendar(), "one meeting from two mailboxes", func(h *history) {
		first := h.people(record.Outlook, 1)
		second := h.outlook.add(h.scenario.values(), 2, h.now)
		first.twin, second.twin, second.of = "meeting", "meeting", first.of
	}).two = true
	return out
}

// linked makes a record with a copy in each mailbox that the database knows and that nobody has touched.
func (h *history) linked() (raynet *thing, outlook []*thing) {
	raynet = h.people(record.Raynet, 0)
	for i := range h.seats {
		mailbox := i + 1
		copied := h.outlook.add(h.scenario.values(), mailbox, h.now.Add(-time.Hour))
		copied.of, copied.ours = raynet.of, true
		copied.stamp = &remote.Stamp{Source: raynet.ref, Mailbox: mailboxName(mailbox), Op: "op-" + number(mailbox)}
		copied.key = copied.stamp.Op
		h.outlook.keys[copied.key] = copied
		outlook = append(outlook, copied)
		shown := h.digests.Fields(h.scenario.values())
		h.memory.links = append(h.memory.links, journal.Link{
			ID: "link-" + number(mailbox), Pair: int64(mailbox), State: journal.Linked, Origin: record.Raynet, Owner: true,
			Raynet:  journal.Half{Ref: raynet.ref, Version: "0", Shown: shown},
			Outlook: journal.Half{Ref: copied.ref, Version: remote.Version(etag(0)), Shown: shown},
		})
		h.memory.cursors = append(h.memory.cursors, journal.Cursor{Scope: h.seats[i].scope, Token: number(h.outlook.changes), At: h.now, Since: h.now, Complete: true})
	}
	h.rows.seen = h.raynet.changes
	return raynet, outlook
}

// moved is a pair in step of which people changed a field, on one side or on both.
func (h *history) moved(inRaynet, inOutlook bool, field record.Field) {
	raynet, outlook := h.linked()
	if inRaynet {
		h.write(raynet, &h.raynet, field, "moved in RAYNET")
	}
	if inOutlook {
		h.write(outlook[0], &h.outlook, field, "moved in Outlook")
	}
}

func (h *history) deletedInRaynet() {
	raynet, _ := h.linked()
	h.remove(raynet, &h.raynet)
	h.suspected(raynet)
}

// suspected is a deletion of which the first proof was gathered before.
func (h *history) suspected(raynet *thing) {
	since := h.now.Add(-grace)
	h.gone = append(h.gone, absence{ref: raynet.ref, first: since, last: since})
	for i := range h.seats {
		h.memory.work = append(h.memory.work, journal.Work{Pair: h.seats[i].pair.ID, Ref: raynet.ref, Why: journal.WhyAbsent, Reason: "deleted-in-raynet",
			Generation: 0, Tries: 1, Since: since, RetryAt: h.now})
	}
}

func (h *history) deletedInOutlook() {
	_, outlook := h.linked()
	h.remove(outlook[0], &h.outlook)
}

// editedAgainstDeletion is a deletion in RAYNET, nearly proven, of something whose copy a person has just edited.
func (h *history) editedAgainstDeletion() {
	raynet, outlook := h.linked()
	h.remove(raynet, &h.raynet)
	h.suspected(raynet)
	h.write(outlook[0], &h.outlook, h.scenario.second, "moved in Outlook")
}

// databaseLost is a pair of which nothing is remembered, and whose two sides differ.
func (h *history) databaseLost() {
	raynet, outlook := h.linked()
	h.write(outlook[0], &h.outlook, h.scenario.second, "moved in Outlook")
	_ = raynet
	h.memory.reset()
	h.rows.seen = 0
	h.note("F28")
}

// databaseLostOfOutlook is the same of an item that a person made, whose copy in RAYNET carries our key.
func (h *history) databaseLostOfOutlook() {
	original := h.people(record.Outlook, 1)
	copied := h.raynet.add(h.scenario.values(), 0, h.now.Add(-time.Hour))
	copied.of, copied.ours, copied.byUs = original.of, true, true
	copied.key = copyKey(remote.Scope{}, remote.Snapshot{Ref: original.ref})
	h.write(original, &h.outlook, h.scenario.second, "moved in Outlook")
	h.note("F28")
}
