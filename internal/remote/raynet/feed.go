package raynet

import (
	"context"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// maxSeen limits how many rows a cursor remembers. Rows beyond it are merely reported once more.
const maxSeen = 2000

// cursor is where the feed stands.
type cursor struct {
	// Since is the service's own clock at the first page of the last round.
	Since time.Time `json:"since"`
	// Seen are the rows that the next round will show again because of the overlap: "meeting/9001" -> version.
	Seen map[string]string `json:"seen,omitempty"`
}

// from is the filter's value: whole minutes, because finer is not kept, and an overlap for rows that
// were stored while the last round read.
func (c cursor) from() time.Time { return c.Since.UTC().Truncate(time.Minute).Add(-overlap) }

func (c cursor) encode() string {
	text, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		return "" // cannot happen: a time of this era and texts
	}
	return string(text)
}

// Poll reads what was added or edited since cursor, in one request when nothing was. Rows that the round before showed in the
// same version are left out. Removals never show here (Sweep finds them). Whole days are judged in the account's zone
// because the rows are everybody's: see InZone.
//
// A cursor that Begin or Poll did not make is a CursorDead error.
func (c *Client) Poll(ctx context.Context, kinds []record.Kind, token string) (remote.Round, error) {
	const doing = "poll the changed activities"
	var at cursor
	if err := json.Unmarshal([]byte(token), &at); err != nil || at.Since.IsZero() {
		return remote.Round{}, fault(remote.CursorDead, doing, "the cursor cannot be read")
	}
	return c.round(ctx, listing{
		doing: doing, path: "activity/",
		params: []param{{"rowInfo.lastModifiedAt[GE]", at.from().Format(isoLayout)}},
	}, at.Seen)
}

// Begin lists everything that ends at or after from, and returns it with a cursor that continues from the moment at which the
// listing began. A listing that could not be read to its end is an error.
func (c *Client) Begin(ctx context.Context, kinds []record.Kind, from time.Time) (remote.Round, error) {
	round, err := c.round(ctx, endingFrom("list the activities", from), nil)
	round.Full = err == nil
	return round, err
}

// Sweep returns the refs of everything that ends at or after from, so that what is missing can be told.
func (c *Client) Sweep(ctx context.Context, kinds []record.Kind, from time.Time) ([]remote.Ref, error) {
	var refs []remote.Ref
	_, err := c.list(ctx, endingFrom("list the ids of the activities", from), func(row jsontext.Value, at time.Time) error {
		s, err := c.snapshot(row, "", c.zone, at)
		refs = append(refs, s.Ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	return refs, nil
}

func endingFrom(doing string, from time.Time) listing {
	return listing{
		doing: doing, path: "activity/",
		params: []param{{"scheduledTill[GE]", from.UTC().Truncate(time.Minute).Format(isoLayout)}},
	}
}

// round reads one listing of activities and makes the next cursor.
func (c *Client) round(ctx context.Context, l listing, seen map[string]string) (remote.Round, error) {
	var round remote.Round
	next := cursor{Seen: map[string]string{}}
	var rows []remote.Snapshot
	first, err := c.list(ctx, l, func(row jsontext.Value, at time.Time) error {
		s, err := c.snapshot(row, "", c.zone, at)
		rows = append(rows, s)
		return err
	})
	if err != nil {
		return remote.Round{}, err
	}
	round.ServerTime, next.Since = c.serverTime(first)
	for _, s := range rows {
		name := s.Ref.Type + "/" + s.Ref.ID
		a, readable := s.Raw.(*activity)
		if known, ok := seen[name]; !ok || s.Version == "" || known != string(s.Version) {
			round.Changed = append(round.Changed, s)
		}
		if readable && s.Version != "" && len(next.Seen) < maxSeen && !a.modified(c.zone).Before(next.from()) {
			next.Seen[name] = string(s.Version)
		}
	}
	round.Cursor = next.encode()
	return round, nil
}

// serverTime returns the service's clock at an answer, zero if it has none, and the moment from which to ask next. Without a
// clock of the service ours is used, with an allowance for its error.
func (c *Client) serverTime(first *wire.Response) (told, since time.Time) {
	if date, err := http.ParseTime(first.Header.Get("Date")); err == nil {
		return date.UTC(), date.UTC()
	}
	const allowance = 10 * time.Minute
	return time.Time{}, first.At.UTC().Add(-allowance)
}

// location returns the zone of a scope; none is the account's.
func (c *Client) location(name string) (*time.Location, error) {
	if name == "" || name == c.zone.String() {
		return c.zone, nil
	}
	return loadZone(name)
}
