package raynet

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// taskDraft is one change of a task being put into RAYNET's form.
type taskDraft struct {
	draft
	zone  *time.Location
	shows record.Fields // what RAYNET will show instead of what was asked for
}

// composeTask puts a change of a task into requests: a create is a PUT and, where the task is finished or its key needs a second
// call, one PUT and one POST that follow it.
//
// A date becomes the end of that day in the scope's zone, or keeps the time of day that the deadline had. A RAYNET task cannot be
// without a deadline: a create without a date gets today's, and an emptied date changes nothing; both are told as what
// RAYNET shows. A title is cut to 255 letters, and a tag with a comma is left out.
func (c *Client) composeTask(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	d := taskDraft{
		draft: draft{client: c, scope: scope, write: write, kind: typeTask, body: map[string]any{}, later: map[string]any{}},
		shows: record.Fields{},
	}
	var err error
	if d.zone, err = c.location(scope.Zone); err != nil {
		return nil, err
	}
	if write.Op == remote.Create {
		return d.create()
	}
	if write.Target == nil {
		return nil, d.refuse("the state to start from is missing")
	}
	ref := write.Target.Ref
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
	if err := d.whole(ctx); err != nil {
		return nil, err
	}
	if err := d.fill(); err != nil || len(d.body) == 0 {
		return nil, err
	}
	request.Writes, request.Shows = d.first, d.shown()
	return d.finish([]remote.Request{request}, d.body)
}

func (d *taskDraft) refuse(text string) error { return fault(remote.Invalid, "compose a task", text) }

// shown is nil rather than empty, so that equal requests are equal.
func (d *taskDraft) shown() record.Fields {
	if len(d.shows) == 0 {
		return nil
	}
	return d.shows
}

// whole reads the detail if the target is a row, which does not tell the deadline, and the date is to be written.
func (d *taskDraft) whole(ctx context.Context) error {
	_, given := d.write.Fields[record.TaskDue]
	if !given || d.target.Deadline != nil {
		return nil
	}
	reading := d.client.read(ctx, d.write.Target.Ref, d.zone)
	switch detail, ok := reading.Snapshot.Raw.(*activity); {
	case reading.Presence == remote.Broken:
		return reading.Err
	case reading.Presence == remote.Gone || !ok:
		return fault(remote.NotFound, "compose a task", "the record is gone")
	default:
		d.target = detail
		return nil
	}
}

func (d *taskDraft) create() ([]remote.Request, error) {
	if d.owner = number(d.scope.Person); d.owner <= 0 {
		return nil, d.refuse("the owner is not a RAYNET person")
	}
	d.write.Fields = d.write.Fields.Clone()
	if d.write.Fields == nil {
		d.write.Fields = record.Fields{}
	}
	for _, always := range []record.Field{record.TaskSubject, record.TaskImportance, record.TaskDue} { // RAYNET insists on them
		if _, given := d.write.Fields[always]; !given {
			d.write.Fields[always] = ""
		}
	}
	d.body["owner"], d.body["resolver"] = d.owner, d.owner
	d.body["personal"] = true
	d.body["status"] = statusNew
	if err := d.fill(); err != nil {
		return nil, err
	}
	if d.body["status"] != statusNew { // whether a create takes either is not sure
		d.later["status"], d.later["personal"] = d.body["status"], true
	}
	request := d.request(remote.Create, http.MethodPut, typeTask+"/")
	request.Key, request.Writes, request.Shows = d.write.Key, d.first, d.shown()
	inline := d.write.Key != "" && d.client.extID.inline()
	if inline {
		d.body["extId"] = d.write.Key
	}
	requests, err := d.finish([]remote.Request{request}, d.body)
	if err != nil {
		return nil, err
	}
	if d.write.Key != "" && !inline {
		requests = append(requests, extIDRequest(d.request(remote.Update, "", ""), typeTask, "{id}"))
	}
	if len(d.later) == 0 {
		return requests, nil
	}
	follow := d.request(remote.Update, http.MethodPost, typeTask+"/{id}/")
	follow.Writes = d.second
	return d.finish(append(requests, follow), d.later)
}

// fill puts every given field into the body.
func (d *taskDraft) fill() error {
	for _, spec := range record.TaskSchema().Fields {
		value, given := d.write.Fields[spec.Name]
		if !given {
			continue
		}
		var err error
		switch spec.Name {
		case record.TaskSubject:
			title := d.title(value)
			d.set(spec.Name, "title", title)
			d.show(spec.Name, value, d.client.subject(title))
		case record.TaskImportance:
			d.set(spec.Name, "priority", priority(value))
		case record.TaskCategories:
			d.tag(value)
		case record.TaskBody:
			err = d.describe(value)
		case record.TaskDue:
			err = d.due(value)
		}
		if err != nil {
			return err
		}
	}
	d.progress()
	d.reminds()
	return nil
}

