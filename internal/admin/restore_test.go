package admin_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
)

// pairUp makes a meeting that lies in step on both sides, and returns both ids.
func (o *office) pairUp(title string, days int) (meeting int64, event string) {
	o.t.Helper()
	meeting = o.meeting(title, days)
	o.sync(false)
	o.quiet()
	return meeting, o.copyOf(title)
}

func (o *office) restore(what admin.RestoreWhat) admin.Report {
	o.t.Helper()
	o.advance(time.Minute)
	report, err := o.Restore(o.t.Context(), what, false)
	o.must(err)
	o.good(report)
	return report
}

// entry returns the latest journal entry of a record with this event.
func (o *office) entry(of string, event journal.Event) admin.JournalEntry {
	o.t.Helper()
	entries, err := o.Journal(o.t.Context(), admin.JournalOptions{Ref: of})
	o.must(err)
	i := slices.IndexFunc(entries, func(e admin.JournalEntry) bool { return e.Event == event })
	if i < 0 {
		o.t.Fatalf("no entry %q of %s: %+v", event, of, entries)
	}
	return entries[i]
}

func (o *office) both(meeting int64, event, title string) {
	o.t.Helper()
	if o.title(meeting) != title || o.subject(event) != title {
		o.t.Errorf("RAYNET shows %q and Outlook %q, want %q on both sides", o.title(meeting), o.subject(event), title)
	}
}

// The losing value of a clash comes back where it was lost, and from there to the other side; that can be taken back, too.
func TestRestoreTheLosingValueOfAClash(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	meeting, event := o.pairUp("Porada", 1)
	o.editRaynet(meeting, "title", "Porada R")
	o.editOutlook(event, "subject", "Porada O")
	o.sync(false)
	o.both(meeting, event, "Porada R")
	clash := o.entry(ref(meeting), journal.Clash)
	if want := (journal.Change{Field: record.EventSubject, Before: "Porada O", After: "Porada R", Lost: true}); len(clash.Changes) != 1 || clash.Changes[0] != want || !clash.Reversible {
		t.Fatalf("the journal tells %+v, want %+v", clash, want)
	}

	what := admin.RestoreWhat{Entry: clash.ID, Field: record.EventSubject}
	dry, err := o.Restore(t.Context(), what, true)
	o.must(err)
	if planned := dry.Cycles[0].Planned; len(planned) != 1 || planned[0].Op != "update" || planned[0].Side != record.Outlook || dry.Cycles[0].Steps.Update != 1 {
		t.Errorf("the dry run says %+v", dry.Cycles)
	}
	o.both(meeting, event, "Porada R")

	report := o.restore(what)
	o.both(meeting, event, "Porada O")
	restored := o.entry(ref(meeting), journal.RestoredEvent)
	if restored.Run != report.Cycles[0].Run || restored.Changes[0].After != "Porada O" || !restored.Reversible {
		t.Errorf("the restore is told as %+v", restored)
	}
	o.quiet()
	o.both(meeting, event, "Porada O")

	o.restore(admin.RestoreWhat{Run: restored.Run})
	o.both(meeting, event, "Porada R")
	o.quiet()
	o.both(meeting, event, "Porada R")
}

// A value written to RAYNET comes back there, though RAYNET does not return what it stored.
func TestRestoreAValueInRaynet(t *testing.T) {
	t.Parallel()
	for name, settled := range map[string]bool{"at once": false, "after another cycle": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, 1).enrol()
			meeting, event := o.pairUp("Porada", 1)
			o.editOutlook(event, "subject", "Přejmenovaná")
			o.sync(false)
			if settled {
				o.quiet()
			}
			o.both(meeting, event, "Přejmenovaná")
			o.restore(admin.RestoreWhat{Ref: ref(meeting)})
			o.both(meeting, event, "Porada")
			o.quiet()
			o.both(meeting, event, "Porada")
		})
	}
}

// What a person changed since stays, and is told.
func TestRestoreLeavesWhatPeopleChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	meeting, event := o.pairUp("Porada", 1)
	o.editRaynet(meeting, "title", "Porada R")
	o.sync(false)
	o.editOutlook(event, "subject", "Moje")
	report := o.restore(admin.RestoreWhat{Ref: "outlook:event/" + event})
	planned := report.Cycles[0].Planned
	if len(planned) != 1 || planned[0].Op != "skip" || planned[0].Reason != "changed-since" || planned[0].Changes[0].Field != record.EventSubject {
		t.Errorf("told: %+v", planned)
	}
	if len(report.Cycles) != 1 || o.subject(event) != "Moje" || o.title(meeting) != "Porada R" {
		t.Errorf("something was written: %q, %q", o.title(meeting), o.subject(event))
	}
	o.quiet()
	o.both(meeting, event, "Moje")
}

