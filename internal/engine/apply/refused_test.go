package apply_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

var (
	meetingRef = remote.Ref{Side: record.Raynet, Type: "meeting", ID: "1"}
	eventRef   = remote.Ref{Side: record.Outlook, Type: "event", ID: "e"}
)

// joined is a link of the two.
func joined(state journal.LinkState, reason string) journal.Link {
	return journal.Link{ID: "link", Pair: pairID, State: state, Reason: reason, Origin: record.Outlook,
		Raynet: journal.Half{Ref: meetingRef, Version: "1"}, Outlook: journal.Half{Ref: eventRef, Version: "e1"}}
}

// follow runs a core to its end with what answer says of each action, and returns every fact that was committed.
func follow(t *testing.T, core *apply.Core, answer func(apply.Action) apply.Event) []journal.Fact {
	t.Helper()
	var facts []journal.Fact
	for queue := core.Start(begin); len(queue) > 0; {
		event := answer(queue[0])
		if commit, ok := queue[0].(apply.Commit); ok && event.Err == nil {
			facts = append(facts, commit.Facts...)
		}
		event.At = begin
		queue = append(queue[1:], core.Step(event)...)
	}
	if !core.Done() {
		t.Fatal("the core waits for nothing")
	}
	return facts
}

func newOp() func() string {
	n := 0
	return func() string { n++; return fmt.Sprint("op", n) }
}

// kept lists the things that work was put for.
func kept(facts []journal.Fact) []remote.Ref {
	var out []remote.Ref
	for _, fact := range facts {
		if put, ok := fact.(journal.PutWork); ok {
			out = append(out, put.Work.Ref)
		}
	}
	return out
}

// The redaction of what turned private was under way when the process died: that it landed is found out later, and what the
// journal kept is erased all the same.
func TestARecoveredRedactionErases(t *testing.T) {
	t.Parallel()
	wants := digester().Fields(record.Fields{first: "Soukromé"})
	intent := journal.Intent{
		Op: "op", Pair: pairID, Link: joined(journal.Released, "turned-private"), Wants: wants, GuardVersion: "1",
		Request:   remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}", Writes: []record.Field{first}},
		FirstSent: begin, LastSent: begin, Tries: 1,
	}
	facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
		if _, ok := action.(apply.Look); ok {
			return apply.Event{Reading: remote.Reading{Ref: meetingRef, Presence: remote.Present,
				Snapshot: remote.Snapshot{Ref: meetingRef, Version: "2", Fields: record.Fields{first: "Soukromé"}}}}
		}
		return apply.Event{}
	})
	if !slices.Contains(facts, journal.Fact(journal.EraseValues{Pair: pairID, LinkID: "link"})) {
		t.Errorf("nothing was erased: %+v", facts)
	}
}

