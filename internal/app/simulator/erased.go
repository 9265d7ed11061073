package simulator

import (
	"context"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// checkErased (I7): nothing tells who an anonymised person was, but what people copied or took away themselves, what a person
// is asked about, and whose contact he left alone though its record was gone: neither a mailbox nor its bin, neither the journal nor what is still to be sent.
func (w *world) checkErased(ctx context.Context, entries []admin.JournalEntry) error {
	for _, canary := range sorted(w.ledger.erased) {
		w.exercise("I7", 1)
		if w.ledger.copied[canary] || w.ledger.two(canary) || w.ledger.keyless[canary] && w.forgot() || w.namedAgain(canary) {
			continue
		}
		for _, u := range w.users {
			if w.gone[u.mailbox] {
				continue
			}
			for _, t := range w.items(u, record.Contacts) {
				asked, err := w.asked(ctx, t)
				if err != nil {
					return err
				}
				if !asked && !w.ledger.left[t.ref.String()] && strings.Contains(everything(t.raw), canary) {
					w.violate("I7", "%s is in the mailbox of %s still: %s", canary, u.login, t.ref.ID)
				}
			}
			w.checkBin(u, canary)
		}
		for _, e := range entries {
			for _, change := range e.Changes {
				if strings.Contains(string(change.Before+"\n"+change.After), canary) {
					w.violate("I7", "the journal of %s tells %q of %s (%s)", e.At.Format("02 15:04:05"), change.Before+" -> "+change.After, canary, e.Event)
				}
			}
		}
	}
	return w.everybody(func(u user, kind record.Kind, pair int64) error {
		open, err := w.store.Intents(ctx, pair)
		for _, canary := range sorted(w.ledger.erased) {
			if strings.Contains(string(asJSON(open)), canary) {
				w.violate("I7", "what is still to be sent for the %s of %s tells of %s", kind, u.login, canary)
			}
		}
		return err
	})
}

// namedAgain reports whether a write of ours that was under way when a person was anonymised gave him a name or a title again: nothing tells
// that from an edit. Known, and not promised.
func (w *world) namedAgain(canary string) bool {
	his := map[int64]bool{}
	for _, write := range w.raynet.History() {
		if canaryOf(titleOf(write.After)) == canary {
			his[write.ID] = true
		}
		late := write.Source == "api" && his[write.ID] && !write.At.Before(w.ledger.erasedAt[canary])
		for _, part := range []string{"firstName", "lastName", "titleBefore", "titleAfter"} {
			if late && write.Entity == "person" && stage.Text(write.After[part]) != "" && stage.Text(write.After[part]) != stage.Text(write.Before[part]) {
				return true
			}
		}
	}
	return false
}

// checkBin (I7): what we removed because a person was anonymised does not lie in the bin.
func (w *world) checkBin(u user, canary string) {
	lies := map[string]bool{}
	for _, kept := range w.outlook.Bin(u.mailbox) {
		lies[stage.Text(kept["id"])] = true
	}
	for _, t := range w.touches() {
		if t.ours && t.op == "delete" && t.mailbox == u.mailbox && lies[t.id] &&
			canaryOf(titleOf(t.before)) == canary && !t.at.Before(w.ledger.erasedAt[canary]) {
			w.violate("I7", "%s was removed from the mailbox of %s and lies in the bin: %s", canary, u.login, t.id)
		}
	}
}

// mistaken reports whether we removed a copy that a person had made of a contact of ours, because its record was anonymised, when nothing
// told it from ours: the database had been lost, and of all that carried the stamp it alone lay in the folder. Known, and not promised.
func (w *world) mistaken(canary string) bool {
	root := w.ledger.copyOf[canary]
	if root == "" || !w.ledger.erased[root] || !w.forgot() {
		return false
	}
	all := w.touches()
	at := slices.IndexFunc(all, func(t touch) bool { return t.ours && t.op == "delete" && canaryOf(titleOf(t.before)) == canary })
	if at < 0 || all[at].at.Before(w.memory.first) {
		return false
	}
	gone := all[at]
	for _, t := range all[:at] {
		other := canaryOf(titleOf(t.after))
		family := (other == root || w.ledger.copyOf[other] == root) && t.after["singleValueExtendedProperties"] != nil
		if t.side == record.Outlook && t.mailbox == gone.mailbox && t.id != gone.id && family && !goneBy(all, record.Outlook, "/"+t.id, gone.at) {
			return false
		}
	}
	return true
}
