package simulator

import (
	"context"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// Who is invited to an event, and what they answer.

// changeGuests invites somebody to an event that is there already, or takes everybody off.
func (w *world) changeGuests() {
	t, ok := w.ownEvent("")
	if !ok {
		return
	}
	w.ledger.special[t.canary], w.ledger.guests[t.canary] = true, true
	if w.ledger.putOff[t.canary] { // as if they had been invited before it was: nobody sees the invitations
		w.ledger.doubled[t.canary], w.ledger.touched[t.canary] = true, true
	}
	guests := []any{}
	if len(stage.List(t.raw["attendees"])) == 0 {
		guests = append(guests, guest("host@elsewhere.example"))
		if u := pick(w.rng, w.users...); u != t.user && !w.knows(u, t.canary) {
			guests = append(guests, guest(u.login))
		}
	}
	w.changeOwn(t, map[string]any{"attendees": guests})
}

// knows reports whether a meeting is or was in somebody's calendar, or is in RAYNET, from where a copy may be on its way to him: an
// invitation would put another one beside it.
func (w *world) knows(u user, canary string) bool {
	for _, t := range append(w.records(record.Calendar), w.anywhere(u, record.Calendar)...) {
		if t.canary == canary {
			return true
		}
	}
	return w.ledger.removed[itemKey(u.mailbox, canary)] || w.ledger.takenOff[itemKey(u.mailbox, canary)]
}

// answer lets somebody who was invited answer, whether or not the product knows of the invitation.
func (w *world) answer() {
	if t, ok := w.invitation(); ok {
		w.respond(t, pick(w.rng, "accepted", "tentativelyAccepted", "declined"))
	}
}

// declineUnseen declines an invitation that the product may not have seen yet.
func (w *world) declineUnseen() {
	if t, ok := w.invitation(); ok {
		w.respond(t, "declined")
	}
}

// invitation draws a meeting to which somebody was invited.
func (w *world) invitation() (thing, bool) {
	t, ok := w.anyItem(record.Calendar, "")
	return t, ok && t.raw["isOrganizer"] == false
}

func (w *world) respond(t thing, said string) {
	links, err := w.store.LinksOfRef(context.Background(), "default", t.ref)
	w.must(err)
	asides, err := w.store.AsidesOfRef(context.Background(), t.ref)
	w.must(err)
	w.must(w.outlook.RespondAs(t.user.mailbox, t.ref.ID, said))
	if said == "declined" {
		w.ledger.removed[t.key()] = true
		w.ledger.unseen[t.key()] = w.ledger.unseen[t.key()] || len(links)+len(asides) == 0 // nobody can know that it was there
	}
	w.say("%s answers %s: %s", t.user.login, t.canary, said)
}
