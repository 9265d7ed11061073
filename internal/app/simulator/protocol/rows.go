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

// Row is one row of the failure table: where a write can break.
type Row struct {
	// Name is its number in the table; runs count under it how often it was met.
	Name string
	// What says what happens there.
	What string
	// Probes are the branches of the write protocol that lead on from there (apply.Probes); none where the next cycle simply plans
	// again.
	Probes []string
}

// Rows lists the rows that histories of this package meet. The others are about cursors, leases, backups and rights, which whole
// engines have: internal/app/simulator.
func Rows() []Row {
	return []Row{
		{"F1", "the process dies before the intent is durable", nil},
		{"F2", "it dies after that, before the request leaves", []string{"create-resent", "update-resent", "delete-resent"}},
		{"F3", "nobody knows whether the intent is durable", []string{"intent-not-durable", "create-resent", "update-resent"}},
		{"F4", "the process dies with the request in its hand", []string{"create-settling", "update-settling", "delete-settling"}},
		{"F5", "a create never arrives", []string{"frozen", "create-resent"}},
		{"F6", "a create is carried out, and the answer is lost", []string{"frozen", "adopted-by-key", "adopted-orphan"}},
		{"F7", "the process dies before it hears the answer", []string{"adopted-by-key", "update-had-landed", "delete-had-landed"}},
		{"F8", "a create lands late", []string{"adopted-by-key", "create-settling"}},
		{"F9", "a create lands after it was made once more", []string{"create-resent"}},
		{"F10", "a look-up does not see yet what is there", []string{"create-settling"}},
		{"F11", "a person deletes what nobody knows to have been made", []string{"duplicate-was-deleted"}},
		{"F12", "a person edits what nobody knows to have been made", []string{"adopted-edited"}},
		{"F13", "the settlement is not durable", []string{"settlement-not-durable"}},
		{"F14", "the process dies between a create and its second call", []string{"adopted-orphan", "second-call-merged-again"}},
		{"F15", "another record carries the key", []string{"overtaken"}},
		{"F16", "an update is carried out, and the answer is lost", []string{"update-had-landed"}},
		{"F17", "an update never arrives", []string{"frozen", "update-resent"}},
		{"F18", "an update lands late, over what a person wrote meanwhile", []string{"update-had-landed", "update-landed-blind"}},
		{"F19", "a person writes in RAYNET between the last look and the write", []string{"guard-read"}},
		{"F20", "a person writes in Outlook between the last look and the write", []string{"overtaken"}},
		{"F21", "both sides changed one field", nil},
		{"F22", "a removal is carried out, and the answer is lost", []string{"delete-had-landed"}},
		{"F23", "a removal meets an edit", []string{"overtaken", "deletion-overtaken"}},
		{"F24", "the process dies before the cursor moves", nil},
		{"F28", "the database is lost", nil},
		{"F30", "one thing is refused for good", []string{"refused"}},
		{"F31", "a person copies a copy of ours, with our mark", nil},
		{"F33", "the removal of a task meets an edit", []string{"overtaken"}},
	}
}
