package emulator

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	guidForm   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	domainForm = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
)

// serveAuthority answers discovery and the token endpoint. // G-01
func (s *Server) serveAuthority(w http.ResponseWriter, r *http.Request) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if rest == "oauth2/v2.0/authorize" && r.Method == http.MethodGet {
		s.signInAt(w, r, tenant)
		return
	}
	s.mu.Lock()
	a := s.authorityAnswer(r, tenant, rest, string(body))
	wire := encode(a.body)
	s.mu.Unlock()
	if a.media != nil {
		wire = a.media.data
		w.Header().Set("Content-Type", a.media.kind)
	} else if wire != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(a.status)
	_, _ = w.Write(wire)
}

func (s *Server) authorityAnswer(r *http.Request, tenant, rest, body string) answer {
	s.asked++
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		if bad := s.checkTenant(tenant); bad != nil {
			return *bad
		}
		base := "https://" + r.Host + "/" + tenant
		return reply(http.StatusOK, map[string]any{
			"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
			"token_endpoint": base + "/oauth2/v2.0/token", "jwks_uri": base + "/discovery/v2.0/keys",
			"tenant_region_scope": "EU", "token_endpoint_auth_methods_supported": []any{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		})
	case "discovery/v2.0/keys":
		return s.keys()
	case "":
		if tenant == "devicelogin" {
			return s.devicePage(r, body)
		}
	case "oauth2/v2.0/devicecode":
		if r.Method != http.MethodPost {
			return s.refuse(900561)
		}
		return s.deviceCode(r, tenant, body)
	case "oauth2/v2.0/token":
		if r.Method != http.MethodPost {
			return s.refuse(900561)
		}
		return s.issue(r, tenant, body)
	}
	return reply(http.StatusNotFound, nil)
}

func (s *Server) checkTenant(tenant string) *answer {
	var a answer
	switch {
	case strings.EqualFold(tenant, "common"), strings.EqualFold(tenant, "consumers"):
		a = s.refuse(9001023)
	case !guidForm.MatchString(tenant) && !domainForm.MatchString(tenant):
		a = s.refuse(900023)
	case !strings.EqualFold(tenant, s.opts.TenantID):
		a = s.refuse(90002)
	default:
		return nil
	}
	return &a
}

// issue answers a token request.
func (s *Server) issue(r *http.Request, tenant, body string) answer {
	form, err := url.ParseQuery(body)
	if err == nil && form.Get("grant_type") == "urn:ietf:params:oauth:grant-type:device_code" {
		return s.redeem(tenant, form)
	}
	if bad := s.checkTenant(tenant); bad != nil {
		return *bad
	}
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return s.refuse(9002313)
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if user, pass, ok := basic(r); ok {
		id, secret = user, pass
	}
	now := s.opts.Now()
	audience := "https://" + r.Host + "/" + tenant + "/oauth2/v2.0/token"
	code, app := s.checkGrant(form, id), s.appOf(id)
	switch {
	case code != 0:
	case app != nil:
		code = s.prove(app, secret, form.Get("client_assertion"), audience)
	default:
		code = s.checkCredential(secret, form.Get("client_assertion"), audience, now)
	}
	signIn := form.Get("grant_type") == "authorization_code"
	if code == 0 && !signIn {
		code = s.checkScope(form.Get("scope"))
	}
	if code == 0 {
		code = s.tokenFault()
	}
	if code != 0 {
		return s.refuse(code)
	}
	if signIn {
		return s.identify(r, id, form, now)
	}
	life := s.tokenLife()
	s.tokens++
	seconds := int(life/time.Second) - 1
	return reply(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": s.sign(app, now, life),
	})
}

