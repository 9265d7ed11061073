package outlook_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// The accidents of the feed: each is either survived or a typed error, never a short list.
func TestAccidentsOfTheFeed(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"delta-410", "delta-410-bare", "delta-resync", "delta-not-found", "delta-bad-token"} {
		w := setup(t)
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.CursorDead {
			t.Errorf("%s: %v", fault, err)
		}
	}
	for _, fault := range []string{"delta-endless", "delta-404-once"} {
		w := setup(t)
		w.person(w.jana, meeting("Schůzka"))
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		w.person(w.jana, meeting("Další"))
		if round, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.Unavailable || round.Changed != nil {
			t.Errorf("%s: %d changed, %v", fault, len(round.Changed), err)
		}
	}
	for _, fault := range []string{"delta-duplicates", "delta-empty-pages", "delta-master-missing", "delta-removed-unknown"} {
		w := setup(t)
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		single, master := w.person(w.jana, meeting("Schůzka")), w.person(w.jana, weekly("Porada"))
		round := w.begin()
		byRef(t, round.Changed, event(single))
		byRef(t, round.Changed, event(master))
		byRef(t, round.Changed, occurrence(master, "2026-12-02"))
		seen := map[remote.Ref]bool{}
		for _, one := range round.Changed {
			if seen[one.Ref] {
				t.Errorf("%s: %s is told twice", fault, one.Ref)
			}
			seen[one.Ref] = true
		}
	}
}

// Whatever happens to one page of several, there is no round.
func TestOneBadPage(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]chaos.Fault{
		"503 without body": {Effect: chaos.EffectStatus, Status: 503},
		"502 of a proxy":   {Effect: chaos.EffectStatus, Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>Bad Gateway</html>"},
		"200 of a proxy":   {Effect: chaos.EffectStatus, Status: 200, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>Log in</html>"},
		"200 of nothing":   {Effect: chaos.EffectStatus, Status: 200, Body: "{}"},
		"empty 404":        {Effect: chaos.EffectStatus, Status: 404},
		"cut off":          {Effect: chaos.EffectTruncate},
		"no answer":        {Effect: chaos.EffectLoseAnswer},
	} {
		w := setup(t)
		w.uncheck() // the faults are not in the contract
		for i := range 210 {
			w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))
		}
		fault.Name, fault.PathContains, fault.Every, fault.Times = name, "/calendarView/delta", 2, 1
		w.server.Layer().Set(fault)
		round, err := w.client.Begin(t.Context(), w.scope, w.now(), w.now().AddDate(0, 1, 0))
		if failed := failure(t, err); failed.Kind != remote.Unavailable || round.Changed != nil || round.Cursor != "" {
			t.Errorf("%s: %d events, %v", name, len(round.Changed), err)
		}
	}
}

// A write whose answer is lost may have landed; one that was refused or never judged has not.
func TestUnknownWrites(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   chaos.Fault
		kind    remote.ErrorKind
		unknown bool
		landed  int
	}{
		"answer lost": {chaos.Fault{Effect: chaos.EffectLoseAnswer}, remote.Unavailable, true, 1},
		"answer cut":  {chaos.Fault{Effect: chaos.EffectTruncate}, remote.Unavailable, true, 1},
		"not arrived": {chaos.Fault{Effect: chaos.EffectDropRequest}, remote.Unavailable, true, 0},
		"500":         {chaos.Fault{Effect: chaos.EffectStatus, Status: 500}, remote.Unavailable, true, 0},
		"throttled":   {chaos.Fault{Effect: chaos.EffectStatus, Status: 429, Header: map[string]string{"Retry-After": "2.5"}}, remote.Throttled, false, 0},
		"refused": {chaos.Fault{Effect: chaos.EffectStatus, Status: 400,
			Body: `{"error":{"code":"ErrorPropertyValidationFailure","message":"no"}}`}, remote.Invalid, false, 0},
	} {
		w := setup(t)
		w.uncheck()
		test.fault.Name, test.fault.Method, test.fault.Times = name, "POST", 1
		w.server.Layer().Set(test.fault)
		request := w.compose(w.creation("op-1", sample))
		_, err := w.client.Send(t.Context(), request)
		failed := failure(t, err)
		if failed.Kind != test.kind || failed.Unknown != test.unknown || (test.kind == remote.Throttled && failed.RetryAt != w.now().Add(2500*time.Millisecond)) {
			t.Errorf("%s: %v, unknown %v, retry at %v", name, failed, failed.Unknown, failed.RetryAt)
		}
		w.pass(3 * time.Second) // what asked for patience is over
		found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
		if err != nil || len(found) != test.landed {
			t.Errorf("%s: %d landed, %v", name, len(found), err)
		}
		w.send(request)
		if all := w.server.All(w.jana); len(all) != 1 {
			t.Errorf("%s: %d events after the repeat", name, len(all))
		}
	}
}

// Twenty reads are one request; what is not there is told as gone.
func TestReadsOfMany(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *outlook.Config) { c.Retries = 2 })
	var refs []remote.Ref
	for i := range 25 {
		refs = append(refs, event(w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))))
	}
	refs = append(refs, event("AAkNOTHERE="))
	w.requests()
	for i, reading := range w.read(refs...) {
		if want := i < 25; (reading.Presence == remote.Present) != want || reading.Ref != refs[i] {
			t.Errorf("%d: %s is %s: %v", i, reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for 26 events", got)
	}
}

// A throttled part of a batch is read again alone; a failure of the whole mailbox is not blamed on one event.
func TestThrottledParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, throttledParts) // the wait that the service asks for costs no time
}

func throttledParts(t *testing.T) {
	w := setup(t, func(c *outlook.Config) { c.Retries = 2 })
	var refs []remote.Ref
	for i := range 3 {
		refs = append(refs, event(w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))))
	}
	if err := w.server.Inject("batch-inner-429"); err != nil {
		t.Fatal(err)
	}
	w.requests()
	for _, reading := range w.read(refs...) {
		if reading.Presence != remote.Present {
			t.Errorf("%s is %s: %v", reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests: the batch and the throttled part", got)
	}
	if err := w.server.SetMailboxState(w.jana, emulator.StateSoftDeleted, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Read(t.Context(), w.scope, refs); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("mailbox gone: %v", err)
	}
}

// Strange data: the round is read, nothing crashes, what cannot be is left out by a rule.
func TestOddData(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck() // strange on purpose
	if err := w.server.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		w.person(w.jana, meeting(fmt.Sprint("Schůzka ", i)))
	}
	round := w.begin()
	if len(round.Changed) != 12 {
		t.Fatalf("%d of 12 events", len(round.Changed))
	}
	for _, one := range round.Changed {
		if one.Partial || (one.Rule == "" && one.Span.From.Year() < 1900) {
			t.Errorf("%+v", one)
		}
		for name, value := range one.Fields {
			if strings.ContainsFunc(string(value), func(r rune) bool { return r < ' ' && r != '\n' }) {
				t.Errorf("%s holds a control character: %q", name, value)
			}
		}
	}
}

// A mailbox that loses its licence does not look like one whose events were deleted, whatever code the 404 has.
func TestMailboxLostIsNotEventsGone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck()
	ref := event(w.person(w.jana, meeting("Schůzka")))
	target := w.readOne(ref)
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	w.server.Layer().Set(chaos.Fault{Name: "lost", Effect: chaos.EffectStatus, Status: 404, Body: `{"error":{"code":"ResourceNotFound","message":"Resource could not be discovered."}}`})
	if _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{ref}); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("read: %v", err)
	}
	if _, err := w.client.Send(t.Context(), removal); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("removal: %v", err)
	}
}
