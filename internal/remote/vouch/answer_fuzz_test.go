package vouch_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/vouch"
)

// liar is an authority that describes itself rightly and answers the question for a token, and for its keys, as it is told to.
type liar struct {
	status      int
	token, keys string
}

func (l *liar) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusOK, l.keys
	switch {
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		return described{}.RoundTrip(r)
	case strings.HasSuffix(r.URL.Path, "/token"):
		status, body = l.status, l.token
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// Nobody is vouched for by bytes that the authority did not sign: whatever the query, the answer and the keys are, the end is a
// fault of a known code that shows no secret. Each input is tried as the answer itself and as the claims of a token without a signature.
func FuzzMicrosoftAnswer(f *testing.F) {
	const claims = `{"iss":"https://login.example/` + emulator.FakeTenant + `/v2.0","aud":"` + emulator.FakeClient + `","exp":9999999999,"nonce":"n","tid":"` +
		emulator.FakeTenant + `","oid":"44444444-4444-4444-8444-444444444444"}`
	for _, seed := range []struct {
		query, header, answer, keys string
		status                      uint16
	}{
		{"code=fake-code-1&state=s", `{"alg":"none"}`, claims, `{"keys":[]}`, 200},
		{"code=fake-code-1&state=s", `{"alg":"HS256","kid":"1"}`, claims, `{"keys":[{"kty":"oct","kid":"1","k":"AA"}]}`, 200},
		{"code=fake-code-1&state=s", `{"alg":"RS256","kid":"1"}`, claims, `{"keys":[{"kty":"RSA","kid":"1","n":"AQ","e":"AQ"}]}`, 200},
		{"error=access_denied&error_description=AADSTS65004&state=s", ``, ``, ``, 200}, {"error=a%0Ab&state=s", ``, ``, ``, 200}, {"code=&state=s", ``, ``, ``, 200},
		{"state=other&code=1", ``, `{}`, ``, 200}, {"code=1&state=s", ``, `{"error":"invalid_client","error_description":"AADSTS7000215: fake"}`, `{}`, 401},
		{"code=1&state=s", `[]`, `{"id_token":"a.b.c","access_token":"x","token_type":"Bearer"}`, `null`, 200}, {"code=1&state=s&state=t", ``, `<html>`, ``, 502},
	} {
		f.Add(seed.query, seed.header, seed.answer, seed.keys, seed.status)
	}
	authority := &liar{}
	client, err := vouch.New(vouch.Config{AuthorityURL: "https://login.example", TenantID: emulator.FakeTenant, ClientID: emulator.FakeClient,
		ClientSecret: emulator.FakeSecret, RedirectURL: redirect, Transport: authority,
		Now: func() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }})
	if err != nil {
		f.Fatal(err)
	}
	const pending = `{"state":"s","nonce":"n","verifier":"fake-verifier-of-a-sufficient-length-0123456789"}`
	f.Fuzz(func(t *testing.T, text, header, answer, keys string, status uint16) {
		query, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		encode := base64.RawURLEncoding.EncodeToString
		unsigned := encode([]byte(header)) + "." + encode([]byte(answer)) + "."
		for _, body := range []string{answer, `{"access_token":"x","token_type":"Bearer","id_token":"` + unsigned + `"}`,
			`{"access_token":"x","token_type":"Bearer","id_token":"` + unsigned + encode([]byte(keys)) + `"}`} {
			authority.status, authority.token, authority.keys = 200+(int(status)+200)%400, body, keys
			subject, name, err := client.Answer(t.Context(), pending, query)
			if err == nil || subject != "" || name != "" {
				t.Fatalf("%q with %q vouches for %q, %q, %v", text, body, subject, name, err)
			}
			fault, ok := errors.AsType[*vouch.Fault](err)
			if !ok {
				t.Fatalf("%q with %q: %T %v", text, body, err, err)
			}
			switch fault.Code {
			case vouch.Unreachable, vouch.Declined, vouch.Refused, vouch.Stale, vouch.Untrusted, vouch.Foreign:
			default:
				t.Errorf("the code %q is not known", fault.Code)
			}
			for _, secret := range []string{emulator.FakeSecret, "fake-code-1", "fake-verifier"} {
				if strings.Contains(err.Error(), secret) && !strings.Contains(answer+header+keys, secret) {
					t.Errorf("%q: the error shows a secret: %v", text, err)
				}
			}
		}
		if _, _, err := client.Answer(t.Context(), text, query); err == nil {
			t.Errorf("%q was taken for what was kept", text)
		}
	})
}
