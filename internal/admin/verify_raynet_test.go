package admin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// refusedLogins counts the requests that RAYNET answered with 401.
func refusedLogins(c *company) int {
	n := 0
	for _, entry := range c.raynet.Layer().Requests() {
		if entry.Status == http.StatusUnauthorized {
			n++
		}
	}
	return n
}

func wrongKey(c *company) { c.raynetConfig.APIKey = "mistyped" }

// RAYNET locks the address after 20 bad logins: whatever is started, however often somebody asks, it sees two.
func TestARefusedRaynetLoginIsTriedTwiceAtMost(t *testing.T) {
	t.Parallel()
	c := newCompany(t, wrongKey)
	a := c.open()
	v := c.verify(a, admin.VerifyOptions{Users: true})
	want(t, v, "raynet-address=ok/ok", "raynet-login=failed/refused", "raynet-instance=skipped/depends", "raynet-rights=skipped/depends",
		"raynet-sight=skipped/depends", "raynet-zone=skipped/depends", "raynet-budget=skipped/depends", "raynet-ext-id=skipped/depends", "users=skipped/depends",
		"microsoft-token=ok/ok", "mailbox:"+jana+"=ok/ok")
	if n := refusedLogins(c); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
	for range 3 { // the server, its jobs and its commands, started anew
		a = c.open()
		if err := a.LoginAllowed(t.Context()); remote.KindOf(err) != remote.Unauthorized || !strings.Contains(err.Error(), "doctor") {
			t.Errorf("the login is allowed: %v", err)
		}
		if _, err := a.Enrol(t.Context()); remote.KindOf(err) != remote.Unauthorized {
			t.Errorf("enrolled: %v", err)
		}
		if _, err := a.Users(t.Context()); remote.KindOf(err) != remote.Unauthorized {
			t.Errorf("users: %v", err)
		}
	}
	if n := refusedLogins(c); n != 1 {
		t.Errorf("%d attempts after restarts, want 1", n)
	}
	for range 3 { // a person asks
		v = c.verify(c.open(), admin.VerifyOptions{})
	}
	want(t, v, "raynet-login=failed/not-tried")
	if n := refusedLogins(c); n != 2 {
		t.Errorf("%d attempts after a person asked three times, want 2", n)
	}
	c.pass(time.Hour)
	for range 3 {
		c.verify(c.open(), admin.VerifyOptions{})
	}
	if n := refusedLogins(c); n != 4 {
		t.Errorf("%d attempts in the next hour, want two more", n-2)
	}
}

// Our client's own word that a login is not tried again is no attempt, and does not use up the one that a person may ask for.
func TestOnlyRealAttemptsCount(t *testing.T) {
	t.Parallel()
	c := newCompany(t, wrongKey)
	a := c.open()
	for range 3 {
		_, cause := a.Raynet.Users(t.Context())
		if err := a.LoginRefused(t.Context(), cause); err != nil {
			t.Fatal(err)
		}
	}
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "raynet-login=failed/refused")
	if n := refusedLogins(c); n != 2 {
		t.Errorf("%d attempts, want 2", n)
	}
}

