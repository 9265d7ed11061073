package account_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"raynetsync/internal/admin/account"
)

func (o *office) signIn(t testing.TB, name, password, from string) string {
	t.Helper()
	_, err := o.SignIn(t.Context(), name, password, from)
	return code(err)
}

// fail guesses n times and wants every guess to be looked at.
func (o *office) fail(t testing.TB, n int, name, from string) {
	t.Helper()
	for i := range n {
		if got := o.signIn(t, name, fmt.Sprint("guess ", i), from); got != account.FailureLogin {
			t.Fatalf("guess %d at %s from %s: %q, want %q", i, name, from, got, account.FailureLogin)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	for _, test := range []struct {
		name, user, password, want string
	}{
		{"right", "jana", goodPassword, ""},
		{"name in another case", " JANA", goodPassword, ""},
		{"same characters, composed otherwise", "jana", "modra\u0301 tuz\u030cka na stole", ""},
		{"wrong password", "jana", otherPassword, account.FailureLogin},
		{"password in another case", "jana", strings.ToUpper(goodPassword), account.FailureLogin},
		{"no password", "jana", "", account.FailureLogin},
		{"endless password", "jana", strings.Repeat("a", 1<<20), account.FailureLogin},
		{"unknown name", "petr", goodPassword, account.FailureLogin},
		{"no name", "", goodPassword, account.FailureLogin},
		{"endless name", strings.Repeat("a", 1<<20), goodPassword, account.FailureLogin},
	} {
		if got := o.signIn(t, test.user, test.password, home); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Whoever guesses is held back, for longer each time and never for ever; the counts survive a restart.
func TestGuessingAtANameIsSlowedDown(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	o.fail(t, 6, "jana", "203.0.113.1")
	if got := o.signIn(t, "jana", goodPassword, "203.0.113.2"); got != account.FailureSlow {
		t.Fatalf("the right password from elsewhere, at once: %q, want %q", got, account.FailureSlow)
	}
	o.restart(t)
	if got := o.signIn(t, "jana", goodPassword, "203.0.113.2"); got != account.FailureSlow {
		t.Fatalf("after a restart: %q, want %q", got, account.FailureSlow)
	}
	var waits []int
	for range 12 {
		_, err := o.SignIn(t.Context(), "jana", "guess", "203.0.113.3")
		failure, ok := errors.AsType[*account.Failure](err)
		if !ok || failure.Code != account.FailureSlow {
			t.Fatalf("guess: %v, want %s", err, account.FailureSlow)
		}
		seconds := failure.Args["Seconds"].(int)
		waits = append(waits, seconds)
		o.clock.move(time.Duration(seconds) * time.Second)
		if got := o.signIn(t, "jana", "guess", fmt.Sprint("198.51.100.", len(waits))); got != account.FailureLogin {
			t.Fatalf("after waiting %d s: %q, want %q", seconds, got, account.FailureLogin)
		}
	}
	for i, want := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256} {
		if waits[i] != want {
			t.Fatalf("waits %v, want them to double", waits)
		}
	}
	if most := waits[len(waits)-1]; most > 300 {
		t.Errorf("waits %v, want at most 300 s", waits)
	}
	o.clock.move(5 * time.Minute)
	if got := o.signIn(t, "jana", goodPassword, "203.0.113.2"); got != "" {
		t.Errorf("the right password after the wait: %q", got)
	}
	o.fail(t, 5, "jana", "203.0.113.9") // the right password made all good
}

// A stranger who guesses cannot keep out a person who signs in from where she always does.
func TestGuessingElsewhereDoesNotHoldUpThePerson(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	if got := o.signIn(t, "jana", goodPassword, home); got != "" {
		t.Fatal(got)
	}
	o.fail(t, 6, "jana", "203.0.113.1")
	if got := o.signIn(t, "jana", goodPassword, "203.0.113.1"); got != account.FailureSlow {
		t.Errorf("from elsewhere: %q, want %q", got, account.FailureSlow)
	}
	if got := o.signIn(t, "jana", goodPassword, home); got != "" {
		t.Errorf("from home: %q", got)
	}
}

// A name that nobody has is treated like one that somebody has, or else names could be found out.
func TestUnknownNamesAreSlowedDownToo(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.fail(t, 6, "nobody", home)
	if got := o.signIn(t, "nobody", "guess", home); got != account.FailureSlow {
		t.Errorf("%q, want %q", got, account.FailureSlow)
	}
}

func TestGuessingFromAnAddressIsSlowedDown(t *testing.T) {
	t.Parallel()
	const from, same, other = "2001:db8:1:2::1", "[2001:db8:1:2:ffff::9]:5000", "2001:db8:1:3::1"
	o := setup(t)
	o.administrator(t)
	for i := range 21 {
		o.fail(t, 1, fmt.Sprint("name", i), from)
	}
	if got := o.signIn(t, "jana", goodPassword, same); got != account.FailureSlow {
		t.Errorf("the same place: %q, want %q", got, account.FailureSlow)
	}
	if got := o.signIn(t, "jana", goodPassword, other); got != "" {
		t.Errorf("another place: %q", got)
	}
	o.clock.move(time.Second)
	if got := o.signIn(t, "jana", goodPassword, same); got != "" {
		t.Errorf("the same place, later: %q", got)
	}
	// Having an account is no licence to guess at others.
	o.fail(t, 1, "name", same)
	if got := o.signIn(t, "jana", goodPassword, same); got != account.FailureSlow {
		t.Errorf("one more guess after signing in: %q, want %q", got, account.FailureSlow)
	}
}

// A thousand attempts at once are not all the first one.
func TestAttemptsAtOnceAreCounted(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	results := make([]string, 20)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			_, err := o.SignIn(t.Context(), "jana", "guess", "203.0.113.1")
			results[i] = code(err)
		})
	}
	all.Wait()
	looked := 0
	for _, got := range results {
		switch got {
		case account.FailureLogin:
			looked++
		case account.FailureSlow:
		default:
			t.Errorf("attempt: %q", got)
		}
	}
	if looked != 6 {
		t.Errorf("%d of %d attempts at once were looked at, want 6", looked, len(results))
	}
}