// RAYNET refuses the redaction of what turned private: it is tried again, and what the journal kept is erased at once.
func TestARefusedRedactionErases(t *testing.T) {
	t.Parallel()
	target := remote.Snapshot{Ref: meetingRef, Version: "1", At: begin, Fields: record.Fields{first: "Porada"}}
	step := plan.Step{Op: plan.Update, Side: record.Raynet, Link: joined(journal.Linked, ""), Target: &target, Fields: record.Fields{first: "Soukromé"},
		State: journal.Released, Reason: plan.TurnedPrivate, Erase: true}
	facts := follow(t, apply.New(config(1), nil, []plan.Step{step}, newOp()), func(action apply.Action) apply.Event {
		switch action.(type) {
		case apply.Compose:
			return apply.Event{Requests: []remote.Request{{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}"}}}
		case apply.Send:
			return apply.Event{Err: &remote.Error{Kind: remote.Locked, Side: record.Raynet, Doing: "update"}}
		}
		return apply.Event{}
	})
	if !slices.Contains(facts, journal.Fact(journal.EraseValues{Pair: pairID, LinkID: "link"})) {
		t.Errorf("nothing was erased: %+v", facts)
	}
}

// Two things turn out to fit one record, and the store takes only the first link: the second thing is looked at again.
func TestALinkThatTheStoreRefusesIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	source, target := remote.Snapshot{Ref: eventRef}, remote.Snapshot{Ref: meetingRef}
	step := plan.Step{Op: plan.Link, Link: joined(journal.Linked, ""), State: journal.Linked, Source: &source, Target: &target}
	core := apply.New(config(1), nil, []plan.Step{step}, newOp())
	first := true
	facts := follow(t, core, func(apply.Action) apply.Event {
		if first {
			first = false
			return apply.Event{Err: journal.ErrBusy}
		}
		return apply.Event{}
	})
	if !slices.Equal(kept(facts), []remote.Ref{eventRef}) {
		t.Errorf("work is kept for %v, want %v", kept(facts), eventRef)
	}
	if core.Result().Again != 1 {
		t.Errorf("%d things are merged again, want 1", core.Result().Again)
	}
}

// Both sides reported the thing and one write is refused for good: nothing but the parked work asks for it again, so that it is
// not tried in every cycle.
func TestARefusalRestsForBothSides(t *testing.T) {
	t.Parallel()
	source := remote.Snapshot{Ref: eventRef, Fields: record.Fields{first: "new"}}
	target := remote.Snapshot{Ref: meetingRef, Version: "1", At: begin, Fields: record.Fields{first: "old"}}
	reported := journal.DoneWork{Pair: pairID, Ref: meetingRef, Generation: 4}
	step := plan.Step{Op: plan.Update, Side: record.Raynet, Link: joined(journal.Linked, ""), Source: &source, Target: &target,
		Fields: record.Fields{first: "new"}, Done: []journal.DoneWork{reported, {Pair: pairID, Ref: eventRef, Generation: 5}}}
	facts := follow(t, apply.New(config(1), nil, []plan.Step{step}, newOp()), func(action apply.Action) apply.Event {
		switch action.(type) {
		case apply.Compose:
			return apply.Event{Requests: []remote.Request{{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}"}}}
		case apply.Send:
			return apply.Event{Err: &remote.Error{Kind: remote.Invalid, Side: record.Raynet, Doing: "update"}}
		}
		return apply.Event{}
	})
	if !slices.Equal(kept(facts), []remote.Ref{eventRef}) {
		t.Errorf("work is kept for %v, want %v", kept(facts), eventRef)
	}
	if !slices.Contains(facts, journal.Fact(reported)) {
		t.Error("the work of the other side stays due for ever")
	}
	if slices.Contains(facts, journal.Fact(journal.DoneWork{Pair: pairID, Ref: eventRef, Generation: 5})) {
		t.Error("the parked work itself was removed")
	}
}

// The answer to the removal of an anonymised person's copy was lost: that it is gone is found out later, and what the journal kept
// of him is erased all the same.
func TestARecoveredRemovalOfAnAnonymisedPersonErases(t *testing.T) {
	t.Parallel()
	intent := journal.Intent{
		Op: "op", Pair: pairID, Link: joined(journal.Dissolved, plan.Anonymised),
		Request:   remote.Request{Side: record.Outlook, Op: remote.Delete, Ref: eventRef},
		FirstSent: begin, LastSent: begin, Tries: 1,
	}
	facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
		if look, ok := action.(apply.Look); ok {
			return apply.Event{Reading: remote.Reading{Ref: look.Ref, Presence: remote.Gone}}
		}
		return apply.Event{}
	})
	if !slices.Contains(facts, journal.Fact(journal.EraseValues{Pair: pairID, LinkID: "link"})) {
		t.Errorf("nothing was erased: %+v", facts)
	}
}

// An update of RAYNET may never have landed, and beside its field another one was changed since: the request is not repeated to the
// letter, because it may write an object whole and nothing in RAYNET keeps it from that.
func TestAnOldUpdateIsNotRepeatedOverAnEdit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, beside string
		wantSent     bool
	}{{"nothing was changed", "b", true}, {"something beside was changed", "c", false}} {
		before := record.Fields{first: "old", second: "b"}
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Linked, ""), Wants: digester().Fields(record.Fields{first: "new"}),
			Guard: digester().Fields(before), GuardVersion: "1",
			Request:   remote.Request{Side: record.Raynet, Op: remote.Update, Ref: meetingRef, Body: "{}", Writes: []record.Field{first}},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		sent := false
		follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			switch act := action.(type) {
			case apply.Look:
				return apply.Event{Reading: remote.Reading{Ref: act.Ref, Presence: remote.Present, Snapshot: remote.Snapshot{
					Ref: act.Ref, Version: "2", Fields: record.Fields{first: "old", second: record.Value(test.beside)}}}}
			case apply.Send:
				sent = true
				return apply.Event{Answer: remote.Answer{Ref: meetingRef}}
			}
			return apply.Event{}
		})
		if sent != test.wantSent {
			t.Errorf("%s: sent again is %v, want %v", test.name, sent, test.wantSent)
		}
	}
}

