package simulator

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// acquaintances lists what people do to contact persons.
func acquaintances() []verb {
	return []verb{
		deed("RAYNET: a person is made", 5, (*world).meetInRaynet),
		deed("Outlook: a contact is made", 4, (*world).meetInOutlook),
		deed("both: one person is made twice", 1, (*world).meetTwice),
		deed("RAYNET: a person is edited", 6, func(w *world) { w.editRecord(record.Contacts, "", personSpots()) }),
		deed("Outlook: a contact is edited", 6, func(w *world) { w.editItem(record.Contacts, "", w.contactSpots()) }),
		deed("both: one person is edited", 3, func(w *world) {
			w.editItem(record.Contacts, w.editRecord(record.Contacts, "", personSpots()), w.contactSpots())
		}),
		deed("RAYNET: a person is employed", 2, (*world).employ),
		deed("RAYNET: a company is renamed", 1, (*world).renameCompany),
		deed("RAYNET: a person is deleted", 1, func(w *world) { w.removeRecord(record.Contacts) }),
		deed("Outlook: a contact is deleted", 1, func(w *world) { w.removeItem(record.Contacts) }),
		deed("Outlook: a contact is copied", 1, func(w *world) { w.copyItem(record.Contacts, w.contactSpots()[0]) }),
		deed("Outlook: a contact is moved out", 1, (*world).moveOut),
		deed("Outlook: a contact is moved in", 1, (*world).moveIn),
		deed("RAYNET: a person is handed on", 1, (*world).handOn),
		deed("RAYNET: a person is anonymised", 1, (*world).anonymise),
		deed("RAYNET: a person is archived", 1, (*world).archive),
		deed("RAYNET: two persons are merged", 1, (*world).mergePersons),
		deed("RAYNET: a person is edited in several places", 2, func(w *world) { w.severally(w.anyRecord(record.Contacts, ""))(personSpots()) }),
		deed("Outlook: a contact is edited in several places", 2, func(w *world) { w.severally(w.anyItem(record.Contacts, ""))(w.contactSpots()) }),
		deed("RAYNET: a person is written of unusually", 1, func(w *world) { w.editRecord(record.Contacts, "", unusual(personSpots())) }),
		deed("Outlook: a contact is written of unusually", 1, func(w *world) { w.editItem(record.Contacts, "", unusual(w.contactSpots())) }),
		deed("both: one place of one person is edited", 2, func(w *world) {
			w.samePlace(record.Contacts, personSpots(), w.contactSpots())
		}),
		deed("Outlook: a contact is deleted and made again", 1, (*world).remakeContact),
		deed("Outlook: a deleted contact is restored", 1, (*world).restoreContact),
		deed("Outlook: the folder is renamed", 1, func(w *world) { w.renamePlace(record.Contacts) }),
	}
}

func lastName(canary string, ink int) string { return fmt.Sprintf("%s osoba %04d", canary, ink) }

func word(what string) func(string, int) string {
	return func(canary string, ink int) string { return fmt.Sprintf("%s %s %04d", what, canary, ink) }
}

func address(canary string, ink int) string {
	return fmt.Sprintf("%s.%04d@klient.example", strings.ToLower(canary), ink)
}

func phone(_ string, ink int) string { return fmt.Sprintf("+420 777 %06d", ink) }

func webPage(canary string, ink int) string {
	return fmt.Sprintf("https://%s.example/%04d", strings.ToLower(canary), ink)
}

func birthday(_ string, ink int) string {
	return time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, ink).Format(time.DateOnly)
}

func land(of ...string) func(string, int) string {
	return func(_ string, ink int) string { return of[ink%len(of)] }
}

// plainSpot is a place that is one text of the thing itself.
func plainSpot(field record.Field, key string, value func(string, int) string) spot {
	return spot{field: field, value: value,
		read:  func(raw map[string]any) string { return stage.Text(raw[key]) },
		write: func(_ map[string]any, value string) map[string]any { return map[string]any{key: value} },
	}
}

// partSpot is a place within an object that is written whole.
func partSpot(field record.Field, key, part string, value func(string, int) string) spot {
	return spot{field: field, value: value,
		read: func(raw map[string]any) string { return stage.Text(stage.Object(raw[key])[part]) },
		write: func(raw map[string]any, value string) map[string]any {
			whole := filled(raw[key])
			if code := stage.Text(whole["countryCode"]); code != "" {
				delete(whole, "countryCode")
				whole["country"] = code
			}
			whole[part] = value
			return map[string]any{key: whole}
		},
	}
}

