package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// This file knows what is said of persons and companies in RAYNET; contactoutlook.go knows what is said of contacts.

// personText lists what RAYNET holds as one text of the person itself.
func personText() map[string]string {
	return map[string]string{"title before": "titleBefore", "first name": "firstName", "last name": "lastName", "title after": "titleAfter",
		"birthday": "birthday"}
}

// reachText lists what RAYNET holds in contactInfo, phones aside.
func reachText() map[string]string {
	return map[string]string{"e-mail": "email", "second e-mail": "email2", "web": "www"}
}

// phoneTypes are the phones that can be said, with the type that RAYNET writes beside each.
func phoneTypes() map[string]string {
	return map[string]string{"mobile": "mobil", "work phone": "pevná linka", "second work phone": "pevná linka", "home phone": "domů", "second home phone": "domů"}
}

// splitName parts "Petr Malý" into first and last name; a single word is a last name.
func splitName(name string) (first, last string) {
	at := strings.LastIndex(name, " ")
	return name[:max(at, 0)], name[at+1:]
}

// place reads "Dlouhá 1, Brno, 602 00".
func place(said string) record.Address {
	parts := append(strings.Split(said, ", "), "", "")
	return record.Address{Street: parts[0], City: parts[1], Zip: parts[2]}
}

// placeWords says an address as place reads it.
func placeWords(street, city, zip any) string {
	parts := []string{stage.Text(street), stage.Text(city), stage.Text(zip)}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ", ")
}

func copied(v any) map[string]any {
	out := map[string]any{}
	for key, value := range stage.Object(v) {
		if value != nil {
			out[key] = value
		}
	}
	return out
}

// personBody turns what is said of a person into RAYNET's own JSON. before is the person as it is, nil for a new one. Employer and
// job are a record of their own: see employ.
func (w *world) personBody(said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body, reach, home := map[string]any{}, copied(before["contactInfo"]), copied(before["privateAddress"])
	var tags []string
	for _, a := range list {
		key, plain := personText()[a.name]
		field, reaches := reachText()[a.name]
		kind, phone := phoneTypes()[a.name]
		switch {
		case a.name == "title":
			body["firstName"], body["lastName"] = splitName(a.value)
		case plain:
			body[key] = a.value
		case reaches:
			reach[field] = a.value
		case phone:
			if err := setPhone(reach, a, kind); err != nil {
				return nil, err
			}
		case a.name == "phone":
			reach["tel1"], reach["tel1Type"] = a.value, ""
		case a.name == "notes":
			body["notice"] = "<p>" + a.value + "</p>"
			if a.value == "" {
				body["notice"] = ""
			}
		case a.name == "tag":
			tags = append(tags, a.value)
			body["tags"] = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag == "" })
		case a.name == "address":
			to := place(a.value)
			home["street"], home["city"], home["zipCode"] = to.Street, to.City, to.Zip
		case a.name == "country":
			delete(home, "countryCode")
			home["country"] = a.value
		case a.name == "owner":
			body["owner"] = w.known[a.value]
		case a.name == "company" || a.name == "job":
		default:
			return nil, fmt.Errorf("a person has no %q in RAYNET", a.name)
		}
	}
	if code := stage.Text(home["countryCode"]); code != "" {
		delete(home, "countryCode")
		home["country"] = code
	}
	body["contactInfo"], body["privateAddress"] = reach, home
	return body, nil
}

// setPhone puts a number into the place of its kind, or into a free one; RAYNET has two.
func setPhone(reach map[string]any, a attribute, kind string) error {
	want := 1
	if strings.HasPrefix(a.name, "second") {
		want = 2
	}
	free := ""
	for _, slot := range []string{"tel1", "tel2"} {
		switch {
		case stage.Text(reach[slot]) == "":
			if free == "" {
				free = slot
			}
		case classOf(stage.Text(reach[slot+"Type"])) == classOf(kind):
			if want--; want == 0 {
				free = slot
			}
		}
	}
	if free == "" {
		return fmt.Errorf("RAYNET has two places for phones, and both are taken")
	}
	if reach[free], reach[free+"Type"] = a.value, kind; a.value == "" {
		reach[free+"Type"] = ""
	}
	return nil
}

// classOf says what a phone with a type of RAYNET is for, in the words of phoneTypes.
func classOf(kind string) string {
	kind = strings.ToLower(kind)
	for class, parts := range map[string][]string{"mobile": {"mob"}, "home phone": {"dom", "home", "priv", "soukr", "byt"}} {
		if slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(kind, part) }) {
			return class
		}
	}
	return "work phone"
}

// phonesOf lists a person's phones by the words that say them.
func phonesOf(reach map[string]any) map[string]string {
	out := map[string]string{}
	for _, slot := range []string{"tel1", "tel2"} {
		if number := stage.Text(reach[slot]); number != "" {
			class := classOf(stage.Text(reach[slot+"Type"]))
			if out[class] != "" {
				class = "second " + class
			}
			out[class] = number
		}
	}
	return out
}

// job reads company and job of what is said.
func job(said string) (company, title *string, err error) {
	list, err := attributes(said)
	for i := range list {
		switch list[i].name {
		case "company":
			company = &list[i].value
		case "job":
			title = &list[i].value
		}
	}
	return company, title, err
}

func (w *world) makePerson(p *person, said string) error {
	body, err := w.personBody(said, nil)
	if err != nil {
		return err
	}
	if body["owner"] == nil {
		body["owner"] = p.id
	}
	company, title, err := job(said)
	if err != nil {
		return err
	}
	if company != nil {
		relation := map[string]any{"company": w.known[*company], "type": "–"}
		if title != nil {
			relation["type"] = *title
		}
		body["relationship"] = relation
	}
	id, err := w.raynet.CreateAs(p.login, "person", body)
	w.known[raynetTitle(body)] = id
	return err
}

