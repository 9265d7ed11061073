package emulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote/outlook/emulator"
)

const publicClient = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// device begins a sign-in and returns its codes.
func (w *world) device() (userCode string, poll func() reply) {
	w.t.Helper()
	r := w.ask("/organizations/oauth2/v2.0/devicecode", url.Values{"client_id": {publicClient}, "scope": {"Application.ReadWrite.All AppRoleAssignment.ReadWrite.All openid"}})
	if r.status != http.StatusOK || !strings.HasPrefix(str(r.body["verification_uri"]), "https://") || r.body["interval"] != 5.0 {
		w.t.Fatalf("device code: %d %s", r.status, r.raw)
	}
	return str(r.body["user_code"]), func() reply {
		return w.ask("/organizations/oauth2/v2.0/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"},
			"client_id": {publicClient}, "device_code": {str(r.body["device_code"])}})
	}
}

// signIn makes the world's token that of an administrator.
func (w *world) signIn(as emulator.AdminRole) {
	w.t.Helper()
	code, poll := w.device()
	if err := w.srv.Approve(code, as); err != nil {
		w.t.Fatal(err)
	}
	r := poll()
	if r.status != http.StatusOK {
		w.t.Fatalf("token: %d %s", r.status, r.raw)
	}
	w.token = str(r.body["access_token"])
}

func TestDeviceCodesWaitForAPerson(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before func(w *world, code string)
		want   string
	}{
		{"nobody came yet", func(*world, string) {}, "authorization_pending"},
		{"declined", func(w *world, code string) {
			if err := w.srv.Decline(code); err != nil {
				w.t.Error(err)
			}
		}, "authorization_declined"},
		{"too late", func(w *world, _ string) { w.clock.Advance(16 * time.Minute) }, "expired_token"},
		{"asked too often", func(w *world, _ string) {}, "slow_down"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			code, poll := w.device()
			if test.want == "slow_down" {
				poll()
			}
			test.before(w, code)
			if r := poll(); r.status != 400 || r.body["error"] != test.want {
				t.Errorf("got %d %v, want %s", r.status, r.body["error"], test.want)
			}
		})
	}
	w := newWorld(t)
	code, poll := w.device()
	if got := w.srv.DeviceCodes(); !slices.Equal(got, []string{code}) {
		t.Errorf("codes %v, want %s", got, code)
	}
	if err := w.srv.Approve(strings.ToLower(code), emulator.GlobalAdministrator); err != nil {
		t.Fatal(err)
	}
	if r := poll(); r.status != 200 || str(r.body["id_token"]) == "" {
		t.Fatalf("after the sign-in: %d %s", r.status, r.raw)
	}
	if r := poll(); r.body["error"] != "bad_verification_code" {
		t.Errorf("a second time: %v", r.body["error"])
	}
	if err := w.srv.Approve(code, emulator.OrdinaryUser); err == nil {
		t.Error("a code was used twice")
	}
	if err := w.srv.Inject("entra-device-blocked"); err != nil {
		t.Fatal(err)
	}
	if r := w.ask("/organizations/oauth2/v2.0/devicecode", url.Values{"client_id": {publicClient}, "scope": {"x"}}); r.status != 400 || !strings.Contains(r.raw, "AADSTS53003") {
		t.Errorf("a blocked sign-in: %d %s", r.status, r.raw)
	}
}

// The page on which the demo's person signs in.
func TestDevicePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, poll := w.device()
	page := w.ask("/devicelogin", url.Values{"code": {"NOSUCH"}, "as": {"global-administrator"}})
	if page.status != 200 || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || !strings.Contains(page.raw, "There is no such code") {
		t.Errorf("unknown code: %d %s", page.status, page.raw)
	}
	w.ask("/devicelogin", url.Values{"code": {code}, "as": {"decline"}})
	if r := poll(); r.body["error"] != "authorization_declined" {
		t.Errorf("declined: %v", r.body["error"])
	}
	code, poll = w.device()
	w.ask("/devicelogin", url.Values{"code": {code}, "as": {"global-administrator"}})
	if r := poll(); r.status != 200 {
		t.Errorf("approved: %d %s", r.status, r.raw)
	}
}

func TestWhoMayRegisterAndConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	application := map[string]any{"displayName": "App"}
	w.refused(w.do("POST", "/applications", application), 403, "Authorization_RequestDenied") // the token is an application's
	w.signIn(emulator.OrdinaryUser)
	w.refused(w.do("POST", "/applications", application), 403, "Authorization_RequestDenied")
	w.signIn(emulator.ApplicationAdministrator)
	app := w.must(201, w.do("POST", "/applications", application))
	sp := w.must(201, w.do("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}))
	graph := w.must(200, w.get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id,appRoles"))
	assignment := map[string]any{"principalId": sp["id"], "resourceId": graph["id"], "appRoleId": "df021288-bdef-4463-88db-98f22de89214"}
	path := "/servicePrincipals/" + str(sp["id"]) + "/appRoleAssignments"
	w.refused(w.do("POST", path, assignment), 403, "Authorization_RequestDenied")
	w.signIn(emulator.GlobalAdministrator)
	w.must(201, w.do("POST", path, assignment))
	w.refused(w.do("POST", path, assignment), 400, "Request_BadRequest")
	if got := values(w.must(200, w.get(path))); len(got) != 1 {
		t.Errorf("assignments: %v", got)
	}
	w.refused(w.do("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}), 409, "Request_MultipleObjectsWithSameKeyValue")
	w.refused(w.get("/users"), 403, "Authorization_RequestDenied")
}

// An application that was made here signs in with its own secret and has exactly the roles that were assigned.
func TestRegisteredApplicationsSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(emulator.GlobalAdministrator)
	if err := w.srv.Inject("entra-lag"); err != nil {
		t.Fatal(err)
	}
	app := w.must(201, w.do("POST", "/applications", map[string]any{"displayName": "App's"}))
	w.refused(w.do("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}), 400, "Request_BadRequest")
	w.refused(w.do("POST", "/applications/"+str(app["id"])+"/addPassword", map[string]any{}), 404, "Request_ResourceNotFound")
	w.clock.Advance(11 * time.Second)
	sp := w.must(201, w.do("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}))
	graph := w.must(200, w.get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')"))
	w.clock.Advance(11 * time.Second)
	w.must(201, w.do("POST", "/servicePrincipals/"+str(sp["id"])+"/appRoleAssignments", map[string]any{
		"principalId": sp["id"], "resourceId": graph["id"], "appRoleId": "ef54d2bf-783f-4e0f-bca1-3210c0444d99"}))
	password := w.must(200, w.do("POST", "/applications/"+str(app["id"])+"/addPassword", map[string]any{}))
	if found := values(w.must(200, w.get("/applications?$filter="+url.QueryEscape("displayName eq 'App''s'")))); len(found) != 1 || strings.Contains(found[0]["displayName"].(string), "''") {
		t.Errorf("found %v", found)
	}
	login := func() reply {
		form := goodForm()
		form.Set("client_id", str(app["appId"]))
		form.Set("client_secret", str(password["secretText"]))
		return w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", form)
	}
	if r := login(); !strings.Contains(r.raw, "AADSTS7000215") {
		t.Errorf("fresh secret: %d %s", r.status, r.raw)
	}
	w.clock.Advance(11 * time.Second)
	admin := w.token
	w.token = str(w.must(200, login())["access_token"])
	w.must(200, w.get("/users/"+anna+"/calendar"))
	w.refused(w.get("/users"), 403, "Authorization_RequestDenied")
	w.refused(w.get("/users/"+anna+"/contacts"), 403, "ErrorAccessDenied")
	w.token = admin
	w.must(204, w.do("POST", "/applications/"+str(app["id"])+"/removePassword", map[string]any{"keyId": password["keyId"]}))
	if r := login(); !strings.Contains(r.raw, "AADSTS7000215") {
		t.Errorf("removed secret: %d %s", r.status, r.raw)
	}
}

func TestPoliciesOfSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(emulator.GlobalAdministrator)
	app := w.must(201, w.do("POST", "/applications", map[string]any{"displayName": "App"}))
	path := "/applications/" + str(app["id"]) + "/addPassword"
	ending := func(days int) map[string]any {
		return map[string]any{"passwordCredential": map[string]any{"endDateTime": w.clock.Now().AddDate(0, 0, days).Format(time.RFC3339)}}
	}
	for _, fault := range []string{"entra-secret-capped", "entra-secret-forbidden"} {
		if err := w.srv.Inject(fault); err != nil {
			t.Fatal(err)
		}
		if fault == "entra-secret-capped" {
			w.refused(w.do("POST", path, ending(365)), 400, "CredentialInvalidLifetimeAsPerAppPolicy")
			w.must(200, w.do("POST", path, ending(180)))
		} else {
			w.refused(w.do("POST", path, ending(30)), 400, "CredentialTypeNotAllowedAsPerAppPolicy")
		}
	}
}

// register walks through a registration and goes on, whatever fails.
func (w *world) register(note func(reply)) {
	w.t.Helper()
	began := w.ask("/organizations/oauth2/v2.0/devicecode", url.Values{"client_id": {publicClient}, "scope": {"Application.ReadWrite.All AppRoleAssignment.ReadWrite.All"}})
	note(began)
	for _, code := range w.srv.DeviceCodes() {
		if err := w.srv.Approve(code, emulator.GlobalAdministrator); err != nil {
			w.t.Error(err)
		}
	}
	signed := w.ask("/organizations/oauth2/v2.0/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"},
		"client_id": {publicClient}, "device_code": {str(began.body["device_code"])}})
	note(signed)
	before := w.token
	defer func() { w.token = before }()
	w.token = str(signed.body["access_token"])
	app := w.do("POST", "/applications", map[string]any{"displayName": "App"})
	note(app)
	sp := w.do("POST", "/servicePrincipals", map[string]any{"appId": app.body["appId"]})
	note(sp)
	graph := w.get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id")
	note(w.do("POST", "/servicePrincipals/"+str(sp.body["id"])+"/appRoleAssignments", map[string]any{
		"principalId": sp.body["id"], "resourceId": graph.body["id"], "appRoleId": "6918b873-d17a-4dc1-b314-35f528134491"}))
	password := w.do("POST", "/applications/"+str(app.body["id"])+"/addPassword", map[string]any{})
	note(password)
	form := goodForm()
	form.Set("client_id", str(app.body["appId"]))
	form.Set("client_secret", str(password.body["secretText"]))
	note(w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", form))
}
