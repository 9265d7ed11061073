package emulator_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote/outlook/emulator"
)

const back = "http://127.0.0.1:8383/answer"

// authorize opens the page of the authority.
func (w *world) authorize(change func(url.Values)) reply {
	w.t.Helper()
	sum := sha256.Sum256([]byte(strings.Repeat("v", 43)))
	q := url.Values{"client_id": {emulator.FakeClient}, "redirect_uri": {back}, "response_type": {"code"}, "state": {"s"}, "nonce": {"n"},
		"scope": {"openid"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}
	change(q)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "https://login.example/"+emulator.FakeTenant+"/oauth2/v2.0/authorize?"+q.Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.srv.Transport().RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body := make([]byte, 1<<16)
	n, _ := resp.Body.Read(body)
	return reply{status: resp.StatusCode, header: resp.Header, raw: string(body[:n])}
}

// code signs somebody in and returns the code.
func (w *world) code(login string) string {
	w.t.Helper()
	to, err := url.Parse(w.authorize(func(q url.Values) { q.Set("login", login) }).header.Get("Location"))
	if err != nil || to.Query().Get("state") != "s" || to.Query().Get("code") == "" {
		w.t.Fatalf("sent back to %v, %v", to, err)
	}
	return to.Query().Get("code")
}

func (w *world) redeem(change func(url.Values)) reply {
	w.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {emulator.FakeClient}, "client_secret": {emulator.FakeSecret},
		"redirect_uri": {back}, "code_verifier": {strings.Repeat("v", 43)}}
	change(form)
	return w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", form)
}

func TestPeopleSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if page := w.authorize(func(url.Values) {}); page.status != http.StatusOK || !strings.Contains(page.raw, anna) || !strings.Contains(page.raw, "Boris Svoboda") {
		t.Errorf("the page is %d %s", page.status, page.raw)
	}
	code := w.code(anna)
	got := w.redeem(func(f url.Values) { f.Set("code", code) })
	token, _ := got.body["id_token"].(string)
	parts := strings.Split(token, ".")
	if got.status != http.StatusOK || len(parts) != 3 {
		t.Fatalf("the code is redeemed with %d %s", got.status, got.raw)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"iss": "https://login.example/" + emulator.FakeTenant + "/v2.0", "aud": emulator.FakeClient, "tid": emulator.FakeTenant,
		"oid": w.srv.Mailboxes()[0]["id"], "preferred_username": anna, "nonce": "n", "ver": "2.0"}
	for claim, value := range want {
		if body[claim] != value {
			t.Errorf("%s = %v, want %v", claim, body[claim], value)
		}
	}
	if body["sub"] == body["oid"] {
		t.Error("sub is the object id, which Entra never does")
	}
}

func TestSignInsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	used, old := w.code(anna), w.code(boris)
	w.redeem(func(f url.Values) { f.Set("code", used) })
	for name, test := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"no code":          {func(f url.Values) { f.Del("code") }, "AADSTS70000"},
		"a used code":      {func(f url.Values) { f.Set("code", used) }, "AADSTS54005"},
		"another address":  {func(f url.Values) { f.Set("code", old); f.Set("redirect_uri", "http://127.0.0.1:1/") }, "AADSTS500112"},
		"another verifier": {func(f url.Values) { f.Set("code", old); f.Set("code_verifier", "x") }, "AADSTS501481"},
		"a wrong secret":   {func(f url.Values) { f.Set("code", old); f.Set("client_secret", "x") }, "AADSTS7000215"},
	} {
		if got := w.redeem(test.change); got.status < 400 || !strings.Contains(got.raw, test.want) {
			t.Errorf("%s: %d %s, want %s", name, got.status, got.raw, test.want)
		}
	}
	w.clock.Advance(11 * time.Minute)
	if got := w.redeem(func(f url.Values) { f.Set("code", old) }); !strings.Contains(got.raw, "AADSTS70008") {
		t.Errorf("an old code: %d %s", got.status, got.raw)
	}
	for name, test := range map[string]struct {
		change func(url.Values)
		want   string
	}{
		"another application": {func(q url.Values) { q.Set("client_id", "x") }, "AADSTS700016"},
		"a foreign address":   {func(q url.Values) { q.Set("redirect_uri", "https://evil.example/") }, "AADSTS50011"},
		"nobody":              {func(q url.Values) { q.Set("login", "nobody@contoso.example") }, "may be incorrect"},
	} {
		if got := w.authorize(test.change); got.header.Get("Location") != "" || !strings.Contains(got.raw, test.want) {
			t.Errorf("%s: %d %q %s, want %s", name, got.status, got.header.Get("Location"), got.raw, test.want)
		}
	}
	for name, change := range map[string]func(url.Values){
		"invalid_request": func(q url.Values) { q.Del("code_challenge") },
		"access_denied":   func(q url.Values) { q.Set("login", "cancel") },
	} {
		if got := w.authorize(change); !strings.Contains(got.header.Get("Location"), "error="+name) {
			t.Errorf("%s: sent back to %q", name, got.header.Get("Location"))
		}
	}
	w.srv.SetRedirects("https://sync.example.cz/answer")
	if got := w.authorize(func(q url.Values) { q.Set("login", anna) }); !strings.Contains(got.raw, "AADSTS50011") {
		t.Errorf("an address that is not registered: %d %s", got.status, got.raw)
	}
}

// identity signs somebody in and tells what the ID token says, and whether it is signed with the authority's key.
func (w *world) identity(login string) string {
	w.t.Helper()
	code := w.code(login)
	token := str(w.redeem(func(f url.Values) { f.Set("code", code) }).body["id_token"])
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "no token"
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "https://login.example/"+emulator.FakeTenant+"/discovery/v2.0/keys", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	keys, _ := w.send(req, w.srv.Transport()).body["keys"].([]any)
	key, _ := keys[0].(map[string]any)
	modulus, err := base64.RawURLEncoding.DecodeString(str(key["n"]))
	if err != nil {
		w.t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	good := rsa.VerifyPKCS1v15(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}, crypto.SHA256, sum[:], signature) == nil
	return fmt.Sprint(parts[0], parts[1], good)
}
