package outlook_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// granting answers the question for a token with one text.
type granting struct {
	status int
	body   string
}

func (g *granting) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: g.status, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(g.body)),
		Body: io.NopCloser(strings.NewReader(g.body)), Request: r}, nil
}

// Whatever the login service answers, and whatever stands inside of a token: roles are told or nothing is, a refusal is a typed error, and
// neither token nor secret stands in it. Each text is tried as the answer and as the claims of a token that was granted.
func FuzzToken(f *testing.F) {
	for _, seed := range []struct {
		status uint16
		text   string
	}{
		{200, `{"roles":["Calendars.ReadWrite"],"tid":"t","appid":"a","iat":1760000000}`}, {200, `{"roles":"Calendars.ReadWrite","azp":"a"}`}, {200, `{"iat":9223372036854775807}`},
		{200, `{"token_type":"Bearer","expires_in":3599,"access_token":"opaque-fake-token"}`}, {200, `{"token_type":"Bearer","expires_in":-1,"access_token":"a.b.c"}`},
		{200, `{"expires_in":"x","access_token":7}`}, {200, ``}, {401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret. Trace ID: 1-2","error_codes":[7000215]}`},
		{400, `{"error":"invalid_request","error_codes":[90002],"trace_id":"t"}`}, {503, `<html>`}, {429, `{"error":7}`}, {200, "\xff"},
	} {
		f.Add(seed.status, seed.text)
	}
	f.Fuzz(func(t *testing.T, status uint16, text string) {
		granted := "x." + base64.RawURLEncoding.EncodeToString([]byte(text)) + ".fake-signature"
		for _, answer := range []granting{
			{200 + (int(status)+200)%400, text},
			{http.StatusOK, `{"token_type":"Bearer","expires_in":3599,"access_token":"` + granted + `"}`},
		} {
			client, err := outlook.New(outlook.Config{GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example",
				TenantID: emulator.FakeTenant, ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret, Transport: &answer, Now: time.Now, Retries: -1})
			if err != nil {
				t.Fatal(err)
			}
			info, err := client.Token(t.Context())
			if err != nil {
				failed := failure(t, err)
				switch failed.Kind {
				case remote.Unauthorized, remote.Unavailable, remote.Throttled:
				default:
					t.Errorf("%q is refused as %q", answer.body, failed.Kind)
				}
				if strings.Contains(err.Error(), emulator.FakeSecret) || strings.Contains(failed.Text, "fake-signature") || strings.ContainsAny(failed.Text, "\r\n") {
					t.Errorf("the error shows too much: %v", err)
				}
				if info.Roles != nil {
					t.Errorf("%q gives the roles %q beside %v", answer.body, info.Roles, err)
				}
				continue
			}
			if answer.body != text && info.Issued.IsZero() && !strings.Contains(text, "{") && (info.Roles != nil || info.Tenant != "" || info.Client != "") {
				t.Errorf("claims %q tell %+v", text, info)
			}
		}
	})
}
