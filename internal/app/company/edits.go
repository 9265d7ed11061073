package company

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Side is where somebody does something.
type Side string

// The sides.
const (
	Raynet  Side = "raynet"
	Outlook Side = "outlook"
)

// Op is what is done.
type Op string

// The operations.
const (
	Create Op = "create"
	Change Op = "change"
	Delete Op = "delete"
)

// Edit is something that somebody does on one side. It is applied to items in the service's own JSON as the service shows
// them in full: RAYNET's activities with "_entityName", its persons or tasks; Outlook's events of the user's mailbox, its
// contacts or tasks of the folder or list named Container.
type Edit struct {
	Kind Kind
	Side Side
	Op   Op
	User int // who does it; on the Outlook side also whose mailbox

	// Entity is what a Create makes in RAYNET.
	Entity string

	made   func(IDs) map[string]any // what a Create makes
	what   what
	number int
	c      *Company
}

// what is one way to change an item.
type what struct {
	cs, csFemale, en string // with %s for the title
	kind             Kind
	side             Side
	op               Op
	fits             func(c *Company, item map[string]any) bool // besides the common conditions; nil: all
	patch            func(e Edit, item map[string]any) map[string]any
}

// Edits returns an endless stream of plausible things that people do, chosen by rng alone.
func (c *Company) Edits(rng *rand.Rand) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		ways := slices.Concat(calendarWays(), contactWays(), taskWays())
		for number := 1; ; number++ {
			way := ways[rng.IntN(len(ways))]
			edit := Edit{Kind: way.kind, Side: way.side, Op: way.op, User: rng.IntN(len(c.Users)), what: way, number: number, c: c}
			if way.op == Create {
				edit.invent(rng)
			}
			if !yield(edit) {
				return
			}
		}
	}
}

// invent makes up what a Create creates. It leaves the Company as it is.
func (e *Edit) invent(rng *rand.Rand) {
	scratch := *e.c
	scratch.Activities, scratch.Events, scratch.Contacts, scratch.Cards, scratch.Tasks, scratch.Todos = nil, nil, nil, nil, nil, nil
	d := newDiary(&scratch, e.User, rng)
	switch e.Kind {
	case Contacts:
		e.inventContact(&addressBook{Company: &scratch, user: e.User, rng: rng, taken: map[string]bool{}})
	case Tasks:
		e.inventTask(&agenda{d})
	case Calendar:
		e.inventMeeting(d)
	}
}

func (e *Edit) inventMeeting(d *diary) {
	ahead := at(d.workday(1+d.rng.IntN(20)), firstHour+d.rng.IntN(9), 30*d.rng.IntN(2))
	client := e.c.Clients[d.client()]
	if e.Side == Raynet {
		d.add("meeting", fmt.Sprintf("Operativní schůzka %d – %s", e.number, client.Name), ahead, ahead.Add(time.Hour),
			Activity{Client: -1, Fields: map[string]any{"description": "<p>Domluveno dnes po telefonu.</p>"}})
		made := d.Activities[0]
		e.Entity, e.made = made.Entity, made.Body
		return
	}
	d.event(fmt.Sprintf("Rychlá konzultace %d – %s", e.number, client.Name), ahead, ahead.Add(30*time.Minute),
		map[string]any{"categories": []any{"RAYNET"}, "location": map[string]any{"displayName": client.City}})
	e.made = as(d.Events[0].Body)
}

func (e *Edit) inventContact(b *addressBook) {
	contact := b.invent(-1)
	contact.Email = fmt.Sprintf("kontakt%d.%s", e.number, contact.Email)
	if e.Side == Raynet {
		e.Entity, e.made = "person", contact.Body
		return
	}
	b.card(contact, false, map[string]any{"personalNotes": "Známe se z veletrhu."})
	e.made = as(b.Cards[0].Body)
}

func (e *Edit) inventTask(a *agenda) {
	if e.Side == Raynet {
		a.give(fmt.Sprintf("Operativní úkol %d", e.number), a.deadline(1+a.rng.IntN(20)), a.mine(nil))
		e.Entity, e.made = "task", a.Tasks[0].Body
		return
	}
	a.todo(fmt.Sprintf("Rychlý úkol %d", e.number), a.workday(1+a.rng.IntN(20)), false, map[string]any{"body": text("Nezapomenout.")})
	e.made = as(a.Todos[0].Body)
}

// as is for what needs no ids.
func as(body map[string]any) func(IDs) map[string]any {
	return func(IDs) map[string]any { return body }
}

// Body returns what a Create makes, in the service's own JSON with the ids filled in.
func (e Edit) Body(ids IDs) map[string]any { return e.made(ids) }

