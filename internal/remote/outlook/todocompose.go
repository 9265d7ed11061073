package outlook

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// todoWrite is what we ever write of a task. What it points to is written once: it cannot be cleared nor a second one be added
// (G-129).
type todoWrite struct {
	Title      *string          `json:"title,omitzero"`
	Body       *itemBody        `json:"body,omitzero"`
	Status     string           `json:"status,omitzero"`
	Importance string           `json:"importance,omitzero"`
	Categories []string         `json:"categories,omitzero"`
	Due        jsontext.Value   `json:"dueDateTime,omitzero"` // a moment, or null
	Reminder   *moment          `json:"reminderDateTime,omitzero"`
	Linked     []linkedResource `json:"linkedResources,omitzero"`
}

// zoneHeader tells in whose zone the answer's dates are to be read. It is a header of the stored request and is not sent.
const zoneHeader = "X-Zone"

func (c *Client) createTask(ctx context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	op, err := createKey(write)
	if err != nil {
		return nil, err
	}
	if scope.Container == "" {
		return nil, refusal(write, "a task needs a list")
	}
	if err := c.listKnown(ctx, scope, "compose a create"); err != nil { // a list that was deleted would take it (G-132)
		return nil, err
	}
	f := write.Fields
	title, shows := c.taskTitle(f[record.TaskSubject])
	request.Shows = shows
	body := todoWrite{
		Title: &title, Importance: string(importance(string(f[record.TaskImportance]))),
		Categories: c.taskCategories(record.ParseSet(f[record.TaskCategories]), f[record.TaskCancelled] == record.Yes),
		Linked:     c.marks.linked(write.Stamp, op, string(f[record.TaskLink])),
	}
	if f[record.TaskDone] == record.Yes || f[record.TaskCancelled] == record.Yes {
		body.Status = statusCompleted
	}
	if len(body.Categories) == 0 {
		body.Categories = nil
	}
	if f[record.TaskDue] != "" {
		if body.Due, err = c.dueMoment(write, f[record.TaskDue], scope.Zone); err != nil {
			return nil, err
		}
	}
	if body.Reminder, err = c.taskReminder(write, body.Status); err != nil {
		return nil, err
	}
	own, block := string(f[record.TaskBody]), string(f[record.TaskClient])
	if own != "" || block != "" {
		body.Body = &itemBody{ContentType: "text", Content: record.ComposePlain("", &own, &block)}
	}
	request.Method, request.Path, request.Key = http.MethodPost, tasksPath(scope), op
	request.Header = map[string]string{zoneHeader: scope.Zone}
	return finish(write, request, body)
}

// taskReminder returns when to remind of what is still to come: an old task would remind at once. It is set at create only and
// belongs to the user from then on.
func (c *Client) taskReminder(write remote.Write, status string) (*moment, error) {
	text := string(write.Fields[record.TaskReminder])
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse("2006-01-02T15:04Z", text)
	if err != nil {
		return nil, refusal(write, "the reminder is no time")
	}
	if status == statusCompleted || c.config.Reminder < 0 || !at.After(c.config.Now()) {
		return nil, nil
	}
	return &moment{at.Format("2006-01-02T15:04:05"), "UTC"}, nil
}

func (c *Client) updateTask(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	from, err := taskOf(write)
	if err != nil {
		return nil, err
	}
	f := write.Fields
	body := todoWrite{Status: statusAfter(from, f), Body: bodyAfter(from, f)}
	if subject, ok := f[record.TaskSubject]; ok {
		title, shows := c.taskTitle(subject)
		body.Title, request.Shows = &title, shows
	}
	if value, ok := f[record.TaskImportance]; ok {
		body.Importance = string(importance(string(value)))
	}
	if value, ok := f[record.TaskDue]; ok {
		if body.Due, err = c.dueMoment(write, value, scope.Zone); err != nil {
			return nil, err
		}
	}
	body.Categories = c.categoriesAfter(from, f)
	request.Method, request.Ref = http.MethodPatch, write.Target.Ref
	request.Path = taskPath(scope, from)
	request.Header = taskGuard(write.Target)
	request.Header[zoneHeader] = scope.Zone
	return finish(write, request, body)
}

func (c *Client) dropTask(_ context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error) {
	from, err := taskOf(write)
	if err != nil {
		return nil, err
	}
	request.Method, request.Ref = http.MethodDelete, write.Target.Ref
	request.Path = taskPath(scope, from)
	request.Header = taskGuard(write.Target)
	return []remote.Request{request}, nil
}

