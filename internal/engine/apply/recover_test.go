package apply_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// What a person handed on before anybody knew that we had made it is known by all that it shows, and by no less: its owner has things
// of his own that we made.
func TestARecordThatWasHandedOnIsKnownByAllThatWasSent(t *testing.T) {
	t.Parallel()
	for shown, adopted := range map[record.Value]bool{"": true, "edited": false} {
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Making, ""), Wants: digester().Fields(record.Fields{first: "said", second: ""}), Source: eventRef,
			Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first, second}},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		asked, sent := []bool{}, false
		facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			switch a := action.(type) {
			case apply.Find:
				if a.Search.Like == nil {
					break
				}
				asked = append(asked, a.Search.Handed)
				if a.Search.Handed {
					return apply.Event{Found: []remote.Snapshot{{Ref: meetingRef, Fields: record.Fields{first: "said", second: shown}}}}
				}
			case apply.Look:
				return apply.Event{Reading: remote.Reading{Ref: a.Ref, Presence: remote.Present, Snapshot: remote.Snapshot{Ref: a.Ref}}}
			case apply.Send:
				sent = true
			}
			return apply.Event{}
		})
		if len(asked) != 2 || asked[0] || !asked[1] {
			t.Fatalf("looked for it among what was handed on: %v, want first among its user's", asked)
		}
		if sent == adopted {
			t.Errorf("it shows %q: made again %v", shown, sent)
		}
		if !adopted {
			continue
		}
		if link := last(t, facts); link.Raynet.Ref != meetingRef {
			t.Errorf("the link is %+v, want one to %s", link, meetingRef)
		}
	}
}

// A removal that a crash left open followed a deletion that was proven then. It is repeated only if the record is gone still.
func TestARemovalIsNotRepeatedForARecordThatIsBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, reason string
		record       remote.Presence
		wantSent     bool
	}{
		{"gone still", plan.DeletedInRaynet, remote.Gone, true},
		{"seen again", plan.DeletedInRaynet, remote.Present, false},
		{"its user was taken off it", plan.TakenOff, remote.Present, true},
	} {
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Dissolved, test.reason), Guard: digester().Fields(record.Fields{first: "a"}),
			Request:   remote.Request{Side: record.Outlook, Op: remote.Delete, Ref: eventRef},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		sent := false
		facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			switch a := action.(type) {
			case apply.Look:
				reading := remote.Reading{Ref: a.Ref, Presence: remote.Present, Snapshot: remote.Snapshot{Ref: a.Ref, Fields: record.Fields{first: "a"}}}
				if a.Ref == meetingRef {
					reading.Presence = test.record
				}
				return apply.Event{Reading: reading}
			case apply.Send:
				sent = true
			}
			return apply.Event{}
		})
		if sent != test.wantSent {
			t.Errorf("%s: sent again is %v, want %v", test.name, sent, test.wantSent)
		}
		if looked := slices.Contains(kept(facts), eventRef); looked == test.wantSent {
			t.Errorf("%s: merged again is %v", test.name, looked)
		}
	}
}

// What a create made and a person deleted before it was known stays away. If he takes it out of the bin, what was sent is the base: what he
// wrote into it meanwhile is his edit.
func TestWhatWasDeletedBeforeItWasKnownHasABase(t *testing.T) {
	t.Parallel()
	link := joined(journal.Making, "")
	link.Outlook = journal.Half{}
	intent := journal.Intent{
		Op: "op", Pair: pairID, Link: link, Wants: digester().Fields(record.Fields{first: "said"}), Source: meetingRef,
		Request:   remote.Request{Side: record.Outlook, Op: remote.Create, Body: "{}", Key: "op", Writes: []record.Field{first}},
		FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
	}
	facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
		switch a := action.(type) {
		case apply.Look:
			return apply.Event{Reading: remote.Reading{Ref: a.Ref, Presence: remote.Present, Snapshot: remote.Snapshot{Ref: a.Ref}}}
		case apply.Send:
			return apply.Event{Err: &remote.Error{Kind: remote.Duplicate, Side: record.Outlook, Status: 409}}
		}
		return apply.Event{}
	})
	if hidden := last(t, facts); hidden.State != journal.Hidden || hidden.Outlook.Shown[first] != digester().Value(first, "said") {
		t.Errorf("the link is %+v", hidden)
	}
}

