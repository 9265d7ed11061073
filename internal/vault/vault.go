// Package vault keeps secrets unreadable at rest. It knows one key file (a tink keyset and one root secret) and offers sealing
// with authenticated encryption, where a sealed value is bound to the place it belongs to, a stable key for digests,
// fingerprints of credentials, and keyed chains. It refuses to know what is sealed, where it is kept, and the database.
//
// Start reading at Vault; the key file is in file.go.
package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrSealed is returned by Vault.Open for a value that this vault did not seal, that was sealed for another place, or that was
// changed since.
var ErrSealed = errors.New("the sealed value cannot be opened with this key file")

const (
	keyBytes    = 32
	secretBytes = 32
)

// Vault seals and opens values. It is safe for concurrent use. The zero value is not usable; use Open, New or NewFrom.
type Vault struct {
	aead           tink.AEAD
	digestKey      []byte
	fingerprintKey []byte
	chainKey       []byte
}

// New returns a vault with fresh keys that exist in memory only: for tests and demonstrations.
func New() *Vault {
	m, err := fresh()
	if err != nil {
		panic("vault.New: " + err.Error())
	}
	v, err := m.vault()
	if err != nil {
		panic("vault.New: " + err.Error())
	}
	return v
}

// NewFrom returns a vault whose keys follow from seed, so that two runs of a simulation share digests and can open each
// other's values. It must never guard real secrets. Sealed bytes still differ from run to run, because nonces are random.
func NewFrom(seed []byte) *Vault {
	key, err := hkdf.Key(sha256.New, seed, nil, "raynetsync seeded key", keyBytes)
	if err != nil {
		panic("vault.NewFrom: " + err.Error())
	}
	secret, err := hkdf.Key(sha256.New, seed, nil, "raynetsync seeded secret", secretBytes)
	if err != nil {
		panic("vault.NewFrom: " + err.Error())
	}
	handle, err := handleOf(key, 1)
	if err != nil {
		panic("vault.NewFrom: " + err.Error())
	}
	v, err := material{handle: handle, secret: secret}.vault()
	if err != nil {
		panic("vault.NewFrom: " + err.Error())
	}
	return v
}

// handleOf returns a keyset of one given AES-256-GCM key.
func handleOf(raw []byte, id uint32) (*keyset.Handle, error) {
	params, err := aesgcm.NewParameters(aesgcm.ParametersOpts{
		KeySizeInBytes: keyBytes, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink,
	})
	if err != nil {
		return nil, err
	}
	key, err := aesgcm.NewKey(secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{}), id, params)
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManager()
	added, err := manager.AddKey(key)
	if err != nil {
		return nil, err
	}
	if err := manager.SetPrimary(added); err != nil {
		return nil, err
	}
	return manager.Handle()
}

// material is what a key file holds.
type material struct {
	handle *keyset.Handle
	secret []byte
}

// fresh makes new key material.
func fresh() (material, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return material{}, fmt.Errorf("make a keyset: %w", err)
	}
	secret, err := randomBytes(secretBytes)
	if err != nil {
		return material{}, err
	}
	return material{handle: handle, secret: secret}, nil
}

func (m material) vault() (*Vault, error) {
	cipher, err := aead.New(m.handle)
	if err != nil {
		return nil, fmt.Errorf("use the keyset: %w", err)
	}
	digestKey, err := hkdf.Key(sha256.New, m.secret, nil, "raynetsync digest key 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the digest key: %w", err)
	}
	fingerprintKey, err := hkdf.Key(sha256.New, m.secret, nil, "raynetsync fingerprint key 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the fingerprint key: %w", err)
	}
	chainKey, err := hkdf.Key(sha256.New, m.secret, nil, "raynetsync chain key 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the chain key: %w", err)
	}
	return &Vault{aead: cipher, digestKey: digestKey, fingerprintKey: fingerprintKey, chainKey: chainKey}, nil
}

// Seal encrypts plain. bound names the place that the value belongs to (a table and a row); the value opens only with the same
// text. The id of the key is part of the result, so values stay readable after a rotation. Neither argument is kept.
func (v *Vault) Seal(plain []byte, bound string) ([]byte, error) {
	sealed, err := v.aead.Encrypt(plain, []byte(bound))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", bound, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place. The error is ErrSealed.
func (v *Vault) Open(sealed []byte, bound string) ([]byte, error) {
	plain, err := v.aead.Decrypt(sealed, []byte(bound))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", bound, ErrSealed)
	}
	return plain, nil
}

// DigestKey returns the key for record.NewDigester: 32 bytes that stay the same as long as the key file lives, also through
// rotations. The caller owns the copy.
func (v *Vault) DigestKey() []byte { return append([]byte(nil), v.digestKey...) }

// Fingerprint returns a short keyed digest of a credential: equal for equal credentials, useless without the key file. It is
// how a refused login is remembered.
func (v *Vault) Fingerprint(secret string) string {
	mac := hmac.New(sha256.New, v.fingerprintKey)
	mac.Write([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// Chain returns a keyed digest of the parts in their order, for records of which each one confirms the one before: whoever does
// not have the key file cannot make one that fits. Like digests and fingerprints it stays the same through rotations.
func (v *Vault) Chain(parts ...[]byte) string {
	mac := hmac.New(sha256.New, v.chainKey)
	for _, part := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // so that no two lists of parts read the same
		mac.Write(part)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
