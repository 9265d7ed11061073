package emulation

import (
	"maps"

	"raynetsync/internal/app/company"
)

// Shelf is what people do with the things of one kind in their Outlook, in Graph's own JSON. Its errors are the emulator's:
// ErrUnknown of package outlook/emulator for an id that there is not.
type Shelf struct {
	// All lists everything in a mailbox, also what lies outside of the container.
	All func(mailbox string) []map[string]any
	// Get is one of them.
	Get func(mailbox, id string) (map[string]any, bool)
	// Create puts a thing where its calendarId, parentFolderId or listId says, else into the default place.
	Create func(mailbox string, body map[string]any) (map[string]any, error)
	Edit   func(mailbox, id string, patch map[string]any) error
	Delete func(mailbox, id string) error
}

// Shelf returns the shelf of a kind.
func (w *World) Shelf(kind company.Kind) Shelf {
	o := w.Outlook
	switch kind {
	case company.Contacts:
		return Shelf{All: o.Contacts, Get: o.Contact, Create: o.CreateContactAs, Edit: o.EditContactAs, Delete: o.DeleteContactAs}
	case company.Tasks:
		return Shelf{All: o.Tasks, Get: o.Task, Create: w.createTask, Edit: o.EditTaskAs, Delete: o.DeleteTaskAs}
	case company.Calendar:
	}
	return Shelf{All: o.All, Get: o.Get, Create: o.CreateAs, Edit: o.EditAs, Delete: o.DeleteAs}
}

// createTask creates a task in the list of "listId", which is no property of a task.
func (w *World) createTask(mailbox string, task map[string]any) (map[string]any, error) {
	body := maps.Clone(task)
	delete(body, "listId")
	return w.Outlook.CreateTaskAs(mailbox, textOf(task["listId"]), body)
}

// Place returns the key under which a thing of a kind says where it lies, and the id of the folder or list that RAYNET is kept
// in step with: the one named company.Container. There is none before anybody made one, and none in a calendar.
func (w *World) Place(kind company.Kind, mailbox string) (key, id string) {
	var places []map[string]any
	switch kind {
	case company.Contacts:
		key, places = "parentFolderId", w.Outlook.ContactFolders(mailbox)
	case company.Tasks:
		key, places = "listId", w.Outlook.TaskLists(mailbox)
	case company.Calendar:
	}
	for _, place := range places {
		if textOf(place["displayName"]) == company.Container {
			return key, textOf(place["id"])
		}
	}
	return key, ""
}
