package outlook

import (
	"context"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// readCalendar reads events twenty to a request, the occurrences of one series together.
func (c *Client) readCalendar(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	out := make([]remote.Reading, len(refs))
	var single []int
	series := map[string][]int{}
	var order []string
	for i, ref := range refs {
		if master, _, ok := splitOccurrence(ref); ok {
			if series[master] == nil {
				order = append(order, master)
			}
			series[master] = append(series[master], i)
			continue
		}
		if ref.Type != typeEvent || ref.ID == "" || ref.Side != record.Outlook {
			out[i] = remote.Reading{Ref: ref, Presence: remote.Broken, Err: &remote.Error{
				Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + ref.String(), Text: "there is no such type of thing"}}
			continue
		}
		single = append(single, i)
	}
	v := view{client: c, scope: scope}
	if err := c.readEvents(ctx, v, refs, single, out); err != nil {
		return nil, err
	}
	for _, master := range order {
		wanted := make([]remote.Ref, 0, len(series[master]))
		for _, i := range series[master] {
			wanted = append(wanted, refs[i])
		}
		readings, err := c.readOccurrences(ctx, v, master, wanted)
		if err != nil {
			return nil, err
		}
		for k, i := range series[master] {
			out[i] = readings[k]
		}
	}
	return out, nil
}

// readEvents reads the refs at the given places into the same places of out.
func (c *Client) readEvents(ctx context.Context, v view, refs []remote.Ref, places []int, out []remote.Reading) error {
	paths := make([]string, len(places))
	for k, i := range places {
		paths[k] = c.eventPath(v.scope.Mailbox, refs[i].ID)
	}
	parts, err := c.many(ctx, v.scope.Mailbox, paths, "read events")
	if err != nil {
		return err
	}
	events := make([]event, len(places))
	for k, i := range places {
		out[i] = remote.Reading{Ref: refs[i], Presence: remote.Broken}
		if failed := parts[k].err; failed != nil {
			out[i] = each(refs[i:i+1], failed)[0]
			continue
		}
		if events[k], err = readEvent(parts[k].body); err != nil {
			out[i].Err = &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: "read " + refs[i].String(), Text: "the event could not be read", Err: err}
		}
	}
	v.own, err = c.ownAddresses(ctx, v.scope.Mailbox, events)
	if err != nil {
		return err
	}
	for k, i := range places {
		if out[i].Presence != remote.Broken || out[i].Err != nil {
			continue
		}
		v.at = parts[k].at
		one := v.snapshot(events[k])
		one.Ref = refs[i]
		out[i] = remote.Reading{Ref: refs[i], Presence: remote.Present, Snapshot: one}
	}
	return nil
}

// findEvents finds by marks alone: what else could be alike is in the feed.
func (c *Client) findEvents(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	filter := c.byMarks(scope, search)
	switch {
	case filter == "" && search.Alike == nil:
		return nil, namesNothing()
	case filter == "", search.Type != "" && search.Type != typeEvent:
		return nil, nil
	}
	return c.marked(ctx, scope, filter, "look for a copy")
}

// byMarks is the query part of a search that goes by our marks, empty for any other.
func (c *Client) byMarks(scope remote.Scope, search remote.Search) string {
	key := search.Key
	if key == "" && search.Source.IsZero() && search.Like != nil {
		key = search.Like.Key
	}
	switch {
	case key != "":
		return c.marks.having(c.marks.op, strings.ToLower(key))
	case !search.Source.IsZero():
		return c.marks.having(c.marks.source, c.marks.sourceValue(search.Source, scope.Mailbox))
	}
	return ""
}

func namesNothing() error {
	return &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: "look for a copy", Text: "the search names nothing"}
}

func (c *Client) stampedEvents(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	return c.marked(ctx, scope, c.marks.having(c.marks.app, appValue), "read our marks in the mailbox")
}

// marked lists the events that a filter finds, with their marks.
func (c *Client) marked(ctx context.Context, scope remote.Scope, filter, doing string) ([]remote.Snapshot, error) {
	path := "/users/" + segment(scope.Mailbox) + "/events?" + filter + "&" + c.marks.expand() + "&$top=999"
	return c.events(ctx, scope, path, doing)
}

