package raynet

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

const (
	dateLayout     = "2006-01-02"
	reminderLayout = "2006-01-02T15:04Z"
)

// taskSnapshot shows a task. zone decides which date the deadline is on. A row that does not tell the deadline, as no list row
// does, is partial: its due date is unknown, and so is whether it equals another task.
func (c *Client) taskSnapshot(a *activity, zone *time.Location) remote.Snapshot {
	s := remote.Snapshot{
		Ref: refOf(a.kind, a.ID), Kind: record.Tasks, Version: version(a), Key: a.key(), Offered: true,
		Author: a.author(), ByUs: c.isUs(a.author()), Finished: a.Status == statusCancelled,
		MadeByUs: c.isUs(a.CreatedBy), Raw: a,
	}
	if person := a.resolver(); person != 0 {
		s.People = []string{idText(person)}
	}
	if strings.Contains(strings.ToUpper(a.State), "LOCK") {
		s.Held = append(s.Held, remote.HeldLocked)
	}
	if a.Access == accessInvalid {
		s.Rule = remote.RuleInvalid
	}
	if at, ok := instant(a.Completed, c.zone); ok && a.finished() && !at.IsZero() {
		s.Span = record.Between(at, at)
	}
	s.Fields = record.Fields{
		record.TaskSubject:    c.subject(a.Title),
		record.TaskImportance: importance(a.Priority),
		record.TaskDone:       flag(a.finished()),
		record.TaskBody:       record.Value(record.ParseBody(a.Description).Own),
		record.TaskCategories: a.tags(),
		record.TaskCancelled:  flag(a.Status == statusCancelled),
		record.TaskClient:     a.context(),
		record.TaskLink:       record.Value(c.web(a)),
	}
	if at, shown := a.deadline(c.zone); shown {
		s.Fields[record.TaskDue] = dueOn(at, zone)
		s.Fields[record.TaskReminder] = c.reminder(a, at, zone)
		if made, told := instant(a.CreatedAt, c.zone); told && at.Equal(deadlineOn(made.In(zone), time.Time{}, zone)) {
			s.Filled = []record.Field{record.TaskDue}
		}
	} else {
		s.Partial = true
	}
	if s.Rule == "" && !s.Partial {
		s.Natural = record.TaskNatural(s.Fields)
	}
	return s
}

func flag(on bool) record.Value {
	if on {
		return record.Yes
	}
	return ""
}

// finished reports whether nothing remains to be done. The state decides, not the moment of completion.
func (a *activity) finished() bool { return a.Status == statusCompleted || a.Status == statusCancelled }

// resolver is the person who has to do a task: its other participant, or the owner, who may be listed once or twice when
// he does it himself.
func (a *activity) resolver() int64 {
	if a.Resolver != nil && a.Resolver.ID != 0 {
		return a.Resolver.ID
	}
	for _, p := range a.Participants {
		if !p.Owner && p.Person != 0 {
			return p.Person
		}
	}
	return a.owner()
}

// deadline is by when a task is to be done, zero for never; shown is false where the answer does not tell it in a form that can
// be read. The years by which other programs say "never" are never. zone is the account's.
func (a *activity) deadline(zone *time.Location) (at time.Time, shown bool) {
	switch {
	case a.Deadline == nil:
		return time.Time{}, false
	case a.Deadline.Kind() == 'n':
		return time.Time{}, true
	}
	text, err := jsontext.AppendUnquote(nil, a.Deadline)
	if err != nil {
		return time.Time{}, false
	}
	at, ok := instant(string(text), zone)
	if !ok || !sane(at) {
		return time.Time{}, ok
	}
	return at, true
}

// dueOn is the date of an instant in a zone.
func dueOn(at time.Time, zone *time.Location) record.Value {
	if at.IsZero() {
		return ""
	}
	return record.Value(at.In(zone).Format(dateLayout))
}

// reminder is the deadline of an open task whose time of day somebody chose. The two ends of a day, in the account's zone or in
// the reader's, are what stands for a mere date.
func (c *Client) reminder(a *activity, at time.Time, zone *time.Location) record.Value {
	if at.IsZero() || a.finished() {
		return ""
	}
	for _, place := range []*time.Location{c.zone, zone} {
		if clock := at.In(place).Format("15:04"); clock == "00:00" || clock == "23:59" {
			return ""
		}
	}
	return record.Value(at.UTC().Format(reminderLayout))
}

// tags are the canonical tags. A comma parts two of them, because that is how every update writes them.
func (a *activity) tags() record.Value {
	var words []string
	if json.Unmarshal(a.Tags, &words) != nil {
		var text string
		_ = json.Unmarshal(a.Tags, &text) // of any other shape there are none
		words = []string{text}
	}
	return record.Set(strings.Split(strings.Join(words, ","), ","))
}

// context is the marked block of the Outlook body: the company and the person for whom a task is.
func (a *activity) context() record.Value {
	var lines []string
	for _, named := range []*reference{a.Company, a.Person} {
		if name := string(record.Line(named.label())); name != "" && (len(lines) == 0 || lines[0] != name) {
			lines = append(lines, name)
		}
	}
	return record.Value(strings.Join(lines, "\n"))
}

// taskBelongs is the owner of a task: whom it is assigned to may have changed.
func taskBelongs(a *activity, _ *time.Location) int64 { return a.owner() }
