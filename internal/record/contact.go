package record

import (
	"slices"
	"strings"
)

// The fields of a contact person. Every value is one line of text unless it is said otherwise. Fields that stand for one of
// several places (two e-mail addresses, five phones) are separate, so that two people who change different ones both prevail.
const (
	ContactTitleBefore Field = "title-before" // "Ing."
	ContactFirst       Field = "first-name"
	ContactLast        Field = "last-name"
	ContactTitleAfter  Field = "title-after" // "Ph.D."
	// ContactCompany is the name of the employer. RAYNET has a company of its own behind it and takes only names that are
	// exactly one of them.
	ContactCompany Field = "company"
	// ContactJob is what the person does there; RAYNET has it only where there is an employer.
	ContactJob Field = "job-title"
	// ContactEmail1 and ContactEmail2 are the first two addresses (see Email). Outlook's third one is its own.
	ContactEmail1 Field = "email-1"
	ContactEmail2 Field = "email-2"
	// The phones by what they are for, as far as that can be told. RAYNET holds any two of them.
	ContactMobile Field = "phone-mobile"
	ContactWork1  Field = "phone-work-1"
	ContactWork2  Field = "phone-work-2"
	ContactHome1  Field = "phone-home-1"
	ContactHome2  Field = "phone-home-2"
	// ContactAddress is the private address without the country: an Address in text form.
	ContactAddress Field = "address"
	// ContactCountry is the country of the private address: an ISO 3166 code of two letters or, where nobody knows it, the text.
	ContactCountry Field = "country"
	ContactWeb     Field = "web"
	// ContactBirthday is a date, yyyy-mm-dd.
	ContactBirthday Field = "birthday"
	// ContactNotes is the part of the notes that people wrote themselves, as canonical text.
	ContactNotes Field = "notes"
	// ContactCategories are RAYNET's tags and Outlook's categories: see Set.
	ContactCategories Field = "categories"
	// ContactOffice is the company's address: an Address in text form, the country as in ContactCountry.
	ContactOffice Field = "company-address"
	// ContactClient is our marked block in the notes: the company's phone and the address of the RAYNET record.
	ContactClient Field = "client"
	// ContactPhoto names the picture that RAYNET has, so that a new picture is a new name.
	ContactPhoto Field = "photo"
)

// ContactSchema returns the fields of a contact person in their order.
func ContactSchema() Schema {
	return Schema{
		Kind: Contacts, Contained: true, Title: ContactLast, Names: []Field{ContactTitleBefore, ContactFirst, ContactLast, ContactTitleAfter},
		Else: []Field{ContactCompany, ContactEmail1},
		Fields: []FieldSpec{
			{Name: ContactTitleBefore, Flow: Both, Personal: true},
			{Name: ContactFirst, Flow: Both, Personal: true},
			{Name: ContactLast, Flow: Both},
			{Name: ContactTitleAfter, Flow: Both, Personal: true},
			{Name: ContactCompany, Flow: Both},
			{Name: ContactJob, Flow: Both, Needs: ContactCompany},
			{Name: ContactEmail1, Flow: Both, Personal: true},
			{Name: ContactEmail2, Flow: Both, Personal: true},
			{Name: ContactMobile, Flow: Both, Personal: true},
			{Name: ContactWork1, Flow: Both, Personal: true},
			{Name: ContactWork2, Flow: Both, Personal: true},
			{Name: ContactHome1, Flow: Both, Personal: true},
			{Name: ContactHome2, Flow: Both, Personal: true},
			{Name: ContactAddress, Flow: Both, Personal: true},
			{Name: ContactCountry, Flow: Both, Personal: true},
			{Name: ContactWeb, Flow: Both, Personal: true},
			{Name: ContactBirthday, Flow: Both, Personal: true},
			{Name: ContactNotes, Flow: Both, Personal: true},
			{Name: ContactCategories, Flow: Both},
			{Name: ContactOffice, Flow: ToOutlook},
			{Name: ContactClient, Flow: ToOutlook},
			{Name: ContactPhoto, Flow: ToOutlook},
		},
	}
}

