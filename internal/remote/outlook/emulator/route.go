package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// route finds the resource of a call by its segments.
func (s *Server) route(c *call) answer {
	p := c.path
	for _, option := range sortedKeys(c.query) {
		if strings.HasPrefix(option, "$") && !knownOption(option) {
			return innerProblem(http.StatusBadRequest, "BadRequest", "RequestBroker--ParseUri", "The query option '"+option+"' is not supported.")
		}
	}
	switch {
	case p[0] == "$batch" && len(p) == 1:
		return s.batch(c)
	case p[0] == "users" && len(p) == 1:
		return s.listUsers(c)
	case p[0] == "users" && len(p) == 2:
		return s.getUser(c)
	case p[0] == "users":
		return s.routeMailbox(c)
	case p[0] == "applications", p[0] == "servicePrincipals", strings.HasPrefix(p[0], "servicePrincipals("):
		return s.routeDirectory(c)
	case p[0] == "organization":
		return problem(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	case p[0] == "me":
		return problem(http.StatusBadRequest, "BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	return noSegment(p[0])
}

func knownOption(name string) bool {
	return slices.Contains([]string{"$select", "$top", "$skip", "$filter", "$orderby", "$expand", "$count", "$skiptoken", "$deltatoken"}, name)
}

func noSegment(name string) answer {
	return innerProblem(http.StatusBadRequest, "BadRequest", "RequestBroker--ParseUri", "Resource not found for the segment '"+name+"'.")
}

func (s *Server) routeMailbox(c *call) answer {
	switch c.path[2] {
	case "calendar", "calendars", "events", "calendarView":
		mb, bad := s.open(c, canCalendars)
		if bad != nil {
			return *bad
		}
		return s.routeCalendar(c, mb)
	case "contacts", "contactFolders":
		mb, bad := s.open(c, canContacts)
		if bad != nil {
			return *bad
		}
		return s.routeContacts(c, mb)
	case "todo":
		mb, bad := s.open(c, canTasks)
		if bad != nil {
			return *bad
		}
		return s.routeTodo(c, mb)
	case "outlook":
		return s.routeOutlook(c)
	case "mailboxSettings":
		return problem(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	}
	return noSegment(c.path[2])
}

// routeCalendar strips the calendar from the path: what is left is the same below /calendar, /calendars/{c} and /.
func (s *Server) routeCalendar(c *call, mb *mailbox) answer {
	rest, f := c.path[2:], mb.folder(kindEvent, "")
	everywhere := false
	switch rest[0] {
	case "calendars":
		if len(rest) == 1 {
			return s.calendars(c, mb)
		}
		if f = mb.folder(kindEvent, rest[1]); f == nil {
			return notFound()
		}
		rest = rest[2:]
	case "calendar":
		rest = rest[1:]
	default:
		everywhere = true
	}
	if len(rest) == 0 {
		return s.calendar(c, mb, f)
	}
	switch {
	case rest[0] == "calendarView" && len(rest) == 1:
		return s.calendarView(c, mb, f)
	case rest[0] == "calendarView" && len(rest) == 2 && rest[1] == "delta":
		return s.delta(c, mb, f)
	case rest[0] == "events" && len(rest) == 1:
		return s.events(c, mb, f, everywhere)
	case rest[0] == "events" && len(rest) == 2 && rest[1] == "delta":
		return noWindow()
	case rest[0] == "events":
		return s.event(c, mb, rest[1], rest[2:])
	}
	return noSegment(rest[0])
}

func notFound() answer {
	return problem(http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
}

func noMethod() answer {
	return problem(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
}

// routeOutlook answers what the four permissions don't open, and the list of time zones. // G-65
func (s *Server) routeOutlook(c *call) answer {
	if len(c.path) != 4 || c.path[3] != "supportedTimeZones" {
		return problem(http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
	}
	if bad := s.permit(c, canUsers, nil); bad != nil {
		return *bad
	}
	var value []any
	for _, pair := range slices.SortedFunc(slices.Values(windowsZones()), func(a, b [2]string) int {
		if a[0] < b[0] {
			return -1
		}
		return 1
	}) {
		value = append(value, map[string]any{"alias": pair[0], "displayName": pair[0]})
	}
	return reply(http.StatusOK, map[string]any{"value": value})
}
