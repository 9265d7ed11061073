package simulator

import (
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// checkTold (I5): where the journal tells that something was deleted, it was: what a list leaves out, or a service cannot show now, is no
// deletion. A date of a series goes with its series and is not looked for.
func (w *world) checkTold(entries []admin.JournalEntry, all []touch) {
	takenOff := map[string]bool{}        // who was taken off something keeps a copy that he edited, and that is called the same
	for key := range w.ledger.takenOff { // any order: each is noted
		takenOff[key[strings.LastIndexByte(key, '/')+1:]] = true
	}
	known := map[string]string{} // the canaries of records
	for _, t := range all {
		if canary := canaryOf(titleOf(t.after)); canary != "" && t.side == record.Raynet {
			known["/"+t.id] = canary
		}
	}
	for _, e := range entries {
		ended := e.Event == journal.HiddenEvent || e.Event == journal.DissolvedEvent || e.Event == journal.Deleted
		if !ended || strings.Contains(e.Outlook, "occurrence/") {
			continue
		}
		gone := func(side record.Side, ref string) bool { return goneBy(all, side, ref, e.At) }
		inRaynet, inOutlook := gone(record.Raynet, e.Raynet), gone(record.Outlook, e.Outlook)
		wrong := false
		switch e.Reason {
		case "deleted-in-raynet":
			wrong = !inRaynet
		case "deleted-in-outlook":
			wrong = !inOutlook && (e.Outlook != "" || !goneUnseen(all, known[tail(e.Raynet)], e.At))
		case "edited-against-deletion":
			wrong = !inRaynet && !inOutlook && !takenOff[known[tail(e.Raynet)]]
		default:
			continue
		}
		w.exercise("I5", 1)
		if wrong && !w.sight.hid(e.Raynet) {
			w.violate("I5", "the journal of %s tells of %s and %s that they were %s, and nobody did that", e.At.Format("02 15:04:05"), e.Raynet, e.Outlook, e.Reason)
		}
	}
}

// goneUnseen reports whether a copy that we had made of what carries a canary had been taken away at a time: of one that was gone before
// we knew that it had been made, no id is told.
func goneUnseen(all []touch, canary string, at time.Time) bool {
	return slices.ContainsFunc(all, func(t touch) bool {
		return t.ours && t.side == record.Outlook && t.op == "create" && canaryOf(titleOf(t.after)) == canary && goneBy(all, record.Outlook, "/"+t.id, at)
	})
}

// goneBy reports whether a thing had been taken away at a time and not been brought back. What people do at that very moment they do after
// it: between what the process learns and what it tells time passes.
func goneBy(all []touch, side record.Side, ref string, at time.Time) bool {
	gone, home := false, ""
	lies := func(raw map[string]any) string {
		return stage.Text(raw["calendarId"]) + stage.Text(raw["parentFolderId"])
	}
	for _, t := range all {
		if t.side != side || !t.at.Before(at) || !strings.HasSuffix(ref, "/"+t.id) {
			continue
		}
		switch t.op {
		case "create", "update", "touch":
		case "restore":
			gone = false
		case "move":
			if home == "" {
				home = lies(t.before)
			}
			gone = lies(t.after) != home
		default:
			gone = true
		}
	}
	return gone
}

// checkEchoes (I8): what people made on one side and nobody ever touched on the other is never written to where it came from: that
// would be our own write, come back in the service's own words. What was linked with something that was there before, also anew
// after a loss, or turned private, is not looked at, nor what people do to companies, of which a contact tells.
func (w *world) checkEchoes(entries []admin.JournalEntry, all []touch) {
	type half struct {
		side   record.Side
		canary string
	}
	if w.forgot() {
		return
	}
	made := map[string]string{} // by people, the canaries
	touched := map[half]bool{}
	for _, t := range all {
		canary := canaryOf(titleOf(t.after))
		if canary == "" {
			canary = canaryOf(titleOf(t.before))
		}
		id := string(t.side) + t.id
		switch l := &w.ledger; {
		case !t.ours:
			touched[half{t.side, canary}], touched[half{t.side, canaryOf(titleOf(t.before))}] = true, true
			if t.op == "create" {
				made[id] = canary
			}
		case t.op != "update" || made[id] == "" || made[id] != canary || l.special[canary] || l.doubled[canary] || l.repeats[canary] || l.copied[canary] || l.erased[canary]:
		case t.side == record.Outlook && t.after["surname"] != nil:
		case t.side == record.Outlook && w.landedUnseen(entries, t.id, canary):
		default:
			w.exercise("I8", 1)
			if !touched[half{t.side.Other(), canary}] {
				w.violate("I8", "we wrote to %s on the side of %s, where it was made, and nobody ever touched it on the other: %s", canary, t.side, differences(t.before, t.after))
			}
		}
	}
}

// tail is the id in the name of a thing, with the stroke before it.
func tail(ref string) string { return ref[max(strings.LastIndexByte(ref, '/'), 0):] }
