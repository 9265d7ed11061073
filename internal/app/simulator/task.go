package simulator

import (
	"fmt"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// chores lists what people do to tasks.
func chores() []verb {
	return []verb{
		deed("RAYNET: a task is made", 5, (*world).assign),
		deed("To Do: a task is made", 4, (*world).jot),
		deed("both: one task is made twice", 1, (*world).jotTwice),
		deed("RAYNET: a task is edited", 5, func(w *world) { w.editRecord(record.Tasks, "", taskSpots()) }),
		deed("To Do: a task is edited", 5, func(w *world) { w.editItem(record.Tasks, "", todoSpots()) }),
		deed("both: one task is edited", 3, func(w *world) {
			w.editItem(record.Tasks, w.editRecord(record.Tasks, "", taskSpots()), todoSpots())
		}),
		deed("RAYNET: a task progresses", 2, (*world).progressInRaynet),
		deed("To Do: a task progresses", 2, (*world).progressInOutlook),
		deed("both: one task progresses", 1, (*world).progressOnBoth),
		deed("RAYNET: a task is reassigned", 1, (*world).reassign),
		deed("RAYNET: a task is deleted", 1, func(w *world) { w.removeRecord(record.Tasks) }),
		deed("To Do: a task is deleted", 1, func(w *world) { w.removeItem(record.Tasks) }),
		deed("To Do: a task is copied", 1, func(w *world) { w.copyItem(record.Tasks, todoSpots()[0]) }),
		deed("To Do: a task repeats", 1, (*world).repeat),
		deed("RAYNET: a task is edited in several places", 2, func(w *world) { w.severally(w.anyRecord(record.Tasks, ""))(taskSpots()) }),
		deed("To Do: a task is edited in several places", 2, func(w *world) { w.severally(w.anyItem(record.Tasks, ""))(todoSpots()) }),
		deed("RAYNET: a task is written of unusually", 1, func(w *world) { w.editRecord(record.Tasks, "", unusual(taskSpots())) }),
		deed("To Do: a task is written of unusually", 1, func(w *world) { w.editItem(record.Tasks, "", unusual(todoSpots())) }),
		deed("both: one place of one task is edited", 2, func(w *world) { w.samePlace(record.Tasks, taskSpots(), todoSpots()) }),
		deed("To Do: a task loses its date", 1, (*world).undate),
		deed("To Do: a task is deleted and made again", 1, (*world).remakeTask),
		deed("To Do: a task is moved to another list", 1, (*world).moveTask),
		deed("To Do: the list is renamed", 1, func(w *world) { w.renamePlace(record.Tasks) }),
	}
}

func taskTitle(canary string, ink int) string { return fmt.Sprintf("%s úkol %04d", canary, ink) }

// dueDate is a day of its own, long after the end of every history.
func dueDate(_ string, ink int) string {
	return begin.AddDate(1, 0, 1+ink).Format(time.DateOnly)
}

// taskSpots are the places of a task in RAYNET; the first one is what it is known by.
func taskSpots() []spot {
	title := plainSpot(record.TaskSubject, "title", taskTitle)
	title.stays = true
	weight := plainSpot(record.TaskImportance, "priority", land("MINOR", "DEFAULT", "CRITICAL"))
	weight.stays, weight.common = true, true
	due := spot{field: record.TaskDue, value: dueDate, stays: true,
		read: func(raw map[string]any) string {
			at, err := time.Parse(isoLayout, stage.Text(raw["deadline"]))
			if err != nil {
				return ""
			}
			return at.In(prague()).Format(time.DateOnly)
		},
		write: func(_ map[string]any, value string) map[string]any {
			at, _ := time.ParseInLocation("2006-01-02 15:04", value+" 15:30", prague())
			return map[string]any{"deadline": at.Format(isoLayout)}
		},
	}
	return []spot{title, weight, due, due, htmlSpot(record.TaskBody, "description"), wordSpot(record.TaskCategories, "tags")}
}

// todoSpots are the places of a task in Outlook.
func todoSpots() []spot {
	title := plainSpot(record.TaskSubject, "title", taskTitle)
	title.stays = true
	weight := plainSpot(record.TaskImportance, "importance", land("low", "normal", "high"))
	weight.stays, weight.common = true, true
	due := spot{field: record.TaskDue, value: dueDate, read: dueDay,
		write: func(_ map[string]any, value string) map[string]any {
			if value == "" {
				return map[string]any{"dueDateTime": nil}
			}
			return map[string]any{"dueDateTime": map[string]any{"dateTime": value + "T00:00:00.0000000", "timeZone": "Central Europe Standard Time"}}
		},
	}
	body := spot{field: record.TaskBody, value: word("Poznámka"),
		read: func(raw map[string]any) string {
			return record.ParsePlain(stage.Text(stage.Object(raw["body"])["content"])).Own
		},
		write: func(raw map[string]any, value string) map[string]any {
			content := record.ComposePlain(stage.Text(stage.Object(raw["body"])["content"]), &value, nil)
			return map[string]any{"body": map[string]any{"contentType": "text", "content": content}}
		},
	}
	return []spot{title, weight, due, due, body, wordSpot(record.TaskCategories, "categories")}
}

// assign makes a task in RAYNET, for its author or for somebody else.
func (w *world) assign() {
	canary := w.canary()
	w.newTask(pick(w.rng, w.users...), canary, taskTitle(canary, w.ink()), dueDate("", w.ink()))
}

func (w *world) newTask(resolver user, canary, title, due string) {
	owner := pick(w.rng, w.users...)
	at, _ := time.ParseInLocation("2006-01-02 15:04", due+" 23:59", prague())
	body := map[string]any{"title": title, "priority": "DEFAULT", "status": "NEW", "owner": owner.person, "resolver": resolver.person,
		"deadline": at.Format(isoLayout)}
	id, err := w.raynet.CreateAs(owner.login, "task", body)
	w.must(err)
	w.wrote(canary, record.Raynet, "", record.TaskSubject, "", title)
	w.wrote(canary, record.Raynet, "", record.TaskDue, "", due)
	w.say("%s makes task %d %s in RAYNET for %s", owner.login, id, canary, resolver.login)
}

// jot makes a task in our list.
func (w *world) jot() {
	canary := w.canary()
	w.newTodo(pick(w.rng, w.users...), canary, taskTitle(canary, w.ink()), pick(w.rng, "", dueDate("", w.ink())))
}

func (w *world) newTodo(u user, canary, title, due string) {
	body := map[string]any{"title": title}
	if due != "" {
		body["dueDateTime"] = map[string]any{"dateTime": due + "T00:00:00.0000000", "timeZone": "Central Europe Standard Time"}
		w.wrote(canary, record.Outlook, u.mailbox, record.TaskDue, "", due)
	}
	made, err := w.outlook.CreateTaskAs(u.mailbox, w.placeOf(u, record.Tasks), body)
	w.must(err)
	w.wrote(canary, record.Outlook, u.mailbox, record.TaskSubject, "", title)
	w.say("%s makes task %s %s in Outlook", u.login, made["id"], canary)
}

// jotTwice makes one task on both sides, as happens where nothing is synchronised yet.
func (w *world) jotTwice() {
	u, canary := pick(w.rng, w.users...), w.canary()
	w.ledger.doubled[canary] = true
	title, due := taskTitle(canary, w.ink()), dueDate("", w.ink())
	w.newTask(u, canary, title, due)
	w.newTodo(u, canary, title, due)
}

func (w *world) progressInRaynet() { w.progressRecord("") }

func (w *world) progressRecord(canary string) string {
	t, ok := w.anyRecord(record.Tasks, canary)
	if ok {
		status := pick(w.rng, "COMPLETED", "COMPLETED", "NEW", "CANCELLED")
		w.edit(pick(w.rng, w.users...), t, map[string]any{"status": status})
		w.say("%s %s is %s in RAYNET", t.ref.ID, t.canary, status)
	}
	return t.canary
}

func (w *world) progressInOutlook() { w.progressItem("") }

func (w *world) progressItem(canary string) {
	if t, ok := w.anyItem(record.Tasks, canary); ok {
		status := pick(w.rng, "completed", "completed", "notStarted", "inProgress", "waitingOnOthers")
		w.edit(t.user, t, map[string]any{"status": status})
		w.say("%s: %s %s is %s in Outlook", t.user.login, t.ref.ID, t.canary, status)
	}
}

func (w *world) progressOnBoth() { w.progressItem(w.progressRecord("")) }

// reassign gives a task to somebody else.
func (w *world) reassign() {
	t, ok := w.anyRecord(record.Tasks, "")
	if !ok {
		return
	}
	to := pick(w.rng, w.users...)
	w.edit(pick(w.rng, w.users...), t, map[string]any{"resolver": to.person})
	for _, u := range w.users {
		if u != to {
			w.ledger.takenOff[itemKey(u.mailbox, t.canary)] = true
		}
	}
	w.ledger.giveBack(itemKey(to.mailbox, t.canary))
	w.say("%s %s is for %s now", t.ref.ID, t.canary, to.login)
}

// repeat lets a task in Outlook repeat from now on.
func (w *world) repeat() {
	t, ok := w.anyItem(record.Tasks, "")
	if !ok || dueDay(t.raw) == "" {
		return
	}
	w.ledger.repeats[t.canary] = true
	w.edit(t.user, t, map[string]any{"recurrence": map[string]any{"pattern": map[string]any{"type": "daily", "interval": 1},
		"range": map[string]any{"type": "noEnd", "startDate": dueDay(t.raw), "recurrenceTimeZone": "Central Europe Standard Time"}}})
	w.say("%s lets %s %s repeat", t.user.login, t.ref.ID, t.canary)
}
