package simulator

import (
	"context"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// checkLoss (I3, I4): with its whole memory gone, the product makes no second one of anything that is there, brings back nothing of which
// a mark of ours tells that it was, and comes to rest.
func (w *world) checkLoss(ctx context.Context) error {
	there, orphans := map[string]bool{}, map[string]bool{}
	asked, keyless := map[string]bool{}, map[string]bool{}
	for _, t := range w.all() {
		work, err := w.store.WorkOf(ctx, t.ref)
		if err != nil {
			return err
		}
		// The question whether a record is ours is forgotten too, and nothing else tells.
		orphans[t.canary] = orphans[t.canary] || slices.ContainsFunc(work, func(k journal.Work) bool { return k.Reason == "held-orphan" })
		// Nor does anything tell of one that somebody locked before it had its key.
		asked[t.canary] = asked[t.canary] || slices.ContainsFunc(work, func(k journal.Work) bool {
			return k.Why == journal.WhyReview || k.Why == journal.WhyParked && k.Reason == string(remote.Locked)
		})
		keyless[t.canary] = keyless[t.canary] || t.ref.Side == record.Raynet && w.madeByUs(t) && len(stage.List(t.raw["extIds"])) == 0
		unmarked, err := w.unmarked(ctx, t)
		if err != nil {
			return err
		}
		orphans[t.canary] = orphans[t.canary] || unmarked
		// A list or folder that has another name is not found again without its memory: known, and not promised.
		there[t.key()] = t.kind == record.Calendar || t.ref.Side == record.Raynet || w.placeNamed(t)
		w.exercise("I3", 1)
	}
	made, graves := len(w.made()), w.graves()
	w.exercise("I4", len(graves))
	if err := w.lose(ctx); err != nil {
		return err
	}
	for range 4 {
		if err := w.lookAtLists(ctx); err != nil {
			return err
		}
		if err := w.pass(ctx, settle+time.Minute); err != nil {
			return err
		}
		if err := w.round(ctx); err != nil {
			return err
		}
	}
	for _, key := range w.made()[made:] {
		canary := key[strings.LastIndexByte(key, '/')+1:]
		// What was made twice by people and matched as it was has no mark of ours: where its place has another name, nothing tells. So it is
		// where a person was asked about a record that had not been given its key: the question is forgotten as well.
		orphans[canary] = orphans[canary] || asked[canary] && keyless[canary]
		if there[key] && canary != "" && !w.ledger.doubled[canary] && !w.ledger.repeats[canary] && !orphans[canary] {
			w.violate("I3", "%s was there when the database was lost, and was made again", key)
		}
		if graves[key] {
			w.violate("I4", "%s was deleted by a person before the database was lost, its record has our key, and it was made again", key)
		}
	}
	return w.checkQuiet(ctx)
}

// graves are the things that people made in a mailbox and deleted there, and whose records in RAYNET have the key that we gave them for
// these. A copy of ours that somebody else deleted is told by no key. Who was invited to a meeting or declined it has the organiser's copy,
// which goes ways of its own.
func (w *world) graves() map[string]bool {
	theirs, ours := map[string]bool{}, map[string]bool{}
	for _, write := range w.outlook.History() {
		if key := itemKey(write.Mailbox, canaryOf(titleOf(write.After))); write.Op == "create" && write.By == "app" {
			ours[key] = true
		} else if write.Op == "create" {
			theirs[key] = true
		}
	}
	out := map[string]bool{}
	for _, kind := range w.kinds {
		for _, t := range w.records(kind) {
			if !w.madeByUs(t) || len(stage.List(t.raw["extIds"])) == 0 || w.ledger.two(t.canary) || w.ledger.guests[t.canary] || w.ledger.special[t.canary] {
				continue
			}
			for _, u := range w.users {
				if key := itemKey(u.mailbox, t.canary); w.ledger.removed[key] && theirs[key] && !ours[key] {
					out[key] = true
				}
			}
		}
	}
	return out
}
