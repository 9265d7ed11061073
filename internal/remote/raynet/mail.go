package raynet

import (
	"slices"
	"unicode/utf8"

	"raynetsync/internal/record"
)

// emailPlaces are RAYNET's two places for an address that are free or hold one. What else a person wrote there is RAYNET's own.
func emailPlaces(o object) []string {
	return slices.DeleteFunc([]string{"email", "email2"}, func(key string) bool {
		line := record.Line(o.text(key))
		return line != "" && !record.IsEmail(string(line))
	})
}

// emailsOf are the addresses in their order. A second one moves up where there is no first one: Outlook's list has no gap, and what
// means the same must be told the same way.
func emailsOf(o object) [2]record.Value {
	var list [2]record.Value
	next := 0
	for _, key := range emailPlaces(o) {
		if address := record.Email(o.text(key)); address != "" {
			list[next] = address
			next++
		}
	}
	return list
}

// emails writes both addresses in their order, without a gap, and tells what the two fields will show then. A place that holds the
// address already stays to the letter.
func (d *personDraft) emails(contact map[string]any) bool {
	names := []record.Field{record.ContactEmail1, record.ContactEmail2}
	var wanted []record.Value
	for _, name := range names {
		if address := d.email(name); address != "" {
			wanted = append(wanted, address)
		}
	}
	places, touched := emailPlaces(d.target.Contact), false
	wanted = wanted[:min(len(wanted), len(places))]
	for i, name := range names {
		address := record.Value("")
		if i < len(wanted) {
			address = wanted[i]
		}
		asked, given := d.write.Fields[name]
		switch {
		case given:
			d.note(name, asked, address)
		case address != d.shown[name]: // it moved up
			d.note(name, d.shown[name], address)
		}
		touched = touched || address != d.shown[name]
	}
	for i, key := range places {
		address := record.Value("")
		if i < len(wanted) {
			address = wanted[i]
		}
		if touched && address != record.Email(d.target.Contact.text(key)) {
			contact[key] = string(address)
		}
	}
	return touched
}

// email is what a field will hold: what could be an address, else what it has. Whether RAYNET takes anything else is unknown,
// and it would be of no use to anybody who writes mail from there.
func (d *personDraft) email(name record.Field) record.Value {
	value, given := d.write.Fields[name]
	if !given {
		return d.shown[name]
	}
	address := record.Email(clean(string(value)))
	if address != "" && (!record.IsEmail(string(address)) || utf8.RuneCountInString(string(address)) > maxText) {
		return d.shown[name]
	}
	return address
}
