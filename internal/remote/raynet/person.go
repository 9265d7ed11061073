package raynet

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	typePerson  = "person"
	typeCompany = "company"
)

// person is a list row or a detail of a contact person. Rows lack photo, extIds and relationships.
type person struct {
	ID          int64          `json:"id"`
	Version     *int64         `json:"_version"`
	TitleBefore string         `json:"titleBefore"`
	First       string         `json:"firstName"`
	Last        string         `json:"lastName"`
	TitleAfter  string         `json:"titleAfter"`
	Primary     *relation      `json:"primaryRelationship"`
	Relations   []relation     `json:"relationships"` // nil where the answer does not tell them
	Owner       *reference     `json:"owner"`
	Contact     object         `json:"contactInfo"`
	Home        object         `json:"privateAddress"`
	Category    *reference     `json:"category"`
	Birthday    string         `json:"birthday"`
	Notice      string         `json:"notice"`
	Tags        []string       `json:"tags"`
	Photo       jsontext.Value `json:"photo"` // nil where the answer does not tell it
	ExtIDs      []string       `json:"extIds"`
	CreatedAt   string         `json:"rowInfo.createdAt"`
	CreatedBy   string         `json:"rowInfo.createdBy"`
	UpdatedAt   string         `json:"rowInfo.updatedAt"`
	UpdatedBy   string         `json:"rowInfo.updatedBy"`
	Access      string         `json:"rowInfo.rowAccess"`
	State       string         `json:"rowInfo.rowState"`
}

// relation ties a person to a company; its type is the job title.
type relation struct {
	ID      int64      `json:"id"`
	Type    string     `json:"type"`
	Notice  string     `json:"notice"`
	Company *reference `json:"company"`
	Place   *reference `json:"companyAddress"`
}

// employer is the id of the company, 0 for none.
func (r *relation) employer() int64 {
	if r == nil || r.Company == nil {
		return 0
	}
	return r.Company.ID
}

// object is a nested object with every key that it has, so that it can be written back whole.
type object map[string]jsontext.Value

// text is the text under a key, empty where there is none.
func (o object) text(key string) string {
	var text string
	if o[key].Kind() == '"' {
		_ = json.Unmarshal(o[key], &text, jsontext.AllowInvalidUTF8(true)) // what is no text is none
	}
	return text
}

func (p *person) named(string) {}

func (p *person) modified(zone *time.Location) time.Time {
	return later(p.CreatedAt, p.UpdatedAt, zone)
}

func (p *person) author() string { return authorOf(p.UpdatedBy, p.CreatedBy) }

func (p *person) creator() string { return p.CreatedBy }

func (p *person) keys() []string { return p.ExtIDs }

// job is the canonical job title: the sign that stands for none is none.
func (r *relation) job() record.Value {
	if r == nil || r.Type == noJob {
		return ""
	}
	return record.Line(r.Type)
}

// noJob stands for no job title, because the calls for relationships insist on one.
const noJob = "–"

// personSnapshot shows a contact person.
func (c *Client) personSnapshot(p *person, _ *time.Location) remote.Snapshot {
	s := remote.Snapshot{
		Ref: refOf(typePerson, p.ID), Kind: record.Contacts, Key: ourKey(p.ExtIDs), Offered: true, Author: p.author(),
		ByUs: c.isUs(p.author()), MadeByUs: c.isUs(p.CreatedBy), Raw: p,
	}
	if p.Version != nil {
		s.Version = remote.Version(idText(*p.Version))
	}
	if strings.Contains(strings.ToUpper(p.State), "LOCK") {
		s.Held = append(s.Held, remote.HeldLocked)
	}
	if owner := p.Owner.text(); owner != "" {
		s.People = []string{owner}
	}
	switch everybody, passes := c.passes(p); {
	case p.Access == accessInvalid:
		s.Rule = remote.RuleInvalid
	case !passes:
		s.Rule = remote.RuleFilter
	case everybody:
		s.People = append(s.People, remote.Everybody)
	}
	s.Fields = c.personFields(p)
	if c.config.Photos {
		if p.Photo == nil {
			s.Partial = true
		} else {
			s.Fields[record.ContactPhoto] = photoID(p.Photo)
		}
	}
	s.Nameless = nameless(p)
	s.Erased = s.Nameless && c.emptied(p)
	if s.Rule == "" {
		s.Natural = record.ContactNaturals(s.Fields)
	}
	return s
}

func photoID(value jsontext.Value) record.Value {
	var photo struct {
		ID int64 `json:"id"`
	}
	if value.Kind() != '{' || json.Unmarshal(value, &photo) != nil || photo.ID == 0 {
		return ""
	}
	return record.Value(idText(photo.ID))
}

// The words of Config.ContactFilter.
const (
	filterOwned    = "owned"
	filterAll      = "all"
	filterTag      = "tag"
	filterCategory = "category"
)

