package emulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// grant is a code that was given out and what it was given for.
type grant struct {
	client, redirect, challenge, nonce string
	oid, name                          string
	until                              time.Time
	used                               bool
}

// signingKey is the key of ID tokens, made when it is first needed and one for all emulators of the process: it takes a while.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the system has no random numbers
	}
	return key
})

const signingKeyID = "emulator-1"

// keys is the JWKS.
func (s *Server) keys() answer {
	public := signingKey().PublicKey
	return reply(http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": signingKeyID,
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
	}}})
}

// SetRedirects says which redirect addresses the registration has. Before it is called every address of this machine is accepted,
// and none of other machines.
func (s *Server) SetRedirects(addresses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redirects = append([]string{}, addresses...)
}

func (s *Server) knownRedirect(address string) bool {
	if s.redirects == nil {
		u, err := url.Parse(address)
		return err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	}
	for _, known := range s.redirects {
		if known == address {
			return true
		}
	}
	return false
}

// signInAt is the page on which a person signs in. There are no passwords: "login" in the query chooses who it is, "cancel"
// turns back; without it the page lists everybody.
func (s *Server) signInAt(w http.ResponseWriter, r *http.Request, tenant string) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	code := 0
	switch {
	case s.checkTenant(tenant) != nil:
		code = 90002
	case !strings.EqualFold(q.Get("client_id"), s.opts.ClientID) && s.appOf(q.Get("client_id")) == nil:
		code = 700016
	case !s.knownRedirect(q.Get("redirect_uri")):
		code = 50011
	}
	if code != 0 {
		s.signInPage(w, fmt.Sprintf("<p>Sorry, but we are having trouble signing you in.</p><p>AADSTS%d: %s</p>", code,
			html.EscapeString(s.tokenError(code).message)))
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	switch {
	case q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "":
		back.Set("error", "invalid_request")
		back.Set("error_description", "AADSTS900144: The request must contain the following parameter: 'code_challenge'.")
	case q.Get("login") == "":
		s.peoplePage(w, r)
		return
	case q.Get("login") == "cancel":
		back.Set("error", "access_denied")
		back.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	default:
		mb := s.box(q.Get("login"))
		if mb == nil {
			s.signInPage(w, "<p>This username may be incorrect.</p>")
			return
		}
		s.serial++
		given := guid(s.opts.Seed, "code", fmt.Sprint(s.serial))
		s.grants[given] = &grant{client: strings.ToLower(q.Get("client_id")), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), oid: mb.id,
			name: text(mb.user["userPrincipalName"]), until: s.opts.Now().Add(10 * time.Minute)}
		back.Set("code", given)
		back.Set("session_state", guid(s.opts.Seed, "session", fmt.Sprint(s.serial)))
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// peoplePage lists who can be chosen.
func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request) {
	var list strings.Builder
	list.WriteString("<p>Pick an account</p><ul>")
	link := func(login, shown string) {
		q := r.URL.Query()
		q.Set("login", login)
		fmt.Fprintf(&list, `<li><a href="?%s">%s</a></li>`, html.EscapeString(q.Encode()), html.EscapeString(shown))
	}
	for _, mb := range s.boxes {
		if mb.state != StateDeleted {
			link(text(mb.user["userPrincipalName"]), text(mb.user["displayName"])+" <"+text(mb.user["userPrincipalName"])+">")
		}
	}
	link("cancel", "Cancel")
	list.WriteString("</ul>")
	s.signInPage(w, list.String())
}

func (s *Server) signInPage(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	_, _ = fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>Sign in (emulator)</title><h1>Sign in (emulator)</h1>%s</html>", body)
}

// identify exchanges a code for an ID token; the credential was checked.
func (s *Server) identify(r *http.Request, client string, form url.Values, now time.Time) answer {
	g := s.grants[form.Get("code")]
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case g == nil || strings.ToLower(client) != g.client:
		return s.refuse(70000)
	case g.used:
		return s.refuse(54005)
	case !now.Before(g.until):
		return s.refuse(70008)
	case g.redirect != form.Get("redirect_uri"):
		return s.refuse(500112)
	case subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1:
		return s.refuse(501481)
	}
	g.used = true
	seconds := int(s.tokenLife()/time.Second) - 1
	out := map[string]any{"token_type": "Bearer", "scope": "openid profile", "expires_in": seconds, "ext_expires_in": seconds,
		"access_token": "opaque-" + guid(s.opts.Seed, "access", form.Get("code")), "id_token": s.idToken(r.Host, g, now)}
	if s.faults["id-token-none"] {
		delete(out, "id_token")
	}
	return reply(http.StatusOK, out)
}