// The answer to a create was lost, and what it made is found edited, or in a list that does not show everything: what was edited must
// be looked for, so its version is not taken for one that was seen.
func TestAFoundRowIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		partial     bool
		shown       record.Value
		wantVersion remote.Version
	}{{"as it was sent", false, "a", "3"}, {"a short row", true, "a", ""}, {"an edit", false, "c", ""}} {
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Making, ""), Wants: digester().Fields(record.Fields{first: "a", second: "b"}), Source: eventRef,
			Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first, second}},
			FirstSent: begin, LastSent: begin, Tries: 1,
		}
		facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			if _, ok := action.(apply.Find); ok {
				return apply.Event{Found: []remote.Snapshot{{Ref: meetingRef, Version: "3", Partial: test.partial, Fields: record.Fields{first: test.shown}}}}
			}
			return apply.Event{}
		})
		for _, fact := range facts {
			if put, ok := fact.(journal.PutLink); ok && put.Link.Raynet.Version != test.wantVersion {
				t.Errorf("%s: the version is remembered as %q, want %q", test.name, put.Link.Raynet.Version, test.wantVersion)
			}
		}
	}
}

// A create may have made one of the records that our identity made; one that was anonymised is as empty as what was sent, which proves
// nothing: a person decides.
func TestAnAnonymisedRecordIsNotTakenForWhatACreateMade(t *testing.T) {
	t.Parallel()
	intent := journal.Intent{
		Op: "op", Pair: pairID, Link: joined(journal.Making, ""), Wants: digester().Fields(record.Fields{first: "", second: ""}), Source: eventRef,
		Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first, second}},
		FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
	}
	facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
		if find, ok := action.(apply.Find); ok && find.Search.Like != nil {
			return apply.Event{Found: []remote.Snapshot{{Ref: meetingRef, Erased: true, Fields: record.Fields{first: "", second: ""}}}}
		}
		return apply.Event{}
	})
	if !slices.ContainsFunc(facts, func(fact journal.Fact) bool {
		put, ok := fact.(journal.PutWork)
		return ok && put.Work.Why == journal.WhyReview && put.Work.Ref == eventRef
	}) {
		t.Errorf("nobody is asked about %s: %+v", eventRef, facts)
	}
}

// That two things lack the same does not make one of them what a create made of the other: a person decides, and nobody but a person,
// for once the create is given up nothing tells of the record any more. What shows half of what was said is it, edited since.
func TestARecordIsKnownByWhatWasSaid(t *testing.T) {
	t.Parallel()
	for shown, adopted := range map[string]bool{"another": false, "said": true} {
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Making, ""), Wants: digester().Fields(record.Fields{first: "said", second: ""}), Source: eventRef,
			Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first, second}},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		rest := map[bool]record.Value{false: "", true: "edited"}[adopted]
		facts := follow(t, apply.New(config(1), []journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			if find, ok := action.(apply.Find); ok && find.Search.Like != nil {
				return apply.Event{Found: []remote.Snapshot{{Ref: meetingRef, Fields: record.Fields{first: record.Value(shown), second: rest}}}}
			}
			return apply.Event{}
		})
		var linked, asked, held bool
		for _, fact := range facts {
			switch put := fact.(type) {
			case journal.PutLink:
				linked = linked || put.Link.Raynet.Ref == meetingRef
			case journal.PutWork:
				asked = asked || put.Work.Why == journal.WhyReview && put.Work.Ref == eventRef && put.Work.Reason == "held-orphan" && put.Work.RetryAt.IsZero()
				held = held || put.Work.Why == journal.WhyReview && put.Work.Ref == meetingRef && put.Work.Reason == plan.Orphan && put.Work.RetryAt.IsZero()
			}
		}
		if linked != adopted || asked == adopted || held == adopted {
			t.Errorf("it shows %q: linked %v, a person is asked about the event %v, about the meeting %v: %+v", shown, linked, asked, held, facts)
		}
	}
}

