package outlook

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// seriesSet is what a round said about series.
type seriesSet struct {
	masters map[string]event // by id, those of the round and those read besides
	found   map[string]event // by id, those read besides: the round showed only their occurrences
	touched map[string]bool  // series of which the round showed an occurrence
	wanted  map[string]bool  // series of which an occurrence is offered by itself
}

func (s *seriesSet) list() []event {
	out := make([]event, 0, len(s.masters))
	for _, id := range slices.Sorted(maps.Keys(s.masters)) {
		out = append(out, s.masters[id])
	}
	return out
}

// missingMasters reads the masters that lie outside the window and are therefore not in the round (G-87). One that is gone
// counts as removed together with its occurrences.
func (c *Client) missingMasters(ctx context.Context, scope remote.Scope, s *seriesSet, round *remote.Round) error {
	s.found = map[string]event{}
	var ids, paths []string
	for _, id := range slices.Sorted(maps.Keys(s.touched)) {
		gone := slices.ContainsFunc(round.Removed, func(ref remote.Ref) bool { return ref.ID == id })
		if _, known := s.masters[id]; !known && !gone && id != "" {
			ids, paths = append(ids, id), append(paths, c.eventPath(scope.Mailbox, id))
		}
	}
	parts, err := c.many(ctx, scope.Mailbox, paths, "read the series of changed occurrences")
	if err != nil {
		return err
	}
	for i, part := range parts {
		switch {
		case part.err == nil:
			master, err := readEvent(part.body)
			if err != nil {
				round.Changed = append(round.Changed, untold(scope, eventRef(ids[i]), part.at))
				continue
			}
			s.masters[ids[i]], s.found[ids[i]] = master, master
		case itemGone(part.err):
			round.Removed = append(round.Removed, remote.Ref{Side: record.Outlook, Type: typeEvent, ID: ids[i]})
			round.Groups = append(round.Groups, remote.Group{ID: ids[i]})
		case part.err.Kind == remote.Invalid:
			round.Changed = append(round.Changed, untold(scope, eventRef(ids[i]), part.at))
		default:
			return part.err
		}
	}
	return nil
}

// expandSeries adds the occurrences of every offered series in the round as single things, and the complete list of those
// that exist within the rolling window. Single dates that were deleted show only by being absent from it (G-87). A series
// that nobody offered costs no request.
func (c *Client) expandSeries(ctx context.Context, v view, s *seriesSet, round *remote.Round) error {
	from := v.client.config.Now().UTC().Truncate(24 * time.Hour)
	till := from.AddDate(0, 0, c.config.SeriesDays+1)
	var masters []event
	var paths []string
	for _, master := range s.list() {
		if c.offered(master) || s.wanted[master.ID] {
			masters = append(masters, master)
			paths = append(paths, instancesPath(v.scope.Mailbox, master.ID, from, till))
			continue
		}
		// Perhaps it was offered until now: those of its occurrences that are linked are looked at one by one.
		round.Groups = append(round.Groups, remote.Group{ID: master.ID})
	}
	const doing = "read the occurrences of a series"
	parts, err := c.many(ctx, v.scope.Mailbox, paths, doing)
	if err != nil {
		return err
	}
	for i, part := range parts {
		if part.err != nil && itemGone(part.err) { // removed since: the next round tells
			round.Groups = append(round.Groups, remote.Group{ID: masters[i].ID})
			continue
		}
		instances, err := c.instances(ctx, v.scope.Mailbox, part, doing)
		if err != nil && remote.KindOf(err) == remote.Invalid {
			round.Changed = append(round.Changed, untold(v.scope, eventRef(masters[i].ID), part.at))
			continue // one damaged series must not stop the mailbox
		}
		if err != nil {
			return err
		}
		if v.own == nil {
			if v.own, err = c.ownAddresses(ctx, v.scope.Mailbox, instances); err != nil {
				return err
			}
		}
		group := remote.Group{ID: masters[i].ID}
		for _, instance := range instances {
			one := v.occurrence(instance, masters[i], originalDate(instance, masters[i].zoneOf(v.scope.Zone)))
			group.Members = append(group.Members, one.Ref)
			round.Changed = append(round.Changed, one)
		}
		round.Groups = append(round.Groups, group)
	}
	return nil
}

// untold is what a round says of a thing that is there but could not be read.
func untold(scope remote.Scope, ref remote.Ref, at time.Time) remote.Snapshot {
	return remote.Snapshot{Ref: ref, Kind: scope.Kind, At: at, Container: scope.Container, Partial: true}
}

// instanceFields are asked for by name, because originalStart is shown only then (G-87).
const instanceFields = "id,changeKey,type,seriesMasterId,subject,body,start,end,originalStart,originalStartTimeZone,isAllDay," +
	"isCancelled,isDraft,isOrganizer,location,organizer,attendees,sensitivity,importance,categories,iCalUId"

func instancesPath(mailbox, master string, from, till time.Time) string {
	const layout = "2006-01-02T15:04:05Z"
	return "/users/" + segment(mailbox) + "/events/" + segment(master) + "/instances?startDateTime=" + from.UTC().Format(layout) +
		"&endDateTime=" + till.UTC().Format(layout) + "&$select=" + instanceFields + "&$top=500"
}

