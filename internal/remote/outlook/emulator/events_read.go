package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// view is how a call wants to see events.
func (s *Server) view(c *call, mb *mailbox) (*view, *answer) { return s.viewOf(c, mb, kindEvent) }

// viewOf reads Prefer, $select and $expand.
func (s *Server) viewOf(c *call, mb *mailbox, kind itemKind) (*view, *answer) {
	prefs, bad := s.preferences(c)
	if bad != nil {
		return nil, bad
	}
	expand, bad := c.expansion(kind)
	if bad != nil {
		return nil, bad
	}
	v := &view{s: s, mb: mb, prefs: prefs, selected: selection(c.query), expand: expand}
	for _, name := range v.selected {
		if kind.form(name) == formUnknown && name != "*" {
			return nil, noProperty(kind, name)
		}
	}
	return v, nil
}

// events lists or creates. Below /users/{u} the list covers every calendar, elsewhere one.
func (s *Server) events(c *call, mb *mailbox, f *folder, everywhere bool) answer {
	switch c.method {
	case http.MethodGet:
	case http.MethodPost:
		return s.createEvent(c, mb, f)
	default:
		return noMethod()
	}
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	p, bad := s.page(c, v.prefs)
	if bad != nil {
		return *bad
	}
	matches, bad := s.filter(kindEvent, c.query.Get("$filter"))
	if bad != nil {
		return *bad
	}
	source := f.live()
	if everywhere {
		source = mb.live(kindEvent)
	}
	var found []*item
	for _, it := range source {
		if matches(it) && s.listed(it, c.now) {
			found = append(found, it)
		}
	}
	if bad := s.sortItems(found, c.query.Get("$orderby")); bad != nil {
		return *bad
	}
	from, to, more := p.cut(len(found))
	value := []any{}
	for _, it := range found[from:to] {
		value = append(value, v.event(it))
	}
	a := c.listing(value, p, more)
	if c.query.Get("$count") == "true" {
		object(a.body)["@odata.count"] = len(found)
	}
	return v.prefs.mark(a)
}

// listed is false for an event that a lagging list doesn't show yet. // G-48
func (s *Server) listed(it *item, now time.Time) bool {
	return !s.faults["list-lag"] || now.Sub(it.created) >= lag
}

// window reads startDateTime and endDateTime, in any case; no offset means UTC. // G-23
func (c *call) window() (from, to time.Time, ok bool) {
	from, okFrom := parseInstant(c.anyCase("startDateTime"))
	to, okTo := parseInstant(c.anyCase("endDateTime"))
	return from, to, okFrom && okTo && !to.Before(from)
}

func (c *call) anyCase(name string) string {
	for _, key := range sortedKeys(c.query) {
		if canonical(key, []string{name}) != "" {
			return c.query.Get(key)
		}
	}
	return ""
}

func noWindow() answer {
	return problem(http.StatusBadRequest, "ErrorInvalidParameter",
		"This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
}

// calendarView lists single events and occurrences of a window.
func (s *Server) calendarView(c *call, mb *mailbox, f *folder) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	from, to, ok := c.window()
	if !ok {
		return noWindow()
	}
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	matches, bad := s.filter(kindEvent, c.query.Get("$filter"))
	if bad != nil {
		return *bad
	}
	var found []shownAt
	for _, it := range f.live() {
		if !matches(it) || !s.listed(it, c.now) {
			continue
		}
		if it.series != nil {
			for _, o := range s.zones.occurrences(it, from, to) {
				found = append(found, shownAt{o.start, func() map[string]any { return v.occurrence(o) }})
			}
			continue
		}
		if start, end := s.zones.span(it); touches(start, end, from, to) {
			found = append(found, shownAt{start, func() map[string]any { return v.event(it) }})
		}
	}
	return s.showPage(c, v, found)
}

// shownAt is an event of a window that isn't rendered yet.
type shownAt struct {
	start time.Time
	show  func() map[string]any
}

func (s *Server) showPage(c *call, v *view, found []shownAt) answer {
	p, bad := s.page(c, v.prefs)
	if bad != nil {
		return *bad
	}
	sortShown(found)
	from, to, more := p.cut(len(found))
	value := []any{}
	for _, f := range found[from:to] {
		value = append(value, f.show())
	}
	return v.prefs.mark(c.listing(value, p, more))
}

// instances lists the occurrences of a master in a window.
func (s *Server) instances(c *call, mb *mailbox, master *item) answer {
	from, to, ok := c.window()
	if !ok {
		return noWindow()
	}
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	if master.series == nil {
		return problem(http.StatusBadRequest, "ErrorInvalidRequest", "The requested event isn't a series master.")
	}
	var found []shownAt
	for _, o := range s.zones.occurrences(master, from, to) {
		found = append(found, shownAt{o.start, func() map[string]any { return v.occurrence(o) }})
	}
	return s.showPage(c, v, found)
}

// event serves one event and what can be done to it.
func (s *Server) event(c *call, mb *mailbox, id string, rest []string) answer {
	if len(rest) > 1 || len(rest) == 1 && !isAction(rest[0]) {
		return noSegment(rest[len(rest)-1])
	}
	it, date := mb.find(id)
	if it == nil || it.kind != kindEvent {
		return s.unknownID(id)
	}
	if it.deleted {
		return s.alreadyDeleted(c, it)
	}
	if date != "" && it.series.exceptions[date] != nil {
		it, date = it.series.exceptions[date], ""
	}
	if len(rest) == 0 {
		switch c.method {
		case http.MethodGet:
			return s.getEvent(c, mb, it, date)
		case http.MethodPatch:
			return s.patchEvent(c, mb, it, date)
		case http.MethodDelete:
			return s.deleteEvent(c, mb, it, date)
		}
		return noMethod()
	}
	return s.act(c, mb, it, date, rest[0])
}

func isAction(name string) bool {
	return slices.Contains([]string{"instances", "cancel", "accept", "decline", "tentativelyAccept", "permanentDelete", "dismissReminder", "snoozeReminder"}, name)
}

// unknownID tells an id that never was one from an id of nothing.
func (s *Server) unknownID(id string) answer {
	if len(id) < 20 {
		return problem(http.StatusBadRequest, "ErrorInvalidIdMalformed", "Id is malformed.")
	}
	return notFound()
}

// alreadyDeleted: a second DELETE of an event just deleted is a bad request, later and otherwise it is unknown. // G-17
func (s *Server) alreadyDeleted(c *call, it *item) answer {
	if c.method == http.MethodDelete && c.now.Sub(it.modified) < time.Minute {
		return problem(http.StatusBadRequest, "ErrorInvalidRequest", "The request is invalid.")
	}
	return notFound()
}

func (s *Server) getEvent(c *call, mb *mailbox, it *item, date string) answer {
	v, bad := s.view(c, mb)
	if bad != nil {
		return *bad
	}
	v.single = true
	if date == "" {
		return v.prefs.mark(reply(http.StatusOK, v.event(it)))
	}
	if !it.series.has(date) {
		return notFound()
	}
	d, _ := time.Parse(dateFormat, date)
	return v.prefs.mark(reply(http.StatusOK, v.occurrence(s.zones.occurrenceAt(it, d))))
}
