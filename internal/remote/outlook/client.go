package outlook

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/record/country"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// The addresses of the global cloud, and our defaults.
const (
	DefaultGraphURL     = "https://graph.microsoft.com/v1.0"
	DefaultAuthorityURL = "https://login.microsoftonline.com/"
	DefaultNamespace    = "8f9f5bd6-1c0e-4c0b-9d2f-7a3b52f1e6a4"
	DefaultCategory     = "RAYNET"
	DefaultCancelled    = "RAYNET: zrušeno"
	DefaultSeriesDays   = 90
	DefaultReminder     = 15
	DefaultTaskList     = "RAYNET"
	DefaultUntitled     = "(bez předmětu)"
	DefaultFolder       = "RAYNET"
)

// perMailbox is how many requests Exchange takes at a time from us for one mailbox (G-79).
const perMailbox = 4

// maxBody limits one answer: a page of 999 events with long bodies.
const maxBody = 64 << 20

// Config says how to reach Graph and how our items are marked.
type Config struct {
	// GraphURL is the base address with the version; empty means DefaultGraphURL. http is taken for addresses of this
	// machine only.
	GraphURL string
	// AuthorityURL is the login service, always https; empty means DefaultAuthorityURL.
	AuthorityURL string
	TenantID     string
	ClientID     string
	ClientSecret string
	// CertificateFile is a PEM file with certificate and private key; it replaces the secret.
	CertificateFile string
	// CAFile is a PEM file of further certificate authorities to trust.
	CAFile string
	// Transport replaces the network for Graph and for the login service; nil is the network.
	Transport http.RoundTripper
	// Now is our clock. Required.
	Now func() time.Time
	// Retries is how often a repeatable request is tried again: 0 means the default of package wire, negative never.
	Retries int
	// Log and Observe are told of exchanges; both may be nil.
	Log     *slog.Logger
	Observe func(wire.Exchange)
	// Namespace is the GUID of our extended properties. It must never change in a product; empty means DefaultNamespace.
	Namespace string
	// Instance is the RAYNET instance's name. It is part of our marks: items of another instance are left alone.
	Instance string
	// Category offers an event to RAYNET, CancelledCategory marks one that RAYNET cancelled; empty means the defaults.
	Category          string
	CancelledCategory string
	// EverythingOffered offers every event that is not private.
	EverythingOffered bool
	// NothingOffered offers no event, whatever its category.
	NothingOffered bool
	// SeriesDays is how far ahead occurrences of series are looked at; 0 means DefaultSeriesDays.
	SeriesDays int
	// Reminder is set on creates, in minutes before the start: 0 means DefaultReminder, negative means no reminder, of tasks
	// neither.
	Reminder int
	// ReminderAtStart reminds when the event begins; Reminder is not looked at then.
	ReminderAtStart bool
	// TaskList is the name of the To Do list; empty means DefaultTaskList.
	TaskList string
	// Untitled stands for an empty subject of a task, which To Do does not take; empty means DefaultUntitled.
	Untitled string
	// ContactFolder is the name of the contact folder that is synchronised; empty means DefaultFolder.
	ContactFolder string
	// MatchDefaultFolder lets Find look into the default contact folder for people who look like one that is about to be copied.
	MatchDefaultFolder bool
	// Photo fetches the picture that record.ContactPhoto names, when it is sent. Nil writes no pictures.
	Photo func(ctx context.Context, id string) (contentType string, data []byte, err error)
}

func (c Config) withDefaults() Config {
	for _, text := range []struct {
		at    *string
		value string
	}{
		{&c.GraphURL, DefaultGraphURL}, {&c.AuthorityURL, DefaultAuthorityURL}, {&c.Namespace, DefaultNamespace},
		{&c.Category, DefaultCategory}, {&c.CancelledCategory, DefaultCancelled}, {&c.TaskList, DefaultTaskList},
		{&c.Untitled, DefaultUntitled}, {&c.ContactFolder, DefaultFolder},
	} {
		if strings.TrimSpace(*text.at) == "" {
			*text.at = text.value
		}
	}
	if !strings.HasSuffix(c.AuthorityURL, "/") {
		c.AuthorityURL += "/"
	}
	c.GraphURL = strings.TrimRight(c.GraphURL, "/")
	c.Namespace, c.Instance = strings.ToLower(c.Namespace), strings.ToLower(c.Instance)
	if c.SeriesDays <= 0 {
		c.SeriesDays = DefaultSeriesDays
	}
	switch {
	case c.ReminderAtStart:
		c.Reminder = 0
	case c.Reminder == 0:
		c.Reminder = DefaultReminder
	}
	return c
}

// Client talks to Graph in the name of the application. It is safe for concurrent use.
type Client struct {
	config Config
	wire   *wire.Wire
	login  *login
	marks  marks
	// countries are the names that people give to countries.
	countries *country.Table

	mu        sync.Mutex
	addresses map[string]map[string]bool // guarded by mu; mailbox -> its own addresses in lower case
	places    map[string]*time.Location  // guarded by mu; zone name -> location
	lists     map[string]time.Time       // guarded by mu; path of a To Do list -> when it was last seen
}

