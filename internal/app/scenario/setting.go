package scenario

import (
	"fmt"
	"strconv"
	"time"

	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// settings are the lines that say who there is and how the product is configured. They stand before the first synchronisation.
func settings() []statement {
	return []statement{
		{"PERSON {who}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], home) }},
		{"PERSON {who} in zone {word}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], a[1]) }},
		{"COMPANY {title}", func(w *world, a []string, _ []string) error {
			id, err := w.raynet.CreateAs(w.people[0].login, "company", map[string]any{"name": a[0]})
			w.known[a[0]] = id
			return err
		}},
		{"CONTACT {title} {word}", func(w *world, a []string, _ []string) error { return w.addContact(a[0], a[1], "") }},
		{"CONTACT {title} {word} of {title}", func(w *world, a []string, _ []string) error { return w.addContact(a[0], a[1], a[2]) }},
		{"SETTING preset {word}", func(w *world, a []string, _ []string) error { return w.preset(a[0]) }},
		{"SETTING clashes: {what}", func(w *world, a []string, _ []string) error {
			rule, ok := map[string]pair.Clash{"RAYNET wins": pair.RaynetWins, "Outlook wins": pair.OutlookWins, "ask": pair.Ask}[a[0]]
			if !ok {
				return fmt.Errorf("a clash is decided by: RAYNET wins, Outlook wins, ask")
			}
			w.rules.Clash = rule
			return nil
		}},
		{"SETTING copies are kept", func(w *world, _ []string, _ []string) error {
			w.rules.RemoveCopies = false
			return nil
		}},
		{"RAYNET refuses external ids", func(w *world, _ []string, _ []string) error {
			w.raynet.Switch(func(s *raynetemu.Switches) { s.ExtIDOnCreate = raynetemu.Refuse })
			return nil
		}},
		{"RAYNET ignores external ids", func(w *world, _ []string, _ []string) error {
			w.raynet.Switch(func(s *raynetemu.Switches) { s.ExtIDOnCreate = raynetemu.Ignore })
			return nil
		}},
		{"PASS {n} {word}", func(w *world, a []string, _ []string) error { return w.pass(a[0], a[1]) }},
	}
}

func (w *world) addPerson(name, zone string) error {
	if _, err := time.LoadLocation(zone); err != nil {
		return err
	}
	login := string(record.Line(name)) + domain
	id, _ := w.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", home)
	mailbox := w.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name + " Vzorová"})
	w.people = append(w.people, &person{name: name, login: login, mailbox: mailbox, zone: zone, id: id})
	w.known[name] = id
	if w.store != nil {
		return w.enrol()
	}
	return nil
}

func (w *world) addContact(name, address, company string) error {
	body := map[string]any{"lastName": name, "contactInfo": map[string]any{"email": address}}
	if company != "" {
		body["relationship"] = map[string]any{"company": w.known[company], "type": "jednatel"}
	}
	id, err := w.raynet.CreateAs(w.people[0].login, "person", body)
	w.known[name] = id
	return err
}

func (w *world) preset(name string) error {
	switch name {
	case "standard":
	case "careful":
		w.rules.Flow = record.ToOutlook
		w.config.NothingOffered = true
	case "everything":
		w.config.EverythingOffered = true
	default:
		return fmt.Errorf("the presets are standard, careful and everything")
	}
	return nil
}

func (w *world) pass(amount, unit string) error {
	n, err := strconv.Atoi(amount)
	if err != nil {
		return err
	}
	length := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	one, ok := length[unit]
	if !ok && len(unit) > 1 {
		one, ok = length[unit[:len(unit)-1]]
	}
	if !ok {
		return fmt.Errorf("time passes in seconds, minutes, hours or days")
	}
	w.clock.advance(time.Duration(n) * one)
	return nil
}

// inRaynet finds the one activity with a title.
func (w *world) inRaynet(title string) (map[string]any, error) {
	found := w.allInRaynet(title)
	if len(found) != 1 {
		return nil, fmt.Errorf("RAYNET has %d activities called %q", len(found), title)
	}
	return found[0], nil
}

func (w *world) allInRaynet(title string) []map[string]any {
	var found []map[string]any
	for _, a := range w.raynet.All("activity") {
		if text(a["title"]) == title {
			found = append(found, a)
		}
	}
	return found
}

// inOutlook finds the one event with a subject in a mailbox.
func (w *world) inOutlook(p *person, title string) (map[string]any, error) {
	found := w.allInOutlook(p, title)
	if len(found) != 1 {
		return nil, fmt.Errorf("the mailbox of %s has %d events called %q", p.name, len(found), title)
	}
	return found[0], nil
}

func (w *world) allInOutlook(p *person, title string) []map[string]any {
	var found []map[string]any
	for _, e := range w.outlook.All(p.mailbox) {
		if text(e["subject"]) == title {
			found = append(found, e)
		}
	}
	return found
}

// titleOf names a thing as people know it.
func (w *world) titleOf(refs ...remote.Ref) string {
	for _, ref := range refs {
		if title, ok := w.titles[ref]; ok && title != "" {
			return title
		}
	}
	return ""
}
