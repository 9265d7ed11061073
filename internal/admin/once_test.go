package admin_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/admin"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// keyless makes an office whose RAYNET drops our key in a create, so that nothing there keeps a second one from being made.
func keyless(t *testing.T) *office {
	t.Helper()
	o := newOffice(t, 1).enrol()
	o.raynet.Switch(func(s *raynetemu.Switches) { s.ExtIDOnCreate = raynetemu.Ignore })
	return o
}

// waiting returns the only thing of its sort that waits for a person.
func (o *office) waiting(what string, of func(admin.ReviewItem) bool) admin.ReviewItem {
	o.t.Helper()
	all := o.reviews(admin.ReviewOptions{What: []string{what}})
	i := slices.IndexFunc(all, of)
	if i < 0 {
		o.t.Fatalf("what waits is %+v", all)
	}
	return all[i]
}

// inRaynet lists the ids of what RAYNET has of the title.
func (o *office) inRaynet(title string) []int64 {
	o.t.Helper()
	var out []int64
	for _, a := range o.raynet.All("activity") {
		if a["title"] == title {
			out = append(out, a["id"].(int64))
		}
	}
	return out
}

// parted makes an event whose record was deleted in RAYNET while the event was edited, and returns its id.
func (o *office) parted() string {
	o.t.Helper()
	o.pairUp("Zůstává", 1)
	event := o.event("Porada", 2)
	o.sync(false)
	o.quiet()
	o.must(o.raynet.DeleteAs(o.people[0].login, "meeting", o.inRaynet("Porada")[0]))
	o.editOutlook(event, "subject", "Porada 2")
	o.sync(true)
	o.advance(time.Hour)
	o.sync(true)
	return event
}

func (o *office) again() admin.Decision {
	o.t.Helper()
	item := o.waiting(admin.ReviewDissolved, func(admin.ReviewItem) bool { return true })
	return admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceAgain}
}

// An old backup does not know that a record was made again: the same decision finds that record, and can be taken back.
func TestWhatWasMadeAgainIsFound(t *testing.T) {
	t.Parallel()
	o := keyless(t)
	event := o.parted()
	backup := o.backup()
	o.decide(o.again())
	o.quiet()
	o.open(backup)
	report := o.decide(o.again())
	made := o.inRaynet("Porada 2")
	if len(made) != 1 {
		t.Fatalf("RAYNET has it %d times", len(made))
	}
	o.quiet()
	o.editOutlook(event, "subject", "Porada 3")
	o.quiet()
	o.both(made[0], event, "Porada 3")
	_, err := o.Undo(t.Context(), report.Cycles[0].Run, "alena")
	o.must(err)
	o.waiting(admin.ReviewCandidates, func(it admin.ReviewItem) bool {
		return it.Outlook != nil && len(it.Candidates) == 1 && it.Candidates[0].Ref == ref(made[0])
	})
	if len(o.inRaynet("Porada 3")) != 1 {
		t.Error("the record that the first decision made is gone")
	}
}

// One that does not take place any more cannot be linked in the place of the one that is missed, and no second one is made beside it.
func TestWhatWasMadeAgainIsCancelled(t *testing.T) {
	t.Parallel()
	o := keyless(t)
	o.parted()
	backup := o.backup()
	o.decide(o.again())
	o.quiet()
	o.editRaynet(o.inRaynet("Porada 2")[0], "status", "CANCELLED")
	o.open(backup)
	o.refuses(o.again(), admin.FailureMade)
	if n := len(o.inRaynet("Porada 2")); n != 1 {
		t.Errorf("RAYNET has it %d times", n)
	}
}

// What was taken back before the old backup was brought back is not made a second time either.
func TestWhatWasRestoredIsFound(t *testing.T) {
	t.Parallel()
	o := keyless(t)
	event := o.event("Z Outlooku", 3)
	run := o.sync(false).Run
	o.quiet()
	removed := o.restore(admin.RestoreWhat{Run: run, Remove: true}).Cycles[0].Run
	o.quiet()
	backup := o.backup()
	o.restore(admin.RestoreWhat{Run: removed})
	o.quiet()
	o.open(backup)
	o.restore(admin.RestoreWhat{Run: removed})
	o.quiet()
	made := o.inRaynet("Z Outlooku")
	if len(made) != 1 {
		t.Fatalf("RAYNET has it %d times", len(made))
	}
	o.editOutlook(event, "subject", "Z Outlooku 2")
	o.quiet()
	o.both(made[0], event, "Z Outlooku 2")
}

// A copy of its own, which a person had made of something that fits several others, is made once too.
func TestWhatIsMadeAnewIsMadeOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of   func(admin.ReviewItem) bool
		want string
	}{
		"in RAYNET":  {func(it admin.ReviewItem) bool { return it.Outlook != nil }, admin.FailureMade},
		"in Outlook": {func(it admin.ReviewItem) bool { return it.Raynet != nil }, admin.FailureCopied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := keyless(t)
			o.event("Porada", 2)
			at := time.Date(2026, 10, 22, 12, 0, 0, 0, time.UTC)
			for range 2 {
				o.meeting("Porada", 2, "scheduledFrom", stamp(at), "scheduledTill", stamp(at.Add(time.Hour)))
			}
			o.advance(time.Minute)
			_, err := o.Sync(t.Context(), admin.SyncOptions{})
			o.must(err)
			anew := func() admin.Decision {
				item := o.waiting(admin.ReviewCandidates, test.of)
				return admin.Decision{ID: item.ID, Seen: item.Seen, Choice: admin.ChoiceNew}
			}
			backup := o.backup()
			o.decide(anew())
			before := len(o.inRaynet("Porada")) + len(o.outlook.All(o.people[0].mailbox))
			if before != 4 {
				t.Fatalf("there are %d things, want one more than people made", before)
			}
			o.open(backup)
			o.refuses(anew(), test.want)
			if now := len(o.inRaynet("Porada")) + len(o.outlook.All(o.people[0].mailbox)); now != before {
				t.Errorf("there are %d things, want %d", now, before)
			}
		})
	}
}
