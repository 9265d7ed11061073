package raynet

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
)

// Account is who the API key acts as.
type Account struct {
	UserName  string // the login e-mail, as it stands in rowInfo
	AccountID string
	// PersonID is empty for technical users.
	PersonID string
	// Zone is an IANA name, empty if RAYNET did not tell one that we know.
	Zone string
	// Role is RAYNET's word: ADMIN, FULL_THROTTLE, CERTAIN_RESTRICTIONS or READONLY. Empty if the key may not read it.
	Role string
	// Sees tells, as an opaque text, which records the account may see (record filter, own records only, security levels): when
	// it changes, records vanish that nobody deleted. Empty if the key may not read it.
	Sees string
	// Filtered and OnlyOwned say that a record filter narrows what the account sees, and that it may edit its own records only.
	Filtered, OnlyOwned bool
	// InstanceID survives a rename of the instance; older RAYNETs do not tell it.
	InstanceID string
}

type userAccount struct {
	ID       int64      `json:"id"`
	UserName string     `json:"username"`
	Email2   string     `json:"email2"`
	Person   *reference `json:"person"`
	Role     string     `json:"userRole"`
	Zone     string     `json:"timezone"`
	Access   string     `json:"rowInfo.rowAccess"`
	// What the account may see; their shapes are RAYNET's own business.
	RecordFilter jsontext.Value `json:"personRecordFilter"`
	OnlyOwned    jsontext.Value `json:"editOnlyOwnedRecordsPermission"`
	Levels       jsontext.Value `json:"securityLevels"`
	Profile      jsontext.Value `json:"securityProfile"`
}

// Account asks who the key is. RAYNETs without /security/info are asked for the account by its login. A key that may
// not read user accounts gets an Account without person, zone and role.
func (c *Client) Account(ctx context.Context) (Account, error) {
	const doing = "read the account of the API key"
	account := Account{UserName: c.config.User}
	var info struct {
		InstanceID string `json:"X-Instance-Id"`
		UserName   string `json:"username"`
		AccountID  int64  `json:"userAccountId"`
	}
	response, err := c.get(ctx, doing, "security/info")
	switch {
	case err == nil:
		if err := decode(doing, response.Body, &info); err != nil {
			return account, err
		}
		account.InstanceID = info.InstanceID
	case !optional(err):
		return account, err
	default:
		if info.AccountID, err = c.accountByLogin(ctx, doing); err != nil {
			return account, err
		}
	}
	if info.UserName != "" {
		account.UserName = info.UserName
		c.mu.Lock()
		c.user = info.UserName
		c.mu.Unlock()
	}
	if info.AccountID == 0 {
		return account, nil
	}
	account.AccountID = strconv.FormatInt(info.AccountID, 10)
	response, err = c.get(ctx, doing, "userAccount/"+account.AccountID+"/", isoDates())
	if err != nil {
		if optional(err) {
			return account, nil
		}
		return account, err
	}
	return account.with(doing, response.Body)
}

// Probe tries the login with the smallest read there is, two at most: who am I, and where that is unknown or forbidden,
// one person. nil means that the login is good and persons may be read.
func (c *Client) Probe(ctx context.Context) error {
	const doing = "try the login"
	_, err := c.get(ctx, doing, "security/info")
	if err != nil && optional(err) {
		_, err = c.get(ctx, doing, "person/", param{"limit", "1"})
	}
	return err
}

// optional reports that a call is refused to this key or unknown to this RAYNET, while the login itself is good.
func optional(err error) bool {
	kind := remote.KindOf(err)
	return kind == remote.NotFound || kind == remote.Forbidden || kind == remote.Invalid
}

func (a Account) with(doing string, body []byte) (Account, error) {
	data, err := one(doing, body)
	if err != nil {
		return a, err
	}
	var detail userAccount
	if err := decode(doing, data, &detail); err != nil {
		return a, err
	}
	a.Role = detail.Role
	a.Sees = detail.Role
	for _, value := range []jsontext.Value{detail.RecordFilter, detail.OnlyOwned, detail.Levels, detail.Profile} {
		_ = value.Canonicalize() // the same rights must not look changed because their keys came in another order
		a.Sees += "\n" + string(value)
	}
	a.Filtered, a.OnlyOwned = restricts(detail.RecordFilter), restricts(detail.OnlyOwned)
	a.PersonID = detail.Person.text()
	if iana, err := zone.FromRaynet(detail.Zone); err == nil {
		a.Zone = iana
	}
	return a, nil
}

