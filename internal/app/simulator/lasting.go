package simulator

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote/chaos"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// lasting lists what goes wrong and stays so: it is not well again when everything else is.
func lasting() []verb {
	return []verb{
		upset("RAYNET: it refuses one thing for ever", 3, (*world).poison),
		upset("RAYNET: somebody locks one record for ever", 2, (*world).lock),
		upset("Outlook: a mailbox goes away", 2, (*world).depart),
	}
}

// lastingFault begins the names of the faults that stay.
const lastingFault = "lasting-"

// poison makes RAYNET refuse whatever tells of one thing from Outlook, and has somebody change that thing.
func (w *world) poison() {
	t, ok := w.anyItem(pick(w.rng, w.kinds...), "")
	if !ok || w.ledger.special[t.canary] || t.raw["isOrganizer"] == false || w.gone[t.user.mailbox] {
		return
	}
	w.ledger.poison[t.canary] = true
	w.raynet.Layer().Set(chaos.Fault{Name: lastingFault + t.canary, Effect: chaos.EffectStatus, Status: http.StatusBadRequest, Method: "PUT,POST",
		BodyContains: t.canary, Body: `{"success":false,"translatedMessage":"Tento záznam nelze uložit."}`})
	spots := map[record.Kind][]spot{record.Contacts: w.contactSpots(), record.Tasks: todoSpots()}[t.kind]
	if len(spots) == 0 {
		spots = []spot{{field: record.EventSubject, stays: true, value: func(canary string, ink int) string { return fmt.Sprintf("%s jed %04d", canary, ink) },
			read:  func(raw map[string]any) string { return titleOf(raw) },
			write: func(_ map[string]any, value string) map[string]any { return map[string]any{"subject": value} }}}
	}
	for _, other := range w.all() { // its copies too
		if strings.Contains(everything(other.raw), t.canary) {
			w.ledger.poison[other.canary] = true
		}
	}
	w.say("RAYNET refuses %s from now on", t.canary)
	w.scribble(t, spots[0])
}

// lock has somebody lock a record in RAYNET and never come back.
func (w *world) lock() {
	kind := pick(w.rng, w.kinds...)
	if kind == record.Contacts { // a locked person has no buttons that people could press either
		w.poison()
		return
	}
	t, ok := w.anyRecord(kind, "")
	if !ok || w.ledger.special[t.canary] {
		return
	}
	w.ledger.poison[t.canary] = true
	entity, id := t.ref.Type, int64(0)
	if _, err := fmt.Sscan(t.ref.ID, &id); err != nil {
		w.must(err)
	}
	w.must(w.raynet.Lock(entity, id))
	w.say("somebody locks %s %s in RAYNET", t.ref, t.canary)
}

// depart takes the mailbox of one of several users away.
func (w *world) depart() {
	if len(w.gone) > 0 || len(w.users) < 2 {
		return
	}
	u := pick(w.rng, w.users...)
	w.gone[u.mailbox] = true
	w.must(w.outlook.SetMailboxState(u.mailbox, outlookemu.StateNone, time.Time{}))
	w.say("the mailbox of %s is gone", u.login)
}

// checkPoison (I10): what cannot be written is told of with a reason; that everything else goes on is for the other checkers, which
// leave out nothing but that.
func (w *world) checkPoison(ctx context.Context) error {
	if len(w.ledger.poison)+len(w.gone) == 0 {
		return nil
	}
	w.exercise("I10", w.exercised["I1"])
	for _, t := range w.all() {
		if t.ref.Side != record.Outlook || !w.ledger.poison[t.canary] || w.gone[t.user.mailbox] || w.agrees(t) {
			continue
		}
		w.exercise("I10", 1)
		told, err := w.office().Explain(ctx, t.ref.String())
		if err != nil {
			w.violate("I10", "%s, which RAYNET refuses, cannot be explained: %v", t.canary, err)
			continue
		}
		for _, e := range told {
			if e.State == string(journal.Linked) && e.Reason == "" {
				w.violate("I10", "%s %q, which RAYNET refuses, counts as linked: %+v", t.canary, titleOf(t.raw), e)
			}
		}
	}
	return nil
}

// agrees reports whether a record in RAYNET has the title of an item.
func (w *world) agrees(t thing) bool {
	for _, r := range w.records(t.kind) {
		if r.canary == t.canary && strings.TrimSpace(titleOf(r.raw)) == strings.TrimSpace(titleOf(t.raw)) {
			return true
		}
	}
	return false
}
