package company

import (
	"fmt"
	"iter"
	"math/rand/v2"
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
// them in full: RAYNET's activities with "_entityName", Outlook's events of the user's mailbox.
type Edit struct {
	Side Side
	Op   Op
	User int // who does it; on the Outlook side also whose calendar

	// Entity and Activity (RAYNET) or Event (Outlook) are what a Create makes.
	Entity   string
	Activity *Activity
	Event    *Event

	what   what
	number int
	c      *Company
}

// what is one way to change an item.
type what struct {
	cs, csFemale, en string // with %s for the title
	side             Side
	op               Op
	fits             func(c *Company, item map[string]any) bool // besides the common conditions; nil: all
	patch            func(e Edit, item map[string]any) map[string]any
}

// Edits returns an endless stream of plausible things that people do, chosen by rng alone.
func (c *Company) Edits(rng *rand.Rand) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		ways := ways()
		for number := 1; ; number++ {
			way := ways[rng.IntN(len(ways))]
			edit := Edit{Side: way.side, Op: way.op, User: rng.IntN(len(c.Users)), what: way, number: number, c: c}
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
	scratch.Activities, scratch.Events = nil, nil
	d := newDiary(&scratch, e.User, rng)
	ahead := at(d.workday(1+rng.IntN(20)), firstHour+rng.IntN(9), 30*rng.IntN(2))
	client := e.c.Clients[d.client()]
	if e.Side == Raynet {
		d.add("meeting", fmt.Sprintf("Operativní schůzka %d – %s", e.number, client.Name), ahead, ahead.Add(time.Hour),
			Activity{Client: -1, Fields: map[string]any{"description": "<p>Domluveno dnes po telefonu.</p>"}})
		e.Activity = &scratch.Activities[0]
		e.Entity = e.Activity.Entity
		return
	}
	d.event(fmt.Sprintf("Rychlá konzultace %d – %s", e.number, client.Name), ahead, ahead.Add(30*time.Minute),
		map[string]any{"categories": []any{"RAYNET"}, "location": map[string]any{"displayName": client.City}})
	e.Event = &scratch.Events[0]
}

// Choose returns the index of the item that a Change or Delete is about, -1 if none fits. Only items in the near future are
// chosen, none with attendees, none private, no series: what a change of them means needs more than a line to tell.
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

func (e Edit) common(item map[string]any) bool {
	start, ok := e.c.start(e.Side, item)
	if !ok || start.Before(e.c.now.Add(24*time.Hour)) || start.After(e.c.now.AddDate(0, 0, 120)) {
		return false
	}
	if e.Side == Raynet {
		return e.owned(item) && item["status"] == "SCHEDULED" && item["_entityName"] != "Task"
	}
	attendees, _ := item["attendees"].([]any)
	categories, _ := item["categories"].([]any)
	offered := false
	for _, category := range categories {
		offered = offered || category == "RAYNET"
	}
	sensitivity, _ := item["sensitivity"].(string)
	allDay, _ := item["isAllDay"].(bool)
	kind, _ := item["type"].(string)
	return offered && len(attendees) == 0 && (sensitivity == "" || sensitivity == "normal") && !allDay && (kind == "" || kind == "singleInstance")
}

// owned reports whether a RAYNET item shows the edit's user as its owner.
func (e Edit) owned(item map[string]any) bool {
	owner, _ := item["owner"].(map[string]any)
	return owner == nil || strings.Contains(fmt.Sprint(owner["fullName"]), e.c.Users[e.User].LastName)
}

// Patch returns the change of an item in the service's own JSON: what a person would have typed. Only for a Change.
func (e Edit) Patch(item map[string]any) map[string]any { return e.what.patch(e, item) }

// Title returns the title of an item of a side, or of what a Create makes when item is nil.
func (e Edit) Title(item map[string]any) string {
	switch {
	case item == nil && e.Activity != nil:
		item = e.Activity.Fields
	case item == nil && e.Event != nil:
		item = e.Event.Body
	}
	if e.Side == Raynet {
		title, _ := item["title"].(string)
		return title
	}
	title, _ := item["subject"].(string)
	return title
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