// basic reads `client_id:secret` from the Authorization header, both form-encoded there.
func basic(r *http.Request) (id, secret string, ok bool) {
	encoded, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	if !ok {
		return "", "", false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	id, secret, _ = strings.Cut(string(raw), ":")
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	return id, secret, true
}

func (s *Server) checkGrant(form url.Values, id string) int {
	switch {
	case form.Get("grant_type") == "" || id == "" || form.Get("scope") == "" && form.Get("grant_type") != "authorization_code":
		return 900144
	case form.Get("grant_type") != "client_credentials" && form.Get("grant_type") != "authorization_code":
		return 70003
	case !strings.EqualFold(id, s.opts.ClientID) && s.appOf(id) == nil:
		return 700016
	case s.disabled:
		return 7000112
	}
	return 0
}

func (s *Server) checkCredential(secret, assertion, audience string, now time.Time) int {
	switch {
	case assertion != "":
		return s.assertion(assertion, audience, now)
	case secret == "":
		return 7000218
	case secret != s.secret || s.faults["token-wrong-secret"]:
		return 7000215
	case !s.expires.IsZero() && !now.Before(s.expires) || s.faults["token-expired-secret"]:
		return 7000222
	}
	return 0
}

// checkScope takes one `{resource}/.default`; the resource's host is free, so that any base URL can stand for Graph.
// Microsoft's libraries add the OpenID scopes, which mean nothing here.
func (s *Server) checkScope(scope string) int {
	names := slices.DeleteFunc(strings.Fields(scope), func(name string) bool {
		return name == "openid" || name == "profile" || name == "offline_access"
	})
	switch {
	case len(names) != 1:
		return 70011
	case !strings.HasSuffix(names[0], "/.default"):
		return 70011
	case !strings.HasPrefix(names[0], "https://") && !strings.HasPrefix(names[0], "http://127.0.0.1"):
		return 500011
	}
	return 0
}

// tokenLife is between 60 and 90 minutes. // G-03
func (s *Server) tokenLife() time.Duration {
	if s.opts.TokenLife > 0 {
		return s.opts.TokenLife
	}
	sum := digest(s.opts.Seed, "token life", fmt.Sprint(s.tokens))
	return time.Hour + time.Duration(sum[0])*30*time.Minute/255
}

// refuse is the error body of Entra for an AADSTS code. // G-02
func (s *Server) refuse(code int) answer {
	e := s.tokenError(code)
	now := s.opts.Now().UTC()
	trace, correlation := guid(s.opts.Seed, "trace", fmt.Sprint(s.asked)), guid(s.opts.Seed, "correlation", fmt.Sprint(s.asked))
	at := now.Format("2006-01-02 15:04:05Z")
	return reply(e.status, map[string]any{
		"error": e.name, "error_codes": []any{code}, "timestamp": at, "trace_id": trace, "correlation_id": correlation,
		"error_description": fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", code, e.message, trace, correlation, at),
		"error_uri":         fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", code),
	})
}

// slowDown stands for an answer whose AADSTS code no source names.
const slowDown = 0

type tokenError struct {
	status  int
	name    string
	message string
}

// tokenErrors are the rows of the code table that the emulator can produce. // G-02
func tokenErrors(client string) map[int]tokenError {
	const bad, unauthorized = http.StatusBadRequest, http.StatusUnauthorized
	return map[int]tokenError{
		90002:    {bad, "invalid_request", "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."},
		900023:   {bad, "invalid_request", "Specified tenant identifier is neither a valid DNS name, nor a valid external domain."},
		900144:   {bad, "invalid_request", "The request body must contain the following parameter: 'grant_type', 'client_id' or 'scope'."},
		900561:   {bad, "invalid_request", "The endpoint only accepts POST requests. Received a GET request."},
		9002313:  {bad, "invalid_request", "Invalid request. Request is malformed or invalid."},
		9001023:  {bad, "invalid_request", "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."},
		slowDown: {bad, "slow_down", "The client polls too often."},
		70016:    {bad, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
		65004:    {bad, "authorization_declined", "User declined to consent to access the app."},
		70018:    {bad, "bad_verification_code", "Invalid verification code due to User typing in wrong user code for device code flow."},
		70020:    {bad, "expired_token", "The provided value for the input parameter 'device_code' is not valid. This device code has expired."},
		70003:    {bad, "unsupported_grant_type", "The app requested an unsupported grant type."},
		700016:   {bad, "unauthorized_client", "Application with the given identifier was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant. You may have sent your authentication request to the wrong tenant."},
		7000215:  {unauthorized, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + client + "'."},
		7000222:  {unauthorized, "invalid_client", "The provided client secret keys for app '" + client + "' are expired. Visit the Azure portal to create new keys for your app."},
		7000218:  {unauthorized, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
		700027:   {unauthorized, "invalid_client", "The certificate with identifier used to sign the client assertion is not registered on application."},
		50013:    {unauthorized, "invalid_client", "Assertion failed signature validation."},
		50012:    {unauthorized, "invalid_client", "The client assertion's issuer, subject or audience is wrong."},
		700024:   {unauthorized, "invalid_client", "Client assertion is not within its valid time range."},
		7000112:  {bad, "unauthorized_client", "Application '" + client + "' is disabled."},
		70011:    {bad, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."},
		500011:   {bad, "invalid_resource", "The resource principal was not found in the tenant."},
		53003:    {bad, "invalid_grant", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
		90055:    {http.StatusTooManyRequests, "temporarily_unavailable", "The request was throttled due to too many requests."},
		90033:    {http.StatusServiceUnavailable, "temporarily_unavailable", "A transient error has occurred. Please try again."},
	}
}

// tokenFault is the code of a switched-on fault that meets a good request.
func (s *Server) tokenFault() int {
	switch {
	case s.faults["token-blocked"]:
		return 53003
	case s.faults["token-throttled"]:
		return 90055
	case s.faults["token-unavailable"]:
		return 90033
	}
	return 0
}
