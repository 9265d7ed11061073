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
// is a further row. Rows are written as row[T], where T is the JSON of the kind's records.
type mapping = row[thing]

// row is the mapping of a kind whose records are Ts.
type row[T thing] struct {
	kind record.Kind
	// types are RAYNET's types that belong to the kind. A create makes the first one unless creates says otherwise.
	types   []string
	creates func(Config) string
	// zoneless says that its snapshots are the same in every zone.
	zoneless bool
	// prepare reads what the snapshots of some records need besides them; nil for nothing.
	prepare func(c *Client, ctx context.Context, records []T) error
	// snapshot turns a row or a detail (partial is for the mapping to find out) into what it shows in a zone.
	snapshot func(c *Client, record T, zone *time.Location) remote.Snapshot
	// compose puts a change into requests.
	compose func(c *Client, ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error)
	// belongs says to whom a record belongs, 0 for nobody, or for one that no create of ours can have made as it is.
	belongs func(record T, zone *time.Location) int64

	decode func(doing string, raw jsontext.Value) (thing, error) // filled in by of
}

func mappings() []mapping {
	return []mapping{
		of(row[*activity]{
			kind: record.Calendar, types: []string{typeMeeting, typeEvent, typePhoneCall},
			creates:  func(config Config) string { return config.EventType },
			snapshot: (*Client).eventSnapshot, compose: (*Client).composeEvent, belongs: eventBelongs,
		}),
		of(row[*activity]{
			kind: record.Tasks, types: []string{typeTask},
			snapshot: (*Client).taskSnapshot, compose: (*Client).composeTask, belongs: taskBelongs,
		}),
		of(row[*person]{
			kind: record.Contacts, types: []string{typePerson}, zoneless: true, prepare: (*Client).employers,
			snapshot: (*Client).personSnapshot, compose: (*Client).composePerson, belongs: personBelongs,
		}),
	}
}

// of makes a row of the table out of one that knows its JSON.
func of[T thing](r row[T]) mapping {
	m := mapping{
		kind: r.kind, types: r.types, creates: r.creates, zoneless: r.zoneless, compose: r.compose, decode: decodeAs[T],
		snapshot: func(c *Client, t thing, zone *time.Location) remote.Snapshot {
			return r.snapshot(c, t.(T), zone) //nolint:forcetypeassert // decode made it
		},
		belongs: func(t thing, zone *time.Location) int64 {
			return r.belongs(t.(T), zone) //nolint:forcetypeassert // decode made it
		},
	}
	if r.prepare != nil {
		m.prepare = func(c *Client, ctx context.Context, things []thing) error {
			records := make([]T, len(things))
			for i, t := range things {
				records[i] = t.(T) //nolint:forcetypeassert // decode made it
			}
			return r.prepare(c, ctx, records)
		}
	}
	return m
}

func decodeAs[T thing](doing string, raw jsontext.Value) (thing, error) {
	var t T
	err := decode(doing, raw, &t)
	return t, err
}

// made is the type that a create of the kind makes.
func (r row[T]) made(config Config) string {
	if r.creates != nil {
		return r.creates(config)
	}
	return r.types[0]
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