// events lists a collection of events.
func (c *Client) events(ctx context.Context, scope remote.Scope, path, doing string) ([]remote.Snapshot, error) {
	var found []event
	var at time.Time
	err := c.list(ctx, c.read(scope.Mailbox, path, doing), func(raw jsontext.Value, arrived time.Time) error {
		e, err := readEvent(raw)
		if err != nil {
			return unreadable(doing, err)
		}
		found, at = append(found, e), arrived
		return nil
	})
	if err != nil {
		return nil, err
	}
	own, err := c.ownAddresses(ctx, scope.Mailbox, found)
	if err != nil {
		return nil, err
	}
	v := view{client: c, scope: scope, own: own, at: at}
	seen := map[string]int{} // pages may repeat an element
	var out []remote.Snapshot
	for _, e := range found {
		if i, again := seen[e.ID]; again {
			out[i] = v.snapshot(e)
			continue
		}
		seen[e.ID] = len(out)
		out = append(out, v.snapshot(e))
	}
	return out, nil
}

// allEvents names all events, a thousand to a request, and asks for nothing that they say but whether they are private or a series.
func (c *Client) allEvents(ctx context.Context, scope remote.Scope) ([]remote.Snapshot, error) {
	const doing = "look through the calendar"
	path := "/users/" + segment(scope.Mailbox) + "/events?$select=id,iCalUId,organizer,type,sensitivity&$top=999"
	var out []remote.Snapshot
	err := c.list(ctx, c.read(scope.Mailbox, path, doing), func(raw jsontext.Value, at time.Time) error {
		e, err := readEvent(raw)
		if err != nil && e.ID == "" {
			return unreadable(doing, err)
		}
		one := remote.Snapshot{Ref: eventRef(e.ID), Kind: record.Calendar, At: at, Twin: twin(e)}
		if e.private() {
			one.Rule = remote.RulePrivate
		}
		if e.Type == typeMaster {
			one.Group = e.ID
		}
		out = append(out, one)
		return nil
	})
	return out, err
}

// twinDays is how far around its date an occurrence's twin is looked for.
const twinDays = 8

// ByTwin finds the mailbox's own copy of a meeting that was seen in another mailbox. twin is a Snapshot.Twin. Graph has no
// way to ask for one date of a series by its iCalUId, so those are picked from the days around it.
func (c *Client) ByTwin(ctx context.Context, scope remote.Scope, twin string) ([]remote.Snapshot, error) {
	const doing = "look for a copy of a meeting"
	parts := strings.Split(twin, "|")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return nil, &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "the identity is malformed"}
	}
	if len(parts) == 3 {
		return c.occurrencesByTwin(ctx, scope, parts[0], parts[2], doing)
	}
	uid := parts[0]
	filter := "$filter=" + query("iCalUId eq "+literal(uid))
	if upper := strings.ToUpper(uid); upper != uid { // Exchange writes its own in capitals
		filter += query(" or iCalUId eq " + literal(upper))
	}
	path := "/users/" + segment(scope.Mailbox) + "/events?" + filter + "&" + c.marks.expand() + "&$top=50"
	found, err := c.events(ctx, scope, path, doing)
	if err != nil {
		return nil, err
	}
	return keep(found, twin), nil
}

// literal writes a text as an OData string.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// keep drops what only looks alike.
func keep(found []remote.Snapshot, twin string) []remote.Snapshot {
	var out []remote.Snapshot
	for _, one := range found {
		if one.Twin == twin || one.Rule == remote.RulePrivate {
			out = append(out, one)
		}
	}
	return out
}

func (c *Client) occurrencesByTwin(ctx context.Context, scope remote.Scope, uid, date, doing string) ([]remote.Snapshot, error) {
	day, err := time.Parse("2006-01-02", date)
	if err != nil {
		return nil, &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "the identity's date is malformed"}
	}
	const layout = "2006-01-02T15:04:05Z"
	path := "/users/" + segment(scope.Mailbox) + "/calendarView?startDateTime=" + day.AddDate(0, 0, -twinDays).Format(layout) +
		"&endDateTime=" + day.AddDate(0, 0, twinDays+1).Format(layout) + "&$select=id,iCalUId,type,seriesMasterId&$top=500"
	masters := map[string]bool{}
	var refs []remote.Ref
	err = c.list(ctx, c.read(scope.Mailbox, path, doing), func(raw jsontext.Value, _ time.Time) error {
		e, err := readEvent(raw)
		if err != nil {
			return unreadable(doing, err)
		}
		if strings.EqualFold(e.ICalUID, uid) && e.SeriesMasterID != "" && !masters[e.SeriesMasterID] {
			masters[e.SeriesMasterID] = true
			refs = append(refs, occurrenceRef(e.SeriesMasterID, date))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	readings, err := c.readCalendar(ctx, scope, refs)
	if err != nil {
		return nil, err
	}
	var out []remote.Snapshot
	for _, reading := range readings {
		if reading.Presence == remote.Present {
			out = append(out, reading.Snapshot)
		} else if reading.Presence == remote.Broken {
			return nil, reading.Err
		}
	}
	return out, nil
}
