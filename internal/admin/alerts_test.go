package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/alert"
	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// phone is a way by which people are told: it keeps what it is given.
type phone struct {
	name string
	fail error
	// die is called after a message was taken and before its sender knows.
	die func()
	got []alert.Message
}

func (p *phone) Name() string   { return p.name }
func (p *phone) Target() string { return p.name + "@example.cz" }

func (p *phone) Send(_ context.Context, m alert.Message) error {
	if p.fail != nil {
		return p.fail
	}
	p.got = append(p.got, m)
	if p.die != nil {
		p.die()
	}
	return nil
}

// heard returns what was told since the last call, a line for each item: "way: state code user/kind".
func (p *phone) heard() []string {
	lines := []string{}
	for _, m := range p.got {
		if m.Kind == alert.WeekDigest {
			lines = append(lines, "digest")
		}
		for _, item := range m.Items {
			line := string(item.State) + " " + item.Code
			if item.User != "" {
				line += " " + item.User
			}
			lines = append(lines, line)
		}
	}
	p.got = nil
	return lines
}

// watch is a server whose administrators listen.
type watch struct {
	*company
	alerts *admin.Alerts
	mail   *phone
	hook   *phone
	log    *bytes.Buffer
}

func prague(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func newWatch(t *testing.T, change ...func(*company)) *watch {
	t.Helper()
	w := &watch{company: newCompany(t, change...), mail: &phone{name: "mail"}, hook: &phone{name: "webhook"}, log: &bytes.Buffer{}}
	w.restart()
	return w
}

// restart begins a new process on the same database.
func (w *watch) restart() {
	a := w.open()
	a.Log = slog.New(slog.NewTextHandler(w.log, nil))
	w.alerts = &admin.Alerts{Admin: a, Ways: []admin.Way{w.mail}, Zone: prague(w.t), URL: "https://sync.example.cz", NoProgress: time.Hour}
}

func (w *watch) tick() {
	w.t.Helper()
	if err := w.alerts.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// after ticks every minute, keeping RAYNET and all pairs busy, and returns what was told.
func (w *watch) after(d time.Duration, pairs ...int64) []string {
	w.t.Helper()
	step := time.Minute // for a long while, fewer do
	switch {
	case d > 2*time.Hour:
		step = 30 * time.Minute
	case d >= time.Hour:
		step = 10 * time.Minute
	}
	for range d / step {
		w.pass(step)
		w.progress(pairs...)
		w.tick()
	}
	return w.mail.heard()
}

// progress notes that RAYNET was read and the pairs' mailboxes too.
func (w *watch) progress(pairs ...int64) {
	w.t.Helper()
	facts := []journal.Fact{journal.PutCursor{Cursor: journal.Cursor{Scope: feed.CursorScope("default"), Token: "t", At: w.clock()}}}
	for _, id := range pairs {
		p, err := w.store.Pair(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		facts = append(facts, journal.PutCursor{Cursor: journal.Cursor{Scope: engine.FeedScope(p), Token: "t", At: w.clock()}})
	}
	w.commit(facts...)
}

func (w *watch) commit(facts ...journal.Fact) {
	w.t.Helper()
	if err := w.store.Commit(w.t.Context(), journal.Fence{}, facts...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watch) pair(address string) int64 {
	w.t.Helper()
	id, err := w.store.UpsertPair(w.t.Context(), journal.Pair{Connection: "default", Kind: record.Calendar, Mailbox: w.boxes[address], Address: address,
		Person: fmt.Sprint(w.persons[address]), Zone: "Europe/Prague"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.progress(id)
	return id
}

func (w *watch) state(pair int64, state journal.PairState, reason string) {
	w.t.Helper()
	w.commit(journal.PutPairState{Pair: pair, State: state, Reason: reason, Detail: canary})
}

// canary is in everything that must never be told.
const canary = "Kanárek Vzorová 9f8e7d"

func hears(t *testing.T, what string, got []string, lines ...string) {
	t.Helper()
	if lines == nil {
		lines = []string{}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Everything that the product promises to tell of is told within fifteen minutes, once, and it is told when it is over.
func TestEveryConditionIsToldOnce(t *testing.T) {
	t.Parallel()
	refuse := func(side record.Side, code string) func(*watch, int64) {
		return func(w *watch, _ int64) {
			err := w.alerts.Admin.LoginRefused(w.t.Context(), &remote.Error{Kind: remote.Unauthorized, Side: side, Doing: "log in", Code: code, Status: 401, Text: canary})
			if err != nil {
				w.t.Fatal(err)
			}
		}
	}
	forget := func(w *watch, _ int64) {
		if err := w.alerts.Admin.LoginForget(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	park := func(why journal.Why, reason string) func(*watch, int64) {
		return func(w *watch, pair int64) {
			w.commit(journal.PutWork{Work: journal.Work{Pair: pair, Ref: remote.Ref{Side: record.Raynet, Type: "meeting", ID: "7"}, Why: why, Reason: reason,
				Detail: canary, RetryAt: w.clock().Add(24 * time.Hour)}})
		}
	}
	run := func(w *watch, pair int64) { w.state(pair, journal.PairRunning, "") }
	for _, test := range []struct {
		name        string
		begin, end  func(*watch, int64)
		quiet       bool // the pair makes no progress while it holds
		want        string
		wantSerious bool
	}{
		{"halted by a guard", func(w *watch, p int64) { w.state(p, journal.PairHalted, "too-many-removals") }, run, false, "halted jana@example.cz", true},
		{"mailbox refused", func(w *watch, p int64) { w.state(p, journal.PairRefused, "no-mailbox") }, run, false, "refused jana@example.cz", true},
		{"folder removed by its user", func(w *watch, p int64) { w.state(p, journal.PairRefused, "container-gone") }, run, false, "refused jana@example.cz", false},
		{"RAYNET refuses the login", refuse(record.Raynet, "401"), forget, false, "login-raynet", true},
		{"Microsoft refuses the login", refuse(record.Outlook, "AADSTS7000222"), forget, false, "login-microsoft", true},
		{"loop breaker", park(journal.WhyParked, "loop"), park(journal.WhyParked, "refused"), false, "loop jana@example.cz", false},
		{"no progress of a user", func(*watch, int64) {}, func(*watch, int64) {}, true, "no-progress jana@example.cz", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t)
			jana, petr := w.pair(jana), w.pair(petr)
			busy := []int64{jana, petr}
			hears(t, "before", w.after(20*time.Minute, busy...))
			test.begin(w, jana)
			if test.quiet {
				busy = []int64{petr}
				hears(t, "within the time that is allowed", w.after(59*time.Minute, busy...))
			}
			hears(t, "within 15 minutes", w.after(15*time.Minute, busy...), "new "+test.want)
			hears(t, "later that day", w.after(23*time.Hour+30*time.Minute, busy...))
			reminder := []string{}
			if test.wantSerious {
				reminder = append(reminder, "still "+test.want)
			}
			hears(t, "a day later", w.after(time.Hour, busy...), reminder...)
			test.end(w, jana)
			hears(t, "solved", w.after(20*time.Minute, jana, petr), "over "+test.want)
			hears(t, "after that", w.after(26*time.Hour, jana, petr))
		})
	}
}

func TestRaynetIsNotRead(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.pair(jana)
	w.pass(50 * time.Minute)
	w.tick()
	hears(t, "within the time that is allowed", w.mail.heard())
	for range 25 {
		w.pass(time.Minute)
		w.tick()
	}
	hears(t, "after it", w.mail.heard(), "new raynet-unread", "new no-progress jana@example.cz")
}

// Nobody is synchronised, so nothing stands still.
func TestNobodyNoAlert(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.state(w.pair(jana), journal.PairPaused, "")
	w.pass(30 * time.Hour)
	w.tick()
	w.pass(time.Hour)
	w.tick()
	hears(t, "after a day", w.mail.heard())
}

// A server that was off over the weekend catches up before it is told to stand still; one that dies again and again is told of.
func TestProgressAfterAStart(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	pair := w.pair(jana)
	w.pass(60 * time.Hour)
	w.restart()
	w.tick()
	hears(t, "at the start", w.mail.heard())
	hears(t, "after it caught up", w.after(15*time.Minute, pair))
	w.pass(2 * time.Hour)
	for range 15 {
		w.pass(time.Minute)
		w.restart()
		w.tick()
	}
	hears(t, "dying every minute", w.mail.heard(), "new raynet-unread", "new no-progress jana@example.cz")
}

// A first synchronisation that takes hours writes all the time.
func TestWritingIsProgress(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	pair := w.pair(jana)
	for range 6 {
		w.commit(journal.AddEntry{Entry: journal.Entry{At: w.clock(), Pair: pair, Event: journal.Created, Run: "first"}})
		hears(t, "while it writes", w.after(30*time.Minute))
	}
	hears(t, "when it does not", w.after(75*time.Minute), "new no-progress jana@example.cz")
}

func TestSecretExpires(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(c *company) { c.settings.SecretExpires = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) })
	type day struct {
		Date string
		Days int
		What []string
	}
	var got []day
	for date := w.clock(); date.Before(time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC)); date = w.clock() {
		w.tick()
		for _, m := range w.mail.got {
			got = append(got, day{date.Format(time.DateOnly), m.Items[0].Count, []string{string(m.Items[0].State), m.Items[0].Reason}})
		}
		w.mail.got = nil
		w.pass(6 * time.Hour)
	}
	wantDays := []day{
		{"2026-04-02", 60, []string{"new", ""}}, {"2026-05-02", 30, []string{"new", ""}}, {"2026-05-18", 14, []string{"new", ""}},
		{"2026-05-25", 7, []string{"new", ""}}, {"2026-05-31", 1, []string{"new", ""}}, {"2026-06-01", 0, []string{"new", "today"}},
		{"2026-06-02", 0, []string{"new", "expired"}}, {"2026-06-03", 0, []string{"still", "expired"}},
	}
	if diff := cmp.Diff(wantDays, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	w.settings.SecretExpires = time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC)
	w.restart()
	w.tick()
	hears(t, "renewed", w.after(20*time.Minute), "over secret")
}

// A certificate tells its end itself.
func TestCertificateExpires(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(c *company) { c.settings.SecretExpires = time.Time{} })
	w.alerts.CertificateEnds = time.Date(2026, 3, 20, 17, 0, 0, 0, time.UTC)
	w.tick()
	if len(w.mail.got) != 1 || w.mail.got[0].Items[0].Code != "certificate" || w.mail.got[0].Items[0].Count != 15 {
		t.Errorf("told %+v, want a certificate with 15 days", w.mail.got)
	}
}

// A day that the administrator did not tell is no alert.
func TestUnknownExpiryIsNoAlert(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(c *company) { c.settings.SecretExpires = time.Time{} })
	w.tick()
	hears(t, "nothing", w.mail.heard())
}

func TestSeveralAtOnceAreOneMessage(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	j, p := w.pair(jana), w.pair(petr)
	w.state(j, journal.PairHalted, "everything-changed")
	w.state(p, journal.PairHalted, "everything-changed")
	w.tick()
	if len(w.mail.got) != 1 {
		t.Fatalf("%d messages, want 1", len(w.mail.got))
	}
	if m := w.mail.got[0]; m.URL != "https://sync.example.cz" || m.ID == "" || m.Kind != alert.News {
		t.Errorf("message %+v", m)
	}
	hears(t, "both", w.mail.heard(), "new halted jana@example.cz", "new halted petr@example.cz")
}

// What comes and goes is told once a day, and nobody is left believing that it is over while it holds.
func TestFlapping(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	pair := w.pair(jana)
	set := func(on bool) {
		if on {
			w.state(pair, journal.PairRefused, "no-mailbox")
		} else {
			w.state(pair, journal.PairRunning, "")
		}
	}
	set(true)
	hears(t, "first", w.after(2*time.Minute, pair), "new refused jana@example.cz")
	for range 20 {
		set(false)
		hears(t, "gone for a moment", w.after(5*time.Minute, pair))
		set(true)
		hears(t, "back", w.after(5*time.Minute, pair))
	}
	set(false)
	hears(t, "gone", w.after(20*time.Minute, pair), "over refused jana@example.cz")
	set(true)
	hears(t, "back although it was told to be over", w.after(2*time.Minute, pair), "new refused jana@example.cz")
	for range 5 {
		set(false)
		hears(t, "gone for an hour", w.after(time.Hour, pair))
		set(true)
		hears(t, "back after an hour", w.after(time.Hour, pair))
	}
	set(false)
	hears(t, "gone for a day", w.after(25*time.Hour, pair), "over refused jana@example.cz")
}

// A pair that a person let run again and that is halted again is news each time.
func TestHaltedAgain(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	pair := w.pair(jana)
	for range 3 {
		w.state(pair, journal.PairHalted, "too-many-removals")
		hears(t, "halted", w.after(2*time.Minute, pair), "new halted jana@example.cz")
		w.state(pair, journal.PairRunning, "")
		hears(t, "running", w.after(3*time.Minute, pair))
	}
}

func TestToldOnceOverRestarts(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	pair := w.pair(jana)
	w.state(pair, journal.PairHalted, "too-many-removals")
	for range 5 {
		w.restart()
		w.tick()
	}
	hears(t, "over five starts", w.mail.heard(), "new halted jana@example.cz")
	w.state(pair, journal.PairRunning, "")
	w.tick()
	w.restart()
	hears(t, "solved", w.after(20*time.Minute, pair), "over halted jana@example.cz")
}

// A process that dies between sending and noting tells once more; one that always does so does not flood anybody.
func TestDyingBeforeItIsNoted(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.state(w.pair(jana), journal.PairHalted, "too-many-removals")
	die := func() { panic("dead") }
	tick := func() {
		defer func() {
			if cause := recover(); cause != nil && cause != "dead" {
				panic(cause)
			}
		}()
		w.tick()
	}
	w.mail.die = die
	for range 30 {
		w.pass(time.Minute)
		w.restart()
		tick()
	}
	hears(t, "dead thirty times within the hour", w.mail.heard(), "new halted jana@example.cz", "new halted jana@example.cz")
	w.mail.die = nil
	w.pass(time.Hour)
	w.restart()
	w.tick()
	w.tick()
	hears(t, "alive again", w.mail.heard(), "new halted jana@example.cz")
}

// A way that fails is tried again, keeps no other way from telling, and is logged once an hour.
func TestAWayFails(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.alerts.Ways = []admin.Way{w.mail, w.hook}
	pair := w.pair(jana)
	w.mail.fail = &alert.Error{Way: "mail", Code: alert.FailedUnreachable, Host: "smtp.example.cz:587"}
	w.state(pair, journal.PairHalted, "too-many-removals")
	hears(t, "by the way that fails", w.after(90*time.Minute, pair))
	hears(t, "by the other one", w.hook.heard(), "new halted jana@example.cz")
	if got := strings.Count(w.log.String(), "alert was not delivered"); got != 2 {
		t.Errorf("logged %d times in 90 minutes, want 2:\n%s", got, w.log)
	}
	w.mail.fail = nil
	hears(t, "when it works again", w.after(time.Minute, pair), "new halted jana@example.cz")
	hears(t, "by the other one, again", w.hook.heard())
	w.mail.fail = &alert.Error{Way: "mail", Code: alert.FailedRecipient, Delivered: true}
	w.state(pair, journal.PairRunning, "")
	w.after(30*time.Minute, pair)
	hears(t, "solved by the other one", w.hook.heard(), "over halted jana@example.cz")
	if got := strings.Count(w.log.String(), "some recipients only"); got != 1 {
		t.Errorf("told some recipients %d times, want once", got)
	}
}

// With no way, conditions are noted and can be looked at; a way that is added later tells of what holds.
func TestAWayIsAddedLater(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.alerts.Ways = nil
	w.state(w.pair(jana), journal.PairHalted, "too-many-removals")
	w.tick()
	w.restart()
	w.tick()
	hears(t, "by the new way", w.mail.heard(), "new halted jana@example.cz")
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	j, p := w.pair(jana), w.pair(petr)
	w.state(j, journal.PairHalted, "too-many-removals")
	w.tick()
	w.state(j, journal.PairRunning, "")
	w.after(30*time.Minute, j, p)
	w.state(p, journal.PairHalted, "too-many-removals")
	list, err := w.alerts.List(t.Context(), locale.New("cs"))
	if err != nil {
		t.Fatal(err)
	}
	row := func(r admin.AlertRow) string {
		r.Line = strings.ReplaceAll(r.Line, "\u00a0", " ")
		return fmt.Sprint(r.User, " ", r.Title, " | ", r.Line, " | ", r.Do != "", " ", !r.Told.IsZero(), " ", !r.Ended.IsZero())
	}
	if len(list.Holds) != 1 || len(list.Told) != 1 || len(list.Ways) != 1 {
		t.Fatalf("got %+v", list)
	}
	got := []string{row(list.Holds[0]), row(list.Told[0]), list.Ways[0].Way + " " + list.Ways[0].Target}
	hears(t, "list", got, "petr@example.cz Pojistka zastavila synchronizaci | petr@example.cz, kalendář, od 5. 3. 2026 10:00 | true false false",
		"jana@example.cz Pojistka zastavila synchronizaci | jana@example.cz, kalendář, od 5. 3. 2026 9:30 do 5. 3. 2026 9:31 | false true true",
		"mail mail@example.cz")
}

func TestTestMessage(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.alerts.Ways = []admin.Way{w.mail, w.hook}
	w.hook.fail = &alert.Error{Way: "webhook", Code: alert.FailedStatus, Host: "hooks.example.cz", Status: 500, Detail: "x"}
	got, err := w.alerts.Test(t.Context())
	wantAnswers := []admin.AlertAnswer{{Way: "mail", Target: "mail@example.cz", Sent: true},
		{Way: "webhook", Target: "webhook@example.cz", Code: "status", Host: "hooks.example.cz", Status: 500, Detail: "x"}}
	if diff := cmp.Diff(wantAnswers, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if len(w.mail.got) != 1 || w.mail.got[0].Kind != alert.Test {
		t.Errorf("sent %+v", w.mail.got)
	}
	w.mail.fail = errors.New("unknown")
	if _, err := w.alerts.Test(t.Context()); err == nil {
		t.Error("an error that nobody knows was swallowed")
	}
}

// Whatever is told holds addresses, codes and counts: no title, name or secret of those that are all around.
func TestMessagesHoldNothingElse(t *testing.T) {
	t.Parallel()
	w := newWatch(t, func(c *company) { c.settings.SecretExpires = c.now.AddDate(0, 0, 3); c.raynetConfig.APIKey = canary })
	day := time.Thursday
	w.alerts.Digest = &day
	j, p := w.pair(jana), w.pair(petr)
	w.tick()
	w.state(j, journal.PairHalted, "too-many-removals")
	ref := remote.Ref{Side: record.Outlook, Type: "event", ID: canary}
	w.commit(journal.PutWork{Work: journal.Work{Pair: p, Ref: ref, Why: journal.WhyParked, Reason: "loop", Detail: canary, RetryAt: w.clock().Add(time.Hour)}},
		journal.AddEntry{Entry: journal.Entry{At: w.clock(), Pair: p, Event: journal.Created, Run: "r", Outlook: ref, Author: canary,
			Changes: []journal.Change{{Field: record.EventSubject, After: canary}}}})
	err := w.alerts.Admin.LoginRefused(t.Context(), &remote.Error{Kind: remote.Unauthorized, Side: record.Raynet, Code: "401", Status: 401, Text: canary})
	if err != nil {
		t.Fatal(err)
	}
	var messages []alert.Message
	for range 8 {
		w.pass(24 * time.Hour)
		w.tick()
		messages = append(messages, w.mail.got...)
		w.mail.got = nil
	}
	kinds := map[alert.Kind]bool{}
	for _, m := range messages {
		kinds[m.Kind] = true
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{string(data)}
		for _, lang := range []string{"cs", "en"} {
			words := alert.Composer{Texts: locale.New(lang), Zone: prague(t)}.Compose(m)
			texts = append(texts, words.Subject, words.Plain, words.HTML)
		}
		for _, text := range texts {
			if strings.Contains(text, "9f8e7d") || strings.Contains(text, "Vzorová") {
				t.Errorf("a canary is in %s", text)
			}
		}
	}
	if !kinds[alert.News] || !kinds[alert.WeekDigest] || !slices.ContainsFunc(messages, func(m alert.Message) bool { return len(m.Items) >= 3 }) {
		t.Errorf("only %d messages of kinds %v were looked at", len(messages), kinds)
	}
	if strings.Contains(w.log.String(), "9f8e7d") {
		t.Errorf("a canary is in the log:\n%s", w.log)
	}
}