// The same process tries again when a person asks.
func TestAKeyThatWasGivenBack(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if err := c.raynet.Inject("raynet-unauthorized"); err != nil {
		t.Fatal(err)
	}
	a := c.open()
	want(t, c.verify(a, admin.VerifyOptions{}), "raynet-login=failed/refused")
	if err := c.raynet.Heal("raynet-unauthorized"); err != nil {
		t.Fatal(err)
	}
	want(t, c.verify(a, admin.VerifyOptions{}), "raynet-login=ok/ok")
	if err := a.LoginAllowed(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNewCredentialsAreTriedAtOnce(t *testing.T) {
	t.Parallel()
	c := newCompany(t, wrongKey)
	c.verify(c.open(), admin.VerifyOptions{})
	c.verify(c.open(), admin.VerifyOptions{})
	c.raynetConfig.APIKey, c.settings.RaynetLogin = "fake-raynet-api-key", "login three"
	a := c.open()
	if err := a.LoginAllowed(t.Context()); err != nil {
		t.Errorf("new credentials are not allowed: %v", err)
	}
	if v := c.verify(a, admin.VerifyOptions{}); !v.OK() {
		t.Errorf("new credentials:%s", brief(v))
	}
	c.settings.RaynetLogin = "login one"
	if err := c.open().LoginAllowed(t.Context()); err != nil {
		t.Errorf("a login that was taken is remembered as refused: %v", err)
	}
}

// What stops at a person's word: a key that was withdrawn and given back.
func TestAPersonLetsTheLoginBeTriedAgain(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	if err := c.raynet.Inject("raynet-unauthorized"); err != nil {
		t.Fatal(err)
	}
	a := c.open()
	_, cause := a.Raynet.Users(t.Context())
	if err := a.LoginRefused(t.Context(), cause); err != nil {
		t.Fatal(err)
	}
	failed := a.LoginAllowed(t.Context())
	if failed == nil {
		t.Fatal("the refused login is allowed")
	}
	if err := a.LoginRefused(t.Context(), failed); err != nil { // our own word is no second refusal
		t.Fatal(err)
	}
	if err := c.raynet.Heal("raynet-unauthorized"); err != nil {
		t.Fatal(err)
	}
	if err := a.LoginForget(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.LoginAllowed(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := a.Users(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARefusedMicrosoftLoginIsRemembered(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) { c.outlookConfig.ClientSecret = "mistyped" })
	a := c.open()
	c.verify(a, admin.VerifyOptions{})
	err := c.open().LoginAllowed(t.Context())
	if remote.KindOf(err) != remote.Unauthorized || !strings.Contains(err.Error(), "microsoft-secret") {
		t.Errorf("%v", err)
	}
	c.settings.MicrosoftLogin = "login four"
	if err := c.open().LoginAllowed(t.Context()); err != nil {
		t.Errorf("after a new secret: %v", err)
	}
}

// A missing role, a blocked or disabled application, a service that is away: the same credentials may work in a minute.
func TestOtherTroubleIsNotRememberedAsARefusedLogin(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	a := c.open()
	for _, cause := range []error{
		nil, io.EOF,
		&remote.Error{Kind: remote.Unauthorized, Side: record.Outlook, Status: 401, Code: "UnknownError"},
		&remote.Error{Kind: remote.Unauthorized, Side: record.Outlook, Status: 400, Code: "AADSTS53003"},
		&remote.Error{Kind: remote.Unauthorized, Side: record.Outlook, Status: 400, Code: "AADSTS7000112"},
		&remote.Error{Kind: remote.Unavailable, Side: record.Raynet, Status: 503},
		&remote.Error{Kind: remote.Forbidden, Side: record.Raynet, Status: 403},
	} {
		if err := a.LoginRefused(t.Context(), cause); err != nil {
			t.Fatal(err)
		}
		if err := a.LoginAllowed(t.Context()); err != nil {
			t.Errorf("after %v: %v", cause, err)
		}
	}
}

// flood makes bad logins from our address until RAYNET locks it.
func flood(c *company) {
	c.t.Helper()
	for range 21 {
		request := httptest.NewRequest(http.MethodGet, "https://app.raynet.cz/api/v2/security/info", http.NoBody)
		request.RequestURI = ""
		response, err := c.raynet.Transport().RoundTrip(request)
		if err != nil {
			c.t.Fatal(err)
		}
		_ = response.Body.Close()
	}
}

func TestABlockedAddress(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	flood(c)
	c.raynet.Layer().ResetLog()
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "raynet-login=failed/no-access", "raynet-rights=skipped/depends") // somebody else's bad logins: we cannot know
	if n := len(c.raynet.Layer().Requests()); n > 2 {
		t.Errorf("%d requests to a service that has locked us out", n)
	}

	c = newCompany(t, wrongKey)
	c.verify(c.open(), admin.VerifyOptions{})
	flood(c)
	c.raynetConfig.APIKey, c.settings.RaynetLogin = "fake-raynet-api-key", "login three"
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "raynet-login=failed/blocked")
	c.pass(time.Hour + time.Minute)
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "raynet-login=ok/ok")
}

// answers replaces every answer of RAYNET.
func answers(c *company, status int, contentType, body string) {
	c.raynetConfig.Transport = answering(func(*http.Request) *http.Response {
		header := http.Header{"Content-Type": {contentType}}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	})
}

type answering func(*http.Request) *http.Response

func (f answering) RoundTrip(request *http.Request) (*http.Response, error) {
	response := f(request)
	response.Request = request
	return response, nil
}

type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

func TestWhatMayBeWrongWithTheRaynetAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*company)
		want   string
	}{
		{"in clear", func(c *company) { c.settings.RaynetURL = "http://app.raynet.cz/api/v2/" }, "raynet-address=failed/insecure"},
		{"not there", func(c *company) { c.raynetConfig.Transport = failing{} }, "raynet-address=failed/unreachable"},
		{"a web page", func(c *company) { answers(c, 200, "text/html", "<html>hello</html>") }, "raynet-address=failed/not-api"},
		{"no such page", func(c *company) { answers(c, 404, "text/html", "<html>404</html>") }, "raynet-address=failed/not-api"},
		{"down", func(c *company) { answers(c, 503, "application/json", `{"message":"maintenance"}`) }, "raynet-address=failed/down"},
		{"other country", func(c *company) { c.settings.RaynetURL = "https://www.raynet.cz/api/v2/" }, "raynet-address=warning/other-host"},
		{"unknown instance", func(c *company) { answers(c, 404, "application/json", `{"message":"NotFound"}`) }, "raynet-instance=failed/unknown"},
		{"plan without API", func(c *company) { answers(c, 402, "application/json", `{"message":"Payment Required"}`) }, "raynet-login=failed/plan"},
		{"no rights", func(c *company) { answers(c, 403, "application/json", `{"message":"Forbidden"}`) }, "raynet-login=failed/no-access"},
		{"wrong instance", func(c *company) { c.raynetConfig.Instance = "other" }, "raynet-login=failed/refused"},
		{"wrong user", func(c *company) { c.raynetConfig.User = "other@example.cz" }, "raynet-login=failed/refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, test.change)
			v := c.verify(c.open(), admin.VerifyOptions{})
			want(t, v, test.want)
			if strings.Contains(test.want, "failed") {
				want(t, v, "raynet-rights=skipped/depends", "raynet-ext-id=skipped/depends", "users=skipped/depends", "permission-calendars=ok/ok")
			}
		})
	}
	c := newCompany(t, func(c *company) { c.settings.RaynetURL = "http://app.raynet.cz/api/v2/" })
	c.verify(c.open(), admin.VerifyOptions{})
	if n := c.raynet.Layer().Count(); n != 0 {
		t.Errorf("%d requests with the key in clear", n)
	}
}

