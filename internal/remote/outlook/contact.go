package outlook

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// contact is what we read of a contact. What else Outlook has of somebody (middle name, nickname, fileAs …) is its own.
type contact struct {
	ID              string         `json:"id"`
	ETag            string         `json:"@odata.etag"`
	ChangeKey       string         `json:"changeKey"`
	Modified        string         `json:"lastModifiedDateTime"`
	Removed         *removed       `json:"@removed"`
	Folder          string         `json:"parentFolderId"`
	DisplayName     string         `json:"displayName"`
	Title           string         `json:"title"`
	GivenName       string         `json:"givenName"`
	Surname         string         `json:"surname"`
	Generation      string         `json:"generation"`
	Company         string         `json:"companyName"`
	Job             string         `json:"jobTitle"`
	Emails          []emailAddress `json:"emailAddresses"`
	Mobile          string         `json:"mobilePhone"`
	WorkPhones      []string       `json:"businessPhones"`
	HomePhones      []string       `json:"homePhones"`
	HomeAddress     *postal        `json:"homeAddress"`
	BusinessAddress *postal        `json:"businessAddress"`
	Web             string         `json:"businessHomePage"`
	Birthday        string         `json:"birthday"`
	Notes           string         `json:"personalNotes"`
	Categories      []string       `json:"categories"`
	Properties      []property     `json:"singleValueExtendedProperties"`
}

type emailAddress struct {
	Name    string `json:"name,omitzero"`
	Address string `json:"address,omitzero"`
}

// postal is an address as Graph has it; it is written whole (G-104).
type postal struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Region  string `json:"state"`
	Zip     string `json:"postalCode"`
	Country string `json:"countryOrRegion"`
}

// typeContact is the value of Ref.Type.
const typeContact = "contact"

func contactRef(id string) remote.Ref {
	return remote.Ref{Side: record.Outlook, Type: typeContact, ID: id}
}

// readContact decodes one contact. Its id is given back even if the rest cannot be read.
func readContact(raw jsontext.Value) (contact, error) {
	var e contact
	if err := decode(raw, &e); err != nil {
		return contact{ID: idOf(raw)}, err
	}
	if e.ID == "" {
		return contact{}, errNoID
	}
	return e, nil
}

func (e contact) version() string { return event{ETag: e.ETag, ChangeKey: e.ChangeKey}.version() }

// clone returns a copy that can be changed.
func (e contact) clone() contact {
	e.Emails, e.Categories, e.Properties = slices.Clone(e.Emails), slices.Clone(e.Categories), slices.Clone(e.Properties)
	e.WorkPhones, e.HomePhones = slices.Clone(e.WorkPhones), slices.Clone(e.HomePhones)
	for _, at := range []**postal{&e.HomeAddress, &e.BusinessAddress} {
		if *at != nil {
			copied := **at
			*at = &copied
		}
	}
	return e
}

// contactSnapshot maps a contact. Whatever lies in the folder is offered.
func (c *Client) contactSnapshot(scope remote.Scope, e contact, at time.Time) remote.Snapshot {
	stamp, _, foreign := c.marks.read(e.Properties)
	s := remote.Snapshot{
		Ref: contactRef(e.ID), Kind: record.Contacts, Version: remote.Version(e.version()), At: at, Stamp: stamp, MadeByUs: stamp != nil,
		Modified: saved(e.Modified), Container: e.Folder, Offered: true, Fields: c.contactFields(e), Raw: &e,
	}
	if stamp != nil {
		s.Key = stamp.Op
	}
	if scope.Container != "" {
		s.Container = scope.Container
	}
	switch {
	case foreign:
		s.Rule = remote.RuleForeign
	case nameless(s.Fields):
		s.Rule = remote.RuleNameless
	default:
		s.Natural = record.ContactNaturals(s.Fields, e.further()...)
	}
	return s
}

// nameless reports whether there is nothing by which to call somebody.
func nameless(f record.Fields) bool {
	for _, name := range append(record.Phones(), record.ContactFirst, record.ContactLast, record.ContactCompany, record.ContactEmail1, record.ContactEmail2) {
		if f[name] != "" {
			return false
		}
	}
	return true
}

// further returns the addresses that Outlook alone has.
func (e contact) further() []string {
	var out []string
	for i := 2; e.email(i) != ""; i++ {
		out = append(out, string(e.email(i)))
	}
	return out
}

