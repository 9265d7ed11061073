package demo

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/remote/chaos"
)

// ordinary lets somebody make one of the company's edits. It reports false if there is nothing that it fits, or the service
// does not take it (a record that somebody else just removed).
func (d *demo) ordinary(edit company.Edit) (scene, bool) {
	other := opposite(edit.Side)
	before := d.items(other, edit.User)
	var row map[string]any
	if edit.Op != company.Create {
		var rows []map[string]any
		for _, it := range sorted(d.items(edit.Side, edit.User)) {
			rows = append(rows, it.raw)
		}
		i := edit.Choose(rows)
		if i < 0 {
			return scene{}, false
		}
		row = rows[i]
	}
	counterpart, linked := d.counterpart(edit.Side, row, before)
	if row != nil && !linked {
		return scene{}, false
	}
	if edit.Side == company.Outlook && edit.Op == company.Change && entity(counterpart.raw) == "phoneCall" && edit.Patch(row)["location"] != nil {
		return scene{}, false // RAYNET's calls have no place
	}
	said := edit.Say(d.Texts.Lang(), row)
	mine := d.items(edit.Side, edit.User)
	title, err := d.do(edit, row)
	if err != nil {
		return scene{}, false
	}
	if edit.Op == company.Change && !d.changed(mine, d.items(edit.Side, edit.User)) {
		return scene{}, false // a place that it had already
	}
	if edit.Op == company.Delete {
		return scene{said: said, title: title, arrived: func() (string, bool) {
			_, there := d.items(other, edit.User)[counterpart.id]
			return d.t("arrived.deleted", args{"Side": side(other)}), !there
		}}, true
	}
	return scene{said: said, title: title, arrived: func() (string, bool) {
		return d.arrival(other, edit.User, title, before, counterpart.id)
	}}, true
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

// arrival looks for what an edit brought about on a side: a new item with the title, or a difference in the counterpart.
func (d *demo) arrival(on company.Side, user int, title string, before map[string]item, id string) (string, bool) {
	now := d.items(on, user)
	if id != "" {
		changes := d.differences(before[id], now[id])
		return side(on) + ": " + changes, changes != ""
	}
	for _, it := range sorted(now) {
		if _, known := before[it.id]; !known && it.title == title {
			return d.t("arrived.created", args{"Side": side(on), "Time": it.shown["time"]}), true
		}
	}
	return "", false
}

// do makes an edit and returns the title that the item has then.
func (d *demo) do(edit company.Edit, row map[string]any) (title string, err error) {
	user := d.world.Company.Users[edit.User].Email
	if edit.Op == company.Create {
		title = edit.Title(nil)
		if edit.Side == company.Raynet {
			_, err = d.world.Raynet.CreateAs(user, edit.Entity, edit.Activity.Body(d.world.IDs))
			return title, err
		}
		_, err = d.world.Outlook.CreateAs(user, edit.Event.Body)
		return title, err
	}
	if edit.Side == company.Outlook {
		return edit.Title(row), d.world.Outlook.EditAs(user, text(row["id"]), edit.Patch(row))
	}
	id, _ := row["id"].(int64)
	if edit.Op == company.Delete {
		return edit.Title(row), d.world.Raynet.DeleteAs(user, entity(row), id)
	}
	return edit.Title(row), d.world.Raynet.EditAs(user, entity(row), id, edit.Patch(row))
}

// counterpart finds the item of the other side that shows the same thing: the only one with its title and its beginning.
func (d *demo) counterpart(from company.Side, row map[string]any, others map[string]item) (item, bool) {
	if row == nil {
		return item{}, false
	}
	mine := d.raynetItem
	if from == company.Outlook {
		mine = d.outlookItem
	}
	this := mine(row)
	var found []item
	for _, it := range sorted(others) {
		if it.title == this.title && it.start.Equal(this.start) && text(it.raw["type"]) != "seriesMaster" {
			found = append(found, it)
		}
	}
	if len(found) != 1 {
		return item{}, false
	}
	return found[0], true
}

// specials are the unusual scenes, in the order in which they come up.
func (d *demo) specials() []func(n int) (scene, bool) {
	return []func(int) (scene, bool){
		d.deletion, d.private, d.clash,
		func(n int) (scene, bool) {
			return d.faulty(n, "lost-reply", chaos.Fault{Effect: chaos.EffectLoseAnswer})
		},
		d.hidden,
		func(n int) (scene, bool) {
			return d.faulty(n, "throttled", chaos.Fault{Effect: chaos.EffectStatus, Status: http.StatusTooManyRequests,
				Header: map[string]string{"Retry-After": "2"}, Body: `{"error":{"code":"ApplicationThrottled","message":"Too many requests."}}`})
		},
	}
}

// faulty creates a RAYNET meeting whose copy Outlook makes difficult.
func (d *demo) faulty(n int, key string, fault chaos.Fault) (scene, bool) {
	user, title := d.somebody(n), fmt.Sprintf("Kontrolní den č. %d", n)
	fault.Name, fault.Method, fault.BodyContains, fault.Times = "demo", http.MethodPost, title, 1
	if err := d.world.InjectCustom(emulation.Graph, fault); err != nil {
		return scene{}, false
	}
	who := d.world.Company.Users[user]
	start := d.tomorrow(n)
	if _, err := d.world.Raynet.CreateAs(who.Email, "meeting", map[string]any{"title": title, "priority": "DEFAULT", "status": "SCHEDULED",
		"owner": d.world.IDs.Users[user], "scheduledFrom": raynetMoment(start), "scheduledTill": raynetMoment(start.Add(time.Hour))}); err != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, key, title), title: title, arrived: func() (string, bool) {
		copies := 0
		for _, it := range d.items(company.Outlook, user) {
			if it.title == title {
				copies++
			}
		}
		return d.t("arrived.one-copy", args{"Side": side(company.Outlook)}), copies == 1
	}, after: time.Second}, true
}