// detail changes what RAYNET says about the account of the key.
func detail(c *company, old, fresh string) {
	c.raynetConfig.Transport = rewrite{answeringLate{c}, func(request *http.Request, response *http.Response) {
		if !strings.Contains(request.URL.Path, "userAccount/") || strings.HasSuffix(request.URL.Path, "userAccount/") {
			return
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(body), old) {
			c.t.Errorf("%q is not in %s: %v", old, body, err)
		}
		text := strings.Replace(string(body), old, fresh, 1)
		response.Body, response.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		response.Header.Del("Content-Length")
	}}
}

// answeringLate carries requests to the RAYNET that the company will have.
type answeringLate struct{ c *company }

func (l answeringLate) RoundTrip(request *http.Request) (*http.Response, error) {
	return l.c.raynet.Transport().RoundTrip(request)
}

func TestRightsSightAndZone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ old, fresh, want string }{
		{`"userRole":"ADMIN"`, `"userRole":"READONLY"`, "raynet-rights=failed/read-only"},
		{`"userRole":"ADMIN"`, `"userRole":"CERTAIN_RESTRICTIONS"`, "raynet-rights=warning/limited"},
		{`"userRole":"ADMIN"`, `"userRole":"FULL_THROTTLE"`, "raynet-rights=ok/ok"},
		{`"userRole":"ADMIN"`, `"userRole":null`, "raynet-rights=warning/unknown"},
		{`"personRecordFilter":null`, `"personRecordFilter":{"owner":"OWN"}`, "raynet-sight=warning/filtered"},
		{`"editOnlyOwnedRecordsPermission":false`, `"editOnlyOwnedRecordsPermission":true`, "raynet-sight=warning/only-owned"},
		{`"timezone":"EUROPE_PRAGUE"`, `"timezone":"MARS_OLYMPUS"`, "raynet-zone=warning/unknown"},
		{`"timezone":"EUROPE_PRAGUE"`, `"timezone":"AMERICA_SAO_PAULO"`, "raynet-zone=ok/ok"},
	} {
		t.Run(test.fresh, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(c *company) { detail(c, test.old, test.fresh) })
			v := c.verify(c.open(), admin.VerifyOptions{Write: strings.Contains(test.fresh, "READONLY")})
			want(t, v, test.want)
			if strings.Contains(test.fresh, "READONLY") {
				want(t, v, "raynet-ext-id=skipped/depends") // nothing is tried that must fail
			}
		})
	}
}

