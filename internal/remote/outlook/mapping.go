package outlook

import (
	"context"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// mapping is what the client knows of one kind. The core (requests, batches, pages, marks, firewall) goes by this table alone, so
// that a further kind is a further row. What the functions mean is said at the exported ones of Client that call them.
type mapping struct {
	kind     record.Kind
	place    func(c *Client, ctx context.Context, scope remote.Scope, mayMake bool) (string, error) // nil: the kind has no container
	begin    func(c *Client, ctx context.Context, scope remote.Scope, from, till time.Time) (remote.Round, error)
	resume   func(c *Client, ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error)
	read     func(c *Client, ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error)
	find     func(c *Client, ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error)
	stamps   func(c *Client, ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error)
	create   func(c *Client, ctx context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error)
	update   func(c *Client, ctx context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error)
	drop     func(c *Client, ctx context.Context, scope remote.Scope, write remote.Write, request remote.Request) ([]remote.Request, error)
	answered func(c *Client, ctx context.Context, request remote.Request, response *wire.Response, doing string) (remote.Answer, error)
	remove   func(c *Client, ctx context.Context, request remote.Request, doing string) (remote.Answer, error)
	failed   func(c *Client, ctx context.Context, request remote.Request, err error) error // what a failed create or update means; nil: what it says
}

func mappings() []mapping {
	return []mapping{{
		kind: record.Calendar, begin: (*Client).beginCalendar, resume: (*Client).resumeCalendar, read: (*Client).readCalendar,
		find: (*Client).findEvents, stamps: (*Client).stampedEvents, create: (*Client).createEvent, update: (*Client).updateEvent,
		drop: (*Client).dropEvent, answered: (*Client).eventAnswer, remove: (*Client).removeEvent,
	}, {
		kind: record.Contacts, place: (*Client).placeContacts, begin: (*Client).beginContacts, resume: (*Client).resumeContacts,
		read: (*Client).readContacts, find: (*Client).findContacts, stamps: (*Client).stampedContacts, create: (*Client).createContact,
		update: (*Client).updateContact, drop: (*Client).dropContact, answered: (*Client).contactAnswer, remove: (*Client).removeContact,
		failed: (*Client).contactFailed,
	}, {
		kind: record.Tasks, place: (*Client).placeTasks, begin: (*Client).beginTasks, resume: (*Client).resumeTasks,
		read: (*Client).readTasks, find: (*Client).findTasks, stamps: (*Client).stampedTasks, create: (*Client).createTask,
		update: (*Client).updateTask, drop: (*Client).dropTask, answered: (*Client).taskAnswer, remove: (*Client).removeTask,
		failed: (*Client).taskFailed,
	}}
}

func mappingOf(kind record.Kind, doing string) (mapping, error) {
	for _, m := range mappings() {
		if m.kind == kind {
			return m, nil
		}
	}
	return mapping{}, &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "there is no such kind of things"}
}

// Place finds the folder or list in which the kind's things lie and, where it may, makes it. It is empty for a kind that needs none,
// and where there is none yet.
func (c *Client) Place(ctx context.Context, scope remote.Scope, mayMake bool) (string, error) {
	m, err := mappingOf(scope.Kind, "find the folder")
	if err != nil || m.place == nil {
		return "", err
	}
	return m.place(c, ctx, scope, mayMake)
}

// Begin reads everything of the scope within the window from its beginning, as the first round of a feed: the round is Full.
func (c *Client) Begin(ctx context.Context, scope remote.Scope, from, till time.Time) (remote.Round, error) {
	m, err := mappingOf(scope.Kind, "read everything")
	if err != nil {
		return remote.Round{}, err
	}
	return m.begin(c, ctx, scope, from, till)
}

// Continue reads what changed since the round that gave the cursor. A cursor that Graph forgot is *remote.Error{Kind:
// CursorDead}; then begin anew.
func (c *Client) Continue(ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error) {
	const doing = "read the changes"
	m, err := mappingOf(scope.Kind, doing)
	if err != nil {
		return remote.Round{}, err
	}
	if !c.isOurs(cursor) {
		return remote.Round{}, &remote.Error{Kind: remote.CursorDead, Side: record.Outlook, Doing: doing, Text: "the cursor was given by another address"}
	}
	return m.resume(c, ctx, scope, cursor)
}

// Read reads each ref with every field and our marks. See engine.Side.
func (c *Client) Read(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	m, err := mappingOf(scope.Kind, "read things")
	if err != nil {
		return nil, err
	}
	return m.read(c, ctx, scope, refs)
}

// Find looks for what carries our marks, in the whole mailbox. See engine.Side. Lists may lag behind a write by minutes
// (G-91): no hit soon after a write proves nothing.
func (c *Client) Find(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	m, err := mappingOf(scope.Kind, "look for a copy")
	if err != nil {
		return nil, err
	}
	return m.find(c, ctx, scope, search)
}

// Stamps reads everything of the kind in the mailbox that this product made, in one bulk read. It is the look-up before creates.
func (c *Client) Stamps(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	m, err := mappingOf(scope.Kind, "read our marks in the mailbox")
	if err != nil {
		return nil, err
	}
	return m.stamps(c, ctx, scope)
}

// Everything names every event of the mailbox, in whatever calendar and time: single events and series, not the dates of these, and which
// are private. Contacts and tasks are all in their feeds.
func (c *Client) Everything(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	if scope.Kind != record.Calendar {
		return nil, nil
	}
	return c.allEvents(ctx, scope)
}

// Compose puts a wanted change into Graph's form. See engine.Side. A change that touches nothing that Outlook takes gives no
// request.
func (c *Client) Compose(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	m, err := mappingOf(scope.Kind, "compose a write")
	if err != nil {
		return nil, err
	}
	if scope.Mailbox == "" {
		return nil, refusal(write, "only what lies in a mailbox can be written")
	}
	request := remote.Request{Side: record.Outlook, Kind: scope.Kind, Op: write.Op, Mailbox: scope.Mailbox}
	switch write.Op {
	case remote.Create:
		return m.create(c, ctx, scope, write, request)
	case remote.Update:
		return m.update(c, ctx, scope, write, request)
	case remote.Delete:
		return m.drop(c, ctx, scope, write, request)
	}
	return nil, refusal(write, "there is no such operation")
}