// Mistakes are forgotten one by one.
func TestMistakesAreForgotten(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	for range 4 {
		o.fail(t, 5, "jana", home)
		o.clock.move(50 * time.Minute)
	}
	o.fail(t, 5, "jana", home)
	o.clock.move(10 * time.Minute)
	o.fail(t, 2, "jana", home) // one was forgotten, so the first of them is free
	if got := o.signIn(t, "jana", "guess", home); got != account.FailureSlow {
		t.Errorf("%q, want %q", got, account.FailureSlow)
	}
}

// A clock that was set back keeps nobody out for longer than the longest wait.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.administrator(t)
	o.fail(t, 6, "jana", "203.0.113.1")
	o.clock.move(-2 * time.Hour)
	_, err := o.SignIn(t.Context(), "jana", goodPassword, "203.0.113.1")
	failure, ok := errors.AsType[*account.Failure](err)
	if !ok || failure.Code != account.FailureSlow || failure.Args["Seconds"].(int) > 300 {
		t.Errorf("%v (%+v), want a wait of at most 300 s", err, failure)
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	if err := o.Confirm(ctx, boss(), goodPassword); err != nil {
		t.Error(err)
	}
	wantCode(t, "wrong", o.Confirm(ctx, boss(), otherPassword), account.FailureLogin)
	wantCode(t, "nobody", o.Confirm(ctx, account.Actor{From: home}, ""), account.FailureLogin)
	for range 5 {
		_ = o.Confirm(ctx, boss(), otherPassword)
	}
	wantCode(t, "too often", o.Confirm(ctx, boss(), goodPassword), account.FailureSlow)
}

func TestSignInWithMicrosoft(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	eva := account.Person{Subject: "8f1c0000-0000-0000-0000-000000000001", Mailbox: "mailbox-1", Name: "Eva@Example.cz"}
	who, err := o.SignInSubject(ctx, eva, home)
	if err != nil || who.Name != "eva@example.cz" || who.Role != account.Self || who.Mailbox != "mailbox-1" || !who.Ready {
		t.Fatalf("first time: %+v, %v", who, err)
	}
	eva.Mailbox, eva.Name = "mailbox-2", "eva.nova@example.cz"
	again, err := o.SignInSubject(ctx, eva, home)
	if err != nil || again.Name != who.Name || again.Mailbox != "mailbox-2" {
		t.Errorf("after a new address: %+v, %v", again, err)
	}
	if err := o.SetRole(ctx, boss(), who.Name, account.Operator); err != nil {
		t.Fatal(err)
	}
	if again, err = o.SignInSubject(ctx, account.Person{Subject: eva.Subject}, home); err != nil || again.Role != account.Operator || again.Mailbox != "mailbox-2" {
		t.Errorf("with a role: %+v, %v", again, err)
	}
	for name, test := range map[string]struct {
		person account.Person
		want   string
	}{
		"nobody":                   {account.Person{Mailbox: "mailbox-3", Name: "ota@example.cz"}, account.FailureUnknown},
		"no mailbox in step":       {account.Person{Subject: "2", Name: "ota@example.cz"}, account.FailureUnknown},
		"name of a local account":  {account.Person{Subject: "2", Mailbox: "mailbox-3", Name: "JANA"}, account.FailureTaken},
		"name of somebody else":    {account.Person{Subject: "2", Mailbox: "mailbox-3", Name: "eva@example.cz"}, account.FailureTaken},
		"name that cannot be kept": {account.Person{Subject: "2", Mailbox: "mailbox-3", Name: "<script>"}, account.FailureUnknown},
	} {
		_, err := o.SignInSubject(ctx, test.person, home)
		wantCode(t, name, err, test.want)
	}
	// There is no password, and none can be given.
	if got := o.signIn(t, who.Name, "", home); got != account.FailureLogin {
		t.Errorf("without a password: %q", got)
	}
	_, err = o.NewLink(ctx, boss(), who.Name)
	wantCode(t, "NewLink", err, account.FailureUnknown)
	wantCode(t, "SetPassword", o.SetPassword(ctx, boss(), who.Name, goodPassword), account.FailureUnknown)
	wantCode(t, "Confirm", o.Confirm(ctx, account.Actor{Account: who.Name, From: home}, ""), account.FailureLogin)
}

// Random that fails is an error, never a weak token or salt.
func TestWithoutRandomness(t *testing.T) {
	t.Parallel()
	o, ctx := setup(t), t.Context()
	o.administrator(t)
	dry := account.New(account.Options{Store: o.store, Now: o.clock.now, Random: strings.NewReader("short")})
	for name, err := range map[string]error{
		"FirstLink":   third(dry.FirstLink(ctx)),
		"NewLink":     second(dry.NewLink(ctx, boss(), "jana")),
		"Add":         second(dry.Add(ctx, boss(), account.Newcomer{Name: "petr", Role: account.Viewer})),
		"SetPassword": dry.SetPassword(ctx, boss(), "jana", otherPassword),
	} {
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v, want the error of the source", name, err)
		}
	}
	if got := o.signIn(t, "jana", goodPassword, home); got != "" {
		t.Errorf("the old password is gone: %q", got)
	}
}

func second[T any](_ T, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }
