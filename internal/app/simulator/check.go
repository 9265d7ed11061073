package simulator

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// check looks from the outside whether anything has happened that must never happen.
func (w *world) check(ctx context.Context) error {
	entries, err := w.journal(ctx, admin.JournalOptions{})
	if err != nil {
		return err
	}
	w.stats.Blind = blind(entries)
	w.ledger.again = w.madeAgain()
	if err := w.checkTwins(ctx); err != nil {
		return err
	}
	w.checkMarked()
	all := w.touches()
	if err := w.checkGraves(ctx, all); err != nil {
		return err
	}
	w.checkStale(entries, all)
	w.checkDeletions(all)
	w.checkHaste()
	w.checkMail()
	w.checkTold(entries, all)
	w.checkEchoes(entries, all)
	w.checkLosses(entries, all)
	w.checkOffered()
	w.checkOwnOnly()
	w.checkRefusals(entries)
	if err := w.checkSettled(ctx, entries); err != nil {
		return err
	}
	if err := w.checkErased(ctx, entries); err != nil {
		return err
	}
	if err := w.checkAgreement(ctx); err != nil {
		return err
	}
	if err := w.checkPoison(ctx); err != nil {
		return err
	}
	stories, err := w.checkStates(ctx)
	if err != nil {
		return err
	}
	if err := w.checkPrivate(ctx, entries, stories); err != nil {
		return err
	}
	return w.checkQuiet(ctx)
}

// forgot reports whether the product may have forgotten something that it knew.
func (w *world) forgot() bool { return w.stats.Restores+w.stats.Losses > 0 }

// all lists everything that people of the history made and that lies where it is synchronised, on both sides.
func (w *world) all() []thing {
	var out []thing
	for _, kind := range w.kinds {
		out = append(out, w.records(kind)...)
		for _, u := range w.users {
			out = append(out, w.items(u, kind)...)
		}
	}
	return out
}

// checkTwins (I3): at most one counterpart per record and mailbox, unless a person was asked about it.
//
// One class is known and not promised: where RAYNET takes our key only in a second call, a process that dies between the two
// calls, followed by a loss of the database or an old backup that knows nothing of the first one, followed by an edit that makes the
// record unlike its original, leaves a record that nobody can tell from one of a person's. It has no key (anybodysOf).
func (w *world) checkTwins(ctx context.Context) error {
	found := map[string][]thing{}
	for _, t := range w.all() {
		found[t.key()] = append(found[t.key()], t)
	}
	for _, key := range sorted(found) {
		w.exercise("I3", 1)
		twins := found[key]
		if len(twins) < 2 || w.ledger.beside[key] || w.ledger.two(twins[0].canary) || w.anybodysOf(twins[0].canary) || w.ledger.repeats[twins[0].canary] {
			continue
		}
		asked := false
		for _, t := range twins {
			review, err := w.asked(ctx, t)
			if err != nil {
				return err
			}
			asked = asked || review
		}
		if !asked {
			w.violate("I3", "%s exists %d times", key, len(twins))
		}
	}
	return nil
}

// checkMarked (I3): where nothing went wrong, everything that we made in RAYNET and that is there carries a key of ours, by which it is
// found again.
func (w *world) checkMarked() {
	if w.stats.Faults+w.stats.Crashes+w.stats.Overtaken > 0 || w.forgot() {
		return
	}
	made := map[string]bool{}
	for _, write := range w.raynet.History() {
		made[fmt.Sprint(write.ID)] = made[fmt.Sprint(write.ID)] || write.Source == "api" && write.Op == raynetemu.OpCreate
	}
	for _, kind := range w.kinds {
		for _, t := range w.records(kind) {
			if made[t.ref.ID] && len(stage.Texts(t.raw["extIds"])) == 0 {
				w.violate("I3", "%s %s was made by us and has no key", t.canary, t.ref)
			}
		}
	}
}

