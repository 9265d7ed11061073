package emulator

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// deltaState is all that a token remembers; the server keeps nothing.
type deltaState struct {
	mailbox, folder string
	from, to        time.Time
	first           bool // a full round, over the folder's order; else over its log
	pos, sub, end   int  // where the round stands and ends; sub counts within a series
	seq             int  // log position that the next round starts at
	since, told     int  // how much of the log the last round had told, and how much this one will have
	era             int
	issued          time.Time
	page            int
	blank           bool   // an empty page was just given
	selected        string // what $select said on the first call
}

// feed is what delta says about the things of one folder.
type feed struct {
	noun string
	// begin is told the state of the round, nil if it makes no difference.
	begin func(st deltaState)
	// elements lists what a thing contributes: itself, or a series with its dates; nil when the token doesn't cover it.
	elements func(it *item, st *deltaState) []func() map[string]any
	// removed tells that a thing left.
	removed func(it *item) map[string]any
	// silent leaves out what came and went between two rounds. // G-133
	silent bool
	// mute tells nothing at all, as a ghost does. // G-132
	mute bool
}

// delta answers …/calendarView/delta, …/contacts/delta and contactFolders/delta, by the folder's kind. // G-44, G-109
func (s *Server) delta(c *call, mb *mailbox, f *folder) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	refusedOptions, resource := []string{"$orderby", "$filter", "$select", "$expand", "$search"}, "CalendarView"
	if f.kind != kindEvent {
		refusedOptions, resource = []string{"$orderby", "$filter", "$expand", "$search"}, "Contacts"
	}
	for _, option := range refusedOptions {
		if c.query.Has(option) {
			return problem(http.StatusBadRequest, "ErrorInvalidUrlQuery",
				"The following parameters are not supported with change tracking over the '%s' resource: '%s'.", resource, strings.Join(refusedOptions, ", "))
		}
	}
	v, bad := s.viewOf(c, mb, f.kind)
	if bad != nil {
		return *bad
	}
	size := cmp.Or(v.prefs.page, s.opts.PageSize, 50)
	if t := atoi(c.query.Get("$top")); t > 0 {
		size = min(size, t)
	}
	fd := feed{noun: f.kind.entity()}
	fd.begin = func(st deltaState) {
		if v.selected = nil; st.selected != "" {
			v.selected = strings.Split(st.selected, ",")
		}
	}
	fd.elements = func(it *item, st *deltaState) []func() map[string]any { return s.inWindow(v, it, st) }
	fd.removed = func(it *item) map[string]any { return removed(it.kind, v.id(it)) }
	return v.prefs.mark(s.deltaRound(c, mb, f, fd, size))
}

