package raynet

import (
	"unicode/utf8"

	"raynetsync/internal/record"
)

// mails are RAYNET's two places for an e-mail address.
type mails [2]record.Value

func mailsOf(o object) mails {
	return mails{record.Email(o.text("email")), record.Email(o.text("email2"))}
}

// order lists the places that hold an address.
func (m mails) order() []int {
	var out []int
	for at, address := range m {
		if address != "" {
			out = append(out, at)
		}
	}
	return out
}

// fields shows the addresses in their order, whichever places they stand in: Outlook has a list and knows no empty first place, so
// what is removed there or here must mean the same one.
func (m mails) fields() record.Fields {
	out := record.Fields{record.ContactEmail1: "", record.ContactEmail2: ""}
	for k, at := range m.order() {
		out[emailFields()[k]] = m[at]
	}
	return out
}

func emailFields() []record.Field { return []record.Field{record.ContactEmail1, record.ContactEmail2} }

// with puts the first and the second address into their places. One that stays alone keeps the place that it has.
func (m mails) with(wanted mails) mails {
	order := wanted.order()
	if len(order) != 1 {
		return wanted
	}
	at := 0
	if had := m.order(); order[0] < len(had) {
		at = had[order[0]]
	}
	var out mails
	out[at] = wanted[order[0]]
	return out
}

// emails writes what could be an address, and tells what both fields will show then: one that goes moves the other one up. Whether
// RAYNET takes anything else is unknown, and it would be of no use to anybody who writes mail from there.
func (d *personDraft) emails(contact map[string]any) bool {
	before := mailsOf(d.target.Contact)
	var wanted mails
	for k, name := range emailFields() {
		wanted[k] = d.shown[name]
		value, given := d.write.Fields[name]
		address := record.Email(clean(string(value)))
		if given && (address == "" || record.IsEmail(string(address)) && utf8.RuneCountInString(string(address)) <= maxText) {
			wanted[k] = address
		}
	}
	after := before.with(wanted)
	shows := after.fields()
	for _, name := range emailFields() {
		asked, given := d.write.Fields[name]
		if !given && shows[name] == d.shown[name] {
			continue
		}
		if !given {
			asked = d.shown[name]
		}
		d.note(name, asked, shows[name])
	}
	if after == before {
		return false
	}
	for at, key := range []string{"email", "email2"} {
		if after[at] != before[at] {
			contact[key] = string(after[at])
		}
	}
	return true
}
