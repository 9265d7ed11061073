package emulator

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// longestName is how many letters a text of a contact may have, the notes excepted. // G-108
const longestName = 255

// applyContact writes a checked body into a contact. The contact is a clone: a refusal throws it away.
func (s *Server) applyContact(it *item, patch map[string]any, by string) *answer {
	if bad := checkShape(kindContact, patch); bad != nil {
		return bad
	}
	filed := filedAs(it.props)
	for _, name := range sortedKeys(patch) {
		if bad := it.applyToContact(name, patch[name], by); bad != nil {
			return bad
		}
	}
	it.rename(patch, by, filed)
	return nil
}

// applyToContact writes one property. Lists and addresses are replaced as wholes. // G-104
func (it *item) applyToContact(name string, value any, by string) *answer {
	if n, most := len(list(value)), slots(name); most > 0 && n > most {
		return refused("The multi value property %s has %d entries, that exceeds the max allowed value of %d", strings.ToUpper(name[:1])+name[1:], n, most)
	}
	switch name {
	case "birthday":
		return it.setBirthday(text(value), by)
	case "emailAddresses":
		return it.setMailAddresses(list(value))
	case "singleValueExtendedProperties":
		return it.setExtended(list(value))
	}
	switch contactForm(name) {
	case formText:
		if name != "personalNotes" && len([]rune(text(value))) > longestName {
			return refused("The length of the property '%s' exceeds the maximum of %d.", strings.ToUpper(name[:1])+name[1:], longestName)
		}
		it.set(name, text(value), text(value) == "")
	case formTexts:
		kept := slices.DeleteFunc(slices.Clone(list(value)), func(v any) bool { return text(v) == "" })
		it.set(name, kept, len(kept) == 0)
	case formObject:
		return it.setAddress(name, object(value))
	}
	return nil
}

// setBirthday keeps the date: what an application writes reads back as one minute before noon, UTC. Outlook itself
// writes other hours. // G-106
func (it *item) setBirthday(value, by string) *answer {
	if value == "" {
		delete(it.props, "birthday")
		return nil
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return refused("The value '%s' is not a valid DateTimeOffset.", value)
	}
	at = at.UTC()
	if by == byApp {
		at = at.Truncate(24 * time.Hour).Add(11*time.Hour + 59*time.Minute)
	}
	it.props["birthday"] = at.Format(time.RFC3339)
	return nil
}

var addressForm = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`)

// setMailAddresses fills the three slots in their order. What is no address stays as a name. // G-105
func (it *item) setMailAddresses(entries []any) *answer {
	var kept []any
	for _, e := range entries {
		entry := object(e)
		for _, key := range sortedKeys(entry) {
			if key != "name" && key != "address" && !strings.Contains(key, "@odata.") {
				return unknownProperty("emailAddress", key)
			}
		}
		name, address := text(entry["name"]), strings.TrimSpace(text(entry["address"]))
		switch {
		case addressForm.MatchString(address):
			if name == "" {
				name = address
			}
			kept = append(kept, map[string]any{"name": name, "address": address})
		case address != "":
			kept = append(kept, map[string]any{"name": address})
		case name != "":
			kept = append(kept, map[string]any{"name": name})
		}
	}
	it.set("emailAddresses", kept, len(kept) == 0)
	return nil
}

func (it *item) setAddress(name string, value map[string]any) *answer {
	kept := map[string]any{}
	for _, key := range sortedKeys(value) {
		switch part, isText := value[key].(string); {
		case !slices.Contains(addressParts(), key) && !strings.Contains(key, "@odata."):
			return unknownProperty("physicalAddress", key)
		case value[key] != nil && !isText:
			return refused("The property '%s' of '%s' is no text.", key, name)
		case part != "" && slices.Contains(addressParts(), key):
			kept[key] = part
		}
	}
	it.set(name, kept, len(kept) == 0)
	return nil
}

// rename makes the names that nobody gave. An application that leaves displayName out of any change has it made anew
// from the name's parts; in Outlook that happens when a part changes. fileAs follows while it is the made one. // G-107
func (it *item) rename(patch map[string]any, by, filed string) {
	parts := fullName(it.props)
	touched := slices.ContainsFunc(nameParts(), func(name string) bool { _, ok := patch[name]; return ok })
	if text(patch["displayName"]) == "" && parts != "" && (by == byApp || touched || text(it.props["displayName"]) == "") {
		it.props["displayName"] = parts
	}
	if old := text(it.props["fileAs"]); text(patch["fileAs"]) == "" && (old == "" || old == filed) {
		now := filedAs(it.props)
		it.set("fileAs", now, now == "")
	}
}

func nameParts() []string {
	return []string{"title", "givenName", "middleName", "surname", "generation"}
}

func fullName(props map[string]any) string {
	var parts []string
	for _, name := range nameParts() {
		if part := text(props[name]); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// filedAs is how Outlook files a person: the family name first.
func filedAs(props map[string]any) string {
	surname, given := text(props["surname"]), strings.TrimSpace(text(props["givenName"])+" "+text(props["middleName"]))
	switch {
	case surname != "" && given != "":
		return surname + ", " + given
	case surname+given != "":
		return surname + given
	}
	return text(props["companyName"])
}
