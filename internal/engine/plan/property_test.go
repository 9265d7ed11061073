package plan_test

import (
	"testing"

	"pgregory.net/rapid"

	"raynetsync/internal/engine/change"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

var values = rapid.SampledFrom([]record.Value{"", "Porada", "Schůze", "Soukromé / Private"})

func sometimes(t *rapid.T, label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }

func drawReading(t *rapid.T, side record.Side) *remote.Reading {
	make, at := inRaynet, meeting
	if side == record.Outlook {
		make, at = inOutlook, event
	}
	switch rapid.SampledFrom([]string{"present", "present", "present", "gone", "broken", "unseen"}).Draw(t, string(side)) {
	case "gone":
		return gone(at)
	case "broken":
		return broken(at)
	case "unseen":
		return nil
	}
	var changes []func(*remote.Snapshot)
	options := []struct {
		name   string
		change func(*remote.Snapshot)
	}{
		{"offered", offered}, {"finished", finished}, {"by us", byUs}, {"made by us", madeByUs}, {"private", private}, {"draft", draft},
		{"past", past}, {"attendees", attendees}, {"read-only", theirs}, {"another's", without}, {"other version", version("9")}, {"key", key("k")},
		{"twin", twin("u")}, {"stamp", stamped(meeting)},
	}
	for _, option := range options {
		if rapid.IntRange(0, 7).Draw(t, string(side)+" "+option.name) == 0 {
			changes = append(changes, option.change)
		}
	}
	if side == record.Outlook {
		changes = append(changes, func(s *remote.Snapshot) { s.Offered = s.Offered || sometimes(t, "category") })
	}
	return make(values.Draw(t, "subject"), values.Draw(t, "place"), changes...)
}

func drawItem(t *rapid.T) plan.Item {
	item := plan.Item{Raynet: drawReading(t, record.Raynet), Outlook: drawReading(t, record.Outlook)}
	item.Deletion = rapid.SampledFrom([]plan.Evidence{plan.Unproven, plan.Proven, plan.Invisible}).Draw(t, "deletion")
	if sometimes(t, "work") {
		item.Work = append(item.Work, waits(meeting, rapid.SampledFrom([]journal.Why{journal.WhyChanged, journal.WhyAbsent, journal.WhyParked}).Draw(t, "why"), 2))
	}
	if sometimes(t, "unlinked") {
		item.Matched = sometimes(t, "matched") && item.Raynet != nil && item.Outlook != nil
		item.Several = !item.Matched && sometimes(t, "several")
		item.Later = sometimes(t, "later")
		item.How = rapid.SampledFrom([]string{"", "stamp", "natural", "twin"}).Draw(t, "how")
		return item
	}
	link := linked()
	link.State = rapid.SampledFrom([]journal.LinkState{journal.Linked, journal.Linked, journal.Linked, journal.Released, journal.Hidden, journal.Dissolved, journal.Making}).Draw(t, "state")
	link.Origin = rapid.SampledFrom([]record.Side{record.Raynet, record.Outlook}).Draw(t, "origin")
	link.Owner, link.ReadOnly = rapid.Bool().Draw(t, "owner"), sometimes(t, "copy is read-only")
	if sometimes(t, "frozen") {
		frozen(link)
	}
	if sometimes(t, "unconfirmed") {
		unconfirmed(link)
	}
	if link.State.Tombstone() {
		link.Reason = rapid.SampledFrom([]string{"left-window", "turned-private", "owner-changed"}).Draw(t, "reason")
	}
	shown := fields(values.Draw(t, "shown subject"), values.Draw(t, "shown place"))
	link.Raynet.Shown, link.Outlook.Shown = digester().Fields(shown), digester().Fields(shown)
	item.Link = link
	return item
}

func drawContext(t *rapid.T) plan.Context {
	c := setup()
	c.Rules.Flow = rapid.SampledFrom([]record.Flow{record.Both, record.Both, record.ToOutlook}).Draw(t, "flow")
	c.Rules.Clash = rapid.SampledFrom([]pair.Clash{pair.RaynetWins, pair.OutlookWins, pair.Ask}).Draw(t, "clash")
	c.Rules.RemoveCopies = !sometimes(t, "copies stay")
	return c
}

// Whatever is seen, something is removed only on proof that a person removed its original, or took this user off it; only our
// own untouched copy, only in Outlook, and only where nobody is mailed.
func TestNothingIsRemovedWithoutProof(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, item := drawContext(t), drawItem(t)
		for _, step := range plan.Decide(c, item) {
			if step.Op != plan.Delete {
				continue
			}
			proven := item.Raynet != nil && item.Raynet.Presence == remote.Gone && item.Deletion == plan.Proven
			takenOff := item.Raynet != nil && item.Raynet.Presence == remote.Present && !item.Link.Owner &&
				len(item.Raynet.Snapshot.People) > 0 && item.Raynet.Snapshot.People[0] == another
			copied := change.Classify(c.Digester, c.Schema, item.Link.Outlook, item.Outlook)
			switch {
			case step.Side != record.Outlook:
				t.Fatalf("removes in %s", step.Side)
			case !proven && !takenOff:
				t.Fatalf("removes without proof: %+v", item)
			case item.Link == nil || item.Link.State != journal.Linked || item.Link.Origin != record.Raynet || item.Link.ReadOnly:
				t.Fatalf("removes what is not our copy: %+v", item.Link)
			case copied.What != change.Same || step.Target == nil || step.Target.Rule != "":
				t.Fatalf("removes what was not looked at or was edited: %+v", copied)
			case len(step.Target.Held) > 0:
				t.Fatalf("removal would mail somebody: %v", step.Target.Held)
			case item.Link.FrozenUntil.After(now):
				t.Fatal("removes while an earlier write may land")
			case !c.Rules.RemoveCopies:
				t.Fatal("removes although copies stay")
			}
			if step.State != journal.Dissolved || len(step.Changes) == 0 && nonEmpty(step.Target.Fields) {
				t.Fatalf("the values are not kept: %+v", step)
			}
		}
	})
}