// New returns a client. It reads the certificate files but sends nothing.
func New(config Config) (*Client, error) {
	config = config.withDefaults()
	for name, value := range map[string]string{"tenant id": config.TenantID, "client id": config.ClientID} {
		if strings.TrimSpace(value) == "" {
			return nil, errors.New("outlook: the " + name + " is missing")
		}
	}
	if config.ClientSecret == "" && config.CertificateFile == "" {
		return nil, errors.New("outlook: neither a client secret nor a certificate is given")
	}
	if config.Now == nil {
		return nil, errors.New("outlook: Config.Now is missing")
	}
	if authority, err := url.Parse(config.AuthorityURL); err != nil || authority.Scheme != "https" || authority.Host == "" {
		return nil, errors.New("outlook: the authority's address must begin with https://")
	}
	transport, err := transportOf(config)
	if err != nil {
		return nil, err
	}
	l, err := newLogin(config, transport)
	if err != nil {
		return nil, err
	}
	w, err := wire.New(wire.Options{
		Side: record.Outlook, BaseURL: config.GraphURL, Transport: transport, Now: config.Now, Auth: l, PerKey: perMailbox,
		Retries: config.Retries, MaxBody: maxBody, Classify: classify, Log: config.Log, Observe: config.Observe,
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		config: config, wire: w, login: l, marks: marksOf(config.Namespace, config.Instance), countries: country.New(),
		addresses: map[string]map[string]bool{}, places: map[string]*time.Location{},
		lists: map[string]time.Time{},
	}, nil
}

// transportOf returns the RoundTripper for both services. Every phase has a limit besides each call's own deadline.
func transportOf(config Config) (http.RoundTripper, error) {
	if config.Transport != nil {
		return config.Transport, nil
	}
	pool, err := rootPool(config.CAFile)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}, nil
}

// Requests returns how many HTTP requests were made so far, those for tokens not included.
func (c *Client) Requests() int64 { return c.wire.Requests() }

// prefer is on every request: ids that survive a move (G-80) and times in UTC (G-81).
const prefer = `IdType="ImmutableId", outlook.timezone="UTC"`

// get makes one read.
func (c *Client) get(ctx context.Context, mailbox, path, doing string) (*wire.Response, error) {
	return c.wire.Do(ctx, c.read(mailbox, path, doing))
}

func (c *Client) read(mailbox, path, doing string) wire.Call {
	return wire.Call{Method: http.MethodGet, Path: path, Header: map[string]string{"Prefer": prefer}, Key: mailbox, Safe: true, Doing: doing}
}

// maxPages limits a listing; 100,000 events fit at twenty to a page.
const maxPages = 5000

// list reads a collection to its end and hands each element to take.
func (c *Client) list(ctx context.Context, first wire.Call, take func(jsontext.Value, time.Time) error) error {
	return c.wire.Pages(ctx, first, func(response *wire.Response) (wire.Call, bool, error) {
		var page page
		if err := decode(response.Body, &page); err != nil {
			return wire.Call{}, false, unreadable(first.Doing, err)
		}
		for _, element := range page.Value {
			if err := take(element, response.At); err != nil {
				return wire.Call{}, false, err
			}
		}
		next := first
		next.Path = page.NextLink
		return next, page.NextLink != "", nil
	}, maxPages)
}

type page struct {
	Value     []jsontext.Value `json:"value"`
	NextLink  string           `json:"@odata.nextLink"`
	DeltaLink string           `json:"@odata.deltaLink"`
}

func unreadable(doing string, err error) *remote.Error {
	return &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the answer could not be read", Err: err}
}

// lenient are the options for reading: Graph sends unpaired surrogates (G-82).
func lenient() json.Options {
	return json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

// decode reads JSON as Graph sends it. Raw control characters inside texts, which JSON forbids and Graph was seen to send
// (G-82), become spaces.
func decode(body []byte, into any) error {
	err := json.Unmarshal(body, into, lenient())
	if err == nil {
		return nil
	}
	clean := make([]byte, len(body))
	found := false
	for i, b := range body {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' {
			found, b = true, ' '
		}
		clean[i] = b
	}
	if !found {
		return err
	}
	return json.Unmarshal(clean, into, lenient())
}

// segment writes an id as one segment of a path: ids hold "/", "+" and "=" (G-80).
func segment(id string) string { return url.PathEscape(id) }

func unescape(segment string) string {
	id, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return id
}

// query encodes a value for a query without touching what OData needs literal; "$" before names is written by the callers,
// since Graph refuses "%24top" (G-83).
func query(text string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/", "%3A", ":", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2C", ",").
		Replace(url.QueryEscape(text))
}
