package account

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The bounds of a password, in characters.
const (
	MinPassword = 12
	MaxPassword = 200
)

// Weakness is why a password is refused.
type Weakness string

// The weaknesses.
const (
	WeakShort  Weakness = "short"
	WeakLong   Weakness = "long"
	WeakName   Weakness = "name"   // it is the name of the account
	WeakCommon Weakness = "common" // everybody's first guess
)

// common are well-known passwords that are long enough, one a line, in lower case. Which characters a password consists of is
// nobody's business, as NIST SP 800-63B and OWASP advise.
//
//go:embed common.txt
var common string

// plainPassword is the one form in which a password is hashed, so that it fits whatever keyboard it is typed on; ok is false if
// it is too long to be one.
func plainPassword(typed string) (plain string, ok bool) {
	const maxRune = 4
	if len(typed) > 2*MaxPassword*maxRune {
		return "", false
	}
	plain = norm.NFKC.String(typed)
	return plain, utf8.ValidString(plain) && utf8.RuneCountInString(plain) <= MaxPassword
}

// CheckPassword returns a failure FailureWeak if the password must not be used for the account called name.
func CheckPassword(name, typed string) error {
	weak := func(why Weakness) error {
		return &Failure{Code: FailureWeak, Args: map[string]any{"Why": why, "Min": MinPassword, "Max": MaxPassword}}
	}
	plain, ok := plainPassword(typed)
	if !ok {
		return weak(WeakLong)
	}
	if utf8.RuneCountInString(plain) < MinPassword {
		return weak(WeakShort)
	}
	lower := strings.ToLower(plain)
	if plainName(plain) == plainName(name) {
		return weak(WeakName)
	}
	if repeated(lower) {
		return weak(WeakCommon)
	}
	for line := range strings.Lines(common) {
		if strings.TrimSpace(line) == lower {
			return weak(WeakCommon)
		}
	}
	return nil
}

// repeated reports whether text is a piece of at most four characters again and again.
func repeated(text string) bool {
	runes := []rune(text)
	for size := 1; size <= 4; size++ {
		same := true
		for i := size; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-size]
		}
		if same {
			return true
		}
	}
	return false
}

// hashNew hashes a password that was checked.
func (a *Accounts) hashNew(ctx context.Context, typed string) (string, error) {
	plain, _ := plainPassword(typed)
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(a.random, salt); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	if err := a.turn(ctx); err != nil {
		return "", err
	}
	defer a.done()
	return newHash(plain, salt, usualCost()).String(), nil
}

// fits reports whether a typed password is that of an account. It takes the same time for an account without a password and
// for one that does not exist (nil). renew tells that the hash should be made anew.
func (a *Accounts) fits(ctx context.Context, e *entry, typed string) (ok, renew bool, err error) {
	stored, has := hash{cost: usualCost(), salt: make([]byte, saltBytes), sum: make([]byte, hashBytes)}, false
	if e != nil && e.body.Password != "" {
		if stored, err = parseHash(e.body.Password); err != nil {
			return false, false, fmt.Errorf("read the password of %s: %w", e.name, err)
		}
		has = true
	}
	plain, sane := plainPassword(typed)
	if err := a.turn(ctx); err != nil {
		return false, false, err
	}
	defer a.done()
	ok = stored.fits(plain)
	return ok && has && sane, stored.cost.less(usualCost()), nil
}

// turn waits until a password may be hashed; done gives the turn back. Who would wait behind too many others is sent away:
// FailureSlow.
func (a *Accounts) turn(ctx context.Context) error {
	defer a.waiting.Add(-1)
	if a.waiting.Add(1) > maxWaiting {
		return &Failure{Code: FailureSlow, Args: map[string]any{"Seconds": 5}}
	}
	select {
	case a.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *Accounts) done() { <-a.hashing }