// personSpots are the places of a person in RAYNET; the first one is what he is known by.
func personSpots() []spot {
	last := plainSpot(record.ContactLast, "lastName", lastName)
	last.stays = true
	country := partSpot(record.ContactCountry, "privateAddress", "country", land("CZ", "SK", "DE"))
	country.common = true
	born := plainSpot(record.ContactBirthday, "birthday", birthday)
	born.write = func(_ map[string]any, value string) map[string]any {
		if value == "" {
			return map[string]any{"birthday": nil}
		}
		return map[string]any{"birthday": value}
	}
	return []spot{
		last,
		plainSpot(record.ContactFirst, "firstName", word("Jméno")),
		plainSpot(record.ContactTitleBefore, "titleBefore", word("Ing.")),
		plainSpot(record.ContactTitleAfter, "titleAfter", word("Ph.D.")),
		partSpot(record.ContactEmail1, "contactInfo", "email", address),
		partSpot(record.ContactEmail2, "contactInfo", "email2", address),
		partSpot(record.ContactWeb, "contactInfo", "www", webPage),
		numberSpot("tel1", "mobil"), numberSpot("tel2", "pevná linka"), numberSpot("tel2", "domů"),
		partSpot(record.ContactAddress, "privateAddress", "street", word("Ulice")),
		partSpot(record.ContactAddress, "privateAddress", "city", word("Město")),
		country, born,
		htmlSpot(record.ContactNotes, "notice"),
		wordSpot(record.ContactCategories, "tags"),
	}
}

// numberSpot is one of RAYNET's two places for phones. What it is for may change with the number.
func numberSpot(key, kind string) spot {
	s := partSpot("phone", "contactInfo", key, phone)
	write := s.write
	s.write = func(raw map[string]any, value string) map[string]any {
		patch := write(raw, value)
		info := stage.Object(patch["contactInfo"])
		if info[key+"Type"] = kind; value == "" {
			info[key+"Type"] = ""
		}
		return patch
	}
	return s
}

// htmlSpot is a text of several lines in RAYNET.
func htmlSpot(field record.Field, key string) spot {
	return spot{field: field, value: word("Poznámka"),
		read: func(raw map[string]any) string { return record.ParseBody(stage.Text(raw[key])).Own },
		write: func(_ map[string]any, value string) map[string]any {
			if value == "" {
				return map[string]any{key: ""}
			}
			return map[string]any{key: "<p>" + html.EscapeString(value) + "</p>"}
		},
	}
}

func (w *world) meetInRaynet() {
	owner, canary := pick(w.rng, w.users...), w.canary()
	w.newPerson(owner, canary, lastName(canary, w.ink()), address(canary, w.ink()))
}

func (w *world) newPerson(owner user, canary, name, mail string) {
	body := map[string]any{"lastName": name, "firstName": "Jan", "owner": owner.person, "contactInfo": map[string]any{"email": mail}}
	if w.rng.IntN(2) == 0 {
		body["relationship"] = map[string]any{"company": w.company(), "type": word("Funkce")(canary, w.ink())}
	}
	id, err := w.raynet.CreateAs(owner.login, "person", body)
	w.must(err)
	w.wrote(canary, record.Raynet, "", record.ContactLast, "", name)
	w.wrote(canary, record.Raynet, "", record.ContactEmail1, "", mail)
	w.say("%s makes person %d %s in RAYNET", owner.login, id, canary)
}

// meetTwice makes one person on both sides, as happens where nothing is synchronised yet.
func (w *world) meetTwice() {
	u, canary := pick(w.rng, w.users...), w.canary()
	w.ledger.doubled[canary] = true
	name, mail := lastName(canary, w.ink()), address(canary, w.ink())
	w.newPerson(u, canary, name, mail)
	w.newContact(u, canary, name, mail)
}

// company draws one of the companies there are, or founds one.
func (w *world) company() int64 {
	all := w.raynet.All("company")
	if len(all) > 0 && w.rng.IntN(4) > 0 {
		return stage.Number(pick(w.rng, all...)["id"])
	}
	id, err := w.raynet.CreateAs(w.users[0].login, "company", map[string]any{"name": fmt.Sprintf("Firma %04d", w.ink()),
		"addresses": []any{map[string]any{"address": map[string]any{"name": "Sídlo", "city": "Brno"}}}})
	w.must(err)
	return id
}

