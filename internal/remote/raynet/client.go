package raynet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
	"raynetsync/internal/record/zone"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// Config says how to reach one RAYNET instance. Empty fields get the default named with them.
type Config struct {
	// URL is the API's base address; without a path, "/api/v2/" is added.
	URL string
	// Instance is the instance's name (or its 32-digit id), User the login e-mail of the key's user.
	Instance, User, APIKey string
	// Transport makes the exchanges; nil is the usual one.
	Transport http.RoundTripper
	// Now is our clock. Required.
	Now func() time.Time
	// Retries is how often a read is tried again; 0 is the default, negative never.
	Retries int
	// MaxBody limits an answer, in bytes; 0 is the usual limit. A list whose page is larger is asked for in smaller pages.
	MaxBody int64
	Log     *slog.Logger
	Observe func(wire.Exchange)
	// WebURL is where people open a record; {instance}, {entity} and {id} are filled in. Default: the API's host.
	WebURL string
	// Zone is the account's time zone, any name that package zone knows. Default Europe/Prague.
	Zone string
	// Reserve is the percentage of the daily requests that is left to others; default 10, negative none.
	Reserve int
	// EventType is what an event from Outlook becomes: "meeting" (default) or "event".
	EventType string
	// Untitled stands for an empty subject, which RAYNET does not take; default "(bez předmětu)".
	Untitled string
	// Lookups is how many unknown addresses one event may look up; default 25, negative none.
	Lookups int
	// Unnamed stands for an empty last name, which RAYNET does not take; default "(bez příjmení)".
	Unnamed string
	// ContactFilter says which persons are synchronised: "owned" (default) gives each user those he owns, "all", "tag:X" and
	// "category:X" give everybody those that pass.
	ContactFilter string
	// Photos makes persons show the name of their picture, at the price of one request for each person read.
	Photos bool
	// Connections is how many requests may be in flight; default 3, because RAYNET refuses more than 4.
	Connections int
}

const (
	perInstance    = 3 // requests in flight; RAYNET refuses more than 4 connections
	pageSize       = 1000
	maxPages       = 2000
	defaultReserve = 10 // percent
	defaultLookups = 25
	overlap        = 2 * time.Minute
)

// Client talks to one RAYNET instance. It is safe for concurrent use and implements engine.Side.
type Client struct {
	config Config
	wire   *wire.Wire
	zone   *time.Location
	people *directory
	extID  learned

	companies *companies
	countries *country.Table
	phones    *phoneTypes
	bulk      bulk

	refused atomic.Bool

	mu     sync.Mutex
	user   string        // guarded by mu; who the key is, as RAYNET writes it in rowInfo
	budget Budget        // guarded by mu
	ahead  time.Duration // guarded by mu; how far the service's clock is ahead of ours
	dated  bool          // guarded by mu; ahead was learned
}

// New checks the configuration and returns a Client. It sends nothing.
func New(config Config) (*Client, error) {
	base, err := url.Parse(config.URL)
	if err != nil || base.Host == "" {
		return nil, errors.New("raynet: the address must look like https://app.raynet.cz/api/v2/")
	}
	if base.Path == "" || base.Path == "/" {
		base.Path = "/api/v2/"
	}
	if config.Instance == "" || config.User == "" || config.APIKey == "" {
		return nil, errors.New("raynet: instance, user and API key are all needed")
	}
	config.defaults(base)
	location, err := zone.Load(config.Zone)
	if err != nil {
		return nil, fmt.Errorf("raynet: %w", err)
	}
	if config.EventType != typeMeeting && config.EventType != typeEvent {
		return nil, fmt.Errorf("raynet: an event cannot become a %q: write meeting or event", config.EventType)
	}
	if !validFilter(config.ContactFilter) {
		return nil, fmt.Errorf("raynet: %q is no choice of persons: write owned, all, tag:X or category:X", config.ContactFilter)
	}
	c := &Client{config: config, zone: location, user: config.User, countries: country.New()}
	c.people, c.companies, c.phones = newDirectory(c), newCompanies(c), &phoneTypes{client: c}
	c.wire, err = wire.New(wire.Options{
		Side: record.Raynet, BaseURL: base.String(), Transport: config.Transport, Now: config.Now, Auth: login{config},
		PerKey: config.Connections, Retries: config.Retries, MaxBody: config.MaxBody, Classify: c.classify, Log: config.Log, Observe: config.Observe,
	})
	return c, err
}