// reminds notes the reminder that follows from the deadline and the state that are written. Nobody asked for it, but RAYNET will
// show it, and it must not look like an edit: list rows do not tell it, so that it may be seen only much later.
func (d *taskDraft) reminds() {
	at, _ := d.body["deadline"].(string)
	state, _ := d.body["status"].(string)
	if at == "" && state == "" {
		return
	}
	then := activity{Status: state}
	if d.target != nil {
		if then.Deadline = d.target.Deadline; state == "" {
			then.Status = d.target.Status
		}
	}
	if at != "" {
		then.Deadline = jsontext.Value(strconv.Quote(at))
	}
	if then.Deadline == nil && !then.finished() {
		return
	}
	deadline, _ := then.deadline(d.client.zone)
	d.first = append(d.first, record.TaskReminder)
	d.shows[record.TaskReminder] = d.client.reminder(&then, deadline, d.zone)
}

// show notes what RAYNET will show if that is not what was asked for.
func (d *taskDraft) show(name record.Field, asked, shown record.Value) {
	if asked != shown {
		d.shows[name] = shown
	}
}

// tag writes the tags: a list on create, one text with commas on update, where only null clears.
func (d *taskDraft) tag(value record.Value) {
	words := slices.DeleteFunc(record.ParseSet(value), record.IsOwnWord)
	held := record.Set(words)
	words = record.ParseSet(held)
	switch {
	case d.target == nil && len(words) > 0:
		d.body["tags"] = words
	case d.target == nil || d.target.tags() == held:
	case len(words) == 0:
		d.body["tags"] = nil
	default:
		d.body["tags"] = strings.Join(words, ",")
	}
	d.first = append(d.first, record.TaskCategories)
	d.show(record.TaskCategories, value, held)
}

// describe writes the people's own text into the description.
func (d *taskDraft) describe(value record.Value) error {
	text := clean(string(value))
	if len(text) > maxBody {
		return d.refuse("the description is longer than 100 kB")
	}
	previous := ""
	if d.target != nil {
		previous = d.target.Description
	}
	now := record.ComposeBody(previous, &text, nil)
	if now != previous {
		d.body["description"] = now
	}
	d.first = append(d.first, record.TaskBody)
	d.show(record.TaskBody, value, record.Value(record.ParseBody(now).Own))
	return nil
}

// due writes the deadline of a date.
func (d *taskDraft) due(value record.Value) error {
	d.first = append(d.first, record.TaskDue)
	var old time.Time
	if d.target != nil {
		old, _ = d.target.deadline(d.client.zone)
	}
	day := d.client.config.Now().In(d.zone)
	switch {
	case d.target != nil && (value == "" || value == dueOn(old, d.zone)):
		d.show(record.TaskDue, value, dueOn(old, d.zone))
		return nil
	case value != "":
		var err error
		if day, err = time.Parse(dateLayout, string(value)); err != nil || !sane(day) {
			return d.refuse("a due date that RAYNET cannot hold")
		}
	}
	at := deadlineOn(day, old, d.zone)
	d.body["deadline"] = at.Format(isoLayout)
	d.show(record.TaskDue, value, dueOn(at, d.zone))
	return nil
}

// deadlineOn is the deadline on the date of day: at the time of day of old, or in the last minute when there is none. A time that
// the clock skips there must not carry it to another date.
func deadlineOn(day, old time.Time, zone *time.Location) time.Time {
	hour, minute := 23, 59
	if !old.IsZero() {
		hour, minute, _ = old.In(zone).Clock()
	}
	year, month, date := day.Date()
	at := time.Date(year, month, date, hour, minute, 0, 0, zone)
	if _, _, reached := at.Date(); reached != date {
		at, _ = record.Days(day, day.AddDate(0, 0, 1)).In(zone)
	}
	return at
}

// progress writes the state. Only open and done cross: which open state it is stays RAYNET's own, and so does a cancellation,
// unless that field itself is asked for.
func (d *taskDraft) progress() {
	done, asked := d.write.Fields[record.TaskDone]
	cancelled, restored := d.write.Fields[record.TaskCancelled]
	if !asked && !restored {
		return
	}
	now, slot := statusNew, false
	if d.target != nil {
		now, slot = d.target.Status, d.target.From != ""
	}
	if !asked {
		done = flag(now == statusCompleted)
	}
	if !restored {
		cancelled = flag(now == statusCancelled)
	}
	wanted := now
	switch finished := now == statusCompleted || now == statusCancelled; {
	case cancelled == record.Yes:
		wanted = statusCancelled
	case done == record.Yes:
		wanted = statusCompleted
	case finished && slot:
		wanted = statusScheduled
	case finished:
		wanted = statusNew
	}
	if wanted != now {
		d.body["status"] = wanted
	}
	d.settled(asked, restored)
	if asked {
		d.show(record.TaskDone, done, flag(wanted == statusCompleted || wanted == statusCancelled))
	}
}

// settled notes which request settles the state: on create the one that follows, if there is one.
func (d *taskDraft) settled(done, cancelled bool) {
	var names []record.Field
	if done {
		names = append(names, record.TaskDone)
	}
	if cancelled {
		names = append(names, record.TaskCancelled)
	}
	if d.target == nil && d.body["status"] != statusNew {
		d.second = append(d.second, names...)
		return
	}
	d.first = append(d.first, names...)
}
