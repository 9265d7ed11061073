package outlook

import (
	"context"
	"crypto/sha256"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// deltaPrefer asks for pages of a size that Exchange answers in time; it must be on every page, since the next link does
// not remember it (G-86).
const deltaPrefer = prefer + ", odata.maxpagesize=200"

// sameContents is how often a page may show what an earlier one showed before the listing counts as endless (G-86).
const sameContents = 3

// beginCalendar reads the calendar's window. Series come as described at expandSeries.
func (c *Client) beginCalendar(ctx context.Context, scope remote.Scope, from, till time.Time) (remote.Round, error) {
	const layout = "2006-01-02T15:04:05Z"
	path := calendarPath(scope) + "/calendarView/delta?startDateTime=" + from.UTC().Format(layout) + "&endDateTime=" + till.UTC().Format(layout)
	round, err := c.round(ctx, scope, path, "read the calendar's window")
	round.Full = true
	return c.whole(round, err)
}

func (c *Client) resumeCalendar(ctx context.Context, scope remote.Scope, cursor string) (remote.Round, error) {
	return c.whole(c.round(ctx, scope, cursor, "read the calendar's changes"))
}

// whole returns either a complete round or nothing.
func (c *Client) whole(round remote.Round, err error) (remote.Round, error) {
	if err != nil {
		return remote.Round{}, err
	}
	return round, nil
}

// isOurs reports whether a delta link names the service that we are configured for.
func (c *Client) isOurs(cursor string) bool {
	link, err := url.Parse(cursor)
	base, errBase := url.Parse(c.config.GraphURL)
	return err == nil && errBase == nil && link.Scheme == base.Scheme && strings.EqualFold(link.Host, base.Host)
}

// calendarPath is where the scope's calendar lies.
func calendarPath(scope remote.Scope) string {
	path := "/users/" + segment(scope.Mailbox)
	if scope.Container != "" {
		path += "/calendars/" + segment(scope.Container)
	}
	return path
}

// round reads all pages and makes a round of them.
func (c *Client) round(ctx context.Context, scope remote.Scope, path, doing string) (remote.Round, error) {
	var g gathered[event]
	round, err := c.deltaPages(ctx, scope.Mailbox, path, doing, func(raw jsontext.Value, at time.Time) error {
		e, err := readEvent(raw)
		return g.add(e.ID, e, at, err)
	})
	if err != nil {
		return remote.Round{}, containerError(err, func(doing string) error { return c.calendarThere(ctx, scope, doing) })
	}
	return c.assemble(ctx, scope, round, g)
}

// deltaPages reads a delta to its end and hands each element to take. The round that comes back has a cursor and a clock, and
// nothing yet that changed.
func (c *Client) deltaPages(ctx context.Context, mailbox, path, doing string, take func(jsontext.Value, time.Time) error) (remote.Round, error) {
	first := c.read(mailbox, path, doing)
	first.Header["Prefer"] = deltaPrefer
	var round remote.Round
	contents := map[[sha256.Size]byte]int{}
	err := c.wire.Pages(ctx, first, func(response *wire.Response) (wire.Call, bool, error) {
		var p page
		if err := decode(response.Body, &p); err != nil {
			return wire.Call{}, false, unreadable(doing, err)
		}
		if p.Value == nil || (p.NextLink == "") == (p.DeltaLink == "") {
			return wire.Call{}, false, &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the page has no list, or not one link"}
		}
		if repeated(contents, p.Value) {
			return wire.Call{}, false, &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the list never ends: it shows the same things again and again"}
		}
		if round.ServerTime.IsZero() {
			round.ServerTime, _ = http.ParseTime(response.Header.Get("Date"))
		}
		for _, raw := range p.Value {
			if err := take(raw, response.At); err != nil {
				return wire.Call{}, false, unreadable(doing, err)
			}
		}
		round.Cursor = p.DeltaLink
		next := first
		next.Path = p.NextLink
		return next, p.NextLink != "", nil
	}, maxPages)
	if err != nil {
		return remote.Round{}, err
	}
	return round, nil
}

// containerError keeps a valid link alive: a 404 may pass within a minute (G-86). Only a container that is not there when it
// is asked for by itself is gone.
func containerError(err error, there func(doing string) error) error {
	failed := asRemote(err)
	if failed.Kind != remote.NotFound {
		return err
	}
	if missing := there(failed.Doing); missing != nil {
		return missing
	}
	passing := *failed
	passing.Kind = remote.Unavailable
	return &passing
}

// calendarThere returns nil if the scope's calendar is there.
func (c *Client) calendarThere(ctx context.Context, scope remote.Scope, doing string) error {
	path := calendarPath(scope)
	if scope.Container == "" {
		path += "/calendar"
	}
	_, err := c.get(ctx, scope.Mailbox, path+"?$select=id", doing)
	return err
}

func repeated(contents map[[sha256.Size]byte]int, value []jsontext.Value) bool {
	if len(value) == 0 {
		return false
	}
	hash := sha256.New()
	for _, raw := range value {
		hash.Write(raw)
	}
	sum := [sha256.Size]byte(hash.Sum(nil))
	contents[sum]++
	return contents[sum] > sameContents
}

// gathered is what the pages of a round showed: the last entry of each id counts (G-86).
type gathered[T any] struct {
	entries map[string]entry[T]
	order   []string // ids by their first appearance
	at      time.Time
}

type entry[T any] struct {
	thing  T
	broken bool // it could not be read beyond its id
}

// add takes in one element; failed is why it could not be read, nil if it could. What has no id is an error.
func (g *gathered[T]) add(id string, thing T, at time.Time, failed error) error {
	if id == "" {
		return failed
	}
	if g.entries == nil {
		g.entries = map[string]entry[T]{}
	}
	if _, known := g.entries[id]; !known {
		g.order = append(g.order, id)
	}
	g.entries[id], g.at = entry[T]{thing: thing, broken: failed != nil}, at
	return nil
}

// assemble turns the entries into the round, reading the series that need it.
func (c *Client) assemble(ctx context.Context, scope remote.Scope, round remote.Round, g gathered[event]) (remote.Round, error) {
	var all []event
	s := seriesSet{masters: map[string]event{}, wanted: map[string]bool{}, touched: map[string]bool{}}
	for _, id := range g.order {
		e, ref := g.entries[id].thing, eventRef(id)
		switch {
		case g.entries[id].broken:
			round.Changed = append(round.Changed, untold(scope, ref, g.at))
		case e.Removed != nil:
			round.Removed = append(round.Removed, ref)
			// Whether it was a series is not told: as far as we know its occurrences went with it (G-86).
			round.Groups = append(round.Groups, remote.Group{ID: id})
		case e.Type == typeOccurrence || e.Type == typeException:
			s.touched[e.SeriesMasterID] = true
			if c.offered(e) {
				s.wanted[e.SeriesMasterID] = true
			}
		default:
			all = append(all, e)
			if e.Type == typeMaster {
				s.masters[id] = e
			}
		}
	}
	if err := c.missingMasters(ctx, scope, &s, &round); err != nil {
		return remote.Round{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(s.found)) {
		all = append(all, s.found[id])
	}
	own, err := c.ownAddresses(ctx, scope.Mailbox, append(slices.Clone(all), s.list()...))
	if err != nil {
		return remote.Round{}, err
	}
	v := view{client: c, scope: scope, own: own, at: g.at}
	for _, e := range all {
		round.Changed = append(round.Changed, v.snapshot(e))
	}
	if err := c.expandSeries(ctx, v, &s, &round); err != nil {
		return remote.Round{}, err
	}
	return round, nil
}
