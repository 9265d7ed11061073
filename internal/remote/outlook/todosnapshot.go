package outlook

import (
	"slices"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// taskMaterial is Snapshot.Raw of a task: what composing an update or a delete of this very state needs.
type taskMaterial struct {
	ID string
	// List is the id of the list in which it lies.
	List string
	// Body is the description as it is; HTML says in which form.
	Body       string
	HTML       bool
	Status     string
	Categories []string
}

// task maps a task. Whatever lies in the list is offered.
func (c *Client) task(scope remote.Scope, t todo, at time.Time) remote.Snapshot {
	stamp, foreign := c.marks.readLinked(t.Linked)
	s := remote.Snapshot{
		Ref: taskRef(t.ID), Kind: record.Tasks, Version: remote.Version(t.ETag), At: at, Stamp: stamp, MadeByUs: stamp != nil,
		Modified: saved(t.Modified), Container: scope.Container, Offered: true,
		// A completed task that nobody knows is what a task that repeats leaves behind (G-126): it is no new task.
		Finished: t.done(),
	}
	if stamp != nil {
		s.Key = stamp.Op
	}
	if t.Recurrence != nil {
		s.Held = append(s.Held, remote.HeldRepeats)
	}
	due, dueOK := t.due(c.placeOf(scope.Zone))
	switch {
	case foreign:
		s.Rule = remote.RuleForeign
	case !dueOK:
		s.Rule = remote.RuleSpan
	}
	if completed, ok := t.Completed.read(false); ok && t.done() {
		s.Span = record.Between(completed, completed)
	}
	s.Fields = c.taskFields(t, due)
	if s.Rule == "" {
		s.Natural = record.TaskNatural(s.Fields)
	}
	s.Raw = &taskMaterial{ID: t.ID, List: scope.Container, HTML: t.html(), Status: t.Status, Categories: slices.Clone(t.Categories)}
	if t.Body != nil {
		s.Raw.(*taskMaterial).Body = t.Body.Content
	}
	return s
}

// taskFields returns the canonical values that Outlook shows. That RAYNET gave a task up, our own block, the reminder and the link
// are written but never read.
func (c *Client) taskFields(t todo, due record.Value) record.Fields {
	f := record.Fields{
		record.TaskSubject:    c.taskSubject(t.Title),
		record.TaskDue:        due,
		record.TaskImportance: importance(t.Importance),
		record.TaskDone:       "",
		record.TaskBody:       record.Value(t.text().Own),
		record.TaskCategories: record.Set(without(t.Categories, c.config.CancelledCategory)),
	}
	if t.done() {
		f[record.TaskDone] = record.Yes
	}
	return f
}

// taskSubject returns the canonical subject of a title.
func (c *Client) taskSubject(title string) record.Value {
	line := record.Line(title)
	if line == record.Line(c.config.Untitled) {
		return ""
	}
	return line
}

// untoldTask is what a round says of a task that is there but could not be read.
func untoldTask(scope remote.Scope, id string, at time.Time) remote.Snapshot {
	return remote.Snapshot{
		Ref: taskRef(id), Kind: record.Tasks, At: at, Container: scope.Container, Offered: true, Partial: true,
	}
}

func taskRef(id string) remote.Ref { return remote.Ref{Side: record.Outlook, Type: typeTask, ID: id} }

// oneMark takes our mark from finished tasks where one that repeats has it too. Each time that such a task is completed, it leaves a
// copy with everything on it (G-128), and only the task itself is what we made. An open one that does not repeat is no proof: it may
// be a copy that a person made of a task that is finished by now.
func oneMark(list []remote.Snapshot) {
	repeats := map[remote.Stamp]bool{}
	for _, one := range list {
		if one.Stamp != nil && !one.Finished && one.HeldBy(remote.HeldRepeats) {
			repeats[*one.Stamp] = true
		}
	}
	for i := range list {
		if one := &list[i]; one.Stamp != nil && one.Finished && repeats[*one.Stamp] {
			one.Stamp, one.Key, one.MadeByUs = nil, "", false
		}
	}
}

// placeOf returns the location of a user's zone, UTC if it is not known.
func (c *Client) placeOf(name string) *time.Location {
	if loaded, err := c.zonePlace(name); err == nil {
		return loaded
	}
	return time.UTC
}

// without returns the words but for one, in any letter case.
func without(words []string, word string) []string {
	var out []string
	for _, one := range words {
		if line := string(record.Line(one)); !containsFold([]string{line}, word) {
			out = append(out, one)
		}
	}
	return out
}
