package admin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/record"
)

// diary fills the office with things of every sort.
func (o *office) diary() {
	o.meeting("Porada", 1)
	o.meeting("Jednání", 2, "description", "<p>Body</p>", "meetingPlace", "Brno")
	o.meeting("Loňská", -200)
	o.meeting("Zrušená", 3, "status", "CANCELLED")
	o.event("Z Outlooku", 4)
	o.event("Bez kategorie", 5, "categories", []any{})
	o.event("Tajná", 6, "sensitivity", "private")
	o.meeting("Stejná", 7)
	from := time.Date(2026, 10, 27, 10, 0, 0, 0, time.UTC)
	o.event("Stejná", 7, "start", map[string]any{"dateTime": from.Format("2006-01-02T15:04:05"), "timeZone": "UTC"},
		"end", map[string]any{"dateTime": from.Add(time.Hour).Format("2006-01-02T15:04:05"), "timeZone": "UTC"})
}

// A plan followed at once by a sync does exactly what the plan said: before anybody was enrolled, in the first run, and later.
func TestPlanIsWhatSyncDoes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	o.diary()
	before := o.plan(true)
	o.enrol()
	first := o.plan(true)
	if diff := cmp.Diff(before.Steps, first.Steps); diff != "" {
		t.Errorf("plan before and after enrolling (-before +after):\n%s", diff)
	}
	done := o.sync(true)
	if diff := cmp.Diff(first.Steps, done.Steps); diff != "" {
		t.Errorf("first synchronisation (-plan +sync):\n%s\nplanned: %+v", diff, first.Planned)
	}
	if done.Steps.Create < 3 || done.Steps.Link != 1 {
		t.Fatalf("steps %+v: the diary is not what this test needs", done.Steps)
	}
	if diff := cmp.Diff(map[record.Kind]admin.KindCount{record.Calendar: {Raynet: 4, Outlook: 4, Linked: 4}}, done.Kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}

	o.quiet()
	jednani := o.copyOf("Jednání")
	o.editOutlook(jednani, "subject", "Jednání v Brně")
	o.editRaynet(o.meeting("Nová", 8), "title", "Nová a upravená")
	o.must(o.outlook.DeleteAs(o.people[0].mailbox, o.copyOf("Porada")))
	second := o.plan(true)
	done = o.sync(true)
	if diff := cmp.Diff(second.Steps, done.Steps); diff != "" {
		t.Errorf("later synchronisation (-plan +sync):\n%s", diff)
	}
	if want := (admin.Steps{Create: 1, Update: 1, Unlink: 1}); second.Steps != want {
		t.Errorf("planned %+v, want %+v", second.Steps, want)
	}
	o.quiet()
	if last := o.plan(true); last.Steps != (admin.Steps{}) || len(last.Planned) != 0 {
		t.Errorf("a plan with nothing to do: %+v", last)
	}
}

// A plan writes to no service and changes not one row.
func TestPlanWritesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	o.diary()
	compare := func(when string) {
		t.Helper()
		raynet, outlook, rows := len(o.raynet.History()), len(o.outlook.History()), o.contents()
		if len(rows) < 10 {
			t.Fatalf("only %d tables: %v", len(rows), rows)
		}
		planned := o.plan(true)
		if r, g := len(o.raynet.History())-raynet, len(o.outlook.History())-outlook; r != 0 || g != 0 {
			t.Errorf("%s: the plan made %d writes to RAYNET and %d to Outlook", when, r, g)
		}
		if diff := cmp.Diff(rows, o.contents()); diff != "" {
			t.Errorf("%s: the plan changed the database (-before +after):\n%s", when, diff)
		}
		if planned.Steps == (admin.Steps{}) {
			t.Errorf("%s: the plan is empty, so this proves nothing", when)
		}
	}
	compare("never enrolled")
	o.enrol()
	compare("first run")
	o.sync(true)
	o.quiet()
	gone := o.meeting("Navíc", 9)
	o.editOutlook(o.copyOf("Jednání"), "subject", "Jednání v Brně")
	compare("later")
	o.sync(true)
	o.must(o.raynet.DeleteAs(o.people[0].login, "meeting", gone))
	o.sync(true)
	o.advance(time.Hour)
	compare("a deletion is proven")
	if done := o.sync(true); done.Steps.Delete != 1 {
		t.Errorf("the deletion was not carried: %+v", done.Steps)
	}
}

// A plan says everything that a person needs, and nothing of what is private.
func TestPlanTellsSteps(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	id := o.meeting("Porada", 1, "meetingPlace", "Brno")
	secret := o.event("Tajná", 2)
	planned := o.plan(false).Planned
	at := slices.IndexFunc(planned, func(s admin.PlannedStep) bool { return s.Title == "Porada" })
	if at < 0 {
		t.Fatalf("no step for the meeting: %+v", planned)
	}
	step := planned[at]
	if step.Op != "create" || step.Side != record.Outlook || step.User != o.people[0].login || step.Raynet != ref(id) || step.Mails == nil || len(step.Mails) != 0 {
		t.Errorf("step %+v", step)
	}
	if step.When != "2026-10-21T12:00+02:00/2026-10-21T13:00+02:00" {
		t.Errorf("when %q", step.When)
	}
	o.sync(false)
	o.quiet()
	o.editOutlook(secret, "sensitivity", "private")
	for _, step := range o.plan(false).Planned {
		if step.Title != "" || len(step.Changes) != 0 {
			t.Errorf("a step about a private event tells of it: %+v", step)
		}
		if step.Op != "update" || step.Reason != "turned-private" {
			t.Errorf("step %+v, want the redaction", step)
		}
	}
}

// Without chosen users a plan names those who could be.
func TestPlanNamesCandidates(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	o.Settings.Users = nil
	report, err := o.Plan(t.Context(), admin.SyncOptions{})
	o.must(err)
	if len(report.Candidates) < 2 || report.Cycles[0].Steps != (admin.Steps{}) {
		t.Errorf("report %+v", report)
	}
}

// One Outlook meeting in two mailboxes is one RAYNET record, in the plan as in the synchronisation.
func TestPlanOfAMeetingInTwoMailboxes(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	other := o.people[1]
	o.event("Společná", 3, "attendees", []any{map[string]any{"type": "required", "emailAddress": map[string]any{"address": other.login, "name": "Petr"}}})
	for _, e := range o.outlook.All(other.mailbox) {
		o.must(o.outlook.EditAs(other.mailbox, e["id"].(string), map[string]any{"categories": []any{"RAYNET"}}))
	}
	planned := o.plan(true)
	done := o.sync(true)
	// Whose copy comes first is open. If it is the guest's, our block cannot be added to the organiser's own event, and that
	// part waits.
	done.Steps.Park = 0
	if want := (admin.Steps{Create: 1, Link: 1}); planned.Steps != want || done.Steps != want {
		t.Errorf("planned %+v and done %+v, want %+v", planned.Steps, done.Steps, want)
	}
	if len(o.raynet.All("activity")) != 1 {
		t.Errorf("%d records in RAYNET, want one", len(o.raynet.All("activity")))
	}
	o.quiet()
	if kinds := o.sync(true).Kinds[record.Calendar]; kinds != (admin.KindCount{Raynet: 1, Outlook: 2, Linked: 2}) {
		t.Errorf("kinds %+v", kinds)
	}
}