// asked reports whether a person was asked about a thing.
func (w *world) asked(ctx context.Context, t thing) (bool, error) {
	work, err := w.store.WorkOf(ctx, t.ref)
	return slices.ContainsFunc(work, func(k journal.Work) bool { return k.Why == journal.WhyReview }), err
}

// checkGraves (I4): what a person deleted is not there again. What was deleted after the backup was taken, the backup cannot know, and
// neither can a product that has not looked again since it forgot. What checkTwins cannot promise has two lives here too.
func (w *world) checkGraves(ctx context.Context, all []touch) error {
	removed := removals(all)
	unknown := func(key string) bool {
		at, told := removed[key]
		return w.forgot() && (!told || w.memory.lost(at)) || w.anybodysOf(key[strings.LastIndex(key, "/")+1:])
	}
	for key, gone := range w.ledger.removed { // any order: a sum
		if gone && !unknown(key) {
			w.exercise("I4", 1)
		}
	}
	for _, t := range w.all() {
		key := t.key()
		again := unknown(key) || w.madeOnceMore(t, removed[key]) || w.ledger.unseen[key] || w.ledger.repeats[t.canary] || w.ledger.two(t.canary)
		again = again || w.ledger.fetched[t.ref.ID] // what he deleted since is the other one
		if !w.ledger.removed[key] || again {
			continue
		}
		asked, err := w.asked(ctx, t) // whether a create that was forgotten has made it, say
		if err != nil {
			return err
		}
		if !asked {
			w.violate("I4", "%s was deleted by a person and is there", key)
		}
	}
	return nil
}

// checkDeletions (I5): we delete nothing in RAYNET, and in Outlook only what we made ourselves and a person deleted or anonymised in RAYNET
// or was taken off; also if it was wanted again afterwards.
func (w *world) checkDeletions(all []touch) {
	for _, write := range w.raynet.History() {
		if write.Source == "api" && write.Op == "delete" && (write.Entity == "person" || write.Before["title"] != nil) {
			w.violate("I5", "we deleted %s %d in RAYNET", write.Entity, write.ID)
		}
	}
	made := map[string]bool{}
	for _, write := range w.outlook.History() {
		if write.By == "app" && write.Op == "create" {
			made[write.ID] = true
		}
		if write.By != "app" || write.Op != "delete" {
			continue
		}
		w.exercise("I5", 1)
		canary := canaryOf(titleOf(write.Before))
		if w.mistaken(canary) {
			continue
		}
		if !made[write.ID] && !w.ledger.erased[canary] {
			w.violate("I5", "we deleted %s in the mailbox %s, which a person had made", canary, write.Mailbox)
		}
		_, taken := w.ledger.takenOff[itemKey(write.Mailbox, canary)]
		deleted := w.ledger.removed[recordKey(canary)] || slices.ContainsFunc(all, func(t touch) bool {
			return t.side == record.Raynet && !t.ours && t.op == "delete" && !t.at.After(write.At) && canaryOf(titleOf(t.before)) == canary
		})
		if !deleted && !taken && !w.ledger.erased[canary] && !w.outOfSight(canary, write.At) {
			w.violate("I5", "we deleted %s in the mailbox %s though nobody did in RAYNET", canary, write.Mailbox)
		}
	}
}

// checkMail (I6): nobody was mailed by us.
func (w *world) checkMail() {
	w.exercise("I6", len(w.ledger.guests))
	for _, mail := range w.outlook.Mails() {
		w.violate("I6", "%s about %q would have gone to %v", mail.Kind, mail.Subject, mail.To)
	}
}

// told is all that the journal keeps of what people wrote.
func told(entries []admin.JournalEntry) string {
	var b strings.Builder
	for _, e := range entries {
		for _, change := range e.Changes {
			b.WriteString(string(change.Before) + "\n")
			if change.Lost {
				b.WriteString(string(change.After) + "\n")
			}
		}
	}
	return b.String()
}

