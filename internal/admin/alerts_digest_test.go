package admin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/alert"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

// digests ticks every half an hour until a time, and returns when digests came, as UTC.
func (w *watch) digests(till time.Time, each func()) []string {
	w.t.Helper()
	came := []string{}
	for w.clock().Before(till) {
		w.pass(30 * time.Minute)
		if each != nil {
			each()
		}
		w.tick()
		for _, m := range w.mail.got {
			if m.Kind == alert.WeekDigest {
				came = append(came, m.At.Format("01-02 15:04")+" of "+m.Digest.From.Format("01-02 15:04"))
			}
		}
		w.mail.got = nil
	}
	return came
}

// The digest comes at eight o'clock by the wall, once, over restarts and over both changes of the clocks.
func TestDigestComesOnceAWeek(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		begin, end time.Time
		want       []string
	}{
		{"spring", time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 8, 0, 0, 0, 0, time.UTC),
			[]string{"03-23 07:00 of 03-16 07:00", "03-30 06:00 of 03-23 07:00", "04-06 06:00 of 03-30 06:00"}},
		{"autumn", time.Date(2026, 10, 14, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC),
			[]string{"10-19 06:00 of 10-12 06:00", "10-26 07:00 of 10-19 06:00", "11-02 07:00 of 10-26 07:00"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, func(c *company) { c.now, c.settings.SecretExpires = test.begin, time.Time{} })
			day := time.Monday
			w.alerts.Digest = &day
			w.tick()
			got := w.digests(test.end, func() {
				if w.clock().In(w.alerts.Zone).Hour() != 8 {
					return // restarts are slow, and matter then
				}
				w.restart()
				w.alerts.Digest = &day
			})
			hears(t, "digests", got, test.want...)
		})
	}
}

// A server that was off at the moment sends the digest when it is back; a way that is added does not begin with an old one.
func TestDigestAfterAPause(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	day := time.Monday
	w.alerts.Digest = &day
	w.tick()
	w.pass(5*24*time.Hour + 10*time.Hour) // Tuesday evening
	w.alerts.Ways = append(w.alerts.Ways, w.hook)
	w.tick()
	hears(t, "by the way that was there", w.mail.heard(), "digest")
	hears(t, "by the new way", w.hook.heard())
	w.pass(6 * 24 * time.Hour)
	w.tick()
	hears(t, "a week later", w.mail.heard(), "digest")
	hears(t, "a week later by the new way", w.hook.heard(), "digest")
	w.mail.fail = &alert.Error{Way: "mail", Code: alert.FailedLater}
	w.pass(7 * 24 * time.Hour)
	w.tick()
	hears(t, "by the way that works", w.hook.heard(), "digest")
	w.mail.fail = nil
	w.tick()
	hears(t, "by the way that failed", w.mail.heard(), "digest")
	hears(t, "not again", w.hook.heard())
}

func TestNoDigest(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.tick()
	hears(t, "digests", w.digests(w.clock().AddDate(0, 0, 9), nil))
}