func (w *world) changePerson(p *person, a map[string]any, said string) error {
	id := stage.Number(a["id"])
	body, err := w.personBody(said, a)
	if err != nil {
		return err
	}
	if err := w.raynet.EditAs(p.login, "person", id, body); err != nil {
		return err
	}
	company, title, err := job(said)
	if err != nil || company == nil && title == nil {
		return err
	}
	return w.employ(p, a, company, title)
}

// employ gives a person another employer or another job.
func (w *world) employ(p *person, a map[string]any, company, title *string) error {
	now := stage.Object(a["primaryRelationship"])
	relation := map[string]any{"company": stage.Number(stage.Object(now["company"])["id"]), "type": stage.Text(now["type"])}
	if company != nil {
		relation["company"] = w.known[*company]
	}
	if title != nil {
		relation["type"] = *title
	}
	if stage.Text(relation["type"]) == "" {
		relation["type"] = "–"
	}
	path := fmt.Sprintf("person/%d/relationship/", stage.Number(a["id"]))
	switch {
	case now == nil:
		return w.raynet.ActAs(p.login, http.MethodPut, path, relation)
	case company != nil && *company == "":
		return w.raynet.ActAs(p.login, http.MethodDelete, path+fmt.Sprint(stage.Number(now["id"])), nil)
	}
	return w.raynet.ActAs(p.login, http.MethodPost, path+fmt.Sprint(stage.Number(now["id"])), relation)
}

// addCompany makes a company with an address, of which phone and address may be said.
func (w *world) addCompany(name, said string) error {
	address := map[string]any{"address": map[string]any{"name": "Sídlo"}}
	if said != "" {
		if err := companyAddress(address, said); err != nil {
			return err
		}
	}
	id, err := w.raynet.CreateAs(w.people[0].login, "company", map[string]any{"name": name, "addresses": []any{address}})
	w.known[name] = id
	return err
}

// changeCompany changes a company's name, and phone and address of its first address.
func (w *world) changeCompany(p *person, a map[string]any, said string) error {
	list, err := attributes(said)
	if err != nil {
		return err
	}
	if list[0].name == "title" {
		w.known[list[0].value] = stage.Number(a["id"])
		return w.raynet.EditAs(p.login, "company", stage.Number(a["id"]), map[string]any{"name": list[0].value})
	}
	now := stage.Object(a["primaryAddress"])
	address := map[string]any{"address": copied(now["address"]), "contactInfo": copied(now["contactInfo"])}
	if err := companyAddress(address, said); err != nil {
		return err
	}
	return w.raynet.ActAs(p.login, http.MethodPost, fmt.Sprintf("company/%d/address/%d", stage.Number(a["id"]), stage.Number(now["id"])), address)
}

func companyAddress(address map[string]any, said string) error {
	list, err := attributes(said)
	if err != nil {
		return err
	}
	where, reach := copied(address["address"]), copied(address["contactInfo"])
	for _, a := range list {
		switch a.name {
		case "phone":
			reach["tel1"] = a.value
		case "address":
			to := place(a.value)
			where["street"], where["city"], where["zipCode"] = to.Street, to.City, to.Zip
		case "country":
			where["country"] = a.value
		default:
			return fmt.Errorf("a company has no %q in RAYNET", a.name)
		}
	}
	if code := stage.Text(where["countryCode"]); code != "" {
		delete(where, "countryCode")
		where["country"] = code
	}
	address["address"], address["contactInfo"] = where, reach
	return nil
}

// personHas compares one thing that is said of a person in RAYNET.
func (w *world) personHas(a map[string]any, want attribute) error {
	reach, home, relation := stage.Object(a["contactInfo"]), stage.Object(a["privateAddress"]), stage.Object(a["primaryRelationship"])
	if key, plain := personText()[want.name]; plain {
		return same(want.name, want.value, stage.Text(a[key]))
	}
	if key, reaches := reachText()[want.name]; reaches {
		return same(want.name, want.value, stage.Text(reach[key]))
	}
	if _, phone := phoneTypes()[want.name]; phone {
		return same(want.name, want.value, phonesOf(reach)[want.name])
	}
	switch want.name {
	case "company":
		return same("company", want.value, stage.Text(stage.Object(relation["company"])["name"]))
	case "job":
		return same("job", want.value, strings.TrimPrefix(stage.Text(relation["type"]), "–"))
	case "address":
		return same("address", want.value, placeWords(home["street"], home["city"], home["zipCode"]))
	case "country":
		return same("country", want.value, stage.Text(home["countryCode"]))
	case "notes":
		return same("notes", want.value, string(record.ParseBody(stage.Text(a["notice"])).Own))
	case "mentions":
		return holds("notes", stage.Text(a["notice"]), want.value)
	case "tag":
		return hasWord("tags", stage.Texts(a["tags"]), want.value)
	case "owner":
		return same("owner", want.value, w.nameOfPerson(stage.Number(stage.Object(a["owner"])["id"])))
	}
	return fmt.Errorf("a person shows no %q in RAYNET", want.name)
}

// hasWord looks for a word in a list; the empty word wants the list to be empty.
func hasWord(what string, list []string, want string) error {
	if want == "" && len(list) > 0 || want != "" && !slices.Contains(list, want) {
		return fmt.Errorf("%s are %q", what, list)
	}
	return nil
}