// checkLosses (I2): every value that a person wrote is on a side, or in the journal, or was replaced by somebody who saw it, or
// went with a thing that a person deleted.
func (w *world) checkLosses(entries []admin.JournalEntry, touches []touch) {
	kept := told(entries)
	for _, kind := range w.kinds {
		all := w.records(kind)
		for _, u := range w.users {
			all = append(all, w.anywhere(u, kind)...)
		}
		for _, t := range all {
			kept += tells(t.raw) + html.UnescapeString(tells(t.raw)) + "\n"
		}
	}
	gone := removals(touches) // also what was made again since
	for i, wrote := range w.ledger.entries {
		if w.ledger.special[wrote.canary] || w.ledger.erased[wrote.canary] || wrote.gone || w.mistaken(wrote.canary) {
			continue
		}
		w.exercise("I2", 1)
		_, taken := gone[recordKey(wrote.canary)]
		_, item := gone[itemKey(wrote.mailbox, wrote.canary)]
		deleted := taken || item || w.ledger.removed[recordKey(wrote.canary)] || w.ledger.removed[itemKey(wrote.mailbox, wrote.canary)]
		for _, word := range wrote.words(wrote.value) {
			seen := slices.ContainsFunc(w.ledger.entries[i+1:], func(later entry) bool {
				return later.canary == wrote.canary && slices.Contains(later.words(later.before), word)
			})
			// A category with a comma in it, or half of one: RAYNET cannot have that, and it goes with a copy that is taken back.
			comma := wrote.field == record.ContactCategories && w.ledger.takenOff[itemKey(wrote.mailbox, wrote.canary)] &&
				(!strings.Contains(word, wrote.canary) || strings.Contains(wrote.value, word+", ") && !strings.Contains(word, " štítek "))
			if !strings.Contains(kept, word) && !seen && !deleted && !comma && !w.excused(word, entries, touches) {
				w.violate("I2", "%s %q, written by a person on the side of %s, is nowhere", wrote.field, word, wrote.side)
			}
		}
	}
}

// excused reports whether a value that is nowhere was replaced by a write of ours of which the journal tells that it may have been
// blind, or told before the database was taken away.
func (w *world) excused(word string, entries []admin.JournalEntry, touches []touch) bool {
	for _, t := range touches {
		if !t.ours || !strings.Contains(tells(t.before), word) || strings.Contains(tells(t.after), word) {
			continue
		}
		if w.memory.any && w.left(t).Before(w.memory.forgot) {
			return true
		}
		if slices.ContainsFunc(entries, func(e admin.JournalEntry) bool {
			return e.Event == journal.BlindOverwrite && (strings.HasSuffix(e.Raynet, "/"+t.id) || strings.HasSuffix(e.Outlook, "/"+t.id))
		}) {
			return true
		}
	}
	return false
}

// writes lists our own writes to both services in the order in which they were made.
func (w *world) writes() []string {
	const layout = "2006-01-02 15:04:05.000" // in the order of time, also where a year ends
	var out []string
	for _, write := range w.raynet.History() {
		if write.Source == "api" {
			out = append(out, fmt.Sprintf("%s raynet %s %s %d %s", write.At.Format(layout), write.Op, write.Entity, write.ID, differences(write.Before, write.After)))
		}
	}
	for _, write := range w.outlook.History() {
		if write.By == "app" {
			out = append(out, fmt.Sprintf("%s outlook %s %s %s", write.At.Format(layout), write.Op, write.ID, differences(write.Before, write.After)))
		}
	}
	slices.Sort(out)
	return out
}

// differences tells what a write changed.
func differences(before, after map[string]any) string {
	if before == nil || after == nil {
		return fmt.Sprintf("%q -> %q", titleOf(before), titleOf(after))
	}
	out := titleOf(after)
	for _, key := range sorted(after) {
		was, is := fmt.Sprint(before[key]), fmt.Sprint(after[key])
		if was != is && !strings.HasPrefix(key, "rowInfo") && !strings.HasPrefix(key, "@") && !slices.Contains([]string{"_version", "changeKey", "lastModifiedDateTime"}, key) {
			out += fmt.Sprintf(", %s %s -> %s", key, was, is)
		}
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
