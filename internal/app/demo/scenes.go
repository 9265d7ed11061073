package demo

import (
	"maps"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/cli/screen"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// ordinary lets somebody make one of the company's edits. It reports false if there is nothing that it fits, or the service
// does not take it (a record that somebody else just removed).
func (d *demo) ordinary(edit company.Edit) (scene, bool) {
	other := opposite(edit.Side)
	before, mine := d.items(edit.Kind, other, edit.User), d.items(edit.Kind, edit.Side, edit.User)
	var this, counterpart item
	if edit.Op != company.Create {
		var ok bool
		if this, counterpart, ok = d.chosen(edit, mine, before); !ok {
			return scene{}, false
		}
	}
	said := edit.Say(d.Texts.Lang(), this.raw)
	title := edit.Title(this.raw)
	if err := d.do(edit, this.raw); err != nil {
		return scene{}, false
	}
	if edit.Op == company.Change && !d.changed(mine, d.items(edit.Kind, edit.Side, edit.User)) {
		return scene{}, false // a place that it had already
	}
	if edit.Op == company.Delete {
		return scene{said: said, title: title, arrived: func() (string, bool) {
			_, there := d.items(edit.Kind, other, edit.User)[counterpart.id]
			return d.t("arrived.deleted", args{"Side": side(other)}), !there
		}}, true
	}
	return scene{said: said, title: title, arrived: func() (string, bool) {
		return d.arrival(edit, title, before, counterpart.id)
	}}, true
}

// chosen finds what an edit is about, and what shows the same thing on the other side.
func (d *demo) chosen(edit company.Edit, mine, others map[string]item) (this, counterpart item, ok bool) {
	all := sorted(mine)
	var rows []map[string]any
	for _, it := range all {
		rows = append(rows, it.raw)
	}
	i := edit.Choose(rows)
	if i < 0 {
		return item{}, item{}, false
	}
	counterpart, ok = d.counterpart(all[i], others)
	if ok && edit.Side == company.Outlook && entity(counterpart.raw) == "phoneCall" && edit.Op == company.Change && edit.Patch(all[i].raw)["location"] != nil {
		return item{}, item{}, false // RAYNET's calls have no place
	}
	if edit.Op == company.Delete && !(d.bornInRaynet(all[i]) && d.copied(counterpart)) {
		return item{}, item{}, false // what a person wrote in Outlook stays there
	}
	// What recurs is its owner's: RAYNET's changes do not touch it.
	return all[i], counterpart, ok && counterpart.raw["recurrence"] == nil
}

// bornInRaynet tells whether people made a RAYNET record, not the application that carried it from Outlook.
func (d *demo) bornInRaynet(it item) bool {
	return text(it.raw["rowInfo.createdBy"]) != d.world.Raynet.Options().User
}

// copied tells whether the application made an item of Outlook, not a person whose own one was found to be the same.
func (d *demo) copied(it item) bool {
	return slices.ContainsFunc(d.world.Outlook.History(), func(write outlookemu.Write) bool {
		return write.By == "app" && write.Op == "create" && write.ID == it.id
	})
}

// changed reports whether people would see a difference in any item.
func (d *demo) changed(before, after map[string]item) bool {
	for id, it := range after {
		if d.differences(before[id], it) != "" {
			return true
		}
	}
	return false
}

// arrival looks for what an edit brought about on the other side: a new item with the title, or a difference in the counterpart.
func (d *demo) arrival(edit company.Edit, title string, before map[string]item, id string) (string, bool) {
	on := opposite(edit.Side)
	now := d.items(edit.Kind, on, edit.User)
	if id != "" {
		changes := d.differences(before[id], now[id])
		return side(on) + ": " + changes, changes != ""
	}
	for _, it := range sorted(now) {
		if _, known := before[it.id]; !known && it.title == title {
			when := it.shown["time"] + it.shown["due"]
			return d.t("arrived.created."+string(edit.Kind), args{"Side": side(on), "Time": when}), true
		}
	}
	return "", false
}

// do makes an edit; row is what it is about, nil for a Create.
func (d *demo) do(edit company.Edit, row map[string]any) error {
	user := d.world.Company.Users[edit.User].Email
	id, _ := row["id"].(int64)
	shelf := d.world.Shelf(edit.Kind)
	switch {
	case edit.Side == company.Outlook && edit.Op == company.Create:
		return d.write(edit.Kind, user, edit.Body(d.world.IDs))
	case edit.Side == company.Outlook:
		return shelf.Edit(user, text(row["id"]), edit.Patch(row))
	case edit.Op == company.Create:
		_, err := d.world.Raynet.CreateAs(user, edit.Entity, edit.Body(d.world.IDs))
		return err
	case edit.Op == company.Delete:
		return d.world.Raynet.DeleteAs(user, entityOf(edit.Kind, row), id)
	}
	return d.world.Raynet.EditAs(user, entityOf(edit.Kind, row), id, edit.Patch(row))
}

// write enters a new thing into somebody's Outlook, where RAYNET sees it.
func (d *demo) write(kind company.Kind, mailbox string, body map[string]any) error {
	body = maps.Clone(body)
	if key, place := d.world.Place(kind, mailbox); place != "" {
		body[key] = place
	}
	_, err := d.world.Shelf(kind).Create(mailbox, body)
	return err
}

// counterpart finds the item of the other side that shows the same thing, if it is the only one.
func (*demo) counterpart(this item, others map[string]item) (item, bool) {
	var found []item
	for _, it := range sorted(others) {
		if it.same == this.same {
			found = append(found, it)
		}
	}
	if len(found) != 1 {
		return item{}, false
	}
	return found[0], true
}

// said is what somebody did, in the grammatical gender that Czech asks for.
func (d *demo) said(user int, key, title string) string {
	who := d.world.Company.Users[user]
	if who.Female {
		key += ".female"
	}
	return d.t("said."+key, args{"Name": who.Name(), "Title": title})
}

func (d *demo) somebody(n int) int { return n % len(d.world.Company.Users) }

func (d *demo) tomorrow(n int) time.Time {
	now := time.Now().In(d.zone)
	return time.Date(now.Year(), now.Month(), now.Day()+2+n%20, 7+n%10, 15, 0, 0, d.zone)
}

func raynetMoment(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-07:00") }

func opposite(side company.Side) company.Side {
	if side == company.Raynet {
		return company.Outlook
	}
	return company.Raynet
}

func side(of company.Side) string {
	if of == company.Raynet {
		return screen.Raynet("RAYNET")
	}
	return screen.Outlook("Outlook")
}

// entityOf is what the emulator calls the entity of a RAYNET record.
func entityOf(kind company.Kind, row map[string]any) string {
	switch kind {
	case company.Contacts:
		return "person"
	case company.Tasks:
		return "task"
	case company.Calendar:
	}
	return entity(row)
}

// entity is what the emulator calls the kind of an activity that is shown by its name.
func entity(row map[string]any) string {
	name := strings.ToLower(text(row["_entityName"]))
	if name == "phonecall" {
		return "phoneCall"
	}
	return name
}
