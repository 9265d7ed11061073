package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
)

// What a rule is known to leave out needs no step: a record that we made from an item of the user's, whom it was taken from and given
// back to, is left out again and again.
func TestGivenBackAndLeftOut(t *testing.T) {
	t.Parallel()
	link := linked(state(journal.Dissolved, plan.TakenOff), takesPart)
	item := plan.Item{Link: link, Raynet: inRaynet("Porada", "Brno", madeByUs, key("key-A")), Outlook: gone(event)}
	steps := plan.Decide(setup(), item)
	if len(steps) != 1 || steps[0].Aside == nil || steps[0].Aside.Rule != plan.RuleCopy {
		t.Fatalf("steps %v, want it set aside as a copy", tell(steps))
	}
	item.Asides = append(item.Asides, *steps[0].Aside)
	decides(t, setup(), item)
}

// What two things never agreed on stays open when another field was written meanwhile: the look at that write must not take RAYNET's
// value for one that the write left, or Outlook's would win without anybody having been asked.
func TestAQuestionOutlivesOurWrites(t *testing.T) {
	t.Parallel()
	never := func(l *journal.Link) {
		delete(l.Raynet.Shown, record.EventPlace)
		delete(l.Outlook.Shown, record.EventPlace)
	}
	c := setup()
	c.Rules.Clash = pair.Ask
	written := inRaynet("Porada", "Brno", version("6"), byUs)
	decides(t, c, plan.Item{Link: linked(unconfirmed, never), Raynet: written, Outlook: inOutlook("Porada", "Praha")},
		"note, remembers raynet subject confirmed",
		"park, keeps raynet:meeting/1 review: clash in 24h0m0s")
	decides(t, setup(), plan.Item{Link: linked(unconfirmed, never), Raynet: written, Outlook: inOutlook("Porada", "", attendees)},
		"note, remembers raynet subject confirmed",
		"park, keeps raynet:meeting/1 waiting: has-attendees in 24h0m0s")
}

// What two things never agreed on is settled by the write that carries it, and by nothing before: a note that remembered RAYNET's value
// as that of our own write would, if the process died after it, let Outlook's win the next time.
func TestWhatIsCarriedIsSettledByItsWrite(t *testing.T) {
	t.Parallel()
	never := func(l *journal.Link) {
		delete(l.Raynet.Shown, record.EventPlace)
		delete(l.Outlook.Shown, record.EventPlace)
	}
	decides(t, setup(), plan.Item{Link: linked(unconfirmed, never), Raynet: inRaynet("Porada", "Brno", version("6")), Outlook: inOutlook("Porada", "Praha")},
		"note, remembers raynet subject confirmed", `update in outlook place="Brno" (clash)`)
	decides(t, setup(), plan.Item{Link: linked(unconfirmed, never), Raynet: inRaynet("Porada", "", version("6")), Outlook: inOutlook("Porada", "Praha")},
		"note, remembers raynet subject confirmed", `update in raynet place="Praha"`)
}

// A version comes with the write that carries what moved: remembered by a note before, it would tell whoever looks after a crash that
// nothing is new, because a row does not show everything.
func TestAVersionComesWithTheWrite(t *testing.T) {
	t.Parallel()
	steps := plan.Decide(setup(), plan.Item{Link: linked(), Raynet: inRaynet("Schůzka", "Ostrava", version("7")), Outlook: inOutlook("Schůzka", "Brno")})
	if len(steps) != 2 || steps[0].Op != plan.Note || steps[1].Op != plan.Update {
		t.Fatalf("steps %v, want a note and an update", tell(steps))
	}
	if note, write := steps[0].Raynet, steps[1].Raynet; len(note.Shown) == 0 || note.Version != "" || write.Version != "7" {
		t.Errorf("the note remembers %v of version %q, the write version %q", note.Shown, note.Version, write.Version)
	}
}