// idToken makes an ID token in the shape of Entra's version 2.0, with the lies that are switched on.
func (s *Server) idToken(host string, g *grant, now time.Time) string {
	body := map[string]any{
		"ver": "2.0", "iss": "https://" + host + "/" + s.opts.TenantID + "/v2.0", "aud": g.client, "tid": s.opts.TenantID,
		"oid": g.oid, "sub": guid(s.opts.Seed, "pairwise", g.oid), "preferred_username": g.name, "name": g.name, "nonce": g.nonce,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	other := guid(s.opts.Seed, "somebody else")
	for fault, lie := range map[string]func(){
		"id-token-issuer":   func() { body["iss"] = "https://" + host + "/" + other + "/v2.0" },
		"id-token-audience": func() { body["aud"] = other },
		"id-token-nonce":    func() { body["nonce"] = other },
		"id-token-no-nonce": func() { delete(body, "nonce") },
		"id-token-expired":  func() { body["iat"], body["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix() },
		"id-token-tenant":   func() { body["tid"] = other },
		"id-token-nobody":   func() { delete(body, "oid") },
		"id-token-two":      func() { body["aud"] = []any{g.client, other} },
	} {
		if s.faults[fault] {
			lie()
		}
	}
	if s.faults["id-token-unsigned"] {
		return jwt(map[string]any{"typ": "JWT", "alg": "none"}, body) + "."
	}
	head := map[string]any{"typ": "JWT", "alg": "RS256", "kid": signingKeyID}
	signed := jwt(head, body)
	if s.faults["id-token-symmetric"] { // signed with the client's secret
		signed = jwt(map[string]any{"typ": "JWT", "alg": "HS256"}, body)
		return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac(signed))
	}
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key is a good one
	}
	if s.faults["id-token-signature"] {
		signature[0] ^= 1
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func jwt(head, body map[string]any) string {
	return base64.RawURLEncoding.EncodeToString(encode(head)) + "." + base64.RawURLEncoding.EncodeToString(encode(body))
}

// tokenError is what there is to say about a code.
func (s *Server) tokenError(code int) tokenError {
	if e, ok := identityErrors(s.opts.ClientID)[code]; ok {
		return e
	}
	return tokenErrors(s.opts.ClientID)[code]
}

// identityErrors are the rows of the code table about people who sign in.
func identityErrors(client string) map[int]tokenError {
	const bad, unauthorized = http.StatusBadRequest, http.StatusUnauthorized
	return map[int]tokenError{
		50011:  {bad, "invalid_request", "The redirect URI specified in the request does not match the redirect URIs configured for the application '" + client + "'."},
		70000:  {bad, "invalid_grant", "The provided value for the 'code' parameter is not valid."},
		70008:  {bad, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."},
		54005:  {bad, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."},
		500112: {unauthorized, "invalid_client", "The reply address does not match the reply address provided when requesting Authorization code."},
		501481: {bad, "invalid_grant", "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	}
}

func identityFaults() []fault {
	return []fault{
		{name: "id-token-issuer", sentence: "ID tokens name another issuer"},
		{name: "id-token-audience", sentence: "ID tokens are for another application"},
		{name: "id-token-two", sentence: "ID tokens are for two applications"},
		{name: "id-token-nonce", sentence: "ID tokens answer another question"},
		{name: "id-token-no-nonce", sentence: "ID tokens have no nonce"},
		{name: "id-token-expired", sentence: "ID tokens have expired when they come"},
		{name: "id-token-tenant", sentence: "ID tokens are of another tenant"},
		{name: "id-token-nobody", sentence: "ID tokens name no person"},
		{name: "id-token-signature", sentence: "the signature of ID tokens is wrong"},
		{name: "id-token-unsigned", sentence: "ID tokens have no signature"},
		{name: "id-token-symmetric", sentence: "ID tokens are signed with a symmetric key"},
		{name: "id-token-none", sentence: "the answer has no ID token"},
	}
}
