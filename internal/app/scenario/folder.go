package scenario

import (
	"fmt"

	"raynetsync/internal/app/stage"
)

// A folder holds contacts and a list holds tasks; what is done to them is the same.

// folders lists the folders for contacts, or the lists for tasks, by name.
func (w *world) folders(p *person, typ string) map[string]string {
	list := w.outlook.ContactFolders(p.mailbox)
	if typ == "task" {
		list = w.outlook.TaskLists(p.mailbox)
	}
	out := map[string]string{}
	for _, folder := range list {
		out[stage.Text(folder["displayName"])] = stage.Text(folder["id"])
	}
	return out
}

// folder finds a folder or list by name, and makes it if it is missing.
func (w *world) folder(p *person, typ, name string) (string, error) {
	if id, ok := w.folders(p, typ)[name]; ok {
		return id, nil
	}
	if typ == "task" {
		return w.outlook.CreateTaskListAs(p.mailbox, name)
	}
	return w.outlook.CreateContactFolderAs(p.mailbox, name)
}

// folderOf names the folder or list that a thing lies in.
func (w *world) folderOf(p *person, e map[string]any) string {
	id := stage.Text(e["parentFolderId"])
	if e[typeKey] == "task" {
		id = stage.Text(e["listId"])
	}
	for name, known := range w.folders(p, stage.Text(e[typeKey])) {
		if known == id {
			return name
		}
	}
	return "nowhere"
}

// inFolder reads where a thing is to be made.
func inFolder(said string) (string, error) {
	list, err := attributes(said)
	for _, a := range list {
		if a.name == "in" {
			return a.value, err
		}
	}
	return ourFolder, err
}

// typeOf says what lies in a folder or a list.
func typeOf(word string) (string, error) {
	switch word {
	case "folder":
		return "contact", nil
	case "list":
		return "task", nil
	}
	return "", fmt.Errorf("there are folders and lists, no %s", word)
}

func (w *world) makeFolder(who, word, name string) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	typ, err := typeOf(word)
	if err == nil {
		_, err = w.folder(p, typ, name)
	}
	return err
}

// withFolder does something to a folder or list that there is.
func (w *world) withFolder(who, word, name string, do func(p *person, typ, id string) error) error {
	p, err := w.who(who)
	if err != nil {
		return err
	}
	typ, err := typeOf(word)
	if err != nil {
		return err
	}
	id, ok := w.folders(p, typ)[name]
	if !ok {
		return fmt.Errorf("%s has no %s %q", who, word, name)
	}
	return do(p, typ, id)
}

func (w *world) renameFolder(who, word, name, to string) error {
	return w.withFolder(who, word, name, func(p *person, typ, id string) error {
		if typ == "task" {
			return w.outlook.RenameTaskListAs(p.mailbox, id, to)
		}
		return w.outlook.RenameContactFolderAs(p.mailbox, id, to)
	})
}

func (w *world) deleteFolder(who, word, name string) error {
	return w.withFolder(who, word, name, func(p *person, typ, id string) error {
		if typ == "task" {
			return w.outlook.DeleteTaskListAs(p.mailbox, id)
		}
		return w.outlook.DeleteContactFolderAs(p.mailbox, id)
	})
}

// moveContact moves a contact to another folder. Tasks cannot be moved: To Do makes them anew.
func (w *world) moveContact(who, title, name string) error {
	return w.withItem(who, title, func(p *person, e map[string]any) error {
		if e[typeKey] != "contact" {
			return fmt.Errorf("only a contact is moved to a folder")
		}
		id, err := w.folder(p, "contact", name)
		if err != nil {
			return err
		}
		return w.outlook.MoveContactAs(p.mailbox, stage.Text(e["id"]), id)
	})
}
