package protocol

import (
	"slices"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// somebody lets a person do one thing now.
func (h *history) somebody() {
	var options [8]turn
	n := 0
	offer := func(turns ...turn) { n += copy(options[n:], turns) }
	if h.raynet.last(0) != nil {
		offer(editRaynet, deleteRaynet)
	}
	if h.outlook.last(1) != nil {
		offer(editOutlook, deleteOutlook)
		if h.copies == 0 {
			offer(copyOutlook)
		}
	}
	if len(h.seats) > 1 && h.outlook.last(2) != nil {
		offer(editOther, deleteOther)
	}
	chosen := h.ask(options[:n]...)
	switch chosen {
	case well:
	case editRaynet:
		h.edit(h.raynet.last(0), &h.raynet)
	case deleteRaynet:
		h.remove(h.raynet.last(0), &h.raynet)
	case editOutlook:
		h.edit(h.outlook.last(1), &h.outlook)
	case deleteOutlook:
		h.remove(h.outlook.last(1), &h.outlook)
	case copyOutlook:
		h.duplicate(h.outlook.last(1))
	case editOther:
		h.edit(h.outlook.last(2), &h.outlook)
	case deleteOther:
		h.remove(h.outlook.last(2), &h.outlook)
	default:
		h.fail("nobody can do %s", chosen)
	}
	if h.traced && chosen != well {
		h.tell("a person: %s", chosen)
	}
}

// touched notes what a person did to a thing that a create whose outcome is open has made.
func (h *history) touched(t *thing, row string) {
	if t.ours && !h.memory.linked(t.ref) {
		h.note(row)
	}
}

func (h *history) edit(t *thing, on *service) {
	h.touched(t, "F12")
	h.write(t, on, on.first, record.Value("person "+number(len(h.edits)+1)))
}

// write puts a value of a person's on a thing.
func (h *history) write(t *thing, on *service, field record.Field, value record.Value) {
	t.fields = t.fields.Clone()
	t.fields[field] = value
	t.version++
	t.byUs = false
	on.touch(t)
	h.edits = append(h.edits, edit{thing: t, field: field, value: value, version: t.version})
}

func (h *history) remove(t *thing, on *service) {
	h.touched(t, "F11")
	t.gone, t.goneBy = true, true
	t.version++
	on.touch(t)
	h.deleted = append(h.deleted, deletion{of: t.of, at: place(t.mailbox)})
	h.residual(t)
}

// residual counts what the product is known not to foresee. A meeting that lies in several mailboxes can be deleted in one of them, or
// in RAYNET, before the others were looked at: nobody knows yet that it was the same, and it is made again from the copy that is left.
// After a loss of the database a copy of ours can be deleted between the list that showed it, which does not show the marks of
// contacts, and the look-up of the marks: it is taken for new. And a record that we made from an item can be deleted before it was found
// again: nothing tells that there ever was one.
func (h *history) residual(t *thing) {
	unseen := slices.ContainsFunc(h.outlook.things, func(other *thing) bool {
		return other.of == t.of && other.twin != "" && !h.memory.joined(other.ref)
	})
	forgotten := h.scenario.lost && t.ref.Side == record.Raynet && t.ours && !h.memory.linked(t.ref)
	if unseen || forgotten || h.scenario.lost && h.scenario.kind == record.Contacts && len(h.memory.links) == 0 {
		h.known = true
		h.counts.residue++
	}
}

// doubtful counts a create that is made again although a person has removed what the first one made, where the service keeps nobody from
// it and nothing tells that there ever was a first one.
func (h *history) doubtful(s *service, request *remote.Request) {
	if s.once() {
		return
	}
	for _, t := range s.things {
		if t.goneBy && t.stamp != nil && t.stamp.Op == request.Header[opHeader] {
			h.counts.residue++
		}
	}
}

// blind marks what a person wrote on an item since it was read, where the service does not hold a write back for it.
func (h *history) blind(t *thing, request *remote.Request) {
	for i := range h.edits {
		if e := &h.edits[i]; e.thing == t && t.fields[e.field] == e.value && slices.Contains(request.Writes, e.field) {
			e.blind = true
		}
	}
}

// overwrites marks what a person wrote in RAYNET and a request replaces although its pair had been shown it: that is not the window
// between a look and a write, which nobody can close.
func (h *history) overwrites(t *thing, request *remote.Request, shown int) {
	if request.Side != record.Raynet || request.Op != remote.Update {
		return
	}
	for i := range h.edits {
		e := &h.edits[i]
		value, written := request.Header[string(e.field)]
		if e.thing == t && written && t.fields[e.field] == e.value && record.Value(value) != e.value {
			e.seen = e.version <= shown
		}
	}
}

// duplicate copies an item as Outlook does: our mark goes with it.
func (h *history) duplicate(t *thing) {
	h.copies++
	if t.ours {
		h.note("F31")
	}
	made := h.outlook.add(t.fields, t.mailbox, h.now)
	h.origins++
	made.of, made.copied, made.stamp, made.key = h.origins, true, t.stamp, t.key
}
