package raynet

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// thing is the JSON of one record of any kind, a list row or a detail, as far as the core looks into it.
type thing interface {
	// named tells the record which type it was found under.
	named(kind string)
	// modified is when it was last written, to the minute; zero if it does not say.
	modified(zone *time.Location) time.Time
	// author is who wrote last and creator who made it, empty where RAYNET does not know.
	author() string
	creator() string
	// keys are its external ids, which list rows lack.
	keys() []string
}

// sight is one record as one answer showed it, before it is turned into a Snapshot.
type sight struct {
	ref     remote.Ref
	mapping mapping // of a type that is not synchronised: without kind
	thing   thing   // nil where its shape is not the expected one
	at      time.Time
}

func (s sight) mapped() bool { return s.mapping.kind != "" }

// kind is the kind that the record counts as: types that are not synchronised are explained in the calendar.
func (s sight) kind() record.Kind {
	if s.mapped() {
		return s.mapping.kind
	}
	return record.Calendar
}

// sight reads one record of the given type ("" reads it from the row). A row that cannot be read at all comes back without its
// thing, so that one bad record does not stop a listing: its detail will tell.
func (c *Client) sight(raw jsontext.Value, kind string, at time.Time) (sight, error) {
	const doing = "read a record"
	var label struct {
		ID     int64  `json:"id"`
		Entity string `json:"_entityName"`
	}
	if err := decode(doing, raw, &label); err != nil {
		return sight{}, err
	}
	if kind == "" {
		kind = typeOf(label.Entity)
	}
	if label.ID == 0 || kind == "" {
		return sight{}, fault(remote.Unavailable, doing, "a record without id or type")
	}
	s := sight{ref: refOf(kind, label.ID), at: at}
	read := decodeAs[*activity]
	if m, ok := mappingOfType(kind); ok {
		s.mapping, read = m, m.decode
	}
	if t, err := read(doing, raw); err == nil {
		t.named(kind)
		s.thing = t
	}
	return s, nil
}

func refOf(kind string, id int64) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: kind, ID: idText(id)}
}

// snapshots turns records into what they show in a zone, and reads before what they need besides.
func (c *Client) snapshots(ctx context.Context, sights []sight, zone *time.Location) ([]remote.Snapshot, error) {
	for _, m := range mappings() {
		var things []thing
		for _, s := range sights {
			if s.thing != nil && s.mapping.kind == m.kind {
				things = append(things, s.thing)
			}
		}
		if m.prepare == nil || len(things) == 0 {
			continue
		}
		if err := m.prepare(c, ctx, things); err != nil {
			return nil, err
		}
	}
	out := make([]remote.Snapshot, len(sights))
	for i, s := range sights {
		out[i] = c.snapshot(s, zone)
	}
	return out, nil
}

func (c *Client) snapshot(s sight, zone *time.Location) remote.Snapshot {
	out := remote.Snapshot{Ref: s.ref, Kind: s.kind(), At: s.at, Offered: true}
	switch a, unmapped := s.thing.(*activity); {
	case s.thing == nil:
		if out.Partial = true; !s.mapped() {
			out.Rule = remote.RuleType
		}
	case s.mapped():
		out = s.mapping.snapshot(c, s.thing, zone)
		out.At, out.Modified = s.at, s.thing.modified(zone)
	case unmapped:
		out.Rule, out.Version, out.People, out.Raw = remote.RuleType, version(a), a.persons(), a
		out.Author, out.ByUs = a.author(), c.isUs(a.author())
	}
	return out
}
