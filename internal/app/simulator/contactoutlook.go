package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// meetInOutlook makes a contact in our folder.
func (w *world) meetInOutlook() {
	u, canary := pick(w.rng, w.users...), w.canary()
	w.newContact(u, canary, lastName(canary, w.ink()), address(canary, w.ink()))
}

func (w *world) newContact(u user, canary, name, mail string) {
	body := map[string]any{"surname": name, "givenName": "Jan", "displayName": "Jan " + name, "parentFolderId": w.placeOf(u, record.Contacts),
		"emailAddresses": []any{map[string]any{"address": mail, "name": name}}}
	for _, s := range w.contactSpots()[1:] {
		if w.rng.IntN(5) > 0 || s.field == record.ContactFirst || s.field == record.ContactEmail1 {
			continue
		}
		value := s.value(canary, w.ink())
		maps.Copy(body, s.write(body, value))
		if !s.common {
			w.wrote(canary, record.Outlook, u.mailbox, s.field, "", value)
		}
	}
	made, err := w.outlook.CreateContactAs(u.mailbox, body)
	w.must(err)
	w.wrote(canary, record.Outlook, u.mailbox, record.ContactLast, "", name)
	w.wrote(canary, record.Outlook, u.mailbox, record.ContactEmail1, "", mail)
	w.say("%s makes contact %s %s in Outlook", u.login, made["id"], canary)
}

// contactSpots are the places of a contact in Outlook; the first one is what he is known by.
func (w *world) contactSpots() []spot {
	last := plainSpot(record.ContactLast, "surname", lastName)
	last.stays = true
	country := partSpot(record.ContactCountry, "homeAddress", "countryOrRegion", land("Slovensko", "Germany", "Atlantida", "CZ"))
	country.common = true
	born := plainSpot(record.ContactBirthday, "birthday", birthday)
	born.read = func(raw map[string]any) string {
		day, _, _ := strings.Cut(stage.Text(raw["birthday"]), "T")
		return day
	}
	born.write = func(_ map[string]any, value string) map[string]any {
		if value == "" {
			return map[string]any{"birthday": nil}
		}
		return map[string]any{"birthday": value + "T11:59:00Z"}
	}
	names := []string{"Neznámá s.r.o."}
	for _, c := range w.raynet.All("company") {
		names = append(names, stage.Text(c["name"]))
	}
	employer := plainSpot(record.ContactCompany, "companyName", land(names...))
	employer.common = true
	return []spot{
		last,
		plainSpot(record.ContactFirst, "givenName", word("Jméno")),
		plainSpot(record.ContactTitleBefore, "title", word("Ing.")),
		plainSpot(record.ContactTitleAfter, "generation", word("Ph.D.")),
		plainSpot(record.ContactJob, "jobTitle", word("Funkce")), employer,
		mailSpot(record.ContactEmail1, 0), mailSpot(record.ContactEmail2, 1), mailSpot("email-3", 2),
		plainSpot(record.ContactMobile, "mobilePhone", phone),
		lineSpot(record.ContactWork1, "businessPhones", 0), lineSpot(record.ContactWork2, "businessPhones", 1), lineSpot(record.ContactHome1, "homePhones", 0),
		plainSpot(record.ContactWeb, "businessHomePage", webPage),
		partSpot(record.ContactAddress, "homeAddress", "street", word("Ulice")),
		partSpot(record.ContactAddress, "homeAddress", "city", word("Město")),
		country, born, notesSpot(),
		wordSpot(record.ContactCategories, "categories"),
	}
}

// entrySpot is a place in a list; the last ones move up where one before them goes.
func entrySpot(field record.Field, key string, at int, value func(string, int) string, read func(any) string, entry func(string) any) spot {
	return spot{field: field, value: value,
		read: func(raw map[string]any) string {
			if all := stage.List(raw[key]); at < len(all) {
				return read(all[at])
			}
			return ""
		},
		write: func(raw map[string]any, value string) map[string]any {
			all := stage.List(raw[key])
			switch {
			case at >= len(all) && value != "":
				all = append(all, entry(value))
			case at >= len(all):
			case value == "":
				all = slices.Delete(all, at, at+1)
			default:
				all[at] = entry(value)
			}
			if all == nil {
				all = []any{}
			}
			return map[string]any{key: all}
		},
	}
}

func mailSpot(field record.Field, at int) spot {
	return entrySpot(field, "emailAddresses", at, address,
		func(v any) string { return stage.Text(stage.Object(v)["address"]) },
		func(value string) any { return map[string]any{"address": value, "name": value} })
}

func lineSpot(field record.Field, key string, at int) spot {
	return entrySpot(field, key, at, phone, stage.Text, func(value string) any { return value })
}

// notesSpot is what a person writes above our block.
func notesSpot() spot {
	return spot{field: record.ContactNotes, value: word("Poznámka"),
		read: func(raw map[string]any) string { return record.ParsePlain(stage.Text(raw["personalNotes"])).Own },
		write: func(raw map[string]any, value string) map[string]any {
			return map[string]any{"personalNotes": record.ComposePlain(stage.Text(raw["personalNotes"]), &value, nil)}
		},
	}
}

// moveOut moves a contact to another folder: to us that is as good as deleted.
func (w *world) moveOut() {
	t, ok := w.anyItem(record.Contacts, "")
	if !ok {
		return
	}
	other, err := w.outlook.CreateContactFolderAs(t.user.mailbox, fmt.Sprintf("Jiné %d", w.ink()))
	w.must(err)
	w.must(w.outlook.MoveContactAs(t.user.mailbox, t.ref.ID, other))
	w.leaves(t)
	w.say("%s moves %s %s to another folder", t.user.login, t.ref.ID, t.canary)
}

// moveIn moves a contact back from another folder.
func (w *world) moveIn() {
	u := pick(w.rng, w.users...)
	place := w.placeOf(u, record.Contacts)
	var away []thing
	for _, t := range w.anywhere(u, record.Contacts) {
		if w.lies(t) != place {
			away = append(away, t)
		}
	}
	if len(away) == 0 {
		return
	}
	t := pick(w.rng, away...)
	w.fetch(u, t.kind, t.ref.ID, t.canary)
	w.must(w.outlook.MoveContactAs(u.mailbox, t.ref.ID, place))
	delete(w.ledger.removed, t.key())
	if w.ledger.erased[t.canary] {
		w.ledger.copied[t.canary] = true // who brings somebody back whom RAYNET forgot keeps him himself
	}
	w.say("%s moves %s %s back", u.login, t.ref.ID, t.canary)
}
