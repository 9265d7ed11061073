package outlook

import (
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
)

// todo is what we read of a task. Whatever Graph adds beyond it is ignored. What hangs on a task is shown with it, in delta too,
// and is absent where there is nothing (G-129).
type todo struct {
	ID         string           `json:"id"`
	ETag       string           `json:"@odata.etag"`
	Removed    *removed         `json:"@removed"`
	Modified   string           `json:"lastModifiedDateTime"`
	Title      string           `json:"title"`
	Body       *itemBody        `json:"body"`
	Status     string           `json:"status"`
	Importance string           `json:"importance"`
	Categories []string         `json:"categories"`
	Due        *moment          `json:"dueDateTime"`
	Completed  *moment          `json:"completedDateTime"`
	Recurrence *recurrence      `json:"recurrence"`
	Linked     []linkedResource `json:"linkedResources"`
}

// linkedResource is the one thing that a task may point to (G-129).
type linkedResource struct {
	ApplicationName string `json:"applicationName"`
	DisplayName     string `json:"displayName,omitzero"`
	WebURL          string `json:"webUrl,omitzero"`
	ExternalID      string `json:"externalId,omitzero"`
}

// The values of todo.Status that we write. Every other one means open as well.
const (
	statusCompleted  = "completed"
	statusNotStarted = "notStarted"
)

// typeTask is the value of Ref.Type.
const typeTask = "task"

// errNoTaskID says that what should be a task names nothing.
var errNoTaskID = errors.New("the task has no id")

// readTodo decodes one task. Its id is given back even if the rest cannot be read.
func readTodo(raw jsontext.Value) (todo, error) {
	var t todo
	if err := decode(raw, &t); err != nil {
		var named struct {
			ID string `json:"id"`
		}
		if decode(raw, &named) != nil {
			return todo{}, err
		}
		return todo{ID: named.ID}, err
	}
	if t.ID == "" {
		return todo{}, errNoTaskID
	}
	return t, nil
}

// done reports whether the task is completed. A status that we do not know counts as open.
func (t todo) done() bool { return strings.EqualFold(t.Status, statusCompleted) }

// due returns the date by which the task is due in a place, empty if there is none; ok is false for a time that cannot be.
func (t todo) due(place *time.Location) (date record.Value, ok bool) {
	if t.Due == nil || t.Due.DateTime == "" {
		return "", true
	}
	at, ok := t.Due.read(false)
	if !ok {
		return "", false
	}
	return dueDate(at, place), true
}

// dueDate finds the date that is meant by a due time, which is the midnight of some zone (G-124): that of UTC after a task
// rolled on (G-162), else that of whoever wrote it, so it is the nearest midnight in the place.
func dueDate(at time.Time, place *time.Location) record.Value {
	at = at.UTC()
	if !at.Equal(at.Truncate(24 * time.Hour)) {
		local := at.In(place)
		year, month, day := local.Date()
		if local.Hour() >= 12 {
			day++
		}
		at = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return record.Value(at.Format(dateLayout))
}

// dateLayout is how a date is written, in canonical values and for Graph.
const dateLayout = "2006-01-02"

// text takes the description apart, whichever form it has (G-129).
func (t todo) text() record.Body {
	switch {
	case t.Body == nil:
		return record.Body{}
	case t.html():
		return record.ParseBody(t.Body.Content)
	}
	return record.ParsePlain(t.Body.Content)
}

func (t todo) html() bool { return t.Body != nil && strings.EqualFold(t.Body.ContentType, "html") }
