package demo

import (
	"time"

	"raynetsync/internal/app/company"
)

// The unusual scenes of contacts and tasks.

// movedOut puts a contact into the user's own folder: RAYNET keeps the person, and no other copy is made.
func (d *demo) movedOut(n int) (scene, bool) {
	mine, other, user, ok := d.shared(n, company.Contacts)
	if !ok {
		return scene{}, false
	}
	mailbox, own := d.world.Company.Users[user].Email, ""
	for _, folder := range d.world.Outlook.ContactFolders(mailbox) {
		if folder["isDefault"] == true {
			own = text(folder["id"])
		}
	}
	if d.world.Outlook.MoveContactAs(mailbox, other.id, own) != nil {
		return scene{}, false
	}
	return scene{said: d.said(user, "moved-out", mine.title), title: mine.title, after: 4 * time.Second, arrived: func() (string, bool) {
		_, kept := d.items(company.Contacts, company.Raynet, user)[mine.id]
		_, again := d.counterpart(mine, d.items(company.Contacts, company.Outlook, user))
		return d.t("arrived.hidden", args{"Side": side(company.Raynet)}), kept && !again
	}}, true
}

// reassigned gives a task to a colleague: it leaves one list and comes into the other.
func (d *demo) reassigned(n int) (scene, bool) {
	mine, _, user, ok := d.shared(n, company.Tasks)
	colleague := d.somebody(user + 1)
	if !ok || colleague == user {
		return scene{}, false
	}
	from, to := d.world.Company.Users[user], d.world.Company.Users[colleague]
	patch := map[string]any{"participants": []any{map[string]any{"id": resolver(mine.raw)["id"], "person": d.world.IDs.Users[colleague]}}}
	if d.world.Raynet.EditAs(from.Email, "task", mine.raw["id"].(int64), patch) != nil {
		return scene{}, false
	}
	key := "said.reassigned"
	if from.Female {
		key += ".female"
	}
	said := d.t(key, args{"Name": from.Name(), "Title": mine.title, "Colleague": to.Name()})
	return scene{said: said, title: mine.title, arrived: func() (string, bool) {
		_, there := d.counterpart(mine, d.items(company.Tasks, company.Outlook, colleague))
		_, still := d.counterpart(mine, d.items(company.Tasks, company.Outlook, user))
		return d.t("arrived.reassigned", args{"Side": side(company.Outlook), "Colleague": to.Name()}), there && !still
	}}, true
}

// recurring completes a task that comes again: it rolls on and leaves a copy, and neither makes a twin in RAYNET.
func (d *demo) recurring(n int) (scene, bool) {
	for i := range d.world.Company.Users {
		user := d.somebody(n + i)
		for _, it := range sorted(d.items(company.Tasks, company.Outlook, user)) {
			if it.raw["recurrence"] == nil {
				continue
			}
			before := d.titled(user, it.title)
			if d.world.Outlook.EditTaskAs(d.world.Company.Users[user].Email, it.id, map[string]any{"status": "completed"}) != nil {
				return scene{}, false
			}
			return scene{said: d.said(user, "recurring", it.title), title: it.title, after: 4 * time.Second, arrived: func() (string, bool) {
				return d.t("arrived.recurring", args{"Side": side(company.Raynet)}), d.titled(user, it.title) == before
			}}, true
		}
	}
	return scene{}, false
}

// titled counts a user's RAYNET tasks with a title.
func (d *demo) titled(user int, title string) int {
	count := 0
	for _, it := range d.items(company.Tasks, company.Raynet, user) {
		if it.title == title {
			count++
		}
	}
	return count
}

// shared finds something of a kind that a user has on both sides: of the tasks an open one that he gave himself.
func (d *demo) shared(n int, kind company.Kind) (mine, other item, user int, ok bool) {
	for i := range d.world.Company.Users {
		user = d.somebody(n + i)
		others := d.items(kind, company.Outlook, user)
		var fitting [][2]item
		for _, it := range sorted(d.items(kind, company.Raynet, user)) {
			copied, found := d.counterpart(it, others)
			open := kind != company.Tasks || owner(it.raw) == d.world.IDs.Users[user] && text(it.raw["status"]) == "NEW" && it.start.After(time.Now())
			if found && open {
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