// Choose returns the index of the item that a Change or Delete is about, -1 if none fits. Only meetings in the near
// future are chosen, none with attendees, none private, no series: what a change of them means needs more than a line to tell.
func (e Edit) Choose(items []map[string]any) int {
	var fitting []int
	for i, item := range items {
		if e.common(item) && (e.what.fits == nil || e.what.fits(e.c, item)) {
			fitting = append(fitting, i)
		}
	}
	if len(fitting) == 0 {
		return -1
	}
	return fitting[e.number*7919%len(fitting)]
}

// common are the conditions for whatever is done.
func (e Edit) common(item map[string]any) bool {
	switch e.Kind {
	case Contacts:
		return e.commonContact(item)
	case Tasks:
		return e.commonTask(item)
	case Calendar:
	}
	start, ok := e.c.start(e.Side, item)
	if !ok || start.Before(e.c.now.Add(24*time.Hour)) || start.After(e.c.now.AddDate(0, 0, 120)) {
		return false
	}
	if e.Side == Raynet {
		return e.owned(item) && item["status"] == "SCHEDULED" && item["_entityName"] != "Task"
	}
	attendees, _ := item["attendees"].([]any)
	categories, _ := item["categories"].([]any)
	sensitivity, _ := item["sensitivity"].(string)
	allDay, _ := item["isAllDay"].(bool)
	kind, _ := item["type"].(string)
	return slices.Contains(categories, any("RAYNET")) && len(attendees) == 0 && (sensitivity == "" || sensitivity == "normal") && !allDay &&
		(kind == "" || kind == "singleInstance")
}

// commonContact: one with a name, and in RAYNET the user's own.
func (e Edit) commonContact(item map[string]any) bool {
	if e.Side == Raynet {
		return item["owner"] != nil && e.owned(item) && e.Title(item) != ""
	}
	surname, _ := item["surname"].(string)
	return surname != ""
}

// commonTask: an open one with a date that does not recur, and in RAYNET one that is the user's to do.
func (e Edit) commonTask(item map[string]any) bool {
	status, _ := item["status"].(string)
	if e.Side == Outlook {
		return status != "completed" && item["recurrence"] == nil && item["dueDateTime"] != nil
	}
	deadline, ok := raynetTime(item["deadline"])
	if !ok || status != "NEW" && status != "SCHEDULED" || deadline.Before(e.c.now) {
		return false
	}
	participants, _ := item["participants"].([]map[string]any)
	for _, p := range participants {
		if p["owner"] == false && p["person"] != nil {
			return strings.Contains(fmt.Sprint(p["name"]), e.c.Users[e.User].LastName)
		}
	}
	return false
}

// owned reports whether a RAYNET item shows the edit's user as its owner.
func (e Edit) owned(item map[string]any) bool {
	owner, _ := item["owner"].(map[string]any)
	return owner == nil || strings.Contains(fmt.Sprint(owner["fullName"]), e.c.Users[e.User].LastName)
}

// Patch returns the change of an item in the service's own JSON: what a person would have typed. Only for a Change.
func (e Edit) Patch(item map[string]any) map[string]any { return e.what.patch(e, item) }

// Title returns what an item of a side is called, or what a Create makes when item is nil.
func (e Edit) Title(item map[string]any) string {
	if item == nil {
		item = e.made(IDs{Users: make([]int64, len(e.c.Users))})
	}
	word := func(key string) string {
		text, _ := item[key].(string)
		return text
	}
	switch {
	case e.Kind == Contacts && e.Side == Raynet:
		return strings.TrimSpace(word("firstName") + " " + word("lastName"))
	case e.Kind == Contacts:
		return strings.TrimSpace(word("givenName") + " " + word("surname"))
	case e.Kind == Calendar && e.Side == Outlook:
		return word("subject")
	}
	return word("title")
}

// Say tells in one sentence what was done, in Czech for "cs" and in English otherwise: "Jana Nováková posunula v RAYNETu
// schůzku „…“ o hodinu". item is as Choose saw it, nil for a Create.
func (e Edit) Say(language string, item map[string]any) string {
	user := e.c.Users[e.User]
	format := e.what.en
	switch {
	case language == "cs" && user.Female:
		format = e.what.csFemale
	case language == "cs":
		format = e.what.cs
	}
	return user.Name() + " " + fmt.Sprintf(format, e.Title(item))
}

// start reads when an item of a side begins.
func (c *Company) start(side Side, item map[string]any) (time.Time, bool) {
	if side == Raynet {
		return raynetTime(item["scheduledFrom"])
	}
	return c.graphTime(item["start"])
}

func raynetTime(value any) (time.Time, bool) {
	text, _ := value.(string)
	t, err := time.Parse("2006-01-02T15:04:05.000-07:00", text)
	return t, err == nil
}

func (c *Company) graphTime(value any) (time.Time, bool) {
	moment, _ := value.(map[string]any)
	text, _ := moment["dateTime"].(string)
	name, _ := moment["timeZone"].(string)
	location := c.location
	if name == "UTC" {
		location = time.UTC
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", text, location) // takes a fraction too
	return t, err == nil
}
