package simulator

import (
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

const (
	graphLayout = "2006-01-02T15:04:05"
	graphDay    = "2006-01-02T00:00:00"
)

// change edits an activity in RAYNET as one of the people.
func (w *world) change(t thing, patch map[string]any) {
	author := pick(w.rng, w.users...)
	w.edit(author, t, patch)
	w.say("%s edits %s %s in RAYNET: %v", author.login, t.ref.ID, t.canary, patch)
}

// changeOwn edits an event in Outlook as the owner of the mailbox.
func (w *world) changeOwn(t thing, patch map[string]any) {
	w.edit(t.user, t, patch)
	w.say("%s edits %s %s in Outlook: %v", t.user.login, t.ref.ID, t.canary, patch)
}

// ownEvent draws an event that its mailbox organises.
func (w *world) ownEvent(canary string) (thing, bool) {
	t, ok := w.anyItem(record.Calendar, canary)
	return t, ok && t.raw["isOrganizer"] != false
}

// single draws an event that is organised in its mailbox and is no series.
func (w *world) single() (thing, bool) {
	t, ok := w.ownEvent("")
	return t, ok && t.raw["recurrence"] == nil
}

// newTitle is a title for a meeting that it never had.
func (w *world) newTitle(canary string, side record.Side) string {
	what := "přejmenovaná"
	if side == record.Outlook {
		what = "přejmenovaný"
	}
	return fmt.Sprintf("%s %s %04d", canary, what, w.ink())
}

// rename writes the title of a meeting.
func (w *world) rename(t thing, value string) map[string]any {
	key := "title"
	if t.ref.Side == record.Outlook {
		key = "subject"
	}
	w.wrote(t.canary, t.ref.Side, t.user.mailbox, "subject", stage.Text(t.raw[key]), value)
	return map[string]any{key: value}
}

// rewriteActivity edits several places of an activity at once.
func (w *world) rewriteActivity() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok {
		return
	}
	patch := w.rename(t, w.newTitle(t.canary, record.Raynet))
	if w.rng.IntN(2) == 0 {
		from, till := w.slot()
		patch["scheduledFrom"], patch["scheduledTill"] = from.Format(isoLayout), till.Format(isoLayout)
	}
	if w.rng.IntN(2) == 0 {
		patch["description"] = fmt.Sprintf("<p>Popis %s n%d</p>", t.canary, w.ink())
	}
	if w.rng.IntN(2) == 0 {
		patch["priority"] = pick(w.rng, "MINOR", "DEFAULT", "CRITICAL")
	}
	w.change(t, patch)
}

// rewriteEvent edits several places of an event at once.
func (w *world) rewriteEvent() {
	t, ok := w.ownEvent("")
	if !ok {
		return
	}
	patch := w.rename(t, w.newTitle(t.canary, record.Outlook))
	if w.rng.IntN(2) == 0 && t.raw["isAllDay"] != true && t.raw["recurrence"] == nil {
		from, till := w.slot()
		patch["start"], patch["end"] = moment(from.UTC(), graphLayout), moment(till.UTC(), graphLayout)
	}
	if w.rng.IntN(2) == 0 {
		patch["location"] = map[string]any{"displayName": fmt.Sprintf("Jinde %d", w.ink())}
	}
	if w.rng.IntN(2) == 0 {
		patch["importance"] = pick(w.rng, "low", "normal", "high")
	}
	w.changeOwn(t, patch)
}

// renameOnBoth writes one title on both sides.
func (w *world) renameOnBoth() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok {
		return
	}
	w.change(t, w.rename(t, w.newTitle(t.canary, record.Raynet)))
	if e, ok := w.ownEvent(t.canary); ok {
		w.changeOwn(e, w.rename(e, w.newTitle(e.canary, record.Outlook)))
	}
}