func nonEmpty(fields record.Fields) bool {
	for _, value := range fields {
		if value != "" {
			return true
		}
	}
	return false
}

// What every plan keeps to, whatever is seen.
func TestWhatNoPlanMayDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, item := drawContext(t), drawItem(t)
		complete(t, c, &item)
		steps := plan.Decide(c, item)
		writes := map[record.Side]int{}
		for _, step := range steps {
			if !step.Op.Writes() {
				if len(step.Fields) > 0 || step.Side != "" {
					t.Fatalf("%s writes: %s", step.Op, line(step))
				}
				continue
			}
			writes[step.Side]++
			if step.Op == plan.Update {
				mayUpdate(t, c, item, step)
			}
			if step.Op == plan.Create {
				mayCreate(t, c, item, step)
			}
			for _, change := range step.Changes {
				if step.Op != plan.Delete && step.Fields[change.Field] != change.After {
					t.Fatalf("the journal would tell %q, written is %q", change.After, step.Fields[change.Field])
				}
				if step.Op == plan.Update && step.Target.Fields[change.Field] != change.Before && !step.Erase {
					t.Fatalf("the value that is replaced would not be kept: %s", line(step))
				}
			}
		}
		if writes[record.Raynet] > 1 || writes[record.Outlook] > 1 {
			t.Fatalf("writes one thing twice: %v", tell(steps))
		}
		if again := tell(plan.Decide(c, item)); len(again) != len(steps) {
			t.Fatalf("decides differently the second time: %v, %v", tell(steps), again)
		}
		covered(t, item, steps)
	})
}

// complete reads what a decision needs to be read, as a cycle does.
func complete(t *rapid.T, c plan.Context, item *plan.Item) {
	for range 2 {
		needsRaynet, needsOutlook := plan.Needs(c, *item)
		for needsRaynet && (item.Raynet == nil || item.Raynet.Snapshot.Partial) {
			item.Raynet = drawReading(t, record.Raynet)
		}
		for needsOutlook && item.Outlook == nil {
			item.Outlook = drawReading(t, record.Outlook)
		}
	}
}

func mayUpdate(t *rapid.T, c plan.Context, item plan.Item, step plan.Step) {
	redacts := step.Erase
	switch {
	case step.Target == nil:
		t.Fatalf("overwrites what it did not read: %s", line(step))
	case step.Side == record.Outlook && item.Link != nil && item.Link.ReadOnly:
		t.Fatalf("writes to an attendee's copy: %s", line(step))
	case step.Side == record.Outlook && len(step.Target.Held) > 0:
		t.Fatalf("mails attendees: %s", line(step))
	case item.Link != nil && item.Link.FrozenUntil.After(now):
		t.Fatalf("writes while an earlier write may land: %s", line(step))
	case !c.Rules.Flow.Carries(step.Side.Other()):
		t.Fatalf("writes against the flow: %s", line(step))
	case !redacts && step.Source == nil:
		t.Fatalf("writes what no side shows: %s", line(step))
	}
	if redacts {
		return
	}
	for name, value := range step.Fields {
		if step.Source.Fields[name] != value {
			t.Fatalf("writes %s=%q, the other side shows %q", name, value, step.Source.Fields[name])
		}
	}
}

func mayCreate(t *rapid.T, c plan.Context, item plan.Item, step plan.Step) {
	switch {
	case item.Link != nil:
		t.Fatalf("makes a second counterpart: %s", line(step))
	case item.Several || item.Later:
		t.Fatalf("makes what may be there already: %s", line(step))
	case plan.RuleFor(c, *step.Source) != "":
		t.Fatalf("makes what rule %s leaves out", plan.RuleFor(c, *step.Source))
	case step.Key == "":
		t.Fatal("makes a copy that cannot be found again")
	case step.Source.Ref.Side != step.Side.Other():
		t.Fatalf("makes it on the side where it is: %s", line(step))
	}
}

// covered checks that work is never lost: it is either over or put again.
func covered(t *rapid.T, item plan.Item, steps []plan.Step) {
	if item.Link != nil && item.Link.State == journal.Making {
		return
	}
	for _, work := range item.Work {
		over := false
		for _, step := range steps {
			for _, done := range step.Done {
				over = over || done.Ref == work.Ref && done.Generation == work.Generation
			}
			for _, put := range step.Put {
				over = over || put.Ref == work.Ref
			}
		}
		if !over {
			t.Fatalf("work on %s is neither over nor kept: %v", work.Ref, tell(steps))
		}
	}
}
