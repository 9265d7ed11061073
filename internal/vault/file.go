package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// The reasons for which a key file is refused.
var (
	// ErrExposed says that others than the owner may read the key file.
	ErrExposed = errors.New("the key file is open to others")
	// ErrNoKeyFile says that the file is there but is not a key file of ours.
	ErrNoKeyFile = errors.New("not a key file")
)

const (
	fileFormat = 1
	filePerm   = 0o600
	dirPerm    = 0o700
	// othersPerm are the permissions a key file must not have: any for others, writing and executing for the group. Reading
	// by the group stays possible, because service managers hand secrets over that way.
	othersPerm fs.FileMode = 0o037
	// maxFileBytes is far above what any number of rotations makes.
	maxFileBytes = 1 << 20
)

// fileForm is the text form of a key file.
type fileForm struct {
	Format int            `json:"format"`
	About  string         `json:"about,omitempty"`
	Keyset jsontext.Value `json:"keyset"`
	Secret []byte         `json:"secret"` // base64
}

const about = "Key file of Raynet Outlook Sync. Whoever has it can read what the database keeps sealed; without it that is lost."

// Open reads the key file, or makes a new one (mode 0600, missing parent folders 0700) if there is none. An existing file is
// never overwritten. Errors: ErrExposed, ErrNoKeyFile, or those of the file system.
func Open(keyFile string) (*Vault, error) {
	m, err := read(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		m, err = create(keyFile)
	}
	if err != nil {
		return nil, err
	}
	v, err := m.vault()
	if err != nil {
		// A keyset that reads well may still hold keys of a kind that nobody knows. The cause is left out: it might quote the file.
		return nil, fmt.Errorf("key file %s: %w; restore it from its backup, it cannot be made anew for an existing database", keyFile, ErrNoKeyFile)
	}
	return v, nil
}

// Rotate adds a new key to the key file and makes it the one that seals from the next Open on. What was sealed before stays
// readable; digests and fingerprints do not change.
func Rotate(keyFile string) error {
	m, err := read(keyFile)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(m.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("rotate key file %s: %w", keyFile, err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return fmt.Errorf("rotate key file %s: %w", keyFile, err)
	}
	if m.handle, err = manager.Handle(); err != nil {
		return fmt.Errorf("rotate key file %s: %w", keyFile, err)
	}
	temp, err := writeTemp(keyFile, m)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, keyFile); err != nil {
		return errors.Join(fmt.Errorf("rotate key file: %w", err), os.Remove(temp))
	}
	return syncDir(filepath.Dir(keyFile))
}

func read(keyFile string) (material, error) {
	file, err := os.Open(keyFile)
	if err != nil {
		return material{}, fmt.Errorf("open key file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return material{}, fmt.Errorf("look at key file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileBytes {
		return material{}, fmt.Errorf("key file %s: %w: it is no regular file of a sensible size", keyFile, ErrNoKeyFile)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&othersPerm != 0 {
		return material{}, fmt.Errorf("key file %s has mode %04o: %w; run: chmod 600 %s", keyFile, info.Mode().Perm(), ErrExposed, keyFile)
	}
	text := make([]byte, info.Size())
	if _, err := file.ReadAt(text, 0); err != nil {
		return material{}, fmt.Errorf("read key file %s: %w", keyFile, err)
	}
	m, err := decode(text)
	if err != nil {
		// The cause is left out on purpose: it might quote the file.
		return material{}, fmt.Errorf("key file %s: %w; restore it from its backup, it cannot be made anew for an existing database",
			keyFile, ErrNoKeyFile)
	}
	return m, nil
}

func decode(text []byte) (material, error) {
	var form fileForm
	if err := json.Unmarshal(text, &form); err != nil {
		return material{}, err
	}
	if form.Format != fileFormat || len(form.Secret) != secretBytes {
		return material{}, ErrNoKeyFile
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(form.Keyset)))
	if err != nil {
		return material{}, err
	}
	return material{handle: handle, secret: form.Secret}, nil
}

func encode(m material) ([]byte, error) {
	var keys bytes.Buffer
	if err := insecurecleartextkeyset.Write(m.handle, keyset.NewJSONWriter(&keys)); err != nil {
		return nil, fmt.Errorf("write the keyset: %w", err)
	}
	form := fileForm{Format: fileFormat, About: about, Keyset: keys.Bytes(), Secret: m.secret}
	text, err := json.Marshal(form, jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("write the key file: %w", err)
	}
	return append(text, '\n'), nil
}

// create makes a new key file without ever replacing one: if another process was quicker, its file is used.
func create(keyFile string) (material, error) {
	m, err := fresh()
	if err != nil {
		return material{}, err
	}
	if err := os.MkdirAll(filepath.Dir(keyFile), dirPerm); err != nil {
		return material{}, fmt.Errorf("make the folder of the key file: %w", err)
	}
	temp, err := writeTemp(keyFile, m)
	if err != nil {
		return material{}, err
	}
	linkErr := os.Link(temp, keyFile) // unlike a rename, a link fails if the file is there
	if err := os.Remove(temp); err != nil {
		return material{}, fmt.Errorf("make key file: %w", err)
	}
	if errors.Is(linkErr, fs.ErrExist) {
		return read(keyFile)
	}
	if linkErr != nil {
		return material{}, fmt.Errorf("make key file: %w", linkErr)
	}
	return m, syncDir(filepath.Dir(keyFile))
}

// writeTemp writes m, durably, to a new file next to keyFile and returns its name.
func writeTemp(keyFile string, m material) (string, error) {
	text, err := encode(m)
	if err != nil {
		return "", err
	}
	suffix, err := randomBytes(6)
	if err != nil {
		return "", err
	}
	temp := keyFile + "." + base64.RawURLEncoding.EncodeToString(suffix) + ".tmp"
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, filePerm)
	if err != nil {
		return "", fmt.Errorf("write key file: %w", err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("write key file: %w", err), os.Remove(temp))
	}
	return temp, nil
}

// syncDir makes a new name in dir durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the folder of the key file: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("make the key file durable: %w", err)
	}
	return nil
}

func randomBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	return b, nil
}
