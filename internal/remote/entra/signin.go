package entra

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// publicClient is Microsoft Graph Command Line Tools, Microsoft's own public client that is known in every tenant (G-151).
const publicClient = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// AnyTenant leaves the tenant to whoever signs in.
const AnyTenant = "organizations"

// The scopes that registration needs (G-153); "openid profile" brings the id token, which names the tenant.
const scopes = "Application.ReadWrite.All AppRoleAssignment.ReadWrite.All openid profile"

// What a code's numbers are cut to, in seconds. An absurd one must not overflow: a wait below nothing would ask without a pause.
const (
	longestInterval = 10 * 60
	longestLife     = 24 * 60 * 60
)

// Why there is no token yet, or will be none.
var (
	// ErrPending says that nobody has signed in yet.
	ErrPending = errors.New("nobody has signed in yet")
	// ErrSlowDown says that we asked too often: the interval grows by five seconds.
	ErrSlowDown = errors.New("asked too often")
	// ErrDeclined says that the person refused.
	ErrDeclined = errors.New("the sign-in was declined")
	// ErrExpired says that the code has come to its end.
	ErrExpired = errors.New("the code has expired")
)

// Device is a sign-in that a person completes in a browser (G-150).
type Device struct {
	// UserCode is entered at URL.
	UserCode, URL string
	Expires       time.Time
	// Interval is how long to wait between two tries.
	Interval time.Duration

	tenant, code string
}

// Person is who signed in, as far as the id token tells; for display only.
type Person struct {
	TenantID, Name string
}

// Device asks for a code. An empty tenant is AnyTenant.
func (c *Client) Device(ctx context.Context, tenant string) (Device, error) {
	const doing = "ask for a device code"
	if tenant == "" {
		tenant = AnyTenant
	}
	response, err := c.form(ctx, url.PathEscape(tenant)+"/oauth2/v2.0/devicecode", url.Values{"client_id": {publicClient}, "scope": {scopes}}, doing)
	if err != nil {
		return Device{}, err
	}
	var told struct {
		UserCode string `json:"user_code"`
		Code     string `json:"device_code"`
		URL      string `json:"verification_uri"`
		Expires  int64  `json:"expires_in"`
		Interval int64  `json:"interval"`
	}
	if err := read(response, &told, doing); err != nil {
		return Device{}, err
	}
	if told.UserCode == "" || told.Code == "" || !strings.HasPrefix(told.URL, "https://") {
		return Device{}, &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the answer holds no code"}
	}
	if told.Interval <= 0 {
		told.Interval = 5
	}
	told.Interval, told.Expires = min(told.Interval, longestInterval), min(max(told.Expires, 0), longestLife)
	return Device{UserCode: told.UserCode, URL: told.URL, Expires: response.At.Add(time.Duration(told.Expires) * time.Second),
		Interval: time.Duration(told.Interval) * time.Second, tenant: tenant, code: told.Code}, nil
}

// Redeem asks once whether the person has signed in and keeps the token. The errors are ErrPending, ErrSlowDown, ErrDeclined,
// ErrExpired, or a *remote.Error.
func (c *Client) Redeem(ctx context.Context, device Device) (Person, error) {
	const doing = "sign in with a device code"
	response, err := c.form(ctx, url.PathEscape(device.tenant)+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {publicClient}, "device_code": {device.code}}, doing)
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		switch failed.Code {
		case "authorization_pending":
			return Person{}, ErrPending
		case "slow_down":
			return Person{}, ErrSlowDown
		case "authorization_declined", "access_denied":
			return Person{}, ErrDeclined
		case "expired_token", "bad_verification_code":
			return Person{}, ErrExpired
		}
	}
	if err != nil {
		return Person{}, err
	}
	var told struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := read(response, &told, doing); err != nil {
		return Person{}, err
	}
	if told.Access == "" {
		return Person{}, &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the answer holds no token"}
	}
	c.mu.Lock()
	c.token = told.Access
	c.mu.Unlock()
	return personOf(told.ID), nil
}

// personOf reads an id token. It came from the login service itself over TLS, so its signature need not be looked at.
func personOf(token string) Person {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Person{}
	}
	var claims struct {
		Tenant string `json:"tid"`
		Name   string `json:"preferred_username"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(payload, &claims, jsontext.AllowInvalidUTF8(true)) != nil {
		return Person{}
	}
	return Person{TenantID: claims.Tenant, Name: claims.Name}
}
