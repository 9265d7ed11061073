package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"raynetsync/internal/engine/pair"
	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// settings are the lines that say who there is and how the product is configured. They stand before the first synchronisation.
func settings() []statement {
	return []statement{
		{"PERSON {who}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], home, "") }},
		{"PERSON {who} with {word}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], home, a[1]) }},
		{"PERSON {who} in zone {word}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], a[1], "") }},
		{"PERSON {who} in zone {word} with {word}", func(w *world, a []string, _ []string) error { return w.addPerson(a[0], a[1], a[2]) }},
		{"COMPANY {title}", func(w *world, a []string, _ []string) error { return w.addCompany(a[0], "") }},
		{"COMPANY {title}: {what}", func(w *world, a []string, _ []string) error { return w.addCompany(a[0], a[1]) }},
		{"CONTACT {title} {word}", func(w *world, a []string, _ []string) error { return w.addContact(a[0], a[1], "") }},
		{"CONTACT {title} {word} of {title}", func(w *world, a []string, _ []string) error { return w.addContact(a[0], a[1], a[2]) }},
		{"SETTING preset {word}", func(w *world, a []string, _ []string) error { return w.preset(a[0]) }},
		{"SETTING clashes: {what}", func(w *world, a []string, _ []string) error {
			rule, ok := map[string]pair.Clash{"RAYNET wins": pair.RaynetWins, "Outlook wins": pair.OutlookWins, "ask": pair.Ask}[a[0]]
			if !ok {
				return fmt.Errorf("a clash is decided by: RAYNET wins, Outlook wins, ask")
			}
			w.rule(func(r *pair.Rules) { r.Clash = rule })
			return nil
		}},
		{"SETTING copies are kept", func(w *world, _ []string, _ []string) error {
			w.rule(func(r *pair.Rules) { r.RemoveCopies = false })
			return nil
		}},
		{"SETTING contacts: {what}", func(w *world, a []string, _ []string) error {
			w.chosen = a[0]
			return nil
		}},
		{"SETTING pictures are copied", func(w *world, _ []string, _ []string) error {
			w.pictures = true
			return nil
		}},
		{"SETTING the default contact folder is matched", func(w *world, _ []string, _ []string) error {
			w.config.MatchDefaultFolder = true
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

// addPerson makes a user whose calendar is synchronised, and with it what with names: contacts, tasks or everything.
func (w *world) addPerson(name, zone, with string) error {
	if _, err := time.LoadLocation(zone); err != nil {
		return err
	}
	kinds := slices.DeleteFunc(record.Kinds(), func(kind record.Kind) bool {
		return kind != record.Calendar && with != "everything" && with != string(kind)
	})
	if with != "" && len(kinds) == 1 {
		return fmt.Errorf("a person has a calendar, and may have contacts, tasks or everything")
	}
	login := string(record.Line(name)) + domain
	id, _ := w.raynet.AddUser(map[string]any{"firstName": name, "lastName": "Vzorová", "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", home)
	mailbox := w.outlook.AddMailbox(map[string]any{"userPrincipalName": login, "mail": login, "displayName": name + " Vzorová"})
	w.people = append(w.people, &person{name: name, login: login, mailbox: mailbox, zone: zone, id: id, kinds: kinds, pairs: map[record.Kind]int64{}})
	w.known[name] = id
	if w.store != nil {
		return w.enrol()
	}
	return nil
}

// rule changes the rules of every kind.
func (w *world) rule(change func(*pair.Rules)) {
	for _, kind := range record.Kinds() {
		rules := w.rules[kind]
		change(&rules)
		w.rules[kind] = rules
	}
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
		w.rule(func(r *pair.Rules) { r.Flow = record.ToOutlook })
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
	w.clock.Advance(time.Duration(n) * one)
	return nil
}
