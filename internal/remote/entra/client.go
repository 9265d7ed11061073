package entra

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// The addresses of the global cloud.
const (
	DefaultGraphURL     = "https://graph.microsoft.com/v1.0"
	DefaultAuthorityURL = "https://login.microsoftonline.com/"
)

// Config says how to reach Entra.
type Config struct {
	// GraphURL is Graph's base address with the version, AuthorityURL the login service; both are https. Empty means the global
	// cloud's.
	GraphURL, AuthorityURL string
	// Transport replaces the network; nil is the network.
	Transport http.RoundTripper
	// Now is our clock. Required.
	Now func() time.Time
	// Retries is how often a repeatable request is tried again: 0 means the default of package wire, negative never.
	Retries int
	// Log is told of exchanges; it may be nil.
	Log *slog.Logger
}

// Client registers applications for one administrator. It is safe for concurrent use.
type Client struct {
	graph, authority *wire.Wire
	now              func() time.Time

	mu    sync.Mutex
	token string // guarded by mu; empty until somebody signed in
}

// New returns a client of which nobody has signed in yet. It sends nothing.
func New(c Config) (*Client, error) {
	if c.GraphURL == "" {
		c.GraphURL = DefaultGraphURL
	}
	if c.AuthorityURL == "" {
		c.AuthorityURL = DefaultAuthorityURL
	}
	if c.Now == nil {
		return nil, errors.New("entra: Config.Now is missing")
	}
	for name, address := range map[string]string{"Graph": c.GraphURL, "login service": c.AuthorityURL} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" && !(name == "Graph" && u.Scheme == "http" && ours(u.Hostname())) || u.Host == "" {
			return nil, errors.New("entra: the address of the " + name + " must begin with https://")
		}
	}
	client := &Client{now: c.Now}
	var err error
	options := wire.Options{Side: record.Outlook, Transport: c.Transport, Now: c.Now, Retries: c.Retries, Log: c.Log}
	options.BaseURL, options.Classify = c.AuthorityURL, classifyLogin
	if client.authority, err = wire.New(options); err != nil {
		return nil, err
	}
	options.BaseURL, options.Classify, options.Auth = c.GraphURL, classifyGraph, bearer{client}
	if client.graph, err = wire.New(options); err != nil {
		return nil, err
	}
	return client, nil
}

// ours reports whether the host is this machine, to which Graph's emulator may be spoken without https.
func ours(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// bearer adds the administrator's token to a request.
type bearer struct{ c *Client }

func (b bearer) Do(request *policy.Request) (*http.Response, error) {
	b.c.mu.Lock()
	token := b.c.token
	b.c.mu.Unlock()
	if token == "" {
		return nil, &remote.Error{Kind: remote.Unauthorized, Text: "nobody has signed in"}
	}
	request.Raw().Header.Set("Authorization", "Bearer "+token)
	return request.Next()
}

// SignOut forgets the administrator's token.
func (c *Client) SignOut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
}

// ask makes one call to Graph and reads the answer into a value, unless that is nil.
func (c *Client) ask(ctx context.Context, call wire.Call, body, into any) error {
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		call.Body = data
	}
	response, err := c.graph.Do(ctx, call)
	if err != nil {
		return err
	}
	return read(response, into, call.Doing)
}

func read(response *wire.Response, into any, doing string) error {
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(response.Body, into, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the answer could not be read", Err: err, Unknown: true}
	}
	return nil
}

// form makes one call to the login service.
func (c *Client) form(ctx context.Context, path string, values url.Values, doing string) (*wire.Response, error) {
	return c.authority.Do(ctx, wire.Call{Method: http.MethodPost, Path: path, Body: []byte(values.Encode()), Doing: doing,
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
}

// quoted writes a text as OData does, for a query or a path.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(text, "'", "''")), "+", "%20") + "'"
}
