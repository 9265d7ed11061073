package simulator

import (
	"slices"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// copyByHand has somebody who cannot wait write an event that was offered into RAYNET himself. If our own copy is under way, its
// lost create must not be taken for his.
func (w *world) copyByHand() {
	t, ok := w.single()
	copied := slices.ContainsFunc(w.records(record.Calendar), func(r thing) bool { return r.canary == t.canary })
	if !ok || copied || t.raw["isAllDay"] == true || w.ledger.special[t.canary] || w.ledger.removed[recordKey(t.canary)] ||
		!slices.Contains(stage.Texts(t.raw["categories"]), offer) {
		return
	}
	from, till := w.at(t.raw["start"]), w.at(t.raw["end"])
	body := map[string]any{"title": t.raw["subject"], "priority": "DEFAULT", "status": "SCHEDULED", "owner": t.user.person,
		"scheduledFrom": from.Format(isoLayout), "scheduledTill": till.Format(isoLayout),
		"participants": []any{map[string]any{"person": t.user.person, "owner": true}}}
	if place := stage.Text(stage.Object(t.raw["location"])["displayName"]); place != "" {
		body["meetingPlace"] = place
	}
	id, err := w.raynet.CreateAs(t.user.login, "meeting", body)
	w.must(err)
	w.ledger.doubled[t.canary], w.ledger.touched[t.canary] = true, true // ours may be there already, or be on its way
	w.wrote(t.canary, record.Raynet, "", "subject", "", stage.Text(t.raw["subject"]))
	w.say("%s copies %s by hand as meeting %d", t.user.login, t.canary, id)
}

// giveAway gives an activity to a colleague who is no user: everybody here who had it is taken off.
func (w *world) giveAway() {
	t, ok := w.anyRecord(record.Calendar, "")
	if !ok {
		return
	}
	const login = "nobody@sample.example"
	if w.colleague == 0 {
		w.colleague, _ = w.raynet.AddUser(map[string]any{"firstName": "Karel", "lastName": "Vzorový", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", home)
	}
	w.change(t, map[string]any{"owner": w.colleague, "participants": []any{map[string]any{"person": w.colleague, "owner": true}}})
	for _, u := range w.users {
		w.ledger.takenOff[itemKey(u.mailbox, t.canary)] = true
	}
}

// at is a moment of an event.
func (w *world) at(v any) time.Time {
	shown := stage.Object(v)
	at, err := time.Parse(graphLayout+".9999999", stage.Text(shown["dateTime"]))
	w.must(err)
	return at.In(prague())
}

// checkOwnOnly (I2): nothing that people made in RAYNET is redacted because its counterpart turned private: that is for our own copies.
func (w *world) checkOwnOnly() {
	private := string(rules(journal.Pair{Kind: record.Calendar}).PrivateText)
	theirs := map[int64]bool{}
	for _, write := range w.raynet.History() {
		switch {
		case write.Before == nil:
			theirs[write.ID] = write.Source != "api"
		case write.Source == "api" && theirs[write.ID] && titleOf(write.After) == private && titleOf(write.Before) != private:
			w.violate("I2", "we redacted %s %d, which a person made: %q", write.Entity, write.ID, titleOf(write.Before))
		}
	}
}
