package outlook

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// tokenMargin is how long before its end a token is replaced.
const tokenMargin = 5 * time.Minute

// TokenInfo is what our token says about us. It is for diagnosis: the token itself stays inside the client.
type TokenInfo struct {
	// Roles are the application permissions in the token, in its order. Those granted by Exchange's RBAC for Applications
	// are never among them (G-74).
	Roles []string
	// Tenant and Client are the ids the token was issued for.
	Tenant, Client string
	// Expires is when it ends, in UTC, by the authority's clock.
	Expires time.Time
	// Issued is when it was made by the authority's clock, in UTC, At when we got it by ours; Entra was seen to date tokens
	// back by five minutes. Issued is zero if the token does not tell.
	Issued, At time.Time
}

// login adds our token to each request. One token is fetched at a time, whoever asks (G-72).
type login struct {
	scope     string
	allowHTTP bool
	now       func() time.Time
	make      func() (azcore.TokenCredential, error)

	turn chan struct{} // holds one value; who has taken it may use the fields below
	cred azcore.TokenCredential
	held azcore.AccessToken
	at   time.Time // when held came
}

func newLogin(c Config, transport http.RoundTripper) (*login, error) {
	base, err := url.Parse(c.GraphURL)
	if err != nil {
		return nil, errors.New("outlook: the Graph address is malformed")
	}
	l := &login{
		scope:     scopeOf(base.Hostname()),
		allowHTTP: base.Scheme == "http" && loopback(base.Hostname()),
		now:       c.Now,
		turn:      make(chan struct{}, 1),
	}
	if base.Scheme == "http" && !l.allowHTTP {
		return nil, fmt.Errorf("outlook: the Graph address is http://%s: without https only addresses of this machine are allowed", base.Host)
	}
	l.make, err = credentials(c, transport)
	if err != nil {
		return nil, err
	}
	l.turn <- struct{}{}
	return l, nil
}

// scopeOf returns what a token is asked for. The national clouds have scopes of their own (G-73); everything else, emulators
// included, is asked in the name of the global service.
func scopeOf(host string) string {
	switch host = strings.ToLower(host); host {
	case "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn":
		return "https://" + host + "/.default"
	}
	return "https://graph.microsoft.com/.default"
}

// loopback reports whether the host is this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// credentials returns what makes a credential with an empty cache: azidentity hands out a refused token again as long as
// its clock says that it lives.
func credentials(c Config, transport http.RoundTripper) (func() (azcore.TokenCredential, error), error) {
	options := azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: c.AuthorityURL},
		Transport: roundTrip{transport},
		Retry:     policy.RetryOptions{MaxRetries: int32(max(c.Retries, -1))},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
	// A foreign authority is not known to Microsoft's instance discovery, which would be asked over the network.
	private := c.AuthorityURL != DefaultAuthorityURL
	if c.CertificateFile == "" {
		return func() (azcore.TokenCredential, error) {
			return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret,
				&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: private})
		}, nil
	}
	pem, err := os.ReadFile(c.CertificateFile)
	if err != nil {
		return nil, fmt.Errorf("outlook: read the client certificate: %w", err)
	}
	chain, key, err := azidentity.ParseCertificates(pem, nil)
	if err != nil {
		return nil, fmt.Errorf("outlook: the client certificate %s must be a PEM file with certificate and private key: %w", c.CertificateFile, err)
	}
	return func() (azcore.TokenCredential, error) {
		return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, chain, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: private})
	}, nil
}

// roundTrip makes an azcore transport of a RoundTripper. Redirects are not followed.
type roundTrip struct{ next http.RoundTripper }

func (t roundTrip) Do(request *http.Request) (*http.Response, error) {
	return t.next.RoundTrip(request)
}

// rootPool returns the system's certificates plus those of a file.
func rootPool(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("outlook: read the CA file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("outlook: the CA file %s holds no PEM certificate", file)
	}
	return pool, nil
}

