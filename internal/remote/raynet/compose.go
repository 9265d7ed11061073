package raynet

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	maxTitle = 255        // runes; RAYNET's own limit is unknown, a longer title is cut
	maxBody  = 100 * 1024 // bytes of text
)

// draft is one change of an event being put into RAYNET's form.
type draft struct {
	client *Client
	scope  remote.Scope
	write  remote.Write
	kind   string    // the type of activity
	target *activity // nil for a create
	owner  int64
	body   map[string]any // of the first request
	later  map[string]any // of the request that follows a create
	first  []record.Field // what body writes
	second []record.Field // what later writes
}

// composeEvent puts a change of a calendar event into requests. A create is a PUT and, where place, several participants, a
// cancelled state or a second-call key need it, one POST and one PUT that follow it.
//
// A time is written in the scope's zone; whole days run from the first minute of the first day to 23:59 of the last one. A
// title is cut to 255 letters. Guests whom RAYNET knows are added as participants, and nobody is ever taken off by it;
// the rest is our marked block in the description.
func (c *Client) composeEvent(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	d := draft{client: c, scope: scope, write: write, body: map[string]any{}, later: map[string]any{}}
	if write.Op == remote.Create {
		return d.create(ctx)
	}
	if write.Target == nil {
		return nil, d.refuse("the state to start from is missing")
	}
	ref := write.Target.Ref
	d.kind = ref.Type
	request := d.request(write.Op, http.MethodPost, ref.Type+"/"+ref.ID+"/")
	request.Ref = ref
	if write.Op == remote.Delete {
		request.Method = http.MethodDelete
		return []remote.Request{request}, nil
	}
	var ok bool
	if d.target, ok = write.Target.Raw.(*activity); !ok {
		return nil, d.refuse("the state to start from was not read by this client")
	}
	d.owner = d.target.owner()
	if err := d.fill(ctx); err != nil || len(d.body) == 0 {
		return nil, err
	}
	request.Writes = d.first
	return d.finish([]remote.Request{request}, d.body)
}

func (d *draft) create(ctx context.Context) ([]remote.Request, error) {
	d.kind = d.client.config.EventType
	if d.owner = number(d.scope.Person); d.owner <= 0 {
		return nil, d.refuse("the owner is not a RAYNET person")
	}
	if d.write.Fields[record.EventTime] == "" {
		return nil, d.refuse("an event without a time")
	}
	for _, always := range []record.Field{record.EventSubject, record.EventImportance} {
		if _, given := d.write.Fields[always]; !given { // RAYNET insists on both
			d.write.Fields = d.write.Fields.Clone()
			d.write.Fields[always] = ""
		}
	}
	d.body["owner"] = d.owner
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	if _, given := d.body["status"]; !given {
		d.body["status"] = statusScheduled
	}
	if d.body["status"] == statusCancelled { // whether a create takes it is not sure
		d.later["status"] = statusCancelled
	}
	request := d.request(remote.Create, http.MethodPut, d.kind+"/")
	request.Key, request.Writes = d.write.Key, d.first
	inline := d.write.Key != "" && d.client.extID.inline()
	if inline {
		d.body["extId"] = d.write.Key
	}
	requests, err := d.finish([]remote.Request{request}, d.body)
	if err != nil {
		return nil, err
	}
	if d.write.Key != "" && !inline {
		requests = append(requests, extIDRequest(d.request(remote.Update, "", ""), d.kind, "{id}"))
	}
	if len(d.later) == 0 {
		return requests, nil
	}
	follow := d.request(remote.Update, http.MethodPost, d.kind+"/{id}/")
	follow.Writes = d.second
	return d.finish(append(requests, follow), d.later)
}

// extIDRequest is the second call that gives a record its key.
func extIDRequest(r remote.Request, kind, id string) remote.Request {
	r.Op, r.Method, r.Path = remote.Update, http.MethodPut, kind+"/"+id+"/extId/"
	text, err := json.Marshal(map[string]string{"extId": r.Key})
	if err != nil {
		return r // cannot happen: a key is plain text
	}
	r.Body = string(text)
	return r
}

func (d *draft) request(op remote.Op, method, path string) remote.Request {
	return newRequest(d.scope, d.write, op, method, path)
}

func newRequest(scope remote.Scope, write remote.Write, op remote.Op, method, path string) remote.Request {
	return remote.Request{
		Side: record.Raynet, Kind: scope.Kind, Op: op, Mailbox: scope.Mailbox, Method: method, Path: path, Key: write.Key,
	}
}

// finish puts the body into the last request.
func (d *draft) finish(requests []remote.Request, body map[string]any) ([]remote.Request, error) {
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return nil, d.refuse("a value cannot be written as JSON")
	}
	requests[len(requests)-1].Body = string(text)
	return requests, nil
}

func (d *draft) refuse(text string) error { return fault(remote.Invalid, "compose an event", text) }

// fill puts every given field that the type has into the bodies.
func (d *draft) fill(ctx context.Context) error {
	for _, spec := range record.EventSchema().Fields {
		value, given := d.write.Fields[spec.Name]
		if !given {
			continue
		}
		switch spec.Name {
		case record.EventSubject:
			d.set(spec.Name, "title", d.title(value))
		case record.EventImportance:
			d.set(spec.Name, "priority", priority(value))
		case record.EventCancelled:
			d.cancel(value)
		case record.EventPlace:
			d.place(value)
		case record.EventTime:
			if err := d.time(value); err != nil {
				return err
			}
		}
	}
	return d.description(ctx)
}

func (d *draft) set(name record.Field, key string, value any) {
	d.body[key] = value
	d.first = append(d.first, name)
}

