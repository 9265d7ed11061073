package raynet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// maxText is how many letters any line of a person may have; RAYNET's own limit is unknown.
const maxText = 255

// personDraft is one change of a contact person being put into RAYNET's form.
type personDraft struct {
	client *Client
	scope  remote.Scope
	write  remote.Write
	target *person       // of a create: nobody
	shown  record.Fields // what the target shows; of a create: nothing
	body   map[string]any
	writes []record.Field // what body writes, and what cannot be held
	shows  record.Fields  // what will be shown instead of what was asked for
	follow []remote.Request
}

// composePerson puts a change of a contact person into requests. A create is one PUT, with a second call for its key where that is
// needed. An update is a POST of the person's own fields and, for tags and employer, calls of their own that follow it; without
// the former the first of the latter is the request. What RAYNET cannot hold stays as it is, and is told in Shows.
func (c *Client) composePerson(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	d := &personDraft{client: c, scope: scope, write: write, target: &person{}, body: map[string]any{}, shows: record.Fields{}}
	if write.Op == remote.Create {
		return d.create(ctx)
	}
	if write.Target == nil {
		return nil, d.refuse("the state to start from is missing")
	}
	ref := write.Target.Ref
	path := typePerson + "/" + ref.ID + "/"
	if write.Op == remote.Delete {
		request := d.request(remote.Delete, http.MethodDelete, path)
		request.Ref = ref
		return []remote.Request{request}, nil
	}
	var ok bool
	if d.target, ok = write.Target.Raw.(*person); !ok {
		return nil, d.refuse("the state to start from was not read by this client")
	}
	d.shown = c.personFields(d.target)
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	d.retag()
	if err := d.employ(ctx); err != nil {
		return nil, err
	}
	var requests []remote.Request
	if len(d.body) > 0 {
		request, err := d.encode(d.request(remote.Update, http.MethodPost, path), d.body)
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	requests = append(requests, d.follow...)
	if len(requests) == 0 {
		return nil, nil
	}
	for i := range requests {
		requests[i].Ref = ref
	}
	requests[0].Writes = append(requests[0].Writes, d.writes...)
	requests[0].Shows = over(requests[0].Shows, d.shows)
	return requests, nil
}

// over returns a with the values of b over its own, nil for nothing.
func over(a, b record.Fields) record.Fields {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := a.Clone()
	if out == nil {
		out = record.Fields{}
	}
	for name, value := range b { // any order: each name once
		out[name] = value
	}
	return out
}

func (d *personDraft) create(ctx context.Context) ([]remote.Request, error) {
	owner := number(d.scope.Person)
	if owner <= 0 {
		return nil, d.refuse("the owner is not a RAYNET person")
	}
	if _, given := d.write.Fields[record.ContactLast]; !given { // RAYNET insists on one
		d.write.Fields = over(d.write.Fields, record.Fields{record.ContactLast: ""})
	}
	d.body["owner"] = owner
	d.shown = d.client.personFields(d.target)
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	spare(d.body)
	if value, given := d.write.Fields[record.ContactCategories]; given {
		tags, held := heldTags(value)
		if d.note(record.ContactCategories, value, held); len(tags) > 0 {
			d.body["tags"] = tags
		}
	}
	if err := d.firstEmployer(ctx); err != nil {
		return nil, err
	}
	inline := d.write.Key != "" && d.client.extID.inline()
	if inline {
		d.body["extId"] = d.write.Key
	}
	request, err := d.encode(d.request(remote.Create, http.MethodPut, typePerson+"/"), d.body)
	if err != nil {
		return nil, err
	}
	request.Writes, request.Shows = d.writes, over(nil, d.shows)
	requests := []remote.Request{request}
	if d.write.Key != "" && !inline {
		requests = append(requests, extIDRequest(d.request(remote.Update, "", ""), typePerson, "{id}"))
	}
	return requests, nil
}

func (d *personDraft) request(op remote.Op, method, path string) remote.Request {
	return newRequest(d.scope, d.write, op, method, path)
}

func (d *personDraft) encode(request remote.Request, body any) (remote.Request, error) {
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return request, d.refuse("a value cannot be written as JSON")
	}
	request.Body = string(text)
	return request, nil
}

func (d *personDraft) refuse(text string) error {
	return fault(remote.Invalid, "compose a contact person", text)
}

// note lists a field as written; if RAYNET will show another value than the one that was asked for, that too.
func (d *personDraft) note(name record.Field, asked, shown record.Value) {
	d.writes = append(d.writes, name)
	if asked != shown {
		d.shows[name] = shown
	}
}