// token returns a token that is not refused, the held one if it still lives. refused and claims are empty, or a token that
// Graph no longer takes and what it demands of the next one.
func (l *login) token(ctx context.Context, refused, claims string) (azcore.AccessToken, error) {
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	if refused != "" && l.held.Token == refused {
		l.held = azcore.AccessToken{}
		if claims == "" {
			l.cred = nil
		}
	}
	if l.held.Token != "" && l.now().Before(l.held.ExpiresOn.Add(-tokenMargin)) &&
		(l.held.RefreshOn.IsZero() || l.now().Before(l.held.RefreshOn)) {
		return l.held, nil
	}
	if l.cred == nil {
		cred, err := l.make()
		if err != nil {
			return azcore.AccessToken{}, err
		}
		l.cred = cred
	}
	got, err := l.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{l.scope}, EnableCAE: true, Claims: claims})
	if err != nil {
		return azcore.AccessToken{}, err
	}
	if got.Token != l.held.Token {
		l.at = l.now()
	}
	l.held = got
	return got, nil
}

// Do adds the token, and the firewall's last look: a write that was not cleared does not leave.
func (l *login) Do(request *policy.Request) (*http.Response, error) {
	raw := request.Raw()
	if raw.Method != http.MethodGet && !cleared(raw.Context()) {
		return nil, &remote.Error{Kind: remote.Mailing, Text: "a write that was not judged by the invitation firewall"}
	}
	if raw.URL.Scheme != "https" && !l.allowHTTP {
		return nil, &remote.Error{Kind: remote.Unauthorized, Text: "the token is not sent without https"}
	}
	held, err := l.token(raw.Context(), "", "")
	if err != nil {
		return nil, tokenError(err)
	}
	raw.Header.Set("Authorization", "Bearer "+held.Token)
	response, err := request.Next()
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	stale, claims, err := tokenRefused(response)
	if err != nil || !stale {
		return response, err
	}
	fresh, err := l.token(raw.Context(), held.Token, claims)
	if err != nil {
		return nil, tokenError(err)
	}
	if err := request.RewindBody(); err != nil {
		return nil, err
	}
	raw.Header.Set("Authorization", "Bearer "+fresh.Token)
	return request.Next()
}

// tokenRefused reports whether a 401 is about the token's age rather than its rights, and which claims the next token needs
// (G-75). The answer can be read again afterwards.
func tokenRefused(response *http.Response) (stale bool, claims string, err error) {
	const limit = 64 << 10
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	_ = response.Body.Close()
	if err != nil {
		return false, "", err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	for _, challenge := range response.Header.Values("Www-Authenticate") {
		if _, rest, ok := strings.Cut(challenge, `claims="`); ok {
			encoded, _, _ := strings.Cut(rest, `"`)
			if plain, err := base64.StdEncoding.DecodeString(encoded); err == nil {
				return true, string(plain), nil
			}
		}
	}
	told := readCodes(body)
	return told.has("invalidauthenticationtoken"), "", nil
}

// Relogin forgets the token, so that the next one shows what was granted meanwhile: a person asked.
func (c *Client) Relogin(ctx context.Context) error {
	select {
	case <-c.login.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	c.login.held, c.login.cred = azcore.AccessToken{}, nil
	c.login.turn <- struct{}{}
	return nil
}

// when returns when the held token came.
func (l *login) when(ctx context.Context) (time.Time, error) {
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
		return l.at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// Token fetches a token (or takes the living one) and tells what it says about us. A refusal is *remote.Error{Kind:
// Unauthorized} with the AADSTS code in Code and the authority's trace id in RequestID.
func (c *Client) Token(ctx context.Context) (TokenInfo, error) {
	held, err := c.login.token(ctx, "", "")
	if err != nil {
		failed := tokenError(err)
		failed.Side, failed.Doing = record.Outlook, "get a token"
		return TokenInfo{}, failed
	}
	info := TokenInfo{Expires: held.ExpiresOn.UTC()}
	if info.At, err = c.login.when(ctx); err != nil {
		return info, err
	}
	parts := strings.Split(held.Token, ".")
	if len(parts) < 2 {
		return info, nil // an opaque token says nothing
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return info, nil
	}
	var claims struct {
		Roles    []string `json:"roles"`
		Tenant   string   `json:"tid"`
		Client   string   `json:"appid"`
		Issued   int64    `json:"iat"`
		ClientV2 string   `json:"azp"`
	}
	if err := json.Unmarshal(payload, &claims, lenient()); err != nil {
		return info, nil
	}
	info.Roles, info.Tenant, info.Client = claims.Roles, claims.Tenant, claims.Client
	if info.Client == "" {
		info.Client = claims.ClientV2
	}
	if claims.Issued > 0 {
		info.Issued = time.Unix(claims.Issued, 0).UTC()
	}
	return info, nil
}
