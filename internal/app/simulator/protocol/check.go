package protocol

import (
	"maps"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// checker is one invariant that is held against histories.
type checker uint8

const (
	converges     checker = iota // I1: at quiet both sides say the same, and a further pass writes nothing
	losesNothing                 // I2: every value that a person wrote is on a side, was replaced by a person, or is in the journal
	writesAhead                  // I2b: intent and pre-images were durable before the request left
	noDuplicates                 // I3: at most one counterpart, or the case is held
	noneAfterLoss                // I3b: nothing that has a counterpart is made again after the database was lost
	noReturn                     // I4: what a person deleted is not back where he deleted it
	evidence                     // I5: nothing is removed without proof, or over what a person wrote meanwhile
	noIdleWrite                  // I9: nothing is written that is there already
	atomic                       // I12: a process that died is followed by one that needs no person
	checkers
)

// String returns the number of the invariant.
func (c checker) String() string {
	return [checkers]string{"I1", "I2", "I2b", "I3", "I3b", "I4", "I5", "I9", "I12"}[c]
}

// Checkers lists the invariants that are checked, by their numbers.
func Checkers() []string {
	out := make([]string, 0, checkers)
	for c := range checkers {
		out = append(out, c.String())
	}
	return out
}

func (h *history) exercised(c checker) { h.counts.checked[c] = true }

// judge looks at a request that is about to leave.
func (h *history) judge(request *remote.Request) {
	intent := h.open(request)
	h.exercised(writesAhead)
	if intent == nil {
		h.fail("I2b: %s in %s was sent without a durable intent", request.Op, request.Side)
		return
	}
	if request.Op == remote.Create {
		if h.scenario.lost {
			h.judgeAfterLoss(request)
		}
		return
	}
	h.judgeIdle(request)
	if intent.Tail {
		return
	}
	h.judgePreImages(request, intent)
	if request.Op == remote.Delete {
		h.judgeEvidence(request, intent)
	}
}

// open returns the durable intent under which a request is sent, nil if there is none.
func (h *history) open(request *remote.Request) *journal.Intent {
	for i := range h.memory.intents {
		sent := &h.memory.intents[i].Request
		if sent.Op == request.Op && sent.Ref == request.Ref && sent.Key == request.Key && sent.Path == request.Path &&
			maps.Equal(sent.Header, request.Header) {
			return &h.memory.intents[i]
		}
	}
	return nil
}

func (h *history) judgePreImages(request *remote.Request, intent *journal.Intent) {
	for i := range h.memory.entries {
		entry := &h.memory.entries[i]
		if entry.Op != intent.Op || entry.Event != journal.Sending {
			continue
		}
		for _, name := range request.Writes {
			kept := slices.ContainsFunc(entry.Changes, func(c journal.Change) bool {
				return c.Field == name && h.digests.Value(name, c.Before) == intent.Guard[name]
			})
			if !kept {
				h.fail("I2b: %s of %s was sent before the value it replaces was kept", request.Op, name)
			}
		}
		return
	}
	h.fail("I2b: %s in %s was sent before the values it replaces were kept", request.Op, request.Side)
}

// judgeIdle fails an update that would change nothing, unless an earlier one was on its way.
func (h *history) judgeIdle(request *remote.Request) {
	target := h.service(request.Side).find(request.Ref)
	if request.Op != remote.Update || len(request.Writes) == 0 || target == nil || h.unknown {
		return
	}
	h.exercised(noIdleWrite)
	for _, name := range request.Writes {
		if string(target.fields[name]) != request.Header[string(name)] {
			return
		}
	}
	h.fail("I9: %s writes what is there already: %v", request.Side, request.Header)
}

// judgeEvidence fails a removal whose original was not seen to be gone twice, long enough apart.
func (h *history) judgeEvidence(request *remote.Request, intent *journal.Intent) {
	h.exercised(evidence)
	original := intent.Link.Half(request.Side.Other()).Ref
	if h.service(original.Side).find(original) != nil {
		h.fail("I5: %s is removed, and its original is there", request.Ref)
	}
	for i := range h.gone {
		if g := &h.gone[i]; g.ref == original && g.last.Sub(g.first) >= grace {
			return
		}
	}
	h.fail("I5: %s is removed on the first word that its original is gone", request.Ref)
}

// judgeAfterLoss fails a create of what has a counterpart already.
func (h *history) judgeAfterLoss(request *remote.Request) {
	source, err := remote.ParseRef(request.Header[sourceHeader])
	if err != nil {
		h.fail("%v", err)
		return
	}
	of := h.origin(source)
	for _, t := range h.service(request.Side).things {
		if t.of == of && !t.gone && !h.known {
			h.fail("I3b: %s is made again in %s", source, request.Side)
		}
	}
}

// check judges the end of a history.
func (h *history) check() {
	if h.counts.crashes > 0 {
		h.exercised(atomic)
	}
	if h.scenario.lost {
		h.exercised(noneAfterLoss)
		h.checkAsked()
	}
	if h.scenario.secondCall && h.counts.faults == 0 && h.counts.crashes == 0 {
		h.checkKeys()
	}
	for i := range h.memory.intents {
		h.fail("I1: intent %s is still open", h.memory.intents[i].Op)
	}
	for of := 1; of <= h.origins; of++ {
		h.checkThing(of)
	}
	for i, edit := range h.edits {
		h.exercised(losesNothing)
		h.checkEdit(i, edit)
	}
	h.counts.blind = h.counts.blind || h.memory.tells(journal.BlindOverwrite, remote.Ref{})
	if h.memory.tells(journal.Clash, remote.Ref{}) {
		h.note("F21")
	}
}

// checkAsked (I3): of two things with one mark none is linked as long as a person is asked which of them it is. Where something broke, one
// of them may have been seen alone.
func (h *history) checkAsked() {
	if h.counts.faults > 0 || h.counts.crashes > 0 {
		return
	}
	for i := range h.memory.work {
		w := &h.memory.work[i]
		asked := h.outlook.find(w.Ref)
		if w.Why != journal.WhyReview || w.Reason != "held-copies" || asked == nil || asked.stamp == nil {
			continue
		}
		for _, t := range h.outlook.things {
			if t != asked && !t.gone && t.mailbox == asked.mailbox && t.stamp != nil && t.stamp.Source == asked.stamp.Source && h.memory.joined(t.ref) {
				h.fail("I3: a person is asked about %s, and %s, which has the same mark, was linked", asked.ref, t.ref)
			}
		}
	}
}

// checkKeys (I3b): where nothing went wrong, every record of ours carries the key by which it is found after a loss.
func (h *history) checkKeys() {
	for _, t := range h.raynet.things {
		if t.ours && !t.gone && t.key == "" {
			h.fail("I3b: %s never got its key", t.ref)
		}
	}
}

// living returns what is left of one of the things that people made, in one place.
func (h *history) living(of int, at place) (found *thing, n int) {
	service := &h.outlook
	if at == 0 {
		service = &h.raynet
	}
	for _, t := range service.things {
		if !t.gone && t.of == of && t.mailbox == int(at) {
			found = t
			n++
		}
	}
	return found, n
}

// checkThing judges what became of one of the things that people made.
func (h *history) checkThing(of int) {
	unsure := h.known || h.counts.held > 0 || h.memory.tells(journal.HeldEvent, remote.Ref{}) || h.reviewed()
	touched := false
	raynet, _ := h.living(of, 0)
	for at := place(0); int(at) <= len(h.seats); at++ {
		found, n := h.living(of, at)
		h.exercised(noDuplicates)
		if n > 1 && !unsure {
			h.fail("I3: %d things in place %d stand for one", n, at)
		}
		if slices.Contains(h.deleted, deletion{of: of, at: at}) {
			touched = true
			h.exercised(noReturn)
			if n > 0 && !unsure && h.counts.residue == 0 && !(h.scenario.lost && at > 0) {
				h.fail("I4: what a person deleted in place %d is back as %s", at, found.ref)
			}
		}
	}
	if touched || unsure || h.parked(of) || h.scenario.lost && h.copies > 0 && len(h.deleted) > 0 { // without links, a person's copy of what is gone is like ours
		return
	}
	h.exercised(converges)
	for at := range h.scenario.mailboxes() {
		h.checkPair(of, raynet, at+1)
	}
	h.checkNewest(of, raynet)
}

// checkNewest (I2): what a thing says in the end is what somebody wrote last on one of its sides: what a person replaced is not back.
// Where two things are linked for the first time nobody knows what was there before, and what was overwritten unseen is told of.
func (h *history) checkNewest(of int, raynet *thing) {
	if raynet == nil || h.scenario.lost || slices.ContainsFunc(h.outlook.things, func(t *thing) bool { return t.of == of && t.twin != "" }) {
		return
	}
	for _, name := range []record.Field{h.scenario.first, h.scenario.second} {
		is, edited, newest := raynet.fields[name], false, false
		for i, e := range h.edits {
			if e.field != name || e.thing.of != of {
				continue
			}
			edited = true
			last := !slices.ContainsFunc(h.edits[i+1:], func(later edit) bool { return later.field == name && later.thing == e.thing })
			newest = newest || last && (e.value == is || h.unseen(e))
		}
		if edited && !newest {
			h.fail("I2: %s is %q, which a person had replaced", name, is)
		}
	}
}

// reviewed reports whether something lies before a person.
func (h *history) reviewed() bool {
	return slices.ContainsFunc(h.memory.work, func(w journal.Work) bool { return w.Why == journal.WhyReview })
}

// parked reports whether a thing was set aside because a service refuses it whenever it is asked.
func (h *history) parked(of int) bool {
	return slices.ContainsFunc(h.memory.work, func(w journal.Work) bool { return w.Why == journal.WhyParked && h.rests && h.origin(w.Ref) == of })
}

// checkPair holds the two counterparts of one thing against each other.
func (h *history) checkPair(of int, raynet *thing, mailbox int) {
	outlook, n := h.living(of, place(mailbox))
	if raynet == nil || n != 1 {
		h.fail("I1: nobody deleted thing %d, and there are a record: %t, and %d items in mailbox %d", of, raynet != nil, n, mailbox)
		return
	}
	linked := false
	for i := range h.memory.links {
		l := &h.memory.links[i]
		linked = linked || l.State == journal.Linked && l.Raynet.Ref == raynet.ref && l.Outlook.Ref == outlook.ref
	}
	if !linked {
		h.fail("I1: %s and %s are not linked", raynet.ref, outlook.ref)
	}
	for _, name := range []record.Field{h.scenario.first, h.scenario.second} {
		if !h.scenario.alike(raynet.fields[name], outlook.fields[name]) {
			h.fail("I1: %s differs: %q and %q", name, raynet.fields[name], outlook.fields[name])
		}
	}
}

// checkEdit finds the value that a person wrote: on a side, in the journal, or replaced by a person who saw it.
func (h *history) checkEdit(i int, e edit) {
	for _, service := range []*service{&h.raynet, &h.outlook} {
		for _, t := range service.things {
			if !t.gone && t.fields[e.field] == e.value {
				return
			}
		}
	}
	for _, later := range h.edits[i+1:] {
		if later.thing == e.thing && later.field == e.field {
			return
		}
	}
	if e.blind && !h.memory.keeps(e.value) {
		h.counts.blind = true
		return
	}
	if e.thing.goneBy || h.unseen(e) || h.memory.keeps(e.value) {
		return
	}
	h.fail("I2: %q, which a person wrote in %s, is nowhere", e.value, e.thing.ref.Side)
}

// unseen reports whether a value was overwritten, or may have been, by a write whose pair had never been shown it, and that is told.
func (h *history) unseen(e edit) bool {
	return e.blind || e.thing.ref.Side == record.Raynet && !e.seen && h.memory.tells(journal.BlindOverwrite, e.thing.ref)
}