// A restored run gives both sides back what they had, except what people changed since (I12).
func TestRestoreARun(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	a, copyA := o.pairUp("A", 1)
	b, copyB := o.pairUp("B", 2)
	c, copyC := o.pairUp("C", 3)
	untouched := o.event("Z Outlooku", 5)
	fresh := o.meeting("Nová", 6)
	edited := o.meeting("Nová upravená", 7)
	o.editRaynet(a, "title", "A2")
	o.editOutlook(copyB, "subject", "B2")
	o.editRaynet(c, "title", "C2")
	run := o.sync(false)
	if want := (admin.Steps{Create: 3, Update: 3}); run.Steps != want {
		t.Fatalf("the run did %+v, want %+v", run.Steps, want)
	}
	o.quiet()
	made := o.copyOf("Nová upravená")
	o.editOutlook(made, "subject", "Upravená kopie")
	o.editOutlook(copyC, "subject", "C3")
	o.quiet()

	report := o.restore(admin.RestoreWhat{Run: run.Run})
	o.quiet()
	o.both(a, copyA, "A")
	o.both(b, copyB, "B")
	o.both(c, copyC, "C3")
	if o.title(fresh) != "Nová" || o.title(edited) != "Upravená kopie" || o.subject(made) != "Upravená kopie" {
		t.Errorf("%q, %q, %q", o.title(fresh), o.title(edited), o.subject(made))
	}
	for _, e := range o.outlook.All(o.people[0].mailbox) {
		if e["subject"] == "Nová" {
			t.Error("the untouched copy is still there")
		}
	}
	if o.subject(untouched) != "Z Outlooku" {
		t.Error("the original in Outlook is not as it was")
	}
	cancelled := 0
	for _, meeting := range o.raynet.All("activity") {
		if meeting["title"] == "Z Outlooku" && meeting["status"] == "CANCELLED" {
			cancelled++
		}
	}
	if cancelled != 1 {
		t.Errorf("%d records made in RAYNET are cancelled, want the one", cancelled)
	}
	reasons := map[string]int{}
	for _, step := range report.Cycles[0].Planned {
		if step.Op == "skip" {
			reasons[step.Reason]++
		}
	}
	if reasons["changed-since"] != 2 || len(reasons) != 1 {
		t.Errorf("left as they are: %v, want what people changed: two", reasons)
	}

	o.restore(admin.RestoreWhat{Run: report.Cycles[0].Run}) // and back again
	o.quiet()
	o.both(a, copyA, "A2")
	o.both(b, copyB, "B2")
	o.both(fresh, o.copyOf("Nová"), "Nová")
}

// A copy that we removed is made again: linked where its original takes part in the sync, else a thing of the user's own.
func TestRestoreARemovedCopy(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	o.pairUp("Zůstává", 2)
	meeting, event := o.pairUp("Porada", 1)
	o.must(o.raynet.DeleteAs(o.people[0].login, "meeting", meeting))
	o.sync(true)
	o.advance(time.Hour)
	if done := o.sync(true); done.Steps.Delete != 1 || o.subject(event) != "" {
		t.Fatalf("the copy was not removed: %+v", done.Steps)
	}
	removed := o.entry(ref(meeting), journal.Deleted)
	o.restore(admin.RestoreWhat{Entry: removed.ID})
	again := o.copyOf("Porada")
	o.quiet()
	o.advance(time.Hour)
	o.quiet()
	if o.copyOf("Porada") != again || len(o.raynet.All("activity")) != 1 {
		t.Errorf("the restored copy did not stay alone: %d records in RAYNET", len(o.raynet.All("activity")))
	}
	report := o.restore(admin.RestoreWhat{Entry: removed.ID})
	if planned := report.Cycles[0].Planned; len(planned) != 1 || planned[0].Reason != "already-there" {
		t.Errorf("restored twice: %+v", planned)
	}
}

// A process that dies after a restored value was sent, and before it knows, still carries it to the other side.
func TestRestoreSurvivesAKill(t *testing.T) {
	t.Parallel()
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		t.Run(string(side), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, 1).enrol()
			meeting, event := o.pairUp("Porada", 1)
			if side == record.Outlook {
				o.editRaynet(meeting, "title", "Jinak")
			} else {
				o.editOutlook(event, "subject", "Jinak")
			}
			o.sync(false)
			o.quiet()
			o.both(meeting, event, "Jinak")
			o.Connection.Engine.Driver = dying
			report, err := o.Restore(t.Context(), admin.RestoreWhat{Ref: ref(meeting)}, false)
			if err != nil || len(report.Cycles[0].Errors) != 1 {
				t.Fatalf("the process lived on: %v, %+v", err, report)
			}
			o.Connection.Engine.Driver = engine.Concurrent
			o.advance(2 * o.rules.SettleHorizon)
			o.quiet()
			o.both(meeting, event, "Porada")
			if e := o.entry(ref(meeting), journal.RestoredEvent); e.Side != side {
				t.Errorf("the journal tells %+v", e)
			}
		})
	}
}

