package raynet

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// mapping is what the client knows of one kind. The core (lists, reads, sends) goes by this table alone, so a further kind
// is a further row.
type mapping struct {
	kind record.Kind
	// types are RAYNET's types that belong to the kind.
	types []string
	// snapshot turns a row or a detail (partial is for the mapping to find out) into what it shows in a zone.
	snapshot func(c *Client, a *activity, zone *time.Location) remote.Snapshot
	// compose puts a change into requests.
	compose func(c *Client, ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error)
	// like reports whether a shows what the body of a create asked for.
	like func(c *Client, a *activity, body []byte, zone *time.Location) bool
}

func mappings() []mapping {
	return []mapping{{
		kind: record.Calendar, types: []string{typeMeeting, typeEvent, typePhoneCall},
		snapshot: (*Client).eventSnapshot, compose: (*Client).composeEvent, like: (*Client).likeEvent,
	}, {
		kind: record.Tasks, types: []string{typeTask},
		snapshot: (*Client).taskSnapshot, compose: (*Client).composeTask, like: (*Client).likeTask,
	}}
}

// KindOf returns the kind that RAYNET's records of a type belong to ("meeting" is of the calendar); ok is false for a type
// that is not synchronised.
func KindOf(refType string) (kind record.Kind, ok bool) {
	m, ok := mappingOfType(refType)
	return m.kind, ok
}

func mappingOfType(name string) (mapping, bool) {
	for _, m := range mappings() {
		if slices.Contains(m.types, name) {
			return m, true
		}
	}
	return mapping{}, false
}

func mappingOfKind(kind record.Kind) (mapping, bool) {
	for _, m := range mappings() {
		if m.kind == kind {
			return m, true
		}
	}
	return mapping{}, false
}

// snapshot turns one activity of the given type ("" reads it from the row) into a Snapshot. A row that cannot be read at all
// comes back Partial and without fields, so that one bad record does not stop a listing: its detail will tell.
func (c *Client) snapshot(raw jsontext.Value, kind string, zone *time.Location, at time.Time) (remote.Snapshot, error) {
	const doing = "read an activity"
	var a activity
	if err := decode(doing, raw, &a); err != nil {
		return c.unreadable(raw, kind, at, err)
	}
	if a.kind = kind; kind == "" {
		a.kind = typeOf(a.Entity)
	}
	if a.ID == 0 || a.kind == "" {
		return remote.Snapshot{}, fault(remote.Unavailable, doing, "a record without id or type")
	}
	m, ok := mappingOfType(a.kind)
	if !ok {
		return remote.Snapshot{
			Ref: c.ref(&a), Kind: record.Calendar, Version: version(&a), At: at, Offered: true, Rule: remote.RuleType,
			Author: a.author(), ByUs: c.isUs(a.author()), People: a.persons(), Raw: &a,
		}, nil
	}
	s := m.snapshot(c, &a, zone)
	s.At = at
	return s, nil
}

// unreadable makes the best of a row whose shape is not the expected one.
func (c *Client) unreadable(raw jsontext.Value, kind string, at time.Time, cause error) (remote.Snapshot, error) {
	var named struct {
		ID     int64  `json:"id"`
		Entity string `json:"_entityName"`
	}
	if err := decode("read an activity", raw, &named); err != nil || named.ID == 0 || (kind == "" && named.Entity == "") {
		return remote.Snapshot{}, cause
	}
	a := activity{ID: named.ID, kind: kind}
	if kind == "" {
		a.kind = typeOf(named.Entity)
	}
	s := remote.Snapshot{Ref: c.ref(&a), Kind: record.Calendar, At: at, Offered: true, Partial: true}
	if m, ok := mappingOfType(a.kind); ok {
		s.Kind = m.kind
	} else {
		s.Rule = remote.RuleType
	}
	return s, nil
}

func (c *Client) ref(a *activity) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: a.kind, ID: idText(a.ID)}
}
