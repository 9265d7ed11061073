package raynet

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func idText(id int64) string { return strconv.FormatInt(id, 10) }

func version(a *activity) remote.Version {
	if a.Version == nil {
		return ""
	}
	return remote.Version(idText(*a.Version))
}

// isUs reports whether a user name in rowInfo is that of our API key's user.
func (c *Client) isUs(author string) bool {
	return author != "" && strings.EqualFold(author, c.self())
}

// eventSnapshot shows a meeting, an event or a phone call as a calendar event. zone decides which times are whole days.
func (c *Client) eventSnapshot(a *activity, zone *time.Location) remote.Snapshot {
	s := remote.Snapshot{
		Ref: refOf(a.kind, a.ID), Kind: record.Calendar, Version: version(a), Key: a.key(), People: a.persons(), Offered: true,
		Author: a.author(), ByUs: c.isUs(a.author()), Finished: a.Status == statusCancelled,
		MadeByUs: c.isUs(a.CreatedBy), Raw: a,
	}
	if strings.Contains(strings.ToUpper(a.State), "LOCK") {
		s.Held = append(s.Held, remote.HeldLocked)
	}
	s.Span, s.Rule = eventSpan(a, zone)
	if a.Access == accessInvalid {
		s.Rule = remote.RuleInvalid
	}
	s.Fields = record.Fields{
		record.EventSubject:    c.subject(a.Title),
		record.EventTime:       s.Span.Value(),
		record.EventBody:       record.Value(record.ParseBody(a.Description).Own),
		record.EventImportance: importance(a.Priority),
		record.EventCancelled:  "",
		record.EventCategory:   record.Line(a.Category.label()),
		record.EventClient:     c.client(a),
	}
	if s.Finished {
		s.Fields[record.EventCancelled] = record.Yes
	}
	if hasPlace(a.kind) {
		if place, shown := a.place(); shown {
			s.Fields[record.EventPlace] = place
		} else {
			s.Partial = true
		}
	}
	if s.Rule == "" {
		s.Natural = record.EventNatural(s.Fields)
	}
	return s
}

// hasPlace reports whether the type has a meetingPlace.
func hasPlace(kind string) bool { return kind == typeMeeting || kind == typeEvent }

// InZone returns s, which the feed has read, as it looks in another zone: the same times may be whole days in one zone and
// instants in another. The feed reads for everybody in the account's zone; whoever compares its snapshots with those of Read
// asks here first. s is not changed; a snapshot that did not come from this client, or a zone that is not known, gives s itself.
func (c *Client) InZone(s remote.Snapshot, name string) remote.Snapshot {
	t, ok := s.Raw.(thing)
	m, mapped := mappingOfType(s.Ref.Type)
	location, err := c.location(name)
	if !ok || !mapped || err != nil {
		return s
	}
	if m.zoneless || location.String() == c.zone.String() { // as it was read, but who we are may have been learned since
		s.ByUs, s.MadeByUs = c.isUs(t.author()), c.isUs(t.creator())
		return s
	}
	out := m.snapshot(c, t, location)
	out.At, out.Key, out.Partial = s.At, s.Key, s.Partial
	return out
}

// eventSpan reads when an activity takes place, and the rule that leaves it out if that cannot be.
func eventSpan(a *activity, zone *time.Location) (record.Span, remote.Rule) {
	from, ok1 := instant(a.From, zone)
	till, ok2 := instant(a.Till, zone)
	switch {
	case !ok1 || !ok2:
		return record.Span{}, remote.RuleSpan
	case from.IsZero() && till.IsZero() && a.From == "" && a.Till == "":
		return record.Span{}, remote.RuleUnscheduled
	case a.From == "" || a.Till == "":
		return record.Span{}, remote.RuleUnscheduled
	case till.Before(from) || !sane(from) || !sane(till):
		return record.Span{}, remote.RuleSpan
	}
	if days, ok := record.WholeLocalDays(from, till, zone); ok {
		return days, ""
	}
	return record.Between(from, till), ""
}

// sane refuses the years by which other programs say "never" and "for ever".
func sane(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 9000 }

// subject is the canonical title; the text that stands for none is none.
func (c *Client) subject(title string) record.Value {
	line := record.Line(title)
	if line == record.Line(c.config.Untitled) {
		return ""
	}
	return line
}

func importance(priority string) record.Value {
	switch priority {
	case "MINOR":
		return record.ImportanceLow
	case "CRITICAL":
		return record.ImportanceHigh
	}
	return record.ImportanceNormal
}

func priority(v record.Value) string {
	switch v {
	case record.ImportanceLow:
		return "MINOR"
	case record.ImportanceHigh:
		return "CRITICAL"
	}
	return "DEFAULT"
}

// client is the marked block of the Outlook body: company, everybody but the owner, the record's address.
func (c *Client) client(a *activity) record.Value {
	var lines, names []string
	if company := record.Line(a.Company.label()); company != "" {
		lines = append(lines, string(company))
	}
	owner := a.owner()
	for _, p := range a.Participants {
		name := string(record.Line(p.Name))
		same := p.Owner || (p.Person != 0 && p.Person == owner)
		if name != "" && !same && !slices.Contains(lines, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names) // lists and details need not agree on an order
	lines = append(append(lines, slices.Compact(names)...), c.web(a))
	return record.Value(strings.Join(lines, "\n"))
}

func (c *Client) web(a *activity) string { return c.webOf(a.kind, a.ID) }

// webOf is where people open a record.
func (c *Client) webOf(kind string, id int64) string {
	address := strings.ReplaceAll(c.config.WebURL, "{instance}", c.config.Instance)
	address = strings.ReplaceAll(address, "{entity}", entityOf(kind))
	return strings.ReplaceAll(address, "{id}", idText(id))
}

// Page is the address under which people open a record, empty if it is none of ours.
func (c *Client) Page(ref remote.Ref) string {
	id, err := strconv.ParseInt(ref.ID, 10, 64)
	if err != nil || ref.Side != record.Raynet {
		return ""
	}
	return c.webOf(ref.Type, id)
}

// eventBelongs is the owner of an activity at a time when things can be. What it shows may have been edited by a person since, so that
// is for the caller of findLike to judge.
func eventBelongs(a *activity, zone *time.Location) int64 {
	if _, rule := eventSpan(a, zone); rule != "" {
		return 0
	}
	return a.owner()
}
