package raynet_test

import (
	"strings"
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet/emulator"
)

// A job that RAYNET could not hold without an employer comes with the first one.
func TestAJobComesWithTheFirstEmployer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.furnish("Nová 2")
	target := w.read(w.contacts(), w.contact(nil))
	wanted := record.Fields{"company": "Globex a.s."}
	write := remote.Write{Op: remote.Update, Side: record.Raynet, Fields: wanted, Target: &target,
		Source: &remote.Snapshot{Fields: record.Fields{"company": "Globex a.s.", "job-title": "ředitel"}}}
	_, requests := w.apply(w.contacts(), write)
	want := record.Fields{"company": "Globex a.s.", "job-title": "ředitel"}
	wantTold(t, want, told(wanted, requests))
	wantTold(t, want, w.read(w.contacts(), target.Ref).Fields)
}

// A job goes to another employer as it stands in RAYNET, where it may be longer than anything that we would write.
func TestAJobGoesToAnotherEmployerAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	long := strings.Repeat("ž", 300)
	person := w.contact(map[string]any{"lastName": "Malý", "relationship": map[string]any{"company": w.acme, "type": long}})
	s, requests := w.update(w.contacts(), person, record.Fields{"company": "Globex a.s."})
	if got := calls(requests); got != "POST /relationship/R/" || s.Fields[record.ContactJob] != record.Value(long) {
		t.Errorf("%s: the job is %q", got, s.Fields[record.ContactJob])
	}
}
