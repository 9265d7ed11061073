package outlook

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// contactWrite is what we ever write of a contact. Collections and addresses are written whole (G-104).
type contactWrite struct {
	Title           *string        `json:"title,omitzero"`
	GivenName       *string        `json:"givenName,omitzero"`
	Surname         *string        `json:"surname,omitzero"`
	Generation      *string        `json:"generation,omitzero"`
	DisplayName     *string        `json:"displayName,omitzero"`
	Company         *string        `json:"companyName,omitzero"`
	Job             *string        `json:"jobTitle,omitzero"`
	Emails          []emailAddress `json:"emailAddresses,omitzero"`
	Mobile          *string        `json:"mobilePhone,omitzero"`
	WorkPhones      []string       `json:"businessPhones,omitzero"`
	HomePhones      []string       `json:"homePhones,omitzero"`
	HomeAddress     *postal        `json:"homeAddress,omitzero"`
	BusinessAddress *postal        `json:"businessAddress,omitzero"`
	Web             *string        `json:"businessHomePage,omitzero"`
	Birthday        jsontext.Value `json:"birthday,omitzero"`
	Notes           *string        `json:"personalNotes,omitzero"`
	Categories      []string       `json:"categories,omitzero"`
	Properties      []property     `json:"singleValueExtendedProperties,omitzero"`
}

// What Exchange has places for (G-102), and how long a text may be (G-108).
const (
	maxText   = 255
	maxEmails = 3
	maxPhones = 2
)

func (c *Client) createContact(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	op, err := createKey(write)
	if err != nil {
		return nil, err
	}
	if scope.Container == "" {
		return nil, refusal(write, "there is no contact folder to write to")
	}
	body := c.contactBody(write.Fields, contact{})
	body.name(write.Fields, contact{}, record.Fields{})
	body.Properties = c.marks.write(write.Stamp, op, "")
	request.Method, request.Path, request.Key = http.MethodPost, folderPath(scope)+"/contacts", op
	request, err = c.finishContact(write, request, body, contact{})
	if err != nil {
		return nil, err
	}
	requests := []remote.Request{request}
	if photo := write.Fields[record.ContactPhoto]; photo != "" && c.config.Photo != nil {
		requests = append(requests, photoRequest(request, folderPath(scope)+"/contacts/{id}", photo))
	}
	return requests, nil
}

func (c *Client) updateContact(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	from, err := contactTarget(scope, write)
	if err != nil {
		return nil, err
	}
	request.Ref = write.Target.Ref
	var requests []remote.Request
	body := c.contactBody(write.Fields, from)
	body.name(write.Fields, from, c.contactFields(from))
	if !body.empty() {
		main := request
		main.Method, main.Path, main.Header = http.MethodPatch, contactPath(scope, from.ID), contactGuard(write)
		if main, err = c.finishContact(write, main, body, from); err != nil {
			return nil, err
		}
		requests = append(requests, main)
	}
	if photo, ok := write.Fields[record.ContactPhoto]; ok && c.config.Photo != nil {
		requests = append(requests, photoRequest(request, contactPath(scope, from.ID), photo))
	}
	return requests, nil
}

// dropContact removes for good where nothing may be left to bring back: a plain DELETE leaves the contact in the bin (G-143).
func (c *Client) dropContact(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	from, err := contactTarget(scope, write)
	if err != nil {
		return nil, err
	}
	request.Ref, request.Header = write.Target.Ref, contactGuard(write)
	request.Method, request.Path = http.MethodDelete, contactPath(scope, from.ID)
	if write.Erase {
		request.Method, request.Path = http.MethodPost, request.Path+permanently
	}
	return []remote.Request{request}, nil
}

// contactTarget returns the state that a change starts from.
func contactTarget(scope remote.Scope, write remote.Write) (contact, error) {
	if write.Target == nil {
		return contact{}, refusal(write, "a change needs the state it starts from")
	}
	from, ok := write.Target.Raw.(*contact)
	if !ok || from.ID == "" {
		return contact{}, refusal(write, "the contact must be read before it is changed")
	}
	if scope.Container == "" {
		return contact{}, refusal(write, "only what lies in the contact folder can be changed")
	}
	return *from, nil
}

// contactGuard ties a change to the very state it was made for. That contacts mind it is an assumption (G-142).
func contactGuard(write remote.Write) map[string]string {
	if write.Target.Version == "" {
		return nil
	}
	return map[string]string{"If-Match": string(write.Target.Version)}
}

