package outlook

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
)

// beginTasks reads the whole list, whatever the window: Graph cannot narrow it (G-122). Without a list there is nothing.
func (c *Client) beginTasks(ctx context.Context, scope remote.Scope, _, _ time.Time) (remote.Round, error) {
	if scope.Container == "" {
		return remote.Round{Full: true}, nil
	}
	const doing = "read the list of tasks"
	round, err := c.taskRound(ctx, scope, tasksPath(scope)+"/delta", doing)
	if err == nil {
		err = c.listThere(ctx, scope, doing)
	}
	round.Full = true
	return c.whole(round, err)
}

// resumeTasks reads what changed. Tasks that went may have gone with their list.
func (c *Client) resumeTasks(ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error) {
	if scope.Container == "" {
		return remote.Round{Full: true}, nil
	}
	const doing = "read the changes of the list of tasks"
	round, err := c.taskRound(ctx, scope, cursor, doing)
	if err == nil && len(round.Removed) > 0 {
		err = c.listThere(ctx, scope, doing)
	}
	return c.whole(round, err)
}

// taskRound reads all pages and makes a round of them: the last entry of each task counts (G-86).
func (c *Client) taskRound(ctx context.Context, scope remote.Scope, path, doing string) (remote.Round, error) {
	type entry struct {
		task   todo
		broken bool // it could not be read beyond its id
	}
	entries := map[string]entry{}
	var order []string // ids by their first appearance
	end, err := c.todoPages(ctx, scope, path, doing, func(raw jsontext.Value) error {
		t, err := readTodo(raw)
		if t.ID == "" {
			return unreadable(doing, err)
		}
		if _, known := entries[t.ID]; !known {
			order = append(order, t.ID)
		}
		entries[t.ID] = entry{task: t, broken: err != nil}
		return nil
	})
	if err != nil {
		return remote.Round{}, c.todoError(ctx, scope, err)
	}
	round := remote.Round{Cursor: end.cursor, ServerTime: end.serverTime}
	for _, id := range order {
		switch one := entries[id]; {
		case one.broken:
			round.Changed = append(round.Changed, untoldTask(scope, id, end.at))
		case one.task.Removed != nil:
			round.Removed = append(round.Removed, taskRef(id))
		default:
			round.Changed = append(round.Changed, c.task(scope, one.task, end.at))
		}
	}
	oneMark(round.Changed)
	return round, nil
}

// deltaEnd is what the pages of a delta say besides their entries.
type deltaEnd struct {
	cursor     string
	serverTime time.Time // at the first page
	at         time.Time // of the last page
}

// todoPages reads all pages of a delta and hands each entry to take.
func (c *Client) todoPages(ctx context.Context, scope remote.Scope, path, doing string, take func(jsontext.Value) error) (deltaEnd, error) {
	var end deltaEnd
	round, err := c.deltaPages(ctx, scope.Mailbox, path, doing, func(raw jsontext.Value, at time.Time) error {
		end.at = at
		return take(raw)
	})
	end.cursor, end.serverTime = round.Cursor, round.ServerTime
	return end, err
}