// A write without an answer may land over what a person wrote meanwhile. How many writes there were is told by RAYNET's version alone: if
// there were more than one, or if it shows no version, the journal tells that something may have been overwritten.
func TestAWriteThatLandedLateIsToldOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		guard, seen remote.Version
		shows       record.Value
		wantTold    bool
	}{
		{"landed alone", "3", "4", "ours", false},
		{"landed beside another", "3", "5", "ours", true},
		{"landed, and RAYNET shows no version", "", "", "ours", true},
		{"another wrote, and nothing landed", "3", "4", "theirs", false},
		{"another wrote, twice or over ours", "3", "5", "theirs", true},
		{"another wrote, and RAYNET shows no version", "", "", "theirs", true},
	} {
		fields := func(value record.Value) record.Fields { return record.Fields{first: value, second: "as it was"} }
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Linked, ""), Source: eventRef,
			Request: remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}", Writes: []record.Field{first}},
			Guard:   digester().Fields(fields("before")), GuardVersion: test.guard, Wants: digester().Fields(record.Fields{first: "ours"}),
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		told := false
		for _, fact := range follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			seen := remote.Snapshot{Ref: meetingRef, Version: test.seen, Fields: fields(test.shows)}
			return apply.Event{Reading: remote.Reading{Ref: meetingRef, Presence: remote.Present, Snapshot: seen}}
		}) {
			entry, ok := fact.(journal.AddEntry)
			told = told || ok && entry.Entry.Event == journal.BlindOverwrite && entry.Entry.Raynet == meetingRef
		}
		if told != test.wantTold {
			t.Errorf("%s: told %v, want %v", test.name, told, test.wantTold)
		}
	}
}

// What RAYNET keeps although it was to be emptied is remembered as it stands, also where the answer was lost: it is nobody's edit.
func TestWhatCannotBeEmptiedIsNoEdit(t *testing.T) {
	t.Parallel()
	emptied := record.Fields{first: "", second: "new"}
	intent := journal.Intent{
		Op: "op", Pair: pairID, Link: joined(journal.Linked, ""), Source: eventRef, SourceShown: digester().Fields(emptied),
		Request: remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}", Writes: []record.Field{first, second},
			Shows: record.Fields{first: "kept"}},
		Guard: digester().Fields(record.Fields{first: "kept", second: "old"}), GuardVersion: "3",
		Wants:     digester().Fields(record.Fields{first: "kept", second: "new"}),
		FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
	}
	link := last(t, follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(apply.Action) apply.Event {
		seen := remote.Snapshot{Ref: meetingRef, Version: "4", Fields: record.Fields{first: "kept", second: "new"}}
		return apply.Event{Reading: remote.Reading{Ref: meetingRef, Presence: remote.Present, Snapshot: seen}}
	}))
	if link.Raynet.Shown[first] != digester().Value(first, "kept") || link.Raynet.Shown[second] != digester().Value(second, "new") {
		t.Errorf("what RAYNET shows is not remembered: %v", link.Raynet.Shown)
	}
}

// Several creates are looked up when RAYNET asks for patience: what was under way is heard, and nothing more is asked.
func TestWhoIsAskedForPatienceAsksNoMore(t *testing.T) {
	t.Parallel()
	var intents []journal.Intent
	for _, op := range []string{"one", "two"} {
		link := joined(journal.Making, "")
		link.ID = op
		intents = append(intents, journal.Intent{
			Op: op, Pair: pairID, Link: link, Source: eventRef,
			Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: op},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		})
	}
	asked := 0
	core := apply.New(config(2), intents, nil, newOp())
	follow(t, core, func(action apply.Action) apply.Event {
		find, ok := action.(apply.Find)
		if !ok {
			t.Fatalf("it went on with %+v", action)
		}
		if asked++; asked == 1 {
			return apply.Event{Task: find.Task, Err: &remote.Error{Kind: remote.Throttled, Side: record.Raynet}}
		}
		return apply.Event{Task: find.Task}
	})
	if asked > 2 || core.Result().Waiting != 2 {
		t.Errorf("RAYNET was asked %d times, %d creates wait; want 2 and 2", asked, core.Result().Waiting)
	}
}

// A service said to wait while open writes were looked after, though not for how long: nothing is sent to it in the rest of the cycle.
func TestWhatSaidToWaitIsLeftAloneForTheCycle(t *testing.T) {
	t.Parallel()
	busy := &remote.Error{Kind: remote.Throttled, Side: record.Raynet, Status: 429}
	core := apply.New(config(1), nil, []plan.Step{update()}, newOp()).Without(map[record.Side]error{record.Raynet: busy})
	follow(t, core, func(action apply.Action) apply.Event {
		if send, ok := action.(apply.Send); ok {
			t.Errorf("sent %+v", send.Request)
		}
		return apply.Event{}
	})
	if result := core.Result(); result.Skipped != 1 || result.Stop[record.Raynet] == nil {
		t.Errorf("%d steps are left for the next cycle, want 1; stopped by %v", result.Skipped, result.Stop)
	}
}