// Phones lists the fields that hold phones, in the order in which RAYNET's two places are filled.
func Phones() []Field {
	return []Field{ContactMobile, ContactWork1, ContactHome1, ContactWork2, ContactHome2}
}

// Email is the canonical form of an address: lower case. What is no address stays the line of text that it is.
func Email(text string) Value {
	line := Line(text)
	if !IsEmail(string(line)) {
		return line
	}
	return Value(strings.ToLower(string(line)))
}

// IsEmail reports whether a line could be somebody's address. It is no proof, only the absence of what no address has.
func IsEmail(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") &&
		!strings.ContainsAny(text, " \t<>()[],;:\\\"") && !strings.Contains(domain, "@")
}

// IsShared reports whether an address looks like one that several people read (info@…): it never tells who somebody is.
func IsShared(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return slices.Contains(sharedMailboxes(), local)
}

// sharedMailboxes are names before the @ behind which there are usually several people, in Czech, Slovak and English.
func sharedMailboxes() []string {
	return strings.Fields(`admin administrace asistentka billing contact dotazy ekonom fakturace faktury finance hello help helpdesk hotline
		info informace invoice it jobs kancelar kariera kontakt mail marketing nabidky nakup noreply no-reply objednavky obchod office orders
		podatelna podpora posta prace prodej prodejna recepce reception reklamace sales sekretariat servis service sklad spravce support team
		ucetni ucto ucetnictvi vedeni web webmaster zakaznik`)
}

// ContactNaturals returns the texts by which an equal person is recognised on the other side: one "<address>|<name in lower
// case>" for each address that is somebody's own. There is none without a name or without such an address.
func ContactNaturals(f Fields, more ...string) []string {
	name := strings.ToLower(strings.TrimSpace(string(f[ContactFirst]) + " " + string(f[ContactLast])))
	if name == "" {
		return nil
	}
	var out []string
	for _, address := range append([]string{string(f[ContactEmail1]), string(f[ContactEmail2])}, more...) {
		address = string(Email(address))
		if text := address + "|" + name; IsEmail(address) && !IsShared(address) && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// Address is a postal address. Its text form has five lines in this order; a place without anything has none.
type Address struct{ Street, City, Region, Zip, Country string }

// Value returns the text form; lines at its end that are empty are left out.
func (a Address) Value() Value {
	lines := []string{}
	for _, text := range []string{a.Street, a.City, a.Region, a.Zip, a.Country} {
		lines = append(lines, string(Line(text)))
	}
	return Value(strings.TrimRight(strings.Join(lines, "\n"), "\n"))
}

// ParseAddress reads the text form made by Address.Value.
func ParseAddress(v Value) Address {
	lines := append(strings.Split(string(v), "\n"), "", "", "", "", "")
	return Address{Street: lines[0], City: lines[1], Region: lines[2], Zip: lines[3], Country: lines[4]}
}

// Set returns the canonical form of a list of words such as tags and categories: one a line, each once whatever its case, in
// alphabetical order. Words that are one side's own are left out: see IsOwnWord.
func Set(words []string) Value {
	var out []string
	for _, word := range words {
		line := string(Line(word))
		if line != "" && !IsOwnWord(line) && !slices.ContainsFunc(out, func(known string) bool { return strings.EqualFold(known, line) }) {
			out = append(out, line)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if c := strings.Compare(strings.ToLower(a), strings.ToLower(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	return Value(strings.Join(out, "\n"))
}

// IsOwnWord reports whether a word has no canonical form and stays on the side that has it: RAYNET takes one with a comma for two.
func IsOwnWord(word string) bool { return strings.Contains(word, ",") }

// ParseSet reads the form made by Set.
func ParseSet(v Value) []string {
	if v == "" {
		return nil
	}
	return strings.Split(string(v), "\n")
}