func validFilter(text string) bool {
	what, word, named := strings.Cut(text, ":")
	switch what {
	case filterOwned, filterAll:
		return !named
	case filterTag, filterCategory:
		return record.Line(word) != ""
	}
	return false
}

// passes judges a person by the filter that says which ones are synchronised. Without one they are their owners'.
func (c *Client) passes(p *person) (everybody, passes bool) {
	what, word, _ := strings.Cut(c.config.ContactFilter, ":")
	switch what {
	case filterAll:
		return true, true
	case filterTag:
		for _, tag := range p.Tags {
			if sameLine(tag, word) {
				return true, true
			}
		}
		return true, false
	case filterCategory:
		return true, sameLine(p.Category.label(), word)
	}
	return false, true
}

func sameLine(a, b string) bool {
	return strings.EqualFold(string(record.Line(a)), string(record.Line(b)))
}

func (c *Client) personFields(p *person) record.Fields {
	f := record.Fields{
		record.ContactTitleBefore: record.Line(p.TitleBefore),
		record.ContactFirst:       record.Line(p.First),
		record.ContactLast:        c.lastName(p.Last),
		record.ContactTitleAfter:  record.Line(p.TitleAfter),
		record.ContactCompany:     "",
		record.ContactJob:         p.Primary.job(),
		record.ContactAddress:     addressOf(p.Home).Value(),
		record.ContactCountry:     c.countryOf(p.Home),
		record.ContactWeb:         record.Line(p.Contact.text("www")),
		record.ContactNotes:       record.Value(record.ParseBody(p.Notice).Own),
		record.ContactCategories:  record.Set(p.Tags),
	}
	if day, ok := birthday(p.Birthday); ok {
		f[record.ContactBirthday] = day
	}
	for name, number := range slotsOf(p.Contact).fields() {
		f[name] = number
	}
	addresses := emailsOf(p.Contact)
	f[record.ContactEmail1], f[record.ContactEmail2] = addresses[0], addresses[1]
	employer := company{seen: true}
	if id := p.Primary.employer(); id != 0 {
		f[record.ContactCompany] = record.Line(p.Primary.Company.label())
		var known bool
		if employer, known = c.companies.recall(id); !known {
			return f // what comes from the company is not told, rather than told to be empty
		}
	}
	if employer.seen {
		f[record.ContactOffice] = employer.Office
	}
	lines := []string{string(employer.Phone), c.webOf(typePerson, p.ID)}
	f[record.ContactClient] = record.Value(strings.Trim(strings.Join(lines, "\n"), "\n"))
	return f
}

// lastName is the canonical last name; the text that stands for none is none.
func (c *Client) lastName(text string) record.Value {
	line := record.Line(text)
	if line == record.Line(c.config.Unnamed) {
		return ""
	}
	return line
}

func addressOf(o object) record.Address {
	return record.Address{Street: o.text("street"), City: o.text("city"), Region: o.text("province"), Zip: o.text("zipCode")}
}

// countryOf reads the country's code; RAYNETs that show only its name are understood too.
func (c *Client) countryOf(o object) record.Value {
	for _, key := range []string{"countryCode", "country"} {
		if text := o.text(key); text != "" {
			return c.countries.Code(text)
		}
	}
	return ""
}

// birthday reads a date, which may come with a time of day; ok is false for one that cannot be read.
func birthday(text string) (day record.Value, ok bool) {
	if text == "" {
		return "", true
	}
	date, _, _ := strings.Cut(strings.Replace(text, " ", "T", 1), "T")
	_, err := time.Parse(time.DateOnly, date)
	return record.Value(date), err == nil
}

// nameless reports whether the name says that RAYNET's anonymise ran over the person.
func nameless(p *person) bool {
	folded := unaccent(strings.ToLower(strings.TrimSpace(p.Last)))
	return strings.HasPrefix(folded, "anonym") || strings.HasPrefix(folded, "anonim")
}

// emptied reports whether nothing but the name tells who the person is.
func (c *Client) emptied(p *person) bool {
	left := p.First + p.Birthday + string(addressOf(p.Home).Value()) + string(c.countryOf(p.Home))
	for _, key := range []string{"email", "email2", "tel1", "tel2"} {
		left += p.Contact.text(key)
	}
	notes := record.ParseBody(p.Notice)
	return strings.TrimSpace(left+notes.Own+notes.Block) == ""
}

// unaccent removes what stands above and below letters.
func unaccent(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}

// employers makes sure that the companies of some persons are known.
func (c *Client) employers(ctx context.Context, persons []*person) error {
	var ids []int64
	for _, p := range persons {
		if id := p.Primary.employer(); id != 0 {
			ids = append(ids, id)
		}
	}
	return c.companies.ensure(ctx, ids)
}

// personBelongs is the owner of a person.
func personBelongs(p *person, _ *time.Location) int64 {
	if p.Owner == nil {
		return 0
	}
	return p.Owner.ID
}