// restricts reports whether a permission key holds anything that narrows.
func restricts(value jsontext.Value) bool {
	switch string(value) {
	case "", "null", "false", `""`, "[]", "{}", "0":
		return false
	}
	return true
}

func (c *Client) accountByLogin(ctx context.Context, doing string) (int64, error) {
	found := int64(0)
	_, err := c.list(ctx, listing{
		doing: doing, path: "userAccount/", offset: true, sort: "username",
		params: []param{{"username[EQ]", c.config.User}},
	}, func(row jsontext.Value, _ time.Time) error {
		var account userAccount
		if err := decode(doing, row, &account); err != nil {
			return err
		}
		if strings.EqualFold(account.UserName, c.config.User) {
			found = account.ID
		}
		return nil
	})
	if err != nil && optional(err) {
		return 0, nil
	}
	return found, err
}

// ZoneOf returns the time zone of a user account, an IANA name; empty if this key may not read it or the zone is not known to
// us. One request.
func (c *Client) ZoneOf(ctx context.Context, accountID string) (string, error) {
	const doing = "read the time zone of a user account"
	response, err := c.get(ctx, doing, "userAccount/"+url.PathEscape(accountID)+"/", isoDates())
	if err != nil {
		if optional(err) {
			return "", nil
		}
		return "", err
	}
	account, err := Account{}.with(doing, response.Body)
	return account.Zone, err
}

// self is the user name under which our own writes appear.
func (c *Client) self() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user
}

// User is a person who can log in to RAYNET and own records.
type User struct {
	PersonID  string
	AccountID string
	// UserName is the login e-mail.
	UserName string
	// Addresses are all e-mail addresses known of the user, in lower case, sorted, the login among them.
	Addresses []string
	Name      string
	// Valid is false for archived users.
	Valid bool
	// Zone is empty: RAYNET tells it only in the detail of each account.
	Zone string
}

// Users lists everybody with a user account and a person, sorted by person id. Two requests, more beyond 1,000 users.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	users := map[string]*User{} // person id -> user
	if err := c.usersByAccount(ctx, users); err != nil && !optional(err) {
		return nil, err
	}
	if err := c.usersByPerson(ctx, users); err != nil {
		return nil, err
	}
	out := make([]User, 0, len(users))
	for _, user := range users {
		slices.Sort(user.Addresses)
		user.Addresses = slices.Compact(user.Addresses)
		out = append(out, *user)
	}
	slices.SortFunc(out, func(a, b User) int {
		return int(number(a.PersonID) - number(b.PersonID))
	})
	return out, nil
}

func (c *Client) usersByAccount(ctx context.Context, users map[string]*User) error {
	const doing = "list the user accounts"
	_, err := c.list(ctx, listing{doing: doing, path: "userAccount/", offset: true, sort: "username"},
		func(row jsontext.Value, _ time.Time) error {
			var account userAccount
			if err := decode(doing, row, &account); err != nil {
				return err
			}
			if account.Person.text() == "" { // technical users have none
				return nil
			}
			user := &User{
				PersonID: account.Person.text(), AccountID: strconv.FormatInt(account.ID, 10), UserName: account.UserName,
				Name: account.Person.label(), Valid: account.Access != accessInvalid,
			}
			user.Addresses = addresses(account.UserName, account.Email2)
			users[user.PersonID] = user
			return nil
		})
	return err
}

func (c *Client) usersByPerson(ctx context.Context, users map[string]*User) error {
	const doing = "list the persons of users"
	_, err := c.list(ctx, listing{
		doing: doing, path: "person/", offset: true, sort: "id", params: []param{{"userAccount-id[NE]", ""}},
	}, func(row jsontext.Value, _ time.Time) error {
		var found listed
		if err := decode(doing, row, &found); err != nil {
			return err
		}
		id := strconv.FormatInt(found.ID, 10)
		user := users[id]
		if user == nil {
			if !found.Active {
				return nil
			}
			user = &User{PersonID: id, UserName: strings.ToLower(found.Contact.Email), Valid: true}
			users[id] = user
		}
		if name := found.name(); name != "" {
			user.Name = name
		}
		user.Valid = user.Valid && found.Access != accessInvalid
		user.Addresses = append(user.Addresses, addresses(found.Contact.Email, found.Contact.Email2)...)
		return nil
	})
	return err
}

// addresses returns those that are addresses, in lower case.
func addresses(all ...string) []string {
	var out []string
	for _, address := range all {
		if address = strings.ToLower(strings.TrimSpace(address)); strings.Contains(address, "@") {
			out = append(out, address)
		}
	}
	return out
}

func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}