// contactFields returns the canonical values that Outlook shows. The company's address, our own block and the photo are written but
// never read.
func (c *Client) contactFields(e contact) record.Fields {
	last, _ := e.last()
	f := record.Fields{
		record.ContactTitleBefore: record.Line(e.Title),
		record.ContactFirst:       record.Line(e.GivenName),
		record.ContactLast:        last,
		record.ContactTitleAfter:  record.Line(e.Generation),
		record.ContactCompany:     record.Line(e.Company),
		record.ContactJob:         record.Line(e.Job),
		record.ContactEmail1:      e.email(0),
		record.ContactEmail2:      e.email(1),
		record.ContactMobile:      record.Line(e.Mobile),
		record.ContactWork1:       lineOf(e.WorkPhones, 0),
		record.ContactWork2:       lineOf(e.WorkPhones, 1),
		record.ContactHome1:       lineOf(e.HomePhones, 0),
		record.ContactHome2:       lineOf(e.HomePhones, 1),
		record.ContactAddress:     "",
		record.ContactCountry:     "",
		record.ContactWeb:         record.Line(e.Web),
		record.ContactNotes:       record.Value(record.ParsePlain(e.Notes).Own),
		record.ContactCategories:  record.Set(e.Categories),
	}
	if home := e.HomeAddress; home != nil {
		f[record.ContactAddress] = record.Address{Street: home.Street, City: home.City, Region: home.Region, Zip: home.Zip}.Value()
		f[record.ContactCountry] = c.countries.Code(home.Country)
	}
	if day, ok := birthday(e.Birthday); ok {
		f[record.ContactBirthday] = day
	}
	return f
}

// email returns one of the addresses, empty if there are not so many. An entry that is none ("call, do not write") is Outlook's own: it
// is not counted, never told and never touched.
func (e contact) email(i int) record.Value {
	for _, entry := range e.Emails {
		if !entry.isAddress() {
			continue
		}
		if i == 0 {
			return entry.value()
		}
		i--
	}
	return ""
}

// value is the canonical address. Of a text that is none Graph may tell the name only (G-105).
func (a emailAddress) value() record.Value {
	if a.Address != "" {
		return record.Email(a.Address)
	}
	return record.Email(a.Name)
}

func (a emailAddress) isAddress() bool { return record.IsEmail(string(a.value())) }

func lineOf(list []string, i int) record.Value {
	if i >= len(list) {
		return ""
	}
	return record.Line(list[i])
}

// last returns the last name. Who has neither first nor last name is called by the displayName, unless Outlook or we made that of
// something else; then lent is true.
func (e contact) last() (last record.Value, lent bool) {
	surname := record.Line(e.Surname)
	shown := string(record.Line(e.DisplayName))
	if surname != "" || record.Line(e.GivenName) != "" || shown == "" || record.IsEmail(shown) {
		return surname, false
	}
	made := []string{string(record.Line(e.Company)), string(record.Line(e.Title + " " + e.Generation)), calledBy(record.Fields{
		record.ContactTitleBefore: record.Line(e.Title), record.ContactTitleAfter: record.Line(e.Generation)})}
	for _, entry := range e.Emails {
		made = append(made, string(entry.value()))
	}
	if containsFold(made, shown) {
		return "", false
	}
	return record.Value(shown), true
}

// calledBy returns the displayName: "Ing. Petr Malý, Ph.D.", without any name the company or an address.
func calledBy(f record.Fields) string {
	var words []string
	for _, name := range []record.Field{record.ContactTitleBefore, record.ContactFirst, record.ContactLast} {
		if f[name] != "" {
			words = append(words, string(f[name]))
		}
	}
	parts := []string{strings.Join(words, " ")}
	if after := string(f[record.ContactTitleAfter]); after != "" {
		parts = append(parts, after)
	}
	if called := strings.TrimPrefix(strings.Join(parts, ", "), ", "); called != "" {
		return called
	}
	if f[record.ContactCompany] != "" {
		return string(f[record.ContactCompany])
	}
	return string(f[record.ContactEmail1])
}

// The years that mean something else than themselves in a birthday: Outlook's for a day of no known year, and from where on there
// is none at all (G-141).
const (
	yearless   = 1604
	noBirthday = 4500
)

// birthday reads a date of birth; it is not told where the year is not known or the text is no time.
func birthday(text string) (day record.Value, told bool) {
	if text == "" {
		return "", true
	}
	at, ok := parseClock(text, time.UTC)
	at = at.UTC()
	switch {
	case !ok || at.Year() == yearless:
		return "", false
	case at.Year() < yearless || at.Year() > noBirthday:
		return "", true
	}
	return record.Value(at.Format(time.DateOnly)), true
}