var errKilled = errors.New("killed")

// dying carries out actions one after another and dies when a request was answered.
func dying(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
	open := core.Start(now())
	for len(open) > 0 {
		event := do(ctx, open[0])
		if _, sent := open[0].(apply.Send); sent {
			return errKilled
		}
		open = append(open[1:], core.Step(event)...)
	}
	return nil
}

// Things that do not exist are named.
func TestRestoreNamesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	for _, test := range []struct {
		name string
		what admin.RestoreWhat
		want string
	}{
		{"nothing", admin.RestoreWhat{}, admin.FailureNothing},
		{"entry", admin.RestoreWhat{Entry: 4711}, admin.FailureEntry},
		{"run", admin.RestoreWhat{Run: "never"}, admin.FailureRun},
		{"record", admin.RestoreWhat{Ref: "raynet:meeting/4711"}, admin.FailureEntry},
		{"no reference", admin.RestoreWhat{Ref: "porada v pondělí"}, admin.FailureRef},
	} {
		_, err := o.Restore(t.Context(), test.what, true)
		if failure, ok := errors.AsType[*admin.Failure](err); !ok || failure.Code != test.want {
			t.Errorf("%s: error %v, want the failure %q", test.name, err, test.want)
		}
	}
}

// A copy that we removed because its user was taken off the record comes back as the user's own: the next cycles leave it alone.
func TestRestoreTheCopyOfAFormerParticipant(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	jana, petr := o.people[0], o.people[1]
	first := map[string]any{"person": jana.person, "owner": true}
	meeting := o.meeting("Porada", 1, "participants", []any{first, map[string]any{"person": petr.person}})
	o.sync(false)
	o.quiet()
	o.advance(time.Minute)
	o.must(o.raynet.EditAs(jana.login, "meeting", meeting, map[string]any{"participants": []any{first}}))
	o.quiet()
	if n := len(o.outlook.All(petr.mailbox)); n != 0 {
		t.Fatalf("%d copies in the mailbox, want none", n)
	}
	run := o.entry(ref(meeting), journal.Deleted).Run
	o.restore(admin.RestoreWhat{Run: run})
	o.quiet()
	if n := len(o.outlook.All(petr.mailbox)); n != 1 {
		t.Errorf("%d copies in the mailbox, want the restored one", n)
	}
	o.wantStateOf(petr, ref(meeting), "dissolved", "restored-created")

	o.advance(time.Minute)
	o.restore(admin.RestoreWhat{Run: o.entry(ref(meeting), journal.RestoredEvent).Run})
	o.quiet()
	if n := len(o.outlook.All(petr.mailbox)); n != 0 {
		t.Errorf("%d copies in the mailbox after the restore was taken back, want none", n)
	}
}

func (o *office) wantStateOf(who colleague, text, state, reason string) {
	o.t.Helper()
	all, err := o.Explain(o.t.Context(), text)
	o.must(err)
	i := slices.IndexFunc(all, func(e admin.Explanation) bool { return e.User == who.login })
	if i < 0 || all[i].State != state || all[i].Reason != reason {
		o.t.Errorf("%s for %s: %+v, want %s (%s)", text, who.login, all, state, reason)
	}
}

// On request a record that we made in RAYNET is removed; that can be taken back from its original.
func TestRestoreRemovesFromRaynetOnRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	event := o.event("Z Outlooku", 3)
	run := o.sync(false).Run
	o.quiet()
	report := o.restore(admin.RestoreWhat{Run: run, Remove: true})
	o.quiet()
	if n := len(o.raynet.All("activity")); n != 0 || o.subject(event) != "Z Outlooku" {
		t.Fatalf("%d records in RAYNET, the original is %q", n, o.subject(event))
	}
	o.restore(admin.RestoreWhat{Run: report.Cycles[0].Run})
	o.quiet()
	all := o.raynet.All("activity")
	if len(all) != 1 || all[0]["title"] != "Z Outlooku" {
		t.Fatalf("RAYNET has %v, want the record again", all)
	}
	o.editOutlook(event, "subject", "Z Outlooku 2")
	o.quiet()
	if all := o.raynet.All("activity"); all[0]["title"] != "Z Outlooku 2" {
		t.Errorf("the record made again is not linked: %v", all[0]["title"])
	}
}