// What a digest tells: what was done, what waits and whether that grows, the login, what holds.
func TestDigestTells(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	day := time.Monday
	w.alerts.Digest = &day
	j, p := w.pair(jana), w.pair(petr)
	ref := func(n int) remote.Ref { return remote.Ref{Side: record.Raynet, Type: "meeting", ID: fmt.Sprint(n)} }
	review := func(pair int64, from, till int) {
		for n := from; n < till; n++ {
			w.commit(journal.PutWork{Work: journal.Work{Pair: pair, Ref: ref(n), Why: journal.WhyReview, Reason: "clash"}})
		}
	}
	entry := func(event journal.Event, at time.Time) journal.Fact {
		return journal.AddEntry{Entry: journal.Entry{At: at, Pair: j, Event: event, Run: "r"}}
	}
	digest := func() *alert.Digest {
		t.Helper()
		w.pass(7 * 24 * time.Hour)
		w.tick()
		for _, m := range w.mail.got {
			if m.Kind == alert.WeekDigest {
				w.mail.got = nil
				return m.Digest
			}
		}
		t.Fatal("no digest came")
		return nil
	}
	w.tick() // Thursday
	review(j, 0, 6)
	review(p, 0, 20)
	digest()
	review(j, 6, 11)
	review(p, 20, 24)
	w.state(p, journal.PairHalted, "too-many-removals")
	w.commit(journal.PutWork{Work: journal.Work{Pair: j, Ref: ref(100), Why: journal.WhyParked, Reason: "refused", RetryAt: w.clock()}},
		journal.PutWork{Work: journal.Work{Pair: j, Ref: ref(101), Why: journal.WhyChanged}},
		entry(journal.Deleted, w.clock().AddDate(0, 0, -20)), entry(journal.Created, w.clock()), entry(journal.Created, w.clock()),
		entry(journal.Clash, w.clock()))
	since := w.clock()
	got := digest()
	wantDigest := &alert.Digest{From: time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC), Till: w.clock(), SecretExpires: w.settings.SecretExpires, SecretDays: 351,
		Holds: []alert.Item{
			{State: alert.Still, Code: "raynet-unread", Since: time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)},
			{State: alert.Still, Code: "no-progress", User: jana, Of: "calendar", Since: since},
			{State: alert.Still, Code: "halted", User: petr, Of: "calendar", Reason: "too-many-removals", Since: since}},
		Users: []alert.DigestUser{
			{User: jana, Of: "calendar", State: "running", Events: map[string]int{"created": 2, "clash": 1}, Waiting: 1, Parked: 1, Review: 11, Grows: true},
			{User: petr, Of: "calendar", State: "halted", Events: map[string]int{}, Review: 24},
		}}
	if diff := cmp.Diff(wantDigest, got); diff != "" {
		t.Errorf("digest (-want +got):\n%s", diff)
	}
}

// While the database takes nothing, people are told so, and of what else happens: once. When it does again, nothing was forgotten.
func TestFullDatabaseIsTold(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	day := time.Friday
	w.alerts.Digest = &day
	j, p := w.pair(jana), w.pair(petr)
	w.tick()
	w.state(p, journal.PairHalted, "too-many-removals")
	entry := func(n int) journal.Fact {
		return journal.AddEntry{Entry: journal.Entry{At: w.clock().AddDate(0, 0, -1), Pair: j, Event: journal.Created, Run: fmt.Sprint(n), Author: strings.Repeat("x", 5000)}}
	}
	pragma := func(text string) {
		if _, err := w.store.DB().ExecContext(t.Context(), "PRAGMA "+text); err != nil {
			t.Fatal(err)
		}
	}
	pragma("max_page_count = 1")
	for n := 0; w.store.Healthy() == nil && n < 10000; n++ {
		_ = w.store.Commit(t.Context(), journal.Fence{}, entry(n))
	}
	failed := 0
	for n := range 30 * 6 {
		w.pass(10 * time.Minute)
		if err := w.store.Commit(t.Context(), journal.Fence{}, entry(n)); !errors.Is(err, store.ErrFull) {
			t.Fatalf("the database took an entry: %v", err)
		}
		pragma("query_only = 1") // not even what would fit
		if w.alerts.Tick(t.Context()) != nil {
			failed++
		}
		pragma("query_only = 0")
	}
	if failed < 3 {
		t.Errorf("only %d ticks met the full database", failed)
	}
	hears(t, "while it is full", w.mail.heard(), "new database-full", "new halted petr@example.cz", "new raynet-unread",
		"new no-progress jana@example.cz", "digest", "still database-full", "still halted petr@example.cz", "still raynet-unread", "still no-progress jana@example.cz")
	pragma("max_page_count = 100000")
	w.progress(j, p)
	w.tick()
	w.restart()
	w.alerts.Digest = &day
	hears(t, "when there is room", w.after(30*time.Minute, j, p), "over database-full", "over raynet-unread", "over no-progress jana@example.cz")
}

// What cannot be read is told to whoever runs the ticks.
func TestUnreadableDatabase(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.state(w.pair(jana), journal.PairHalted, "too-many-removals")
	w.tick()
	if _, err := w.store.DB().ExecContext(t.Context(), "UPDATE alert SET sealed_body = x'00'"); err != nil {
		t.Fatal(err)
	}
	if err := w.alerts.Tick(t.Context()); err == nil {
		t.Error("notes that cannot be opened are no error")
	}
	if _, err := w.alerts.List(t.Context(), locale.New("en")); err == nil {
		t.Error("notes that cannot be opened are listed")
	}
}
