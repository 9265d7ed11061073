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
	"raynetsync/internal/remote"
)

// todoList is a list of tasks.
type todoList struct {
	ID          string   `json:"id"`
	DisplayName string   `json:"displayName"`
	IsOwner     *bool    `json:"isOwner"`
	Wellknown   string   `json:"wellknownListName"`
	Removed     *removed `json:"@removed"`
}

func todoPath(mailbox string) string { return "/users/" + segment(mailbox) + "/todo/lists" }

func listPath(scope remote.Scope) string {
	return todoPath(scope.Mailbox) + "/" + segment(scope.Container)
}

func tasksPath(scope remote.Scope) string { return listPath(scope) + "/tasks" }

// listOf returns the list that a path leads through.
func listOf(path string) string {
	_, rest, ok := strings.Cut(path, "/todo/lists/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return unescape(id)
}

// placeTasks finds the user's own list that has our name, and makes it if there is none. A list cannot be marked, so one that was
// renamed is found only by who remembers its id.
func (c *Client) placeTasks(ctx context.Context, scope remote.Scope, mayMake bool) (string, error) {
	scope.Container = ""
	lists, err := c.todoLists(ctx, scope)
	if err != nil {
		return "", c.todoError(ctx, scope, err)
	}
	wanted := string(record.Line(c.config.TaskList))
	var ids []string
	for _, one := range lists {
		lent := one.IsOwner != nil && !*one.IsOwner // a colleague shares it: its tasks are his
		if strings.EqualFold(string(record.Line(one.DisplayName)), wanted) && !lent && !strings.EqualFold(one.Wellknown, "flaggedEmails") {
			ids = append(ids, one.ID)
		}
	}
	slices.Sort(ids) // of several the same one every time
	switch {
	case len(ids) > 0:
		return c.inUse(ctx, scope, ids)
	case !mayMake:
		return "", nil
	}
	return c.makeList(ctx, scope, wanted)
}

// inUse returns the first list in which there is a task, the first one of all if there is none. Of a list whose making was answered late
// there are two, and whoever lost his memory would take the empty one and fill it again.
func (c *Client) inUse(ctx context.Context, scope remote.Scope, ids []string) (string, error) {
	for _, id := range ids {
		if len(ids) == 1 {
			break
		}
		const doing = "look which list of tasks is in use"
		scope.Container = id
		response, err := c.get(ctx, scope.Mailbox, tasksPath(scope)+"?$top=1", doing)
		if err != nil {
			return "", c.todoError(ctx, scope, err)
		}
		var tasks page
		if err := decode(response.Body, &tasks); err != nil {
			return "", unreadable(doing, err)
		}
		if len(tasks.Value) > 0 {
			return id, nil
		}
	}
	return ids[0], nil
}

// makeList makes a list. When the answer is lost, the list is found by its name the next time.
func (c *Client) makeList(ctx context.Context, scope remote.Scope, name string) (string, error) {
	const doing = "make the list for tasks"
	body, err := json.Marshal(todoList{DisplayName: name}, json.OmitZeroStructFields(true), json.Deterministic(true))
	if err != nil {
		return "", err
	}
	response, err := c.send(ctx, remote.Request{Method: http.MethodPost, Path: todoPath(scope.Mailbox), Mailbox: scope.Mailbox, Body: string(body)}, doing)
	if err != nil {
		return "", c.todoError(ctx, scope, err)
	}
	var made todoList
	if err := decode(response.Body, &made); err != nil || made.ID == "" {
		return "", unreadable(doing, err)
	}
	return made.ID, nil
}

// todoLists lists the lists in both ways that there are, because either was seen to leave some out (G-122).
func (c *Client) todoLists(ctx context.Context, scope remote.Scope) (map[string]todoList, error) {
	const doing = "list the lists of tasks"
	found := map[string]todoList{}
	take := func(raw jsontext.Value) error {
		var one todoList
		if err := decode(raw, &one); err != nil {
			return unreadable(doing, err)
		}
		if one.ID != "" && one.Removed == nil {
			found[one.ID] = one
		}
		return nil
	}
	if _, err := c.todoPages(ctx, scope, todoPath(scope.Mailbox)+"/delta", doing, take); err != nil {
		return nil, err
	}
	err := c.list(ctx, c.read(scope.Mailbox, todoPath(scope.Mailbox)+"?$top=1000", doing), func(raw jsontext.Value, _ time.Time) error {
		return take(raw)
	})
	return found, err
}

// listThere returns nil if the scope's list exists. Nothing but the list itself tells: what is in a list that was deleted goes on
// answering, and even takes new tasks (G-132).
func (c *Client) listThere(ctx context.Context, scope remote.Scope, doing string) error {
	_, err := c.get(ctx, scope.Mailbox, listPath(scope), doing)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lists[listPath(scope)] = c.config.Now()
		return nil
	}
	bare := scope
	bare.Container = ""
	failed := asRemote(err)
	if failed.Kind != remote.NotFound {
		return c.todoError(ctx, bare, err)
	}
	if _, err := c.get(ctx, scope.Mailbox, todoPath(scope.Mailbox)+"?$top=1", doing); err != nil {
		return c.todoError(ctx, bare, err)
	}
	gone := *failed
	gone.Kind, gone.Text = remote.NoContainer, "the list of tasks does not exist any more"
	return &gone
}

// listAge is how long a list that was seen is taken to be there.
const listAge = time.Minute

// listKnown is listThere for those who ask again and again.
func (c *Client) listKnown(ctx context.Context, scope remote.Scope, doing string) error {
	c.mu.Lock()
	seen, ok := c.lists[listPath(scope)]
	c.mu.Unlock()
	if age := c.config.Now().Sub(seen); ok && age >= 0 && age < listAge {
		return nil
	}
	return c.listThere(ctx, scope, doing)
}

// todoError says what a failure below To Do means for the scope. To Do is a service of its own: where it is not allowed, it says
// 401 or 404 while the mailbox works (G-121), and that must stop neither the connection nor the calendar. A list that is not found
// may be there after all (G-86).
func (c *Client) todoError(ctx context.Context, scope remote.Scope, err error) error {
	if err == nil {
		return nil
	}
	failed := asRemote(err)
	refused := failed.Kind == remote.Unauthorized && failed.Status == http.StatusUnauthorized && !strings.HasPrefix(failed.Code, "AADSTS")
	switch {
	case refused, failed.Kind == remote.NotFound && scope.Container == "":
		return c.todoRefused(ctx, scope.Mailbox, failed)
	case failed.Kind == remote.NotFound:
		if gone := c.listThere(ctx, scope, failed.Doing); gone != nil {
			return gone
		}
		passing := *failed
		passing.Kind = remote.Unavailable
		return &passing
	}
	return err
}

// todoRefused tells To Do being off from trouble with the login or the whole mailbox, which the calendar would share. A calendar
// that is forbidden shares nothing: that right may never have been asked for.
func (c *Client) todoRefused(ctx context.Context, mailbox string, failed *remote.Error) error {
	probe := c.mailboxThere(ctx, mailbox, failed.Doing)
	if probe != nil && remote.KindOf(probe) != remote.Forbidden {
		return probe
	}
	refused := *failed
	refused.Kind = remote.Forbidden
	if refused.Text == "" {
		refused.Text = "To Do cannot be used for this mailbox"
	}
	return &refused
}
