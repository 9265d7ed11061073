package simulator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/jobs"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// check looks from the outside whether anything has happened that must never happen.
func (w *world) check(ctx context.Context) ([]string, error) {
	var out []string
	complain := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	entries, err := w.journal(ctx)
	if err != nil {
		return nil, err
	}
	w.checkTwins(complain)
	w.checkGraves(complain)
	w.checkDeletions(complain)
	w.checkMail(complain)
	w.checkLosses(entries, complain)
	if err := w.checkAgreement(ctx, complain); err != nil {
		return nil, err
	}
	if err := w.checkQuiet(ctx, complain); err != nil {
		return nil, err
	}
	return out, nil
}

type complaint func(format string, args ...any)

func (w *world) journal(ctx context.Context) ([]journal.Entry, error) {
	entries, err := w.store.Journal(ctx, store.JournalFilter{Limit: 10_000})
	for _, e := range entries {
		if e.Event == journal.BlindOverwrite {
			w.stats.Blind++
		}
	}
	return entries, err
}

// checkTwins (I3): at most one counterpart per record and mailbox.
//
// One class is known and not promised: where RAYNET takes our key only in a second call, a process that dies between the two
// calls, followed by an old backup that knows nothing of the first one, followed by an edit that makes the record unlike its
// original, leaves a record that nobody can tell from one of a person's.
func (w *world) checkTwins(complain complaint) {
	count := map[string]int{}
	for _, a := range w.raynet.All("activity") {
		if c := canaryOf(text(a["title"])); c != "" {
			count["raynet/"+c]++
		}
	}
	for _, u := range w.users {
		for _, e := range w.outlook.All(u.mailbox) {
			if c := canaryOf(text(e["subject"])); c != "" {
				count[outlookKey(u.mailbox, c)]++
			}
		}
	}
	for _, key := range sorted(count) {
		if n := count[key]; n > 1 && w.stats.Held == 0 && !(w.stats.Restores > 0 && w.secondCall) {
			complain("I3 twins: %s exists %d times", key, n)
		}
	}
}

// checkGraves (I4): what a person deleted is not there again.
func (w *world) checkGraves(complain complaint) {
	alive := map[string]bool{}
	for _, a := range w.raynet.All("activity") {
		alive["raynet/"+canaryOf(text(a["title"]))] = true
	}
	for _, u := range w.users {
		for _, e := range w.outlook.All(u.mailbox) {
			alive[outlookKey(u.mailbox, canaryOf(text(e["subject"])))] = true
		}
	}
	for _, key := range sorted(w.ledger.removed) {
		if w.stats.Restores > 0 {
			continue // what was deleted after the backup was taken, the backup cannot know
		}
		if alive[key] && !(strings.HasPrefix(key, "raynet/") && w.stats.Residue > 0) {
			complain("I4 resurrection: %s was deleted by a person and is there", key)
		}
	}
}

// checkDeletions (I5): we delete nothing in RAYNET, and in Outlook only what a person deleted in RAYNET or was taken off.
func (w *world) checkDeletions(complain complaint) {
	for _, write := range w.raynet.History() {
		if write.Source == "api" && write.Op == "delete" {
			complain("I5 deletion: we deleted %s %d in RAYNET", write.Entity, write.ID)
		}
	}
	for _, write := range w.outlook.History() {
		if write.By != "app" || write.Op != "delete" {
			continue
		}
		canary := canaryOf(text(write.Before["subject"]))
		if !w.ledger.removed["raynet/"+canary] && !w.ledger.takenOff[outlookKey(write.Mailbox, canary)] {
			complain("I5 deletion: we deleted %s in the mailbox %s though nobody did in RAYNET", canary, write.Mailbox)
		}
	}
}

// checkMail (I6): nobody was mailed by us.
func (w *world) checkMail(complain complaint) {
	for _, mail := range w.outlook.Mails() {
		complain("I6 mail: %s about %q would have gone to %v", mail.Kind, mail.Subject, mail.To)
	}
}

// checkLosses (I2): every value that a person wrote is on a side, or in the journal, or was replaced by somebody who saw it, or
// went with a thing that a person deleted.
func (w *world) checkLosses(entries []journal.Entry, complain complaint) {
	kept := map[string]bool{}
	for _, e := range entries {
		for _, change := range e.Changes {
			kept[string(change.Before)] = true
			kept[string(change.After)] = kept[string(change.After)] || change.Lost
		}
	}
	for _, a := range w.raynet.All("activity") {
		kept[text(a["title"])] = true
	}
	for _, u := range w.users {
		for _, e := range w.outlook.All(u.mailbox) {
			kept[text(e["subject"])] = true
		}
	}
	for i, wrote := range w.ledger.entries {
		if kept[wrote.value] || w.ledger.special[wrote.canary] || w.stats.Restores > 0 {
			continue
		}
		seen := slices.ContainsFunc(w.ledger.entries[i+1:], func(later entry) bool {
			return later.canary == wrote.canary && later.field == wrote.field && later.before == wrote.value
		})
		deleted := w.ledger.removed["raynet/"+wrote.canary] || w.ledger.removed[outlookKey(wrote.mailbox, wrote.canary)]
		if !seen && !deleted && w.stats.Blind == 0 {
			complain("I2 lost: %q, written by a person on the side of %s, is nowhere", wrote.value, wrote.side)
		}
	}
}

