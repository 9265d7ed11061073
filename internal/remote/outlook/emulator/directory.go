package emulator

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// graphApp is the id of Microsoft Graph's own application in every tenant. // G-152
const graphApp = "00000003-0000-0000-c000-000000000000"

// graphRoles are the application permissions that Graph's service principal offers. // G-152
func graphRoles() [][2]string {
	return [][2]string{
		{"df021288-bdef-4463-88db-98f22de89214", "User.Read.All"},
		{"ef54d2bf-783f-4e0f-bca1-3210c0444d99", "Calendars.ReadWrite"},
		{"6918b873-d17a-4dc1-b314-35f528134491", "Contacts.ReadWrite"},
		{"44e666d1-d276-445b-a5fc-8815eeb81d55", "Tasks.ReadWrite.All"},
		{"798ee544-9d2d-430c-a058-570e29e34338", "Calendars.Read"},
		{"498476ce-e0fe-48b0-b801-37ba7e2685c6", "Organization.Read.All"},
	}
}

// The knobs of the faults of registration.
const (
	replication  = 10 * time.Second
	longestLife  = 180 * 24 * time.Hour // with "entra-secret-capped"
	lostRoleName = "Contacts.ReadWrite" // with "entra-consent-partial"
)

// directory is the part of the tenant that knows applications.
type directory struct {
	devices    []*device
	apps       []*application
	principals []*principal
}

// application is a registration.
type application struct {
	id, appID string
	made      time.Time
	props     map[string]any
	passwords []*credential
	keys      []*credential
}

// credential is a secret or a certificate.
type credential struct {
	shown  map[string]any
	secret string
	cert   *x509.Certificate
	ends   time.Time
	made   time.Time
}

// principal is an application as it works in the tenant.
type principal struct {
	id, appID string
	made      time.Time
	assigned  []map[string]any
}

// Applications returns the registrations that were made, as Graph shows them, oldest first.
func (s *Server) Applications() []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []map[string]any
	for _, app := range s.directory.apps {
		out = append(out, app.show())
	}
	return out
}

// AddApplication registers an application as an administrator did long ago in the portal; props are those of Graph. It has no
// service principal and no credentials. Returns its client id.
func (s *Server) AddApplication(props map[string]any) (clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.register(props, s.opts.Now().Add(-24*time.Hour)).appID
}

// Unassign takes a consented application permission from a registered application; tokens that are out keep it.
func (s *Server) Unassign(clientID, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp := s.principalOf(clientID); sp != nil {
		sp.assigned = slices.DeleteFunc(sp.assigned, func(a map[string]any) bool { return roleName(text(a["appRoleId"])) == role })
	}
}

func (s *Server) register(props map[string]any, made time.Time) *application {
	serial := fmt.Sprint(len(s.directory.apps))
	app := &application{
		id: guid(s.opts.Seed, "application", serial), appID: guid(s.opts.Seed, "client", serial), made: made,
		props: map[string]any{"signInAudience": "AzureADMyOrg", "requiredResourceAccess": []any{}},
	}
	for key, value := range props {
		app.props[key] = value
	}
	s.directory.apps = append(s.directory.apps, app)
	return app
}

func (a *application) show() map[string]any {
	out := map[string]any{"id": a.id, "appId": a.appID, "createdDateTime": a.made.UTC().Format(time.RFC3339)}
	for key, value := range a.props {
		out[key] = value
	}
	list := func(of []*credential) []any {
		shown := []any{}
		for _, c := range of {
			shown = append(shown, c.shown)
		}
		return shown
	}
	out["passwordCredentials"], out["keyCredentials"] = list(a.passwords), list(a.keys)
	return out
}

func (s *Server) appOf(clientID string) *application {
	for _, app := range s.directory.apps {
		if strings.EqualFold(app.appID, clientID) {
			return app
		}
	}
	return nil
}

func (s *Server) principalOf(clientID string) *principal {
	for _, sp := range s.directory.principals {
		if strings.EqualFold(sp.appID, clientID) {
			return sp
		}
	}
	return nil
}

// fresh reports whether something that was made then is not yet known everywhere. // G-157
func (s *Server) fresh(made, now time.Time) bool {
	return s.faults["entra-lag"] && now.Sub(made) < replication
}

func roleName(id string) string {
	for _, role := range graphRoles() {
		if strings.EqualFold(role[0], id) {
			return role[1]
		}
	}
	return ""
}

// prove checks the credentials of a registered application; it returns an AADSTS code, 0 when all is well. // G-02, G-157
func (s *Server) prove(app *application, secret, assertion, audience string) int {
	now := s.opts.Now()
	if s.fresh(app.made, now) || s.principalOf(app.appID) == nil {
		return 700016
	}
	if assertion != "" {
		for _, key := range app.keys {
			if !s.fresh(key.made, now) {
				if code := checkAssertion(key.cert, app.appID, assertion, assertionCheck{audience, now}); code != 700027 {
					return code
				}
			}
		}
		return 700027
	}
	if secret == "" {
		return 7000218
	}
	for _, password := range app.passwords {
		switch {
		case password.secret != secret || s.fresh(password.made, now):
		case !now.Before(password.ends):
			return 7000222
		default:
			return 0
		}
	}
	return 7000215
}

