package account_test

import (
	"errors"
	"strings"
	"testing"

	"raynetsync/internal/admin/account"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, password string
		want           account.Weakness
	}{
		{"words", "modrá tužka na stole", ""},
		{"just long enough", "abcdefzhijkř", ""},
		{"no need for digits or signs", "medvedihnisky", ""},
		{"200 characters", strings.Repeat("ž5aq8", 40), ""},
		{"11 characters", "abcdefzhijk", account.WeakShort},
		{"12 bytes, not characters", "žluťoučký", account.WeakShort},
		{"empty", "", account.WeakShort},
		{"composed it is short", strings.Repeat("z\u030c", 6) + "abcde", account.WeakShort},
		{"201 characters", strings.Repeat("ž5aq8", 40) + "x", account.WeakLong},
		{"a megabyte", strings.Repeat("ž5aq8", 200_000), account.WeakLong},
		{"longer than it looks", strings.Repeat("\ufdfa", 100), account.WeakLong},
		{"no text", "abc\xff\xfedefghijklm", account.WeakLong},
		{"the name", "jana.novakova@example.cz", account.WeakName},
		{"the name in another case", "Jana.Novakova@Example.CZ", account.WeakName},
		{"well known", "password1234", account.WeakCommon},
		{"well known, in another case", "PassWord1234", account.WeakCommon},
		{"well known, in Czech", "HesloHesloHeslo", account.WeakCommon},
		{"well known, wide letters", "ｐａｓｓｗｏｒｄ１２３４", account.WeakCommon},
		{"one character", "aaaaaaaaaaaaaaaa", account.WeakCommon},
		{"a piece again and again", "abc1abc1abc1ab", account.WeakCommon},
	} {
		err := account.CheckPassword("jana.novakova@example.cz", test.password)
		var got account.Weakness
		if failure, ok := errors.AsType[*account.Failure](err); ok {
			got = failure.Args["Why"].(account.Weakness)
			if failure.Code != account.FailureWeak {
				t.Errorf("%s: code %q", test.name, failure.Code)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if err != nil && test.password != "" && strings.Contains(err.Error(), test.password) {
			t.Errorf("%s: the error tells the password", test.name)
		}
	}
}
