package emulator

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// claims is what Graph reads out of an access token.
type claims struct {
	roles []string
	// scopes and admin are those of a person who signed in with a device code.
	scopes []string
	admin  AdminRole
}

// sign makes the token of an application in the shape of a v1 JWT of Entra; nil is the one of the options. // G-03
func (s *Server) sign(app *application, now time.Time, life time.Duration) string {
	client, principal, roles := s.opts.ClientID, guid(s.opts.Seed, "service principal"), s.roles
	if app != nil {
		client, principal, roles = app.appID, s.principalOf(app.appID).id, s.granted(app)
	}
	body := s.claims(now, life, map[string]any{"appid": client, "appidacr": "1", "idtyp": "app", "oid": principal, "sub": principal})
	if len(roles) > 0 && !s.faults["token-no-roles"] {
		body["roles"] = slices.Clone(roles)
	}
	return s.jwt(body)
}

// claims adds to a token's own claims those that every access token has.
func (s *Server) claims(now time.Time, life time.Duration, own map[string]any) map[string]any {
	own["aud"], own["iss"] = "https://graph.microsoft.com", "https://sts.windows.net/"+s.opts.TenantID+"/"
	own["iat"], own["nbf"], own["exp"] = now.Unix(), now.Unix(), now.Add(life).Unix()
	own["tid"], own["ver"], own["uti"] = s.opts.TenantID, "1.0", s.epoch
	return own
}

func (s *Server) jwt(body map[string]any) string {
	head := `{"typ":"JWT","alg":"HS256","kid":"emulator"}`
	signed := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString(encode(body))
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac(signed))
}

func (s *Server) mac(signed string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// verify reads an access token; reason is why it is refused.
func (s *Server) verify(token string, now time.Time) (c claims, reason string) {
	signed, signature, body, ok := splitJWT(token)
	if !ok {
		return c, "IDX14100: JWT is not well formed, there are no dots (.)."
	}
	if !hmac.Equal(signature, s.mac(signed)) {
		return c, "Access token validation failure. Invalid signature."
	}
	if now.Unix() >= int64(number(body["exp"], 0)) || number(body["uti"], 0) != s.epoch {
		return c, "Lifetime validation failed, the token is expired."
	}
	for _, role := range list(body["roles"]) {
		c.roles = append(c.roles, text(role))
	}
	c.scopes, c.admin = strings.Fields(text(body["scp"])), AdminRole(text(body["directory_role"]))
	return c, ""
}

func splitJWT(token string) (signed string, signature []byte, body map[string]any, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", nil, nil, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", nil, nil, false
	}
	if signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return "", nil, nil, false
	}
	body, ok = decode(raw)
	return parts[0] + "." + parts[1], signature, body, ok
}

// assertion checks a certificate's JWT; it returns an AADSTS code, 0 when all is well. // G-02
func (s *Server) assertion(token, audience string, now time.Time) int {
	block, _ := pem.Decode(s.opts.Certificate)
	if block == nil {
		return 700027
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return 700027
	}
	return checkAssertion(cert, s.opts.ClientID, token, assertionCheck{audience, now})
}

// assertionCheck is what an assertion must fit besides the certificate.
type assertionCheck struct {
	audience string
	now      time.Time
}

func checkAssertion(cert *x509.Certificate, client, token string, at assertionCheck) int {
	signed, signature, body, ok := splitJWT(token)
	if !ok {
		return 50013
	}
	var head map[string]any
	rawHead, _ := base64.RawURLEncoding.DecodeString(strings.SplitN(token, ".", 2)[0])
	if err := json.Unmarshal(rawHead, &head); err != nil {
		return 50013
	}
	if !validSignature(cert, text(head["alg"]), signed, signature) {
		return 700027
	}
	if text(body["iss"]) != client || text(body["sub"]) != client || !strings.EqualFold(text(body["aud"]), at.audience) {
		return 50012
	}
	const skew = 5 * 60
	if at.now.Unix() > int64(number(body["exp"], 0))+skew || at.now.Unix() < int64(number(body["nbf"], 0))-skew {
		return 700024
	}
	return 0
}

func validSignature(cert *x509.Certificate, alg, signed string, signature []byte) bool {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return false
	}
	sum := sha256.Sum256([]byte(signed))
	switch alg {
	case "PS256":
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil) == nil
	case "RS256":
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}
