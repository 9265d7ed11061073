package emulator

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// AddMailbox adds a user of the tenant, a Graph user as a map: at least userPrincipalName, usually displayName and
// mail. "mailboxSettings":{"timeZone":…} names the mailbox's own zone. Returns the user's id, which may be given as "id".
func (s *Server) AddMailbox(user map[string]any) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := maps.Clone(user)
	id = text(u["id"])
	if id == "" {
		id = guid(s.opts.Seed, "user", text(u["userPrincipalName"]))
	}
	mb := &mailbox{
		id: id, zone: "Central Europe Standard Time", items: map[string]*item{}, alias: map[string]*item{}, creates: map[string]*item{},
	}
	if z := text(object(u["mailboxSettings"])["timeZone"]); s.zones.location(z) != nil {
		mb.zone = z
	}
	delete(u, "mailboxSettings")
	u["id"] = id
	fill(u, map[string]any{"displayName": u["userPrincipalName"], "mail": u["userPrincipalName"], "accountEnabled": true, "userType": "Member"})
	if _, ok := u["proxyAddresses"]; !ok {
		u["proxyAddresses"] = []any{"SMTP:" + text(u["mail"])}
	}
	mb.user = u
	s.boxes = append(s.boxes, mb)
	s.addFolder(mb, kindEvent, "Calendar", true)
	s.addFolder(mb, kindContact, "Contacts", true)
	s.addFolder(mb, kindTask, "Tasks", true)
	flagged := s.addFolder(mb, kindTask, "Flagged Emails", false)
	flagged.props["wellknownListName"] = "flaggedEmails"
	return id
}

func fill(m, defaults map[string]any) {
	for key, value := range defaults {
		if _, ok := m[key]; !ok {
			m[key] = value
		}
	}
}

// EditUser changes a directory entry, as an administrator would: a rename, accountEnabled, another mail.
func (s *Server) EditUser(mailbox string, patch map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb := s.box(mailbox)
	if mb == nil {
		return errNoMailbox(mailbox)
	}
	maps.Copy(mb.user, patch)
	return nil
}

// SetMailboxState changes what probes of a mailbox find. A StateProvisioning mailbox becomes usable at ready.
func (s *Server) SetMailboxState(mailbox string, state MailboxState, ready time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb := s.box(mailbox)
	if mb == nil {
		return errNoMailbox(mailbox)
	}
	mb.state, mb.ready = state, ready
	return nil
}

// userDefaults are the properties of a user that come without $select. // G-09
func userDefaults() []string {
	return []string{"businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
		"preferredLanguage", "surname", "userPrincipalName", "id"}
}

func (mb *mailbox) shownUser(selected []string) map[string]any {
	if len(selected) == 0 {
		selected = userDefaults()
	}
	out := map[string]any{"id": mb.id}
	for _, name := range selected {
		value, ok := mb.user[name]
		if !ok && name == "businessPhones" {
			value = []any{}
		}
		out[name] = value
	}
	return out
}

func (s *Server) listUsers(c *call) answer {
	if c.method != http.MethodGet {
		return noMethod()
	}
	if bad := s.permit(c, canUsers, nil); bad != nil {
		return *bad
	}
	top := 100
	if t := c.query.Get("$top"); t != "" {
		if top = atoi(t); top < 1 || top > 999 {
			return problem(http.StatusBadRequest, "Request_UnsupportedQuery", "Invalid page size specified: '%s'. Must be between 1 and 999 inclusive.", t)
		}
	}
	from, ok := 0, true
	if token := c.query.Get("$skiptoken"); token != "" {
		if from, ok = readSkip(token); !ok {
			return problem(http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.")
		}
	}
	matches, bad := userFilter(c.query.Get("$filter"))
	if bad != nil {
		return *bad
	}
	selected, value := selection(c.query), []any{}
	i := from
	for ; i < len(s.boxes) && len(value) < top; i++ {
		if s.boxes[i].state != StateDeleted && matches(s.boxes[i].user) {
			value = append(value, s.boxes[i].shownUser(selected))
		}
	}
	body := map[string]any{"@odata.context": c.base + "/$metadata#users", "value": value}
	if i < len(s.boxes) {
		body["@odata.nextLink"] = c.link("/users", "$skiptoken", writeSkip(i))
	}
	return reply(http.StatusOK, body)
}

var userFilterForm = regexp.MustCompile(`^(accountEnabled|userType|userPrincipalName|mail|displayName|id) eq (true|false|'(?:[^']|'')*')$`)

// userFilter reads the one form of $filter that needs no advanced query: a property equal to a value. // G-09
func userFilter(raw string) (func(map[string]any) bool, *answer) {
	if raw == "" {
		return func(map[string]any) bool { return true }, nil
	}
	m := userFilterForm.FindStringSubmatch(raw)
	if m == nil {
		a := problem(http.StatusBadRequest, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property of resource 'User'.")
		return nil, &a
	}
	return func(user map[string]any) bool { return strings.EqualFold(fmt.Sprint(user[m[1]]), unquote(m[2])) }, nil
}

func (s *Server) getUser(c *call) answer {
	if c.method != http.MethodGet {
		return problem(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	if bad := s.permit(c, canUsers, nil); bad != nil {
		return *bad
	}
	mb := s.box(c.path[1])
	if mb == nil || mb.state == StateDeleted {
		return problem(http.StatusNotFound, "Request_ResourceNotFound",
			"Resource '%s' does not exist or one of its queried reference-property objects are not present.", c.path[1])
	}
	body := mb.shownUser(selection(c.query))
	body["@odata.context"] = c.base + "/$metadata#users/$entity"
	return reply(http.StatusOK, body)
}

func selection(query map[string][]string) []string {
	var out []string
	for _, value := range query["$select"] {
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

func writeSkip(n int) string {
	return base64.RawURLEncoding.EncodeToString([]byte("skip:" + strconv.Itoa(n)))
}

func readSkip(token string) (int, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	digits, ok := strings.CutPrefix(string(raw), "skip:")
	n, errNumber := strconv.Atoi(digits)
	return n, err == nil && ok && errNumber == nil && n >= 0
}
