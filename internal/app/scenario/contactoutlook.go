package scenario

import (
	"fmt"
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
)

// ourFolder is what the folder and the list of ours are called, and where things are made unless it is said otherwise.
const ourFolder = "RAYNET"

// contactText lists what Outlook holds as one text of the contact itself.
func contactText() map[string]string {
	return map[string]string{"title before": "title", "first name": "givenName", "last name": "surname", "title after": "generation",
		"company": "companyName", "job": "jobTitle", "mobile": "mobilePhone", "web": "businessHomePage", "nickname": "nickName"}
}

// slots lists what Outlook holds in a list: its name there, and which entry it is.
func slots() map[string]struct {
	key string
	at  int
} {
	type slot = struct {
		key string
		at  int
	}
	return map[string]slot{"e-mail": {"emailAddresses", 0}, "second e-mail": {"emailAddresses", 1}, "third e-mail": {"emailAddresses", 2},
		"work phone": {"businessPhones", 0}, "second work phone": {"businessPhones", 1}, "home phone": {"homePhones", 0},
		"second home phone": {"homePhones", 1}}
}

// items reads a list of Graph's, however it was made.
func items(v any) []any {
	switch list := v.(type) {
	case []any:
		return slices.Clone(list)
	case []map[string]any:
		var out []any
		for _, one := range list {
			out = append(out, one)
		}
		return out
	case []string:
		var out []any
		for _, one := range list {
			out = append(out, one)
		}
		return out
	}
	return nil
}

// entry is what one place of a list holds: a number, or an address.
func entry(v any) string {
	if address := stage.Object(v); address != nil {
		if stage.Text(address["address"]) != "" {
			return stage.Text(address["address"])
		}
		return stage.Text(address["name"])
	}
	return stage.Text(v)
}

func addressAt(e map[string]any, at int) string {
	if list := items(e["emailAddresses"]); at < len(list) {
		return entry(list[at])
	}
	return ""
}

// setSlot puts a value into its place of a list; an empty one takes the place away.
func setSlot(list []any, key string, at int, said string) []any {
	if said == "" {
		if at < len(list) {
			list = slices.Delete(list, at, at+1)
		}
		return list
	}
	for len(list) <= at {
		list = append(list, "")
	}
	if list[at] = said; key == "emailAddresses" {
		list[at] = map[string]any{"address": said, "name": said}
	}
	return list
}

// contactBody turns what a person says of a contact into Graph's own JSON. before is the contact as it is, nil for a new one.
func (w *world) contactBody(said string, before map[string]any) (map[string]any, error) {
	list, err := attributes(said)
	if err != nil {
		return nil, err
	}
	body := map[string]any{}
	lists := map[string][]any{}
	var words []any
	for _, a := range list {
		key, plain := contactText()[a.name]
		slot, listed := slots()[a.name]
		switch {
		case a.name == "title":
			body["givenName"], body["surname"] = splitName(a.value)
			body["displayName"] = a.value
		case a.name == "shown as":
			body["displayName"] = a.value
		case plain:
			body[key] = a.value
		case listed:
			if _, begun := lists[slot.key]; !begun {
				lists[slot.key] = items(before[slot.key])
			}
			lists[slot.key] = setSlot(lists[slot.key], slot.key, slot.at, a.value)
		case a.name == "address" || a.name == "country":
			setHome(body, before, a)
		case a.name == "birthday":
			if body["birthday"] = a.value + "T11:59:00Z"; a.value == "" {
				body["birthday"] = nil
			}
		case a.name == "notes":
			body["personalNotes"] = record.ComposePlain(stage.Text(before["personalNotes"]), &a.value, nil)
		case a.name == "category":
			words = append(words, a.value)
			body["categories"] = words
		case a.name == "no category":
			body["categories"] = []any{}
		case a.name == "in":
		default:
			return nil, fmt.Errorf("a contact has no %q in Outlook", a.name)
		}
	}
	for key, list := range lists {
		body[key] = list
	}
	return body, nil
}

func setHome(body, before map[string]any, a attribute) {
	home := stage.Object(body["homeAddress"])
	if home == nil {
		home = copied(before["homeAddress"])
		body["homeAddress"] = home
	}
	if a.name == "country" {
		home["countryOrRegion"] = a.value
		return
	}
	to := place(a.value)
	home["street"], home["city"], home["postalCode"] = to.Street, to.City, to.Zip
}

// contactHas compares one thing that is said of a contact in Outlook.
func (w *world) contactHas(p *person, e map[string]any, want attribute) error {
	home, office := stage.Object(e["homeAddress"]), stage.Object(e["businessAddress"])
	if key, plain := contactText()[want.name]; plain {
		return same(want.name, want.value, stage.Text(e[key]))
	}
	if slot, listed := slots()[want.name]; listed {
		got := ""
		if list := items(e[slot.key]); slot.at < len(list) {
			got = entry(list[slot.at])
		}
		return same(want.name, want.value, got)
	}
	switch want.name {
	case "shown as":
		return same("shown as", want.value, stage.Text(e["displayName"]))
	case "address":
		return same("address", want.value, placeWords(home["street"], home["city"], home["postalCode"]))
	case "country":
		return same("country", want.value, stage.Text(home["countryOrRegion"]))
	case "office":
		return same("office", want.value, placeWords(office["street"], office["city"], office["postalCode"]))
	case "birthday":
		date, _, _ := strings.Cut(stage.Text(e["birthday"]), "T")
		return same("birthday", want.value, date)
	case "notes":
		return same("notes", want.value, string(record.ParsePlain(stage.Text(e["personalNotes"])).Own))
	case "mentions":
		return holds("notes", stage.Text(e["personalNotes"]), want.value)
	case "category":
		return hasWord("categories", stage.Texts(e["categories"]), want.value)
	case "no category":
		return hasWord("categories", stage.Texts(e["categories"]), "")
	case "picture":
		data, _ := w.outlook.ContactPhoto(p.mailbox, stage.Text(e["id"]))
		return same("picture", want.value, string(data))
	case "in":
		return same("folder", want.value, w.folderOf(p, e))
	}
	return fmt.Errorf("a contact shows no %q in Outlook", want.name)
}
