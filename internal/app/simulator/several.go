package simulator

import (
	"fmt"
	"maps"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// severally writes into several places of a thing in one edit, if there is one.
func (w *world) severally(t thing, ok bool) func(spots []spot) {
	return func(spots []spot) {
		if !ok {
			return
		}
		patch := map[string]any{}
		for _, at := range w.rng.Perm(len(spots))[:2+w.rng.IntN(2)] {
			s := spots[at]
			// Places within one object are written whole: what was written into it a moment ago is read from it.
			raw := maps.Clone(t.raw)
			maps.Copy(raw, patch)
			before, value := s.read(raw), s.value(t.canary, w.ink())
			part := s.write(raw, value)
			if overlaps(patch, part) {
				continue
			}
			maps.Copy(patch, part)
			if !s.common {
				w.wrote(t.canary, t.ref.Side, t.user.mailbox, s.field, before, value)
			}
		}
		author := pick(w.rng, w.users...)
		if t.ref.Side == record.Outlook {
			author = t.user
		}
		w.edit(author, t, patch)
		w.say("%s writes several places of %s %s on the side of %s: %v", author.login, t.canary, t.ref.ID, t.ref.Side, patch)
	}
}

// overlaps reports whether two changes write the same key.
func overlaps(a, b map[string]any) bool {
	for key := range b { // any order: one is enough
		if _, ok := a[key]; ok {
			return true
		}
	}
	return false
}

// unusual makes the texts of places such as people seldom write: from right to left, with pictures, long.
func unusual(spots []spot) []spot {
	var out []spot
	for _, s := range spots {
		switch s.field {
		case record.ContactLast, record.TaskSubject, record.ContactFirst, record.ContactNotes, record.TaskBody, record.ContactAddress:
		default:
			continue
		}
		usual := s.value
		s.value = func(canary string, ink int) string {
			text := usual(canary, ink)
			switch ink % 4 {
			case 0:
				return text + " 🎉👩‍👧"
			case 1:
				return text + " שלום"
			case 2:
				return text + " <b>&amp; \"x\" 'y'"
			}
			return text + " " + strings.Repeat("ž", 40)
		}
		out = append(out, s)
	}
	return out
}

// samePlace lets people write into the same place of one thing on both sides.
func (w *world) samePlace(kind record.Kind, here, there []spot) {
	t, ok := w.anyRecord(kind, "")
	if !ok {
		return
	}
	s := pick(w.rng, here...)
	w.scribble(t, s)
	for _, other := range there {
		if other.field != s.field {
			continue
		}
		if e, ok := w.anyItem(kind, t.canary); ok {
			w.scribble(e, other)
		}
		return
	}
}

// remakeContact deletes a contact and makes another one of the same name and address.
func (w *world) remakeContact() {
	t, ok := w.anyItem(record.Contacts, "")
	if !ok || w.ledger.erased[t.canary] {
		return
	}
	mail := ""
	for _, s := range w.contactSpots() {
		if s.field == record.ContactEmail1 {
			mail = s.read(t.raw)
		}
	}
	name := stage.Text(t.raw["surname"])
	w.must(w.outlook.DeleteContactAs(t.user.mailbox, t.ref.ID))
	w.remade(t)
	w.newContact(t.user, t.canary, name, mail)
	w.say("%s has deleted %s %s before", t.user.login, t.ref.ID, t.canary)
}

// restoreContact takes a contact out of the bin.
func (w *world) restoreContact() { w.unbin(record.Contacts, w.outlook.RestoreContactAs) }

// undate takes the date from a task.
func (w *world) undate() {
	t, ok := w.anyItem(record.Tasks, "")
	if !ok || t.raw["recurrence"] != nil || dueDay(t.raw) == "" {
		return
	}
	w.wrote(t.canary, record.Outlook, t.user.mailbox, record.TaskDue, dueDay(t.raw), "")
	w.edit(t.user, t, map[string]any{"dueDateTime": nil})
	w.say("%s takes the date from %s %s", t.user.login, t.ref.ID, t.canary)
}

// remakeTask deletes a task and makes another one of the same title and date.
func (w *world) remakeTask() {
	t, ok := w.anyItem(record.Tasks, "")
	if !ok || w.ledger.repeats[t.canary] {
		return
	}
	w.must(w.outlook.DeleteTaskAs(t.user.mailbox, t.ref.ID))
	w.remade(t)
	w.newTodo(t.user, t.canary, stage.Text(t.raw["title"]), dueDay(t.raw))
	w.say("%s has deleted %s %s before", t.user.login, t.ref.ID, t.canary)
}

// moveTask moves a task to another list, where it has another id: to us that is as good as deleted.
func (w *world) moveTask() {
	t, ok := w.anyItem(record.Tasks, "")
	if !ok || w.ledger.repeats[t.canary] {
		return
	}
	other, err := w.outlook.CreateTaskListAs(t.user.mailbox, fmt.Sprintf("Jiné %d", w.ink()))
	w.must(err)
	body := map[string]any{"title": t.raw["title"], "body": t.raw["body"], "importance": t.raw["importance"], "status": t.raw["status"], "categories": t.raw["categories"]}
	if t.raw["dueDateTime"] != nil {
		body["dueDateTime"] = t.raw["dueDateTime"]
	}
	_, err = w.outlook.CreateTaskAs(t.user.mailbox, other, body)
	w.must(err)
	w.must(w.outlook.DeleteTaskAs(t.user.mailbox, t.ref.ID))
	w.leaves(t)
	w.say("%s moves %s %s to another list", t.user.login, t.ref.ID, t.canary)
}
