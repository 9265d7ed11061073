package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/cli/screen"
)

// item is a thing as a person sees it on one side.
type item struct {
	id    string
	title string
	// start is when a calendar item begins or a task is due; zero for what has no time.
	start time.Time
	// same is equal on both sides for the same thing.
	same string
	// shown are the parts that a person would compare, by the key of their name in the locale files.
	shown map[string]string
	raw   map[string]any
}

// parts are the keys of item.shown, in the order in which differences are told.
func parts() []string {
	return []string{"subject", "title-before", "last-name", "time", "due", "place", "company", "job-title", "email-1", "phone-mobile", "phone-work-1",
		"address", "birthday", "importance", "done", "cancelled", "categories", "notes", "body"}
}

// long are the parts whose text is not told, only that it changed.
func long(part string) bool { return part == "body" || part == "notes" || part == "address" }

// items lists what one side shows of a user's things of a kind.
func (d *demo) items(kind company.Kind, side company.Side, user int) map[string]item {
	rows := d.outlookOf(kind, user)
	if side == company.Raynet {
		rows = d.raynetOf(kind, user)
	}
	out := make(map[string]item, len(rows))
	for _, row := range rows {
		it := d.item(kind, side, row)
		out[it.id] = it
	}
	return out
}

// item shows a thing.
func (d *demo) item(kind company.Kind, side company.Side, row map[string]any) item {
	show := map[company.Kind][2]func(map[string]any) item{
		company.Calendar: {d.raynetEvent, d.outlookEvent}, company.Contacts: {d.raynetContact, d.outlookContact},
		company.Tasks: {d.raynetTask, d.outlookTask},
	}[kind]
	it := item{}
	if side == company.Raynet {
		it = show[0](row)
	} else {
		it = show[1](row)
	}
	it.id, it.raw = fmt.Sprint(row["id"]), row
	return it
}

// outlookOf lists what a user has of a kind in his mailbox and RAYNET may see: all of the calendar, one folder and one list.
func (d *demo) outlookOf(kind company.Kind, user int) []map[string]any {
	mailbox := d.world.Company.Users[user].Email
	rows := d.world.Shelf(kind).All(mailbox)
	if kind == company.Calendar {
		return rows
	}
	key, place := d.world.Place(kind, mailbox)
	return slices.DeleteFunc(rows, func(row map[string]any) bool { return place == "" || row[key] != place })
}

// raynetOf lists what concerns a user in RAYNET: the activities that he owns or takes part in, the persons that he owns, the
// tasks that he has to do.
func (d *demo) raynetOf(kind company.Kind, user int) []map[string]any {
	id := d.world.IDs.Users[user]
	entity, concerns := "activity", func(row map[string]any) bool {
		return text(row["_entityName"]) != "Task" && (owner(row) == id || slices.ContainsFunc(participants(row), func(p map[string]any) bool { return p["person"] == id }))
	}
	switch kind {
	case company.Contacts:
		entity, concerns = "person", func(row map[string]any) bool { return owner(row) == id }
	case company.Tasks:
		entity, concerns = "task", func(row map[string]any) bool { return resolver(row)["person"] == id }
	case company.Calendar:
	}
	return slices.DeleteFunc(d.world.Raynet.All(entity), func(row map[string]any) bool { return !concerns(row) })
}

func owner(row map[string]any) any {
	who, _ := row["owner"].(map[string]any)
	return who["id"]
}

func participants(row map[string]any) []map[string]any {
	all, _ := row["participants"].([]map[string]any)
	return all
}

// resolver is who has to do a task: the first participant who does not own it.
func resolver(row map[string]any) map[string]any {
	for _, p := range participants(row) {
		if p["owner"] == false && p["person"] != nil {
			return p
		}
	}
	return nil
}

// differences tells what changed in an item, as a person would see it.
func (d *demo) differences(before, after item) string {
	var out []string
	for _, part := range parts() {
		was, is := before.shown[part], after.shown[part]
		name := d.Texts.T("field."+part, nil)
		if was == is {
			continue
		}
		if long(part) {
			out = append(out, name)
			continue
		}
		if part == "time" && sameDay(before.start, after.start, d.zone) {
			_, was, _ = strings.Cut(was, " ")
			_, is, _ = strings.Cut(is, " ")
		}
		empty := d.Texts.T("value.empty", nil)
		out = append(out, fmt.Sprintf("%s: %s → %s", name, cmp.Or(was, empty), screen.Bold(cmp.Or(is, empty))))
	}
	return strings.Join(out, ", ")
}

// sorted lists items in one order whatever the map's.
func sorted(items map[string]item) []item {
	return slices.SortedFunc(maps.Values(items), func(a, b item) int { return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.id, b.id)) })
}

func (d *demo) importance(high bool) string {
	if high {
		return d.Texts.T("importance.high", nil)
	}
	return d.Texts.T("importance.normal", nil)
}

func (d *demo) yes(is bool) string {
	if is {
		return d.Texts.T("value.yes", nil)
	}
	return d.Texts.T("value.no", nil)
}

func sameDay(a, b time.Time, in *time.Location) bool {
	return a.In(in).Format(time.DateOnly) == b.In(in).Format(time.DateOnly)
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

func list(value any) []string {
	var out []string
	switch values := value.(type) {
	case []string:
		out = values
	case []any:
		for _, one := range values {
			out = append(out, text(one))
		}
	}
	return out
}

// inside reads a text out of an object.
func inside(object any, key string) string {
	fields, _ := object.(map[string]any)
	return text(fields[key])
}
