package simulator

import (
	"fmt"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// diary lists what people do to meetings and events.
func diary() []verb {
	return []verb{
		deed("RAYNET: an activity is made", 5, (*world).createInRaynet),
		deed("Outlook: an event is made", 4, (*world).createInOutlook),
		deed("RAYNET: an activity is edited", 5, func(w *world) { w.editRaynet("") }),
		deed("Outlook: an event is edited", 5, func(w *world) { w.editOutlook("") }),
		deed("both: one meeting is edited", 3, (*world).editBoth),
		deed("RAYNET: an activity is deleted", 1, (*world).deleteInRaynet),
		deed("Outlook: an event is deleted", 1, (*world).deleteInOutlook),
		deed("Outlook: an event is copied", 1, (*world).copyInOutlook),
		deed("Outlook: an event turns private", 1, (*world).turnPrivate),
		deed("RAYNET: a participant is taken off", 1, (*world).takeOff),
		deed("RAYNET: an activity is cancelled", 1, (*world).cancelInRaynet),
		deed("Outlook: guests are invited", 1, (*world).inviteFromOutlook),
		deed("RAYNET: an activity is edited in several places", 2, (*world).rewriteActivity),
		deed("Outlook: an event is edited in several places", 2, (*world).rewriteEvent),
		deed("both: one title of one meeting is edited", 2, (*world).renameOnBoth),
		deed("RAYNET: a title is taken back", 1, (*world).takeTitleBackInRaynet),
		deed("Outlook: a title is taken back", 1, (*world).takeTitleBackInOutlook),
		deed("Outlook: an event is deleted and made again", 1, (*world).remakeEvent),
		deed("Outlook: an event is put off for years", 1, (*world).putOff),
		deed("Outlook: an event is restored", 1, (*world).restoreEvent),
		deed("Outlook: an event is moved to another calendar", 1, (*world).moveEventOut),
		deed("Outlook: an event is moved back", 1, (*world).moveEventIn),
		deed("RAYNET: an activity gets another owner", 1, (*world).handOnActivity),
		deed("Outlook: the category is given", 1, (*world).offerEvent),
		deed("Outlook: the category is taken", 1, (*world).withholdEvent),
		deed("Outlook: a private event turns public", 1, (*world).turnPublic),
		deed("RAYNET: an activity takes whole days", 1, (*world).wholeDaysInRaynet),
		deed("Outlook: an event takes whole days or hours", 1, (*world).wholeDaysInOutlook),
		deed("Outlook: an event is put into another zone", 1, (*world).otherZone),
		deed("RAYNET: an activity is done or opened again", 2, (*world).finishActivity),
		deed("RAYNET: a participant is added", 1, (*world).addParticipant),
		deed("RAYNET: the weight of an activity changes", 1, (*world).weighActivity),
		deed("Outlook: the importance of an event changes", 1, (*world).weighEvent),
		deed("Outlook: an event gets guests or loses them", 1, (*world).changeGuests),
		deed("Outlook: a colleague answers", 1, (*world).answer),
		deed("Outlook: a colleague declines what nobody saw", 1, (*world).declineUnseen),
		deed("RAYNET: an activity is given to somebody who is no user", 1, (*world).giveAway),
		deed("RAYNET: somebody copies an event by hand", 1, (*world).copyByHand),
		deed("Outlook: a series is made", 1, (*world).createSeries),
		deed("Outlook: one date of a series is edited", 1, (*world).editDate),
		deed("Outlook: one date of a series is cancelled", 1, (*world).cancelDate),
		deed("Outlook: a series ends earlier", 1, (*world).endSeries),
	}
}

// slot is a time within the next weeks, in Prague, sometimes in the night in which the clock changes.
func (w *world) slot() (from, till time.Time) {
	location := prague()
	day := w.clock.Now().In(location).AddDate(0, 0, w.rng.IntN(40)-5)
	from = time.Date(day.Year(), day.Month(), day.Day(), 7+w.rng.IntN(12), 15*w.rng.IntN(4), 0, 0, location)
	if w.rng.IntN(12) == 0 {
		from = nightOfChange(w.clock.Now())
	}
	return from, from.Add(time.Duration(1+w.rng.IntN(6)) * 30 * time.Minute)
}

// nightOfChange is half past two in the next night in which the clock changes; in spring there is no such time.
func nightOfChange(now time.Time) time.Time {
	for _, day := range []time.Time{time.Date(2026, 10, 25, 2, 30, 0, 0, prague()), time.Date(2027, 3, 28, 2, 30, 0, 0, prague())} {
		if day.After(now.AddDate(0, 0, -10)) {
			return day
		}
	}
	return time.Date(2027, 10, 31, 2, 30, 0, 0, prague())
}

func (w *world) createInRaynet() {
	owner := pick(w.rng, w.users...)
	from, till := w.slot()
	canary := w.canary()
	body := map[string]any{"title": canary + " schůzka", "priority": "DEFAULT", "status": "SCHEDULED", "owner": owner.person,
		"scheduledFrom": from.Format(isoLayout), "scheduledTill": till.Format(isoLayout), "description": "<p>Text " + canary + "</p>"}
	entity := pick(w.rng, "meeting", "meeting", "event", "phoneCall")
	if entity != "phoneCall" && w.rng.IntN(2) == 0 {
		body["meetingPlace"] = "Místo " + canary
	}
	participants := []any{map[string]any{"person": owner.person, "owner": true}}
	if w.rng.IntN(3) == 0 {
		if other := pick(w.rng, w.users...); other != owner {
			participants = append(participants, map[string]any{"person": other.person})
		}
	}
	body["participants"] = participants
	id, err := w.raynet.CreateAs(owner.login, entity, body)
	w.must(err)
	w.say("%s makes %s %d %s in RAYNET", owner.login, entity, id, canary)
	w.wrote(canary, record.Raynet, "", "subject", "", canary+" schůzka")
}

func (w *world) createInOutlook() {
	u := pick(w.rng, w.users...)
	canary := w.canary()
	event := w.newEvent(canary)
	if w.rng.IntN(5) > 0 {
		event["categories"] = []any{"RAYNET"}
	}
	made, err := w.outlook.CreateAs(u.mailbox, event)
	w.must(err)
	w.say("%s makes event %s %s in Outlook", u.login, made["id"], canary)
	w.wrote(canary, record.Outlook, u.mailbox, "subject", "", canary+" událost")
}

func (w *world) newEvent(canary string) map[string]any {
	from, till := w.slot()
	event := map[string]any{"subject": canary + " událost", "body": map[string]any{"contentType": "text", "content": "Text " + canary}}
	if w.rng.IntN(6) == 0 {
		day := from.Truncate(24 * time.Hour)
		event["isAllDay"] = true
		event["start"], event["end"] = moment(day, "2006-01-02T00:00:00"), moment(day.AddDate(0, 0, 1+w.rng.IntN(2)), "2006-01-02T00:00:00")
	} else {
		event["start"], event["end"] = moment(from.UTC(), "2006-01-02T15:04:05"), moment(till.UTC(), "2006-01-02T15:04:05")
	}
	if w.rng.IntN(3) == 0 {
		event["location"] = map[string]any{"displayName": "Místo " + canary}
	}
	return event
}

func moment(t time.Time, layout string) map[string]any {
	return map[string]any{"dateTime": t.Format(layout), "timeZone": "UTC"}
}

// inviteFromOutlook makes a meeting with colleagues and somebody outside; the people's own mail is theirs.
func (w *world) inviteFromOutlook() {
	u := pick(w.rng, w.users...)
	canary := w.canary()
	event := w.newEvent(canary)
	event["categories"] = []any{"RAYNET"}
	guests := []any{guest("host@elsewhere.example")}
	for _, other := range w.users {
		if other != u && w.rng.IntN(2) == 0 {
			guests = append(guests, guest(other.login))
		}
	}
	event["attendees"] = guests
	_, err := w.outlook.CreateAs(u.mailbox, event)
	w.must(err)
	w.say("%s invites %d people to %s", u.login, len(guests), canary)
	w.ledger.special[canary], w.ledger.guests[canary] = true, true
}

func guest(address string) map[string]any {
	return map[string]any{"type": "required", "emailAddress": map[string]any{"address": address, "name": address}}
}

// anyActivity draws an activity whose title has a canary; ok is false if there is none.
func (w *world) anyActivity(canary string) (found map[string]any, ok bool) {
	t, ok := w.anyRecord(record.Calendar, canary)
	return t.raw, ok
}

// anyEvent draws an event with a canary from any mailbox.
func (w *world) anyEvent(canary string) (u user, found map[string]any, ok bool) {
	t, ok := w.anyItem(record.Calendar, canary)
	return t.user, t.raw, ok
}

func (w *world) editRaynet(canary string) {
	a, ok := w.anyActivity(canary)
	if !ok {
		return
	}
	id, before := stage.Number(a["id"]), stage.Text(a["title"])
	canary = canaryOf(before)
	author := pick(w.rng, w.users...).login
	patch := map[string]any{}
	switch w.rng.IntN(4) {
	case 0:
		from, till := w.slot()
		patch["scheduledFrom"], patch["scheduledTill"] = from.Format(isoLayout), till.Format(isoLayout)
	case 1:
		patch["description"] = fmt.Sprintf("<p>Popis %s r%d</p>", canary, len(w.ledger.entries))
	default:
		value := fmt.Sprintf("%s r%d", canary, len(w.ledger.entries))
		patch["title"] = value
		w.wrote(canary, record.Raynet, "", "subject", before, value)
	}
	w.must(w.raynet.EditAs(author, entityOf(a), id, patch))
	w.say("%s edits %d %s in RAYNET: %v", author, id, canary, patch)
}

func (w *world) editOutlook(canary string) {
	u, e, ok := w.anyEvent(canary)
	if !ok || e["isOrganizer"] == false {
		return
	}
	id, before := stage.Text(e["id"]), stage.Text(e["subject"])
	canary = canaryOf(before)
	patch := map[string]any{}
	switch w.rng.IntN(4) {
	case 0:
		if e["isAllDay"] == true || e["recurrence"] != nil {
			return
		}
		from, till := w.slot()
		patch["start"], patch["end"] = moment(from.UTC(), "2006-01-02T15:04:05"), moment(till.UTC(), "2006-01-02T15:04:05")
	case 1:
		patch["location"] = map[string]any{"displayName": fmt.Sprintf("Jinde %d", len(w.ledger.entries))}
	default:
		value := fmt.Sprintf("%s o%d", canary, len(w.ledger.entries))
		patch["subject"] = value
		w.wrote(canary, record.Outlook, u.mailbox, "subject", before, value)
	}
	w.must(w.outlook.EditAs(u.mailbox, id, patch))
	w.say("%s edits %s %s in Outlook: %v", u.login, id, canary, patch)
}

func (w *world) editBoth() {
	a, ok := w.anyActivity("")
	if !ok {
		return
	}
	canary := canaryOf(stage.Text(a["title"]))
	w.editRaynet(canary)
	w.editOutlook(canary)
}

func (w *world) deleteInRaynet() {
	a, ok := w.anyActivity("")
	if !ok {
		return
	}
	canary := canaryOf(stage.Text(a["title"]))
	w.must(w.raynet.DeleteAs(pick(w.rng, w.users...).login, entityOf(a), stage.Number(a["id"])))
	w.ledger.removed[recordKey(canary)] = true
	w.say("somebody deletes %d %s in RAYNET", stage.Number(a["id"]), canary)
}

func (w *world) deleteInOutlook() {
	u, e, ok := w.anyEvent("")
	if !ok || e["isOrganizer"] == false {
		return
	}
	canary := canaryOf(stage.Text(e["subject"]))
	w.must(w.outlook.DeleteAs(u.mailbox, stage.Text(e["id"])))
	w.ledger.removed[itemKey(u.mailbox, canary)] = true
	w.ledger.bin = append(w.ledger.bin, binned{user: u, id: stage.Text(e["id"]), canary: canary, kind: record.Calendar, at: w.clock.Now()})
	w.say("%s deletes %s in Outlook", u.login, canary)
}

// copyInOutlook copies an item and renames the copy: it is a new thing, though it carries our marks.
func (w *world) copyInOutlook() {
	u, e, ok := w.anyEvent("")
	if !ok || w.ledger.special[canaryOf(stage.Text(e["subject"]))] {
		return
	}
	made, err := w.outlook.CopyAs(u.mailbox, stage.Text(e["id"]))
	w.must(err)
	canary := w.canary()
	w.ledger.repeats[canary] = e["recurrence"] != nil
	w.ledger.poison[canary] = w.ledger.poison[canaryOf(stage.Text(e["subject"]))]
	w.must(w.outlook.EditAs(u.mailbox, stage.Text(made["id"]), map[string]any{"subject": canary + " kopie"}))
	w.wrote(canary, record.Outlook, u.mailbox, "subject", "", canary+" kopie")
	w.say("%s copies %s as %s", u.login, canaryOf(stage.Text(e["subject"])), canary)
}

func (w *world) turnPrivate() {
	u, e, ok := w.anyEvent("")
	if !ok || e["isOrganizer"] == false {
		return
	}
	canary := canaryOf(stage.Text(e["subject"]))
	w.ledger.special[canary], w.ledger.secret[canary] = true, true
	w.must(w.outlook.EditAs(u.mailbox, stage.Text(e["id"]), w.confide(canary)))
	w.say("%s makes %s private", u.login, canary)
}

func (w *world) takeOff() {
	a, ok := w.anyActivity("")
	if !ok {
		return
	}
	participants, _ := a["participants"].([]map[string]any)
	var kept []any
	removed := int64(0)
	for _, p := range participants {
		if p["owner"] != true && removed == 0 && stage.Number(p["person"]) != 0 {
			removed = stage.Number(p["person"])
			continue
		}
		kept = append(kept, p)
	}
	if removed == 0 {
		return
	}
	canary := canaryOf(stage.Text(a["title"]))
	w.must(w.raynet.EditAs(w.users[0].login, entityOf(a), stage.Number(a["id"]), map[string]any{"participants": kept}))
	for _, u := range w.users {
		if u.person == removed {
			w.ledger.takenOff[itemKey(u.mailbox, canary)] = true
			w.say("%s is taken off %s", u.login, canary)
		}
	}
}

func (w *world) cancelInRaynet() {
	a, ok := w.anyActivity("")
	if !ok {
		return
	}
	w.must(w.raynet.EditAs(w.users[0].login, entityOf(a), stage.Number(a["id"]), map[string]any{"status": "CANCELLED"}))
	w.say("%s is cancelled in RAYNET", canaryOf(stage.Text(a["title"])))
}