func (w *world) renameCompany() {
	all := w.raynet.All("company")
	if len(all) == 0 {
		return
	}
	c, name := pick(w.rng, all...), fmt.Sprintf("Firma %04d", w.ink())
	w.must(w.raynet.EditAs(w.users[0].login, "company", stage.Number(c["id"]), map[string]any{"name": name}))
	w.ledger.companies = append(w.ledger.companies, name)
	w.say("the company %q is %q now", stage.Text(c["name"]), name)
}

// employ gives a person in RAYNET an employer, another one, another job, or none.
func (w *world) employ() {
	t, ok := w.anyRecord(record.Contacts, "")
	if !ok {
		return
	}
	author, id := pick(w.rng, w.users...).login, stage.Number(t.raw["id"])
	now := stage.Object(t.raw["primaryRelationship"])
	job := word("Funkce")(t.canary, w.ink())
	path := fmt.Sprintf("person/%d/relationship/", id)
	relation := map[string]any{"company": w.company(), "type": job}
	if w.locked() {
		return
	}
	switch what := w.rng.IntN(4); {
	case now == nil:
		w.must(w.raynet.ActAs(author, http.MethodPut, path, relation))
	case what == 0:
		w.must(w.raynet.ActAs(author, http.MethodDelete, path+fmt.Sprint(stage.Number(now["id"])), nil))
		job = ""
	default:
		w.must(w.raynet.ActAs(author, http.MethodPost, path+fmt.Sprint(stage.Number(now["id"])), relation))
	}
	w.wrote(t.canary, record.Raynet, "", record.ContactJob, stage.Text(now["type"]), job)
	w.say("%s employs %s in RAYNET as %q", author, t.canary, job)
}

// locked reports whether somebody has locked every record in RAYNET: not even people can press a button then.
func (w *world) locked() bool {
	return slices.ContainsFunc(w.raynet.Faults(), func(f raynetemu.NamedFault) bool { return f.On && f.Name == "raynet-locked" })
}

// handOn gives a person another owner.
func (w *world) handOn() {
	t, ok := w.anyRecord(record.Contacts, "")
	if !ok {
		return
	}
	to := pick(w.rng, w.users...)
	before := stage.Number(stage.Object(t.raw["owner"])["id"])
	w.must(w.raynet.EditAs(w.users[0].login, "person", stage.Number(t.raw["id"]), map[string]any{"owner": to.person}))
	for _, u := range w.users {
		if u.person == before && u.person != to.person {
			w.ledger.takenOff[itemKey(u.mailbox, t.canary)] = true
		}
	}
	w.ledger.giveBack(itemKey(to.mailbox, t.canary))
	w.say("%s is %s's now", t.canary, to.login)
}

// press does to a person what RAYNET has a button for.
func (w *world) press(t thing, what string) {
	w.must(w.raynet.ActAs(w.users[0].login, http.MethodPost, "person/"+t.ref.ID+"/"+what, nil))
}

func (w *world) anonymise() {
	t, ok := w.anyRecord(record.Contacts, "")
	if !ok || w.locked() {
		return
	}
	w.press(t, "anonymize")
	w.ledger.erased[t.canary], w.ledger.erasedAt[t.canary] = true, w.clock.Now()
	w.ledger.keyless[t.canary] = w.madeByUs(t) && len(stage.List(t.raw["extIds"])) == 0
	w.say("%s %s is anonymised", t.ref.ID, t.canary)
}

// madeByUs reports whether the product made a record.
func (w *world) madeByUs(t thing) bool {
	return slices.ContainsFunc(w.raynet.History(), func(write raynetemu.Write) bool {
		return write.Source == "api" && write.Op == raynetemu.OpCreate && fmt.Sprint(write.ID) == t.ref.ID
	})
}

// archive makes a person invalid, or valid again.
func (w *world) archive() {
	t, ok := w.anyRecord(record.Contacts, "")
	if !ok || w.locked() {
		return
	}
	what := "invalid"
	if stage.Text(t.raw["rowInfo.rowAccess"]) == "INVALID" {
		what = "valid"
	}
	w.press(t, what)
	w.say("%s is made %s", t.canary, what)
}

// mergePersons makes one person of two; the second one is deleted with it.
func (w *world) mergePersons() {
	all := w.records(record.Contacts)
	if len(all) < 2 || w.locked() {
		return
	}
	at := w.rng.Perm(len(all))
	target, source := all[at[0]], all[at[1]]
	w.press(target, "merge/"+source.ref.ID)
	w.leaves(source)
	w.ledger.copied[source.canary] = true
	w.say("%s is merged into %s in RAYNET", source.canary, target.canary)
}
