package raynet

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// The streams of the feed: what RAYNET lists apart.
const (
	streamActivity = "activity"
	streamPerson   = "person"
	streamCompany  = "company"
)

// Poll reads what was added or edited of the kinds since cursor, in one request for each stream when nothing was. Rows that the
// round before showed in the same version are left out. Removals never show here (Sweep finds them). Whole days are judged in the
// account's zone because the rows are everybody's: see InZone.
//
// A change of a company reports its persons, although nothing of them changed in RAYNET.
//
// A cursor that Begin or Poll did not make is a CursorDead error.
func (c *Client) Poll(ctx context.Context, kinds []record.Kind, token string) (remote.Round, error) {
	const doing = "poll what changed"
	at, err := readCursor(doing, token)
	if err != nil {
		return remote.Round{}, err
	}
	r := &round{client: c, kinds: kinds, before: at, cursor: at}
	if r.wants(record.Calendar) || r.wants(record.Tasks) {
		if err := r.follow(ctx, streamActivity, c.changed("poll the changed activities", streamActivity, at)); err != nil {
			return remote.Round{}, err
		}
	}
	if r.wants(record.Contacts) {
		if err := r.companies(ctx); err != nil {
			return remote.Round{}, err
		}
		if err := r.follow(ctx, streamPerson, c.changed("poll the changed persons", streamPerson, at)); err != nil {
			return remote.Round{}, err
		}
	}
	return r.done(), nil
}

// changed lists what was written since a stream was last read, archived records too.
func (c *Client) changed(doing, stream string, at cursor) listing {
	return listing{
		doing: doing, path: stream + "/",
		params: []param{{"rowInfo.lastModifiedAt[GE]", at.start(stream).from().Format(isoLayout)}},
	}
}

// Begin lists everything of the kinds that has no end or ends at or after from, and returns it with a cursor that continues from the
// moment at which the listing began. A listing that could not be read to its end is an error.
func (c *Client) Begin(ctx context.Context, kinds []record.Kind, from time.Time) (remote.Round, error) {
	r := &round{client: c, kinds: kinds}
	if r.wants(record.Contacts) {
		if err := r.allCompanies(ctx); err != nil {
			return remote.Round{}, err
		}
	}
	for _, stream := range c.everything(kinds, from) {
		if err := r.follow(ctx, stream.name, stream.lists...); err != nil {
			return remote.Round{}, err
		}
	}
	out := r.done()
	out.Full = true
	return out, nil
}