func (d *draft) title(value record.Value) string {
	line := record.Line(string(value))
	if line == "" {
		return d.client.config.Untitled
	}
	return record.Truncate(string(line), maxTitle)
}

func (d *draft) cancel(value record.Value) {
	status := statusScheduled
	if value == record.Yes {
		status = statusCancelled
	}
	d.set(record.EventCancelled, "status", status)
}

// place needs a second call on create, and is dropped for the types without it.
func (d *draft) place(value record.Value) {
	if !hasPlace(d.kind) {
		return
	}
	if d.target != nil {
		d.set(record.EventPlace, "meetingPlace", string(record.Line(string(value))))
		return
	}
	if value == "" {
		d.first = append(d.first, record.EventPlace) // nothing is sent, and nothing is what it will show
		return
	}
	d.later["meetingPlace"] = string(record.Line(string(value)))
	d.second = append(d.second, record.EventPlace)
}

func (d *draft) time(value record.Value) error {
	span, err := record.ParseSpan(value)
	if err != nil || span.IsZero() {
		return d.refuse("an event without a time")
	}
	if span.Till.Before(span.From) || !sane(span.From) || !sane(span.Till) {
		return d.refuse("a time that RAYNET cannot hold")
	}
	location, err := d.client.location(d.scope.Zone)
	if err != nil {
		return err
	}
	from, till := span.In(location)
	if span.WholeDays {
		till = till.Add(-time.Minute)
	}
	d.set(record.EventTime, "scheduledFrom", from.Format(isoLayout))
	d.body["scheduledTill"] = till.Format(isoLayout)
	if _, given := d.body["status"]; !given && d.target != nil && d.target.Status == statusNew {
		d.body["status"] = statusScheduled // whether a time alone moves the state is unknown
	}
	return nil
}

// description writes the people's own text and our block, and adds those guests who are persons.
func (d *draft) description(ctx context.Context) error {
	own, hasOwn := d.write.Fields[record.EventBody]
	list, hasGuests := d.write.Fields[record.EventGuests]
	if !hasOwn && !hasGuests {
		return nil
	}
	var ownText, block *string
	if hasOwn {
		text := clean(string(own))
		if len(text) > maxBody {
			return d.refuse("the description is longer than 100 kB")
		}
		ownText = &text
	}
	if hasGuests {
		found, err := d.client.people.resolve(ctx, string(list), d.owner, d.client.config.Lookups)
		if err != nil {
			return err
		}
		if err := d.invite(ctx, found); err != nil {
			return err
		}
		text := clean(found.block)
		block = &text
	}
	previous := ""
	if d.target != nil {
		previous = d.target.Description
	}
	now := record.ComposeBody(previous, ownText, block)
	if now != previous {
		d.body["description"] = now
	}
	if hasOwn {
		d.first = append(d.first, record.EventBody)
	}
	return nil
}

// invite adds persons as participants. A create takes one by itself; more need the second call, and then all go
// there, because a RAYNET that replaces participants would drop the first one. An update sends the complete list.
func (d *draft) invite(ctx context.Context, found guests) error {
	d.first = append(d.first, record.EventGuests)
	if d.target == nil {
		if found.company != 0 {
			d.body["company"] = found.company
		}
		switch len(found.persons) {
		case 0:
		case 1:
			d.body["person"] = found.persons[0]
		default:
			d.later["participants"] = newParticipants(found.persons)
			d.second = append(d.second, record.EventGuests)
		}
		return nil
	}
	if found.company != 0 && d.target.Company == nil {
		d.body["company"] = found.company
	}
	present := d.target.persons()
	missing := slices.DeleteFunc(slices.Clone(found.persons), func(id int64) bool { return slices.Contains(present, idText(id)) })
	if len(missing) == 0 {
		return nil
	}
	participants, err := d.participants(ctx)
	if err != nil {
		return err
	}
	all := make([]map[string]any, 0, len(participants)+len(missing))
	for _, p := range participants {
		all = append(all, p.whole())
	}
	d.body["participants"] = append(all, newParticipants(missing)...)
	return nil
}

// participants are the target's with their ids, which list rows do not have: then the detail is read.
func (d *draft) participants(ctx context.Context) ([]participant, error) {
	if !slices.ContainsFunc(d.target.Participants, func(p participant) bool { return p.ID == 0 }) {
		return d.target.Participants, nil
	}
	reading := d.client.read(ctx, d.write.Target.Ref, d.client.zone)
	switch detail, ok := reading.Snapshot.Raw.(*activity); {
	case reading.Presence == remote.Broken:
		return nil, reading.Err
	case reading.Presence == remote.Gone || !ok:
		return nil, fault(remote.NotFound, "compose an event", "the record is gone")
	default:
		return detail.Participants, nil
	}
}

// whole is a participant as it is, with every key that could get lost.
func (p participant) whole() map[string]any {
	out := map[string]any{"id": p.ID}
	if p.Owner {
		out["owner"] = true
	}
	if p.Role == "FROM" || p.Role == "TO" {
		out["role"] = p.Role
	}
	for key, id := range map[string]int64{"person": p.Person, "company": p.Company, "lead": p.Lead} {
		if id != 0 {
			out[key] = id
		}
	}
	return out
}

func newParticipants(persons []int64) []map[string]any {
	out := make([]map[string]any, len(persons))
	for i, id := range persons {
		out[i] = map[string]any{"person": id}
	}
	return out
}

// clean removes what no JSON text or database of the service may be asked to keep.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || (r >= 0x7f && r < 0xa0) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