// earlier is the title that a person replaced last on a side by the one that is there now.
func (w *world) earlier(t thing, title string) string {
	for i := len(w.ledger.entries) - 1; i >= 0; i-- {
		e := w.ledger.entries[i]
		if e.canary == t.canary && e.side == t.ref.Side && e.mailbox == t.user.mailbox && e.field == "subject" && e.value == title {
			return e.before
		}
	}
	return ""
}

func (w *world) takeTitleBackInRaynet() {
	t, ok := w.anyRecord(record.Calendar, "")
	if before := w.earlier(t, stage.Text(t.raw["title"])); ok && canaryOf(before) == t.canary {
		w.change(t, w.rename(t, before))
	}
}

func (w *world) takeTitleBackInOutlook() {
	t, ok := w.ownEvent("")
	if before := w.earlier(t, stage.Text(t.raw["subject"])); ok && canaryOf(before) == t.canary {
		w.changeOwn(t, w.rename(t, before))
	}
}

// goes notes that what was written on one thing went with it.
func (l *ledger) goes(t thing) {
	for i, e := range l.entries {
		if e.canary == t.canary && e.side == t.ref.Side && e.mailbox == t.user.mailbox {
			l.entries[i].gone = true
		}
	}
}

// remade notes that a thing was deleted and made again: the two may be told apart or not.
func (w *world) remade(t thing) {
	w.ledger.goes(t)
	w.ledger.doubled[t.canary], w.ledger.touched[t.canary] = true, true
	delete(w.ledger.removed, t.key())
}

// remakeEvent deletes an event and makes another one that is equal.
func (w *world) remakeEvent() {
	t, ok := w.single()
	if !ok || w.ledger.special[t.canary] || len(stage.List(t.raw["attendees"])) > 0 {
		return
	}
	w.must(w.outlook.DeleteAs(t.user.mailbox, t.ref.ID))
	body := map[string]any{"subject": t.raw["subject"], "isAllDay": t.raw["isAllDay"], "start": t.raw["start"], "end": t.raw["end"], "categories": t.raw["categories"]}
	made, err := w.outlook.CreateAs(t.user.mailbox, body)
	w.must(err)
	w.remade(t)
	w.wrote(t.canary, record.Outlook, t.user.mailbox, "subject", "", stage.Text(t.raw["subject"]))
	w.say("%s deletes %s %s and makes it again as %s", t.user.login, t.ref.ID, t.canary, made["id"])
}

// putOff moves an event so far away that the list of the next months tells of it as removed, though it is there.
func (w *world) putOff() {
	t, ok := w.single()
	if !ok || t.raw["isAllDay"] == true {
		return
	}
	if len(stage.List(t.raw["attendees"])) > 0 {
		// The record stays where it was when the event left the window: whose invitation was not seen before gets a copy of that.
		w.ledger.doubled[t.canary], w.ledger.touched[t.canary] = true, true
	}
	w.ledger.putOff[t.canary] = true
	from, till := w.slot()
	w.changeOwn(t, map[string]any{"start": moment(from.AddDate(2, 0, 0).UTC(), graphLayout), "end": moment(till.AddDate(2, 0, 0).UTC(), graphLayout)})
}

// restoreEvent takes an event out of the bin.
func (w *world) restoreEvent() { w.unbin(record.Calendar, w.outlook.RestoreAs) }

