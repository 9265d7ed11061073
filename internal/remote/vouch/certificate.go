package vouch

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// signer signs the assertions by which an application with a certificate shows that it is itself.
type signer struct {
	jose jose.Signer
}

// newSigner reads certificate and key.
func newSigner(file string) (*signer, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the client certificate: %w", err)
	}
	chain, key, err := azidentity.ParseCertificates(content, nil)
	if err != nil {
		return nil, fmt.Errorf("the client certificate %s must be a file with certificate and private key: %w", file, err)
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok || len(chain) == 0 {
		return nil, errors.New("the client certificate must have an RSA key: Microsoft takes no others")
	}
	thumb := sha256.Sum256(chain[0].Raw)
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("x5t#S256", base64.RawURLEncoding.EncodeToString(thumb[:]))
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.PS256, Key: private}, options)
	if err != nil {
		return nil, fmt.Errorf("prepare the client certificate: %w", err)
	}
	return &signer{jose: made}, nil
}

// assertionLife is how long an assertion is good.
const assertionLife = 5 * time.Minute

func (s *signer) sign(client, audience string, now time.Time) (string, error) {
	body, err := json.Marshal(map[string]any{"iss": client, "sub": client, "aud": audience, "jti": random(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(assertionLife).Unix()})
	if err != nil {
		return "", err
	}
	signed, err := s.jose.Sign(body)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
