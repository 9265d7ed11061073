package account

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is how hard a hash is to compute.
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// The cost of new hashes: what OWASP asks for at least of argon2id. Hashes with another cost stay good; a cheaper one is replaced
// when the person signs in.
const (
	costMemory  = 19 * 1024
	costTime    = 2
	costThreads = 1
	saltBytes   = 16
	hashBytes   = 32
)

// hashings is how many passwords are hashed at the same time.
const hashings = 2

// maxWaiting is how many wait for that, which takes a few seconds at most.
const maxWaiting = 100

func usualCost() cost { return cost{memory: costMemory, time: costTime, threads: costThreads} }

// less reports whether c is easier to compute than other in any way.
func (c cost) less(other cost) bool { return c.memory < other.memory || c.time < other.time }

// hash is a hashed password.
type hash struct {
	cost cost
	salt []byte
	sum  []byte
}

func newHash(password string, salt []byte, c cost) hash {
	return hash{cost: c, salt: salt, sum: argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, hashBytes)}
}

// fits reports, in constant time, whether password is the one that was hashed.
func (h hash) fits(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.cost.time, h.cost.memory, h.cost.threads, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}

// String writes the PHC form, "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>".
func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.memory, h.cost.time, h.cost.threads,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

var errHash = errors.New("not an argon2id hash in PHC form")

// Bounds of what a hash may ask for when it is checked: more would let a changed row stop the server.
const (
	maxMemory  = 256 * 1024
	maxTime    = 16
	maxThreads = 16
)

// parseHash is the inverse of String. It takes exactly what String writes, with other costs.
func parseHash(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return hash{}, errHash
	}
	costs := strings.Split(parts[3], ",")
	if len(costs) != 3 {
		return hash{}, errHash
	}
	memory, okMemory := parameter(costs[0], "m=", maxMemory)
	passes, okTime := parameter(costs[1], "t=", maxTime)
	threads, okThreads := parameter(costs[2], "p=", maxThreads)
	if !okMemory || !okTime || !okThreads || memory < 8*threads {
		return hash{}, errHash
	}
	salt, errSalt := base64.RawStdEncoding.Strict().DecodeString(parts[4])
	sum, errSum := base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return hash{}, errHash
	}
	h := hash{cost: cost{memory: uint32(memory), time: uint32(passes), threads: uint8(threads)}, salt: salt, sum: sum}
	if h.String() != text { // line breaks that the decoder skips, leading zeros
		return hash{}, errHash
	}
	return h, nil
}

func parameter(text, name string, most uint64) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, name)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseUint(digits, 10, 32)
	return value, err == nil && value >= 1 && value <= most
}
