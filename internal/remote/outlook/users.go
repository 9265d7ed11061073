package outlook

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// User is one account of the tenant. Guests, rooms and shared mailboxes are users too, and not every user has a mailbox
// (G-78).
type User struct {
	// ID is the Graph user id that every other call names the mailbox by.
	ID   string `json:"id"`
	Name string `json:"displayName"`
	// Mail may be empty and may differ from PrincipalName.
	Mail          string `json:"mail"`
	PrincipalName string `json:"userPrincipalName"`
	// ProxyAddresses look like "SMTP:primary@…" and "smtp:other@…"; other prefixes are not mail.
	ProxyAddresses []string `json:"proxyAddresses"`
	Enabled        bool     `json:"accountEnabled"`
	// Type is "Member", "Guest" or empty.
	Type string `json:"userType"`
}

// Addresses returns every mail address of the user, in lower case, the main one first, each once.
func (u User) Addresses() []string {
	candidates := []string{u.Mail}
	for _, prefix := range []string{"SMTP:", "smtp:"} {
		for _, proxy := range u.ProxyAddresses {
			if rest, ok := strings.CutPrefix(proxy, prefix); ok {
				candidates = append(candidates, rest)
			}
		}
	}
	var out []string
	for _, address := range append(candidates, u.PrincipalName) {
		address = strings.ToLower(strings.TrimSpace(address))
		if strings.Contains(address, "@") && !slices.Contains(out, address) {
			out = append(out, address)
		}
	}
	return out
}

const userFields = "$select=id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled,userType"

// Users lists every user of the tenant.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	const doing = "list the users"
	var users []User
	err := c.list(ctx, c.read("", "/users?"+userFields+"&$top=999", doing), func(raw jsontext.Value, _ time.Time) error {
		var user User
		if err := decode(raw, &user); err != nil {
			return unreadable(doing, err)
		}
		users = append(users, user)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, user := range users {
		c.addresses[user.ID] = setOf(user.Addresses())
	}
	return users, nil
}

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}

// ownAddresses returns the mailbox's own addresses if one of the events needs them: only on a copy of somebody else's
// meeting is the mailbox's user among the attendees. They are asked for once.
func (c *Client) ownAddresses(ctx context.Context, mailbox string, events []event) (map[string]bool, error) {
	if !slices.ContainsFunc(events, func(e event) bool { return e.foreign() && len(e.Attendees) > 0 }) {
		return nil, nil
	}
	c.mu.Lock()
	own, known := c.addresses[mailbox]
	c.mu.Unlock()
	if known {
		return own, nil
	}
	const doing = "read the mailbox's addresses"
	response, err := c.get(ctx, mailbox, "/users/"+segment(mailbox)+"?"+userFields, doing)
	if err != nil {
		return nil, err
	}
	var user User
	if err := decode(response.Body, &user); err != nil {
		return nil, unreadable(doing, err)
	}
	own = setOf(user.Addresses())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.addresses[mailbox] = own
	return own, nil
}

// Capability is one thing that a permission allows.
type Capability string

// The capabilities that Probe tries.
const (
	UsersRead    Capability = "users"
	CalendarRead Capability = "calendar"
	ContactsRead Capability = "contacts"
	TasksRead    Capability = "tasks"
)

// Probe tries one capability with the smallest read there is. mailbox is a user id, ignored for UsersRead. nil means that
// it works; else the *remote.Error says why not: Forbidden and Unauthorized that a permission is missing or a policy
// forbids it, NoMailbox that the user has no usable mailbox.
func (c *Client) Probe(ctx context.Context, what Capability, mailbox string) error {
	user := "/users/" + segment(mailbox)
	path := ""
	switch what {
	case UsersRead:
		path, mailbox = "/users?$select=id&$top=1", ""
	case CalendarRead:
		path = user + "/calendar?$select=id"
	case ContactsRead:
		path = user + "/contacts?$select=id&$top=1"
	case TasksRead:
		path = user + "/todo/lists?$top=1" // "$select" is refused here (G-83)
	default:
		return &remote.Error{Kind: remote.Invalid, Side: record.Outlook, Doing: "probe " + string(what), Text: "there is no such capability"}
	}
	_, err := c.get(ctx, mailbox, path, "probe "+string(what))
	if err == nil {
		return nil
	}
	failed := *asRemote(err)
	if failed.Kind == remote.NotFound && failed.Status == http.StatusNotFound && what != UsersRead {
		failed.Kind = remote.NoMailbox // G-78: the codes differ from data centre to data centre
	}
	return &failed
}