// unbin takes something of a kind out of the bin of its mailbox.
func (w *world) unbin(kind record.Kind, restore func(mailbox, id string) error) {
	var fit []int
	for i, b := range w.ledger.bin {
		if b.kind == kind {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 {
		return
	}
	at := pick(w.rng, fit...)
	b := w.ledger.bin[at]
	w.ledger.bin = slices.Delete(w.ledger.bin, at, at+1)
	w.fetch(b.user, kind, b.id, b.canary)
	w.must(restore(b.user.mailbox, b.id))
	delete(w.ledger.removed, itemKey(b.user.mailbox, b.canary))
	w.ledger.revived[b.id] = w.memory.lost(b.at)
	if w.ledger.unseen[itemKey(b.user.mailbox, b.canary)] || w.memory.lost(b.at) {
		// What was removed before we knew that it had been made, or before we forgot it, was made again: now there are two.
		w.ledger.doubled[b.canary], w.ledger.touched[b.canary] = true, true
	}
	if w.ledger.erased[b.canary] {
		w.ledger.copied[b.canary] = true // who takes somebody out of the bin whom RAYNET forgot keeps him himself
	}
	w.say("%s takes %s %s out of the bin", b.user.login, b.id, b.canary)
}

// fetch notes that a person is about to bring back something beside what a decision had made again, or what it may still make: that create
// can be open.
func (w *world) fetch(u user, kind record.Kind, id, canary string) {
	there := slices.ContainsFunc(w.items(u, kind), func(t thing) bool { return t.canary == canary })
	deleted := slices.ContainsFunc(w.ledger.bin, func(other binned) bool { return other.user == u && other.canary == canary })
	if there || w.ledger.wanted[itemKey(u.mailbox, canary)] && !deleted {
		w.ledger.beside[itemKey(u.mailbox, canary)], w.ledger.fetched[id] = true, true
	}
}

// moveEventOut moves an event to another calendar: to us that is as good as deleted.
func (w *world) moveEventOut() {
	t, ok := w.ownEvent("")
	if !ok || w.ledger.special[t.canary] {
		return
	}
	other, err := w.outlook.CreateCalendarAs(t.user.mailbox, map[string]any{"name": fmt.Sprintf("Jiný %d", w.ink())})
	w.must(err)
	w.must(w.outlook.MoveAs(t.user.mailbox, t.ref.ID, other))
	w.leaves(t)
	w.say("%s moves %s %s to another calendar", t.user.login, t.ref.ID, t.canary)
}

// moveEventIn moves an event back from another calendar.
func (w *world) moveEventIn() {
	u := pick(w.rng, w.users...)
	place := w.placeOf(u, record.Calendar)
	var away []thing
	for _, t := range w.anywhere(u, record.Calendar) {
		if w.lies(t) != place {
			away = append(away, t)
		}
	}
	if len(away) == 0 {
		return
	}
	t := pick(w.rng, away...)
	w.fetch(u, t.kind, t.ref.ID, t.canary)
	w.must(w.outlook.MoveAs(u.mailbox, t.ref.ID, place))
	delete(w.ledger.removed, t.key())
	w.say("%s moves %s %s back", u.login, t.ref.ID, t.canary)
}

// handOnActivity gives an activity another owner.
func (w *world) handOnActivity() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok {
		return
	}
	to := pick(w.rng, w.users...)
	before := stage.Number(stage.Object(t.raw["owner"])["id"])
	w.change(t, map[string]any{"owner": to.person})
	for _, u := range w.users {
		if u.person == before && u.person != to.person {
			w.ledger.takenOff[itemKey(u.mailbox, t.canary)] = true
		}
	}
	w.ledger.giveBack(itemKey(to.mailbox, t.canary))
}

// offerEvent gives an event the category that offers it.
func (w *world) offerEvent() {
	if t, ok := w.ownEvent(""); ok {
		w.changeOwn(t, map[string]any{"categories": withWord(stage.Texts(t.raw["categories"]), "RAYNET", "RAYNET")})
	}
}

// withholdEvent takes that category from an event.
func (w *world) withholdEvent() {
	if t, ok := w.ownEvent(""); ok {
		w.changeOwn(t, map[string]any{"categories": withWord(stage.Texts(t.raw["categories"]), "RAYNET", "")})
	}
}

// turnPublic shows an event again that was private. It stays special: what it said meanwhile is nobody's to compare.
func (w *world) turnPublic() {
	t, ok := w.ownEvent("")
	if ok && t.raw["sensitivity"] != "normal" {
		w.ledger.special[t.canary], w.ledger.secret[t.canary] = true, true
		w.changeOwn(t, map[string]any{"sensitivity": "normal"})
		for _, date := range w.outlook.Occurrences(t.user.mailbox, t.ref.ID, w.clock.Now().AddDate(0, -2, 0), w.clock.Now().AddDate(0, 12, 0)) {
			if slices.Contains([]string{"", "normal"}, stage.Text(date["sensitivity"])) { // its dates go with a series
				w.ledger.opened = append(w.ledger.opened, textsOf(date)...)
			}
		}
	}
}

// someDay is a day within the next weeks.
func (w *world) someDay() time.Time {
	from, _ := w.slot()
	return time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, prague())
}