func TestAnUnknownZoneInTheSettings(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) { c.settings.Zone = "Europe/Praha" })
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "time-zone=failed/unknown")
	c = newCompany(t, func(c *company) { c.settings.Overrides = []admin.UserOverride{{Mailbox: jana, Zone: "Mars"}} })
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "time-zone=failed/unknown")
}

func TestAClockTwoHoursOff(t *testing.T) {
	t.Parallel()
	for off, outcome := range map[time.Duration]string{
		-2 * time.Hour: "failed/late", 2 * time.Hour: "failed/early", 5 * time.Minute: "warning/drifts", -time.Minute: "ok/ok",
	} {
		c := newCompany(t, func(c *company) { c.off = off })
		v := c.verify(c.open(), admin.VerifyOptions{})
		want(t, v, "clock="+outcome)
		if minutes := find(t, v, "clock", "").Args["minutes"]; off.Abs() == 2*time.Hour && minutes != 120 {
			t.Errorf("%v is told as %v minutes", off, minutes)
		}
		c = newCompany(t, func(c *company) { c.off = off; c.raynetConfig.Transport = failing{} }) // the token tells it as well
		if v = c.verify(c.open(), admin.VerifyOptions{}); off.Abs() == 2*time.Hour {
			want(t, v, "clock="+outcome)
		}
	}
	c := newCompany(t, func(c *company) { c.raynetConfig.Transport = failing{}; c.settings.TenantID = "x y" })
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "clock=skipped/unknown")
}

func TestWhatIsLeftOfTheDay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		spend int
		want  string
	}{{0, "ok/ok"}, {800, "warning/low"}} {
		c := newCompany(t, func(c *company) { c.raynetOptions.DailyLimit = 1000 })
		if test.spend > 0 {
			c.raynet.SpendQuota(test.spend)
		}
		v := c.verify(c.open(), admin.VerifyOptions{})
		want(t, v, "raynet-budget="+test.want)
		if limit := find(t, v, "raynet-budget", "").Args["limit"]; limit != 1000 {
			t.Errorf("limit %v", limit)
		}
	}
	c := newCompany(t)
	if err := c.raynet.Inject("raynet-quota"); err != nil {
		t.Fatal(err)
	}
	v := c.verify(c.open(), admin.VerifyOptions{})
	want(t, v, "raynet-budget=failed/spent", "raynet-login=skipped/depends", "raynet-rights=skipped/depends")
	c = newCompany(t, func(c *company) { c.raynetOptions.DailyLimit = 1000 })
	c.raynet.SpendQuota(950)
	want(t, c.verify(c.open(), admin.VerifyOptions{}), "raynet-budget=failed/reserve")
}

// Whether RAYNET takes an external id on create is tried only on request, and the task that tries it is deleted again.
func TestExternalIDIsTriedOnRequest(t *testing.T) {
	t.Parallel()
	for mode, outcome := range map[raynetemu.Mode]string{raynetemu.Accept: "ok/ok", raynetemu.Ignore: "ok/second-call", raynetemu.Refuse: "ok/second-call"} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, func(c *company) { c.raynetOptions.Switches.ExtIDOnCreate = mode })
			v := c.verify(c.open(), admin.VerifyOptions{Write: true})
			want(t, v, "raynet-ext-id-try=ok/ok", "raynet-ext-id="+outcome)
			if left := c.raynet.All("task"); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			made := slices.ContainsFunc(c.raynet.History(), func(w raynetemu.Write) bool { return w.Entity == "task" && w.Op == raynetemu.OpCreate })
			if !made {
				t.Error("nothing was tried")
			}
			v, err := c.open().Verify(t.Context(), admin.VerifyOptions{}) // another process knows it without trying
			if err != nil {
				t.Fatal(err)
			}
			want(t, v, "raynet-ext-id="+outcome)
		})
	}
}

func TestATrialThatCannotBeTakenBackIsTold(t *testing.T) {
	t.Parallel()
	c := newCompany(t, func(c *company) {
		c.raynetConfig.Transport = stubborn{answeringLate{c}}
	})
	v := c.verify(c.open(), admin.VerifyOptions{Write: true})
	want(t, v, "raynet-ext-id-try=warning/left-behind")
	if len(c.raynet.All("task")) != 1 {
		t.Error("the test deleted it")
	}
}

// stubborn refuses to delete.
type stubborn struct{ next http.RoundTripper }

func (s stubborn) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodDelete {
		body := `{"message":"AccessDeniedException"}`
		return &http.Response{StatusCode: 403, Request: request, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
	return s.next.RoundTrip(request)
}