// deltaRound starts a round or goes on with one.
func (s *Server) deltaRound(c *call, mb *mailbox, f *folder, fd feed, size int) answer {
	st, bad := s.deltaState(c, mb, f)
	if bad != nil {
		return *bad
	}
	if s.faults["delta-404-once"] {
		delete(s.faults, "delta-404-once")
		return problem(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	}
	if fd.begin != nil {
		fd.begin(st)
	}
	return s.deltaPage(c, f, fd, st, size)
}

// deltaState reads the token, or starts a round.
func (s *Server) deltaState(c *call, mb *mailbox, f *folder) (deltaState, *answer) {
	token := cmp.Or(c.query.Get("$skiptoken"), c.query.Get("$deltatoken"))
	if token == "" {
		from, to, ok := c.window()
		if f.kind != kindEvent {
			from, to, ok = time.Time{}, time.Time{}, true // only a calendar has windows
		}
		if !ok {
			a := noWindow()
			return deltaState{}, &a
		}
		visible := s.visible(f, c.now)
		return deltaState{
			mailbox: mb.id, folder: f.id, from: from, to: to, first: true, end: len(f.order), seq: visible, told: len(f.log),
			era: s.deltaEra, issued: c.now, selected: strings.Join(selection(c.query), ","),
		}, nil
	}
	st, ok := s.readToken(token)
	if !ok {
		return st, s.deadToken("badly-formed", c)
	}
	if st.mailbox != mb.id || st.folder != f.id {
		return st, s.deadToken("scope", c)
	}
	if st.era != s.deltaEra {
		return st, s.deadToken(s.death, c)
	}
	if life := s.opts.DeltaTokenLife; life > 0 && c.now.Sub(st.issued) > life {
		return st, s.deadToken("gone", c)
	}
	if c.query.Has("$deltatoken") {
		st.first, st.pos, st.sub, st.page = false, st.seq, 0, 0
		st.end = max(s.visible(f, c.now), st.seq)
		st.since, st.told, st.seq = st.told, st.end, st.end
	}
	return st, nil
}

// lag is how long a change stays invisible with the faults delta-lag and list-lag.
const lag = 45 * time.Second

// visible is the part of the log that delta may tell now.
func (s *Server) visible(f *folder, now time.Time) int {
	n := len(f.log)
	for s.faults["delta-lag"] && n > 0 && now.Sub(f.log[n-1].at) < lag {
		n--
	}
	return n
}

// deltaPage fills one page and points to what follows.
func (s *Server) deltaPage(c *call, f *folder, fd feed, st deltaState, size int) answer {
	value := []any{}
	if s.faults["delta-removed-unknown"] && st.page == 0 {
		value = append(value, fd.removed(&item{kind: f.kind, id: "AAkALgAA" + guid(s.opts.Seed, "never seen") + "/+QAAA=", folder: f}))
	}
	wantBlank := s.faults["delta-empty-pages"] && !st.blank
	start := st.pos
	for !wantBlank && st.pos < st.end && len(value) < size {
		elements := s.deltaElements(f, fd, &st)
		for st.sub < len(elements) && len(value) < size {
			value = append(value, elements[st.sub]())
			st.sub++
		}
		if st.sub >= len(elements) {
			st.pos, st.sub = st.pos+1, 0
		}
	}
	if s.faults["delta-duplicates"] && len(value) > 0 {
		value = append(value, value[0])
	}
	st.page++
	body := map[string]any{"@odata.context": c.base + "/$metadata#Collection(" + fd.noun + ")", "value": value}
	switch {
	case s.faults["delta-endless"]:
		st.pos, st.sub = start, 0
		body["@odata.nextLink"] = s.deltaLink(c, "$skiptoken", st)
	case st.pos < st.end || wantBlank:
		st.blank = wantBlank
		body["@odata.nextLink"] = s.deltaLink(c, "$skiptoken", st)
	default:
		if s.faults["delta-duplicates"] {
			st.seq = max(0, st.seq-3)
		}
		body["@odata.deltaLink"] = s.deltaLink(c, "$deltatoken", st)
	}
	return reply(http.StatusOK, body)
}

// deltaElements lists what the item at the round's position contributes: nothing, a thing, a series, or a removal.
// // G-45, G-46
func (s *Server) deltaElements(f *folder, fd feed, st *deltaState) []func() map[string]any {
	if fd.mute {
		return nil
	}
	var it *item
	if st.first {
		if it = f.order[st.pos]; !f.holds(it, st.pos) {
			return nil
		}
	} else {
		e := f.log[st.pos]
		it = e.it
		here := !it.deleted && it.folder == f
		switch {
		case e.left && fd.silent && !f.knew(it, st.since):
			return nil
		case e.left && (!here || s.faults["delta-moved-back"]):
			return []func() map[string]any{func() map[string]any { return fd.removed(it) }}
		case !here, it.last != st.pos, s.faults["delta-moved-back"] && f.left(it):
			return nil // told by another entry
		}
	}
	if elements := fd.elements(it, st); elements != nil {
		return elements
	}
	if st.first {
		return nil
	}
	return []func() map[string]any{func() map[string]any { return fd.removed(it) }}
}

// knew tells whether the folder's log speaks of an item before a position.
func (f *folder) knew(it *item, before int) bool {
	return slices.ContainsFunc(f.log[:before], func(e entry) bool { return e.it == it })
}

// inWindow is nil for an event outside of the token's window; other kinds have none.
func (s *Server) inWindow(v *view, it *item, st *deltaState) []func() map[string]any {
	whole := func(it *item) func() map[string]any {
		return func() map[string]any {
			out := v.show(it)
			out["@odata.type"] = "#microsoft.graph." + it.kind.entity()
			return out
		}
	}
	if it.kind != kindEvent {
		return []func() map[string]any{whole(it)}
	}
	if it.series == nil {
		if start, end := s.zones.span(it); !touches(start, end, st.from, st.to) {
			return nil
		}
		return []func() map[string]any{whole(it)}
	}
	occurrences := s.zones.occurrences(it, st.from, st.to)
	if len(occurrences) == 0 {
		return nil
	}
	var out []func() map[string]any
	if !s.faults["delta-master-missing"] {
		out = append(out, whole(it))
	}
	for _, o := range occurrences {
		if o.exception != nil {
			out = append(out, whole(o.exception))
			continue
		}
		out = append(out, func() map[string]any { return v.stub(o) })
	}
	return out
}

func removed(kind itemKind, id string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph." + kind.entity(), "id": id, "@removed": map[string]any{"reason": "deleted"}}
}

// deadToken is how a token that can't be used is refused. // G-47
func (s *Server) deadToken(how string, c *call) *answer {
	var a answer
	switch how {
	case "badly-formed":
		a = problem(http.StatusBadRequest, "BadRequest", "Badly formed token.")
	case "resync":
		a = problem(http.StatusBadRequest, "resyncRequired", "The delta token is no longer valid, and the app must reset the sync state.")
	case "not-found":
		a = problem(http.StatusBadRequest, "syncStateNotFound", "The sync state generation is not found; generation: '1'.")
	case "location":
		a = innerProblem(http.StatusGone, "SyncStateNotFound", "SyncStateInvalid", "The sync state generation is not found.")
		a = a.with("Location", c.here("$deltatoken", ""))
	default:
		a = innerProblem(http.StatusGone, "SyncStateNotFound", "SyncStateInvalid", "The sync state generation is not found.")
	}
	return &a
}