// granted are the roles in the token of a registered application.
func (s *Server) granted(app *application) []string {
	sp := s.principalOf(app.appID)
	var roles []string
	for _, assigned := range sp.assigned {
		name := roleName(text(assigned["appRoleId"]))
		if name != lostRoleName || !s.faults["entra-consent-partial"] {
			roles = append(roles, name)
		}
	}
	return roles
}

var appFilterForm = regexp.MustCompile(`^(displayName|appId) eq ('(?:[^']|'')*')$`)

// listApplications finds applications by name or client id.
func (s *Server) listApplications(c *call) answer {
	form := appFilterForm.FindStringSubmatch(c.query.Get("$filter"))
	if form == nil && c.query.Get("$filter") != "" {
		return problem(http.StatusBadRequest, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property of resource 'Application'.")
	}
	value := []any{}
	for _, app := range s.directory.apps {
		shown := app.show()
		if form == nil || strings.EqualFold(text(shown[form[1]]), unquote(form[2])) {
			value = append(value, only(shown, selection(c.query)))
		}
	}
	return reply(http.StatusOK, map[string]any{"@odata.context": c.base + "/$metadata#applications", "value": value})
}

// only keeps the selected properties; the key of a certificate is shown only where it was asked for. // G-156
func only(shown map[string]any, selected []string) map[string]any {
	if len(selected) == 0 {
		return shown
	}
	out := map[string]any{"id": shown["id"]}
	for _, name := range selected {
		out[name] = shown[name]
	}
	return out
}

// readKeys takes the whole collection of certificates that a PATCH brings. // G-156
func (s *Server) readKeys(app *application, given []any, now time.Time) ([]*credential, *answer) {
	var keys []*credential
	for _, one := range given {
		props := object(one)
		if old := slices.IndexFunc(app.keys, func(k *credential) bool { return props["keyId"] != nil && k.shown["keyId"] == props["keyId"] }); old >= 0 {
			keys = append(keys, app.keys[old])
			continue
		}
		der, err := base64.StdEncoding.DecodeString(text(props["key"]))
		if err != nil || text(props["type"]) != "AsymmetricX509Cert" || text(props["usage"]) != "Verify" {
			a := problem(http.StatusBadRequest, "Request_BadRequest", "The value for the property \"key\" in one of your credentials is invalid.")
			return nil, &a
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			a := problem(http.StatusBadRequest, "KeyCredentialsInvalidCertificate", "Key credential is not a valid certificate.")
			return nil, &a
		}
		if a := s.policy(cert.NotAfter, now, "asymmetricKeyLifetime"); a != nil {
			return nil, a
		}
		keys = append(keys, &credential{cert: cert, ends: cert.NotAfter, made: now, shown: map[string]any{
			"keyId": guid(s.opts.Seed, "key", app.id, fmt.Sprint(len(app.keys)+len(keys)), now.String()), "type": "AsymmetricX509Cert", "usage": "Verify",
			"displayName": props["displayName"], "key": nil, "startDateTime": cert.NotBefore.UTC().Format(time.RFC3339), "endDateTime": cert.NotAfter.UTC().Format(time.RFC3339),
		}})
	}
	return keys, nil
}

// policy refuses what an application management policy of the tenant does not allow. // G-155
func (s *Server) policy(ends, now time.Time, restriction string) *answer {
	var a answer
	switch {
	case restriction == "passwordLifetime" && s.faults["entra-secret-forbidden"]:
		a = problem(http.StatusBadRequest, "CredentialTypeNotAllowedAsPerAppPolicy", "Credential type is not allowed as per assigned policy 'emulator'.")
	case s.faults["entra-secret-capped"] && ends.Sub(now) > longestLife:
		a = problem(http.StatusBadRequest, "CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value allowed as per assigned policy 'emulator'.")
		object(object(a.body)["error"])["details"] = []any{map[string]any{"code": "InvalidKeyEndDate", "message": "Key end date exceeds the allowed value.", "target": "EndDate"}}
	default:
		return nil
	}
	return &a
}

// addPassword makes a secret. // G-154
func (s *Server) addPassword(c *call, app *application) answer {
	body, ok := decode(c.body)
	if !ok {
		return malformed()
	}
	wanted := object(body["passwordCredential"])
	ends := c.now.AddDate(2, 0, 0)
	if given := text(wanted["endDateTime"]); given != "" {
		parsed, err := time.Parse(time.RFC3339, given)
		if err != nil || !parsed.After(c.now) {
			return problem(http.StatusBadRequest, "Request_BadRequest", "The value of endDateTime is invalid.")
		}
		ends = parsed
	}
	if a := s.policy(ends, c.now, "passwordLifetime"); a != nil {
		return *a
	}
	serial := fmt.Sprint(len(app.passwords), c.now)
	sum := digest(s.opts.Seed, "secret", app.id, serial)
	secret := "fake~" + base64.RawURLEncoding.EncodeToString(sum[:])[:35]
	shown := map[string]any{
		"keyId": guid(s.opts.Seed, "password", app.id, serial), "displayName": wanted["displayName"], "hint": secret[:3],
		"startDateTime": c.now.Format(time.RFC3339), "endDateTime": ends.UTC().Format(time.RFC3339), "customKeyIdentifier": nil, "secretText": nil,
	}
	app.passwords = append(app.passwords, &credential{shown: shown, secret: secret, ends: ends, made: c.now})
	told := only(shown, sortedKeys(shown))
	told["secretText"] = secret
	delete(told, "id")
	return reply(http.StatusOK, told)
}

func malformed() answer {
	return problem(http.StatusBadRequest, "Request_BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}