// fill puts every given field of the person itself into the body.
func (d *personDraft) fill(ctx context.Context) error {
	contact := kept(d.target.Contact)
	touched := false
	for _, name := range d.write.Fields.Sorted() {
		value := d.write.Fields[name]
		switch name {
		case record.ContactTitleBefore:
			d.body["titleBefore"] = d.line(name, value)
		case record.ContactFirst:
			d.body["firstName"] = d.line(name, value)
		case record.ContactTitleAfter:
			d.body["titleAfter"] = d.line(name, value)
		case record.ContactLast:
			if d.body["lastName"] = d.line(name, value); d.body["lastName"] == "" {
				d.body["lastName"] = d.client.config.Unnamed
			}
		case record.ContactWeb:
			contact["www"], touched = d.line(name, value), true
		case record.ContactBirthday:
			d.birthday(value)
		case record.ContactNotes:
			if err := d.notes(value); err != nil {
				return err
			}
		}
	}
	touched = d.emails(contact) || touched
	if d.phones(ctx, contact) || touched {
		d.body["contactInfo"] = contact
	}
	d.home()
	return nil
}

// line is a text as it is written: one line of at most maxText letters.
func (d *personDraft) line(name record.Field, value record.Value) string {
	text := record.Truncate(string(record.Line(clean(string(value)))), maxText)
	d.note(name, value, record.Line(text))
	return text
}

// birthday is a date, or null for none.
func (d *personDraft) birthday(value record.Value) {
	if _, err := time.Parse(time.DateOnly, string(value)); err != nil && value != "" {
		d.note(record.ContactBirthday, value, d.shown[record.ContactBirthday])
		return
	}
	d.note(record.ContactBirthday, value, value)
	if d.body["birthday"] = any(string(value)); value == "" {
		d.body["birthday"] = nil
	}
}

// notes replaces the part of the notice that people wrote.
func (d *personDraft) notes(value record.Value) error {
	text := clean(string(value))
	if len(text) > maxBody {
		return d.refuse("the notes are longer than 100 kB")
	}
	d.writes = append(d.writes, record.ContactNotes)
	if now := record.ComposeBody(d.target.Notice, &text, nil); now != d.target.Notice {
		d.body["notice"] = now
	}
	return nil
}

// phones puts the changed numbers into RAYNET's two places, and tells what the five fields will show then.
func (d *personDraft) phones(ctx context.Context, contact map[string]any) bool {
	changes := record.Fields{}
	for _, name := range record.Phones() {
		if value, given := d.write.Fields[name]; given {
			changes[name] = record.Line(record.Truncate(clean(string(value)), maxText))
		}
	}
	before := slotsOf(d.target.Contact)
	after := before.with(changes, func(wanted class) string { return d.client.phones.of(ctx, wanted) })
	for name, number := range after.fields() { // any order: each name once, and writes are sorted below
		asked, given := d.write.Fields[name]
		switch {
		case given:
			d.note(name, asked, number)
		case number != d.shown[name]: // one number that goes may move the other one to another field
			d.note(name, d.shown[name], number)
		}
	}
	slices.Sort(d.writes)
	if after == before {
		return false
	}
	for i, key := range []string{"tel1", "tel2"} {
		if after[i].number != before[i].number {
			contact[key] = string(after[i].number)
		}
		if after[i].kind != before[i].kind {
			contact[key+"Type"] = after[i].kind
		}
	}
	return true
}

// home writes the private address. RAYNET takes countries by their codes only.
func (d *personDraft) home() {
	lines, moved := d.write.Fields[record.ContactAddress]
	value, abroad := d.write.Fields[record.ContactCountry]
	if !moved && !abroad {
		return
	}
	home := kept(d.target.Home)
	delete(home, "countryCode")
	delete(home, "id")
	touched := false
	if moved {
		a := record.ParseAddress(lines)
		for key, part := range map[string]*string{"street": &a.Street, "city": &a.City, "province": &a.Region, "zipCode": &a.Zip} {
			*part = record.Truncate(string(record.Line(clean(*part))), maxText)
			home[key] = *part
		}
		d.note(record.ContactAddress, lines, a.Value())
		touched = true
	}
	country := d.shown[record.ContactCountry]
	if abroad {
		if value == "" || d.client.countries.IsCode(value) {
			country, touched = value, true
		}
		d.note(record.ContactCountry, value, country)
	}
	if home["country"] = string(country); touched {
		d.body["privateAddress"] = home
	}
}

// spare takes out of the body of a create what is empty anyway.
func spare(body map[string]any) {
	for key, value := range body { // any order: each is judged alone
		if nested, ok := value.(map[string]any); ok {
			if spare(nested); len(nested) == 0 {
				delete(body, key)
			}
		}
		if value == nil || value == "" {
			delete(body, key)
		}
	}
}

// kept is a nested object to be written back whole: the keys that it has, without those that are empty.
func kept(o object) map[string]any {
	out := make(map[string]any, len(o))
	for key, value := range o {
		if value.Kind() != jsontext.KindNull {
			out[key] = value
		}
	}
	return out
}

// heldTags are the tags that RAYNET can hold, and the set that they make: a comma would part a tag in two.
func heldTags(value record.Value) ([]string, record.Value) {
	tags := slices.DeleteFunc(record.ParseSet(value), record.IsOwnWord)
	return tags, record.Set(tags)
}