// instances decodes a first page of occurrences and reads those that follow.
func (c *Client) instances(ctx context.Context, mailbox string, from part, doing string) ([]event, error) {
	if from.err != nil {
		return nil, from.err
	}
	var first page
	if err := decode(from.body, &first); err != nil {
		return nil, unreadable(doing, err)
	}
	var out []event
	take := func(raw jsontext.Value, _ time.Time) error {
		e, err := readEvent(raw)
		if err != nil {
			return &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: doing, Text: "an occurrence could not be read", Err: err}
		}
		out = append(out, e)
		return nil
	}
	for _, raw := range first.Value {
		if err := take(raw, time.Time{}); err != nil {
			return nil, err
		}
	}
	if first.NextLink == "" {
		return out, nil
	}
	return out, c.list(ctx, c.read(mailbox, first.NextLink, doing), take)
}

// originalDate is the date by which an occurrence is known, in the series' own zone: that of its original start, wherever
// it was moved to since.
func originalDate(e event, place *time.Location) string {
	const layout = "2006-01-02"
	if e.Type != typeException || e.OriginalStart == "" {
		start, ok := e.Start.read(e.IsAllDay)
		switch {
		case !ok:
			return "0001-01-01"
		case e.IsAllDay:
			return start.Format(layout)
		}
		return start.In(place).Format(layout)
	}
	original, ok := parseClock(e.OriginalStart, time.UTC)
	if !ok {
		return "0001-01-01"
	}
	if e.IsAllDay && original.UTC().Truncate(24*time.Hour).Equal(original.UTC()) {
		return original.UTC().Format(layout)
	}
	return original.In(place).Format(layout)
}

// splitOccurrence takes an occurrence's ref apart; ok is false if it is not one.
func splitOccurrence(ref remote.Ref) (master string, date time.Time, ok bool) {
	cut := strings.LastIndexByte(ref.ID, '/')
	if ref.Type != refOccurrence || cut < 1 {
		return "", time.Time{}, false
	}
	date, err := time.Parse("2006-01-02", ref.ID[cut+1:])
	return ref.ID[:cut], date, err == nil
}

// movedDays is how far from its original date an occurrence is looked for first. It cannot pass its neighbours (G-87), which for a
// monthly series leaves about a month; the first and the last one have none on one side, and may lie anywhere: before one is told to
// be gone, it is looked for within farDays.
const (
	movedDays = 40
	farDays   = 730
)

// readOccurrences reads occurrences of one series: its master, and its instances around the wanted dates, in one request.
// The readings come in the order of refs.
func (c *Client) readOccurrences(ctx context.Context, v view, master string, refs []remote.Ref) ([]remote.Reading, error) {
	from, till := time.Time{}, time.Time{}
	for _, ref := range refs {
		_, date, _ := splitOccurrence(ref)
		if from.IsZero() || date.Before(from) {
			from = date
		}
		if date.After(till) {
			till = date
		}
	}
	const doing = "read occurrences of a series"
	parts, err := c.many(ctx, v.scope.Mailbox, []string{
		c.eventPath(v.scope.Mailbox, master),
		instancesPath(v.scope.Mailbox, master, from.AddDate(0, 0, -movedDays), till.AddDate(0, 0, movedDays+1)),
	}, doing)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if part.err != nil && wholeScope(part.err) {
			return nil, part.err
		}
		if part.err != nil {
			return each(refs, part.err), nil
		}
	}
	series, err := readEvent(parts[0].body)
	if err != nil {
		return each(refs, unreadable(doing, err)), nil
	}
	found, err := c.dates(ctx, &v, series, parts[1], doing)
	if err == nil && slices.ContainsFunc(refs, func(ref remote.Ref) bool { _, near := found[ref]; return !near }) {
		far := instancesPath(v.scope.Mailbox, master, from.AddDate(0, 0, -farDays), till.AddDate(0, 0, farDays))
		if parts, err = c.many(ctx, v.scope.Mailbox, []string{far}, doing); err != nil {
			return nil, err
		}
		found, err = c.dates(ctx, &v, series, parts[0], doing)
	}
	if err != nil {
		if failed := asRemote(err); !wholeScope(failed) {
			return each(refs, failed), nil
		}
		return nil, err
	}
	out := make([]remote.Reading, len(refs))
	for i, ref := range refs {
		out[i] = remote.Reading{Ref: ref, Presence: remote.Gone, Private: series.private()}
		if one, ok := found[ref]; ok {
			out[i] = remote.Reading{Ref: ref, Presence: remote.Present, Snapshot: one}
		}
	}
	return out, nil
}

// dates are the occurrences that an answer shows, by their names.
func (c *Client) dates(ctx context.Context, v *view, series event, shown part, doing string) (map[remote.Ref]remote.Snapshot, error) {
	instances, err := c.instances(ctx, v.scope.Mailbox, shown, doing)
	if err != nil {
		return nil, err
	}
	if v.own == nil {
		if v.own, err = c.ownAddresses(ctx, v.scope.Mailbox, append(slices.Clone(instances), series)); err != nil {
			return nil, err
		}
	}
	v.at = shown.at
	found := map[remote.Ref]remote.Snapshot{}
	for _, instance := range instances {
		one := v.occurrence(instance, series, originalDate(instance, series.zoneOf(v.scope.Zone)))
		found[one.Ref] = one
	}
	return found, nil
}

// each gives all refs the same outcome.
func each(refs []remote.Ref, failed *remote.Error) []remote.Reading {
	out := make([]remote.Reading, len(refs))
	for i, ref := range refs {
		out[i] = remote.Reading{Ref: ref, Presence: remote.Broken, Err: failed}
		if itemGone(failed) {
			out[i] = remote.Reading{Ref: ref, Presence: remote.Gone}
		}
	}
	return out
}

// eventPath is where one event is read with our marks.
func (c *Client) eventPath(mailbox, id string) string {
	return "/users/" + segment(mailbox) + "/events/" + segment(id) + "?" + c.marks.expand()
}