func (c *Config) defaults(base *url.URL) {
	fallback := func(value *string, other string) {
		if *value == "" {
			*value = other
		}
	}
	fallback(&c.Zone, "Europe/Prague")
	fallback(&c.WebURL, base.Scheme+"://"+base.Host+"/{instance}/?view=DetailView&en={entity}&ei={id}")
	fallback(&c.EventType, typeMeeting)
	fallback(&c.Untitled, "(bez předmětu)")
	fallback(&c.Unnamed, "(bez příjmení)")
	fallback(&c.ContactFilter, filterOwned)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Reserve == 0 {
		c.Reserve = defaultReserve
	}
	if c.Connections <= 0 {
		c.Connections = perInstance
	}
	if c.Lookups == 0 {
		c.Lookups = defaultLookups
	}
}

// Requests returns how many HTTP requests were made so far.
func (c *Client) Requests() int64 { return c.wire.Requests() }

// Relogin allows requests again after a refused login: the credentials changed, or a person asked for another try.
func (c *Client) Relogin() { c.refused.Store(false) }

// login adds the credentials, Basic with the instance's name being the one form that every RAYNET knows.
type login struct{ config Config }

func (l login) Do(request *policy.Request) (*http.Response, error) {
	request.Raw().SetBasicAuth(l.config.User, l.config.APIKey)
	name := "X-Instance-Name"
	if len(l.config.Instance) == 32 && strings.Trim(l.config.Instance, "0123456789abcdef") == "" {
		name = "X-Instance-Id"
	}
	request.Raw().Header.Set(name, l.config.Instance)
	return request.Next()
}

// do makes one call, unless the login is known to be refused or the reserve of the day's requests is reached.
func (c *Client) do(ctx context.Context, call wire.Call) (*wire.Response, error) {
	if err := c.may(call.Doing); err != nil {
		return nil, err
	}
	response, err := c.wire.Do(ctx, call)
	if err != nil {
		if remote.KindOf(err) == remote.Unauthorized {
			c.refused.Store(true)
		}
		return nil, err
	}
	c.note(response)
	return response, nil
}

func (c *Client) may(doing string) error {
	if c.refused.Load() {
		return &remote.Error{
			Kind: remote.Unauthorized, Side: record.Raynet, Doing: doing,
			Text: "the login was refused before and is not tried again by itself: RAYNET locks the address after 20 bad logins",
		}
	}
	return c.spent(doing)
}

// get makes a GET call.
func (c *Client) get(ctx context.Context, doing, path string, params ...param) (*wire.Response, error) {
	return c.do(ctx, wire.Call{Method: http.MethodGet, Path: path + query(params), Key: callKey, Doing: doing})
}

// callKey is the one key under which all requests of an instance are limited.
const callKey = "instance"

// param is one query parameter; params keep their order, so that equal requests are equal texts.
type param struct{ name, value string }

func query(params []param) string {
	var b strings.Builder
	for i, p := range params {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(url.QueryEscape(p.name))
		b.WriteByte('=')
		b.WriteString(strings.ReplaceAll(url.QueryEscape(p.value), "+", "%20"))
	}
	return b.String()
}

// isoDates makes RAYNET write moments with their offset instead of in the API user's zone.
func isoDates() param { return param{"dateFormat", "ISO8601"} }

// envelope is what surrounds every answer. success is a boolean or a text; a list has totalCount.
type envelope struct {
	Success    jsontext.Value `json:"success"`
	TotalCount *int           `json:"totalCount"`
	Data       jsontext.Value `json:"data"`
}

// decode reads one answer's JSON; failing is the service's fault, never a short answer.
func decode(doing string, body []byte, into any) error {
	err := json.Unmarshal(body, into, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return &remote.Error{
			Kind: remote.Unavailable, Side: record.Raynet, Doing: doing,
			Text: "the answer cannot be read", // the error's own text could quote personal data
		}
	}
	return nil
}

func open(doing string, body []byte) (envelope, error) {
	var e envelope
	if err := decode(doing, body, &e); err != nil {
		return e, err
	}
	if s := string(e.Success); s == "false" || s == `"false"` {
		return e, &remote.Error{Kind: remote.Unavailable, Side: record.Raynet, Doing: doing, Text: "the answer says success: false"}
	}
	return e, nil
}

