package emulator

import (
	"maps"
	"net/http"
	"strings"
)

// addFolder makes a calendar, contact folder or task list.
func (s *Server) addFolder(mb *mailbox, kind itemKind, name string, isDefault bool) *folder {
	prefix := map[itemKind]string{kindEvent: "AAkALgCAL", kindContact: "AAkALgCON", kindTask: "AAkALgTSK"}[kind]
	mb.version++
	f := &folder{id: s.newID(prefix), name: name, kind: kind, isDefault: isDefault, version: mb.version, props: map[string]any{}}
	mb.folders = append(mb.folders, f)
	if kind == kindTask {
		mb.fileList(f, s.opts.Now().UTC())
	}
	return f
}

func (mb *mailbox) shownCalendar(f *folder) map[string]any {
	out := map[string]any{
		"id": f.id, "name": f.name, "color": "auto", "hexColor": "", "isDefaultCalendar": f.isDefault, "changeKey": changeKey(mb, f.version),
		"canShare": true, "canViewPrivateItems": true, "canEdit": true, "isTallyingResponses": f.isDefault, "isRemovable": !f.isDefault,
		"allowedOnlineMeetingProviders": []any{"teamsForBusiness"}, "defaultOnlineMeetingProvider": "teamsForBusiness",
		"owner": map[string]any{"name": mb.name(), "address": mb.address()},
	}
	maps.Copy(out, f.props)
	return out
}

// calendars lists or creates. A calendar that a colleague shares is listed too, with its owner. // G-16
func (s *Server) calendars(c *call, mb *mailbox) answer {
	switch c.method {
	case http.MethodGet:
		p, bad := s.page(c, preferences{})
		if bad != nil {
			return *bad
		}
		all := mb.foldersOf(kindEvent)
		from, to, more := p.cut(len(all))
		value := []any{}
		for _, f := range all[from:to] {
			value = append(value, selectOf(c, mb.shownCalendar(f)))
		}
		return c.listing(value, p, more)
	case http.MethodPost:
		v, ok := decode(c.body)
		name := strings.TrimSpace(text(v["name"]))
		if !ok || name == "" {
			return problem(http.StatusBadRequest, "ErrorInvalidRequest", "A calendar needs a name.")
		}
		for _, f := range mb.foldersOf(kindEvent) {
			if strings.EqualFold(f.name, name) {
				return problem(http.StatusConflict, "ErrorFolderExists", "A folder with the specified name already exists.")
			}
		}
		return reply(http.StatusCreated, mb.shownCalendar(s.addFolder(mb, kindEvent, name, false)))
	}
	return noMethod()
}

// calendar shows, renames or deletes one calendar.
func (s *Server) calendar(c *call, mb *mailbox, f *folder) answer {
	switch c.method {
	case http.MethodGet:
		return reply(http.StatusOK, selectOf(c, mb.shownCalendar(f)))
	case http.MethodPatch:
		v, ok := decode(c.body)
		if name := text(v["name"]); ok && name != "" {
			mb.version++
			f.name, f.version = name, mb.version
		}
		return reply(http.StatusOK, mb.shownCalendar(f))
	case http.MethodDelete:
		if f.isDefault {
			return problem(http.StatusBadRequest, "ErrorDeleteDistinguishedFolder", "Distinguished folders can't be deleted.")
		}
		for _, it := range f.live() {
			mb.drop(it, c.now)
		}
		f.gone = true
		return reply(http.StatusNoContent, nil)
	}
	return noMethod()
}

// selectOf keeps what $select names, and the id.
func selectOf(c *call, full map[string]any) map[string]any {
	names := selection(c.query)
	if len(names) == 0 {
		return full
	}
	keep := map[string]any{"id": full["id"]}
	if tag, ok := full["@odata.etag"]; ok {
		keep["@odata.etag"] = tag
	}
	for _, name := range names {
		if value, ok := full[name]; ok {
			keep[name] = value
		}
	}
	return keep
}

// listing is a page of a list; its nextLink counts with $skip. // G-11
func (c *call) listing(value []any, p page, more bool) answer {
	body := map[string]any{"@odata.context": c.base + "/$metadata#Collection", "value": value}
	if more {
		body["@odata.nextLink"] = c.here("$skip", itoa(p.skip+p.top))
	}
	return reply(http.StatusOK, body)
}
