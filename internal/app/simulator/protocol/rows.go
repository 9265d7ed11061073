package protocol

import (
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The rows of the failure table are noted from what the harness itself did, never from what the engine says about it.

// rowsOf notes the rows that going this way at a request stands for.
func (h *history) rowsOf(request *remote.Request, chosen turn) {
	create, update, remove := request.Op == remote.Create, request.Op == remote.Update, request.Op == remote.Delete
	switch {
	case chosen == crashBefore:
		h.note("F4")
	case chosen == lostRequest && create:
		h.note("F5")
	case chosen == lostRequest && update:
		h.note("F17")
	case chosen == lostAnswer && create:
		h.note("F6")
	case chosen == lostAnswer && update:
		h.note("F16")
	case chosen == lostAnswer && remove:
		h.note("F22")
	case chosen == crashAfter:
		h.note("F7")
	case chosen == late && create:
		h.note("F8")
	case chosen == tooLate:
		h.note("F9")
	case chosen == refused:
		h.note("F30")
	}
	if request.Header[keyHeader] != "" && update && (chosen == crashBefore || chosen == crashAfter) {
		h.note("F14")
	}
}

// rowsOfCommit notes the rows that going this way at a commit stands for.
func (h *history) rowsOfCommit(facts []journal.Fact, opens, settles bool, chosen turn) {
	switch {
	case opens && chosen == crashBefore:
		h.note("F1")
	case opens && chosen == crashAfter:
		h.note("F2")
	case opens && chosen == unheard:
		h.note("F3")
	case settles && (chosen == failed || chosen == crashBefore):
		h.note("F13")
	}
	if _, ok := facts[0].(journal.PutCursor); ok && chosen == crashBefore {
		h.note("F24")
	}
}

// overtaken notes that a person has written between the read that guards a request and the request.
func (h *history) overtaken(request *remote.Request) {
	target := h.service(request.Side).find(request.Ref)
	intent := h.open(request)
	if target == nil || intent == nil || intent.Tail || request.Side != record.Raynet {
		return
	}
	if !target.byUs && remote.Version(number(target.version)) != intent.GuardVersion {
		h.note("F19")
	}
}

// refusals notes the rows that a service's own refusal stands for.
func (h *history) refusals(request *remote.Request, err error) {
	if err == nil {
		return
	}
	switch kind := remote.KindOf(err); {
	case kind == remote.Conflict && request.Op == remote.Update:
		h.note("F20")
	case kind == remote.Conflict && request.Op == remote.Delete && h.scenario.kind == record.Tasks:
		h.note("F33")
		h.note("F23")
	case kind == remote.Conflict && request.Op == remote.Delete:
		h.note("F23")
	case kind == remote.Duplicate && request.Side == record.Raynet:
		h.note("F15")
	}
}