// Sweep returns everything of the kinds that has no end or ends at or after from, so that it can be told what is missing and what
// came into sight. It asks for nothing that the lists do not show.
func (c *Client) Sweep(ctx context.Context, kinds []record.Kind, from time.Time) ([]remote.Listed, error) {
	var listed []remote.Listed
	for _, stream := range c.everything(kinds, from) {
		for _, l := range stream.lists {
			_, err := c.list(ctx, l, func(row jsontext.Value, at time.Time) error {
				s, err := c.sight(row, l.kind, at)
				if err == nil && l.shows(s.kind(), kinds) {
					shown := c.snapshot(s, c.zone)
					listed = append(listed, remote.Listed{
						Ref: s.ref, Kind: shown.Kind, Version: shown.Version, People: shown.People, Modified: c.local(shown.Modified),
					})
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return listed, nil
}

// stream is what has to be listed to see all of one stream.
type stream struct {
	name  string
	lists []listing
}

// everything lists the streams with all that belongs to the kinds. Tasks are listed apart, because those that are open have no
// time slot by which to ask for them.
func (c *Client) everything(kinds []record.Kind, from time.Time) []stream {
	since := from.UTC().Truncate(time.Minute).Format(isoLayout)
	all := func(doing, kind, name, value string) listing {
		return listing{doing: doing, path: kind + "/", kind: kind, params: []param{{name, value}}}
	}
	var activities []listing
	if slices.Contains(kinds, record.Calendar) {
		activities = append(activities, listing{
			doing: "list the activities", path: "activity/", params: []param{{"scheduledTill[GE]", since}}, without: record.Tasks,
		})
	}
	if m, ok := mappingOfKind(record.Tasks); ok && slices.Contains(kinds, record.Tasks) {
		task := m.types[0]
		activities = append(activities,
			all("list the new tasks", task, "status[EQ]", statusNew),
			all("list the scheduled tasks", task, "status[EQ]", statusScheduled),
			all("list the completed tasks", task, "completed[GE]", since))
	}
	var out []stream
	if len(activities) > 0 {
		out = append(out, stream{streamActivity, activities})
	}
	if slices.Contains(kinds, record.Contacts) {
		out = append(out, stream{streamPerson, []listing{{doing: "list the persons", path: "person/", kind: typePerson}}})
	}
	return out
}

// shows reports whether a row of the list is wanted. Nobody is made work for who did not ask for its kind.
func (l listing) shows(kind record.Kind, kinds []record.Kind) bool {
	return kind != l.without && slices.Contains(kinds, kind)
}

// round is one round of the feed being read.
type round struct {
	client *Client
	kinds  []record.Kind
	before cursor // where it began: a stream that is new begins where the others stood, not where they are now
	cursor cursor
	told   time.Time // the service's clock at the first answer
	rows   []remote.Snapshot
}

func (r *round) wants(kind record.Kind) bool { return slices.Contains(r.kinds, kind) }

func (r *round) done() remote.Round {
	return remote.Round{Changed: r.rows, Cursor: r.cursor.encode(), ServerTime: r.told}
}

// follow reads the lists of a stream and moves its place.
func (r *round) follow(ctx context.Context, name string, lists ...listing) error {
	before, next := r.before.start(name), place{}
	at := map[remote.Ref]int{}
	var sights []sight
	for _, l := range lists {
		first, err := r.client.list(ctx, l, func(row jsontext.Value, now time.Time) error {
			s, err := r.client.sight(row, kindOfStream(name, l.kind), now)
			if err != nil || !l.shows(s.kind(), r.kinds) {
				return err
			}
			if i, twice := at[s.ref]; twice { // it moved from one list to another meanwhile
				sights[i] = s
				return nil
			}
			at[s.ref] = len(sights)
			sights = append(sights, s)
			return nil
		})
		if err != nil {
			return err
		}
		if next.Since.IsZero() {
			next.Since = r.clock(first)
		}
	}
	rows, err := r.client.snapshots(ctx, sights, r.client.zone)
	if err != nil {
		return err
	}
	for i, s := range rows {
		name := s.Ref.Type + "/" + s.Ref.ID
		if !before.knows(name, s.Version) {
			r.rows = append(r.rows, s)
		}
		if t := sights[i].thing; t != nil {
			next.see(name, s.Version, t.modified(r.client.zone))
		}
	}
	r.cursor = r.cursor.with(name, next)
	return nil
}

// kindOfStream is the type of a list's rows, "" for the list of all activities, whose rows tell it themselves.
func kindOfStream(name, kind string) string {
	if name == streamActivity {
		return kind
	}
	return name
}

// clock returns the service's clock at an answer, the moment from which to ask next. Without a clock of the service ours is
// used, with an allowance for its error.
func (r *round) clock(first *wire.Response) time.Time {
	if date, err := http.ParseTime(first.Header.Get("Date")); err == nil {
		if r.told.IsZero() {
			r.told = date.UTC()
		}
		return date.UTC()
	}
	const allowance = 10 * time.Minute
	return first.At.UTC().Add(-allowance)
}

// location returns the zone of a scope; none is the account's.
func (c *Client) location(name string) (*time.Location, error) {
	if name == "" || name == c.zone.String() {
		return c.zone, nil
	}
	return loadZone(name)
}