func (w *world) wholeDaysInRaynet() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok || t.ref.Type == "phoneCall" {
		return
	}
	day := w.someDay()
	w.change(t, map[string]any{"scheduledFrom": day.Format(isoLayout), "scheduledTill": day.AddDate(0, 0, 1+w.rng.IntN(2)).Format(isoLayout)})
}

func (w *world) wholeDaysInOutlook() {
	t, ok := w.single()
	if !ok {
		return
	}
	if t.raw["isAllDay"] == true {
		from, till := w.slot()
		w.changeOwn(t, map[string]any{"isAllDay": false, "start": moment(from.UTC(), graphLayout), "end": moment(till.UTC(), graphLayout)})
		return
	}
	day := w.someDay()
	w.changeOwn(t, map[string]any{"isAllDay": true, "start": moment(day, graphDay), "end": moment(day.AddDate(0, 0, 1+w.rng.IntN(2)), graphDay)})
}

// otherZone writes the times of an event as people in another zone do.
func (w *world) otherZone() {
	t, ok := w.single()
	if !ok || t.raw["isAllDay"] == true {
		return
	}
	from, till := w.slot()
	if w.rng.IntN(2) == 0 {
		from, till = graphTime(t.raw["start"]), graphTime(t.raw["end"])
	}
	where := pick(w.rng, [2]string{"Tokyo Standard Time", "Asia/Tokyo"}, [2]string{"Pacific Standard Time", "America/Los_Angeles"}, [2]string{"GMT Standard Time", "Europe/London"})
	there, err := time.LoadLocation(where[1])
	w.must(err)
	local := func(at time.Time) map[string]any {
		return map[string]any{"dateTime": at.In(there).Format(graphLayout), "timeZone": where[0]}
	}
	w.changeOwn(t, map[string]any{"start": local(from), "end": local(till)})
}

// graphTime is an instant that the emulator shows, always in UTC.
func graphTime(v any) time.Time {
	at, _ := time.Parse("2006-01-02T15:04:05.9999999", stage.Text(stage.Object(v)["dateTime"]))
	return at
}

func (w *world) finishActivity() {
	if t, ok := w.anyRecord(record.Calendar, ""); ok {
		w.change(t, map[string]any{"status": pick(w.rng, "COMPLETED", "SCHEDULED")})
	}
}

func (w *world) addParticipant() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok {
		return
	}
	to := pick(w.rng, w.users...)
	participants, _ := t.raw["participants"].([]map[string]any)
	all := []any{}
	for _, p := range participants {
		if stage.Number(p["person"]) == to.person {
			return
		}
		all = append(all, p)
	}
	w.change(t, map[string]any{"participants": append(all, map[string]any{"person": to.person})})
	w.ledger.giveBack(itemKey(to.mailbox, t.canary))
}

func (w *world) weighActivity() {
	if t, ok := w.anyRecord(record.Calendar, ""); ok {
		w.change(t, map[string]any{"priority": pick(w.rng, "MINOR", "DEFAULT", "CRITICAL")})
	}
}

func (w *world) weighEvent() {
	if t, ok := w.ownEvent(""); ok {
		w.changeOwn(t, map[string]any{"importance": pick(w.rng, "low", "normal", "high")})
	}
}
