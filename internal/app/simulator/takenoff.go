package simulator

import (
	"context"
	"slices"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// checkTakenOff (I1): who is not on a record any more learns of it with the next poll, though the record says nothing of him: no list of ids
// was needed. What was out of our account's sight meanwhile is told by those lists alone.
func (w *world) checkTakenOff(ctx context.Context) error {
	if w.hidden != nil || len(w.sight.dark) > 0 {
		return nil
	}
	return w.everybody(func(u user, kind record.Kind, pair int64) error {
		if w.gone[u.mailbox] {
			return nil
		}
		p := w.pairOf(u, kind)
		links, err := w.store.LinksAfter(ctx, pair, "", 10_000)
		if err != nil {
			return err
		}
		intents, err := w.store.Intents(ctx, pair)
		if err != nil {
			return err
		}
		for _, link := range links {
			work, err := w.store.WorkAt(ctx, pair, []remote.Ref{link.Raynet.Ref, link.Outlook.Ref})
			if err != nil {
				return err
			}
			open := slices.ContainsFunc(intents, func(i journal.Intent) bool { return i.Link.ID == link.ID })
			if link.State != journal.Linked || open || len(work) > 0 || link.FrozenUntil.After(w.clock.Now()) {
				continue // it is known, and has to wait
			}
			a, there, err := w.read(ctx, p, link.Raynet.Ref)
			if err != nil {
				return err
			}
			if there && !a.Concerns(p.Person) && a.Rule == "" && !w.ledger.poison[canaryOf(string(a.Fields[record.SchemaOf(kind).Title]))] {
				w.violate("I1", "%s is linked for %s, whom it concerns no more, and no poll told of it", link.Raynet.Ref, p.Address)
			}
		}
		return nil
	})
}