// taskOf returns the material of the task that a write starts from.
func taskOf(write remote.Write) (*taskMaterial, error) {
	if write.Target == nil {
		return nil, refusal(write, "a change needs the state it starts from")
	}
	from, ok := write.Target.Raw.(*taskMaterial)
	if !ok || from.ID == "" || from.List == "" {
		return nil, refusal(write, "the task must be read before it is changed")
	}
	return from, nil
}

func taskPath(scope remote.Scope, from *taskMaterial) string {
	scope.Container = from.List
	return tasksPath(scope) + "/" + segment(from.ID)
}

// taskGuard ties a change to the very state it was made for.
func taskGuard(target *remote.Snapshot) map[string]string {
	header := map[string]string{}
	if target.Version != "" {
		header["If-Match"] = string(target.Version)
	}
	return header
}

// maxTitle is how many letters of a title are written (G-124).
const maxTitle = 255

// taskTitle returns the title to write for a subject, and what Outlook will show of it if that is less.
func (c *Client) taskTitle(subject record.Value) (title string, shows record.Fields) {
	switch title = record.Truncate(string(subject), maxTitle); {
	case title == "":
		return c.config.Untitled, nil
	case title != string(subject):
		return title, record.Fields{record.TaskSubject: c.taskSubject(title)}
	}
	return title, nil
}

// statusAfter returns the status to write, empty if it stays. Every open status is as good as another: which one is the user's own.
func statusAfter(from *taskMaterial, f record.Fields) string {
	done, hasDone := f[record.TaskDone]
	was := strings.EqualFold(from.Status, statusCompleted)
	switch {
	case done == record.Yes || f[record.TaskCancelled] == record.Yes:
		if !was {
			return statusCompleted
		}
	case hasDone && was:
		return statusNotStarted
	}
	return ""
}

// bodyAfter returns the description to write, nil if it stays. It keeps the form that it has (G-129).
func bodyAfter(from *taskMaterial, f record.Fields) *itemBody {
	own, hasOwn := f[record.TaskBody]
	block, hasBlock := f[record.TaskClient]
	out := itemBody{ContentType: "text"}
	if from.HTML {
		out.ContentType = "html"
		out.Content = record.ComposeBody(from.Body, textIf(hasOwn, own), textIf(hasBlock, block))
	} else {
		out.Content = record.ComposePlain(from.Body, textIf(hasOwn, own), textIf(hasBlock, block))
	}
	if out.Content == from.Body {
		return nil
	}
	return &out
}

// categoriesAfter returns the categories to write, nil if they stay.
func (c *Client) categoriesAfter(from *taskMaterial, f record.Fields) []string {
	words := without(from.Categories, c.config.CancelledCategory)
	if value, ok := f[record.TaskCategories]; ok {
		words = append(record.ParseSet(value), ownWords(words)...)
	}
	given, ok := f[record.TaskCancelled]
	cancelled := given == record.Yes
	if !ok {
		cancelled = len(without(from.Categories, c.config.CancelledCategory)) != len(from.Categories)
	}
	out := c.taskCategories(words, cancelled)
	if slices.Equal(out, from.Categories) {
		return nil
	}
	return out
}

// taskCategories returns the words and, if RAYNET gave the task up, the category that says so. It is never nil.
func (c *Client) taskCategories(words []string, cancelled bool) []string {
	out := append([]string{}, without(words, c.config.CancelledCategory)...)
	if cancelled {
		out = append(out, c.config.CancelledCategory)
	}
	return out
}

// dueMoment writes a date as its midnight in the user's zone (G-124), which is what To Do's own programs show as that date. In a
// zone that Windows has no name for it is the midnight of UTC, which we read as the same date.
func (c *Client) dueMoment(write remote.Write, value record.Value, user string) (jsontext.Value, error) {
	if value == "" {
		return jsontext.Value("null"), nil
	}
	day, err := time.Parse(dateLayout, string(value))
	if err != nil {
		return nil, refusal(write, "the due date is no date")
	}
	name, err := zone.Windows(user)
	if err != nil {
		name = "UTC"
	} else if year, month, date := day.Date(); time.Date(year, month, date, 0, 0, 0, 0, c.placeOf(user)).Hour() != 0 {
		day = day.Add(12 * time.Hour) // the clocks skip this midnight, and only the date of a time is kept
	}
	out, err := json.Marshal(moment{day.Format("2006-01-02T15:04:05"), name}, json.Deterministic(true))
	if err != nil {
		return nil, refusal(write, "the due date is no date")
	}
	return out, nil
}
