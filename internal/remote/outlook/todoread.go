package outlook

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// todoParts is how many reads of tasks go into one request: nobody paces them behind it, and eight at a time are refused
// (G-161).
const todoParts = 4

// readTasks reads tasks. One that is not found is gone only if its list is there.
func (c *Client) readTasks(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	const doing = "read tasks"
	if len(refs) == 0 {
		return nil, nil
	}
	if scope.Container == "" {
		return nil, &remote.Error{Kind: remote.NoContainer, Side: record.Outlook, Doing: doing, Text: "there is no list of tasks"}
	}
	out := make([]remote.Reading, len(refs))
	var places []int
	var paths []string
	for i, ref := range refs {
		if ref.Type != typeTask || ref.ID == "" || ref.Side != record.Outlook {
			out[i] = remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{
				Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + ref.String(), Text: "there is no such type of thing"}}
			continue
		}
		places, paths = append(places, i), append(paths, tasksPath(scope)+"/"+segment(ref.ID))
	}
	parts, err := c.manyBy(ctx, todoParts, scope.Mailbox, paths, doing)
	if err != nil {
		return nil, c.todoError(ctx, scope, err)
	}
	gone := false
	for k, i := range places {
		out[i] = c.taskReading(scope, refs[i], parts[k])
		gone = gone || out[i].Presence == remote.Gone
	}
	if gone {
		if err := c.listThere(ctx, scope, doing); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// taskReading is the outcome of reading one task. An id that Graph calls malformed (G-160) is no proof that the task is gone:
// it was Graph's own once, so either we wrote it wrongly or its form changed.
func (c *Client) taskReading(scope remote.Scope, ref remote.Ref, from part) remote.Reading {
	if from.err != nil {
		return each([]remote.Ref{ref}, from.err)[0]
	}
	t, err := readTodo(from.body)
	if err != nil {
		return remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{
			Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + ref.String(), Text: "the task could not be read", Err: err}}
	}
	one := c.task(scope, t, from.at)
	one.Ref = ref
	return remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: one}
}

// findTasks finds by marks alone, by looking through the list: To Do cannot be asked for them (G-129). What else could be alike is
// in the feed.
func (c *Client) findTasks(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	const doing = "look for a copy"
	key := search.Key
	if key == "" && search.Source.IsZero() && search.Like != nil {
		key = search.Like.Key
	}
	var wanted func(remote.Stamp) bool
	switch {
	case key != "":
		wanted = func(stamp remote.Stamp) bool { return strings.EqualFold(stamp.Op, key) }
	case !search.Source.IsZero():
		source := c.marks.sourceValue(search.Source, scope.Mailbox)
		wanted = func(stamp remote.Stamp) bool { return c.marks.sourceValue(stamp.Source, stamp.Mailbox) == source }
	case search.Alike != nil:
		return nil, nil
	default:
		return nil, &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "the search names nothing"}
	}
	if search.Type != "" && search.Type != typeTask {
		return nil, nil
	}
	return c.markedTasks(ctx, scope, doing, wanted)
}

func (c *Client) stampedTasks(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	return c.markedTasks(ctx, scope, "read our marks in the list of tasks", func(remote.Stamp) bool { return true })
}

// markedTasks looks through the list for tasks with a mark.
func (c *Client) markedTasks(ctx context.Context, scope remote.Scope, doing string, wanted func(remote.Stamp) bool) ([]remote.Snapshot, error) {
	if scope.Container == "" {
		return nil, nil
	}
	seen := map[string]int{} // pages may repeat a task
	var out []remote.Snapshot
	err := c.list(ctx, c.read(scope.Mailbox, tasksPath(scope)+"?$top=1000", doing), func(raw jsontext.Value, at time.Time) error {
		t, err := readTodo(raw)
		if err != nil {
			return unreadable(doing, err)
		}
		one := c.task(scope, t, at)
		if one.Stamp == nil || !wanted(*one.Stamp) {
			return nil
		}
		if i, again := seen[t.ID]; again {
			out[i] = one
			return nil
		}
		seen[t.ID] = len(out)
		out = append(out, one)
		return nil
	})
	if err != nil {
		return nil, c.todoError(ctx, scope, err)
	}
	oneMark(out)
	return slices.DeleteFunc(out, func(one remote.Snapshot) bool { return one.Stamp == nil }), nil
}