// finishContact writes the body down. What the contact will show is read from the body itself, so that whatever Outlook has no
// place for, and whatever moves to another place, is told.
func (c *Client) finishContact(write remote.Write, request remote.Request, body contactWrite, from contact) (remote.Request, error) {
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return request, refusal(write, "the text is not valid")
	}
	request.Body = string(text)
	after := from.clone()
	if err := decode(text, &after); err != nil {
		return request, refusal(write, "the text is not valid")
	}
	before, shows := c.contactFields(from), c.contactFields(after)
	for _, spec := range record.ContactSchema().Fields {
		want, wanted := write.Fields[spec.Name]
		got, shown := shows[spec.Name]
		if !wanted {
			want = before[spec.Name]
		}
		differs := shown && got != want
		if spec.Name != record.ContactPhoto && (wanted || differs) {
			request.Writes = append(request.Writes, spec.Name)
		}
		if differs {
			if request.Shows == nil {
				request.Shows = record.Fields{}
			}
			request.Shows[spec.Name] = got
		}
	}
	return request, nil
}

// cut shortens a text to what Exchange takes.
func cut(value record.Value) record.Value {
	return record.Value(record.Truncate(string(value), maxText))
}

// contactBody returns what of the fields is not there yet, without the name by which the contact is listed.
func (c *Client) contactBody(f record.Fields, from contact) contactWrite {
	var body contactWrite
	for _, text := range []struct {
		field record.Field
		have  string
		at    **string
	}{
		{record.ContactTitleBefore, from.Title, &body.Title}, {record.ContactFirst, from.GivenName, &body.GivenName},
		{record.ContactTitleAfter, from.Generation, &body.Generation}, {record.ContactCompany, from.Company, &body.Company},
		{record.ContactJob, from.Job, &body.Job}, {record.ContactMobile, from.Mobile, &body.Mobile}, {record.ContactWeb, from.Web, &body.Web},
	} {
		if value, ok := f[text.field]; ok && cut(value) != record.Line(text.have) {
			*text.at = textIf(true, cut(value))
		}
	}
	body.Emails = emailsWith(f, from)
	body.WorkPhones = phonesWith(f, from.WorkPhones, record.ContactWork1, record.ContactWork2)
	body.HomePhones = phonesWith(f, from.HomePhones, record.ContactHome1, record.ContactHome2)
	body.HomeAddress = c.homeWith(f, from.HomeAddress)
	if value, ok := f[record.ContactOffice]; ok {
		office := record.ParseAddress(value)
		body.BusinessAddress = c.postalWith(from.BusinessAddress, office, record.Value(office.Country))
	}
	if value, ok := f[record.ContactBirthday]; ok {
		body.Birthday = birthdayWith(from.Birthday, value)
	}
	own, hasOwn := f[record.ContactNotes]
	block, hasBlock := f[record.ContactClient]
	if notes := record.ComposePlain(from.Notes, textIf(hasOwn, own), textIf(hasBlock, block)); notes != from.Notes {
		body.Notes = &notes
	}
	if value, ok := f[record.ContactCategories]; ok && value != record.Set(from.Categories) {
		body.Categories = append(append([]string{}, record.ParseSet(value)...), ownWords(from.Categories)...)
	}
	return body
}

// ownWords are the categories that Outlook alone has: they are kept whatever else is written.
func ownWords(categories []string) []string {
	return slices.DeleteFunc(slices.Clone(categories), func(word string) bool { return !record.IsOwnWord(word) })
}

// empty reports whether the body changes nothing.
func (b contactWrite) empty() bool {
	b.DisplayName = nil
	text, err := json.Marshal(b)
	return err == nil && string(text) == "{}"
}

// name sets the last name and the displayName. Exchange makes a displayName of its own whenever a change has none (G-107), so it
// is always sent. shown is what the contact shows.
func (b *contactWrite) name(f record.Fields, from contact, shown record.Fields) {
	names := []record.Field{record.ContactTitleBefore, record.ContactFirst, record.ContactLast, record.ContactTitleAfter}
	after, named, told := shown.Clone(), false, false
	for _, name := range append(names, record.ContactCompany, record.ContactEmail1) {
		if value, ok := f[name]; ok && cut(value) != shown[name] {
			after[name], told = cut(value), true
			named = named || slices.Contains(names, name)
		}
	}
	last, lent := from.last()
	if after[record.ContactLast] != last || (lent && told) { // what was the displayName so far would be lost with it
		b.Surname = textIf(true, after[record.ContactLast])
	}
	called := from.DisplayName
	if named || called == "" || (after[record.ContactFirst] == "" && after[record.ContactLast] == "") {
		called = calledBy(after)
	}
	called = record.Truncate(called, maxText) // Exchange itself may have made a longer one of long names
	b.DisplayName = &called
}