// checkAgreement (I1): what is linked agrees on every field, and what should be linked is.
func (w *world) checkAgreement(ctx context.Context, complain complaint) error {
	for _, u := range w.users {
		work, err := w.store.WorkAll(ctx, u.pair, remote.Ref{}, 0)
		if err != nil {
			return err
		}
		for _, k := range work {
			w.say("still waiting for %s: %s %s %s %s until %s", u.login, k.Ref, k.Why, k.Reason, k.Detail, k.RetryAt.Format("02 15:04:05"))
		}
	}
	for _, u := range w.users {
		links, err := w.store.LinksAfter(ctx, u.pair, "", 10_000)
		if err != nil {
			return err
		}
		linked := map[string]bool{}
		for _, link := range links {
			linked[link.Raynet.Ref.ID] = true
			work, err := w.store.WorkAt(ctx, u.pair, []remote.Ref{link.Raynet.Ref, link.Outlook.Ref})
			if err != nil {
				return err
			}
			waits := slices.ContainsFunc(work, func(k journal.Work) bool { return k.Why == journal.WhyHeld || k.Why == journal.WhyReview })
			if !waits {
				w.compare(u, link, complain)
			}
		}
		if err := w.checkCoverage(ctx, u, linked, complain); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) compare(u user, link journal.Link, complain complaint) {
	var id int64
	_, _ = fmt.Sscan(link.Raynet.Ref.ID, &id)
	a, onRaynet := w.raynet.Get(link.Raynet.Ref.Type, id)
	e, onOutlook := w.outlook.Get(u.mailbox, link.Outlook.Ref.ID)
	if !onRaynet || !onOutlook {
		complain("I1: link %s of %s has lost a side: raynet %v, outlook %v", link.ID, u.login, onRaynet, onOutlook)
		return
	}
	canary := canaryOf(text(a["title"]))
	if w.ledger.special[canary] || w.ledger.special[canaryOf(text(e["subject"]))] {
		return
	}
	subject, place := text(e["subject"]), placeOf(e)
	if text(a["title"]) != subject {
		complain("I1: %s differs: %q in RAYNET, %q in the mailbox of %s", canary, text(a["title"]), subject, u.login)
	}
	if raynetPlace, shown := a["meetingPlace"].(string); shown && raynetPlace != place {
		complain("I1: the place of %s differs: %q in RAYNET, %q in Outlook", canary, raynetPlace, place)
	}
	if e["isAllDay"] == true {
		return
	}
	if from := instantOf(text(a["scheduledFrom"])); !from.Equal(graphInstant(e["start"])) {
		complain("I1: the time of %q differs: %s in RAYNET, %s in Outlook", text(a["title"]), from, graphInstant(e["start"]))
	}
}

// checkCoverage: a meeting in RAYNET is in the calendar of everybody who takes part, unless a person or a rule took it out.
func (w *world) checkCoverage(ctx context.Context, u user, linked map[string]bool, complain complaint) error {
	for _, a := range w.raynet.All("activity") {
		canary, id := canaryOf(text(a["title"])), fmt.Sprint(number(a["id"]))
		if canary == "" || linked[id] || text(a["status"]) == "CANCELLED" || w.ledger.special[canary] || !takesPart(a, u.person) {
			continue
		}
		if w.ledger.removed[outlookKey(u.mailbox, canary)] || w.ledger.takenOff[outlookKey(u.mailbox, canary)] {
			continue
		}
		links, err := w.store.LinksOfRef(ctx, "default", refOf(a))
		if err != nil {
			return err
		}
		work, err := w.store.WorkOf(ctx, refOf(a))
		if err != nil {
			return err
		}
		asides, err := w.store.AsidesOfRef(ctx, refOf(a))
		if err != nil {
			return err
		}
		explained := slices.ContainsFunc(asides, func(s journal.Aside) bool { return s.Pair == u.pair }) || slices.ContainsFunc(links, func(l journal.Link) bool { return l.Pair == u.pair }) ||
			slices.ContainsFunc(work, func(k journal.Work) bool { return k.Pair == u.pair && k.Why != journal.WhyChanged })
		if !explained {
			complain("I1: %s in RAYNET is not in the calendar of %s, and nothing says why", canary, u.login)
		}
	}
	return nil
}

func takesPart(a map[string]any, person int64) bool {
	participants, _ := a["participants"].([]map[string]any)
	return slices.ContainsFunc(participants, func(p map[string]any) bool { return number(p["person"]) == person })
}

// checkQuiet (I1, I8): once all is settled another complete look writes nothing.
func (w *world) checkQuiet(ctx context.Context, complain complaint) error {
	before := w.writes()
	for _, u := range w.users {
		if err := w.store.SetPairFull(ctx, u.pair, true); err != nil {
			return err
		}
	}
	if _, err := w.conn.Poll(ctx, true); err != nil {
		return err
	}
	for _, u := range w.users {
		outcome, err := w.conn.Cycle(ctx, u.pair, jobs.CycleOptions{})
		if err != nil {
			return err
		}
		if outcome.Waiting > 0 {
			complain("I1: %d writes of %s are still open", outcome.Waiting, u.login)
		}
	}
	if after := w.writes(); len(after) > len(before) {
		complain("I8: a complete look at a quiet world wrote: %s", strings.Join(after[len(before):], "; "))
	}
	return nil
}

// writes lists our own writes to both services in the order in which they were made.
func (w *world) writes() []string {
	const layout = "02 15:04:05.000"
	var out []string
	for _, write := range w.raynet.History() {
		if write.Source == "api" {
			out = append(out, fmt.Sprintf("%s raynet %s %s %d %v -> %v", write.At.Format(layout), write.Op, write.Entity, write.ID, write.Before["title"], write.After["title"]))
		}
	}
	for _, write := range w.outlook.History() {
		if write.By == "app" {
			out = append(out, fmt.Sprintf("%s outlook %s %s %v -> %v", write.At.Format(layout), write.Op, write.ID, write.Before["subject"], write.After["subject"]))
		}
	}
	slices.Sort(out)
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

func placeOf(e map[string]any) string {
	location, _ := e["location"].(map[string]any)
	return text(location["displayName"])
}
