package admin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// wait lets things of somebody's calendar wait for a reason.
func (o *office) wait(who colleague, why journal.Why, reason string, ids ...string) {
	o.t.Helper()
	pairs, err := o.Store.Pairs(o.t.Context(), o.Connection.Name)
	o.must(err)
	fence, err := o.Store.Acquire(o.t.Context(), "test", "test", time.Minute)
	o.must(err)
	for _, p := range pairs {
		if p.Mailbox != who.mailbox || p.Kind != record.Calendar {
			continue
		}
		for _, id := range ids {
			work := journal.Work{Pair: p.ID, Ref: remote.Ref{Side: record.Raynet, Type: "meeting", ID: id}, Why: why, Reason: reason, Detail: "in the service's own words",
				Since: o.Clock(), RetryAt: o.Clock().Add(time.Hour)}
			if why == journal.WhyReview {
				work.RetryAt = time.Time{}
			}
			o.must(o.Store.Commit(o.t.Context(), fence, journal.PutWork{Work: work}))
		}
	}
	o.must(o.Store.Release(o.t.Context(), fence))
}

// A person sees what of their own mailbox waits and why, and nothing of anybody else's.
func TestOwnShowsOneMailbox(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	jana, petr := o.people[0], o.people[1]
	o.wait(jana, journal.WhyParked, "locked", "1", "2")
	o.wait(jana, journal.WhyReview, "held-copies", "3")
	o.wait(petr, journal.WhyParked, "not-found", "4", "5", "6")

	own, err := o.Own(t.Context(), jana.mailbox, "jana")
	o.must(err)
	if own.Address != jana.login || own.Paused || own.PausedByOther || len(own.Kinds) == 0 {
		t.Fatalf("Own = %+v", own)
	}
	calendar := own.Kinds[0]
	want := []admin.OwnWait{{Why: journal.WhyParked, Reason: "locked", Count: 2}}
	var others int
	var got []admin.OwnWait
	for _, wait := range calendar.Waits {
		if wait.Why == journal.WhyReview {
			others += wait.Count
			continue
		}
		got = append(got, wait)
	}
	if diff := cmp.Diff(want, got); diff != "" || others != 1 || calendar.Kind != record.Calendar || calendar.State != journal.PairRunning || calendar.Off {
		t.Errorf("what waits (-want +got):\n%s%d wait for a person, %+v", diff, others, calendar)
	}
	for _, nobody := range []string{"", "00000000-0000-4000-8000-000000000009"} {
		if own, err := o.Own(t.Context(), nobody, ""); err != nil || own.Address != "" || len(own.Kinds) > 0 {
			t.Errorf("the mailbox %q: %+v, %v", nobody, own, err)
		}
	}
	if address, err := o.MailboxOf(t.Context(), petr.mailbox); err != nil || address != petr.login {
		t.Errorf("MailboxOf = %q, %v", address, err)
	}
	if address, err := o.MailboxOf(t.Context(), ""); err != nil || address != "" {
		t.Errorf("MailboxOf nobody = %q, %v", address, err)
	}
}

func TestPausingOnesOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	jana, petr := o.people[0], o.people[1]
	state := func(who colleague) (paused, other bool, state journal.PairState) {
		t.Helper()
		own, err := o.Own(t.Context(), who.mailbox, "account of "+who.login)
		o.must(err)
		return own.Paused, own.PausedByOther, own.Kinds[0].State
	}
	refused := func(what, want string, err error) {
		t.Helper()
		if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != want {
			t.Errorf("%s: %v, want the failure %s", what, err, want)
		}
	}
	by := "account of " + jana.login
	refused("resuming what runs", admin.FailureNotPaused, o.ResumeOwn(t.Context(), jana.mailbox, by))
	refused("pausing nobody's", admin.FailureNoMailbox, o.PauseOwn(t.Context(), "", by))
	refused("resuming nobody's", admin.FailureNoMailbox, o.ResumeOwn(t.Context(), "", by))
	for range 2 { // twice is once
		o.must(o.PauseOwn(t.Context(), jana.mailbox, by))
	}
	if paused, other, s := state(jana); !paused || other || s != journal.PairPaused {
		t.Errorf("paused %v, by others %v, %s", paused, other, s)
	}
	if paused, other, s := state(petr); paused || other || s != journal.PairRunning {
		t.Errorf("somebody else: paused %v, by others %v, %s", paused, other, s)
	}
	o.must(o.ResumeOwn(t.Context(), jana.mailbox, by))
	if paused, other, s := state(jana); paused || other || s != journal.PairRunning {
		t.Errorf("resumed: paused %v, by others %v, %s", paused, other, s)
	}

	_, err := o.Pause(t.Context(), jana.login, nil, "boss")
	o.must(err)
	if paused, other, _ := state(jana); paused || !other {
		t.Errorf("paused by the boss: by oneself %v, by others %v", paused, other)
	}
	refused("resuming what the boss paused", admin.FailureNotYours, o.ResumeOwn(t.Context(), jana.mailbox, by))
	o.must(o.PauseOwn(t.Context(), jana.mailbox, by)) // does not make it one's own
	refused("resuming it after pausing it again", admin.FailureNotYours, o.ResumeOwn(t.Context(), jana.mailbox, by))
}
