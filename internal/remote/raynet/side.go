package raynet

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"

	"raynetsync/internal/record"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

func loadZone(name string) (*time.Location, error) {
	location, err := zone.Load(name)
	if err != nil {
		return nil, fault(remote.Invalid, "read the time zone", err.Error())
	}
	return location, nil
}

// Read reads each ref as it is now: persons in bulk where RAYNET can, everything else with one request per ref. Whole
// days are judged in the scope's zone.
func (c *Client) Read(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	location, err := c.location(scope.Zone)
	if err != nil {
		return nil, err
	}
	known, err := c.readRows(ctx, scope, refs, location)
	if err != nil {
		return nil, err
	}
	readings := make([]remote.Reading, len(refs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(c.config.Connections)
	for i, ref := range refs {
		if s, ok := known[ref]; ok {
			readings[i] = remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: s}
			continue
		}
		group.Go(func() error {
			reading := c.read(ctx, ref, location)
			readings[i] = reading
			if reading.Presence == remote.Broken && ofScope(reading.Err) {
				return reading.Err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return readings, nil
}

// ofScope reports an error that every other ref would meet as well.
func ofScope(err error) bool {
	kind := remote.KindOf(err)
	return kind == remote.Unauthorized || kind == remote.Throttled || errors.Is(err, context.Canceled)
}

func (c *Client) read(ctx context.Context, ref remote.Ref, location *time.Location) remote.Reading {
	doing := "read " + ref.Type + " " + ref.ID
	broken := func(err error) remote.Reading { return remote.Reading{Ref: ref, Presence: remote.Broken, Err: err} }
	if _, ok := mappingOfType(ref.Type); !ok || ref.Side != record.Raynet || number(ref.ID) <= 0 {
		return broken(fault(remote.Invalid, doing, "not a record of a kind that is synchronised"))
	}
	response, err := c.get(ctx, doing, ref.Type+"/"+ref.ID+"/", isoDates())
	if remote.KindOf(err) == remote.NotFound && err != nil {
		return remote.Reading{Ref: ref, Presence: remote.Gone}
	}
	if err != nil {
		return broken(err)
	}
	s, err := c.detail(ctx, doing, ref.Type, response, location)
	if err != nil {
		return broken(err)
	}
	if s.Ref != ref {
		return broken(fault(remote.Unavailable, doing, "another record came back"))
	}
	return remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: s}
}

// detail reads a detail answer. It shows every field there is: one that it lacks is not shown by this RAYNET at all, and a
// further read would not help.
func (c *Client) detail(ctx context.Context, doing, kind string, response *wire.Response, location *time.Location) (remote.Snapshot, error) {
	data, err := one(doing, response.Body)
	if err != nil {
		return remote.Snapshot{}, err
	}
	seen, err := c.sight(data, kind, response.At)
	if err == nil && seen.thing == nil {
		err = fault(remote.Unavailable, doing, "the record's shape is not the expected one")
	}
	if err != nil {
		return remote.Snapshot{}, err
	}
	shown, err := c.snapshots(ctx, []sight{seen}, location)
	if err != nil {
		return remote.Snapshot{}, err
	}
	shown[0].Partial = false
	return shown[0], nil
}

// Find looks for what a create left behind: by its key, else by what it asked for among the records that the API user
// created since. It cannot find copies by their source alone, because RAYNET cannot list records by external id.
func (c *Client) Find(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	location, err := c.location(scope.Zone)
	if err != nil {
		return nil, err
	}
	switch {
	case search.Key != "":
		kind := search.Type
		if m, ok := mappingOfKind(scope.Kind); ok && kind == "" {
			kind = m.made(c.config)
		}
		if kind != "" {
			return c.findKey(ctx, kind, search.Key, location)
		}
	case search.Like != nil:
		return c.findLike(ctx, search, location)
	case search.Alike != nil && scope.Kind == record.Contacts:
		return c.findAlike(ctx, *search.Alike, location)
	case search.Alike != nil:
		return nil, nil // what could be alike is in the feed
	}
	return nil, fault(remote.Invalid, "find the copies of a record", "RAYNET finds records by their key only")
}

func (c *Client) findKey(ctx context.Context, kind, key string, location *time.Location) ([]remote.Snapshot, error) {
	const doing = "find a record by its key"
	response, err := c.get(ctx, doing, kind+"/ext/"+url.PathEscape(key)+"/", isoDates())
	if err != nil {
		if remote.KindOf(err) == remote.NotFound {
			return nil, nil
		}
		return nil, err
	}
	s, err := c.detail(ctx, doing, kind, response, location)
	if err != nil {
		return nil, err
	}
	s.Key = key
	return []remote.Snapshot{s}, nil
}

// findLike looks among the rows that our own user created since; each hit's detail must not show the key of another create. Of what
// belongs to somebody else only that counts which a person has written since: what we made for him was written last by us.
func (c *Client) findLike(ctx context.Context, search remote.Search, location *time.Location) ([]remote.Snapshot, error) {
	const doing = "find a record by what it shows"
	kind, _, _ := strings.Cut(strings.TrimLeft(search.Like.Path, "/"), "/")
	m, ok := mappingOfType(kind)
	if !ok {
		return nil, fault(remote.Invalid, doing, "not a record of a kind that is synchronised")
	}
	var asked struct {
		Owner int64 `json:"owner"`
	}
	if json.Unmarshal([]byte(search.Like.Body), &asked) != nil || asked.Owner == 0 {
		return nil, nil // what it asked for was erased meanwhile
	}
	fits := func(t thing) bool {
		owner := m.belongs(t, location)
		if search.Handed {
			return owner != 0 && owner != asked.Owner && !c.isUs(t.author())
		}
		return owner == asked.Owner
	}
	since := c.theirs(search.Since).UTC().Truncate(time.Minute).Add(-overlap)
	var hits []remote.Ref
	_, err := c.list(ctx, listing{
		doing: doing, path: kind + "/", params: []param{{"rowInfo.createdAt[GE]", since.Format(isoLayout)}},
	}, func(row jsontext.Value, at time.Time) error {
		seen, err := c.sight(row, kind, at)
		if err != nil || seen.thing == nil {
			return nil //nolint:nilerr // a row that cannot be read is not what we would have made
		}
		if c.isUs(seen.thing.creator()) && fits(seen.thing) {
			hits = append(hits, seen.ref)
		}
		return nil
	})
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	readings, err := c.Read(ctx, remote.Scope{Kind: m.kind, Zone: location.String(), Marks: true}, hits)
	if err != nil {
		return nil, err
	}
	var found []remote.Snapshot
	for _, reading := range readings {
		switch {
		case reading.Presence == remote.Broken:
			return nil, reading.Err
		case reading.Presence == remote.Present && (reading.Snapshot.Key == "" || reading.Snapshot.Key == search.Like.Key):
			found = append(found, reading.Snapshot)
		}
	}
	return found, nil
}

// Compose puts a wanted change into requests, by the kind's mapping. Nothing to write gives no request.
func (c *Client) Compose(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error) {
	m, ok := mappingOfKind(scope.Kind)
	if !ok {
		return nil, fault(remote.Invalid, "compose a write", "RAYNET has no mapping for "+string(scope.Kind))
	}
	if write.Op == remote.Update && write.Key != "" {
		ref := write.Target.Ref
		return []remote.Request{extIDRequest(newRequest(scope, write, remote.Update, "", ""), ref.Type, "{id}").For(ref)}, nil
	}
	return m.compose(c, ctx, scope, write)
}

// Send makes one composed request. A create's answer names what was made; RAYNET returns no state of it.
func (c *Client) Send(ctx context.Context, request remote.Request) (remote.Answer, error) {
	doing := string(request.Op) + " " + kindOfPath(request.Path)
	if !request.Ref.IsZero() {
		doing = string(request.Op) + " " + request.Ref.Type + " " + request.Ref.ID
	}
	if strings.Contains(request.Path, "{id}") {
		return remote.Answer{}, fault(remote.Invalid, doing, "the request still waits for the id of its record")
	}
	call := wire.Call{
		Method: request.Method, Path: request.Path, Header: request.Header, Key: callKey, Doing: doing,
		// Setting an external id again changes nothing. Everything else is repeated by nobody but the engine.
		Safe: request.Method == http.MethodPut && strings.HasSuffix(request.Path, "/extId/"),
	}
	if request.Body != "" {
		call.Body = []byte(request.Body)
	}
	response, err := c.do(ctx, call)
	if request.Op != remote.Create {
		return remote.Answer{Ref: request.Ref}, err
	}
	if err != nil {
		c.extID.refused(request, err)
		return remote.Answer{}, err
	}
	id, err := created(doing, response.Body)
	if err != nil {
		return remote.Answer{}, err
	}
	ref := remote.Ref{Side: record.Raynet, Type: kindOfPath(request.Path), ID: id}
	return remote.Answer{Ref: ref, Keyless: c.dropped(ctx, request, ref)}, nil
}

func kindOfPath(path string) string {
	kind, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	return kind
}

// created reads the id of a create: an object with it, or a bare number. An answer without it leaves the outcome open.
func created(doing string, body []byte) (string, error) {
	lost := func() (string, error) {
		failed := fault(remote.Unavailable, doing, "the answer does not name what was created")
		failed.Unknown = true
		return "", failed
	}
	e, err := open(doing, body)
	if err != nil {
		return lost()
	}
	id := idOf(e.Data)
	if e.Data.Kind() == '0' {
		id = number(string(e.Data))
	}
	if id <= 0 {
		return lost()
	}
	return idText(id), nil
}
