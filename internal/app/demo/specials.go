package demo

import (
	"fmt"
	"net/http"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/remote/chaos"
)

// specials are the unusual scenes, in the order in which they come up.
func (d *demo) specials() []func(n int) (scene, bool) {
	return []func(int) (scene, bool){
		d.deletion, d.movedOut, d.reassigned, d.private, d.clash,
		func(n int) (scene, bool) {
			return d.faulty(n, "lost-reply", chaos.Fault{Effect: chaos.EffectLoseAnswer})
		},
		d.recurring, d.hidden,
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
		for _, it := range d.items(company.Calendar, company.Outlook, user) {
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
	before := len(d.raynetOf(company.Calendar, user))
	if _, err := d.world.Outlook.CreateAs(who.Email, map[string]any{"subject": "Zubař", "sensitivity": "private",
		"categories": []any{"RAYNET"}, "start": moment(start), "end": moment(start.Add(time.Hour))}); err != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "private", ""), after: 3 * time.Second, arrived: func() (string, bool) {
		return d.t("arrived.private", args{"Side": side(company.Raynet)}), len(d.raynetOf(company.Calendar, user)) == before
	}}, true
}

// deletion removes something from RAYNET: its copy goes too, once that is proven.
func (d *demo) deletion(n int) (scene, bool) {
	mine, other, user, ok := d.linked(n)
	if !ok || d.world.Raynet.DeleteAs(d.world.Company.Users[user].Email, entity(mine.raw), mine.raw["id"].(int64)) != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "deletion", mine.title), title: mine.title, arrived: func() (string, bool) {
		_, there := d.items(company.Calendar, company.Outlook, user)[other.id]
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
		_, kept := d.items(company.Calendar, company.Raynet, user)[mine.id]
		_, again := d.counterpart(mine, d.items(company.Calendar, company.Outlook, user))
		return d.t("arrived.hidden", args{"Side": side(company.Raynet)}), kept && !again
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
		both := d.items(company.Calendar, company.Raynet, user)[mine.id].shown["place"] == raynet && d.items(company.Calendar, company.Outlook, user)[other.id].shown["place"] == raynet
		return d.t("arrived.clash", args{"Kept": raynet, "Lost": outlook}), both
	}}, true
}

// linked finds something ahead of us that a user owns, that is on both sides, and that nobody else is invited to.
func (d *demo) linked(n int) (mine, other item, user int, ok bool) {
	for i := range d.world.Company.Users {
		user = d.somebody(n + i)
		others := d.items(company.Calendar, company.Outlook, user)
		var fitting [][2]item
		for _, it := range sorted(d.items(company.Calendar, company.Raynet, user)) {
			kind := entity(it.raw)
			copied, found := d.counterpart(it, others)
			attendees, _ := copied.raw["attendees"].([]any)
			if found && d.bornInRaynet(it) && d.copied(copied) && len(participants(it.raw)) == 1 && len(attendees) == 0 && text(it.raw["status"]) == "SCHEDULED" && (kind == "meeting" || kind == "event") &&
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