// private enters something in Outlook that is nobody else's business, although its category offers it.
func (d *demo) private(n int) (scene, bool) {
	user, start := d.somebody(n), d.tomorrow(n)
	who := d.world.Company.Users[user]
	moment := func(t time.Time) map[string]any {
		return map[string]any{"dateTime": t.UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
	}
	before := len(d.raynetOf(user))
	if _, err := d.world.Outlook.CreateAs(who.Email, map[string]any{"subject": "Zubař", "sensitivity": "private",
		"categories": []any{"RAYNET"}, "start": moment(start), "end": moment(start.Add(time.Hour))}); err != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "private", ""), after: 3 * time.Second, arrived: func() (string, bool) {
		return d.t("arrived.private", args{"Side": side(company.Raynet)}), len(d.raynetOf(user)) == before
	}}, true
}

// deletion removes something from RAYNET: its copy goes too, once that is proven.
func (d *demo) deletion(n int) (scene, bool) {
	mine, other, user, ok := d.linked(n)
	if !ok || d.world.Raynet.DeleteAs(d.world.Company.Users[user].Email, entity(mine.raw), mine.raw["id"].(int64)) != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "deletion", mine.title), title: mine.title, arrived: func() (string, bool) {
		_, there := d.items(company.Outlook, user)[other.id]
		return d.t("arrived.deleted", args{"Side": side(company.Outlook)}), !there
	}}, true
}

// hidden removes the copy in Outlook: RAYNET keeps its record, and the copy is not made again.
func (d *demo) hidden(n int) (scene, bool) {
	mine, other, user, ok := d.linked(n)
	if !ok || d.world.Outlook.DeleteAs(d.world.Company.Users[user].Email, other.id) != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "hidden", mine.title), title: mine.title, after: 4 * time.Second, arrived: func() (string, bool) {
		_, kept := d.items(company.Raynet, user)[mine.id]
		for _, it := range d.items(company.Outlook, user) {
			kept = kept && it.title != mine.title
		}
		return d.t("arrived.hidden", args{"Side": side(company.Raynet)}), kept
	}}, true
}

// clash changes the place on both sides at once.
func (d *demo) clash(n int) (scene, bool) {
	mine, other, user, ok := d.linked(n)
	if !ok {
		return scene{}, false
	}
	who := d.world.Company.Users[user].Email
	raynet, outlook := fmt.Sprintf("Zasedačka %d", n), fmt.Sprintf("Kavárna %d", n)
	if d.world.Raynet.EditAs(who, entity(mine.raw), mine.raw["id"].(int64), map[string]any{"meetingPlace": raynet}) != nil ||
		d.world.Outlook.EditAs(who, other.id, map[string]any{"location": map[string]any{"displayName": outlook}}) != nil {
		return scene{}, false
	}
	said := d.t("said.clash", args{"Name": d.world.Company.Users[user].Name(), "Title": mine.title, "Raynet": raynet, "Outlook": outlook})
	return scene{said: said, title: mine.title, arrived: func() (string, bool) {
		both := d.items(company.Raynet, user)[mine.id].shown["place"] == raynet && d.items(company.Outlook, user)[other.id].shown["place"] == raynet
		return d.t("arrived.clash", args{"Kept": raynet, "Lost": outlook}), both
	}}, true
}

// linked finds something ahead of us that a user owns, that is on both sides, and that nobody else is invited to.
func (d *demo) linked(n int) (mine, other item, user int, ok bool) {
	for i := range d.world.Company.Users {
		user = d.somebody(n + i)
		others := d.items(company.Outlook, user)
		var fitting [][2]item
		for _, it := range sorted(d.items(company.Raynet, user)) {
			participants, _ := it.raw["participants"].([]map[string]any)
			kind := entity(it.raw)
			copied, found := d.counterpart(company.Raynet, it.raw, others)
			attendees, _ := copied.raw["attendees"].([]any)
			if found && len(participants) == 0 && len(attendees) == 0 && text(it.raw["status"]) == "SCHEDULED" && (kind == "meeting" || kind == "event") &&
				it.start.After(time.Now().Add(24*time.Hour)) && text(copied.raw["type"]) == "singleInstance" {
				fitting = append(fitting, [2]item{it, copied})
			}
		}
		if len(fitting) > 0 {
			chosen := fitting[n%len(fitting)]
			return chosen[0], chosen[1], user, true
		}
	}
	return item{}, item{}, 0, false
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

// entity is what the emulator calls the kind of an activity that is shown by its name.
func entity(row map[string]any) string {
	name := strings.ToLower(text(row["_entityName"]))
	if name == "phonecall" {
		return "phoneCall"
	}
	return name
}
