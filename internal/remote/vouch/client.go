package vouch

import (
	"context"
	"errors"
	"fmt"
	"github.com/go-json-experiment/json/jsontext"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"
)

// Config is the registration and how to reach the authority. All members are needed but one of ClientSecret and
// CertificateFile, and Transport.
type Config struct {
	AuthorityURL string // without the tenant and without a slash at the end
	TenantID     string // a GUID, or a domain of the tenant
	ClientID     string
	ClientSecret string
	// CertificateFile is a PEM file with certificate and RSA key, instead of a secret.
	CertificateFile string
	// RedirectURL is where the authority sends people back. It must be registered there as a web redirect address.
	RedirectURL string
	// Transport carries the requests to the authority; nil is the network.
	Transport http.RoundTripper
	Now       func() time.Time
}

// Client asks one authority who people are. It is safe for concurrent use.
type Client struct {
	Config
	http *http.Client
	// assertion signs in by certificate; nil: by secret.
	assertion *signer

	mu       sync.Mutex
	provider *provider // guarded by mu; nil until the authority was asked once
	failed   time.Time // guarded by mu; when it was asked in vain last
	failure  error     // guarded by mu; what came of that
}

// provider is what the authority says about itself.
type provider struct {
	*oidc.Provider
	tenant string // its id
}

// patience is how long one answer of the authority may take.
const patience = 20 * time.Second

// New returns a client. It asks nobody. The error is about the certificate.
func New(config Config) (*Client, error) {
	c := &Client{Config: config}
	c.http = &http.Client{Transport: config.Transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if config.CertificateFile != "" {
		var err error
		if c.assertion, err = newSigner(config.CertificateFile); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Fault says why somebody could not be signed in. Detail is for the log; it holds no secrets.
type Fault struct {
	Code   string
	Detail string
}

// The codes of faults.
const (
	// Unreachable: the authority does not answer, or not as an authority does.
	Unreachable = "unreachable"
	// Declined: the person turned back, or may not sign in to this application.
	Declined = "declined"
	// Refused: the authority does not accept our request: the redirect address, the secret. Detail begins with its code.
	Refused = "refused"
	// Stale: the answer belongs to no question of this browser, or came too late.
	Stale = "stale"
	// Untrusted: something in the answer is not as it must be.
	Untrusted = "untrusted"
	// Foreign: the person belongs to another tenant.
	Foreign = "foreign"
)

// Error returns code and detail.
func (f *Fault) Error() string { return "sign in with Microsoft: " + f.Code + ": " + f.Detail }

func fault(code, format string, values ...any) error {
	return &Fault{Code: code, Detail: fmt.Sprintf(format, values...)}
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// maxDocument bounds what is read of the authority's description of itself.
const maxDocument = 1 << 20

// retryAfter is how long an authority that failed is left alone, so that people who try do not queue for it.
const retryAfter = 5 * time.Second

// discover returns what the authority says about itself, which is asked for once. The error is a *Fault.
func (c *Client) discover(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	if since := c.Now().Sub(c.failed); c.failure != nil && since >= 0 && since < retryAfter {
		return nil, c.failure
	}
	made, err := c.describe(ctx)
	if err != nil && ctx.Err() == nil {
		c.failed, c.failure = c.Now(), err
	}
	c.provider = made
	return made, err
}

// describe asks the authority what it says about itself, and refuses what cannot be.
func (c *Client) describe(ctx context.Context) (*provider, error) {
	var document struct {
		Issuer        string         `json:"issuer"`
		Authorization string         `json:"authorization_endpoint"`
		Token         string         `json:"token_endpoint"`
		Keys          string         `json:"jwks_uri"`
		Rest          jsontext.Value `json:",unknown"`
	}
	body, err := c.get(ctx, c.AuthorityURL+"/"+c.TenantID+"/v2.0/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fault(Unreachable, "the description of the authority cannot be read: %v", err)
	}
	tenant, ok := strings.CutPrefix(document.Issuer, c.AuthorityURL+"/")
	tenant, v2 := strings.CutSuffix(tenant, "/v2.0")
	tenant = strings.ToLower(tenant)
	if !ok || !v2 || !guid.MatchString(tenant) || guid.MatchString(c.TenantID) && tenant != c.TenantID {
		return nil, fault(Untrusted, "the authority calls itself %q", document.Issuer)
	}
	for _, address := range []string{document.Authorization, document.Token, document.Keys} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fault(Untrusted, "the authority names the address %q", address)
		}
	}
	config := oidc.ProviderConfig{IssuerURL: document.Issuer, AuthURL: document.Authorization, TokenURL: document.Token,
		JWKSURL: document.Keys, Algorithms: []string{oidc.RS256}}
	made := config.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http))
	return &provider{Provider: made, tenant: tenant}, nil
}

func (c *Client) get(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault(Unreachable, "%v", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fault(Unreachable, "%v", err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument))
	err = errors.Join(err, response.Body.Close())
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, fault(Unreachable, "the authority answers %d: %v", response.StatusCode, err)
	}
	return body, nil
}

func (c *Client) oauth(p *provider) *oauth2.Config {
	endpoint := p.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: endpoint, RedirectURL: c.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, "profile"}}
}