// emailsWith returns the complete list of addresses, nil if it stays. An address keeps the name that stands beside it, wherever it
// moves; Outlook's third one and what is no address stay.
func emailsWith(f record.Fields, from contact) []emailAddress {
	var wanted []emailAddress
	touched := false
	for i, field := range []record.Field{record.ContactEmail1, record.ContactEmail2} {
		value, ok := f[field]
		if value = cut(value); !ok || (value != "" && !record.IsEmail(string(value))) {
			value = from.email(i)
		}
		touched = touched || value != from.email(i)
		if value != "" {
			wanted = append(wanted, from.addressed(value, from.email(i) == value, i))
		}
	}
	if !touched {
		return nil
	}
	return from.emailsAfter(wanted)
}

// addressed returns the entry for an address: the one at its own place, else any that there is, else a new one.
func (e contact) addressed(value record.Value, here bool, place int) emailAddress {
	found, at := emailAddress{Address: string(value)}, 0
	for _, entry := range e.Emails {
		if !entry.isAddress() {
			continue
		}
		if entry.value() == value && (found.Name == "" || here && at == place) {
			found = entry
		}
		at++
	}
	return found
}

// emailsAfter puts the wanted entries into the places of the first two addresses; what finds no place is left out.
func (e contact) emailsAfter(wanted []emailAddress) []emailAddress {
	list, seen := []emailAddress{}, 0
	for _, entry := range e.Emails {
		if !entry.isAddress() {
			list = append(list, entry)
			continue
		}
		switch seen++; {
		case seen > 2:
			list, wanted = append(list, wanted...), nil
			if !slices.Contains(list, entry) {
				list = append(list, entry)
			}
		case len(wanted) > 0:
			list, wanted = append(list, wanted[0]), wanted[1:]
		}
	}
	list = append(list, wanted...)
	return list[:min(len(list), maxEmails)]
}

// phonesWith returns the complete list of phones of one class, nil if it stays.
func phonesWith(f record.Fields, have []string, fields ...record.Field) []string {
	list, touched := []string{}, false
	for i, field := range fields {
		text := ""
		if i < len(have) {
			text = have[i]
		}
		if value, ok := f[field]; ok && cut(value) != record.Line(text) {
			text, touched = string(cut(value)), true
		}
		if record.Line(text) != "" && len(list) < maxPhones {
			list = append(list, text)
		}
	}
	if !touched {
		return nil
	}
	return list
}

// homeWith returns the complete private address, nil if it stays.
func (c *Client) homeWith(f record.Fields, have *postal) *postal {
	var shown contact
	if have != nil {
		shown.HomeAddress = have
	}
	fields := c.contactFields(shown)
	for _, name := range []record.Field{record.ContactAddress, record.ContactCountry} {
		if value, ok := f[name]; ok {
			fields[name] = value
		}
	}
	return c.postalWith(have, record.ParseAddress(fields[record.ContactAddress]), fields[record.ContactCountry])
}

// postalWith returns a complete address, nil if it stays. What means the same already stays to the letter.
func (c *Client) postalWith(have *postal, want record.Address, country record.Value) *postal {
	out := postal{}
	if have != nil {
		out = *have
	}
	for _, text := range []struct {
		at   *string
		want string
	}{{&out.Street, want.Street}, {&out.City, want.City}, {&out.Region, want.Region}, {&out.Zip, want.Zip}} {
		if want := cut(record.Value(text.want)); record.Line(*text.at) != want {
			*text.at = string(want)
		}
	}
	if c.countries.Code(out.Country) != country {
		out.Country = c.countries.Name(cut(country))
	}
	if (have == nil && out == postal{}) || (have != nil && out == *have) {
		return nil
	}
	return &out
}

// birthdayWith returns a date as Exchange keeps it, a minute before noon in UTC (G-106), nil if it stays: also for a year that
// would mean something else.
func birthdayWith(have string, day record.Value) jsontext.Value {
	shown, _ := birthday(have)
	switch text := string(day) + "T11:59:00Z"; {
	case shown == day: // or it has no year, which is Outlook's own
		return nil
	case day == "":
		return jsontext.Value("null")
	default:
		if back, told := birthday(text); !told || back != day {
			return nil
		}
		return jsontext.Value(`"` + text + `"`)
	}
}
