package emulator

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// AdminRole is what the person who signs in with a device code may do in the directory. // G-158
type AdminRole string

const (
	// GlobalAdministrator may do everything.
	GlobalAdministrator AdminRole = "global-administrator"
	// ApplicationAdministrator may register applications, but not grant application permissions of Graph.
	ApplicationAdministrator AdminRole = "application-administrator"
	// OrdinaryUser may do neither.
	OrdinaryUser AdminRole = "user"
)

// deviceClient is the public client of Microsoft's own that device codes are asked for. // G-151
const deviceClient = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

const (
	deviceLife     = 15 * time.Minute
	deviceInterval = 5 * time.Second
)

// device is a sign-in on another device. // G-150
type device struct {
	code, userCode string
	scopes         []string
	ends           time.Time
	interval       time.Duration
	asked          time.Time // last
	role           AdminRole // empty until somebody decided
	declined, used bool
}

// DeviceCodes returns the user codes that wait for somebody to sign in, oldest first.
func (s *Server) DeviceCodes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, d := range s.directory.devices {
		if s.waiting(d) {
			out = append(out, d.userCode)
		}
	}
	return out
}

func (s *Server) waiting(d *device) bool {
	return d.role == "" && !d.declined && s.opts.Now().Before(d.ends)
}

// Approve signs a person in who was shown a user code.
func (s *Server) Approve(userCode string, as AdminRole) error {
	return s.decide(userCode, func(d *device) { d.role = as })
}

// Decline is a person who was shown a user code and refuses to sign in.
func (s *Server) Decline(userCode string) error {
	return s.decide(userCode, func(d *device) { d.declined = true })
}

func (s *Server) decide(userCode string, how func(*device)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decideLocked(userCode, how)
}

func (s *Server) decideLocked(userCode string, how func(*device)) error {
	for _, d := range s.directory.devices {
		if strings.EqualFold(d.userCode, strings.TrimSpace(userCode)) && s.waiting(d) {
			how(d)
			return nil
		}
	}
	return fmt.Errorf("user code %q: %w", userCode, ErrUnknown)
}

// deviceTenant takes the tenant, or the words that leave it to whoever signs in.
func (s *Server) deviceTenant(tenant string) *answer {
	if strings.EqualFold(tenant, "organizations") || strings.EqualFold(tenant, "common") {
		return nil
	}
	return s.checkTenant(tenant)
}

// deviceCode begins a sign-in. // G-150
func (s *Server) deviceCode(r *http.Request, tenant, body string) answer {
	if bad := s.deviceTenant(tenant); bad != nil {
		return *bad
	}
	form, err := url.ParseQuery(body)
	switch {
	case err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		return s.refuse(9002313)
	case form.Get("client_id") == "" || form.Get("scope") == "":
		return s.refuse(900144)
	case !strings.EqualFold(form.Get("client_id"), deviceClient):
		return s.refuse(700016)
	case s.faults["entra-device-blocked"]:
		return s.refuse(53003)
	}
	serial := fmt.Sprint(len(s.directory.devices))
	sum := digest(s.opts.Seed, "user code", serial)
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	userCode := make([]byte, 9)
	for i := range userCode {
		userCode[i] = letters[int(sum[i])%len(letters)]
	}
	d := &device{
		code: fmt.Sprintf("%x", digest(s.opts.Seed, "device code", serial)), userCode: string(userCode), scopes: strings.Fields(form.Get("scope")),
		ends: s.opts.Now().Add(deviceLife), interval: deviceInterval,
	}
	s.directory.devices = append(s.directory.devices, d)
	page := "https://" + r.Host + "/devicelogin"
	return reply(http.StatusOK, map[string]any{
		"user_code": d.userCode, "device_code": d.code, "verification_uri": page, "expires_in": int(deviceLife / time.Second),
		"interval": int(deviceInterval / time.Second),
		"message":  "To sign in, use a web browser to open the page " + page + " and enter the code " + d.userCode + " to authenticate.",
	})
}

// redeem answers a poll for the token of a device code. // G-150
func (s *Server) redeem(tenant string, form url.Values) answer {
	if bad := s.deviceTenant(tenant); bad != nil {
		return *bad
	}
	now := s.opts.Now()
	var d *device
	for _, one := range s.directory.devices {
		if one.code == form.Get("device_code") && strings.EqualFold(form.Get("client_id"), deviceClient) {
			d = one
		}
	}
	switch {
	case d == nil || d.used:
		return s.refuse(70018)
	case d.declined:
		return s.refuse(65004)
	case !now.Before(d.ends):
		return s.refuse(70020)
	case !d.asked.IsZero() && now.Sub(d.asked) < d.interval:
		d.interval += deviceInterval
		d.asked = now
		return s.refuse(slowDown)
	case d.role == "":
		d.asked = now
		return s.refuse(70016)
	}
	if code := s.tokenFault(); code != 0 {
		return s.refuse(code)
	}
	d.used = true
	s.tokens++
	life := s.tokenLife()
	seconds := int(life/time.Second) - 1
	person := guid(s.opts.Seed, "administrator")
	id := map[string]any{"tid": s.opts.TenantID, "aud": deviceClient, "oid": person, "preferred_username": "admin@contoso.example", "name": "Správce"}
	return reply(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "scope": strings.Join(d.scopes, " "),
		"id_token": s.jwt(id), "access_token": s.jwt(s.claims(now, life, map[string]any{
			"appid": deviceClient, "appidacr": "0", "idtyp": "user", "oid": person, "sub": person, "scp": strings.Join(d.scopes, " "), "directory_role": string(d.role),
		})),
	})
}

// deviceTries are the buttons of the page on which a person signs in.
func deviceTries() [][2]string {
	return [][2]string{
		{string(GlobalAdministrator), "Přihlásit se jako globální správce / Sign in as global administrator"},
		{string(ApplicationAdministrator), "Přihlásit se jako správce aplikací / Sign in as application administrator"},
		{string(OrdinaryUser), "Přihlásit se jako uživatel / Sign in as an ordinary user"},
		{"decline", "Odmítnout / Decline"},
	}
}

// devicePage is where a person enters his code. It stands for the page of Microsoft's, which nobody can sign in to here.
func (s *Server) devicePage(r *http.Request, body string) answer {
	said := ""
	if r.Method == http.MethodPost {
		form, _ := url.ParseQuery(body)
		err := s.decideLocked(form.Get("code"), func(d *device) {
			d.role, d.declined = AdminRole(form.Get("as")), form.Get("as") == "decline"
		})
		said = "<p><strong>Hotovo, vraťte se zpět. / Done, go back.</strong></p>"
		if err != nil {
			said = "<p><strong>Takový kód tu není. / There is no such code.</strong></p>"
		}
	}
	var page strings.Builder
	page.WriteString("<!doctype html><html><head><meta charset=\"utf-8\"><title>Emulator</title></head><body><h1>Emulátor přihlášení / Sign-in of the emulator</h1>" +
		said + "<form method=\"post\"><p><label>Kód / Code <input name=\"code\" value=\"" + html.EscapeString(r.URL.Query().Get("code")) + "\"></label></p>")
	for _, button := range deviceTries() {
		fmt.Fprintf(&page, "<p><button name=\"as\" value=%q>%s</button></p>", button[0], button[1])
	}
	page.WriteString("</form></body></html>")
	return answer{status: http.StatusOK, media: &media{kind: "text/html; charset=utf-8", data: []byte(page.String())}}
}