// What a create made was edited until it tells less than half of what was sent, and its original turned private: what it still quotes may
// not be told, so it is taken for ours. One that quotes nothing, or of something that is private no less than ever, is asked about.
func TestAnEditedOrphanThatQuotesWhatIsPrivateIsTakenForOurs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		rule    remote.Rule
		shown   record.Value
		adopted bool
	}{
		{"it quotes what is private", remote.RulePrivate, "said", true},
		{"it quotes nothing", remote.RulePrivate, "another", false},
		{"nothing is private", "", "said", false},
	} {
		intent := journal.Intent{
			Op: "op", Pair: pairID, Link: joined(journal.Making, ""), Source: eventRef,
			Wants:     digester().Fields(record.Fields{first: "said", second: "b", "third": "c", "fourth": "d"}),
			Request:   remote.Request{Side: record.Raynet, Op: remote.Create, Body: "{}", Key: "key", Writes: []record.Field{first, second}},
			FirstSent: begin.Add(-time.Hour), LastSent: begin.Add(-time.Hour), Tries: 1,
		}
		adopted := false
		for _, fact := range follow(t, apply.New(apply.Config{Pair: pairID, Schema: wide(), Digester: digester(), Settle: settle},
			[]journal.Intent{intent}, nil, newOp()), func(action apply.Action) apply.Event {
			switch action := action.(type) {
			case apply.Find:
				if action.Search.Like != nil {
					return apply.Event{Found: []remote.Snapshot{{Ref: meetingRef, Fields: record.Fields{first: test.shown, second: "x", "third": "y", "fourth": "z"}}}}
				}
			case apply.Look:
				return apply.Event{Reading: remote.Reading{Ref: action.Ref, Presence: remote.Present, Snapshot: remote.Snapshot{Ref: action.Ref, Rule: test.rule}}}
			}
			return apply.Event{}
		}) {
			put, ok := fact.(journal.PutLink)
			adopted = adopted || ok && put.Link.Raynet.Ref == meetingRef
		}
		if adopted != test.adopted {
			t.Errorf("%s: taken for ours is %v, want %v", test.name, adopted, test.adopted)
		}
	}
}

// wide is a kind with more fields.
func wide() record.Schema {
	out := schema()
	out.Fields = append(out.Fields, record.FieldSpec{Name: "third", Flow: record.Both}, record.FieldSpec{Name: "fourth", Flow: record.Both})
	return out
}

// RAYNET cannot hold what Outlook shows, so there is nothing to send: what RAYNET shows instead is remembered, or the next look
// would take it for an edit and carry it back.
func TestWhatASideShowsInsteadOfAnUnsentUpdateIsRemembered(t *testing.T) {
	t.Parallel()
	step := plan.Step{
		Op: plan.Update, Side: record.Raynet, Link: joined(journal.Linked, ""), Fields: record.Fields{first: "Firma"},
		Source:  &remote.Snapshot{Ref: eventRef, Version: "e1", Fields: record.Fields{first: "Firma"}},
		Target:  &remote.Snapshot{Ref: meetingRef, Version: "1", Fields: record.Fields{first: ""}},
		Outlook: plan.Adoption{Shown: digester().Fields(record.Fields{first: "Firma"}), Version: "e1"},
	}
	facts := follow(t, apply.New(config(1), nil, []plan.Step{step}, newOp()), func(apply.Action) apply.Event { return apply.Event{} })
	for _, fact := range facts {
		put, ok := fact.(journal.PutLink)
		if !ok {
			continue
		}
		if got, want := put.Link.Raynet.Shown[first], digester().Value(first, ""); got != want {
			t.Errorf("RAYNET is remembered to show %q, want %q", got, want)
		}
		return
	}
	t.Errorf("the link was not written: %+v", facts)
}
