package simulator

import (
	"context"
	"fmt"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// thing is a record in RAYNET or an item in Outlook, as its emulator shows it.
type thing struct {
	ref    remote.Ref
	kind   record.Kind
	canary string
	user   user // whose mailbox it is in; of RAYNET's nobody
	raw    map[string]any
}

// key names it in the ledger.
func (t thing) key() string {
	if t.ref.Side == record.Raynet {
		return recordKey(t.canary)
	}
	return itemKey(t.user.mailbox, t.canary)
}

// titleOf is the text by which people know a thing.
func titleOf(raw map[string]any) string {
	for _, key := range []string{"title", "subject", "lastName", "surname"} {
		// An academic title is a contact's, and is not what he is known by.
		if value := stage.Text(raw[key]); value != "" && (key != "title" || raw["givenName"] == nil && raw["surname"] == nil) {
			return value
		}
	}
	return ""
}

// records lists everything of a kind in RAYNET that people of the history made.
func (w *world) records(kind record.Kind) []thing {
	entity := "activity"
	switch kind {
	case record.Contacts:
		entity = "person"
	case record.Tasks:
		entity = "task"
	case record.Calendar:
	}
	var out []thing
	for _, a := range w.raynet.All(entity) {
		typ := entity
		if entity == "activity" {
			if typ = entityOf(a); typ == "task" {
				continue
			}
		}
		ref := remote.Ref{Side: record.Raynet, Type: typ, ID: fmt.Sprint(stage.Number(a["id"]))}
		if canary := canaryOf(titleOf(a)); canary != "" {
			out = append(out, thing{ref: ref, kind: kind, canary: canary, raw: a})
		}
	}
	return out
}

// items lists everything of a kind in a mailbox that lies where it is synchronised and was made in the history.
func (w *world) items(u user, kind record.Kind) []thing {
	var out []thing
	for _, t := range w.anywhere(u, kind) {
		if w.lies(t) == w.placeOf(u, kind) {
			out = append(out, t)
		}
	}
	return out
}

// lies is the calendar, folder or list in which a thing lies.
func (w *world) lies(t thing) string {
	switch t.kind {
	case record.Tasks:
		return stage.Text(t.raw["listId"])
	case record.Calendar:
		return stage.Text(t.raw["calendarId"])
	case record.Contacts:
	}
	return stage.Text(t.raw["parentFolderId"])
}

// anywhere lists everything of a kind in a mailbox that was made in the history.
func (w *world) anywhere(u user, kind record.Kind) []thing {
	all, typ := w.outlook.All, "event"
	switch kind {
	case record.Contacts:
		all, typ = w.outlook.Contacts, "contact"
	case record.Tasks:
		all, typ = w.outlook.Tasks, "task"
	case record.Calendar:
	}
	var out []thing
	for _, e := range all(u.mailbox) {
		if canary := canaryOf(titleOf(e)); canary != "" {
			out = append(out, thing{ref: remote.Ref{Side: record.Outlook, Type: typ, ID: stage.Text(e["id"])}, kind: kind, canary: canary, user: u, raw: e})
		}
	}
	return out
}

// placeOf is the calendar, folder or list of somebody that is synchronised: the default calendar; of the others the one that is remembered, else the one that has our name, which
// people make if it is not there yet.
func (w *world) placeOf(u user, kind record.Kind) string {
	if kind == record.Calendar {
		return w.outlook.DefaultCalendar(u.mailbox)
	}
	folders, create := w.outlook.ContactFolders, w.outlook.CreateContactFolderAs
	if kind == record.Tasks {
		folders, create = w.outlook.TaskLists, w.outlook.CreateTaskListAs
	}
	if place := w.pairOf(u, kind).Container; place != "" {
		return place
	}
	for _, folder := range folders(u.mailbox) {
		if stage.Text(folder["displayName"]) == ourPlace {
			return stage.Text(folder["id"])
		}
	}
	made, err := create(u.mailbox, ourPlace)
	w.must(err)
	return made
}

// ourPlace is what folder and list are called at first.
const ourPlace = "RAYNET"

// pairOf is what is remembered of the pair of somebody.
func (w *world) pairOf(u user, kind record.Kind) journal.Pair {
	pairs, err := w.store.Pairs(context.Background(), "default")
	w.must(err)
	for _, p := range pairs {
		if p.ID == w.pairs[seat{u.mailbox, kind}] {
			return p
		}
	}
	return journal.Pair{}
}

// anyRecord draws a record that has a canary, or that one; ok is false if there is none.
func (w *world) anyRecord(kind record.Kind, canary string) (found thing, ok bool) {
	return w.oneOf(w.records(kind), canary)
}

// anyItem draws an item from any mailbox.
func (w *world) anyItem(kind record.Kind, canary string) (found thing, ok bool) {
	var all []thing
	for _, u := range w.users {
		all = append(all, w.items(u, kind)...)
	}
	return w.oneOf(all, canary)
}

func (w *world) oneOf(all []thing, canary string) (found thing, ok bool) {
	var fit []thing
	for _, t := range all {
		if canary == "" || t.canary == canary {
			fit = append(fit, t)
		}
	}
	if len(fit) == 0 {
		return thing{canary: canary}, false
	}
	found = pick(w.rng, fit...)
	w.ledger.touched[found.canary] = true
	return found, true
}

// canaryOf is the word of a title by which a thing is known: the first one, unless Outlook has put "Canceled:" before it.
func canaryOf(title string) string {
	for word := range strings.FieldsSeq(title) {
		if strings.HasPrefix(word, "K") && len(word) > 3 && strings.Trim(word[1:], "0123456789") == "" {
			return word
		}
	}
	return ""
}