// one returns the record of a detail answer, which some RAYNETs wrap into a list.
func one(doing string, body []byte) (jsontext.Value, error) {
	e, err := open(doing, body)
	if err != nil {
		return nil, err
	}
	if e.Data.Kind() == '[' {
		var list []jsontext.Value
		if err := decode(doing, e.Data, &list); err != nil {
			return nil, err
		}
		if len(list) == 1 {
			return list[0], nil
		}
	}
	if e.Data.Kind() != '{' {
		return nil, &remote.Error{Kind: remote.Unavailable, Side: record.Raynet, Doing: doing, Text: "the answer holds no record"}
	}
	return e.Data, nil
}

// listing is one list to be read to its end.
type listing struct {
	doing, path string
	params      []param
	// offset pages by position, for lists that cannot be filtered by id; the others page by id, which loses nothing when
	// records come and go meanwhile.
	offset bool
	// sort is the column of an offset listing.
	sort string
	// kind is the type of the rows where they do not tell it themselves, and without a kind whose rows are not looked at.
	kind    string
	without record.Kind
	// newest, if not zero, reads one page with so many of the newest rows instead of everything.
	newest int
}

// list hands every row of l to each, and returns the first page's answer. An incomplete listing is always an error.
func (c *Client) list(ctx context.Context, l listing, each func(row jsontext.Value, at time.Time) error) (*wire.Response, error) {
	var first *wire.Response
	last, read, limit, direction := int64(0), 0, pageSize, "ASC"
	if l.newest > 0 {
		limit, direction = l.newest, "DESC"
	}
	call := func() wire.Call {
		params := append([]param{isoDates(), {"limit", strconv.Itoa(limit)}, {"sortDirection", direction}}, l.params...)
		switch {
		case l.offset:
			params = append(params, param{"sortColumn", l.sort}, param{"offset", strconv.Itoa(read)})
		case last > 0:
			params = append(params, param{"sortColumn", "id"}, param{"id[GT]", strconv.FormatInt(last, 10)})
		default:
			params = append(params, param{"sortColumn", "id"})
		}
		return wire.Call{Method: http.MethodGet, Path: l.path + query(params), Key: callKey, Doing: l.doing}
	}
	take := func(response *wire.Response) (wire.Call, bool, error) {
		c.note(response)
		if first == nil {
			first = response
		}
		e, err := open(l.doing, response.Body)
		if err != nil {
			return wire.Call{}, false, err
		}
		var rows []jsontext.Value
		if err := decode(l.doing, e.Data, &rows); err != nil {
			return wire.Call{}, false, err
		}
		previous := last
		for _, row := range rows {
			last = max(last, idOf(row))
			if err := each(row, response.At); err != nil {
				return wire.Call{}, false, err
			}
		}
		read += len(rows)
		if len(rows) == 0 || l.newest > 0 || !more(e, l.offset, read, len(rows), limit) {
			return wire.Call{}, false, nil
		}
		if !l.offset && last <= previous {
			return wire.Call{}, false, &remote.Error{
				Kind: remote.Unavailable, Side: record.Raynet, Doing: l.doing, Text: "the list does not advance",
			}
		}
		return call(), true, c.may(l.doing)
	}
	if err := c.may(l.doing); err != nil {
		return nil, err
	}
	err := c.wire.Pages(ctx, call(), take, maxPages)
	for errors.Is(err, wire.ErrTooLarge) && limit > 1 { // some rows are huge: go on with smaller pages
		limit = max(1, limit/10)
		err = c.wire.Pages(ctx, call(), take, maxPages)
	}
	if err != nil && remote.KindOf(err) == remote.Unauthorized {
		c.refused.Store(true)
	}
	return first, err
}

// more believes totalCount, so that a service with smaller pages than we ask for is still read to its end.
func more(e envelope, offset bool, read, rows, limit int) bool {
	if e.TotalCount == nil {
		return rows >= limit
	}
	if offset {
		return *e.TotalCount > read
	}
	return *e.TotalCount > rows
}

func idOf(row jsontext.Value) int64 {
	var named struct {
		ID int64 `json:"id"`
	}
	_ = json.Unmarshal(row, &named, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return named.ID
}
